package tmf

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"itms"
	"itms/web/api"
)

// createOrder takes an order in: POST /serviceOrder.
func (d *Door) createOrder(w http.ResponseWriter, r *http.Request) error {
	doc, err := readDocument(r)
	if err != nil {
		return err
	}
	o, created, err := d.place(r.Context(), doc)
	if err != nil {
		return err
	}
	shown, err := d.shown.order(o)
	if err != nil {
		return err
	}
	withCodes(shown, o.Codes)
	act(r.Context(), string(o.ID))
	w.Header().Set("Location", text(shown["href"]))
	status := http.StatusCreated
	if !created {
		status = http.StatusOK
	}
	return write(w, status, shown)
}

// place reads an order of the caller and gives it to the domain.
func (d *Door) place(ctx context.Context, doc object) (*itms.ServiceOrder, bool, error) {
	read, err := d.reader(ctx).order(doc)
	if err != nil {
		return nil, false, err
	}
	for i := range read.request.Items {
		if err := api.MayOrder(ctx, d.opts.Store, &read.request.Items[i].Want); err != nil {
			return nil, false, err
		}
	}
	o, created, err := d.opts.Orders.PlaceServiceOrder(ctx, itms.CallerOf(ctx).Actor, read.request)
	return o, created, read.told(err)
}

// act notes what the call of a context is about, for the audit.
func act(ctx context.Context, id string) {
	if a := itms.ActOf(ctx); a != nil {
		a.Target.ID = id
	}
}

// order reads an order that the caller may see.
func (d *Door) order(ctx context.Context, id string) (o *itms.ServiceOrder, err error) {
	if itms.CheckKey("", id) != nil {
		return nil, itms.NotFound("service order", clip(id))
	}
	err = d.scoped.View(ctx, func(tx itms.Tx) error {
		o, err = tx.ServiceOrders().Get(itms.ServiceOrderID(id))
		return err
	})
	return o, err
}

// getOrder shows one: GET /serviceOrder/{id}.
func (d *Door) getOrder(w http.ResponseWriter, r *http.Request) error {
	q, err := d.query(r, orderingBook(), "ServiceOrder")
	if err != nil {
		return err
	}
	o, err := d.order(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	doc, err := d.shown.order(o)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, q.fields.pick(doc))
}

// query reads the query of a call; a strict caller may only ask for what there is.
func (d *Door) query(r *http.Request, b book, resource string) (*query, error) {
	q, err := parseQuery(r.URL.RawQuery)
	if err == nil && d.strict(itms.CallerOf(r.Context()).Actor) {
		err = q.known(b, resource)
	}
	return q, err
}

// deleteOrder forgets one: DELETE /serviceOrder/{id}.
func (d *Door) deleteOrder(w http.ResponseWriter, r *http.Request) error {
	o, err := d.order(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	if err := d.opts.Orders.DeleteServiceOrder(r.Context(), itms.CallerOf(r.Context()).Actor, o.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// listOrders lists orders, newest first: GET /serviceOrder.
func (d *Door) listOrders(w http.ResponseWriter, r *http.Request) error {
	q, err := d.query(r, orderingBook(), "ServiceOrder")
	if err != nil {
		return err
	}
	found, rest := selection(q)
	var page listed
	err = d.scoped.View(r.Context(), func(tx itms.Tx) error {
		if len(rest) == 0 {
			page, err = d.straight(tx, found, q)
			return err
		}
		var known bool
		if page, known, err = d.identified(tx, q); known || err != nil {
			return err
		}
		if page, known, err = d.numbered(tx, found, q); err == nil && !known {
			page, err = d.scan(tx, found, q)
		}
		return err
	})
	if err != nil {
		return err
	}
	return page.write(w, r, q)
}

// listed is a page of a list.
type listed struct {
	docs  []object
	total int // of all that the query selects; -1 = too many were looked at to say
}

// straight lists what the store can select by itself.
func (d *Door) straight(tx itms.Tx, found itms.ServiceOrderQuery, q *query) (listed, error) {
	total, err := tx.ServiceOrders().Count(found)
	if err != nil || q.limit == 0 {
		return listed{total: total}, err
	}
	found.Offset, found.Limit = q.offset, q.limit
	orders, err := tx.ServiceOrders().List(found)
	if err != nil {
		return listed{}, err
	}
	page := listed{total: total}
	for _, o := range orders {
		doc, err := d.shown.order(o)
		if err != nil {
			return listed{}, err
		}
		page.docs = append(page.docs, doc)
	}
	return page, nil
}

// identified lists the orders that a condition names by their ids.
func (d *Door) identified(tx itms.Tx, q *query) (page listed, ok bool, err error) {
	for _, c := range q.conditions {
		if len(c.path) != 1 || c.path[0] != "id" || c.op != "eq" {
			continue
		}
		page, err = keyed{get: func(tx itms.Tx, id string) (object, error) {
			o, err := tx.ServiceOrders().Get(itms.ServiceOrderID(id))
			if err != nil {
				return nil, err
			}
			return d.shown.order(o)
		}}.those(tx, q, c.values)
		return page, true, err
	}
	return page, false, nil
}

// numbered lists the orders that were sent under a number, when the query asks for one and
// there are some. A number that was changed since is found by looking at all.
func (d *Door) numbered(tx itms.Tx, found itms.ServiceOrderQuery, q *query) (page listed, ok bool, err error) {
	for _, c := range q.conditions {
		if len(c.path) == 1 && c.path[0] == "externalId" && c.op == "eq" && len(c.values) == 1 {
			found.ExternalID = c.values[0]
		}
	}
	if found.ExternalID == "" {
		return page, false, nil
	}
	page, err = d.scan(tx, found, q)
	return page, page.total > 0, err
}

// Limits of a scan: how many orders are compared with the conditions that the store does
// not know (0.05 ms of processor each, see BenchmarkScan), and how many are read at once.
const (
	maxScanned  = 10_000
	scannedOnce = 200
)

// scan compares what is shown of each order with the conditions.
func (d *Door) scan(tx itms.Tx, found itms.ServiceOrderQuery, q *query) (page listed, err error) {
	err = eachOrder(tx, found, func(o *itms.ServiceOrder) error {
		doc, err := d.shown.order(o)
		if err == nil {
			page.add(q, doc)
		}
		return err
	})
	if !errors.Is(err, errTooMany) {
		return page, err
	}
	if len(page.docs) < q.limit {
		return page, wrongQuery("", fmt.Sprintf("selects too few of the newest %d orders to say more: narrow it by orderDate.gt and orderDate.lt", maxScanned))
	}
	page.total = -1
	return page, nil
}

// add counts a document that the query selects, and keeps it when it lies in the page.
func (page *listed) add(q *query, doc object) {
	if !q.match(doc) {
		return
	}
	if page.total >= q.offset && len(page.docs) < q.limit {
		page.docs = append(page.docs, doc)
	}
	page.total++
}

// partly takes a scan that ended early for what it is: the newest are what anybody looks
// for, and how many there are in all is not said.
func (page *listed) partly(err error) error {
	if errors.Is(err, errTooMany) {
		page.total, err = -1, nil
	}
	return err
}

// errTooMany ends a scan that looked at as many orders as it may.
var errTooMany = errors.New("too many to look at")

// eachOrder visits orders, newest first.
func eachOrder(tx itms.Tx, found itms.ServiceOrderQuery, visit func(*itms.ServiceOrder) error) error {
	found.Limit = scannedOnce
	for range maxScanned / scannedOnce {
		orders, err := tx.ServiceOrders().List(found)
		if err != nil {
			return err
		}
		for _, o := range orders {
			if err := visit(o); err != nil {
				return err
			}
		}
		if len(orders) < scannedOnce {
			return nil
		}
		found.Before = orders[len(orders)-1].ID
	}
	return errTooMany
}

// selection is what the store can select by itself, and the conditions that are left.
func selection(q *query) (found itms.ServiceOrderQuery, rest []condition) {
	for _, c := range q.conditions {
		if !pushDown(&found, c) {
			rest = append(rest, c)
		}
	}
	return found, rest
}

// pushDown leaves a condition to the store when that selects the same.
func pushDown(found *itms.ServiceOrderQuery, c condition) bool {
	if strings.Join(c.path, ".") != "state" || c.op != "eq" || found.States != nil {
		return narrow(found, c)
	}
	for _, word := range c.values {
		for _, s := range orderingBook()["ServiceOrderStateType"].Enum {
			if strings.EqualFold(s, word) {
				found.States = append(found.States, itms.ServiceOrderState(s))
			}
		}
	}
	return found.States != nil
}

// dateSlack is how much finer an order's date is than the store selects by.
const dateSlack = 2 * time.Millisecond

// narrow lets the store leave out what a condition on the date leaves out in any case.
func narrow(found *itms.ServiceOrderQuery, c condition) bool {
	if strings.Join(c.path, ".") != "orderDate" || len(c.values) != 1 {
		return false
	}
	t, ok := readTime(strings.Replace(c.values[0], " ", "+", 1))
	switch {
	case !ok:
	case strings.HasPrefix(c.op, "gt") && found.From.IsZero():
		found.From = t.Add(-dateSlack)
	case strings.HasPrefix(c.op, "lt") && found.To.IsZero():
		found.To = t.Add(dateSlack)
	}
	return false
}

// write answers with the page, and with how many there are.
func (page listed) write(w http.ResponseWriter, r *http.Request, q *query) error {
	page.links(w, r, q, page.total < 0 || q.offset+len(page.docs) < page.total)
	return page.answer(w, q)
}

// links tells where the pages around are (RFC 8288).
func (page listed) links(w http.ResponseWriter, r *http.Request, q *query, more bool) {
	at := func(rel string, offset int) {
		values := q.others()
		values.Set("offset", strconv.Itoa(offset))
		values.Set("limit", strconv.Itoa(q.limit))
		w.Header().Add("Link", "<"+strings.TrimSuffix(r.URL.EscapedPath(), "/")+"?"+values.Encode()+`>; rel="`+rel+`"`)
	}
	if q.limit == 0 {
		return
	}
	at("self", q.offset)
	if more {
		at("next", q.offset+q.limit)
	}
	if q.offset > 0 {
		at("prev", max(0, q.offset-q.limit))
	}
}
