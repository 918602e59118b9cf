package workorder

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"itms"
)

// putDevice stores a device. That its light changed is journalled at the end of the
// transaction, once: it may be stored several times on the way.
func (w *work) putDevice(d *itms.Device) error {
	if w.stored == nil {
		w.stored = map[itms.DeviceID]*itms.Device{}
	}
	w.stored[d.ID] = d
	return w.tx.Devices().Put(d)
}

// tellLights journals which stored devices show another light than before. Of those that
// were not known before, their first contact tells.
func (w *work) tellLights() error {
	ids := slices.SortedFunc(maps.Keys(w.stored), func(a, b itms.DeviceID) int { return strings.Compare(a.String(), b.String()) })
	var errs []error
	for _, id := range ids {
		d := w.stored[id]
		was, known := w.lights[id]
		if is := d.Light(); known && is != was {
			errs = append(errs, w.record("device.light", itms.Event{Device: id, Text: fmt.Sprintf("device %s shows %s, it was %s", id, is, was),
				Data: map[string]string{"light": string(is), "was": string(was), "state": string(d.State)}}))
		}
	}
	return errors.Join(errs...)
}

// tellOrderLight journals that an order shows another light although its state is the
// same.
func (w *work) tellOrderLight(o *itms.Order, was itms.LightLevel) error {
	is := o.Light()
	if is == was || o == w.arriving { // whose first event follows
		return nil
	}
	return w.record("order.light", itms.Event{Device: o.Device, Order: o.ID, OrderNo: o.No, Service: o.Service, Area: o.Area,
		Text: fmt.Sprintf("order %s: %s", o.No, o.Reason), Data: map[string]string{"light": string(is), "was": string(was), "state": string(o.State)}})
}
