package workorder

import (
	"context"
	"time"

	"itms"
)

// Dead letters.
const (
	lettersMost    = 5000 // kept of one subscription: some twenty windows
	redeliverBatch = 200  // moved by one transaction
)

// Redeliver queues dead letters of a subscription anew, under the ids that they had, and
// returns how many; no ids = all. Unknown ids are left out. Errors: KindNotFound of the
// subscription, KindConflict while it is disabled.
func (e *Engine) Redeliver(ctx context.Context, actor string, id itms.SubscriptionID, ids []string) (n int, err error) {
	for more := true; more; {
		var moved int
		_, err := e.onSubscription(ctx, id, func(w *work, s *itms.Subscription) error {
			if s.Disabled {
				return itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "the subscription is disabled: enable it first")
			}
			letters, err := w.letters(id, ids)
			if err != nil {
				return err
			}
			moved = len(letters)
			return w.redeliver(s, actor, letters)
		})
		if err != nil {
			return n, err
		}
		n += moved
		more = len(ids) == 0 && moved == redeliverBatch
	}
	return n, nil
}

// letters reads some dead letters, or a batch of the oldest; oldest first.
func (w *work) letters(sub itms.SubscriptionID, ids []string) (list []*itms.DeadLetter, err error) {
	if len(ids) == 0 {
		if list, err = w.tx.DeadLetters().List(sub, "", lettersMost); err != nil {
			return nil, err
		}
		reverse(list)
		return list[:min(len(list), redeliverBatch)], nil
	}
	for _, id := range ids {
		l, err := w.tx.DeadLetters().Get(sub, id)
		if itms.IsKind(err, itms.KindNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

// reverse turns a list round.
func reverse[T any](list []T) {
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
}

// redeliver moves letters back to the outbox.
func (w *work) redeliver(s *itms.Subscription, actor string, letters []*itms.DeadLetter) error {
	if len(letters) == 0 {
		return nil
	}
	for _, l := range letters {
		d := l.Delivery
		d.Due, d.QueuedAt, d.Tries, d.LastErr = w.now, w.now, 0, ""
		if err := w.tx.DeadLetters().Delete(s.ID, l.ID); err != nil {
			return err
		}
		if err := w.tx.Outbox().Add(&d); err != nil && !itms.IsKind(err, itms.KindConflict) {
			return err
		}
	}
	works(s)
	return w.keepSubscription(s, "webhook.redelivered", actor, "gets "+itoa(len(letters))+" dead letters again")
}

// bury moves those deliveries of a lane to the dead letters that were queued before a
// time; zero = all of them.
func (w *work) bury(s *itms.Subscription, before time.Time, cause string) (n int, err error) {
	queued, err := w.tx.Outbox().Lane(itms.SubscriptionLane(s.ID)).List(everything)
	if err != nil {
		return 0, err
	}
	for _, d := range queued {
		if !before.IsZero() && !d.QueuedAt.Before(before) {
			continue
		}
		l := &itms.DeadLetter{Delivery: d, Subscription: s.ID, DiedAt: w.now, Cause: cause}
		if err := w.tx.DeadLetters().Put(l); err != nil {
			return n, err
		}
		if err := w.tx.Outbox().Done(d.ID); err != nil {
			return n, err
		}
		n++
	}
	w.metrics.webhooks.WithLabelValues("abandoned").Add(float64(n))
	return n, nil
}
