package storetest

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"itms"
)

func testLeases(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) { putLeases(t, s, lease(1)) }, func(s itms.Store) {
			want := []*itms.Lease{storedLease(1)}
			equal(t, "lease", read(t, s, func(tx itms.Tx) (*itms.Lease, error) { return tx.Leases().Get(leaseAddress(1)) }), want[0])
			equal(t, "of its client", ofClient(t, s, want[0].Client, 9), want)
			equal(t, "behind its modem", behindModem(t, s, want[0].Modem, 9), want)
			equal(t, "ended", expired(t, s, stored.Add(time.Minute), 9), want)
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Unknown": leaseUnknown, "Refused": leaseRefused, "Replace": leaseReplace, "Delete": leaseDelete,
		"OfClient": leaseOfClient, "Behind": leaseBehind, "Filters": leaseFilters, "Pages": leasePages,
		"Order": leaseOrder, "Expired": leaseExpired, "Addresses": leaseAddresses, "Count": leaseCount,
	})
}

// putLeases stores leases.
func putLeases(t *testing.T, s itms.Store, all ...*itms.Lease) {
	t.Helper()
	update(t, s, func(tx itms.Tx) error {
		for _, l := range all {
			if err := tx.Leases().Put(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// addressed is a lease of client 1 at an address, that ends i seconds after the epoch.
func addressed(addr string, i int) *itms.Lease {
	return &itms.Lease{Address: netip.MustParseAddr(addr), State: itms.LeaseActive, Client: lease(1).Client,
		ExpiresAt: stored.Add(time.Duration(i) * time.Second)}
}

// ofClient lists leases of a client.
func ofClient(t *testing.T, s itms.Store, client string, limit int) []*itms.Lease {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]*itms.Lease, error) { return tx.Leases().OfClient(client, limit) })
}

// behindModem lists leases behind a modem.
func behindModem(t *testing.T, s itms.Store, modem itms.MAC, limit int) []*itms.Lease {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]*itms.Lease, error) { return tx.Leases().Behind(modem, limit) })
}

// expired lists leases that ended.
func expired(t *testing.T, s itms.Store, before time.Time, limit int) []*itms.Lease {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]*itms.Lease, error) { return tx.Leases().Expired(before, limit) })
}

// addressesOf are the addresses of leases.
func addressesOf(list []*itms.Lease) (all []string) {
	for _, l := range list {
		all = append(all, l.Address.String())
	}
	return all
}

// listed lists the addresses of a page.
func listed(t *testing.T, s itms.Store, q itms.LeaseQuery) []string {
	t.Helper()
	return addressesOf(read(t, s, func(tx itms.Tx) ([]*itms.Lease, error) { return tx.Leases().List(q) }))
}

// leaseUnknown: what is not there is not found.
func leaseUnknown(t *testing.T, s itms.Store) {
	putLeases(t, s, lease(1))
	view(t, s, func(tx itms.Tx) error {
		for _, addr := range []netip.Addr{{}, leaseAddress(2), netip.MustParseAddr("::ffff:192.0.2.1"), netip.MustParseAddr("c000:201::"),
			netip.MustParseAddr("fe80::1%eth0")} {
			_, err := tx.Leases().Get(addr)
			wantNotFound(t, addr.String(), err)
		}
		wantCode(t, "a write", tx.Leases().Put(lease(1)), itms.KindInternal, itms.CodeReadOnly)
		wantCode(t, "a write", tx.Leases().Delete(leaseAddress(1)), itms.KindInternal, itms.CodeReadOnly)
		return nil
	})
	for _, client := range []string{"", "\x00", "\xff", lease(1).Client + "0", lease(1).Client[:10], lease(2).Client} {
		equal(t, "of "+client, ofClient(t, s, client, 9), []*itms.Lease(nil))
	}
	for _, modem := range []itms.MAC{{}, lease(1).MAC, {5: 1}} {
		equal(t, "behind "+modem.String(), behindModem(t, s, modem, 9), []*itms.Lease(nil))
	}
}

// leaseRefused: what can be no lease is refused, and foreign words are made storable.
func leaseRefused(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for name, spoil := range map[string]func(*itms.Lease){
			"no address":              func(l *itms.Lease) { l.Address = netip.Addr{} },
			"IPv4 in the form of v6":  func(l *itms.Lease) { l.Address = netip.MustParseAddr("::ffff:192.0.2.1") },
			"an address with a zone":  func(l *itms.Lease) { l.Address, l.Scope = netip.MustParseAddr("fe80::1%eth0"), "" },
			"no state":                func(l *itms.Lease) { l.State = "" },
			"an unknown state":        func(l *itms.Lease) { l.State = "lost" },
			"no client":               func(l *itms.Lease) { l.Client = "" },
			"a client that is no key": func(l *itms.Lease) { l.Client = "a\x00" },
			"a class that is no key":  func(l *itms.Lease) { l.Class = "\xff" },
			"a kind that is no key":   func(l *itms.Lease) { l.Kind = "\n" },
			"a scope that is none":    func(l *itms.Lease) { l.Scope = "home" },
			"another's scope":         func(l *itms.Lease) { l.Scope = "198.51.100.0/24" },
		} {
			l := lease(1)
			spoil(l)
			wantCode(t, name, tx.Leases().Put(l), itms.KindInvalid, itms.CodeInvalid)
		}
		l := lease(1)
		l.Hostname, l.Vendor, l.Scope = "a\x00b", "\xff", ""
		return tx.Leases().Put(l)
	})
	want := storedLease(1)
	want.Hostname, want.Vendor, want.Scope = "a\ufffdb", "\ufffd", ""
	equal(t, "lease", read(t, s, func(tx itms.Tx) (*itms.Lease, error) { return tx.Leases().Get(want.Address) }), want)
}

// leaseReplace: the old places go, the new ones come, and what was returned is the
// caller's.
func leaseReplace(t *testing.T, s itms.Store) {
	putLeases(t, s, lease(1))
	next := storedLease(2)
	next.Address, next.State, next.Scope, next.Class = leaseAddress(1), itms.LeaseReleased, "192.0.2.0/25", "walled"
	next.Modem = itms.MAC{5: 9}
	update(t, s, func(tx itms.Tx) error {
		old, err := tx.Leases().Get(next.Address)
		if err != nil {
			return err
		}
		put := next.Clone()
		if err := tx.Leases().Put(put); err != nil {
			return err
		}
		*old, *put = itms.Lease{}, itms.Lease{}
		got, err := tx.Leases().Get(next.Address) // a transaction sees its own writes
		equal(t, "lease", got, next)
		return err
	})
	equal(t, "of the old client", ofClient(t, s, lease(1).Client, 9), []*itms.Lease(nil))
	equal(t, "of the client", ofClient(t, s, next.Client, 9), []*itms.Lease{next})
	equal(t, "behind the old modem", behindModem(t, s, lease(1).Modem, 9), []*itms.Lease(nil))
	equal(t, "behind the modem", behindModem(t, s, next.Modem, 9), []*itms.Lease{next})
	equal(t, "ended then", expired(t, s, next.ExpiresAt, 9), []*itms.Lease(nil))
	for q, want := range map[itms.LeaseQuery][]string{
		{Scope: lease(1).Scope}: nil, {Scope: next.Scope}: {"192.0.2.1"}, {Class: lease(1).Class}: nil, {Class: next.Class}: {"192.0.2.1"},
		{State: itms.LeaseActive}: nil, {State: itms.LeaseReleased}: {"192.0.2.1"},
		{MAC: lease(1).MAC}: nil, {MAC: next.MAC}: {"192.0.2.1"}, {Modem: lease(1).Modem}: nil, {Modem: next.Modem}: {"192.0.2.1"},
	} {
		q.Limit = 9
		equal(t, "page", listed(t, s, q), want)
	}
}

// leaseDelete: a deleted lease is nowhere, and comes again.
func leaseDelete(t *testing.T, s itms.Store) {
	putLeases(t, s, lease(1), lease(2))
	update(t, s, func(tx itms.Tx) error {
		for _, addr := range []netip.Addr{{}, leaseAddress(9), netip.MustParseAddr("::ffff:192.0.2.1")} { // no error
			if err := tx.Leases().Delete(addr); err != nil {
				return err
			}
		}
		if err := tx.Leases().Put(lease(3)); err != nil {
			return err
		}
		if err := tx.Leases().Delete(leaseAddress(3)); err != nil { // just put
			return err
		}
		if err := tx.Leases().Delete(leaseAddress(1)); err != nil {
			return err
		}
		_, err := tx.Leases().Get(leaseAddress(1))
		wantNotFound(t, "deleted", err)
		return nil
	})
	want := []string{"192.0.2.2"}
	equal(t, "all", listed(t, s, itms.LeaseQuery{Limit: 9}), want)
	equal(t, "of its client", ofClient(t, s, lease(1).Client, 9), []*itms.Lease(nil))
	equal(t, "behind its modem", addressesOf(behindModem(t, s, lease(1).Modem, 9)), want)
	equal(t, "of its MAC", listed(t, s, itms.LeaseQuery{MAC: lease(1).MAC, Limit: 9}), []string(nil))
	equal(t, "ended", addressesOf(expired(t, s, stored.Add(time.Minute), 9)), want)
	update(t, s, func(tx itms.Tx) error { // deleted and put at once: the last word holds
		if err := tx.Leases().Delete(leaseAddress(2)); err != nil {
			return err
		}
		return tx.Leases().Put(lease(2))
	})
	putLeases(t, s, lease(1))
	equal(t, "again", listed(t, s, itms.LeaseQuery{Limit: 9}), []string{"192.0.2.1", "192.0.2.2"})
}

// leaseOfClient: whatever their state, the last to expire first, however many.
func leaseOfClient(t *testing.T, s itms.Store) {
	released, declined := addressed("192.0.2.3", 7), addressed("2001:db8::1", 5)
	released.State, declined.State = itms.LeaseReleased, itms.LeaseDeclined
	other := addressed("192.0.2.4", 9)
	other.Client = lease(1).Client + "00"
	putLeases(t, s, addressed("192.0.2.2", 5), released, declined, other, addressed("10.0.0.1", 5))
	equal(t, "all", addressesOf(ofClient(t, s, lease(1).Client, 9)), []string{"192.0.2.3", "10.0.0.1", "192.0.2.2", "2001:db8::1"})
	equal(t, "some", addressesOf(ofClient(t, s, lease(1).Client, 2)), []string{"192.0.2.3", "10.0.0.1"})
	equal(t, "none", ofClient(t, s, lease(1).Client, 0), []*itms.Lease(nil))
	const many = 200
	for i := range many {
		putLeases(t, s, addressed(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String(), 10+i))
	}
	update(t, s, func(tx itms.Tx) error { // an update may go other ways than a view
		list, err := tx.Leases().OfClient(lease(1).Client, many)
		if err != nil {
			return err
		}
		equal(t, "how many", len(list), many)
		equal(t, "last", list[0].Address.String(), "198.51.100.199")
		if err := tx.Leases().Delete(list[0].Address); err != nil {
			return err
		}
		list, err = tx.Leases().OfClient(lease(1).Client, 1)
		equal(t, "next", addressesOf(list), []string{"198.51.100.198"})
		return err
	})
}

// leaseBehind: the clients of a modem, not itself, the last to expire first.
func leaseBehind(t *testing.T, s itms.Store) {
	modem := lease(9)
	modem.MAC, modem.Modem, modem.Client = lease(1).Modem, itms.MAC{}, itms.ClientKey(itms.ClientModem, lease(1).Modem, nil)
	another := lease(8)
	another.Modem[5]++
	gone := lease(3)
	gone.State = itms.LeaseReleased
	putLeases(t, s, lease(1), lease(2), gone, modem, another)
	equal(t, "all", addressesOf(behindModem(t, s, lease(1).Modem, 9)), []string{"192.0.2.3", "192.0.2.2", "192.0.2.1"})
	equal(t, "some", behindModem(t, s, lease(1).Modem, 2)[1:], []*itms.Lease{storedLease(2)})
	equal(t, "none", behindModem(t, s, lease(1).Modem, 0), []*itms.Lease(nil))
	equal(t, "of the modem", listed(t, s, itms.LeaseQuery{Modem: modem.MAC, Limit: 9}), []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.9"})
}

// leaseOrder: addresses are numbers, those of IPv4 first.
func leaseOrder(t *testing.T, s itms.Store) {
	want := []string{"0.0.0.0", "9.255.255.255", "10.0.0.2", "10.0.0.10", "192.0.2.1", "255.255.255.255", "::", "::1", "a00:2::", "2001:db8::9", "2001:db8::10"}
	for _, addr := range want {
		putLeases(t, s, addressed(addr, 0))
	}
	equal(t, "all", listed(t, s, itms.LeaseQuery{Limit: 99}), want)
	equal(t, "of the client", addressesOf(ofClient(t, s, lease(1).Client, 99)), want)
	equal(t, "ended", addressesOf(expired(t, s, stored.Add(1000), 99)), want)
	equal(t, "addresses", addresses(t, s, 99), want)
	equal(t, "some addresses", addresses(t, s, 3), want[:3])
}

// addresses lists addresses, until there are so many.
func addresses(t *testing.T, s itms.Store, most int) []string {
	t.Helper()
	return read(t, s, func(tx itms.Tx) (all []string, err error) {
		err = tx.Leases().Addresses(func(addr netip.Addr, _ itms.LeaseState, _ time.Time) bool {
			all = append(all, addr.String())
			return len(all) < most
		})
		return all, err
	})
}

// leaseExpired: the first to expire first, whatever their state, before a time.
func leaseExpired(t *testing.T, s itms.Store) {
	released := addressed("192.0.2.9", 3)
	released.State = itms.LeaseReleased
	putLeases(t, s, addressed("192.0.2.10", 3), released, addressed("192.0.2.2", 4), addressed("2001:db8::1", 2), addressed("192.0.2.3", 5))
	at := stored.Add(5 * time.Second)
	equal(t, "ended", addressesOf(expired(t, s, at, 9)), []string{"2001:db8::1", "192.0.2.9", "192.0.2.10", "192.0.2.2"})
	equal(t, "the first", addressesOf(expired(t, s, at, 2)), []string{"2001:db8::1", "192.0.2.9"})
	equal(t, "none", expired(t, s, at, 0), []*itms.Lease(nil))
	putLeases(t, s, addressed("2001:db8::1", 60)) // renewed
	equal(t, "after a renewal", addressesOf(expired(t, s, at, 1)), []string{"192.0.2.9"})
	equal(t, "µs", addressesOf(expired(t, s, at.Add(time.Microsecond), 9))[3:], []string{"192.0.2.3"})
}

// leaseAddresses: every address with its state and end.
func leaseAddresses(t *testing.T, s itms.Store) {
	type place struct {
		addr  netip.Addr
		state itms.LeaseState
		ends  time.Time
	}
	declined := addressed("192.0.2.9", 3)
	declined.State = itms.LeaseDeclined
	putLeases(t, s, addressed("192.0.2.10", 4), declined)
	got := read(t, s, func(tx itms.Tx) (all []place, err error) {
		err = tx.Leases().Addresses(func(addr netip.Addr, state itms.LeaseState, ends time.Time) bool {
			all = append(all, place{addr, state, ends})
			return true
		})
		return all, err
	})
	equal(t, "places", got, []place{
		{declined.Address, itms.LeaseDeclined, declined.ExpiresAt}, {netip.MustParseAddr("192.0.2.10"), itms.LeaseActive, stored.Add(4 * time.Second)}})
}

// leaseCount: what holds, by scope and class.
func leaseCount(t *testing.T, s itms.Store) {
	count := func(at time.Time) []itms.LeaseCount {
		return read(t, s, func(tx itms.Tx) ([]itms.LeaseCount, error) { return tx.Leases().Count(at) })
	}
	equal(t, "none", count(stored), []itms.LeaseCount(nil))
	var all []*itms.Lease
	for i := range 9 {
		all = append(all, lease(i+1))
	}
	all[1].Class, all[2].Class, all[3].Scope, all[4].State, all[5].State = "b", "b", "192.0.2.0/25", itms.LeaseReleased, itms.LeaseDeclined
	all[6].Class, all[6].Scope = "", ""
	slices.Reverse(all)
	putLeases(t, s, all...)
	equal(t, "at first", count(stored), []itms.LeaseCount{
		{Scope: "", Class: "", Count: 1}, {Scope: "192.0.2.0/24", Class: "b", Count: 2}, {Scope: "192.0.2.0/24", Class: "cpe", Count: 3},
		{Scope: "192.0.2.0/25", Class: "cpe", Count: 1}})
	equal(t, "later", count(stored.Add(8*time.Second)), []itms.LeaseCount{{Scope: "192.0.2.0/24", Class: "cpe", Count: 1}})
	equal(t, "at the end", count(stored.Add(9*time.Second)), []itms.LeaseCount(nil))
}
