package workorder

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"itms"
)

// interval is how often the device should come into contact: often while it waits
// for its order, or must be seen again soon, else at the operator's pace.
func (w *work) interval(c *course) time.Duration {
	if c.binding == nil || c.wiping() {
		return w.policy.CodePollInterval
	}
	return w.policy.PeriodicInform
}

// arrive records that the device holds what it must. With it a claimed binding
// becomes bound, the service active and the order done.
func (w *work) arrive(c *course) error {
	d := c.device
	task := d.Sync.Task
	d.Sync = itms.Sync{Target: c.target, Applied: c.target, Missing: d.Sync.Missing, Rows: d.Sync.Rows}
	if task != "" {
		if err := w.recovered(d, task); err != nil {
			return err
		}
	}
	switch {
	case c.binding == nil:
		return nil
	case c.wiping():
		return w.wiped(c)
	}
	if err := w.inService(c); err != nil {
		return err
	}
	return w.orderVerified(c)
}

// inService brings device, binding and service to what was verified.
func (w *work) inService(c *course) error {
	d := c.device
	if d.State, d.Problem = itms.DeviceInService, ""; c.service.State == itms.ServiceSuspended {
		d.State = itms.DeviceSuspended
	}
	if d.Sighting.Moved {
		d.Sighting.Moved, d.Sighting.Elsewhere = false, time.Time{} // its service is on its line now, or the next sighting says so again
	}
	if d.Page.Want.State != itms.PageNone && d.Page.Want.State != itms.PageIdle {
		w.turnPage(d, itms.PageView{State: itms.PageDone})
	}
	if c.claimed() {
		if err := w.takeOver(c.binding); err != nil {
			return err
		}
		if err := w.moveBinding(c.binding, itms.BindingBound); err != nil {
			return err
		}
		if err := w.stockState(d, itms.StockInUse); err != nil {
			return err
		}
	}
	svc := c.service
	if svc.AppliedRev == svc.DesiredRev && svc.State != itms.ServiceReserved {
		return nil
	}
	svc.AppliedRev, svc.UpdatedAt = svc.DesiredRev, w.now
	if svc.State == itms.ServiceReserved {
		svc.State = itms.ServiceActive
	}
	return w.tx.Services().Put(svc)
}

// orderUnderWay returns the order of a course while it is under way, else nil.
func (w *work) orderUnderWay(c *course) (*itms.Order, error) {
	if !c.underWay() {
		return nil, nil
	}
	return c.order, nil
}

// orderPushed tells the order that the device took the values.
func (w *work) orderPushed(c *course, count int) error {
	o, err := w.orderUnderWay(c)
	if err != nil || o == nil || o.State != itms.OrderExecuting {
		return err
	}
	return w.move(o, onPushed, fmt.Sprintf("device %s took %d values; reading them back", c.device.ID, count), System)
}

// orderDiffers tells the order that the read-back differed.
func (w *work) orderDiffers(c *course) error {
	o, err := w.orderUnderWay(c)
	if err != nil || o == nil || o.State != itms.OrderVerifying {
		return err
	}
	return w.move(o, onDiffers, "the device does not hold what was written", System)
}

// orderVerified ends the order and lets those it kept waiting go on.
func (w *work) orderVerified(c *course) error {
	o, err := w.orderUnderWay(c)
	if err != nil {
		return err
	}
	if o == nil {
		return w.record("device.insync", itms.Event{Device: c.device.ID, Service: c.service.ID,
			Text: fmt.Sprintf("device %s holds what it must again", c.device.ID)})
	}
	if err := w.move(o, onVerify, "", System); err != nil {
		return err
	}
	return w.releaseHeld(o)
}

// giveUp stops trying for the target and fails the order, if one is under way. The
// device stays claimed: an operator can retry.
func (w *work) giveUp(c *course, reason string) error {
	d := c.device
	d.Sync.Phase, d.Sync.Reason, d.Problem = itms.SyncFailed, reason, reason
	if c.wiping() {
		d.State = itms.DeviceQuarantine
	}
	if d.Page.Want.State == itms.PagePushing {
		w.turnPage(d, itms.PageView{State: itms.PageFailed})
	}
	if err := w.abortTask(d, reason); err != nil {
		return err
	}
	if err := w.record("device.failed", itms.Event{Device: d.ID, Alarm: true, Text: fmt.Sprintf("device %s: %s", d.ID, reason)}); err != nil {
		return err
	}
	o, err := w.orderUnderWay(c)
	if err != nil || o == nil {
		return err
	}
	o.Trouble = cmp.Or(d.Sync.Trouble, itms.TroubleFault)
	return w.fail(o, reason, System)
}

// fail ends an order that did not succeed, until somebody reopens it; others need not
// wait for that.
func (w *work) fail(o *itms.Order, reason, actor string) error {
	if err := w.move(o, onFail, reason, actor); err != nil {
		return err
	}
	return w.releaseHeld(o)
}

// releaseHeld lets held orders try again that waited for the slot or the device of o,
// or for anything else that the terms name.
func (w *work) releaseHeld(o *itms.Order, more ...itms.Term) error {
	terms := append(o.Subjects(), more...)
	if !o.Device.IsZero() {
		d, err := w.device(o.Device)
		if err != nil {
			return err
		}
		terms = append(terms, d.Terms()...)
	}
	return w.releaseWaiting(terms)
}

// releaseWaiting starts the held orders that the terms lead to: by the source's
// sequence, then by arrival.
func (w *work) releaseWaiting(terms []itms.Term) error {
	var held []*itms.Order
	seen := map[string]bool{}
	for _, term := range terms {
		if term = term.Held(); itms.CheckKey("", term.Value) != nil {
			continue
		}
		refs, err := w.tx.Find(term, maxSlotOrders)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if ref.Kind != itms.RefOrder || seen[ref.ID] {
				continue
			}
			seen[ref.ID] = true
			o, err := w.tx.Orders().Get(itms.OrderID(ref.ID))
			if err != nil {
				return err
			}
			if o.State == itms.OrderHeld {
				held = append(held, o)
			}
		}
	}
	return w.startHeld(held)
}

// startHeld starts held orders in their order. Each is read anew: the one before may
// have moved it. One that holds a slot already waits for its device, not for others.
func (w *work) startHeld(held []*itms.Order) error {
	slices.SortFunc(held, func(a, b *itms.Order) int {
		switch {
		case overtook(b, a):
			return -1
		case overtook(a, b):
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	for _, o := range held {
		o, err := w.tx.Orders().Get(o.ID)
		if err != nil {
			return err
		}
		if o.State != itms.OrderHeld || o.Binding != "" {
			continue
		}
		if err := w.start(o, System); err != nil {
			return err
		}
	}
	return nil
}
