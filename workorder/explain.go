package workorder

import (
	"context"
	"fmt"
	"time"

	"itms"
)

// advice is what the people concerned with one trouble are told. %s in a sentence
// stands for the facts of the case.
type advice struct {
	operator   string
	technician string
	next       string
}

// advices has a row for every trouble: when zero-touch fails, nobody is left without a
// reason and a next action.
var advices = map[itms.Trouble]advice{
	itms.TroubleNeverInformed: {
		"The device was never in contact, or not since it was asked for: %s.",
		"Check power, cable and the line's light. The box needs an address and the ACS address of the operator.",
		"Look whether the network knows the MAC (AAA, DHCP), whether the port is up, and which ACS address the box has; then power it off and on."},
	itms.TroubleNoOrder: {
		"The device is in contact and no order names it: %s.",
		"The order has not arrived, or names another box. Compare the MAC on the label with the one in the order.",
		"Wait for the order, correct the device of the order (back-fill), or bind the device by hand."},
	itms.TroubleMACMismatch: {
		"The device in contact is not the one that the order names: %s.",
		"The MAC on the box and the one in the order differ. Read out the last six digits.",
		"Correct the device of the order (back-fill), or fit the box that the order names."},
	itms.TroubleNotInStock: {
		"The warehouse's word keeps the device from serving: %s.",
		"This box may not be used. Fit another one.",
		"Import the box into stock, recycle it, or name another one (back-fill)."},
	itms.TroubleModel: {
		"The model is not allowed where the service is delivered: %s.",
		"This model is not allowed here. Fit another one.",
		"Name another box (back-fill), or change the rule for the area and retry the order."},
	itms.TroubleFirmware: {
		"The device did not get the firmware that it must have: %s.",
		"The box could not take its firmware. Leave it on, with a stable line, or fit another one.",
		"Check that the device reaches the address of the firmware file and that the file suits the model; then retry the order, or change the box."},
	itms.TroubleUpgrading: {
		"Firmware comes first, the service follows by itself: %s.",
		"The box is loading firmware. Do not switch it off.",
		"Wait. The try is given up when its time is over."},
	itms.TroubleInUse: {
		"The device, or the LOID, is in use elsewhere: %s.",
		"This box serves another customer. Fit another one.",
		"Terminate or swap the other service, unbind the device there, or name another box (back-fill). The order goes on by itself once the device is free."},
	itms.TroubleNoService: {
		"The service that the order is about is not there: %s.",
		"The order came before its service. Nothing is to be done at the box.",
		"Wait for the install, or cancel the order. It goes on by itself once the service is there."},
	itms.TroubleOrderFirst: {
		"Another order of the same service goes first: %s.",
		"Another job of this customer is still under way. Finish it first.",
		"Finish, retry or cancel the other order. This one goes on by itself."},
	itms.TroubleNeedsSTB: {
		"Nobody has named a device yet: %s.",
		"Type the activation code on the box, or send code and MAC from the phone.",
		"Back-fill the device, or have the code typed."},
	itms.TroubleNeedsCode: {
		"The activation code, or the LOID, was not typed yet: %s.",
		"Type the activation code of the work order on the box, or send it from the phone.",
		"Have the code typed; a lost or expired code can be issued again."},
	itms.TroubleRefused: {
		"What was typed at the device was refused: %s.",
		"The code, or LOID and password, were refused. Compare them with the work order and type them again; an expired code must be issued again.",
		"Issue the code again, correct the order (back-fill, LOID), or unlock the device or wait when too many were wrong."},
	itms.TroubleLocked: {
		"Too many wrong codes: %s.",
		"The box takes no code for now. Check the code with the help desk before the next try.",
		"Unlock the device, issue the code again if need be, or wait until the lock is over."},
	itms.TroubleConflict: {
		"The device contradicts another one, or is blocked: %s.",
		"The box says that it is another one. Fit another box.",
		"Find out which of the devices is right; block the other one."},
	itms.TroubleNoProfile: {
		"No profile describes what to write into this device: %s.",
		"This model is not known here. Fit another one.",
		"Add a profile for the model, then the next contact goes on by itself."},
	itms.TroubleFault: {
		"The device refuses what it is told: %s.",
		"The box refuses its configuration. A factory reset may help; else fit another one.",
		"Compare the profile with the device's parameters, mend the profile, then retry; or recover or change the box."},
	itms.TroubleReadBack: {
		"The device takes values and does not keep them: %s.",
		"The box does not keep its configuration. A factory reset may help; else fit another one.",
		"Retry the order, update the firmware, or change the box."},
	itms.TroubleSilent: {
		"The device stops answering: %s.",
		"The box stops in the middle. Power it off and on.",
		"Retry the order; if it stops at the same place again, mend the profile or update the firmware."},
	itms.TroubleLogin: {
		"Everything was written and read back, but the login at the platform is not confirmed: %s.",
		"The box is configured, but the platform does not let it in. Note what it shows.",
		"Check account and password at the platform (AAA, IPTV platform), whether the account is bound to another MAC, and whether the box reaches the platform."},
	itms.TroubleTimeout: {
		"The device was not verified in time: %s.",
		"Leave the box on; power it off and on once.",
		"Ask the device for contact, then retry the order."},
	itms.TroubleNeighbour: {
		"Another system must do its part before the box is configured: %s.",
		"The box is here and waits for the platform. Leave it on; call the help desk if it takes longer than ten minutes.",
		"Look at the order's calls to neighbours: what the system answered last. Put it right there, then retry the call; the order goes on by itself."},
	itms.TroubleOperator: {
		"An operator ended it: %s.",
		"The help desk has stopped this job. Call them.",
		"Read the order's history, then retry, force or cancel it."},
	itms.TroublePostponed: {
		"The order is to begin later: %s.",
		"This job is not to begin yet.",
		"Wait for its time. Whoever sent the service order may change the time, or end the hold."},
}

// pages is what a device's page shows, in words.
var pages = map[itms.PageState]string{
	itms.PageAsk:     "its registration page, asking for the code",
	itms.PageRefused: "its registration page, saying that the input was refused",
	itms.PageLocked:  "no prompt: it is locked",
	itms.PagePushing: "that its service is being configured",
	itms.PageDone:    "that it is registered",
	itms.PageFailed:  "that its configuration failed",
	itms.PageIdle:    "that it is registered already",
}

// diagnose makes the sentences of a case.
func diagnose(code itms.Trouble, facts string, devices ...*itms.Device) *itms.Diagnosis {
	a, zh := advices[code], advicesZh[code]
	d := &itms.Diagnosis{Code: code, Operator: sentence(a.operator, facts), Technician: a.technician, Next: a.next,
		OperatorZh: zh.operator, TechnicianZh: zh.technician, NextZh: zh.next}
	for _, device := range devices {
		if d.Devices = append(d.Devices, device.ID.String()); d.Shows == "" {
			d.Shows = pages[device.Page.Want.State]
		}
	}
	return d
}

// Explain says why an order does not move; nil for one that is over or moving. Errors:
// KindNotFound.
func (e *Engine) Explain(ctx context.Context, id itms.OrderID) (diagnosis *itms.Diagnosis, err error) {
	err = e.view(ctx, func(w *work) error {
		o, err := w.tx.Orders().Get(id)
		if err != nil {
			return err
		}
		diagnosis, err = w.explainOrder(o)
		return err
	})
	return diagnosis, err
}

// explainOrder is Explain within a transaction.
func (w *work) explainOrder(o *itms.Order) (*itms.Diagnosis, error) {
	switch {
	case o.Trouble == "" || o.State.Final() && o.State != itms.OrderRejected && o.State != itms.OrderExpired:
		return nil, nil
	case o.Trouble == itms.TroubleNeverInformed && o.State == itms.OrderWaitingDevice:
		return w.explainAbsence(o)
	}
	devices, err := w.concerned(o)
	if err != nil {
		return nil, err
	}
	if o.Trouble == itms.TroubleNeedsCode || o.Trouble == itms.TroubleNeedsSTB {
		if expired, err := w.codeExpired(o); err != nil || expired {
			return diagnose(o.Trouble, "its activation code has expired and must be issued again; "+o.Reason, devices...), err
		}
		if near, err := w.nearMisses(o); err != nil || near != nil {
			return near, err
		}
	}
	return diagnose(o.Trouble, o.Reason, devices...), nil
}

// codeExpired reports whether the code that an order waits for is too old.
func (w *work) codeExpired(o *itms.Order) (bool, error) {
	if o.Activation == "" {
		return false, nil
	}
	a, err := w.tx.Activations().Get(o.Activation)
	return err == nil && a.StateAt(w.now) == itms.ActivationExpired, err
}

// concerned lists the devices that an order is about and that were in contact.
func (w *work) concerned(o *itms.Order) ([]*itms.Device, error) {
	if !o.Device.IsZero() {
		d, err := w.device(o.Device)
		return []*itms.Device{d}, err
	}
	return w.devicesNamed(o.Claim)
}

// explainAbsence says why the device that an order waits for does not come: a similar
// one may have come instead, or nothing was ever heard of it.
func (w *work) explainAbsence(o *itms.Order) (*itms.Diagnosis, error) {
	devices, err := w.concerned(o)
	if err != nil {
		return nil, err
	}
	if len(devices) > 0 {
		d := devices[0]
		return diagnose(itms.TroubleNeverInformed, fmt.Sprintf("device %s was last in contact at %s; %s", d.ID, d.LastContact.Format(time.RFC3339), o.Reason), devices...), nil
	}
	if near, err := w.nearMisses(o); err != nil || near != nil {
		return near, err
	}
	return diagnose(itms.TroubleNeverInformed, fmt.Sprintf("nothing was ever heard of the device (%s)", claimText(o.Claim))), nil
}

// nearMisses finds devices in contact whose MAC ends in the same six digits as the one
// that the order names, but is another.
func (w *work) nearMisses(o *itms.Order) (*itms.Diagnosis, error) {
	wanted := o.Claim.Address()
	devices, err := w.devicesWith(itms.Term{Type: itms.TermMACTail, Value: wanted.Tail()})
	if err != nil {
		return nil, err
	}
	for _, d := range devices {
		if d.MAC != wanted {
			return diagnose(itms.TroubleMACMismatch, fmt.Sprintf("the order names MAC %s, and device %s with MAC %s is in contact: the last six digits %s are the same",
				wanted, d.ID, d.MAC, wanted.Tail()), d), nil
		}
	}
	return nil, nil
}

// ExplainDevice says why a device is not in service; nil when nothing is the matter.
// Errors: KindNotFound.
func (e *Engine) ExplainDevice(ctx context.Context, id itms.DeviceID) (diagnosis *itms.Diagnosis, err error) {
	err = e.view(ctx, func(w *work) error {
		d, err := w.device(id)
		if err != nil {
			return err
		}
		diagnosis, err = w.explainDevice(d)
		return err
	})
	return diagnosis, err
}

// explainDevice is ExplainDevice within a transaction.
func (w *work) explainDevice(d *itms.Device) (*itms.Diagnosis, error) {
	switch {
	case d.Blocked:
		return diagnose(itms.TroubleConflict, "an operator blocked it", d), nil
	case d.Conflict:
		return diagnose(itms.TroubleConflict, d.Problem, d), nil
	case d.Guesses.Until.After(w.now):
		return diagnose(itms.TroubleLocked, d.Problem, d), nil
	case d.Upgrade.Active():
		return diagnose(itms.TroubleUpgrading, fmt.Sprintf("from %s to %s", d.Software, d.Upgrade.Version), d), nil
	case d.Upgrade.Failed != "":
		return diagnose(itms.TroubleFirmware, d.Upgrade.Failed, d), nil
	}
	s, err := w.situation(d, visit{})
	if err != nil {
		return nil, err
	}
	switch {
	case s.inForce != nil:
		return w.explainServing(d, s.inForce)
	case s.open != nil:
		return w.explainOrder(s.order)
	}
	held, err := w.heldFor(d)
	switch {
	case err != nil:
		return nil, err
	case held != nil:
		return w.explainOrder(held)
	case d.Profile == "":
		return diagnose(itms.TroubleNoProfile, d.Problem, d), nil
	case d.Wipe != "" && d.Sync.Phase == itms.SyncFailed:
		return diagnose(orFault(d.Sync.Trouble), "its credentials could not be overwritten, which is tried again when it boots or its order is retried: "+d.Sync.Reason, d), nil
	case d.Page.Want.State == itms.PageRefused:
		return diagnose(itms.TroubleRefused, d.Problem, d), nil
	case d.State == itms.DeviceRecycled:
		return nil, nil
	}
	return w.explainUnmatched(d)
}

// heldFor returns the oldest held order that names the device, nil when there is none:
// one that could not be admitted has no binding that would lead to it.
func (w *work) heldFor(d *itms.Device) (oldest *itms.Order, err error) {
	held, err := w.waiting(d.Terms())
	for _, o := range held {
		if !o.Claim.IsZero() && o.Claim.Matches(d) && (oldest == nil || o.ID < oldest.ID) {
			oldest = o
		}
	}
	return oldest, err
}

// explainServing explains a device that a slot holds.
func (w *work) explainServing(d *itms.Device, b *itms.Binding) (*itms.Diagnosis, error) {
	switch {
	case d.Sync.Phase == itms.SyncFailed:
		return diagnose(orFault(d.Sync.Trouble), d.Sync.Reason, d), nil
	case d.Sighting.Moved:
		return diagnose(itms.TroubleConflict, d.Problem, d), nil
	}
	o, err := w.tx.Orders().Get(b.Order)
	if err != nil || o.State.Final() {
		return nil, err
	}
	return w.explainOrder(o)
}

// orFault is the trouble, a refusal when none was noted.
func orFault(code itms.Trouble) itms.Trouble {
	if code == "" {
		return itms.TroubleFault
	}
	return code
}

// explainUnmatched explains a device that no order names: perhaps one names nearly it.
func (w *work) explainUnmatched(d *itms.Device) (*itms.Diagnosis, error) {
	bindings, err := w.bindingsNamed(itms.Term{Type: itms.TermMACTail, Value: d.MAC.Tail()})
	if err != nil {
		return nil, err
	}
	for _, b := range bindings {
		if b.State != itms.BindingPrebound || b.Claim.Address() == d.MAC {
			continue
		}
		o, err := w.tx.Orders().Get(b.Order)
		if err != nil {
			return nil, err
		}
		return diagnose(itms.TroubleMACMismatch, fmt.Sprintf("it has MAC %s, and order %s names %s: the last six digits %s are the same",
			d.MAC, o.No, b.Claim.Address(), d.MAC.Tail()), d), nil
	}
	return diagnose(itms.TroubleNoOrder, fmt.Sprintf("%s (MAC %s)", d.Problem, d.MAC), d), nil
}
