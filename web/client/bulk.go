package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
)

// Formats of imports and exports.
const (
	CSV    = "csv"    // a table with a header row
	NDJSON = "ndjson" // JSON documents one a line
)

// Outcomes of the lines of an import.
const (
	LineCreated  = "created"  // stored
	LineRepeat   = "repeat"   // stored before, with this content
	LineConflict = "conflict" // its number was used with other content
	LineInvalid  = "invalid"  // wrong, see ImportLine.Errors
	LineFailed   = "failed"   // the server could not: import the file again
)

// ImportOptions say how to import.
type ImportOptions struct {
	Format string // CSV or NDJSON; "" = CSV
	DryRun bool   // store nothing and tell what would become of each line
}

// ImportLine is what became of one line of an import.
type ImportLine struct {
	Line    int           `json:"line"` // of the input, from 1
	OrderNo string        `json:"orderNo,omitempty"`
	Source  string        `json:"source,omitempty"`
	Outcome string        `json:"outcome"`
	ID      string        `json:"id,omitempty"`
	Code    string        `json:"code,omitempty"`
	Detail  string        `json:"detail,omitempty"`
	Errors  []ColumnError `json:"errors,omitempty"`
}

// Good reports whether the order of the line is stored, or would be.
func (l *ImportLine) Good() bool { return l.Outcome == LineCreated || l.Outcome == LineRepeat }

// ColumnError is one wrong field of a line.
type ColumnError struct {
	Pointer string `json:"pointer"`          // JSON pointer into the order document
	Column  string `json:"column,omitempty"` // of CSV
	Detail  string `json:"detail"`
}

// ImportTotals ends an import.
type ImportTotals struct {
	Done      bool    `json:"done"`
	DryRun    bool    `json:"dryRun"`
	Lines     int     `json:"lines"`
	Created   int     `json:"created"`
	Repeat    int     `json:"repeat"`
	Conflict  int     `json:"conflict"`
	Invalid   int     `json:"invalid"`
	Failed    int     `json:"failed"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"perSecond"`
	Stopped   string  `json:"stopped,omitempty"` // why the rest was not read
}

// Import is an import under way. The caller goes through Lines to their end, then asks for
// Totals.
type Import struct {
	body   io.ReadCloser
	totals ImportTotals
	err    error
}

// errBrokenOff is the end of a report that has no totals.
var errBrokenOff = errors.New("client: the report of the import broke off; import the file again")

// ImportOrders takes many orders in: a table, or documents one a line, of any length, read from
// r as they are sent. What is stored stays when it breaks off, and a file may be imported again:
// what is in is a repeat. The Import must be read to its end, or closed.
func (c *Client) ImportOrders(ctx context.Context, r io.Reader, o ImportOptions) (*Import, error) {
	call := Call{Method: http.MethodPost, Path: ordersPath + "/import", Body: r, Media: "text/csv", Query: url.Values{}}
	if o.Format == NDJSON {
		call.Media = "application/x-ndjson"
	}
	if o.DryRun {
		call.Query.Set("dryRun", "true")
	}
	resp, err := c.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	return &Import{body: resp.Body, err: errBrokenOff}, nil
}

// Lines goes through what became of each line, in the order of the input, while it is sent.
func (i *Import) Lines() iter.Seq[ImportLine] {
	return func(yield func(ImportLine) bool) {
		defer i.Close()
		in := bufio.NewReaderSize(i.body, 64<<10)
		for {
			text, err := in.ReadBytes('\n')
			if err != nil {
				if !errors.Is(err, io.EOF) {
					i.err = fmt.Errorf("%w: %w", errBrokenOff, err)
				}
				return
			}
			var one struct { // a line, or the end
				ImportLine
				Done bool `json:"done"`
			}
			if err = json.Unmarshal(text, &one); err == nil && one.Done {
				err = json.Unmarshal(text, &i.totals)
			}
			switch {
			case err != nil:
				i.err = fmt.Errorf("client: read the report of the import: %w", err)
				return
			case one.Done:
				i.err = nil
				return
			case !yield(one.ImportLine):
				return
			}
		}
	}
}

// Totals returns what became of all lines, once Lines was gone through. It fails when the report
// broke off, or was not read to its end.
func (i *Import) Totals() (ImportTotals, error) { return i.totals, i.err }

// Close gives an import up. What is stored stays.
func (i *Import) Close() error { return i.body.Close() }

// ExportOrders returns orders as text, newest first, in a format. The caller closes it; a read
// error says that it broke off. The filter's Query is not heeded.
func (c *Client) ExportOrders(ctx context.Context, f OrderFilter, format string) (io.ReadCloser, error) {
	q := f.query()
	q.Del("q")
	return c.export(ctx, ordersPath, q, format)
}

// ExportDevices returns devices as text, in the order of their ids. The filter's Query is not
// heeded.
func (c *Client) ExportDevices(ctx context.Context, f DeviceFilter, format string) (io.ReadCloser, error) {
	q := f.query()
	q.Del("q")
	return c.export(ctx, devicesPath, q, format)
}

// export opens an export.
func (c *Client) export(ctx context.Context, path string, q url.Values, format string) (io.ReadCloser, error) {
	if format != "" {
		q.Set("format", format)
	}
	resp, err := c.Do(ctx, Call{Method: http.MethodGet, Path: path + "/export", Query: q})
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}
