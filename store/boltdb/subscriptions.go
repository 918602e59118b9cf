package boltdb

import (
	"slices"
	"time"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// subscriptions is itms.Subscriptions.
type subscriptions struct{ t *tx }

// Get returns the subscription.
func (s subscriptions) Get(id itms.SubscriptionID) (*itms.Subscription, error) {
	return load[itms.Subscription](s.t, inSubscriptions, "subscription", string(id))
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
	return s.t.put(inSubscriptions, []byte(sub.ID), doc)
}

// Advance moves a cursor.
func (s subscriptions) Advance(id itms.SubscriptionID, from, to int64) (bool, error) {
	if err := s.t.mayWrite(); err != nil {
		return false, err
	}
	sub, err := find[itms.Subscription](s.t, inSubscriptions, string(id))
	if err != nil || sub == nil || sub.Cursor != from {
		return false, err
	}
	sub.Cursor = to
	doc, err := record.Subscription(sub)
	if err != nil {
		return false, err
	}
	return true, s.t.put(inSubscriptions, []byte(id), doc)
}

// Delete removes a known subscription.
func (s subscriptions) Delete(id itms.SubscriptionID) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if _, err := s.Get(id); err != nil {
		return err
	}
	s.t.topics |= wake.Subscriptions
	return s.t.drop(inSubscriptions, []byte(id))
}

// List returns subscriptions behind after.
func (s subscriptions) List(after itms.SubscriptionID, limit int) ([]*itms.Subscription, error) {
	var list []*itms.Subscription
	for k, doc := range s.t.ascend(inSubscriptions, nil, []byte(after)) {
		if len(list) >= limit {
			break
		}
		if string(k) == string(after) {
			continue
		}
		sub, err := record.Decode[itms.Subscription](doc)
		if err != nil {
			return nil, err
		}
		list = append(list, sub)
	}
	return list, nil
}

// deadLetters is itms.DeadLetters.
type deadLetters struct{ t *tx }

// Get returns the letter.
func (d deadLetters) Get(sub itms.SubscriptionID, id string) (*itms.DeadLetter, error) {
	if !record.Usable(string(sub)) || !record.Usable(id) {
		return nil, itms.NotFound("dead letter", id)
	}
	doc := d.t.get(inDeadLetters, join(string(sub), id))
	if doc == nil {
		return nil, itms.NotFound("dead letter", id)
	}
	return record.Decode[itms.DeadLetter](doc)
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
	return d.t.put(inDeadLetters, join(string(l.Subscription), l.ID), doc)
}

// Delete removes a letter.
func (d deadLetters) Delete(sub itms.SubscriptionID, id string) error {
	if err := d.t.mayWrite(); err != nil || !record.Usable(string(sub)) || !record.Usable(id) {
		return err
	}
	return d.t.drop(inDeadLetters, join(string(sub), id))
}

// List returns letters below before, newest first.
func (d deadLetters) List(sub itms.SubscriptionID, before string, limit int) ([]*itms.DeadLetter, error) {
	if !record.Usable(string(sub)) {
		return nil, nil
	}
	var below []byte
	if before != "" {
		below = join(string(sub), before)
	}
	var list []*itms.DeadLetter
	for _, doc := range d.t.descend(inDeadLetters, under(string(sub)), below) {
		if len(list) >= limit {
			break
		}
		l, err := record.Decode[itms.DeadLetter](doc)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

// Trim removes letters that are old or too many.
func (d deadLetters) Trim(sub itms.SubscriptionID, before time.Time, keep int) (int, error) {
	if err := d.t.mayWrite(); err != nil || !record.Usable(string(sub)) {
		return 0, err
	}
	before = itms.Timestamp(before)
	var gone [][]byte
	n := 0
	for k, doc := range d.t.descend(inDeadLetters, under(string(sub)), nil) {
		l, err := record.Decode[itms.DeadLetter](doc)
		if err != nil {
			return 0, err
		}
		if l.DiedAt.Before(before) {
			gone = append(gone, slices.Clone(k))
			continue
		}
		if n++; n > keep {
			gone = append(gone, slices.Clone(k))
		}
	}
	for _, k := range gone {
		if err := d.t.drop(inDeadLetters, k); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}
