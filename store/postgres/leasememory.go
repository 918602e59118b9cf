package postgres

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"time"

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

// putsMost bounds how many leases one statement puts, and with them the memory of a
// transaction that only writes.
const putsMost = 1024

// upsertLeases puts many leases.
const upsertLeases = `insert into leases (address, state, client, mac, modem, scope, class, expires, doc)
	select * from unnest($1::inet[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::bytea[])
	on conflict (address) do update set state = excluded.state, client = excluded.client, mac = excluded.mac, modem = excluded.modem,
		scope = excluded.scope, class = excluded.class, expires = excluded.expires, doc = excluded.doc`

// leasePuts are leases that are put by one statement, as columns.
type leasePuts struct {
	sent    int                // of the wire when the statement began to wait
	at      map[netip.Addr]int // places: a statement can put an address once
	addrs   []netip.Addr
	texts   [6][]string // state, client, mac, modem, scope, class
	expires []time.Time
	docs    [][]byte
}

// set adds a lease, or replaces the one of its address.
func (p *leasePuts) set(l *itms.Lease, doc []byte) {
	i, there := p.at[l.Address]
	if !there {
		i = len(p.addrs)
		p.at[l.Address] = i
		p.addrs, p.expires, p.docs = append(p.addrs, l.Address), append(p.expires, time.Time{}), append(p.docs, nil)
		for j := range p.texts {
			p.texts[j] = append(p.texts[j], "")
		}
	}
	p.expires[i], p.docs[i] = itms.Timestamp(l.ExpiresAt), doc
	for j, text := range [...]string{string(l.State), l.Client, l.MAC.Key(), l.Modem.Key(), l.Scope, l.Class} {
		p.texts[j][i] = text
	}
}

// args are the arguments of upsertLeases: pointers, as the columns grow until they are
// sent.
func (p *leasePuts) args() []any {
	args := []any{&p.addrs}
	for j := range p.texts {
		args = append(args, &p.texts[j])
	}
	return append(args, &p.expires, &p.docs)
}

// gather has a lease put with the others that wait, by one statement.
func (t *tx) gather(l *itms.Lease, doc []byte) error {
	if t.puts == nil || t.puts.sent != t.sent || len(t.puts.addrs) >= putsMost {
		puts := &leasePuts{sent: t.sent, at: map[netip.Addr]int{}}
		puts.set(l, doc)
		t.puts = puts
		return t.later(upsertLeases, puts.args()...)
	}
	t.puts.set(l, doc)
	return nil
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
