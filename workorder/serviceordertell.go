package workorder

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"itms"
)

// Types of the events of service orders.
const (
	eventCreated        = "serviceOrder.created"
	eventStateChanged   = "serviceOrder.stateChanged"
	eventAttributes     = "serviceOrder.attributeChanged"
	eventDeleted        = "serviceOrder.deleted"
	eventInformation    = "serviceOrder.informationRequired"
	eventMilestone      = "serviceOrder.milestone"
	eventJeopardy       = "serviceOrder.jeopardy"
	eventCancelCreated  = "serviceOrder.cancelCreated"
	eventCancelChanged  = "serviceOrder.cancelStateChanged"
	keyServiceOrder     = "serviceOrder" // the order's id, in the data of each
	keyServiceOrderItem = "item"
)

// news is what is to be told of items beside where the order stands.
type news struct {
	events []itms.Event // types and what is special
}

// add notes an event about an item.
func (n *news) add(typ string, item *itms.ServiceOrderItem, text string, data map[string]string) {
	data[keyServiceOrderItem], data["text"] = item.ID, text
	ev := itms.Event{Type: typ, Service: item.Service, Text: text, Data: data}
	if k := len(item.Orders); k > 0 {
		ev.Order = item.Orders[k-1]
	}
	n.events = append(n.events, ev)
}

// newsOf gathers what is new of the items that were seen, and notes it in the order.
func (w *work) newsOf(p *part, seen map[string]bool) (*news, error) {
	n := &news{}
	for i := range p.order.Items {
		item := &p.order.Items[i]
		if !seen[item.ID] {
			continue
		}
		orders, err := w.ordersOf(item)
		if err != nil {
			return nil, err
		}
		w.milestones(p, item, orders, n)
		w.jeopardies(p.order, item, orders, n)
		if item.State == itms.ServiceOrderPending && p.itemWas(item.ID) != itms.ServiceOrderPending {
			n.add(eventInformation, item, fmt.Sprintf("item %s: %s", item.ID, item.Reason), map[string]string{"trouble": string(item.Trouble)})
		}
	}
	return n, nil
}

// itemWas is where an item stood before, "" for a new one.
func (p *part) itemWas(id string) itms.ServiceOrderState {
	if p.was == nil {
		return ""
	}
	if item := p.was.Item(id); item != nil {
		return item.State
	}
	return ""
}

// milestoneTexts says in words what was reached.
var milestoneTexts = map[itms.MilestoneName]string{
	itms.MilestoneAccepted:       "accepted",
	itms.MilestoneDeviceAssigned: "a device is named",
	itms.MilestoneDeviceSeen:     "the device came into contact",
	itms.MilestoneConfigured:     "the device took its values",
	itms.MilestoneVerified:       "the values were read back",
	itms.MilestoneCompleted:      "completed",
}

// milestones notes those that an item reached, each once.
func (w *work) milestones(p *part, item *itms.ServiceOrderItem, orders []*itms.Order, n *news) {
	for _, name := range reached(item, orders, p.verified) {
		if slices.ContainsFunc(p.order.Milestones, func(m itms.Milestone) bool { return m.Item == item.ID && m.Name == name }) {
			continue
		}
		text := fmt.Sprintf("item %s: %s", item.ID, milestoneTexts[name])
		p.order.Milestones = append(p.order.Milestones, itms.Milestone{Name: name, Item: item.ID, At: w.now, Text: text})
		n.add(eventMilestone, item, text, map[string]string{"milestone": string(name)})
	}
}

// reached lists the milestones of an item by what its work orders tell, in their order.
// Values are taken and read back once those of the last work order are.
func reached(item *itms.ServiceOrderItem, orders []*itms.Order, verified map[itms.OrderID]bool) (list []itms.MilestoneName) {
	if item.State != itms.ServiceOrderRejected {
		list = append(list, itms.MilestoneAccepted)
	}
	if slices.ContainsFunc(orders, func(o *itms.Order) bool { return !o.Claim.IsZero() || !o.Device.IsZero() }) {
		list = append(list, itms.MilestoneDeviceAssigned)
	}
	if slices.ContainsFunc(orders, func(o *itms.Order) bool { return passed(o, itms.OrderState.UnderWay) }) {
		list = append(list, itms.MilestoneDeviceSeen)
	}
	if len(orders) > 0 {
		last := orders[len(orders)-1]
		if verified[last.ID] || passed(last, func(s itms.OrderState) bool { return s == itms.OrderVerifying }) {
			list = append(list, itms.MilestoneConfigured)
		}
		if verified[last.ID] {
			list = append(list, itms.MilestoneVerified)
		}
	}
	if item.State == itms.ServiceOrderCompleted {
		list = append(list, itms.MilestoneCompleted)
	}
	return list
}

// passed reports whether an order was in such a state.
func passed(o *itms.Order, in func(itms.OrderState) bool) bool {
	return slices.ContainsFunc(o.History, func(s itms.Step) bool { return in(s.State) })
}

// jeopardies notes why an item stands still although nobody is awaited.
func (w *work) jeopardies(so *itms.ServiceOrder, item *itms.ServiceOrderItem, orders []*itms.Order, n *news) {
	for _, o := range orders {
		if o.Light() == itms.LightAttention {
			w.endanger(so, item, o.Trouble, fmt.Sprintf("item %s: %s", item.ID, cmp.Or(o.Reason, string(o.Trouble))), n)
		}
	}
}

// endanger notes a jeopardy: one per item and trouble.
func (w *work) endanger(so *itms.ServiceOrder, item *itms.ServiceOrderItem, trouble itms.Trouble, text string, n *news) {
	if slices.ContainsFunc(so.Jeopardies, func(j itms.Jeopardy) bool { return j.Item == item.ID && j.Trouble == trouble }) {
		return
	}
	j := itms.Jeopardy{ID: strconv.Itoa(len(so.Jeopardies) + 1), Item: item.ID, Trouble: trouble, Text: text, At: w.now}
	so.Jeopardies = append(so.Jeopardies, j)
	n.add(eventJeopardy, item, text, map[string]string{"jeopardy": j.ID, "trouble": string(trouble)})
}

// tell journals what happened to a service order: first itself, then what is new of its
// items.
func (w *work) tell(p *part, n *news) error {
	for _, ev := range append(p.events(), n.events...) {
		if err := w.tellServiceOrder(p, ev); err != nil {
			return err
		}
	}
	return nil
}

// events are those of the order as a whole.
func (p *part) events() (list []itms.Event) {
	o := p.order
	if p.amended {
		list = append(list, itms.Event{Type: eventAttributes, Text: fmt.Sprintf("service order %s was changed", o.ID)})
	}
	switch {
	case p.fresh:
		list = append(list, itms.Event{Type: eventCreated, Text: fmt.Sprintf("service order %s is %s", o.ID, o.State)})
	case o.State != p.was.State || !slices.Equal(statesOf(o), statesOf(p.was)):
		list = append(list, itms.Event{Type: eventStateChanged, Text: fmt.Sprintf("service order %s is %s", o.ID, o.State)})
	}
	return list
}

// tellServiceOrder journals one event of a service order.
func (w *work) tellServiceOrder(p *part, ev itms.Event) error {
	o := p.order
	data := map[string]string{keyServiceOrder: string(o.ID), "state": string(o.State), "items": itemsText(o)}
	for k, v := range ev.Data {
		data[k] = v
	}
	ev.Data, ev.Area, ev.Actor = data, o.Area, p.actor
	if only := &o.Items[0]; len(o.Items) == 1 {
		ev.Service = only.Service
		if ev.Order == "" && len(only.Orders) > 0 {
			ev.Order = only.Orders[len(only.Orders)-1]
		}
	}
	return w.record(ev.Type, ev)
}

// itemsText is where each item stands, in one line.
func itemsText(o *itms.ServiceOrder) string {
	texts := make([]string, len(o.Items))
	for i := range o.Items {
		texts[i] = url.PathEscape(o.Items[i].ID) + "=" + string(o.Items[i].State)
	}
	return strings.Join(texts, " ")
}

// startServiceOrder lets items begin whose time has come.
func (w *work) startServiceOrder(id string) error {
	p, err := w.part(itms.ServiceOrderID(id))
	if err != nil || p.gone {
		return err
	}
	p.lookAtAll()
	return nil
}

// lookAtAll has every item looked at.
func (p *part) lookAtAll() {
	for i := range p.order.Items {
		p.items[p.order.Items[i].ID] = true
	}
}

// serviceOrderDue says of items that should be completed by now that they are not.
func (w *work) serviceOrderDue(id string) error {
	p, err := w.part(itms.ServiceOrderID(id))
	if err != nil || p.gone || p.order.State.Over() {
		return err
	}
	n := &news{}
	next := p.order.RequestedCompletion
	for i := range p.order.Items {
		item := &p.order.Items[i]
		due := p.order.RequestedCompletion
		orders, err := w.ordersOf(item)
		if err != nil {
			return err
		}
		if k := len(orders); k > 0 && !orders[k-1].DueBy.IsZero() {
			due = orders[k-1].DueBy
		}
		switch {
		case item.State.Over() || due.IsZero():
		case due.After(w.now):
			if !next.After(w.now) || due.Before(next) {
				next = due
			}
		default:
			w.endanger(p.order, item, itms.TroubleTimeout, fmt.Sprintf("item %s was to be completed by %s", item.ID, due.Format("2006-01-02 15:04:05 MST")), n)
		}
	}
	if next.After(w.now) {
		if err := w.tx.Agenda().Set(dueAlarm(p.order.ID), next); err != nil {
			return err
		}
	}
	return w.keep(p, n)
}

// keep tells what is new and stores the order.
func (w *work) keep(p *part, n *news) error {
	if len(n.events) == 0 {
		return nil
	}
	p.order.UpdatedAt = w.now
	if err := w.tell(p, n); err != nil {
		return err
	}
	p.was = p.order.Clone()
	return w.tx.ServiceOrders().Put(p.order)
}
