package boltdb

import (
	"time"

	"itms"
)

// lane is itms.Lane.
type lane struct {
	outbox
	name string
}

// Lane returns the deliveries of one lane.
func (o outbox) Lane(name string) itms.Lane { return lane{o, name} }

// Claim leases the due heads of the lane's streams.
func (l lane) Claim(now time.Time, lease time.Duration, limit int) ([]itms.Delivery, error) {
	if err := l.t.mayWrite(); err != nil {
		return nil, err
	}
	return l.lease(l.due(inOutboxLaneHeads, under(l.name), now, limit), itms.Timestamp(now.Add(lease)))
}

// Next returns when the first head may be claimed.
func (l lane) Next() (time.Time, error) {
	prefix := under(l.name)
	for k := range l.t.ascend(inOutboxLaneHeads, prefix, nil) {
		return readInstant(k[len(prefix) : len(prefix)+timeLen]), nil
	}
	return time.Time{}, nil
}

// Count counts the deliveries of the lane.
func (l lane) Count(most int) (n int, err error) {
	for range l.t.ascend(inOutboxLane, under(l.name), nil) {
		if n >= most {
			break
		}
		n++
	}
	return n, nil
}

// List returns deliveries in order of Add.
func (l lane) List(limit int) (list []itms.Delivery, err error) {
	for _, id := range l.t.ascend(inOutboxLane, under(l.name), nil) {
		if len(list) >= limit {
			break
		}
		q, err := load[queued](l.t, inOutbox, "delivery", string(id))
		if err != nil {
			return nil, err
		}
		list = append(list, q.Delivery)
	}
	return list, nil
}
