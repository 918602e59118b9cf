package workorder

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"itms"
)

// Cancel withdraws an order. One that waits leaves nothing behind; what one under way
// has done already is undone: a claimed device is wiped, a changed service is as it
// was. Cancelled again, the answer is the same. Errors: KindNotFound; KindConflict with
// CodeOrderState for an order that has ended another way, or that ended a service.
func (e *Engine) Cancel(ctx context.Context, actor string, id itms.OrderID, reason string) (*itms.Order, error) {
	return e.onOrder(ctx, id, func(w *work, o *itms.Order) error { return w.cancel(o, actor, reason) })
}

// cancel is Cancel within a transaction. It changes nothing when it refuses.
func (w *work) cancel(o *itms.Order, actor, reason string) error {
	switch {
	case o.State == itms.OrderCancelled:
		return nil
	case o.State.Final():
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s is %s and cannot be cancelled; a done order is undone by its reverse", o.No, o.State)
	case o.Kind == itms.KindTerminate && o.State != itms.OrderHeld:
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s has ended its service already and cannot be cancelled; a new install brings it back", o.No)
	}
	if err := w.withdraw(o); err != nil {
		return err
	}
	text := "cancelled by " + actor
	if reason != "" {
		text += ": " + reason
	}
	if err := w.move(o, onCancel, text, actor); err != nil {
		return err
	}
	return w.releaseHeld(o)
}

// onOrder runs fn on an order in one transaction and returns the order after it.
func (e *Engine) onOrder(ctx context.Context, id itms.OrderID, fn func(*work, *itms.Order) error) (*itms.Order, error) {
	var order *itms.Order
	err := e.update(ctx, func(w *work) error {
		o, err := w.tx.Orders().Get(id)
		if err != nil {
			return err
		}
		order = o
		return fn(w, o)
	})
	if err != nil {
		return nil, err
	}
	return order, nil
}

// withdraw takes back what an order that did not end well has done so far: its binding
// is released, and the service is as it was before.
func (w *work) withdraw(o *itms.Order) error {
	if o.Service == "" || o.Binding == "" && o.Before == nil {
		return nil // it never held anything
	}
	s, err := w.slotOf(o.Service)
	if err != nil || s.service == nil {
		return err
	}
	for _, b := range []*itms.Binding{s.prebound, s.claimed} {
		if b == nil || b.Order != o.ID {
			continue
		}
		if err := w.release(b, o.ID); err != nil {
			return err
		}
	}
	return w.undo(s.service, o)
}

// undo brings a service back to what it was before the order.
func (w *work) undo(svc *itms.Service, o *itms.Order) error {
	switch {
	case o.Kind == itms.KindInstall && !o.Again:
		svc.State = itms.ServiceTerminated
	case o.Kind == itms.KindTerminate, o.Rev == 0 || o.Rev != svc.DesiredRev:
		return nil // what ended stays so; what changed nothing, or was changed again since, is not undone
	default:
		restore(svc, o.Before, aspects(o))
	}
	svc.DesiredRev++
	svc.UpdatedAt = w.now
	return w.tx.Services().Put(svc)
}

// tombstone is the setting that a cancel leaves for the order that it overtook.
type tombstone struct {
	Actor string    `json:"actor"`
	At    time.Time `json:"at"`
}

// tombstoneKey is where it stands.
func tombstoneKey(source string, no itms.OrderNo) string {
	return "tombstone/" + url.PathEscape(source) + "/" + string(no)
}

// tombstoneKeys are where the tombstones of an order may stand: its source's, and that
// of whoever named none.
func tombstoneKeys(o *itms.Order) []string {
	return []string{tombstoneKey(o.Source, o.No), tombstoneKey("", o.No)}
}

// Bury cancels an order that has not arrived yet: when it does, within TombstoneTTL,
// it is cancelled at once. An empty source stands for any. Errors: KindInvalid for a
// malformed number; KindConflict with CodeDuplicate when the order is there by now.
func (e *Engine) Bury(ctx context.Context, actor, source string, no itms.OrderNo) error {
	key := tombstoneKey(source, no)
	if err := itms.CheckKey("/orderNo", key); err != nil {
		return err
	}
	return e.update(ctx, func(w *work) error {
		if _, err := w.tx.Orders().ByNumber(source, no); err == nil {
			return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "order %s has arrived meanwhile", no)
		} else if !itms.IsKind(err, itms.KindNotFound) {
			return err
		}
		data, err := json.Marshal(tombstone{actor, w.now})
		if err != nil {
			return err
		}
		if err := w.tx.Settings().Put(key, data); err != nil {
			return err
		}
		if err := w.tx.Agenda().Set(settingAlarm(key), w.now.Add(TombstoneTTL)); err != nil {
			return err
		}
		return w.record("order.buried", itms.Event{OrderNo: no, Actor: actor, Text: fmt.Sprintf("order %s was cancelled before it arrived", no)})
	})
}

// buried returns why an arriving order is cancelled at once, "" when it is not.
func (w *work) buried(o *itms.Order) (string, error) {
	for _, key := range tombstoneKeys(o) {
		data, err := w.tx.Settings().Get(key)
		if err != nil {
			return "", err
		}
		if len(data) == 0 {
			continue
		}
		var t tombstone
		if err := json.Unmarshal(data, &t); err != nil {
			return "", fmt.Errorf("tombstone of order %s: %w", o.No, err)
		}
		return fmt.Sprintf("cancelled by %s at %s, before it arrived", t.Actor, t.At.Format(time.RFC3339)), nil
	}
	return "", nil
}
