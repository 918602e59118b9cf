package workorder

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"itms"
)

// maxCancellations bounds the cancellations that an order keeps: each that fails may be
// followed by another.
const maxCancellations = 50

// CancelServiceOrder withdraws what can be withdrawn of a service order: what waits leaves
// nothing behind, what is under way is undone, what is done stays. That nothing could be
// withdrawn is no error: the cancellation is stored as failed, with the reason. A
// cancellation whose id is known is answered as it is stored. Errors: KindNotFound;
// KindInvalid with a pointer per wrong field; KindLimit with CodeTooLarge after too many.
func (e *Engine) CancelServiceOrder(ctx context.Context, actor string, id itms.ServiceOrderID, c itms.Cancellation) (order *itms.ServiceOrder, stored *itms.Cancellation, err error) {
	in := &serviceIntake{}
	in.checkDocument(c.Document)
	in.text("/reason", c.Reason)
	if c.ID != "" {
		in.name("/id", c.ID)
	}
	if err := in.verdict(); err != nil {
		return nil, nil, err
	}
	at := 0
	err = e.onServiceOrder(ctx, id, func(w *work, p *part) (err error) {
		order = p.order
		if at = p.cancellation(c.ID); at >= 0 {
			return nil
		}
		at = len(order.Cancellations)
		return w.cancelServiceOrder(p, actor, c)
	})
	if err != nil {
		return nil, nil, err
	}
	return order, &order.Cancellations[at], nil
}

// cancellation is the place of a known cancellation, -1 when it is new.
func (p *part) cancellation(id string) int {
	return slices.IndexFunc(p.order.Cancellations, func(c itms.Cancellation) bool { return c.ID == id })
}

// onServiceOrder runs fn on a service order in one transaction.
func (e *Engine) onServiceOrder(ctx context.Context, id itms.ServiceOrderID, fn func(*work, *part) error) error {
	return e.update(ctx, func(w *work) error {
		p, err := w.part(id)
		if err != nil {
			return err
		}
		if p.gone {
			return itms.NotFound("service order", string(id))
		}
		return fn(w, p)
	})
}

// cancelServiceOrder carries a cancellation out. It takes one transaction: devices that
// must be wiped are, whenever they come.
func (w *work) cancelServiceOrder(p *part, actor string, c itms.Cancellation) error {
	o := p.order
	if len(o.Cancellations) >= maxCancellations {
		return itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "service order %s has had %d cancellations", o.ID, maxCancellations)
	}
	p.actor = actor
	if c.ID == "" {
		c.ID = itms.CancellationID(o.ID, len(o.Cancellations)+1)
	}
	c.State, c.RequestedAt, c.Document = itms.ServiceOrderAcknowledged, w.now, document(c.Document)
	if err := w.tellCancellation(p, eventCancelCreated, &c); err != nil {
		return err
	}
	withdrawn, stays, err := w.withdrawItems(p, actor, c.Reason)
	if err != nil {
		return err
	}
	switch {
	case withdrawn == 0:
		c.State, c.Text = itms.ServiceOrderFailed, "nothing can be withdrawn: "+strings.Join(stays, "; ")
	case len(stays) > 0:
		c.Text = "what stays: " + strings.Join(stays, "; ")
		fallthrough
	default:
		c.State, c.EffectiveAt = itms.ServiceOrderCompleted, w.now
	}
	o.Cancellations = append(o.Cancellations, c)
	p.lookAtAll()
	if err := w.tend(p); err != nil {
		return err
	}
	return w.tellCancellation(p, eventCancelChanged, &c)
}

// tellCancellation journals what became of a cancellation.
func (w *work) tellCancellation(p *part, typ string, c *itms.Cancellation) error {
	text := fmt.Sprintf("cancellation %s of service order %s is %s", c.ID, p.order.ID, c.State)
	if c.Text != "" {
		text += ": " + c.Text
	}
	return w.tellServiceOrder(p, itms.Event{Type: typ, Text: text, Data: map[string]string{"cancellation": c.ID, "cancelState": string(c.State), "text": c.Text}})
}

// withdrawItems withdraws the items that are not over, those that wait for others first. It
// says how many were, and why the rest stays.
func (w *work) withdrawItems(p *part, actor, reason string) (withdrawn int, stays []string, err error) {
	p.frozen = true // what an end lets go must not begin
	defer func() { p.frozen = false }()
	for _, id := range slices.Backward(p.sorted()) {
		item := p.order.Item(id)
		if item.State.Over() {
			stays = append(stays, fmt.Sprintf("item %s is %s", id, item.State))
			continue
		}
		why, err := w.withdrawItem(item, actor, reason)
		if err != nil {
			return 0, nil, err
		}
		if why != "" {
			stays = append(stays, fmt.Sprintf("item %s: %s", id, why))
			continue
		}
		withdrawn++
	}
	slices.Reverse(stays)
	return withdrawn, stays, nil
}

// sorted lists the items' ids so that each comes behind what it waits for.
func (p *part) sorted() []string {
	after := map[string][]string{}
	var ids []string
	for i := range p.order.Items {
		item := &p.order.Items[i]
		ids, after[item.ID] = append(ids, item.ID), item.After
	}
	order, circle := inOrder(ids, after)
	return append(order, circle...)
}

// withdrawItem cancels the work orders of an item that are not over, the last first, and
// says why one stays.
func (w *work) withdrawItem(item *itms.ServiceOrderItem, actor, reason string) (stays string, err error) {
	if len(item.Orders) == 0 {
		item.State, item.Trouble, item.Reason = itms.ServiceOrderCancelled, "", "cancelled by "+actor
		return "", nil
	}
	for _, id := range slices.Backward(item.Orders) {
		o, err := w.tx.Orders().Get(id)
		if err != nil {
			return "", err
		}
		if o.State.Final() {
			continue
		}
		err = w.cancel(o, actor, reason)
		if itms.IsKind(err, itms.KindConflict) {
			return err.Error(), nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", nil
}

// DeleteServiceOrder removes a service order that is over, or of which nothing has begun:
// its work orders are cancelled then. Work orders are never removed. Errors: KindNotFound;
// KindConflict with CodeOrderState for any other.
func (e *Engine) DeleteServiceOrder(ctx context.Context, actor string, id itms.ServiceOrderID) error {
	return e.onServiceOrder(ctx, id, func(w *work, p *part) error {
		p.actor = actor
		if !p.order.State.Over() {
			for i := range p.order.Items {
				begun, err := w.itemBegun(&p.order.Items[i])
				if err != nil {
					return err
				}
				if begun {
					return itms.Errorf(itms.KindConflict, itms.CodeOrderState,
						"service order %s is %s: item %s has begun; cancel the order first", id, p.order.State, p.order.Items[i].ID)
				}
			}
			if _, _, err := w.withdrawItems(p, actor, "the service order was deleted"); err != nil {
				return err
			}
			p.lookAtAll()
			if err := w.tend(p); err != nil {
				return err
			}
		}
		return w.removeServiceOrder(p)
	})
}

// removeServiceOrder removes the record.
func (w *work) removeServiceOrder(p *part) error {
	if err := w.tellServiceOrder(p, itms.Event{Type: eventDeleted, Text: fmt.Sprintf("service order %s was deleted", p.order.ID)}); err != nil {
		return err
	}
	p.gone = true
	for _, key := range []string{startAlarm(p.order.ID), dueAlarm(p.order.ID)} {
		if err := w.tx.Agenda().Clear(key); err != nil {
			return err
		}
	}
	return w.tx.ServiceOrders().Delete(p.order.ID)
}

// itemBegun reports whether anything was done for an item that cannot be put back without
// a trace.
func (w *work) itemBegun(item *itms.ServiceOrderItem) (bool, error) {
	orders, err := w.ordersOf(item)
	return item.State.Over() || slices.ContainsFunc(orders, begun), err
}

// begun reports whether a work order acted on its service, or has ended.
func begun(o *itms.Order) bool {
	switch {
	case o.State == itms.OrderReceived, o.State == itms.OrderHeld:
		return false
	case o.State.Waiting():
		return withdraws(o.Kind) // that holds at once
	}
	return true
}
