package workorder_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"itms/workorder"
)

// -write-docs rewrites the generated part of docs/orders.md instead of comparing it.
var writeDocs = flag.Bool("write-docs", false, "rewrite the generated part of docs/orders.md")

const (
	docsPage  = "../docs/orders.md"
	docsBegin = "<!-- generated from package workorder; a test keeps it in step -->\n"
	docsEnd   = "<!-- end of generated part -->\n"
)

// The page that operators read is drawn from the tables that the code runs.
func TestOrdersPageIsInStep(t *testing.T) {
	page, err := os.ReadFile(docsPage)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(page), docsBegin)
	_, tail, ok2 := strings.Cut(rest, docsEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no generated part", docsPage)
	}
	want := head + docsBegin + workorder.OrdersMarkdown() + docsEnd + tail
	if *writeDocs {
		if err := os.WriteFile(docsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Errorf("%s is not in step: go test ./workorder -run OrdersPage -write-docs", docsPage)
	}
}
