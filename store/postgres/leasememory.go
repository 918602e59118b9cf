package postgres

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"

	"itms"
	"itms/store/internal/record"
)

// holding is the condition of the leases that a holder has, of the holder's name.
type holding string

// Ways to hold a lease.
const (
	byClient holding = "client = %s"
	byModem  holding = "modem = %s and modem <> ''"
)

// holder is who holds leases.
type holder struct {
	by   holding
	name string // client key, or digits of the modem's MAC
}

// leaseMemory is what a transaction knows of leases.
type leaseMemory struct {
	docs map[netip.Addr][]byte   // nil = none
	held map[holder][]netip.Addr // all leases of a holder, each of which is in docs
}

func newLeaseMemory() leaseMemory {
	return leaseMemory{map[netip.Addr][]byte{}, map[holder][]netip.Addr{}}
}

// room starts over when there is none for so many more.
func (m *leaseMemory) room(n int) {
	if len(m.docs)+len(m.held)+n > memoryMost {
		*m = newLeaseMemory()
	}
}

// put notes what is written of an address; nil = it is deleted.
func (m *leaseMemory) put(addr netip.Addr, doc []byte) error {
	if old := m.docs[addr]; old != nil {
		if err := m.change(old, func(list []netip.Addr) []netip.Addr {
			return slices.DeleteFunc(list, func(a netip.Addr) bool { return a == addr })
		}); err != nil {
			return err
		}
	}
	m.room(1)
	m.docs[addr] = doc
	if doc == nil {
		return nil
	}
	return m.change(doc, func(list []netip.Addr) []netip.Addr { return append(list, addr) })
}

// change changes the known lists of those who hold a lease.
func (m *leaseMemory) change(doc []byte, list func([]netip.Addr) []netip.Addr) error {
	head, err := record.ReadLeaseHead(doc)
	if err != nil {
		return err
	}
	for _, h := range []holder{{byClient, head.ClientKey()}, {byModem, head.Modem.Key()}} {
		if held, known := m.held[h]; known {
			m.held[h] = list(held)
		}
	}
	return nil
}

// last returns those of the leases that expire last.
func (m *leaseMemory) last(addrs []netip.Addr, limit int) (list []*itms.Lease, err error) {
	type place struct {
		due  []byte
		addr netip.Addr
	}
	places := make([]place, len(addrs))
	for i, addr := range addrs {
		head, err := record.ReadLeaseHead(m.docs[addr])
		if err != nil {
			return nil, err
		}
		places[i] = place{head.Due, addr}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(bytes.Compare(b.due, a.due), a.addr.Compare(b.addr)) })
	for _, p := range places[:min(len(places), limit)] {
		l, err := record.DecodeLease(m.docs[p.addr])
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

// leaseQuestions asks for what is not known of leases.
func (t *tx) leaseQuestions(f itms.Foresight) (ask []question) {
	s, m := leases{t}, t.memory.leases
	var addrs []netip.Addr
	for _, addr := range f.Leases {
		if _, known := m.docs[addr]; !known && record.LeaseAddress(addr) {
			addrs = append(addrs, addr)
		}
	}
	if len(addrs) > 0 {
		ask = append(ask, s.question(addrs))
	}
	modems := make([]string, len(f.Modems))
	for i, modem := range f.Modems {
		modems[i] = modem.Key()
	}
	for _, of := range []struct {
		by    holding
		names []string
	}{{byClient, f.Clients}, {byModem, modems}} {
		names := slices.DeleteFunc(slices.Clone(of.names), func(name string) bool {
			_, known := m.held[holder{of.by, name}]
			return known || !record.Usable(name)
		})
		if slices.Sort(names); len(names) > 0 {
			ask = append(ask, s.heldQuestion(of.by, slices.Compact(names)))
		}
	}
	return ask
}
