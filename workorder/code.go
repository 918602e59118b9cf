package workorder

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"

	"itms"
)

// codeHash is how an activation code is known.
func (e *Engine) codeHash(code itms.CodeDigits) string {
	return e.vault.Fingerprint("activation-code", string(code))
}

// codeDraws bounds how often a code is drawn until one is free: of 10^10 codes a
// million may be in use.
const codeDraws = 20

// issueCode gives the order a fresh code; an earlier one is revoked. The clear text
// is in o.Code for the answer at hand, and nowhere else.
func (w *work) issueCode(o *itms.Order) error {
	if err := w.retireCode(o); err != nil {
		return err
	}
	for range codeDraws {
		code := itms.NewCodeDigits()
		a := &itms.Activation{Hash: w.codeHash(code), Order: o.ID, State: itms.ActivationIssued,
			IssuedAt: w.now, ExpiresAt: w.now.Add(w.policy.CodeTTL)}
		err := w.tx.Activations().Insert(a)
		if itms.IsKind(err, itms.KindConflict) {
			continue
		}
		o.Activation, o.Code = a.Hash, code
		return err
	}
	return itms.Errorf(itms.KindInternal, itms.CodeInternal, "no free activation code was found in %d draws", codeDraws)
}

// retireCode revokes the order's code unless it was used.
func (w *work) retireCode(o *itms.Order) error {
	if o.Activation == "" {
		return nil
	}
	a, err := w.tx.Activations().Get(o.Activation)
	if err != nil || a.State != itms.ActivationIssued {
		return err
	}
	a.State = itms.ActivationRevoked
	return w.tx.Activations().Put(a)
}

// useCode marks the order's code as used by the device that claimed, however it did:
// a code has no use any more then.
func (w *work) useCode(o *itms.Order, d *itms.Device) error {
	if o.Activation == "" {
		return nil
	}
	a, err := w.tx.Activations().Get(o.Activation)
	if err != nil || a.State == itms.ActivationRevoked || a.State == itms.ActivationExpired {
		return err
	}
	a.State, a.Device, a.UsedAt = itms.ActivationUsed, d.ID, w.now
	return w.tx.Activations().Put(a)
}

// lookUpCode finds the activation of a typed code. Errors: CodeMistyped, CodeUnknown,
// CodeExpired, CodeRevoked.
func (w *work) lookUpCode(text string) (*itms.Activation, error) {
	code, err := itms.ParseCodeDigits(text)
	if err != nil {
		return nil, err
	}
	hash := w.codeHash(code)
	a, err := w.tx.Activations().Get(hash)
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		return nil, itms.Errorf(itms.KindNotFound, itms.CodeUnknown, "no order has this activation code")
	case err != nil:
		return nil, err
	case subtle.ConstantTimeCompare([]byte(a.Hash), []byte(hash)) != 1:
		return nil, itms.Errorf(itms.KindNotFound, itms.CodeUnknown, "no order has this activation code")
	}
	switch a.StateAt(w.now) {
	case itms.ActivationExpired:
		return nil, itms.Errorf(itms.KindConflict, itms.CodeExpired, "the activation code expired at %s; ask for a new one", a.ExpiresAt.Format("2006-01-02 15:04 MST"))
	case itms.ActivationRevoked:
		return nil, itms.Errorf(itms.KindConflict, itms.CodeRevoked, "the activation code was replaced by a newer one, or its order has ended")
	}
	return a, nil
}

// costs reports whether a refusal counts as a wrong code: slips of the hand and codes
// that were right once do not.
func costs(err error) bool {
	var e *itms.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == itms.CodeUnknown || e.Code == itms.CodeUsed || e.Code == itms.CodeMismatch
}

// refusal reports whether err refuses a code, as opposed to a failure of ours.
func refusal(err error) bool {
	return itms.IsKind(err, itms.KindInvalid) || itms.IsKind(err, itms.KindConflict) || itms.IsKind(err, itms.KindNotFound) || itms.IsKind(err, itms.KindLimit)
}

// Activate redeems a code that a technician sent from a phone. It names the order's
// device when the request says which, and lets it claim. The same again, for the same
// device, succeeds again. Errors: KindInvalid with CodeMistyped (costs no try) or
// pointers; KindNotFound with CodeUnknown; KindConflict with CodeExpired, CodeRevoked,
// CodeUsed or CodeMismatch; KindLimit with CodeLocked.
func (e *Engine) Activate(ctx context.Context, actor string, r itms.ActivationRequest) (*itms.Order, error) {
	in := &intake{}
	claim := in.readClaim("", itms.ClaimText{STBID: r.STBID, MAC: r.MAC})
	if len(in.fields) > 0 {
		return nil, &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "the activation has wrong fields", Fields: in.fields}
	}
	var order *itms.Order
	var refused error
	err := e.update(ctx, func(w *work) (err error) {
		refused = nil
		order, err = w.activate(actor, r, claim)
		if err != nil && refusal(err) {
			refused = err // what was counted stays
			return nil
		}
		return err
	})
	return order, errors.Join(err, refused)
}

// activate is Activate within a transaction. A refusal comes back after its count was
// stored.
func (w *work) activate(actor string, r itms.ActivationRequest, claim itms.DeviceClaim) (*itms.Order, error) {
	d, err := w.guesser(claim)
	if err != nil {
		return nil, err
	}
	g, err := w.sourceGuesses(r.Source)
	if err != nil {
		return nil, err
	}
	if err := w.lockedOut(&g, "this address"); err != nil {
		return nil, err
	}
	if d != nil {
		if err := w.lockedOut(&d.Guesses, "this device"); err != nil {
			return nil, err
		}
	}
	o, err := w.redeemByPhone(actor, r.Code, claim, r.Areas)
	if err == nil || !costs(err) {
		return o, err
	}
	if counted := w.missed(d, r.Source); counted != nil {
		return nil, counted
	}
	if d != nil {
		if stored := w.putDevice(d); stored != nil {
			return nil, stored
		}
	}
	return nil, err
}

// guesser is the device that wrong codes from a phone count against: the one that is
// named, unless it serves, since nobody may lock a customer's box from afar.
func (w *work) guesser(claim itms.DeviceClaim) (*itms.Device, error) {
	devices, err := w.devicesNamed(claim)
	if err != nil || len(devices) != 1 {
		return nil, err
	}
	if b, err := w.inForce(devices[0].ID); err != nil || b != nil {
		return nil, err
	}
	return devices[0], nil
}

// redeemByPhone confirms the order of a code, and names its device.
func (w *work) redeemByPhone(actor, text string, claim itms.DeviceClaim, areas itms.Areas) (*itms.Order, error) {
	a, err := w.lookUpCode(text)
	if err != nil {
		return nil, err
	}
	o, err := w.tx.Orders().Get(a.Order)
	if err != nil {
		return nil, err
	}
	if !areas.Hold(o.Area) {
		return nil, itms.Errorf(itms.KindNotFound, itms.CodeUnknown, "no order has this activation code")
	}
	if a.State == itms.ActivationUsed {
		return o, w.usedBefore(a, claim)
	}
	return o, w.confirm(o, a, claim, actor)
}

// usedBefore accepts a used code from the device that used it, and refuses it from
// any other.
func (w *work) usedBefore(a *itms.Activation, claim itms.DeviceClaim) error {
	used := a.Claim
	if !a.Device.IsZero() {
		d, err := w.device(a.Device)
		if err != nil {
			return err
		}
		used = claimOf(d)
	}
	if claim.IsZero() || sameClaim(claim, used) {
		return nil
	}
	return itms.Errorf(itms.KindConflict, itms.CodeUsed, "another device has used this activation code")
}

// confirm records a person's word that the order's device is the right one, and lets
// a device that is known claim at its next contact, which is asked for.
func (w *work) confirm(o *itms.Order, a *itms.Activation, claim itms.DeviceClaim, actor string) error {
	if !o.State.Waiting() {
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s is %s", o.No, o.State)
	}
	switch stays := o.Kind == itms.KindRelocate && o.Claim.IsZero(); {
	case stays: // the same box at another place: nothing is to be named
	case o.Claim.IsZero() && claim.IsZero():
		return &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "the order names no device yet",
			Fields: []itms.FieldError{{Pointer: "/mac", Text: "expected stbId or mac of the device"}}}
	case !o.Claim.IsZero() && !claim.IsZero() && !sameClaim(o.Claim, claim):
		return itms.Errorf(itms.KindConflict, itms.CodeMismatch, "the order is for another device: %s", claimText(o.Claim))
	case o.Claim.IsZero():
		if err := w.nameDevice(o, claim); err != nil {
			return err
		}
	}
	return w.storeConfirmation(o, a, actor)
}

// storeConfirmation marks code and order, and says what is awaited now.
func (w *work) storeConfirmation(o *itms.Order, a *itms.Activation, actor string) error {
	a.State, a.Claim, a.UsedAt = itms.ActivationUsed, o.Claim, w.now
	if err := w.tx.Activations().Put(a); err != nil {
		return err
	}
	o.Confirmed, o.Way = true, itms.ByPhone
	if err := w.record("order.activated", itms.Event{Order: o.ID, OrderNo: o.No, Service: o.Service, Area: o.Area, Actor: actor,
		Text: fmt.Sprintf("order %s was activated by %s", o.No, actor)}); err != nil {
		return err
	}
	if o.Kind != itms.KindRelocate || !o.Claim.IsZero() {
		o.Trouble = itms.TroubleNeverInformed
		reason := fmt.Sprintf("activated; waiting for the device (%s) to come into contact", claimText(o.Claim))
		if o.State == itms.OrderWaitingDevice {
			o.Reason = reason
		} else if err := w.move(o, onAccept, reason, actor); err != nil {
			return err
		}
	}
	if err := w.store(o); err != nil {
		return err
	}
	return w.wakeOrdered(o)
}

// mayServe refuses a device that is not free for an order: it serves elsewhere, or is
// the very one that the order replaces.
func (w *work) mayServe(o *itms.Order, claim itms.DeviceClaim) error {
	verdict, err := w.available(claim, o.Service)
	if err != nil {
		return err
	}
	if verdict != nil {
		return itms.Errorf(itms.KindConflict, itms.CodeDeviceTaken, "%s", verdict.reason)
	}
	s, err := w.slotOf(o.Service)
	if err != nil || s.bound == nil || o.Kind == itms.KindRelocate && o.Binding == "" {
		return err
	}
	d, err := w.device(s.bound.Device)
	if err == nil && claim.Matches(d) {
		err = itms.Errorf(itms.KindConflict, itms.CodeDeviceTaken, "the device (%s) is the one that order %s replaces", claimText(claim), o.No)
	}
	return err
}

// nameDevice gives a waiting order its device, which must be free.
func (w *work) nameDevice(o *itms.Order, claim itms.DeviceClaim) error {
	if err := w.mayServe(o, claim); err != nil {
		return err
	}
	b, err := w.tx.Bindings().Get(o.Binding)
	if err != nil {
		return err
	}
	o.Claim, b.Claim, b.UpdatedAt = claim, claim, w.now
	return w.tx.Bindings().Put(b)
}
