package api

import (
	"bufio"
	"context"
	"encoding/json"
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

// reported reads a report: "LINE OUTCOME" of each, and the totals.
func reported(t *testing.T, text string) (lines []importLineView, totals importTotalsView) {
	t.Helper()
	all := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range all {
		var err error
		if i == len(all)-1 {
			err = json.Unmarshal([]byte(line), &totals)
		} else {
			lines = append(lines, importLineView{})
			err = json.Unmarshal([]byte(line), &lines[i])
		}
		if err != nil {
			t.Fatalf("%v in %s", err, line)
		}
	}
	if !totals.Done {
		t.Fatalf("no totals in %s", text)
	}
	return lines, totals
}

// outcomes puts them into one text.
func outcomes(lines []importLineView) string {
	var all []string
	for _, l := range lines {
		text := fmt.Sprintf("%d %s %s", l.Line, l.OrderNo, l.Outcome)
		for _, e := range l.Errors {
			text += " " + e.Column + e.Pointer
		}
		all = append(all, text)
	}
	return strings.Join(all, "|")
}

// csvOrder is a row of an install.
func csvOrder(n int) string {
	return fmt.Sprintf("WO-%d,crm,install,self,U%d,U%d-1,iptv,iptv%d,00:00:5E:00:%02X:%02X,510100\n", n, n, n, n, n>>8&0xFF, n&0xFF)
}

// csvHead names its columns.
const csvHead = "orderNo,source,kind,mode,subscriber.id,service.id,service.type,service.account,device.mac,line.area\n"

const asCSV, asLines = "Content-Type: text/csv", "Content-Type: application/x-ndjson"

func TestImport(t *testing.T) {
	f := newFixture(t)
	text := csvHead + csvOrder(1) + csvOrder(2) + strings.Replace(csvOrder(3), "00:00:5E", "zz", 1) + csvOrder(1) +
		strings.Replace(csvOrder(2), "iptv2", "other", 1) + "WO-9,short\n"
	a := f.call(itms.RoleBSS, "POST", importPath, text, asCSV).is(200)
	if got := a.header.Get("Content-Type"); got != ndjsonMedia {
		t.Errorf("Content-Type %q", got)
	}
	lines, totals := reported(t, a.body)
	if got, want := outcomes(lines), "2 WO-1 created|3 WO-2 created|4 WO-3 invalid device.mac/device/mac|5 WO-1 repeat|6 WO-2 conflict|7  invalid"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if lines[0].ID == "" || lines[0].Source != "crm" || lines[4].Code != itms.CodeOrderConflict || lines[5].Code != codeMalformed {
		t.Errorf("%+v", lines)
	}
	totals.Seconds, totals.PerSecond = 0, 0
	if want := (importTotalsView{Done: true, Lines: 6, Created: 2, Repeat: 1, Conflict: 1, Invalid: 2}); totals != want {
		t.Errorf("%+v, want %+v", totals, want)
	}
	_, totals = reported(t, f.call(itms.RoleBSS, "POST", importPath, text, asCSV).is(200).body)
	if totals.Created != 0 || totals.Repeat != 3 || totals.Conflict != 1 {
		t.Errorf("the second time: %+v", totals)
	}
	if strings.Contains(f.log.String(), "iptv2") {
		t.Error("the log has what was imported")
	}
}

func TestImportOfDocuments(t *testing.T) {
	f := newFixture(t)
	one := strings.ReplaceAll(orderJSON("WO-1"), "\n", "")
	lines, _ := reported(t, f.call(itms.RoleBSS, "POST", importPath+"?format=ndjson", one+"\n"+`{"orderNo":"WO-2","colour":1}`+"\n[]\n").is(200).body)
	if got, want := outcomes(lines), "1 WO-1 created|2 WO-2 invalid /colour /service/account /device/mac|3  invalid "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if f.orders.seen[0].Service.Password.Reveal() != "p4ss-service" || f.orders.actors[0] != "test-bss" {
		t.Errorf("%+v", f.orders.seen[0])
	}
}

func TestImportRehearsed(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleBSS, "POST", importPath, csvHead+csvOrder(1)+csvOrder(2), asCSV).is(200)
	was := len(f.entered())
	text := csvHead + csvOrder(1) + strings.Replace(csvOrder(2), "iptv2", "other", 1) + csvOrder(3) + csvOrder(3) + strings.Replace(csvOrder(3), "iptv3", "other", 1)
	lines, totals := reported(t, f.call(itms.RoleBSS, "POST", importPath+"?dryRun=true", text, asCSV).is(200).body)
	if got, want := outcomes(lines), "2 WO-1 repeat|3 WO-2 conflict|4 WO-3 created|5 WO-3 repeat|6 WO-3 conflict"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !totals.DryRun || len(f.orders.seen) != 2 {
		t.Errorf("%+v; %d orders were submitted", totals, len(f.orders.seen))
	}
	if got := len(f.entered()); got != was {
		t.Errorf("%d entries more", got-was)
	}
}

func TestImportIsEntered(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleBSS, "POST", importPath, csvHead+csvOrder(1)+csvOrder(2)+csvOrder(1), asCSV).is(200)
	list := f.entered()
	if len(list) != 3 {
		t.Fatalf("%+v", list)
	}
	if e := list[0]; e.Action != "import-work-orders" || e.Target != (itms.AuditTarget{Kind: "import", ID: "req-1"}) || e.Actor != "test-bss" ||
		string(e.After) != `{"conflict":0,"created":2,"failed":0,"invalid":0,"lines":3,"repeat":1,"stopped":""}` {
		t.Errorf("%+v %s", e, e.After)
	}
	for _, e := range list[1:] {
		if e.Action != "submit-work-order" || e.Target.Kind != "order" || e.Request != "req-1" || e.Remote != "192.0.2.77" {
			t.Errorf("%+v", e)
		}
	}
}

func TestImportOfOneArea(t *testing.T) {
	f := newFixture(t)
	lines, _ := reported(t, f.call("", "POST", importPath, csvHead+csvOrder(1), asCSV, f.areaToken(itms.RoleOperator, "52")).is(200).body)
	if lines[0].Outcome != lineInvalid || lines[0].Code != itms.CodeForbidden || len(f.orders.seen) != 0 {
		t.Errorf("%+v", lines)
	}
	lines, _ = reported(t, f.call("", "POST", importPath, csvHead+csvOrder(1), asCSV, f.areaToken(itms.RoleBSS, "51")).is(200).body)
	if lines[0].Outcome != lineCreated {
		t.Errorf("%+v", lines)
	}
}

func TestImportRefusedAsAWhole(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleBSS, "POST", importPath, "x").problem(415, codeMediaType)
	f.call(itms.RoleBSS, "POST", importPath+"?format=xml", "x").problem(422, itms.CodeInvalid)
	if p := f.call(itms.RoleBSS, "POST", importPath, "orderNo,colour\n", asCSV).problem(422, itms.CodeInvalid); p.pointers() != "/1/colour /1 /1" {
		t.Errorf("%+v", p)
	}
	f.call(itms.RoleBSS, "POST", importPath, "\xff\xfe", asLines).problem(400, codeMalformed)
	f.call(itms.RoleReadOnly, "POST", importPath, "x", asCSV).problem(403, itms.CodeForbidden)
	for range maxImports {
		release, err := f.server.openImport()
		if err != nil {
			t.Fatal(err)
		}
		defer release()
	}
	if a := f.call(itms.RoleBSS, "POST", importPath, csvHead, asCSV); a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	} else {
		a.problem(503, itms.CodeUnavailable)
	}
}

func TestImportWhenTheStoreIsAway(t *testing.T) {
	f := newFixture(t)
	f.orders.fail = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the disk is away")
	lines, totals := reported(t, f.call(itms.RoleBSS, "POST", importPath, csvHead+csvOrder(1), asCSV).is(200).body)
	if lines[0].Outcome != lineFailed || lines[0].Code != itms.CodeUnavailable || totals.Failed != 1 {
		t.Errorf("%+v %+v", lines, totals)
	}
}

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
