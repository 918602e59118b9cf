package docsis

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"itms"
	"itms/dhcp"
)

// asks is a client as the DHCP server tells of it.
func asks(kind itms.ClientKind, last byte, modem itms.MAC) *dhcp.Asking {
	return &dhcp.Asking{Kind: kind, MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, last}, Modem: modem, Relay: netip.MustParseAddr("192.0.2.254"),
		VendorClass: "docsis3.1:", Facts: itms.CableFacts{Model: "CM-1"}}
}

func TestClassOfAClient(t *testing.T) {
	b := newBench(t)
	modem := func(last byte) itms.MAC { return itms.MAC{0, 0, 0x5E, 0, 0x53, last} }
	b.ordered(modem(1), itms.EntitledActive).Holds = "1/1"
	b.ordered(modem(2), itms.EntitledSuspended)
	b.ordered(modem(3), itms.EntitledActive).Blocked = true
	b.ordered(modem(4), itms.EntitledOrdered)
	rich := b.ordered(modem(5), itms.EntitledActive)
	rich.Service.Attributes = map[string]string{"maxCpe": "9"}
	odd := asks(itms.ClientModem, 7, itms.MAC{})
	odd.Facts.Model = "odd"
	for _, c := range []struct {
		what string
		a    *dhcp.Asking
		want dhcp.Client
	}{
		{"active", asks(itms.ClientModem, 1, itms.MAC{}), dhcp.Client{Class: "cm-active", Provision: "1/1"}},
		{"suspended", asks(itms.ClientModem, 2, itms.MAC{}), dhcp.Client{Class: "cm-disabled", Provision: "1/1", Restart: true}},
		{"blocked", asks(itms.ClientModem, 3, itms.MAC{}), dhcp.Client{}},
		{"ordered, with another file", asks(itms.ClientModem, 4, itms.MAC{}), dhcp.Client{Class: "cm-active", Provision: "1/1", Restart: true}},
		{"unknown", asks(itms.ClientModem, 6, itms.MAC{}), dhcp.Client{Class: "cm-unknown", Provision: "0/0"}},
		{"by what it says of itself", odd, dhcp.Client{Class: "cm-odd", Provision: "0/0"}},
		{"behind a known modem", asks(itms.ClientCPE, 9, modem(1)), dhcp.Client{Class: "cpe", Provision: "0/0", MaxCPE: 4}},
		{"behind one whose service says how many", asks(itms.ClientCPE, 9, modem(5)), dhcp.Client{Class: "cpe", Provision: "0/0", MaxCPE: 9}},
		{"behind a suspended modem", asks(itms.ClientCPE, 9, modem(2)), dhcp.Client{Class: "cpe-walled", Provision: "0/0", MaxCPE: 1}},
		{"behind an unknown modem", asks(itms.ClientCPE, 9, modem(6)), dhcp.Client{Class: "cpe-walled", Provision: "0/0", MaxCPE: 1}},
		{"behind nothing", asks(itms.ClientCPE, 9, itms.MAC{}), dhcp.Client{Class: "cpe-walled", Provision: "0/0", MaxCPE: 1}},
		{"of no class", asks(itms.ClientSTB, 9, itms.MAC{}), dhcp.Client{}},
	} {
		if got, err := b.Client(t.Context(), c.a); err != nil || got != c.want {
			t.Errorf("%s: %+v (%v), want %+v", c.what, got, err, c.want)
		}
	}
}

// Storage that is away is an error, never another class.
func TestClassWhenTheStoreIsAway(t *testing.T) {
	b := newBench(t)
	b.orders.err = errors.New("away")
	if _, err := b.Client(t.Context(), asks(itms.ClientModem, 1, itms.MAC{})); err == nil {
		t.Error("a class was told")
	}
}

func TestLeasesAreTold(t *testing.T) {
	b := newBench(t)
	a := asks(itms.ClientModem, 1, itms.MAC{})
	a.Capabilities = []byte{2, 1, 4, 3, 1, 1, 200, 2, 1, 0, 20, 6, 1, 2, 3, 4, 5, 6, 9}
	b.Leased(a, &dhcp.Client{}, modemLease(1), false)
	b.until("the lease", func(o *orders) bool { return len(o.leased) == 1 })
	facts := b.orders.leased[0].Facts
	want := map[string]string{"ModemDocsisVersion": "4", "FragmentationSupport": "1", "200": "256"}
	for name, value := range want {
		if facts.Capabilities[name] != value {
			t.Errorf("capability %s is %q, want %s", name, facts.Capabilities[name], value)
		}
	}
	if len(facts.Capabilities) != len(want)+1 || facts.Model != "CM-1" {
		t.Errorf("%+v", facts)
	}
	cpe := modemLease(2)
	cpe.Kind = itms.ClientCPE
	b.Leased(a, &dhcp.Client{}, modemLease(1), true) // renewed
	b.Leased(asks(itms.ClientCPE, 2, a.MAC), &dhcp.Client{}, cpe, false)
	known := itms.NewCable(modemLease(1), facts)
	b.Leased(a, &dhcp.Client{Known: known}, modemLease(1), false)                // nothing new
	b.Leased(a, &dhcp.Client{Known: known, Restart: true}, modemLease(1), false) // something waits
	if err := b.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(b.orders.leased); n != 2 {
		t.Errorf("%d leases were told", n)
	}
}

func TestConditionsAreChecked(t *testing.T) {
	for _, c := range []struct{ match, want string }{
		{`client.kind`, "bool"},
		{`client.kin == "cm"`, "kin"},
		{`client.kind == `, "unexpected"},
		{`client.modem.modem.kind == "cm"`, "modem"},
		{strings.Repeat(" ", maxCondition) + "true", "at most"},
	} {
		templates, err := LoadTemplates("")
		if err != nil {
			t.Fatal(err)
		}
		err = Check(Options{Templates: templates, Classes: []Class{{Name: "a"}, {Name: "x", Match: c.match}}})
		var e *itms.Error
		if !errors.As(err, &e) || e.Fields[0].Pointer != "/dhcp/classes/x/match" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40s: %v, want %s", c.match, err, c.want)
		}
	}
}

func TestTemplatesOfClassesAreThere(t *testing.T) {
	templates, err := LoadTemplates("")
	if err != nil {
		t.Fatal(err)
	}
	err = Check(Options{Templates: templates, Classes: []Class{{Name: "x", Template: "gold"}}})
	if err == nil || !strings.Contains(err.Error(), "/dhcp/classes/x/template") {
		t.Errorf("%v", err)
	}
}

// What cannot be recorded for want of room is dropped and counted; nobody waits.
func TestNotesNeverBlock(t *testing.T) {
	b := newBench(t)
	b.orders.mu.Lock() // the store stands still
	for range 3 * maxNotes {
		b.Event(itms.Event{Type: "x"})
	}
	b.orders.mu.Unlock()
	if err := b.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(b.orders.events); n < maxNotes || n > maxNotes+notesAtOnce {
		t.Errorf("%d of %d events were recorded", n, 3*maxNotes)
	}
}

func BenchmarkClient(b *testing.B) {
	s := newBench(b)
	a := asks(itms.ClientModem, 1, itms.MAC{})
	s.ordered(a.MAC, itms.EntitledActive)
	b.ReportAllocs()
	for b.Loop() {
		if c, err := s.Client(b.Context(), a); err != nil || c.Class != "cm-active" {
			b.Fatal(c, err)
		}
	}
}
