package workorder

import (
	"context"
	"fmt"

	"itms"
)

// Backfill names, or changes, the device of an order that waits for one; of a failed
// order it changes the box: what was claimed is released and wiped. Errors:
// KindNotFound; KindInvalid with pointers; KindConflict with CodeOrderState, or with
// CodeDeviceTaken and the reason when the device may not be used.
func (e *Engine) Backfill(ctx context.Context, actor string, id itms.OrderID, c itms.ClaimText) (*itms.Order, error) {
	in := &intake{}
	claim := in.readClaim("", c)
	if claim.IsZero() && len(in.fields) == 0 {
		in.wrong("/mac", "expected stbId, mac or serial")
	}
	if len(in.fields) > 0 {
		return nil, &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "the device has wrong fields", Fields: in.fields}
	}
	return e.onOrder(ctx, id, func(w *work, o *itms.Order) error { return w.backfill(o, claim, actor) })
}

// backfill is Backfill within a transaction.
func (w *work) backfill(o *itms.Order, claim itms.DeviceClaim, actor string) error {
	heldForDevice := o.State == itms.OrderHeld && o.Binding != ""
	switch {
	case o.State == itms.OrderHeld && o.Binding == "" && takesDevice(o.Kind):
		return w.renameHeld(o, claim, actor)
	case o.State == itms.OrderFailed && (o.Kind == itms.KindInstall || o.Kind == itms.KindSwap):
		if err := w.changeBox(o); err != nil {
			return err
		}
	case !o.State.Waiting() && !heldForDevice, o.Binding == "":
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s is %s; a device can be named while it waits for one, or when it failed", o.No, o.State)
	}
	b, err := w.tx.Bindings().Get(o.Binding)
	if err != nil {
		return err
	}
	if b.State != itms.BindingPrebound {
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s acts on the device that its service has: a swap replaces it", o.No)
	}
	if err := w.nameDevice(o, claim); err != nil {
		return err
	}
	if err := w.recordBackfill(o, actor); err != nil {
		return err
	}
	verdict := w.awaited(o)
	if o.Trouble = verdict.trouble; o.State.Waiting() && sameState(o.State, verdict.on) {
		o.Reason = verdict.reason
		err = w.store(o)
	} else {
		err = w.move(o, verdict.on, verdict.reason, actor)
	}
	if err != nil {
		return err
	}
	return w.wakeOrdered(o)
}

// recordBackfill journals who named which device.
func (w *work) recordBackfill(o *itms.Order, actor string) error {
	return w.record("order.backfilled", itms.Event{Order: o.ID, OrderNo: o.No, Service: o.Service, Area: o.Area, Actor: actor,
		Text: fmt.Sprintf("order %s is to be served by the device (%s), says %s", o.No, claimText(o.Claim), actor)})
}

// takesDevice reports whether orders of a kind are about a device to come.
func takesDevice(k itms.OrderKind) bool {
	return k == itms.KindInstall || k == itms.KindSwap || k == itms.KindRelocate
}

// renameHeld names another device for an order that could not be admitted, most
// likely because of the one that it named, and lets it try again.
func (w *work) renameHeld(o *itms.Order, claim itms.DeviceClaim, actor string) error {
	if err := w.mayServe(o, claim); err != nil {
		return err
	}
	o.Claim = claim
	if err := w.recordBackfill(o, actor); err != nil {
		return err
	}
	return w.start(o, actor)
}

// sameState reports whether a trigger leads to where the order stands already.
func sameState(s itms.OrderState, on trigger) bool {
	return s == itms.OrderWaitingDevice && on == onAccept || s == itms.OrderWaitingCode && on == onNeedCode
}

// changeBox releases the box of a failed order and reserves the slot for another.
func (w *work) changeBox(o *itms.Order) error {
	b, err := w.tx.Bindings().Get(o.Binding)
	if err != nil {
		return err
	}
	if b.State == itms.BindingClaimed {
		if err := w.release(b, ""); err != nil {
			return err
		}
	}
	svc, err := w.tx.Services().Get(o.Service)
	if err != nil {
		return err
	}
	o.Claim, o.Device, o.Confirmed, o.Way, o.Touched = itms.DeviceClaim{}, itms.DeviceID{}, false, "", true
	_, err = w.reserve(o, svc)
	return err
}

// Reissue gives a waiting technician's order a new activation code; the old one is
// revoked. The code is in the returned order's Code, this once. Errors: KindNotFound;
// KindConflict with CodeOrderState.
func (e *Engine) Reissue(ctx context.Context, actor string, id itms.OrderID) (*itms.Order, error) {
	return e.onOrder(ctx, id, func(w *work, o *itms.Order) error {
		if o.Mode != itms.ModeTechnician || !o.State.Waiting() || o.Activation == "" || o.Confirmed {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s is %s in %s mode; only a technician's order that waits for its code has one", o.No, o.State, o.Mode)
		}
		if err := w.issueCode(o); err != nil {
			return err
		}
		if err := w.record("order.code", itms.Event{Order: o.ID, OrderNo: o.No, Service: o.Service, Area: o.Area, Actor: actor,
			Text: fmt.Sprintf("order %s got a new activation code, asked for by %s", o.No, actor)}); err != nil {
			return err
		}
		return w.store(o)
	})
}

// Reverse submits the order that undoes a done one, under a number of its own: install
// and terminate, suspend and resume undo each other; a swap goes back to the old
// device; changes go back to what was. The same again returns the first answer. Errors:
// those of Submit; KindConflict with CodeOrderState for an order that is not done.
func (e *Engine) Reverse(ctx context.Context, actor string, id itms.OrderID, no string) (*itms.Order, bool, error) {
	var req itms.OrderRequest
	err := e.view(ctx, func(w *work) error {
		o, err := w.tx.Orders().Get(id)
		if err != nil {
			return err
		}
		if o.Before == nil && o.Kind != itms.KindInstall {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s changed nothing: there is nothing to reverse", o.No)
		}
		if o.State != itms.OrderDone {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s is %s; only a done order can be reversed, others can be cancelled", o.No, o.State)
		}
		if err := w.newest(o); err != nil {
			return err
		}
		req, err = w.reverse(o, no)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return e.submitReverse(ctx, actor, req, id)
}

// newest refuses to undo what later orders have built upon.
func (w *work) newest(o *itms.Order) error {
	svc, err := w.tx.Services().Get(o.Service)
	if err == nil && o.Rev != 0 && o.Rev != svc.DesiredRev && o.Kind != itms.KindSuspend && o.Kind != itms.KindResume {
		err = itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s cannot be reversed: service %s was changed since; reverse the later orders first", o.No, svc.ID)
	}
	return err
}

// submitReverse is Submit for an order that restores what another one changed.
func (e *Engine) submitReverse(ctx context.Context, actor string, req itms.OrderRequest, undone itms.OrderID) (*itms.Order, bool, error) {
	in, err := validate(&req, &e.policy)
	if err != nil {
		return nil, false, err
	}
	content, err := in.content()
	if err != nil {
		return nil, false, err
	}
	fresh := e.newOrder(in, e.vault.Fingerprint("order-content", content))
	fresh.Restores = undone
	return e.insert(ctx, fresh, actor)
}

// reverse writes the document that undoes an order.
func (w *work) reverse(o *itms.Order, no string) (itms.OrderRequest, error) {
	req := o.Request
	req.OrderNo, req.Kind, req.Mode, req.Seq = no, recipes[o.Kind].undo, itms.ModeSelf, 0
	req.Service.ID, req.Device, req.OldDevice = o.Service, itms.ClaimText{}, itms.ClaimText{}
	switch req.Kind {
	case itms.KindInstall:
		return req, w.reinstall(&req, o)
	case itms.KindSwap:
		req.Device = claimAsText(o.OldDevice)
	case itms.KindPassword:
		return req, w.formerPasswords(&req, o)
	case itms.KindModify:
		return req, w.openPasswords(&req, o.Before)
	case itms.KindRelocate:
		if req.Line = o.Before.Line; req.Line == (itms.Line{}) {
			return req, itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s cannot be reversed: where the service was before is not known", o.No)
		}
	case itms.KindTransfer:
		req.Subscriber = o.Before.Subscriber
	}
	return req, nil
}

// reinstall completes the reverse of a terminate: the service as it was, on the device
// that it had.
func (w *work) reinstall(req *itms.OrderRequest, o *itms.Order) error {
	was := o.Before
	req.Subscriber, req.Line, req.Attributes = was.Subscriber, was.Line, was.Attributes
	req.Service = itms.ServiceSpec{ID: was.ID, Type: was.Type, Package: was.Package, Account: was.Account, AuthURL: was.AuthURL,
		AuthURLBackup: was.AuthURLBackup, Access: itms.AccessSpec{Type: was.Access.Type, Account: was.Access.Account,
			DownKbps: was.Access.DownKbps, UpKbps: was.Access.UpKbps}}
	if err := w.openPasswords(req, was); err != nil {
		return err
	}
	if o.Device.IsZero() {
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s cannot be reversed: its service had no device; post an install", o.No)
	}
	d, err := w.device(o.Device)
	if err != nil {
		return err
	}
	req.Device = claimAsText(claimOf(d))
	return nil
}

// formerPasswords completes the reverse of a change of passwords.
func (w *work) formerPasswords(req *itms.OrderRequest, o *itms.Order) error {
	if err := w.openPasswords(req, o.Before); err != nil {
		return err
	}
	if req.Service.Password.IsZero() && req.Service.Access.Password.IsZero() {
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s cannot be reversed: there was no password before", o.No)
	}
	return nil
}

// openPasswords puts a stored service's passwords into a document in memory.
func (w *work) openPasswords(req *itms.OrderRequest, was *itms.Service) (err error) {
	if req.Service.Password, err = w.unseal(was.Password); err != nil {
		return err
	}
	req.Service.Access.Password, err = w.unseal(was.Access.Password)
	return err
}

// claimAsText writes a claim as an order carries it.
func claimAsText(c itms.DeviceClaim) itms.ClaimText {
	return itms.ClaimText{STBID: string(c.STBID), MAC: c.Address().String(), Serial: c.Serial, Model: c.Model}
}
