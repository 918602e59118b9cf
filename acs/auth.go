package acs

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strconv"

	"itms"
	"itms/internal/digest"
)

// prove checks the credentials of the POST, once, or answers 401 or 403. What is
// refused changes no session. A certificate made out to a device is enough. Right
// credentials that devices share pass even from a source that is shut: a whole estate
// may be behind its address. What that costs is a few hashes over a header of bounded
// length. Those of one device do not pass while its name is shut for the source.
func (p *post) prove() bool {
	if p.proved || p.srv.opt.Auth == AuthNone {
		return true
	}
	if p.subject != "" {
		p.who, p.proved = byCertificate(p.subject), true
		return true
	}
	user, challenges, err := p.srv.judge(p.r)
	if err == nil {
		p.who = p.srv.byPassword(user)
		if wait := p.nameShut(); wait > 0 {
			p.shutOut(wait)
			return false
		}
		p.proved = true
		return true
	}
	if !harmless(err) {
		if wait := max(p.srv.sources.shut(p.remote), p.srv.names.shut(p.remote, user)); wait > 0 {
			p.shutOut(wait)
			return false
		}
	}
	p.count(err, user)
	p.w.Header()["Www-Authenticate"] = challenges
	p.deny(http.StatusUnauthorized)
	return false
}

// nameShut returns for how long a device's own credentials are not taken, however
// right: else guessing them would cost nothing but time.
func (p *post) nameShut() int {
	if p.who.kind != itms.ProofOwn {
		return 0
	}
	return p.srv.names.shut(p.remote, p.who.user)
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
		discardMessage(p.w, p.r)
	}
	plain(p.w, status)
}

// count notes a failed authentication; only wrong credentials count against the
// source and the name.
func (p *post) count(err error, user string) {
	switch {
	case errors.Is(err, digest.ErrNoCredentials):
		p.srv.met.authFailed("missing")
	case knowsPassword(err):
		p.srv.met.authFailed("stale")
	default:
		p.srv.met.authFailed("wrong")
		p.suspect(user)
	}
}

// suspect counts wrong credentials and raises the alarm when they are too many.
func (p *post) suspect(user string) {
	if p.srv.sources.wrong(p.remote) {
		p.srv.alarms.raise(p.remote, itms.Event{Type: alarmGuesses, Data: map[string]string{"remote": p.remote},
			Text: "too many wrong credentials from " + p.remote + ": the source is refused for " + wrongPenalty.String()})
	}
	if user == "" {
		return
	}
	own, ok := p.srv.own(user)
	if p.srv.names.wrong(p.remote, user, ok) { // other names than devices' may be anything, and are not repeated
		p.srv.alarms.raise("name "+user, itms.Event{Type: alarmGuesses, Device: own.Device, Data: map[string]string{"remote": p.remote},
			Text: "too many wrong credentials for one user name, the last from " + p.remote})
	}
}

// judge verifies the Authorization header by the configured scheme, and returns the
// user name as claimed. With an error it returns the challenges to send.
func (srv *Server) judge(r *http.Request) (user string, challenges []string, err error) {
	if srv.digest == nil {
		user, err = srv.judgeBasic(r)
		return user, []string{`Basic realm="itms"`}, err
	}
	user, err = srv.digest.Verify(r.Method, r.RequestURI, r.Header.Get("Authorization"), srv.password)
	switch {
	case err == nil:
		return user, nil, nil
	case knowsPassword(err):
		return user, srv.digest.StaleChallenges(), err
	}
	return user, srv.digest.Challenges(), err
}

// judgeBasic compares in constant time; hashing hides the lengths too.
func (srv *Server) judgeBasic(r *http.Request) (string, error) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return "", digest.ErrNoCredentials
	}
	secret, known := srv.secretOf(user)
	if equalText(password, secret) != 1 || !known {
		return user, digest.ErrWrong
	}
	return user, nil
}

// equalText is 1 when a and b are equal, in time that tells nothing of either.
func equalText(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}
