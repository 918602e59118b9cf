package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"itms"
)

// Limits of a request body.
const (
	maxBody  = 256 << 10 // a work order with 64 attributes of 1 KiB each is below 80 KiB
	maxDepth = 32        // levels of nesting; a work order has three
)

// jsonKind is the sort of a JSON value, in JSON Schema's words.
type jsonKind string

// The kinds, as JSON Schema names them.
const (
	jsonObject  jsonKind = "object"
	jsonArray   jsonKind = "array"
	jsonString  jsonKind = "string"
	jsonNumber  jsonKind = "number"
	jsonBoolean jsonKind = "boolean"
	jsonNull    jsonKind = "null"
)

// node is one JSON value of a body, with its object members in the order they came
// in and duplicates kept, which a Go map would lose.
type node struct {
	kind    jsonKind
	text    string // of a string, or a number's literal
	members []member
	items   []*node
}

// member is one name and value of an object.
type member struct {
	name  string
	value *node
}

// checkMediaType refuses bodies that say they are not JSON; saying nothing is fine.
func checkMediaType(header string) error {
	if header == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(header)
	if err == nil && (media == "application/json" || strings.HasSuffix(media, "+json")) {
		return nil
	}
	return itms.Errorf(itms.KindInvalid, codeMediaType, "expected Content-Type: application/json")
}

// parse reads one JSON text and nothing after it. What is not JSON at all fails as
// MALFORMED with the place; what the tree cannot hold is up to shape to refuse.
func parse(body []byte) (*node, error) {
	if err := checkSyntax(body); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	return (&treeReader{dec}).value(0)
}

// checkSyntax finds the first byte that is not JSON. The check comes before the
// tree is read since the token reader of encoding/json takes some wrong texts.
func checkSyntax(body []byte) error {
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			return malformed(body, int64(i)+1, "invalid UTF-8")
		}
		i += size
	}
	var whole json.RawMessage
	err := json.Unmarshal(body, &whole)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return malformed(body, syntax.Offset, syntax.Error())
	case err != nil:
		return malformed(body, int64(len(body)), err.Error())
	}
	return nil
}

// malformed reports where a body stops being JSON: offset is 1-based.
func malformed(body []byte, offset int64, text string) error {
	before := body[:max(0, min(offset-1, int64(len(body))))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - (bytes.LastIndexByte(before, '\n') + 1) + 1
	return itms.Errorf(itms.KindInvalid, codeMalformed, "the body is not JSON: %s at offset %d (line %d, column %d)",
		text, offset, line, column)
}

// treeReader builds nodes from tokens of a text that is known to be JSON.
type treeReader struct{ dec *json.Decoder }

// value reads one value.
func (t *treeReader) value(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, itms.Errorf(itms.KindInvalid, codeMalformed, "the body is nested deeper than %d levels", maxDepth)
	}
	tok, err := t.dec.Token()
	if err != nil {
		return nil, fmt.Errorf("read a checked JSON text: %w", err)
	}
	switch v := tok.(type) {
	case json.Delim:
		if v == '{' {
			return t.object(depth)
		}
		return t.array(depth)
	case string:
		return &node{kind: jsonString, text: v}, nil
	case json.Number:
		return &node{kind: jsonNumber, text: v.String()}, nil
	case bool:
		return &node{kind: jsonBoolean, text: fmt.Sprint(v)}, nil
	}
	return &node{kind: jsonNull}, nil
}

// object reads members up to the closing brace.
func (t *treeReader) object(depth int) (*node, error) {
	n := &node{kind: jsonObject}
	for t.dec.More() {
		name, err := t.dec.Token()
		if err != nil {
			return nil, fmt.Errorf("read a checked JSON text: %w", err)
		}
		value, err := t.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, member{fmt.Sprint(name), value})
	}
	return n, t.end()
}

// array reads items up to the closing bracket.
func (t *treeReader) array(depth int) (*node, error) {
	n := &node{kind: jsonArray}
	for t.dec.More() {
		item, err := t.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	return n, t.end()
}

// end takes the closing delimiter.
func (t *treeReader) end() error {
	if _, err := t.dec.Token(); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read a checked JSON text: %w", err)
	}
	return nil
}
