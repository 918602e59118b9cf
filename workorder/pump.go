package workorder

import (
	"context"
	"time"

	"itms"
)

// Pumping.
const (
	eventWindow = 256              // deliveries queued for one subscription: the journal is the backlog
	eventBatch  = 512              // events read at once
	pumpIdle    = 15 * time.Second // at most this long without a look
	pumpRetry   = 2 * time.Second  // after a failure, and while a window is full
	pumpYield   = 5 * time.Second  // left to the other node that was faster
	cursorLag   = 2048             // events, none of them told, that a stored cursor may be behind
)

// pump moves events from the journal to the outbox. Only Run's goroutine touches it.
type pump struct {
	*Webhooks
	told   []itms.SubscriptionID // that are not disabled
	looked map[itms.SubscriptionID]looked
	yield  map[itms.SubscriptionID]time.Time // until when another node is left to it
}

// looked is how far the journal was looked through for a subscription beyond its stored
// cursor: nothing of it was to be told.
type looked struct {
	until  int64
	events int
}

// batch is what one look at the journal found for a subscription.
type batch struct {
	sub    *itms.Subscription
	picked []itms.Event
	until  int64 // the last event that was looked at
	seen   int   // how many were
	full   bool  // the window has no room
	lost   bool  // another node was faster
	oldest time.Time
}

// round serves every subscription once and returns how long nothing is to be done
// unless something happens.
func (p *pump) round(ctx context.Context) (wait time.Duration, err error) {
	wait = pumpIdle
	full := false
	for _, id := range p.told {
		b, err := p.serve(ctx, id)
		switch {
		case ctx.Err() != nil:
			return wait, nil
		case err != nil: // the others go on
			p.engine.log.Error().Err(err).Str("subscription", string(id)).Msg("webhooks: events could not be queued; trying again")
			wait = min(wait, pumpRetry)
		case b.lost:
			wait = min(wait, pumpYield)
		case b.full:
			full = true
			wait = min(wait, pumpRetry)
		case b.seen == eventBatch:
			wait = 0
		}
	}
	p.waiting.Store(full)
	return wait, nil
}

// serve queues what a subscription is to be told next.
func (p *pump) serve(ctx context.Context, id itms.SubscriptionID) (b batch, err error) {
	if time.Now().Before(p.yield[id]) {
		return batch{lost: true}, nil
	}
	delete(p.yield, id)
	err = p.engine.view(ctx, func(w *work) error {
		b, err = p.read(w, id)
		return err
	})
	if err != nil || b.sub == nil || b.seen == 0 {
		p.lag(id, b)
		return b, err
	}
	behind := looked{b.until, p.looked[id].events + b.seen}
	if len(b.picked) == 0 && behind.events < cursorLag {
		p.looked[id] = behind
		p.lag(id, b)
		return b, nil
	}
	queued, err := p.queue(ctx, &b)
	if err != nil {
		return b, err
	}
	delete(p.looked, id)
	p.lag(id, b)
	if queued > 0 {
		p.engage(ctx, id)
	}
	return b, nil
}

// lag tells how old the first event is that was not queued yet.
func (p *pump) lag(id itms.SubscriptionID, b batch) {
	seconds := 0.0
	if b.full && !b.oldest.IsZero() {
		seconds = p.engine.clock().Sub(b.oldest).Seconds()
	}
	p.engine.metrics.lag.WithLabelValues(string(id)).Set(seconds)
}

// read looks at the journal behind the cursor of a subscription. It waits until half of
// the window is free: a commit for each freed place would be many.
func (p *pump) read(w *work, id itms.SubscriptionID) (b batch, err error) {
	b.sub, err = w.tx.Subscriptions().Get(id)
	if itms.IsKind(err, itms.KindNotFound) {
		return batch{}, nil
	}
	if err != nil {
		return b, err
	}
	queued, err := w.tx.Outbox().Lane(itms.SubscriptionLane(id)).Count(eventWindow)
	if err != nil {
		return b, err
	}
	events, err := w.tx.Journal().After(max(b.sub.Cursor, p.looked[id].until), eventBatch)
	if err != nil || len(events) == 0 {
		return b, err
	}
	if queued > eventWindow/2 {
		b.full, b.oldest = true, events[0].At
		return b, nil
	}
	return b, b.pick(w, events, eventWindow-queued)
}

// pick picks what the subscription is to be told, as far as there is room.
func (b *batch) pick(w *work, events []itms.Event, room int) error {
	for i := range events {
		wanted, err := wants(w.tx, b.sub, &events[i])
		if err != nil {
			return err
		}
		if wanted && len(b.picked) == room {
			b.full, b.oldest = true, events[i].At
			return nil
		}
		if wanted {
			b.picked = append(b.picked, events[i])
		}
		b.until, b.seen = events[i].Seq, i+1
	}
	return nil
}

// queue adds the outbox rows of a batch and moves the cursor, in one transaction. Of two
// nodes that read the same, one moves the cursor and the other does nothing.
func (p *pump) queue(ctx context.Context, b *batch) (queued int, err error) {
	moved := false
	err = p.engine.update(ctx, func(w *work) (err error) {
		queued = 0
		moved, err = w.tx.Subscriptions().Advance(b.sub.ID, b.sub.Cursor, b.until)
		if err != nil || !moved {
			return err
		}
		for i := range b.picked {
			told, err := w.queue(b.sub, &b.picked[i])
			if err != nil {
				return err
			}
			if told {
				queued++
			}
		}
		return nil
	})
	if b.lost = err == nil && !moved; b.lost {
		p.yield[b.sub.ID] = time.Now().Add(pumpYield)
	}
	return queued, err
}

// queue queues one event for a subscription, unless its format has nothing to say.
func (w *work) queue(s *itms.Subscription, ev *itms.Event) (bool, error) {
	f := w.formats[s.Format]
	if f == nil {
		return false, itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "nothing here renders the format %s", s.Format)
	}
	id := itms.NewID(w.now)
	body, err := f.Format(w.tx, s, ev, id)
	if itms.IsKind(err, itms.KindInvalid) { // it would be so for ever
		return false, w.tellWebhook(s, "webhook.skipped", System, "was not told of event "+itoa(int(ev.Seq))+": "+err.Error(), true)
	}
	if err != nil || body == nil {
		return false, err
	}
	return true, w.queueEvent(s, ev, id, body)
}
