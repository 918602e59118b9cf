package api

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// Limits of an import.
const (
	maxStockBytes   = 8 << 20 // of CSV: 100,000 rows of 80 bytes
	maxStockJSON    = 1 << 20 // of JSON, which is read as a whole: some 5,000 boxes
	maxStockItems   = 100_000
	stockBodyTime   = time.Minute // to send the body
	stockImportTime = time.Minute // to store it
)

// stockImportInput is empty: the body is read as it comes in.
type stockImportInput struct{}

// stockImportOutput is what became of an import.
type stockImportOutput struct{ Body stockImportView }

// stockImportView counts what an import did.
type stockImportView struct {
	Added     int `json:"added" example:"100"`
	Updated   int `json:"updated" example:"0"`
	Unchanged int `json:"unchanged" example:"0"`
}

// stockRequest is an import as JSON: either items or a range.
type stockRequest struct {
	Items []stockDoc `json:"items,omitempty" doc:"Boxes one by one; or range."`
	Range rangeDoc   `json:"range,omitzero" doc:"Boxes with consecutive MAC addresses, at most 100,000; or items."`
}

// stockDoc is one box as the warehouse tells of it: an item, or a row of CSV.
type stockDoc struct {
	MAC    string `json:"mac,omitempty" doc:"Any separator, either case; may be left out when stbId is given." example:"00:00:5E:00:53:01"`
	STBID  string `json:"stbId,omitempty" doc:"32 hexadecimal digits; the last 12 are the MAC address." example:"0010019900600000000000005E005301"`
	Serial string `json:"serial,omitempty" maxLength:"128" example:"S1001"`
	Vendor string `json:"vendor,omitempty" maxLength:"128" example:"Example"`
	Model  string `json:"model,omitempty" maxLength:"128" example:"STB-4K"`
	Batch  string `json:"batch,omitempty" maxLength:"128" example:"B-2026-11"`
	Carton string `json:"carton,omitempty" maxLength:"128" example:"C-17"`
	State  string `json:"state,omitempty" doc:"inStock, issued, inUse, returned or blocked; left out, a known box keeps its state and a new one is in stock." example:"inStock"`
	Note   string `json:"note,omitempty" maxLength:"500"`
}

// rangeDoc is a run of addresses.
type rangeDoc struct {
	From   string `json:"from" doc:"First MAC address." example:"00:00:5E:00:53:01"`
	To     string `json:"to" doc:"Last MAC address, of the same maker." example:"00:00:5E:00:53:64"`
	Vendor string `json:"vendor,omitempty" maxLength:"128" example:"Example"`
	Model  string `json:"model,omitempty" maxLength:"128" example:"STB-4K"`
	Batch  string `json:"batch,omitempty" maxLength:"128" example:"B-2026-11"`
	Carton string `json:"carton,omitempty" maxLength:"128" example:"C-17"`
}

// stockImportRoute registers the import.
func (s *Server) stockImportRoute() {
	add(s, route{method: http.MethodPost, path: stockPath, id: "import-stock", tag: "Stock", summary: "Take boxes into stock",
		description: "As CSV (at most 8 MiB and 100,000 rows; the first row names the columns mac, stbId, serial, vendor, model, batch, " +
			"carton, state and note in any order, of which mac or stbId is required), or as JSON (at most 1 MiB) with items or a range. " +
			"All of it is stored or, when a row is wrong, nothing: errors then has the pointers, of CSV as /LINE/COLUMN. " +
			"Boxes that are known already are updated.",
		needs: stockWrite, body: maxStockBytes, example: stockImportView{Added: 100},
		problems: []int{http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}}, s.importStock)
	operationAt(s, stockPath).RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: huma.TypeString},
			Example: "mac,serial,model,batch\n00:00:5E:00:53:01,S1001,STB-4K,B-2026-11\n"},
		"application/json": {Schema: schemaOf[stockRequest](s.api), Example: map[string]any{"range": map[string]any{
			"from": "00:00:5E:00:53:01", "to": "00:00:5E:00:53:64", "vendor": "Example", "model": "STB-4K", "batch": "B-2026-11"}}},
	}}
}

// lot is what an import brings, with where each box stood in it.
type lot struct {
	items []itms.StockItem
	place func(n int) string // pointer of the nth item, from 0
	seen  map[itms.MAC]int   // item of each address
	wrong fieldErrors
}

// newLot makes an empty lot whose items stand at the places.
func newLot(place func(int) string) *lot { return &lot{place: place, seen: map[itms.MAC]int{}} }

// add takes a box, or notes what is wrong with it.
func (l *lot) add(doc *stockDoc) {
	n := len(l.items)
	item, wrong := doc.item()
	if before, twice := l.seen[item.MAC]; twice && !item.MAC.IsZero() {
		wrong.add(itms.Invalid("/mac", "%s is at %s as well", item.MAC, l.place(before)))
	}
	l.seen[item.MAC] = n
	l.items = append(l.items, item)
	for _, f := range wrong {
		l.complain(l.place(n)+f.Pointer, f.Text)
	}
}

// complain notes something wrong, within reason.
func (l *lot) complain(pointer, text string) {
	if len(l.wrong) < maxShapeErrors {
		l.wrong = append(l.wrong, itms.FieldError{Pointer: pointer, Text: text})
	}
}

// relocate turns pointers of the domain, which counts items, into those of the lot.
func (l *lot) relocate(fields []itms.FieldError) []itms.FieldError {
	moved := make([]itms.FieldError, len(fields))
	for i, f := range fields {
		parts := strings.SplitN(strings.TrimPrefix(f.Pointer, "/items/"), "/", 2)
		if n, err := strconv.Atoi(parts[0]); err == nil && n >= 0 && n < len(l.items) {
			f.Pointer = strings.Join(append([]string{l.place(n)}, parts[1:]...), "/")
		}
		moved[i] = f
	}
	return moved
}

// item reads the texts of a box. Errors point to its fields.
func (d *stockDoc) item() (item itms.StockItem, wrong fieldErrors) {
	item = itms.StockItem{Serial: d.Serial, Vendor: d.Vendor, Model: d.Model, Batch: d.Batch, Carton: d.Carton,
		State: itms.StockState(d.State), Note: d.Note}
	var err error
	if d.STBID != "" {
		item.STBID, err = itms.ParseSTBID(d.STBID)
		wrong.add(err)
		item.MAC = item.STBID.MAC()
	}
	if d.MAC != "" || item.STBID == "" {
		item.MAC, err = itms.ParseMAC(d.MAC)
		wrong.add(err)
	}
	if item.MAC.IsZero() && len(wrong) == 0 {
		wrong.add(itms.Invalid("/mac", "is required: the STBID has none"))
	}
	if d.State != "" {
		wrong.add(checkState(d.State))
	}
	wrong.add(checkText("/note", d.Note, maxReason))
	for _, f := range []struct{ pointer, text string }{{"/serial", d.Serial}, {"/vendor", d.Vendor}, {"/model", d.Model},
		{"/batch", d.Batch}, {"/carton", d.Carton}} {
		wrong.add(checkText(f.pointer, f.text, maxName))
	}
	return item, wrong
}

// importStock takes boxes into stock.
func (s *Server) importStock(ctx context.Context, _ *stockImportInput) (*stockImportOutput, error) {
	if err := everywhere(ctx); err != nil {
		return nil, err
	}
	rec := recordOf(ctx)
	if err := rec.unhurried(stockBodyTime); err != nil {
		return nil, err
	}
	l, err := s.readLot(rec.req)
	if err != nil {
		return nil, bodyProblem(err)
	}
	if err := rec.patient(stockImportTime); err != nil {
		return nil, err
	}
	if err := l.wrong.problem(); err != nil {
		return nil, err
	}
	sum, err := s.opts.Stock.ImportStock(ctx, rec.actor, l.items)
	if err != nil {
		return nil, err
	}
	if err := fieldErrors(l.relocate(sum.Wrong)).problem(); err != nil {
		return nil, err
	}
	return &stockImportOutput{stockImportView{sum.Added, sum.Updated, sum.Unchanged}}, nil
}

// bodyProblem says what went wrong while a body was read.
func bodyProblem(err error) error {
	var known *itms.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return itms.Errorf(itms.KindInvalid, codeTimeout, "the body came too slowly").Because(err)
	}
	return itms.Errorf(itms.KindInvalid, codeMalformed, "the body ended too early").Because(err)
}

// readLot reads the body of an import by its media type.
func (s *Server) readLot(r *http.Request) (*lot, error) {
	header := r.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(header); err == nil && media == "text/csv" {
		return readCSV(&limitedBody{r.Body, maxStockBytes})
	}
	if checkMediaType(header) != nil {
		return nil, itms.Errorf(itms.KindInvalid, codeMediaType, "expected Content-Type: text/csv or application/json")
	}
	raw, err := io.ReadAll(&limitedBody{r.Body, maxStockJSON})
	if err != nil {
		return nil, err
	}
	doc, err := decode[stockRequest](s.api.OpenAPI().Components.Schemas, raw)
	var shape *shapeError
	switch {
	case errors.As(err, &shape):
		return nil, shape.problem()
	case err != nil:
		return nil, err
	case (len(doc.Items) == 0) == (doc.Range == rangeDoc{}):
		return nil, itms.Invalid("", "expected either items or range")
	case len(doc.Items) > 0:
		return lotOf(doc.Items), nil
	}
	return doc.Range.lot()
}

// limitedBody is a body that fails beyond a number of bytes.
type limitedBody struct {
	body io.Reader
	left int64
}

// Read implements io.Reader.
func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "the body is larger than this call takes")
	}
	return n, err
}

// lotOf makes a lot of posted items.
func lotOf(docs []stockDoc) *lot {
	l := newLot(func(n int) string { return fmt.Sprintf("/items/%d", n) })
	for i := range docs {
		l.add(&docs[i])
	}
	return l
}

// lot makes a lot of a run of addresses.
func (d *rangeDoc) lot() (*lot, error) {
	first, last, err := d.bounds()
	if err != nil {
		return nil, err
	}
	l := newLot(func(int) string { return "/range" })
	for n := first; n <= last; n++ {
		l.items = append(l.items, itms.StockItem{MAC: macOf(n), Vendor: d.Vendor, Model: d.Model, Batch: d.Batch, Carton: d.Carton})
	}
	return l, nil
}

// bounds checks a run and returns its first and last address as numbers.
func (d *rangeDoc) bounds() (first, last uint64, err error) {
	var wrong fieldErrors
	from, err := itms.ParseMAC(d.From)
	wrong.add(repoint(err, "/mac", "/range/from"))
	to, err := itms.ParseMAC(d.To)
	wrong.add(repoint(err, "/mac", "/range/to"))
	first, last = numberOf(from), numberOf(to)
	switch {
	case len(wrong) > 0:
	case first > last:
		wrong.add(itms.Invalid("/range/to", "is before from"))
	case first>>24 != last>>24:
		wrong.add(itms.Invalid("/range/to", "has another first half than from: one range is of one maker"))
	case last-first >= maxStockItems:
		wrong.add(itms.Invalid("/range/to", "is too far: a range has at most %d addresses", maxStockItems))
	}
	for _, f := range []struct{ pointer, text string }{{"/range/vendor", d.Vendor}, {"/range/model", d.Model},
		{"/range/batch", d.Batch}, {"/range/carton", d.Carton}} {
		wrong.add(checkText(f.pointer, f.text, maxName))
	}
	return first, last, wrong.problem()
}

// numberOf is an address as a number of 48 bits.
func numberOf(m itms.MAC) uint64 {
	var b [8]byte
	copy(b[2:], m[:])
	return binary.BigEndian.Uint64(b[:])
}

// macOf is the address of a number.
func macOf(n uint64) (m itms.MAC) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	copy(m[:], b[2:])
	return m
}
