package api

import (
	"context"
	"net/http"
	"time"

	"itms"
)

// Paths of signing in and of oneself.
const (
	signInPath   = base + "/sign-in"
	signOutPath  = base + "/sign-out"
	mePath       = base + "/me"
	passwordPath = mePath + "/password"
)

// rawInput has a document, as bytes: see decode.
type rawInput struct {
	RawBody []byte `contentType:"application/json"`
}

// signInRequest is a name and a password.
type signInRequest struct {
	Name     string   `json:"name" doc:"In any case." example:"li.wei"`
	Password password `json:"password,omitzero"`
}

// changeRequest replaces a password.
type changeRequest struct {
	Old password `json:"old,omitzero" doc:"The present one."`
	New password `json:"new,omitzero" doc:"At least 12 characters."`
}

// waysOutput says how one may sign in.
type waysOutput struct{ Body waysView }

// waysView says how one may sign in.
type waysView struct {
	Password bool      `json:"password" doc:"By name and password."`
	OIDC     *oidcView `json:"oidc,omitempty" doc:"By an identity provider; absent when there is none."`
}

// oidcView names an identity provider.
type oidcView struct {
	Name string `json:"name" doc:"For the button." example:"Example ID"`
}

// meOutput is the caller, with the cookies of a session that began.
type meOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      meView
}

// doneOutput says nothing, but may take a cookie away.
type doneOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

// meView is who calls and what the caller may do.
type meView struct {
	Name        string     `json:"name" example:"li.wei"`
	DisplayName string     `json:"displayName,omitempty" example:"Li Wei"`
	Role        role       `json:"role"`
	Areas       []string   `json:"areas" doc:"Beginnings of area codes; empty = everywhere. Never null."`
	PasswordDue bool       `json:"passwordDue" doc:"The password must be changed first: every other call is refused with PASSWORD_DUE."`
	Permissions []string   `json:"permissions" doc:"What the role gives. Never null." example:"[\"orders.read\"]"`
	SignedInBy  signInWay  `json:"signedInBy"`
	ExpiresAt   *time.Time `json:"expiresAt,omitempty" doc:"When the session is over in any case; absent for a token."`
}

// signInRoutes registers signing in and out.
func (s *Server) signInRoutes() {
	if s.opts.People == nil {
		return
	}
	add(s, route{method: http.MethodGet, path: signInPath, id: "sign-in-ways", tag: "Sign-in", summary: "How may one sign in?",
		description: "For the page that asks.", needs: public, example: waysView{Password: true}}, s.signInWays)
	add(s, route{method: http.MethodPost, path: signInPath, id: "sign-in", tag: "Sign-in", summary: "Sign in with name and password",
		description: "Begins a session and sets its cookie. SIGN_IN_FAILED does not say what was wrong. After too many failures: 429.",
		needs:       public, body: smallBody, example: exampleMe(),
		problems: []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}}, s.signIn)
	describeBody[signInRequest](s, signInPath, map[string]any{"name": "li.wei", "password": "s3cret-of-li-wei"})
	add(s, route{method: http.MethodPost, path: signOutPath, id: "sign-out", tag: "Sign-in", summary: "End the session",
		description: "And take its cookie away.", needs: anyToken, evenDue: true, status: http.StatusNoContent, problems: []int{http.StatusConflict}}, s.signOut)
	add(s, route{method: http.MethodGet, path: mePath, id: "get-me", tag: "Sign-in", summary: "Who am I?",
		description: "The caller, and what the caller may do.", needs: anyToken, evenDue: true, example: exampleMe()}, s.getMe)
	add(s, route{method: http.MethodPost, path: passwordPath, id: "change-password", tag: "Sign-in", summary: "Change the own password",
		description: "Ends the other sessions.", needs: anyToken, evenDue: true, body: smallBody, status: http.StatusNoContent,
		problems: []int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
			http.StatusUnprocessableEntity}}, s.changePassword)
	describeBody[changeRequest](s, passwordPath, map[string]any{"old": "kx7m-4hpa-w3rd-9tez", "new": "correct horse battery staple"})
}

// signInWays says how one may sign in.
func (s *Server) signInWays(context.Context, *noInput) (*waysOutput, error) {
	v := waysView{Password: true}
	if s.opts.SignOn != nil {
		v.OIDC = &oidcView{s.opts.SignOn.Name()}
	}
	return &waysOutput{v}, nil
}

// signIn begins a session.
func (s *Server) signIn(ctx context.Context, in *rawInput) (*meOutput, error) {
	rec := recordOf(ctx)
	if p := s.sameOrigin(rec.req); p != nil {
		return nil, p
	}
	body, err := bodyOf[signInRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	if err := checkRequired("/name", body.Name, maxName); err != nil {
		return nil, err
	}
	attempt := itms.SignInAttempt{Name: body.Name, Password: body.Password.Secret, Address: remoteAddr(rec.req)}
	if known, err := rec.req.Cookie(browserCookie); err == nil {
		attempt.Browser = known.Value
	}
	began, err := s.opts.People.SignIn(ctx, attempt)
	if err != nil {
		return nil, err
	}
	return s.began(ctx, began), nil
}

// began answers with a session that began.
func (s *Server) began(ctx context.Context, in *itms.Session) *meOutput {
	rec := recordOf(ctx)
	rec.caller = *callerIn(in)
	return &meOutput{s.cookies(rec.req, in), viewMe(&rec.caller)}
}

// signOut ends the session.
func (s *Server) signOut(ctx context.Context, _ *noInput) (*doneOutput, error) {
	rec := recordOf(ctx)
	if rec.session == nil {
		return nil, noSession()
	}
	if err := s.opts.People.SignOut(ctx, rec.session.SignIn.Hash); err != nil {
		return nil, err
	}
	return &doneOutput{[]http.Cookie{s.noCookie(rec.req)}}, nil
}

// noSession is the answer to a token that does what only a person can.
func noSession() error {
	return itms.Errorf(itms.KindConflict, itms.CodeUserState, "the call was made with a token, which has neither a session nor a password")
}

// getMe shows the caller.
func (s *Server) getMe(ctx context.Context, _ *noInput) (*meOutput, error) {
	return &meOutput{Body: viewMe(&recordOf(ctx).caller)}, nil
}

// changePassword replaces the caller's password.
func (s *Server) changePassword(ctx context.Context, in *rawInput) (*doneOutput, error) {
	rec := recordOf(ctx)
	if rec.session == nil {
		return nil, noSession()
	}
	body, err := bodyOf[changeRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	return &doneOutput{}, s.opts.People.ChangePassword(ctx, rec.session, body.Old.Secret, body.New.Secret)
}

// callerIn is whose session it is.
func callerIn(in *itms.Session) *caller {
	return &caller{actor: in.User.Name, role: in.User.Role, areas: in.User.Areas, session: in}
}

// viewMe shows a caller.
func viewMe(c *caller) meView {
	v := meView{Name: c.actor, Role: role(c.role), Areas: shownAreas(c.areas), SignedInBy: signInWay(itms.ByToken), Permissions: []string{}}
	for _, p := range grants[c.role] {
		if p != anyToken {
			v.Permissions = append(v.Permissions, string(p))
		}
	}
	if in := c.session; in != nil {
		v.DisplayName, v.PasswordDue, v.SignedInBy, v.ExpiresAt = in.User.DisplayName, in.User.PasswordDue, signInWay(in.SignIn.By), &in.SignIn.ExpiresAt
	}
	return v
}

// shownAreas lists areas, never null.
func shownAreas(areas itms.Areas) []string { return append([]string{}, areas...) }
