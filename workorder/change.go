package workorder

import (
	"fmt"
	"maps"

	"itms"
)

// admitChange lets an order change what a service holds. Nothing changes before its
// device is in contact: an order that expires or is cancelled until then leaves no
// trace.
func (w *work) admitChange(o *itms.Order, s *slot) (admission, error) {
	b := s.current()
	if b == nil {
		o.Before = s.service.Clone()
		return admission{onSettle, "", "no device is bound; the change is stored"}, w.applyTo(s.service, o)
	}
	return w.attach(o, s, b)
}

// attach ties the order to the binding it will act through.
func (w *work) attach(o *itms.Order, s *slot, b *itms.Binding) (admission, error) {
	o.Binding, o.Device = b.ID, b.Device
	s.service.Order, s.service.UpdatedAt = o.ID, w.now
	return admission{onAccept, itms.TroubleNeverInformed, fmt.Sprintf("waiting for device %s to come into contact", b.Device)},
		w.tx.Services().Put(s.service)
}

// admitRelocate lets a relocation wait for its box to come from the new place. With
// another device named it is a swap that carries the new line along.
func (w *work) admitRelocate(o *itms.Order, s *slot) (admission, error) {
	b := s.current()
	if b != nil && !o.Claim.IsZero() {
		d, err := w.device(b.Device)
		if err != nil {
			return admission{}, err
		}
		if !o.Claim.Matches(d) {
			return w.admitSwap(o, s)
		}
	}
	verdict, err := w.admitChange(o, s)
	if err != nil || verdict.on != onAccept {
		return verdict, err
	}
	verdict.reason = fmt.Sprintf("waiting for device %s to come into contact from its new place", b.Device)
	if o.Mode == itms.ModeTechnician {
		return verdict, w.issueCode(o) // typing it is another way to say that the box has arrived
	}
	return verdict, nil
}

// admitResume gives a suspended service back.
func (w *work) admitResume(o *itms.Order, s *slot) (admission, error) {
	if s.service.State != itms.ServiceSuspended {
		return admission{onSettle, "", fmt.Sprintf("service %s is not suspended", o.Service)}, nil
	}
	return w.admitChange(o, s)
}

// begin applies an order's change to the service of a device that is in contact.
func (w *work) begin(o *itms.Order, b *itms.Binding) error {
	svc, err := w.tx.Services().Get(b.Service)
	if err != nil {
		return err
	}
	if o.Kind != itms.KindSuspend { // applied when it was admitted
		o.Before = svc.Clone()
		if err := w.applyTo(svc, o); err != nil {
			return err
		}
	}
	o.Device, o.Trouble = b.Device, ""
	return w.move(o, onClaim, fmt.Sprintf("device %s is in contact", b.Device), System)
}

// applyTo writes what the order decides into the service, but for what later orders
// have decided already, and stores it as a new revision.
func (w *work) applyTo(svc *itms.Service, o *itms.Order) error {
	others, err := w.ordersOfSlot(o)
	if err != nil {
		return err
	}
	what := aspects(o) &^ outdated(o, others)
	if o.Restores != "" {
		undone, err := w.tx.Orders().Get(o.Restores)
		if err != nil {
			return err
		}
		if undone.Before != nil {
			restore(svc, undone.Before, what)
		}
	} else {
		overlay(svc, o, what)
	}
	svc.DesiredRev++
	svc.UpdatedAt = w.now
	return w.tx.Services().Put(svc)
}

// overlay writes what an order carries over what a service has; what it does not
// carry stays.
func overlay(svc *itms.Service, o *itms.Order, what aspect) {
	s := &o.Request.Service
	if what&aspectContent != 0 {
		take(&svc.Package, s.Package)
		take(&svc.Account, s.Account)
		take(&svc.AuthURL, s.AuthURL)
		take(&svc.AuthURLBackup, s.AuthURLBackup)
		take(&svc.Access.Type, s.Access.Type)
		take(&svc.Access.Account, s.Access.Account)
		take(&svc.Access.DownKbps, s.Access.DownKbps)
		take(&svc.Access.UpKbps, s.Access.UpKbps)
		if len(o.Request.Attributes) > 0 {
			all := maps.Clone(svc.Attributes)
			if all == nil {
				all = map[string]string{}
			}
			maps.Copy(all, o.Request.Attributes)
			svc.Attributes = all
		}
	}
	if what&aspectSecret != 0 {
		if len(o.ServicePassword) > 0 {
			svc.Password = o.ServicePassword
		}
		if len(o.AccessPassword) > 0 {
			svc.Access.Password = o.AccessPassword
		}
	}
	if what&aspectLine != 0 && o.Request.Line != (itms.Line{}) {
		svc.Line = o.Request.Line
	}
	if what&aspectOwner != 0 {
		svc.Subscriber = o.Request.Subscriber
	}
	if what&aspectState != 0 && o.Kind == itms.KindResume {
		svc.State = itms.ServiceActive
	}
}

// take replaces a value by one that says something.
func take[T comparable](have *T, given T) {
	var nothing T
	if given != nothing {
		*have = given
	}
}

// restore brings aspects of a service back to what they were.
func restore(svc, was *itms.Service, what aspect) {
	if what&aspectContent != 0 {
		password := svc.Access.Password
		svc.Package, svc.Account, svc.AuthURL, svc.AuthURLBackup = was.Package, was.Account, was.AuthURL, was.AuthURLBackup
		svc.Access, svc.Attributes = was.Access, maps.Clone(was.Attributes)
		svc.Access.Password = password
	}
	if what&aspectSecret != 0 {
		svc.Password, svc.Access.Password = was.Password, was.Access.Password
	}
	if what&aspectLine != 0 {
		svc.Line = was.Line
	}
	if what&aspectOwner != 0 {
		svc.Subscriber = was.Subscriber
	}
	if what&aspectState != 0 {
		svc.State = was.State
	}
}
