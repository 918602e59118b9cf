package workorder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"itms"
)

// PlaceServiceOrder takes in an order of several items, with the work orders that carry
// its items out: all of it or nothing. A repeat of the same content under the same
// external id returns the order as it stands. Codes are in the answer that creates it
// only. Errors: KindInvalid with a pointer per wrong field, those of what an item wants
// below "/items/N"; KindConflict with CodeOrderConflict when the external id was used with
// other content.
func (e *Engine) PlaceServiceOrder(ctx context.Context, actor string, req itms.ServiceOrderRequest) (order *itms.ServiceOrder, created bool, err error) {
	in, err := e.readServiceOrder(&req)
	if err != nil {
		return nil, false, err
	}
	content, err := in.content(&req)
	if err != nil {
		return nil, false, err
	}
	content = e.vault.Fingerprint("service-order-content", content)
	err = e.update(ctx, func(w *work) error {
		order = w.newServiceOrder(in, &req, content)
		created = true
		err := w.tx.ServiceOrders().Insert(order)
		if itms.IsKind(err, itms.KindConflict) && req.ExternalID != "" {
			created = false
			order, err = w.knownServiceOrder(order)
			return err
		}
		if err != nil {
			return err
		}
		return w.placeServiceOrder(order, in, actor)
	})
	if err != nil {
		return nil, false, err
	}
	return order, created, nil
}

// newServiceOrder makes the record of a request, without work orders.
func (w *work) newServiceOrder(in *serviceIntake, req *itms.ServiceOrderRequest, content string) *itms.ServiceOrder {
	o := &itms.ServiceOrder{ID: itms.ServiceOrderID(itms.NewID(w.now)), Source: req.Source, ExternalID: req.ExternalID, Content: content,
		State: itms.ServiceOrderAcknowledged, Lenient: req.Lenient, Items: make([]itms.ServiceOrderItem, len(in.wishes)),
		Document: document(req.Document), RequestedStart: stamped(req.RequestedStart), RequestedCompletion: stamped(req.RequestedCompletion),
		ExpectedCompletion: stamped(req.RequestedCompletion), CreatedAt: w.now, UpdatedAt: w.now}
	for _, wish := range in.wishes {
		o.Items[wish.at] = itms.ServiceOrderItem{ID: wish.item.ID, Action: wish.item.Action, State: itms.ServiceOrderAcknowledged, After: wish.after}
	}
	return o
}

// document is a sender's document as it is stored.
func document(doc json.RawMessage) json.RawMessage {
	if len(doc) == 0 {
		return json.RawMessage("{}")
	}
	return slices.Clone(doc)
}

// stamped is a time in stored precision; none stays none.
func stamped(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return itms.Timestamp(at)
}

// knownServiceOrder answers a repeat.
func (w *work) knownServiceOrder(fresh *itms.ServiceOrder) (*itms.ServiceOrder, error) {
	known, err := w.tx.ServiceOrders().ByExternalID(fresh.Source, fresh.ExternalID)
	if err != nil {
		return nil, err
	}
	if known.Content != fresh.Content {
		return nil, itms.Errorf(itms.KindConflict, itms.CodeOrderConflict,
			"service order %s of source %q exists with other content; a changed order needs a new external id", known.ExternalID, known.Source)
	}
	return known, nil
}

// placeServiceOrder places the work orders of a fresh service order.
func (w *work) placeServiceOrder(o *itms.ServiceOrder, in *serviceIntake, actor string) error {
	p := w.hear(o.ID)
	p.order, p.fresh, p.actor = o, true, actor
	if err := w.setServiceAlarms(o, in.wishes); err != nil {
		return err
	}
	planner := w.planner(p)
	for _, wish := range in.wishes {
		if err := planner.place(wish, actor); err != nil {
			return err
		}
		p.items[wish.item.ID] = true
	}
	return nil
}

// setServiceAlarms sets when items may begin, and when they should be completed.
func (w *work) setServiceAlarms(o *itms.ServiceOrder, wishes []*itemWish) error {
	if o.RequestedStart.After(w.now) {
		if err := w.tx.Agenda().Set(startAlarm(o.ID), o.RequestedStart); err != nil {
			return err
		}
	}
	due := o.RequestedCompletion
	for _, wish := range wishes {
		if at := wish.in.req.DueBy; !at.IsZero() && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	if due.IsZero() {
		return nil
	}
	return w.tx.Agenda().Set(dueAlarm(o.ID), due)
}

// place plans an item and submits its work orders.
func (p *planner) place(w *itemWish, actor string) error {
	item := p.part.order.Item(w.item.ID)
	requests, verdict, err := p.plan(w)
	if err != nil {
		return err
	}
	item.Service = w.in.req.Service.ID
	switch {
	case verdict != nil && verdict.on == onReject:
		item.State, item.Trouble, item.Reason = itms.ServiceOrderRejected, verdict.trouble, verdict.reason
		return nil
	case len(requests) == 0 && w.item.Action == itms.ActionModify:
		item.Reason = nothingToChange
	}
	after := p.lastOrders(item.After)
	for n := range requests {
		o, err := p.order(w, item, &requests[n], n)
		if err != nil {
			return err
		}
		o.After = after
		item.Orders = append(item.Orders, o.ID)
		if err := p.submitPart(o, actor); err != nil {
			return err
		}
		after = []itms.OrderID{o.ID}
	}
	return nil
}

// nothingToChange is how an item ends whose service is as it wants it already.
const nothingToChange = "nothing is to change: the service is so already"

// order makes an item's n-th work order of what was planned.
func (p *planner) order(w *itemWish, item *itms.ServiceOrderItem, req *itms.OrderRequest, n int) (*itms.Order, error) {
	no, err := p.number(item.ID, n)
	if err != nil {
		return nil, err
	}
	req.OrderNo = string(no)
	if req.DueBy.IsZero() {
		req.DueBy = p.part.order.RequestedCompletion
	}
	in, err := validate(req, &p.policy)
	if err != nil {
		return nil, below(fmt.Sprintf("/items/%d", w.at), err)
	}
	content, err := in.content()
	if err != nil {
		return nil, err
	}
	o := p.newOrder(in, p.vault.Fingerprint("order-content", content))
	o.ServiceOrder, o.Item = p.part.order.ID, item.ID
	p.part.placed++ // ids are in the order in which they are carried out
	o.ID = itms.OrderID(itms.NewID(p.now.Add(time.Duration(p.part.placed) * time.Millisecond)))
	return o, nil
}

// below puts the pointers of an error under another one.
func below(pointer string, err error) error {
	var e *itms.Error
	if !errors.As(err, &e) || e.Kind != itms.KindInvalid {
		return err
	}
	moved := *e
	moved.Fields = slices.Clone(e.Fields)
	for i := range moved.Fields {
		moved.Fields[i].Pointer = pointer + moved.Fields[i].Pointer
	}
	return &moved
}

// submitPart submits a work order of an item. A technician gets the code of one that is
// held now: nobody is there to be told when it is let go.
func (p *planner) submitPart(fresh *itms.Order, actor string) error {
	o, _, err := p.submit(fresh, actor)
	if err != nil {
		return err
	}
	if o.State == itms.OrderHeld && o.Mode == itms.ModeTechnician && o.Activation == "" {
		if err := p.issueCode(o); err != nil {
			return err
		}
		if err := p.store(o); err != nil {
			return err
		}
	}
	if o.Code != "" {
		if p.part.order.Codes == nil {
			p.part.order.Codes = map[string]itms.CodeDigits{}
		}
		p.part.order.Codes[o.Item] = o.Code
	}
	return p.expect(o)
}

// readyCode gives an order that is admitted its code. One that was told while the order was
// held stays, and is good from now on.
func (w *work) readyCode(o *itms.Order) error {
	if o.ServiceOrder == "" || o.Activation == "" {
		return w.issueCode(o)
	}
	a, err := w.tx.Activations().Get(o.Activation)
	switch {
	case err != nil || a.State == itms.ActivationUsed:
		return err
	case a.State != itms.ActivationIssued:
		return w.issueCode(o)
	}
	a.ExpiresAt = w.now.Add(w.policy.CodeTTL)
	return w.tx.Activations().Put(a)
}

const (
	// longestNumber leaves room in an order number, which has 128 bytes at most, for the
	// number behind an item.
	longestNumber = 120
	// numberSum is how many hex digits of its hash stand for the rest of what is too long.
	numberSum = 12
)

// numbered is the n-th number (from 0) that begins with base. What is too long is cut, and
// told apart by a hash.
func numbered(base string, n int) string {
	if len(base) > longestNumber {
		sum := sha256.Sum256([]byte(base))
		cut := longestNumber - numberSum - 1
		for !utf8.RuneStart(base[cut]) {
			cut--
		}
		base = base[:cut] + "~" + hex.EncodeToString(sum[:])[:numberSum]
	}
	if n > 0 {
		base += "-" + strconv.Itoa(n+1)
	}
	return base
}
