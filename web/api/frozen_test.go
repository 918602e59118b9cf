package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"itms/web/api/frozen"
)

var breaking = flag.Bool("break", false, "with -update: freeze the description although it breaks callers of the one before")

// frozenDescription is what callers were promised: the description of the first version of
// the API and of all that was added to it since.
var frozenDescription = filepath.Join("testdata", "openapi-v1.json")

// TestDescriptionBreaksNoCaller holds the served description against the frozen one. What is
// new is frozen by: go test ./web/api -run Description -update; that refuses what breaks
// callers, unless -break is given, which is for a new version of the API.
func TestDescriptionBreaksNoCaller(t *testing.T) {
	served := []byte(newFixture(t).call("", "GET", "/openapi.json", "").is(200).body)
	kept, err := os.ReadFile(frozenDescription)
	if err != nil && !(*update && *breaking) {
		t.Fatal(err)
	}
	if err == nil {
		breaks, err := frozen.Breaks(kept, served)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range breaks {
			if !*breaking {
				t.Error(b)
			}
		}
	}
	if *update && !t.Failed() {
		freeze(t, served)
	}
}

// freeze keeps a description.
func freeze(t *testing.T, served []byte) {
	t.Helper()
	contract, err := frozen.Contract(served)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(frozenDescription, contract, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestDescriptionIsFrozenWhole fails when calls or fields were added and not frozen: they
// could be taken away again unseen.
func TestDescriptionIsFrozenWhole(t *testing.T) {
	served := []byte(newFixture(t).call("", "GET", "/openapi.json", "").is(200).body)
	if *update && !t.Failed() {
		return // the test before writes it
	}
	contract, err := frozen.Contract(served)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(frozenDescription)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(contract, kept) {
		t.Errorf("%s lacks what is new: go test ./web/api -run Description -update", frozenDescription)
	}
}

// exampleOf is one example of the description with its schema.
type exampleOf struct {
	where   string
	media   string
	schema  *huma.Schema
	example any
	mode    huma.ValidateMode
}

// examples lists those of requests and of successful answers.
func examples(s *Server) (list []exampleOf) {
	for path, item := range s.api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete, "PATCH": item.Patch} {
			if op == nil {
				continue
			}
			where := method + " " + path
			if op.RequestBody != nil {
				for media, c := range op.RequestBody.Content {
					list = append(list, exampleOf{where + " body " + media, media, c.Schema, c.Example, huma.ModeWriteToServer})
				}
			}
			for status, response := range op.Responses {
				for media, c := range response.Content {
					list = append(list, exampleOf{where + " " + status + " " + media, media, c.Schema, c.Example, huma.ModeReadFromServer})
				}
			}
		}
	}
	return list
}

// TestDescriptionHasGoodExamples: each request and each answer has an example, and it is what
// the schema says.
func TestDescriptionHasGoodExamples(t *testing.T) {
	s := newFixture(t).server
	all := examples(s)
	for _, e := range all {
		if e.example == nil {
			t.Errorf("%s has no example", e.where)
			continue
		}
		if e.media == ndjsonMedia {
			for line := range strings.Lines(e.example.(string)) {
				e.example = json.RawMessage(line)
				for _, err := range unfit(t, s.api.OpenAPI().Components.Schemas, e) {
					t.Errorf("%s: %v", e.where, err)
				}
			}
			continue
		}
		if !strings.HasSuffix(e.media, "json") {
			if text, ok := e.example.(string); !ok || text == "" {
				t.Errorf("%s: the example is %T", e.where, e.example)
			}
			continue
		}
		for _, err := range unfit(t, s.api.OpenAPI().Components.Schemas, e) {
			t.Errorf("%s: %v", e.where, err)
		}
	}
	if len(all) < 400 {
		t.Errorf("only %d examples were looked at", len(all))
	}
}

// unfit is what an example has that its schema does not allow.
func unfit(t *testing.T, registry huma.Registry, e exampleOf) []error {
	t.Helper()
	text, err := json.Marshal(e.example)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	result := &huma.ValidateResult{}
	huma.Validate(registry, e.schema, huma.NewPathBuffer(nil, 0), e.mode, value, result)
	return result.Errors
}

// TestUnfitExamplesAreSeen proves that the test above can fail.
func TestUnfitExamplesAreSeen(t *testing.T) {
	s := newFixture(t).server
	schema := schemaOf[orderView](s.api)
	for _, wrong := range []any{map[string]any{}, map[string]any{"orderNo": 1}, []any{}, "x"} {
		if len(unfit(t, s.api.OpenAPI().Components.Schemas, exampleOf{schema: schema, example: wrong, mode: huma.ModeReadFromServer})) == 0 {
			t.Errorf("%v passes", wrong)
		}
	}
}
