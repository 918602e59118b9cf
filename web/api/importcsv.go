package api

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"itms"
)

// maxRecordLines is how many lines one record may have: an address with line breaks has a few,
// and a quotation mark that is never closed takes all that follows.
const maxRecordLines = 50

// csvOrders reads orders from a table with a header row (RFC 4180).
type csvOrders struct {
	lines   *lines
	comma   byte
	columns []*orderColumn // of each cell; nil = read over
	free    []string       // name of the attribute that a cell is, "" = none
	record  []byte         // text of the record at hand
	feed    *bytes.Reader  // what rows reads
	rows    *csv.Reader
}

// newCSVOrders reads the header row. What is wrong with it is a KindInvalid error whose
// pointers are /LINE/COLUMN.
func newCSVOrders(l *lines) (*csvOrders, error) {
	if err := l.mark(); err != nil {
		return nil, err
	}
	r := &csvOrders{lines: l}
	for {
		text, long, err := l.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, itms.Invalid("/1", "expected a header row that names the columns")
		case err != nil:
			return nil, err
		case long:
			return nil, errLineTooLong
		case !utf8.Valid(text):
			return nil, errNotUTF8
		}
		if comma, ok := separatorLine(text); ok {
			r.comma = comma
		} else if !idle(text) {
			return r, r.header(text)
		}
	}
}

// separatorLine reads "sep=;", which spreadsheets put before the header.
func separatorLine(text []byte) (byte, bool) {
	if len(text) == 5 && bytes.EqualFold(text[:4], []byte("sep=")) && bytes.IndexByte([]byte(separators), text[4]) >= 0 {
		return text[4], true
	}
	return 0, false
}

// separators are what may stand between cells.
const separators = ",;\t"

// header reads the names of the columns.
func (r *csvOrders) header(text []byte) error {
	for _, c := range []byte(separators) {
		if r.comma == 0 || bytes.Count(text, []byte{c}) > bytes.Count(text, []byte{r.comma}) {
			r.comma = c
		}
	}
	r.restart()
	names, err := r.cells(append(slices.Clone(text), '\n'))
	if err != nil {
		return itms.Invalid(fmt.Sprintf("/%d", r.lines.n), "is no row of CSV: %v", err)
	}
	var wrong fieldErrors
	seen := map[string]bool{}
	for _, name := range names {
		name = strings.TrimSpace(name)
		pointer := fmt.Sprintf("/%d/%s", r.lines.n, escapePointer(name))
		column, attribute, known := columnOf(name)
		switch folded := strings.ToLower(name); {
		case name == "": // of a cell that is empty in each row
		case !known:
			wrong.add(itms.Invalid(pointer, "is no column; the description of the call lists them"))
		case seen[folded]:
			wrong.add(itms.Invalid(pointer, "appears more than once"))
		default:
			seen[folded] = true
		}
		r.columns, r.free = append(r.columns, column), append(r.free, attribute)
	}
	for _, name := range []string{"orderNo", "kind", "mode"} {
		if !seen[strings.ToLower(name)] {
			wrong.add(itms.Invalid(fmt.Sprintf("/%d", r.lines.n), "expected a header row with a column %s", name))
		}
	}
	return wrong.problem()
}

// restart makes a new reader of cells: after an error the old one may hold half a record.
func (r *csvOrders) restart() {
	r.feed = bytes.NewReader(nil)
	r.rows = csv.NewReader(r.feed)
	r.rows.Comma, r.rows.FieldsPerRecord, r.rows.ReuseRecord = rune(r.comma), -1, true
	r.rows.TrimLeadingSpace = r.comma != '\t'
}

// cells splits the text of one record.
func (r *csvOrders) cells(record []byte) ([]string, error) {
	r.feed.Reset(record)
	cells, err := r.rows.Read()
	if err != nil || r.feed.Len() > 0 {
		r.restart()
	}
	var p *csv.ParseError
	if errors.As(err, &p) {
		return nil, p.Err
	}
	return cells, err
}

// next implements orderReader.
func (r *csvOrders) next() (importLine, error) {
	for {
		first, err := r.gather()
		if errors.Is(err, io.EOF) && len(r.record) == 0 {
			return importLine{}, io.EOF
		}
		line := importLine{n: first}
		var wrong *itms.Error
		switch {
		case errors.As(err, &wrong):
			line.err = err
		case err != nil:
			return importLine{}, err
		case idle(r.record):
			continue
		case !utf8.Valid(r.record):
			line.err = errNotUTF8
		default:
			line.order, line.err = r.order()
		}
		return line, nil
	}
}

// gather reads the lines of one record into r.record: more than one when a quoted cell has line
// breaks. An *itms.Error is about the record, others about the body.
func (r *csvOrders) gather() (first int, err error) {
	r.record = r.record[:0]
	first = r.lines.n + 1
	for open := false; ; {
		text, long, err := r.lines.next()
		switch {
		case errors.Is(err, io.EOF) && open:
			return first, unclosed(first, r.lines.n)
		case err != nil:
			return first, err
		case long:
			return first, errLineTooLong
		case !open && idle(text):
			return first, nil
		}
		open = quoteOpen(text, r.comma, open)
		r.record = append(append(r.record, text...), '\n')
		switch {
		case !open:
			return first, nil
		case r.lines.n-first+1 >= maxRecordLines, len(r.record) > maxLine:
			return first, unclosed(first, r.lines.n)
		}
	}
}

// unclosed is what is wrong with a record whose quotation mark takes all that follows.
func unclosed(first, last int) error {
	return itms.Errorf(itms.KindInvalid, codeMalformed, "a quotation mark that opens a cell here is not closed; lines %d to %d were read over", first, last)
}

// quoteOpen reports whether a quoted cell is open at the end of a line, which began inside of
// one or not.
func quoteOpen(text []byte, comma byte, open bool) bool {
	begins := !open // a cell begins here
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case open && c == '"' && i+1 < len(text) && text[i+1] == '"':
			i++
		case open && c == '"':
			open = false
		case open, begins && c == ' ' && comma != '\t':
		case begins && c == '"':
			open, begins = true, false
		default:
			begins = c == comma
		}
	}
	return open
}

// order reads the record at hand. What is wrong with its cells is a *shapeError.
func (r *csvOrders) order() (*orderRequest, error) {
	cells, err := r.cells(r.record)
	if err != nil {
		return nil, itms.Errorf(itms.KindInvalid, codeMalformed, "the line is no CSV: %v", err)
	}
	if len(cells) < len(r.columns) || slices.ContainsFunc(cells[len(r.columns):], func(s string) bool { return s != "" }) {
		return nil, itms.Errorf(itms.KindInvalid, codeMalformed, "the line has %d cells, the header row has %d", len(cells), len(r.columns))
	}
	doc := &orderRequest{}
	var wrong fieldErrors
	for i, column := range r.columns {
		if column == nil || cells[i] == "" {
			continue
		}
		text := cells[i]
		if column.show != nil || r.free[i] != "" { // a password is taken as it is
			text = plainText(strings.TrimSpace(text))
		}
		if r.free[i] != "" {
			doc.attribute(r.free[i], text)
			continue
		}
		if err := column.set(doc, text); err != nil {
			wrong.add(itms.Invalid(pointerOf(column.name), "%v", err))
		}
	}
	if len(wrong) > 0 {
		return doc, &shapeError{wrong}
	}
	return doc, nil
}

// plainText takes away what an export puts before a text that a spreadsheet would take for a
// formula: see plainCell.
func plainText(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && plainCell(rest) == text {
		return rest
	}
	return text
}
