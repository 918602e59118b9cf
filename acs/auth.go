package acs

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strconv"

	"itms/internal/digest"
)

// prove checks the credentials of the POST, once, or answers 401 or 403. What is
// refused changes no session. Right credentials pass even from a source that is
// shut: a whole estate may be behind its address. What that costs is a few hashes
// over a header of bounded length.
func (p *post) prove() bool {
	if p.proved || p.srv.opt.Auth == AuthNone {
		return true
	}
	challenges, err := p.srv.judge(p.r)
	if err == nil {
		p.proved = true
		return true
	}
	if !harmless(err) {
		if wait := p.srv.sources.shut(p.remote); wait > 0 {
			p.shutOut(wait)
			return false
		}
	}
	p.count(err)
	p.w.Header()["Www-Authenticate"] = challenges
	p.deny(http.StatusUnauthorized)
	return false
}

// harmless reports whether a failure is no guess at a password. Without credentials
// a digest CPE asks for a nonce, as it must.
func harmless(err error) bool {
	return errors.Is(err, digest.ErrNoCredentials) || knowsPassword(err)
}

// knowsPassword reports whether a failure comes only to who has the password: its
// nonce was too old, or used up.
func knowsPassword(err error) bool {
	return errors.Is(err, digest.ErrStale) || errors.Is(err, digest.ErrReplay)
}

// shutOut refuses a guess from a source that is shut; it gets no fresh nonce.
func (p *post) shutOut(wait int) {
	p.srv.met.authFailed("blocked")
	p.w.Header().Set("Retry-After", strconv.Itoa(wait))
	p.deny(http.StatusForbidden)
}

// deny refuses the POST but keeps the connection, unless the body is too long to be
// read away.
func (p *post) deny(status int) {
	if !p.bodyRead {
		discard(p.w, p.r)
	}
	plain(p.w, status)
}

// count notes a failed authentication; only wrong credentials count against the
// source.
func (p *post) count(err error) {
	switch {
	case errors.Is(err, digest.ErrNoCredentials):
		p.srv.met.authFailed("missing")
	case knowsPassword(err):
		p.srv.met.authFailed("stale")
	default:
		p.srv.met.authFailed("wrong")
		if p.srv.sources.wrong(p.remote) {
			p.srv.opt.Logger.Warn().Str("remote", p.remote).Dur("for", wrongPenalty).
				Msg("too many wrong credentials: the source is refused for a while")
		}
	}
}

// judge verifies the Authorization header by the configured scheme. With an error
// it returns the challenges to send.
func (srv *Server) judge(r *http.Request) (challenges []string, err error) {
	if srv.digest == nil {
		return []string{`Basic realm="itms"`}, srv.judgeBasic(r)
	}
	_, err = srv.digest.Verify(r.Method, r.RequestURI, r.Header.Get("Authorization"), srv.password)
	switch {
	case err == nil:
		return nil, nil
	case knowsPassword(err):
		return srv.digest.StaleChallenges(), err
	}
	return srv.digest.Challenges(), err
}

// judgeBasic compares in constant time; hashing hides the lengths too.
func (srv *Server) judgeBasic(r *http.Request) error {
	user, password, ok := r.BasicAuth()
	if !ok {
		return digest.ErrNoCredentials
	}
	sameUser := equalText(user, srv.opt.Username)
	samePassword := equalText(password, srv.opt.Password.Reveal())
	if sameUser&samePassword != 1 {
		return digest.ErrWrong
	}
	return nil
}

// equalText is 1 when a and b are equal, in time that tells nothing of either.
func equalText(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}
