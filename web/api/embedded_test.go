package api

import (
	"reflect"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// TestDescriptionHasEmbeddedFields looks for answers whose description lacks the fields
// of a view that they embed: huma leaves those of unexported types out by itself.
func TestDescriptionHasEmbeddedFields(t *testing.T) {
	registry := newFixture(t).server.api.OpenAPI().Components.Schemas
	embedding := 0
	for name, schema := range registry.Map() {
		view := registry.TypeFromRef("#/components/schemas/" + name)
		for view != nil && view.Kind() == reflect.Pointer {
			view = view.Elem()
		}
		if view == nil || view.Kind() != reflect.Struct {
			continue
		}
		for i := range view.NumField() {
			if f := view.Field(i); f.Anonymous && f.Type.Kind() == reflect.Struct {
				embedding++
				lacks(t, name, schema, f.Type)
			}
		}
	}
	if embedding == 0 {
		t.Error("no view embeds another: the test has lost its purpose")
	}
}

// lacks reports the fields of an embedded view that a schema has not.
func lacks(t *testing.T, name string, schema *huma.Schema, embedded reflect.Type) {
	for i := range embedded.NumField() {
		field, _, _ := strings.Cut(embedded.Field(i).Tag.Get("json"), ",")
		if field != "" && field != "-" && schema.Properties[field] == nil {
			t.Errorf("schema %s lacks %s, which it embeds", name, field)
		}
	}
}
