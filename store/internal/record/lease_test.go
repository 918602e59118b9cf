package record

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// someLease is a lease with every field filled.
func someLease() *itms.Lease {
	return &itms.Lease{Address: netip.MustParseAddr("192.0.2.1"), State: itms.LeaseActive, Client: "i:ff0a", MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, 1},
		ClientID: "ff0a", Kind: itms.ClientCPE, Class: "cpe", Scope: "192.0.2.0/24", Relay: netip.MustParseAddr("192.0.2.254"),
		Modem: itms.MAC{0, 0, 0x5E, 0, 0x54, 1}, Circuit: "0A", Remote: "00005e005401", Hostname: "h", Vendor: "docsis3.1:", Provision: "p",
		Nonce: "0102", Spent: "s", StartedAt: at, RenewedAt: at, ExpiresAt: at}
}

// TestLeaseGolden: the form of a stored lease does not change unless its version does.
func TestLeaseGolden(t *testing.T) {
	const golden = "01" + "01" + "80064bf535b0f240" + "00005e005301" + "00005e005401" + // version, state, end, MACs
		"0202ff0a" + "183139322e302e322e302f3234" + "06637065" + // client, scope, class
		"04c0000201" + "04c00002fe" + // address, relay
		"06637065" + "05ff0a" + "043041" + "0d00005e005401" + "0268" + "14646f63736973332e313a" + "0270" + "050102" + "0273" + // texts
		"80c987dba6fda506" + "80c987dba6fda506" // times
	doc, err := LeaseDoc(someLease())
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(doc); got != golden {
		t.Errorf("stored as %s\n     want  %s", got, golden)
	}
	read, err := DecodeLease(doc)
	want := someLease()
	want.StartedAt, want.RenewedAt, want.ExpiresAt = kept, kept, kept
	if err != nil || !reflect.DeepEqual(read, want) {
		t.Errorf("read back as %+v, %v", read, err)
	}
}

// TestLeaseDamaged: a lease that is cut or longer is told, and one of a newer program in
// words.
func TestLeaseDamaged(t *testing.T) {
	doc, err := LeaseDoc(someLease())
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc {
		if l, err := DecodeLease(doc[:n]); !itms.IsKind(err, itms.KindInternal) {
			t.Errorf("%d of %d bytes are %+v, %v", n, len(doc), l, err)
		}
	}
	if _, err := DecodeLease(append(slices.Clone(doc), 0)); !itms.IsKind(err, itms.KindInternal) {
		t.Errorf("a byte more: %v", err)
	}
	newer := slices.Clone(doc)
	newer[0]++
	if _, err := DecodeLease(newer); !itms.IsKind(err, itms.KindInternal) || !strings.Contains(err.Error(), "start the newer program") {
		t.Errorf("a newer form: %v", err)
	}
	lost := slices.Clone(doc)
	lost[1] = 9
	if _, err := DecodeLease(lost); !itms.IsKind(err, itms.KindInternal) {
		t.Errorf("an unknown state: %v", err)
	}
}

// TestLeaseKept: a lease is read back as it was put, whatever its fields hold.
func TestLeaseKept(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "a", "0a", "0A", "0ab", "ü", strings.Repeat("0f", 300)})
	mac := rapid.SampledFrom([]itms.MAC{{}, {5: 1}, {1, 2, 3, 4, 5, 6}})
	addr := rapid.SampledFrom([]string{"192.0.2.1", "0.0.0.0", "::", "2001:db8::1"})
	end := rapid.Int64Range(-1e18, 1e18)
	rapid.Check(t, func(t *rapid.T) {
		l := &itms.Lease{Address: netip.MustParseAddr(addr.Draw(t, "address")), State: rapid.SampledFrom(leaseStates[1:]).Draw(t, "state"),
			Client: rapid.SampledFrom([]string{"m:00005E005301", "m:00005e005301", "m:000000000000", "m:", "i:", "i:0a", "i:0A", "i:0ab", "x",
				"i:" + strings.Repeat("ff", 255)}).Draw(t, "client"),
			MAC: mac.Draw(t, "mac"), Modem: mac.Draw(t, "modem"), Kind: itms.ClientCPE, Class: text.Draw(t, "class")}
		if len(l.Class) > itms.MaxKey {
			l.Class = ""
		}
		for _, s := range []*string{&l.ClientID, &l.Circuit, &l.Remote, &l.Hostname, &l.Vendor, &l.Provision, &l.Nonce, &l.Spent} {
			*s = text.Draw(t, "text")
		}
		for _, at := range []*time.Time{&l.StartedAt, &l.RenewedAt, &l.ExpiresAt} {
			*at = time.UnixMicro(end.Draw(t, "time")).UTC()
		}
		doc, err := LeaseDoc(l)
		if err != nil {
			t.Fatal(err)
		}
		read, err := DecodeLease(doc)
		if err != nil || !reflect.DeepEqual(read, l) {
			t.Fatalf("put %+v\nread %+v, %v", l, read, err)
		}
		head, err := ReadLeaseHead(doc)
		if err != nil || head.State() != l.State || !head.Expires().Equal(l.ExpiresAt) || head.ClientKey() != l.Client ||
			!head.InGroup(l.Scope, l.Class) || head.InGroup("", "b") {
			t.Fatalf("head %+v of %+v, %v", head, l, err)
		}
	})
}

// TestLeaseZeroTimes: a time that was never set is read back as such.
func TestLeaseZeroTimes(t *testing.T) {
	l := someLease()
	l.StartedAt, l.RenewedAt, l.ExpiresAt = time.Time{}, time.Time{}, time.Time{}
	doc, err := LeaseDoc(l)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := DecodeLease(doc); err != nil || !reflect.DeepEqual(read, l) {
		t.Errorf("read %+v, %v", read, err)
	}
}

// TestClientPrefixes: no client's key begins another's.
func TestClientPrefixes(t *testing.T) {
	keys := []string{"m:00005E005301", "m:00005E00530", "m:", "i:00", "i:0000", "i:000000", "i:", "a", "ab", "m:00005e005301"}
	for _, a := range keys {
		for _, b := range keys {
			if a != b && bytes.HasPrefix(AppendClient(nil, a), AppendClient(nil, b)) {
				t.Errorf("%q begins with %q", a, b)
			}
		}
	}
	mac := itms.MAC{0, 0, 0x5E, 0, 0x53, 1}
	if got := AppendMACClient(nil, mac); !bytes.Equal(got, AppendClient(nil, itms.ClientKey(itms.ClientModem, mac, nil))) {
		t.Errorf("the client of a MAC is %x", got)
	}
}

// TestInstantsSort: times are in order as bytes.
func TestInstantsSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := time.UnixMicro(rapid.Int64().Draw(t, "a")).UTC(), time.UnixMicro(rapid.Int64().Draw(t, "b")).UTC()
		if bytes.Compare(AppendInstant(nil, a), AppendInstant(nil, b)) != a.Compare(b) || !ReadInstant(AppendInstant(nil, a)).Equal(a) {
			t.Fatalf("%v and %v", a, b)
		}
	})
}

func TestScopeRange(t *testing.T) {
	for scope, want := range map[string]string{
		"192.0.2.0/24": "192.0.2.0 192.0.2.255", "192.0.2.77/26": "192.0.2.64 192.0.2.127", "0.0.0.0/0": "0.0.0.0 255.255.255.255",
		"192.0.2.1/32": "192.0.2.1 192.0.2.1", "2001:db8::/63": "2001:db8:: 2001:db8:0:1:ffff:ffff:ffff:ffff",
		"": "none", "home": "none", "192.0.2.1": "none", "192.0.2.0/33": "none",
	} {
		got := "none"
		if first, last, ok := ScopeRange(scope); ok {
			got = first.String() + " " + last.String()
		}
		if got != want {
			t.Errorf("%q is %s, want %s", scope, got, want)
		}
	}
}

// TestRefusedLease: what can be no lease is named by its pointer.
func TestRefusedLease(t *testing.T) {
	refused := func(spoil func(*itms.Lease)) error {
		l := someLease()
		spoil(l)
		_, err := LeaseDoc(l)
		return err
	}
	wantRefused(t, map[string]refusal{
		"no address":      {refused(func(l *itms.Lease) { l.Address = netip.Addr{} }), "/address"},
		"IPv4 in IPv6":    {refused(func(l *itms.Lease) { l.Address = netip.MustParseAddr("::ffff:192.0.2.1") }), "/address"},
		"a zone":          {refused(func(l *itms.Lease) { l.Address = netip.MustParseAddr("fe80::1%a") }), "/address"},
		"no state":        {refused(func(l *itms.Lease) { l.State = "" }), "/state"},
		"no client":       {refused(func(l *itms.Lease) { l.Client = "" }), "/client"},
		"a long class":    {refused(func(l *itms.Lease) { l.Class = strings.Repeat("c", itms.MaxKey+1) }), "/class"},
		"a bad kind":      {refused(func(l *itms.Lease) { l.Kind = "\x00" }), "/kind"},
		"another's scope": {refused(func(l *itms.Lease) { l.Scope = "192.0.3.0/24" }), "/scope"},
	})
}

// TestCableKept: what a cable device says of itself cannot make its record unreadable.
func TestCableKept(t *testing.T) {
	d := &itms.Device{ID: itms.DeviceID{OUI: "00005E", Serial: "1"}, Cable: &itms.Cable{LeasedAt: at, File: itms.CableFile{At: at},
		Facts: itms.CableFacts{MTA: itms.MAC{1, 2}, Parts: []string{}, Capabilities: map[string]string{}}}}
	got, doc, err := Device(d)
	if err != nil {
		t.Fatal(err)
	}
	want := &itms.Cable{LeasedAt: kept, File: itms.CableFile{At: kept}}
	if !reflect.DeepEqual(got.Cable, want) {
		t.Errorf("kept %+v", got.Cable)
	}
	if read, err := Decode[itms.Device](doc); err != nil || !reflect.DeepEqual(read.Cable, want) {
		t.Errorf("read %+v, %v", read.Cable, err)
	}
}

func FuzzDecodeLease(f *testing.F) {
	doc, err := LeaseDoc(someLease())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(doc)
	f.Fuzz(func(t *testing.T, doc []byte) {
		l, err := DecodeLease(doc)
		if err != nil {
			return
		}
		again, err := LeaseDoc(l)
		if err != nil {
			return // it was not put like this
		}
		read, err := DecodeLease(again)
		if err != nil {
			t.Fatalf("%+v cannot be read again: %v", l, err)
		}
		if third, err := LeaseDoc(read); err != nil || !bytes.Equal(third, again) {
			t.Errorf("read %+v\nthen %+v, %v", l, read, err)
		}
	})
}

func BenchmarkLeaseDoc(b *testing.B) {
	l := someLease()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := LeaseDoc(l); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeLease(b *testing.B) {
	doc, err := LeaseDoc(someLease())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeLease(doc); err != nil {
			b.Fatal(err)
		}
	}
}
