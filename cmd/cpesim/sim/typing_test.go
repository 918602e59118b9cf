package sim

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

func TestEnterCode(t *testing.T) {
	for model, event := range map[string]string{"ctc-stb": "X CT-COM BIND", "cu-stb": "X CU BIND", "cmcc-stb": "X CMCC BIND"} {
		acs := &acstest.ACS{}
		cpe := box(t, acs, Config{Model: model})
		run(t, cpe)
		if err := cpe.EnterCode("12345678903"); err != nil {
			t.Fatal(err)
		}
		if report := run(t, cpe); !slices.Equal(report.Events, []string{"4 VALUE CHANGE", event}) {
			t.Errorf("%s: events %q", model, report.Events)
		}
		if !slices.ContainsFunc(acs.Sessions()[1].Inform.Parameters, func(p cwmp.ParameterValue) bool { return p.Value == "12345678903" }) {
			t.Errorf("%s: the code is not in the Inform", model)
		}
	}
	if err := box(t, &acstest.ACS{}, Config{Model: "tr181-gateway"}).EnterCode("1"); err == nil {
		t.Error("a gateway without a page took a code")
	}
}

// heard returns a parameter of the last Inform.
func heard(t *testing.T, acs *acstest.ACS, path string) string {
	t.Helper()
	sessions := acs.Sessions()
	for _, p := range sessions[len(sessions)-1].Inform.Parameters {
		if p.Name == path {
			return p.Value
		}
	}
	t.Errorf("the Inform has no %s", path)
	return ""
}

// gateways are the models with a LOID, by the object of their registration.
var gateways = map[string]string{
	"tr098-gateway": "InternetGatewayDevice.X_CT-COM_UserInfo.",
	"cu-gateway":    "InternetGatewayDevice.X_CU_UserInfo.",
	"cmcc-gateway":  "InternetGatewayDevice.X_CMCC_UserInfo.",
}

func TestEnterLOID(t *testing.T) {
	events := map[string]string{"tr098-gateway": "X CT-COM BIND", "cu-gateway": "X CU BIND", "cmcc-gateway": "X CMCC BIND"}
	for model, object := range gateways {
		acs := &acstest.ACS{}
		cpe := box(t, acs, Config{Model: model}, "inform-without-vendor-params")
		run(t, cpe)
		if err := cpe.EnterLOID("loid-1", "loid-pw"); err != nil {
			t.Fatal(err)
		}
		if report := run(t, cpe); !slices.Equal(report.Events, []string{events[model]}) {
			t.Errorf("%s: events %q", model, report.Events)
		}
		if heard(t, acs, object+"UserName") != "loid-1" || heard(t, acs, object+"UserId") != "loid-pw" {
			t.Errorf("%s: what was typed is not in the Inform", model)
		}
		answer := one(t, cpe, acs, &cwmp.GetParameterValues{Names: []string{object + "UserId"}}).(*cwmp.GetParameterValuesResponse)
		if got := answer.Parameters[0].Value; got != "" {
			t.Errorf("%s: the password reads back as %q", model, got)
		}
	}
}

func TestThePasswordIsToldOnce(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Model: "tr098-gateway"})
	if err := cpe.EnterLOID("loid-1", "loid-pw"); err != nil {
		t.Fatal(err)
	}
	password := gateways["tr098-gateway"] + "UserId"
	for _, want := range []struct{ event, password string }{
		{"0 BOOTSTRAP", "loid-pw"}, {"X CT-COM BIND", "loid-pw"}, {"2 PERIODIC", ""},
	} {
		report := run(t, cpe)
		if got := heard(t, acs, password); report.Events[0] != want.event || got != want.password {
			t.Errorf("%q tells %q, want %q with %q", report.Events, got, want.event, want.password)
		}
	}
}

func TestACodeSurvivesTheFirstContact(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{StatePath: stateFile(t)})
	if err := cpe.EnterCode("12345678903"); err != nil {
		t.Fatal(err)
	}
	cpe.mu.Lock()
	cpe.reboot() // as Run does; the first contact drops what was queued
	cpe.mu.Unlock()
	run(t, cpe)
	again := box(t, acs, Config{StatePath: cpe.config.StatePath, ACS: cpe.config.ACS})
	if report := run(t, again); !slices.Contains(report.Events, "X CT-COM BIND") || heard(t, acs, account) != "12345678903" {
		t.Errorf("events %q", report.Events)
	}
}

func TestACodeTakesThePlaceOfTheLOID(t *testing.T) {
	cpe := box(t, &acstest.ACS{}, Config{Model: "cu-gateway"})
	if err := errors.Join(cpe.EnterLOID("loid-1", "loid-pw"), cpe.EnterCode("12345678903")); err != nil {
		t.Fatal(err)
	}
	object := gateways["cu-gateway"]
	if value(t, cpe, object+"UserName") != "12345678903" || value(t, cpe, object+"UserId") != "" {
		t.Error("the LOID is still there")
	}
}

func TestTypingErrors(t *testing.T) {
	const secret = "typed-secret"
	for _, c := range []struct {
		model string
		typed Typed
	}{
		{"ctc-stb", Typed{LOID: "loid-1", Password: secret}},
		{"tr181-stb", Typed{Code: secret}},
		{"tr181-gateway", Typed{LOID: "loid-1", Password: secret}},
		{"tr098-gateway", Typed{LOID: "loid-1", Password: strings.Repeat(secret, 9)}},
		{"ctc-stb", Typed{Code: strings.Repeat(secret, 99)}},
	} {
		cpe := box(t, &acstest.ACS{}, Config{Model: c.model})
		before := cpe.Page()
		err := cpe.Enter(c.typed)
		if err == nil || strings.Contains(err.Error(), secret) || cpe.Page() != before || len(cpe.Queue) != 0 {
			t.Errorf("%s: error %v, page %s", c.model, err, cpe.Page())
		}
	}
}

func TestReportsHideWhatIsTyped(t *testing.T) {
	object := gateways["tr098-gateway"]
	call := Call{Method: "SetParameterValues", Request: set(object+"UserName", "loid-1", object+"UserId", "secret-1", account, "secret-2",
		"Device.X_CU_STB.AuthServiceInfo.ActivationCode", "secret-3", userID, "iptv1001")}
	line, err := json.Marshal(call)
	if err != nil || strings.Contains(string(line), "secret-") || !strings.Contains(string(line), "loid-1") || !strings.Contains(string(line), "iptv1001") {
		t.Errorf("report %s, error %v", line, err)
	}
}
