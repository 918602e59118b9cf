package boltdb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"itms"
)

// setting returns a transaction that stores one value.
func setting(key, value string) func(itms.Tx) error {
	return func(tx itms.Tx) error { return tx.Settings().Put(key, []byte(value)) }
}

// values reads all settings.
func values(t *testing.T, s *Store) (all map[string][]byte) {
	t.Helper()
	err := s.View(context.Background(), func(tx itms.Tx) (err error) {
		all, err = tx.Settings().List("")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// hold occupies the committer until release is called, and returns when it does.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		err := s.Update(context.Background(), func(itms.Tx) error {
			close(inside)
			<-leave
			return nil
		})
		if err != nil {
			t.Errorf("the holder: %v", err)
		}
	}()
	<-inside
	return func() { close(leave); <-done }
}

// lined waits until n jobs stand in line.
func lined(s *Store, n int) {
	for {
		s.queue.mu.Lock()
		have := len(s.queue.jobs)
		s.queue.mu.Unlock()
		if have >= n {
			return
		}
	}
}

// TestGather: after a commit of several, the next waits until as many have come; who
// comes alone then waits no more.
func TestGather(t *testing.T) {
	s := open(t)
	release := hold(t, s)
	s.gather = time.Hour // read by the committer, which is held
	var pair sync.WaitGroup
	pair.Go(func() { update(t, s, "a") })
	lined(s, 1)
	release()
	pair.Wait() // the holder and a
	before := s.Stats().Commits
	ran := make(chan struct{})
	pair.Go(func() {
		err := s.Update(context.Background(), func(tx itms.Tx) error { close(ran); return setting("b", "x")(tx) })
		if err != nil {
			t.Error(err)
		}
	})
	<-ran
	pair.Go(func() { update(t, s, "c") })
	pair.Wait()
	if n := s.Stats().Commits - before; n != 1 {
		t.Errorf("%d commits, want one", n)
	}
	s.gather = time.Millisecond
	update(t, s, "alone")
	s.gather = time.Hour
	update(t, s, "alone again") // or it would wait for an hour
}

// update stores one value.
func update(t *testing.T, s *Store, key string) {
	t.Helper()
	if err := s.Update(context.Background(), setting(key, "x")); err != nil {
		t.Error(err)
	}
}

// TestGroup: all who stand in line share one commit, and those that fail leave
// nothing of their own behind.
func TestGroup(t *testing.T) {
	s := open(t)
	before := s.Stats()
	release := hold(t, s)
	own := errors.New("own")
	const n = 20
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			key := fmt.Sprintf("k%02d", i)
			err := s.Update(context.Background(), func(tx itms.Tx) error {
				if err := errors.Join(setting("shared", key)(tx), setting(key, "x")(tx), tx.Settings().Delete("shared"),
					setting("shared", key)(tx)); err != nil {
					return err
				}
				if i%2 == 1 {
					return own
				}
				return nil
			})
			if want := i%2 == 1; errors.Is(err, own) != want || !want && err != nil {
				t.Errorf("%s: %v", key, err)
			}
		})
	}
	lined(s, n)
	release()
	all.Wait()
	got := s.Stats()
	if got.Commits-before.Commits != 1 || got.Updates-before.Updates != n/2 {
		t.Errorf("%+v after %+v: want one commit of %d updates", got, before, n/2)
	}
	have := values(t, s)
	for i := range n {
		if key := fmt.Sprintf("k%02d", i); (have[key] != nil) != (i%2 == 0) {
			t.Errorf("%s: %q", key, have[key])
		}
	}
	if shared := string(have["shared"]); have[shared] == nil {
		t.Errorf("the shared key holds %q, which failed", shared)
	}
}

// TestGroupPanic: a panic in the middle of a group is its caller's alone.
func TestGroupPanic(t *testing.T) {
	s := open(t)
	release := hold(t, s)
	var all sync.WaitGroup
	all.Go(func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic did not reach its caller")
			}
		}()
		_ = s.Update(context.Background(), func(tx itms.Tx) error {
			_ = setting("bad", "x")(tx)
			panic("boom")
		})
	})
	lined(s, 1)
	all.Go(func() {
		if err := s.Update(context.Background(), setting("good", "x")); err != nil {
			t.Error(err)
		}
	})
	lined(s, 2)
	release()
	all.Wait()
	if have := values(t, s); len(have) != 1 || have["good"] == nil {
		t.Errorf("stored: %q", have)
	}
}

// TestCancelInLine: who gives up in line never runs, and holds nobody up.
func TestCancelInLine(t *testing.T) {
	s := open(t)
	release := hold(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan error, 1)
	go func() {
		gone <- s.Update(ctx, func(itms.Tx) error { t.Error("a cancelled update ran"); return nil })
	}()
	lined(s, 1)
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	release()
	put(t, s, fleet(1))
}

// TestCancelRunning: one that started ends as it would have.
func TestCancelRunning(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	err := s.Update(ctx, func(tx itms.Tx) error {
		cancel()
		return setting("k", "v")(tx)
	})
	if err != nil || len(values(t, s)) != 1 {
		t.Errorf("got %v, %q", err, values(t, s))
	}
}

// TestUnchangedIsFree: writing what is there costs no commit.
func TestUnchangedIsFree(t *testing.T) {
	s := open(t)
	put(t, s, fleet(1))
	before := s.Stats()
	put(t, s, fleet(1))
	if got := s.Stats(); got != before {
		t.Errorf("%+v after %+v", got, before)
	}
}

// TestCommitFails: when the disk refuses, everyone in the group is told, nothing of
// it shows, and the next group works.
func TestCommitFails(t *testing.T) {
	s := open(t)
	put(t, s, fleet(1))
	s.db.MaxSize = 1 // bbolt refuses to grow the file
	big := make([]byte, 64<<20)
	err := s.Update(context.Background(), func(tx itms.Tx) error { return tx.Settings().Put("big", big) })
	if !itms.IsKind(err, itms.KindUnavailable) {
		t.Fatalf("got %v", err)
	}
	s.db.MaxSize = 0
	if have := values(t, s); len(have) != 0 {
		t.Errorf("stored: %d values", len(have))
	}
	put(t, s, fleet(2))
}

// TestCloseWaits: Close lets those in line finish first.
func TestCloseWaits(t *testing.T) {
	s := open(t)
	release := hold(t, s)
	done := make(chan error, 1)
	go func() { done <- s.Update(context.Background(), setting("k", "v")) }()
	lined(s, 1)
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	release()
	if err := errors.Join(<-done, <-closed); err != nil {
		t.Fatal(err)
	}
	again, err := Open(context.Background(), s.path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if have := values(t, again); string(have["k"]) != "v" {
		t.Errorf("stored: %q", have)
	}
}

// TestDescendOverDeleted: a list that runs backwards does not stop at pages which
// the same transaction emptied.
func TestDescendOverDeleted(t *testing.T) {
	s := open(t)
	const n = 2000
	id := func(i int) itms.OrderID { return itms.OrderID(fmt.Sprintf("order-%06d", i)) }
	store := func(tx itms.Tx, from, to int, state itms.OrderState, write func(*itms.Order) error) error {
		for i := from; i < to; i++ {
			o := &itms.Order{ID: id(i), No: itms.OrderNo(id(i)), State: state, CreatedAt: time.Unix(0, 0)}
			if err := write(o); err != nil {
				return err
			}
		}
		return nil
	}
	err := s.Update(context.Background(), func(tx itms.Tx) error {
		return store(tx, 0, n, itms.OrderReceived, tx.Orders().Insert)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(context.Background(), func(tx itms.Tx) error {
		if err := store(tx, 10, n-10, itms.OrderDone, tx.Orders().Put); err != nil {
			return err
		}
		for _, c := range []struct {
			before itms.OrderID
			want   int
		}{{"", 20}, {id(n / 2), 10}, {id(10), 10}, {id(5), 5}, {id(0), 0}} {
			list, err := tx.Orders().List(itms.OrderQuery{State: itms.OrderReceived, Before: c.before, Limit: n})
			if err != nil || len(list) != c.want {
				t.Errorf("before %q: %d orders, want %d (%v)", c.before, len(list), c.want, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
