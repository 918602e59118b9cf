package profile

import (
	"slices"
	"strings"
	"testing"

	"itms"
)

// registerLOID is a small registration, without its page.
const registerLOID = "register:\n  loid: [Device.R.LOID, Device.R.Name]\n  password: '{root}R.Key'\n"

// TestRegistration lists parameters below the profile's root.
func TestRegistration(t *testing.T) {
	p := parse(t, small("root: InternetGatewayDevice.\n"+registerLOID))
	g := p.Registration()
	if !slices.Equal(g.LOID, []itms.ParamPath{"Device.R.LOID", "Device.R.Name"}) || !slices.Equal(g.Password, []itms.ParamPath{"InternetGatewayDevice.R.Key"}) {
		t.Errorf("got %+v", g)
	}
	if !p.Asks() || g.IsZero() || p.register.limit != defaultTries {
		t.Errorf("asks %v, %+v, limit %d", p.Asks(), g, p.register.limit)
	}
	if p = parse(t, small("")); p.Asks() || !p.Registration().IsZero() {
		t.Error("without register nothing is asked")
	}
	if params, err := p.Page(PageInput{View: itms.PageView{State: itms.PageAsk}}); len(params) > 0 || err != nil {
		t.Errorf("got %v, %v: expected no page", params, err)
	}
}

// TestRegistrationSecrets: what is typed as code or password is a credential, the
// logical id is not.
func TestRegistrationSecrets(t *testing.T) {
	secrets := get(t, "tr098-gateway").Secrets()
	for name, want := range map[itms.ParamPath]bool{
		"InternetGatewayDevice.X_CU_UserInfo.UserId": true, "InternetGatewayDevice.X_CU_UserInfo.UserName": false,
	} {
		if slices.Contains(secrets, name) != want {
			t.Errorf("%s: expected secret %v", name, want)
		}
	}
	if !slices.Contains(get(t, "ctc-iptv").Secrets(), "Device.X_CTC_IPTV.UserAccount.AccountNumber") {
		t.Error("a code is a credential")
	}
}

// TestPage computes values and marks of a page.
func TestPage(t *testing.T) {
	p := parse(t, small(registerLOID+`  page:
    refused:
      - {names: ["{root}R.Status", Device.Status], value: 'page.times < page.limit ? page.verdict : 9', type: unsignedInt}
      - {name: Device.R.Key, value: '""'}
      - {name: Device.R.None, value: 'page.times > 5 ? "a" : nil'}
      - {name: Device.R.Number, value: 'page.times > 5 ? "1" : ""', type: int}
    pushing: [{name: Device.R.Status, value: page.services - 5, type: unsignedInt}]
`))
	in := PageInput{Device: &itms.Device{Root: rootGateway}, View: itms.PageView{State: itms.PageRefused, Verdict: itms.VerdictLOIDUnknown, Times: 3}}
	params, err := p.Page(in)
	if err != nil || len(params) != 2 {
		t.Fatalf("got %+v, %v", params, err)
	}
	if q := params[0]; q.Value != "2" || q.Type != itms.TypeUnsignedInt || !q.Optional || q.Hide ||
		!slices.Equal(q.Names, []itms.ParamPath{"InternetGatewayDevice.R.Status", "Device.Status"}) {
		t.Errorf("got %+v", q)
	}
	in.View.Times = 10
	if params, err = p.Page(in); err != nil || len(params) != 4 || params[0].Value != "9" || params[3].Value != "1" {
		t.Errorf("got %+v, %v", params, err)
	}
	in.View.State = itms.PagePushing
	if _, err = p.Page(in); err == nil || !strings.Contains(err.Error(), "is no unsignedInt") {
		t.Errorf("got %v: expected a refusal", err)
	}
	if _, err = p.ExplainPage(in); err == nil {
		t.Error("ExplainPage must fail like Page")
	}
	in.View.State = "dancing"
	if params, err = p.Page(in); err != nil || params != nil {
		t.Errorf("got %v, %v: expected nothing of an unknown state", params, err)
	}
}

// TestPageHides what a person types, when a page writes over it.
func TestPageHides(t *testing.T) {
	p := parse(t, small(`register:
  code: Device.R.Code
  page: {done: [{name: Device.R.Code, value: '""'}, {name: Device.R.Password, value: '"x"'}, {name: Device.R.Open, value: '"x"'}]}
`))
	params, err := p.Page(PageInput{View: itms.PageView{State: itms.PageDone}})
	if err != nil || len(params) != 3 || !params[0].Hide || !params[1].Hide || params[2].Hide {
		t.Errorf("got %+v, %v", params, err)
	}
}

// checkPages computes every page: whatever the profile, a page that can be written
// is well formed, names nothing twice and needs no order.
func checkPages(t fataler, p *Profile) {
	t.Helper()
	for _, state := range pageStates {
		params, err := p.Page(PageInput{View: itms.PageView{State: state, Verdict: itms.VerdictOK, Times: 1}, Services: 1})
		if err != nil && !itms.IsKind(err, itms.KindInvalid) {
			t.Fatalf("%s: %v", state, err)
		}
		if err := twice(p, params); err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		for _, q := range params {
			if checkText(q.Value) != nil || !q.Optional || len(q.Names) == 0 {
				t.Fatalf("%s: wrong %+v", state, q)
			}
		}
	}
}

// TestRegisterErrors names place and expectation of each slip.
func TestRegisterErrors(t *testing.T) {
	item := func(rest string) string { return "register:\n  code: Device.C\n  page:\n    ask: [" + rest + "]\n" }
	checkProblems(t, map[string]string{
		"register:\n":                                                                           "test.yaml:4:10: register: expected a mapping with keys code, loid",
		"register: {events: [X BIND]}\n":                                                        "test.yaml:4:11: register: expected code or loid",
		"register: {code: Device.C, password: Device.P}\n":                                      "test.yaml:4:38: register.password: expected loid beside it",
		"register: {code: Device.C, kode: Device.P}\n":                                          `register: unknown key "kode"`,
		"register: {code: Device.C.}\n":                                                         `test.yaml:4:18: register.code: "Device.C.": expected a parameter`,
		"register: {loid: 'Device.{i}.C'}\n":                                                    "register.loid: \"Device.{i}.C\": rows are not known here, so {i} cannot stand",
		"register: {code: Device.C, events: ['']}\n":                                            "test.yaml:4:37: register.events: expected an event code of 1 to 64 characters",
		"register: {code: Device.C, events: " + strings.Repeat("X", 65) + "}\n":                 "register.events: expected an event code",
		"register: {code: Device.C, limit: 0}\n":                                                "test.yaml:4:35: register.limit: expected a whole number from 1 to 100",
		"register: {code: Device.C, page: {asked: []}}\n":                                       `register.page: unknown key "asked": expected one of ask, refused, locked, pushing, done, failed, idle`,
		"register: {code: Device.C, page: [ask]}\n":                                             "register.page: expected a mapping",
		item("{name: Device.A}"):                                                                "test.yaml:7:11: page item: expected the key value, and one of name and names",
		item("{name: Device.A, names: Device.B, value: 1}"):                                     "page item: expected the key value, and one of",
		item("{name: [Device.A, Device.B], value: '\"a\"'}"):                                    "name: expected one name; several spellings go into names",
		item("{names: [], value: '\"a\"'}"):                                                     "name: expected one name",
		item("{name: Device.A, value: '\"a\"', if: true}"):                                      `page item: unknown key "if"`,
		item("{name: Device.A, value: service.account}"):                                        "test.yaml:7:35: value: unknown name service",
		item("{name: Device.A, value: page.verdikt, type: int}"):                                `value: page has no field "verdikt": expected one of verdict, times, limit, services`,
		item("{name: Device.A, value: string(page)}"):                                           `value: "page" cannot stand alone`,
		item("{name: Device.A, value: 1}"):                                                      "value: gives int: expected string",
		item("{name: Device.A, value: 2, type: boolean}"):                                       "test.yaml:7:35: value: is no boolean: expected 0 or 1",
		item("{name: Device.A, value: -1, type: unsignedInt}"):                                  "value: is no unsignedInt",
		item("{name: Device.A, value: 'int(\"a\")', type: int}"):                                "value: cannot be computed",
		item("{name: Device.A, value: '\"a\"'}, {names: [Device.B, Device.A], value: '\"b\"'}"): "page item: Device.B has a value already in this state",
	})
}
