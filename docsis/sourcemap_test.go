package docsis

import (
	"bytes"
	"strings"
	"testing"
)

// tracedTemplates have every sort of node.
var tracedTemplates = []string{
	"Main { NetworkAccess 1; }",
	"{{/* note */}}\n{{- $n := first .Package.cpe 4 -}}\nMain {\n\tMaxCPE {{$n}};\n{{if .Attributes.x}}a{{else if .Attributes.y}}b{{else}}c{{end}}\n}",
	"{{range $k, $v := .Attributes}}{{$k}}={{$v}};\n{{else}}none{{end}}",
	"{{with .Service}}{{.Package}}{{end}} {{define \"flow\"}}Flow {{.}};{{end}}{{template \"flow\" .Service.Package}}",
	"{{range .Attributes}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{continue}}{{end}}",
}

// What is made with marks is what is made without.
func TestTracedTextIsTheText(t *testing.T) {
	v := &Values{Attributes: map[string]string{"x": "a", "y": "b\x00t1"}, Package: map[string]any{"cpe": 2}, Service: ServiceValues{Package: "silver"}}
	for _, text := range tracedTemplates {
		tpl, err := ParseTemplate("t", text)
		if err != nil {
			t.Fatal(err)
		}
		for _, values := range []*Values{v, {}} {
			var want bytes.Buffer
			if err := tpl.text(&want, values); err != nil {
				t.Fatal(err)
			}
			got, err := tpl.trace(values)
			if err != nil || !bytes.Equal(got.text, want.Bytes()) {
				t.Errorf("%s\ngot  %q\nwant %q (%v)", text, got.text, want.Bytes(), err)
			}
		}
	}
}

// A place in what was made is told as the place in the template.
func TestPlacesOfTracedText(t *testing.T) {
	const text = "{{- if .Package.two}}\n\n{{end -}}\nMain {\n\tNetworkAccess {{.Package.n}}; MaxCPE x;\n}\n"
	tpl, err := ParseTemplate("t", text)
	if err != nil {
		t.Fatal(err)
	}
	made, err := tpl.trace(&Values{Package: map[string]any{"two": true, "n": "12345"}})
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string][2]int{"Main": {4, 1}, "NetworkAccess": {5, 2}, "12345": {5, 18}, "45": {5, 18}, "MaxCPE": {5, 32}, "}": {6, 1}} {
		at := strings.Index(string(made.text), word)
		line, column := placeOf(string(made.text), at)
		if line, column = made.place(line, column); line != want[0] || column != want[1] {
			t.Errorf("%s: %d:%d, want %v", word, line, column, want)
		}
	}
}

func TestTemplateWithoutEnd(t *testing.T) {
	for _, text := range []string{"{{range 1000000000000}}{{end}}", "{{range 1000000000000}}x{{end}}", `{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`} {
		tpl, err := ParseTemplate("t", text)
		if err != nil {
			t.Fatal(err)
		}
		if m := tpl.make(&Values{}, false); len(m.mistakes) != 1 || m.file != nil {
			t.Errorf("%s: %+v", text, m.mistakes)
		}
	}
}

// FuzzTrace: a template is looked through whatever it is.
func FuzzTrace(f *testing.F) {
	for _, text := range tracedTemplates {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tpl, err := ParseTemplate("t", text)
		if err != nil {
			return
		}
		tpl.make(&Values{}, false)
		if strings.Contains(text, "range") || strings.Contains(text, "template") {
			return // without marks it may go on for ever
		}
		v := &Values{Package: map[string]any{"n": 1}}
		var want bytes.Buffer
		plain := tpl.text(&want, v)
		made, err := tpl.trace(v)
		if (plain == nil) != (err == nil) {
			t.Fatalf("%v, %v", plain, err)
		}
		if err == nil && !bytes.Equal(made.text, want.Bytes()) {
			t.Fatalf("got %q, want %q", made.text, want.Bytes())
		}
	})
}
