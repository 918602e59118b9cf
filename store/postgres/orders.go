package postgres

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// orders is itms.Orders.
type orders struct{ t *tx }

// of names an order's document.
func (orders) of(id itms.OrderID) thing { return thing{"orders", string(id)} }

// Insert stores a new order and its terms. It does not look before: a look at what is
// not there collides with every other new order, since ids and numbers grow.
func (o orders) Insert(ord *itms.Order) error {
	if err := o.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.Order(ord)
	if err != nil {
		return err
	}
	const sql = `insert into orders (id, source, no, state, kind, area, terms, doc) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict do nothing`
	rows, err := o.t.exec(sql, o.columns(kept, doc)...)
	switch {
	case err != nil:
		return err
	case rows == 0:
		return record.DuplicateOrder(ord)
	}
	return o.note(kept, nil)
}

// columns are the values of a row.
func (o orders) columns(ord *itms.Order, doc []byte) []any {
	return []any{string(ord.ID), ord.Source, string(ord.No), string(ord.State), string(ord.Kind), ord.Area, termList(ord.Terms()), doc}
}

// note remembers an order that was written and brings the terms that the index had of
// it to those it has.
func (o orders) note(ord *itms.Order, had []string) error {
	terms := termList(ord.Terms())
	o.t.memory.numbers[number{ord.Source, ord.No}] = ord.ID
	o.t.memory.remember(o.of(ord.ID), ord, terms)
	return o.t.setTerms(itms.RefOrder, string(ord.ID), had, terms)
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
	old, had, err := fetch[itms.Order](o.t, o.of(ord.ID))
	switch {
	case err != nil:
		return err
	case old == nil:
		return itms.NotFound("order", string(ord.ID))
	}
	if old.Source != ord.Source || old.No != ord.No {
		if err := o.renumber(old, ord); err != nil {
			return err
		}
	}
	const sql = `update orders set source = $2, no = $3, state = $4, kind = $5, area = $6, terms = $7, doc = $8 where id = $1`
	if err := o.t.later(sql, o.columns(kept, doc)...); err != nil {
		return err
	}
	return o.note(kept, had)
}

// renumber reports whether an order may take another number.
func (o orders) renumber(old, ord *itms.Order) error {
	if _, err := o.ByNumber(ord.Source, ord.No); err == nil {
		return record.DuplicateOrder(ord)
	} else if !itms.IsKind(err, itms.KindNotFound) {
		return err
	}
	o.t.memory.numbers[number{old.Source, old.No}] = ""
	return nil
}

// Get returns the order.
func (o orders) Get(id itms.OrderID) (*itms.Order, error) {
	return get[*itms.Order](o.t, "order", o.of(id))
}

// ByNumber returns the order of that number and source.
func (o orders) ByNumber(source string, no itms.OrderNo) (*itms.Order, error) {
	name := number{source, no}
	id, known := o.t.memory.numbers[name]
	if !known && usable(source, string(no)) {
		if err := o.t.trip(o.question(name)); err != nil {
			return nil, err
		}
		id = o.t.memory.numbers[name]
	}
	if id == "" {
		return nil, itms.NotFound("order", string(no))
	}
	return o.Get(id)
}

// question asks for an order by number; the answer is remembered.
func (o orders) question(name number) question {
	const sql = `select id, doc, terms from orders where source = $1 and no = $2`
	return question{statement{sql, []any{name.source, string(name.no)}}, func(rows pgx.Rows) error {
		var id string
		var doc []byte
		var terms []string
		found, err := single(rows, &id, &doc, &terms)
		if err != nil {
			return err
		}
		if found {
			ord, err := record.Decode[itms.Order](doc)
			if err != nil {
				return err
			}
			o.t.memory.remember(o.of(itms.OrderID(id)), ord, terms)
		}
		o.t.memory.numbers[name] = itms.OrderID(id)
		return nil
	}}
}

// List returns a page of orders.
func (o orders) List(q itms.OrderQuery) ([]*itms.Order, error) {
	if q.Limit <= 0 {
		return nil, nil
	}
	var where []string
	var args []any
	for _, f := range []struct{ test, value string }{
		{"state = $%d", string(q.State)}, {"kind = $%d", string(q.Kind)}, {"area = $%d", q.Area}, {"id < $%d", string(q.Before)},
	} {
		if f.value != "" {
			args = append(args, f.value)
			where = append(where, fmt.Sprintf(f.test, len(args)))
		}
	}
	if q.Areas != nil {
		args = append(args, []string(q.Areas))
		where = append(where, fmt.Sprintf(inAreas("area"), len(args)))
	}
	sql := "select doc from orders"
	if len(where) > 0 {
		sql += " where " + strings.Join(where, " and ")
	}
	args = append(args, q.Limit)
	return all(o.t, pointer[itms.Order], fmt.Sprintf("%s order by id desc limit $%d", sql, len(args)), args...)
}
