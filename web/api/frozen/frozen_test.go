package frozen

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// base is a small description with one of everything.
const base = `{"openapi":"3.1.0","info":{"title":"x"},"paths":{
 "/boxes":{
  "get":{"operationId":"list","security":[{"token":[]}],"description":"prose",
   "parameters":[{"in":"query","name":"q","description":"prose","schema":{"type":"string","enum":["a","b"],"default":"a"}},
                 {"in":"query","name":"n","explode":false,"schema":{"type":"integer","minimum":1,"maximum":9}}],
   "responses":{"200":{"headers":{"Location":{"schema":{"type":"string"}}},"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Box"},"example":{"mac":"x"}}}},
                "404":{"description":"none"}}},
  "post":{"operationId":"add","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Box"}},"text/csv":{"schema":{"type":"string"}}}},
   "responses":{"201":{"description":"stored"}}}}},
 "components":{"schemas":{"Box":{"type":"object","required":["mac"],"additionalProperties":false,"properties":{
   "mac":{"type":"string","format":"mac","maxLength":17},"count":{"type":"integer"},"rate":{"type":"number"},"state":{"type":"string","enum":["new","old"]},
   "title":{"type":["string","null"]},"parts":{"type":"array","items":{"$ref":"#/components/schemas/Box"}},
   "either":{"oneOf":[{"type":"string"},{"type":"number"}]},"free":{"type":"object","additionalProperties":{"type":"string"}},"text":{"type":"string"}}}}}}`

// edited is base with one member set, or removed by nil.
func edited(t *testing.T, path string, value any) []byte {
	t.Helper()
	var doc any
	if err := json.Unmarshal([]byte(base), &doc); err != nil {
		t.Fatal(err)
	}
	steps := strings.Split(path, ">")
	at := doc
	for _, step := range steps[:len(steps)-1] {
		if list, ok := at.([]any); ok {
			at = list[int(step[0]-'0')]
			continue
		}
		next, ok := at.(map[string]any)[step]
		if !ok {
			t.Fatalf("base has no %s of %s", step, path)
		}
		at = next
	}
	last := steps[len(steps)-1]
	switch v := at.(type) {
	case []any:
		v[int(last[0]-'0')] = value
	case map[string]any:
		if v[last] = value; value == nil {
			delete(v, last)
		}
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Where things of base are.
const (
	list  = "paths>/boxes>get>"
	add   = "paths>/boxes>post>"
	box   = "components>schemas>Box>"
	field = box + "properties>"
)

// in is the prefix of what the body of the post breaks, out that of the answer of the get.
const (
	in  = "POST /boxes body application/json"
	out = "GET /boxes 200 application/json"
)

func TestBreaks(t *testing.T) {
	type m = map[string]any
	str, num := m{"type": "string"}, m{"type": "number"}
	for _, c := range []struct {
		name, path string
		value      any
		want       []string
	}{
		{"path", "paths>/boxes", nil, []string{"GET /boxes is gone", "POST /boxes is gone"}},
		{"method", add[:len(add)-1], nil, []string{"POST /boxes is gone"}},
		{"operationId", list + "operationId", "all", []string{`GET /boxes has another operationId, "all" instead of "list"`}},
		{"credentials", add + "security", []any{m{"token": []any{}}}, []string{"POST /boxes needs credentials now"}},
		{"other credentials", list + "security>0", m{"cookie": []any{}}, []string{"GET /boxes takes other credentials"}},
		{"status", list + "responses>404", nil, []string{"GET /boxes 404 is answered no more"}},
		{"success", list + "responses>200", nil, []string{"GET /boxes 200 is answered no more"}},
		{"media of an answer", list + "responses>200>content", m{"text/plain": m{}}, []string{out + " is gone"}},
		{"header of an answer", list + "responses>200>headers", m{}, []string{"GET /boxes 200 header Location is gone"}},
		{"parameter", list + "parameters>0", m{"in": "query", "name": "p", "schema": str}, []string{"GET /boxes query q is gone"}},
		{"parameter in another place", list + "parameters>0>in", "header", []string{"GET /boxes query q is gone"}},
		{"required parameter", list + "parameters>0>required", true, []string{"GET /boxes query q is required now"}},
		{"new required parameter", add + "parameters", []any{m{"in": "query", "name": "z", "required": true, "schema": str}}, []string{"POST /boxes query z is new and required"}},
		{"style of a parameter", list + "parameters>1>explode", true, []string{"GET /boxes query n is written in another way"}},
		{"type of a parameter", list + "parameters>1>schema>type", "string", []string{"GET /boxes query n takes no integer any more"}},
		{"word of a parameter", list + "parameters>0>schema>enum", []any{"a"}, []string{"GET /boxes query q does not take b any more"}},
		{"default of a parameter", list + "parameters>0>schema>default", "b", []string{"GET /boxes query q has another default, b instead of a"}},
		{"limit of a parameter", list + "parameters>1>schema>maximum", 5, []string{"GET /boxes query n has a tighter maximum, 5"}},
		{"lower limit", list + "parameters>1>schema>minimum", 2, []string{"GET /boxes query n has a tighter minimum, 2"}},
		{"pattern", list + "parameters>0>schema>pattern", "^a", []string{"GET /boxes query q has another pattern"}},
		{"unique items", list + "parameters>0>schema>uniqueItems", true, []string{"GET /boxes query q takes no repeated items any more"}},
		{"body", add + "requestBody", nil, []string{"POST /boxes body is read no more"}},
		{"required body", add + "requestBody>required", true, []string{"POST /boxes body is required now"}},
		{"media of a body", add + "requestBody>content>text/csv", nil, []string{"POST /boxes body text/csv is gone"}},
		{"property", field + "count", nil, []string{out + "/count is gone", in + "/count is gone"}},
		{"required property", box + "required", []any{"mac", "text"}, []string{in + "/text is required now"}},
		{"optional property", box + "required", []any{}, []string{out + "/mac may be left out now"}},
		{"type", field + "text>type", "boolean", []string{out + "/text may be boolean now", in + "/text takes no string any more"}},
		{"wider type", field + "text>type", []any{"string", "null"}, []string{out + "/text may be null now"}},
		{"narrower type", field + "title>type", "string", []string{in + "/title takes no null any more"}},
		{"wider number", field + "count>type", "number", []string{out + "/count may be number now"}},
		{"narrower number", field + "rate>type", "integer", []string{in + "/rate takes no number any more"}},
		{"no type", field + "text", m{}, []string{out + "/text may be any type now"}},
		{"format", field + "mac>format", "eui", []string{out + `/mac has another format, "eui" instead of "mac"`, in + `/mac has another format, "eui" instead of "mac"`}},
		{"new format", field + "text>format", "date-time", []string{in + `/text has another format, "date-time" instead of ""`}},
		{"format gone", field + "mac>format", nil, []string{out + `/mac has another format, "" instead of "mac"`}},
		{"word", field + "state>enum", []any{"new"}, []string{in + "/state does not take old any more"}},
		{"no words", field + "state>enum", nil, []string{out + "/state has no list of words any more"}},
		{"words only", field + "text>enum", []any{"x"}, []string{in + "/text takes listed words only"}},
		{"limit", field + "mac>maxLength", 12, []string{in + "/mac has a tighter maxLength, 12"}},
		{"new limit", field + "text>minLength", 1, []string{in + "/text has a tighter minLength, 1"}},
		{"items", field + "parts>items", str, []string{out + "/parts/- may be string now", in + "/parts/- takes no object any more"}},
		{"fewer alternatives", field + "either>oneOf", []any{str}, []string{in + "/either alternative 1 of oneOf fits none any more"}},
		{"more alternatives", field + "either>oneOf", []any{str, num, m{"type": "boolean"}}, []string{out + "/either alternative 2 of oneOf fits none any more"}},
		{"members of a map", field + "free>additionalProperties", m{"type": "boolean"}, []string{out + "/free/* may be boolean now", in + "/free/* takes no string any more"}},
		{"closed map", field + "free>additionalProperties", false, []string{in + "/free takes no other members any more"}},
		{"parts", field + "either>allOf", []any{str}, []string{out + "/either is composed of other parts", in + "/either is composed of other parts"}},
		{"hidden", field + "text>writeOnly", true, []string{out + "/text is not shown any more"}},
		{"refused", field + "text>readOnly", true, []string{in + "/text is not taken any more"}},

		{"new path", "paths>/new", m{"get": m{"operationId": "n", "responses": m{}}}, nil},
		{"new method", "paths>/boxes>put", m{"operationId": "p", "responses": m{}}, nil},
		{"new status", list + "responses>409", m{}, nil},
		{"new optional parameter", add + "parameters", []any{m{"in": "query", "name": "z", "schema": str}}, nil},
		{"new property", field + "new", str, nil},
		{"new media", add + "requestBody>content>text/plain", m{}, nil},
		{"new word of both", field + "state>enum", []any{"new", "old", "lost"}, nil},
		{"looser limit", field + "mac>maxLength", 20, nil},
		{"prose", list + "description", "other prose", nil},
		{"example", list + "responses>200>content>application/json>example", "y", nil},
		{"open object", box + "additionalProperties", true, nil},
		{"no credentials", list + "security", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			breaks, err := Breaks([]byte(base), edited(t, c.path, c.value))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, b := range breaks {
				got = append(got, b.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestNothingBreaksItself(t *testing.T) {
	contract, err := Contract([]byte(base))
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]string{{base, base}, {base, string(contract)}, {string(contract), base}} {
		if breaks, err := Breaks([]byte(pair[0]), []byte(pair[1])); err != nil || len(breaks) > 0 {
			t.Errorf("%v %v", breaks, err)
		}
	}
}

func TestContractHasNoProse(t *testing.T) {
	contract, err := Contract([]byte(base))
	if err != nil {
		t.Fatal(err)
	}
	text := string(contract)
	if strings.Contains(text, "prose") || strings.Contains(text, `"example"`) || strings.Contains(text, `"info"`) {
		t.Errorf("prose in %s", text)
	}
	if !strings.Contains(text, `"title": {`) {
		t.Error("a property that is called title is gone")
	}
	again, err := Contract(contract)
	if err != nil || string(again) != text {
		t.Errorf("not the same again: %v", err)
	}
}

func TestWhatIsNoDescription(t *testing.T) {
	for _, text := range []string{"", "x", "[]", "{}", `{"paths":1}`} {
		if _, err := Breaks([]byte(text), []byte(base)); err == nil {
			t.Errorf("%q is taken for a description", text)
		}
		if _, err := Breaks([]byte(base), []byte(text)); err == nil {
			t.Errorf("%q is taken for a description", text)
		}
		if _, err := Contract([]byte(text)); err == nil {
			t.Errorf("%q has a contract", text)
		}
	}
}

func TestChainsOfReferencesEnd(t *testing.T) {
	circle := strings.ReplaceAll(base, `"text":{"type":"string"}`, `"text":{"$ref":"#/components/schemas/A"}`)
	circle = strings.Replace(circle, `"schemas":{`, `"schemas":{"A":{"$ref":"#/components/schemas/A"},`, 1)
	if _, err := Breaks([]byte(circle), []byte(circle)); err != nil {
		t.Error(err)
	}
}
