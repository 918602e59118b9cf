package workorder

import (
	"fmt"

	"itms"
)

// admitSwap decides whether a swap may start. The old device keeps the service until
// the new one was verified; then it is released and wiped (I1).
func (w *work) admitSwap(o *itms.Order, s *slot) (admission, error) {
	old := s.current()
	if old == nil {
		return admission{onHold, itms.TroubleNoService, fmt.Sprintf("service %s has no device yet that could be replaced", o.Service)}, nil
	}
	d, err := w.device(old.Device)
	if err != nil {
		return admission{}, err
	}
	if !o.OldDevice.IsZero() && !o.OldDevice.Matches(d) && !sameClaim(o.OldDevice, old.Claim) {
		return misfit(o, itms.TroubleMACMismatch, "service %s runs on %s (MAC %s), not on the device to be replaced (%s)",
			o.Service, d.ID, d.MAC, claimText(o.OldDevice)), nil
	}
	if !o.Claim.IsZero() && o.Claim.Matches(d) {
		return misfit(o, itms.TroubleInUse, "service %s runs on the new device (%s) already", o.Service, claimText(o.Claim)), nil
	}
	verdict, err := w.available(o.Claim, o.Service)
	if err != nil || verdict != nil {
		return deref(verdict), err
	}
	o.Before = s.service.Clone()
	if o.OldDevice.IsZero() { // for whoever reads the order
		o.OldDevice = claimOf(d)
	}
	return w.reserve(o, s.service)
}

// sameClaim reports whether two claims name a device by the same address or serial.
func sameClaim(a, b itms.DeviceClaim) bool {
	return !a.Address().IsZero() && a.Address() == b.Address() || a.Serial != "" && a.Serial == b.Serial
}

// claimOf names a device by all it is known by.
func claimOf(d *itms.Device) itms.DeviceClaim {
	return itms.DeviceClaim{STBID: d.STBID, MAC: d.MAC, Serial: d.ID.Serial, Model: d.Model}
}

// takeOver ends the binding that the newly bound one replaces, in the transaction
// that binds it (I1).
func (w *work) takeOver(fresh *itms.Binding) error {
	s, err := w.slotOf(fresh.Service)
	if err != nil || s.bound == nil || s.bound.ID == fresh.ID {
		return err
	}
	return w.release(s.bound, fresh.Order)
}
