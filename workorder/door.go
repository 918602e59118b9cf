package workorder

import (
	"context"

	"itms"
)

// Alarm journals what a door found out: the event's type, device, text and data.
func (e *Engine) Alarm(ctx context.Context, ev itms.Event) error {
	return e.update(ctx, func(w *work) error {
		ev.Alarm = true
		return w.record(ev.Type, ev)
	})
}

// Record journals what happened at a door that keeps no records of its own.
func (e *Engine) Record(ctx context.Context, events ...itms.Event) error {
	return e.update(ctx, func(w *work) error {
		for _, ev := range events {
			if err := w.record(ev.Type, ev); err != nil {
				return err
			}
		}
		return nil
	})
}

// Urgency tells how much depends on an Inform that could otherwise not be served: it
// reads, and on any failure nothing is known.
func (e *Engine) Urgency(ctx context.Context, c *itms.Contact) itms.Urgency {
	urgency := itms.UrgencyNone
	err := e.view(ctx, func(w *work) (err error) {
		urgency, err = w.urgency(c)
		return err
	})
	if err != nil {
		return itms.UrgencyNone
	}
	return urgency
}

// urgency looks for an order, then for somebody who waits.
func (w *work) urgency(c *itms.Contact) (itms.Urgency, error) {
	d, err := w.device(c.Device)
	if itms.IsKind(err, itms.KindNotFound) {
		d, err = w.stranger(c), nil
	}
	if err != nil || d.Blocked {
		return itms.UrgencyNone, err
	}
	b, err := w.inForce(d.ID)
	if err == nil && b == nil {
		b, _, err = w.preboundFor(d)
	}
	switch {
	case err != nil:
		return itms.UrgencyNone, err
	case b != nil && (b.State == itms.BindingPrebound || b.State == itms.BindingClaimed):
		return itms.UrgencyOrder, nil
	case d.Tasks > 0 || d.Page.Want.State == itms.PageAsk || d.Page.Want.State == itms.PageRefused:
		return itms.UrgencyWatched, nil
	}
	return itms.UrgencyNone, nil
}

// stranger is what an Inform says of a device that was never here.
func (w *work) stranger(c *itms.Contact) *itms.Device {
	d, tree := &itms.Device{ID: c.Device, Manufacturer: c.Manufacturer}, new(itms.ParamTree)
	for _, p := range c.Params {
		tree.Set(p)
	}
	w.describe(d, tree)
	return d
}
