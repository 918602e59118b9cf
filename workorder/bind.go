package workorder

import (
	"context"
	"fmt"

	"itms"
)

// Bind ties a device to a waiting order's slot, or to a slot without a device, by an
// operator's hand. With Force the device is first released from whatever holds it.
// Errors: KindNotFound; KindInvalid with pointers; KindConflict with CodeDeviceTaken,
// CodeSlotTaken, CodeOrderState or CodeUnsupported, each with the reason.
func (e *Engine) Bind(ctx context.Context, actor string, id itms.DeviceID, r itms.BindRequest) (*itms.Device, error) {
	if (r.Order == "") == (r.Service == "") {
		return nil, itms.Invalid("/orderNo", "expected one of orderNo and serviceId")
	}
	if r.Force && r.Reason == "" {
		return nil, itms.Invalid("/reason", "is required with force")
	}
	return e.onDevice(ctx, id, func(w *work, d *itms.Device) error {
		if err := w.bind(d, r, actor); err != nil {
			return err
		}
		w.fx.wake = append(w.fx.wake, d.ID)
		return w.putDevice(d)
	})
}

// onDevice runs fn on a device in one transaction and returns the device after it.
func (e *Engine) onDevice(ctx context.Context, id itms.DeviceID, fn func(*work, *itms.Device) error) (*itms.Device, error) {
	var device *itms.Device
	err := e.update(ctx, func(w *work) error {
		d, err := w.device(id)
		if err != nil {
			return err
		}
		device = d
		return fn(w, d)
	})
	if err != nil {
		return nil, err
	}
	return device, nil
}

// bind is Bind within a transaction.
func (w *work) bind(d *itms.Device, r itms.BindRequest, actor string) error {
	b, o, err := w.bindTarget(d, r)
	if err != nil {
		return err
	}
	if err := w.freeDevice(d, b, r, actor); err != nil {
		return err
	}
	if err := w.serves(d, b); err != nil {
		return err
	}
	o.Touched = true
	if !o.State.Final() {
		o.Claim, o.Confirmed, o.Way = claimOf(d), true, itms.ByHand
		if err := w.store(o); err != nil {
			return err
		}
	}
	b.Claim, b.Way = claimOf(d), itms.ByHand
	if err := w.tx.Bindings().Put(b); err != nil {
		return err
	}
	text := fmt.Sprintf("device %s was bound to service %s by %s", d.ID, b.Service, actor)
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	if err := w.record("device.bound", itms.Event{Device: d.ID, Service: b.Service, Order: o.ID, OrderNo: o.No, Actor: actor, Text: text}); err != nil {
		return err
	}
	if d.Wipe != "" {
		return nil // wiped at its next contact, then claimed: the binding names it
	}
	return w.claim(d, b, o, itms.ByHand)
}

// bindTarget finds, or makes, the prebound binding that the device is to claim.
func (w *work) bindTarget(d *itms.Device, r itms.BindRequest) (*itms.Binding, *itms.Order, error) {
	if r.Order != "" {
		o, err := w.tx.Orders().Get(r.Order)
		if err != nil {
			return nil, nil, err
		}
		if o.Binding == "" || !o.State.Waiting() && o.State != itms.OrderHeld {
			return nil, nil, itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s is %s and waits for no device", o.No, o.State)
		}
		b, err := w.tx.Bindings().Get(o.Binding)
		if err == nil && b.State != itms.BindingPrebound {
			err = itms.Errorf(itms.KindConflict, itms.CodeSlotTaken, "service %s has a device: %s", b.Service, bindingDevice(b))
		}
		return b, o, err
	}
	s, err := w.slotOf(r.Service)
	switch {
	case err != nil:
		return nil, nil, err
	case s.service == nil:
		return nil, nil, itms.NotFound("service", string(r.Service))
	case !s.live():
		return nil, nil, itms.Errorf(itms.KindConflict, itms.CodeOrderState, "service %s has ended", r.Service)
	case s.open() != nil:
		return nil, nil, itms.Errorf(itms.KindConflict, itms.CodeSlotTaken, "service %s has a device: %s", r.Service, bindingDevice(s.open()))
	}
	return w.newBinding(d, s.service)
}

// newBinding makes a binding for a slot whose orders are all over.
func (w *work) newBinding(d *itms.Device, svc *itms.Service) (*itms.Binding, *itms.Order, error) {
	o, err := w.tx.Orders().Get(svc.Order)
	if err != nil {
		return nil, nil, err
	}
	svc.Gen++
	svc.UpdatedAt = w.now
	if err := w.tx.Services().Put(svc); err != nil {
		return nil, nil, err
	}
	return &itms.Binding{ID: itms.BindingID(itms.NewID(w.now)), Service: svc.ID, Order: o.ID, Gen: svc.Gen,
		State: itms.BindingPrebound, Claim: claimOf(d), CreatedAt: w.now, UpdatedAt: w.now}, o, nil
}

// freeDevice refuses a device that serves, or is reserved for, another slot; by force
// it is released.
func (w *work) freeDevice(d *itms.Device, target *itms.Binding, r itms.BindRequest, actor string) error {
	held, err := w.inForce(d.ID)
	switch {
	case err != nil:
		return err
	case held != nil && !r.Force:
		return itms.Errorf(itms.KindConflict, itms.CodeDeviceTaken, "device %s serves %s; with force it is released first", d.ID, held.Service)
	case held != nil:
		return w.unbind(held, "taken for service "+string(target.Service)+" by "+actor+": "+r.Reason, actor)
	}
	others, err := w.holders(claimOf(d), target.Service)
	if err != nil || len(others) == 0 {
		return err
	}
	return itms.Errorf(itms.KindConflict, itms.CodeDeviceTaken, "device %s is reserved for service %s; cancel that order first", d.ID, others[0].Service)
}

// Unbind releases a device from its slot by an operator's hand; it is wiped at its
// next contact. The service stays, without a device. Errors: KindNotFound; KindConflict
// with CodeDeviceState when it serves nothing.
func (e *Engine) Unbind(ctx context.Context, actor string, id itms.DeviceID, reason string) (*itms.Device, error) {
	return e.onDevice(ctx, id, func(w *work, d *itms.Device) error {
		b, err := w.inForce(d.ID)
		if err != nil {
			return err
		}
		if b == nil {
			return itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "device %s serves nothing", d.ID)
		}
		text := "unbound by " + actor
		if reason != "" {
			text += ": " + reason
		}
		return w.unbind(b, text, actor)
	})
}

// unbind releases a binding; an order that was working on it has failed.
func (w *work) unbind(b *itms.Binding, text, actor string) error {
	svc, err := w.tx.Services().Get(b.Service)
	if err != nil {
		return err
	}
	o, err := w.orderOf(b, svc)
	if err != nil {
		return err
	}
	if err := w.release(b, ""); err != nil {
		return err
	}
	if err := w.record("device.unbound", itms.Event{Device: b.Device, Service: b.Service, Order: o.ID, OrderNo: o.No, Actor: actor,
		Text: fmt.Sprintf("device %s: %s", b.Device, text)}); err != nil {
		return err
	}
	if !o.State.UnderWay() {
		return nil
	}
	o.Trouble, o.Touched = itms.TroubleOperator, true
	return w.fail(o, text, actor)
}

// Unlock lets a device that was locked after wrong codes try again, and forgives
// earlier locks. Errors: KindNotFound; KindConflict with CodeDeviceState unless it is
// locked.
func (e *Engine) Unlock(ctx context.Context, actor string, id itms.DeviceID) (*itms.Device, error) {
	return e.onDevice(ctx, id, func(w *work, d *itms.Device) error {
		if !d.Guesses.Until.After(w.now) {
			return itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "device %s is not locked", d.ID)
		}
		if err := w.record("device.unlocked", itms.Event{Device: d.ID, Actor: actor, Text: fmt.Sprintf("device %s was unlocked by %s", d.ID, actor)}); err != nil {
			return err
		}
		return w.unlock(d, true)
	})
}

// Force declares an order done that could not be verified, by an operator's word. A
// claimed device counts as bound. Errors: KindNotFound; KindInvalid without a reason;
// KindConflict with CodeOrderState unless the order is under way or failed.
func (e *Engine) Force(ctx context.Context, actor string, id itms.OrderID, reason string) (*itms.Order, error) {
	if reason == "" {
		return nil, itms.Invalid("/reason", "is required")
	}
	return e.onOrder(ctx, id, func(w *work, o *itms.Order) error { return w.force(o, actor, reason) })
}

// force is Force within a transaction.
func (w *work) force(o *itms.Order, actor, reason string) error {
	if !o.State.UnderWay() && o.State != itms.OrderFailed {
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s is %s; only one that is under way or failed can be declared done", o.No, o.State)
	}
	if err := w.stillHeld(o); err != nil {
		return err
	}
	d, err := w.device(o.Device)
	if err != nil {
		return err
	}
	c, err := w.course(d)
	if err != nil {
		return err
	}
	if c != nil && c.binding != nil && !c.wiping() {
		acting, err := w.orderOf(c.binding, c.service)
		if err != nil {
			return err
		}
		if acting.ID == o.ID {
			if err := w.believe(c); err != nil {
				return err
			}
		}
	}
	o.Touched = true
	if err := w.move(o, onForce, fmt.Sprintf("declared done by %s: %s", actor, reason), actor); err != nil {
		return err
	}
	return w.releaseHeld(o)
}

// believe takes an operator's word that a device holds what it must.
func (w *work) believe(c *course) error {
	c.device.Sync = itms.Sync{Target: c.target, Applied: c.target, Rows: c.device.Sync.Rows}
	if err := w.inService(c); err != nil {
		return err
	}
	return w.putDevice(c.device)
}
