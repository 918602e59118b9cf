package storetest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// claimTime is how long the claims of the models hold.
const claimTime = 10 * time.Second

// second is the n-th second of a model's time.
func second(n int) time.Time { return stored.Add(time.Duration(n) * time.Second) }

// waitingRow is a delivery in the model of the outbox.
type waitingRow struct {
	itms.Delivery
	next time.Time
}

// outboxModel is the queue in order of Add.
type outboxModel struct {
	rows []waitingRow
	now  int // seconds
	n    int // deliveries made
}

// find returns the place of a delivery, -1 when it is gone.
func (m *outboxModel) find(id string) int {
	return slices.IndexFunc(m.rows, func(r waitingRow) bool { return r.ID == id })
}

// claimable returns what a claim must lease: due heads of streams, those due first
// when there are too many, in order of age.
func (m *outboxModel) claimable(limit int) []int {
	var due []int
	seen := map[string]bool{}
	for i, r := range m.rows {
		if !seen[r.Stream] && !r.next.After(second(m.now)) {
			due = append(due, i)
		}
		seen[r.Stream] = true
	}
	byKey(due, func(i int) int64 { return m.rows[i].next.UnixMicro() })
	due = due[:min(limit, len(due))]
	slices.Sort(due)
	return due
}

// modelOutbox: claims, leases, retries and removals agree with a list.
func modelOutbox(t *rapid.T, s itms.Store, space string) {
	emptyOutbox(t, s)
	m := &outboxModel{}
	some := func(t *rapid.T) string {
		return fmt.Sprintf("%s-%03d", space, rapid.IntRange(0, m.n+1).Draw(t, "delivery"))
	}
	t.Repeat(map[string]func(*rapid.T){
		"add": func(t *rapid.T) {
			m.n++
			d := itms.Delivery{ID: fmt.Sprintf("%s-%03d", space, m.n), Due: second(m.now + rapid.IntRange(-5, 5).Draw(t, "due")),
				Stream: space + rapid.SampledFrom([]string{"", "a", "aa"}).Draw(t, "stream"), QueuedAt: second(m.now)}
			if attempt(t, s, func(tx itms.Tx) error { return tx.Outbox().Add(&d) }) {
				m.rows = append(m.rows, waitingRow{d, d.Due})
			}
		},
		"done": func(t *rapid.T) {
			id := some(t)
			if i := m.find(id); attempt(t, s, func(tx itms.Tx) error { return tx.Outbox().Done(id) }) && i >= 0 {
				m.rows = slices.Delete(m.rows, i, i+1)
			}
		},
		"later": func(t *rapid.T) {
			id, due := some(t), second(m.now+rapid.IntRange(0, 20).Draw(t, "later"))
			if i := m.find(id); attempt(t, s, func(tx itms.Tx) error { return tx.Outbox().Later(id, due, "no") }) && i >= 0 {
				r := &m.rows[i]
				r.Due, r.next, r.LastErr, r.Tries = due, due, "no", r.Tries+1
			}
		},
		"claim": func(t *rapid.T) { m.claim(t, s) },
		"clock": func(t *rapid.T) { m.now += rapid.IntRange(1, 15).Draw(t, "seconds") },
		"": func(t *rapid.T) {
			var want []itms.Delivery
			for _, r := range m.rows {
				want = append(want, r.Delivery)
			}
			got := read(t, s, func(tx itms.Tx) ([]itms.Delivery, error) { return tx.Outbox().List("", 1000) })
			equal(t, "queue", got, want)
		},
	})
}

// claim claims on both sides.
func (m *outboxModel) claim(t *rapid.T, s itms.Store) {
	limit := rapid.IntRange(0, 4).Draw(t, "limit")
	places := m.claimable(limit)
	var want, got []itms.Delivery
	for _, i := range places {
		want = append(want, m.rows[i].Delivery)
	}
	kept := attempt(t, s, func(tx itms.Tx) (err error) {
		got, err = tx.Outbox().Claim(second(m.now), claimTime, limit)
		return err
	})
	equal(t, "claimed", got, want)
	for _, i := range places {
		if kept {
			m.rows[i].next = second(m.now).Add(claimTime)
		}
	}
}

// emptyOutbox removes what an earlier check left.
func emptyOutbox(t *rapid.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		list, err := tx.Outbox().List("", 10_000)
		for _, d := range list {
			if err := tx.Outbox().Done(d.ID); err != nil {
				return err
			}
		}
		return err
	})
}

// modelAgenda: alarms agree with a map.
func modelAgenda(t *rapid.T, s itms.Store, _ string) {
	keys := []string{"a", "aa", "b", "c"}
	update(t, s, func(tx itms.Tx) error {
		for _, key := range keys {
			if err := tx.Agenda().Clear(key); err != nil {
				return err
			}
		}
		return nil
	})
	model := map[string]time.Time{}
	now := 0
	t.Repeat(map[string]func(*rapid.T){
		"set": func(t *rapid.T) {
			key, due := rapid.SampledFrom(keys).Draw(t, "key"), second(now+rapid.IntRange(-5, 10).Draw(t, "due"))
			if attempt(t, s, func(tx itms.Tx) error { return tx.Agenda().Set(key, due) }) {
				model[key] = due
			}
		},
		"clear": func(t *rapid.T) {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			if attempt(t, s, func(tx itms.Tx) error { return tx.Agenda().Clear(key) }) {
				delete(model, key)
			}
		},
		"claim": func(t *rapid.T) { claimAlarms(t, s, model, second(now)) },
		"clock": func(t *rapid.T) { now += rapid.IntRange(1, 15).Draw(t, "seconds") },
		"": func(t *rapid.T) {
			var want time.Time
			for _, due := range model {
				if want.IsZero() || due.Before(want) {
					want = due
				}
			}
			got := read(t, s, func(tx itms.Tx) (time.Time, error) { return tx.Agenda().Next() })
			equal(t, "next", got, want)
		},
	})
}

// claimAlarms claims on both sides.
func claimAlarms(t *rapid.T, s itms.Store, model map[string]time.Time, now time.Time) {
	limit := rapid.IntRange(0, 3).Draw(t, "limit")
	var want, got []itms.Alarm
	for _, key := range slices.Sorted(maps.Keys(model)) {
		if !model[key].After(now) {
			want = append(want, itms.Alarm{Key: key, Due: model[key]})
		}
	}
	byKey(want, func(a itms.Alarm) int64 { return a.Due.UnixMicro() })
	if want = want[:min(limit, len(want))]; len(want) == 0 {
		want = nil
	}
	kept := attempt(t, s, func(tx itms.Tx) (err error) {
		got, err = tx.Agenda().Claim(now, claimTime, limit)
		return err
	})
	equal(t, "claimed", got, want)
	for _, a := range want {
		if kept {
			model[a.Key] = now.Add(claimTime)
		}
	}
}
