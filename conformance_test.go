package itms_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// conformanceRow is a row of docs/conformance.md that names tests: packages and tests.
var conformanceRow = regexp.MustCompile("(?m)^\\|.*\\| (`[a-z/]+`(?:, `[a-z/]+`)*) \\| (.*) \\|$")

// testName is one test within such a row, packageName one of the packages.
var (
	testName    = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	packageName = regexp.MustCompile("`([a-z/]+)`")
)

// TestConformanceNamesTests: each rule of the page has tests, and they exist.
func TestConformanceNamesTests(t *testing.T) {
	page, err := os.ReadFile("docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := conformanceRow.FindAllStringSubmatch(string(page), -1)
	if len(rows) < 50 {
		t.Fatalf("%d rows only", len(rows))
	}
	sources := map[string]string{}
	for _, row := range rows {
		source := ""
		for _, name := range packageName.FindAllStringSubmatch(row[1], -1) {
			if sources[name[1]] == "" {
				sources[name[1]] = testsOf(t, name[1])
			}
			source += sources[name[1]]
		}
		names := testName.FindAllStringSubmatch(row[2], -1)
		if len(names) == 0 {
			t.Errorf("no test in %s", row[0])
		}
		for _, name := range names {
			if !strings.Contains(source, "func "+name[1]+"(") {
				t.Errorf("%s has no %s", row[1], name[1])
			}
		}
	}
}

// quirkRow is a row of the page that says by which quirks of cpesim it is tried.
var quirkRow = regexp.MustCompile("(?m)^\\|[^|]*\\|[^|]*\\| (`[^|]*`) \\| `[a-z/]+` \\| `Test")

// quirkName is one of those quirks, on the page and where cpesim names it.
var (
	quirkName     = regexp.MustCompile("`([a-z0-9-]+)`")
	simulatedName = regexp.MustCompile(`(?m)^\tquirk[A-Za-z0-9]+ *= "([a-z0-9-]+)"$`)
)

// TestConformanceNamesQuirks: the page names every quirk of cpesim, and no other.
func TestConformanceNamesQuirks(t *testing.T) {
	page, err := os.ReadFile("docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("cmd/cpesim/sim/quirk*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no quirks: %v", err)
	}
	shown, simulated := map[string]bool{}, map[string]bool{}
	for _, row := range quirkRow.FindAllSubmatch(page, -1) {
		for _, name := range quirkName.FindAllSubmatch(row[1], -1) {
			shown[string(name[1])] = true
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range simulatedName.FindAllSubmatch(text, -1) {
			simulated[string(name[1])] = true
		}
	}
	if len(simulated) < 90 {
		t.Fatalf("%d quirks only", len(simulated))
	}
	for name := range shown {
		if !simulated[name] {
			t.Errorf("there is no quirk %s", name)
		}
	}
	for name := range simulated {
		if !shown[name] {
			t.Errorf("the quirk %s is not shown", name)
		}
	}
}

// testsOf reads the tests of a package.
func testsOf(t *testing.T, dir string) string {
	t.Helper()
	if dir == "itms" {
		dir = "."
	}
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
