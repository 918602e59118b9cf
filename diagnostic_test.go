package itms_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"itms"
)

// -write-docs rewrites the table of tests in docs/operations.md instead of comparing it.
var writeDocs = flag.Bool("write-docs", false, "rewrite the table of tests in docs/operations.md")

// testsPage draws the table of tests for people.
func testsPage() string {
	var b strings.Builder
	b.WriteString("| kind | what it finds out | arguments (usual value) | values | tables |\n|---|---|---|---|---|\n")
	names := func(fields []itms.DiagnosticField) string {
		var list []string
		for _, f := range fields {
			list = append(list, "`"+f.Name+"`")
		}
		return strings.Join(list, ", ")
	}
	for _, d := range itms.Diagnostics {
		var arguments, tables []string
		for _, a := range d.Args {
			text := "`" + a.Name + "`"
			switch {
			case a.Required:
				text = "**" + text + "**"
			case a.Default != "":
				text += " (" + a.Default + ")"
			}
			arguments = append(arguments, text)
		}
		for _, table := range d.Tables {
			tables = append(tables, "`"+table.Name+"`: "+names(table.Fields))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", d.Kind, d.Help, strings.Join(arguments, ", "), names(d.Results), strings.Join(tables, "; "))
	}
	return b.String()
}

// The table that operators read is drawn from the one that the code runs.
func TestDiagnosticsPageIsInStep(t *testing.T) {
	const path, begin, end = "docs/operations.md", "<!-- the table of tests is generated; a test keeps it in step -->\n", "<!-- end of the table of tests -->\n"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(page), begin)
	_, tail, also := strings.Cut(rest, end)
	if !ok || !also {
		t.Fatalf("%s has no table of tests", path)
	}
	want := head + begin + testsPage() + end + tail
	if *writeDocs {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Errorf("%s is not in step: go test . -run DiagnosticsPage -write-docs", path)
	}
}

func TestDiagnosticsTable(t *testing.T) {
	seen := map[itms.TaskKind]bool{}
	for _, d := range itms.Diagnostics {
		if seen[d.Kind] || !slices.Contains(itms.TaskKinds, d.Kind) || itms.LookupDiagnostic(d.Kind).Kind != d.Kind || !strings.HasPrefix(string(d.Kind), "diagnose") {
			t.Errorf("kind %s", d.Kind)
		}
		seen[d.Kind] = true
		fields, names := d.Results, map[string]bool{}
		for _, table := range d.Tables {
			fields = append(slices.Clone(fields), itms.DiagnosticField{Name: table.Name})
		}
		for _, f := range fields {
			if names[f.Name] {
				t.Errorf("%s has two values %s", d.Kind, f.Name)
			}
			names[f.Name] = true
		}
		for i, a := range d.Args {
			if d.Arg(a.Name) != &d.Args[i] {
				t.Errorf("%s has two arguments %s", d.Kind, a.Name)
			}
			if a.Required && a.Default != "" || a.Help == "" {
				t.Errorf("%s: argument %+v", d.Kind, a)
			}
		}
		for _, root := range []itms.ParamPath{"Device.", "InternetGatewayDevice."} {
			for _, o := range d.Below(root) {
				if !o.Under(root) || !o.IsObject() || !(o + "X").IsVolatile() {
					t.Errorf("%s: object %s of %s", d.Kind, o, root)
				}
			}
		}
	}
	for _, kind := range itms.TaskKinds {
		if strings.HasPrefix(string(kind), "diagnose") != seen[kind] {
			t.Errorf("kind %s has no test", kind)
		}
	}
	if itms.LookupDiagnostic(itms.TaskGet) != nil || itms.Diagnostics[0].Arg("nothing") != nil {
		t.Error("something was found that is not there")
	}
}

func TestPhaseOfDiagnostic(t *testing.T) {
	for state, want := range map[string]itms.DiagnosticPhase{"": itms.DiagnosticIdle, "None": itms.DiagnosticIdle, "Canceled": itms.DiagnosticIdle,
		"Requested": itms.DiagnosticRunning, "InProgress": itms.DiagnosticRunning, "Complete": itms.DiagnosticDone, " completed ": itms.DiagnosticDone,
		"Error": itms.DiagnosticFailed, "Error_NoRouteToHost": itms.DiagnosticFailed, "error_internal": itms.DiagnosticFailed} {
		if got := itms.PhaseOfDiagnostic(state); got != want {
			t.Errorf("%q: %d, want %d", state, got, want)
		}
	}
}
