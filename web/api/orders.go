package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"itms"
)

// ordersPath is the collection of work orders.
const ordersPath = base + "/work-orders"

// submitOrderID is the operationId of taking an order in.
const submitOrderID = "submit-work-order"

// submitInput is the posted document, as bytes: see decode.
type submitInput struct {
	RawBody []byte `contentType:"application/json"`
}

// submitOutput is the stored order.
type submitOutput struct {
	Status   int
	Location string `header:"Location" doc:"Where the order is."`
	Body     orderView
}

// orderOutput is one order.
type orderOutput struct{ Body orderView }

// orderInput names one order.
type orderInput struct {
	OrderNo string `path:"orderNo" doc:"The number the BSS gave." example:"WO-1001"`
	Source  string `query:"source" doc:"Which system's order; needed only when several used the number." example:"crm"`
}

// orderListInput selects orders.
type orderListInput struct {
	Group  orderGroup   `query:"group" doc:"Only orders of this group of the funnel."`
	State  []orderState `query:"state" doc:"Only orders in one of these states, separated by commas."`
	Kind   orderKind    `query:"kind" doc:"Only orders of this kind."`
	Mode   orderMode    `query:"mode" doc:"Only orders of this mode."`
	Area   string       `query:"area" maxLength:"512" doc:"Only orders of this area; 51 is all that begin with it." example:"510100"`
	From   string       `query:"from" doc:"Only orders that arrived on this day, in UTC, or later." example:"2026-10-03"`
	To     string       `query:"to" doc:"Only orders that arrived on this day, in UTC, or earlier." example:"2026-11-01"`
	Q      string       `query:"q" doc:"Exact order number, MAC address in any form, STBID, serial, LOID, subscriber or service id." example:"00-00-5e-00-53-01"`
	Cursor string       `query:"cursor" doc:"Next of the answer before."`
	Limit  int          `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// orderRoutes registers the operations on work orders.
func (s *Server) orderRoutes() {
	add(s, route{method: http.MethodPost, path: ordersPath, id: submitOrderID, repeats: true, tag: "Work orders",
		summary: "Take a work order in",
		description: "Once answered, the intent is durable and the device's next contact fulfils it. The same content " +
			"under the same number answers 200 with the first answer, so a post may be repeated at will; other content is " +
			"ORDER_CONFLICT. Nothing is stored on any error. An activation code is shown in the first answer only.",
		needs: ordersSubmit, status: http.StatusCreated, body: maxBody, example: exampleOrder(),
		problems: []int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}}, s.submitOrder)
	s.describeSubmit()
	add(s, route{method: http.MethodGet, path: ordersPath, id: "list-work-orders", tag: "Work orders",
		summary: "List work orders", description: "Newest first.", needs: ordersRead,
		example:  pageOf[orderView]{Items: []orderView{exampleOrder()}, Next: makeCursor(orderList, exampleID)},
		problems: []int{http.StatusUnprocessableEntity}}, s.listOrders)
	add(s, route{method: http.MethodGet, path: ordersPath + "/{orderNo}", id: "get-work-order", tag: "Work orders",
		summary: "Show a work order", description: "With its history, and why it does not move (not to bss). Several " +
			"sources may have used a number: then source is needed, and without it the answer is AMBIGUOUS and names them.",
		needs: ordersRead, example: exampleOrder(),
		problems: []int{http.StatusNotFound, http.StatusConflict}}, s.getOrder)
	s.orderActRoutes()
}

// describeSubmit adds what huma cannot tell from the types.
func (s *Server) describeSubmit() {
	describeBody[orderRequest](s, ordersPath, exampleOrderRequest())
	describeAnswer[orderView](s, ordersPath, "200", "A repeat: the first answer", exampleOrder())
}

// submitOrder takes a work order in.
func (s *Server) submitOrder(ctx context.Context, in *submitInput) (*submitOutput, error) {
	rec := recordOf(ctx)
	if err := checkMediaType(rec.req.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	body, err := decode[orderRequest](s.api.OpenAPI().Components.Schemas, in.RawBody)
	if err != nil {
		return nil, s.everyWrongField(body, err)
	}
	req := body.request()
	if err := MayOrder(ctx, s.opts.Store, &req); err != nil {
		return nil, err
	}
	return s.answerSubmitted(ctx)(s.opts.Orders.Submit(ctx, rec.actor, req))
}

// answerSubmitted shows an order that was stored, or the first answer of a repeat.
// Only the former has the activation code.
func (s *Server) answerSubmitted(ctx context.Context) func(*itms.Order, bool, error) (*submitOutput, error) {
	return func(o *itms.Order, created bool, err error) (*submitOutput, error) {
		if err != nil {
			return nil, err
		}
		recordOf(ctx).order = string(o.No)
		out := &submitOutput{Status: http.StatusOK, Body: s.viewOrder(o)}
		if created {
			out.Status, out.Body = http.StatusCreated, s.viewIssued(o)
		}
		out.Location = orderLink(o, o.SharesNo)
		return out, nil
	}
}

// everyWrongField adds to a shape error what the domain finds wrong in the rest.
func (s *Server) everyWrongField(body *orderRequest, err error) error {
	var shape *shapeError
	if !errors.As(err, &shape) {
		return err
	}
	fields := shape.fields
	if checker, ok := s.opts.Orders.(OrderChecker); ok {
		var domain *itms.Error
		if errors.As(checker.Check(body.request()), &domain) {
			for _, f := range domain.Fields {
				if !shape.covers(f.Pointer) {
					fields = append(fields, f)
				}
			}
		}
	}
	return (&shapeError{fields}).problem()
}

// orderLink is the path of an order; the source is named when the number alone would
// not do.
func orderLink(o *itms.Order, withSource bool) string {
	link := ordersPath + "/" + url.PathEscape(string(o.No))
	if withSource {
		link += "?source=" + url.QueryEscape(o.Source)
	}
	return link
}

// getOrder shows one order and, to those who may know, why it does not move.
func (s *Server) getOrder(ctx context.Context, in *orderInput) (*orderOutput, error) {
	o, err := s.findOrder(ctx, in)
	if err != nil {
		return nil, err
	}
	v := s.viewOrder(o)
	if permitted(ctx, diagnosisRead) {
		found, err := s.opts.Orders.Explain(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		v.Diagnosis = viewDiagnosis(found)
		v.Light = viewLight(s.opts.Desk.Enlighten(s.opts.Desk.OrderLight(o), found))
	}
	return &orderOutput{v}, nil
}

// findOrder reads the order that a path names.
func (s *Server) findOrder(ctx context.Context, in *orderInput) (*itms.Order, error) {
	rec := recordOf(ctx)
	rec.order = in.OrderNo
	if rec.req.URL.Query().Has("source") { // an empty source is a source too
		return s.orderNumbered(ctx, in.OrderNo, &in.Source)
	}
	return s.orderNumbered(ctx, in.OrderNo, nil)
}

// orderNumbered reads the order that a source gave the number, or the only one of
// any source.
func (s *Server) orderNumbered(ctx context.Context, number string, source *string) (o *itms.Order, err error) {
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		if source != nil {
			o, err = sourceOrder(tx, *source, number)
			return err
		}
		o, err = onlyOrder(tx, itms.OrderNo(number))
		return err
	})
	return o, err
}

// sourceOrder returns the order that one source gave the number.
func sourceOrder(tx itms.Tx, source, number string) (*itms.Order, error) {
	no, err := itms.ParseOrderNo(number)
	if err != nil || source != "" && itms.CheckKey("", source) != nil {
		return nil, itms.NotFound("order", number)
	}
	return tx.Orders().ByNumber(source, no)
}

// onlyOrder returns the one order of a number, or fails with CodeAmbiguous.
func onlyOrder(tx itms.Tx, no itms.OrderNo) (*itms.Order, error) {
	same, err := ordersByNumber(tx, no)
	switch {
	case err != nil:
		return nil, err
	case len(same) == 0:
		return nil, itms.NotFound("order", string(no))
	case len(same) == 1:
		return same[0], nil
	}
	var sources []string
	for _, o := range same {
		sources = append(sources, o.Source)
	}
	slices.Sort(sources)
	return nil, itms.Errorf(itms.KindConflict, itms.CodeAmbiguous,
		"%d sources used the number %s; add ?source= with one of: %s", len(same), no, strings.Join(sources, ", "))
}

// ordersByNumber returns the orders of all sources with a number.
func ordersByNumber(tx itms.Tx, no itms.OrderNo) ([]*itms.Order, error) {
	return ordersOf(tx, itms.Term{Type: itms.TermOrder, Value: string(no)})
}

// maxFound bounds how many things of one name are looked at. A subscriber has a
// few orders; a thousand under one name is a mistake nobody pages through.
const maxFound = 1000

// ordersOf returns the orders that any of the terms finds, newest first.
func ordersOf(tx itms.Tx, terms ...itms.Term) ([]*itms.Order, error) {
	seen := map[string]bool{}
	var found []*itms.Order
	for _, term := range terms {
		if itms.CheckKey("", term.Value) != nil {
			continue // nothing can have such a name
		}
		refs, err := tx.Find(term, maxFound)
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
			if ref.Kind != itms.RefOrder || seen[ref.ID] {
				continue
			}
			seen[ref.ID] = true
			o, err := tx.Orders().Get(itms.OrderID(ref.ID))
			if err != nil {
				return nil, err
			}
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b *itms.Order) int { return -cmp.Compare(a.ID, b.ID) })
	return found, nil
}

// orderList marks the cursors of the order list.
const orderList = "orders"

// listOrders lists orders newest first.
func (s *Server) listOrders(ctx context.Context, in *orderListInput) (*listOutput[orderView], error) {
	query, err := in.query()
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	query.Limit = limit + 1
	var orders []*itms.Order
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		if in.Q == "" {
			orders, err = tx.Orders().List(query)
			return err
		}
		orders, err = ordersOf(tx, termsOf(in.Q)...)
		orders = slices.DeleteFunc(orders, func(o *itms.Order) bool { return !selected(o, &query) })
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(orderList, orders, limit, func(o *itms.Order) string { return string(o.ID) }, s.viewOrder), nil
}
