package api

import (
	"strings"
	"testing"
	"time"

	"itms"
)

func TestBindDevice(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.putOrder(1, "WO-1", "crm")
	f.putOrder(2, "WO-2", "")
	f.putOrder(3, "WO-2", "web")
	path := dashPath + "/bind"
	for body, want := range map[string]string{
		`{"orderNo":"WO-1"}`:                                "order=" + testID(1) + " service= false",
		`{"orderNo":"WO-2","source":""}`:                    "order=" + testID(2) + " service= false",
		`{"orderNo":"WO-2","source":"web"}`:                 "order=" + testID(3) + " service= false",
		`{"serviceId":"U1001-1","force":true,"reason":"r"}`: "order= service=U1001-1 true r",
	} {
		f.devices.notes = nil
		d := into[deviceView](f.call(itms.RoleOperator, "POST", path, body).is(200))
		if d.State != "configuring" {
			t.Errorf("%s: %+v", body, d)
		}
		if got := strings.Join(f.devices.notes, ","); got != "bind test-operator "+dashID.String()+" "+want {
			t.Errorf("%s: %s", body, got)
		}
	}
}

func TestBindDeviceRefuses(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.putOrder(2, "WO-2", "crm")
	f.putOrder(3, "WO-2", "web")
	path := dashPath + "/bind"
	for body, pointer := range map[string]string{`{}`: "/orderNo", `{"orderNo":"WO-2","source":"web","serviceId":"S"}`: "/orderNo", `{"orderNo":1}`: "/orderNo",
		`{"serviceId":"S","force":"yes"}`: "/force", `{"serviceId":"S","x":1}`: "/x", `{"serviceId":"S","reason":"\u0001"}`: "/reason"} {
		if got := f.call(itms.RoleOperator, "POST", path, body).problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%s: %q", body, got)
		}
	}
	f.call(itms.RoleOperator, "POST", path, `{"orderNo":"NONE"}`).problem(404, itms.CodeNotFound)
	f.call(itms.RoleOperator, "POST", path, `{"orderNo":"WO-2"}`).problem(409, itms.CodeAmbiguous)
	f.call(itms.RoleOperator, "POST", path, `{"orderNo":"WO-2","source":"odd"}`).problem(404, itms.CodeNotFound)
	f.call(itms.RoleOperator, "POST", devicesPath+"/00005E-X-Y/bind", `{"serviceId":"S"}`).problem(404, itms.CodeNotFound)
	f.devices.fail = itms.Errorf(itms.KindConflict, itms.CodeDeviceTaken, "the device serves U2-1")
	f.call(itms.RoleOperator, "POST", path, `{"serviceId":"S"}`).problem(409, itms.CodeDeviceTaken)
}

func TestUnbindDevice(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	path := dashPath + "/unbind"
	d := into[deviceView](f.call(itms.RoleOperator, "POST", path, `{"reason":"wrong box"}`).is(200))
	if d.State != "wipePending" || !d.WipePending {
		t.Errorf("%+v", d)
	}
	if got := f.devices.notes[0]; got != "unbind test-operator "+dashID.String()+" wrong box" {
		t.Error(got)
	}
	f.call(itms.RoleOperator, "POST", path, `{}`).problem(422, itms.CodeInvalid)
	f.call(itms.RoleOperator, "POST", devicesPath+"/00005E-X-Y/unbind", `{"reason":"r"}`).problem(404, itms.CodeNotFound)
	f.devices.fail = itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "serves nothing")
	f.call(itms.RoleOperator, "POST", path, `{"reason":"r"}`).problem(409, itms.CodeDeviceState)
}

func TestUnlockDevice(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID, func(d *itms.Device) {
		d.State, d.Guesses = itms.DeviceLocked, itms.Guesses{Wrong: []time.Time{testTime}, Until: testTime.Add(time.Hour), Locks: 1}
	})
	if d := into[deviceView](f.get(dashPath).is(200)); !d.LockedUntil.Equal(testTime.Add(time.Hour)) {
		t.Errorf("%+v", d)
	}
	if d := into[deviceView](f.call(itms.RoleOperator, "POST", dashPath+"/unlock", "").is(200)); !d.LockedUntil.IsZero() {
		t.Errorf("%+v", d)
	}
	f.call(itms.RoleOperator, "POST", devicesPath+"/00005E-X-Y/unlock", "").problem(404, itms.CodeNotFound)
	f.devices.fail = itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "is not locked")
	f.call(itms.RoleOperator, "POST", dashPath+"/unlock", "").problem(409, itms.CodeDeviceState)
}

func TestDeviceShowsWhatHappensToIt(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID, func(d *itms.Device) {
		d.Page.Want = itms.PageView{State: itms.PageRefused, Verdict: itms.VerdictMismatch, Times: 2}
		d.Upgrade = itms.Upgrade{Version: "2.4.0", Tries: 1, Failed: "9010 download failure", Key: "k"}
		d.Wipe = "b-1"
		d.Hosts = []itms.MAC{must(itms.ParseMAC("00005E005302"))}
		d.Sighting = itms.Sighting{Line: itms.Line{Area: "510100", Node: "olt-7", Port: "1/2"}, Account: "pppoe1001", Source: "dhcp-1",
			At: testTime, Elsewhere: testTime, Moved: true}
		d.Guesses.Until = testTime // over
		d.Tasks = 1
		d.Typed = secretText
		d.Sync.Trouble = itms.TroubleFault
	})
	f.devices.diagnosis = &itms.Diagnosis{Code: itms.TroubleNoOrder, Operator: "o", Technician: "t", Next: "n"}
	a := f.get(dashPath).is(200)
	golden(t, "device-eventful.json", a.body)
	f.noSecrets(a.body)
	if d := into[pageOf[deviceView]](f.get(devicesPath)).Items[0]; d.Diagnosis != nil || d.Page == nil {
		t.Errorf("%+v", d)
	}
	f.devices.fail = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "later")
	f.get(dashPath).problem(503, itms.CodeUnavailable)
}
