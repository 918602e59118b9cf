package workorder

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"itms"
)

// input is what a person typed at a device.
type input struct {
	code     string // activation code
	loid     string // logical id of a gateway
	password string // of the logical id
	stbid    string // STBID as typed
}

// readInput takes what was typed out of parameter values; nil when nothing fresh is
// among them. Devices repeat old input in each Inform: only another one, or one that
// an event announces, is a try.
func (w *work) readInput(d *itms.Device, params []itms.Param, announced bool) *input {
	reg := w.models.Registration(d.Profile)
	if !reg.Asks() {
		d.Fetch = d.Profile == "" && (d.Fetch || announced) // where to look is not known yet
		return nil
	}
	in := &input{code: valueOf(params, reg.Code), loid: valueOf(params, reg.LOID),
		password: valueOf(params, reg.Password), stbid: valueOf(params, reg.STBID)}
	if in.code == "" && in.loid == "" && in.password == "" {
		d.Fetch = d.Fetch || announced
		return nil
	}
	d.Fetch = false
	if shown := in.code == "" && in.password == "" && w.loidName(in.loid) == d.LOID; shown && !announced {
		return nil // the LOID of before; many gateways show its password once only
	}
	typed := w.vault.Fingerprint("typed", in.code+"\x00"+in.loid+"\x00"+in.password)
	if typed == d.Typed && !announced {
		return nil
	}
	d.Typed = typed
	if in.loid != "" {
		d.LOID, d.LOIDPassword = w.loidName(in.loid), w.loidPassword(itms.Registration{Password: itms.NewSecret(in.password)})
	}
	return in
}

// typedNames lists where what was typed can be read: the code, or, when the device
// refused that, the logical id with its password; of each the spelling that the device
// shows, else the first that it did not refuse.
func (w *work) typedNames(d *itms.Device, tree *itms.ParamTree) []itms.ParamPath {
	reg := w.models.Registration(d.Profile)
	p := &pass{tree: tree, sync: itms.Sync{Missing: slices.Concat(d.Asked, d.Shunned)}}
	for _, group := range [][][]itms.ParamPath{{reg.Code, reg.STBID}, {reg.LOID, reg.Password}} {
		var names []itms.ParamPath
		for _, spellings := range group {
			if name := p.choose(&itms.WantedParam{Names: spellings}, nil); name != "" {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			return names
		}
	}
	return nil
}

// valueOf returns the first value that a parameter of one of the names has.
func valueOf(params []itms.Param, names []itms.ParamPath) string {
	for _, p := range params {
		if slices.Contains(names, p.Name) && p.Value != "" && len(p.Value) <= maxValue {
			return p.Value
		}
	}
	return ""
}

// typed reports whether a person typed something at the device.
func (s *situation) typed() bool { return s.input != nil }

// redeem judges what was typed: a right code, or the logical id of an order, claims.
// A refusal is never a fault on the Inform: the page says it.
func (s *situation) redeem() error {
	g, err := s.w.sourceGuesses(s.device.IP)
	if err != nil {
		return err
	}
	err = s.w.lockedOut(&g, "this address")
	if err == nil {
		err = s.tryInput()
	}
	if err == nil || !refusal(err) {
		return err
	}
	return s.refuse(err)
}

// tryInput finds the order that the input belongs to and lets the device claim.
func (s *situation) tryInput() error {
	in := s.input
	if in.loid != "" {
		known, err := s.w.loidKnown(in.loid)
		if err != nil {
			return err
		}
		if known {
			return itms.Errorf(itms.KindConflict, itms.CodeMismatch, "the LOID and its password do not match")
		}
	}
	if in.stbid != "" && s.device.STBID != "" {
		if typed, err := itms.ParseSTBID(in.stbid); err != nil || typed != s.device.STBID {
			return itms.Errorf(itms.KindConflict, itms.CodeMismatch, "the STBID that was typed is not the one of device %s", s.device.ID)
		}
	}
	a, err := s.w.lookUpCode(cmp.Or(in.code, in.loid, in.password))
	if in.loid != "" && in.code == "" && codeOf(err) == itms.CodeMistyped { // not meant as a code: a wrong LOID
		err = itms.Errorf(itms.KindNotFound, itms.CodeUnknown, "no order has this LOID")
	}
	if err != nil {
		return err
	}
	return s.useTyped(a)
}

// codeOf is the stable code of an error, "" when it has none.
func codeOf(err error) string {
	var e *itms.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// loidKnown reports whether an open order has the logical id. Its password was wrong
// then: with the right one the device would have been claimed by name.
func (w *work) loidKnown(loid string) (bool, error) {
	open, err := w.bindingsNamed(itms.Term{Type: itms.TermLOID, Value: w.loidName(loid)})
	return len(open) > 0, err
}

// useTyped lets the device claim with a code that is right.
func (s *situation) useTyped(a *itms.Activation) error {
	w, d := s.w, s.device
	o, err := w.tx.Orders().Get(a.Order)
	if err != nil {
		return err
	}
	switch {
	case a.State == itms.ActivationUsed && a.Device != d.ID && !(a.Device.IsZero() && sameClaim(a.Claim, claimOf(d))):
		return itms.Errorf(itms.KindConflict, itms.CodeUsed, "order %s was activated on another device", o.No)
	case o.State.Final():
		return itms.Errorf(itms.KindConflict, itms.CodeRevoked, "order %s is %s", o.No, o.State)
	case !o.Claim.IsZero() && !o.Claim.Matches(d):
		return s.w.mismatched(o, d)
	case o.Kind == itms.KindRelocate && o.Claim.IsZero():
		return itms.Errorf(itms.KindConflict, itms.CodeMismatch, "order %s moves a device that is in service, not this one", o.No)
	}
	if o.Claim.IsZero() {
		if err := w.nameDevice(o, claimOf(d)); err != nil {
			return err
		}
	}
	o.Confirmed, o.Way = true, itms.ByBoxCode
	a.State, a.Device, a.UsedAt = itms.ActivationUsed, d.ID, w.now
	if err := w.tx.Activations().Put(a); err != nil {
		return err
	}
	if err := w.store(o); err != nil {
		return err
	}
	d.Guesses = itms.Guesses{}
	return s.named(o, itms.ByBoxCode)
}

// named goes on with an order that means this device now: D3 or D7.
func (s *situation) named(o *itms.Order, way itms.BindWay) (err error) {
	s.input, s.order, s.way = nil, o, way
	if s.open, err = s.w.tx.Bindings().Get(o.Binding); err != nil {
		return err
	}
	svc, err := s.w.tx.Services().Get(s.open.Service)
	if err != nil {
		return err
	}
	if s.verdict, err = s.w.judge(s.device, svc.Line.Area); err != nil {
		return err
	}
	return s.apply()
}

// mismatched tells on the order that its code was typed on another device.
func (w *work) mismatched(o *itms.Order, d *itms.Device) error {
	reason := fmt.Sprintf("its code was typed on device %s (MAC %s), but the order names another (%s)", d.ID, d.MAC, claimText(o.Claim))
	if err := w.giveReason(o, itms.TroubleMACMismatch, reason); err != nil {
		return err
	}
	return itms.Errorf(itms.KindConflict, itms.CodeMismatch, "the code belongs to another device than %s", d.ID)
}

// refuse says on the page that the input was wrong, and counts it.
func (s *situation) refuse(why error) error {
	w, d := s.w, s.device
	d.State, d.Problem = itms.DeviceCodeRequired, "what was typed on it was refused: "+refusalText(why)
	switch {
	case costs(why):
		if err := w.missed(d, d.IP); err != nil {
			return err
		}
	case codeOf(why) == itms.CodeLocked: // its address is locked: nothing is tried, but it counts
		if err := w.missed(d, ""); err != nil {
			return err
		}
	}
	if codeOf(why) == itms.CodeUsed {
		if err := w.record("device.conflict", itms.Event{Device: d.ID, Alarm: true, Text: fmt.Sprintf("device %s: %s", d.ID, d.Problem)}); err != nil {
			return err
		}
	}
	if s.locked() {
		return s.shut()
	}
	w.askAgain(d, itms.PageView{State: itms.PageRefused, Verdict: s.verdictOf(why), Times: len(d.Guesses.Wrong)})
	return w.record("device.refused", itms.Event{Device: d.ID, Text: fmt.Sprintf("device %s: %s", d.ID, d.Problem)})
}

// refusalText is the sentence of a refusal.
func refusalText(err error) string {
	var e *itms.Error
	if errors.As(err, &e) {
		return e.Text
	}
	return err.Error()
}

// verdictOf is a refusal in the words of a gateway's page.
func (s *situation) verdictOf(why error) itms.Verdict {
	switch codeOf(why) {
	case itms.CodeMismatch, itms.CodeUsed:
		return itms.VerdictMismatch
	case itms.CodeExpired:
		return itms.VerdictTimeout
	}
	if s.input.loid == "" && s.input.code == "" {
		return itms.VerdictPasswordUnknown
	}
	return itms.VerdictLOIDUnknown
}

// retyped answers what was typed at a device that serves already: a technician's code
// that lets its relocation begin, or a registration once more, for which nothing is to
// be done.
func (s *situation) retyped() error {
	if s.input == nil {
		return nil
	}
	w, d := s.w, s.device
	a, err := w.lookUpCode(cmp.Or(s.input.code, s.input.loid))
	switch {
	case err != nil && !refusal(err):
		return err
	case err == nil:
		if err := w.arrivedByCode(a, s.inForce); err != nil {
			return err
		}
	}
	view := itms.PageView{State: itms.PageIdle, Verdict: itms.VerdictNothingToDo}
	if s.inForce.State == itms.BindingClaimed {
		view = itms.PageView{State: itms.PagePushing}
	}
	w.askAgain(d, view)
	return nil
}

// arrivedByCode confirms the relocation that a code belongs to, if it is this
// binding's.
func (w *work) arrivedByCode(a *itms.Activation, b *itms.Binding) error {
	o, err := w.tx.Orders().Get(a.Order)
	if err != nil || o.Binding != b.ID || !o.State.Waiting() {
		return err
	}
	a.State, a.Device, a.UsedAt = itms.ActivationUsed, b.Device, w.now
	o.Confirmed, o.Way = true, itms.ByBoxCode
	if err := w.tx.Activations().Put(a); err != nil {
		return err
	}
	return w.store(o)
}
