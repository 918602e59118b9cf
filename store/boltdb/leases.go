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
// clients wait for: a lease is looked up once, what its indexes hold is told by the head
// of the old document, and an index is written when that changed.
type leases struct{ t *tx }

// What a key in inLeaseHolders begins with. Clients' keys are written as they are
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
	old := s.t.get(inLeases, key)
	if err := s.index(key, old, head); err != nil {
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
	old := s.t.get(inLeases, key)
	if old == nil {
		return nil
	}
	if err := s.index(key, old, record.LeaseHead{}); err != nil {
		return err
	}
	return s.t.drop(inLeases, key)
}

// index brings the indexes from the old document (nil = none) to the new head.
func (s leases) index(key, old []byte, head record.LeaseHead) (err error) {
	var was record.LeaseHead
	if old != nil {
		if was, err = record.ReadLeaseHead(old); err != nil {
			return err
		}
	}
	if !bytes.Equal(was.Client, head.Client) || was.MAC != head.MAC || was.Modem != head.Modem {
		if err := s.change(inLeaseHolders, holderKeys(&was, key), holderKeys(&head, key)); err != nil {
			return err
		}
	}
	if bytes.Equal(was.Due, head.Due) {
		return nil
	}
	return s.change(inLeaseDue, dueKeys(&was, key), dueKeys(&head, key))
}

// change takes entries of a lease out of an index and puts others in, none of which can
// be there for any other reason.
func (s leases) change(b bucket, old, keys [][]byte) error {
	for _, key := range old {
		if slices.ContainsFunc(keys, func(k []byte) bool { return bytes.Equal(k, key) }) {
			continue
		}
		if err := s.t.drop(b, key); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if slices.ContainsFunc(old, func(k []byte) bool { return bytes.Equal(k, key) }) {
			continue
		}
		if err := s.t.replace(b, key, nil, []byte{}); err != nil {
			return err
		}
	}
	return nil
}

// holderKeys are the places of a lease under its client, under its MAC when the client's
// key is another, and under the modem that the client is behind.
func holderKeys(h *record.LeaseHead, address []byte) (keys [][]byte) {
	if h.Client == nil {
		return nil
	}
	keys = append(make([][]byte, 0, 3), slices.Concat(h.Client, address))
	if own := record.AppendMACClient(nil, h.MAC); !h.MAC.IsZero() && !bytes.Equal(own, h.Client) {
		keys = append(keys, slices.Concat(macHolder(heldByMAC, h.MAC), address))
	}
	if !h.Modem.IsZero() {
		keys = append(keys, slices.Concat(macHolder(behind, h.Modem), address))
	}
	return keys
}

// macHolder is what the keys in inLeaseHolders begin with for a MAC.
func macHolder(kind byte, mac itms.MAC) []byte { return append([]byte{kind}, mac[:]...) }

// dueKeys is the place of a lease in time.
func dueKeys(h *record.LeaseHead, address []byte) [][]byte {
	if h.Client == nil {
		return nil
	}
	return [][]byte{slices.Concat(h.Due, address)}
}

// held returns the addresses of the leases under what keys in inLeaseHolders begin with.
func (s leases) held(prefix []byte) (addresses [][]byte) {
	for k := range s.t.ascend(inLeaseHolders, prefix, nil) {
		addresses = append(addresses, k[len(prefix):])
	}
	return addresses
}

// head reads the head of a lease that an index names.
func (s leases) head(address []byte) (record.LeaseHead, error) {
	return record.ReadLeaseHead(s.t.get(inLeases, address))
}

// OfClient returns the leases of a client, the one that expires last first.
func (s leases) OfClient(client string, limit int) ([]*itms.Lease, error) {
	if !record.Usable(client) {
		return nil, nil
	}
	return s.last(s.held(record.AppendClient(nil, client)), limit)
}

// Behind returns the leases of clients behind a modem, the one that expires last first.
func (s leases) Behind(modem itms.MAC, limit int) ([]*itms.Lease, error) {
	if modem.IsZero() {
		return nil, nil
	}
	return s.last(s.held(macHolder(behind, modem)), limit)
}

// last returns those of the leases that expire last.
func (s leases) last(addresses [][]byte, limit int) (list []*itms.Lease, err error) {
	type place struct{ due, address []byte }
	places := make([]place, len(addresses))
	for i, address := range addresses {
		head, err := s.head(address)
		if err != nil {
			return nil, err
		}
		places[i] = place{head.Due, address}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(bytes.Compare(b.due, a.due), bytes.Compare(a.address, b.address))
	})
	for _, p := range places[:max(min(len(places), limit), 0)] {
		l, err := record.DecodeLease(s.t.get(inLeases, p.address))
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

// List returns a page of leases.
func (s leases) List(q itms.LeaseQuery) (list []*itms.Lease, err error) {
	for address := range s.candidates(q) {
		if len(list) >= q.Limit {
			break
		}
		doc := s.t.get(inLeases, address)
		head, err := record.ReadLeaseHead(doc)
		if err != nil {
			return nil, err
		}
		if !selected(&q, &head) {
			continue
		}
		l, err := record.DecodeLease(doc)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

// selected applies the filters of a query to a lease.
func selected(q *itms.LeaseQuery, h *record.LeaseHead) bool {
	return (q.State == "" || q.State == h.State()) && h.InGroup(q.Scope, q.Class) &&
		(q.MAC.IsZero() || q.MAC == h.MAC) && (q.Modem.IsZero() || q.Modem == h.MAC || q.Modem == h.Modem)
}

// Expired returns leases that ended before a time, the one that did first first.
func (s leases) Expired(before time.Time, limit int) (list []*itms.Lease, err error) {
	end := instant(before)
	for k := range s.t.ascend(inLeaseDue, nil, nil) {
		if len(list) >= limit || bytes.Compare(k[:timeLength], end) >= 0 {
			break
		}
		l, err := record.DecodeLease(s.t.get(inLeases, k[timeLength:]))
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
