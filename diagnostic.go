package itms

import "strings"

// Diagnostic is a test that a device carries out by itself when its DiagnosticsState is
// set to Requested, and whose end it tells with 8 DIAGNOSTICS COMPLETE (TR-069 Amd 6
// §3.7.1.5). What is where stands in Diagnostics.
type Diagnostic struct {
	Kind    TaskKind
	Help    string      // what it finds out, in a few words
	Objects []ParamPath // where data models have it, the one of the newest first
	Args    []DiagnosticArg
	Results []DiagnosticField
	Tables  []DiagnosticTable
}

// DiagnosticArg is one argument of a test.
type DiagnosticArg struct {
	Name     string   // in a task
	Leaf     string   // below the object
	Type     string   // of CWMP, e.g. TypeUnsignedInt
	Least    int64    // of a number
	Most     int64    // of a number; of a text its longest in characters; 0 = as its type allows
	Values   []string // the only ones; nil = any
	Address  bool     // of a file: http, https or ftp
	Required bool
	Default  string // written when nothing is given and the device has the parameter; "" = left as the device has it
	Help     string
}

// DiagnosticForm is what a result is in JSON.
type DiagnosticForm int

// The forms. A list is one of texts, or of numbers where they are some.
const (
	FormNumber DiagnosticForm = iota
	FormText
	FormFlag
	FormTime // RFC 3339 in UTC; left out when the device does not know it
	FormList
)

// DiagnosticField is one value of a result; its unit stands at the end of its name.
type DiagnosticField struct {
	Name   string
	Leaves []string // how data models spell it
	Form   DiagnosticForm
}

// DiagnosticTable is a table of a result, e.g. the hops of a route.
type DiagnosticTable struct {
	Name   string
	Object string // below the object of the test, with its dot
	Fields []DiagnosticField
}

// DiagnosticResult is what a test found. Values are numbers (float64), texts, booleans
// and lists of numbers and texts, by the names of the test's fields.
type DiagnosticResult struct {
	Object ParamPath                   `json:"object"`          // of the device
	State  string                      `json:"state,omitempty"` // DiagnosticsState in the end
	Values map[string]any              `json:"values,omitempty"`
	Tables map[string][]map[string]any `json:"tables,omitempty"`
}

// LeafDiagnosticsState is the parameter that starts a test and tells how it ended.
const LeafDiagnosticsState = "DiagnosticsState"

// DiagnosticPhase is what a DiagnosticsState means.
type DiagnosticPhase int

// The phases.
const (
	DiagnosticIdle    DiagnosticPhase = iota // None, Canceled: there is no test, or none any more
	DiagnosticRunning                        // Requested, or a word of a vendor's
	DiagnosticDone                           // Complete
	DiagnosticFailed                         // Error, Error_*
)

// PhaseOfDiagnostic tells what a DiagnosticsState means, in any case: "Complete" and
// "Completed" are both in use.
func PhaseOfDiagnostic(state string) DiagnosticPhase {
	switch state = strings.ToLower(strings.TrimSpace(state)); {
	case state == "", state == "none", state == "canceled", state == "cancelled":
		return DiagnosticIdle
	case state == "complete", state == "completed":
		return DiagnosticDone
	case strings.HasPrefix(state, "error"):
		return DiagnosticFailed
	}
	return DiagnosticRunning
}

// LookupDiagnostic returns the test that a kind of task orders, nil when it orders none.
func LookupDiagnostic(kind TaskKind) *Diagnostic {
	for i := range Diagnostics {
		if Diagnostics[i].Kind == kind {
			return &Diagnostics[i]
		}
	}
	return nil
}

// Below returns the objects of the test below a root, all when it is not known.
func (d *Diagnostic) Below(root ParamPath) (objects []ParamPath) {
	for _, o := range d.Objects {
		if o.Under(root) {
			objects = append(objects, o)
		}
	}
	return objects
}

// Arg returns an argument by its name, nil when there is none.
func (d *Diagnostic) Arg(name string) *DiagnosticArg {
	for i := range d.Args {
		if d.Args[i].Name == name {
			return &d.Args[i]
		}
	}
	return nil
}
