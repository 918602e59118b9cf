package postgres

import (
	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// serviceOrders is itms.ServiceOrders.
type serviceOrders struct{ t *tx }

// Get returns the order.
func (s serviceOrders) Get(id itms.ServiceOrderID) (*itms.ServiceOrder, error) {
	return load[itms.ServiceOrder](s.t, "service order", string(id), `select doc from service_orders where id = $1`, string(id))
}

// ByExternalID returns the order of a source's number.
func (s serviceOrders) ByExternalID(source, external string) (*itms.ServiceOrder, error) {
	if !usable(source, external) || external == "" {
		return nil, itms.NotFound("service order", external)
	}
	return load[itms.ServiceOrder](s.t, "service order", external,
		`select doc from service_orders where source = $1 and external = nullif($2, '')`, source, external)
}

// Insert stores a new order. It does not look before.
func (s serviceOrders) Insert(o *itms.ServiceOrder) error {
	return s.write(o, record.DuplicateServiceOrder(o),
		`insert into service_orders (id, source, external, state, area, doc) values ($1, $2, nullif($3, ''), $4, $5, $6) on conflict do nothing`,
		string(o.ID), o.Source, o.ExternalID, string(o.State), o.Area)
}

// Put replaces a known order.
func (s serviceOrders) Put(o *itms.ServiceOrder) error {
	return s.write(o, itms.NotFound("service order", string(o.ID)),
		`update service_orders set state = $2, area = $3, doc = $4 where id = $1`, string(o.ID), string(o.State), o.Area)
}

// write runs a statement with columns and document of an order, and fails with refused
// when it touches no row.
func (s serviceOrders) write(o *itms.ServiceOrder, refused error, sql string, columns ...any) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.ServiceOrder(o)
	if err != nil {
		return err
	}
	rows, err := s.t.exec(sql, append(columns, doc)...)
	if err == nil && rows == 0 {
		return refused
	}
	return err
}

// Delete removes an order.
func (s serviceOrders) Delete(id itms.ServiceOrderID) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if !usable(string(id)) {
		return itms.NotFound("service order", string(id))
	}
	rows, err := s.t.exec(`delete from service_orders where id = $1`, string(id))
	if err == nil && rows == 0 {
		return itms.NotFound("service order", string(id))
	}
	return err
}

// where are the conditions of a query, but for its page.
func (s serviceOrders) where(q *itms.ServiceOrderQuery) *conditions {
	c := &conditions{}
	from, below := record.ServiceOrderSpan(q)
	c.where("id >=", from)
	c.where("id <", below)
	c.where("source =", q.Source)
	c.where("external =", q.ExternalID)
	c.within(q.Areas)
	if q.States != nil {
		var states []string
		for _, state := range q.States {
			c.none = c.none || !usable(string(state))
			states = append(states, string(state))
		}
		c.tests = append(c.tests, "state = any("+c.arg(states)+")")
	}
	return c
}

// List returns a page of orders, newest first. The page is found by keys; documents are
// read of what is left.
func (s serviceOrders) List(q itms.ServiceOrderQuery) ([]*itms.ServiceOrder, error) {
	if q.Offset > itms.MaxServiceOrderOffset {
		return nil, record.LongOffset()
	}
	c := s.where(&q)
	c.where("id <", string(q.Before))
	if q.Limit <= 0 || c.none {
		return nil, nil
	}
	page := c.sql("select id from service_orders") + " order by id desc offset " + c.arg(max(q.Offset, 0)) + " limit " + c.arg(q.Limit)
	return planned(s.t, pointer[itms.ServiceOrder], "select doc from service_orders where id in ("+page+") order by id desc", c.args...)
}

// Count counts what a query finds.
func (s serviceOrders) Count(q itms.ServiceOrderQuery) (n int, err error) {
	c := s.where(&q)
	if c.none {
		return 0, nil
	}
	counts, err := planned(s.t, func(row pgx.CollectableRow) (n int, err error) { return n, row.Scan(&n) },
		c.sql("select count(*) from service_orders"), c.args...)
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}
