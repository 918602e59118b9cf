package postgres

import (
	"time"

	"itms"
	"itms/store/internal/record"
)

// lane is itms.Lane.
type lane struct {
	t    *tx
	name string
}

// Lane returns the deliveries of one lane.
func (o outbox) Lane(name string) itms.Lane { return lane{o.t, name} }

// Claim leases the due heads of the lane's streams.
func (l lane) Claim(now time.Time, lease time.Duration, limit int) ([]itms.Delivery, error) {
	if !record.Usable(l.name) {
		return nil, l.t.mayWrite()
	}
	return outbox{l.t}.claim(l.name, now, lease, limit)
}

// Next returns when the first head may be claimed.
func (l lane) Next() (next time.Time, err error) {
	if !record.Usable(l.name) {
		return next, nil
	}
	_, err = l.t.one(`select next from outbox where lane = $1 and head order by next, pos limit 1`, []any{l.name}, &next)
	return next.UTC(), err
}

// Count counts the deliveries of the lane.
func (l lane) Count(most int) (n int, err error) {
	if !record.Usable(l.name) {
		return 0, nil
	}
	_, err = l.t.one(`select count(*) from (select from outbox where lane = $1 and lane <> '' limit $2) l`, []any{l.name, max(most, 0)}, &n)
	return n, err
}

// List returns deliveries in order of Add.
func (l lane) List(limit int) ([]itms.Delivery, error) {
	if limit <= 0 || !record.Usable(l.name) {
		return nil, nil
	}
	return all(l.t, document[itms.Delivery], `select doc from outbox where lane = $1 and lane <> '' order by pos limit $2`, l.name, limit)
}
