package boltdb

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"itms"
)

// What a DHCP server stores together, and how many leases it has.
const (
	leaseBatch = 256
	leaseFleet = 100_000
)

// leaseOf is the n-th lease: addresses in order, MACs at random, and every other client
// behind a modem.
func leaseOf(n int, now time.Time) *itms.Lease {
	var mac, modem itms.MAC
	random := rand.New(rand.NewPCG(uint64(n), 1))
	draw := func(m *itms.MAC) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], random.Uint64())
		copy(m[:], b[:])
		m[0] &^= 1
	}
	draw(&mac)
	kind := itms.ClientModem
	if n%2 == 1 {
		kind = itms.ClientCPE
		draw(&modem)
	}
	a := binary.BigEndian.AppendUint32(nil, 10<<24+uint32(n))
	addr, _ := netip.AddrFromSlice(a)
	return &itms.Lease{Address: addr, State: itms.LeaseActive, Client: itms.ClientKey(kind, mac, nil), MAC: mac, Kind: kind, Class: "cm-active",
		Scope: "10.0.0.0/8", Relay: netip.AddrFrom4([4]byte{10, 255, 255, 254}), Modem: modem, Circuit: "0a0b0c0d", Remote: fmt.Sprintf("%x", modem[:]),
		Vendor: "docsis3.1:", Provision: "2f1c9a7b", Nonce: "5e0053010a0b0c0d", StartedAt: now, RenewedAt: now, ExpiresAt: now.Add(24 * time.Hour)}
}

// putBatch gives leases to clients that have none, as a DHCP server does: it looks at the
// address and at the client, and puts what it gave.
func putBatch(s *Store, from, n int, now time.Time) error {
	return s.Update(context.Background(), func(tx itms.Tx) error {
		for i := from; i < from+n; i++ {
			l := leaseOf(i, now)
			if _, err := tx.Leases().Get(l.Address); !itms.IsKind(err, itms.KindNotFound) {
				return fmt.Errorf("%s is taken: %w", l.Address, err)
			}
			if held, err := tx.Leases().OfClient(l.Client, 4); err != nil || len(held) > 0 {
				return fmt.Errorf("%s has %d: %w", l.Client, len(held), err)
			}
			if err := tx.Leases().Put(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// renewBatch renews leases of clients that are found by who they are.
func renewBatch(s *Store, which []int, now time.Time) error {
	return s.Update(context.Background(), func(tx itms.Tx) error {
		for _, i := range which {
			held, err := tx.Leases().OfClient(leaseOf(i, now).Client, 4)
			if err != nil || len(held) != 1 {
				return fmt.Errorf("lease %d: %d: %w", i, len(held), err)
			}
			l := held[0]
			l.RenewedAt, l.ExpiresAt = now, now.Add(24*time.Hour)
			if err := tx.Leases().Put(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkLeases stores leases in batches, each one durable, beside 100,000 others. What
// the benchmark does to make them is counted too.
func BenchmarkLeases(b *testing.B) {
	now := time.Unix(1700000000, 0).UTC()
	b.Run("new", func(b *testing.B) {
		s := leased(b, now)
		next := leaseFleet
		measure(b, s, func() error {
			next += leaseBatch
			now = now.Add(20 * time.Millisecond)
			return putBatch(s, next-leaseBatch, leaseBatch, now)
		})
	})
	b.Run("renew", func(b *testing.B) { // as half of their time is over: in the order they were given
		next := 0
		benchRenew(b, now, func() int { next++; return (next - 1) % leaseFleet })
	})
	b.Run("storm", func(b *testing.B) { // as they boot when the power comes back
		benchRenew(b, now, func() int { return rand.IntN(leaseFleet) })
	})
	b.Run("open", func(b *testing.B) {
		s := leased(b, now)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			again, err := Open(context.Background(), s.path, Options{})
			if err != nil {
				b.Fatal(err)
			}
			if err := again.Close(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/leaseFleet, "ns/lease")
	})
	b.Run("size", func(b *testing.B) {
		s := leased(b, now)
		var mem runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&mem)
		b.ReportMetric(float64(mem.HeapAlloc)/leaseFleet, "heap-B/lease")
		err := s.db.View(func(tx *bolt.Tx) error {
			stats := tx.Bucket([]byte(bucketNames[inLeases])).Stats()
			b.ReportMetric(float64(stats.LeafAlloc+stats.BranchAlloc)/leaseFleet, "file-B/lease")
			b.ReportMetric(float64(stats.LeafInuse)/leaseFleet, "used-B/lease")
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	})
	b.Run("count", func(b *testing.B) {
		s := leased(b, now)
		for b.Loop() {
			err := s.View(context.Background(), func(tx itms.Tx) error {
				list, err := tx.Leases().Count(now.Add(-time.Minute))
				if len(list) != 1 || list[0].Count != leaseFleet {
					b.Fatalf("counted %v", list)
				}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/leaseFleet, "ns/lease")
	})
}

// benchRenew measures renewals in some order.
func benchRenew(b *testing.B, now time.Time, next func() int) {
	s := leased(b, now)
	which := make([]int, leaseBatch)
	measure(b, s, func() error {
		for i := range which {
			which[i] = next()
		}
		now = now.Add(20 * time.Millisecond)
		return renewBatch(s, which, now)
	})
}

// leased opens a store with leases, given in batches over a day.
func leased(b *testing.B, now time.Time) *Store {
	b.Helper()
	s := open(b)
	for n := 0; n < leaseFleet; n += leaseBatch {
		at := now.Add(time.Duration(n-leaseFleet) * 24 * time.Hour / leaseFleet)
		if err := putBatch(s, n, min(leaseBatch, leaseFleet-n), at); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// measure runs batches and reports leases and CPU time, of this process and the kernel
// on its behalf.
func measure(b *testing.B, s *Store, batch func() error) {
	b.ReportAllocs()
	b.ResetTimer()
	stats := s.db.Stats()
	before, n := cpu(b), 0
	for b.Loop() {
		if err := batch(); err != nil {
			b.Fatal(err)
		}
		n += leaseBatch
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "leases/s")
	now := s.db.Stats()
	written := now.Sub(&stats).TxStats
	b.ReportMetric(float64(written.GetWrite()*leaseBatch)/float64(n), "writes/batch")
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/1000/float64(n), "cpu-us/lease")
}

// cpu is the CPU time that the process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
