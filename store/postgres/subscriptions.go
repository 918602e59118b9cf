package postgres

import (
	"time"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// subscriptions is itms.Subscriptions.
type subscriptions struct{ t *tx }

// Get returns the subscription.
func (s subscriptions) Get(id itms.SubscriptionID) (*itms.Subscription, error) {
	return load[itms.Subscription](s.t, "subscription", string(id), `select doc from subscriptions where id = $1`, string(id))
}

// Put stores a subscription.
func (s subscriptions) Put(sub *itms.Subscription) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Subscription(sub)
	if err != nil {
		return err
	}
	s.t.topics |= wake.Subscriptions
	return s.t.later(`insert into subscriptions (id, doc) values ($1, $2) on conflict (id) do update set doc = excluded.doc`, string(sub.ID), doc)
}

// Advance moves a cursor.
func (s subscriptions) Advance(id itms.SubscriptionID, from, to int64) (bool, error) {
	if err := s.t.mayWrite(); err != nil || !record.Usable(string(id)) {
		return false, err
	}
	rows, err := s.t.exec(`update subscriptions set doc = doc || jsonb_build_object('cursor', $3::bigint)
		where id = $1 and (doc->>'cursor')::bigint = $2`, string(id), from, to)
	return rows == 1, err
}

// Delete removes a known subscription.
func (s subscriptions) Delete(id itms.SubscriptionID) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if !record.Usable(string(id)) {
		return itms.NotFound("subscription", string(id))
	}
	s.t.topics |= wake.Subscriptions
	rows, err := s.t.exec(`delete from subscriptions where id = $1`, string(id))
	if err == nil && rows == 0 {
		return itms.NotFound("subscription", string(id))
	}
	return err
}

// List returns subscriptions behind after.
func (s subscriptions) List(after itms.SubscriptionID, limit int) ([]*itms.Subscription, error) {
	if limit <= 0 || !usable(string(after)) {
		return nil, nil
	}
	return all(s.t, pointer[itms.Subscription], `select doc from subscriptions where id > $1 order by id limit $2`, string(after), limit)
}

// deadLetters is itms.DeadLetters.
type deadLetters struct{ t *tx }

// Get returns the letter.
func (d deadLetters) Get(sub itms.SubscriptionID, id string) (*itms.DeadLetter, error) {
	return load[itms.DeadLetter](d.t, "dead letter", id, `select doc from dead_letters where subscription = $1 and id = $2`, string(sub), id)
}

// Put stores a letter.
func (d deadLetters) Put(l *itms.DeadLetter) error {
	if err := d.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.DeadLetter(l)
	if err != nil {
		return err
	}
	return d.t.later(`insert into dead_letters (subscription, id, died, doc) values ($1, $2, $3, $4)
		on conflict (subscription, id) do update set died = excluded.died, doc = excluded.doc`,
		string(l.Subscription), l.ID, itms.Timestamp(l.DiedAt), doc)
}

// Delete removes a letter.
func (d deadLetters) Delete(sub itms.SubscriptionID, id string) error {
	if err := d.t.mayWrite(); err != nil || !record.Usable(string(sub)) || !record.Usable(id) {
		return err
	}
	return d.t.later(`delete from dead_letters where subscription = $1 and id = $2`, string(sub), id)
}

// List returns letters below before, newest first.
func (d deadLetters) List(sub itms.SubscriptionID, before string, limit int) ([]*itms.DeadLetter, error) {
	if limit <= 0 || !usable(string(sub), before) {
		return nil, nil
	}
	return all(d.t, pointer[itms.DeadLetter], `select doc from dead_letters where subscription = $1 and ($2 = '' or id < $2)
		order by id desc limit $3`, string(sub), before, limit)
}

// Trim removes letters that are old or too many.
func (d deadLetters) Trim(sub itms.SubscriptionID, before time.Time, keep int) (int, error) {
	if err := d.t.mayWrite(); err != nil || !record.Usable(string(sub)) {
		return 0, err
	}
	rows, err := d.t.exec(`delete from dead_letters where subscription = $1 and (died < $2 or id in
		(select id from dead_letters where subscription = $1 and died >= $2 order by id desc offset $3))`,
		string(sub), itms.Timestamp(before), max(keep, 0))
	return int(rows), err
}
