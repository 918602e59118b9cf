package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"itms/web/client"
)

// Limits of what an import prints.
const (
	progressEvery = 5 * time.Second // between lines that say how far it is
	maxShownLines = 20              // wrong lines on the terminal; --report has them all
)

// orderImportCmd takes many orders in.
type orderImportCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	File   string `arg:"" help:"CSV or JSON lines, or - for standard input."`
	Format string `enum:",csv,ndjson" default:"" help:"csv or ndjson; as the name of the file ends unless given, else csv."`
	DryRun bool   `help:"Store nothing and tell what would become of each line."`
	Report string `placeholder:"FILE" help:"Write what became of each line to this file, as JSON lines."`
}

// Help says what the file looks like.
func (orderImportCmd) Help() string {
	return `A CSV file has a header row that names its columns in any order: members of the work order with dots, such as
orderNo,source,kind,mode,subscriber.id,service.id,service.type,service.account,device.mac,line.area,attributes.NAME. A file
of JSON lines has a work order on each line, as "itms order post" takes it. Both are UTF-8.

Each line is taken in by itself and at once; a file may be imported again: what is in is a repeat. Exits with 1 when a line
was not taken.

Example: itms order import --config itms.yaml orders.csv --dry-run

  itms order import --config itms.yaml orders.csv --report report.ndjson`
}

// Run takes them in and prints wrong lines, the progress and the rate.
func (cmd orderImportCmd) Run(e *env) error {
	in, err := openInput(e, cmd.File)
	if err != nil {
		return err
	}
	defer in.Close()
	report, err := cmd.openReport()
	if err != nil {
		return err
	}
	err = withClient(e, cmd.Config, func(c *localClient) error {
		i, err := c.ImportOrders(e.ctx, in, client.ImportOptions{Format: cmd.format(), DryRun: cmd.DryRun})
		if err != nil {
			return stockImportCmd{File: cmd.File}.byLine(e.err, refused(err))
		}
		return cmd.follow(e, i, report)
	})
	return errors.Join(err, report.Close())
}

// format is what the file is.
func (cmd orderImportCmd) format() string {
	if cmd.Format != "" {
		return cmd.Format
	}
	switch strings.ToLower(filepath.Ext(cmd.File)) {
	case ".ndjson", ".jsonl", ".json":
		return client.NDJSON
	}
	return client.CSV
}

// openReport makes the file of the report, owner-only since it names subscribers' orders.
func (cmd orderImportCmd) openReport() (io.WriteCloser, error) {
	if cmd.Report == "" {
		return nowhere{}, nil
	}
	return os.OpenFile(cmd.Report, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
}

// nowhere is a report that nobody wants.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }

// follow prints what becomes of the lines. Lines that were not taken are an error.
func (cmd orderImportCmd) follow(e *env, i *client.Import, report io.Writer) error {
	started, next := time.Now(), time.Now().Add(progressEvery)
	lines, bad := 0, 0
	doc := json.NewEncoder(report)
	for line := range i.Lines() {
		lines++
		if err := doc.Encode(line); err != nil {
			return errors.Join(err, i.Close())
		}
		if !line.Good() {
			if bad++; bad <= maxShownLines {
				cmd.show(e.err, line)
			}
		}
		if now := time.Now(); now.After(next) {
			fmt.Fprintf(e.err, "%d lines, %.0f a second\n", lines, float64(lines)/now.Sub(started).Seconds())
			next = now.Add(progressEvery)
		}
	}
	t, err := i.Totals()
	if err != nil {
		return fmt.Errorf("after %d lines: %w", lines, err)
	}
	if err := doc.Encode(t); err != nil {
		return err
	}
	return cmd.sum(e, t, bad)
}

// show prints a line that was not taken.
func (cmd orderImportCmd) show(w io.Writer, line client.ImportLine) {
	if len(line.Errors) == 0 {
		fmt.Fprintf(w, "%s:%d: %s: %s (%s)\n", cmd.File, line.Line, line.Outcome, line.Detail, line.Code)
	}
	for _, f := range line.Errors {
		place := f.Column
		if place == "" {
			place = f.Pointer
		}
		fmt.Fprintf(w, "%s:%d: %s: %s\n", cmd.File, line.Line, place, f.Detail)
	}
}

// sum prints the end.
func (cmd orderImportCmd) sum(e *env, t client.ImportTotals, bad int) error {
	if bad > maxShownLines {
		fmt.Fprintf(e.err, "%d more lines were not taken; --report writes them all\n", bad-maxShownLines)
	}
	verb := "created"
	if t.DryRun {
		verb = "would be created"
	}
	_, err := fmt.Fprintf(e.out, "%d lines: %d %s, %d repeats, %d conflicts, %d invalid, %d failed; %.1f s, %.0f lines a second\n",
		t.Lines, t.Created, verb, t.Repeat, t.Conflict, t.Invalid, t.Failed, t.Seconds, t.PerSecond)
	switch {
	case err != nil:
		return err
	case t.Stopped != "":
		return fmt.Errorf("the rest was not read: %s", t.Stopped)
	case bad > 0:
		return fmt.Errorf("%d of %d lines were not taken", bad, t.Lines)
	}
	return nil
}

// exportFlags say how and where to write.
type exportFlags struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Format string `enum:"csv,ndjson" default:"csv" help:"csv or ndjson."`
	Output string `short:"o" default:"-" placeholder:"FILE" help:"Where to write it; standard output unless given."`
	Area   string `help:"Only this area, and all that begin with it."`
}

// write copies an export to where it is wanted: under the name of a file once it is whole.
func (f exportFlags) write(e *env, open func(c *localClient) (io.ReadCloser, error)) error {
	return withClient(e, f.Config, func(c *localClient) error {
		body, err := open(c)
		if err != nil {
			return refused(err)
		}
		defer body.Close()
		if f.Output == "-" {
			_, err = io.Copy(e.out, body)
			return err
		}
		return writeWhole(f.Output, body)
	})
}

// orderExportCmd writes orders.
type orderExportCmd struct {
	exportFlags
	State []string  `help:"Only these states, several times or with commas."`
	Kind  string    `help:"Only this kind."`
	Mode  string    `help:"Only this mode."`
	From  time.Time `format:"2006-01-02" placeholder:"DAY" help:"Only orders that arrived on this day, in UTC, or later."`
	To    time.Time `format:"2006-01-02" placeholder:"DAY" help:"Only orders that arrived on this day, in UTC, or earlier."`
}

// Help says what is written.
func (orderExportCmd) Help() string {
	return "Newest first and without passwords. \"itms order import\" reads what is written.\n\n" +
		"Example: itms order export --config itms.yaml --state failed -o failed.csv"
}

// Run writes them.
func (cmd orderExportCmd) Run(e *env) error {
	return cmd.write(e, func(c *localClient) (io.ReadCloser, error) {
		return c.ExportOrders(e.ctx, client.OrderFilter{States: cmd.State, Kind: cmd.Kind, Mode: cmd.Mode, Area: cmd.Area, From: cmd.From, To: cmd.To}, cmd.Format)
	})
}

// deviceExportCmd writes devices.
type deviceExportCmd struct {
	exportFlags
	State  string `help:"Only this state."`
	Light  string `help:"Only this light."`
	Model  string `help:"Only this model."`
	Vendor string `help:"Only this manufacturer."`
}

// Help says what is written.
func (deviceExportCmd) Help() string {
	return "In the order of their ids and without credentials.\n\nExample: itms device export --config itms.yaml --state inService -o devices.csv"
}

// Run writes them.
func (cmd deviceExportCmd) Run(e *env) error {
	return cmd.write(e, func(c *localClient) (io.ReadCloser, error) {
		return c.ExportDevices(e.ctx, client.DeviceFilter{State: cmd.State, Light: cmd.Light, Model: cmd.Model, Vendor: cmd.Vendor, Area: cmd.Area}, cmd.Format)
	})
}
