package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/contacts"
	"itms/store/internal/record"
)

// flushTimeout bounds one flush, so that Close ends even when the server does not
// answer.
const flushTimeout = 30 * time.Second

// The statements of a flush, one for all devices each. Notes of unknown devices
// find no row to join. They need no serializable transaction: the newer contact
// wins whatever the order.
const (
	flushContacts = `insert into contacts (device, started, doc)
		select n.device, n.started, n.doc::jsonb from unnest($1::text[], $2::timestamptz[], $3::text[]) as n(device, started, doc)
		join devices d on d.id = n.device
		on conflict (device) do update set started = excluded.started, doc = excluded.doc
		where contacts.started <= excluded.started`
	flushSessions = `insert into sessions (device, started, id, doc)
		select n.device, n.started, n.id, n.doc::jsonb
		from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[]) as n(device, started, id, doc)
		join devices d on d.id = n.device
		on conflict do nothing`
	trimSessions = `delete from sessions s using (
			select device, started, id, row_number() over (partition by device order by started desc, id desc) as place
			from sessions where device = any($1::text[])) old
		where old.place > $2 and s.device = old.device and s.started = old.started and s.id = old.id`
)

// rows are sessions as columns.
type rows struct {
	device, id, doc []string
	started         []time.Time
}

// add appends a session.
func (r *rows) add(s *itms.SessionSummary) error {
	doc, err := record.SessionDoc(s)
	if err != nil {
		return err
	}
	r.device, r.id = append(r.device, s.Device.String()), append(r.id, s.ID)
	r.doc, r.started = append(r.doc, string(doc)), append(r.started, s.Started)
	return nil
}

// writeNotes stores contact notes in one round trip and one transaction.
func (s *Store) writeNotes(notes []contacts.Note) error {
	var last, history rows
	for i := range notes {
		if err := last.add(&notes[i].Last); err != nil {
			return err
		}
		for j := range notes[i].History {
			if err := history.add(&notes[i].History[j]); err != nil {
				return err
			}
		}
	}
	var batch pgx.Batch
	batch.Queue(flushContacts, last.device, last.started, last.doc)
	if len(history.device) > 0 {
		batch.Queue(flushSessions, history.device, history.started, history.id, history.doc)
		batch.Queue(trimSessions, history.device, itms.KeepSessions)
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := s.pool.SendBatch(ctx, &batch).Close(); err != nil {
		return translate(err, "flush contact notes")
	}
	return nil
}
