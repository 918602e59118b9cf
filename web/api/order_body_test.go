package api

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"itms"
)

func TestPasswordsAreNeverWritten(t *testing.T) {
	b, err := decode[orderRequest](orderRegistry(), []byte(orderJSON("WO-1")))
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(out), fmt.Sprintf("%v", b), fmt.Sprintf("%+v", b), fmt.Sprintf("%#v", b), fmt.Sprint(b.request())} {
		if strings.Contains(text, "p4ss") {
			t.Errorf("a password is in %s", text)
		}
	}
}

func TestScalarsAreKeptAsWritten(t *testing.T) {
	for in, want := range map[string]string{`"x"`: "x", `""`: "", `1`: "1", `1.50`: "1.50", `-0`: "-0", `1e3`: "1e3",
		`12345678901234567890`: "12345678901234567890", `true`: "true", `false`: "false", `"\u00fc"`: "ü"} {
		var s scalar
		if err := json.Unmarshal([]byte(in), &s); err != nil || s.text != want || !s.set {
			t.Errorf("%s: %+v, %v", in, s, err)
		}
		out, err := json.Marshal(s)
		if err != nil || string(out) != string(must(json.Marshal(want))) {
			t.Errorf("%s: written as %s, %v", in, out, err)
		}
	}
	var s scalar
	if err := json.Unmarshal([]byte(`null`), &s); err != nil || s.set {
		t.Errorf("null: %+v, %v", s, err)
	}
}

// jsonNames lists the JSON paths of a struct type.
func jsonNames(typ reflect.Type, prefix string, into map[string]bool) {
	for i := range typ.NumField() {
		field := typ.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		into[prefix+name] = true
		if field.Type.Kind() == reflect.Struct && strings.HasPrefix(field.Type.PkgPath(), "itms") && field.Type.NumField() > 0 {
			jsonNames(field.Type, prefix+name+"/", into)
		}
	}
}

// TestBodyHasTheDomainsFields keeps the posted document and the domain's form of
// it together: a field added to one only would be lost without a word.
func TestBodyHasTheDomainsFields(t *testing.T) {
	ours, domain := map[string]bool{}, map[string]bool{}
	jsonNames(reflect.TypeFor[orderRequest](), "", ours)
	jsonNames(reflect.TypeFor[itms.OrderRequest](), "", domain)
	for name := range domain {
		if !ours[name] {
			t.Errorf("%s cannot be posted", name)
		}
	}
	for name := range ours {
		if !domain[name] {
			t.Errorf("%s is taken and then lost", name)
		}
	}
}

// TestViewHasEveryPostedField keeps the answer complete: what was posted is shown,
// but for the passwords.
func TestViewHasEveryPostedField(t *testing.T) {
	posted, shown := map[string]bool{}, map[string]bool{}
	jsonNames(reflect.TypeFor[orderRequest](), "", posted)
	jsonNames(reflect.TypeFor[orderView](), "", shown)
	for name := range posted {
		top, _, _ := strings.Cut(name, "/")
		if !shown[top] {
			t.Errorf("%s is not shown", name)
		}
	}
	for name := range shown {
		if strings.Contains(strings.ToLower(name), "password") {
			t.Errorf("%s is shown", name)
		}
	}
}

// TestEveryFieldReachesTheDomain fills every field with a value of its own.
func TestEveryFieldReachesTheDomain(t *testing.T) {
	body := `{"orderNo":"v1","source":"v2","kind":"install","mode":"self","subscriber":{"id":"v3","name":"v4","phone":"v5","address":"v6"},
"service":{"id":"v7","type":"iptv","package":"v8","account":"v9","password":"v10","authUrl":"v11","authUrlBackup":"v12",
"access":{"type":"dhcp","account":"v13","password":"v14","downKbps":15,"upKbps":16}},
"device":{"stbId":"v17","mac":"v18","serial":"v19","model":"v20"},"oldDevice":{"stbId":"v21","mac":"v22","serial":"v23","model":"v24"},
"line":{"area":"v25","node":"v26","port":"v27","vlan":28},"dueBy":"2026-12-01T00:00:29Z","seq":30,"callback":"v31","attributes":{"a":"v32"},"registration":{"loid":"v33","password":"v34"}}`
	b, err := decode[orderRequest](orderRegistry(), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	req := b.request()
	out := string(must(json.Marshal(req))) + req.Service.Password.Reveal() + req.Service.Access.Password.Reveal() +
		req.Registration.Password.Reveal()
	for i := 1; i <= 34; i++ {
		want := fmt.Sprintf("v%d", i)
		switch i {
		case 15, 16, 28, 30:
			want = fmt.Sprintf(":%d", i)
		case 29:
			want = ":29Z"
		}
		if !strings.Contains(out, want) {
			t.Errorf("value %d was lost: %s", i, out)
		}
	}
}

func TestWordsAreTheDomains(t *testing.T) {
	for name, got := range map[string]int{
		"kinds": len(orderKinds), "modes": len(orderModes), "device states": len(deviceStates),
		"service types": len(serviceTypes), "access types": len(accessTypes),
		"bind ways": len(bindWays), "page states": len(pageStates), "task states": len(taskStates),
	} {
		want := map[string]int{"kinds": 9, "modes": 2, "device states": 13, "service types": 3, "access types": 4, "bind ways": 8, "page states": 7, "task states": 7}[name]
		if got != want {
			t.Errorf("%d %s, the scenarios name %d", got, name, want)
		}
	}
	registry := orderRegistry()
	if s := (orderState("")).Schema(registry); len(s.Enum) != len(itms.OrderStates) {
		t.Errorf("%v", s.Enum)
	}
	if s := (deviceState("")).Schema(registry); s.Enum[0] != "unknown" || s.Examples[0] != "unknown" {
		t.Errorf("%v", s.Enum)
	}
}
