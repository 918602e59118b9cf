package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"itms"
)

// bg is the context of calls that nothing cancels.
var bg = context.Background()

// errOwn is what a transaction of a test fails with.
var errOwn = errors.New("the test's own error")

func testTransactions(t *testing.T, h Harness) {
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"ReadOnly": txReadOnly, "Failed": txFailed, "Panic": txPanic, "Exit": txExit,
		"ConflictGoesOn": txConflict, "Cancelled": txCancelled, "CancelledWaiting": txCancelledWaiting,
		"Snapshot": txSnapshot, "Wake": txWake, "WakeEnds": txWakeEnds, "Closed": txClosed,
	})
}

// txReadOnly: no write gets through a View, and the View goes on.
func txReadOnly(t *testing.T, s itms.Store) {
	view(t, s, func(tx itms.Tx) error {
		claim1 := func() error { _, err := tx.Outbox().Claim(stored, time.Minute, 1); return err }
		drop := func() error { _, err := tx.Files().DropChunks("x", 1); return err }
		trim := func() error { _, err := tx.Transfers().Trim(stored, 1); return err }
		claim2 := func() error { _, err := tx.Agenda().Claim(stored, time.Minute, 1); return err }
		for name, err := range map[string]error{
			"Devices.Put":          tx.Devices().Put(device(1)),
			"Devices.PutParams":    tx.Devices().PutParams(device(1).ID, new(itms.ParamTree)),
			"Services.Put":         tx.Services().Put(service(1)),
			"Bindings.Put":         tx.Bindings().Put(binding(1, 1, 1, itms.BindingBound)),
			"Orders.Insert":        tx.Orders().Insert(order("bss", 1)),
			"Orders.Put":           tx.Orders().Put(order("bss", 1)),
			"ServiceOrders.Insert": tx.ServiceOrders().Insert(serviceOrder(1)),
			"ServiceOrders.Put":    tx.ServiceOrders().Put(serviceOrder(1)),
			"ServiceOrders.Delete": tx.ServiceOrders().Delete("so-001"),
			"Activations.Insert":   tx.Activations().Insert(activation("x")),
			"Activations.Put":      tx.Activations().Put(activation("x")),
			"Stock.Put":            tx.Stock().Put(stockItem(1)),
			"Tasks.Insert":         tx.Tasks().Insert(task(device(1).ID, 1)),
			"Tasks.Put":            tx.Tasks().Put(task(device(1).ID, 1)),
			"Batches.Insert":       tx.Batches().Insert(batch(1)),
			"Batches.Put":          tx.Batches().Put(batch(1)),
			"Files.Insert":         tx.Files().Insert(file(1)),
			"Files.Put":            tx.Files().Put(file(1)),
			"Files.Delete":         tx.Files().Delete("x"),
			"Files.PutChunk":       tx.Files().PutChunk("x", 0, []byte("x")),
			"Files.DropChunks":     drop(),
			"Transfers.Insert":     tx.Transfers().Insert(transfer(1)),
			"Transfers.Put":        tx.Transfers().Put(transfer(1)),
			"Transfers.Trim":       trim(),
			"Endings.Put":          tx.Endings().Put(ending(1, 0)),
			"Journal.Append":       tx.Journal().Append(&itms.Event{}),
			"Outbox.Add":           tx.Outbox().Add(delivery("s", 1)),
			"Outbox.Claim":         claim1(),
			"Outbox.Done":          tx.Outbox().Done("x"),
			"Outbox.Later":         tx.Outbox().Later("x", stored, "x"),
			"Agenda.Set":           tx.Agenda().Set("x", stored),
			"Agenda.Clear":         tx.Agenda().Clear("x"),
			"Agenda.Claim":         claim2(),
			"Tokens.Put":           tx.Tokens().Put(&itms.Token{Hash: "x"}),
			"Tokens.Delete":        tx.Tokens().Delete("x"),
			"Settings.Put":         tx.Settings().Put("x", nil),
			"Settings.Delete":      tx.Settings().Delete("x"),
			"AccessSessions.Put":   tx.AccessSessions().Put(accessSession(1)),
		} {
			wantCode(t, name, err, itms.KindInternal, itms.CodeReadOnly)
		}
		_, err := tx.Settings().Get("x")
		return err
	})
}

// everything writes to every aggregate.
func everything(tx itms.Tx) error {
	return errors.Join(
		tx.Devices().Put(device(1)), tx.Devices().PutParams(device(1).ID, new(itms.ParamTree)),
		tx.Services().Put(service(1)), tx.Bindings().Put(binding(1, 1, 1, itms.BindingBound)),
		tx.Orders().Insert(order("bss", 1)), tx.ServiceOrders().Insert(serviceOrder(1)), tx.Activations().Insert(activation("a")), tx.Stock().Put(stockItem(1)),
		tx.Tasks().Insert(task(device(1).ID, 1)), tx.Batches().Insert(batch(1)), tx.Files().Insert(file(1)), tx.Files().PutChunk("file-001", 0, []byte("abc")),
		tx.Transfers().Insert(transfer(1)), tx.Endings().Put(ending(1, 0)), tx.Journal().Append(&itms.Event{Device: device(1).ID}),
		tx.Outbox().Add(delivery("s", 1)), tx.Agenda().Set("k", stored),
		tx.Tokens().Put(&itms.Token{Hash: "h"}), tx.Settings().Put("k", []byte("v")))
}

// wantNothing checks that no aggregate holds anything.
func wantNothing(t *testing.T, s itms.Store) {
	t.Helper()
	view(t, s, func(tx itms.Tx) error {
		_, e1 := tx.Devices().Get(device(1).ID)
		_, e2 := tx.Services().Get("svc-1")
		_, e3 := tx.Bindings().OfDevice(device(1).ID)
		_, e4 := tx.Orders().ByNumber("bss", "N1")
		_, e5 := tx.Tokens().Get("h")
		_, e6 := tx.Activations().Get("a")
		_, e7 := tx.Stock().Get(stockItem(1).MAC)
		_, e8 := tx.Tasks().Get("task-00001")
		_, e9 := tx.Batches().Get("batch-1")
		_, e10 := tx.ServiceOrders().Get("so-001")
		_, e11 := tx.ServiceOrders().ByExternalID("bss", "E1")
		for _, err := range []error{e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11} {
			wantNotFound(t, "after a failed transaction", err)
		}
		return errors.Join(wantEmpty(t, tx), wantNoLists(t, tx))
	})
}

// wantNoLists checks that no list or count of the warehouse, tasks, files or endings
// holds anything.
func wantNoLists(t *testing.T, tx itms.Tx) error {
	items, e1 := tx.Stock().List(itms.StockQuery{Batch: "2026-03", Limit: 9})
	open, e2 := tx.Tasks().Open(device(1).ID, 9)
	all, e3 := tx.Tasks().OfDevice(device(1).ID, "", 9)
	ended, e4 := tx.Endings().Count(itms.EndingQuery{From: "0", To: "9"})
	if len(items)+len(open)+len(all)+len(ended) > 0 {
		t.Errorf("left behind: %v %v %v %v", items, open, all, ended)
	}
	return errors.Join(e1, e2, e3, e4, wantNoFiles(t, tx))
}

// wantNoFiles checks that no file, chunk or transfer is there.
func wantNoFiles(t *testing.T, tx itms.Tx) error {
	_, err := tx.Files().Chunk("file-001", 0)
	wantNotFound(t, "after a failed transaction", err)
	files, e1 := tx.Files().List(itms.FileQuery{Limit: 9})
	ofTask, e2 := tx.Transfers().OfTask("task-00001")
	using, e3 := tx.Transfers().Using("file-001", 9)
	if len(files)+len(ofTask)+len(using) > 0 {
		t.Errorf("left behind: %v %v %v", files, ofTask, using)
	}
	return errors.Join(e1, e2, e3)
}

// wantEmpty checks that no list of the others holds anything.
func wantEmpty(t *testing.T, tx itms.Tx) error {
	events, e1 := tx.Journal().OfDevice(device(1).ID, 0, 9)
	queued, e2 := tx.Outbox().List("", 9)
	due, e3 := tx.Agenda().Next()
	value, e4 := tx.Settings().Get("k")
	refs, e5 := tx.Find(itms.Term{Type: itms.TermSerial, Value: device(1).ID.Serial}, 9)
	if len(events)+len(queued)+len(value)+len(refs) > 0 || !due.IsZero() {
		t.Errorf("left behind: %v %v %v %v %v", events, queued, due, value, refs)
	}
	return errors.Join(e1, e2, e3, e4, e5)
}

// txFailed: a failed transaction leaves nothing and returns its own error.
func txFailed(t *testing.T, s itms.Store) {
	err := s.Update(bg, func(tx itms.Tx) error {
		if err := everything(tx); err != nil {
			t.Errorf("writing: %v", err)
		}
		return errOwn
	})
	if !errors.Is(err, errOwn) {
		t.Fatalf("got %v, want the transaction's own error", err)
	}
	if err := s.View(bg, func(itms.Tx) error { return errOwn }); !errors.Is(err, errOwn) {
		t.Fatalf("got %v, want the view's own error", err)
	}
	wantNothing(t, s)
	update(t, s, everything) // and nothing of it is in the way
}

// txPanic: a panic reaches the caller, leaves nothing and hurts nobody else.
func txPanic(t *testing.T, s itms.Store) {
	for _, run := range []func(context.Context, func(itms.Tx) error) error{s.Update, s.View} {
		func() {
			defer func() { equal(t, "recovered", recover(), "boom") }()
			_ = run(bg, func(tx itms.Tx) error {
				_ = everything(tx)
				panic("boom")
			})
		}()
	}
	wantNothing(t, s)
	update(t, s, everything)
}

// txExit: a goroutine that ends inside its transaction takes nothing with it; that
// is what a failing test does.
func txExit(t *testing.T, s itms.Store) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = s.Update(bg, func(tx itms.Tx) error {
			_ = everything(tx)
			exit()
			return nil
		})
	}()
	<-gone
	wantNothing(t, s)
	update(t, s, everything)
}

// txConflict: refused writes leave the transaction usable and the rest commits.
func txConflict(t *testing.T, s itms.Store) {
	update(t, s, everything)
	update(t, s, func(tx itms.Tx) error {
		for name, err := range map[string]error{
			"order":      tx.Orders().Insert(order("bss", 1)),
			"activation": tx.Activations().Insert(activation("a")),
			"task":       tx.Tasks().Insert(task(device(1).ID, 1)),
			"binding":    tx.Bindings().Put(binding(2, 2, 1, itms.BindingBound)),
			"delivery":   tx.Outbox().Add(delivery("s", 1)),
		} {
			if !itms.IsKind(err, itms.KindConflict) {
				t.Errorf("%s: got %v, want a conflict", name, err)
			}
		}
		return tx.Settings().Put("k", []byte("after"))
	})
	equal(t, "setting", setting(t, s, "k"), []byte("after"))
	if _, err := bindingOf(s, "bind-002"); !itms.IsKind(err, itms.KindNotFound) {
		t.Errorf("the refused binding: %v", err)
	}
}

// txCancelled: who has given up already never runs.
func txCancelled(t *testing.T, s itms.Store) {
	ctx, cancel := context.WithCancel(bg)
	cancel()
	for _, run := range []func(context.Context, func(itms.Tx) error) error{s.Update, s.View} {
		err := run(ctx, func(itms.Tx) error { t.Error("a cancelled transaction ran"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	}
}

// txCancelledWaiting: one that waits for another gives up when told to.
func txCancelledWaiting(t *testing.T, s itms.Store) {
	inside, release := make(chan struct{}, 1), make(chan struct{})
	first, second := make(chan error, 1), make(chan error, 1)
	put := func(v string) func(itms.Tx) error {
		return func(tx itms.Tx) error { return tx.Settings().Put("k", []byte(v)) }
	}
	go func() {
		first <- s.Update(bg, func(tx itms.Tx) error {
			err := put("first")(tx)
			select {
			case inside <- struct{}{}:
			default:
			}
			<-release
			return err
		})
	}()
	<-inside
	ctx, cancel := context.WithCancel(bg)
	go func() { second <- s.Update(ctx, put("second")) }()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the one that waited: got %v, want context.Canceled", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Errorf("the one that ran: %v", err)
	}
	equal(t, "value", setting(t, s, "k"), []byte("first"))
}

// txSnapshot: a View sees one instant, whatever is committed meanwhile.
func txSnapshot(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Settings().Put("k", []byte("old")) })
	view(t, s, func(tx itms.Tx) error {
		v, err := tx.Settings().Get("k")
		equal(t, "before", v, []byte("old"))
		if err != nil {
			return err
		}
		update(t, s, func(tx itms.Tx) error {
			if err := tx.Devices().Put(device(1)); err != nil {
				return err
			}
			return tx.Settings().Put("k", []byte("new"))
		})
		v, err = tx.Settings().Get("k")
		equal(t, "after", v, []byte("old"))
		_, missing := tx.Devices().Get(device(1).ID)
		wantNotFound(t, "a device put later", missing)
		return err
	})
	equal(t, "value", setting(t, s, "k"), []byte("new"))
}

// txWake: each topic's readers are woken, and get one hint for many commits.
func txWake(t *testing.T, s itms.Store) {
	ctx, cancel := context.WithTimeout(bg, patience)
	defer cancel()
	for topic, write := range map[itms.Topic]func(itms.Tx, int) error{
		itms.TopicJournal: func(tx itms.Tx, _ int) error { return tx.Journal().Append(&itms.Event{}) },
		itms.TopicOutbox:  func(tx itms.Tx, n int) error { return tx.Outbox().Add(delivery("s", n)) },
		itms.TopicAgenda:  func(tx itms.Tx, _ int) error { return tx.Agenda().Set("k", stored) },
		itms.TopicTokens: func(tx itms.Tx, n int) error {
			if n == 1 {
				return tx.Tokens().Delete("h0")
			}
			return tx.Tokens().Put(&itms.Token{Hash: fmt.Sprintf("h%d", n)})
		},
		itms.TopicProfiles: func(tx itms.Tx, n int) error {
			if n == 1 {
				return tx.Settings().Delete(itms.ProfileSettings + "p")
			}
			return tx.Settings().Put(itms.ProfileSettings+"p", []byte{byte(n)})
		},
		itms.TopicTraces: func(tx itms.Tx, n int) error {
			if n == 1 {
				return tx.Traces().Delete("t0")
			}
			return tx.Traces().Put(&itms.Trace{ID: itms.TraceID(fmt.Sprintf("t%d", n))})
		},
	} {
		one, two := s.Wake(ctx, topic), s.Wake(ctx, topic)
		for n := range 3 {
			update(t, s, func(tx itms.Tx) error { return write(tx, n) })
		}
		for _, hints := range []<-chan struct{}{one, two} {
			if _, ok := <-hints; !ok {
				t.Fatalf("no hint on %q", topic)
			}
		}
	}
}

// txWakeEnds: the channel closes with its context.
func txWakeEnds(t *testing.T, s itms.Store) {
	ctx, cancel := context.WithCancel(bg)
	hints := s.Wake(ctx, itms.TopicJournal)
	cancel()
	for range hints { // until it is closed
	}
	update(t, s, func(tx itms.Tx) error { return tx.Journal().Append(&itms.Event{}) })
}

// txClosed: a closed store says so and does nothing.
func txClosed(t *testing.T, s itms.Store) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.Contacted(session(device(1).ID, 1))
	run := func(itms.Tx) error { t.Error("a transaction of a closed store ran"); return nil }
	for name, err := range map[string]error{"View": s.View(bg, run), "Update": s.Update(bg, run), "Close": s.Close()} {
		wantCode(t, name, err, itms.KindUnavailable, itms.CodeUnavailable)
	}
}
