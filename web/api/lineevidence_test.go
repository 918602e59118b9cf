package api

import (
	"net/http"
	"strings"
	"testing"

	"itms"
)

func TestTellLine(t *testing.T) {
	f := newFixture(t)
	a := f.call(itms.RoleOperator, "POST", linePath, `{"mac":"0000.5e00.5301","line":{"area":"510100","node":"olt-7","port":"1/2","vlan":100},
 "subscriber":"U1001","account":"a","source":"dhcp-1"}`).is(http.StatusAccepted)
	golden(t, "line-taken.json", a.body)
	want := "sight test-operator 00:00:5E:00:53:01 {Line:{Area:510100 Node:olt-7 Port:1/2 VLAN:100} Subscriber:U1001 Account:a Source:dhcp-1 " +
		"At:2026-11-01 08:00:00 +0000 UTC Elsewhere:0001-01-01 00:00:00 +0000 UTC Moved:false}"
	if got := f.devices.notes[0]; got != want {
		t.Error(got)
	}
	f.call(itms.RoleOperator, "POST", linePath, `{"mac":"00005E005301","line":{"port":"1"}}`).is(http.StatusAccepted)
	if got := f.devices.notes[1]; !strings.Contains(got, "Source:test-operator") {
		t.Error(got)
	}
}

func TestTellLineRefuses(t *testing.T) {
	f := newFixture(t)
	long := strings.Repeat("x", maxName+1)
	for body, pointers := range map[string]string{
		`{}`:                                "/mac /line",
		`{"mac":"zz","line":{"vlan":4095}}`: "/mac /line/vlan",
		`{"mac":"00005E005301","line":{"vlan":-1,"node":"` + long + `"},"account":"` + long + `"}`: "/line/vlan /line/node /account",
		`{"mac":"00005E005301","line":{"area":"a\u0001"},"source":"\u0001","subscriber":"\u0001"}`: "/line/area /subscriber /source",
		`{"mac":"00005E005301","line":"x","port":1}`:                                               "/line /port",
	} {
		if got := f.call(itms.RoleOperator, "POST", linePath, body).problem(422, itms.CodeInvalid).pointers(); got != pointers {
			t.Errorf("%s: %s", body, got)
		}
	}
	f.call(itms.RoleOperator, "POST", linePath, "").problem(400, codeMalformed)
	f.devices.fail = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "later")
	f.call(itms.RoleOperator, "POST", linePath, `{"mac":"00005E005301","line":{"port":"1"}}`).problem(503, itms.CodeUnavailable)
}
