package api

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"itms"
)

// importPath takes many work orders in.
const importPath = ordersPath + "/import"

// ndjsonMedia is the media type of JSON documents one a line.
const ndjsonMedia = "application/x-ndjson"

// Limits of an import. It has none on the number of lines.
const (
	// maxLine is the largest line, a quoted field's line breaks included: as of one order.
	maxLine = maxBody
	// lineTime is how long one line may take to come in: whoever sends a file is faster.
	lineTime = 30 * time.Second
	// importTime is the longest that an import may take: ten million orders at 500 a second.
	importTime = 6 * time.Hour
	// reportPatience is how long a client may take none of the report once all is read.
	reportPatience = time.Minute
	// maxImports is how many may run at once: each has importWindow lines in memory.
	maxImports = 4
	// importWindow is how many lines are under way at once, so that the store has as many to
	// commit together. Measured (BenchmarkImport with 4,000 orders, two cores busy with other
	// work): 8 lines take in 276 orders/s on bolt, 64 take 568, 256 take 684 and half as much
	// memory again; on PostgreSQL 64 and 256 are the same.
	importWindow = 64
)

// importInput says how to read the body, which is read as it comes in.
type importInput struct {
	Format string `query:"format" enum:"csv,ndjson" doc:"What the body is; as its Content-Type says when left out."`
	DryRun bool   `query:"dryRun" doc:"Store nothing and tell what would become of each line. Repeats within the file are found among its first 250,000 orders."`
}

// lineOutcome is what became of one line.
type lineOutcome string

// The outcomes.
const (
	lineCreated  lineOutcome = "created"
	lineRepeat   lineOutcome = "repeat"
	lineConflict lineOutcome = "conflict"
	lineInvalid  lineOutcome = "invalid"
	lineFailed   lineOutcome = "failed"
)

// lineOutcomes lists them.
var lineOutcomes = []lineOutcome{lineCreated, lineRepeat, lineConflict, lineInvalid, lineFailed}

// Schema lists the words.
func (lineOutcome) Schema(huma.Registry) *huma.Schema {
	e := enum(lineOutcomes)
	e.Description = "created: it is stored. repeat: it was stored before with this content. conflict: its number was used with other content. " +
		"invalid: it is wrong, see errors. failed: the server could not; import the file again."
	return e
}

// importErrorView is one wrong field of a line.
type importErrorView struct {
	Pointer string `json:"pointer" doc:"JSON pointer into the order document." example:"/device/mac"`
	Column  string `json:"column,omitempty" doc:"The same as a column of CSV." example:"device.mac"`
	Detail  string `json:"detail" doc:"For people." example:"is not a MAC address"`
}

// importLineView is what became of one line.
type importLineView struct {
	Line    int               `json:"line" doc:"Line of the input that it begins on, from 1." example:"2"`
	OrderNo string            `json:"orderNo,omitempty" doc:"Absent when it could not be read." example:"WO-1001"`
	Source  string            `json:"source,omitempty" example:"crm"`
	Outcome lineOutcome       `json:"outcome"`
	ID      string            `json:"id,omitempty" doc:"Internal number of the order, once stored." example:"01J0000000000000000000000Z"`
	Code    string            `json:"code,omitempty" doc:"Stable word, when it is neither created nor a repeat." example:"INVALID"`
	Detail  string            `json:"detail,omitempty" doc:"For people." example:"the work order has 1 wrong field(s)"`
	Errors  []importErrorView `json:"errors,omitempty"`
}

// importTotalsView ends the report.
type importTotalsView struct {
	Done      bool    `json:"done" doc:"Always true: this is the last line. A report without it broke off; import the file again."`
	DryRun    bool    `json:"dryRun"`
	Lines     int     `json:"lines" doc:"Orders read." example:"100000"`
	Created   int     `json:"created" example:"99990"`
	Repeat    int     `json:"repeat" example:"5"`
	Conflict  int     `json:"conflict" example:"1"`
	Invalid   int     `json:"invalid" example:"4"`
	Failed    int     `json:"failed" example:"0"`
	Seconds   float64 `json:"seconds" example:"42.5"`
	PerSecond float64 `json:"perSecond" example:"2352.9"`
	Stopped   string  `json:"stopped,omitempty" doc:"Why the rest of the input was not read." example:"the body ended too early"`
}

// importRoutes registers the import and the exports.
func (s *Server) importRoutes() {
	add(s, route{method: http.MethodPost, path: importPath, id: "import-work-orders", tag: "Work orders", summary: "Take many work orders in",
		description: "Each line is taken in as POST /work-orders does it, by itself and at once, so that a file may be imported again at will: what is in is a repeat. " +
			"Orders of one number, service, subscriber or device are taken in one after the other as they stand in the file; others at the same time. " +
			"CSV (RFC 4180, separated by commas, semicolons or tabs) has a header row that names columns in any order and case: " + columnHelp() +
			". JSON lines are documents of POST /work-orders. Both are UTF-8, a line has at most 256 KiB, there may be any number of them, and empty lines and those that begin with # are read over. " +
			"So are the columns and members of an export that tell what became of an order. " +
			"The answer is a line of JSON for each order, in the order of the input, while it comes in, and one of totals. " +
			"An activation code is not told: GET /work-orders/{orderNo}/sheet has it. The body may come for as long as it keeps coming.",
		needs: ordersSubmit, media: ndjsonMedia, body: maxBody, problems: []int{http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity},
		example: exampleReport}, s.importOrders)
	s.describeImport()
	s.exportRoutes()
}

// exampleReport is that of two orders.
const exampleReport = `{"line":2,"orderNo":"WO-1001","source":"crm","outcome":"created","id":"01J0000000000000000000000Z"}
{"line":3,"orderNo":"WO-1002","source":"crm","outcome":"invalid","code":"INVALID","detail":"the work order has 1 wrong field(s)","errors":[{"pointer":"/device/mac","column":"device.mac","detail":"is not a MAC address"}]}
{"done":true,"dryRun":false,"lines":2,"created":1,"repeat":0,"conflict":0,"invalid":1,"failed":0,"seconds":0.1,"perSecond":20}
`

// exampleImport is what is answered so.
const exampleImport = "orderNo,source,kind,mode,subscriber.id,service.id,service.type,service.account,device.mac,line.area\n" +
	"WO-1001,crm,install,self,U1001,U1001-1,iptv,iptv1001,00:00:5E:00:53:01,510100\n" +
	"WO-1002,crm,install,self,U1002,U1002-1,iptv,iptv1002,00:00:5E:00:53,510100\n"

// describeImport says what huma cannot see.
func (s *Server) describeImport() {
	op := operationAt(s, importPath)
	line := `{"orderNo":"WO-1001","source":"crm","kind":"terminate","mode":"self","service":{"id":"U1001-1","type":"iptv"}}` + "\n"
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		csvMedia:    {Schema: &huma.Schema{Type: huma.TypeString}, Example: exampleImport},
		ndjsonMedia: {Schema: schemaOf[orderRequest](s.api), Example: line}}}
	op.Responses["200"].Content[ndjsonMedia].Schema = &huma.Schema{Description: "Each line is such a document.",
		OneOf: []*huma.Schema{schemaOf[importLineView](s.api), schemaOf[importTotalsView](s.api)}}
}

// importOrders takes a file in.
func (s *Server) importOrders(ctx context.Context, in *importInput) (*streamOutput, error) {
	rec := recordOf(ctx)
	format, err := importFormat(in.Format, rec.req.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	release, err := s.openImport()
	if err != nil {
		return nil, err
	}
	im, err := s.newImport(ctx, format, in.DryRun)
	if err != nil {
		release()
		return nil, err
	}
	return &streamOutput{func(hc huma.Context) {
		defer release()
		_, w := humachi.Unwrap(hc)
		w.Header().Set("Content-Type", ndjsonMedia)
		w.Header().Set("X-Accel-Buffering", "no") // nginx would hold lines back
		im.run(w)
	}}, nil
}

// importFormat is what the body is.
func importFormat(asked, header string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	media, _, err := mime.ParseMediaType(header)
	switch {
	case err == nil && media == csvMedia:
		return "csv", nil
	case err == nil && (media == ndjsonMedia || media == "application/jsonl" || media == "application/json-lines"):
		return "ndjson", nil
	}
	return "", itms.Errorf(itms.KindInvalid, codeMediaType, "expected Content-Type: %s or %s, or ?format=csv or ndjson", csvMedia, ndjsonMedia)
}

// openImport takes a place among the imports and the streams, given back by release.
func (s *Server) openImport() (release func(), err error) {
	leave, err := s.streams.open()
	if err != nil {
		return nil, err
	}
	if s.imports.Add(1) > maxImports {
		s.imports.Add(-1)
		leave()
		busy := itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "%d imports are under way already", maxImports)
		busy.Wait = reportPatience
		return nil, busy
	}
	return func() { s.imports.Add(-1); leave() }, nil
}

// newImport reads what comes before the first order; what is wrong with it is answered as a
// problem.
func (s *Server) newImport(ctx context.Context, format string, dry bool) (*orderImport, error) {
	body := &linedBody{rec: recordOf(ctx), until: time.Now().Add(importTime), stopped: s.streams.ended}
	lines := newLines(body)
	im := &orderImport{s: s, ctx: ctx, rec: recordOf(ctx), dry: dry, body: body, act: itms.ActOf(ctx), started: s.now(), busy: map[string]*importJob{},
		seen: map[uint64]uint64{}, totals: map[lineOutcome]int{}}
	if err := unlimited(im.rec.conn.EnableFullDuplex()); err != nil { // the report begins before the body ends
		return nil, err
	}
	if im.act != nil {
		im.act.Entered = true // the totals are entered at the end, a dry run is not
	}
	im.reader = &ndjsonOrders{lines: lines, registry: s.api.OpenAPI().Components.Schemas}
	var err error
	if format == "csv" {
		im.columns = true
		im.reader, err = newCSVOrders(lines)
	} else {
		err = lines.mark()
	}
	if err != nil {
		return nil, bodyProblem(err)
	}
	return im, nil
}

// linedBody is the body of an import: each line must come in within lineTime.
type linedBody struct {
	rec     *record
	until   time.Time     // when the import must be over
	due     time.Time     // when the line must be in
	stopped chan struct{} // closed when no more is to be read
}

// errStopping is what reading fails with when the server stops.
var errStopping = errors.New("the server is stopping")

// begin gives the next line its time.
func (b *linedBody) begin() { b.due = earlier(time.Now().Add(lineTime), b.until) }

// earlier is the first of two times.
func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Read implements io.Reader.
func (b *linedBody) Read(p []byte) (int, error) {
	if err := unlimited(b.rec.conn.SetReadDeadline(b.due)); err != nil {
		return 0, err
	}
	select {
	case <-b.stopped:
		return 0, errStopping
	default:
	}
	n, err := b.rec.req.Body.Read(p)
	if err == nil { // while the lines are taken in, no time runs: HTTP/2 would end the body
		return n, unlimited(b.rec.conn.SetReadDeadline(time.Time{}))
	}
	select {
	case <-b.stopped: // the deadline that broke it was ours
		return n, errStopping
	default:
		return n, err
	}
}
