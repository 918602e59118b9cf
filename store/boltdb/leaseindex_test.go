package boltdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
	"itms/store/internal/record"
)

// endingIn are leases that end so many seconds after now, in one block.
func endingIn(now time.Time, seconds ...int) (list []*itms.Lease) {
	for i, sec := range seconds {
		l := leaseOf(i, now)
		l.ExpiresAt = now.Add(time.Duration(sec) * time.Second)
		list = append(list, l)
	}
	return list
}

// putAll stores leases in one transaction, which fails when it shall.
func putAll(t *testing.T, s *Store, fails error, list ...*itms.Lease) {
	t.Helper()
	err := s.Update(context.Background(), func(tx itms.Tx) error {
		for _, l := range list {
			if err := tx.Leases().Put(l); err != nil {
				return err
			}
		}
		return fails
	})
	if !errors.Is(err, fails) {
		t.Fatal(err)
	}
}

// ended lists the last bytes of the addresses of leases that ended.
func ended(t *testing.T, tx itms.Tx, before time.Time) (all []int) {
	t.Helper()
	list, err := tx.Leases().Expired(before, 9)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		all = append(all, int(l.Address.As4()[3]))
	}
	return all
}

// TestExpiredOfOldSnapshot: what the index learned from newer snapshots hides nothing from
// an older one, and what an older one saw hides nothing from newer ones.
func TestExpiredOfOldSnapshot(t *testing.T) {
	s, now := open(t), time.Unix(1700000000, 0).UTC()
	putAll(t, s, nil, endingIn(now, 1, 2)...)
	look := func(want ...int) {
		t.Helper()
		if err := s.View(context.Background(), func(tx itms.Tx) error {
			if got := ended(t, tx, now.Add(5*time.Second)); !slices.Equal(got, want) {
				t.Errorf("ended: %v, want %v", got, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	err := s.View(context.Background(), func(old itms.Tx) error {
		putAll(t, s, nil, endingIn(now, 60, 60)...) // renewed
		look()                                      // a newer snapshot learns that none ends soon
		look()
		if got := ended(t, old, now.Add(5*time.Second)); !slices.Equal(got, []int{0, 1}) {
			t.Errorf("ended in the old snapshot: %v", got)
		}
		putAll(t, s, nil, endingIn(now, 3)...)
		if got := ended(t, old, now.Add(2*time.Second)); !slices.Equal(got, []int{0}) {
			t.Errorf("ended in the old snapshot: %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	look(0)
	putAll(t, s, nil, endingIn(now, 60)...)
	look() // learned
	errOwn := errors.New("own")
	putAll(t, s, errOwn, endingIn(now, 4)...) // taken back
	look()
	putAll(t, s, nil, endingIn(now, 1)...)
	if err := s.Update(context.Background(), func(tx itms.Tx) error {
		if err := tx.Leases().Put(endingIn(now, 60)[0]); err != nil {
			return err
		}
		if got := ended(t, tx, now.Add(5*time.Second)); got != nil { // learned of what is taken back
			t.Errorf("ended in the update: %v", got)
		}
		return errOwn
	}); err != errOwn {
		t.Fatal(err)
	}
	putAll(t, s, nil, leaseOf(1000, now)) // with the number of the transaction that failed
	look(0)
	if err := s.Update(context.Background(), func(tx itms.Tx) error {
		if err := tx.Leases().Delete(leaseOf(0, now).Address); err != nil {
			return err
		}
		if got := ended(t, tx, now.Add(5*time.Second)); got != nil {
			t.Errorf("ended in the update: %v", got)
		}
		return errOwn
	}); err != errOwn {
		t.Fatal(err)
	}
	look(0)
	putAll(t, s, nil, endingIn(now, 60)...)
	if err := s.Update(context.Background(), func(tx itms.Tx) error {
		if err := tx.Leases().Put(endingIn(now, 4)[0]); err != nil {
			return err
		}
		if got := ended(t, tx, now.Add(5*time.Second)); !slices.Equal(got, []int{0}) {
			t.Errorf("ended in the update: %v", got)
		}
		look() // it is not committed
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	look(0)
}

// TestLeaseIndexRenewed: an index that is mostly remains is replaced, and views that began
// before see theirs.
func TestLeaseIndexRenewed(t *testing.T) {
	s, now := open(t), time.Unix(1700000000, 0).UTC()
	putAll(t, s, nil, leaseOf(1, now), leaseOf(2, now))
	first := s.leases.Load()
	err := s.View(context.Background(), func(old itms.Tx) error {
		l := leaseOf(3, now)
		l.Address = leaseOf(1, now).Address
		if err := s.Update(context.Background(), func(tx itms.Tx) error { // in it no replacement is under way
			first.mu.Lock()
			first.stale = 2 * staleMost // as if so many leases had changed
			first.mu.Unlock()
			return tx.Leases().Put(l)
		}); err != nil {
			return err
		}
		putAll(t, s, nil) // in turn behind the replacement
		if s.leases.Load() == first {
			t.Error("the index was not replaced")
		}
		for n, want := range map[int]int{1: 1, 2: 1, 3: 0} {
			if held, err := old.Leases().OfClient(leaseOf(n, now).Client, 9); err != nil || len(held) != want {
				t.Errorf("client %d had %d, %v", n, len(held), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if fresh := s.leases.Load(); fresh.stale != 0 || fresh.holders.used != 3 { // lease 3 is held by a client and behind a modem
		t.Errorf("%d remains, %d entries", fresh.stale, fresh.holders.used)
	}
	if err := s.View(context.Background(), func(tx itms.Tx) error {
		for n, want := range map[int]int{1: 0, 2: 1, 3: 1} {
			if held, err := tx.Leases().OfClient(leaseOf(n, now).Client, 9); err != nil || len(held) != want {
				t.Errorf("client %d has %d, %v", n, len(held), err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestLeaseIndexUnderViews: a view misses nothing, however often the index is replaced
// while it begins.
func TestLeaseIndexUnderViews(t *testing.T) {
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "itms.db"), Options{FlushInterval: time.Hour, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Unix(1700000000, 0).UTC()
	client := leaseOf(0, now)
	key := client.Client
	putAll(t, s, nil, client)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := s.View(context.Background(), func(tx itms.Tx) error {
					if held, err := tx.Leases().OfClient(key, 9); err != nil || len(held) != 1 {
						return fmt.Errorf("the client has %d: %w", len(held), err)
					}
					return nil
				}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 100 {
		x := s.leases.Load()
		x.mu.Lock()
		x.stale = 2 * staleMost
		x.mu.Unlock()
		if err := s.Update(context.Background(), func(tx itms.Tx) error { // the client moves on
			if err := tx.Leases().Delete(leaseOf(i, now).Address); err != nil {
				return err
			}
			client.Address = leaseOf(i+1, now).Address
			return tx.Leases().Put(client)
		}); err != nil {
			t.Error(err)
		}
	}
	cancel()
	all.Wait()
}

// TestDamagedLease: a lease that cannot be read keeps nothing else from being read.
func TestDamagedLease(t *testing.T) {
	s, now := open(t), time.Unix(1700000000, 0).UTC()
	putAll(t, s, nil, leaseOf(2, now))
	addr := leaseOf(1, now).Address
	if err := s.Update(context.Background(), func(txn itms.Tx) error {
		return txn.(*tx).put(inLeases, addressKey(addr), []byte{0xFF})
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var told []string
	s, err := Open(context.Background(), s.path, Options{Logger: func(what string, err error) { told = append(told, fmt.Sprint(what, ": ", err)) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(told) != 1 || !strings.Contains(told[0], addr.String()) || !strings.Contains(told[0], "start the newer program") {
		t.Errorf("told %q", told)
	}
	if err := s.View(context.Background(), func(tx itms.Tx) error {
		if _, err := tx.Leases().Get(addr); !itms.IsKind(err, itms.KindInternal) {
			t.Errorf("read: %v", err)
		}
		held, err := tx.Leases().OfClient(leaseOf(2, now).Client, 9)
		if len(held) != 1 {
			t.Errorf("the other client has %d", len(held))
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// TestHolderTable: the table agrees with a map, hashes that meet included.
func TestHolderTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, model := new(holderTable), map[uint64][]string{}
		hashes := rapid.SampledFrom([]uint64{0, 1, 2, 3, 4, 1 << 20, 1<<32 - 1, 1<<40 + 12})
		for range rapid.SampledFrom([]int{0, 10, 100, slotsLeast}).Draw(t, "entries") {
			hash := hashes.Draw(t, "hash")
			address := addressKey(netip.AddrFrom4([4]byte{10, 0, 0, byte(rapid.IntRange(0, 255).Draw(t, "address"))}))
			if rapid.Bool().Draw(t, "v6") {
				address = addressKey(netip.AddrFrom16([16]byte{0x20, 15: address[4]}))
			}
			table.add(hash, address)
			same := hash &^ 3 & (1<<32 - 1) // what the table keeps of it
			if !slices.Contains(model[same], string(address)) {
				model[same] = append(model[same], string(address))
			}
		}
		for hash, want := range model {
			var got []string
			for _, address := range table.find(hash) {
				got = append(got, string(address))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("under %x: %x, want %x", hash, got, want)
			}
		}
	})
}

// TestSoonest: the first to end are kept, in any order of offers.
func TestSoonest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		found := &soonest{most: rapid.IntRange(1, 5).Draw(t, "most")}
		var all []place
		for i := range rapid.IntRange(0, 20).Draw(t, "leases") {
			p := place{address: []byte(fmt.Sprintf("%02d", i)), head: record.LeaseHead{Due: number(uint64(rapid.IntRange(0, 4).Draw(t, "due")))}}
			all = append(all, p)
			found.offer(p)
		}
		slices.SortFunc(all, sooner)
		slices.SortFunc(found.places, sooner)
		want := all[:min(len(all), found.most)]
		if !slices.EqualFunc(found.places, want, func(a, b place) bool { return bytes.Equal(a.address, b.address) }) {
			t.Fatalf("kept %v, want %v", found.places, want)
		}
	})
}
