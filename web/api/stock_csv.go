package api

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"itms"
)

// stockColumns are the columns of an import and the fields they fill.
var stockColumns = []struct {
	name  string
	field func(*stockDoc) *string
}{
	{"mac", func(d *stockDoc) *string { return &d.MAC }},
	{"stbId", func(d *stockDoc) *string { return &d.STBID }},
	{"serial", func(d *stockDoc) *string { return &d.Serial }},
	{"vendor", func(d *stockDoc) *string { return &d.Vendor }},
	{"model", func(d *stockDoc) *string { return &d.Model }},
	{"batch", func(d *stockDoc) *string { return &d.Batch }},
	{"carton", func(d *stockDoc) *string { return &d.Carton }},
	{"state", func(d *stockDoc) *string { return &d.State }},
	{"note", func(d *stockDoc) *string { return &d.Note }},
}

// csvReader reads boxes row by row.
type csvReader struct {
	rows    *csv.Reader
	lot     *lot
	lines   []int // where each item of the lot begins, from 1
	columns []int // index into stockColumns of each column of the text
}

// readCSV reads a header row and boxes (RFC 4180, UTF-8 with or without a byte order
// mark). What is wrong with rows is in the lot; the error is for what cannot be read
// at all or is too large.
func readCSV(body io.Reader) (*lot, error) {
	in := bufio.NewReader(body)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = in.Discard(len(mark)) // it is buffered
	}
	r := &csvReader{rows: csv.NewReader(in)}
	r.rows.ReuseRecord, r.rows.TrimLeadingSpace = true, true
	r.lot = newLot(func(n int) string { return fmt.Sprintf("/%d", r.lines[n]) })
	if err := r.header(); err != nil || len(r.lot.wrong) > 0 {
		return r.lot, err
	}
	return r.lot, r.all()
}

// header reads the first row.
func (r *csvReader) header() error {
	names, err := r.rows.Read()
	if errors.Is(err, io.EOF) {
		names, err = nil, nil
	}
	if err != nil {
		return r.syntax(err)
	}
	used := map[int]bool{}
	for _, name := range names {
		name = strings.TrimSpace(name)
		column := columnNamed(name)
		switch pointer := "/1/" + escapePointer(name); {
		case column < 0:
			r.lot.complain(pointer, "is no column: expected mac, stbId, serial, vendor, model, batch, carton, state or note")
		case used[column]:
			r.lot.complain(pointer, "appears more than once")
		}
		used[column] = true
		r.columns = append(r.columns, column)
	}
	if !used[0] && !used[1] {
		r.lot.complain("/1", "expected a header row with a column mac or stbId")
	}
	return nil
}

// columnNamed is the index of a column, in either case; -1 when there is none.
func columnNamed(name string) int {
	for i, c := range stockColumns {
		if strings.EqualFold(c.name, name) {
			return i
		}
	}
	return -1
}

// all reads the rows below the header.
func (r *csvReader) all() error {
	for {
		row, err := r.rows.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, csv.ErrFieldCount):
			r.uneven(len(row))
			continue
		case err != nil:
			return r.syntax(err)
		case len(r.lines) == maxStockItems:
			return itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "the file has more than %d rows; import it in parts", maxStockItems)
		}
		r.row(row)
	}
}

// row takes one box.
func (r *csvReader) row(row []string) {
	line, _ := r.rows.FieldPos(0)
	r.lines = append(r.lines, line)
	var doc stockDoc
	for i, text := range row {
		*stockColumns[r.columns[i]].field(&doc) = strings.TrimSpace(text)
	}
	r.lot.add(&doc)
}

// uneven complains of a row with too many or too few fields.
func (r *csvReader) uneven(fields int) {
	line, _ := r.rows.FieldPos(0)
	r.lot.complain(fmt.Sprintf("/%d", line), fmt.Sprintf("has %d fields, the header has %d", fields, len(r.columns)))
}

// syntax notes where a text stops being CSV; other errors are the body's own.
func (r *csvReader) syntax(err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return err
	}
	r.lot.complain(fmt.Sprintf("/%d", p.Line), fmt.Sprintf("is not CSV at byte %d: %v", p.Column, p.Err))
	return nil
}
