package workorder

import (
	"fmt"
	"slices"
	"strings"

	"itms"
)

// slot is what an order is about: a service and the bindings that matter to it.
type slot struct {
	service  *itms.Service // nil when there is none
	prebound *itms.Binding
	claimed  *itms.Binding
	bound    *itms.Binding
}

// live reports whether there is a service that orders can act on.
func (s *slot) live() bool { return s.service != nil && s.service.State != itms.ServiceTerminated }

// current is the binding that serves, or is about to: bound, else claimed.
func (s *slot) current() *itms.Binding {
	if s.bound != nil {
		return s.bound
	}
	return s.claimed
}

// open is any binding that matters, nil when there is none.
func (s *slot) open() *itms.Binding {
	if b := s.current(); b != nil {
		return b
	}
	return s.prebound
}

// slotOf reads a slot; one that never was is empty.
func (w *work) slotOf(id itms.ServiceID) (*slot, error) {
	s := &slot{}
	if id == "" {
		return s, nil
	}
	svc, err := w.tx.Services().Get(id)
	switch {
	case err == nil:
		s.service = svc
	case !itms.IsKind(err, itms.KindNotFound):
		return nil, err
	}
	bindings, err := w.tx.Bindings().OfService(id)
	if err != nil {
		return nil, err
	}
	for _, b := range bindings {
		switch b.State {
		case itms.BindingPrebound:
			s.prebound = b
		case itms.BindingClaimed:
			s.claimed = b
		case itms.BindingBound:
			s.bound = b
		}
	}
	return s, nil
}

// resolve finds the service that an order means, and notes it in the order. A
// verdict is returned when it cannot be told yet, or ever.
func (w *work) resolve(o *itms.Order) (*slot, *admission, error) {
	if o.Service == "" {
		id, verdict, err := w.meant(o)
		if err != nil || verdict != nil {
			return nil, verdict, err
		}
		o.Service = id
	}
	s, err := w.slotOf(o.Service)
	if err != nil {
		return nil, nil, err
	}
	if s.service != nil && o.Area == "" {
		o.Area = s.service.Line.Area
	}
	return s, nil, nil
}

// meant finds the service of an order that does not number it: by the device that
// serves it, else by its subscriber.
func (w *work) meant(o *itms.Order) (itms.ServiceID, *admission, error) {
	claims := []itms.DeviceClaim{o.OldDevice}
	if o.Kind != itms.KindSwap {
		claims = append(claims, o.Claim)
	}
	for _, claim := range claims {
		found, err := w.servedBy(claim)
		if err != nil || found != "" {
			return found, nil, err
		}
	}
	if o.Subscriber == "" || o.Kind == itms.KindTransfer { // there it is the new owner
		return "", &admission{onHold, itms.TroubleNoService, noServiceText(o)}, nil
	}
	return w.servedTo(o)
}

// noServiceText says what was looked for in vain.
func noServiceText(o *itms.Order) string {
	switch {
	case o.Service != "":
		return fmt.Sprintf("waits for service %s: it is not there (yet)", o.Service)
	case !o.OldDevice.IsZero():
		return fmt.Sprintf("waits for a service on the device (%s): none is there (yet)", claimText(o.OldDevice))
	case o.Subscriber != "" && o.Kind != itms.KindTransfer:
		return fmt.Sprintf("waits for a service of subscriber %s: there is none (yet)", o.Subscriber)
	}
	return fmt.Sprintf("waits for a service on the device (%s): none is there (yet)", claimText(o.Claim))
}

// servedBy finds the service of the device that a claim names, by its open binding
// or by what the device reported; "" when it serves nothing.
func (w *work) servedBy(claim itms.DeviceClaim) (itms.ServiceID, error) {
	holders, err := w.holders(claim, "")
	if err != nil {
		return "", err
	}
	if len(holders) > 0 {
		return holders[0].Service, nil
	}
	devices, err := w.devicesNamed(claim)
	if err != nil {
		return "", err
	}
	for _, d := range devices {
		b, err := w.inForce(d.ID)
		if err != nil {
			return "", err
		}
		if b != nil {
			return b.Service, nil
		}
	}
	return "", nil
}

// servedTo finds the only service of a subscriber, of the type that the order tells
// when it tells one.
func (w *work) servedTo(o *itms.Order) (itms.ServiceID, *admission, error) {
	services, err := w.servicesNamed(itms.Term{Type: itms.TermSubscriber, Value: o.Subscriber})
	if err != nil {
		return "", nil, err
	}
	var found []string
	for _, svc := range services {
		if t := o.Request.Service.Type; svc.State != itms.ServiceTerminated && (t == "" || t == svc.Type) {
			found = append(found, string(svc.ID))
		}
	}
	switch len(found) {
	case 0:
		return "", &admission{onHold, itms.TroubleNoService, noServiceText(o)}, nil
	case 1:
		return itms.ServiceID(found[0]), nil, nil
	}
	return "", &admission{onReject, itms.TroubleNoService, fmt.Sprintf("subscriber %s has %d services (%s): the order must say which, by service.id",
		o.Subscriber, len(found), strings.Join(found, ", "))}, nil
}

// rivals lists the other orders that matter to o: those of its slot that are not over,
// and, when the source numbered later ones that have run, those too.
func (w *work) rivals(o *itms.Order, svc *itms.Service) ([]*itms.Order, error) {
	if o.Service == "" {
		return nil, nil
	}
	term := itms.Term{Type: itms.TermOpen, Value: string(o.Service)}
	if svc != nil && o.Seq > 0 && svc.Seqs[o.Source] > o.Seq {
		term.Type = itms.TermService
	}
	found, err := w.ordersNamed(term)
	return slices.DeleteFunc(found, func(other *itms.Order) bool { return other.ID == o.ID }), err
}

// noteSeq remembers the highest sequence number that acted on a slot.
func (w *work) noteSeq(o *itms.Order) error {
	if o.Seq == 0 || !ran(o) || o.Service == "" {
		return nil
	}
	svc, err := w.tx.Services().Get(o.Service)
	if err != nil || svc.Seqs[o.Source] >= o.Seq {
		return err
	}
	if svc.Seqs == nil {
		svc.Seqs = map[string]int64{}
	}
	svc.Seqs[o.Source] = o.Seq
	return w.tx.Services().Put(svc)
}

// overtook reports whether the source numbered other behind o: other is newer,
// whichever arrived first.
func overtook(other, o *itms.Order) bool {
	return other.Source == o.Source && other.Seq > 0 && o.Seq > 0 && other.Seq > o.Seq
}

// ran reports whether an order acted on its slot, or is about to.
func ran(o *itms.Order) bool {
	return o.State.Waiting() || o.State.UnderWay() || o.State == itms.OrderDone || o.State == itms.OrderFailed
}

// decides reports whether an order has acted on its slot for good: one that waits for
// its device may still be cancelled, unless it takes the service away at once.
func decides(o *itms.Order) bool {
	return o.State.UnderWay() || o.State == itms.OrderDone || o.State.Waiting() && withdraws(o.Kind)
}

// outdated is what of the order later ones have decided already.
func outdated(o *itms.Order, others []*itms.Order) (decided aspect) {
	for _, other := range others {
		if overtook(other, o) && decides(other) {
			decided |= aspects(other)
		}
	}
	return decided
}

// livesOn reports whether orders behind o have run on its slot: a terminate that
// arrives now was followed by an install.
func livesOn(o *itms.Order, others []*itms.Order) bool {
	return slices.ContainsFunc(others, func(other *itms.Order) bool { return overtook(other, o) && ran(other) })
}

// goesFirst reports whether other keeps o waiting (I7): it is not over, and it runs
// already or goes before by the source's sequence, else by arrival. What is stored
// arrived before what is just received.
func goesFirst(other, o *itms.Order) bool {
	switch {
	case other.State.Final(), heldWithin(other, o):
		return false
	case other.State == itms.OrderFailed:
		return other.Kind == itms.KindInstall || other.Kind == itms.KindSwap && aspects(o)&aspectDevice != 0 // its device holds the slot
	case other.State != itms.OrderHeld && other.State != itms.OrderReceived:
		return true
	case overtook(other, o):
		return false
	case overtook(o, other):
		return true
	}
	return o.State == itms.OrderReceived || other.ID < o.ID
}

// heldWithin reports whether other waits for orders of the very service order that o
// belongs to: their relations say who goes first, and o may be what it waits for.
func heldWithin(other, o *itms.Order) bool {
	return other.State == itms.OrderHeld && len(other.After) > 0 && other.ServiceOrder == o.ServiceOrder
}

// blocker returns the order of the slot that o must wait for, nil when there is
// none. Held orders that themselves wait for a service block no install.
func blocker(o *itms.Order, s *slot, others []*itms.Order) *itms.Order {
	for _, other := range others {
		if o.Kind == itms.KindInstall && !s.live() && other.State == itms.OrderHeld && other.Kind != itms.KindInstall {
			continue
		}
		if goesFirst(other, o) {
			return other
		}
	}
	return nil
}

// moot reports whether a terminate may end other instead of waiting for it: other
// has not begun, or has failed.
func moot(other *itms.Order) bool {
	return other.State.Waiting() || other.State == itms.OrderHeld || other.State == itms.OrderFailed
}
