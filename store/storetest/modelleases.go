package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// leaseSpace is the addresses of one check: eight of IPv4 and eight of IPv6, apart from
// those of others, and a time before theirs, so that Expired finds its leases first.
type leaseSpace struct {
	n     uint32
	start time.Time
}

// leasesOf is the space of a check, whose name is a number.
func leasesOf(t *rapid.T, space string) leaseSpace {
	n, err := strconv.ParseUint(space, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return leaseSpace{uint32(n), stored.Add(-time.Duration(n) * time.Hour)}
}

// addr is the i-th address.
func (s leaseSpace) addr(i int) netip.Addr {
	a := [4]byte{10, byte(s.n >> 13), byte(s.n >> 5), byte(s.n<<3) + byte(i%8)}
	if i < 8 {
		return netip.AddrFrom4(a)
	}
	return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 12: a[0], a[1], a[2], a[3]})
}

// scope is the subnet of the i-th address.
func (s leaseSpace) scope(i int) string {
	p, err := s.addr(i).Prefix(s.addr(i).BitLen() - 3)
	if err != nil {
		return ""
	}
	return p.String()
}

// draw draws one of few leases.
func (s leaseSpace) draw(t *rapid.T) *itms.Lease {
	i := rapid.SampledFrom([]int{0, 1, 2, 7, 8, 9}).Draw(t, "address")
	mac := s.mac(t)
	return &itms.Lease{Address: s.addr(i), Scope: rapid.SampledFrom([]string{"", s.scope(i)}).Draw(t, "scope"),
		State:     rapid.SampledFrom([]itms.LeaseState{itms.LeaseActive, itms.LeaseReleased, itms.LeaseDeclined}).Draw(t, "state"),
		Client:    s.client(t, mac),
		MAC:       mac,
		Modem:     rapid.SampledFrom([]itms.MAC{{}, s.mac(t)}).Draw(t, "modem"),
		Class:     rapid.SampledFrom([]string{"", "a", "ab"}).Draw(t, "class"),
		ExpiresAt: s.start.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "expires")) * time.Second)}
}

// mac is one of two addresses of devices.
func (s leaseSpace) mac(t *rapid.T) itms.MAC {
	return itms.MAC{0, 0, byte(s.n >> 16), byte(s.n >> 8), byte(s.n), byte(rapid.IntRange(1, 2).Draw(t, "mac"))}
}

// client is the key of the MAC, or of an identifier.
func (s leaseSpace) client(t *rapid.T, mac itms.MAC) string {
	id := mac[:]
	if rapid.Bool().Draw(t, "by MAC") {
		id = nil
	}
	return itms.ClientKey(itms.ClientCPE, mac, id)
}

// byAddress is the leases in order.
func byAddress(model map[netip.Addr]*itms.Lease, pass func(*itms.Lease) bool) (list []*itms.Lease) {
	for _, addr := range slices.SortedFunc(maps.Keys(model), netip.Addr.Compare) {
		if pass(model[addr]) {
			list = append(list, model[addr])
		}
	}
	return list
}

// atMost are the first of a list, nil for none.
func atMost(list []*itms.Lease, n int) []*itms.Lease {
	if list = list[:min(n, len(list))]; len(list) == 0 {
		return nil
	}
	return list
}

// lastToEnd is the order of the leases of one client or modem.
func lastToEnd(list []*itms.Lease) []*itms.Lease {
	slices.SortStableFunc(list, func(a, b *itms.Lease) int { return b.ExpiresAt.Compare(a.ExpiresAt) })
	return list
}

// modelLeases: leases, and every way to find them, agree with a map.
func modelLeases(t *rapid.T, s itms.Store, space string) {
	in, model := leasesOf(t, space), map[netip.Addr]*itms.Lease{}
	t.Repeat(map[string]func(*rapid.T){
		"update": func(t *rapid.T) {
			var after map[netip.Addr]*itms.Lease
			if attempt(t, s, func(tx itms.Tx) error {
				after = maps.Clone(model) // fn may run again
				return changeLeases(t, tx, in, after)
			}) {
				model = after
			}
		},
		"list":    func(t *rapid.T) { checkLeasePage(t, s, in, model) },
		"expired": func(t *rapid.T) { checkExpired(t, s, in, model) },
		"count":   func(t *rapid.T) { checkLeaseCount(t, s, in, model) },
		"": func(t *rapid.T) {
			view(t, s, func(tx itms.Tx) error { checkHolders(t, tx, in, model); return nil })
		},
	})
	update(t, s, func(tx itms.Tx) error {
		for addr := range model {
			if err := tx.Leases().Delete(addr); err != nil {
				return err
			}
		}
		return nil
	})
}

// changeLeases puts, deletes, foresees and looks in one transaction.
func changeLeases(t *rapid.T, tx itms.Tx, in leaseSpace, model map[netip.Addr]*itms.Lease) (err error) {
	for range rapid.IntRange(1, 6).Draw(t, "steps") {
		l := in.draw(t)
		switch rapid.IntRange(0, 5).Draw(t, "step") {
		case 0:
			err = tx.Leases().Delete(l.Address)
			delete(model, l.Address)
		case 1:
			tx.Foresee(itms.Foresight{Leases: []netip.Addr{l.Address, in.draw(t).Address}, Clients: []string{l.Client}, Modems: []itms.MAC{l.MAC}})
		case 2:
			checkHolders(t, tx, in, model)
		default:
			err = tx.Leases().Put(l)
			model[l.Address] = l
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkHolders compares the lists of clients and modems, and single leases.
func checkHolders(t *rapid.T, tx itms.Tx, in leaseSpace, model map[netip.Addr]*itms.Lease) {
	mac, limit := in.mac(t), rapid.IntRange(0, 4).Draw(t, "limit")
	client := in.client(t, mac)
	got, err := tx.Leases().OfClient(client, limit)
	must(t, err)
	want := lastToEnd(byAddress(model, func(l *itms.Lease) bool { return l.Client == client }))
	equal(t, "of "+client, got, atMost(want, limit))
	got, err = tx.Leases().Behind(mac, limit)
	must(t, err)
	want = lastToEnd(byAddress(model, func(l *itms.Lease) bool { return l.Modem == mac }))
	equal(t, "behind "+mac.String(), got, atMost(want, limit))
	addr := in.draw(t).Address
	if got := seen(t, model[addr], tx.Leases().Get, addr); got != nil {
		*got = itms.Lease{}
	}
}

// checkLeasePage reads one filtered page and compares it. Pages of no holder and no scope
// would have the leases of other checks on them.
func checkLeasePage(t *rapid.T, s itms.Store, in leaseSpace, model map[netip.Addr]*itms.Lease) {
	q := itms.LeaseQuery{Limit: rapid.IntRange(0, 5).Draw(t, "limit"),
		State: rapid.SampledFrom([]itms.LeaseState{"", itms.LeaseActive}).Draw(t, "q.state"),
		Class: rapid.SampledFrom([]string{"", "a"}).Draw(t, "q.class"),
		Scope: rapid.SampledFrom([]string{"", in.scope(0), in.scope(8)}).Draw(t, "q.scope"),
		MAC:   rapid.SampledFrom([]itms.MAC{{}, in.mac(t)}).Draw(t, "q.mac"),
		Modem: rapid.SampledFrom([]itms.MAC{{}, in.mac(t)}).Draw(t, "q.modem")}
	if q.Scope == "" && q.MAC.IsZero() && q.Modem.IsZero() {
		q.Modem = in.mac(t)
	}
	if rapid.Bool().Draw(t, "next") {
		q.After = in.draw(t).Address
	}
	want := atMost(byAddress(model, func(l *itms.Lease) bool {
		return (q.State == "" || l.State == q.State) && (q.Class == "" || l.Class == q.Class) && (q.Scope == "" || l.Scope == q.Scope) &&
			(q.MAC.IsZero() || l.MAC == q.MAC) && (q.Modem.IsZero() || l.Modem == q.Modem || l.MAC == q.Modem) &&
			(!q.After.IsValid() || l.Address.Compare(q.After) > 0)
	}), q.Limit)
	equal(t, fmt.Sprintf("page %+v", q), read(t, s, func(tx itms.Tx) ([]*itms.Lease, error) { return tx.Leases().List(q) }), want)
}

// checkExpired compares what ended, in a view or an update that is given up.
func checkExpired(t *rapid.T, s itms.Store, in leaseSpace, model map[netip.Addr]*itms.Lease) {
	before, limit := in.start.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "before"))*time.Second), rapid.IntRange(0, 4).Draw(t, "limit")
	compare := func(tx itms.Tx, model map[netip.Addr]*itms.Lease) {
		want := byAddress(model, func(l *itms.Lease) bool { return l.ExpiresAt.Before(before) })
		slices.SortStableFunc(want, func(a, b *itms.Lease) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
		got, err := tx.Leases().Expired(before, limit)
		must(t, err)
		equal(t, "ended", got, atMost(want, limit))
	}
	if rapid.Bool().Draw(t, "view") {
		view(t, s, func(tx itms.Tx) error { compare(tx, model); return nil })
		return
	}
	l := in.draw(t)
	err := s.Update(bg, func(tx itms.Tx) error {
		must(t, tx.Leases().Put(l))
		own := maps.Clone(model)
		own[l.Address] = l
		compare(tx, own)
		return errOwn
	})
	if err != errOwn {
		t.Fatal(err)
	}
}

// checkLeaseCount compares the counts of this check's scopes.
func checkLeaseCount(t *rapid.T, s itms.Store, in leaseSpace, model map[netip.Addr]*itms.Lease) {
	now := in.start.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "now")) * time.Second)
	counts := map[itms.LeaseCount]int{}
	for _, l := range model {
		if l.Holds(now) && l.Scope != "" {
			counts[itms.LeaseCount{Scope: l.Scope, Class: l.Class}]++
		}
	}
	var want []itms.LeaseCount
	for group, n := range counts {
		group.Count = n
		want = append(want, group)
	}
	slices.SortFunc(want, func(a, b itms.LeaseCount) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Class, b.Class))
	})
	var got []itms.LeaseCount
	for _, c := range read(t, s, func(tx itms.Tx) ([]itms.LeaseCount, error) { return tx.Leases().Count(now) }) {
		if c.Scope == in.scope(0) || c.Scope == in.scope(8) {
			got = append(got, c)
		}
	}
	equal(t, "counts", got, want)
}

// lease draws one of few leases.
func (w *within) lease(t *rapid.T) *itms.Lease { return leasesOf(t, w.space).draw(t) }

func (w *within) putLease(t *rapid.T) {
	l := w.lease(t)
	must(t, w.tx.Leases().Put(l))
	w.leases[l.Address] = l
}

func (w *within) deleteLease(t *rapid.T) {
	addr := w.lease(t).Address
	must(t, w.tx.Leases().Delete(addr))
	delete(w.leases, addr)
}
