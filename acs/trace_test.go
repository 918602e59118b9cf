package acs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"itms"
	"itms/cwmp"
)

// tracing is a Tracer in memory.
type tracing struct {
	hints chan struct{}
	read  chan struct{} // each time the list was read

	mu      sync.Mutex
	list    []*itms.Trace
	got     map[itms.TraceID][]itms.TraceMessage
	dropped int
	fail    error
	full    bool
	wrote   chan struct{}
}

func newTracing(list ...*itms.Trace) *tracing {
	return &tracing{hints: make(chan struct{}, 1), read: make(chan struct{}, 100), list: list,
		got: map[itms.TraceID][]itms.TraceMessage{}, wrote: make(chan struct{}, 10_000)}
}

func (f *tracing) ActiveTraces(context.Context) ([]*itms.Trace, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.read <- struct{}{} }()
	return f.list, f.fail
}

func (f *tracing) RecordTrace(_ context.Context, id itms.TraceID, list []itms.TraceMessage, dropped int) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return false, f.fail
	}
	f.got[id] = append(f.got[id], list...)
	f.dropped += dropped
	for range list {
		f.wrote <- struct{}{}
	}
	return f.full, nil
}

func (f *tracing) TraceHints(context.Context) <-chan struct{} { return f.hints }

// set replaces the list and waits until the server has read it.
func (f *tracing) set(t *testing.T, list ...*itms.Trace) {
	t.Helper()
	f.mu.Lock()
	f.list = list
	f.mu.Unlock()
	f.hints <- struct{}{}
	f.await(t, f.read, 1)
}

// await takes n signals.
func (f *tracing) await(t *testing.T, signals chan struct{}, n int) {
	t.Helper()
	for range n {
		select {
		case <-signals:
		case <-time.After(10 * time.Second):
			t.Fatal("nothing happened")
		}
	}
}

// messages waits for n messages and returns those of a trace.
func (f *tracing) messages(t *testing.T, id itms.TraceID, n int) []itms.TraceMessage {
	t.Helper()
	f.await(t, f.wrote, n)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got[id]
}

// withTracer makes a server that traces.
func withTracer(f *tracing) func(*Options) {
	return func(o *Options) {
		o.Tracer = f
		o.Secret = func(name itms.ParamPath) bool { return name.Leaf() == "LOID" }
	}
}

// traceOf traces the test device for an hour.
func traceOf(id itms.TraceID) *itms.Trace {
	return &itms.Trace{ID: id, Device: testDevice, Until: time.Now().Add(time.Hour)}
}

// TestTraceShowsASessionWithoutItsSecrets: each secret that a session can carry.
func TestTraceShowsASessionWithoutItsSecrets(t *testing.T) {
	set := itms.SetValues{Values: []itms.SetValue{{Name: "Device.X.Password", Value: "sec-by-name"}, {Name: "Device.X.Account", Value: "sec-hidden", Hide: true},
		{Name: "Device.X.LOID", Value: "sec-loid"}, {Name: "Device.X.Plain", Value: "shown-plain"}, {Name: "Device.X.Url", Value: "http://sec-user:sec-pw@files.example.com/a"}}}
	download := itms.Download{Key: "k", FileType: itms.FileFirmware, URL: "http://files.example.com/sec-token?sec-query", Username: "u", Password: "sec-download"}
	f := newTracing(traceOf("T"))
	p := newPlanner(set, download, someGet)
	srv := newServer(t, p, withAuth(AuthDigest), withTracer(f))
	f.await(t, f.read, 1)
	c := newCPE(t, serve(t, srv))
	c.inform()
	a := c.post("")
	a = c.respond(a, &cwmp.Fault{Code: 9003, String: "no sec-hidden here", Parameters: []cwmp.ParameterFault{{Name: "Device.X.Account", Code: 9007, String: "sec-hidden is wrong"}}})
	c.respond(a, &cwmp.Kicked{Command: "go", Arg: "sec-typed", Next: "http://a.example.com/?sec-next"})
	a = c.respond(a, &cwmp.DownloadResponse{Status: 1})
	a = c.respond(a, &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{{Name: "Device.X.WEPKey", Value: "sec-wep"}, {Name: "Device.Y", Value: "sec-hidden"},
		{Name: "Device.X.Account", Value: "sec-other"}, {Name: "Device.Z", Value: "shown-read"}, {Name: "Device.X.Passphrase", Value: ""}}})
	a.want(t, 204)
	list := f.messages(t, "T", 12)
	all := fmt.Sprintf("%+v", list)
	if i := strings.Index(all, "sec-"); i >= 0 {
		t.Errorf("a secret is shown: %s", all[max(0, i-200):i+40])
	}
	for _, never := range []string{testPassword.Reveal(), c.cookie[len("itms=n1."):], "response="} {
		if strings.Contains(all, never) {
			t.Errorf("%q is shown", never)
		}
	}
	for _, want := range []string{"shown-plain", "shown-read", "http://REDACTED@files.example.com/a", "<URL>http://files.example.com/REDACTED</URL>", "Digest REDACTED", "no REDACTED here"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing", want)
		}
	}
	var methods []string
	for _, m := range list {
		methods = append(methods, m.Method)
		if m.Session == "" || m.Device != testDevice || m.Node != "n1" || m.Remote != "127.0.0.1" {
			t.Errorf("%+v", m)
		}
	}
	if got := strings.Join(methods, " "); got != "Inform InformResponse  SetParameterValues Fault Download Kicked KickedResponse DownloadResponse GetParameterValues GetParameterValuesResponse " {
		t.Error(got)
	}
	if s := p.waitEnd(t); s.Messages != 6 {
		t.Errorf("%d messages in the summary", s.Messages)
	}
}

// TestTraceOfANetwork: also what never becomes a session is recorded, and not what
// comes from elsewhere.
func TestTraceOfANetwork(t *testing.T) {
	in := &itms.Trace{ID: "in", Network: "127.0.0.0/8", Until: time.Now().Add(time.Hour)}
	out := &itms.Trace{ID: "out", Network: "198.51.100.0/24", Until: time.Now().Add(time.Hour)}
	over := &itms.Trace{ID: "over", Network: "127.0.0.0/8", Until: time.Now().Add(-time.Hour)}
	f := newTracing(in, out, over)
	srv := newServer(t, newPlanner(), withAuth(AuthDigest), withTracer(f))
	f.await(t, f.read, 1)
	c := newCPE(t, serve(t, srv))
	c.post("").want(t, 401)
	c.login("<a><Password>sec-1").want(t, 400)
	list := f.messages(t, "in", 6)
	if list[1].Status != http.StatusUnauthorized || list[5].Status != http.StatusBadRequest {
		t.Errorf("%+v", list)
	}
	if got := list[4]; got.Body != "<a><" || !got.Cut || strings.Contains(fmt.Sprint(list), "sec-") {
		t.Errorf("%+v", got)
	}
	if len(f.got) != 1 {
		t.Error("traced elsewhere:", f.got)
	}
}

// TestTraceEnds: a full trace takes no more, a deleted one neither, and a hint begins
// and ends tracing.
func TestTraceEnds(t *testing.T) {
	f := newTracing()
	srv := newServer(t, newPlanner(), withTracer(f))
	f.await(t, f.read, 1)
	c := newCPE(t, serve(t, srv))
	c.inform()
	if srv.traces.set.Load() != nil {
		t.Fatal("something is traced")
	}
	f.set(t, traceOf("T"))
	f.mu.Lock()
	f.full = true
	f.mu.Unlock()
	c.inform()
	f.messages(t, "T", 2)
	waitOver(t, srv)
	c.inform() // nobody wants it
	f.set(t)
	if srv.traces.set.Load() != nil {
		t.Error("still traced")
	}
}

// waitOver waits until the only trace takes no more.
func waitOver(t *testing.T, srv *Server) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; {
		if set := srv.traces.set.Load(); set.devices[testDevice][0].over.Load() {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the trace goes on")
		}
	}
}

// TestTraceThatCannotBeStored: sessions go on, and what is lost is told later.
func TestTraceThatCannotBeStored(t *testing.T) {
	f := newTracing(traceOf("T"))
	p := newPlanner()
	srv := newServer(t, p, withTracer(f))
	f.await(t, f.read, 1)
	f.mu.Lock()
	f.fail = errors.New("no disk")
	f.mu.Unlock()
	c := newCPE(t, serve(t, srv))
	c.inform()
	c.post("").want(t, 204)
	p.waitEnd(t)
	live := srv.traces.set.Load().devices[testDevice][0]
	for end := time.Now().Add(10 * time.Second); live.dropped.Load() < 4; {
		if time.Now().After(end) {
			t.Fatal("dropped", live.dropped.Load())
		}
	}
	f.mu.Lock()
	f.fail = nil
	f.mu.Unlock()
	c.inform()
	f.messages(t, "T", 2)
	if f.dropped != 4 {
		t.Error("told", f.dropped)
	}
}

// TestTraceQueueIsBounded: what the writer cannot take is counted and never waited for.
func TestTraceQueueIsBounded(t *testing.T) {
	srv := newServer(t, newPlanner())
	tr := newTracer(srv, newTracing())
	live := &liveTrace{id: "T"}
	for range traceQueue + 10 {
		tr.push(capture{traces: []*liveTrace{live}, in: half{content: []byte("x")}})
	}
	if got := live.dropped.Load(); got != 20 {
		t.Error("dropped", got)
	}
	if got := tr.queued.Load(); got != traceQueue {
		t.Error("queued bytes", got)
	}
	tr.push(capture{traces: []*liveTrace{live}, in: half{content: make([]byte, traceQueueBytes)}})
	if got := live.dropped.Load(); got != 22 {
		t.Error("dropped", got)
	}
}

// FuzzMask: whatever a body is, the value behind a secret name is not shown.
func FuzzMask(f *testing.F) {
	f.Add([]byte(informXML("s1")), "text/xml")
	f.Add([]byte("<a><Password>"), "")
	f.Add([]byte(xml("1", &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{{Name: "Device.Password", Value: "a"}}})), "text/xml")
	f.Add([]byte(xml("1", &cwmp.UnknownMethod{Name: "X_A", Arguments: []cwmp.Argument{{Name: "Secret", Text: "a"}}})), "")
	f.Fuzz(func(t *testing.T, content []byte, media string) {
		m := &masker{}
		var to itms.TraceMessage
		m.mask(&to, &half{content: content, media: media, original: len(content)})
		if len(to.Body) > itms.MaxTraceBody {
			t.Error("too long")
		}
		if to.Cut || to.Body == "" {
			if strings.Contains(strings.ToLower(to.Body), "password") {
				t.Errorf("%q", to.Body)
			}
			return
		}
		env, err := cwmp.Decode([]byte(to.Body), "text/xml")
		if err != nil {
			t.Fatalf("%v: %q", err, to.Body)
		}
		if r, ok := env.Message.(*cwmp.GetParameterValuesResponse); ok {
			for _, p := range r.Parameters {
				if itms.ParamPath(p.Name).IsSecret() && p.Value != "" && p.Value != itms.Redacted {
					t.Errorf("%+v", p)
				}
			}
		}
	})
}
