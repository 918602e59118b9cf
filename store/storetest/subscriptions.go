package storetest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// subscription is a subscription with every field filled.
func subscription(id string) *itms.Subscription {
	return &itms.Subscription{ID: itms.SubscriptionID(id), Name: "crm & Söhne", Owner: "crm", Target: "https://bss.example.com/events",
		Format: itms.FormatCloudEvents, Types: []string{"order.*"}, Areas: itms.Areas{"51"}, Query: "a=b",
		Keys:     []itms.SigningKey{{Key: itms.Sealed{1, 2, 3}, CreatedAt: epoch, Until: epoch}},
		Disabled: true, Reason: "gone", Cursor: 7, FailingSince: epoch, LastFailure: "503", Failures: 2, PausedUntil: epoch, Unsigned: true, DeliveredAt: epoch, CreatedAt: epoch, UpdatedAt: epoch}
}

// storedSubscription is subscription as it comes back.
func storedSubscription(id string) *itms.Subscription {
	s := subscription(id)
	s.Keys[0].CreatedAt, s.Keys[0].Until = stored, stored
	s.PausedUntil, s.FailingSince, s.DeliveredAt, s.CreatedAt, s.UpdatedAt = stored, stored, stored, stored, stored
	return s
}

// laneDelivery is the i-th delivery of a lane, with every field filled.
func laneDelivery(lane, stream string, i int) *itms.Delivery {
	d := delivery(stream, i)
	d.Lane, d.Tries, d.LastErr = lane, 1, "503"
	return d
}

// deadLetter is a letter with every field filled, which died i seconds after the epoch.
func deadLetter(sub string, i int) *itms.DeadLetter {
	return &itms.DeadLetter{Delivery: *laneDelivery("sub/"+sub, "sub/"+sub+"/o", i), Subscription: itms.SubscriptionID(sub),
		DiedAt: stored.Add(time.Duration(i) * time.Second), Cause: "410 Gone"}
}

// testLanes: the deliveries of one receiver are apart from all others.
func testLanes(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) { add(t, s, laneDelivery("l", "s", 1)) }, func(s itms.Store) {
			equal(t, "queue", queue(t, s), []itms.Delivery{*laneDelivery("l", "s", 1)})
			n, next := laneState(t, s, "l")
			equal(t, "counted", n, 1)
			equal(t, "next", next, laneDelivery("l", "s", 1).Due)
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Apart": lanesApart, "Streams": laneStreams, "Empty": laneEmpty})
}

// laneClaim claims of a lane and returns the ids.
func laneClaim(t *testing.T, s itms.Store, name string, at time.Time, limit int) (ids []string) {
	t.Helper()
	update(t, s, func(tx itms.Tx) error {
		ids = nil
		list, err := tx.Outbox().Lane(name).Claim(at, time.Minute, limit)
		for _, d := range list {
			ids = append(ids, d.ID)
		}
		return err
	})
	return ids
}

// laneState reads what a lane says of itself.
func laneState(t *testing.T, s itms.Store, name string) (n int, next time.Time) {
	t.Helper()
	view(t, s, func(tx itms.Tx) (err error) {
		if n, err = tx.Outbox().Lane(name).Count(2); err != nil {
			return err
		}
		next, err = tx.Outbox().Lane(name).Next()
		return err
	})
	return n, next
}

func lanesApart(t *testing.T, s itms.Store) {
	late := stored.Add(time.Hour)
	add(t, s, laneDelivery("l", "a", 3), delivery("b", 1), laneDelivery("l/1", "c", 2), laneDelivery("l", "d", 1), laneDelivery("l", "e", 2))
	equal(t, "without a lane", claim(t, s, late, 9), []string{"b.00001"})
	equal(t, "the two due first, oldest first", laneClaim(t, s, "l", late, 2), []string{"d.00001", "e.00002"})
	equal(t, "the rest", laneClaim(t, s, "l", late, 9), []string{"a.00003"})
	equal(t, "all leased", laneClaim(t, s, "l", late, 9), []string(nil))
	equal(t, "another", laneClaim(t, s, "l/1", late, 9), []string{"c.00002"})
	n, next := laneState(t, s, "l")
	equal(t, "counted, at most two", n, 2)
	equal(t, "next is the end of the leases", next, late.Add(time.Minute))
	list := read(t, s, func(tx itms.Tx) ([]itms.Delivery, error) { return tx.Outbox().Lane("l").List(2) })
	equal(t, "listed in order of Add", list, []itms.Delivery{*laneDelivery("l", "a", 3), *laneDelivery("l", "d", 1)})
	update(t, s, func(tx itms.Tx) error {
		for _, id := range []string{"a.00003", "d.00001", "e.00002"} {
			if err := tx.Outbox().Done(id); err != nil {
				return err
			}
		}
		return nil
	})
	if n, next = laneState(t, s, "l"); n != 0 || !next.IsZero() {
		t.Errorf("an empty lane has %d, next %s", n, next)
	}
}

// laneStreams: a stream within a lane is in order, retries included.
func laneStreams(t *testing.T, s itms.Store) {
	late := stored.Add(time.Hour)
	add(t, s, laneDelivery("l", "s", 1), laneDelivery("l", "s", 2))
	equal(t, "head", laneClaim(t, s, "l", late, 9), []string{"s.00001"})
	update(t, s, func(tx itms.Tx) error { return tx.Outbox().Later("s.00001", late.Add(time.Hour), "503") })
	equal(t, "while it waits", laneClaim(t, s, "l", late, 9), []string(nil))
	equal(t, "again", laneClaim(t, s, "l", late.Add(time.Hour), 9), []string{"s.00001"})
	update(t, s, func(tx itms.Tx) error { return tx.Outbox().Done("s.00001") })
	equal(t, "the next", laneClaim(t, s, "l", late.Add(time.Hour), 9), []string{"s.00002"})
}

func laneEmpty(t *testing.T, s itms.Store) {
	add(t, s, delivery("a", 1))
	for _, name := range []string{"l", "", "l\x00", "\xff"} {
		equal(t, "claimed", laneClaim(t, s, name, stored.Add(time.Hour), 9), []string(nil))
		n, next := laneState(t, s, name)
		equal(t, "counted", n, 0)
		equal(t, "next", next.IsZero(), true)
	}
	equal(t, "untouched", claim(t, s, stored.Add(time.Minute), 9), []string{"a.00001"})
}

func testSubscriptions(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Subscriptions().Put(subscription("a")) })
		}, func(s itms.Store) { equal(t, "subscription", subscriptionOf(t, s, "a"), storedSubscription("a")) })
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Outcomes": subscriptionOutcomes, "Advance": subscriptionAdvance, "Wakes": subscriptionWakes})
}

// subscriptionOf reads one.
func subscriptionOf(t *testing.T, s itms.Store, id string) *itms.Subscription {
	t.Helper()
	return read(t, s, func(tx itms.Tx) (*itms.Subscription, error) { return tx.Subscriptions().Get(itms.SubscriptionID(id)) })
}

func subscriptionOutcomes(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "Put", tx.Subscriptions().Put(&itms.Subscription{}), itms.KindInvalid, itms.CodeInvalid)
		for _, id := range []itms.SubscriptionID{"a", "", "a\x00", "\xff"} {
			_, err := tx.Subscriptions().Get(id)
			wantNotFound(t, "Get", err)
			wantNotFound(t, "Delete", tx.Subscriptions().Delete(id))
		}
		for _, id := range []string{"b", "a", "c"} {
			if err := tx.Subscriptions().Put(subscription(id)); err != nil {
				return err
			}
		}
		list, err := tx.Subscriptions().List("a", 1)
		equal(t, "page", list, []*itms.Subscription{storedSubscription("b")})
		return err
	})
	update(t, s, func(tx itms.Tx) error { return tx.Subscriptions().Delete("b") })
	list := read(t, s, func(tx itms.Tx) ([]*itms.Subscription, error) { return tx.Subscriptions().List("", 9) })
	equal(t, "left", list, []*itms.Subscription{storedSubscription("a"), storedSubscription("c")})
}

// subscriptionAdvance: a cursor moves from where it was said to stand only.
func subscriptionAdvance(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Subscriptions().Put(subscription("a")) })
	advance := func(id itms.SubscriptionID, from, to int64, want bool) {
		t.Helper()
		update(t, s, func(tx itms.Tx) error {
			moved, err := tx.Subscriptions().Advance(id, from, to)
			equal(t, fmt.Sprintf("%s moved from %d", id, from), moved, want)
			return err
		})
	}
	advance("a", 7, 1<<60, true)
	advance("a", 7, 9, false)
	advance("b", 7, 9, false)
	want := storedSubscription("a")
	want.Cursor = 1 << 60
	equal(t, "all else stays", subscriptionOf(t, s, "a"), want)
}

// subscriptionWakes: what changes a subscription wakes, its cursor does not.
func subscriptionWakes(t *testing.T, s itms.Store) {
	hint := s.Wake(t.Context(), itms.TopicSubscriptions)
	update(t, s, func(tx itms.Tx) error { return tx.Subscriptions().Put(subscription("a")) })
	<-hint
	update(t, s, func(tx itms.Tx) error { _, err := tx.Subscriptions().Advance("a", 7, 8); return err })
	update(t, s, func(tx itms.Tx) error { return tx.Subscriptions().Delete("a") })
	<-hint
}

func testDeadLetters(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		l := deadLetter("a", 1)
		l.DiedAt, l.Due, l.QueuedAt = epoch, epoch, epoch
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.DeadLetters().Put(l) })
		}, func(s itms.Store) {
			want := deadLetter("a", 0)
			want.Delivery = l.Delivery
			want.Due, want.QueuedAt = stored, stored
			got := read(t, s, func(tx itms.Tx) (*itms.DeadLetter, error) { return tx.DeadLetters().Get("a", l.ID) })
			equal(t, "letter", got, want)
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Outcomes": letterOutcomes, "Trim": letterTrim})
}

// letters lists the ids of a subscription's letters.
func letters(t *testing.T, s itms.Store, sub itms.SubscriptionID, before string, limit int) (ids []string) {
	t.Helper()
	list := read(t, s, func(tx itms.Tx) ([]*itms.DeadLetter, error) { return tx.DeadLetters().List(sub, before, limit) })
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	return ids
}

// putLetters stores letters 1 to n of a subscription.
func putLetters(t *testing.T, s itms.Store, sub string, n int) {
	t.Helper()
	update(t, s, func(tx itms.Tx) error {
		for i := range n {
			if err := tx.DeadLetters().Put(deadLetter(sub, i+1)); err != nil {
				return err
			}
		}
		return nil
	})
}

func letterOutcomes(t *testing.T, s itms.Store) {
	putLetters(t, s, "a", 3)
	putLetters(t, s, "aa", 1)
	id := func(i int) string { return deadLetter("a", i).ID }
	equal(t, "newest first", letters(t, s, "a", "", 2), []string{id(3), id(2)})
	equal(t, "the next page", letters(t, s, "a", id(2), 2), []string{id(1)})
	equal(t, "of a broken name", letters(t, s, "\xff", "", 2), []string(nil))
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "Put", tx.DeadLetters().Put(&itms.DeadLetter{}), itms.KindInvalid, itms.CodeInvalid)
		if _, err := tx.DeadLetters().Get("aa", id(1)); !itms.IsKind(err, itms.KindNotFound) {
			t.Errorf("Get of another subscription's letter: %v", err)
		}
		for _, name := range []string{id(2), "unknown", "", "\xff"} {
			if err := tx.DeadLetters().Delete("a", name); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "left", letters(t, s, "a", "", 9), []string{id(3), id(1)})
	equal(t, "of the other", len(letters(t, s, "aa", "", 9)), 1)
}

// letterTrim: old ones go, and of the others the oldest that are too many.
func letterTrim(t *testing.T, s itms.Store) {
	putLetters(t, s, "a", 6)
	putLetters(t, s, "b", 2)
	trim := func(before, keep, want int) {
		t.Helper()
		update(t, s, func(tx itms.Tx) error {
			n, err := tx.DeadLetters().Trim("a", stored.Add(time.Duration(before)*time.Second), keep)
			equal(t, fmt.Sprintf("removed before %d, beyond %d", before, keep), n, want)
			return err
		})
	}
	trim(1, 6, 0)
	trim(2, 6, 1)
	trim(0, 3, 2)
	equal(t, "left", letters(t, s, "a", "", 9), []string{deadLetter("a", 6).ID, deadLetter("a", 5).ID, deadLetter("a", 4).ID})
	trim(9, 9, 3)
	equal(t, "of the other", len(letters(t, s, "b", "", 9)), 2)
}

// modelSubscriptions: cursors and deletions agree with a map.
func modelSubscriptions(t *rapid.T, s itms.Store, space string) {
	model := map[string]int64{}
	draw := func(t *rapid.T) string { return space + rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id") }
	t.Repeat(map[string]func(*rapid.T){
		"put": func(t *rapid.T) {
			sub := subscription(draw(t))
			sub.Cursor = int64(rapid.IntRange(0, 3).Draw(t, "cursor"))
			if attempt(t, s, func(tx itms.Tx) error { return tx.Subscriptions().Put(sub) }) {
				model[string(sub.ID)] = sub.Cursor
			}
		},
		"advance": func(t *rapid.T) {
			id, from, to := draw(t), int64(rapid.IntRange(0, 3).Draw(t, "from")), int64(rapid.IntRange(0, 3).Draw(t, "to"))
			at, known := model[id]
			if attempt(t, s, func(tx itms.Tx) error {
				moved, err := tx.Subscriptions().Advance(itms.SubscriptionID(id), from, to)
				equal(t, "moved", moved, known && at == from)
				return err
			}) && known && at == from {
				model[id] = to
			}
		},
		"delete": func(t *rapid.T) {
			id := draw(t)
			_, known := model[id]
			if attempt(t, s, func(tx itms.Tx) error {
				if err := tx.Subscriptions().Delete(itms.SubscriptionID(id)); known || !itms.IsKind(err, itms.KindNotFound) {
					return err
				}
				return nil
			}) {
				delete(model, id)
			}
		},
		"": func(t *rapid.T) {
			list := read(t, s, func(tx itms.Tx) ([]*itms.Subscription, error) {
				return tx.Subscriptions().List(itms.SubscriptionID(space), 9)
			})
			equal(t, "how many", len(list), len(model))
			for _, sub := range list {
				equal(t, "cursor of "+string(sub.ID), sub.Cursor, model[string(sub.ID)])
			}
		},
	})
}
