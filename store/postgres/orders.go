package postgres

import (
	"fmt"
	"strings"

	"itms"
	"itms/store/internal/record"
)

// orders is itms.Orders.
type orders struct{ t *tx }

// Insert stores a new order and its terms in one round trip.
func (o orders) Insert(ord *itms.Order) error {
	if err := o.t.mayWrite(); err != nil {
		return err
	}
	_, doc, err := record.Order(ord)
	if err != nil {
		return err
	}
	const sql = `with new as (insert into orders (id, source, no, state, kind, area, terms, doc)
				values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id),
		found as (insert into terms (type, value, kind, id)
			select t.type, t.value, 'order', new.id from new, unnest($9::text[], $10::text[]) as t(type, value)
			on conflict do nothing)
		select count(*) from new`
	terms := termList(ord.Terms())
	split := missing(terms, nil)
	var n int
	_, err = o.t.one(sql, append(o.columns(ord, terms, doc), split[0], split[1]), &n)
	if err == nil && n == 0 {
		return record.DuplicateOrder(ord)
	}
	return err
}

// columns are the values of a row.
func (o orders) columns(ord *itms.Order, terms []string, doc []byte) []any {
	return []any{string(ord.ID), ord.Source, string(ord.No), string(ord.State), string(ord.Kind), ord.Area, terms, doc}
}

// Put replaces a known order.
func (o orders) Put(ord *itms.Order) error {
	if err := o.t.mayWrite(); err != nil {
		return err
	}
	_, doc, err := record.Order(ord)
	if err != nil {
		return err
	}
	const sql = `with old as (select terms from orders where id = $1),
		taken as (select 1 from orders where source = $2 and no = $3 and id <> $1),
		new as (update orders set source = $2, no = $3, state = $4, kind = $5, area = $6, terms = $7, doc = $8
			where id = $1 and not exists (select from taken))
		select old.terms, exists (select from taken) from old`
	terms := termList(ord.Terms())
	var old []string
	var taken bool
	found, err := o.t.one(sql, o.columns(ord, terms, doc), &old, &taken)
	switch {
	case err != nil:
		return err
	case !found:
		return itms.NotFound("order", string(ord.ID))
	case taken:
		return record.DuplicateOrder(ord)
	}
	return o.t.setTerms(itms.RefOrder, string(ord.ID), old, terms)
}

// Get returns the order.
func (o orders) Get(id itms.OrderID) (*itms.Order, error) {
	return load[itms.Order](o.t, "order", string(id), `select doc from orders where id = $1`, string(id))
}

// ByNumber returns the order of that number and source.
func (o orders) ByNumber(source string, no itms.OrderNo) (*itms.Order, error) {
	return load[itms.Order](o.t, "order", string(no), `select doc from orders where source = $1 and no = $2`, source, string(no))
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
	sql := "select doc from orders"
	if len(where) > 0 {
		sql += " where " + strings.Join(where, " and ")
	}
	args = append(args, q.Limit)
	return all(o.t, pointer[itms.Order], fmt.Sprintf("%s order by id desc limit $%d", sql, len(args)), args...)
}
