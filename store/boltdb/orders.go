package boltdb

import (
	"itms"
	"itms/store/internal/record"
)

// orders is itms.Orders.
type orders struct{ t *tx }

// Insert stores a new order.
func (o orders) Insert(ord *itms.Order) error {
	if err := o.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.Order(ord)
	if err != nil {
		return err
	}
	if o.t.get(inOrders, []byte(ord.ID)) != nil {
		return record.DuplicateOrder(ord)
	}
	return o.store(new(itms.Order), kept, doc)
}

// Put replaces a known order.
func (o orders) Put(ord *itms.Order) error {
	if err := o.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.Order(ord)
	if err != nil {
		return err
	}
	old, err := former[itms.Order](o.t, inOrders, string(ord.ID))
	if err != nil {
		return err
	}
	if old.ID == "" {
		return itms.NotFound("order", string(ord.ID))
	}
	return o.store(old, kept, doc)
}

// store writes the document and brings the indexes from the old content to the new.
// It keeps ord.
func (o orders) store(old, ord *itms.Order, doc []byte) error {
	id, number := []byte(ord.ID), numberKey(ord)
	if other := o.t.get(inOrderNumber, number); other != nil && string(other) != string(ord.ID) {
		return record.DuplicateOrder(ord)
	}
	if err := o.t.move(inOrderNumber, numberKey(old), number, id); err != nil {
		return err
	}
	if err := o.setColumns(old, ord); err != nil {
		return err
	}
	if err := o.t.setTerms(itms.RefOrder, string(ord.ID), old.Terms(), ord.Terms()); err != nil {
		return err
	}
	return o.t.keep(inOrders, string(ord.ID), doc, ord)
}

// setColumns brings the indexes that orders are listed by from old to ord.
func (o orders) setColumns(old, ord *itms.Order) error {
	for _, c := range orderColumns {
		if err := o.t.move(c.in, c.key(old), c.key(ord), nil); err != nil {
			return err
		}
	}
	return nil
}

// numberKey is the place of an order under its source; nil for the zero order.
func numberKey(o *itms.Order) []byte {
	if o.No == "" {
		return nil
	}
	return join(o.Source, string(o.No))
}

// Get returns the order.
func (o orders) Get(id itms.OrderID) (*itms.Order, error) {
	return load[itms.Order](o.t, inOrders, "order", string(id))
}

// ByNumber returns the order of that number and source.
func (o orders) ByNumber(source string, no itms.OrderNo) (*itms.Order, error) {
	var id []byte
	if record.Usable(string(no)) && (source == "" || record.Usable(source)) {
		id = o.t.get(inOrderNumber, join(source, string(no)))
	}
	if id == nil {
		return nil, itms.NotFound("order", string(no))
	}
	return o.Get(itms.OrderID(id))
}

// List returns a page of orders.
func (o orders) List(q itms.OrderQuery) ([]*itms.Order, error) {
	var list []*itms.Order
	for _, id := range o.page(q) {
		ord, err := o.Get(id)
		if err != nil {
			return nil, err
		}
		list = append(list, ord)
	}
	return list, nil
}
