package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// The description tells of annexes too. Their paths are told with their base, and their
// schemas are called after them, since several have a "Service" of their own.

// describeAll renders the description with those of the annexes.
func (s *Server) describeAll() ([]byte, error) {
	text, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	var whole map[string]any
	for i := range s.opts.Annexes {
		a := &s.opts.Annexes[i]
		if a.Describe == nil {
			continue
		}
		if whole == nil {
			if err := json.Unmarshal(text, &whole); err != nil {
				return nil, fmt.Errorf("describe the API: %w", err)
			}
		}
		if err := a.addTo(whole); err != nil {
			return nil, fmt.Errorf("describe %s: %w", a.Base, err)
		}
	}
	if whole == nil {
		return text, nil
	}
	return json.Marshal(whole)
}

// annexDocument is what is taken over of the description of an annex.
type annexDocument struct {
	Info       struct{ Title string }
	Paths      map[string]map[string]map[string]any
	Components struct{ Schemas map[string]any }
}

// addTo adds the description of an annex to the whole.
func (a *Annex) addTo(whole map[string]any) error {
	text, err := a.Describe()
	if err != nil {
		return err
	}
	text = bytes.ReplaceAll(text, []byte(schemaPrefix), []byte(schemaPrefix+a.Name+"_"))
	var doc annexDocument
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	paths, schemas := whole["paths"].(map[string]any), whole["components"].(map[string]any)["schemas"].(map[string]any)
	for path, item := range doc.Paths {
		for _, op := range item {
			op["tags"] = []string{doc.Info.Title}
			op["security"] = []map[string][]string{{securityScheme: {}}, {sessionScheme: {}}}
		}
		paths[a.Base+strings.TrimSuffix(path, "/")] = item
	}
	for name, schema := range doc.Components.Schemas {
		schemas[a.Name+"_"+name] = schema
	}
	return nil
}
