package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Views that embed another one show its fields as their own. huma describes embedded
// fields of exported types only, so these say it themselves.
var (
	_ huma.SchemaTransformer = serviceView{}
	_ huma.SchemaTransformer = requestedView{}
	_ huma.SchemaTransformer = cableServedView{}
	_ huma.SchemaTransformer = keyedView{}
)

// TransformSchema adds the fields of the embedded view.
func (serviceView) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embedSchema(r, s, serviceSpecView{})
}

// TransformSchema adds the fields of the embedded view.
func (requestedView) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embedSchema(r, s, callView{})
}

// TransformSchema adds the fields of the embedded view.
func (cableServedView) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embedSchema(r, s, cableFileView{})
}

// TransformSchema adds the fields of the embedded view.
func (keyedView) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return embedSchema(r, s, tallyView{})
}

// embedSchema adds the fields of an embedded view to the schema of the outer one; a
// field that the outer one has by itself stays.
func embedSchema(r huma.Registry, outer *huma.Schema, embedded any) *huma.Schema {
	inner := huma.SchemaFromType(r, reflect.TypeOf(embedded))
	for name, field := range inner.Properties {
		if _, own := outer.Properties[name]; !own {
			outer.Properties[name] = field
		}
	}
	outer.Required = append(outer.Required, inner.Required...)
	return outer
}
