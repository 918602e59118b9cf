package workorder

import (
	"fmt"

	"itms"
)

// admitInstall decides whether an install may start. It waits for earlier orders of
// its slot (I7) and for its device to be free (I2); it is refused when the slot has
// a working device already. Accepted, it leaves a reserved service and a prebound
// binding of a new generation behind.
func (w *work) admitInstall(o *itms.Order) (admission, error) {
	earlier, err := w.earlierOrder(o)
	if err != nil {
		return admission{}, err
	}
	if earlier != nil {
		return admission{onHold, fmt.Sprintf("waits for order %s of the same service, which is %s", earlier.No, earlier.State)}, nil
	}
	bindings, err := w.tx.Bindings().OfService(o.Service)
	if err != nil {
		return admission{}, err
	}
	for _, b := range bindings {
		if b.State.Open() {
			return admission{onReject, fmt.Sprintf("service %s is already installed on %s; expected a swap, modify or terminate order",
				o.Service, bindingDevice(b))}, nil
		}
	}
	holders, err := w.holders(o.Claim, o.Service)
	if err != nil {
		return admission{}, err
	}
	if len(holders) > 0 {
		return admission{onHold, fmt.Sprintf("the device (%s) is in use by service %s", claimText(o.Claim), holders[0].Service)}, nil
	}
	return w.reserve(o)
}

// bindingDevice shows what a binding holds.
func bindingDevice(b *itms.Binding) string {
	if b.Device.IsZero() {
		return claimText(b.Claim)
	}
	return b.Device.String()
}

// goesFirst reports whether other keeps o waiting: it is not over, and it runs
// already or arrived before. What is stored arrived before what is just received.
func goesFirst(other, o *itms.Order) bool {
	if other.State.Final() {
		return false
	}
	return o.State == itms.OrderReceived || other.State != itms.OrderHeld || other.ID < o.ID
}

// earlierOrder returns an order of the same slot that goes first: orders of one
// slot run one at a time.
func (w *work) earlierOrder(o *itms.Order) (*itms.Order, error) {
	refs, err := w.tx.Find(itms.Term{Type: itms.TermService, Value: string(o.Service)}, maxSlotOrders)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if ref.Kind != itms.RefOrder || ref.ID == string(o.ID) {
			continue
		}
		other, err := w.tx.Orders().Get(itms.OrderID(ref.ID))
		if err != nil {
			return nil, err
		}
		if goesFirst(other, o) {
			return other, nil
		}
	}
	return nil, nil
}

// maxSlotOrders bounds the orders of one slot that are looked at: a slot sees a few
// orders a year.
const maxSlotOrders = 1000

// reserve upserts the service and creates its prebound binding.
func (w *work) reserve(o *itms.Order) (admission, error) {
	svc, err := w.upsertService(o)
	if err != nil {
		return admission{}, err
	}
	b := &itms.Binding{ID: itms.BindingID(itms.NewID(w.now)), Service: svc.ID, Order: o.ID, Gen: svc.Gen,
		State: itms.BindingPrebound, Claim: o.Claim, CreatedAt: w.now, UpdatedAt: w.now}
	if err := w.tx.Bindings().Put(b); err != nil {
		return admission{}, err
	}
	o.Binding = b.ID
	return admission{onAccept, fmt.Sprintf("waiting for the device (%s) to come into contact", claimText(o.Claim))}, nil
}

// upsertService writes the ordered content into the slot: a new revision, a new
// generation.
func (w *work) upsertService(o *itms.Order) (*itms.Service, error) {
	svc, err := w.tx.Services().Get(o.Service)
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		svc = &itms.Service{ID: o.Service, CreatedAt: w.now}
	case err != nil:
		return nil, err
	}
	s := o.Request.Service
	svc.Type, svc.Package, svc.Account, svc.Password = s.Type, s.Package, s.Account, o.ServicePassword
	svc.AuthURL, svc.AuthURLBackup = s.AuthURL, s.AuthURLBackup
	svc.Access = itms.Access{Type: s.Access.Type, Account: s.Access.Account, Password: o.AccessPassword,
		DownKbps: s.Access.DownKbps, UpKbps: s.Access.UpKbps}
	svc.Subscriber, svc.Line, svc.Attributes = o.Request.Subscriber, o.Request.Line, copyAttributes(o.Request.Attributes)
	svc.State, svc.UpdatedAt = itms.ServiceReserved, w.now
	svc.DesiredRev++
	svc.Gen++
	return svc, w.tx.Services().Put(svc)
}
