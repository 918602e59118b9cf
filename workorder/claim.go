package workorder

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"fmt"

	"itms"
)

// serves returns why the device cannot carry the binding's service, nil if it can.
func (w *work) serves(d *itms.Device, b *itms.Binding) error {
	svc, err := w.tx.Services().Get(b.Service)
	if err != nil {
		return err
	}
	if d.Profile == itms.CableProfile {
		return cableServes(d, svc.Type)
	}
	if d.Profile == "" {
		return itms.Errorf(itms.KindConflict, itms.CodeUnsupported,
			"device %s is in contact, but no profile describes its model (%s %s, software %s); add one", d.ID, d.Manufacturer, d.Model, d.Software)
	}
	if !w.models.Accepts(d.Profile, svc.Type) {
		return itms.Errorf(itms.KindConflict, itms.CodeUnsupported,
			"device %s is in contact, but its profile %s carries no %s service", d.ID, d.Profile, svc.Type)
	}
	return nil
}

// claim ties the device to the slot and lets its order execute.
func (s *situation) claim() error {
	return s.w.claim(s.device, s.open, s.order, cmp.Or(s.order.Way, s.way))
}

// claim is the one way into a binding in force.
func (w *work) claim(d *itms.Device, b *itms.Binding, o *itms.Order, way itms.BindWay) error {
	if err := w.cleanUp(d); err != nil {
		return err
	}
	b.Device, b.Way = d.ID, way
	if err := w.moveBinding(b, itms.BindingClaimed); err != nil {
		return err
	}
	d.State, d.Sync, d.Problem, d.Upgrade = itms.DeviceConfiguring, itms.Sync{}, "", itms.Upgrade{}
	if d.Page.Want.State != itms.PageNone {
		w.turnPage(d, itms.PageView{State: itms.PagePushing})
	}
	if len(d.ConnectionPassword) == 0 {
		d.ConnectionUsername, d.ConnectionPassword = d.ID.String(), w.seal(itms.NewSecret(rand.Text()))
	}
	if o.State.Final() {
		return nil // an operator bound a device again: the order's work was done before
	}
	return w.execute(o, d, b)
}

// execute moves the order of a claim and writes what it carries along.
func (w *work) execute(o *itms.Order, d *itms.Device, b *itms.Binding) error {
	if err := w.useCode(o, d); err != nil {
		return err
	}
	if o.Kind != itms.KindInstall || o.Again {
		svc, err := w.tx.Services().Get(b.Service)
		if err != nil {
			return err
		}
		o.Before = svc.Clone()
		if err := w.applyTo(svc, o); err != nil {
			return err
		}
	}
	o.Device, o.Way = d.ID, b.Way
	if o.State == itms.OrderHeld {
		if err := w.move(o, onAccept, fmt.Sprintf("device %s is allowed now", d.ID), System); err != nil {
			return err
		}
	}
	return w.move(o, onClaim, fmt.Sprintf("device %s is in contact and was claimed", d.ID), System)
}

// cleanUp ends the binding that a device was to be wiped for and could not: the new
// service's values take the place of the old one's.
func (w *work) cleanUp(d *itms.Device) error {
	if d.Wipe == "" {
		return nil
	}
	b, err := w.tx.Bindings().Get(d.Wipe)
	if err != nil {
		return err
	}
	d.Wipe = ""
	if err := w.pushSecretsAgain(d); err != nil {
		return err
	}
	return w.moveBinding(b, itms.BindingReleased)
}

// moveBinding takes a binding along its machine.
func (w *work) moveBinding(b *itms.Binding, to itms.BindingState) error {
	if !mayMove(b.State, to) {
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "binding %s is %s and cannot become %s", b.ID, b.State, to)
	}
	b.State, b.UpdatedAt = to, w.now
	w.place(b.Device)
	return w.tx.Bindings().Put(b)
}

// sameFingerprint compares what must match when it was given: an order without a
// password takes any.
func sameFingerprint(wanted, have string) bool {
	return wanted == "" || subtle.ConstantTimeCompare([]byte(wanted), []byte(have)) == 1
}
