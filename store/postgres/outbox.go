package postgres

import (
	"encoding/json"
	"time"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// outbox is itms.Outbox. The age of a delivery is its position, the order of Add:
// ids of one millisecond sort at random, and a stream must not. Each stream marks
// its oldest delivery as head, so that a stream which is stuck costs no claim a
// look at its whole backlog. An Add and a Done of one stream that could miss each
// other's mark are not serializable, and one of them runs again.
type outbox struct{ t *tx }

// Add queues a delivery behind those of its stream.
func (o outbox) Add(d *itms.Delivery) error {
	if err := o.t.mayWrite(); err != nil {
		return err
	}
	c, err := record.Delivery(d)
	if err != nil {
		return err
	}
	doc, err := record.DeliveryDoc(&c)
	if err != nil {
		return err
	}
	const sql = `insert into outbox (id, stream, head, next, doc, lane)
		values ($1, $2, not exists (select from outbox where stream = $2), $3, $4, $5) on conflict (id) do nothing`
	rows, err := o.t.exec(sql, c.ID, c.Stream, c.Due, doc, c.Lane)
	if err != nil {
		return err
	}
	if rows == 0 {
		return record.DuplicateDelivery(c.ID)
	}
	o.t.topics |= wake.Outbox
	return nil
}

// Claim leases the due heads of streams, those due first first.
func (o outbox) Claim(now time.Time, lease time.Duration, limit int) ([]itms.Delivery, error) {
	return o.claim("", now, lease, limit)
}

// claim leases the due heads of a lane, or of what has none.
func (o outbox) claim(lane string, now time.Time, lease time.Duration, limit int) ([]itms.Delivery, error) {
	if err := o.t.mayWrite(); err != nil || limit <= 0 {
		return nil, err
	}
	const sql = `with due as (select id from outbox where lane = $4 and head and next <= $1
			order by next, pos limit $2 for update skip locked),
		claimed as (update outbox o set next = $3 from due where o.id = due.id returning o.pos, o.doc)
		select doc from claimed order by pos`
	return all(o.t, document[itms.Delivery], sql, itms.Timestamp(now), limit, itms.Timestamp(now.Add(lease)), lane)
}

// Done removes a delivery; the next of its stream becomes the head.
func (o outbox) Done(id string) error {
	if err := o.t.mayWrite(); err != nil || !record.Usable(id) {
		return err
	}
	const sql = `with gone as (delete from outbox where id = $1 returning stream, pos, head)
		update outbox o set head = true from gone where gone.head and o.stream = gone.stream
			and o.pos = (select min(pos) from outbox n where n.stream = gone.stream and n.pos > gone.pos)`
	_, err := o.t.exec(sql, id)
	return err
}

// Later notes a failed try. An unknown id is no error: another node may have
// delivered it after the lease ran out.
func (o outbox) Later(id string, due time.Time, reason string) error {
	if err := o.t.mayWrite(); err != nil || !record.Usable(id) {
		return err
	}
	due = itms.Timestamp(due)
	patch, err := json.Marshal(map[string]any{"due": due, "lastErr": record.Text(reason)})
	if err != nil {
		return itms.Errorf(itms.KindInternal, itms.CodeInternal, "encode delivery %s", id).Because(err)
	}
	const sql = `update outbox set next = $2,
		doc = doc || $3::jsonb || jsonb_build_object('tries', (doc->>'tries')::bigint + 1) where id = $1`
	_, err = o.t.exec(sql, id, due, patch)
	return err
}

// List returns queued deliveries by id.
func (o outbox) List(start string, limit int) ([]itms.Delivery, error) {
	if limit <= 0 {
		return nil, nil
	}
	return all(o.t, document[itms.Delivery], `select doc from outbox where id > $1 order by id limit $2`, start, limit)
}
