package workorder

import (
	"fmt"

	"itms"
)

// mustWait says why a work order that is a part of a service order may not begin yet, or
// never will; nil when nothing of the kind is in its way.
func (w *work) mustWait(o *itms.Order) (*admission, error) {
	if o.ServiceOrder == "" {
		return nil, nil
	}
	p, err := w.part(o.ServiceOrder)
	if err != nil || p.gone {
		return nil, err
	}
	item := p.order.Item(o.Item)
	if item == nil {
		return nil, nil
	}
	if len(item.Orders) > 0 && item.Orders[0] == o.ID {
		if verdict := p.postponed(w); verdict != nil {
			return verdict, nil
		}
		if verdict := p.behindItems(item); verdict != nil {
			return verdict, nil
		}
	}
	for _, id := range o.After {
		first, err := w.tx.Orders().Get(id)
		if err != nil {
			return nil, err
		}
		if verdict := behind(first); verdict != nil {
			return verdict, nil
		}
	}
	return nil, nil
}

// postponed says why no item may begin now.
func (p *part) postponed(w *work) *admission {
	switch start := p.order.RequestedStart; {
	case p.frozen:
		return &admission{onHold, itms.TroublePostponed, "its service order is being changed"}
	case p.order.OnHold:
		return &admission{onHold, itms.TroublePostponed, "its service order was put on hold"}
	case start.After(w.now):
		return &admission{onHold, itms.TroublePostponed, "is to begin at " + start.Format("2006-01-02 15:04:05 MST")}
	}
	return nil
}

// behindItems says which item without work orders an item waits for.
func (p *part) behindItems(item *itms.ServiceOrderItem) *admission {
	for _, id := range item.After {
		first := p.order.Item(id)
		if first == nil || len(first.Orders) > 0 || first.State == itms.ServiceOrderCompleted {
			continue
		}
		if first.State.Over() {
			return &admission{onReject, itms.TroubleOrderFirst, fmt.Sprintf("item %s, which goes first, is %s", id, first.State)}
		}
		return &admission{onHold, itms.TroubleOrderFirst, fmt.Sprintf("waits for item %s of the same service order", id)}
	}
	return nil
}

// behindAny says which item one without work orders waits for.
func (p *part) behindAny(item *itms.ServiceOrderItem) *admission {
	for _, id := range item.After {
		switch first := p.order.Item(id); {
		case first == nil || first.State == itms.ServiceOrderCompleted:
		case first.State.Over(): // a work order would wait for a retry; this can be asked for again
			return &admission{onReject, itms.TroubleOrderFirst, fmt.Sprintf("item %s, which goes first, is %s", id, first.State)}
		default:
			return &admission{onHold, itms.TroubleOrderFirst, fmt.Sprintf("waits for item %s of the same service order", id)}
		}
	}
	return nil
}

// behind says what an order does that comes after another: nil when that is done.
func behind(first *itms.Order) *admission {
	switch {
	case first.State == itms.OrderDone:
		return nil
	case first.State == itms.OrderFailed:
		return &admission{onHold, itms.TroubleOrderFirst, fmt.Sprintf("order %s, which goes first, has failed; it may be retried", first.No)}
	case first.State.Final():
		return &admission{onReject, itms.TroubleOrderFirst, fmt.Sprintf("order %s, which goes first, is %s", first.No, first.State)}
	}
	return &admission{onHold, itms.TroubleOrderFirst, fmt.Sprintf("waits for order %s of the same service order", first.No)}
}

// hopeless reports whether what a held order waits for does not go on by itself.
func (w *work) hopeless(o *itms.Order) (bool, error) {
	for _, id := range o.After {
		first, err := w.tx.Orders().Get(id)
		if err != nil || first.State == itms.OrderFailed {
			return err == nil, err
		}
	}
	return false, nil
}

// letGo starts the work orders of an item that were held by its service order alone, one
// after the other, or says what they wait for now.
func (w *work) letGo(p *part, item *itms.ServiceOrderItem) error {
	for _, id := range item.Orders {
		o, err := w.tx.Orders().Get(id)
		if err != nil {
			return err
		}
		if o.State != itms.OrderHeld || o.Binding != "" || o.Trouble != itms.TroubleOrderFirst && o.Trouble != itms.TroublePostponed {
			continue
		}
		verdict, err := w.mustWait(o)
		if err != nil {
			return err
		}
		if verdict != nil && verdict.on == onHold {
			if err := w.waitOn(o, verdict); err != nil {
				return err
			}
			continue
		}
		if p.tried[o.ID] {
			continue // another order of its service goes first, which lets it go
		}
		p.tried[o.ID] = true
		if err := w.start(o, System); err != nil {
			return err
		}
	}
	return nil
}

// waitOn says what a held order waits for, when that is something else than before.
func (w *work) waitOn(o *itms.Order, verdict *admission) error {
	if o.Reason == verdict.reason && o.Trouble == verdict.trouble {
		return nil
	}
	o.Reason, o.Trouble = verdict.reason, verdict.trouble
	hopeless, err := w.hopeless(o)
	if err != nil {
		return err
	}
	if hopeless { // from now on there is a limit
		if err := w.tx.Agenda().Set(holdAlarm(o.ID), w.now.Add(w.policy.HoldTTL)); err != nil {
			return err
		}
	}
	return w.store(o)
}
