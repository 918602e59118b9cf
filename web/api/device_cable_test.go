package api

import (
	"fmt"
	"strings"
	"testing"

	"itms"
)

// modemPath is the cable view of the modem of the tests.
const modemPath = devicesPath + "/" + exampleModemID

func TestDeviceCable(t *testing.T) {
	f := newFixture(t)
	f.putModem()
	id := itms.CableID(itms.ClientModem, modemMAC)
	f.journal(itms.Event{Type: "device.leased", Device: id, Text: "leased"}, itms.Event{Type: "order.done", Device: id, Text: "an order"},
		itms.Event{Type: "cable.file.refused", Device: id, Text: "refused"}, itms.Event{Type: "cable.file.refused", Text: "another"})
	a := f.get(modemPath + "/cable").is(200)
	golden(t, "device-cable.json", a.body)
	if strings.Contains(a.body, "secretname") {
		t.Error("the name of a file is shown")
	}
	golden(t, "device-cable-short.json", f.get(modemPath).is(200).body)
}

func TestDeviceCableOfOthers(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.get(dashPath+"/cable").problem(404, itms.CodeNotFound)
	f.get(devicesPath+"/00005E-CM-NONE/cable").problem(404, itms.CodeNotFound)
	if v := into[deviceView](f.get(dashPath).is(200)); v.Cable != nil {
		t.Errorf("%+v", v.Cable)
	}
	f.putModem(func(d *itms.Device) { d.Cable = &itms.Cable{} })
	f.update(func(tx itms.Tx) error {
		return tx.Leases().Delete(testLease("192.0.2.10", itms.ClientModem, modemMAC, itms.MAC{}).Address)
	})
	f.cable.standing = CableStanding{}
	v := into[cableDetailView](f.get(modemPath + "/cable").is(200))
	if v.Lease != nil || v.File != nil || len(v.Capabilities) != 0 || v.Now.Why != "no service names it; no class fits: it gets no answer" {
		t.Errorf("%+v", v)
	}
	f.cable.fail = errDisk
	f.get(modemPath+"/cable").problem(503, itms.CodeUnavailable)
}

// Whether the file is right is told by what the device is entitled to now.
func TestDeviceCableFile(t *testing.T) {
	f := newFixture(t)
	f.putModem()
	for _, c := range []struct {
		st   CableStanding
		want bool
	}{{CableStanding{Revision: "1/1", Template: "internet"}, true}, {CableStanding{Revision: "1/2", Template: "internet"}, false}, {CableStanding{Revision: "1/1", Template: "disabled"}, false}} {
		f.cable.standing = c.st
		if v := into[cableDetailView](f.get(modemPath + "/cable").is(200)); v.File.Current != c.want {
			t.Errorf("%+v: %+v", c.st, v.File)
		}
	}
}

func TestDeviceCableWhy(t *testing.T) {
	f := newFixture(t)
	f.putModem()
	f.putOrder(1, "WO-1", "crm", func(o *itms.Order) { o.Claim, o.Service = itms.DeviceClaim{}, "U1001-1" })
	f.putOrder(2, "WO-2", "crm", func(o *itms.Order) { o.Claim, o.Service, o.State = itms.DeviceClaim{}, "U9", itms.OrderDone })
	for _, c := range []struct {
		st    CableStanding
		why   string
		order string
	}{
		{CableStanding{Class: "c", State: itms.EntitledActive, Service: "U1001-1", Waiting: true}, "service U1001-1 is active; a change waits for its next contact", "WO-1"},
		{CableStanding{Class: "c", State: itms.EntitledOrdered, Service: "U9"}, "service U9 is being brought to it", ""},
		{CableStanding{Class: "c", State: itms.EntitledSuspended, Service: "U9"}, "service U9 is suspended", ""},
		{CableStanding{State: itms.EntitledActive, Service: "U9", Blocked: true}, "an operator blocked it: it gets no answer", ""},
	} {
		f.cable.standing = c.st
		if v := into[cableDetailView](f.get(modemPath + "/cable").is(200)); v.Now.Why != c.why || v.Now.Order != c.order {
			t.Errorf("%+v, want %s %s", v.Now, c.why, c.order)
		}
	}
}

// Only the newest events about leases and files are shown.
func TestDeviceCableEvents(t *testing.T) {
	f := newFixture(t)
	f.putModem()
	for i := range maxCableEvents + 3 {
		f.journal(itms.Event{Type: "dhcp.released", Device: itms.CableID(itms.ClientModem, modemMAC), Text: fmt.Sprint(i)})
	}
	v := into[cableDetailView](f.get(modemPath + "/cable").is(200))
	if len(v.Events) != maxCableEvents || v.Events[0].Text != fmt.Sprint(maxCableEvents+2) {
		t.Errorf("%d events, the first %+v", len(v.Events), v.Events[0])
	}
}

// An order that names the modem is found before it is in contact under any service.
func TestDeviceCableOrderByMAC(t *testing.T) {
	f := newFixture(t)
	f.putModem()
	f.putOrder(1, "WO-7", "crm")
	f.cable.standing = CableStanding{Class: "c"}
	if v := into[cableDetailView](f.get(modemPath + "/cable").is(200)); v.Now.Order != "WO-7" {
		t.Errorf("%+v", v.Now)
	}
}
