package boltdb

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// outbox is itms.Outbox. The age of a delivery is its position, the order of Add:
// ids of one millisecond sort at random, and a stream must not.
type outbox struct{ t *tx }

// queued is a delivery as stored.
type queued struct {
	Delivery itms.Delivery `json:"delivery"`
	Position uint64        `json:"position"`
	Next     time.Time     `json:"next"` // when it may be claimed: Due, or the end of a lease
}

// streamKey is the place in the stream.
func (q *queued) streamKey() []byte {
	return append(under(q.Delivery.Stream), number(q.Position)...)
}

// headKey is the place among the heads of streams.
func (q *queued) headKey() []byte {
	key := append(instant(q.Next), number(q.Position)...)
	if q.Delivery.Lane == "" {
		return key
	}
	return append(under(q.Delivery.Lane), key...)
}

// heads is where the heads of streams of its lane stand.
func (q *queued) heads() bucket {
	if q.Delivery.Lane == "" {
		return inOutboxHeads
	}
	return inOutboxLaneHeads
}

// laneKey is the place in the lane, nil without one.
func (q *queued) laneKey() []byte {
	if q.Delivery.Lane == "" {
		return nil
	}
	return append(under(q.Delivery.Lane), number(q.Position)...)
}

// Add queues a delivery behind those of its stream.
func (o outbox) Add(d *itms.Delivery) error {
	if err := o.t.mayWrite(); err != nil {
		return err
	}
	c, err := record.Delivery(d)
	if err != nil {
		return err
	}
	if o.t.get(inOutbox, []byte(c.ID)) != nil {
		return record.DuplicateDelivery(c.ID)
	}
	q := &queued{Delivery: c, Next: c.Due}
	if q.Position, err = o.position(); err != nil {
		return err
	}
	if o.head(c.Stream) == nil {
		if err := o.t.put(q.heads(), q.headKey(), []byte(c.ID)); err != nil {
			return err
		}
	}
	if err := o.t.move(inOutboxLane, nil, q.laneKey(), []byte(c.ID)); err != nil {
		return err
	}
	if err := o.t.put(inOutboxStream, q.streamKey(), []byte(c.ID)); err != nil {
		return err
	}
	o.t.topics |= wake.Outbox
	return o.save(q)
}

// position draws the next position.
func (o outbox) position() (uint64, error) {
	n := uint64(1)
	if last := o.t.get(inMeta, keyOutboxPos); last != nil {
		n += binary.BigEndian.Uint64(last)
	}
	return n, o.t.put(inMeta, keyOutboxPos, number(n))
}

// head returns the id of the oldest delivery of a stream, nil when it is empty.
func (o outbox) head(stream string) []byte {
	for _, id := range o.t.ascend(inOutboxStream, under(stream), nil) {
		return id
	}
	return nil
}

// save writes the document.
func (o outbox) save(q *queued) error {
	doc, err := json.Marshal(q)
	if err != nil {
		return itms.Errorf(itms.KindInternal, itms.CodeInternal, "encode delivery %s", q.Delivery.ID).Because(err)
	}
	return o.t.put(inOutbox, []byte(q.Delivery.ID), doc)
}

// Claim leases the due heads of streams, those due first first.
func (o outbox) Claim(now time.Time, lease time.Duration, limit int) ([]itms.Delivery, error) {
	if err := o.t.mayWrite(); err != nil {
		return nil, err
	}
	return o.lease(o.due(inOutboxHeads, nil, now, limit), itms.Timestamp(now.Add(lease)))
}

// due returns the ids of due heads whose keys have a prefix, those due first first.
func (o outbox) due(heads bucket, prefix []byte, now time.Time, limit int) (ids []string) {
	end := after(append(bytes.Clone(prefix), instant(itms.Timestamp(now))...))
	for k, id := range o.t.ascend(heads, prefix, nil) {
		if len(ids) >= limit || bytes.Compare(k, end) >= 0 {
			break
		}
		ids = append(ids, string(id))
	}
	return ids
}

// lease leases deliveries and returns them in order of Add.
func (o outbox) lease(ids []string, until time.Time) ([]itms.Delivery, error) {
	var claimed []*queued
	for _, id := range ids {
		q, err := load[queued](o.t, inOutbox, "delivery", id)
		if err != nil {
			return nil, err
		}
		if err := o.postpone(q, until); err != nil {
			return nil, err
		}
		claimed = append(claimed, q)
	}
	slices.SortFunc(claimed, func(a, b *queued) int { return cmp.Compare(a.Position, b.Position) })
	var list []itms.Delivery
	for _, q := range claimed {
		list = append(list, q.Delivery)
	}
	return list, nil
}

// postpone sets when a delivery may be claimed next.
func (o outbox) postpone(q *queued, next time.Time) error {
	old := q.headKey()
	q.Next = next
	if string(o.head(q.Delivery.Stream)) == q.Delivery.ID {
		if err := o.t.move(q.heads(), old, q.headKey(), []byte(q.Delivery.ID)); err != nil {
			return err
		}
	}
	return o.save(q)
}

// Done removes a delivery; the next of its stream becomes the head.
func (o outbox) Done(id string) error {
	if err := o.t.mayWrite(); err != nil {
		return err
	}
	q, err := find[queued](o.t, inOutbox, id)
	if q == nil {
		return err
	}
	wasHead := string(o.head(q.Delivery.Stream)) == id
	if err := o.t.drop(inOutbox, []byte(id)); err != nil {
		return err
	}
	if err := o.t.move(inOutboxLane, q.laneKey(), nil, nil); err != nil {
		return err
	}
	if err := o.t.drop(inOutboxStream, q.streamKey()); err != nil || !wasHead {
		return err
	}
	if err := o.t.drop(q.heads(), q.headKey()); err != nil {
		return err
	}
	head := o.head(q.Delivery.Stream)
	if head == nil {
		return nil
	}
	next, err := load[queued](o.t, inOutbox, "delivery", string(head))
	if err != nil {
		return err
	}
	return o.t.put(next.heads(), next.headKey(), []byte(next.Delivery.ID))
}

// Later notes a failed try. An unknown id is no error: another node may have
// delivered it after the lease ran out.
func (o outbox) Later(id string, due time.Time, reason string) error {
	if err := o.t.mayWrite(); err != nil {
		return err
	}
	q, err := find[queued](o.t, inOutbox, id)
	if q == nil {
		return err
	}
	q.Delivery.Due = itms.Timestamp(due)
	q.Delivery.Tries++
	q.Delivery.LastErr = record.Text(reason)
	return o.postpone(q, q.Delivery.Due)
}

// List returns queued deliveries by id.
func (o outbox) List(start string, limit int) ([]itms.Delivery, error) {
	var list []itms.Delivery
	for k, v := range o.t.ascend(inOutbox, nil, []byte(start)) {
		if len(list) >= limit {
			break
		}
		if string(k) == start {
			continue
		}
		q, err := record.Decode[queued](v)
		if err != nil {
			return nil, err
		}
		list = append(list, q.Delivery)
	}
	return list, nil
}
