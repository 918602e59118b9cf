package load

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"itms/cwmp"
	"itms/internal/digest"
)

// worker runs the sessions of some devices one after the other.
type worker struct {
	config Config
	target *url.URL
	line   *line
	digest *digest.Challenge // used for all sessions until it is stale
	basic  string

	times      []time.Duration
	errors     int
	firstError error
	challenges int
	unexpected int
}

func newWorker(config Config, target *url.URL) *worker {
	return &worker{config: config, target: target, line: newLine(config, target)}
}

// errorPause keeps an ACS that refuses connections from being flooded.
const errorPause = 10 * time.Millisecond

// run sends the Informs in turn until ctx ends.
func (w *worker) run(ctx context.Context, bodies [][]byte) {
	stop := context.AfterFunc(ctx, w.line.abort)
	defer stop()
	defer w.line.close()
	for n := 0; ctx.Err() == nil; n++ {
		start := time.Now()
		err := w.session(ctx, bodies[n%len(bodies)])
		switch {
		case err == nil:
			w.times = append(w.times, time.Since(start))
		case ctx.Err() == nil:
			w.failed(ctx, err)
		}
		if !w.config.KeepAlive {
			w.line.close()
		}
	}
}

// failed notes an error and waits a little.
func (w *worker) failed(ctx context.Context, err error) {
	w.errors++
	if w.firstError == nil {
		w.firstError = err
	}
	w.line.close()
	select {
	case <-ctx.Done():
	case <-time.After(errorPause):
	}
}

// refusal answers an RPC that the ACS sends although the device is registered:
// the load has no tree to answer from.
var refusal = (&cwmp.Envelope{ID: "1", Message: cwmp.NewFault(cwmp.FaultInternal, "")}).Encode()

// maxRefusals ends a session with an ACS that goes on asking.
const maxRefusals = 50

// session is one Inform and one empty POST.
func (w *worker) session(ctx context.Context, inform []byte) error {
	w.line.cookie = w.line.cookie[:0]
	status, err := w.post(ctx, inform)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("the Inform was answered with HTTP %d", status)
	}
	var body []byte
	for range maxRefusals {
		status, err = w.post(ctx, body)
		switch {
		case err != nil:
			return err
		case status == http.StatusNoContent || status == http.StatusOK && w.line.length == 0:
			return nil
		case status != http.StatusOK:
			return fmt.Errorf("the ACS answered with HTTP %d", status)
		}
		w.unexpected++
		body = refusal
	}
	return errors.New("the ACS never stops asking")
}

// maxChallenges bounds the 401s of one POST, as in package sim.
const maxChallenges = 3

// post sends one body, with credentials once they have been asked for.
func (w *worker) post(ctx context.Context, body []byte) (status int, err error) {
	for range maxChallenges {
		status, err = w.line.post(ctx, body, w.authorization())
		if err != nil || status != http.StatusUnauthorized {
			return status, err
		}
		w.challenges++
		if err := w.challenged(w.line.challenges); err != nil {
			return status, err
		}
	}
	return status, nil
}

func (w *worker) authorization() string {
	if w.digest != nil {
		return w.digest.Authorize("POST", w.target.RequestURI(), w.config.CPE.Username, w.config.CPE.Password)
	}
	return w.basic
}

// challenged takes a new nonce, or basic when that is all there is.
func (w *worker) challenged(headers []string) error {
	challenge, err := digest.ParseChallenge(headers)
	if err == nil {
		w.digest = challenge
		return nil
	}
	for _, header := range headers {
		if len(header) >= 5 && strings.EqualFold(header[:5], "basic") {
			pair := w.config.CPE.Username + ":" + w.config.CPE.Password
			w.basic = "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
			return nil
		}
	}
	return fmt.Errorf("not authorised: %w", err)
}
