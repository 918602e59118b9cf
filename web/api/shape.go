package api

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// decode reads a body into T, strictly: unknown and repeated fields and values of
// a wrong type are refused, all of them at once, each with its pointer. What it
// checks against is the schema that /openapi.json publishes for T, so the two
// cannot differ. huma's own validation is not used: it takes field names in any
// case, cannot see repeated ones, and its dotted paths cannot be turned into
// pointers when a name has a dot.
//
// Words and required fields are left to the domain, which knows which kind of
// order needs what and says it better. Null is the same as leaving a field out.
//
// A *shapeError is returned together with all that could be read.
func decode[T any](registry huma.Registry, body []byte) (*T, error) {
	tree, err := parse(body)
	if err != nil {
		return nil, err
	}
	c := &shapeChecker{registry: registry}
	c.check(registry.Schema(reflect.TypeFor[T](), true, ""), tree, "")
	into := new(T)
	err = json.Unmarshal(body, into)
	if len(c.fields) > 0 {
		return into, &shapeError{c.fields}
	}
	if err != nil {
		return nil, fmt.Errorf("a body fits its schema but not its type: %w", err)
	}
	return into, nil
}

// shapeError lists the fields whose shape is wrong.
type shapeError struct{ fields []itms.FieldError }

// Error returns them in one line.
func (e *shapeError) Error() string { return e.problem().Error() }

// problem returns the domain's form of the error.
func (e *shapeError) problem() *itms.Error {
	return &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid,
		Text: fmt.Sprintf("the body has %d wrong field(s)", len(e.fields)), Fields: e.fields}
}

// covers reports whether a pointer is, or lies below, a field already complained of.
func (e *shapeError) covers(pointer string) bool {
	for _, f := range e.fields {
		if pointer == f.Pointer || strings.HasPrefix(pointer, f.Pointer+"/") {
			return true
		}
	}
	return false
}

// shapeChecker compares a tree with a schema and gathers what is wrong. Its texts
// never repeat a value: it may be a password.
type shapeChecker struct {
	registry huma.Registry
	fields   []itms.FieldError
}

// maxShapeErrors bounds the answer to a body that is nothing but errors.
const maxShapeErrors = 100

// wrong notes one wrong field.
func (c *shapeChecker) wrong(at, format string, args ...any) {
	if len(c.fields) < maxShapeErrors {
		c.fields = append(c.fields, itms.FieldError{Pointer: at, Text: fmt.Sprintf(format, args...)})
	}
}

// check compares one value.
func (c *shapeChecker) check(s *huma.Schema, n *node, at string) {
	for s.Ref != "" {
		s = c.registry.SchemaFromRef(s.Ref)
	}
	if want := expected(s); !accepts(want, n.kind) {
		c.wrong(at, "expected %s, got %s", article(want), article([]string{string(n.kind)}))
		return
	}
	s = branch(s, n.kind)
	switch n.kind {
	case jsonObject:
		c.object(s, n, at)
	case jsonArray:
		for i, item := range n.items {
			c.check(s.Items, item, at+"/"+strconv.Itoa(i))
		}
	case jsonString:
		c.format(s, n, at)
	case jsonNumber:
		c.number(s, n, at)
	}
}

// branch picks the part of a schema with choices that takes the kind.
func branch(s *huma.Schema, kind jsonKind) *huma.Schema {
	for _, one := range s.OneOf {
		if accepts([]string{one.Type}, kind) {
			return one
		}
	}
	return s
}

// expected lists the types a schema takes.
func expected(s *huma.Schema) []string {
	if len(s.OneOf) == 0 {
		return []string{s.Type}
	}
	var types []string
	for _, one := range s.OneOf {
		types = append(types, one.Type)
	}
	return types
}

// accepts reports whether one of the types is the kind.
func accepts(types []string, kind jsonKind) bool {
	for _, t := range types {
		if t == string(kind) || t == huma.TypeInteger && kind == jsonNumber {
			return true
		}
	}
	return false
}

// article puts types into words: "an object", "a string, a number or a boolean".
func article(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = "a " + t
		if t == string(jsonNull) {
			words[i] = t
		}
		if strings.ContainsAny(t[:1], "aeiou") {
			words[i] = "an " + t
		}
	}
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " or " + words[last]
	}
	return words[0]
}

// object checks the members of an object.
func (c *shapeChecker) object(s *huma.Schema, n *node, at string) {
	seen := map[string]bool{}
	for _, m := range n.members {
		pointer := at + "/" + escapePointer(m.name)
		if seen[m.name] {
			c.wrong(pointer, "appears more than once")
			continue
		}
		seen[m.name] = true
		sub := s.Properties[m.name]
		if sub == nil {
			sub, _ = s.AdditionalProperties.(*huma.Schema)
		}
		switch {
		case sub == nil:
			c.wrong(pointer, "is not a field of this document")
		case m.value.kind != jsonNull:
			c.check(sub, m.value, pointer)
		}
	}
}

// format checks a string.
func (c *shapeChecker) format(s *huma.Schema, n *node, at string) {
	var t time.Time
	if s.Format == "date-time" && t.UnmarshalText([]byte(n.text)) != nil {
		c.wrong(at, "expected a time as in RFC 3339, e.g. 2026-12-01T00:00:00Z")
	}
}

// number checks a number.
func (c *shapeChecker) number(s *huma.Schema, n *node, at string) {
	if s.Type != huma.TypeInteger {
		return
	}
	if _, err := strconv.ParseInt(n.text, 10, 64); err != nil {
		c.wrong(at, "expected a whole number of at most 64 bits, written without fraction or exponent")
	}
}

// pointerEscapes are the escapes of a JSON pointer's token (RFC 6901 §3).
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// escapePointer writes one token of a JSON pointer.
func escapePointer(name string) string { return pointerEscapes.Replace(name) }
