package boltdb

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"time"

	"itms"
	"itms/store/internal/record"
)

// leases is itms.Leases. Batches of hundreds are written by a DHCP server that its
// clients wait for: a lease is one key, and what it is found by else is kept in memory (see
// leaseindex.go).
type leases struct{ t *tx }

// What a holder in the index begins with. Clients' keys stand as they are written
// (record.AppendClient), with a smaller byte.
const (
	heldByMAC = 8 // of a client whose key is another
	behind    = 9 // this modem
)

// addressKey is the key of an address: a byte of family, so that IPv4 is before IPv6, and
// its bytes. It is nil when no lease can be of it.
func addressKey(a netip.Addr) []byte {
	switch {
	case !record.LeaseAddress(a):
		return nil
	case a.Is4():
		b := a.As4()
		return append([]byte{4}, b[:]...)
	}
	b := a.As16()
	return append([]byte{6}, b[:]...)
}

// readAddress reads what addressKey wrote.
func readAddress(key []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(key[1:])
	return a
}

// macHolder is the holder in the index for a MAC.
func macHolder(kind byte, mac itms.MAC) []byte { return append([]byte{kind}, mac[:]...) }

// Get returns the lease of an address.
func (s leases) Get(addr netip.Addr) (*itms.Lease, error) {
	doc := s.t.get(inLeases, addressKey(addr))
	if doc == nil {
		return nil, itms.NotFound("lease", addr.String())
	}
	return record.DecodeLease(doc)
}

// Put stores a lease and its places in the indexes.
func (s leases) Put(l *itms.Lease) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.LeaseDoc(l)
	if err != nil {
		return err
	}
	head, err := record.ReadLeaseHead(doc)
	if err != nil {
		return err
	}
	key := addressKey(l.Address)
	old, err := s.note(key, head)
	if err != nil {
		return err
	}
	return s.t.replace(inLeases, key, old, doc)
}

// Delete removes a lease.
func (s leases) Delete(addr netip.Addr) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	key := addressKey(addr)
	if old, err := s.note(key, record.LeaseHead{}); err != nil || old == nil {
		return err
	}
	return s.t.drop(inLeases, key)
}

// note has the index know what a lease becomes (the zero head = nothing), and returns the
// document that there is.
func (s leases) note(key []byte, head record.LeaseHead) (old []byte, err error) {
	var was record.LeaseHead
	if old = s.t.get(inLeases, key); old != nil {
		if was, err = record.ReadLeaseHead(old); err != nil {
			return nil, err
		}
	}
	if old != nil || head.Client != nil {
		s.t.leases.note(key, was, head, s.t.bolt.ID())
	}
	return old, nil
}

// holding returns the heads of the leases that pass, among those which the index names of
// holders, and their addresses.
func (s leases) holding(pass func(*record.LeaseHead) bool, holders ...[]byte) (list []place, err error) {
	for _, holder := range holders {
		for _, address := range s.t.leases.held(holder) {
			doc := s.t.get(inLeases, address)
			if doc == nil {
				continue // of another snapshot
			}
			head, err := record.ReadLeaseHead(doc)
			if err != nil {
				return nil, err
			}
			if pass(&head) {
				list = append(list, place{address, doc, head})
			}
		}
	}
	return list, nil
}

// OfClient returns the leases of a client, the one that expires last first.
func (s leases) OfClient(client string, limit int) ([]*itms.Lease, error) {
	if !record.Usable(client) {
		return nil, nil
	}
	key := record.AppendClient(nil, client)
	list, err := s.holding(func(h *record.LeaseHead) bool { return bytes.Equal(h.Client, key) }, key)
	if err != nil {
		return nil, err
	}
	return lastToEnd(list, limit)
}

// Behind returns the leases of clients behind a modem, the one that expires last first.
func (s leases) Behind(modem itms.MAC, limit int) ([]*itms.Lease, error) {
	if modem.IsZero() {
		return nil, nil
	}
	list, err := s.holding(func(h *record.LeaseHead) bool { return h.Modem == modem }, macHolder(behind, modem))
	if err != nil {
		return nil, err
	}
	return lastToEnd(list, limit)
}

// place is where a lease stands, and its document.
type place struct {
	address, doc []byte
	head         record.LeaseHead
}

// lastToEnd returns those of the leases that expire last.
func lastToEnd(places []place, limit int) ([]*itms.Lease, error) {
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(bytes.Compare(b.head.Due, a.head.Due), bytes.Compare(a.address, b.address))
	})
	return readLeases(places[:max(min(len(places), limit), 0)])
}

// readLeases decodes leases.
func readLeases(places []place) (list []*itms.Lease, err error) {
	for _, p := range places {
		l, err := record.DecodeLease(p.doc)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

// Addresses calls fn with every address.
func (s leases) Addresses(fn func(netip.Addr, itms.LeaseState, time.Time) bool) error {
	for k, doc := range s.t.ascend(inLeases, nil, nil) {
		head, err := record.ReadLeaseHead(doc)
		if err != nil {
			return err
		}
		if !fn(readAddress(k), head.State(), head.Expires()) {
			break
		}
	}
	return nil
}

// Count counts the leases that hold at a time.
func (s leases) Count(now time.Time) ([]itms.LeaseCount, error) {
	groups, at := map[string]*itms.LeaseCount{}, instant(now)
	for _, doc := range s.t.ascend(inLeases, nil, nil) {
		head, err := record.ReadLeaseHead(doc)
		if err != nil {
			return nil, err
		}
		if head.State() != itms.LeaseActive || bytes.Compare(head.Due, at) <= 0 {
			continue
		}
		group := groups[string(head.Group)]
		if group == nil {
			group = new(itms.LeaseCount)
			group.Scope, group.Class = head.ScopeClass()
			groups[string(head.Group)] = group
		}
		group.Count++
	}
	return record.LeaseCounts(groups), nil
}
