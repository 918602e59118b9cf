package docsis

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"itms"
	"itms/docsis/configfile"
)

// made renders a template of a text.
func made(t *testing.T, text string, v *Values) (configfile.Body, error) {
	t.Helper()
	tpl, err := ParseTemplate("t", text)
	if err != nil {
		t.Fatal(err)
	}
	return tpl.body(new(scratch), v, false)
}

func TestBuiltInTemplatesMakeWholeFiles(t *testing.T) {
	templates, err := LoadTemplates("")
	if err != nil {
		t.Fatal(err)
	}
	v := &Values{Package: map[string]any{"downKbps": 100_000, "upKbps": 10_000}}
	for _, tpl := range templates.All() {
		body, err := tpl.body(new(scratch), v, false)
		if err != nil {
			t.Errorf("%s: %v", tpl.Name, err)
			continue
		}
		file, err := configfile.NewSigner([]byte("x")).Sign(nil, body, configfile.SignOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := configfile.Parse(file); err != nil {
			t.Errorf("%s: %v", tpl.Name, err)
		}
		if !tpl.BuiltIn {
			t.Errorf("%s is not known as built in", tpl.Name)
		}
	}
}

func TestRatesOfTheOrderGoBeforeThePackage(t *testing.T) {
	templates, err := LoadTemplates("")
	if err != nil {
		t.Fatal(err)
	}
	internet := templates.Get("internet")
	for _, c := range []struct {
		v    Values
		want string
	}{
		{Values{Service: ServiceValues{DownKbps: 5000, UpKbps: 500}, Package: map[string]any{"downKbps": 1, "upKbps": 1}}, "MaxRateSustained 5000000;"},
		{Values{Package: map[string]any{"downKbps": 7000, "upKbps": 700}}, "MaxRateSustained 7000000;"},
		{Values{Package: map[string]any{"downKbps": "8000", "upKbps": 700, "maxCpe": 3}}, "MaxCPE 3;"},
		{Values{Package: map[string]any{"downKbps": 8000, "upKbps": 700, "maxCpe": 3}, Attributes: map[string]string{"maxCpe": "2"}}, "MaxCPE 2;"},
	} {
		for range 2 { // made, and remembered
			body, err := internet.body(new(scratch), &c.v, false)
			if err != nil {
				t.Fatal(err)
			}
			f, err := configfile.Parse(body)
			if err != nil || !strings.Contains(f.Text(), c.want) {
				t.Errorf("%+v: %v\n%s\nwant %s", c.v, err, f.Text(), c.want)
			}
		}
	}
	_, err = internet.body(new(scratch), &Values{}, false)
	if !itms.IsKind(err, itms.KindInvalid) || !strings.Contains(err.Error(), "internet") {
		t.Errorf("without a rate: %v", err)
	}
}

func TestTemplateMistakes(t *testing.T) {
	v := &Values{Attributes: map[string]string{}}
	for _, c := range []struct{ text, want string }{
		{"Main { NetworkAccess {{.Service.Down}}; }", "Down"},
		{"Main { NetworkAccess {{.Attributes.none}}; }", "1:"},
		{"Main {\n NetworkAcess 1; }", "2:2"},
		{"Main { MaxCPE {{mul 3 4000000000}}; }", "32 bits"},
		{"Main { MaxCPE {{mul .Attributes.x 2}}; }", "no whole number"},
		{"Main { SnmpMibObject 1.3.6.1.2.1.1.5.0 String {{quote \"a\\nb\"}}; }", "line ends"},
	} {
		if _, err := made(t, c.text, v); !itms.IsKind(err, itms.KindInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
	if _, err := ParseTemplate("t", "Main {\n{{if}}\n}"); !itms.IsKind(err, itms.KindInvalid) || !strings.Contains(err.Error(), "t:2") {
		t.Errorf("%v", err)
	}
	if _, err := ParseTemplate("t", strings.Repeat(" ", maxTemplate+1)); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("%v", err)
	}
}

func TestTemplatesOfADirectory(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("walled.cfg", "Main { NetworkAccess 0; }")
	write("notes.txt", "{{")
	templates, err := LoadTemplates(dir)
	if err != nil {
		t.Fatal(err)
	}
	if tpl := templates.Get("walled"); tpl.BuiltIn || !strings.Contains(tpl.Text, "NetworkAccess 0") {
		t.Errorf("the built-in template was not replaced: %+v", tpl)
	}
	if templates.Get("notes") != nil || templates.Get("internet") == nil {
		t.Error("the wrong templates were loaded")
	}
	write("cvc.der", "certificate")
	write("signed.cfg", "Main { NetworkAccess 1; ManufacturerCVC \"cvc.der\"; }")
	write("outside.cfg", "Main { NetworkAccess 1; ManufacturerCVC \"../x\"; }")
	if templates, err = LoadTemplates(dir); err != nil {
		t.Fatal(err)
	}
	if body, err := templates.Get("signed").body(new(scratch), &Values{}, false); err != nil || !strings.Contains(string(body), "certificate") {
		t.Errorf("a certificate beside it: %q %v", body, err)
	}
	if _, err := templates.Get("outside").body(new(scratch), &Values{}, false); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("a file outside of the directory: %v", err)
	}
	write("a.cfg", "{{")
	write("b.cfg", "{{end}}")
	if _, err = LoadTemplates(dir); err == nil || !strings.Contains(err.Error(), "a.cfg") || !strings.Contains(err.Error(), "b.cfg") {
		t.Errorf("not all mistakes are told: %v", err)
	}
	if _, err := LoadTemplates(filepath.Join(dir, "none")); err != nil {
		t.Errorf("a directory that is not there: %v", err)
	}
}

// What is remembered is what would be made, and only of templates for which that is safe.
func TestMemo(t *testing.T) {
	const head, tail = "Main { NetworkAccess 1; MaxCPE ", "; }"
	for _, c := range []struct {
		text   string
		shared bool
	}{
		{"3", true},
		{"{{.Package.cpe}}", true},
		{"{{if .Attributes.a}}{{.Package.cpe}}{{else}}2{{end}}", true},
		{"{{$n := first .Package.cpe 4}}{{$n}}", true},
		{"{{len .Service.Password}}", false},
		{"{{len .Device.MAC}}", false},
		{"{{len .Subscriber.ID}}", false},
		{"{{with .Package}}{{.cpe}}{{end}}", false},
		{"{{$.Package.cpe}}", false},
		{"{{len .Attributes}}", false},
		{"{{index .Package \"cpe\"}}", false},
		{"{{range .Attributes}}{{end}}1", false},
		{"{{(index .Attributes \"x\").y}}", false},
	} {
		tpl, err := ParseTemplate("t", head+c.text+tail)
		if err != nil {
			t.Fatal(err)
		}
		if shared := tpl.memo != nil; shared != c.shared {
			t.Errorf("%s: shared %v, want %v", c.text, shared, c.shared)
		}
	}
}

func TestMemoMatchesWhatIsMade(t *testing.T) {
	templates, err := LoadTemplates("")
	if err != nil {
		t.Fatal(err)
	}
	shared := templates.Get("internet")
	for i := range 3 * maxMemo {
		v := &Values{Package: map[string]any{"downKbps": 1000 + i%7, "upKbps": 100 + i}, Attributes: map[string]string{"maxCpe": fmt.Sprint(1 + i%5)}}
		got, err := shared.body(new(scratch), v, false)
		if err != nil {
			t.Fatal(err)
		}
		want, err := shared.encode(new(scratch), v, false)
		if err != nil || string(got) != string(want) {
			t.Fatalf("%+v: % x, want % x (%v)", v, got, want, err)
		}
	}
	if n := len(shared.memo.made); n > maxMemo {
		t.Errorf("%d are kept", n)
	}
}
