package tmf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"itms"
)

// Limits of a document.
const (
	// maxBody is the largest document: MaxItems items of 4 KiB, which is more than any
	// sender seen writes.
	maxBody = 512 << 10
	// maxDepth is how deep it may be nested; a characteristic of an item is five deep.
	maxDepth = 24
)

// object is a JSON object. Numbers are json.Number.
type object = map[string]any

// mediaTypes are those that documents come in.
var mediaTypes = map[string]bool{"application/json": true, "application/merge-patch+json": true, "": true}

// readDocument reads the document of a call.
func readDocument(r *http.Request) (object, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if header := r.Header.Get("Content-Type"); header != "" && err != nil || !mediaTypes[media] {
		return nil, itms.Errorf(itms.KindInvalid, codeMediaType, "expected application/json, for a change also application/merge-patch+json")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	return parseDocument(body)
}

// parseDocument reads one JSON object and nothing after it.
func parseDocument(body []byte) (object, error) {
	if !utf8.Valid(body) {
		return nil, malformed("the document is not UTF-8")
	}
	var doc object
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, malformed("the document is no JSON object: " + syntaxText(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("there is something behind the document")
	}
	if doc == nil {
		return nil, malformed("the document is no JSON object")
	}
	if depth(doc) > maxDepth {
		return nil, malformed(fmt.Sprintf("the document is nested deeper than %d levels", maxDepth))
	}
	return doc, nil
}

// syntaxText says where JSON ends to be JSON, without what stands there.
func syntaxText(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("at byte %d", syntax.Offset)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	return "it is something else"
}

// malformed is the error of a document that cannot be read at all.
func malformed(text string) error {
	return itms.Errorf(itms.KindInvalid, codeMalformed, "%s", text)
}

// depth is how deep a value is nested.
func depth(v any) int {
	deepest := 0
	switch x := v.(type) {
	case object:
		for _, one := range x {
			deepest = max(deepest, depth(one))
		}
	case []any:
		for _, one := range x {
			deepest = max(deepest, depth(one))
		}
	default:
		return 0
	}
	return deepest + 1
}

// text is a value as text: strings, numbers and booleans as they are, a {"value": …} by
// its value, the rest as JSON.
func text(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(x)
	case json.Number:
		return x.String()
	case bool:
		return fmt.Sprint(x)
	case object:
		if inner, ok := x["value"]; ok {
			return text(inner)
		}
	}
	b, err := json.Marshal(v)
	if err != nil { // values that were read from JSON can be written
		return ""
	}
	return string(b)
}

// things are the objects of a list; a single object is a list of one.
func things(v any) []object {
	switch x := v.(type) {
	case object:
		return []object{x}
	case []any:
		var list []object
		for _, one := range x {
			if o, ok := one.(object); ok {
				list = append(list, o)
			}
		}
		return list
	}
	return nil
}

// clone is a deep copy.
func clone(v any) any {
	switch x := v.(type) {
	case object:
		out := make(object, len(x))
		for name, one := range x {
			out[name] = clone(one)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, one := range x {
			out[i] = clone(one)
		}
		return out
	}
	return v
}

// plainWord brings a name into the form that names are compared in: without case and
// anything but letters and digits.
func plainWord(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + ('a' - 'A')
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 127:
			return r
		}
		return -1
	}, s)
}

// timeForms are those that senders write times in; without a zone it is UTC.
var timeForms = []string{time.RFC3339, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02"}

// readTime reads a time in any of the forms.
func readTime(s string) (time.Time, bool) {
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// timeText is how times are written.
func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// decodeStored reads a document that was stored.
func decodeStored(raw json.RawMessage) (object, error) {
	if len(raw) == 0 {
		return object{}, nil
	}
	doc := object{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "read a stored document").Because(err)
	}
	return doc, nil
}
