package workorder

import "itms"

// Formatter renders events for subscribers of one format.
type Formatter interface {
	// Format returns the JSON body that a subscriber is posted about an event; nil when
	// the event is none of this format, or none that the subscriber's query selects. id is
	// that of the delivery, which stays the same on each retry. It has no effect: it runs
	// within a transaction that may run again.
	Format(tx itms.Tx, s *itms.Subscription, ev *itms.Event, id string) ([]byte, error)
}
