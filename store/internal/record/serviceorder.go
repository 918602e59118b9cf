package record

import "itms"

// ServiceOrder returns the document of o.
func ServiceOrder(o *itms.ServiceOrder) ([]byte, error) {
	c := o.Clone()
	stamp(&c.RequestedStart, &c.RequestedCompletion, &c.ExpectedCompletion, &c.StartedAt, &c.CompletedAt, &c.CreatedAt, &c.UpdatedAt)
	for i := range c.Milestones {
		stamp(&c.Milestones[i].At)
	}
	for i := range c.Jeopardies {
		stamp(&c.Jeopardies[i].At)
	}
	for i := range c.Cancellations {
		stamp(&c.Cancellations[i].RequestedAt, &c.Cancellations[i].EffectiveAt)
		bare(&c.Cancellations[i].Document)
	}
	bare(&c.Document)
	return marshal(first(itms.CheckKey("/id", string(o.ID)), Plain("/source", o.Source), Plain("/externalId", o.ExternalID),
		Plain("/state", string(o.State)), Plain("/area", o.Area)), c)
}

// ServiceOrderSpan is between which ids the orders of a query lie: from inclusive, below
// exclusive; "" = no bound.
func ServiceOrderSpan(q *itms.ServiceOrderQuery) (from, below string) {
	if !q.From.IsZero() {
		from = itms.FirstID(q.From)
	}
	if !q.To.IsZero() {
		below = itms.FirstID(q.To)
	}
	return from, below
}
