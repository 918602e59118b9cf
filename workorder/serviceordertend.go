package workorder

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"itms"
)

// part is a service order that something happened to within a transaction. Where it
// stands is found at the end, from where its work orders stand by then: however they came
// there, and at most one event for all of it.
type part struct {
	id       itms.ServiceOrderID
	order    *itms.ServiceOrder // nil = not read yet
	was      *itms.ServiceOrder // as it was read
	gone     bool               // there is no such order any more
	fresh    bool               // it was inserted by this transaction
	actor    string             // who placed or changed it here; "" = System
	amended  bool               // its attributes were changed here
	frozen   bool               // its items are being changed: nothing begins
	items    map[string]bool    // ids of those to look at
	seen     map[string]bool    // ids of those that were looked at
	verified map[itms.OrderID]bool
	tried    map[itms.OrderID]bool // work orders that were let go
	placed   int                   // work orders that were made here
}

// hear returns the part of a service order, unread.
func (w *work) hear(id itms.ServiceOrderID) *part {
	p := w.parts[id]
	if p == nil {
		p = &part{id: id, items: map[string]bool{}, seen: map[string]bool{}, verified: map[itms.OrderID]bool{}, tried: map[itms.OrderID]bool{}}
		if w.parts == nil {
			w.parts = map[itms.ServiceOrderID]*part{}
		}
		w.parts[id] = p
	}
	return p
}

// noteItem remembers, when a work order is stored, to look at the item that it is a part
// of. Orders that stand by themselves cost nothing.
func (w *work) noteItem(o *itms.Order) {
	if o.ServiceOrder != "" {
		w.hear(o.ServiceOrder).items[o.Item] = true
	}
}

// noteVerified remembers that a work order's values were read back.
func (w *work) noteVerified(o *itms.Order) {
	if o.ServiceOrder != "" {
		w.hear(o.ServiceOrder).verified[o.ID] = true
	}
}

// part reads a service order once; gone when there is none.
func (w *work) part(id itms.ServiceOrderID) (*part, error) {
	p := w.hear(id)
	if p.order != nil || p.gone {
		return p, nil
	}
	o, err := w.tx.ServiceOrders().Get(id)
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		p.gone = true
		return p, nil
	case err != nil:
		return nil, err
	}
	p.order, p.was = o, o.Clone()
	return p, nil
}

// tendServiceOrders finds out, at the end of a transaction, where the service orders stand
// that something happened to, and lets go what waited for it: which may concern others.
func (w *work) tendServiceOrders() error {
	for quiet := false; !quiet; {
		quiet = true
		for _, p := range w.heard() {
			quiet = quiet && len(p.items) == 0
			if err := w.tendItems(p); err != nil {
				return err
			}
		}
	}
	for _, p := range w.heard() {
		if err := w.conclude(p); err != nil {
			return err
		}
	}
	return nil
}

// heard lists the parts, in the order of their ids.
func (w *work) heard() (list []*part) {
	for _, id := range slices.Sorted(maps.Keys(w.parts)) {
		list = append(list, w.parts[id])
	}
	return list
}

// tend is tendServiceOrders for one.
func (w *work) tend(p *part) error {
	if err := w.tendItems(p); err != nil {
		return err
	}
	return w.conclude(p)
}

// tendItems looks at the noted items, and at those that this concerns, until nothing
// moves.
func (w *work) tendItems(p *part) error {
	for len(p.items) > 0 {
		if _, err := w.part(p.id); err != nil {
			return err
		}
		id := slices.Min(slices.Collect(maps.Keys(p.items)))
		delete(p.items, id)
		var item *itms.ServiceOrderItem
		if !p.gone {
			item = p.order.Item(id)
		}
		if item == nil {
			continue
		}
		p.seen[id] = true
		over := item.State.Over()
		if err := w.tendItem(p, item); err != nil {
			return fmt.Errorf("item %s of service order %s: %w", id, p.id, err)
		}
		if over != item.State.Over() {
			p.lookBehind(id)
		}
	}
	return nil
}

// lookBehind has the items looked at that wait for another.
func (p *part) lookBehind(id string) {
	for i := range p.order.Items {
		if item := &p.order.Items[i]; slices.Contains(item.After, id) && !item.State.Over() {
			p.items[item.ID] = true
		}
	}
}

// tendItem lets an item's work orders go that need not wait, and says where it stands.
func (w *work) tendItem(p *part, item *itms.ServiceOrderItem) error {
	if len(item.Orders) == 0 {
		return w.tendBare(p, item)
	}
	if err := w.letGo(p, item); err != nil {
		return err
	}
	orders, err := w.ordersOf(item)
	if err != nil {
		return err
	}
	delete(p.items, item.ID) // what was let go is seen here
	states := make([]itms.OrderState, len(orders))
	at := len(orders) - 1
	for i, o := range orders {
		states[i] = o.State
		item.Service = cmp.Or(o.Service, item.Service)
	}
	if i := slices.IndexFunc(states, func(s itms.OrderState) bool { return s != itms.OrderDone }); i >= 0 {
		at = i
	}
	item.State, item.Reason, item.Trouble = itemState(states), orders[at].Reason, orders[at].Trouble
	return nil
}

// ordersOf reads the work orders of an item.
func (w *work) ordersOf(item *itms.ServiceOrderItem) ([]*itms.Order, error) {
	list := make([]*itms.Order, 0, len(item.Orders))
	for _, id := range item.Orders {
		o, err := w.tx.Orders().Get(id)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// tendBare says where an item stands that needs no work order: it is completed when its
// turn comes, unless it wants to be told that its service is there.
func (w *work) tendBare(p *part, item *itms.ServiceOrderItem) error {
	if item.State.Over() {
		return nil
	}
	verdict := p.postponed(w)
	if verdict == nil {
		verdict = p.behindAny(item)
	}
	switch {
	case verdict == nil:
		return w.completeBare(item)
	case verdict.on == onReject:
		item.State = itms.ServiceOrderRejected
	default:
		item.State = itms.ServiceOrderHeld
	}
	item.Trouble = verdict.trouble
	if item.State.Over() || item.Reason != nothingToChange {
		item.Reason = verdict.reason
	}
	return nil
}

// completeBare ends an item that needs no work order.
func (w *work) completeBare(item *itms.ServiceOrderItem) error {
	item.State, item.Trouble = itms.ServiceOrderCompleted, ""
	if item.Action != itms.ActionNoChange {
		item.Reason = nothingToChange
		return nil
	}
	svc, err := w.tx.Services().Get(item.Service)
	switch {
	case err != nil && !itms.IsKind(err, itms.KindNotFound):
		return err
	case err != nil || svc.State == itms.ServiceTerminated:
		item.State, item.Trouble = itms.ServiceOrderRejected, itms.TroubleNoService
		item.Reason = fmt.Sprintf("service %s is not there", item.Service)
		return nil
	}
	item.Reason = fmt.Sprintf("service %s is %s", svc.ID, svc.State)
	return nil
}

// conclude says where the order stands, tells what is new, and stores it.
func (w *work) conclude(p *part) error {
	if p.gone || p.order == nil {
		return nil
	}
	o, seen := p.order, p.seen
	was := o.State
	o.State = rollUp(statesOf(o))
	if o.StartedAt.IsZero() && (o.State == itms.ServiceOrderInProgress || o.State == itms.ServiceOrderCompleted || o.State == itms.ServiceOrderPartial) {
		o.StartedAt = w.now
	}
	if o.State.Over() != was.Over() || p.fresh && o.State.Over() {
		if err := w.overNow(o); err != nil {
			return err
		}
	}
	if err := w.placeArea(o, seen); err != nil {
		return err
	}
	news, err := w.newsOf(p, seen)
	if err != nil {
		return err
	}
	if !p.fresh && reflect.DeepEqual(o, p.was) {
		return nil
	}
	o.UpdatedAt = w.now
	if err := w.tell(p, news); err != nil {
		return err
	}
	if err := w.tx.ServiceOrders().Put(o); err != nil {
		return err
	}
	p.was, p.fresh, p.amended = o.Clone(), false, false
	return nil
}

// statesOf lists where the items stand.
func statesOf(o *itms.ServiceOrder) []itms.ServiceOrderState {
	states := make([]itms.ServiceOrderState, len(o.Items))
	for i := range o.Items {
		states[i] = o.Items[i].State
	}
	return states
}

// overNow notes that an order has ended, or was opened again.
func (w *work) overNow(o *itms.ServiceOrder) error {
	if !o.State.Over() {
		o.CompletedAt = time.Time{}
		return nil
	}
	o.CompletedAt = w.now
	for _, key := range []string{startAlarm(o.ID), dueAlarm(o.ID)} {
		if err := w.tx.Agenda().Clear(key); err != nil {
			return err
		}
	}
	return nil
}

// placeArea notes the area of the first item that has one, among those that were seen.
func (w *work) placeArea(o *itms.ServiceOrder, seen map[string]bool) error {
	for i := range o.Items {
		item := &o.Items[i]
		switch {
		case o.Area != "":
			return nil
		case !seen[item.ID]:
			continue
		}
		if len(item.Orders) > 0 {
			first, err := w.tx.Orders().Get(item.Orders[0])
			if err != nil {
				return err
			}
			o.Area = first.Area
			continue
		}
		svc, err := w.tx.Services().Get(item.Service)
		if err == nil {
			o.Area = svc.Line.Area
		} else if !itms.IsKind(err, itms.KindNotFound) {
			return err
		}
	}
	return nil
}
