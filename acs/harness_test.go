package acs

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"itms"
	"itms/cwmp"
	"itms/internal/digest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The one device most tests use, and the credentials of all.
var (
	testDevice   = itms.DeviceID{OUI: "00005E", ProductClass: "STB", Serial: "00005E005301"}
	testPassword = itms.NewSecret("cpe-password")
)

const testUser = "cpe"

// planner is a Planner that remembers everything and does what it is told.
type planner struct {
	mu       sync.Mutex
	contacts []itms.Contact
	work     []itms.Command // handed out one by one, whatever the device
	outcomes []itms.Outcome
	notices  []itms.Notice
	ended    []itms.SessionSummary
	end      chan itms.SessionSummary // also gets what ended
	target   ConnectionTarget

	contact func(*itms.Contact) error
	next    func(ctx context.Context, session string) (itms.Command, error)
	settle  func(itms.Outcome) error
	notice  func(itms.Notice) error
	seek    func(itms.DeviceID) (ConnectionTarget, error)
}

var _ Planner = (*planner)(nil)

func newPlanner(work ...itms.Command) *planner {
	return &planner{work: work, end: make(chan itms.SessionSummary, 1000)}
}

func (p *planner) Contact(_ context.Context, c *itms.Contact) error {
	p.mu.Lock()
	p.contacts = append(p.contacts, *c)
	hook := p.contact
	p.mu.Unlock()
	if hook != nil {
		return hook(c)
	}
	return nil
}

func (p *planner) Next(ctx context.Context, _ itms.DeviceID, session string) (itms.Command, error) {
	if p.next != nil {
		return p.next(ctx, session)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.work) == 0 {
		return nil, nil
	}
	c := p.work[0]
	p.work = p.work[1:]
	return c, nil
}

func (p *planner) Advance(ctx context.Context, id itms.DeviceID, session string, outs ...itms.Outcome) (itms.Command, error) {
	for _, out := range outs {
		if err := p.settled(out); err != nil {
			return nil, err
		}
	}
	return p.Next(ctx, id, session)
}

func (p *planner) settled(out itms.Outcome) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.outcomes = append(p.outcomes, out)
	if p.settle != nil {
		return p.settle(out)
	}
	return nil
}

func (p *planner) Notice(_ context.Context, n itms.Notice) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notices = append(p.notices, n)
	if p.notice != nil {
		return p.notice(n)
	}
	return nil
}

func (p *planner) Ended(s itms.SessionSummary) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = append(p.ended, s)
	p.end <- s
}

func (p *planner) Target(_ context.Context, id itms.DeviceID) (ConnectionTarget, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seek != nil {
		return p.seek(id)
	}
	return p.target, nil
}

// waitEnd returns the next session that is over.
func (p *planner) waitEnd(t *testing.T) itms.SessionSummary {
	t.Helper()
	select {
	case s := <-p.end:
		return s
	case <-time.After(10 * time.Second):
		t.Fatal("no session ended")
		return itms.SessionSummary{}
	}
}

// newServer makes a server without authentication; change alters its options.
func newServer(t testing.TB, p Planner, change ...func(*Options)) *Server {
	t.Helper()
	o := Options{Planner: p, Node: "n1", Auth: AuthNone, SessionTimeout: 30 * time.Second}
	for _, f := range change {
		f(&o)
	}
	srv, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := srv.Close(ctx); err != nil {
			t.Error("close:", err)
		}
	})
	return srv
}

// withAuth switches authentication on.
func withAuth(auth Auth) func(*Options) {
	return func(o *Options) { o.Auth, o.Username, o.Password = auth, testUser, testPassword }
}

// serve puts a server on a real listener and returns its URL.
func serve(t testing.TB, srv *Server) string {
	t.Helper()
	ts := httptest.NewUnstartedServer(nil)
	ts.Config = srv.HTTPServer()
	ts.Start()
	t.Cleanup(ts.Close)
	return ts.URL
}

// cpe is a device with its own connection and, if it keeps any, its own cookie.
type cpe struct {
	t       testing.TB
	url     string
	client  *http.Client
	cookies bool
	cookie  string
	headers http.Header
	auth    *digest.Challenge
	tries   int // POSTs sent, with those that were challenged
	dials   int
}

// newCPE makes a well-behaved device.
func newCPE(t testing.TB, url string) *cpe {
	c := &cpe{t: t, url: url, cookies: true, headers: http.Header{}}
	var dialer net.Dialer
	transport := &http.Transport{MaxIdleConnsPerHost: 1, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c.dials++
		return dialer.DialContext(ctx, network, address)
	}}
	c.client = &http.Client{Transport: transport, Timeout: 20 * time.Second}
	t.Cleanup(transport.CloseIdleConnections)
	return c
}

// got is what came back.
type got struct {
	*http.Response
	text string
}

// post sends a body as it is, without looking at a challenge.
func (c *cpe) post(body string) got {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodPost, c.url, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for name, values := range c.headers {
		req.Header[name] = values
	}
	if c.cookies && c.cookie != "" {
		req.Header.Set("Cookie", c.cookie)
	}
	if c.auth != nil {
		req.Header.Set("Authorization", c.auth.Authorize("POST", req.URL.RequestURI(), testUser, testPassword.Reveal()))
	}
	return c.do(req)
}

func (c *cpe) do(req *http.Request) got {
	c.t.Helper()
	c.tries++
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if set := resp.Header.Get("Set-Cookie"); set != "" {
		c.cookie, _, _ = strings.Cut(set, ";")
	}
	return got{resp, string(text)}
}

// login sends a body, answering one digest challenge.
func (c *cpe) login(body string) got {
	c.t.Helper()
	a := c.post(body)
	if a.StatusCode != http.StatusUnauthorized {
		return a
	}
	challenge, err := digest.ParseChallenge(a.Header["Www-Authenticate"])
	if err != nil {
		c.t.Fatal(err)
	}
	c.auth = challenge
	defer func() { c.auth = nil }()
	return c.post(body)
}

// want checks a status and returns the message that came.
func (a got) want(t testing.TB, status int) cwmp.Message {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("status %d, want %d; body %s", a.StatusCode, status, a.text)
	}
	if a.text == "" {
		return nil
	}
	return a.envelope(t).Message
}

func (a got) envelope(t testing.TB) *cwmp.Envelope {
	t.Helper()
	env, err := cwmp.Decode([]byte(a.text), a.Header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("%v in %s", err, a.text)
	}
	return env
}

// inform opens a session and expects it to be taken.
func (c *cpe) inform() got {
	c.t.Helper()
	a := c.login(informXML(testDevice.Serial, "2 PERIODIC"))
	if _, ok := a.want(c.t, http.StatusOK).(*cwmp.InformResponse); !ok {
		c.t.Fatalf("no InformResponse: %s", a.text)
	}
	return a
}

// informXML is an Inform of the test device's model.
func informXML(serial string, events ...string) string {
	return string(informEnvelope(serial, events...).Encode())
}

func informEnvelope(serial string, events ...string) *cwmp.Envelope {
	m := &cwmp.Inform{
		DeviceID:     cwmp.DeviceID{Manufacturer: "Example", OUI: testDevice.OUI, ProductClass: testDevice.ProductClass, SerialNumber: serial},
		MaxEnvelopes: 1,
		CurrentTime:  cwmp.TimeOf(time.Unix(1_800_000_000, 0)),
		Parameters: []cwmp.ParameterValue{
			{Name: "Device.DeviceInfo.HardwareVersion", Value: "A1", Type: cwmp.TypeString},
			{Name: "Device.DeviceInfo.SoftwareVersion", Value: "3.4.5", Type: cwmp.TypeString},
			{Name: "Device.DeviceInfo.ProvisioningCode", Value: "", Type: cwmp.TypeString},
			{Name: "Device.ManagementServer.ParameterKey", Value: "k", Type: cwmp.TypeString},
			{Name: "Device.ManagementServer.ConnectionRequestURL", Value: "http://192.0.2.7:7547/x", Type: cwmp.TypeString},
		},
	}
	for _, e := range events {
		m.Events = append(m.Events, cwmp.Event{Code: e})
	}
	return &cwmp.Envelope{ID: "1042", Version: cwmp.Version12, Message: m}
}

// xml writes a message as the CPE sends it.
func xml(id string, m cwmp.Message) string {
	env := &cwmp.Envelope{ID: id, Version: cwmp.Version12, Message: m}
	return string(bytes.TrimSpace(env.Encode()))
}

// respond answers the request in a with m.
func (c *cpe) respond(a got, m cwmp.Message) got {
	c.t.Helper()
	return c.post(xml(a.envelope(c.t).ID, m))
}

// waiting returns the number of devices that are to be woken.
func (w *waker) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.pending)
}

// endings counts the sessions that are over.
func (p *planner) endings() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ended)
}
