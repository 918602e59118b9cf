package api

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"itms"
)

func TestParseKeepsOrderDuplicatesAndLiterals(t *testing.T) {
	n, err := parse([]byte(`{"b":1.50,"a":[true,null,"x"],"b":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range n.members {
		names = append(names, m.name)
	}
	if got := strings.Join(names, " "); got != "b a b" {
		t.Errorf("members %q", got)
	}
	if v := n.members[0].value; v.kind != jsonNumber || v.text != "1.50" {
		t.Errorf("number %+v", v)
	}
	items := n.members[1].value.items
	if items[0].kind != jsonBoolean || items[0].text != "true" || items[1].kind != jsonNull || items[2].text != "x" {
		t.Errorf("items %+v %+v %+v", items[0], items[1], items[2])
	}
}

func TestParseSaysWhereItIsNotJSON(t *testing.T) {
	for body, where := range map[string]string{
		`{"a":1,}`:               "offset 8 (line 1, column 8)",
		"{\n\"a\": tru\n}":       "offset 11 (line 2, column 9)",
		`{"a":1} x`:              "offset 9 (line 1, column 9)",
		`{"a":1}{"a":2}`:         "offset 8 (line 1, column 8)",
		"{\"a\":\"\xff\"}":       "offset 7 (line 1, column 7)",
		`{'a':1}`:                "offset 2 (line 1, column 2)",
		`[1,2`:                   "offset 4 (line 1, column 4)",
		"{\"a\":\n\n  \"b\tc\"}": "offset 12 (line 3, column 5)",
		`NaN`:                    "offset 1 (line 1, column 1)",
		`{"a":01}`:               "offset 7 (line 1, column 7)",
		`// x`:                   "offset 1 (line 1, column 1)",
		"\ufeff{}":               "offset 1 (line 1, column 1)",
	} {
		_, err := parse([]byte(body))
		var e *itms.Error
		if !errors.As(err, &e) || e.Code != codeMalformed {
			t.Errorf("%q: %v", body, err)
			continue
		}
		if !strings.HasSuffix(e.Text, where) {
			t.Errorf("%q: %s, want %s", body, e.Text, where)
		}
	}
}

func TestParseBoundsNesting(t *testing.T) {
	deep := strings.Repeat("[", maxDepth) + "1" + strings.Repeat("]", maxDepth)
	if _, err := parse([]byte(deep)); err != nil {
		t.Errorf("%d levels: %v", maxDepth, err)
	}
	for _, levels := range []int{maxDepth + 1, 5000, 20000} {
		_, err := parse([]byte(strings.Repeat("[", levels) + "1" + strings.Repeat("]", levels)))
		if !itms.IsKind(err, itms.KindInvalid) {
			t.Errorf("%d levels: %v", levels, err)
		}
	}
}

func TestCheckMediaType(t *testing.T) {
	for header, ok := range map[string]bool{"": true, "application/json": true, "application/json; charset=utf-8": true,
		"Application/JSON": true, "application/vnd.example+json": true,
		"text/plain": false, "application/x-www-form-urlencoded": false, "multipart/form-data; boundary=x": false, ";": false} {
		if err := checkMediaType(header); (err == nil) != ok {
			t.Errorf("%q: %v", header, err)
		}
	}
}

// FuzzOrderBody looks for bodies that panic, that are taken although encoding/json
// refuses them, or whose errors do not point anywhere.
func FuzzOrderBody(f *testing.F) {
	for _, seed := range []string{orderJSON("WO-1"), `{}`, `null`, `[]`, `{"orderNo":1}`, `{"a":1,"a":2}`, `{"service":{"access":{"x":1}}}`,
		`{"attributes":{"a/b~c":[]}}`, `{"dueBy":"yesterday"}`, `{"seq":1e3}`, `{"seq":99999999999999999999}`, "{\"a\":\"\xff\"}",
		`{"line":{"vlan":1.5}}`, `{"device":null}`, `{"attributes":{"a":null}}`, `{"orderNo":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	registry := orderRegistry()
	f.Fuzz(func(t *testing.T, body []byte) {
		order, err := decode[orderRequest](registry, body)
		if err == nil {
			if !json.Valid(body) {
				t.Fatalf("took %q", body)
			}
			order.request()
			return
		}
		var shape *shapeError
		if errors.As(err, &shape) {
			for _, e := range shape.fields {
				if e.Pointer != "" && e.Pointer[0] != '/' {
					t.Fatalf("pointer %q", e.Pointer)
				}
			}
			order.request()
			return
		}
		if !itms.IsKind(err, itms.KindInvalid) {
			t.Fatalf("%q: %v", body, err)
		}
	})
}
