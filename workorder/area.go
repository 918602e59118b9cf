package workorder

import (
	"slices"

	"itms"
)

// The area of a device follows from others' records: the slot that it is tied to, and
// where the network saw it. Whoever changes one of those says so with place, and the end
// of the transaction brings the device's own record in step, whatever order things were
// done in before. So lists by area need nothing but the devices.

// unplaced are the devices, and the slots whose devices, may lie elsewhere now.
type unplaced struct {
	devices []itms.DeviceID
	slots   []itms.ServiceID
}

// place says that a device may lie elsewhere than before.
func (w *work) place(id itms.DeviceID) {
	if !id.IsZero() && !slices.Contains(w.unplaced.devices, id) {
		w.unplaced.devices = append(w.unplaced.devices, id)
	}
}

// placeSlot says that the device of a slot may.
func (w *work) placeSlot(id itms.ServiceID) {
	if !slices.Contains(w.unplaced.slots, id) {
		w.unplaced.slots = append(w.unplaced.slots, id)
	}
}

// placeAll brings the areas of devices in step.
func (w *work) placeAll() error {
	for _, id := range w.unplaced.slots {
		bindings, err := w.tx.Bindings().OfService(id)
		if err != nil {
			return err
		}
		for _, b := range bindings {
			if b.State.InForce() {
				w.place(b.Device)
			}
		}
	}
	for _, id := range w.unplaced.devices {
		d, err := w.device(id)
		if itms.IsKind(err, itms.KindNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		area, err := w.whereLies(d)
		if err != nil {
			return err
		}
		if area == d.Area {
			continue
		}
		d.Area = area
		if err := w.tx.Devices().Put(d); err != nil {
			return err
		}
	}
	return nil
}

// whereLies is where a device lies: where it serves, where it served as long as it must be
// wiped, else where it was seen.
func (w *work) whereLies(d *itms.Device) (string, error) {
	b, err := w.inForce(d.ID)
	if err != nil {
		return "", err
	}
	if b == nil && d.Wipe != "" {
		if b, err = w.tx.Bindings().Get(d.Wipe); err != nil {
			return "", err
		}
	}
	if b != nil {
		svc, err := w.tx.Services().Get(b.Service)
		if err != nil {
			return "", err
		}
		if svc.Line.Area != "" {
			return svc.Line.Area, nil
		}
	}
	return d.Sighting.Line.Area, nil
}
