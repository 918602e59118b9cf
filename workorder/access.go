package workorder

import (
	"context"
	"fmt"

	"itms"
)

// Access says what the orders say to who wants to come onto the network. The caller is
// somebody's when a service has the account, or when the device with the MAC serves one or
// is named by an order that is being carried out: a new box must get onto the network to
// become a known one. The password is not checked here.
func (e *Engine) Access(ctx context.Context, r itms.AccessRequest) (*itms.AccessStanding, error) {
	var standing *itms.AccessStanding
	err := e.view(ctx, func(w *work) (err error) {
		standing, err = w.access(r)
		return err
	})
	return standing, err
}

// access is Access within a transaction.
func (w *work) access(r itms.AccessRequest) (*itms.AccessStanding, error) {
	svc, b, err := w.accessService(r)
	if err != nil {
		return nil, err
	}
	st := &itms.AccessStanding{Service: svc, Refusal: itms.RefusedUnknown}
	if st.Device, err = w.accessDevice(r, b); err != nil {
		return nil, err
	}
	if svc != nil {
		if st.Refusal, err = w.accessState(svc, b); err != nil {
			return nil, err
		}
		if r.Account != "" && len(svc.Access.Password) > 0 {
			clear, err := w.vault.Unseal(svc.Access.Password)
			if err != nil {
				return nil, fmt.Errorf("open the access password of service %s: %w", svc.ID, err)
			}
			st.Password = itms.NewSecret(clear)
		}
	}
	switch {
	case st.Device != nil && st.Device.Blocked:
		st.Refusal = itms.RefusedBlocked
	case st.Refusal == itms.RefusedNot && w.policy.Access.BindLine && elsewhere(svc.Line, r.Line):
		st.Refusal = itms.RefusedLine
	}
	return st, nil
}

// elsewhere reports whether both lines are known and not the same.
func elsewhere(have, seen itms.Line) bool {
	return have.Key() != "" && seen.Key() != "" && have.Key() != seen.Key()
}

// accessService finds the service of a caller and the binding that it is served through;
// nil for nobody's.
func (w *work) accessService(r itms.AccessRequest) (*itms.Service, *itms.Binding, error) {
	if r.Account == "" {
		return w.serviceOfMAC(r.MAC)
	}
	services, err := w.servicesNamed(itms.Term{Type: itms.TermAccount, Value: r.Account})
	if err != nil {
		return nil, nil, err
	}
	var svc *itms.Service
	for _, s := range services {
		if s.Access.Account == r.Account && (svc == nil || accessRank(s.State) > accessRank(svc.State)) {
			svc = s
		}
	}
	if svc == nil {
		return nil, nil, nil
	}
	s, err := w.slotOf(svc.ID)
	if err != nil {
		return nil, nil, err
	}
	return svc, s.current(), nil
}

// accessRank orders services that have one account: what works counts most.
func accessRank(s itms.ServiceState) int {
	switch s {
	case itms.ServiceActive:
		return 3
	case itms.ServiceReserved:
		return 2
	case itms.ServiceSuspended:
		return 1
	}
	return 0
}

// serviceOfMAC finds the service that a device serves, else the one of the order that
// names it.
func (w *work) serviceOfMAC(mac itms.MAC) (*itms.Service, *itms.Binding, error) {
	devices, err := w.devicesNamed(itms.DeviceClaim{MAC: mac})
	if err != nil {
		return nil, nil, err
	}
	for _, d := range devices {
		b, err := w.inForce(d.ID)
		if err != nil {
			return nil, nil, err
		}
		if b != nil {
			svc, err := w.tx.Services().Get(b.Service)
			return svc, b, err
		}
	}
	named, err := w.holders(itms.DeviceClaim{MAC: mac}, "")
	if err != nil || len(named) == 0 {
		return nil, nil, err
	}
	svc, err := w.tx.Services().Get(named[0].Service)
	return svc, named[0], err
}

// accessDevice is the device that a caller is, or comes through; nil when not known.
func (w *work) accessDevice(r itms.AccessRequest, b *itms.Binding) (*itms.Device, error) {
	if b != nil && !b.Device.IsZero() {
		return w.device(b.Device)
	}
	if r.MAC.IsZero() {
		return nil, nil
	}
	devices, err := w.devicesNamed(itms.DeviceClaim{MAC: r.MAC})
	if err != nil || len(devices) == 0 {
		return nil, err
	}
	return devices[0], nil
}

// accessState says whether a service lets its caller in. A resume that waits for its device
// counts as carried out: a device that is kept out never comes into contact.
func (w *work) accessState(svc *itms.Service, b *itms.Binding) (itms.AccessRefusal, error) {
	state := svc.State
	if b != nil {
		var err error
		if state, err = w.stateToBe(b, svc); err != nil {
			return "", err
		}
	}
	switch {
	case state == itms.ServiceSuspended:
		return itms.RefusedSuspended, nil
	case state == itms.ServiceTerminated:
		return itms.RefusedTerminated, nil
	case state == itms.ServiceReserved && !svc.Busy:
		return itms.RefusedNotOrdered, nil
	}
	return itms.RefusedNot, nil
}
