package sim

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"itms/cwmp"
)

// The quirks of HTTP and of the course of a session.
const (
	quirkNoDeclaration    = "no-xml-declaration"
	quirkNeedsDeclaration = "needs-xml-declaration"
	quirkNeeds200         = "needs-200"
	quirkNoChunked        = "no-chunked"
	quirkContentType      = "content-type"
	quirkContentLength    = "wrong-content-length"
	quirkCookieComma      = "cookie-comma"
	quirkCookiePath       = "cookie-needs-path"
	quirkBasicFirst       = "basic-first"
	quirkQueryAppended    = "query-appended"
	quirkKeepSocket       = "keep-socket"
	quirkReplyAfterEnd    = "reply-after-204"
	quirkDoubleEmpty      = "double-empty"
	quirkInformLoop       = "inform-loop"
	quirkUnknownMethod    = "unknown-method"
)

var wireQuirks = []Quirk{
	{quirkNoDeclaration, "", "be unable to read a message that begins with an XML declaration", false},
	{quirkNeedsDeclaration, "", "be unable to read a message without an XML declaration", false},
	{quirkNeeds200, "", "take an empty reply for a failure unless its status is 200", false},
	{quirkNoChunked, "", "be unable to read a reply in chunks, or one without a length", false},
	{quirkContentType, "[TYPE]", "send messages as TYPE, or without a Content-Type", false},
	{quirkContentLength, "", "count characters instead of bytes in Content-Length, and have some that take two", false},
	{quirkCookieComma, "", "send cookies back with their attributes, the value last and all separated by commas", false},
	{quirkCookiePath, "", "keep only cookies that come with a path", false},
	{quirkBasicFirst, "", "send the credentials as Basic without being asked, and as digest when that is asked for", false},
	{quirkQueryAppended, "", "append a query to the URL of the ACS, and leave it out of the digest", false},
	{quirkKeepSocket, "", "keep the connection over sessions", false},
	{quirkReplyAfterEnd, "", "send a response that nobody asked for when the session is over", false},
	{quirkDoubleEmpty, "", "end sessions with two empty POSTs", false},
	{quirkInformLoop, "[COUNT]", "be unable to read the answer to the first Inform, and send it again and again over the same connection, with one event more each time: COUNT times, 10 unless given", false},
	{quirkUnknownMethod, "", "call a method of its own in each session", false},
}

// appendedQuery is what the quirk appends to the URL of the ACS.
const appendedQuery = "?options=noautoprov"

// target is what the request line asks for, and what the digest covers.
func (q QuirkSet) target(uri string) (asked, covered string) {
	if q.has(quirkQueryAppended) {
		return uri + appendedQuery, uri
	}
	return uri, uri
}

// length is the Content-Length of a body.
func (q QuirkSet) length(body []byte) int {
	if q.has(quirkContentLength) {
		return utf8.RuneCount(body)
	}
	return len(body)
}

// media is the Content-Type of a message.
func (q QuirkSet) media() string {
	if kind, on := q[quirkContentType]; on {
		return kind
	}
	return contentTypes[q.has(quirkLatin1)]
}

// xmlDeclaration begins one.
const xmlDeclaration = "<?xml"

// readable tells why a box with these quirks cannot do anything with an answer.
func (q QuirkSet) readable(a *reply) error {
	declared := bytes.HasPrefix(a.body, []byte(xmlDeclaration))
	switch {
	case q.has(quirkNoChunked) && a.chunked:
		return errors.New("the reply has no length")
	case len(a.body) == 0 && a.status != http.StatusOK && q.has(quirkNeeds200):
		return fmt.Errorf("the ACS answered HTTP %d", a.status)
	case len(a.body) == 0:
		return nil
	case declared && q.has(quirkNoDeclaration):
		return errors.New("the reply begins with an XML declaration")
	case !declared && q.has(quirkNeedsDeclaration):
		return errors.New("the reply has no XML declaration")
	}
	return nil
}

// loops is how often the first Inform is repeated.
func (q QuirkSet) loops() (int, error) { return count(cmp.Or(q[quirkInformLoop], "10"), 0) }

// ErrUnread is the error of a session that a quirk made fail: the box could not read
// the answers.
var ErrUnread = errors.New("the answers to the Inform could not be read")

// loop is the quirk inform-loop.
func (s *session) loop(ctx context.Context) error {
	times, _ := s.cpe.quirks.loops() // read before, by validate
	message, _ := s.cpe.inform(s.events)
	for range times {
		if _, err := s.post(ctx, "1", message); err != nil {
			s.cpe.config.Logger.Debug("looping", "error", err)
		}
		message.Events = append(message.Events, cwmp.Event{Code: cwmp.EventPeriodic})
	}
	return ErrUnread
}

// talkOwn sends the requests that quirks add to a session.
func (s *session) talkOwn(ctx context.Context) error {
	if !s.cpe.quirks.has(quirkUnknownMethod) {
		return nil
	}
	_, err := s.ask(ctx, &cwmp.UnknownMethod{Name: "X_00005E_Probe", Arguments: []cwmp.Argument{{Name: "Arg", Text: "1"}}})
	var fault *cwmp.Fault
	if !errors.As(err, &fault) || fault.Code != cwmp.FaultACSMethod {
		return fmt.Errorf("the answer to a method of its own: %w", cmp.Or(err, errors.New("no fault")))
	}
	return nil
}

// linger sends what quirks send when the session is over; nothing may come of it.
func (s *session) linger(ctx context.Context) error {
	var late []cwmp.Message
	if s.cpe.quirks.has(quirkReplyAfterEnd) {
		late = append(late, &cwmp.GetParameterValuesResponse{})
	}
	if s.cpe.quirks.has(quirkDoubleEmpty) {
		late = append(late, nil)
	}
	for _, m := range late {
		if answer, err := s.post(ctx, "9", m); err != nil || answer != nil && answer.Message != nil {
			return fmt.Errorf("after the session: %v, %w", answer, cmp.Or(err, errors.New("the ACS goes on")))
		}
	}
	return nil
}
