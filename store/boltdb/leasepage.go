package boltdb

import (
	"bytes"
	"iter"
	"slices"

	"itms"
	"itms/store/internal/record"
)

// candidates yields the keys of the addresses that a query is looked for in, in order:
// those of the narrowest filter there is an index of.
func (s leases) candidates(q itms.LeaseQuery) iter.Seq[[]byte] {
	start := addressKey(q.After.Unmap().WithZone(""))
	switch {
	case !q.MAC.IsZero():
		return slices.Values(behindOf(s.ofMAC(q.MAC), start))
	case !q.Modem.IsZero():
		return slices.Values(behindOf(append(s.ofMAC(q.Modem), s.held(macHolder(behind, q.Modem))...), start))
	case q.Scope != "":
		return s.ofScope(q.Scope, start)
	}
	return s.from(start, nil)
}

// ofMAC returns the addresses of the leases of a MAC; others may be among them.
func (s leases) ofMAC(mac itms.MAC) [][]byte {
	return append(s.held(record.AppendMACClient(nil, mac)), s.held(macHolder(heldByMAC, mac))...)
}

// behindOf puts addresses in order, without those up to the start.
func behindOf(addresses [][]byte, start []byte) [][]byte {
	slices.SortFunc(addresses, bytes.Compare)
	addresses = slices.CompactFunc(addresses, bytes.Equal)
	return slices.DeleteFunc(addresses, func(a []byte) bool { return bytes.Compare(a, start) <= 0 })
}

// ofScope yields the addresses within a subnet.
func (s leases) ofScope(scope string, start []byte) iter.Seq[[]byte] {
	first, last, ok := record.ScopeRange(scope)
	if !ok {
		return func(func([]byte) bool) {}
	}
	if key := addressKey(first.Prev()); bytes.Compare(key, start) > 0 {
		start = key
	}
	return s.from(start, addressKey(last))
}

// from yields the addresses behind the start, up to the last (nil = all).
func (s leases) from(start, last []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for k := range s.t.ascend(inLeases, nil, start) {
			if last != nil && bytes.Compare(k, last) > 0 {
				return
			}
			if !bytes.Equal(k, start) && !yield(k) {
				return
			}
		}
	}
}
