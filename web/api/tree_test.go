package api

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// plain turns a tree into what encoding/json would make of the same text: the slow
// and simple reader that parse is checked against. Later duplicates win there.
func plain(n *node) any {
	switch n.kind {
	case jsonObject:
		m := map[string]any{}
		for _, member := range n.members {
			m[member.name] = plain(member.value)
		}
		return m
	case jsonArray:
		list := []any{}
		for _, item := range n.items {
			list = append(list, plain(item))
		}
		return list
	case jsonString:
		return n.text
	case jsonNumber:
		return json.Number(n.text)
	case jsonBoolean:
		return n.text == "true"
	}
	return nil
}

// reference reads a text with encoding/json.
func reference(text string) (v any, err error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}

// document draws a JSON value of at most a few levels.
func document(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Float64Range(-1e300, 1e300), func(x float64) any { return x }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Just[any](nil),
	)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(document(depth-1), 0, 4), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(rapid.String(), document(depth-1), 0, 4), func(m map[string]any) any { return m }))
}

func TestParseAgreesWithEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(must(json.Marshal(document(3).Draw(t, "document"))))
		n, err := parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if want := must(reference(text)); !reflect.DeepEqual(plain(n), want) {
			t.Fatalf("%s: %#v, want %#v", text, plain(n), want)
		}
	})
}

func TestParseRefusesWhatEncodingJSONRefuses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(must(json.Marshal(document(2).Draw(t, "document"))))
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		text[at] = rapid.SampledFrom([]byte("{}[],:\"x0 \\\xff\x00")).Draw(t, "byte")
		_, err := parse(text)
		if err == nil && !json.Valid(text) {
			t.Fatalf("took %q", text)
		}
	})
}

// TestShapeNeverPassesWhatTheTypeRefuses posts random values in random fields: if
// the schema takes them, so must the type that they are read into.
func TestShapeNeverPassesWhatTheTypeRefuses(t *testing.T) {
	fields := []string{"orderNo", "kind", "seq", "dueBy", "service", "device", "line", "attributes", "callback", "subscriber"}
	inner := []string{"id", "mac", "vlan", "password", "access", "downKbps", "area", "x"}
	registry := orderRegistry()
	rapid.Check(t, func(t *rapid.T) {
		body := map[string]any{}
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(fields), rapid.ID[string]).Draw(t, "fields") {
			body[name] = rapid.OneOf(document(1),
				rapid.Map(rapid.MapOfN(rapid.SampledFrom(inner), document(1), 0, 3), func(m map[string]any) any { return m })).Draw(t, name)
		}
		order, err := decode[orderRequest](registry, must(json.Marshal(body)))
		if err == nil {
			order.request()
			return
		}
		if _, ok := err.(*shapeError); !ok {
			t.Fatalf("%v: %v", body, err)
		}
	})
}
