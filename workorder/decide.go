package workorder

import (
	"crypto/rand"
	"fmt"

	"itms"
)

// situation is what the rules look at.
type situation struct {
	w       *work
	device  *itms.Device
	inForce *itms.Binding // the binding in force of the device, if any
	open    *itms.Binding // a prebound binding that names the device, if any
}

// rule is one row of the decision list for an Inform; the first that applies acts.
type rule struct {
	name    string
	applies func(*situation) bool
	act     func(*situation) error
}

// rules is the decision list. D1 (blocked) is checked before anything is stored.
var rules = []rule{
	{"D2 conflict of identity: nothing is pushed", (*situation).conflicts, (*situation).leaveAlone},
	{"D6 binding in force: reconcile", (*situation).bound, (*situation).resume},
	{"D7 named by an order in self mode: claim and push", (*situation).claimable, (*situation).claim},
	{"D7 named by an order, but no profile serves it: say so", (*situation).named, (*situation).explain},
	{"D11 no order names it: remember the contact", always, (*situation).unmatched},
}

// decide applies the first rule that matches; the caller stores the device.
func (w *work) decide(d *itms.Device) error {
	s, err := w.situation(d)
	if err != nil {
		return err
	}
	for _, r := range rules {
		if r.applies(s) {
			if err := r.act(s); err != nil {
				return fmt.Errorf("rule %s: %w", r.name, err)
			}
			return nil
		}
	}
	return nil
}

// situation gathers what the rules need.
func (w *work) situation(d *itms.Device) (*situation, error) {
	s := &situation{w: w, device: d}
	b, err := w.tx.Bindings().OfDevice(d.ID)
	switch {
	case err == nil:
		s.inForce = b
		return s, nil
	case !itms.IsKind(err, itms.KindNotFound):
		return nil, err
	}
	s.open, err = w.preboundFor(d)
	return s, err
}

// preboundFor finds the prebound binding which names the device.
func (w *work) preboundFor(d *itms.Device) (*itms.Binding, error) {
	for _, term := range d.Terms() {
		if term.Type == itms.TermIP {
			continue
		}
		refs, err := w.tx.Find(term, maxSameName)
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
			if ref.Kind != itms.RefBinding {
				continue
			}
			b, err := w.tx.Bindings().Get(itms.BindingID(ref.ID))
			if err != nil {
				return nil, err
			}
			if b.State == itms.BindingPrebound && b.Claim.Matches(d) && !(term.Type == itms.TermSerial && devicesAmong(refs) > 1) {
				return b, nil
			}
		}
	}
	return nil, nil
}

// devicesAmong counts devices: a serial number that several makers' devices have
// names none of them.
func devicesAmong(refs []itms.Ref) (n int) {
	for _, ref := range refs {
		if ref.Kind == itms.RefDevice {
			n++
		}
	}
	return n
}

func always(*situation) bool { return true }

func (s *situation) conflicts() bool { return s.device.Conflict }
func (s *situation) bound() bool     { return s.inForce != nil }
func (s *situation) named() bool     { return s.open != nil }

// claimable reports whether the named device may be claimed: its profile must be
// able to carry the service.
func (s *situation) claimable() bool {
	return s.open != nil && s.w.serves(s.device, s.open) == nil
}

// serves returns why the device cannot carry the binding's service, nil if it can.
func (w *work) serves(d *itms.Device, b *itms.Binding) error {
	svc, err := w.tx.Services().Get(b.Service)
	if err != nil {
		return err
	}
	if d.Profile == "" {
		return itms.Errorf(itms.KindConflict, itms.CodeUnsupported,
			"device %s is in contact, but no profile describes its model (%s %s, software %s); add one", d.ID, d.Manufacturer, d.Model, d.Software)
	}
	if !w.models.Accepts(d.Profile, svc.Type) {
		return itms.Errorf(itms.KindConflict, itms.CodeUnsupported,
			"device %s is in contact, but its profile %s carries no %s service", d.ID, d.Profile, svc.Type)
	}
	return nil
}

// leaveAlone pushes nothing until an operator looked, and says so on the order that
// names the device.
func (s *situation) leaveAlone() error {
	if s.open == nil {
		return nil
	}
	return s.w.giveReason(s.open.Order, fmt.Sprintf("device %s is in contact, but %s", s.device.ID, s.device.Problem))
}

// resume keeps the state words in step; the difference itself is found by Next.
func (s *situation) resume() error {
	d := s.device
	if s.inForce.State == itms.BindingClaimed {
		d.State = itms.DeviceConfiguring
	}
	if d.Sync.Phase == itms.SyncFailed && d.Problem == "" {
		d.Problem = d.Sync.Reason
	}
	return nil
}

// claim ties the device to the slot and lets its order execute.
func (s *situation) claim() error {
	w, d, b := s.w, s.device, s.open
	if err := w.moveBinding(b, itms.BindingClaimed, d.ID); err != nil {
		return err
	}
	d.State, d.Sync, d.Problem = itms.DeviceConfiguring, itms.Sync{}, ""
	if len(d.ConnectionPassword) == 0 {
		d.ConnectionUsername, d.ConnectionPassword = d.ID.String(), w.seal(itms.NewSecret(rand.Text()))
	}
	o, err := w.tx.Orders().Get(b.Order)
	if err != nil {
		return err
	}
	o.Device = d.ID
	return w.move(o, onClaim, fmt.Sprintf("device %s is in contact and was claimed", d.ID), System)
}

// moveBinding takes a binding along its machine.
func (w *work) moveBinding(b *itms.Binding, to itms.BindingState, device itms.DeviceID) error {
	if !mayMove(b.State, to) {
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "binding %s is %s and cannot become %s", b.ID, b.State, to)
	}
	b.State, b.UpdatedAt = to, w.now
	if to == itms.BindingClaimed {
		b.Device = device
	}
	return w.tx.Bindings().Put(b)
}

// explain tells on the order why a device that came is not claimed.
func (s *situation) explain() error {
	why := s.w.serves(s.device, s.open)
	if itms.KindOf(why) != itms.KindConflict {
		return why
	}
	s.device.Problem = why.Error()
	return s.w.giveReason(s.open.Order, s.device.Problem)
}

// giveReason says on an order why it stands still. Its state does not change, so
// there is no history and no callback.
func (w *work) giveReason(id itms.OrderID, reason string) error {
	o, err := w.tx.Orders().Get(id)
	if err != nil || o.Reason == reason {
		return err
	}
	o.Reason = reason
	return w.tx.Orders().Put(o)
}

// unmatched remembers the contact of a device that no order names.
func (s *situation) unmatched() error {
	d := s.device
	if d.State == itms.DeviceConfiguring || d.State == itms.DeviceInService {
		d.State = itms.DeviceOnlineUnbound
	}
	switch {
	case d.Problem != "":
	case d.Profile == "":
		d.Problem = "no order names this device, and no profile describes its model, so that its MAC address and STBID are unknown"
	default:
		d.Problem = "no order names this device"
	}
	return nil
}

// checkIdentity flags a device whose STBID another device reports as well (D2). The
// newcomer is flagged: the one that was known keeps its service.
func (w *work) checkIdentity(d *itms.Device) error {
	if d.Conflict {
		return w.record("device.conflict", itms.Event{Device: d.ID, Text: "device " + d.ID.String() + " " + d.Problem})
	}
	if d.STBID == "" {
		return nil
	}
	refs, err := w.tx.Find(itms.Term{Type: itms.TermSTBID, Value: string(d.STBID)}, maxSameName)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if ref.Kind != itms.RefDevice || ref.ID == d.ID.String() {
			continue
		}
		id, err := itms.ParseDeviceID(ref.ID)
		if err != nil {
			return err
		}
		other, err := w.device(id)
		if err != nil {
			return err
		}
		if !other.Conflict && !other.Blocked && !other.FirstSeen.After(d.FirstSeen) {
			d.Conflict = true
			d.Problem = fmt.Sprintf("reports STBID %s, which device %s reports as well", d.STBID, other.ID)
			return w.record("device.conflict", itms.Event{Device: d.ID, Text: "device " + d.ID.String() + " " + d.Problem})
		}
	}
	return nil
}
