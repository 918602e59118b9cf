package api

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"itms"
)

// Cookies of a browser. The second only marks it as one that somebody signed in with.
const (
	sessionCookie = "itms_session"
	browserCookie = "itms_browser"
)

// newOrigin makes the check of where a call comes from: pages of this origin, which is
// also the public address when a proxy changes it.
func newOrigin(publicURL string) *http.CrossOriginProtection {
	origin := http.NewCrossOriginProtection()
	if u, err := url.Parse(publicURL); err == nil && u.Host != "" {
		_ = origin.AddTrustedOrigin(u.Scheme + "://" + u.Host) // it is an origin
	}
	return origin
}

// sameOrigin refuses a call that a page of somebody else made the browser send along with
// its cookie.
func (s *Server) sameOrigin(r *http.Request) *Problem {
	if err := s.origin.Check(r); err != nil {
		return problemOf(itms.Errorf(itms.KindForbidden, itms.CodeForbidden, "the call comes from a page of another origin").Because(err))
	}
	return nil
}

// authenticateSession finds whose cookie a request brings.
func (s *Server) authenticateSession(r *http.Request) (*caller, *Problem) {
	none := unauthenticated(`Bearer realm="itms"`, "a bearer token is required: Authorization: Bearer itms_...; or sign in: POST "+signInPath)
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || cookie.Value == "" || s.opts.People == nil {
		return nil, none
	}
	if p := s.sameOrigin(r); p != nil {
		return nil, p
	}
	in, err := s.session(r, cookie.Value)
	switch {
	case err == nil:
		return callerIn(in), nil
	case !itms.IsKind(err, itms.KindUnauthenticated):
		return nil, problemOf(err)
	}
	return nil, s.stranger(r, unauthenticated(`Bearer realm="itms", error="invalid_token"`, "the session is over; sign in again"))
}

// session reads a session by its cookie. That a person looks on keeps it alive; an event
// stream, which stays open by itself, does not.
func (s *Server) session(r *http.Request, text string) (*itms.Session, error) {
	hash := HashToken(text)
	in, age := s.people.get(hash)
	if in == nil || !s.opts.People.Good(in) {
		found, err := s.opts.People.Who(r.Context(), text)
		if err != nil {
			return nil, err
		}
		in = found
		s.people.put(hash, in, age)
	}
	if r.URL.Path == eventsPath {
		return in, nil
	}
	touched, err := s.opts.People.Touch(r.Context(), in)
	if err == nil && touched != in {
		s.people.put(hash, touched, age)
	}
	return touched, err
}

// cookies makes those of a session that began.
func (s *Server) cookies(r *http.Request, in *itms.Session) []http.Cookie {
	return []http.Cookie{s.cookie(r, sessionCookie, in.Text, time.Time{}), s.cookie(r, browserCookie, in.Browser, s.now().Add(in.Keep))}
}

// cookie makes one that scripts cannot read and other sites do not send. Without an end it
// goes with the browser.
func (s *Server) cookie(r *http.Request, name, value string, ends time.Time) http.Cookie {
	return http.Cookie{Name: name, Value: value, Path: "/", Expires: ends, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || strings.HasPrefix(s.opts.PublicURL, "https:")}
}

// noCookie takes the session's cookie away.
func (s *Server) noCookie(r *http.Request) http.Cookie {
	c := s.cookie(r, sessionCookie, "", time.Time{})
	c.MaxAge = -1
	return c
}
