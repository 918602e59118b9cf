package workorder

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"itms"
)

// What neighbours are told follows from the state alone: at the end of each transaction
// what they were told of a service is compared with what stands now, and the difference
// is queued. So whatever changes a service or its device is told, once, and a swap that
// fails is taken back by itself.

// neighbourKind marks outbox rows that go to a neighbour.
const neighbourKind = "neighbour"

// neighbourCallsMost is how many calls an order remembers.
const neighbourCallsMost = 50

// neighbourLane is the lane of a neighbour.
func neighbourLane(name string) string { return "neighbour/" + name }

// notingTx is a transaction that notes which services may have to be told of.
type notingTx struct {
	itms.Tx
	services *[]itms.ServiceID
}

// Services implements itms.Tx.
func (tx notingTx) Services() itms.Services { return notedServices{tx.Tx.Services(), tx} }

// Bindings implements itms.Tx.
func (tx notingTx) Bindings() itms.Bindings { return notedBindings{tx.Tx.Bindings(), tx} }

// note notes one.
func (tx notingTx) note(id itms.ServiceID) {
	if !slices.Contains(*tx.services, id) {
		*tx.services = append(*tx.services, id)
	}
}

type (
	notedServices struct {
		itms.Services
		tx notingTx
	}
	notedBindings struct {
		itms.Bindings
		tx notingTx
	}
)

// Put implements itms.Services.
func (s notedServices) Put(svc *itms.Service) error { s.tx.note(svc.ID); return s.Services.Put(svc) }

// Put implements itms.Bindings.
func (b notedBindings) Put(binding *itms.Binding) error {
	b.tx.note(binding.Service)
	return b.Bindings.Put(binding)
}

// tellNeighbours queues what neighbours are to be told of the services that were written.
func (w *work) tellNeighbours() error {
	for _, id := range w.touched { // what is written here notes none that is not there
		if err := w.tellOf(id); err != nil {
			return err
		}
	}
	return nil
}

// tellOf queues what neighbours are to be told of one service.
func (w *work) tellOf(id itms.ServiceID) error {
	svc, err := w.tx.Services().Get(id)
	if itms.IsKind(err, itms.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	is, err := w.tellable(svc)
	if err != nil {
		return err
	}
	var calls []itms.NeighbourCall
	changed := false
	for _, n := range w.policy.Neighbours {
		was, known := svc.Neighbours[n.Name]
		if was == is || !known && (is.MAC == itms.MAC{} || !n.concerns(svc)) {
			continue
		}
		for _, call := range differences(n, was, is) {
			told := is
			if call.Action == itms.NeighbourUnbind {
				told = was
			}
			if err := w.queueCall(n, svc, &call, told); err != nil {
				return err
			}
			calls = append(calls, call)
		}
		if !changed {
			svc, changed = svc.Clone(), true
		}
		if svc.Neighbours == nil {
			svc.Neighbours = map[string]itms.NeighbourTold{}
		}
		svc.Neighbours[n.Name] = is
	}
	if !changed {
		return nil
	}
	if err := w.tx.Services().Put(svc); err != nil {
		return err
	}
	return w.noteCalls(svc.Order, calls)
}

// tellable is what there is to be told of a service now. The device is that of the
// newest binding in force: in a swap the new one counts from its claim on.
func (w *work) tellable(svc *itms.Service) (told itms.NeighbourTold, err error) {
	sum := sha256.Sum256(slices.Concat(svc.Password, []byte{0}, svc.Access.Password))
	told = itms.NeighbourTold{Account: svc.Account, AccessAccount: svc.Access.Account, Package: svc.Package, DownKbps: svc.Access.DownKbps,
		UpKbps: svc.Access.UpKbps, Line: svc.Line, Secrets: hex.EncodeToString(sum[:8]), Suspended: svc.State == itms.ServiceSuspended,
		Terminated: svc.State == itms.ServiceTerminated}
	bindings, err := w.tx.Bindings().OfService(svc.ID)
	if err != nil {
		return told, err
	}
	for _, b := range slices.Backward(bindings) {
		if b.State != itms.BindingClaimed && b.State != itms.BindingBound {
			continue
		}
		d, err := w.device(b.Device)
		if err != nil {
			return told, err
		}
		if told.MAC = d.MAC; told.MAC == (itms.MAC{}) {
			told.MAC = b.Claim.Address()
		}
		break
	}
	return told, nil
}

// differences are the calls that bring a neighbour from what it was told to what is, in
// their order.
func differences(n *Neighbour, was, is itms.NeighbourTold) (calls []itms.NeighbourCall) {
	none := itms.MAC{}
	add := func(when bool, c itms.NeighbourCall) {
		if when && n.tells(c.Action) {
			calls = append(calls, c)
		}
	}
	moved := was.MAC != none && is.MAC != none && was.MAC != is.MAC
	if moved && n.tells(itms.NeighbourMove) {
		add(true, itms.NeighbourCall{Action: itms.NeighbourMove, MAC: is.MAC, OldMAC: was.MAC})
	} else if was.MAC != is.MAC {
		add(was.MAC != none, itms.NeighbourCall{Action: itms.NeighbourUnbind, MAC: was.MAC})
		add(is.MAC != none, itms.NeighbourCall{Action: itms.NeighbourBind, MAC: is.MAC, OldMAC: was.MAC})
	}
	same := was
	same.MAC, same.Suspended, same.Terminated = is.MAC, is.Suspended, is.Terminated
	add(was.MAC != none && is.MAC == was.MAC && same != is, itms.NeighbourCall{Action: itms.NeighbourChange, MAC: is.MAC})
	add(is.Suspended && !was.Suspended, itms.NeighbourCall{Action: itms.NeighbourSuspend, MAC: is.MAC})
	add(was.Suspended && !is.Suspended && !is.Terminated, itms.NeighbourCall{Action: itms.NeighbourResume, MAC: is.MAC})
	add(is.Terminated && !was.Terminated, itms.NeighbourCall{Action: itms.NeighbourTerminate, MAC: was.MAC})
	return calls
}

// calling is the body of an outbox row to a neighbour: what its templates are filled
// with, without secrets.
type calling struct {
	Service itms.ServiceID     `json:"service"`
	Order   itms.OrderID       `json:"order,omitempty"`
	Call    itms.NeighbourCall `json:"call"`
	Told    itms.NeighbourTold `json:"told"`
}

// queueCall adds the outbox row of a call and names it.
func (w *work) queueCall(n *Neighbour, svc *itms.Service, call *itms.NeighbourCall, told itms.NeighbourTold) error {
	call.ID, call.Name, call.Before = itms.NewID(w.now), n.Name, n.Before == "push"
	call.State, call.At = itms.NeighbourQueued, w.now
	body, err := json.Marshal(calling{svc.ID, svc.Order, *call, told})
	if err != nil {
		return fmt.Errorf("call of neighbour %s: %w", n.Name, err)
	}
	lane := neighbourLane(n.Name)
	return w.tx.Outbox().Add(&itms.Delivery{ID: call.ID, Stream: lane + "/" + string(svc.ID), Lane: lane, Kind: neighbourKind, Target: n.Name,
		Body: body, Due: w.now, QueuedAt: w.now})
}

// noteCalls keeps calls with the order that caused them, and says what it waits for.
func (w *work) noteCalls(id itms.OrderID, calls []itms.NeighbourCall) error {
	if id == "" || len(calls) == 0 {
		return nil
	}
	o, err := w.tx.Orders().Get(id)
	if itms.IsKind(err, itms.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	o.Neighbours = append(o.Neighbours, calls...)
	if over := len(o.Neighbours) - neighbourCallsMost; over > 0 {
		o.Neighbours = o.Neighbours[over:]
	}
	if o.State.UnderWay() && len(awaited(o)) > 0 {
		return w.giveReason(o, itms.TroubleNeighbour, awaitedText(o))
	}
	return w.tx.Orders().Put(o)
}

// awaited are the calls that must succeed before the order's device is configured.
func awaited(o *itms.Order) (list []itms.NeighbourCall) {
	for _, c := range o.Neighbours {
		if c.Before && c.State != itms.NeighbourDone {
			list = append(list, c)
		}
	}
	return list
}

// awaitedText says what an order waits for.
func awaitedText(o *itms.Order) string {
	var names []string
	for _, c := range awaited(o) {
		text := fmt.Sprintf("%s at %s", c.Action, c.Name)
		if c.Failure != "" {
			text += fmt.Sprintf(" (%d tries: %s)", c.Tries, c.Failure)
		}
		names = append(names, text)
	}
	return "waits for " + strings.Join(names, ", ")
}

// gated reports whether a device must not be configured yet: a neighbour goes first.
func (c *course) gated() bool { return c.underWay() && !c.withheld() && len(awaited(c.order)) > 0 }
