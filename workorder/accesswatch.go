package workorder

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"itms"
)

// AccessPolicy is what the network's access is told; the zero value when nobody listens.
type AccessPolicy struct {
	Notify   bool // sessions are looked at again when what they rest on changes
	BindLine bool // who is seen on another line than that of the service is refused
}

// maxSessionsTold bounds the sessions of one service, or of one MAC, that are looked at
// again: there are one or two.
const maxSessionsTold = 16

// EndAccess asks for the end of a session, by an operator's hand. Errors: KindNotFound;
// KindConflict with CodeSessionState when it is over, CodeUnsupported when no access server
// is told.
func (e *Engine) EndAccess(ctx context.Context, actor string, id itms.AccessSessionID) error {
	return e.update(ctx, func(w *work) error { return w.endAccess(id, actor) })
}

// endAccess is EndAccess within a transaction.
func (w *work) endAccess(id itms.AccessSessionID, actor string) error {
	s, err := w.tx.AccessSessions().Get(id)
	switch {
	case err != nil:
		return err
	case !w.policy.Access.Notify:
		return itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "access servers are not told: radius is off")
	case !s.Active():
		return itms.Errorf(itms.KindConflict, itms.CodeSessionState, "session %s has ended", id)
	}
	return w.addAccess(s, itms.AccessChange{Session: id, Service: s.Service, End: true, Actor: actor})
}

// addAccess queues a change for its session.
func (w *work) addAccess(s *itms.AccessSession, c itms.AccessChange) error {
	return w.tx.Outbox().Add(c.Delivery(s, w.now))
}

// accessWatch remembers what services and bindings were before a transaction wrote them:
// whatever way leads to a change, its sessions are looked at again.
type accessWatch struct {
	services map[itms.ServiceID]*itms.Service // before; nil = there was none
	macs     map[itms.MAC]itms.ServiceID      // of devices that came to serve or ceased to
}

// watch returns tx so that it tells what is written.
func (a *accessWatch) watch(tx itms.Tx) itms.Tx {
	a.services, a.macs = map[itms.ServiceID]*itms.Service{}, map[itms.MAC]itms.ServiceID{}
	return accessTx{tx, a}
}

// accessTx is a transaction whose services and bindings are watched.
type accessTx struct {
	itms.Tx
	watch *accessWatch
}

// Services implements itms.Tx.
func (t accessTx) Services() itms.Services { return accessServices{t.Tx.Services(), t.watch} }

// Bindings implements itms.Tx.
func (t accessTx) Bindings() itms.Bindings { return accessBindings{t.Tx.Bindings(), t.watch} }

type accessServices struct {
	itms.Services
	watch *accessWatch
}

// Put implements itms.Services.
func (s accessServices) Put(svc *itms.Service) error {
	if _, known := s.watch.services[svc.ID]; !known {
		before, err := s.Get(svc.ID)
		if err != nil && !itms.IsKind(err, itms.KindNotFound) && !itms.IsKind(err, itms.KindInvalid) {
			return err
		}
		s.watch.services[svc.ID] = before
	}
	return s.Services.Put(svc)
}

type accessBindings struct {
	itms.Bindings
	watch *accessWatch
}

// Put implements itms.Bindings.
func (s accessBindings) Put(b *itms.Binding) error {
	before, err := s.Get(b.ID)
	if err != nil && !itms.IsKind(err, itms.KindNotFound) {
		return err
	}
	if before == nil || before.State != b.State {
		if mac := b.Claim.Address(); !mac.IsZero() {
			s.watch.macs[mac] = b.Service
		}
	}
	return s.Bindings.Put(b)
}

// tellAccess queues that sessions are looked at again which rest on what was written.
func (w *work) tellAccess(a *accessWatch) error {
	told := map[itms.AccessSessionID]bool{}
	for _, id := range slices.Sorted(maps.Keys(a.services)) {
		svc, err := w.tx.Services().Get(id)
		if err != nil {
			return err
		}
		matters, err := w.accessChanged(a.services[id], svc)
		if err != nil {
			return err
		}
		if matters {
			if err := w.tellSessions(itms.AccessSessionQuery{Service: id}, svc.Order, told); err != nil {
				return err
			}
		}
	}
	for mac, id := range a.macs {
		svc, err := w.tx.Services().Get(id)
		if err != nil {
			return err
		}
		if err := w.tellSessions(itms.AccessSessionQuery{MAC: mac}, svc.Order, told); err != nil {
			return err
		}
	}
	return nil
}

// accessChanged reports whether what a session of the service rests on is another.
func (w *work) accessChanged(before, svc *itms.Service) (bool, error) {
	if before == nil {
		return false, nil
	}
	was, is := &before.Access, &svc.Access
	if before.State != svc.State || before.Package != svc.Package || before.Type != svc.Type || before.Account != svc.Account ||
		was.Type != is.Type || was.Account != is.Account || was.DownKbps != is.DownKbps || was.UpKbps != is.UpKbps ||
		!bytes.Equal(was.Password, is.Password) || before.Line != svc.Line || !maps.Equal(before.Attributes, svc.Attributes) {
		return true, nil
	}
	if svc.State != itms.ServiceSuspended || !svc.Busy {
		return false, nil
	}
	s, err := w.slotOf(svc.ID)
	if err != nil || s.current() == nil {
		return false, err
	}
	state, err := w.stateToBe(s.current(), svc)
	return state != svc.State, err // a resume waits for its device: let it in
}

// tellDevice queues that the sessions of a device, and of the service that it serves, are
// looked at again.
func (w *work) tellDevice(d *itms.Device) error {
	b, err := w.inForce(d.ID)
	if err != nil || !w.policy.Access.Notify {
		return err
	}
	told := map[itms.AccessSessionID]bool{}
	if !d.MAC.IsZero() {
		if err := w.tellSessions(itms.AccessSessionQuery{MAC: d.MAC}, "", told); err != nil {
			return err
		}
	}
	if b == nil {
		return nil
	}
	return w.tellSessions(itms.AccessSessionQuery{Service: b.Service}, b.Order, told)
}

// tellSessions queues that the sessions are looked at again that a query finds.
func (w *work) tellSessions(q itms.AccessSessionQuery, order itms.OrderID, told map[itms.AccessSessionID]bool) error {
	q.Active, q.Limit = true, maxSessionsTold
	sessions, err := w.tx.AccessSessions().List(q)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if told[s.ID] {
			continue
		}
		told[s.ID] = true
		if err := w.addAccess(s, itms.AccessChange{Session: s.ID, Service: s.Service, Order: order}); err != nil {
			return err
		}
	}
	return nil
}
