package postgres

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// leases is itms.Leases. Batches of hundreds are written by a DHCP server that its
// clients wait for: what a transaction writes gathers in one statement, and what Foresee was
// told of is known when it is asked for.
type leases struct{ t *tx }

// The statements on leases.
const (
	selectLeases = `select address, doc from leases where address = any($1::inet[])`
	// selectHeld asks for the leases of each client, or behind each modem. The limit tells
	// those who have more than can be remembered.
	selectHeld = `select q.holder, l.address, l.doc from unnest($1::text[]) as q(holder)
		cross join lateral (select address, doc from leases where %s limit $2) l`
	selectExpired   = `select doc from leases where expires < $1 order by expires, address limit $2`
	selectAddresses = `select address, state, expires from leases where address > $1 order by address limit $2`
	selectCounts    = `select scope, class, count(*)::int from leases where expires > $1 and state = 'active' group by scope, class order by scope, class`
)

// Get returns the lease of an address.
func (s leases) Get(addr netip.Addr) (*itms.Lease, error) {
	doc, err := s.doc(addr)
	if err != nil {
		return nil, err
	}
	if doc == nil {
		return nil, itms.NotFound("lease", addr.String())
	}
	return record.DecodeLease(doc)
}

// doc returns the document of an address, nil when there is none.
func (s leases) doc(addr netip.Addr) ([]byte, error) {
	if !record.LeaseAddress(addr) {
		return nil, nil
	}
	if doc, known := s.t.memory.leases.docs[addr]; known {
		return doc, nil
	}
	if err := s.t.trip(s.question([]netip.Addr{addr})); err != nil {
		return nil, err
	}
	return s.t.memory.leases.docs[addr], nil
}

// question asks for the leases of addresses; the answers are remembered.
func (s leases) question(addrs []netip.Addr) question {
	return question{statement{selectLeases, []any{addrs}}, func(rows pgx.Rows) error {
		m := &s.t.memory.leases
		m.room(len(addrs))
		for _, addr := range addrs {
			m.docs[addr] = nil
		}
		var addr netip.Addr
		var doc []byte
		_, err := pgx.ForEachRow(rows, []any{&addr, &doc}, func() error {
			m.docs[addr] = doc
			return nil
		})
		return err
	}}
}

// Put stores a lease, later and with others.
func (s leases) Put(l *itms.Lease) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.LeaseDoc(l)
	if err != nil {
		return err
	}
	if err := s.t.memory.leases.put(l.Address, doc); err != nil {
		return err
	}
	return s.t.putLease(l, doc)
}

// Delete removes a lease, later and with others.
func (s leases) Delete(addr netip.Addr) error {
	if err := s.t.mayWrite(); err != nil || !record.LeaseAddress(addr) {
		return err
	}
	if err := s.t.memory.leases.put(addr, nil); err != nil {
		return err
	}
	return s.t.deleteLease(addr)
}

// OfClient returns the leases of a client, the one that expires last first.
func (s leases) OfClient(client string, limit int) ([]*itms.Lease, error) {
	if !record.Usable(client) {
		return nil, nil
	}
	return s.held(holder{byClient, client}, limit)
}

// Behind returns the leases of clients behind a modem, the one that expires last first.
func (s leases) Behind(modem itms.MAC, limit int) ([]*itms.Lease, error) {
	if modem.IsZero() {
		return nil, nil
	}
	return s.held(holder{byModem, modem.Key()}, limit)
}

// held returns the leases of a holder, the one that expires last first.
func (s leases) held(h holder, limit int) ([]*itms.Lease, error) {
	if limit <= 0 {
		return nil, nil
	}
	m := &s.t.memory.leases
	if _, known := m.held[h]; !known {
		if err := s.t.trip(s.heldQuestion(h.by, []string{h.name})); err != nil {
			return nil, err
		}
	}
	if addrs, known := m.held[h]; known {
		return m.last(addrs, limit)
	}
	sql := `select doc from leases where ` + fmt.Sprintf(string(h.by), "$1") + ` order by expires desc, address limit $2`
	return all(s.t, readLease, sql, h.name, limit)
}

// heldQuestion asks for the leases of holders; those of holders that have not too many
// are remembered.
func (s leases) heldQuestion(by holding, names []string) question {
	sql := fmt.Sprintf(selectHeld, fmt.Sprintf(string(by), "q.holder"))
	return question{statement{sql, []any{names, foreseenMost}}, func(rows pgx.Rows) error {
		m := &s.t.memory.leases
		m.room(len(names))
		for _, name := range names {
			m.held[holder{by, name}] = nil
		}
		var name string
		var addr netip.Addr
		var doc []byte
		_, err := pgx.ForEachRow(rows, []any{&name, &addr, &doc}, func() error {
			h := holder{by, name}
			m.docs[addr], m.held[h] = doc, append(m.held[h], addr)
			return nil
		})
		for _, name := range names {
			if len(m.held[holder{by, name}]) >= foreseenMost {
				delete(m.held, holder{by, name})
			}
		}
		return err
	}}
}

// readLease decodes a row of one document.
func readLease(row pgx.CollectableRow) (*itms.Lease, error) {
	var doc []byte
	if err := row.Scan(&doc); err != nil {
		return nil, err
	}
	return record.DecodeLease(doc)
}

// List returns a page of leases.
func (s leases) List(q itms.LeaseQuery) ([]*itms.Lease, error) {
	if q.Limit <= 0 || !usable(q.Scope, q.Class, string(q.State)) {
		return nil, nil
	}
	sql, args, ok := leasePage(q)
	if !ok {
		return nil, nil
	}
	return all(s.t, readLease, sql, args...)
}

// leasePage is the statement for a page, false when there can be nothing on it. What a
// MAC finds is put in order after it was looked up: the planner liked to walk through all
// addresses in order instead.
func leasePage(q itms.LeaseQuery) (sql string, args []any, ok bool) {
	arg := func(v any) int { args = append(args, v); return len(args) }
	sql = `select address, state, mac, modem, scope, class, doc from leases where true`
	const ofMAC = `(client = 'm:' || $%[1]d or mac = $%[1]d and mac <> '' and client <> 'm:' || mac)`
	switch {
	case !q.MAC.IsZero():
		sql += fmt.Sprintf(` and mac = $%[1]d and `+ofMAC, arg(q.MAC.Key()))
	case !q.Modem.IsZero():
		sql += fmt.Sprintf(` and (mac = $%[1]d and `+ofMAC+` or modem = $%[1]d and modem <> '')`, arg(q.Modem.Key()))
	}
	if len(args) > 0 {
		sql = `with found as materialized (` + sql + `) select doc from found where true`
	} else {
		sql = `select doc from leases where true`
	}
	if q.Scope != "" {
		first, last, ok := record.ScopeRange(q.Scope)
		if !ok {
			return "", nil, false
		}
		sql += fmt.Sprintf(` and address >= $%d and address <= $%d and scope = $%d`, arg(first), arg(last), arg(q.Scope))
	}
	if after := q.After.Unmap().WithZone(""); after.IsValid() {
		sql += fmt.Sprintf(` and address > $%d`, arg(after))
	}
	for _, filter := range []struct{ column, value string }{{"class", q.Class}, {"state", string(q.State)}} {
		if filter.value != "" {
			sql += fmt.Sprintf(` and %s = $%d`, filter.column, arg(filter.value))
		}
	}
	if !q.MAC.IsZero() && !q.Modem.IsZero() {
		sql += fmt.Sprintf(` and $%d in (mac, modem)`, arg(q.Modem.Key()))
	}
	return sql + fmt.Sprintf(` order by address limit $%d`, arg(q.Limit)), args, true
}

// Expired returns leases that ended before a time, the one that did first first.
func (s leases) Expired(before time.Time, limit int) ([]*itms.Lease, error) {
	if limit <= 0 {
		return nil, nil
	}
	return all(s.t, readLease, selectExpired, itms.Timestamp(before), limit)
}

// addressesAtOnce is how many addresses are asked for at a time: fn may stop early, and
// the memory of all should not be needed.
const addressesAtOnce = 4096

// Addresses calls fn with every address.
func (s leases) Addresses(fn func(netip.Addr, itms.LeaseState, time.Time) bool) error {
	type place struct {
		Address netip.Addr
		State   string
		Expires time.Time
	}
	last := netip.AddrFrom4([4]byte{})
	sql := `select address, state, expires from leases order by address limit $1`
	args := []any{addressesAtOnce}
	for {
		places, err := all(s.t, pgx.RowToStructByPos[place], sql, args...)
		if err != nil {
			return err
		}
		for _, p := range places {
			if !fn(p.Address, itms.LeaseState(p.State), p.Expires.UTC()) {
				return nil
			}
			last = p.Address
		}
		if len(places) < addressesAtOnce {
			return nil
		}
		sql, args = selectAddresses, []any{last, addressesAtOnce}
	}
}

// Count counts the leases that hold at a time.
func (s leases) Count(now time.Time) ([]itms.LeaseCount, error) {
	return all(s.t, pgx.RowToStructByPos[itms.LeaseCount], selectCounts, itms.Timestamp(now))
}
