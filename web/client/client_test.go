package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// scripted answers one request after the other by its steps and notes what was asked.
type scripted struct {
	steps []func(w http.ResponseWriter, r *http.Request)

	mu   sync.Mutex // guards what follows
	seen []*http.Request
	body []string
}

// noted returns what was asked.
func (s *scripted) noted() (seen []*http.Request, body []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen), slices.Clone(s.body)
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.seen, s.body = append(s.seen, r), append(s.body, string(body))
	n := len(s.seen)
	s.mu.Unlock()
	if n > len(s.steps) {
		refuse(500, "TOO_MANY")(w, r)
		return
	}
	s.steps[n-1](w, r)
}

// refuse answers with a problem.
func refuse(status int, code string, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"title":"x","status":%d,"code":%q,"detail":"no","errors":[{"pointer":"/a","detail":"is wrong"},{"pointer":"/b","detail":"too"}],"requestId":"R"}`, status, code)
	}
}

// say answers with a text.
func say(status int, text string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}
}

// drop breaks the connection.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// paused notes the pauses instead of waiting.
func paused(pauses *[]time.Duration) Option {
	return func(c *Client) {
		c.pause = func(_ context.Context, d time.Duration) error { *pauses = append(*pauses, d); return nil }
	}
}

func TestErrors(t *testing.T) {
	c := against(t, &scripted{steps: []func(http.ResponseWriter, *http.Request){refuse(422, CodeInvalid), say(502, "<html>"), refuse(503, CodeUnavailable, "Retry-After: 7")}})
	_, err := c.Device(t.Context(), "x")
	var e *Error
	if !errors.As(err, &e) || e.Status != 422 || e.Code != CodeInvalid || len(e.Fields) != 2 || e.RequestID != "R" || !IsCode(err, CodeInvalid) || IsCode(err, CodeNotFound) {
		t.Errorf("%+v", err)
	}
	if got, want := err.Error(), "no (INVALID): /a is wrong; /b too"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := c.Device(t.Context(), "x"); err == nil || err.Error() != "the server answered 502 Bad Gateway" {
		t.Errorf("%v", err)
	}
	if _, err := c.Device(t.Context(), "x"); !errors.As(err, &e) || e.RetryAfter != 7*time.Second {
		t.Errorf("%+v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{"", "itms.example.com", "ftp://itms.example.com", "http://", "://", "unix:/x"} {
		if _, err := New(address, ""); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
	c, err := New("https://itms.example.com/behind/", "s3cret")
	if err != nil || c.root.String() != "https://itms.example.com/behind" {
		t.Errorf("%v %v", c, err)
	}
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, "s3cret") {
		t.Errorf("the token shows in %s", text)
	}
}

func TestHeaders(t *testing.T) {
	s := &scripted{steps: []func(http.ResponseWriter, *http.Request){say(200, "{}"), say(200, "{}")}}
	c := against(t, s, WithUserAgent("desk/1"))
	if _, err := c.RetryOrder(t.Context(), No("WO/1 x")); err != nil {
		t.Fatal(err)
	}
	seen, _ := s.noted()
	r := seen[0]
	if r.Header.Get("Authorization") != "Bearer itms_synthetic" || r.Header.Get("User-Agent") != "desk/1" || r.Header.Get("Idempotency-Key") == "" ||
		r.URL.EscapedPath() != "/api/v1/work-orders/WO%2F1%20x/retry" {
		t.Errorf("%v %v", r.URL, r.Header)
	}
}

func TestRepeats(t *testing.T) {
	var pauses []time.Duration
	policy := WithRetry(Retry{Attempts: 4, First: 100 * time.Millisecond, Most: time.Second})
	type steps = []func(http.ResponseWriter, *http.Request)
	get := func(c *Client) error { _, err := c.Device(t.Context(), "x"); return err }
	submit := func(c *Client) error { _, _, err := c.SubmitOrder(t.Context(), OrderRequest{OrderNo: "A"}); return err }
	retry := func(c *Client) error { _, err := c.RetryOrder(t.Context(), No("A")); return err }
	task := func(c *Client) error {
		_, err := c.CreateTask(t.Context(), "x", TaskRequest{Kind: "reboot"}, 0)
		return err
	}
	for _, test := range []struct {
		name  string
		call  func(*Client) error
		steps steps
		calls int
		good  bool
	}{
		{"read", get, steps{refuse(503, CodeUnavailable), say(502, ""), say(200, "{}")}, 3, true},
		{"read over a broken connection", get, steps{drop, say(200, "{}")}, 2, true},
		{"order, by its number", submit, steps{drop, refuse(503, CodeUnavailable), say(200, "{}")}, 3, true},
		{"call with a key", retry, steps{refuse(409, codeKeyBusy, "Retry-After: 1"), say(200, "{}")}, 2, true},
		{"what may have been done", task, steps{drop, say(200, "{}")}, 1, false},
		{"what was refused", get, steps{refuse(404, CodeNotFound), say(200, "{}")}, 1, false},
		{"a defect", get, steps{refuse(500, "INTERNAL"), say(200, "{}")}, 1, false},
		{"what stays away", get, steps{drop, drop, drop, drop, say(200, "{}")}, 4, false},
		{"what asks for too long a wait", get, steps{refuse(429, CodeRateLimited, "Retry-After: 60"), say(200, "{}")}, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &scripted{steps: test.steps}
			err := test.call(against(t, s, policy, paused(&pauses)))
			seen, body := s.noted()
			if (err == nil) != test.good || len(seen) != test.calls {
				t.Errorf("%d calls, %v", len(seen), err)
			}
			for i := range seen {
				if body[i] != body[0] || seen[i].Header.Get("Idempotency-Key") != seen[0].Header.Get("Idempotency-Key") {
					t.Errorf("call %d differs: %q %v", i, body[i], seen[i].Header)
				}
			}
		})
	}
	if slices.Max(pauses) > time.Second || slices.Min(pauses) < 50*time.Millisecond {
		t.Errorf("%v", pauses)
	}
}

func TestPauses(t *testing.T) {
	r := Retry{Attempts: 100, First: time.Second, Most: 5 * time.Second}
	for attempt, most := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 4: 5 * time.Second, 60: 5 * time.Second} {
		if wait, again := r.after(attempt, io.EOF); !again || wait > most || wait < most/2 {
			t.Errorf("%d: %v %v", attempt, wait, again)
		}
	}
	if _, again := r.after(1, context.Canceled); again {
		t.Error("what its caller gave up is tried again")
	}
	now := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{"": 0, "3": 3 * time.Second, "-3": 0, "soon": 0, "Sun, 01 Nov 2026 08:00:09 GMT": 9 * time.Second, "Sun, 01 Nov 2026 07:00:00 GMT": 0} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if sleep(ctx, time.Hour) == nil {
		t.Error("slept")
	}
}

func TestPages(t *testing.T) {
	s := &scripted{steps: []func(http.ResponseWriter, *http.Request){say(200, `{"items":[{"id":"1"},{"id":"2"}],"next":"c"}`), say(200, `{"items":[{"id":"3"}]}`)}}
	c := against(t, s)
	var got []string
	for d, err := range c.Devices(t.Context(), DeviceFilter{State: "inService"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d.ID)
	}
	if seen, _ := s.noted(); strings.Join(got, "") != "123" || seen[1].URL.RawQuery != "cursor=c&limit=500&state=inService" {
		t.Errorf("%v %s", got, seen[1].URL)
	}
	for _, err := range c.Devices(t.Context(), DeviceFilter{}) {
		if !IsCode(err, "TOO_MANY") {
			t.Errorf("%v", err)
		}
	}
}

// event is one of a stream.
func event(seq int) string {
	return fmt.Sprintf("id: %d\ndata: {\"seq\":%d,\"type\":\"order.done\",\"text\":\"x\"}\n\n", seq, seq)
}

func TestEventsResume(t *testing.T) {
	var pauses []time.Duration
	s := &scripted{steps: []func(http.ResponseWriter, *http.Request){
		say(200, "retry: 100\n: connected\n\n"+event(1)+": \n\n"+event(3)), say(200, ""), refuse(503, CodeUnavailable), drop, say(200, event(4)), refuse(401, CodeUnknownToken)}}
	c := against(t, s, WithRetry(Retry{Attempts: 2, Most: time.Second}), paused(&pauses))
	var got []int64
	for e, err := range c.Events(t.Context(), EventFilter{Types: []string{"order.", "task.done"}}) {
		if err != nil {
			if !IsCode(err, CodeUnknownToken) {
				t.Error(err)
			}
			break
		}
		got = append(got, e.Seq)
	}
	if fmt.Sprint(got) != "[1 3 4]" {
		t.Errorf("%v", got)
	}
	var ids []string
	seen, _ := s.noted()
	for _, r := range seen {
		ids = append(ids, r.Header.Get("Last-Event-ID"))
	}
	if fmt.Sprintf("%q", ids) != `["" "3" "3" "3" "3" "4"]` || seen[0].URL.Query().Get("type") != "order.,task.done" {
		t.Errorf("%q", ids)
	}
	if slices.Max(pauses) > time.Second {
		t.Errorf("%v", pauses)
	}
}

func TestEventsOfABrokenServer(t *testing.T) {
	for _, text := range []string{"data: {\n\n", "data: " + strings.Repeat("x", maxEvent+100<<10) + "\n\n", ""} {
		c := against(t, &scripted{steps: []func(http.ResponseWriter, *http.Request){say(200, text)}})
		for _, err := range c.Events(t.Context(), EventFilter{After: All}) {
			if err == nil {
				t.Errorf("%.10q is an event", text)
			}
		}
	}
}

func TestWaitOrder(t *testing.T) {
	s := &scripted{steps: []func(http.ResponseWriter, *http.Request){say(200, event(1)+event(2)),
		say(200, `{"id":"1","state":"waitingDevice"}`), say(200, `{"id":"1","state":"executing"}`), say(200, `{"id":"1","state":"done","final":true}`)}}
	c := against(t, s)
	o, err := c.WaitOrder(t.Context(), No("WO-1"), "done")
	if err != nil || o.State != "done" {
		t.Errorf("%+v %v", o, err)
	}
	if seen, _ := s.noted(); seen[0].URL.RawQuery != "order=WO-1" {
		t.Errorf("%s", seen[0].URL)
	}
	c = against(t, &scripted{steps: []func(http.ResponseWriter, *http.Request){say(200, ""), say(200, `{"id":"1","state":"executing"}`)}})
	if o, err := c.WaitOrder(t.Context(), No("WO-1"), "done"); err == nil || o.State != "executing" {
		t.Errorf("%+v %v", o, err)
	}
}

func TestWaitTask(t *testing.T) {
	s := &scripted{steps: []func(http.ResponseWriter, *http.Request){say(202, `{"id":"T","state":"queued"}`), say(200, `{"id":"T","state":"sent"}`), say(200, `{"id":"T","state":"done","final":true}`)}}
	c := against(t, s)
	task, err := c.RunTask(t.Context(), "x", TaskRequest{Kind: "reboot"})
	if seen, _ := s.noted(); err != nil || task.State != "done" || seen[1].URL.RawQuery != "wait=50s" {
		t.Errorf("%+v %v", task, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c = against(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { cancel(); fmt.Fprint(w, `{"id":"T"}`) }))
	if _, err := c.WaitTask(ctx, "T"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCancelOfAnOrderThatHasNotArrived(t *testing.T) {
	c := against(t, &scripted{steps: []func(http.ResponseWriter, *http.Request){say(202, `{"orderNo":"WO-1","tombstone":true}`)}})
	if o, err := c.CancelOrder(t.Context(), No("WO-1"), ""); o != nil || err != nil {
		t.Errorf("%+v %v", o, err)
	}
}

func TestImports(t *testing.T) {
	const one, two = `{"line":2,"orderNo":"A","outcome":"created"}` + "\n", `{"line":3,"outcome":"invalid","errors":[{"pointer":"/a","column":"a","detail":"x"}]}` + "\n"
	const end = `{"done":true,"lines":2,"created":1,"invalid":1}` + "\n"
	for text, broken := range map[string]bool{one + two + end: false, one + two: true, one + "x\n": true, "": true} {
		s := &scripted{steps: []func(http.ResponseWriter, *http.Request){say(200, text)}}
		i, err := against(t, s).ImportOrders(t.Context(), strings.NewReader("the file"), ImportOptions{Format: NDJSON})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range i.Lines() {
			if n++; line.Good() != (line.Line == 2) {
				t.Errorf("%+v", line)
			}
		}
		totals, err := i.Totals()
		if (err != nil) != broken || !broken && (n != 2 || totals.Lines != 2 || totals.Invalid != 1) {
			t.Errorf("%q: %d lines, %+v, %v", text, n, totals, err)
		}
		if seen, body := s.noted(); body[0] != "the file" || seen[0].Header.Get("Content-Type") != "application/x-ndjson" {
			t.Errorf("%q %v", body, seen[0].Header)
		}
	}
	if _, err := against(t, &scripted{}).ImportOrders(t.Context(), strings.NewReader(""), ImportOptions{}); err == nil {
		t.Error("no error")
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	c := against(t, http.NotFoundHandler())
	if _, err := c.Do(t.Context(), Call{Method: "POST", Path: "/x", Body: func() {}}); err == nil {
		t.Error("a function was written")
	}
	if _, err := c.Do(t.Context(), Call{Method: "BAD METHOD", Path: "/x"}); err == nil {
		t.Error("a method with a space was sent")
	}
	if _, err := against(t, http.HandlerFunc(say(200, "<html>"))).Device(t.Context(), "x"); err == nil {
		t.Error("a page is a device")
	}
}

func TestTransport(t *testing.T) {
	c, err := New("http://local", "", WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "" {
			t.Error("an empty token was sent")
		}
		w := httptest.NewRecorder()
		fmt.Fprint(w, `{"id":"x"}`)
		return w.Result(), nil
	})))
	if err != nil {
		t.Fatal(err)
	}
	if d, err := c.Device(t.Context(), "x"); err != nil || d.ID != "x" {
		t.Errorf("%+v %v", d, err)
	}
}

// roundTrip is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
