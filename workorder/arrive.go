package workorder

import (
	"fmt"
	"time"

	"itms"
)

// interval is how often the device should come into contact: often while it waits
// for its order, else at the operator's pace.
func (w *work) interval(c *course) time.Duration {
	if c.binding == nil {
		return w.policy.CodePollInterval
	}
	return w.policy.PeriodicInform
}

// arrive records that the device holds what it must. With it a claimed binding
// becomes bound, the service active and the order done.
func (w *work) arrive(c *course) error {
	d := c.device
	d.Sync = itms.Sync{Target: c.target, Applied: c.target, Missing: d.Sync.Missing, Rows: d.Sync.Rows}
	if c.binding == nil {
		return nil
	}
	d.State, d.Problem = itms.DeviceInService, ""
	if c.binding.State == itms.BindingClaimed {
		if err := w.moveBinding(c.binding, itms.BindingBound, d.ID); err != nil {
			return err
		}
	}
	if c.service.AppliedRev != c.service.DesiredRev || c.service.State == itms.ServiceReserved {
		c.service.AppliedRev, c.service.State, c.service.UpdatedAt = c.service.DesiredRev, itms.ServiceActive, w.now
		if err := w.tx.Services().Put(c.service); err != nil {
			return err
		}
	}
	return w.orderVerified(c)
}

// orderUnderWay returns the order of a course's binding while it is under way, else nil.
func (w *work) orderUnderWay(c *course) (*itms.Order, error) {
	if c.binding == nil {
		return nil, nil
	}
	o, err := w.tx.Orders().Get(c.binding.Order)
	if err != nil || o.State != itms.OrderExecuting && o.State != itms.OrderVerifying {
		return nil, err
	}
	return o, nil
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
	if err := w.record("device.failed", itms.Event{Device: d.ID, Text: fmt.Sprintf("device %s: %s", d.ID, reason)}); err != nil {
		return err
	}
	o, err := w.orderUnderWay(c)
	if err != nil || o == nil {
		return err
	}
	return w.move(o, onFail, reason, System)
}

// releaseHeld lets held orders that share the slot or the device of o try again, in
// order of arrival.
func (w *work) releaseHeld(o *itms.Order) error {
	terms := append(o.Claim.Terms(), itms.Term{Type: itms.TermService, Value: string(o.Service)})
	held := map[itms.OrderID]*itms.Order{}
	var ids []itms.OrderID
	for _, term := range terms {
		refs, err := w.tx.Find(term, maxSlotOrders)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			id := itms.OrderID(ref.ID)
			if ref.Kind != itms.RefOrder || held[id] != nil {
				continue
			}
			other, err := w.tx.Orders().Get(id)
			if err != nil {
				return err
			}
			if other.State == itms.OrderHeld {
				held[id] = other
				ids = append(ids, id)
			}
		}
	}
	return w.startHeld(held, ids)
}
