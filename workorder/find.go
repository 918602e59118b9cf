package workorder

import (
	"itms"
)

const (
	// maxSameName bounds how many things of one name are looked at: more than a few
	// share a name only by mistake or malice.
	maxSameName = 32
	// maxSlotOrders bounds the orders of one slot that are looked at when one arrives
	// late, and the services of one subscriber: both are a few.
	maxSlotOrders = 10_000
)

// named reads the things of one kind that any of the terms finds, each once.
func named[T any](w *work, kind itms.RefKind, limit int, get func(id string) (T, error), terms ...itms.Term) ([]T, error) {
	var found []T
	seen := map[string]bool{}
	w.tx.Foresee(itms.Foresight{Terms: terms, Kinds: []itms.RefKind{kind}})
	for _, term := range terms {
		if itms.CheckKey("", term.Value) != nil {
			continue // nothing can have such a name
		}
		refs, err := w.tx.Find(term, limit)
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
			if ref.Kind != kind || seen[ref.ID] {
				continue
			}
			seen[ref.ID] = true
			thing, err := get(ref.ID)
			if err != nil {
				return nil, err
			}
			found = append(found, thing)
		}
	}
	return found, nil
}

// bindingsNamed lists the bindings that terms find: open ones, since no other has any.
func (w *work) bindingsNamed(terms ...itms.Term) ([]*itms.Binding, error) {
	return named(w, itms.RefBinding, maxSameName, func(id string) (*itms.Binding, error) {
		return w.tx.Bindings().Get(itms.BindingID(id))
	}, terms...)
}

// devicesWith lists the devices that terms find.
func (w *work) devicesWith(terms ...itms.Term) ([]*itms.Device, error) {
	return named(w, itms.RefDevice, maxSameName, func(id string) (*itms.Device, error) {
		device, err := itms.ParseDeviceID(id)
		if err != nil {
			return nil, err
		}
		return w.device(device)
	}, terms...)
}

// ordersNamed lists the orders that terms find, those of each term oldest first.
func (w *work) ordersNamed(terms ...itms.Term) ([]*itms.Order, error) {
	return named(w, itms.RefOrder, maxSlotOrders, func(id string) (*itms.Order, error) {
		return w.tx.Orders().Get(itms.OrderID(id))
	}, terms...)
}

// servicesNamed lists the services that terms find.
func (w *work) servicesNamed(terms ...itms.Term) ([]*itms.Service, error) {
	return named(w, itms.RefService, maxSlotOrders, func(id string) (*itms.Service, error) {
		return w.tx.Services().Get(itms.ServiceID(id))
	}, terms...)
}

// devicesNamed lists the known devices that a claim matches.
func (w *work) devicesNamed(claim itms.DeviceClaim) ([]*itms.Device, error) {
	devices, err := w.devicesWith(claim.Terms()...)
	var found []*itms.Device
	for _, d := range devices {
		if claim.Matches(d) {
			found = append(found, d)
		}
	}
	return found, err
}

// holders returns the open bindings of other slots that name the same device.
func (w *work) holders(claim itms.DeviceClaim, except itms.ServiceID) ([]*itms.Binding, error) {
	bindings, err := w.bindingsNamed(claim.Terms()...)
	var found []*itms.Binding
	for _, b := range bindings {
		if b.Service != except {
			found = append(found, b)
		}
	}
	return found, err
}

// waiting lists the held orders that may be waiting for what the terms name.
func (w *work) waiting(terms []itms.Term) ([]*itms.Order, error) {
	held := make([]itms.Term, 0, len(terms))
	for _, term := range terms {
		held = append(held, term.Held())
	}
	return w.ordersNamed(held...)
}

// inForce is the binding in force of a device, nil when it serves nothing.
func (w *work) inForce(device itms.DeviceID) (*itms.Binding, error) {
	b, err := w.tx.Bindings().OfDevice(device)
	if itms.IsKind(err, itms.KindNotFound) {
		return nil, nil
	}
	return b, err
}
