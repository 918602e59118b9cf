package itms

import "context"

// Caller is who makes a call, once that was proved.
type Caller struct {
	Actor string // name of the token or user
	Role  Role
	Areas Areas // where it may look and act; nil = everywhere
}

// callerKey is the context key of a Caller.
type callerKey struct{}

// WithCaller gives a context its caller.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf returns the caller of a context, the zero one when nobody called.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
