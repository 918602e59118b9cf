package workorder_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"itms"
)

// modem is a cable modem as the DHCP and TFTP servers tell of it.
type modem struct {
	w     *world
	mac   itms.MAC
	lease *itms.Lease
	facts itms.CableFacts
}

func newModem(w *world, last byte) *modem {
	return &modem{w: w, mac: itms.MAC{0, 0, 0x5E, 0, 0x53, last},
		facts: itms.CableFacts{Version: "3.1", Vendor: "Example", Model: "CM-1", Software: "1.0", Parts: []string{"ECM", "EMTA"}, Capabilities: map[string]string{"ModemDocsisVersion": "4"}}}
}

// entitled asks what the modem is entitled to.
func (m *modem) entitled() *itms.Entitlement {
	m.w.t.Helper()
	ent, err := m.w.engine.Entitlement(context.Background(), itms.ClientModem, m.mac, m.facts.Model)
	if err != nil {
		m.w.t.Fatal(err)
	}
	return ent
}

// class is the class that follows from an entitlement, as a configuration would have it.
func class(ent *itms.Entitlement) string {
	switch {
	case ent.Provisioned():
		return "cm-active"
	case ent.State == itms.EntitledSuspended:
		return "cm-disabled"
	}
	return "cm-unknown"
}

// boot asks for an address and fetches the file; it returns its class.
func (m *modem) boot() string {
	m.w.t.Helper()
	m.ask()
	m.fetch()
	return m.lease.Class
}

// ask gets a lease.
func (m *modem) ask() {
	m.w.t.Helper()
	ent := m.entitled()
	m.lease = &itms.Lease{Address: netip.AddrFrom4([4]byte{192, 0, 2, m.mac[5]}), State: itms.LeaseActive, Kind: itms.ClientModem, MAC: m.mac,
		Client: itms.ClientKey(itms.ClientModem, m.mac, nil), Class: class(ent), Provision: ent.Revision, ExpiresAt: m.w.now().Add(time.Hour)}
	if err := m.w.engine.Leased(context.Background(), &itms.CableContact{Lease: m.lease, Facts: m.facts}); err != nil {
		m.w.t.Fatal(err)
	}
}

// fetch fetches the file that the entitlement of now makes.
func (m *modem) fetch() { m.w.t.Helper(); m.fetched(m.entitled().Revision) }

// fetched tells that a file of a revision was fetched.
func (m *modem) fetched(revision string) {
	m.w.t.Helper()
	f := itms.CableFetch{Lease: m.lease, File: itms.CableFile{Template: "internet", Provision: revision, Size: 120, MIC: "00ff", Address: m.lease.Address.String(), At: m.w.now()}}
	if err := m.w.engine.Fetched(context.Background(), []itms.CableFetch{f}); err != nil {
		m.w.t.Fatal(err)
	}
}

// device is the record of the modem.
func (m *modem) device() *itms.Device {
	m.w.t.Helper()
	return m.w.device(itms.CableID(itms.ClientModem, m.mac))
}

// internet is an install of a cable modem.
func internet(no, service, mac string) itms.OrderRequest {
	req := install(no, service, mac)
	req.Service.Type, req.Service.Package, req.Service.AuthURL = itms.ServiceInternet, "silver", ""
	return req
}

// change is an order about the service of a modem.
func change(no, service string, kind itms.OrderKind) itms.OrderRequest {
	return itms.OrderRequest{OrderNo: no, Source: "crm", Kind: kind, Mode: itms.ModeSelf, Service: itms.ServiceSpec{ID: itms.ServiceID(service)}}
}

func TestModemIsInstalled(t *testing.T) {
	w := newWorld(t)
	m := newModem(w, 1)
	if got := m.boot(); got != "cm-unknown" {
		t.Errorf("a modem that nobody ordered is of class %s", got)
	}
	if d := m.device(); d.State != itms.DeviceOnlineUnbound || d.Cable.Facts.Model != "CM-1" || d.IP != "192.0.2.1" || d.Cable.File.MIC != "00ff" || d.Model != "CM-1" {
		t.Errorf("inventoried as %+v, %+v", d, d.Cable)
	}
	w.post(internet("WO-1", "S1", "00:00:5E:00:53:01"))
	if ent := m.entitled(); !ent.Waiting || !ent.Provisioned() || ent.Service.Package != "silver" {
		t.Errorf("entitlement of a modem that is ordered: %+v", ent)
	}
	m.ask()
	w.wantOrder("WO-1", itms.OrderExecuting)
	m.fetched("0/0") // the file of before
	w.wantOrder("WO-1", itms.OrderExecuting)
	m.fetch()
	w.wantOrder("WO-1", itms.OrderDone)
	if d := m.device(); d.State != itms.DeviceInService {
		t.Errorf("state %s", d.State)
	}
	ent := m.entitled()
	if ent.State != itms.EntitledActive || ent.Waiting || ent.Holds != ent.Revision {
		t.Errorf("entitlement in service: %+v", ent)
	}
}

func TestModemThatIsInServiceCostsNoWrite(t *testing.T) {
	w := newWorld(t)
	m := newModem(w, 1)
	w.post(internet("WO-1", "S1", "00:00:5E:00:53:01"))
	m.boot()
	before := m.device()
	m.ask()
	if after := m.device(); after.Fence != before.Fence {
		t.Error("a lease that told nothing new was written")
	}
}

func TestModemIsSwapped(t *testing.T) {
	w := newWorld(t)
	old, new := newModem(w, 1), newModem(w, 2)
	w.post(internet("WO-1", "S1", "00:00:5E:00:53:01"))
	old.boot()
	swap := change("WO-2", "", itms.KindSwap)
	swap.OldDevice.MAC, swap.Device.MAC = "00:00:5E:00:53:01", "00:00:5E:00:53:02"
	w.post(swap)
	if got := old.boot(); got != "cm-active" {
		t.Errorf("until the new modem is there, the old one is of class %s", got)
	}
	if got := new.boot(); got != "cm-active" {
		t.Errorf("the new modem is of class %s", got)
	}
	w.wantOrder("WO-2", itms.OrderDone)
	if got := old.boot(); got != "cm-unknown" {
		t.Errorf("afterwards the old modem is of class %s", got)
	}
	if d := old.device(); d.State != itms.DeviceRecycled || d.Wipe != "" {
		t.Errorf("the old modem is %s, to be wiped: %q", d.State, d.Wipe)
	}
}

func TestModemIsSuspendedResumedTerminated(t *testing.T) {
	w := newWorld(t)
	m := newModem(w, 1)
	w.post(internet("WO-1", "S1", "00:00:5E:00:53:01"))
	m.boot()
	for _, c := range []struct {
		kind  itms.OrderKind
		class string
		state itms.DeviceState
	}{
		{itms.KindSuspend, "cm-disabled", itms.DeviceSuspended},
		{itms.KindResume, "cm-active", itms.DeviceInService},
		{itms.KindTerminate, "cm-unknown", itms.DeviceRecycled},
	} {
		no := "WO-" + string(c.kind)
		w.post(change(no, "S1", c.kind))
		if ent := m.entitled(); ent.Holds == ent.Revision || !ent.Waiting {
			t.Errorf("%s: the modem is not brought to start anew: %+v", c.kind, ent)
		}
		if got := m.boot(); got != c.class {
			t.Errorf("%s: class %s, want %s", c.kind, got, c.class)
		}
		w.wantOrder(no, itms.OrderDone)
		if d := m.device(); d.State != c.state {
			t.Errorf("%s: modem is %s, want %s", c.kind, d.State, c.state)
		}
		if ent := m.entitled(); ent.Holds != ent.Revision || class(ent) != c.class {
			t.Errorf("%s: %+v is of class %s, want %s", c.kind, ent, class(ent), c.class)
		}
	}
}

// A change of content has no other class: the modem is brought to start anew by its file.
func TestModemGetsAnotherPackage(t *testing.T) {
	w := newWorld(t)
	m := newModem(w, 1)
	w.post(internet("WO-1", "S1", "00:00:5E:00:53:01"))
	m.boot()
	req := change("WO-2", "S1", itms.KindModify)
	req.Service.Package = "gold"
	w.post(req)
	if ent := m.entitled(); ent.Holds == ent.Revision || class(ent) != "cm-active" {
		t.Errorf("entitlement %+v", ent)
	}
	m.boot()
	w.wantOrder("WO-2", itms.OrderDone)
	if got := m.entitled().Service.Package; got != "gold" {
		t.Errorf("package %s", got)
	}
}

func TestModemThatIsBlockedGetsNothing(t *testing.T) {
	w := newWorld(t)
	m := newModem(w, 1)
	w.post(internet("WO-1", "S1", "00:00:5E:00:53:01"))
	m.boot()
	if _, err := w.engine.Block(t.Context(), "op", m.device().ID, true); err != nil {
		t.Fatal(err)
	}
	if ent := m.entitled(); !ent.Blocked || ent.Provisioned() {
		t.Errorf("entitlement %+v", ent)
	}
	m.lease.Address = netip.MustParseAddr("192.0.2.99")
	if err := w.engine.Leased(t.Context(), &itms.CableContact{Lease: m.lease}); err != nil {
		t.Error(err)
	}
	if got := m.device().Cable.Address; got != "192.0.2.1" {
		t.Errorf("a lease of a blocked modem was taken in: %s", got)
	}
}

func TestModemTakesNoTasks(t *testing.T) {
	w := newWorld(t)
	m := newModem(w, 1)
	m.boot()
	_, err := w.engine.CreateTask(t.Context(), "op", m.device().ID, itms.TaskRequest{Kind: itms.TaskReboot})
	if itms.CodeOf(err) != itms.CodeUnsupported {
		t.Errorf("task on a modem: %v", err)
	}
}

func TestModemCarriesNoTelevision(t *testing.T) {
	w := newWorld(t)
	m := newModem(w, 1)
	w.post(install("WO-1", "S1", "00:00:5E:00:53:01"))
	m.boot()
	if o := w.wantOrder("WO-1", itms.OrderWaitingDevice); !strings.Contains(o.Reason, "carries no iptv") {
		t.Errorf("reason %q", o.Reason)
	}
}

// An order whose device was known by DHCP before it was known by its session: the MAC is
// enough.
func TestBoxIsEntitledByMAC(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", "00:00:5E:00:53:01"))
	ent, err := w.engine.Entitlement(t.Context(), itms.ClientSTB, itms.MAC{0, 0, 0x5E, 0, 0x53, 1}, "")
	if err != nil || !ent.Provisioned() || ent.Service.Type != itms.ServiceIPTV {
		t.Errorf("%+v %v", ent, err)
	}
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	if ent, err = w.engine.Entitlement(t.Context(), itms.ClientSTB, itms.MAC{0, 0, 0x5E, 0, 0x53, 1}, ""); err != nil || ent.State != itms.EntitledActive {
		t.Errorf("in service: %+v %v", ent, err)
	}
}

// Devices are told of together; one that is blocked keeps nobody from it.
func TestFetchesAreRecordedTogether(t *testing.T) {
	w := newWorld(t)
	var list []itms.CableFetch
	for i := range byte(5) {
		w.post(internet(fmt.Sprintf("WO-%d", i), fmt.Sprintf("S%d", i), fmt.Sprintf("00:00:5E:00:53:%02X", i)))
		m := newModem(w, i)
		m.ask()
		list = append(list, itms.CableFetch{Lease: m.lease, File: itms.CableFile{Provision: m.entitled().Revision, At: w.now()}})
		if i == 2 {
			if _, err := w.engine.Block(t.Context(), "op", m.device().ID, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.engine.Fetched(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		want := itms.OrderDone
		if i == 2 {
			want = itms.OrderExecuting
		}
		w.wantOrder(fmt.Sprintf("WO-%d", i), want)
	}
}

// A device that says the name of a modem in a session gets nothing of what is its.
func TestModemIsNoCWMPDevice(t *testing.T) {
	w := newWorld(t)
	m := newModem(w, 1)
	w.post(internet("WO-1", "S1", "00:00:5E:00:53:01"))
	m.boot()
	b := newBox(w, 1)
	b.id = m.device().ID
	if _, err := b.tryContact(itms.EventBootstrap); !itms.IsKind(err, itms.KindForbidden) {
		t.Errorf("a session in a modem's name: %v", err)
	}
	if !b.id.IsCable() || len(w.woken) > 0 {
		t.Errorf("woken: %v", w.woken)
	}
}

// And the other way round.
func TestCWMPDeviceIsNoModem(t *testing.T) {
	w := newWorld(t)
	m := newModem(w, 1)
	b := newBox(w, 1)
	b.id = itms.CableID(itms.ClientModem, m.mac)
	b.contact(itms.EventBootstrap)
	m.lease = &itms.Lease{Address: netip.MustParseAddr("192.0.2.1"), State: itms.LeaseActive, Kind: itms.ClientModem, MAC: m.mac}
	if err := w.engine.Leased(t.Context(), &itms.CableContact{Lease: m.lease}); err != nil {
		t.Error(err)
	}
	if d := m.device(); d.Cable != nil {
		t.Errorf("became a modem: %+v", d.Cable)
	}
}

// A modem that was moved begins anew, which is how it says so: the same relay may serve both
// places.
func TestModemIsRelocated(t *testing.T) {
	w := newWorld(t)
	m := newModem(w, 1)
	w.post(internet("WO-1", "S1", "00:00:5E:00:53:01"))
	m.boot()
	req := change("WO-2", "S1", itms.KindRelocate)
	req.Line = itms.Line{Area: "510100", Node: "cmts-1", Port: "1/2"}
	w.post(req)
	if ent := m.entitled(); !ent.Waiting || ent.Holds == ent.Revision {
		t.Errorf("entitlement %+v", ent)
	}
	m.boot()
	w.wantOrder("WO-2", itms.OrderDone)
	if got := m.entitled().Service.Line.Node; got != "cmts-1" {
		t.Errorf("line %s", got)
	}
}
