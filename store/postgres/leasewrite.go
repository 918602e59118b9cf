package postgres

import (
	"net/netip"
	"slices"
	"time"

	"itms"
)

// leasesMost bounds how many leases one statement writes, and with them the memory of a
// transaction that only writes.
const leasesMost = 1024

// The statements that write leases, many at once.
const (
	upsertLeases = `insert into leases (address, state, client, mac, modem, scope, class, expires, doc)
		select * from unnest($1::inet[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::bytea[])
		on conflict (address) do update set state = excluded.state, client = excluded.client, mac = excluded.mac, modem = excluded.modem,
			scope = excluded.scope, class = excluded.class, expires = excluded.expires, doc = excluded.doc`
	deleteLeases = `delete from leases where address = any($1::inet[])`
)

// leaseWrites is what is written of leases by statements that grow until they are sent: of
// each address the last word, so that it does not matter which of them comes first.
type leaseWrites struct {
	sent    int                // of the wire when the statements began to wait
	at      map[netip.Addr]int // places in the columns
	addrs   []netip.Addr
	texts   [6][]string // state, client, mac, modem, scope, class
	expires []time.Time
	docs    [][]byte
	gone    []netip.Addr // deleted
	puts    bool         // upsertLeases waits
	deletes bool         // deleteLeases waits
}

// leaseWrites returns what may still grow.
func (t *tx) leaseWrites() *leaseWrites {
	if w := t.writes; w == nil || w.sent != t.sent || len(w.addrs)+len(w.gone) >= leasesMost {
		t.writes = &leaseWrites{sent: t.sent, at: map[netip.Addr]int{}}
	}
	return t.writes
}

// putLease has a lease put with the others that wait.
func (t *tx) putLease(l *itms.Lease, doc []byte) error {
	w := t.leaseWrites()
	w.put(l, doc)
	if w.puts {
		return nil
	}
	w.puts = true
	args := []any{&w.addrs} // pointers, as the columns grow
	for j := range w.texts {
		args = append(args, &w.texts[j])
	}
	return t.later(upsertLeases, append(args, &w.expires, &w.docs)...)
}

// deleteLease has a lease deleted with the others that wait.
func (t *tx) deleteLease(addr netip.Addr) error {
	w := t.leaseWrites()
	w.delete(addr)
	if w.deletes {
		return nil
	}
	w.deletes = true
	return t.later(deleteLeases, &w.gone)
}

// put adds a lease, or replaces the one of its address.
func (w *leaseWrites) put(l *itms.Lease, doc []byte) {
	w.gone = slices.DeleteFunc(w.gone, func(a netip.Addr) bool { return a == l.Address })
	i, there := w.at[l.Address]
	if !there {
		i = len(w.addrs)
		w.at[l.Address] = i
		w.addrs, w.expires, w.docs = append(w.addrs, l.Address), append(w.expires, time.Time{}), append(w.docs, nil)
		for j := range w.texts {
			w.texts[j] = append(w.texts[j], "")
		}
	}
	w.expires[i], w.docs[i] = itms.Timestamp(l.ExpiresAt), doc
	for j, text := range [...]string{string(l.State), l.Client, l.MAC.Key(), l.Modem.Key(), l.Scope, l.Class} {
		w.texts[j][i] = text
	}
}

// delete takes a lease out of those that are put, and adds it to those that are deleted.
func (w *leaseWrites) delete(addr netip.Addr) {
	if i, there := w.at[addr]; there {
		last := len(w.addrs) - 1
		w.at[w.addrs[last]] = i
		delete(w.at, addr)
		w.addrs, w.expires, w.docs = fill(w.addrs, i), fill(w.expires, i), fill(w.docs, i)
		for j := range w.texts {
			w.texts[j] = fill(w.texts[j], i)
		}
	}
	if !slices.Contains(w.gone, addr) {
		w.gone = append(w.gone, addr)
	}
}

// fill takes an element out of a column, and puts the last one into its place.
func fill[T any](column []T, i int) []T {
	last := len(column) - 1
	column[i] = column[last]
	return column[:last]
}
