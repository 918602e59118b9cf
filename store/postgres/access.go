package postgres

import (
	"fmt"
	"time"

	"itms"
	"itms/store/internal/record"
)

// accessSessions is itms.AccessSessions.
type accessSessions struct{ t *tx }

// accessColumns are the columns that record.AccessColumns are in.
var accessColumns = [5]string{"service", "account", "mac", "ip", "nas"}

// Get returns the session.
func (a accessSessions) Get(id itms.AccessSessionID) (*itms.AccessSession, error) {
	return load[itms.AccessSession](a.t, "access session", string(id), `select doc from access_sessions where id = $1`, string(id))
}

// Put stores a session.
func (a accessSessions) Put(s *itms.AccessSession) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.AccessSession(s)
	if err != nil {
		return err
	}
	const sql = `insert into access_sessions (id, service, account, mac, ip, nas, active, started, due, doc)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (id) do update set service = excluded.service, account = excluded.account, mac = excluded.mac, ip = excluded.ip,
			nas = excluded.nas, active = excluded.active, started = excluded.started, due = excluded.due, doc = excluded.doc`
	due := kept.Ended
	if kept.Active() {
		due = kept.Updated
	}
	c := record.AccessColumns(kept)
	return a.t.later(sql, string(kept.ID), c[0], c[1], c[2], c[3], c[4], kept.Active(), kept.Started, due, doc)
}

// List returns a page of sessions.
func (a accessSessions) List(q itms.AccessSessionQuery) ([]*itms.AccessSession, error) {
	column, _, ok := record.AccessColumn(&q)
	if !ok || q.Limit <= 0 {
		return nil, nil
	}
	sql, args := `select doc from access_sessions where true`, []any{q.Limit}
	arg := func(v any) int { args = append(args, v); return len(args) }
	for i, text := range record.AccessColumns(&itms.AccessSession{Service: q.Service, Account: q.Account, MAC: q.MAC, IP: q.IP, NAS: q.NAS}) {
		switch {
		case text == "":
		case !usable(text):
			return nil, nil
		case i == column: // has an index of those that have one at all
			sql += fmt.Sprintf(` and %[1]s = $%[2]d and %[1]s <> ''`, accessColumns[i], arg(text))
		default:
			sql += fmt.Sprintf(` and %s = $%d`, accessColumns[i], arg(text))
		}
	}
	if q.Active {
		sql += ` and active`
	}
	if q.After.ID != "" {
		if !usable(string(q.After.ID)) {
			return nil, nil
		}
		sql += fmt.Sprintf(` and (active, started, id) < ($%d, $%d, $%d)`, arg(q.After.Active), arg(itms.Timestamp(q.After.Started)), arg(string(q.After.ID)))
	}
	return all(a.t, pointer[itms.AccessSession], sql+` order by active desc, started desc, id desc limit $1`, args...)
}

// Silent returns sessions that last and were not heard of.
func (a accessSessions) Silent(before time.Time, limit int) ([]*itms.AccessSession, error) {
	if limit <= 0 {
		return nil, nil
	}
	return all(a.t, pointer[itms.AccessSession], `select doc from access_sessions where active and due < $1 order by due, id limit $2`,
		itms.Timestamp(before), limit)
}

// Trim removes sessions that ended long ago.
func (a accessSessions) Trim(before time.Time, limit int) (int, error) {
	if err := a.t.mayWrite(); err != nil || limit <= 0 {
		return 0, err
	}
	rows, err := a.t.exec(`delete from access_sessions where id in (select id from access_sessions where not active and due < $1
		order by due, id limit $2)`, itms.Timestamp(before), limit)
	return int(rows), err
}
