package boltdb

import (
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"iter"
	"math"
	"slices"
	"time"

	"itms"
	"itms/store/internal/record"
)

// List returns a page of leases.
func (s leases) List(q itms.LeaseQuery) ([]*itms.Lease, error) {
	start := addressKey(q.After.Unmap().WithZone(""))
	if holders := leaseHolders(&q); holders != nil {
		list, err := s.holding(func(h *record.LeaseHead) bool { return selected(&q, h) }, holders...)
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(p place) bool { return bytes.Compare(p.address, start) <= 0 })
		slices.SortFunc(list, func(a, b place) int { return bytes.Compare(a.address, b.address) })
		list = slices.CompactFunc(list, func(a, b place) bool { return bytes.Equal(a.address, b.address) })
		return readLeases(list[:max(min(len(list), q.Limit), 0)])
	}
	var list []place
	for address, doc := range s.within(q.Scope, start) {
		if len(list) >= q.Limit {
			break
		}
		head, err := record.ReadLeaseHead(doc)
		if err != nil {
			return nil, err
		}
		if selected(&q, &head) {
			list = append(list, place{address, doc, head})
		}
	}
	return readLeases(list)
}

// leaseHolders are the holders whose leases a query is about, nil when it is about
// anybody's.
func leaseHolders(q *itms.LeaseQuery) [][]byte {
	switch {
	case !q.MAC.IsZero():
		return [][]byte{record.AppendMACClient(nil, q.MAC), macHolder(heldByMAC, q.MAC)}
	case !q.Modem.IsZero():
		return [][]byte{record.AppendMACClient(nil, q.Modem), macHolder(heldByMAC, q.Modem), macHolder(behind, q.Modem)}
	}
	return nil
}

// selected applies the filters of a query to a lease.
func selected(q *itms.LeaseQuery, h *record.LeaseHead) bool {
	return (q.State == "" || q.State == h.State()) && h.InGroup(q.Scope, q.Class) &&
		(q.MAC.IsZero() || q.MAC == h.MAC) && (q.Modem.IsZero() || q.Modem == h.MAC || q.Modem == h.Modem)
}

// within yields the leases behind the start, in a subnet ("" = any).
func (s leases) within(scope string, start []byte) iter.Seq2[[]byte, []byte] {
	var last []byte
	if scope != "" {
		lowest, highest, ok := record.ScopeRange(scope)
		if !ok {
			return func(func(k, v []byte) bool) {}
		}
		if key := addressKey(lowest.Prev()); bytes.Compare(key, start) > 0 {
			start = key
		}
		last = addressKey(highest)
	}
	return func(yield func(k, v []byte) bool) {
		for k, doc := range s.t.ascend(inLeases, nil, start) {
			if last != nil && bytes.Compare(k, last) > 0 {
				return
			}
			if !bytes.Equal(k, start) && !yield(k, doc) {
				return
			}
		}
	}
}

// Expired returns leases that ended before a time, the one that did first first.
func (s leases) Expired(before time.Time, limit int) ([]*itms.Lease, error) {
	if limit <= 0 {
		return nil, nil
	}
	snapshot := s.t.bolt.ID()
	if s.t.writable {
		snapshot-- // what it wrote itself is not committed
	}
	found, end := &soonest{most: limit}, instant(before)
	for _, block := range s.t.leases.ending(binary.BigEndian.Uint64(end), snapshot) {
		if found.enough(block.due) {
			break
		}
		due, err := s.scan(block.key, end, found)
		if err != nil {
			return nil, err
		}
		s.t.leases.raise(block.key, due, snapshot)
	}
	slices.SortFunc(found.places, sooner)
	return readLeases(found.places)
}

// scan takes the leases of a block that end before a time, and returns when the first of
// all ends.
func (s leases) scan(block string, end []byte, found *soonest) (first uint64, err error) {
	first = math.MaxUint64
	for k, doc := range s.t.ascend(inLeases, []byte(block), nil) {
		head, err := record.ReadLeaseHead(doc)
		if err != nil {
			return 0, err
		}
		first = min(first, binary.BigEndian.Uint64(head.Due))
		if bytes.Compare(head.Due, end) < 0 {
			found.offer(place{k, doc, head})
		}
	}
	return first, nil
}

// sooner is the order of Expired.
func sooner(a, b place) int {
	return cmp.Or(bytes.Compare(a.head.Due, b.head.Due), bytes.Compare(a.address, b.address))
}

// soonest keeps the leases that end first: a heap with the last of them on top.
type soonest struct {
	places []place
	most   int
}

// offer takes a lease that is among the first.
func (s *soonest) offer(p place) {
	if len(s.places) == s.most {
		if sooner(p, s.places[0]) > 0 {
			return
		}
		heap.Pop(s)
	}
	heap.Push(s, p)
}

// enough reports whether there is no room for a lease that ends at a time or later.
func (s *soonest) enough(due uint64) bool {
	return len(s.places) == s.most && due > binary.BigEndian.Uint64(s.places[0].head.Due)
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (s *soonest) Len() int           { return len(s.places) }
func (s *soonest) Less(i, j int) bool { return sooner(s.places[i], s.places[j]) > 0 }
func (s *soonest) Swap(i, j int)      { s.places[i], s.places[j] = s.places[j], s.places[i] }
func (s *soonest) Push(p any)         { s.places = append(s.places, p.(place)) }
func (s *soonest) Pop() any {
	last := s.places[len(s.places)-1]
	s.places = s.places[:len(s.places)-1]
	return last
}
