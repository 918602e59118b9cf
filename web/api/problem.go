package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// problemType is the media type of every error answer (RFC 9457 §3).
const problemType = "application/problem+json"

// Codes of errors which only HTTP knows; the others are the domain's.
const (
	codeMalformed   = "MALFORMED"              // not JSON, or not to be read at all
	codeMediaType   = "UNSUPPORTED_MEDIA_TYPE" // the body is not application/json
	codeTimeout     = "TIMEOUT"                // the body came too slowly
	codeBadGateway  = "BAD_GATEWAY"
	codeHeaderLarge = "HEADER_TOO_LARGE"
)

// Problem is an error as a caller sees it (RFC 9457). The type member is left out,
// which means about:blank: the title is then the phrase of the status, and code
// tells one problem from another.
type Problem struct {
	Title     string            `json:"title" doc:"Phrase of the HTTP status." example:"Conflict"`
	Status    int               `json:"status" doc:"The HTTP status." example:"409"`
	Code      string            `json:"code" doc:"Stable word to decide on." example:"ORDER_CONFLICT"`
	Detail    string            `json:"detail" doc:"What happened, for people; may change." example:"order WO-1001 of source \"crm\" exists with other content"`
	Errors    []itms.FieldError `json:"errors,omitempty" doc:"Every wrong field, as a JSON pointer (RFC 6901) into the body; parameters are /query/NAME and /path/NAME."`
	RequestID string            `json:"requestId,omitempty" doc:"Quote it when asking for help: the log has it." example:"01J0000000000000000000000"`

	headers http.Header
	cause   error // for the log only
}

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns the headers that go with the answer.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType returns the media type of a problem, whatever was asked for.
func (p *Problem) ContentType(string) string { return problemType }

// statusOfKind is the one translation of the domain's errors to HTTP.
var statusOfKind = map[itms.Kind]int{
	itms.KindInternal:        http.StatusInternalServerError,
	itms.KindInvalid:         http.StatusUnprocessableEntity,
	itms.KindNotFound:        http.StatusNotFound,
	itms.KindConflict:        http.StatusConflict,
	itms.KindForbidden:       http.StatusForbidden,
	itms.KindUnauthenticated: http.StatusUnauthorized,
	itms.KindLimit:           http.StatusTooManyRequests,
	itms.KindUnavailable:     http.StatusServiceUnavailable,
	itms.KindFenced:          http.StatusConflict,
}

// statusOfCode refines it where HTTP has a better word.
var statusOfCode = map[string]int{
	itms.CodeTooLarge:    http.StatusRequestEntityTooLarge,
	itms.CodeUnsupported: http.StatusNotImplemented,
	itms.CodeMethod:      http.StatusMethodNotAllowed,
	codeMalformed:        http.StatusBadRequest,
	codeMediaType:        http.StatusUnsupportedMediaType,
	codeTimeout:          http.StatusRequestTimeout,
}

// codeOfStatus names the errors that huma and chi make themselves.
var codeOfStatus = map[int]string{
	http.StatusBadRequest:                  codeMalformed,
	http.StatusNotFound:                    itms.CodeNotFound,
	http.StatusMethodNotAllowed:            itms.CodeMethod,
	http.StatusRequestTimeout:              codeTimeout,
	http.StatusRequestEntityTooLarge:       itms.CodeTooLarge,
	http.StatusUnsupportedMediaType:        codeMediaType,
	http.StatusUnprocessableEntity:         itms.CodeInvalid,
	http.StatusTooManyRequests:             itms.CodeRateLimited,
	http.StatusRequestHeaderFieldsTooLarge: codeHeaderLarge,
	http.StatusBadGateway:                  codeBadGateway,
	http.StatusServiceUnavailable:          itms.CodeUnavailable,
}

// internalText is all that a caller learns of a defect; the log has the cause.
const internalText = "an internal error; the log has its cause under this request id"

// newProblem makes a problem of a status.
func newProblem(status int, code, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail, headers: http.Header{}}
}

// problemOf translates any error. The text of an internal one stays inside.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var e *itms.Error
	switch {
	case errors.As(err, &e) && e.Kind != itms.KindInternal:
		p = newProblem(statusFor(e), e.Code, e.Text)
		p.retryAfter(e.Wait)
		p.Errors, p.cause = e.Fields, e.Err // the text is the caller's own; the log keeps to the pointers
		return p
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p = newProblem(http.StatusServiceUnavailable, itms.CodeUnavailable, "the call was given up before it ended")
	default:
		p = newProblem(http.StatusInternalServerError, itms.CodeInternal, internalText)
	}
	p.cause = err
	return p
}

// statusFor looks an error up in the two tables.
func statusFor(e *itms.Error) int {
	if status, ok := statusOfCode[e.Code]; ok {
		return status
	}
	return statusOfKind[e.Kind]
}

// problemOfHuma translates an error that huma made: a parameter out of range, a
// body too large. Its values are dropped: they echo what was sent.
func problemOfHuma(m *huma.ErrorModel) *Problem {
	code, ok := codeOfStatus[m.Status]
	if !ok || m.Status >= http.StatusInternalServerError {
		p := newProblem(m.Status, itms.CodeInternal, internalText)
		p.cause = fmt.Errorf("%s: %v", m.Detail, m.Errors)
		return p
	}
	p := newProblem(m.Status, code, m.Detail)
	if m.Status == http.StatusRequestEntityTooLarge {
		p.Detail = "the body is larger than this call takes" // huma's text names its own limit, one byte off
	}
	for _, e := range m.Errors {
		place, _, _ := strings.Cut(e.Location, "[") // of a parameter that is a list, the parameter
		p.Errors = append(p.Errors, itms.FieldError{Pointer: "/" + strings.ReplaceAll(place, ".", "/"), Text: e.Message})
	}
	return p
}

// unauthenticated is a 401 with its challenge (RFC 9110 §11.6.1).
func unauthenticated(challenge, detail string) *Problem {
	p := newProblem(http.StatusUnauthorized, itms.CodeUnauthenticated, detail)
	p.headers.Set("WWW-Authenticate", challenge)
	return p
}

// tooMany is a 429 that says when to come back.
func tooMany(wait time.Duration) *Problem {
	p := newProblem(http.StatusTooManyRequests, itms.CodeRateLimited, "too many failed authentications from this address")
	p.retryAfter(wait)
	return p
}

// retryAfter tells when to come back (RFC 9110 §10.2.3), in whole seconds after the
// wait; of no wait nothing is said.
func (p *Problem) retryAfter(wait time.Duration) {
	if wait > 0 {
		p.headers.Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
	}
}

// render is the transformer that every body passes on its way out: it turns
// huma's errors into ours and gives each problem its request id. huma would also
// let one replace the function that makes its errors, but that is a variable of
// the whole process: two servers in one test binary would share it.
func render(ctx huma.Context, _ string, v any) (any, error) {
	if m, ok := v.(*huma.ErrorModel); ok {
		v = problemOfHuma(m)
	}
	if p, ok := v.(*Problem); ok {
		return p.noted(recordOf(ctx.Context())), nil
	}
	return v, nil
}

// noted notes the problem for the log and returns it with the request's id.
func (p *Problem) noted(rec *record) *Problem {
	rec.code, rec.cause = p.Code, p.cause
	for _, e := range p.Errors {
		rec.fields = append(rec.fields, e.Pointer)
	}
	out := *p
	out.RequestID = rec.id
	return &out
}

// writeProblem answers with p outside of huma.
func (s *Server) writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p.noted(recordOf(r.Context()))); err != nil {
		recordOf(r.Context()).cause = err // the caller went away
	}
}
