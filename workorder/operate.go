package workorder

import (
	"context"
	"fmt"
	"slices"

	"itms"
)

// startHeld starts held orders, the oldest first.
func (w *work) startHeld(held map[itms.OrderID]*itms.Order, ids []itms.OrderID) error {
	slices.Sort(ids)
	for _, id := range ids {
		if err := w.start(held[id], System); err != nil {
			return err
		}
	}
	return nil
}

// Retry lets a failed order be tried again, from the start and with all tries.
// Errors: KindNotFound, KindConflict with CodeOrderState unless it is failed.
func (e *Engine) Retry(ctx context.Context, actor string, id itms.OrderID) (*itms.Order, error) {
	var order *itms.Order
	err := e.update(ctx, func(w *work) (err error) {
		order, err = w.retry(id, actor)
		return err
	})
	return order, err
}

// retry reopens the order and clears the device's failure.
func (w *work) retry(id itms.OrderID, actor string) (*itms.Order, error) {
	o, err := w.tx.Orders().Get(id)
	if err != nil {
		return nil, err
	}
	if o.State != itms.OrderFailed {
		return nil, itms.Errorf(itms.KindConflict, itms.CodeOrderState,
			"order %s is %s; only a failed order can be retried", o.No, o.State)
	}
	o.Attempt++
	if err := w.move(o, onRetry, fmt.Sprintf("attempt %d, asked for by %s", o.Attempt, actor), actor); err != nil {
		return nil, err
	}
	d, err := w.device(o.Device)
	if err != nil {
		return nil, err
	}
	d.Sync, d.State, d.Problem = itms.Sync{Rows: d.Sync.Rows}, itms.DeviceConfiguring, ""
	w.fx.wake = append(w.fx.wake, d.ID)
	if err := w.tx.Devices().Put(d); err != nil {
		return nil, err
	}
	return o, w.pushSecretsAgain(d)
}

// pushSecretsAgain forgets which credentials a device was given.
func (w *work) pushSecretsAgain(d *itms.Device) error {
	tree, err := w.tx.Devices().Params(d.ID)
	if err != nil || !w.forgetSecrets(d.Profile, tree) {
		return err
	}
	return w.tx.Devices().PutParams(d.ID, tree)
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
	if err != nil || d.Blocked == on {
		return d, err
	}
	d.Blocked = on
	typ := "device.unblocked"
	if on {
		typ = "device.blocked"
	}
	if err := w.record(typ, itms.Event{Device: id, Actor: actor, Text: fmt.Sprintf("%s: %s by %s", id, typ, actor)}); err != nil {
		return nil, err
	}
	return d, w.tx.Devices().Put(d)
}

// Notice stores what a device reported within a session besides its Inform.
func (e *Engine) Notice(ctx context.Context, n itms.Notice) error {
	return e.update(ctx, func(w *work) error {
		return w.record("device.notice", itms.Event{Device: n.Device, Text: n.Text, Data: n.Data})
	})
}

// Ended notes the end of a session; it never blocks.
func (e *Engine) Ended(s itms.SessionSummary) { e.store.Contacted(s) }

// Reach is how a device is asked for contact.
type Reach struct {
	URL      string
	Username string
	Password itms.Secret
}

// Reach returns how to ask a device for contact; an empty URL when it never said.
// Errors: KindNotFound.
func (e *Engine) Reach(ctx context.Context, id itms.DeviceID) (Reach, error) {
	var r Reach
	err := e.view(ctx, func(w *work) error {
		d, err := w.device(id)
		if err != nil {
			return err
		}
		r.URL, r.Username = d.ConnectionRequestURL, d.ConnectionUsername
		r.Password, err = w.unseal(d.ConnectionPassword)
		return err
	})
	return r, err
}
