package boltdb

import (
	"bytes"

	"itms"
)

// columns are what orders are filtered by. They stand as the value of every index
// entry, so that a filter which the index does not cover needs no document.
type columns struct{ state, kind, area string }

// columnsOf takes the columns of an order.
func columnsOf(o *itms.Order) columns {
	return columns{string(o.State), string(o.Kind), o.Area}
}

// bytes writes the columns.
func (c columns) bytes() []byte { return join(c.state, c.kind, c.area) }

// readColumns reads what bytes wrote.
func readColumns(b []byte) columns {
	state, rest, _ := bytes.Cut(b, []byte{0})
	kind, area, _ := bytes.Cut(rest, []byte{0})
	return columns{string(state), string(kind), string(area)}
}

// of returns the column that an index is ordered by.
func (c columns) of(index bucket) string {
	switch index {
	case inOrderState:
		return c.state
	case inOrderKind:
		return c.kind
	}
	return c.area
}

// key is the place of an order in an index, nil when it has none.
func (c columns) key(index bucket, id itms.OrderID) []byte {
	if id == "" {
		return nil
	}
	return join(c.of(index), string(id))
}

// match reports whether an order passes the filter c, whose empty columns mean any.
func (c columns) match(have columns) bool {
	return (c.state == "" || c.state == have.state) &&
		(c.kind == "" || c.kind == have.kind) &&
		(c.area == "" || c.area == have.area)
}

// page returns the ids of a page, newest first. The area is the narrowest filter,
// the kind the widest.
func (o orders) page(q itms.OrderQuery) []itms.OrderID {
	switch {
	case q.Areas != nil && q.Area == "":
		return o.within(q)
	case !q.Areas.Hold(q.Area):
		return nil
	}
	want := columns{string(q.State), string(q.Kind), q.Area}
	in, prefix := inOrders, []byte(nil)
	for _, index := range []bucket{inOrderArea, inOrderState, inOrderKind} {
		if want.of(index) != "" {
			in, prefix = index, under(want.of(index))
			break
		}
	}
	var below []byte
	if q.Before != "" {
		below = append(bytes.Clone(prefix), q.Before...)
	}
	var ids []itms.OrderID
	for k, v := range o.t.descend(in, prefix, below) {
		if len(ids) >= q.Limit {
			break
		}
		if in == inOrders || want.match(readColumns(v)) {
			ids = append(ids, itms.OrderID(k[len(prefix):]))
		}
	}
	return ids
}
