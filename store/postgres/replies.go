package postgres

import (
	"time"

	"itms"
	"itms/store/internal/record"
)

// replies is itms.Replies.
type replies struct{ t *tx }

// Get returns the reply of a key.
func (r replies) Get(key string) (*itms.Reply, error) {
	return load[itms.Reply](r.t, "reply", key, `select doc from replies where key = $1`, key)
}

// Insert stores a new reply.
func (r replies) Insert(reply *itms.Reply) error {
	return r.write(reply, record.DuplicateReply(), `insert into replies (key, at, doc) values ($1, $2, $3) on conflict do nothing`)
}

// Put replaces a known reply.
func (r replies) Put(reply *itms.Reply) error {
	return r.write(reply, itms.NotFound("reply", reply.Key), `update replies set at = $2, doc = $3 where key = $1`)
}

// write runs a statement with the reply, and fails with refused when it touches no row.
func (r replies) write(reply *itms.Reply, refused error, sql string) error {
	if err := r.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Reply(reply)
	if err != nil {
		return err
	}
	rows, err := r.t.exec(sql, reply.Key, itms.Timestamp(reply.At), doc)
	if err == nil && rows == 0 {
		return refused
	}
	return err
}

// Delete removes a reply.
func (r replies) Delete(key string) error {
	if err := r.t.mayWrite(); err != nil || !record.Usable(key) {
		return err
	}
	return r.t.later(`delete from replies where key = $1`, key)
}

// Trim removes replies that are old or too many.
func (r replies) Trim(before time.Time, keep int) (int, error) {
	if err := r.t.mayWrite(); err != nil {
		return 0, err
	}
	rows, err := r.t.exec(`delete from replies where at < $1 or key in (select key from replies order by at desc, key desc offset $2)`,
		itms.Timestamp(before), max(keep, 0))
	return int(rows), err
}
