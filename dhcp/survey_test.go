package dhcp_test

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"itms"
	"itms/dhcp"
	"itms/store/boltdb"
)

// surveyTime is when the leases of these tests are looked at.
var surveyTime = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// surveyConfig has a pool of ten with a router and a reservation in it, and one of two.
func surveyConfig() dhcp.Config {
	addr := netip.MustParseAddr
	return dhcp.Config{
		Listen: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}, ServerID: addr("127.0.0.1"),
		Classes: []dhcp.Class{{Name: "cm"}, {Name: "cpe"}},
		Scopes: []dhcp.Scope{{Subnet: netip.MustParsePrefix("192.0.2.0/24"), Relays: []netip.Addr{addr("192.0.2.1")}, Routers: []netip.Addr{addr("192.0.2.10")},
			Pools: []dhcp.Pool{{First: addr("192.0.2.10"), Last: addr("192.0.2.19"), Classes: []string{"cm"}}, {First: addr("192.0.2.30"), Last: addr("192.0.2.31")}}}},
		Reservations: []dhcp.Reservation{{MAC: itms.MAC{0, 0, 0x5e, 0, 0x53, 9}, Address: addr("192.0.2.11")}},
	}
}

// surveyStore holds leases "ADDRESS STATE HOURS", which end so many hours from surveyTime.
func surveyStore(t *testing.T, leases ...string) *boltdb.Store {
	t.Helper()
	store, err := boltdb.Open(t.Context(), filepath.Join(t.TempDir(), "itms.db"), boltdb.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	err = store.Update(t.Context(), func(tx itms.Tx) error {
		for i, line := range leases {
			f := strings.Fields(line)
			ends, err := time.ParseDuration(f[2])
			if err != nil {
				return err
			}
			mac := itms.MAC{0, 0, 0x5e, 0, 0x53, byte(i + 1)}
			l := &itms.Lease{Address: netip.MustParseAddr(f[0]), State: itms.LeaseState(f[1]), Client: itms.ClientKey(itms.ClientModem, mac, nil), MAC: mac,
				Kind: itms.ClientModem, Class: "cm", StartedAt: surveyTime, RenewedAt: surveyTime, ExpiresAt: surveyTime.Add(ends)}
			if err := tx.Leases().Put(l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func surveyClock() time.Time { return surveyTime }

func TestSurvey(t *testing.T) {
	store := surveyStore(t, "192.0.2.11 active 1h", "192.0.2.12 active 1h", "192.0.2.13 active -1h", "192.0.2.14 released 1h",
		"192.0.2.15 declined 1h", "192.0.2.25 active 1h", "192.0.2.31 active 1h", "198.51.100.1 active 1h")
	s, err := dhcp.NewSurvey(surveyConfig(), store, surveyClock)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Scopes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []dhcp.PoolUsage{ // of the ten, the router's own is kept; the reserved one is leased
		{Range: "192.0.2.10-192.0.2.19", Classes: []string{"cm"}, Size: 10, Leased: 2, Declined: 1, Reserved: 1, Free: 6},
		{Range: "192.0.2.30-192.0.2.31", Size: 2, Leased: 1, Free: 1}}
	if len(list) != 1 || list[0].Subnet != "192.0.2.0/24" || !slices.EqualFunc(list[0].Pools, want, samePool) {
		t.Errorf("%+v", list)
	}
	wrong := surveyConfig()
	wrong.Scopes[0].Pools[0].Last = netip.MustParseAddr("203.0.113.1")
	if _, err := dhcp.NewSurvey(wrong, store, surveyClock); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("a pool outside of its subnet: %v", err)
	}
}

// samePool compares all of two pools.
func samePool(a, b dhcp.PoolUsage) bool {
	same := slices.Equal(a.Classes, b.Classes)
	a.Classes, b.Classes = nil, nil
	return same && a.Range == b.Range && [6]int{a.Size, a.Leased, a.Declined, a.Offered, a.Reserved, a.Free} == [6]int{b.Size, b.Leased, b.Declined, b.Offered, b.Reserved, b.Free}
}

func TestReleaseWithoutAServer(t *testing.T) {
	store := surveyStore(t, "192.0.2.12 active 1h", "192.0.2.13 active -1h", "192.0.2.15 declined 1h")
	release := func(addr string) error {
		return dhcp.Release(t.Context(), store, netip.MustParseAddr(addr), "alice", surveyTime)
	}
	for _, addr := range []string{"192.0.2.12", "192.0.2.15"} {
		if err := release(addr); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for addr, words := range map[string]string{"192.0.2.12": "was released at 2026-11-01T12:00:00Z", "192.0.2.13": "expired at 2026-11-01T11:00:00Z"} {
		if err := release(addr); itms.CodeOf(err) != itms.CodeLeaseState || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if err := release("192.0.2.99"); !itms.IsKind(err, itms.KindNotFound) {
		t.Errorf("an address that nobody had: %v", err)
	}
	err := store.View(t.Context(), func(tx itms.Tx) error {
		l, err := tx.Leases().Get(netip.MustParseAddr("192.0.2.12"))
		if err != nil {
			return err
		}
		if l.State != itms.LeaseReleased || !l.ExpiresAt.Equal(surveyTime) {
			t.Errorf("%+v", l)
		}
		events, err := tx.Journal().After(0, 10)
		if len(events) != 2 || events[0].Type != "dhcp.released" || events[0].Actor != "alice" || events[0].Device.IsZero() || events[0].Data["address"] != "192.0.2.12" {
			t.Errorf("%+v", events)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// nobody is a Directory that knows no client.
type nobody struct{}

func (nobody) Client(context.Context, *dhcp.Asking) (dhcp.Client, error) { return dhcp.Client{}, nil }
func (nobody) BootFile(*itms.Lease) string                               { return "" }
func (nobody) Leased(*dhcp.Asking, *dhcp.Client, *itms.Lease, bool)      {}
func (nobody) Event(itms.Event)                                          {}

// A server that runs knows at once that the address may be given out again.
func TestReleaseBesideAServer(t *testing.T) {
	store := surveyStore(t, "192.0.2.30 active 1h", "192.0.2.31 active 1h")
	registry := prometheus.NewRegistry()
	s, err := dhcp.New(dhcp.Options{Config: surveyConfig(), Store: store, Directory: nobody{}, Clock: surveyClock, Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	before := freeOf(t, registry)
	if err := s.Release(t.Context(), netip.MustParseAddr("192.0.2.31"), "alice"); err != nil {
		t.Fatal(err)
	}
	if now := freeOf(t, registry); now != before+1 {
		t.Errorf("%v addresses are free, were %v", now, before)
	}
	list, err := s.Scopes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p := list[0].Pools[1]; p.Leased != 1 || p.Free != 1 || p.Reserved != 0 {
		t.Errorf("%+v", p)
	}
	if err := s.Release(t.Context(), netip.MustParseAddr("192.0.2.31"), "alice"); itms.CodeOf(err) != itms.CodeLeaseState {
		t.Errorf("once more: %v", err)
	}
}

// freeOf is how many addresses the server has for free.
func freeOf(t *testing.T, r *prometheus.Registry) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, label := range m.GetLabel() {
				if f.GetName() == "itms_dhcp_addresses" && label.GetValue() == "free" {
					return m.GetGauge().GetValue()
				}
			}
		}
	}
	t.Fatal("no gauge of free addresses")
	return 0
}

// BenchmarkSurvey counts 100,000 leases in 16 scopes.
func BenchmarkSurvey(b *testing.B) {
	const scopes, each = 16, 6250
	store, err := boltdb.Open(b.Context(), filepath.Join(b.TempDir(), "itms.db"), boltdb.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	}()
	c := dhcp.Config{Classes: []dhcp.Class{{Name: "cm"}}}
	addr := func(s, i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(s), byte(i >> 8), byte(i)}) }
	for s := range scopes {
		subnet := netip.PrefixFrom(addr(s, 0), 16)
		c.Scopes = append(c.Scopes, dhcp.Scope{Subnet: subnet, Pools: []dhcp.Pool{{First: addr(s, 1), Last: addr(s, 2*each)}}})
		err := store.Update(b.Context(), func(tx itms.Tx) error {
			for i := 1; i <= each; i++ {
				mac := itms.MAC{0, 0, 0x5e, byte(s), byte(i >> 8), byte(i)}
				l := &itms.Lease{Address: addr(s, i), State: itms.LeaseActive, Client: itms.ClientKey(itms.ClientModem, mac, nil), MAC: mac, Kind: itms.ClientModem,
					Class: "cm", Scope: subnet.String(), StartedAt: surveyTime, RenewedAt: surveyTime, ExpiresAt: surveyTime.Add(time.Hour)}
				if err := tx.Leases().Put(l); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	s, err := dhcp.NewSurvey(c, store, surveyClock)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		list, err := s.Scopes(b.Context())
		if err != nil || list[scopes-1].Pools[0].Leased != each {
			b.Fatalf("%+v %v", list, err)
		}
	}
}
