package storetest

import (
	"fmt"
	"testing"
	"time"

	"itms"
)

func testJournal(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		e := &itms.Event{At: epoch, Type: "order.done", Device: deviceID("d", 1), Order: "o", OrderNo: "N", Service: "s",
			Area: "a", Actor: "bss", Text: "done", Data: map[string]string{"k": "v"}}
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Journal().Append(e) })
		}, func(s itms.Store) {
			want := *e
			want.At = stored
			equal(t, "events", events(t, s, 0, 1), []itms.Event{want})
			last := await(t, s, itms.TopicJournal, func(tx itms.Tx) (int64, error) { return tx.Journal().Last() },
				func(n int64) bool { return n != 0 })
			equal(t, "last", last, e.Seq)
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Empty": journalEmpty, "Order": journalOrder, "OfDevice": journalOfDevice, "Trim": journalTrim,
	})
}

// events waits until n events follow seq and returns them.
func events(t *testing.T, s itms.Store, seq int64, n int) []itms.Event {
	t.Helper()
	return await(t, s, itms.TopicJournal,
		func(tx itms.Tx) ([]itms.Event, error) { return tx.Journal().After(seq, n) },
		func(list []itms.Event) bool { return len(list) >= n })
}

func journalEmpty(t *testing.T, s itms.Store) {
	view(t, s, func(tx itms.Tx) error {
		last, err := tx.Journal().Last()
		if last != 0 || err != nil {
			t.Errorf("Last of an empty journal: %d, %v", last, err)
		}
		list, err := tx.Journal().After(0, 10)
		if len(list) != 0 || err != nil {
			t.Errorf("After of an empty journal: %v, %v", list, err)
		}
		return nil
	})
}

// journalTrim: the oldest go, the young and the newest stay, and sequences go on.
func journalTrim(t *testing.T, s itms.Store) {
	for n := range 5 {
		update(t, s, func(tx itms.Tx) error {
			return tx.Journal().Append(&itms.Event{At: epoch.Add(time.Duration(n) * time.Hour), Type: "t", Device: deviceID("d", 1), Text: fmt.Sprint(n)})
		})
	}
	before := events(t, s, 0, 5)
	trim := func(until time.Time, limit, want int) {
		t.Helper()
		removed := 0
		update(t, s, func(tx itms.Tx) (err error) { removed, err = tx.Journal().Trim(until, limit); return err })
		equal(t, "removed", removed, want)
	}
	trim(epoch.Add(-time.Hour), 10, 0)
	trim(epoch.Add(150*time.Minute), 2, 2)
	trim(epoch.Add(150*time.Minute), 10, 1)
	equal(t, "left", events(t, s, 0, 2), before[3:])
	view(t, s, func(tx itms.Tx) error {
		list, err := tx.Journal().OfDevice(deviceID("d", 1), 0, 10)
		equal(t, "left of the device", len(list), 2)
		return err
	})
	trim(epoch.Add(1000*time.Hour), 10, 1)
	equal(t, "the newest", events(t, s, 0, 1), before[4:])
	e := &itms.Event{At: epoch, Type: "t"}
	update(t, s, func(tx itms.Tx) error { return tx.Journal().Append(e) })
	if e.Seq <= before[4].Seq {
		t.Errorf("sequence %d after %d", e.Seq, before[4].Seq)
	}
}

// journalOrder: sequences grow in the order of Append, within and across
// transactions; a failed transaction leaves nothing.
func journalOrder(t *testing.T, s itms.Store) {
	var seqs []int64
	for n := range 3 {
		var mine []int64
		update(t, s, func(tx itms.Tx) error {
			mine = nil
			for i := range 4 {
				e := &itms.Event{At: epoch, Type: "t", Text: fmt.Sprintf("%d.%d", n, i)}
				if err := tx.Journal().Append(e); err != nil {
					return err
				}
				mine = append(mine, e.Seq)
			}
			return nil
		})
		seqs = append(seqs, mine...)
		_ = s.Update(bg, func(tx itms.Tx) error {
			if err := tx.Journal().Append(&itms.Event{Text: "never"}); err != nil {
				return err
			}
			return errOwn
		})
	}
	all := events(t, s, 0, 12)
	for i, e := range all {
		equal(t, "sequence", e.Seq, seqs[i])
		equal(t, "text", e.Text, fmt.Sprintf("%d.%d", i/4, i%4))
		if i > 0 && e.Seq <= all[i-1].Seq {
			t.Errorf("sequence %d after %d", e.Seq, all[i-1].Seq)
		}
	}
	equal(t, "page", events(t, s, seqs[4], 3), all[5:8])
	rest := read(t, s, func(tx itms.Tx) ([]itms.Event, error) { return tx.Journal().After(seqs[11], 10) })
	equal(t, "events after the last", len(rest), 0)
	none := read(t, s, func(tx itms.Tx) ([]itms.Event, error) { return tx.Journal().After(0, 0) })
	equal(t, "limit 0", len(none), 0)
}

// journalOfDevice: one device's events, newest first, in pages.
func journalOfDevice(t *testing.T, s itms.Store) {
	short, long := deviceID("d", 1), deviceID("d", 1)
	long.Serial += "0"
	update(t, s, func(tx itms.Tx) error {
		for i := range 10 {
			e := &itms.Event{At: stored, Text: fmt.Sprint(i), Device: short}
			if i%2 == 1 {
				e.Device = long
			}
			if err := tx.Journal().Append(e); err != nil {
				return err
			}
		}
		return tx.Journal().Append(&itms.Event{Text: "of none"})
	})
	var texts []string
	before := int64(0)
	for {
		page := read(t, s, func(tx itms.Tx) ([]itms.Event, error) { return tx.Journal().OfDevice(short, before, 2) })
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			texts = append(texts, e.Text)
			before = e.Seq
		}
	}
	equal(t, "events of the device", texts, []string{"8", "6", "4", "2", "0"})
}
