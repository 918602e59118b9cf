package workorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"itms"
)

// Telling of subscribers.
const (
	toldEvery    = time.Minute // how exact DeliveredAt is: each write of it is a commit
	failingAlarm = 10          // failed rounds, some twenty minutes, after which somebody should look
	windowFreed  = eventWindow / 4
)

// subscriber is the addressee of a subscription's lane.
type subscriber struct {
	*Webhooks
	id    itms.SubscriptionID
	known atomic.Pointer[itms.Subscription] // as of the last claim
	done  atomic.Int64
}

var _ addressee = (*subscriber)(nil)

// ready implements addressee: a subscriber that fails is tried with one delivery at a
// time, and left alone in between.
func (s *subscriber) ready(w *work) (most int, again time.Time, err error) {
	sub, err := w.tx.Subscriptions().Get(s.id)
	if itms.IsKind(err, itms.KindNotFound) {
		return 0, again, nil
	}
	if err != nil {
		return 0, again, err
	}
	s.known.Store(sub)
	switch {
	case sub.Disabled:
		return 0, again, nil
	case sub.FailingSince.IsZero():
		return deliverPerHost, again, nil
	case sub.PausedUntil.After(w.now):
		return 0, sub.PausedUntil, nil
	}
	return 1, again, nil
}

// send implements addressee: POST with the headers of Standard Webhooks 1.0.
func (s *subscriber) send(ctx context.Context, d itms.Delivery) error {
	sub := s.known.Load()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.Target, bytes.NewReader(d.Body))
	if err != nil {
		return err
	}
	at := s.engine.clock()
	req.Header.Set("Content-Type", mediaType(sub.Format))
	req.Header.Set("User-Agent", "itms")
	req.Header.Set("webhook-id", d.ID)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	if !sub.Unsigned {
		signed, err := s.engine.signatures(sub.Keys, d.ID, at, d.Body)
		if err != nil {
			return err
		}
		req.Header.Set("webhook-signature", signed)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, replyLimit)) // so that the connection can be used again
	switch {
	case resp.StatusCode == http.StatusGone:
		return fmt.Errorf("the subscriber answered %s: %w", resp.Status, ErrGone)
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("the subscriber answered %s", resp.Status)
	}
	return nil
}

// settle implements addressee.
func (s *subscriber) settle(w *work, d itms.Delivery, failure error) error {
	sub, err := w.tx.Subscriptions().Get(s.id)
	if itms.IsKind(err, itms.KindNotFound) { // it is told no more
		return w.tx.Outbox().Done(d.ID)
	}
	switch {
	case err != nil:
		return err
	case failure == nil:
		return s.delivered(w, sub, d)
	case errors.Is(failure, ErrGone):
		return w.subscriberGone(sub)
	}
	return w.subscriberFailed(sub, d, failureText(failure))
}

// delivered records that a try succeeded.
func (s *subscriber) delivered(w *work, sub *itms.Subscription, d itms.Delivery) error {
	w.metrics.webhooks.WithLabelValues("delivered").Inc()
	if s.done.Add(1)%windowFreed == 0 {
		s.room()
	}
	if err := w.tx.Outbox().Done(d.ID); err != nil {
		return err
	}
	if sub.FailingSince.IsZero() && w.now.Sub(sub.DeliveredAt) < toldEvery {
		return nil
	}
	works(sub)
	sub.DeliveredAt = w.now
	return w.tx.Subscriptions().Put(sub)
}

// subscriberGone disables a subscriber on its own word.
func (w *work) subscriberGone(sub *itms.Subscription) error {
	const reason = "the subscriber answered 410 Gone"
	n, err := w.bury(sub, time.Time{}, reason)
	if err != nil || sub.Disabled {
		return err
	}
	sub.Disabled, sub.Reason, sub.UpdatedAt = true, reason, w.now
	if err := w.tx.Subscriptions().Put(sub); err != nil {
		return err
	}
	return w.tellWebhook(sub, "webhook.disabled", System, fmt.Sprintf("is disabled: %s; %d deliveries are dead letters", reason, n), true)
}

// subscriberFailed puts a subscriber off with all that is queued for it, and gives up
// what is too old.
func (w *work) subscriberFailed(sub *itms.Subscription, d itms.Delivery, text string) error {
	w.metrics.webhooks.WithLabelValues("failed").Inc()
	if sub.FailingSince.IsZero() {
		sub.FailingSince = w.now
	}
	sub.LastFailure = text
	if !sub.PausedUntil.After(w.now) { // else tries that were under way together fail together
		sub.PausedUntil = w.now.Add(backoff(sub.Failures))
		sub.Failures++
		if err := w.tx.Subscriptions().Put(sub); err != nil {
			return err
		}
		if sub.Failures == failingAlarm {
			if err := w.tellWebhook(sub, "webhook.failing", System, "fails since "+sub.FailingSince.Format(time.RFC3339)+": "+text, true); err != nil {
				return err
			}
		}
	}
	if err := w.tx.Outbox().Later(d.ID, sub.PausedUntil, text); err != nil {
		return err
	}
	limit := w.now.Add(-w.policy.DeliverFor)
	if !d.QueuedAt.Before(limit) {
		return nil
	}
	n, err := w.bury(sub, limit, text)
	if err != nil {
		return err
	}
	return w.tellWebhook(sub, "webhook.abandoned", System, fmt.Sprintf("did not take %d deliveries for %s; they are dead letters", n, w.policy.DeliverFor), true)
}
