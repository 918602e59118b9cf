package workorder

import (
	"fmt"

	"itms"
)

// admitInstall decides whether an install may start. It waits for its device to be
// free (I2); it is refused when the slot has a device already. Accepted, it leaves a
// reserved service and a prebound binding of a new generation behind.
func (w *work) admitInstall(o *itms.Order, s *slot) (admission, error) {
	if b := s.open(); b != nil {
		others, err := w.rivals(o, s.service)
		if err != nil {
			return admission{}, err
		}
		if b == s.current() && livesOn(o, others) {
			return w.admitAgain(o, s, outdated(o, others))
		}
		return misfit(o, itms.TroubleInUse, "service %s is already installed on %s; expected a swap, modify or terminate order",
			o.Service, bindingDevice(b)), nil
	}
	verdict, err := w.available(o.Claim, o.Service)
	if err != nil || verdict != nil {
		return deref(verdict), err
	}
	if verdict, err = w.loidFree(o); err != nil || verdict != nil {
		return deref(verdict), err
	}
	svc := s.service
	if svc == nil {
		svc = &itms.Service{ID: o.Service, CreatedAt: w.now}
	} else {
		o.Before = svc.Clone()
	}
	w.fill(svc, o)
	svc.State = itms.ServiceReserved
	return w.reserve(o, svc)
}

// admitAgain admits an install whose service later orders have acted on already: its
// content, and its device unless a later order decided that, take the place of the
// former ones.
func (w *work) admitAgain(o *itms.Order, s *slot, decided aspect) (admission, error) {
	o.Again = true
	d, err := w.device(s.current().Device)
	if err != nil {
		return admission{}, err
	}
	if decided&aspectDevice != 0 || !o.Claim.IsZero() && o.Claim.Matches(d) {
		return w.admitChange(o, s)
	}
	verdict, err := w.available(o.Claim, o.Service)
	if err != nil || verdict != nil {
		return deref(verdict), err
	}
	return w.reserve(o, s.service)
}

// deref is the verdict, or the empty one beside an error.
func deref(v *admission) admission {
	if v == nil {
		return admission{}
	}
	return *v
}

// loidFree holds an install whose logical id another open order uses.
func (w *work) loidFree(o *itms.Order) (*admission, error) {
	known, err := w.loidKnown(o.LOID)
	if err != nil || !known {
		return nil, err
	}
	return &admission{onHold, itms.TroubleInUse, fmt.Sprintf("the LOID %s is in use by another service", o.LOID)}, nil
}

// bindingDevice shows what a binding holds.
func bindingDevice(b *itms.Binding) string {
	switch {
	case !b.Device.IsZero():
		return b.Device.String()
	case b.Claim.IsZero():
		return "a device to be named"
	}
	return claimText(b.Claim)
}

// fill writes the whole ordered content into the slot.
func (w *work) fill(svc *itms.Service, o *itms.Order) {
	s := o.Request.Service
	svc.Type, svc.Package, svc.Account, svc.Password = s.Type, s.Package, s.Account, o.ServicePassword
	svc.AuthURL, svc.AuthURLBackup = s.AuthURL, s.AuthURLBackup
	svc.Access = itms.Access{Type: s.Access.Type, Account: s.Access.Account, Password: o.AccessPassword,
		DownKbps: s.Access.DownKbps, UpKbps: s.Access.UpKbps}
	svc.Subscriber, svc.Line, svc.Attributes = o.Request.Subscriber, o.Request.Line, copyAttributes(o.Request.Attributes)
	svc.UpdatedAt = w.now
	svc.DesiredRev++
}

// reserve makes the prebound binding of a new generation, through which the order's
// device will claim the slot, and says what is awaited.
func (w *work) reserve(o *itms.Order, svc *itms.Service) (admission, error) {
	svc.Gen++
	svc.Order, svc.Busy, svc.UpdatedAt = o.ID, true, w.now
	if err := w.tx.Services().Put(svc); err != nil {
		return admission{}, err
	}
	b := &itms.Binding{ID: itms.BindingID(itms.NewID(w.now)), Service: svc.ID, Order: o.ID, Gen: svc.Gen,
		State: itms.BindingPrebound, Claim: o.Claim, LOID: w.loidName(o.LOID), CreatedAt: w.now, UpdatedAt: w.now}
	if err := w.tx.Bindings().Put(b); err != nil {
		return admission{}, err
	}
	o.Binding = b.ID
	if o.Mode == itms.ModeTechnician {
		if err := w.readyCode(o); err != nil {
			return admission{}, err
		}
	}
	return w.awaited(o), nil
}

// awaited says what a reserved order waits for: a device to be named, a code to be
// typed, or the device's contact.
func (w *work) awaited(o *itms.Order) admission {
	switch {
	case !o.Claim.IsZero() && w.confirmed(o):
		return admission{onAccept, itms.TroubleNeverInformed, fmt.Sprintf("waiting for the device (%s) to come into contact", claimText(o.Claim))}
	case !o.Claim.IsZero():
		return admission{onNeedCode, itms.TroubleNeedsCode, fmt.Sprintf("waiting for the activation code to be typed on the device (%s), or sent from a phone", claimText(o.Claim))}
	case o.LOID != "":
		return admission{onAccept, itms.TroubleNeedsCode, fmt.Sprintf("waiting for a gateway to register with LOID %s", o.LOID)}
	}
	return admission{onNeedSTB, itms.TroubleNeedsSTB, "waiting for a device to be named, or for the activation code to be typed on one"}
}

// confirmed reports whether the named device may claim by its contact alone.
func (w *work) confirmed(o *itms.Order) bool {
	return o.Mode == itms.ModeSelf || o.Confirmed || !w.policy.CodeAlways
}
