package workorder

import (
	"fmt"

	"itms"
)

// admitSuspend withdraws a service from its device, for a time. It holds from now on
// whether the device is in contact or not.
func (w *work) admitSuspend(o *itms.Order, s *slot) (admission, error) {
	svc := s.service
	if svc.State == itms.ServiceSuspended && svc.AppliedRev == svc.DesiredRev {
		return admission{onSettle, "", fmt.Sprintf("service %s is suspended already", o.Service)}, nil
	}
	o.Before = svc.Clone()
	svc.State = itms.ServiceSuspended
	svc.DesiredRev++
	o.Rev = svc.DesiredRev
	b := s.current()
	if b == nil {
		svc.Order, svc.UpdatedAt = o.ID, w.now
		return admission{onSettle, "", "no device is bound"}, w.tx.Services().Put(svc)
	}
	return w.attach(o, s, b)
}

// admitTerminate ends a service. Its device is released at once; the order is done
// when the device was wiped, or was not seen within the time for verification.
func (w *work) admitTerminate(o *itms.Order, s *slot) (admission, error) {
	o.Before = s.service.Clone()
	b := s.current()
	for _, each := range []*itms.Binding{s.prebound, s.claimed, s.bound} {
		if each == nil {
			continue
		}
		if err := w.release(each, o.ID); err != nil {
			return admission{}, err
		}
	}
	svc := s.service
	svc.State, svc.Order, svc.UpdatedAt = itms.ServiceTerminated, o.ID, w.now
	svc.DesiredRev++
	if err := w.tx.Services().Put(svc); err != nil {
		return admission{}, err
	}
	if b == nil {
		return admission{onSettle, "", "no device was bound"}, nil
	}
	o.Binding, o.Device = b.ID, b.Device
	return admission{onAccept, itms.TroubleNeverInformed, fmt.Sprintf("the service has ended; waiting for device %s to be wiped", b.Device)}, nil
}

// release ends a binding on behalf of an order (none: an operator). A device that may
// hold credentials is to be wiped before it serves anybody else.
func (w *work) release(b *itms.Binding, by itms.OrderID) error {
	if b.State == itms.BindingPrebound {
		b.ReleasedBy = by
		return w.moveBinding(b, itms.BindingReleased)
	}
	b.ReleasedBy = by
	if err := w.moveBinding(b, itms.BindingReleasing); err != nil {
		return err
	}
	d, err := w.device(b.Device)
	if err != nil {
		return err
	}
	d.Wipe, d.State, d.Problem = b.ID, itms.DeviceWipePending, ""
	d.Sync = itms.Sync{Rows: d.Sync.Rows, Task: d.Sync.Task}
	if err := w.abortTask(d, "the device was released"); err != nil {
		return err
	}
	w.turnPage(d, itms.PageView{State: itms.PageAsk})
	w.fx.wake = append(w.fx.wake, d.ID)
	if err := w.stockState(d, itms.StockReturned); err != nil {
		return err
	}
	return w.putDevice(d)
}

// withdraws reports whether a kind takes a service away: that holds whether its
// device is in contact or not.
func withdraws(k itms.OrderKind) bool { return k == itms.KindSuspend || k == itms.KindTerminate }

// lapse ends the wait of a withdrawal for its device: the service is withdrawn all
// the same, and the device learns of it whenever it comes.
func (w *work) lapse(o *itms.Order) error {
	reason := fmt.Sprintf("device %s was not seen, or not verified, within %s; its credentials are overwritten at its next contact",
		o.Device, w.policy.VerifyTimeout)
	if err := w.move(o, onSettle, reason, System); err != nil {
		return err
	}
	return w.releaseHeld(o)
}

// settleWiped ends a terminate that had failed and whose device was wiped all the same.
func (w *work) settleWiped(o *itms.Order) error {
	if err := w.move(o, onSettle, fmt.Sprintf("device %s was wiped later", o.Device), System); err != nil {
		return err
	}
	return w.releaseHeld(o)
}

// wiped records that a released device holds no credentials of its service any more.
func (w *work) wiped(c *course) error {
	d := c.device
	if err := w.moveBinding(c.binding, itms.BindingReleased); err != nil {
		return err
	}
	d.Wipe, d.State, d.Problem, d.Sync = "", itms.DeviceRecycled, "", itms.Sync{}
	if err := w.record("device.wiped", itms.Event{Device: d.ID, Service: c.service.ID,
		Text: fmt.Sprintf("device %s holds no credentials of service %s any more", d.ID, c.service.ID)}); err != nil {
		return err
	}
	if c.order != nil && c.order.State == itms.OrderFailed {
		return w.settleWiped(c.order)
	}
	o, err := w.orderUnderWay(c)
	if err != nil {
		return err
	}
	if o == nil {
		return w.releaseWaiting(d.Terms())
	}
	if err := w.move(o, onVerify, "", System); err != nil {
		return err
	}
	return w.releaseHeld(o, d.Terms()...)
}
