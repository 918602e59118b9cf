package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

// Retry says how calls are repeated that failed for a moment: those that got no answer, and
// those answered 429, 502, 503 or 504. The pause before a repeat is what the server asks for,
// else it doubles each time, a random part of it left out, so that many callers do not come
// back at once.
type Retry struct {
	Attempts int           // all in all; 0 or 1 = none is repeated
	First    time.Duration // before the first repeat
	Most     time.Duration // longest pause; a server that asks for more is not asked again
}

// usualRetry rides out a restart of the server.
var usualRetry = Retry{Attempts: 6, First: 200 * time.Millisecond, Most: 10 * time.Second}

// after returns how long to wait after a failed attempt, from 1, and whether to try again.
func (r Retry) after(attempt int, err error) (time.Duration, bool) {
	if attempt >= r.Attempts || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return 0, false
	}
	wait := min(r.First<<min(attempt-1, 30), r.Most)
	if wait <= 0 {
		wait = r.Most
	}
	var e *Error
	if !errors.As(err, &e) {
		return jitter(wait), true // no answer at all
	}
	if !e.passing() || e.RetryAfter > r.Most {
		return 0, false
	}
	if e.RetryAfter > 0 {
		return e.RetryAfter, true
	}
	return jitter(wait), true
}

// passing reports whether the same call may succeed a moment later.
func (e *Error) passing() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return e.Code == codeKeyBusy
}

// jitter is between half of a pause and all of it.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// sleep waits, at most until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
