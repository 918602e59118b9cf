package api

import (
	"context"

	"itms"
)

// trustKey is the context key of Trust.
type trustKey struct{}

// Trust marks requests of the context as made by the token's name and role without
// a bearer token. It is for doors that know their caller by other means, such as a
// socket that only its owner can open.
func Trust(ctx context.Context, as itms.Token) context.Context {
	return context.WithValue(ctx, trustKey{}, &as)
}

// trusted returns whom the door vouches for, nil when nobody.
func trusted(ctx context.Context) *itms.Token {
	t, _ := ctx.Value(trustKey{}).(*itms.Token)
	return t
}
