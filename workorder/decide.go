package workorder

import (
	"fmt"
	"slices"

	"itms"
)

// visit is what a contact brings beside what is stored of the device: nothing, when
// the rules are asked again later in a session.
type visit struct {
	session string
	booted  bool   // the device started anew
	moved   bool   // it comes from another address than before
	input   *input // what a person typed at it, nil when nothing fresh
}

// situation is what the rules look at.
type situation struct {
	visit
	w       *work
	device  *itms.Device
	inForce *itms.Binding // the binding in force of the device, if any
	open    *itms.Binding // a prebound binding that names the device, if any
	way     itms.BindWay  // by which name it does
	order   *itms.Order   // of open
	verdict Verdict       // of the operator's rules, when there is an open binding
}

// rule is one row of the decision list for an Inform; the first that applies acts.
type rule struct {
	name    string
	applies func(*situation) bool
	act     func(*situation) error
}

// rules is the decision list, filled when the program starts: what one rule finds may
// have the list asked again. D1 (blocked) is checked before anything is stored.
var rules []rule

func init() { rules = makeRules() }

// makeRules is the table.
func makeRules() []rule {
	return []rule{
		{"D1 first contact was not what the policy allows: nothing is pushed", (*situation).unadmitted, (*situation).quarantine},
		{"D2 conflict of identity: nothing is pushed", (*situation).conflicts, (*situation).leaveAlone},
		{"D6 binding in force: reconcile", (*situation).bound, (*situation).resume},
		{"D4 credentials of an ended service: overwrite them", (*situation).dirty, (*situation).wipe},
		{"D3 firmware on its way: wait for it", (*situation).upgrading, (*situation).await},
		{"D3 named by an order, and has not said what it is: ask that first", (*situation).unasked, (*situation).listen},
		{"D3 model or firmware not allowed: fetch firmware, or hold the order", (*situation).unallowed, (*situation).bringUp},
		{"D7 named by an order: claim and push", (*situation).claimable, (*situation).claim},
		{"D7 named by an order, but no profile serves it: say so", (*situation).unserved, (*situation).explain},
		{"D8 too many wrong codes: prompt off", (*situation).locked, (*situation).shut},
		{"D9 a code was typed: redeem it", (*situation).typed, (*situation).redeem},
		{"D10 line evidence names one open slot: claim", (*situation).located, (*situation).claimHere},
		{"D11 no order names it: ask for the code, remember the contact", always, (*situation).ask},
	}
}

// decide applies the first rule that matches; the caller stores the device.
func (w *work) decide(d *itms.Device, v visit) error {
	s, err := w.situation(d, v)
	if err != nil {
		return err
	}
	return s.apply()
}

// apply lets the first rule that matches act.
func (s *situation) apply() error {
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
func (w *work) situation(d *itms.Device, v visit) (*situation, error) {
	s := &situation{w: w, device: d, visit: v}
	var err error
	if s.inForce, err = w.inForce(d.ID); err != nil || s.inForce != nil {
		return s, err
	}
	err = s.lookUp()
	s.admitNamed()
	s.forgetUpgrade()
	return s, err
}

// lookUp finds the open binding that names the device, with its order and what the
// operator's rules say of the device there.
func (s *situation) lookUp() (err error) {
	if s.open, s.way, err = s.w.preboundFor(s.device); err != nil || s.open == nil {
		return err
	}
	if s.order, err = s.w.tx.Orders().Get(s.open.Order); err != nil {
		return err
	}
	svc, err := s.w.tx.Services().Get(s.open.Service)
	if err != nil {
		return err
	}
	s.verdict, err = s.w.judge(s.device, svc.Line.Area)
	if s.device.Profile == itms.CableProfile {
		s.verdict.Firmware = nil // its configuration file names it
	}
	return err
}

// forgetUpgrade drops firmware that no waiting order and rule want any more: what is
// on its way to the device arrives, or not, and nobody waits for it.
func (s *situation) forgetUpgrade() {
	u := &s.device.Upgrade
	if u.Active() && !(s.open != nil && s.verdict.Firmware != nil && s.verdict.Firmware.Version == u.Version) && !s.upgraded() {
		*u = itms.Upgrade{}
	}
}

// preboundFor finds the prebound binding which names the device, and by which name.
func (w *work) preboundFor(d *itms.Device) (*itms.Binding, itms.BindWay, error) {
	terms := slices.DeleteFunc(d.Terms(), func(t itms.Term) bool {
		return t.Type == itms.TermIP || t.Type == itms.TermMACTail || t.Type == itms.TermBehind
	})
	w.tx.Foresee(itms.Foresight{Terms: terms, Kinds: []itms.RefKind{itms.RefBinding}})
	for _, term := range terms {
		refs, err := w.tx.Find(term, maxSameName)
		if err != nil {
			return nil, "", err
		}
		for _, ref := range refs {
			if ref.Kind != itms.RefBinding || term.Type == itms.TermSerial && devicesAmong(refs) > 1 {
				continue
			}
			b, err := w.tx.Bindings().Get(itms.BindingID(ref.ID))
			if err != nil {
				return nil, "", err
			}
			way, err := w.names(b, d)
			if err != nil || way != "" {
				return b, way, err
			}
		}
	}
	return nil, "", nil
}

// names says by which name a prebound binding means the device, "" when it does not.
func (w *work) names(b *itms.Binding, d *itms.Device) (itms.BindWay, error) {
	if b.State != itms.BindingPrebound {
		return "", nil
	}
	if !b.Claim.IsZero() && b.Claim.Matches(d) {
		switch {
		case b.Claim.STBID != "" && b.Claim.STBID == d.STBID:
			return itms.BySTBID, nil
		case !b.Claim.Address().IsZero() && b.Claim.Address() == d.MAC:
			return itms.ByMAC, nil
		}
		return itms.BySerial, nil
	}
	if b.LOID == "" || b.LOID != d.LOID || !b.Claim.IsZero() || d.Guesses.Until.After(w.now) {
		return "", nil
	}
	g, err := w.sourceGuesses(d.IP)
	if err != nil || g.Until.After(w.now) {
		return "", err
	}
	o, err := w.tx.Orders().Get(b.Order)
	if err != nil || !sameFingerprint(o.LOIDPassword, d.LOIDPassword) {
		return "", err
	}
	return itms.ByLOID, nil
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

// ready reports whether an order waits for this very device and needs nobody's word
// any more.
func (s *situation) ready() bool {
	return s.open != nil && s.known() && s.w.awaits(s.open, s.order, s.way)
}

// known reports whether the device said all it can about itself: rules go by its model.
// One that is too busy to answer is taken as it is.
func (s *situation) known() bool {
	return s.device.Inquired || s.device.AskPause != "" || s.device.Profile == ""
}

// awaits reports whether a prebound binding may be claimed by the device that it names:
// an operator bound it, or its order waits and needs nobody's word any more.
func (w *work) awaits(b *itms.Binding, o *itms.Order, way itms.BindWay) bool {
	return b.Way == itms.ByHand || (o.State.Waiting() || o.State == itms.OrderHeld) && (way == itms.ByLOID || w.confirmed(o))
}

// unasked reports whether an order waits for a device whose model is still to be read.
func (s *situation) unasked() bool {
	return s.open != nil && !s.known() && s.w.awaits(s.open, s.order, s.way)
}

// listen leaves a device alone until it answered; what it says has the rules asked again.
func (s *situation) listen() error { return nil }

// unallowed reports whether the operator's rules keep the device from its order.
func (s *situation) unallowed() bool {
	return s.ready() && s.open.Way != itms.ByHand && s.w.serves(s.device, s.open) == nil && (!s.verdict.Allowed || s.verdict.Firmware != nil)
}

// claimable reports whether the device may be claimed: its profile must be able to
// carry the service.
func (s *situation) claimable() bool {
	return s.ready() && s.w.serves(s.device, s.open) == nil
}

// unserved reports whether a device came that its order cannot use.
func (s *situation) unserved() bool { return s.ready() }

// leaveAlone pushes nothing until an operator looked, and says so on the order that
// names the device.
func (s *situation) leaveAlone() error {
	if s.open == nil {
		return nil
	}
	return s.w.giveReason(s.order, itms.TroubleConflict, fmt.Sprintf("device %s is in contact, but %s", s.device.ID, s.device.Problem))
}

// resume keeps the state words in step and lets an order that waited for this
// device's contact begin; the difference itself is found by Next.
func (s *situation) resume() error {
	w, d := s.w, s.device
	if s.inForce.State == itms.BindingClaimed {
		d.State = itms.DeviceConfiguring
	}
	if d.Sync.Phase == itms.SyncFailed && d.Problem == "" {
		d.Problem = d.Sync.Reason
	}
	if err := s.retyped(); err != nil {
		return err
	}
	svc, err := w.tx.Services().Get(s.inForce.Service)
	if err != nil {
		return err
	}
	o, err := w.waitingChange(s.inForce, svc)
	if err != nil || o == nil || !w.mayBegin(o, d, s.visit) {
		return err
	}
	if o.Kind == itms.KindRelocate {
		d.Sync = itms.Sync{Rows: d.Sync.Rows, All: true, Task: d.Sync.Task} // another region: nothing is taken for granted
		if err := w.pushSecretsAgain(d); err != nil {
			return err
		}
	}
	return w.begin(o, s.inForce)
}

// waitingChange returns the order that waits to change what a binding's device
// holds, nil when there is none.
func (w *work) waitingChange(b *itms.Binding, svc *itms.Service) (*itms.Order, error) {
	if !svc.Busy {
		return nil, nil
	}
	o, err := w.tx.Orders().Get(svc.Order)
	if err != nil || !o.State.Waiting() || o.Binding != b.ID {
		return nil, err
	}
	return o, nil
}

// mayBegin reports whether a contact lets a waiting change begin. A relocated box
// must come from its new place: it booted, has another address, was seen on the new
// line, or a person typed the code; evidence of the old line overrules the first two.
func (w *work) mayBegin(o *itms.Order, d *itms.Device, v visit) bool {
	if o.Kind != itms.KindRelocate || o.Confirmed {
		return true
	}
	if d.Sighting.At.After(o.CreatedAt) && d.Sighting.Line.Key() != "" && o.Request.Line.Key() != "" {
		return d.Sighting.Line.Key() == o.Request.Line.Key()
	}
	return v.booted || v.moved
}

// dirty reports whether the device may hold credentials of a service that ended.
// When they cannot be overwritten, a new order may use the device all the same: its
// values take their place (D4: "without a newer pre-binding").
func (s *situation) dirty() bool {
	d := s.device
	if d.Profile == itms.CableProfile && s.ready() {
		return false // its next file takes the place of all that it was told before
	}
	return d.Wipe != "" && !(d.Sync.Phase == itms.SyncFailed && (s.ready() || s.typed()))
}

// wipe lets the overwriting begin; Next finds what to write.
func (s *situation) wipe() error {
	w, d := s.w, s.device
	if d.Sync.Phase == itms.SyncFailed && s.booted {
		d.Sync = itms.Sync{Rows: d.Sync.Rows} // perhaps it takes now what it refused
	}
	if d.State = itms.DeviceWipePending; d.Sync.Phase == itms.SyncFailed {
		d.State = itms.DeviceQuarantine
	}
	b, err := w.tx.Bindings().Get(d.Wipe)
	if err != nil || b.ReleasedBy == "" {
		return err
	}
	o, err := w.tx.Orders().Get(b.ReleasedBy)
	if err != nil {
		return err
	}
	if o.State.Waiting() && o.Binding == b.ID {
		return w.move(o, onClaim, fmt.Sprintf("device %s is in contact and is being wiped", d.ID), System)
	}
	if d.Problem != "" || o.State.UnderWay() {
		return nil
	}
	d.Problem = fmt.Sprintf("re-appeared after order %s ended its service: its credentials are being overwritten", o.No)
	return w.record("device.reappeared", itms.Event{Device: d.ID, Service: b.Service, Alarm: true,
		Text: fmt.Sprintf("device %s %s", d.ID, d.Problem)})
}

// explain tells on the order why a device that came is not claimed.
func (s *situation) explain() error {
	why := s.w.serves(s.device, s.open)
	if itms.KindOf(why) != itms.KindConflict {
		return why
	}
	s.device.Problem = why.Error()
	return s.w.giveReason(s.order, itms.TroubleNoProfile, s.device.Problem)
}

// giveReason says on an order why it stands still. Its state does not change, so
// there is no history and no callback.
func (w *work) giveReason(o *itms.Order, code itms.Trouble, reason string) error {
	if o.Reason == reason && o.Trouble == code {
		return nil
	}
	was := o.Light()
	o.Reason, o.Trouble = reason, code
	if err := w.tellOrderLight(o, was); err != nil {
		return err
	}
	return w.store(o)
}

// ask shows the registration page of a device that has one and remembers the contact
// of a device that no order names.
func (s *situation) ask() (err error) {
	w, d := s.w, s.device
	asks := w.models.Registration(d.Profile).Asks()
	switch {
	case d.State == itms.DeviceRecycled: // and stays it until somebody orders it
	case asks:
		d.State = itms.DeviceCodeRequired
	default:
		d.State = itms.DeviceOnlineUnbound
	}
	if asks {
		if d.Page.Want.State != itms.PageRefused {
			w.turnPage(d, itms.PageView{State: itms.PageAsk})
		}
	}
	if err = w.seekEvidence(d); err != nil {
		return err
	}
	if s.open != nil {
		d.Problem = fmt.Sprintf("order %s names this device and waits for its activation code", s.order.No)
		return w.giveReason(s.order, itms.TroubleNeedsCode, fmt.Sprintf("device %s is in contact; the activation code is to be typed on it, or sent from a phone", d.ID))
	}
	if d.Suspect || d.Page.Want.State == itms.PageRefused { // that is what must be known
		return nil
	}
	d.Problem, err = s.stranger()
	return err
}

// stranger says why a device serves nothing that no order waits for.
func (s *situation) stranger() (string, error) {
	held, err := s.w.heldFor(s.device)
	switch {
	case err != nil:
		return "", err
	case held != nil:
		return fmt.Sprintf("order %s names this device and is held: %s", held.No, held.Reason), nil
	case s.device.Profile == "":
		return "no order names this device, and no profile describes its model, so that its MAC address and STBID are unknown", nil
	}
	return "no order names this device", nil
}
