package main

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"text/tabwriter"
	"time"

	"itms"
	"itms/web/client"
)

// deviceParamsCmd lists parameters of a device.
type deviceParamsCmd struct {
	deviceRef
	Prefix  string `arg:"" optional:"" help:"Only names that start with it, e.g. Device.WiFi."`
	History bool   `help:"How values changed, newest first, instead of what they are."`
	Limit   int    `help:"At most this many; 0 = all."`
}

// Help shows an example.
func (deviceParamsCmd) Help() string {
	return "One line each: name, value, type, then w when it can be written, n0 to n6 for its notification level, " +
		"and refused-9009 or the like when the device refuses the level that its profile wants. " +
		"Credentials are listed without their value.\n\n" +
		"Example: itms device params --config itms.yaml 00005E-STB-SN001 Device.DeviceInfo.\n" +
		"Example: itms device params --config itms.yaml 00005E-STB-SN001 --history"
}

// Run lists them, page by page.
func (cmd deviceParamsCmd) Run(e *env) error {
	lines := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	err := withClient(e, cmd.Config, func(c *localClient) error {
		if cmd.History {
			return printLines(lines, c.ParameterHistory(e.ctx, cmd.ID, cmd.Prefix), cmd.Limit, changeLine)
		}
		return printLines(lines, c.Parameters(e.ctx, cmd.ID, cmd.Prefix), cmd.Limit, paramLine)
	})
	if err != nil {
		return err
	}
	return lines.Flush()
}

// printLines writes a line for each thing, at most so many; 0 = all.
func printLines[T any](w io.Writer, things iter.Seq2[T, error], most int, line func(T) string) error {
	n := 0
	for thing, err := range things {
		if err != nil {
			return refused(err)
		}
		if _, err := fmt.Fprintln(w, line(thing)); err != nil {
			return err
		}
		if n++; n == most {
			return nil
		}
	}
	return nil
}

// paramLine is the line of a parameter.
func paramLine(p client.Parameter) string {
	var flags []string
	if p.Writable {
		flags = append(flags, "w")
	}
	if p.Notification != nil {
		flags = append(flags, fmt.Sprintf("n%d", *p.Notification))
	}
	if p.NotificationFault != 0 {
		flags = append(flags, fmt.Sprintf("refused-%d", p.NotificationFault))
	}
	return strings.TrimRight(strings.Join([]string{p.Name, shownValue(p.Value), strings.TrimPrefix(p.Type, "xsd:"), strings.Join(flags, " ")}, "\t"), "\t")
}

// changeLine is the line of a change.
func changeLine(p client.Change) string {
	return strings.Join([]string{p.At.Format(time.RFC3339), p.Source, p.Name, shownValue(p.Old) + " -> " + shownValue(p.New)}, "\t")
}

// shownValue is a value on one line of a terminal.
func shownValue(v *string) string {
	if v == nil {
		return itms.Redacted
	}
	if *v == "" || strings.ContainsFunc(*v, func(r rune) bool { return r < ' ' || r == 0x7F }) {
		return fmt.Sprintf("%q", *v)
	}
	return *v
}
