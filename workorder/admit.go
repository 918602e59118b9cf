package workorder

import (
	"fmt"

	"itms"
)

// admit decides, when an order arrives or is let go, whether it may run.
func (w *work) admit(o *itms.Order) (admission, error) {
	if verdict, err := w.mustWait(o); err != nil || verdict != nil {
		return deref(verdict), err
	}
	s, verdict, err := w.resolve(o)
	if err != nil {
		return admission{}, err
	}
	if verdict != nil {
		return *verdict, nil
	}
	others, err := w.rivals(o, s.service)
	if err != nil {
		return admission{}, err
	}
	if decided := outdated(o, others); decided != 0 && aspects(o)&^decided == 0 {
		return admission{onSupersede, "", "a later order of the same service has been carried out already"}, nil
	}
	if o.Kind == itms.KindTerminate && livesOn(o, others) {
		return admission{onSupersede, "", "later orders of the same service show that it lives on"}, nil
	}
	if o.Kind == itms.KindTerminate && s.live() {
		if s, err = w.supersedeAll(o, s, others); err != nil {
			return admission{}, err
		}
		if !s.live() {
			return admission{onSettle, "", "nothing was installed yet"}, nil
		}
	}
	if first := blocker(o, s, others); first != nil {
		return admission{onHold, itms.TroubleOrderFirst,
			fmt.Sprintf("waits for order %s of the same service, which is %s", first.No, first.State)}, nil
	}
	if o.Kind != itms.KindInstall && !s.live() {
		return admission{onHold, itms.TroubleNoService, noServiceText(o)}, nil
	}
	return recipes[o.Kind].admit(w, o, s)
}

// misfit is the verdict on an order that does not fit what its slot holds: what it
// builds on may still be on its way when its source numbers its orders, else it never
// will fit.
func misfit(o *itms.Order, trouble itms.Trouble, format string, args ...any) admission {
	on := onReject
	if o.Seq > 0 {
		on = onHold
	}
	return admission{on, trouble, fmt.Sprintf(format, args...)}
}

// supersedeAll ends what a terminate makes moot, and reads the slot anew.
func (w *work) supersedeAll(o *itms.Order, s *slot, others []*itms.Order) (*slot, error) {
	for _, other := range others {
		if !moot(other) || overtook(other, o) {
			continue
		}
		if err := w.withdraw(other); err != nil {
			return nil, err
		}
		reason := fmt.Sprintf("order %s terminates the service", o.No)
		if err := w.move(other, onSupersede, reason, System); err != nil {
			return nil, err
		}
	}
	return w.slotOf(o.Service)
}

// start asks whether the order may run and moves it.
func (w *work) start(o *itms.Order, actor string) error {
	verdict, err := w.admit(o)
	if err != nil {
		return err
	}
	o.Trouble = verdict.trouble
	if o.State == itms.OrderHeld && verdict.on == onHold {
		o.Reason = verdict.reason
		return w.store(o)
	}
	if err := w.move(o, verdict.on, verdict.reason, actor); err != nil {
		return err
	}
	if err := w.noteSeq(o); err != nil {
		return err
	}
	if o.State.Final() {
		if err := w.takeIn(); err != nil {
			return err
		}
		return w.releaseHeld(o)
	}
	if !o.State.Waiting() || o.Kind == itms.KindRelocate {
		return nil // a relocated box must come by itself, from its new place
	}
	return w.wakeOrdered(o)
}

// wakeOrdered asks every known device that the order is about to come into contact.
func (w *work) wakeOrdered(o *itms.Order) error {
	if !o.Device.IsZero() {
		w.fx.wake = append(w.fx.wake, o.Device)
	}
	devices, err := w.devicesNamed(o.Claim)
	for _, d := range devices {
		w.fx.wake = append(w.fx.wake, d.ID)
	}
	return err
}

// available says why a device that an order names may not serve the slot now, nil
// when it may: it must be free, known to the warehouse if the operator wants that,
// and not waiting for somebody's decision (I2: never a silent steal).
func (w *work) available(claim itms.DeviceClaim, slot itms.ServiceID) (*admission, error) {
	holders, err := w.holders(claim, slot)
	if err != nil {
		return nil, err
	}
	if len(holders) > 0 {
		return &admission{onHold, itms.TroubleInUse,
			fmt.Sprintf("the device (%s) is in use by service %s", claimText(claim), holders[0].Service)}, nil
	}
	devices, err := w.devicesNamed(claim)
	if err != nil {
		return nil, err
	}
	for _, d := range devices {
		verdict, err := w.deviceAvailable(d, slot)
		if err != nil || verdict != nil {
			return verdict, err
		}
	}
	return w.inStock(claim, devices)
}

// deviceAvailable is available for a device that was in contact.
func (w *work) deviceAvailable(d *itms.Device, slot itms.ServiceID) (*admission, error) {
	if d.Blocked {
		return &admission{onHold, itms.TroubleConflict, fmt.Sprintf("device %s is blocked", d.ID)}, nil
	}
	b, err := w.inForce(d.ID)
	if err != nil || b == nil || b.Service == slot {
		return nil, err
	}
	return &admission{onHold, itms.TroubleInUse, fmt.Sprintf("device %s is in use by service %s", d.ID, b.Service)}, nil
}

// inStock asks the warehouse about a named device.
func (w *work) inStock(claim itms.DeviceClaim, known []*itms.Device) (*admission, error) {
	mac := claim.Address()
	if mac.IsZero() {
		return nil, nil
	}
	item, err := w.tx.Stock().Get(mac)
	switch {
	case itms.IsKind(err, itms.KindNotFound) && w.policy.RequireStock:
		return &admission{onHold, itms.TroubleNotInStock, fmt.Sprintf("the warehouse does not know the device (%s)", claimText(claim))}, nil
	case itms.IsKind(err, itms.KindNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if why := unfit(item, known); why != "" {
		return &admission{onHold, itms.TroubleNotInStock, fmt.Sprintf("the device (%s) %s", claimText(claim), why)}, nil
	}
	return nil, nil
}

// unfit says why the warehouse's word keeps a box from serving, "" when it does not.
// A box that came back must have been wiped by this system, or put in stock again by
// the warehouse: a factory reset keeps the credentials of some models.
func unfit(item *itms.StockItem, known []*itms.Device) string {
	switch item.State {
	case itms.StockBlocked:
		return "is blocked in the warehouse"
	case itms.StockReturned:
		for _, d := range known {
			if d.State == itms.DeviceRecycled || d.Wipe != "" {
				return "" // wiped, or will be before anything else is written
			}
		}
		return "came back from a customer and was not recycled"
	}
	return ""
}
