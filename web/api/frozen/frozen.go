// Package frozen compares two descriptions of an HTTP API (OpenAPI 3.1) and names what
// breaks its callers: whoever was written against the older one must not notice the newer.
//
// What breaks callers:
//
//   - a path, method, status of an answer, media type or header of an answer that is gone;
//   - another operationId; a call that needs credentials which it did not need;
//   - a parameter that is gone, is required now, or is written in another way;
//   - a body that is required now, or is read no more;
//   - in requests: a property that is gone or required now, a type, word or value that is
//     taken no more, a limit that is tighter, a format that is new or another, another default;
//   - in answers: a property that is gone or may be left out now, a type that is new, a format
//     that is gone or another, a list of words that is none any more.
//
// What does not: whatever is new and may be left out, prose, examples, and new words in answers:
// callers must take a state or a kind that they do not know for one they need not care for. That
// is told to them in the description. Limits of answers (lengths, ranges) are no promise either.
package frozen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Break is one thing that callers would notice.
type Break struct {
	Where string // e.g. "GET /api/v1/devices 200 application/json /items/0/mac"
	What  string // e.g. "is gone"
}

// String puts both into one line.
func (b Break) String() string { return b.Where + " " + b.What }

// Breaks returns what of the older description the newer one breaks, in the order of the
// paths. Errors: a text that is not JSON, or no description.
func Breaks(older, newer []byte) ([]Break, error) {
	was, err := read(older)
	if err != nil {
		return nil, fmt.Errorf("read the older description: %w", err)
	}
	is, err := read(newer)
	if err != nil {
		return nil, fmt.Errorf("read the newer description: %w", err)
	}
	c := &comparison{was: was, is: is, met: map[meeting]bool{}}
	c.paths()
	return c.breaks, nil
}

// read parses a description.
func read(text []byte) (object, error) {
	var doc object
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if doc.sub("paths") == nil {
		return nil, fmt.Errorf("no paths: this is no OpenAPI description")
	}
	return doc, nil
}

// prose are the members that no caller depends on.
var prose = []string{"description", "summary", "example", "examples", "title", "tags", "servers", "info"}

// Contract returns a description without its prose, indented, its members in the order of
// their names: what is worth keeping to compare with later. Errors as of Breaks.
func Contract(text []byte) ([]byte, error) {
	doc, err := read(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(bare(map[string]any(doc), false)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// named are the members whose own members are names that somebody chose: a property may be
// called "description".
var named = []string{"properties", "paths", "schemas", "responses", "content", "headers", "securitySchemes", "patternProperties"}

// bare copies a document without its prose.
func bare(v any, names bool) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, sub := range v {
			if !names && slices.Contains(prose, name) {
				continue
			}
			out[name] = bare(sub, !names && slices.Contains(named, name))
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, sub := range v {
			out[i] = bare(sub, false)
		}
		return out
	}
	return v
}

// object is a JSON object.
type object map[string]any

// sub is a member that is an object, nil when it is none.
func (o object) sub(name string) object {
	m, _ := o[name].(map[string]any)
	return m
}

// text is a member that is a text.
func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

// yes is a member that is true.
func (o object) yes(name string) bool {
	b, _ := o[name].(bool)
	return b
}

// list is a member that is a list.
func (o object) list(name string) []any {
	l, _ := o[name].([]any)
	return l
}

// names lists the members of an object in order.
func (o object) names() []string { return slices.Sorted(maps.Keys(o)) }

// comparison goes through both descriptions side by side.
type comparison struct {
	was, is object
	met     map[meeting]bool // pairs of schemas that were compared, or are being
	breaks  []Break
}

// meeting is a pair of named schemas, in requests or in answers.
type meeting struct {
	was, is string
	dir     direction
}

// direction says who writes what a schema describes.
type direction int

const (
	request direction = iota
	answer
)

// broken notes a break.
func (c *comparison) broken(where, format string, args ...any) {
	c.breaks = append(c.breaks, Break{where, fmt.Sprintf(format, args...)})
}

// methods are those of a path item.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}
