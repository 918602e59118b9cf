package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"itms"
)

// description returns the published document.
func description(t *testing.T, f *fixture) map[string]any {
	t.Helper()
	a := f.call("", "GET", "/openapi.json", "").is(200)
	if got := a.header.Get("Content-Type"); got != "application/openapi+json" {
		t.Errorf("Content-Type %q", got)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(a.body), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// at walks down a document.
func at(doc any, path ...string) any {
	for _, name := range path {
		m, ok := doc.(map[string]any)
		if !ok {
			return nil
		}
		doc = m[name]
	}
	return doc
}

// operations calls fn for each operation.
func operations(doc map[string]any, fn func(name string, op map[string]any)) {
	for path, item := range doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			fn(strings.ToUpper(method)+" "+path, op.(map[string]any))
		}
	}
}

func TestDescriptionIsOpenAPI31(t *testing.T) {
	doc := description(t, newFixture(t, func(o *Options) { o.PublicURL = "https://itms.example.com" }))
	if doc["openapi"] != "3.1.0" || at(doc, "info", "version") != "1.2.3" || at(doc, "info", "title") != "itms" {
		t.Errorf("head: %v %v", doc["openapi"], doc["info"])
	}
	if got := fmt.Sprint(doc["servers"]); got != "[map[url:https://itms.example.com]]" {
		t.Errorf("servers %s", got)
	}
	if at(doc, "components", "securitySchemes", securityScheme, "scheme") != "bearer" {
		t.Error("no bearer scheme")
	}
}

func TestDescriptionListsEveryCall(t *testing.T) {
	doc := description(t, newFixture(t))
	var got, want []string
	operations(doc, func(name string, _ map[string]any) { got = append(got, name) })
	for _, row := range matrix {
		want = append(want, row.method+" "+row.path)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestEveryOperationIsExplained(t *testing.T) {
	doc := description(t, newFixture(t))
	seen := map[string]string{}
	operations(doc, func(name string, op map[string]any) {
		for _, field := range []string{"summary", "description", "operationId"} {
			if op[field] == nil || op[field] == "" {
				t.Errorf("%s has no %s", name, field)
			}
		}
		id := fmt.Sprint(op["operationId"])
		if seen[id] != "" {
			t.Errorf("%s and %s are both %s", name, seen[id], id)
		}
		seen[id] = name
		if len(op["tags"].([]any)) != 1 {
			t.Errorf("%s: tags %v", name, op["tags"])
		}
	})
}

func TestEveryAnswerHasASchemaAndAnExample(t *testing.T) {
	doc := description(t, newFixture(t))
	operations(doc, func(name string, op map[string]any) {
		success := false
		for status, response := range op["responses"].(map[string]any) {
			success = success || status[0] == '2'
			content, _ := at(response, "content").(map[string]any)
			if status == "204" {
				if len(content) != 0 {
					t.Errorf("%s has a body", name)
				}
				continue
			}
			if len(content) != 1 && name != "GET /api/v1/traces/{id}/download" && name != "GET "+zeroTouchPath && !strings.HasSuffix(name, "/export") { // which have two forms
				t.Errorf("%s %s: content %v", name, status, content)
			}
			for media, body := range content {
				if at(body, "schema") == nil || at(body, "example") == nil {
					t.Errorf("%s %s %s lacks schema or example", name, status, media)
				}
				if problem := media == problemType; problem == (status[0] == '2') {
					t.Errorf("%s %s is %s", name, status, media)
				}
			}
		}
		if !success {
			t.Errorf("%s: no success", name)
		}
	})
}

func TestEveryParameterIsExplained(t *testing.T) {
	doc := description(t, newFixture(t))
	operations(doc, func(name string, op map[string]any) {
		params, _ := op["parameters"].([]any)
		for _, p := range params {
			if at(p, "description") == nil || at(p, "schema") == nil {
				t.Errorf("%s: %v", name, p)
			}
		}
	})
}

// refs gathers every $ref of a document.
func refs(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, sub := range v {
			if name == "$ref" {
				into[sub.(string)] = true
			}
			refs(sub, into)
		}
	case []any:
		for _, sub := range v {
			refs(sub, into)
		}
	}
}

func TestReferencesHoldAndNothingIsLeftOver(t *testing.T) {
	doc := description(t, newFixture(t))
	used := map[string]bool{}
	refs(doc, used)
	schemas := at(doc, "components", "schemas").(map[string]any)
	for ref := range used {
		if schemas[strings.TrimPrefix(ref, schemaPrefix)] == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	}
	for name := range schemas {
		if !used[schemaPrefix+name] && name != "Event" { // Event is what a stream's data lines are
			t.Errorf("schema %s is used nowhere", name)
		}
		if strings.Contains(name, "View") || strings.HasPrefix(name, "Error") {
			t.Errorf("schema %s is named after our code", name)
		}
	}
}

func TestOnlyHealthIsOpen(t *testing.T) {
	doc := description(t, newFixture(t))
	operations(doc, func(name string, op map[string]any) {
		open := strings.HasSuffix(name, "/healthz") || strings.HasSuffix(name, "/readyz") || strings.HasSuffix(name, "/sign-in")
		if (op["security"] == nil) != open {
			t.Errorf("%s: security %v", name, op["security"])
		}
	})
}

func TestPasswordsAreDescribedAsWriteOnly(t *testing.T) {
	doc := description(t, newFixture(t))
	for name, schema := range at(doc, "components", "schemas").(map[string]any) {
		properties, _ := at(schema, "properties").(map[string]any)
		for property, s := range properties {
			oneTime := property == "password" && (name == "NewUser" || name == "OneTime") // shown once to who made it
			if strings.Contains(strings.ToLower(property), "password") && at(s, "type") == "string" && !oneTime && at(s, "writeOnly") != true {
				t.Errorf("%s.%s is not write-only", name, property)
			}
		}
	}
	op := at(doc, "paths", ordersPath, "post", "requestBody", "content", "application/json", "schema", "$ref")
	if op != schemaPrefix+"OrderRequest" {
		t.Errorf("the body of a work order is %v", op)
	}
}

func TestTheExampleOrderIsTaken(t *testing.T) {
	f := newFixture(t)
	doc := description(t, f)
	example, err := json.Marshal(at(doc, "paths", ordersPath, "post", "requestBody", "content", "application/json", "example"))
	if err != nil {
		t.Fatal(err)
	}
	f.call(itms.RoleBSS, "POST", ordersPath, string(example)).is(201)
}

func TestDescriptionListsTheWords(t *testing.T) {
	doc := description(t, newFixture(t))
	words := at(doc, "components", "schemas", "Order", "properties", "state", "enum").([]any)
	if len(words) != len(itms.OrderStates) || words[0] != "received" {
		t.Errorf("%v", words)
	}
}
