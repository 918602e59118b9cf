package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"itms/cwmp"
)

const (
	// maxRPCs ends a session with an ACS that never stops asking.
	maxRPCs = 1000
	// maxRedirects is the number of redirects followed in a session (TR-069 Amd
	// 6 3.4.7 says five).
	maxRedirects = 5
)

// ErrDropped is the error of a session that a quirk has cut off.
var ErrDropped = errors.New("the connection was dropped on purpose")

// session is one session under way.
type session struct {
	cpe      *CPE
	wire     *wire
	report   *Report
	events   []cwmp.Event
	sequence int
	raw      []byte // the last answer

	// What the ACS ordered for the end of the session.
	rebooting bool
	rebootKey string
	resetting bool
	imaged    bool // it boots with firmware that nobody ordered
}

// Session runs one session now and returns what happened in it; the Report is
// never nil. Without events, those that are queued are sent: of a first
// contact, a reboot, a change; and 2 PERIODIC if there are none. What the ACS
// ordered is done before Session returns, whatever its delay, and told in the
// next session: reboots, transfers, diagnostics.
//
// Errors: ErrNoACS, ErrDropped, ErrUnauthorized, those of the network and the
// protocol, and that the state file could not be written.
func (c *CPE) Session(ctx context.Context, events ...cwmp.Event) (*Report, error) {
	if err := c.acquire(ctx); err != nil {
		return &Report{Status: Failed, Error: err.Error()}, err
	}
	defer c.release()
	report, err := c.converse(ctx, events)
	err = errors.Join(err, c.settle(ctx, time.Time{}))
	c.look()
	return report, err
}

// converse runs a session while the turn is held.
func (c *CPE) converse(ctx context.Context, events []cwmp.Event) (*Report, error) {
	s := c.open(events)
	defer s.wire.close()
	err := s.talk(ctx)
	return s.report, errors.Join(err, s.finish(err))
}

// open makes a session from the state.
func (c *CPE) open(events []cwmp.Event) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(events) == 0:
		events = append(c.due(), c.unasked()...)
	case slices.ContainsFunc(events, isBoot): // by order of whoever runs the session
		c.loginAtBoot()
	}
	c.Values[c.path("DeviceInfo.UpTime")] = strconv.Itoa(int(c.config.Clock().Sub(c.booted) / time.Second))
	if !c.quirks.has(quirkStaleCookie) {
		c.cookies.clear()
	}
	s := &session{cpe: c, events: events, report: &Report{Serial: c.state.Identity.Serial, RPCs: []Call{}, Status: Done}}
	s.wire = &wire{
		config: &c.config, quirks: c.quirks, cookies: c.cookies, urls: c.servers(),
		username: c.Values[c.path("ManagementServer.Username")], password: c.Values[c.path("ManagementServer.Password")],
		auth: make(map[string]*credentials), open: c.sockets(),
	}
	return s
}

// due returns the events of a session that was given none.
func (c *CPE) due() []cwmp.Event {
	switch {
	case !c.Bootstrapped && !slices.ContainsFunc(c.Queue, isBootstrap):
		return []cwmp.Event{{Code: cwmp.EventBootstrap}, {Code: cwmp.EventBoot}}
	case len(c.Queue) > 0:
		return slices.Clone(c.Queue)
	}
	return []cwmp.Event{{Code: cwmp.EventPeriodic}}
}

func isBootstrap(e cwmp.Event) bool { return cwmp.CanonicalEvent(e.Code) == cwmp.EventBootstrap }

// servers returns the URLs of the ACS: those of the Config, or the one that the
// ACS has set since.
func (c *CPE) servers() []string {
	current := c.Values[c.path("ManagementServer.URL")]
	switch {
	case current == c.Told.ACS && len(c.config.ACS) > 0:
		return slices.Clone(c.config.ACS)
	case current != "":
		return []string{current}
	}
	return nil
}

// talk is the course of a session (TR-069 Amd 6 3.7.2).
func (s *session) talk(ctx context.Context) error {
	if len(s.wire.urls) == 0 {
		return ErrNoACS
	}
	if s.cpe.quirks.has(quirkEmptyPostFirst) {
		if _, err := s.wire.post(ctx, nil, ""); err != nil {
			return err
		}
	}
	if s.cpe.acts(quirkInformLoop, 1) {
		return s.loop(ctx)
	}
	if err := s.inform(ctx); err != nil {
		return err
	}
	times, _ := count(s.cpe.quirks[quirkDropAfterInform], 0)
	if s.cpe.acts(quirkDropAfterInform, times) {
		return ErrDropped
	}
	if err := s.tellTransfers(ctx); err != nil {
		return err
	}
	if err := s.tellUnasked(ctx); err != nil {
		return err
	}
	if err := s.talkOwn(ctx); err != nil {
		return err
	}
	if err := s.serve(ctx); err != nil {
		return err
	}
	return s.linger(ctx)
}

// inform sends the Inform and takes what it said off the list.
func (s *session) inform(ctx context.Context) error {
	message, changed := s.cpe.inform(s.events)
	for _, e := range message.Events {
		s.report.Events = append(s.report.Events, e.Code)
	}
	answer, err := s.ask(ctx, message)
	if err != nil {
		return fmt.Errorf("inform: %w", err)
	}
	if _, ok := answer.(*cwmp.InformResponse); !ok {
		return fmt.Errorf("inform: the ACS answered with %s", methodOf(answer))
	}
	s.report.Accepted = true
	s.cpe.delivered(s.events, changed)
	return nil
}

// methodOf names a message that may be missing.
func methodOf(m cwmp.Message) string {
	if m == nil {
		return "nothing"
	}
	return m.Method()
}

// ask sends a request of the CPE and returns the answer; a fault is an error.
func (s *session) ask(ctx context.Context, request cwmp.Message) (cwmp.Message, error) {
	s.sequence++
	envelope, err := s.post(ctx, strconv.Itoa(s.sequence), request)
	if err != nil || envelope == nil {
		return nil, err
	}
	if fault, ok := envelope.Message.(*cwmp.Fault); ok {
		return nil, fault
	}
	return envelope.Message, nil
}

// serve sends the empty POST and answers the requests of the ACS until it has
// no more.
func (s *session) serve(ctx context.Context) error {
	envelope, err := s.post(ctx, "", nil)
	for number := 1; err == nil && envelope != nil && envelope.Message != nil; number++ {
		if number > maxRPCs {
			return fmt.Errorf("the ACS sent more than %d requests", maxRPCs)
		}
		if s.dropsAt(number) || s.cpe.breaksOf(envelope.Message) {
			s.report.RPCs = append(s.report.RPCs, Call{Method: envelope.Message.Method(), Request: envelope.Message})
			return ErrDropped
		}
		answer := s.answer(envelope.Message)
		if s.cpe.quirks.has(quirkDiagnosticsSameSession) {
			s.cpe.diagnose(ctx)
		}
		envelope, err = s.post(ctx, envelope.ID, answer)
	}
	return err
}

// dropsAt tells whether the quirk closes the connection at an RPC.
func (s *session) dropsAt(number int) bool {
	at, times, _ := s.cpe.quirks.dropMid() // read before, by validate
	return number == at && s.cpe.acts(quirkDropMidSession, times)
}

// post sends a message, or an empty POST for nil, and decodes the answer: nil
// when it was empty.
func (s *session) post(ctx context.Context, id string, m cwmp.Message) (*cwmp.Envelope, error) {
	if err := s.slow(ctx); err != nil {
		return nil, err
	}
	var body []byte
	var contentType string
	if m != nil || s.cpe.quirks.has(quirkEmptyBody) {
		body, contentType = s.cpe.quirks.encode(id, m)
	}
	answer, err := s.follow(ctx, body, contentType)
	if err != nil {
		return nil, err
	}
	if err := s.cpe.quirks.readable(answer); err != nil {
		return nil, err
	}
	s.raw = answer.body
	switch answer.status {
	case http.StatusOK:
		envelope, err := cwmp.Decode(answer.body, answer.contentType)
		if err == nil && len(answer.body) == 0 {
			envelope = nil
		}
		return envelope, err
	case http.StatusNoContent:
		return nil, nil
	}
	return nil, fmt.Errorf("the ACS answered HTTP %d", answer.status)
}

// follow posts and goes where it is redirected to, for this session only.
func (s *session) follow(ctx context.Context, body []byte, contentType string) (*reply, error) {
	for range maxRedirects + 1 {
		answer, err := s.wire.post(ctx, body, contentType)
		if err != nil {
			return nil, err
		}
		s.report.HTTPStatus = answer.status
		location := answer.header.Get("Location")
		if answer.status < 300 || answer.status > 399 || location == "" {
			return answer, nil
		}
		target, err := url.Parse(location)
		if err != nil || target.Host == "" {
			return nil, fmt.Errorf("redirected to %q", location)
		}
		s.wire.urls = []string{location}
	}
	return nil, errors.New("redirected too often")
}

// slow waits as the quirk says.
func (s *session) slow(ctx context.Context) error {
	if !s.cpe.quirks.has(quirkSlow) {
		return nil
	}
	delay, _ := s.cpe.quirks.delay() // read before, by validate
	return sleep(ctx, delay)
}

// sleep waits, or returns why ctx has ended.
func sleep(ctx context.Context, delay time.Duration) error {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// finish completes the report and does what was ordered for the end.
func (s *session) finish(err error) error {
	s.report.Posts, s.report.Connections = s.wire.posts, s.wire.dials
	c := s.cpe
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.Retries = 0
	} else {
		c.Retries++
		s.report.Status, s.report.Error = Failed, err.Error()
	}
	if errors.Is(err, ErrDropped) {
		s.report.Status = Dropped
	}
	switch {
	case s.resetting:
		c.wipe()
	case s.rebooting:
		c.reboot(cwmp.Event{Code: cwmp.EventMReboot, CommandKey: s.rebootKey})
	case s.imaged:
		c.startOwnImage()
	}
	c.login()
	c.config.Logger.Info("session", "serial", s.report.Serial, "events", s.report.Events,
		"rpcs", len(s.report.RPCs), "status", s.report.Status, "error", s.report.Error)
	return c.save(c.config.StatePath)
}
