package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"itms"
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

// paramLine is a parameter, or a change, as the API lists it.
type paramLine struct {
	Name         string    `json:"name"`
	Value        *string   `json:"value"`
	Type         string    `json:"type"`
	Writable     bool      `json:"writable"`
	Notification *int      `json:"notification"`
	Refused      int       `json:"notificationFault"`
	Old          *string   `json:"old"`
	New          *string   `json:"new"`
	At           time.Time `json:"at"`
	Source       string    `json:"source"`
}

// paramsPage is how many lines one call is asked for.
const paramsPage = 500

// Run lists them, page by page.
func (cmd deviceParamsCmd) Run(e *env) error {
	call := "/parameters"
	if cmd.History {
		call += "/history"
	}
	lines := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	err := withClient(e, cmd.Config, func(c *client) error {
		left := cmd.Limit
		for cursor := ""; ; {
			limit := paramsPage
			if cmd.Limit > 0 {
				limit = min(limit, left)
			}
			q := filled(map[string]string{"prefix": cmd.Prefix, "cursor": cursor, "limit": fmt.Sprint(limit)})
			next, n, err := cmd.page(e, c, cmd.path(call)+"?"+q.Encode(), lines)
			if left -= n; err != nil || next == "" || cmd.Limit > 0 && left <= 0 {
				return err
			}
			cursor = next
		}
	})
	if err != nil {
		return err
	}
	return lines.Flush()
}

// page writes the lines of one call; it returns the cursor of the next.
func (cmd deviceParamsCmd) page(e *env, c *client, path string, lines *tabwriter.Writer) (next string, n int, err error) {
	resp, err := c.call(e.ctx, http.MethodGet, path, nil)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	var page struct {
		Items []paramLine `json:"items"`
		Next  string      `json:"next"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
		return "", 0, fmt.Errorf("read the answer of %s: %w", (&url.URL{Path: path}).Path, err)
	}
	for _, p := range page.Items {
		text := p.text()
		if cmd.History {
			text = p.change()
		}
		if _, err := fmt.Fprintln(lines, text); err != nil {
			return "", 0, err
		}
	}
	return page.Next, len(page.Items), nil
}

// text is the line of a parameter.
func (p paramLine) text() string {
	flags := ""
	if p.Writable {
		flags = "w"
	}
	if p.Notification != nil {
		flags = strings.TrimSpace(fmt.Sprintf("%s n%d", flags, *p.Notification))
	}
	if p.Refused != 0 {
		flags = strings.TrimSpace(fmt.Sprintf("%s refused-%d", flags, p.Refused))
	}
	return strings.TrimRight(strings.Join([]string{p.Name, shownValue(p.Value), strings.TrimPrefix(p.Type, "xsd:"), flags}, "\t"), "\t")
}

// change is the line of a change.
func (p paramLine) change() string {
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
