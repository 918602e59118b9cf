package docsis

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"itms"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func namer(t testing.TB, key string) *Namer {
	t.Helper()
	n, err := NewNamer([]byte(key), 30*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func modemLease(last byte) *itms.Lease {
	return &itms.Lease{Address: netip.AddrFrom4([4]byte{192, 0, 2, last}), State: itms.LeaseActive, Kind: itms.ClientModem, Class: "cm-active",
		MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, last}, Nonce: "0123456789abcdef", StartedAt: noon, RenewedAt: noon, ExpiresAt: noon.Add(24 * time.Hour)}
}

// opens opens a name for a lease as the TFTP door does.
func opens(n *Namer, name string, l *itms.Lease, from netip.Addr, at time.Time) Fault {
	h, ok := n.Read(name)
	if !ok || h.Address != l.Address {
		return FaultUnknown
	}
	return n.Check(h, l, from, at)
}

func TestName(t *testing.T) {
	n, l := namer(t, "key"), modemLease(1)
	name := n.Name(l, noon)
	if len(name) != nameSize || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		t.Errorf("name %q: expected %d of a-z2-7", name, nameSize)
	}
	if got := opens(n, strings.ToUpper(name), l, l.Address, noon); got != FaultNone {
		t.Errorf("in capitals: %q", got)
	}
	other := modemLease(1)
	other.MAC[5] = 9
	class, nonce := modemLease(1), modemLease(1)
	class.Class, nonce.Nonce = "cm-unknown", "fedcba9876543210"
	next := modemLease(2).Address
	for _, c := range []struct {
		what string
		n    *Namer
		l    *itms.Lease
		from netip.Addr
		at   time.Time
		want Fault
	}{
		{"at once", n, l, l.Address, noon, FaultNone},
		{"in the next period", n, l, l.Address, noon.Add(59 * time.Minute), FaultNone},
		{"in the one after", n, l, l.Address, noon.Add(61 * time.Minute), FaultExpired},
		{"before it was made", n, l, l.Address, noon.Add(-time.Minute), FaultExpired},
		{"from another address", n, l, next, noon, FaultAddress},
		{"expired, from another address", n, l, next, noon.Add(2 * time.Hour), FaultAddress},
		{"of another modem at the address", n, other, l.Address, noon, FaultUnknown},
		{"of another class", n, class, l.Address, noon, FaultUnknown},
		{"of a lease before", n, nonce, l.Address, noon, FaultUnknown},
		{"under another key", namer(t, "other"), l, l.Address, noon, FaultUnknown},
	} {
		if got := opens(c.n, name, c.l, c.from, c.at); got != c.want {
			t.Errorf("%s: %q, expected %q", c.what, got, c.want)
		}
	}
}

// TestNameEveryCharacterCounts changes each character of a name in turn.
func TestNameEveryCharacterCounts(t *testing.T) {
	n, l := namer(t, "key"), modemLease(1)
	name := n.Name(l, noon)
	for i := range name {
		changed := []byte(name)
		if changed[i]++; changed[i] == 'z'+1 || changed[i] == '8' {
			changed[i] = 'a'
		}
		if got := opens(n, string(changed), l, l.Address, noon); got != FaultUnknown {
			t.Errorf("name with another character %d: %q", i, got)
		}
	}
}

func TestNamesDiffer(t *testing.T) {
	n := namer(t, "key")
	seen := map[string]bool{}
	for _, at := range []time.Time{noon, noon.Add(30 * time.Minute), noon.Add(time.Hour)} {
		for i := range byte(100) {
			name := n.Name(modemLease(i), at)
			if seen[name] {
				t.Fatalf("%s was made twice", name)
			}
			seen[name] = true
			if strings.HasPrefix(name, n.Name(modemLease(i+1), at)[:4]) {
				t.Errorf("names of neighbours look alike: %s", name)
			}
		}
	}
}

func FuzzName(f *testing.F) {
	n, l := namer(f, "key"), modemLease(1)
	name := n.Name(l, noon)
	f.Add(name)
	f.Add(strings.ToUpper(name))
	f.Add("")
	f.Add("../../etc/passwd")
	f.Fuzz(func(t *testing.T, s string) {
		if got := opens(n, s, l, l.Address, noon); got == FaultNone && strings.ToLower(s) != name {
			t.Errorf("%q opens as %q", s, name)
		}
	})
}

func BenchmarkName(b *testing.B) {
	n, l := namer(b, "key"), modemLease(1)
	b.ReportAllocs()
	for b.Loop() {
		if h, _ := n.Read(n.Name(l, noon)); n.Check(h, l, l.Address, noon) != FaultNone {
			b.Fatal("does not open")
		}
	}
}
