package workorder

import (
	"context"
	"errors"
	"sync"
	"time"

	"itms"
)

// courier delivers one lane of the outbox: what goes to one receiver. Each has its own,
// so that no receiver waits for another. What it claims it delivers at once; nothing
// waits in line.
type courier struct {
	*Engine
	lane   string
	to     addressee
	nudge  chan struct{} // something was queued, or the receiver is another
	ended  chan struct{}
	tries  sync.WaitGroup
	flying int // tries under way
}

// addressee is who a lane goes to.
type addressee interface {
	// ready says how many tries may be under way at once, and when to ask again otherwise;
	// zero = once something changes.
	ready(w *work) (most int, again time.Time, err error)
	// send tries a delivery.
	send(ctx context.Context, d itms.Delivery) error
	// settle records what came of a try.
	settle(w *work, d itms.Delivery, failure error) error
}

// newCourier makes the courier of a lane.
func newCourier(e *Engine, lane string, to addressee) *courier {
	return &courier{Engine: e, lane: lane, to: to, nudge: make(chan struct{}, 1), ended: make(chan struct{}, deliverPerHost)}
}

// wake tells the courier to look.
func (c *courier) wake() {
	select {
	case c.nudge <- struct{}{}:
	default: // it will
	}
}

// run delivers until ctx ends, then waits for the tries under way.
func (c *courier) run(ctx context.Context) {
	defer c.tries.Wait()
	for ctx.Err() == nil {
		wait, err := c.look(ctx)
		if err != nil && ctx.Err() == nil {
			c.log.Error().Err(err).Str("lane", c.lane).Msg("outbox: deliveries could not be claimed; trying again")
			wait = deliverFirst
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-c.nudge:
		case <-c.ended:
			c.flying--
		case <-timer.C:
		}
		timer.Stop()
	}
}

// look claims what is due and may be sent, starts the tries, and returns when to look
// again.
func (c *courier) look(ctx context.Context) (wait time.Duration, err error) {
	var claimed []itms.Delivery
	due, wait, err := c.due(ctx)
	if err != nil || !due {
		return wait, err
	}
	err = c.store.Update(ctx, func(tx itms.Tx) error {
		claimed = nil
		w := &work{Engine: c.Engine, tx: tx, now: c.Engine.now(), fx: &effects{}}
		most, _, err := c.to.ready(w)
		if err != nil || most <= c.flying {
			return err
		}
		claimed, err = tx.Outbox().Lane(c.lane).Claim(w.now, deliverLease, most-c.flying)
		return err
	})
	for _, d := range claimed {
		c.start(ctx, d)
	}
	if len(claimed) > 0 {
		wait = 0 // there may be more
	}
	return wait, err
}

// due reports whether something may be sent now, and else how long to wait.
func (c *courier) due(ctx context.Context) (now bool, wait time.Duration, err error) {
	wait = deliverIdle
	err = c.view(ctx, func(w *work) error {
		most, at, err := c.to.ready(w)
		if err != nil {
			return err
		}
		if most > 0 {
			if at, err = w.tx.Outbox().Lane(c.lane).Next(); err != nil {
				return err
			}
		}
		if !at.IsZero() {
			wait = min(wait, max(at.Sub(w.now), time.Millisecond))
		}
		now = most > c.flying && !at.IsZero() && !at.After(w.now)
		if most > 0 && most <= c.flying {
			wait = deliverIdle // the end of a try comes first
		}
		return nil
	})
	return now, wait, err
}

// start starts a try.
func (c *courier) start(ctx context.Context, d itms.Delivery) {
	c.flying++
	c.tries.Go(func() {
		c.try(ctx, d)
		select {
		case c.ended <- struct{}{}:
		case <-ctx.Done():
		}
	})
}

// try tries a delivery and records what came of it.
func (c *courier) try(ctx context.Context, d itms.Delivery) {
	failure := c.to.send(ctx, d)
	// The result is worth recording even while the process stops.
	err := c.update(context.WithoutCancel(ctx), func(w *work) error {
		if errors.Is(failure, context.Canceled) && ctx.Err() != nil {
			return w.tx.Outbox().Later(d.ID, w.now, stoppedText) // not the receiver's fault
		}
		return c.to.settle(w, d, failure)
	})
	if err != nil {
		c.log.Error().Err(err).Str("delivery", d.ID).Msg("outbox: result not recorded; it will be delivered again")
	}
}
