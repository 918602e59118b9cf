package api

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// consoleDescription is the copy of the description that the console's client is
// generated from.
var consoleDescription = filepath.Join("..", "ui", "openapi.json")

// TestTheConsolesDescriptionIsTheServedOne keeps the copy in step:
// go test ./web/api -run Description -update writes it anew.
func TestTheConsolesDescriptionIsTheServedOne(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Version, o.Node = "0", "" })
	served := f.call("", "GET", "/openapi.json", "").is(200)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(served.body), "", " "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	if *update {
		if err := os.WriteFile(consoleDescription, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(consoleDescription)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, pretty.Bytes()) {
		t.Errorf("%s is not what is served: go test ./web/api -run Description -update", consoleDescription)
	}
}
