package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// journal is itms.Journal.
//
// A plain sequence would not do: numbers are drawn before the commit, so a reader
// that saw 7 could miss a 6 that commits later. Here the number of the transaction
// makes the high bits of a sequence, and the place within it the low ones. Readers
// that follow see only what is older than the oldest transaction still running;
// whatever commits later has a higher number, and sequence, than all of that.
type journal struct{ t *tx }

// placeBits of a sequence count the events of one transaction. The remaining 47
// bits last for a century of forty thousand transactions a second.
const placeBits = 16

// settled is the first sequence that a transaction still running may yet write.
const settled = `(($1::bigint + pg_snapshot_xmin(pg_current_snapshot())::text::bigint) << 16)`

// Append stores the event behind those of this transaction.
func (j journal) Append(e *itms.Event) error {
	if err := j.t.mayWrite(); err != nil {
		return err
	}
	if j.t.events >= 1<<placeBits {
		return itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "more than %d events in one transaction", 1<<placeBits)
	}
	doc, err := record.Event(e)
	if err != nil {
		return err
	}
	if err := j.t.begin(); err != nil { // it tells the number
		return err
	}
	seq := (j.t.base+j.t.number)<<placeBits | j.t.events
	if err := j.t.later(`insert into journal (seq, device, doc) values ($1, $2, $3)`, seq, e.Device.String(), doc); err != nil {
		return err
	}
	e.Seq = seq
	j.t.events++
	j.t.seq = max(j.t.seq, seq)
	j.t.topics |= wake.Journal
	return nil
}

// readEvent makes an event of its sequence and document.
func readEvent(row pgx.CollectableRow) (itms.Event, error) {
	var seq int64
	var doc []byte
	if err := row.Scan(&seq, &doc); err != nil {
		return itms.Event{}, err
	}
	e, err := record.Decode[itms.Event](doc)
	if err != nil {
		return itms.Event{}, err
	}
	e.Seq = seq
	return *e, nil
}

// After returns the settled events behind seq.
func (j journal) After(seq int64, limit int) ([]itms.Event, error) {
	if limit <= 0 {
		return nil, nil
	}
	return all(j.t, readEvent, `select seq, doc from journal where seq > $2 and seq < `+settled+` order by seq limit $3`,
		j.t.base, seq, limit)
}

// Last returns the highest settled sequence.
func (j journal) Last() (seq int64, err error) {
	_, err = j.t.one(`select coalesce(max(seq), 0) from journal where seq < `+settled, []any{j.t.base}, &seq)
	return seq, err
}

// Trim removes the oldest settled events.
func (j journal) Trim(before time.Time, limit int) (int, error) {
	if err := j.t.mayWrite(); err != nil || limit <= 0 {
		return 0, err
	}
	const sql = `delete from journal where seq in (select seq from journal where seq < ` + settled + `
		and seq <> (select max(seq) from journal) and (doc->>'at')::timestamptz < $2 order by seq limit $3)`
	rows, err := j.t.exec(sql, j.t.base, before, limit)
	return int(rows), err
}

// OfDevice returns events of one device, newest first. Nobody follows this list, so
// it shows what is committed, settled or not.
func (j journal) OfDevice(id itms.DeviceID, before int64, limit int) ([]itms.Event, error) {
	if limit <= 0 {
		return nil, nil
	}
	return all(j.t, readEvent, `select seq, doc from journal where device = $1 and device <> '' and ($2::bigint <= 0 or seq < $2)
		order by seq desc limit $3`, id.String(), before, limit)
}
