package api

import (
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// testArguments are the arguments of a test by their names.
type testArguments map[string]scalarText

// Schema describes them for each kind of test.
func (testArguments) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: scalarText("").Schema(r),
		Description: "diagnose...: what the test is about; ! is required.\n\n" + describeTests(),
		Examples:    []any{map[string]any{"host": "192.0.2.1", "repetitions": 4}}}
}

// describeTests lists the tests with their arguments.
func describeTests() string {
	var b strings.Builder
	for _, d := range itms.Diagnostics {
		fmt.Fprintf(&b, "- %s (%s): ", d.Kind, d.Help)
		if len(d.Args) == 0 {
			b.WriteString("no arguments")
		}
		for i, a := range d.Args {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(a.Name)
			if a.Required {
				b.WriteString("!")
			}
			if a.Default != "" {
				b.WriteString(" (" + a.Default + ")")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// texts is the domain's form.
func (a testArguments) texts() map[string]string {
	if len(a) == 0 {
		return nil
	}
	texts := make(map[string]string, len(a))
	for name, value := range a {
		texts[name] = string(value)
	}
	return texts
}

// diagnosticView is what a test found.
type diagnosticView struct {
	Object string                      `json:"object" doc:"Of the device." example:"Device.IP.Diagnostics.IPPing."`
	State  string                      `json:"state,omitempty" doc:"DiagnosticsState in the end." example:"Complete"`
	Values map[string]any              `json:"values,omitempty" doc:"Numbers, texts and lists; a unit stands at the end of the name. What follows from them is added: lossPercent; throughputKbps (all bytes of the interface from the request to the end), testThroughputKbps (the file from its first byte to its last), durationMs, firstByteMs, tcpOpenMs."`
	Tables map[string][]map[string]any `json:"tables,omitempty" doc:"By name: routeHops, results, networks, connections, packets."`
}

// viewDiagnostic shows what a test found, nil when nothing was measured.
func viewDiagnostic(d *itms.DiagnosticResult) *diagnosticView {
	if d == nil || d.State == "" {
		return nil
	}
	return &diagnosticView{string(d.Object), d.State, d.Values, d.Tables}
}
