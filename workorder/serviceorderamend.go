package workorder

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"itms"
)

// AmendServiceOrder changes what may still be changed of a service order: its document and
// times; the items that did not begin, which are placed anew; and whether such items wait.
// Codes of items that were placed anew are in the answer. Errors: KindNotFound; KindInvalid
// with a pointer per wrong field; KindConflict with CodeOrderState when the order is over,
// or an item that is to change has begun.
func (e *Engine) AmendServiceOrder(ctx context.Context, actor string, id itms.ServiceOrderID, patch itms.ServiceOrderPatch) (order *itms.ServiceOrder, err error) {
	err = e.onServiceOrder(ctx, id, func(w *work, p *part) error {
		order = p.order
		if p.order.State.Over() {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "service order %s is %s and does not change any more", id, p.order.State)
		}
		p.actor = actor
		in, err := e.readPatch(p.order, &patch)
		if err != nil {
			return err
		}
		return w.amend(p, in, &patch, actor)
	})
	if err != nil {
		return nil, err
	}
	return order, nil
}

// readPatch validates a patch against the order that it changes.
func (e *Engine) readPatch(o *itms.ServiceOrder, patch *itms.ServiceOrderPatch) (*serviceIntake, error) {
	in := &serviceIntake{policy: &e.policy, source: o.Source}
	in.checkDocument(patch.Document)
	switch patch.State {
	case "", itms.ServiceOrderHeld, itms.ServiceOrderAcknowledged:
	default:
		in.wrong("/state", "expected held or acknowledged")
	}
	start, completion := chosen(o.RequestedStart, patch.RequestedStart), chosen(o.RequestedCompletion, patch.RequestedCompletion)
	if !start.IsZero() && completion.Before(start) && !completion.IsZero() {
		in.wrong("/requestedCompletion", "is before requestedStart")
	}
	relations := map[string][]string{}
	for i := range o.Items {
		relations[o.Items[i].ID] = o.Items[i].After
	}
	for i, item := range patch.Items {
		known := o.Item(item.ID)
		if known == nil {
			in.wrong(fmt.Sprintf("/items/%d/id", i), "names no item of this order")
			continue
		}
		if item.Action == "" {
			item.Action = known.Action
		}
		if item.After == nil {
			item.After = known.After
		}
		in.readItem(i, item)
		relations[item.ID] = in.wishes[len(in.wishes)-1].after
	}
	in.sortWithin(relations)
	return in, in.verdict()
}

// chosen is a time that may be replaced.
func chosen(have time.Time, given *time.Time) time.Time {
	if given == nil {
		return have
	}
	return stamped(*given)
}

// sortWithin is sort for items of an order that has others.
func (in *serviceIntake) sortWithin(relations map[string][]string) {
	order, circle := inOrder(slices.Sorted(maps.Keys(relations)), relations)
	seen := map[string]bool{}
	for _, w := range in.wishes {
		if seen[w.item.ID] {
			in.wrong(fmt.Sprintf("/items/%d/id", w.at), "is the id of another item too")
		}
		seen[w.item.ID] = true
		for i, id := range w.after {
			if _, known := relations[id]; !known {
				in.wrong(fmt.Sprintf("/items/%d/after/%d", w.at, i), "names no item of this order")
			}
		}
		if len(in.fields) == 0 && slices.Contains(circle, w.item.ID) {
			in.wrong(fmt.Sprintf("/items/%d/after", w.at), "items wait for each other")
		}
	}
	slices.SortFunc(in.wishes, func(a, b *itemWish) int {
		return slices.Index(order, a.item.ID) - slices.Index(order, b.item.ID)
	})
}

// amend carries a validated patch out.
func (w *work) amend(p *part, in *serviceIntake, patch *itms.ServiceOrderPatch, actor string) error {
	o := p.order
	p.amended = true
	if len(patch.Document) > 0 {
		o.Document = document(patch.Document)
	}
	if err := w.amendTimes(p, patch, actor); err != nil {
		return err
	}
	if err := w.replaceItems(p, in.wishes, actor); err != nil {
		return err
	}
	hold := patch.State == itms.ServiceOrderHeld
	if patch.State != "" {
		o.OnHold = hold
	}
	if hold {
		if err := w.putBack(p, "its service order was put on hold", actor); err != nil {
			return err
		}
	}
	p.lookAtAll()
	return nil
}

// amendTimes changes when items may begin and should be completed.
func (w *work) amendTimes(p *part, patch *itms.ServiceOrderPatch, actor string) error {
	o := p.order
	o.RequestedStart, o.RequestedCompletion = chosen(o.RequestedStart, patch.RequestedStart), chosen(o.RequestedCompletion, patch.RequestedCompletion)
	o.ExpectedCompletion = chosen(o.ExpectedCompletion, patch.RequestedCompletion)
	for _, each := range []struct {
		given *time.Time
		key   string
	}{{patch.RequestedStart, startAlarm(o.ID)}, {patch.RequestedCompletion, dueAlarm(o.ID)}} {
		if each.given == nil {
			continue
		}
		if err := w.tx.Agenda().Clear(each.key); err != nil {
			return err
		}
		if each.given.After(w.now) {
			if err := w.tx.Agenda().Set(each.key, stamped(*each.given)); err != nil {
				return err
			}
		}
	}
	if patch.RequestedStart == nil || !o.RequestedStart.After(w.now) {
		return nil
	}
	return w.putBack(p, "its service order begins later", actor)
}

// putBack has the items that did not begin wait again: what they reserved is given back.
func (w *work) putBack(p *part, reason, actor string) error {
	p.frozen = true
	defer func() { p.frozen = false }()
	for i := range p.order.Items {
		item := &p.order.Items[i]
		begun, err := w.itemBegun(item)
		if err != nil {
			return err
		}
		if begun {
			continue
		}
		orders, err := w.ordersOf(item)
		if err != nil {
			return err
		}
		for _, o := range orders {
			if !o.State.Waiting() {
				continue
			}
			if err := w.holdAgain(o, reason, actor); err != nil {
				return err
			}
		}
	}
	return nil
}

// holdAgain takes a waiting work order back to where it was before its admission.
func (w *work) holdAgain(o *itms.Order, reason, actor string) error {
	if err := w.withdraw(o); err != nil {
		return err
	}
	if err := w.leaveSlot(o); err != nil {
		return err
	}
	o.Binding, o.Before, o.Device, o.Rev = "", nil, itms.DeviceID{}, 0
	o.Trouble = itms.TroublePostponed
	return w.move(o, onHold, reason, actor)
}

// replaceItems places items anew whose content changes.
func (w *work) replaceItems(p *part, wishes []*itemWish, actor string) error {
	if len(wishes) == 0 {
		return nil
	}
	p.frozen = true
	defer func() { p.frozen = false }()
	for _, wish := range wishes {
		if err := w.clearItem(p, wish, actor); err != nil {
			return err
		}
	}
	planner := w.planner(p)
	for _, wish := range wishes {
		if err := planner.place(wish, actor); err != nil {
			return err
		}
	}
	return planner.relink()
}

// clearItem withdraws the work orders of an item that is to be placed anew.
func (w *work) clearItem(p *part, wish *itemWish, actor string) error {
	item := p.order.Item(wish.item.ID)
	begun, err := w.itemBegun(item)
	if err != nil {
		return err
	}
	if begun {
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "item %s of service order %s is %s: it has begun, and its content does not change any more",
			item.ID, p.order.ID, item.State)
	}
	for _, id := range slices.Backward(item.Orders) {
		o, err := w.tx.Orders().Get(id)
		if err != nil {
			return err
		}
		if err := w.cancel(o, actor, "the item was changed"); err != nil {
			return err
		}
	}
	item.Orders, item.Action, item.After, item.State, item.Reason, item.Trouble = nil, wish.item.Action, wish.after, itms.ServiceOrderAcknowledged, "", ""
	return nil
}

// relink has the first work order of each item that did not begin wait for the last ones of
// the items before it, as they are now.
func (p *planner) relink() error {
	for i := range p.part.order.Items {
		item := &p.part.order.Items[i]
		if len(item.Orders) == 0 {
			continue
		}
		o, err := p.tx.Orders().Get(item.Orders[0])
		if err != nil {
			return err
		}
		after := p.lastOrders(item.After)
		if o.State != itms.OrderHeld || slices.Equal(after, o.After) {
			continue
		}
		o.After = after
		if err := p.store(o); err != nil {
			return err
		}
	}
	return nil
}
