package storetest

import (
	"testing"
	"time"

	"itms"
)

func testOutbox(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		d := delivery("s", 1)
		d.Due, d.QueuedAt = epoch, epoch
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Outbox().Add(d) })
		}, func(s itms.Store) {
			want := *d
			want.Due, want.QueuedAt = stored, stored
			equal(t, "queue", queue(t, s), []itms.Delivery{want})
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Duplicate": outboxDuplicate, "Unknown": outboxUnknown, "Due": outboxDue, "Lease": outboxLease,
		"Streams": outboxStreams, "Later": outboxLater, "Pages": outboxPages, "Added": outboxAdded,
	})
}

// queue lists everything queued.
func queue(t *testing.T, s itms.Store) []itms.Delivery {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]itms.Delivery, error) { return tx.Outbox().List("", 1000) })
}

// claim claims in a transaction of its own and returns the ids.
func claim(t *testing.T, s itms.Store, at time.Time, limit int) (ids []string) {
	t.Helper()
	update(t, s, func(tx itms.Tx) error {
		ids = nil
		list, err := tx.Outbox().Claim(at, time.Minute, limit)
		for _, d := range list {
			ids = append(ids, d.ID)
		}
		return err
	})
	return ids
}

// add queues deliveries in one transaction.
func add(t *testing.T, s itms.Store, list ...*itms.Delivery) {
	t.Helper()
	update(t, s, func(tx itms.Tx) error {
		for _, d := range list {
			if err := tx.Outbox().Add(d); err != nil {
				return err
			}
		}
		return nil
	})
}

func outboxDuplicate(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no id", tx.Outbox().Add(&itms.Delivery{}), itms.KindInvalid, itms.CodeInvalid)
		if err := tx.Outbox().Add(delivery("s", 1)); err != nil {
			return err
		}
		again := delivery("s", 1)
		again.Stream = "other"
		wantCode(t, "Add", tx.Outbox().Add(again), itms.KindConflict, itms.CodeDuplicate)
		return nil
	})
	equal(t, "queue", queue(t, s), []itms.Delivery{*delivery("s", 1)})
}

func outboxUnknown(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Outbox().Done("unknown"); err != nil {
			return err
		}
		return tx.Outbox().Later("unknown", stored, "x")
	})
	equal(t, "queue", len(queue(t, s)), 0)
}

// outboxDue: nothing leaves before its time, and those due first leave first.
func outboxDue(t *testing.T, s itms.Store) {
	add(t, s, delivery("a", 30), delivery("b", 10), delivery("c", 20), delivery("d", 40))
	equal(t, "too early", claim(t, s, stored.Add(10*time.Second-1), 9), []string(nil))
	equal(t, "exactly due", claim(t, s, stored.Add(10*time.Second), 9), []string{"b.00010"})
	equal(t, "limit 0", claim(t, s, stored.Add(time.Hour/2), 0), []string(nil))
	equal(t, "the two due first, oldest first", claim(t, s, stored.Add(30*time.Second), 2), []string{"a.00030", "c.00020"})
}

// outboxLease: a claimed delivery comes back when its lease is over, unless done.
func outboxLease(t *testing.T, s itms.Store) {
	add(t, s, delivery("a", 0), delivery("b", 0))
	equal(t, "first", claim(t, s, stored, 9), []string{"a.00000", "b.00000"})
	equal(t, "within the lease", claim(t, s, stored.Add(time.Minute-time.Microsecond), 9), []string(nil))
	update(t, s, func(tx itms.Tx) error { return tx.Outbox().Done("a.00000") })
	equal(t, "after the lease", claim(t, s, stored.Add(time.Minute), 9), []string{"b.00000"})
	equal(t, "queue", queue(t, s), []itms.Delivery{*delivery("b", 0)})
}

// outboxStreams: the head of a stream holds back the rest, and only of its stream.
func outboxStreams(t *testing.T, s itms.Store) {
	late := stored.Add(time.Hour)
	add(t, s, delivery("s", 1), delivery("s", 2), delivery("s1", 3), delivery("s", 4))
	equal(t, "heads", claim(t, s, late, 9), []string{"s.00001", "s1.00003"})
	equal(t, "while leased", claim(t, s, late, 9), []string(nil))
	update(t, s, func(tx itms.Tx) error { return tx.Outbox().Done("s.00001") })
	equal(t, "next of s", claim(t, s, late, 9), []string{"s.00002"})
	update(t, s, func(tx itms.Tx) error { return tx.Outbox().Done("s.00004") }) // not the head
	update(t, s, func(tx itms.Tx) error { return tx.Outbox().Done("s.00002") })
	equal(t, "s is empty", claim(t, s, late, 9), []string(nil))
	add(t, s, delivery("s", 5))
	equal(t, "s again", claim(t, s, late, 9), []string{"s.00005"})
}

// outboxLater: a failed try keeps its place and says why.
func outboxLater(t *testing.T, s itms.Store) {
	add(t, s, delivery("s", 1), delivery("s", 2))
	equal(t, "claim", claim(t, s, stored.Add(time.Hour), 9), []string{"s.00001"})
	due := epoch.Add(2 * time.Hour)
	update(t, s, func(tx itms.Tx) error { return tx.Outbox().Later("s.00001", due, "503 from \x00 \xff") })
	equal(t, "before", claim(t, s, due.Add(-time.Microsecond), 9), []string(nil))
	equal(t, "after", claim(t, s, due, 9), []string{"s.00001"})
	got := queue(t, s)[0]
	equal(t, "tries", got.Tries, 1)
	equal(t, "due", got.Due, itms.Timestamp(due))
	equal(t, "reason", got.LastErr, "503 from \uFFFD \uFFFD")
	update(t, s, func(tx itms.Tx) error { return tx.Outbox().Later("s.00002", due, "not even the head") })
	equal(t, "still one head", claim(t, s, due.Add(time.Hour), 9), []string{"s.00001"})
}

func outboxPages(t *testing.T, s itms.Store) {
	add(t, s, delivery("b", 1), delivery("a", 2), delivery("a", 1))
	page := read(t, s, func(tx itms.Tx) ([]itms.Delivery, error) { return tx.Outbox().List("a.00001", 1) })
	equal(t, "page", page, []itms.Delivery{*delivery("a", 2)})
	none := read(t, s, func(tx itms.Tx) ([]itms.Delivery, error) { return tx.Outbox().List("", 0) })
	equal(t, "limit 0", len(none), 0)
}

// outboxAdded: a stream flows in the order of Add even when ids do not sort so,
// as those of one millisecond may.
func outboxAdded(t *testing.T, s itms.Store) {
	add(t, s, delivery("s", 2), delivery("s", 1))
	late := stored.Add(time.Hour)
	equal(t, "first", claim(t, s, late, 9), []string{"s.00002"})
	update(t, s, func(tx itms.Tx) error { return tx.Outbox().Done("s.00002") })
	equal(t, "second", claim(t, s, late, 9), []string{"s.00001"})
}
