package tmf

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"itms"
)

// schemaFiles are the field lists of the standard's resources.
//
//go:embed schema/*.json
var schemaFiles embed.FS

// schema is the part of JSON Schema 2020-12 that the files use.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Format     string             `json:"format"`
	Enum       []string           `json:"enum"`
	Required   []string           `json:"required"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
}

// book is the schemas of one API.
type book map[string]*schema

// The books, each read when it is looked at first: most runs of the program look at none.
var (
	orderingBook   = lazyBook("serviceOrdering")
	servicesBook   = lazyBook("serviceInventory")
	resourcesBook  = lazyBook("resourceInventory")
	activationBook = lazyBook("activation")
)

// lazyBook reads a book once.
func lazyBook(name string) func() book {
	return sync.OnceValue(func() book { return mustReadBook(name) })
}

// mustReadBook reads an embedded file, which tests have read before.
func mustReadBook(name string) book {
	data, err := schemaFiles.ReadFile("schema/" + name + ".json")
	if err != nil {
		panic(err)
	}
	var file struct {
		Defs book `json:"$defs"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		panic(fmt.Errorf("schema %s: %w", name, err))
	}
	return file.Defs
}

// resolve follows a reference.
func (b book) resolve(s *schema) *schema {
	if s != nil && s.Ref != "" {
		return b[strings.TrimPrefix(s.Ref, "#/$defs/")]
	}
	return s
}

// has reports whether a resource has an attribute of that path, "a.b.c"; below what is
// free anything may be.
func (b book) has(resource string, path []string) bool {
	s := b[resource]
	for _, name := range path {
		if s.Items != nil {
			s = b.resolve(s.Items)
		}
		if s.Type == "" {
			return true
		}
		if s = b.resolve(s.Properties[name]); s == nil {
			return false
		}
	}
	return true
}

// inspection compares a document with a schema and gathers what is wrong. Its texts repeat
// no value: it may be a password.
type inspection struct {
	book   book
	closed bool // unknown members are refused
	fields []itms.FieldError
}

// maxWrong bounds the answer to a document that is nothing but errors.
const maxWrong = 50

// inspect returns what is wrong with a document.
func (b book) inspect(resource string, doc any, closed bool) []itms.FieldError {
	in := &inspection{book: b, closed: closed}
	in.check(b[resource], doc, "")
	return in.fields
}

// wrong notes one wrong place.
func (in *inspection) wrong(at, format string, args ...any) {
	if len(in.fields) < maxWrong {
		in.fields = append(in.fields, itms.FieldError{Pointer: at, Text: fmt.Sprintf(format, args...)})
	}
}

// check compares one value.
func (in *inspection) check(s *schema, v any, at string) {
	s = in.book.resolve(s)
	switch s.Type {
	case "object":
		if o, ok := v.(object); ok {
			in.object(s, o, at)
			return
		}
	case "array":
		if list, ok := v.([]any); ok {
			for i, one := range list {
				in.check(s.Items, one, at+"["+strconv.Itoa(i)+"]")
			}
			return
		}
	case "string":
		if text, ok := v.(string); ok {
			in.text(s, text, at)
			return
		}
	default:
		if s.Type == "" || in.plain(s.Type, v) {
			return
		}
	}
	in.wrong(at, "expected %s %s", articleOf(s.Type), s.Type)
}

// articleOf is "a" or "an".
func articleOf(word string) string {
	if strings.ContainsAny(word[:1], "aeiou") {
		return "an"
	}
	return "a"
}

// plain reports whether a number or a boolean is one.
func (in *inspection) plain(kind string, v any) bool {
	switch x := v.(type) {
	case bool:
		return kind == "boolean"
	case json.Number:
		_, err := x.Int64()
		return kind == "number" || kind == "integer" && err == nil
	}
	return false
}

// object checks members.
func (in *inspection) object(s *schema, o object, at string) {
	for _, name := range s.Required {
		if o[name] == nil {
			in.wrong(join(at, name), "is required")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		sub := s.Properties[name]
		switch {
		case sub != nil && o[name] != nil:
			in.check(sub, o[name], join(at, name))
		case sub == nil && in.closed:
			in.wrong(join(at, name), "is no attribute that may be given here")
		}
	}
}

// text checks a text.
func (in *inspection) text(s *schema, text, at string) {
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		in.wrong(at, "expected one of %s", strings.Join(s.Enum, ", "))
	}
	if s.Format == "date-time" {
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			in.wrong(at, "expected a time as in RFC 3339, e.g. 2026-12-01T00:00:00Z")
		}
	}
}

// join is the path of a member.
func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}
