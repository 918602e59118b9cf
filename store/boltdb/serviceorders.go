package boltdb

import (
	"slices"

	"itms"
	"itms/store/internal/record"
)

// serviceOrders is itms.ServiceOrders.
type serviceOrders struct{ t *tx }

// serviceOrderColumns are the indexes that orders of several items are listed by.
var serviceOrderColumns = []column[itms.ServiceOrder]{
	{inServiceOrderSource, func(o *itms.ServiceOrder) string { return o.Source }, serviceOrderName},
	{inServiceOrderState, func(o *itms.ServiceOrder) string { return string(o.State) }, serviceOrderName},
	{inServiceOrderArea, func(o *itms.ServiceOrder) string { return o.Area }, serviceOrderName},
	{inServiceOrderExternal, func(o *itms.ServiceOrder) string { return o.ExternalID }, serviceOrderName},
}

// serviceOrderName is the key of an order.
func serviceOrderName(o *itms.ServiceOrder) string { return string(o.ID) }

// externalKey is the place of an order under its source; nil when it has no number.
func externalKey(source, external string) []byte {
	if external == "" {
		return nil
	}
	return join(source, external)
}

// Get returns the order. It is decoded each time: with the document of its sender it may be
// too large to be remembered.
func (s serviceOrders) Get(id itms.ServiceOrderID) (*itms.ServiceOrder, error) {
	doc := s.t.stored(inServiceOrders, string(id))
	if doc == nil {
		return nil, itms.NotFound("service order", string(id))
	}
	return record.Decode[itms.ServiceOrder](doc)
}

// ByExternalID returns the order of a source's number.
func (s serviceOrders) ByExternalID(source, external string) (*itms.ServiceOrder, error) {
	var id []byte
	if record.Usable(external) && (source == "" || record.Usable(source)) {
		id = s.t.get(inServiceOrderNumber, externalKey(source, external))
	}
	if id == nil {
		return nil, itms.NotFound("service order", external)
	}
	return s.Get(itms.ServiceOrderID(id))
}

// Insert stores a new order.
func (s serviceOrders) Insert(o *itms.ServiceOrder) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.ServiceOrder(o)
	if err != nil {
		return err
	}
	number := externalKey(o.Source, o.ExternalID)
	if s.t.get(inServiceOrders, []byte(o.ID)) != nil || s.t.get(inServiceOrderNumber, number) != nil {
		return record.DuplicateServiceOrder(o)
	}
	if err := s.t.move(inServiceOrderNumber, nil, number, []byte(o.ID)); err != nil {
		return err
	}
	return s.store(new(itms.ServiceOrder), o, doc)
}

// Put replaces a known order.
func (s serviceOrders) Put(o *itms.ServiceOrder) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.ServiceOrder(o)
	if err != nil {
		return err
	}
	old, err := s.Get(o.ID)
	if err != nil {
		return err
	}
	return s.store(old, o, doc)
}

// store writes the document and brings the indexes from the old content to the new.
func (s serviceOrders) store(old, o *itms.ServiceOrder, doc []byte) error {
	for _, c := range serviceOrderColumns {
		if err := s.t.move(c.in, c.key(old), c.key(o), nil); err != nil {
			return err
		}
	}
	return s.t.put(inServiceOrders, []byte(o.ID), doc)
}

// Delete removes an order.
func (s serviceOrders) Delete(id itms.ServiceOrderID) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	old, err := s.Get(id)
	if err != nil {
		return err
	}
	for _, c := range serviceOrderColumns {
		if err := s.t.drop(c.in, c.key(old)); err != nil {
			return err
		}
	}
	if err := s.t.drop(inServiceOrderNumber, externalKey(old.Source, old.ExternalID)); err != nil {
		return err
	}
	return s.t.drop(inServiceOrders, []byte(id))
}

// walk calls fn with the ids that a query finds, newest first, until it returns false.
func (s serviceOrders) walk(q *itms.ServiceOrderQuery, before string, fn func(id string) bool) {
	filters := slices.Concat(only(inServiceOrderSource, q.Source), only(inServiceOrderExternal, q.ExternalID), anyOf(inServiceOrderState, q.States))
	m := s.t.meet(inServiceOrders, filters, inServiceOrderArea, q.Areas, true)
	from, below := record.ServiceOrderSpan(q)
	if before == "" || below != "" && below < before {
		before = below
	}
	for at := before; ; {
		id, ok := m.next(at)
		if !ok || id < from || !fn(id) {
			return
		}
		at = id
	}
}

// List returns a page of orders, newest first.
func (s serviceOrders) List(q itms.ServiceOrderQuery) (list []*itms.ServiceOrder, err error) {
	if q.Offset > itms.MaxServiceOrderOffset {
		return nil, record.LongOffset()
	}
	if q.Limit <= 0 {
		return nil, nil
	}
	skip := max(q.Offset, 0)
	s.walk(&q, string(q.Before), func(id string) bool {
		if skip > 0 {
			skip--
			return true
		}
		var o *itms.ServiceOrder
		if o, err = s.Get(itms.ServiceOrderID(id)); err != nil {
			return false
		}
		list = append(list, o)
		return len(list) < q.Limit
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Count counts what a query finds.
func (s serviceOrders) Count(q itms.ServiceOrderQuery) (n int, err error) {
	s.walk(&q, "", func(string) bool { n++; return true })
	return n, nil
}
