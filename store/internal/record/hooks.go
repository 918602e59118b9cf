package record

import "itms"

// Subscription returns the document of s.
func Subscription(s *itms.Subscription) ([]byte, error) {
	c := s.Clone()
	stamp(&c.FailingSince, &c.PausedUntil, &c.DeliveredAt, &c.CreatedAt, &c.UpdatedAt)
	bare(&c.Types)
	bare(&c.Areas)
	bare(&c.Keys)
	for i := range c.Keys {
		stamp(&c.Keys[i].CreatedAt, &c.Keys[i].Until)
		bare(&c.Keys[i].Key)
	}
	c.LastFailure, c.Reason = Text(c.LastFailure), Text(c.Reason)
	return marshal(itms.CheckKey("/id", string(s.ID)), c)
}

// DeadLetter returns the document of l.
func DeadLetter(l *itms.DeadLetter) ([]byte, error) {
	c := *l
	stamp(&c.Due, &c.QueuedAt, &c.DiedAt)
	c.LastErr, c.Cause = Text(c.LastErr), Text(c.Cause)
	bare(&c.Body)
	return marshal(first(itms.CheckKey("/id", l.ID), itms.CheckKey("/subscription", string(l.Subscription)),
		Plain("/stream", l.Stream), Plain("/lane", l.Lane)), &c)
}
