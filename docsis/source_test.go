package docsis

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/docsis/configfile"
	"itms/tftp"
)

// refused fails unless a request got nothing and an event says why.
func (b *bench) refused(name string, from netip.Addr, want Fault) itms.Event {
	b.t.Helper()
	b.at = b.at.Add(2 * holdDownFor) // what was told lately is not told again
	if _, err := b.open(name, from); !errors.Is(err, tftp.ErrNotFound) {
		b.t.Fatalf("%s: expected no file, got %v", want, err)
	}
	var found itms.Event
	b.until(string(want), func(o *orders) bool {
		for _, ev := range o.events {
			if ev.Type == "cable.file.refused" && ev.Data["reason"] == string(want) {
				found = ev
				return true
			}
		}
		return false
	})
	return found
}

func TestFileOfItsOwn(t *testing.T) {
	b := newBench(t)
	l := b.lease(modemLease(1))
	b.ordered(l.MAC, itms.EntitledActive)
	file, err := b.open(b.BootFile(l), l.Address)
	if err != nil {
		t.Fatal(err)
	}
	v, err := configfile.Verify(file, []byte(secretText))
	if err != nil || v.CM != configfile.MICHolds || v.CMTS != configfile.MICHolds {
		t.Errorf("integrity: %+v %v", v, err)
	}
	parsed, err := configfile.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	if text := parsed.Text(); !strings.Contains(text, "MaxRateSustained 100000000;") || !strings.Contains(text, "MaxRateSustained 10000000;") {
		t.Errorf("rates of the package are not in the file:\n%s", text)
	}
	b.until("the fetch", func(o *orders) bool { return len(o.fetched) == 1 })
	f := b.orders.fetched[0]
	if f.Lease.MAC != l.MAC || f.File.Provision != "1/1" || f.File.Template != "internet" || f.File.Size != len(file) || len(f.File.MIC) != 32 || f.File.At != noon {
		t.Errorf("fetch told as %+v", f.File)
	}
}

func TestFileThatIsNotItsOwn(t *testing.T) {
	b := newBench(t)
	mine, other := b.lease(modemLease(1)), b.lease(modemLease(2))
	b.ordered(mine.MAC, itms.EntitledActive)
	b.ordered(other.MAC, itms.EntitledActive)
	name := b.BootFile(other)
	ev := b.refused(name, mine.Address, FaultAddress)
	if !ev.Alarm || ev.Device != itms.CableID(itms.ClientModem, mine.MAC) || !strings.Contains(ev.Text, other.MAC.String()) {
		t.Errorf("event of a stolen name: %+v", ev)
	}
	b.refused(name, netip.MustParseAddr("192.0.2.200"), FaultAddress) // an address that nobody holds
	b.refused(strings.Repeat("a", nameSize), mine.Address, FaultUnknown)

	b.at = noon.Add(61 * time.Minute)
	b.refused(name, other.Address, FaultExpired)
	b.at = noon.Add(25 * time.Hour)
	b.refused(b.BootFile(other), other.Address, FaultLease)
}

func TestFileOfAClassThatChanged(t *testing.T) {
	b := newBench(t)
	l := b.lease(modemLease(1))
	name := b.BootFile(l)
	b.ordered(l.MAC, itms.EntitledSuspended)
	b.refused(name, l.Address, FaultSuperseded)
	ent := b.ordered(l.MAC, itms.EntitledActive)
	ent.Blocked = true
	b.refused(b.BootFile(l), l.Address, FaultSuperseded)
}

// A modem whose order waits for it gets the file of what the order makes of its service.
func TestFileBeginsTheOrder(t *testing.T) {
	b := newBench(t)
	l := b.lease(modemLease(1))
	ent := b.ordered(l.MAC, itms.EntitledOrdered)
	ent.Waiting, ent.Revision = true, "prebound/1"
	b.orders.begin = func(*itms.CableContact) {
		b.orders.ents[l.MAC].Waiting, b.orders.ents[l.MAC].Revision = false, "1/1"
	}
	if _, err := b.open(b.BootFile(l), l.Address); err != nil {
		t.Fatal(err)
	}
	b.until("the fetch", func(o *orders) bool { return len(o.fetched) == 1 && o.fetched[0].File.Provision == "1/1" })
}

func TestFileOnce(t *testing.T) {
	b := newBench(t)
	l := modemLease(1)
	l.Class = "cm-once"
	b.lease(l)
	b.ordered(l.MAC, itms.EntitledNone).Facts.Model = "once"
	name := b.BootFile(l)
	if _, err := b.open(name, l.Address); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(t.Context()); err != nil { // what was used is noted
		t.Fatal(err)
	}
	b.at = b.at.Add(spentGrace / 2)
	if _, err := b.open(name, l.Address); err != nil {
		t.Errorf("within the grace: %v", err)
	}
	b.at = b.at.Add(spentGrace)
	if _, err := b.open(name, l.Address); !errors.Is(err, tftp.ErrNotFound) {
		t.Errorf("once more: %v", err)
	}
}

func TestFileByFixedName(t *testing.T) {
	b := newBench(t)
	l := modemLease(1)
	l.Class = "cm-odd"
	b.lease(l)
	b.ordered(l.MAC, itms.EntitledNone).Facts.Model = "odd"
	if got := b.BootFile(l); got != "modem.cfg" {
		t.Errorf("name %s", got)
	}
	if _, err := b.open("modem.cfg", l.Address); err != nil {
		t.Error(err)
	}
	for _, from := range []string{"192.0.2.9", "2001:db8::1"} {
		if _, err := b.open("modem.cfg", netip.MustParseAddr(from)); !errors.Is(err, tftp.ErrNotFound) {
			t.Errorf("from %s: %v", from, err)
		}
	}
	if _, err := b.open("firmware.bin", l.Address); !errors.Is(err, tftp.ErrNotFound) {
		t.Errorf("another name: %v", err)
	}
}

// A CMTS that is known to fetch files for its modems may come from its own address.
func TestFileByProxy(t *testing.T) {
	b := newBench(t)
	l := b.lease(modemLease(1))
	b.ordered(l.MAC, itms.EntitledActive)
	name := b.BootFile(l)
	proxy := netip.MustParseAddr("198.51.100.66")
	if _, err := b.open(name, proxy); err != nil {
		t.Error(err)
	}
	r := tftp.Request{Name: name, Client: netip.AddrPortFrom(proxy, 1), Options: map[string]string{"netaddr": "192.0.2.2"}}
	if _, err := b.Open(t.Context(), r); !errors.Is(err, tftp.ErrNotFound) {
		t.Errorf("for a modem that the name is not of: %v", err)
	}
}

// Storage that is away is no answer: the client asks again.
func TestFileWhenTheStoreIsAway(t *testing.T) {
	b := newBench(t)
	l := b.lease(modemLease(1))
	b.orders.err = errors.New("away")
	if _, err := b.open(b.BootFile(l), l.Address); err == nil || errors.Is(err, tftp.ErrNotFound) {
		t.Errorf("expected an error of its own, got %v", err)
	}
}

func TestSecretOfTheCMTS(t *testing.T) {
	b := newBench(t)
	l := modemLease(1)
	l.Relay = netip.MustParseAddr("198.51.100.1")
	b.lease(l)
	b.ordered(l.MAC, itms.EntitledActive)
	file, err := b.open(b.BootFile(l), l.Address)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := configfile.Verify(file, []byte("another")); err != nil || v.CMTS != configfile.MICHolds {
		t.Errorf("%+v %v", v, err)
	}
}

func TestTimestampAndAddressInTheFile(t *testing.T) {
	b := newBench(t)
	l := modemLease(1)
	l.Class = "cm-unknown"
	b.lease(l)
	file, err := b.open(b.BootFile(l), l.Address)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]byte{{20, 4, 192, 0, 2, 1}, {19, 4}} {
		if !strings.Contains(string(file), string(want)) {
			t.Errorf("% x is not in % x", want, file)
		}
	}
}

// A mistake of people is told; the modem asks again.
func TestFileThatCannotBeMade(t *testing.T) {
	b := newBench(t)
	b.Service.classes.byName["cm-active"].Template = "broken"
	t.Cleanup(func() { b.Service.classes.byName["cm-active"].Template = "internet" })
	l := b.lease(modemLease(1))
	b.ordered(l.MAC, itms.EntitledActive)
	if _, err := b.open(b.BootFile(l), l.Address); err == nil || errors.Is(err, tftp.ErrNotFound) {
		t.Errorf("%v", err)
	}
	b.until("the event", func(o *orders) bool {
		return len(o.events) == 1 && o.events[0].Type == "cable.file.failed" && o.events[0].Alarm && strings.Contains(o.events[0].Text, "broken")
	})
}

// Nothing of what is asked for by a hostile client fills the journal.
func TestRefusalsAreHeldDown(t *testing.T) {
	b := newBench(t)
	l := b.lease(modemLease(1))
	name := b.BootFile(l)
	for range 100 {
		if _, err := b.open(name, netip.MustParseAddr("192.0.2.7")); err == nil {
			t.Fatal("served")
		}
	}
	if err := b.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(b.orders.events); n != 1 {
		t.Errorf("%d events", n)
	}
}

// BenchmarkRender renders and signs a file of a template whose terms many modems share, and
// of one that mentions the modem.
func BenchmarkRender(b *testing.B) {
	s := newBench(b)
	l := modemLease(1)
	ent := s.ordered(l.MAC, itms.EntitledActive)
	class := *s.classes.byName["cm-active"]
	for _, c := range []struct{ name, template string }{{"shared", "internet"}, {"single", "single"}} {
		class.Template = c.template
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := s.render(&class, l, ent); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	s := newBench(b)
	l := s.lease(modemLease(1))
	s.ordered(l.MAC, itms.EntitledActive)
	name := s.BootFile(l)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open(b.Context(), tftp.Request{Name: name, Client: netip.AddrPortFrom(l.Address, 1)}); err != nil {
			b.Fatal(err)
		}
	}
}
