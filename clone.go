package itms

import (
	"maps"
	"slices"
)

// Clone returns an independent copy.
func (d *Device) Clone() *Device {
	c := *d
	c.Asked, c.Shunned, c.Methods = slices.Clone(d.Asked), slices.Clone(d.Shunned), slices.Clone(d.Methods)
	c.ConnectionPassword = slices.Clone(d.ConnectionPassword)
	c.Sync.Read, c.Sync.Missing, c.Sync.Checked = slices.Clone(d.Sync.Read), slices.Clone(d.Sync.Missing), slices.Clone(d.Sync.Checked)
	c.Sync.Rows, c.Sync.Before = maps.Clone(d.Sync.Rows), slices.Clone(d.Sync.Before)
	c.Attributes.Asked, c.Attributes.Written = slices.Clone(d.Attributes.Asked), slices.Clone(d.Attributes.Written)
	c.Attributes.Refused = slices.Clone(d.Attributes.Refused)
	c.Guesses.Wrong, c.Hosts = slices.Clone(d.Guesses.Wrong), slices.Clone(d.Hosts)
	c.LastSession = *d.LastSession.Clone()
	c.Cable = d.Cable.Clone()
	return &c
}

// Clone returns an independent copy; nil of nil.
func (c *Cable) Clone() *Cable {
	if c == nil {
		return nil
	}
	copied := *c
	copied.Facts.Parts, copied.Facts.Capabilities = slices.Clone(c.Facts.Parts), maps.Clone(c.Facts.Capabilities)
	return &copied
}

// Clone returns an independent copy.
func (s *Subscription) Clone() *Subscription {
	c := *s
	c.Types, c.Areas, c.Keys = slices.Clone(s.Types), slices.Clone(s.Areas), slices.Clone(s.Keys)
	for i := range c.Keys {
		c.Keys[i].Key = slices.Clone(c.Keys[i].Key)
	}
	return &c
}

// Clone returns an independent copy.
func (l *Lease) Clone() *Lease {
	c := *l
	return &c
}

// Clone returns an independent copy.
func (s *SessionSummary) Clone() *SessionSummary {
	c := *s
	c.Events, c.RPCs, c.Faults = slices.Clone(s.Events), slices.Clone(s.RPCs), slices.Clone(s.Faults)
	return &c
}

// Clone returns an independent copy.
func (s *Service) Clone() *Service {
	c := *s
	c.Password, c.Access.Password = slices.Clone(s.Password), slices.Clone(s.Access.Password)
	c.Attributes, c.Seqs, c.Neighbours = maps.Clone(s.Attributes), maps.Clone(s.Seqs), maps.Clone(s.Neighbours)
	return &c
}

// Clone returns an independent copy.
func (b *Binding) Clone() *Binding {
	c := *b
	return &c
}

// Clone returns an independent copy.
func (o *Order) Clone() *Order {
	c := *o
	c.ServicePassword, c.AccessPassword = slices.Clone(o.ServicePassword), slices.Clone(o.AccessPassword)
	c.History, c.Request.Attributes = slices.Clone(o.History), maps.Clone(o.Request.Attributes)
	c.After = slices.Clone(o.After)
	c.Neighbours = slices.Clone(o.Neighbours)
	if o.Before != nil {
		c.Before = o.Before.Clone()
	}
	return &c
}

// Clone returns an independent copy.
func (u *User) Clone() *User {
	c := *u
	c.Areas = slices.Clone(u.Areas)
	return &c
}

// Clone returns an independent copy.
func (s *SignIn) Clone() *SignIn {
	c := *s
	return &c
}

// Clone returns an independent copy.
func (o *ServiceOrder) Clone() *ServiceOrder {
	c := *o
	c.Items, c.Document, c.Codes = slices.Clone(o.Items), slices.Clone(o.Document), maps.Clone(o.Codes)
	for i := range c.Items {
		c.Items[i].After, c.Items[i].Orders = slices.Clone(c.Items[i].After), slices.Clone(c.Items[i].Orders)
	}
	c.Milestones, c.Jeopardies, c.Cancellations = slices.Clone(o.Milestones), slices.Clone(o.Jeopardies), slices.Clone(o.Cancellations)
	for i := range c.Cancellations {
		c.Cancellations[i].Document = slices.Clone(c.Cancellations[i].Document)
	}
	return &c
}

// Clone returns an independent copy.
func (s *AccessSession) Clone() *AccessSession {
	c := *s
	return &c
}
