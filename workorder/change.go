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
	s.service.Order, s.service.Busy, s.service.UpdatedAt = o.ID, true, w.now
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
		return verdict, w.readyCode(o) // typing it is another way to say that the box has arrived
	}
	return verdict, nil
}

// admitResume gives a suspended service back.
func (w *work) admitResume(o *itms.Order, s *slot) (admission, error) {
	if s.service.State != itms.ServiceSuspended && s.service.AppliedRev == s.service.DesiredRev {
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
	others, err := w.rivals(o, svc)
	if err != nil {
		return err
	}
	what := aspects(o) &^ outdated(o, others)
	if o.Restores != "" {
		undone, err := w.tx.Orders().Get(o.Restores)
		if err != nil {
			return err
		}
		restore(svc, undone.Before, aspects(undone)&^outdated(o, others))
	} else if o.Kind == itms.KindInstall {
		fresh := svc.Clone()
		if w.fill(fresh, o); fresh.State == itms.ServiceSuspended {
			fresh.State = itms.ServiceActive
		}
		restore(svc, fresh, what)
	} else {
		overlay(svc, o, what)
	}
	svc.DesiredRev++
	svc.UpdatedAt = w.now
	o.Rev = svc.DesiredRev
	w.placeSlot(svc.ID)
	return w.tx.Services().Put(svc)
}

// fields are the aspects that are copied from one content of a service to another.
var fields = []struct {
	of   aspect
	copy func(to, from *itms.Service)
}{
	{aspectState, func(to, from *itms.Service) { to.State = from.State }},
	{aspectPackage, func(to, from *itms.Service) { to.Package = from.Package }},
	{aspectAccount, func(to, from *itms.Service) { to.Account = from.Account }},
	{aspectAddress, func(to, from *itms.Service) { to.AuthURL = from.AuthURL }},
	{aspectBackup, func(to, from *itms.Service) { to.AuthURLBackup = from.AuthURLBackup }},
	{aspectAccess, func(to, from *itms.Service) {
		key := to.Access.Password
		to.Access = from.Access
		to.Access.Password = key
	}},
	{aspectAttribute, func(to, from *itms.Service) { to.Attributes = maps.Clone(from.Attributes) }},
	{aspectSecret, func(to, from *itms.Service) { to.Password = from.Password }},
	{aspectAccessKey, func(to, from *itms.Service) { to.Access.Password = from.Access.Password }},
	{aspectLine, func(to, from *itms.Service) { to.Line = from.Line }},
	{aspectOwner, func(to, from *itms.Service) { to.Subscriber = from.Subscriber }},
}

// restore brings aspects of a service to those of another content of it.
func restore(svc, from *itms.Service, what aspect) {
	for _, f := range fields {
		if what&f.of != 0 {
			f.copy(svc, from)
		}
	}
}

// overlay writes what an order carries over what a service has; what it does not
// carry stays.
func overlay(svc *itms.Service, o *itms.Order, what aspect) {
	restore(svc, carriedContent(svc, o), what&(carried(o)|aspectOwner|aspectState))
}

// carriedContent is the service as the order would have it; what it says nothing of
// is of no account.
func carriedContent(svc *itms.Service, o *itms.Order) *itms.Service {
	s := &o.Request.Service
	c := &itms.Service{State: svc.State, Package: s.Package, Account: s.Account, AuthURL: s.AuthURL, AuthURLBackup: s.AuthURLBackup,
		Access: svc.Access, Password: o.ServicePassword, Attributes: maps.Clone(svc.Attributes), Line: o.Request.Line, Subscriber: o.Request.Subscriber}
	take(&c.Access.Type, s.Access.Type)
	take(&c.Access.Account, s.Access.Account)
	take(&c.Access.DownKbps, s.Access.DownKbps)
	take(&c.Access.UpKbps, s.Access.UpKbps)
	c.Access.Password = o.AccessPassword
	if c.Attributes == nil {
		c.Attributes = map[string]string{}
	}
	maps.Copy(c.Attributes, o.Request.Attributes)
	if o.Kind == itms.KindResume {
		c.State = itms.ServiceActive
	}
	return c
}

// take replaces a value by one that says something.
func take[T comparable](have *T, given T) {
	var nothing T
	if given != nothing {
		*have = given
	}
}
