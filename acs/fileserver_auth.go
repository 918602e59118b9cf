package acs

import (
	"errors"
	"net/http"
	"strconv"

	"itms"
	"itms/internal/digest"
)

// prove checks the credentials of the transfer, or answers 401 or 403. Right ones pass
// even from a source that is shut, as at the CWMP door. A transfer without credentials
// needs none: its address is secret enough.
func (e *errand) prove() bool {
	if e.transfer.Username == "" {
		return true
	}
	password, err := e.srv.opt.Depot.TransferPassword(e.transfer)
	if err != nil {
		e.fail(err)
		return false
	}
	err = e.judge(password)
	if err == nil {
		return true
	}
	if !harmless(err) {
		if wait := e.srv.sources.shut(e.remote); wait > 0 {
			e.shutOut(wait)
			return false
		}
		e.guessed()
	}
	e.challenge(err)
	return false
}

// judge verifies the Authorization header: Basic, which many devices send unasked, or
// digest.
func (e *errand) judge(password itms.Secret) error {
	if user, given, ok := e.r.BasicAuth(); ok {
		if equalText(user, e.transfer.Username)&equalText(given, password.Reveal()) != 1 {
			return digest.ErrWrong
		}
		return nil
	}
	_, err := e.srv.digest.Verify(e.r.Method, e.r.RequestURI, e.r.Header.Get("Authorization"), func(user string) (string, bool) {
		return password.Reveal(), user == e.transfer.Username
	})
	return err
}

// challenge answers 401. Digest comes first: many devices read the first challenge only,
// and those that know nothing but Basic look for it.
func (e *errand) challenge(why error) {
	challenges := e.srv.digest.Challenges
	if knowsPassword(why) {
		challenges = e.srv.digest.StaleChallenges
	}
	e.w.Header()["Www-Authenticate"] = append(challenges(), `Basic realm="`+fileRealm+`"`)
	if e.transfer.Upload && harmless(why) {
		e.seated(e.srv.seats, e.drain)
	}
	if e.result != "" { // no place for it, and answered
		return
	}
	result := resultWrong
	switch {
	case errors.Is(why, digest.ErrNoCredentials):
		result = resultAsked
	case knowsPassword(why):
		result = resultStale
	}
	e.refuse(http.StatusUnauthorized, result)
}

// guessed counts a wrong token or wrong credentials against the source.
func (e *errand) guessed() {
	if e.srv.sources.wrong(e.remote) {
		e.srv.opt.Logger.Warn().Str("remote", e.remote).Dur("for", wrongPenalty).
			Msg("too many wrong addresses or credentials of files: the source is refused for a while")
	}
}

// shutOut refuses a guess from a source that is shut; it gets no fresh nonce.
func (e *errand) shutOut(wait int) {
	e.w.Header().Set("Retry-After", strconv.Itoa(wait))
	e.refuse(http.StatusForbidden, resultShut)
}
