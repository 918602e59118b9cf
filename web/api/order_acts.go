package api

import (
	"context"
	"net/http"
	"slices"

	"itms"
)

// orderBodyInput names an order and has a document, as bytes: see decode.
type orderBodyInput struct {
	OrderNo string `path:"orderNo" doc:"The number the BSS gave." example:"WO-1001"`
	Source  string `query:"source" doc:"Which system's order; needed only when several used the number." example:"crm"`
	RawBody []byte `contentType:"application/json"`
}

// order is the part that names the order.
func (in *orderBodyInput) order() *orderInput { return &orderInput{in.OrderNo, in.Source} }

// cancelOutput is the cancelled order, or the tombstone of one that has not arrived.
type cancelOutput struct {
	Status int
	Body   any
}

// reasonRequest says why something is done.
type reasonRequest struct {
	Reason string `json:"reason" maxLength:"500" doc:"For the history, in words." example:"the customer changed their mind"`
}

// optionalReason is the same where it may be left out.
type optionalReason struct {
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"For the history, in words." example:"the customer changed their mind"`
}

// reverseRequest numbers the order that undoes another.
type reverseRequest struct {
	OrderNo string `json:"orderNo" maxLength:"128" doc:"Number of the new order, of the same source." example:"WO-1002"`
}

// tombstoneView says that an order will be cancelled when it arrives.
type tombstoneView struct {
	OrderNo   string     `json:"orderNo" example:"WO-1001"`
	Source    string     `json:"source" example:"crm"`
	State     orderState `json:"state" doc:"Always cancelled."`
	Tombstone bool       `json:"tombstone" doc:"Always true: no such order has arrived yet."`
	Text      string     `json:"text" doc:"For people."`
}

// tombstoneText says what a tombstone does.
const tombstoneText = "no order has this number yet; when one arrives within 30 days, it is cancelled at once"

// orderActRoutes registers what people and systems do to an order.
func (s *Server) orderActRoutes() {
	one := ordersPath + "/{orderNo}"
	addressed := []int{http.StatusNotFound, http.StatusConflict}
	keyed := append(slices.Clone(addressed), http.StatusUnprocessableEntity)
	documented := append(addressed, http.StatusBadRequest, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	add(s, route{method: http.MethodPost, path: one + "/retry", id: "retry-work-order", tag: "Work orders",
		summary: "Try a failed work order again", description: "ORDER_STATE when its state forbids.",
		needs: ordersRetry, once: true, example: exampleOrder(), problems: keyed}, s.retryOrder)
	add(s, route{method: http.MethodPost, path: one + "/neighbours/{name}/retry", id: "retry-neighbour", tag: "Work orders",
		summary: "Call a neighbour again", description: "What was given up there is tried again, what waits is tried at once; an order that failed for it goes on. ORDER_STATE when nothing is open there.",
		needs: ordersRetry, example: exampleOrder(), problems: keyed}, s.retryNeighbour)
	add(s, route{method: http.MethodPost, path: one + "/cancel", id: "cancel-work-order", tag: "Work orders",
		summary: "Withdraw a work order", description: "What the device was given already is taken back. A cancelled order " +
			"answers the same again; one that is done is ORDER_STATE: reverse it. A number that nobody knows answers 202: " +
			"the order is then cancelled when it arrives. The body may be left out.",
		needs: ordersCancel, body: smallBody, example: exampleOrder(), problems: documented}, s.cancelOrder)
	add(s, route{method: http.MethodPost, path: one + "/device", id: "backfill-work-order", tag: "Work orders",
		summary: "Name the device of a work order", description: "While it waits: the box that the technician took along, " +
			"or another one instead. One of stbId, mac and serial is required.",
		needs: ordersBackfill, once: true, body: smallBody, example: exampleOrder(), problems: documented}, s.backfillOrder)
	add(s, route{method: http.MethodPost, path: one + "/code", id: "reissue-code", tag: "Work orders",
		summary: "Make a new activation code", description: "It is shown in this answer only; the old one is revoked.",
		needs: ordersReissue, once: true, example: exampleTechnicianOrder(), problems: keyed}, s.reissueCode)
	add(s, route{method: http.MethodPost, path: one + "/force", id: "force-work-order", tag: "Work orders",
		summary: "Declare a work order done", description: "Nothing is verified; the reason stands in the history.",
		needs: ordersForce, body: smallBody, example: exampleOrder(), problems: documented}, s.forceOrder)
	add(s, route{method: http.MethodPost, path: one + "/reverse", id: "reverse-work-order", repeats: true, tag: "Work orders",
		summary: "Undo a work order that is done", description: "By a new order, which is answered. The same number again " +
			"answers 200 with the first answer.",
		needs: ordersReverse, status: http.StatusCreated, body: smallBody, example: exampleOrder(), problems: documented}, s.reverseOrder)
	s.describeOrderActs(one)
}

// describeOrderActs adds what huma cannot tell from the types.
func (s *Server) describeOrderActs(one string) {
	describeBody[optionalReason](s, one+"/cancel", map[string]any{"reason": exampleReason}).RequestBody.Required = false
	describeBody[claimDoc](s, one+"/device", map[string]any{"mac": exampleMAC})
	describeBody[reasonRequest](s, one+"/force", map[string]any{"reason": "the customer watches; the box reports nothing back"})
	describeBody[reverseRequest](s, one+"/reverse", map[string]any{"orderNo": "WO-1002"})
	describeAnswer[orderView](s, one+"/cancel", "200", "The order", exampleOrder())
	describeAnswer[tombstoneView](s, one+"/cancel", "202", "A number that nobody knows yet", exampleTombstone())
	describeAnswer[orderView](s, one+"/reverse", "200", "A repeat: the first answer", exampleOrder())
}

// retryOrder starts a failed order again.
func (s *Server) retryOrder(ctx context.Context, in *orderInput) (*orderOutput, error) {
	o, err := s.findOrder(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.answerOrder(s.opts.Orders.Retry(ctx, recordOf(ctx).actor, o.ID))
}

// answerOrder shows what a call returned.
func (s *Server) answerOrder(o *itms.Order, err error) (*orderOutput, error) {
	if err != nil {
		return nil, err
	}
	return &orderOutput{s.viewOrder(o)}, nil
}

// cancelOrder withdraws an order, or forbids one that has not arrived. It looks twice:
// an order may arrive between the first look and the tombstone.
func (s *Server) cancelOrder(ctx context.Context, in *orderBodyInput) (*cancelOutput, error) {
	reason, err := s.optionalReason(ctx, in.RawBody)
	if err != nil {
		return nil, err
	}
	o, err := s.findOrder(ctx, in.order())
	if itms.IsKind(err, itms.KindNotFound) && recordOf(ctx).areas == nil { // where it will lie nobody knows
		if err := s.buryOrder(ctx, in); err != nil {
			return nil, err
		}
		if o, err = s.findOrder(ctx, in.order()); itms.IsKind(err, itms.KindNotFound) {
			return &cancelOutput{http.StatusAccepted, viewTombstone(in)}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if o, err = s.opts.Orders.Cancel(ctx, recordOf(ctx).actor, o.ID, reason); err != nil {
		return nil, err
	}
	return &cancelOutput{http.StatusOK, s.viewOrder(o)}, nil
}

// optionalReason reads a body that may be left out.
func (s *Server) optionalReason(ctx context.Context, raw []byte) (string, error) {
	if len(raw) == 0 {
		return "", nil
	}
	body, err := bodyOf[optionalReason](ctx, s, raw)
	if err != nil {
		return "", err
	}
	return body.Reason, checkText("/reason", body.Reason, maxReason)
}

// buryOrder leaves a tombstone for an order that has not arrived; one that arrived
// meanwhile is no error.
func (s *Server) buryOrder(ctx context.Context, in *orderBodyInput) error {
	no, err := itms.ParseOrderNo(in.OrderNo)
	if err != nil {
		return repoint(err, "/orderNo", "/path/orderNo")
	}
	if err := checkText("/query/source", in.Source, maxName); err != nil {
		return err
	}
	err = s.opts.Orders.Bury(ctx, recordOf(ctx).actor, in.Source, no)
	if itms.IsKind(err, itms.KindConflict) {
		return nil
	}
	return err
}

// viewTombstone shows what was buried.
func viewTombstone(in *orderBodyInput) tombstoneView {
	return tombstoneView{OrderNo: in.OrderNo, Source: in.Source, State: orderState(itms.OrderCancelled), Tombstone: true, Text: tombstoneText}
}

// backfillOrder names the device of a waiting order.
func (s *Server) backfillOrder(ctx context.Context, in *orderBodyInput) (*orderOutput, error) {
	o, err := s.findOrder(ctx, in.order())
	if err != nil {
		return nil, err
	}
	body, err := bodyOf[claimDoc](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	return s.answerOrder(s.opts.Orders.Backfill(ctx, recordOf(ctx).actor, o.ID, itms.ClaimText(*body)))
}

// reissueCode makes a new activation code and shows it, this once.
func (s *Server) reissueCode(ctx context.Context, in *orderInput) (*orderOutput, error) {
	o, err := s.findOrder(ctx, in)
	if err != nil {
		return nil, err
	}
	if o, err = s.opts.Orders.Reissue(ctx, recordOf(ctx).actor, o.ID); err != nil {
		return nil, err
	}
	return &orderOutput{s.viewIssued(o)}, nil
}

// forceOrder declares an order done.
func (s *Server) forceOrder(ctx context.Context, in *orderBodyInput) (*orderOutput, error) {
	o, err := s.findOrder(ctx, in.order())
	if err != nil {
		return nil, err
	}
	reason, err := s.requiredReason(ctx, in.RawBody)
	if err != nil {
		return nil, err
	}
	return s.answerOrder(s.opts.Orders.Force(ctx, recordOf(ctx).actor, o.ID, reason))
}

// requiredReason reads a body that says why.
func (s *Server) requiredReason(ctx context.Context, raw []byte) (string, error) {
	body, err := bodyOf[reasonRequest](ctx, s, raw)
	if err != nil {
		return "", err
	}
	return body.Reason, checkRequired("/reason", body.Reason, maxReason)
}

// reverseOrder undoes a done order by a new one.
func (s *Server) reverseOrder(ctx context.Context, in *orderBodyInput) (*submitOutput, error) {
	o, err := s.findOrder(ctx, in.order())
	if err != nil {
		return nil, err
	}
	body, err := bodyOf[reverseRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	return s.answerSubmitted(ctx)(s.opts.Orders.Reverse(ctx, recordOf(ctx).actor, o.ID, body.OrderNo))
}
