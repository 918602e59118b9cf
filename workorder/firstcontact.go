package workorder

import (
	"fmt"
	"net/netip"
	"slices"

	"itms"
)

// FirstContact says what becomes of a device that nobody knows: no record, no order
// and no stock item has it.
type FirstContact struct {
	OUIs     []string       // makers whose devices are welcome; empty = any
	Networks []netip.Prefix // where they may come from; empty = anywhere
	Action   FirstAction
}

// FirstAction is what happens to an unknown device that is not welcome. When neither
// makers nor networks are listed, none is.
type FirstAction string

// Actions.
const (
	FirstAccept     FirstAction = "" // every device is welcome
	FirstQuarantine FirstAction = "quarantine"
	FirstReject     FirstAction = "reject"
)

// refusal says why a device is not welcome, "" when it is.
func (f *FirstContact) refusal(oui, remote string) string {
	switch {
	case f.Action == FirstAccept:
		return ""
	case len(f.OUIs) == 0 && len(f.Networks) == 0:
		return "unknown devices are not let in"
	case len(f.OUIs) > 0 && !slices.Contains(f.OUIs, oui):
		return "devices of its maker (OUI " + clipText(oui) + ") are not let in"
	}
	addr, err := netip.ParseAddr(remote)
	inside := err == nil && slices.ContainsFunc(f.Networks, func(p netip.Prefix) bool { return p.Contains(addr.Unmap().WithZone("")) })
	if len(f.Networks) > 0 && !inside {
		return "it comes from " + clipText(remote) + ", where no devices come from"
	}
	return ""
}

// admitFirst applies the policy to a device at its first contact. It fails with
// KindUnauthenticated and CodeNotAdmitted.
func (w *work) admitFirst(d *itms.Device, c *itms.Contact) error {
	reason := w.policy.FirstContact.refusal(d.ID.OUI, c.Remote)
	if reason == "" {
		return nil
	}
	if known, err := w.expected(d); err != nil || known {
		return err
	}
	if w.policy.FirstContact.Action == FirstReject {
		return itms.Errorf(itms.KindUnauthenticated, itms.CodeNotAdmitted, "device %s is unknown, and %s", d.ID, reason)
	}
	d.Unadmitted, d.Problem = true, reason
	return w.record("device.quarantined", itms.Event{Device: d.ID, Alarm: true, Data: map[string]string{"remote": c.Remote},
		Text: fmt.Sprintf("device %s is unknown, and %s: it is kept in quarantine until somebody unblocks it or an order names it", d.ID, reason)})
}

// expected reports whether an order or the warehouse names the device.
func (w *work) expected(d *itms.Device) (bool, error) {
	for _, term := range d.Terms() {
		switch term.Type {
		case itms.TermMAC, itms.TermSTBID, itms.TermSerial:
		default:
			continue
		}
		refs, err := w.tx.Find(term, maxSameName)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(refs, func(r itms.Ref) bool { return r.Kind == itms.RefBinding || r.Kind == itms.RefStock }) {
			return true, nil
		}
	}
	return false, nil
}

// unadmitted reports whether the device is in quarantine since its first contact.
func (s *situation) unadmitted() bool { return s.device.Unadmitted }

// quarantine leaves it there.
func (s *situation) quarantine() error {
	s.device.State = itms.DeviceQuarantine
	return nil
}

// admitNamed lets a device out of quarantine that an order has come to name.
func (s *situation) admitNamed() {
	if s.device.Unadmitted && s.open != nil {
		admit(s.device)
	}
}

// needsUnblocking reports whether unblocking does anything for a device that no
// operator blocked.
func needsUnblocking(d *itms.Device) bool {
	return d.Unadmitted || d.Login.Confirmed > 0 && !d.Login.Factory
}

// admit lifts what keeps a device out: quarantine, and that it must use its own
// credentials.
func admit(d *itms.Device) {
	if d.Unadmitted {
		d.Unadmitted, d.Problem = false, ""
	}
	d.Login.Factory = d.Login.Confirmed > 0
}
