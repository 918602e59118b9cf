package workorder

import (
	"context"
	"fmt"
	"maps"

	"itms"
)

// Retry lets a failed order be tried again, from the start and with all tries; an
// order that is held since its device's model or firmware is not allowed is judged
// anew. Errors: KindNotFound, KindConflict with CodeOrderState for any other.
func (e *Engine) Retry(ctx context.Context, actor string, id itms.OrderID) (*itms.Order, error) {
	return e.onOrder(ctx, id, func(w *work, o *itms.Order) error { return w.retry(o, actor) })
}

// retry reopens the order and clears the device's failure.
func (w *work) retry(o *itms.Order, actor string) error {
	reason := fmt.Sprintf("attempt %d, asked for by %s", o.Attempt+1, actor)
	switch {
	case o.State == itms.OrderHeld && o.Binding != "":
		o.Attempt, o.Touched = o.Attempt+1, true
		if err := w.move(o, onAccept, reason, actor); err != nil {
			return err
		}
		return w.retryUpgrade(o)
	case o.State != itms.OrderFailed:
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState,
			"order %s is %s; only a failed order can be retried", o.No, o.State)
	}
	d, err := w.device(o.Device)
	if err != nil {
		return err
	}
	if err := w.stillHeld(o); err != nil {
		return err
	}
	if _, err := w.requeueCalls(o, ""); err != nil {
		return err
	}
	if err := w.resumeSlot(o); err != nil {
		return err
	}
	o.Touched = true
	if err := w.move(o, onRetry, reason, actor); err != nil {
		return err
	}
	if o.Kind == itms.KindTerminate && d.Wipe != o.Binding {
		return w.settleWiped(o)
	}
	d.Sync, d.State, d.Problem = itms.Sync{Rows: d.Sync.Rows}, itms.DeviceConfiguring, ""
	if d.Wipe != "" {
		d.State = itms.DeviceWipePending
	} else if d.Page.Want.State == itms.PageFailed {
		w.turnPage(d, itms.PageView{State: itms.PagePushing})
	}
	w.fx.wake = append(w.fx.wake, d.ID)
	if err := w.putDevice(d); err != nil {
		return err
	}
	return w.pushSecretsAgain(d)
}

// stillHeld refuses to go on with an order whose device was taken away.
func (w *work) stillHeld(o *itms.Order) error {
	if o.Kind == itms.KindTerminate {
		return nil
	}
	b, err := w.tx.Bindings().Get(o.Binding)
	if err == nil && !b.State.InForce() {
		err = itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s has no device any more: name another (back-fill), or cancel it", o.No)
	}
	return err
}

// resumeSlot gives a failed order its slot again, unless another order runs there (I7).
func (w *work) resumeSlot(o *itms.Order) error {
	svc, err := w.tx.Services().Get(o.Service)
	if err != nil {
		return err
	}
	others, err := w.rivals(o, nil)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.State.Waiting() || other.State.UnderWay() {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s of the same service is %s; retry once it has ended", other.No, other.State)
		}
	}
	svc.Order, svc.Busy, svc.UpdatedAt = o.ID, true, w.now
	switch {
	case o.Rev == 0 || o.Rev == svc.DesiredRev || o.Kind == itms.KindTerminate:
		return w.tx.Services().Put(svc)
	case o.Kind == itms.KindSuspend:
		svc.State = itms.ServiceSuspended
	}
	return w.applyTo(svc, o) // it was changed again since
}

// retryUpgrade lets the devices that an order names fetch their firmware again.
func (w *work) retryUpgrade(o *itms.Order) error {
	devices, err := w.devicesNamed(o.Claim)
	if err != nil {
		return err
	}
	for _, d := range devices {
		d.Upgrade = itms.Upgrade{}
		if err := w.putDevice(d); err != nil {
			return err
		}
		w.fx.wake = append(w.fx.wake, d.ID)
	}
	return nil
}

// pushSecretsAgain forgets which credentials a device was given.
func (w *work) pushSecretsAgain(d *itms.Device) error {
	tree, err := w.params(d.ID)
	if err != nil || !w.forgetSecrets(d.Profile, tree) {
		return err
	}
	return w.putParams(d.ID, tree)
}

// Block forbids a device any session, or allows it again. Errors: KindNotFound.
func (e *Engine) Block(ctx context.Context, actor string, id itms.DeviceID, on bool) (*itms.Device, error) {
	var device *itms.Device
	err := e.update(ctx, func(w *work) (err error) {
		device, err = w.block(id, on, actor)
		return err
	})
	return device, err
}

// block sets the flag and journals who did it.
func (w *work) block(id itms.DeviceID, on bool, actor string) (*itms.Device, error) {
	d, err := w.device(id)
	if err != nil || d.Blocked == on && (on || !needsUnblocking(d)) {
		return d, err
	}
	d.Blocked, d.State = on, itms.DeviceBlocked
	typ := "device.blocked"
	if !on {
		typ = "device.unblocked"
		admit(d)
		if d.State, err = w.stateOf(d); err != nil {
			return nil, err
		}
	}
	if err := w.record(typ, itms.Event{Device: id, Actor: actor, Text: fmt.Sprintf("%s: %s by %s", id, typ, actor)}); err != nil {
		return nil, err
	}
	if err := w.tellDevice(d); err != nil {
		return nil, err
	}
	return d, w.putDevice(d)
}

// stateOf says in one word what a device is doing, from what holds it.
func (w *work) stateOf(d *itms.Device) (itms.DeviceState, error) {
	b, err := w.inForce(d.ID)
	switch {
	case err != nil:
		return "", err
	case b == nil && d.Wipe != "":
		return itms.DeviceWipePending, nil
	case b == nil:
		return itms.DeviceOnlineUnbound, nil
	case b.State == itms.BindingClaimed:
		return itms.DeviceConfiguring, nil
	}
	svc, err := w.tx.Services().Get(b.Service)
	if err == nil && svc.State == itms.ServiceSuspended {
		return itms.DeviceSuspended, nil
	}
	return itms.DeviceInService, err
}

// Notice stores what a device reported within a session besides its Inform.
func (e *Engine) Notice(ctx context.Context, n itms.Notice) error {
	return e.update(ctx, func(w *work) error {
		told := n // a transaction may run again: what is added to it must not stay
		if told.Data = maps.Clone(n.Data); told.Data == nil {
			told.Data = map[string]string{}
		}
		if err := w.heed(&told); err != nil {
			return err
		}
		return w.record("device.notice", itms.Event{Device: n.Device, Text: told.Text, Data: told.Data})
	})
}

// heed acts on what a device reports.
func (w *work) heed(n *itms.Notice) error {
	switch n.Method {
	case "TransferComplete":
		if err := w.upgradeTold(*n); err != nil && !itms.IsKind(err, itms.KindNotFound) {
			return err
		}
	case "RequestDownload":
		return w.offer(n)
	case "AutonomousTransferComplete":
		return w.ownImage(n)
	}
	return w.taskNotice(n)
}

// Ended notes the end of a session; it never blocks.
func (e *Engine) Ended(s itms.SessionSummary) { e.store.Contacted(s) }
