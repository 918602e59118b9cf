package api

import (
	"errors"
	"net/http"
	"time"

	"itms"
)

// maxWait is the longest that a call waits for the end of what it is about.
const maxWait = time.Minute

// waitOf reads how long a call is ready to wait, e.g. "10s"; "" = not at all.
func waitOf(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	wait, err := time.ParseDuration(text)
	if err != nil || wait < 0 || wait > maxWait {
		return 0, itms.Invalid("/query/wait", "expected a duration of at most %s, e.g. 10s", maxWait)
	}
	return wait, nil
}

// unhurried lets the body of a call take as long as a time from now.
func (rec *record) unhurried(most time.Duration) error {
	err := rec.conn.SetReadDeadline(time.Now().Add(most))
	if err == nil {
		err = rec.conn.SetWriteDeadline(time.Now().Add(most + writeTimeout))
	}
	return unlimited(err)
}

// unlimited takes a connection without time limits for one with any.
func unlimited(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// patient frees the connection of a call of the server's own time limits: its body
// is read, and its answer may come as late as wait from now.
func (rec *record) patient(wait time.Duration) error {
	err := rec.conn.SetReadDeadline(time.Time{}) // it would end the call's context while we wait
	if err == nil {
		err = rec.conn.SetWriteDeadline(time.Now().Add(wait + writeTimeout))
	}
	return unlimited(err)
}
