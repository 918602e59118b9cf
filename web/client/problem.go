package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Codes of errors that programs decide on; the API has more.
const (
	CodeInvalid       = "INVALID"         // fields are wrong, see Error.Fields
	CodeNotFound      = "NOT_FOUND"       // there is no such thing, or not for this caller
	CodeForbidden     = "FORBIDDEN"       // the role may not do it
	CodeUnknownToken  = "UNAUTHENTICATED" // the token is unknown or was revoked
	CodeOrderConflict = "ORDER_CONFLICT"  // the number was used with other content
	CodeOrderState    = "ORDER_STATE"     // the state of the order forbids the call
	CodeDeviceTaken   = "DEVICE_TAKEN"    // another service has the device
	CodeDeviceState   = "DEVICE_STATE"    // the state of the device forbids the call
	CodeTaskState     = "TASK_STATE"      // the state of the task forbids the call
	CodeAmbiguous     = "AMBIGUOUS"       // several sources used the number: name the source
	CodeRateLimited   = "RATE_LIMITED"    // too often; see Error.RetryAfter
	CodeUnavailable   = "UNAVAILABLE"     // the server cannot now
	codeKeyBusy       = "KEY_BUSY"        // the first call of this key is being carried out
)

// FieldError is one wrong field.
type FieldError struct {
	Pointer string `json:"pointer"` // JSON pointer into the body, or /query/NAME, /path/NAME
	Detail  string `json:"detail"`  // for people
}

// Error is what the server refused a call with (RFC 9457).
type Error struct {
	Title      string        `json:"title"`
	Status     int           `json:"status"` // of HTTP
	Code       string        `json:"code"`   // stable word; "" when it was not the API that answered
	Detail     string        `json:"detail"` // for people
	Fields     []FieldError  `json:"errors"` // every wrong field
	RequestID  string        `json:"requestId"`
	RetryAfter time.Duration `json:"-"` // how long the server asks to wait; 0 = it does not say
}

// Error says what happened, with the wrong fields.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the server answered %d %s", e.Status, http.StatusText(e.Status))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)", e.Detail, e.Code)
	for i, f := range e.Fields {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		b.WriteString(sep + f.Pointer + " " + f.Detail)
	}
	return b.String()
}

// IsCode reports whether an error is the server's refusal with a code.
func IsCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// maxProblem bounds the text of a refusal.
const maxProblem = 1 << 20

// problemOf reads the refusal of an answer. What is no problem document, as of a proxy, keeps
// its status.
func problemOf(resp *http.Response) *Error {
	e := &Error{}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxProblem)).Decode(e); err != nil || e.Code == "" {
		e = &Error{}
	}
	e.Status = resp.StatusCode
	e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	return e
}

// retryAfter reads how long to wait: seconds or a date (RFC 9110 §10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
