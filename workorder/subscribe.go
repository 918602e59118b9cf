package workorder

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"itms"
)

// SetFormatter names what renders the events of a format. Call it before serving.
func (e *Engine) SetFormatter(format itms.EventFormat, f Formatter) { e.formats[format] = f }

// itoa writes a place in a list.
func itoa(i int) string { return strconv.Itoa(i) }

// Subscribe has somebody told of the events from now on. The key is told this once; it is
// zero of an unsigned subscription. Errors: KindInvalid with pointers, KindLimit.
func (e *Engine) Subscribe(ctx context.Context, actor string, r itms.SubscriptionRequest) (s *itms.Subscription, key itms.Secret, err error) {
	if err := e.checkSubscription(ctx, &r); err != nil {
		return nil, key, err
	}
	err = e.update(ctx, func(w *work) (err error) {
		s, key, err = w.subscribe(actor, &r)
		return err
	})
	return s, key, err
}

// subscribe stores a new subscription.
func (w *work) subscribe(actor string, r *itms.SubscriptionRequest) (*itms.Subscription, itms.Secret, error) {
	all, err := w.tx.Subscriptions().List("", itms.SubscriptionsMost)
	if err != nil {
		return nil, itms.Secret{}, err
	}
	if len(all) >= itms.SubscriptionsMost {
		return nil, itms.Secret{}, itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "there are %d subscriptions, and no more are allowed", len(all))
	}
	s := &itms.Subscription{ID: itms.SubscriptionID(itms.NewID(w.now)), Owner: actor, Format: r.Format, Unsigned: r.Unsigned, CreatedAt: w.now}
	if s.Cursor, err = w.tx.Journal().Last(); err != nil {
		return nil, itms.Secret{}, err
	}
	var shown itms.Secret
	if !r.Unsigned {
		key, text, err := w.keyOf(r.Key)
		if err != nil {
			return nil, itms.Secret{}, err
		}
		s.Keys, shown = []itms.SigningKey{key}, text
	}
	describeSubscription(s, r)
	return s, shown, w.keepSubscription(s, "webhook.created", actor, "is told of events")
}

// describeSubscription takes over what may be changed.
func describeSubscription(s *itms.Subscription, r *itms.SubscriptionRequest) {
	s.Name, s.Target, s.Types, s.Areas, s.Query = r.Name, r.Target, r.Types, r.Areas, r.Query
}

// keepSubscription stores a subscription and journals why.
func (w *work) keepSubscription(s *itms.Subscription, typ, actor, what string) error {
	s.UpdatedAt = w.now
	if err := w.tx.Subscriptions().Put(s); err != nil {
		return err
	}
	return w.tellWebhook(s, typ, actor, what, false)
}

// tellWebhook journals something of a subscription.
func (w *work) tellWebhook(s *itms.Subscription, typ, actor, what string, alarm bool) error {
	name := s.Name
	if name == "" {
		name = string(s.ID)
	}
	return w.record(typ, itms.Event{Actor: actor, Text: fmt.Sprintf("webhook %s %s", name, what), Alarm: alarm,
		Data: map[string]string{"subscription": string(s.ID)}})
}

// checkSubscription checks a request and narrows its areas to those of the caller.
func (e *Engine) checkSubscription(ctx context.Context, r *itms.SubscriptionRequest) error {
	in := &intake{policy: &e.policy}
	if r.Format == "" {
		r.Format = itms.FormatCloudEvents
	}
	if e.formats[r.Format] == nil {
		in.wrong("/format", "no such format here")
	}
	in.text("/name", r.Name, maxValue)
	in.text("/query", r.Query, maxURL)
	if r.Target == "" {
		in.wrong("/target", "is missing")
	}
	in.checkTarget("/target", r.Target)
	if r.Unsigned && !r.Key.IsZero() {
		in.wrong("/key", "an unsigned subscription has none")
	}
	checkTypes(in, r.Types)
	in.checkAreas(r, itms.CallerOf(ctx).Areas)
	return in.complain()
}

// checkAreas checks the areas of a subscription; a caller with areas may be told of those
// alone.
func (in *intake) checkAreas(r *itms.SubscriptionRequest, of itms.Areas) {
	const most = 64 // areas of one subscription
	if len(r.Areas) > most {
		in.wrong("/areas", "more than %d areas", most)
		return
	}
	if len(r.Areas) == 0 {
		r.Areas = slices.Clone(of)
	}
	for i, area := range r.Areas {
		if itms.CheckKey("", area) != nil {
			in.wrong("/areas/"+itoa(i), "is no beginning of an area")
		} else if !of.Hold(area) {
			in.wrong("/areas/"+itoa(i), "lies outside the areas of the caller")
		}
	}
}

// onSubscription changes one subscription.
func (e *Engine) onSubscription(ctx context.Context, id itms.SubscriptionID, fn func(w *work, s *itms.Subscription) error) (s *itms.Subscription, err error) {
	err = e.update(ctx, func(w *work) error {
		if s, err = w.tx.Subscriptions().Get(id); err != nil {
			return err
		}
		return fn(w, s)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ChangeSubscription replaces name, target, types, areas and query. What was queued
// already goes to the new target. Errors: KindNotFound, KindInvalid with pointers.
func (e *Engine) ChangeSubscription(ctx context.Context, actor string, id itms.SubscriptionID, r itms.SubscriptionRequest) (*itms.Subscription, error) {
	return e.onSubscription(ctx, id, func(w *work, s *itms.Subscription) error {
		asked := r
		asked.Format = s.Format
		if err := e.checkSubscription(ctx, &asked); err != nil {
			return err
		}
		describeSubscription(s, &asked)
		return w.keepSubscription(s, "webhook.changed", actor, "was changed")
	})
}

// Unsubscribe removes a subscription, what is queued for it and its dead letters, and
// returns what it was. Errors: KindNotFound.
func (e *Engine) Unsubscribe(ctx context.Context, actor string, id itms.SubscriptionID) (*itms.Subscription, error) {
	return e.onSubscription(ctx, id, func(w *work, s *itms.Subscription) error {
		queued, err := w.tx.Outbox().Lane(itms.SubscriptionLane(id)).List(everything)
		if err != nil {
			return err
		}
		for _, d := range queued {
			if err := w.tx.Outbox().Done(d.ID); err != nil {
				return err
			}
		}
		if _, err := w.tx.DeadLetters().Trim(id, w.now, 0); err != nil {
			return err
		}
		if err := w.tx.Subscriptions().Delete(id); err != nil {
			return err
		}
		return w.tellWebhook(s, "webhook.deleted", actor, "is told of events no more", false)
	})
}

// everything is more than any lane holds.
const everything = 1 << 20

// RotateSubscription gives a subscription a new key, which is told this once. The others
// stay good for keep. A zero key is made. Errors: KindNotFound, KindInvalid, KindConflict
// of an unsigned one.
func (e *Engine) RotateSubscription(ctx context.Context, actor string, id itms.SubscriptionID, key itms.Secret, keep time.Duration) (s *itms.Subscription, shown itms.Secret, err error) {
	if keep < 0 || keep > KeyKeepMost {
		return nil, shown, itms.Invalid("/keep", "expected 0s to %s", KeyKeepMost)
	}
	s, err = e.onSubscription(ctx, id, func(w *work, s *itms.Subscription) error {
		if s.Unsigned {
			return itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "an unsigned subscription has no keys")
		}
		fresh, text, err := w.keyOf(key)
		if err != nil {
			return err
		}
		shown = text
		s.Keys = append([]itms.SigningKey{fresh}, w.expiring(s.Keys, keep)...)
		return w.keepSubscription(s, "webhook.rotated", actor, "has a new signing key")
	})
	return s, shown, err
}

// expiring has keys good for keep at most, without those that are not good any more.
func (w *work) expiring(keys []itms.SigningKey, keep time.Duration) (left []itms.SigningKey) {
	end := w.now.Add(keep)
	for _, k := range keys {
		if k.Until.IsZero() || k.Until.After(end) {
			k.Until = end
		}
		if k.Until.After(w.now) && len(left) < keysMost-1 {
			left = append(left, k)
		}
	}
	return left
}

// EnableSubscription has a disabled subscription told again, from where it stood.
// Errors: KindNotFound.
func (e *Engine) EnableSubscription(ctx context.Context, actor string, id itms.SubscriptionID) (*itms.Subscription, error) {
	return e.onSubscription(ctx, id, func(w *work, s *itms.Subscription) error {
		s.Disabled, s.Reason = false, ""
		works(s)
		return w.keepSubscription(s, "webhook.enabled", actor, "is enabled")
	})
}

// DisableSubscription stops telling a subscriber; what happens meanwhile is told once it
// is enabled again. Errors: KindNotFound.
func (e *Engine) DisableSubscription(ctx context.Context, actor string, id itms.SubscriptionID) (*itms.Subscription, error) {
	return e.onSubscription(ctx, id, func(w *work, s *itms.Subscription) error {
		s.Disabled, s.Reason = true, "disabled by "+actor
		return w.keepSubscription(s, "webhook.disabled", actor, "is disabled")
	})
}

// TestSubscription queues an event of type webhook.ping and returns the id that it is
// delivered under. Errors: KindNotFound; KindConflict when the subscription is disabled
// or its format has no such event.
func (e *Engine) TestSubscription(ctx context.Context, actor string, id itms.SubscriptionID) (delivery string, err error) {
	_, err = e.onSubscription(ctx, id, func(w *work, s *itms.Subscription) error {
		if s.Disabled {
			return itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "the subscription is disabled")
		}
		delivery = itms.NewID(w.now)
		ev := &itms.Event{Seq: s.Cursor, At: w.now, Type: "webhook.ping", Actor: actor, Text: "a test"}
		body, err := w.formats[s.Format].Format(w.tx, s, ev, delivery)
		if err != nil {
			return err
		}
		if body == nil {
			return itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "the format %s has no event to test with", s.Format)
		}
		works(s) // whoever asks for a test waits for no pause
		if err := w.tx.Subscriptions().Put(s); err != nil {
			return err
		}
		return w.queueEvent(s, ev, delivery, body)
	})
	return delivery, err
}

// works forgets that a subscriber failed.
func works(s *itms.Subscription) {
	s.FailingSince, s.PausedUntil, s.Failures, s.LastFailure = time.Time{}, time.Time{}, 0, ""
}

// webhookKind marks outbox rows that are posted to a subscriber.
const webhookKind = "webhook"

// queueEvent adds the outbox row of an event. Its target is the subscription: the address
// is looked up when it is delivered.
func (w *work) queueEvent(s *itms.Subscription, ev *itms.Event, id string, body []byte) error {
	return w.tx.Outbox().Add(&itms.Delivery{ID: id, Stream: eventStream(s.ID, ev), Lane: itms.SubscriptionLane(s.ID), Kind: webhookKind,
		Target: string(s.ID), Body: body, Due: w.now, QueuedAt: w.now})
}
