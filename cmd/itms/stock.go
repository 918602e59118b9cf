package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"itms"
)

// stockCmd groups the stock commands.
type stockCmd struct {
	Import   stockImportCmd `cmd:"" help:"Take boxes into stock from a CSV file."`
	AddRange stockRangeCmd  `cmd:"" help:"Take boxes with consecutive MAC addresses into stock."`
	List     stockListCmd   `cmd:"" help:"List boxes."`
	Check    stockCheckCmd  `cmd:"" help:"May this box be handed out?"`
	Set      stockSetCmd    `cmd:"" help:"Say where a box is."`
}

// stockPath is where the API has the stock.
const stockPath = "/api/v1/stock"

// stockImportCmd takes boxes in from a file.
type stockImportCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	File   string `arg:"" help:"CSV file, or - for standard input."`
}

// Help shows an example.
func (stockImportCmd) Help() string {
	return "The first row names the columns mac, stbId, serial, vendor, model, batch, carton, state and note, in any order; mac or stbId " +
		"is required. When a row is wrong, nothing is stored.\n\nExample: itms stock import --config itms.yaml boxes.csv"
}

// Run takes them in.
func (cmd stockImportCmd) Run(e *env) error {
	in, err := openInput(e, cmd.File)
	if err != nil {
		return err
	}
	defer in.Close()
	return withClient(e, cmd.Config, func(c *localClient) error {
		resp, err := c.send(e.ctx, http.MethodPost, stockPath, "text/csv", in)
		if err != nil {
			return cmd.byLine(e.err, err)
		}
		defer resp.Body.Close()
		return writePretty(e.out, resp.Body)
	})
}

// openInput opens a file, or standard input for "-".
func openInput(e *env, file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(e.in), nil
	}
	return os.Open(file)
}

// byLine prints what is wrong with each row as FILE:LINE: COLUMN: TEXT and leaves the
// summary.
func (cmd stockImportCmd) byLine(w io.Writer, err error) error {
	var e *itms.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, f := range e.Fields {
		place := strings.SplitN(strings.TrimPrefix(f.Pointer, "/"), "/", 2)
		fmt.Fprintf(w, "%s:%s: %s\n", cmd.File, strings.Join(place, ": "), f.Text)
	}
	return errors.New(e.Text)
}

// stockRangeCmd takes a run of addresses in.
type stockRangeCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	From   string `required:"" placeholder:"MAC" help:"First MAC address."`
	To     string `required:"" placeholder:"MAC" help:"Last MAC address; at most 100,000 boxes."`
	Vendor string `help:"Vendor of all."`
	Model  string `help:"Model of all."`
	Batch  string `help:"Batch of all."`
	Carton string `help:"Carton of all."`
}

// Help shows an example.
func (stockRangeCmd) Help() string {
	return "Example: itms stock add-range --config itms.yaml --from 00:00:5E:00:53:01 --to 00:00:5E:00:53:64 --batch B-2026-11"
}

// Run takes it in.
func (cmd stockRangeCmd) Run(e *env) error {
	run := map[string]string{"from": cmd.From, "to": cmd.To, "vendor": cmd.Vendor, "model": cmd.Model, "batch": cmd.Batch, "carton": cmd.Carton}
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.submit(e, http.MethodPost, stockPath, map[string]any{"range": run})
	})
}

// stockListCmd lists boxes.
type stockListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	State  string `help:"Only this state."`
	Batch  string `help:"Only this batch."`
	Query  string `help:"Exact MAC (any form), STBID or serial number."`
	Limit  int    `default:"50" help:"At most this many."`
}

// Help shows an example.
func (stockListCmd) Help() string {
	return "Example: itms stock list --config itms.yaml --state returned"
}

// Run lists them.
func (cmd stockListCmd) Run(e *env) error {
	q := filled(map[string]string{"state": cmd.State, "batch": cmd.Batch, "q": cmd.Query, "limit": fmt.Sprint(cmd.Limit)})
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, stockPath+"?"+q.Encode(), nil) })
}

// stockCheckCmd asks what the front desk asks.
type stockCheckCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Text   string `arg:"" help:"STBID or MAC address on the box."`
}

// Help shows an example.
func (stockCheckCmd) Help() string {
	return "Example: itms stock check --config itms.yaml 00:00:5E:00:53:01"
}

// Run asks it.
func (cmd stockCheckCmd) Run(e *env) error {
	q := url.Values{"stbId": {cmd.Text}}
	if _, err := itms.ParseMAC(cmd.Text); err == nil {
		q = url.Values{"mac": {cmd.Text}}
	}
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, stockPath+"/check?"+q.Encode(), nil) })
}

// stockSetCmd says where a box is.
type stockSetCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	MAC    string `arg:"" name:"mac" help:"MAC address, in any form."`
	State  string `required:"" enum:"inStock,issued,inUse,returned,blocked" help:"inStock, issued, inUse, returned or blocked."`
	Note   string `help:"In place of the note there was."`
}

// Help shows an example.
func (stockSetCmd) Help() string {
	return "Example: itms stock set --config itms.yaml 00:00:5E:00:53:01 --state returned --note 'no remote control'"
}

// Run says it.
func (cmd stockSetCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.submit(e, http.MethodPut, stockPath+"/"+url.PathEscape(cmd.MAC), map[string]string{"state": cmd.State, "note": cmd.Note})
	})
}
