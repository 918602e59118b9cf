package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"itms"
)

// heldOrders hold each order until it is let go, and count those under way.
type heldOrders struct {
	*fakeOrders
	begun chan string   // number of each order that began
	let   chan struct{} // one goes on for each
	now   atomic.Int32
	most  atomic.Int32
}

func (o *heldOrders) Submit(ctx context.Context, actor string, req itms.OrderRequest) (*itms.Order, bool, error) {
	n := o.now.Add(1)
	defer o.now.Add(-1)
	for most := o.most.Load(); n > most && !o.most.CompareAndSwap(most, n); most = o.most.Load() {
	}
	o.begun <- req.OrderNo
	<-o.let
	return o.fakeOrders.Submit(ctx, actor, req)
}

// newHeld makes a fixture with them.
func newHeld(t *testing.T) (*fixture, *heldOrders) {
	t.Helper()
	slow := &heldOrders{begun: make(chan string, 1000), let: make(chan struct{})}
	return newFixture(t, func(o *Options) {
		slow.fakeOrders = o.Orders.(*fakeOrders)
		o.Orders = slow
	}), slow
}

// upload begins an import over a connection: what is written to the pipe is the body.
func upload(t *testing.T, f *fixture, url string) (body *io.PipeWriter, answer func() *http.Response, cancel context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := io.Pipe()
	t.Cleanup(func() { _ = pw.Close() }) // the transport would read on
	req, err := http.NewRequestWithContext(ctx, "POST", strings.TrimSuffix(url, eventsPath)+importPath, pr)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleBSS])
	req.Header.Set("Content-Type", "text/csv")
	var resp *http.Response
	var wg sync.WaitGroup
	wg.Go(func() {
		if resp, err = http.DefaultClient.Do(req); err != nil {
			_ = pr.CloseWithError(err)
		}
	})
	return pw, func() *http.Response {
		wg.Wait()
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}, cancel
}

// put writes a piece of a body.
func put(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// TestImportWindow: lines are under way together, but no more than the window, and of the same
// service one after the other.
func TestImportWindow(t *testing.T) {
	f, slow := newHeld(t)
	var text strings.Builder
	for n := range 3 * importWindow {
		text.WriteString(csvOrder(n + 1))
	}
	body, answer, cancel := upload(t, f, listen(t, f))
	defer cancel()
	go func() {
		_, _ = io.WriteString(body, csvHead+text.String()) // the report tells
		_ = body.Close()
	}()
	resp := answer()
	defer resp.Body.Close()
	for range importWindow {
		<-slow.begun
	}
	go func() {
		for range 3 * importWindow {
			slow.let <- struct{}{}
		}
	}()
	report, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	lines, totals := reported(t, string(report))
	if totals.Created != 3*importWindow || slow.most.Load() != importWindow {
		t.Errorf("%+v; %d at once", totals, slow.most.Load())
	}
	for i, l := range lines {
		if l.Line != i+2 || l.OrderNo != fmt.Sprintf("WO-%d", i+1) {
			t.Fatalf("line %d of the report is %+v", i, l)
		}
	}
}

func TestImportKeepsTheOrderOfOneService(t *testing.T) {
	f, slow := newHeld(t)
	body, answer, cancel := upload(t, f, listen(t, f))
	defer cancel()
	put(t, body, csvHead+csvOrder(1)+strings.Replace(csvOrder(2), "U2-1", "U1-1", 1)+csvOrder(3))
	resp := answer()
	defer resp.Body.Close()
	if no := <-slow.begun; no != "WO-1" {
		t.Fatalf("%s began first", no)
	}
	slow.let <- struct{}{} // WO-2 and what stands behind it wait for this
	first, second := <-slow.begun, <-slow.begun
	if first+second != "WO-2WO-3" && first+second != "WO-3WO-2" {
		t.Errorf("%s and %s began", first, second)
	}
	slow.let <- struct{}{}
	slow.let <- struct{}{}
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	if f.orders.seen[0].OrderNo != "WO-1" {
		t.Errorf("%v", f.orders.seen)
	}
}

// TestReportComesWhileTheBodyIsSent: a client may look at what became of a line before it sends
// the next.
func TestReportComesWhileTheBodyIsSent(t *testing.T) {
	f := newFixture(t)
	body, answer, cancel := upload(t, f, listen(t, f))
	defer cancel()
	put(t, body, csvHead)
	resp := answer()
	defer resp.Body.Close()
	report := bufio.NewReader(resp.Body)
	for n := range 3 {
		put(t, body, csvOrder(n+1))
		line, err := report.ReadString('\n')
		if err != nil || !strings.Contains(line, fmt.Sprintf(`"orderNo":"WO-%d","source":"crm","outcome":"created"`, n+1)) {
			t.Fatalf("%v %s", err, line)
		}
	}
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(report)
	if err != nil || !strings.Contains(string(rest), `"created":3`) {
		t.Errorf("%v %s", err, rest)
	}
}

// TestImportOfAClientThatGoesAway: what was begun is stored, the rest is not read, and the
// audit says so.
func TestImportOfAClientThatGoesAway(t *testing.T) {
	f, slow := newHeld(t)
	body, answer, cancel := upload(t, f, listen(t, f))
	put(t, body, csvHead+csvOrder(1))
	resp := answer()
	<-slow.begun
	cancel()
	_ = resp.Body.Close() // the connection goes with it
	slow.let <- struct{}{}
	if err := f.server.Close(t.Context()); err != nil { // waits for the import
		t.Fatal(err)
	}
	list := f.entered()
	if len(list) != 2 || !strings.Contains(string(list[0].After), `"created":1`) || strings.Contains(string(list[0].After), `"stopped":""`) {
		t.Errorf("%+v %s", list, list[0].After)
	}
}

// TestImportOfAServerThatStops: it reads no more, and says so.
func TestImportOfAServerThatStops(t *testing.T) {
	f := newFixture(t)
	body, answer, cancel := upload(t, f, listen(t, f))
	defer cancel()
	put(t, body, csvHead+csvOrder(1))
	resp := answer()
	defer resp.Body.Close()
	report := bufio.NewReader(resp.Body)
	if _, err := report.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := f.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(report)
	if err != nil || !strings.Contains(string(rest), `"stopped":"the server is stopping"`) {
		t.Errorf("%v %s", err, rest)
	}
}

// TestImportThatEndsTooEarly: half a body is told from a whole one.
func TestImportThatEndsTooEarly(t *testing.T) {
	f := newFixture(t)
	r := httptest.NewRequest("POST", importPath, brokenAfter{strings.NewReader(csvHead + csvOrder(1) + "WO-2,cr")})
	r.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleBSS])
	r.Header.Set("Content-Type", "text/csv")
	w := httptest.NewRecorder()
	f.server.ServeHTTP(w, r)
	lines, totals := reported(t, w.Body.String())
	if outcomes(lines) != "2 WO-1 created" || totals.Stopped != "the body ended too early" {
		t.Errorf("%v %+v", lines, totals)
	}
}

// TestReportWaitsForItsReader: a report that nobody reads yet waits on disk, not in memory.
func TestReportWaitsForItsReader(t *testing.T) {
	rec := &record{conn: http.NewResponseController(httptest.NewRecorder())}
	w := &gatedWriter{ResponseWriter: httptest.NewRecorder(), gate: make(chan struct{})}
	r := newReport(w, rec)
	sent := make(chan error)
	go func() { sent <- r.send() }()
	var want strings.Builder
	line := strings.Repeat("x", 1000)
	for round := range 3 {
		for range 3 * maxPending / 1000 {
			r.add(line)
			want.WriteString(`"` + line + "\"\n")
		}
		r.mu.Lock()
		if held := r.pending.Len(); held > maxPending+2000 {
			t.Errorf("%d bytes are held", held)
		}
		r.mu.Unlock()
		if round == 1 {
			close(w.gate)
		}
	}
	r.end()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if got := w.ResponseWriter.(*httptest.ResponseRecorder).Body.String(); got != want.String() {
		t.Errorf("%d bytes were sent, %d added", len(got), want.Len())
	}
}

// gatedWriter takes nothing until its gate is open.
type gatedWriter struct {
	http.ResponseWriter
	gate chan struct{}
}

func (w *gatedWriter) Write(p []byte) (int, error) {
	<-w.gate
	return w.ResponseWriter.Write(p)
}
