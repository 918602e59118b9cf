package api

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"itms"
)

// readAll reads a table or JSON lines to the end: "LINE NUMBER" or "LINE error: TEXT" of each.
func readAll(t testing.TB, r orderReader) (got []string) {
	t.Helper()
	for {
		line, err := r.next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(line.n)
		if line.order != nil {
			text += " " + line.order.OrderNo
		}
		if line.err != nil {
			text += " error: " + line.err.Error()
		}
		got = append(got, text)
	}
}

// csvOf reads a table.
func csvOf(t testing.TB, text string) (*csvOrders, error) {
	t.Helper()
	return newCSVOrders(newLines(strings.NewReader(text)))
}

// minimal is the least header.
const minimal = "orderNo,kind,mode\n"

func TestCSVLines(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for name, c := range map[string]struct{ text, want string }{
		"plain":               {minimal + "A,install,self\nB,install,self\n", "2 A|3 B"},
		"no end":              {minimal + "A,install,self", "2 A"},
		"CRLF":                {"orderNo,kind,mode\r\nA,install,self\r\n\r\nB,install,self\r\n", "2 A|4 B"},
		"byte order mark":     {"\ufeff" + minimal + "A,install,self\n", "2 A"},
		"semicolons":          {"orderNo;kind;mode\nA;install;self\n", "2 A"},
		"tabs":                {"orderNo\tkind\tmode\tsource\tline.area\nA\tinstall\tself\t\t51\n", "2 A"},
		"sep":                 {"sep=;\norderNo;kind;mode\nA;install;self\n", "3 A"},
		"any order and case":  {" MODE , ORDERNO,kind\nself,A,install\n", "2 A"},
		"comments and blanks": {"# made by hand\n\n" + minimal + "\n# one more\nA,install,self\n   \n", "6 A"},
		"quoted":              {minimal + `"A","install","self"` + "\n", "2 A"},
		"quoted line break":   {"orderNo,kind,mode,subscriber.address\nA,install,self,\"1 Street\nTown\"\nB,install,self,x\n", "2 A|4 B"},
		"quoted quote":        {"orderNo,kind,mode,subscriber.name\nA,install,self,\"the \"\"big\"\" one\"\nB,install,self,x\n", "2 A|3 B"},
		"bare quote":          {"orderNo,kind,mode,subscriber.name\nA,install,self,5\" disk\nB,install,self,x\n", `2 error: the line is no CSV: bare " in non-quoted-field|3 B`},
		"text behind quote":   {minimal + "\"A\"x,install,self\nB,install,self\n", `2 error: the line is no CSV: extraneous or missing " in quoted-field|3 B`},
		"quote never closed":  {minimal + "\"A,install,self\nB,install,self\n", "2 error: a quotation mark that opens a cell here is not closed; lines 2 to 3 were read over"},
		"too few cells":       {minimal + "A,install\n", "2 error: the line has 2 cells, the header row has 3"},
		"too many cells":      {minimal + "A,install,self,x\n", "2 error: the line has 4 cells, the header row has 3"},
		"empty cells behind":  {minimal + "A,install,self,,\n", "2 A"},
		"column without name": {"orderNo,kind,mode,\nA,install,self,x\n", "2 A"},
		"not UTF-8":           {minimal + "\xb2\xe2,install,self\nB,install,self\n", "2 error: " + errNotUTF8.Error() + "|3 B"},
		"too long":            {minimal + long + ",install,self\nB,install,self\n", "2 error: " + errLineTooLong.Error() + "|3 B"},
		"no number":           {"orderNo,kind,mode,line.vlan,seq\nA,install,self,x,1.5\n", "2 A error: the body has 2 wrong field(s); /line/vlan: expected a whole number; /seq: expected a whole number"},
		"no time":             {"orderNo,kind,mode,dueBy\nA,install,self,soon\n", "2 A error: the body has 1 wrong field(s); /dueBy: expected a time as in RFC 3339, e.g. 2026-12-01T00:00:00Z"},
		"no attributes":       {"orderNo,kind,mode,attributes\nA,install,self,x\n", `2 A error: the body has 1 wrong field(s); /attributes: expected a JSON object of texts, e.g. {"channel":"shop-7"}; or columns attributes.NAME`},
		"nothing":             {minimal, ""},
	} {
		r, err := csvOf(t, c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.Join(readAll(t, r), "|"); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

func TestCSVHeaders(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "/1: expected a header row that names the columns",
		"# only this\n":                "/1: expected a header row that names the columns",
		"orderNo,kind\nA,install\n":    "/1: expected a header row with a column mode",
		"kind,mode\n":                  "/1: expected a header row with a column orderNo",
		"orderNo,kind,mode,colour\n":   "/1/colour: is no column; the description of the call lists them",
		"orderNo,kind,mode,KIND\n":     "/1/KIND: appears more than once",
		"orderNo,kind,mode,\"x\n":      `/1: is no row of CSV: extraneous or missing " in quoted-field`,
		"\xff\xfeo\x00r\x00":           errNotUTF8.Error(),
		"orderNo,kind,mode,\xb2\xe2":   errNotUTF8.Error(),
		strings.Repeat("x", maxLine+1): errLineTooLong.Error(),
	} {
		if _, err := csvOf(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

func TestCSVCells(t *testing.T) {
	r, err := csvOf(t, "orderNo,source,kind,mode,subscriber.id,subscriber.phone,service.id,service.type,service.account,service.password,service.access.downKbps,"+
		"device.stbId,oldDevice.mac,line.vlan,registration.loid,dueBy,seq,attributes.Channel,attributes,state,id\n"+
		`W-1,crm,install,self, U1 ,'+86555,S1,iptv,a1," p'w",100,STB,00:00:5E:00:53:01,7,L1,2026-12-01T00:00:00Z,9,shop-7,"{""n"":1.50,""o"":null}",done,01J`+"\n")
	if err != nil {
		t.Fatal(err)
	}
	line, err := r.next()
	if err != nil || line.err != nil {
		t.Fatal(err, line.err)
	}
	o := line.order.request()
	got := []any{o.OrderNo, o.Source, o.Kind, o.Mode, o.Subscriber.ID, o.Subscriber.Phone, o.Service.ID, o.Service.Type, o.Service.Account, o.Service.Password.Reveal(),
		o.Service.Access.DownKbps, o.Device.STBID, o.OldDevice.MAC, o.Line.VLAN, o.Registration.LOID, moment(o.DueBy), o.Seq, o.Attributes}
	want := "[W-1 crm install self U1 +86555 S1 iptv a1  p'w 100 STB 00:00:5E:00:53:01 7 L1 2026-12-01T00:00:00Z 9 map[Channel:shop-7 n:1.50]]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}

func TestEveryColumnIsAMemberOfTheDocument(t *testing.T) {
	s := newFixture(t).server
	registry := s.api.OpenAPI().Components.Schemas
	for _, c := range orderColumns {
		if c.set == nil {
			continue
		}
		schema := schemaOf[orderRequest](s.api)
		for name := range strings.SplitSeq(c.name, ".") {
			for schema.Ref != "" {
				schema = registry.SchemaFromRef(schema.Ref)
			}
			if schema = schema.Properties[name]; schema == nil {
				t.Errorf("%s is no member of the document", c.name)
				break
			}
		}
		if got := columnAt(pointerOf(c.name)); got != c.name {
			t.Errorf("%s comes back as %s", c.name, got)
		}
	}
}

func TestNDJSONLines(t *testing.T) {
	s := newFixture(t).server
	text := "\ufeff" + `{"orderNo":"A","kind":"install","mode":"self"}` + "\r\n\n# a comment\n" +
		`{"orderNo":"B","kind":"install","mode":"self","state":"done","history":[],"light":{}}` + "\n" +
		`{"orderNo":"C","colour":"red"}` + "\n" + `{"orderNo":` + "\n" + "\"\xb2\"\n" + strings.Repeat("x", maxLine+5) + "\n" + `{"orderNo":"D"}`
	l := newLines(strings.NewReader(text))
	if err := l.mark(); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(readAll(t, &ndjsonOrders{lines: l, registry: s.api.OpenAPI().Components.Schemas}), "\n")
	want := "1 A\n4 B\n5 C error: the body has 1 wrong field(s); /colour: is not a field of this document\n" +
		"6 error: the body is not JSON: unexpected end of JSON input at offset 11 (line 1, column 11)\n7 error: " + errNotUTF8.Error() + "\n8 error: " + errLineTooLong.Error() + "\n9 D"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// brokenAfter fails after a text.
type brokenAfter struct{ io.Reader }

func (b brokenAfter) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestBrokenBodiesOfImports(t *testing.T) {
	for _, text := range []string{"", "orderNo,ki", minimal + "A,install,self\nB,inst"} {
		r, err := newCSVOrders(newLines(brokenAfter{strings.NewReader(text)}))
		for err == nil {
			_, err = r.next()
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzCSVOrders: whatever comes, the reader ends, holds no more than a line, tells of every
// line at most once and, of texts without its own additions, reads what encoding/csv reads.
func FuzzCSVOrders(f *testing.F) {
	for _, text := range []string{minimal + "A,install,self\n", "sep=;\norderNo;kind;mode\n\"a\nb\";x;y\n", "\ufeff" + minimal + "\"A,\r\n#\n", "orderNo\tkind\tmode\n\t\t\n", minimal + "\"a\"\"b\",c,d\n\"x,y,z"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := newCSVOrders(newLines(bytes.NewReader(text)))
		if err != nil {
			if itms.KindOf(err) != itms.KindInvalid {
				t.Fatal(err)
			}
			return
		}
		var got []string
		for last := 0; ; {
			line, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if line.n <= last || line.order == nil && line.err == nil || len(r.record) > 2*maxLine+2 {
				t.Fatalf("line %d after %d, %v %v", line.n, last, line.order, line.err)
			}
			last = line.n
			if line.order != nil && line.err == nil {
				got = append(got, line.order.OrderNo)
			} else {
				got = nil
				return
			}
		}
		compareCSV(t, text, got)
	})
}

// compareCSV checks the numbers that were read from a plain table against encoding/csv.
func compareCSV(t *testing.T, text []byte, got []string) {
	t.Helper()
	rest, plain := bytes.CutPrefix(text, []byte(minimal))
	if !plain || bytes.ContainsAny(rest, "#\r'\ufeff") {
		return
	}
	slow := csv.NewReader(bytes.NewReader(rest))
	slow.TrimLeadingSpace, slow.FieldsPerRecord = true, -1
	rows, err := slow.ReadAll()
	if err != nil {
		t.Fatalf("encoding/csv refuses: %v", err)
	}
	var want []string
	for _, row := range rows {
		if strings.TrimSpace(strings.Join(row, "")) != "" || len(row) > 1 {
			want = append(want, strings.TrimSpace(row[0]))
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got %q, encoding/csv %q", got, want)
	}
}

// FuzzNDJSONOrders: whatever comes, the reader ends and tells of every line at most once.
func FuzzNDJSONOrders(f *testing.F) {
	for _, text := range []string{`{"orderNo":"A"}` + "\n", "\ufeff#\n\n[]\nnull\n1", `{"orderNo":1,"state":{}}`, "{}\r\n{"} {
		f.Add([]byte(text))
	}
	s := newFixture(f).server
	f.Fuzz(func(t *testing.T, text []byte) {
		l := newLines(bytes.NewReader(text))
		if err := l.mark(); err != nil {
			return
		}
		r := &ndjsonOrders{lines: l, registry: s.api.OpenAPI().Components.Schemas}
		for last := 0; ; {
			line, err := r.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if line.n <= last || line.order == nil && line.err == nil {
				t.Fatalf("line %d after %d, %v", line.n, last, line.err)
			}
			last = line.n
		}
	})
}
