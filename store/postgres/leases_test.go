package postgres

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"itms"
)

// What a DHCP server stores together, and how many leases it has.
const (
	leaseBatch = 256
	leaseFleet = 20_000
)

// leaseOf is the n-th lease: addresses in order, and every other client behind a modem
// of random MAC.
func leaseOf(n int, now time.Time) *itms.Lease {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	mac := func() itms.MAC {
		v := random.Uint64()
		return itms.MAC{0, byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24), byte(v >> 32)}
	}
	l := &itms.Lease{Address: netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), State: itms.LeaseActive, MAC: mac(), Kind: itms.ClientModem,
		Class: "cm-active", Scope: "10.0.0.0/8", Circuit: "0a0b0c0d", Vendor: "docsis3.1:", Provision: "2f1c9a7b", Nonce: "5e0053010a0b0c0d",
		StartedAt: now, RenewedAt: now, ExpiresAt: now.Add(24 * time.Hour)}
	if n%2 == 1 {
		l.Kind, l.Modem = itms.ClientCPE, mac()
	}
	l.Client = itms.ClientKey(l.Kind, l.MAC, nil)
	return l
}

// runs counts how often transactions of putLeases ran.
var runs atomic.Int64

// putLeases gives leases in one transaction to clients that have none, or renews them:
// all addresses and clients are foreseen, as a DHCP server knows them before.
func putLeases(s *Store, batch []*itms.Lease) error {
	return s.Update(bg, func(tx itms.Tx) error {
		runs.Add(1)
		var f itms.Foresight
		for _, l := range batch {
			f.Leases, f.Clients = append(f.Leases, l.Address), append(f.Clients, l.Client)
		}
		tx.Foresee(f)
		for _, l := range batch {
			if old, err := tx.Leases().Get(l.Address); err == nil && old.Client != l.Client || err != nil && !itms.IsKind(err, itms.KindNotFound) {
				return fmt.Errorf("%s: %w", l.Address, err)
			}
			if held, err := tx.Leases().OfClient(l.Client, 4); err != nil || len(held) > 1 {
				return fmt.Errorf("%s has %d: %w", l.Client, len(held), err)
			}
			if err := tx.Leases().Put(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// leaseRange is n leases in order.
func leaseRange(from, n int, now time.Time) (batch []*itms.Lease) {
	for i := range n {
		batch = append(batch, leaseOf(from+i, now))
	}
	return batch
}

// TestLeaseTrips: a batch of leases is one question, one write and the commit, the last
// two in one trip.
func TestLeaseTrips(t *testing.T) {
	s, _ := fresh(t, Options{})
	now := time.Unix(1700000000, 0).UTC()
	for range 2 { // new ones, then renewals
		before := s.Stats().Trips
		if err := putLeases(s, leaseRange(0, 2*leaseBatch, now)); err != nil {
			t.Fatal(err)
		}
		if n := s.Stats().Trips - before; n != 2 {
			t.Errorf("%d trips", n)
		}
	}
}

// TestLeaseMoves: leases that are put, deleted and put again, in any order and number, are
// a trip.
func TestLeaseMoves(t *testing.T) {
	s, _ := fresh(t, Options{})
	now := time.Unix(1700000000, 0).UTC()
	if err := putLeases(s, leaseRange(0, leaseBatch, now)); err != nil {
		t.Fatal(err)
	}
	before := s.Stats().Trips
	err := s.Update(bg, func(tx itms.Tx) error {
		for i := range leaseBatch { // everybody moves to the next address but one
			l := leaseOf(i, now)
			l.Address = leaseOf(i+2, now).Address
			if err := errors.Join(tx.Leases().Delete(leaseOf(i, now).Address), tx.Leases().Put(l)); err != nil {
				return err
			}
		}
		return nil
	})
	if n := s.Stats().Trips - before; err != nil || n != 1 {
		t.Errorf("%d trips, %v", n, err)
	}
	err = s.View(bg, func(tx itms.Tx) error {
		list, err := tx.Leases().List(itms.LeaseQuery{Limit: 2 * leaseBatch})
		if len(list) != 2 || list[0].Address != leaseOf(leaseBatch, now).Address {
			t.Errorf("left are %d: %+v", len(list), list)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestManyLeases: a transaction may write and ask for more than it remembers.
func TestManyLeases(t *testing.T) {
	s, _ := fresh(t, Options{})
	now := time.Unix(1700000000, 0).UTC()
	const many = memoryMost + 100
	if err := putLeases(s, leaseRange(0, many, now)); err != nil {
		t.Fatal(err)
	}
	var all int
	err := s.View(bg, func(tx itms.Tx) error {
		return tx.Leases().Addresses(func(addr netip.Addr, _ itms.LeaseState, _ time.Time) bool {
			if want := leaseOf(all, now).Address; addr != want {
				t.Errorf("address %d is %s, want %s", all, addr, want)
			}
			all++
			return true
		})
	})
	if err != nil || all != many {
		t.Errorf("%d addresses, %v", all, err)
	}
}

// TestLeasePlans: no question on leases walks through all of them, Addresses and Count
// apart.
func TestLeasePlans(t *testing.T) {
	_, url := fresh(t, Options{})
	conn, err := pgx.Connect(bg, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(bg)
	for _, set := range []string{"set enable_seqscan = off", "set plan_cache_mode = force_generic_plan"} {
		if _, err := conn.Exec(bg, set); err != nil {
			t.Fatal(err)
		}
	}
	mac, scope := itms.MAC{5: 1}, "10.0.0.0/8"
	type plan struct{ sql, types, index string }
	plans := []plan{
		{selectLeases, "inet[]", "leases_pkey"}, {selectExpired, "timestamptz, int", "leases_expires"},
		{fmt.Sprintf(selectHeld, fmt.Sprintf(string(byClient), "q.holder")), "text[], int", "leases_client"},
		{fmt.Sprintf(selectHeld, fmt.Sprintf(string(byModem), "q.holder")), "text[], int", "leases_modem"},
	}
	for q, want := range map[itms.LeaseQuery]plan{
		{MAC: mac}: {"", "text, int", "leases_client leases_mac"}, {Modem: mac}: {"", "text, int", "leases_client leases_mac leases_modem"},
		{MAC: mac, Scope: scope}: {"", "text, inet, inet, text, int", "leases_client leases_mac"}, {Scope: scope}: {"", "inet, inet, text, int", "leases_pkey"},
		{}: {"", "int", "leases_pkey"},
	} {
		q.Limit = 9
		want.sql, _, _ = leasePage(q)
		plans = append(plans, want)
	}
	for i, p := range plans {
		args := strings.TrimSuffix(strings.Repeat("null, ", 1+strings.Count(p.types, ",")), ", ")
		if _, err := conn.Exec(bg, fmt.Sprintf("prepare p%d (%s) as %s", i, p.types, p.sql)); err != nil {
			t.Fatalf("%s: %v", p.sql, err)
		}
		rows, err := conn.Query(bg, fmt.Sprintf("explain execute p%d (%s)", i, args), pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		got := strings.Join(lines, "\n")
		if err != nil || strings.Contains(got, "Seq Scan") {
			t.Errorf("%s: %v\n%s", p.sql, err, got)
		}
		for _, index := range strings.Fields(p.index) {
			if !strings.Contains(got, index) {
				t.Errorf("%s: no use of %s\n%s", p.sql, index, got)
			}
		}
	}
}

// BenchmarkLeases stores leases in batches, each one durable. What is not spent here is
// the server's time.
func BenchmarkLeases(b *testing.B) {
	s, now := durable(b), time.Unix(1700000000, 0).UTC()
	for n := 0; n < leaseFleet; n += leaseBatch {
		if err := putLeases(s, leaseRange(n, leaseBatch, now)); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("nodes", func(b *testing.B) { benchNodes(b, s, now) })
	next := leaseFleet
	for name, first := range map[string]func() int{
		"new":   func() int { next += leaseBatch; return next },
		"renew": func() int { return rand.IntN(leaseFleet - leaseBatch) },
	} {
		b.Run(name, func(b *testing.B) {
			before, n := s.Stats().Trips, 0
			for b.Loop() {
				now = now.Add(20 * time.Millisecond)
				if err := putLeases(s, leaseRange(first(), leaseBatch, now)); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(n*leaseBatch)/b.Elapsed().Seconds(), "leases/s")
			b.ReportMetric(float64(s.Stats().Trips-before)/float64(n), "trips/batch")
		})
	}
}

// benchNodes has two nodes renew the leases of one half of the addresses each: what they
// read lies on common pages of the indexes, so that they collide.
func benchNodes(b *testing.B, s *Store, now time.Time) {
	other := open(b, s.pool.Config().ConnString(), Options{})
	defer other.Close()
	var all sync.WaitGroup
	before := runs.Load()
	for i, node := range []*Store{s, other} {
		all.Go(func() {
			for n := range b.N {
				from := (2*n + i) * leaseBatch % leaseFleet
				if err := putLeases(node, leaseRange(from, leaseBatch, now.Add(time.Duration(n)*time.Second))); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(2*b.N*leaseBatch)/b.Elapsed().Seconds(), "leases/s")
	b.ReportMetric(float64(runs.Load()-before)/float64(2*b.N), "runs/batch")
}
