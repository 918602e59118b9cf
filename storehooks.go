package itms

import "time"

// Subscriptions holds who is told of events.
type Subscriptions interface {
	// Get returns the subscription or KindNotFound.
	Get(id SubscriptionID) (*Subscription, error)
	// Put inserts or replaces a subscription.
	Put(s *Subscription) error
	// Advance moves the cursor of a subscription that stands at from, and reports whether
	// one did. It wakes nobody.
	Advance(id SubscriptionID, from, to int64) (bool, error)
	// Delete removes one, or fails with KindNotFound.
	Delete(id SubscriptionID) error
	// List returns subscriptions with ID > after, ordered by it.
	List(after SubscriptionID, limit int) ([]*Subscription, error)
}

// DeadLetters holds deliveries that were given up, by their subscription and ID.
type DeadLetters interface {
	// Get returns the letter or KindNotFound.
	Get(sub SubscriptionID, id string) (*DeadLetter, error)
	// Put inserts or replaces a letter.
	Put(l *DeadLetter) error
	// Delete removes one. Unknown ones are no error.
	Delete(sub SubscriptionID, id string) error
	// List returns letters of a subscription with ID < before ("" = from the newest), newest
	// (highest ID) first.
	List(sub SubscriptionID, before string, limit int) ([]*DeadLetter, error)
	// Trim removes all letters of a subscription that died before a time and, of the others,
	// the oldest beyond keep. It returns how many it removed.
	Trim(sub SubscriptionID, before time.Time, keep int) (int, error)
}
