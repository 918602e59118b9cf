package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"itms"
)

// Paths of the sign-in with an identity provider.
const (
	oidcStartPath    = base + "/oidc/start"
	oidcCallbackPath = base + "/oidc/callback"
)

// flowCookie keeps a sign-in that was begun until the provider sends the browser back. It
// is not strict: that is a call from the provider's page.
const flowCookie = "itms_signon"

// SignOn is an identity provider.
type SignOn interface {
	// Name is what the button says.
	Name() string
	// Start begins a sign-in: where the browser goes, and what it keeps meanwhile. Errors:
	// KindUnavailable.
	Start(ctx context.Context, next string) (address, keep string, err error)
	// Finish ends it and returns whom the provider vouches for, and where to go. Errors:
	// KindUnauthenticated or KindForbidden with CodeSignIn, KindUnavailable.
	Finish(ctx context.Context, state, code, kept string) (*itms.Vouched, string, error)
}

// startInput says where to go afterwards.
type startInput struct {
	Next string `query:"next" doc:"Path of this server to go to afterwards." example:"/orders"`
}

// callbackInput is what the provider sends along.
type callbackInput struct {
	State string `query:"state" doc:"As given to the provider."`
	Code  string `query:"code" doc:"That the provider is asked about."`
	Error string `query:"error" doc:"Why the provider refused (RFC 6749 §4.1.2.1)." example:"access_denied"`
}

// redirectOutput sends a browser elsewhere.
type redirectOutput struct {
	Status    int
	Location  string        `header:"Location" doc:"Where to go."`
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

// signOnRoutes registers the sign-in with an identity provider when there is one.
func (s *Server) signOnRoutes() {
	if s.opts.People == nil || s.opts.SignOn == nil {
		return
	}
	add(s, route{method: http.MethodGet, path: oidcStartPath, id: "start-oidc", tag: "Sign-in", summary: "Sign in with the identity provider",
		description: "For browsers: leads to the provider's page.", needs: public, status: http.StatusSeeOther,
		problems: []int{http.StatusServiceUnavailable}}, s.startSignOn)
	add(s, route{method: http.MethodGet, path: oidcCallbackPath, id: "finish-oidc", tag: "Sign-in", summary: "Come back from the identity provider",
		description: "For browsers: begins a session, or leads to /?signIn=failed with the reason.", needs: public, entered: true, status: http.StatusSeeOther,
		problems: []int{http.StatusServiceUnavailable}}, s.finishSignOn)
}

// startSignOn begins a sign-in.
func (s *Server) startSignOn(ctx context.Context, in *startInput) (*redirectOutput, error) {
	address, keep, err := s.opts.SignOn.Start(ctx, in.Next)
	if err != nil {
		return nil, err
	}
	return &redirectOutput{http.StatusSeeOther, address, []http.Cookie{s.flow(ctx, keep)}}, nil
}

// flowTime is how long a browser keeps a sign-in that was begun; the provider's part of
// it, which is signed, says how long it is good.
const flowTime = 10 * time.Minute

// flow makes the cookie of a sign-in that was begun; without content it takes it away.
func (s *Server) flow(ctx context.Context, keep string) http.Cookie {
	c := s.cookie(recordOf(ctx).req, flowCookie, keep, s.now().Add(flowTime))
	c.SameSite, c.Path = http.SameSiteLaxMode, oidcCallbackPath
	if keep == "" {
		c.MaxAge = -1
	}
	return c
}

// finishSignOn ends a sign-in. A person looks at the answer: what went wrong is told by the
// page that asks.
func (s *Server) finishSignOn(ctx context.Context, in *callbackInput) (*redirectOutput, error) {
	session, next, err := s.signOn(ctx, in)
	if err != nil && !itms.IsKind(err, itms.KindUnauthenticated) && !itms.IsKind(err, itms.KindForbidden) {
		return nil, err
	}
	if err != nil {
		p := problemOf(err)
		recordOf(ctx).code, recordOf(ctx).cause = p.Code, p.cause
		return &redirectOutput{http.StatusSeeOther, "/?" + url.Values{"signIn": {"failed"}, "reason": {p.Detail}}.Encode(), []http.Cookie{s.flow(ctx, "")}}, nil
	}
	rec := recordOf(ctx)
	rec.caller = *callerIn(session)
	return &redirectOutput{http.StatusSeeOther, next, append(s.cookies(rec.req, session), s.flow(ctx, ""))}, nil
}

// signOn is what happens between the provider's word and a session.
func (s *Server) signOn(ctx context.Context, in *callbackInput) (*itms.Session, string, error) {
	if in.Error != "" {
		return nil, "", itms.Errorf(itms.KindUnauthenticated, itms.CodeSignIn, "the identity provider refused the sign-in")
	}
	kept, err := recordOf(ctx).req.Cookie(flowCookie)
	if err != nil {
		kept = &http.Cookie{}
	}
	vouched, next, err := s.opts.SignOn.Finish(ctx, in.State, in.Code, kept.Value)
	if err != nil {
		return nil, "", err
	}
	session, err := s.opts.People.SignInVouched(ctx, vouched)
	return session, next, err
}
