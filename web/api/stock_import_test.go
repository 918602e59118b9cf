package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"itms"
)

const csvType = "Content-Type: text/csv; charset=utf-8"

// importCSV posts CSV as an operator.
func (f *fixture) importCSV(text string) *answer {
	f.t.Helper()
	return f.call(itms.RoleOperator, "POST", stockPath, text, csvType)
}

func TestImportCSV(t *testing.T) {
	f := newFixture(t)
	a := f.importCSV("\ufeffbatch, MAC,stbId,serial,vendor,Model,carton,State,note\r\n" +
		"B-1,0000.5e00.5301,,S1,Example,STB-4K,C-1,,\"two \"\"words\"\", quoted\"\r\n" +
		"\r\n" +
		"B-1,, 00100199006000000000" + "00005E005302 ,S2,Example,STB-4K,C-1,issued,\r\n").is(200)
	golden(t, "stock-imported.json", a.body)
	want := []itms.StockItem{
		{MAC: box(1).MAC, Serial: "S1", Vendor: "Example", Model: "STB-4K", Batch: "B-1", Carton: "C-1", Note: `two "words", quoted`},
		{MAC: box(2).MAC, STBID: "00100199006000000000" + "00005E005302", Serial: "S2", Vendor: "Example", Model: "STB-4K", Batch: "B-1",
			Carton: "C-1", State: itms.StockIssued}}
	if len(f.stock.items) != 2 || f.stock.items[0] != want[0] || f.stock.items[1] != want[1] {
		t.Errorf("got %+v", f.stock.items)
	}
}

func TestImportCSVPointsToWhatIsWrong(t *testing.T) {
	f := newFixture(t)
	for text, pointers := range map[string]string{
		"":                              "/1",
		"\n\n":                          "/1",
		"serial,model\n":                "/1",
		"mac;serial\n00005E005301;S1\n": "/1/mac;serial /1",
		"mac,colour,MAC,a/b\n":          "/1/colour /1/MAC /1/a~1b",
		"mac\nzz\n00005E005301\n":       "/2/mac",
		"mac,serial\n00005E005301\n00005E005302,S,T\nzz,S\n":          "/2 /3 /4/mac",
		"mac,state\n00005E005301,lost\n00005E005302,instock\n":        "/2/state /3/state",
		"mac\n00005E005301\n\n00-00-5e-00-53-01\n":                    "/4/mac",
		"mac,note\n00005E005301,\"two\nlines\"\nzz,x\n":               "/2/note /4/mac",
		"mac,stbId\n,\n,123\n":                                        "/2/mac /3/stbId /3/mac",
		"mac,serial\n00005E005301,\"a\"b\n00005E005302,x\n":           "/2",
		"mac,serial\n00005E005301,\xff\n":                             "/2/serial",
		"mac,vendor\n00005E005301," + strings.Repeat("x", 129) + "\n": "/2/vendor",
		"stbId\n00100199006000000000" + "010000000001\n":              "/2/mac",
		"\"mac\n": "/1",
	} {
		if got := f.importCSV(text).problem(422, itms.CodeInvalid).pointers(); got != pointers {
			t.Errorf("%q: %q, want %q", text, got, pointers)
		}
	}
	if f.stock.items != nil {
		t.Error("something was imported")
	}
}

func TestImportBoundsItsErrors(t *testing.T) {
	f := newFixture(t)
	if p := f.importCSV("mac\n"+strings.Repeat("zz\n", 1000)).problem(422, itms.CodeInvalid); len(p.Errors) != maxShapeErrors {
		t.Errorf("%d errors", len(p.Errors))
	}
}

// rows is CSV of consecutive addresses.
func rows(count int) string {
	var b strings.Builder
	b.WriteString("mac\n")
	for n := range count {
		fmt.Fprintln(&b, macOf(numberOf(box(0).MAC)+uint64(n)))
	}
	return b.String()
}

func TestImportLimits(t *testing.T) {
	f := newFixture(t)
	f.stock.wrong = []itms.FieldError{{Pointer: "/items/99999/mac", Text: "no"}} // spares the store
	if got := f.importCSV(rows(maxStockItems)).problem(422, itms.CodeInvalid).pointers(); got != "/100001/mac" {
		t.Error(got)
	}
	if len(f.stock.items) != maxStockItems {
		t.Errorf("%d items", len(f.stock.items))
	}
	f.importCSV(rows(maxStockItems+1)).problem(413, itms.CodeTooLarge)
	f.importCSV("mac,note\n"+strings.Repeat(" ", maxStockBytes)).problem(413, itms.CodeTooLarge)
	f.call(itms.RoleOperator, "POST", stockPath, `{"items":[`+strings.Repeat(" ", maxStockJSON)+`]}`).problem(413, itms.CodeTooLarge)
	f.call(itms.RoleOperator, "POST", stockPath, "<stock/>", "Content-Type: text/xml").problem(415, codeMediaType)
	f.call(itms.RoleOperator, "POST", stockPath, "").problem(400, codeMalformed)
}

func TestImportJSON(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleOperator, "POST", stockPath, `{"items":[{"mac":"00005E005301","serial":"S1","state":"returned"},{"mac":"00005E005302"}]}`).is(200)
	if got := f.stock.items; len(got) != 2 || got[0].State != itms.StockReturned || got[0].Serial != "S1" || got[1].State != "" {
		t.Errorf("%+v", got)
	}
	for body, pointers := range map[string]string{
		`{}`: "", `{"items":[]}`: "", `{"items":[{"mac":"00005E005301"}],"range":{"from":"a","to":"b"}}`: "",
		`{"items":[{"mac":"00005E005301"},{"mac":"zz","state":"odd"}]}`:          "/items/1/mac /items/1/state",
		`{"items":[{"mac":"00005E005301"},{},{"mac":"00:00:5e:00:53:01"}]}`:      "/items/1/mac /items/2/mac",
		`{"items":[{"mac":1,"colour":"red"},null]}`:                              "/items/0/mac /items/0/colour /items/1",
		`{"range":{"from":"zz"}}`:                                                "/range/from /range/to",
		`{"range":{"from":"00005E005302","to":"00005E005301","batch":"\u0001"}}`: "/range/to /range/batch",
		`{"range":{"from":"00005EFFFFFF","to":"00005F000000"}}`:                  "/range/to",
		`{"range":{"from":"00005E000000","to":"00005E0186A0"}}`:                  "/range/to",
	} {
		if got := f.call(itms.RoleOperator, "POST", stockPath, body).problem(422, itms.CodeInvalid).pointers(); got != pointers {
			t.Errorf("%s: %q, want %q", body, got, pointers)
		}
	}
}

func TestImportRange(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleOperator, "POST", stockPath, `{"range":{"from":"00:00:5E:00:53:FE","to":"00:00:5E:00:54:01","vendor":"V","model":"M","batch":"B","carton":"C"}}`).is(200)
	var all []string
	for _, i := range f.stock.items {
		all = append(all, i.MAC.Key()[6:])
		if i.Vendor != "V" || i.Model != "M" || i.Batch != "B" || i.Carton != "C" || i.State != "" {
			t.Errorf("%+v", i)
		}
	}
	if got := strings.Join(all, " "); got != "0053FE 0053FF 005400 005401" {
		t.Error(got)
	}
	f.stock.wrong = []itms.FieldError{{Pointer: "/items/0/mac", Text: "no"}, {Pointer: "/else", Text: "no"}}
	p := f.call(itms.RoleOperator, "POST", stockPath, `{"range":{"from":"00005E000000","to":"00005E01869F"}}`).problem(422, itms.CodeInvalid)
	if p.pointers() != "/range/mac /else" || len(f.stock.items) != maxStockItems {
		t.Errorf("%s, %d items", p.pointers(), len(f.stock.items))
	}
	f.stock.wrong, f.stock.fail = nil, itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "later")
	f.call(itms.RoleOperator, "POST", stockPath, `{"range":{"from":"00005E005301","to":"00005E005301"}}`).problem(503, itms.CodeUnavailable)
}

func TestBodiesThatEndBadly(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code string
	}{"slow": {os.ErrDeadlineExceeded, codeTimeout}, "gone": {io.ErrUnexpectedEOF, codeMalformed},
		"large": {itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "x"), itms.CodeTooLarge}} {
		_, err := readCSV(io.MultiReader(strings.NewReader("mac\n00005E005301\n0000"), failing{c.err}))
		var e *itms.Error
		if !errors.As(bodyProblem(err), &e) || e.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readCSV(failing{io.ErrUnexpectedEOF}); err == nil {
		t.Error("no error of a body that never began")
	}
}

// failing is a body that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestImportIsUnhurried(t *testing.T) {
	w := &deadlineWriter{ResponseRecorder: httptest.NewRecorder()}
	rec := &record{conn: http.NewResponseController(w)}
	if err := rec.unhurried(stockBodyTime); err != nil || len(w.read) != 1 || w.read[0].IsZero() || len(w.write) != 1 {
		t.Errorf("%v: read %v, write %v", err, w.read, w.write)
	}
}

// FuzzStockCSV looks for files that panic or whose errors point nowhere.
func FuzzStockCSV(f *testing.F) {
	for _, seed := range []string{"mac\n00005E005301\n", "\ufeffmac,note\n00005E005301,\"a\nb\"\n", "stbId\n\n", "mac,mac\n", "\"", "mac\r\n\r\n,\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := readCSV(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, e := range l.wrong {
			if e.Pointer == "" || e.Pointer[0] != '/' || e.Text == "" {
				t.Fatalf("%q: %+v", text, e)
			}
		}
		for _, i := range l.items {
			if i.MAC.IsZero() && len(l.wrong) == 0 {
				t.Fatalf("%q: took %+v", text, i)
			}
		}
	})
}
