package api

import (
	"net/http"
	"strings"
	"testing"

	"itms"
)

func TestTemplates(t *testing.T) {
	f := newFixture(t)
	golden(t, "templates.json", f.get(templatesPath).is(200).body)
	for role, shown := range map[itms.Role]bool{itms.RoleAdmin: true, itms.RoleOperator: true, itms.RoleTechnician: false, itms.RoleReadOnly: false} {
		v := into[TemplateInfo](f.call(role, http.MethodGet, templatesPath+"/internet", "").is(200))
		if v.Name != "internet" || !v.BuiltIn || len(v.Classes) != 1 || (v.Text != "") != shown {
			t.Errorf("%s: %+v", role, v)
		}
	}
	f.get(templatesPath+"/none").problem(404, itms.CodeNotFound)
	f.cable.fail = errDisk
	f.get(templatesPath).problem(503, itms.CodeUnavailable)
	f.get(templatesPath+"/internet").problem(503, itms.CodeUnavailable)
}

func TestCheckTemplate(t *testing.T) {
	f := newFixture(t)
	check := func(body string) *answer {
		return f.call(itms.RoleOperator, http.MethodPost, templatesPath+"/check", body)
	}
	if a := check(`{"text":"Main { }"}`).is(200); strings.TrimSpace(a.body) != `{"items":[]}` {
		t.Error(a.body)
	}
	a := check(`{"text":"Main {\n NetworkAcess 1; }","mta":true,"package":"silver","attributes":{"a":"1"}}`).is(200)
	golden(t, "template-mistakes.json", a.body)
	if c := f.cable.checked; !c.MTA || c.Package != "silver" || c.Attributes["a"] != "1" || !strings.Contains(c.Text, "\n") {
		t.Errorf("%+v", c)
	}
	if got := check(`{"txt":"x"}`).problem(422, itms.CodeInvalid).pointers(); got != "/txt" {
		t.Error(got)
	}
	if a := check(`{"text":"` + strings.Repeat("x", maxTemplateBody-100) + `"}`); a.status != 200 {
		t.Errorf("a large template: %d", a.status)
	}
	check(`{"text":"`+strings.Repeat("x", maxTemplateBody)+`"}`).problem(413, itms.CodeTooLarge)
	f.cable.fail = itms.Invalid("/package", "is not there")
	check(`{"text":"x"}`).problem(422, itms.CodeInvalid)
}

func TestPreview(t *testing.T) {
	f := newFixture(t)
	preview := func(body string) *answer {
		return f.call(itms.RoleOperator, http.MethodPost, templatesPath+"/preview", body)
	}
	golden(t, "preview.json", preview(`{"mac":"00005e005301","class":"c","template":"t","package":"p","attributes":{"a":"1"}}`).is(200).body)
	if r := f.cable.asked; r.MAC != modemMAC || r.Class != "c" || r.Template != "t" || r.Package != "p" || r.Attributes["a"] != "1" {
		t.Errorf("%+v", r)
	}
	preview(`{"device":"00005E-HG%2D1-S1","text":"Main { }","mta":true}`).is(200)
	if r := f.cable.asked; r.Device != dashID || r.Text != "Main { }" || !r.MTA {
		t.Errorf("%+v", r)
	}
	for body, want := range map[string]string{`{"mac":"zz"}`: "/mac", `{"device":"%"}`: "/device", `{"mac":"00005e005301","device":"00005E-CM-X"}`: "/mac", `{"x":1}`: "/x"} {
		if got := preview(body).problem(422, itms.CodeInvalid).pointers(); got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
	f.cable.fail = itms.Invalid("/class", "there is no class")
	if got := preview(`{}`).problem(422, itms.CodeInvalid).pointers(); got != "/class" {
		t.Error(got)
	}
}
