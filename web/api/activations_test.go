package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"itms"
)

func TestActivate(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm", func(o *itms.Order) { o.State, o.Device = itms.OrderWaitingCode, dashID })
	a := f.call(itms.RoleTechnician, "POST", activationsPath, `{"code":"1234 5678-903","stbId":"s","mac":"m"}`).is(200)
	golden(t, "activation.json", a.body)
	if got := f.orders.notes[0]; got != "activate test-technician s m 192.0.2.77" {
		t.Error(got)
	}
	if log := f.log.String(); strings.Contains(log, "5678") || !strings.Contains(log, `"orderNo":"WO-1"`) {
		t.Errorf("log %s", log)
	}
}

func TestLockedSaysWhenToComeBack(t *testing.T) {
	f := newFixture(t)
	f.orders.fail = itms.Errorf(itms.KindLimit, itms.CodeLocked, "too many").After(15 * time.Minute)
	a := f.call(itms.RoleTechnician, "POST", activationsPath, `{"code":"12345678903"}`)
	if a.problem(429, itms.CodeLocked); a.header.Get("Retry-After") != "901" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
}

func TestActivateRefuses(t *testing.T) {
	f := newFixture(t)
	post := func(body string) *answer { return f.call(itms.RoleTechnician, "POST", activationsPath, body) }
	if p := post(`{"code":"1234-5678-900"}`).problem(422, itms.CodeMistyped); p.pointers() != "/code" {
		t.Errorf("%+v", p)
	}
	post(`{"code":"00000000000"}`).problem(404, itms.CodeUnknown)
	post(`{"code":12345678903}`).problem(422, itms.CodeInvalid)
	post(`{"code":"12345678903","imei":"1"}`).problem(422, itms.CodeInvalid)
	post(``).problem(400, codeMalformed)
	for code, c := range map[string]struct {
		kind   itms.Kind
		status int
	}{itms.CodeExpired: {itms.KindConflict, 409}, itms.CodeRevoked: {itms.KindConflict, 409}, itms.CodeUsed: {itms.KindConflict, 409},
		itms.CodeMismatch: {itms.KindConflict, 409}, itms.CodeLocked: {itms.KindLimit, 429}, itms.CodeInvalid: {itms.KindInvalid, 422}} {
		f.orders.fail = itms.Errorf(c.kind, code, "no")
		if a := post(`{"code":"12345678903"}`); a.header.Get("Retry-After") != "" {
			t.Errorf("%s: Retry-After %q", code, a.header.Get("Retry-After"))
		} else {
			a.problem(c.status, code)
		}
	}
}

func TestActivationSource(t *testing.T) {
	for remote, want := range map[string]string{"192.0.2.9:55": "192.0.2.9", "[2001:db8:1:2:3::4]:55": "2001:db8:1:2::", "@": "", "pipe": ""} {
		r := httptest.NewRequest(http.MethodPost, activationsPath, nil)
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-For", "198.51.100.1")
		if got := sourceOf(r); got != want {
			t.Errorf("%s: %q", remote, got)
		}
	}
}

func TestActivationTexts(t *testing.T) {
	for _, state := range itms.OrderStates {
		v := viewActivation(&itms.Order{No: "WO-1", State: state})
		if !strings.HasPrefix(v.Text, "the ") || v.DeviceID != "" {
			t.Errorf("%s: %+v", state, v)
		}
	}
}
