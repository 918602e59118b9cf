package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"itms"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// follower reads one event stream over a real connection.
type follower struct {
	t      *testing.T
	res    *http.Response
	cancel context.CancelFunc
	lines  chan string // closed at the end of the stream
}

// follow connects as a role and waits until the stream is open.
func follow(t *testing.T, f *fixture, url string, role itms.Role, headers ...string) *follower {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := must(http.NewRequestWithContext(ctx, http.MethodGet, url, nil))
	r.Header.Set("Authorization", "Bearer "+f.tokens[role])
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	fw := &follower{t: t, res: res, cancel: cancel, lines: make(chan string, 1000)}
	go func() {
		defer close(fw.lines)
		for in := bufio.NewScanner(res.Body); in.Scan(); {
			fw.lines <- in.Text()
		}
	}()
	t.Cleanup(fw.stop)
	fw.until(": connected")
	return fw
}

// stop hangs up and waits for the reader.
func (fw *follower) stop() {
	fw.cancel()
	for range fw.lines {
	}
	fw.res.Body.Close()
}

// until skips lines up to one.
func (fw *follower) until(want string) {
	fw.t.Helper()
	for {
		if line := fw.line(); line == want {
			return
		}
	}
}

// line returns the next line.
func (fw *follower) line() string {
	fw.t.Helper()
	select {
	case line, ok := <-fw.lines:
		if !ok {
			fw.t.Fatal("the stream ended")
		}
		return line
	case <-time.After(patience):
		fw.t.Fatal("nothing came")
	}
	return ""
}

// event returns the id and document of the next event.
func (fw *follower) event() (id string, e eventView) {
	fw.t.Helper()
	for {
		line := fw.line()
		if after, ok := strings.CutPrefix(line, "id: "); ok {
			id = after
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				fw.t.Fatal(err)
			}
			return id, e
		}
	}
}

// texts returns the texts of the next n events.
func (fw *follower) texts(n int) string {
	fw.t.Helper()
	var all []string
	for range n {
		_, e := fw.event()
		all = append(all, e.Text)
	}
	return strings.Join(all, " ")
}

// ended waits for the end of the stream.
func (fw *follower) ended() {
	fw.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case _, ok := <-fw.lines:
			if !ok {
				return
			}
		case <-deadline:
			fw.t.Fatal("the stream goes on")
		}
	}
}

// listen serves a fixture on a real socket, with the limits of a real server.
func listen(t *testing.T, f *fixture) string {
	t.Helper()
	ts := httptest.NewUnstartedServer(f.server)
	ts.Config = HTTPServer(f.server)
	ts.Start()
	t.Cleanup(func() {
		if err := f.server.Close(context.Background()); err != nil {
			t.Error(err)
		}
		ts.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return ts.URL + eventsPath
}

// numbered makes n events with texts first, first+1 ...
func numbered(first, n int) []itms.Event {
	var events []itms.Event
	for i := range n {
		events = append(events, itms.Event{Type: "order.done", Text: fmt.Sprint(first + i)})
	}
	return events
}

func TestStreamSendsWhatHappensFromNowOn(t *testing.T) {
	f := newFixture(t)
	f.journal(numbered(1, 3)...)
	fw := follow(t, f, listen(t, f), itms.RoleReadOnly)
	if got := fw.res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	f.journal(numbered(4, 1)...)
	id, e := fw.event()
	if e.Text != "4" || id != fmt.Sprint(e.Seq) || e.Type != "order.done" || !e.At.Equal(testTime) {
		t.Errorf("id %s, %+v", id, e)
	}
	f.journal(numbered(5, 2)...)
	if got := fw.texts(2); got != "5 6" {
		t.Error(got)
	}
}

func TestStreamResumes(t *testing.T) {
	f := newFixture(t)
	f.journal(numbered(1, 450)...) // more than two batches
	url := listen(t, f)
	first := follow(t, f, url+"?lastEventId=0", itms.RoleOperator)
	id := ""
	for i := 1; i <= 440; i++ {
		var e eventView
		if id, e = first.event(); e.Text != fmt.Sprint(i) {
			t.Fatalf("event %d is %q", i, e.Text)
		}
	}
	first.stop()
	f.journal(numbered(451, 2)...)
	again := follow(t, f, url+"?lastEventId=0", itms.RoleOperator, "Last-Event-ID: "+id) // the header wins
	if got := again.texts(12); got != "441 442 443 444 445 446 447 448 449 450 451 452" {
		t.Error(got)
	}
}

func TestStreamFromTheFutureStartsAtTheEnd(t *testing.T) {
	f := newFixture(t)
	f.journal(numbered(1, 3)...)
	fw := follow(t, f, listen(t, f)+"?lastEventId=999999", itms.RoleOperator)
	f.journal(numbered(4, 1)...)
	if got := fw.texts(1); got != "4" {
		t.Error(got)
	}
}

func TestStreamFilters(t *testing.T) {
	f := newFixture(t)
	f.journal(
		itms.Event{Type: "order.done", Text: "1", Order: "o-1", OrderNo: "WO-1"},
		itms.Event{Type: "device.seen", Text: "2", Device: dashID},
		itms.Event{Type: "order.failed", Text: "3", Order: "o-2", OrderNo: "WO-2", Device: dashID},
		itms.Event{Type: "orderly", Text: "4"},
		itms.Event{Type: "end", Text: "end", Order: "o-1", OrderNo: "WO-1", Device: dashID},
	)
	url := listen(t, f)
	for query, want := range map[string]string{
		"":                                 "1 2 3 4 end",
		"&type=order.,end":                 "1 3 end",
		"&type=device.seen,+end":           "2 end",
		"&type=order,end":                  "end",
		"&device=00005E-HG%252D1-S1":       "2 3 end",
		"&device=00005E-HG%2D1-S1":         "2 3 end",
		"&order=WO-1":                      "1 end",
		"&order=o-1":                       "1 end",
		"&order=WO-2&type=order.&device=x": "",
	} {
		fw := follow(t, f, url+"?lastEventId=0"+query, itms.RoleOperator)
		if want == "" {
			continue
		}
		if got := fw.texts(len(strings.Fields(want))); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestStreamHeartbeatAndRevokedToken(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Heartbeat = 20 * time.Millisecond })
	fw := follow(t, f, listen(t, f), itms.RoleTechnician)
	fw.until(": ")
	f.update(func(tx itms.Tx) error { return tx.Tokens().Delete(HashToken(f.tokens[itms.RoleTechnician])) })
	fw.ended()
}

func TestStreamsEndAtShutdown(t *testing.T) {
	f := newFixture(t)
	url := listen(t, f)
	a, b := follow(t, f, url, itms.RoleOperator), follow(t, f, url, itms.RoleReadOnly)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f.server.Close(ctx); err != nil {
		t.Fatal(err)
	}
	a.ended()
	b.ended()
	f.get(eventsPath).problem(http.StatusServiceUnavailable, itms.CodeUnavailable)
	if err := f.server.Close(ctx); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

func TestSlowReaderDelaysNobody(t *testing.T) {
	f := newFixture(t)
	url := listen(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := must(http.NewRequestWithContext(ctx, http.MethodGet, url, nil))
	r.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleOperator])
	slow, err := http.DefaultClient.Do(r) // never read
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Body.Close()
	fast := follow(t, f, url, itms.RoleReadOnly)
	big := strings.Repeat("x", 8<<10)
	for range 20 {
		var events []itms.Event
		for range 100 {
			events = append(events, itms.Event{Type: "order.done", Text: big})
		}
		f.journal(events...)
		for range 100 {
			fast.event()
		}
	}
}

func TestStreamsAreLimited(t *testing.T) {
	s := newStreams()
	var releases []func()
	for range maxStreams {
		releases = append(releases, must(s.open()))
	}
	if _, err := s.open(); !itms.IsKind(err, itms.KindUnavailable) {
		t.Fatalf("one too many: %v", err)
	}
	releases[0]()
	releases[0] = must(s.open())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.close(ctx); err == nil {
		t.Error("close did not wait")
	}
	for _, release := range releases {
		release()
	}
	if err := s.close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStreamRefusesAWrongStart(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct{ query, header, pointer string }{
		{"?lastEventId=x", "", "/query/lastEventId"}, {"?lastEventId=-1", "", "/query/lastEventId"},
		{"", "x", "/header/Last-Event-ID"}, {"?lastEventId=1", "1.5", "/header/Last-Event-ID"},
	} {
		a := f.call(itms.RoleOperator, "GET", eventsPath+c.query, "", "Last-Event-ID: "+c.header)
		if got := a.problem(422, itms.CodeInvalid).pointers(); got != c.pointer {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestStreamEndsWithTheStore(t *testing.T) {
	f := newFixture(t)
	fw := follow(t, f, listen(t, f), itms.RoleOperator)
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	fw.ended()
}
