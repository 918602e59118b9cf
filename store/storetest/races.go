package storetest

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itms"
)

// exit ends the goroutine.
func exit() { runtime.Goexit() }

func testConcurrency(t *testing.T, h Harness) {
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Counter":   func(t *testing.T, s itms.Store) { raceCounter(t, s) },
		"WriteSkew": func(t *testing.T, s itms.Store) { raceSkew(t, s) },
		"Insert":    func(t *testing.T, s itms.Store) { raceInsert(t, s) },
		"Once":      func(t *testing.T, s itms.Store) { raceOnce(t, s) },
		"Binding":   func(t *testing.T, s itms.Store) { raceBinding(t, s) },
		"Leases":    func(t *testing.T, s itms.Store) { raceLeases(t, s) },
		"Failures":  raceFailures,
		"Agenda":    func(t *testing.T, s itms.Store) { raceAgenda(t, s) },
		"Outbox":    func(t *testing.T, s itms.Store) { raceOutbox(t, s) },
		"Journal":   func(t *testing.T, s itms.Store) { raceJournal(t, s) },
		"Contacts":  raceContacts,
	})
}

// testNodes runs the races again with two stores on the same data.
func testNodes(t *testing.T, h Harness) {
	if !h.Nodes {
		return
	}
	for name, run := range map[string]func(*testing.T, ...itms.Store){
		"Counter": raceCounter, "WriteSkew": raceSkew, "Insert": raceInsert, "Once": raceOnce, "Binding": raceBinding, "Leases": raceLeases,
		"Agenda": raceAgenda, "Outbox": raceOutbox, "Journal": raceJournal, "Wake": nodesWake, "Contacts": nodesContacts,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := h.New(t)
			one, two := open(), open()
			closeAtEnd(t, one)
			closeAtEnd(t, two)
			run(t, one, two)
		})
	}
}

// crowd runs fn in n goroutines, each with one of the stores, and waits.
func crowd(n int, stores []itms.Store, fn func(i int, s itms.Store)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { fn(i, stores[i%len(stores)]) })
	}
	all.Wait()
}

// raceCounter: read, add, write - and no update is lost.
func raceCounter(t *testing.T, stores ...itms.Store) {
	const workers, each = 6, 15
	crowd(workers, stores, func(_ int, s itms.Store) {
		for range each {
			err := s.Update(bg, func(tx itms.Tx) error {
				v, err := tx.Settings().Get("counter")
				if err != nil {
					return err
				}
				n, _ := strconv.Atoi(string(v))
				return tx.Settings().Put("counter", []byte(strconv.Itoa(n+1)))
			})
			if err != nil {
				t.Errorf("update: %v", err)
			}
		}
	})
	equal(t, "counter", string(setting(t, stores[0], "counter")), strconv.Itoa(workers*each))
}

// raceSkew: an order that finds no device and a device that finds no order must not
// both commit. Each looks for what the other writes.
func raceSkew(t *testing.T, stores ...itms.Store) {
	for round := range 10 {
		serial := deviceID("d", round).Serial
		term := itms.Term{Type: itms.TermSerial, Value: serial}
		var seen [2]int
		crowd(2, stores, func(i int, s itms.Store) {
			err := s.Update(bg, func(tx itms.Tx) error {
				refs, err := tx.Find(term, 9)
				if err != nil {
					return err
				}
				seen[i] = len(refs)
				if i == 0 {
					return tx.Devices().Put(device(round))
				}
				o := order("bss", round)
				o.Claim = itms.DeviceClaim{Serial: serial}
				return tx.Orders().Insert(o)
			})
			if err != nil {
				t.Errorf("update: %v", err)
			}
		})
		if seen[0]+seen[1] != 1 {
			t.Errorf("device found %d, order found %d: exactly one must see the other", seen[0], seen[1])
		}
	}
}

// raceInsert: an order number is taken once.
func raceInsert(t *testing.T, stores ...itms.Store) {
	for round := range 5 {
		var won atomic.Int32
		crowd(6, stores, func(i int, s itms.Store) {
			o := order("bss", round)
			o.ID = itms.OrderID(fmt.Sprintf("%d-%d", round, i))
			switch err := s.Update(bg, func(tx itms.Tx) error { return tx.Orders().Insert(o) }); {
			case err == nil:
				won.Add(1)
			case !itms.IsKind(err, itms.KindConflict):
				t.Errorf("insert: %v", err)
			}
		})
		equal(t, "winners", won.Load(), int32(1))
	}
}

// raceOnce: a code's fingerprint and a task's id are taken once.
func raceOnce(t *testing.T, stores ...itms.Store) {
	for round := range 5 {
		var won atomic.Int32
		crowd(6, stores, func(i int, s itms.Store) {
			insert := func(tx itms.Tx) error { return tx.Tasks().Insert(task(deviceID("d", i), round)) }
			if i%2 == 1 {
				insert = func(tx itms.Tx) error { return tx.Activations().Insert(activation(fmt.Sprint(round))) }
			}
			switch err := s.Update(bg, insert); {
			case err == nil:
				won.Add(1)
			case !itms.IsKind(err, itms.KindConflict):
				t.Errorf("insert: %v", err)
			}
		})
		equal(t, "winners", won.Load(), int32(2)) // one of each
	}
}

// raceBinding: a device is taken once.
func raceBinding(t *testing.T, stores ...itms.Store) {
	for round := range 5 {
		var won atomic.Int32
		crowd(6, stores, func(i int, s itms.Store) {
			b := binding(round*10+i, round*10+i, round, itms.BindingClaimed)
			switch err := s.Update(bg, func(tx itms.Tx) error { return tx.Bindings().Put(b) }); {
			case err == nil:
				won.Add(1)
			case !itms.IsKind(err, itms.KindConflict):
				t.Errorf("put: %v", err)
			}
		})
		equal(t, "winners", won.Load(), int32(1))
	}
}

// raceFailures: those that fail in a crowd leave nothing, those that succeed all.
func raceFailures(t *testing.T, s itms.Store) {
	const workers, each = 8, 12
	crowd(workers, []itms.Store{s}, func(w int, s itms.Store) {
		for i := range each {
			key := fmt.Sprintf("%d/%d", w, i)
			err := s.Update(bg, func(tx itms.Tx) error {
				if err := errors.Join(tx.Settings().Put("last", []byte(key)), tx.Settings().Put(key, []byte("x"))); err != nil {
					return err
				}
				if i%2 == 1 {
					return errOwn
				}
				return nil
			})
			if (i%2 == 1) != errors.Is(err, errOwn) || i%2 == 0 && err != nil {
				t.Errorf("%s: got %v", key, err)
			}
		}
	})
	all := read(t, s, func(tx itms.Tx) (map[string][]byte, error) { return tx.Settings().List("") })
	equal(t, "settings", len(all), 1+workers*each/2)
	for key := range all {
		if key != "last" && (key[len(key)-1]-'0')%2 == 1 {
			t.Errorf("%s was left behind", key)
		}
	}
	if last := string(all["last"]); all[last] == nil {
		t.Errorf("the shared key holds %q, which a failed transaction wrote", last)
	}
}

// raceAgenda: each alarm is claimed once.
func raceAgenda(t *testing.T, stores ...itms.Store) {
	const n = 60
	update(t, stores[0], func(tx itms.Tx) error {
		for i := range n {
			if err := tx.Agenda().Set(fmt.Sprint(i), stored); err != nil {
				return err
			}
		}
		return nil
	})
	var mu sync.Mutex
	seen := map[string]int{}
	crowd(4, stores, func(_ int, s itms.Store) {
		for {
			list := alarms(t, s, stored, 7)
			if len(list) == 0 {
				return
			}
			mu.Lock()
			for _, a := range list {
				seen[a.Key]++
			}
			mu.Unlock()
		}
	})
	equal(t, "alarms claimed", len(seen), n)
	for key, times := range seen {
		if times != 1 {
			t.Errorf("alarm %s was claimed %d times", key, times)
		}
	}
}

// raceOutbox: several workers empty several streams, each in order, each once.
func raceOutbox(t *testing.T, stores ...itms.Store) {
	const streams, each = 5, 8
	for i := range each {
		for j := range streams {
			add(t, stores[0], delivery(fmt.Sprintf("s%d", j), i))
		}
	}
	var mu sync.Mutex
	got := map[string][]string{}
	var left atomic.Int32
	left.Store(streams * each)
	crowd(4, stores, func(_ int, s itms.Store) {
		for left.Load() > 0 {
			for _, id := range claim(t, s, stored.Add(time.Hour), 3) {
				mu.Lock()
				got[id[:2]] = append(got[id[:2]], id)
				mu.Unlock()
				update(t, s, func(tx itms.Tx) error { return tx.Outbox().Done(id) })
				left.Add(-1)
			}
		}
	})
	for stream, ids := range got {
		if len(ids) != each || !slices.IsSorted(ids) {
			t.Errorf("stream %s was delivered as %v", stream, ids)
		}
	}
}

// raceJournal: a reader that follows the journal misses nothing, however commits
// and sequences interleave.
func raceJournal(t *testing.T, stores ...itms.Store) {
	const writers, each, per = 5, 12, 2
	go crowd(writers, stores, func(w int, s itms.Store) {
		for i := range each {
			err := s.Update(bg, func(tx itms.Tx) error {
				for j := range per {
					if err := tx.Journal().Append(&itms.Event{Text: fmt.Sprintf("%d/%d/%d", w, i, j)}); err != nil {
						return err
					}
					runtime.Gosched()
				}
				return nil
			})
			if err != nil {
				t.Errorf("append: %v", err)
			}
		}
	})
	seen := map[string]bool{}
	last := int64(0)
	for len(seen) < writers*each*per {
		for _, e := range events(t, stores[len(stores)-1], last, 1) {
			if e.Seq <= last || seen[e.Text] {
				t.Fatalf("event %d %q after %d", e.Seq, e.Text, last)
			}
			last, seen[e.Text] = e.Seq, true
		}
	}
}

// raceContacts: a note is visible at every moment of its flush.
func raceContacts(t *testing.T, s itms.Store) {
	id := device(1).ID
	update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(device(1)) })
	const n = 40
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range n {
			if err := s.(Flusher).Flush(); err != nil {
				t.Errorf("flush: %v", err)
			}
		}
	}()
	for i := range n {
		s.Contacted(session(id, i, "Reboot"))
		wantContact(t, s, id, storedSession(id, i, "Reboot"))
		equal(t, "newest", history(t, s, id, 1), []itms.SessionSummary{storedSession(id, i, "Reboot")})
	}
	<-done
	equal(t, "sessions", len(history(t, s, id, 99)), n)
}

// nodesWake: a commit of one node wakes the readers of the other.
func nodesWake(t *testing.T, stores ...itms.Store) {
	done := make(chan []itms.Delivery)
	go func() {
		done <- await(t, stores[1], itms.TopicOutbox,
			func(tx itms.Tx) ([]itms.Delivery, error) { return tx.Outbox().List("", 9) },
			func(list []itms.Delivery) bool { return len(list) > 0 })
	}()
	add(t, stores[0], delivery("s", 1))
	equal(t, "queue", <-done, []itms.Delivery{*delivery("s", 1)})
}

// nodesContacts: flushed notes of both nodes merge, the newer contact wins.
func nodesContacts(t *testing.T, stores ...itms.Store) {
	id := device(1).ID
	update(t, stores[0], func(tx itms.Tx) error { return tx.Devices().Put(device(1)) })
	stores[0].Contacted(session(id, 2, "Reboot"))
	stores[1].Contacted(session(id, 1, "Reboot"))
	flush(t, stores[0])
	flush(t, stores[1])
	for _, s := range stores {
		wantContact(t, s, id, storedSession(id, 2, "Reboot"))
		equal(t, "sessions", len(history(t, s, id, 9)), 2)
	}
}
