package api

import (
	"bufio"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"itms"
)

// deadlineWriter is a connection that remembers its deadlines.
type deadlineWriter struct {
	*httptest.ResponseRecorder
	read, write []time.Time
	refuse      error
}

func (w *deadlineWriter) SetReadDeadline(at time.Time) error {
	w.read = append(w.read, at)
	return w.refuse
}

func (w *deadlineWriter) SetWriteDeadline(at time.Time) error {
	w.write = append(w.write, at)
	return w.refuse
}

func TestEventWriterFormat(t *testing.T) {
	w := httptest.NewRecorder()
	out := newEventWriter(w)
	if err := out.start(); err != nil {
		t.Fatal(err)
	}
	out.add(&itms.Event{Seq: 7, At: testTime, Type: "a", Text: "two\nlines", Device: dashID})
	out.add(&itms.Event{Seq: 9, At: testTime, Type: "b", Data: map[string]string{"k": "v"}})
	if strings.Contains(w.Body.String(), "id:") {
		t.Error("written before the flush")
	}
	if err := out.flush(); err != nil {
		t.Fatal(err)
	}
	if err := out.comment(); err != nil {
		t.Fatal(err)
	}
	want := "retry: 2000\n: connected\n\n" +
		`id: 7` + "\n" + `data: {"seq":7,"at":"2026-11-01T08:00:00Z","type":"a","device":"00005E-HG%2D1-S1","text":"two\nlines"}` + "\n\n" +
		`id: 9` + "\n" + `data: {"seq":9,"at":"2026-11-01T08:00:00Z","type":"b","text":"","data":{"k":"v"}}` + "\n\n" +
		": \n\n"
	if got := w.Body.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !w.Flushed || w.Header().Get("X-Accel-Buffering") != "no" {
		t.Errorf("flushed %v, header %v", w.Flushed, w.Header())
	}
}

func TestEventWriterMovesItsDeadlines(t *testing.T) {
	w := &deadlineWriter{ResponseRecorder: httptest.NewRecorder()}
	out := newEventWriter(w)
	if err := out.start(); err != nil {
		t.Fatal(err)
	}
	if err := out.comment(); err != nil {
		t.Fatal(err)
	}
	if len(w.read) != 1 || !w.read[0].IsZero() {
		t.Errorf("read deadlines %v: the server's own would end the stream", w.read)
	}
	if len(w.write) != 2 || time.Until(w.write[1]) > streamPatience || w.write[1].Before(w.write[0]) {
		t.Errorf("write deadlines %v", w.write)
	}
	if err := out.flush(); err != nil || len(w.write) != 2 {
		t.Errorf("an empty flush did something: %v, %v", err, w.write)
	}
}

func TestEventWriterReportsWhatFails(t *testing.T) {
	w := &deadlineWriter{ResponseRecorder: httptest.NewRecorder(), refuse: errors.New("closed")}
	if err := newEventWriter(w).start(); err == nil {
		t.Error("start on a closed connection")
	}
	if err := newEventWriter(w).comment(); err == nil {
		t.Error("comment on a closed connection")
	}
	if err := newEventWriter(deadWriter{httptest.NewRecorder()}).comment(); err == nil {
		t.Error("comment into a broken pipe")
	}
}

func TestEventFilter(t *testing.T) {
	e := &itms.Event{Type: "order.done", Device: dashID, Order: "o-1", OrderNo: "WO-1"}
	for in, want := range map[streamInput]bool{
		{}:                                    true,
		{Type: "order.done"}:                  true,
		{Type: " order.done , x"}:             true,
		{Type: "order."}:                      true,
		{Type: "order"}:                       false,
		{Type: "order.don"}:                   false,
		{Type: ","}:                           true,
		{Device: "00005E-HG%2D1-S1"}:          true,
		{Device: "00005E-HG-1-S1"}:            true,
		{Device: "00005E-HG-1-S2"}:            false,
		{Order: "WO-1"}:                       true,
		{Order: "o-1"}:                        true,
		{Order: "WO-2"}:                       false,
		{Type: "order.", Order: "WO-1"}:       true,
		{Type: "device.", Order: "WO-1"}:      false,
		{Device: "00005E-X-Y", Order: "WO-1"}: false,
	} {
		f := in.filter()
		if got := f.wants(e); got != want {
			t.Errorf("%+v: %v", in, got)
		}
	}
}

func TestALongBacklogDoesNotDelayTheEnd(t *testing.T) {
	f := newFixture(t)
	f.journal(numbered(1, 3*streamBatch)...)
	if err := f.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	seq, err := f.server.sendAfter(t.Context(), newEventWriter(w), 0, eventFilter{})
	if err != nil || strings.Count(w.Body.String(), "data: ") != streamBatch {
		t.Errorf("seq %d, %v, %d events", seq, err, strings.Count(w.Body.String(), "data: "))
	}
}

// TestStreamOutlivesTheServersLimits runs a stream behind limits far shorter than
// the real ones.
func TestStreamOutlivesTheServersLimits(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Heartbeat = 50 * time.Millisecond })
	ts := httptest.NewUnstartedServer(f.server)
	ts.Config = HTTPServer(f.server)
	ts.Config.ReadTimeout, ts.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	ts.Start()
	defer ts.Close()
	defer func() {
		if err := f.server.Close(t.Context()); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	}()
	r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+eventsPath, nil))
	r.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleOperator])
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	beats, in := 0, bufio.NewScanner(res.Body)
	for beats < 12 && in.Scan() { // twelve beats take three times the limits
		if in.Text() == ": " {
			beats++
		}
	}
	if beats < 12 {
		t.Errorf("the stream ended after %d beats: %v", beats, in.Err())
	}
}
