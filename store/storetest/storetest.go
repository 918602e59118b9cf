// Package storetest is the suite that every storage engine passes: each outcome
// that the contract in package itms names, properties against a model in memory,
// and the races between transactions.
//
// The suite never sleeps and never measures time: it waits for hints, channels and
// counts.
package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// Harness is what an engine brings to the suite.
type Harness struct {
	// New makes an empty place for data (a file, a database) that goes away with the
	// test, and returns a function which opens a store there. It is called again
	// after a Close and, when Nodes is set, while another store is open.
	New func(t *testing.T) (open func() itms.Store)
	// Nodes says that a place may be open in several stores at once.
	Nodes bool
}

// Flusher is what a store of this suite offers beside the contract: contact notes
// written now, so that a test need not wait for the clock.
type Flusher interface{ Flush() error }

// Run runs the whole suite. It opens each store with the interval of its engine's
// choosing; long ones make no test slower.
func Run(t *testing.T, h Harness) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"Devices", testDevices}, {"Params", testParams}, {"Changes", testChanges}, {"Contacts", testContacts}, {"Services", testServices},
		{"Bindings", testBindings}, {"Orders", testOrders}, {"ServiceOrders", testServiceOrders}, {"Activations", testActivations},
		{"Stock", testStock}, {"Tasks", testTasks}, {"Batches", testBatches}, {"Files", testFiles}, {"Transfers", testTransfers}, {"Endings", testEndings}, {"Journal", testJournal},
		{"Outbox", testOutbox}, {"Agenda", testAgenda}, {"Tokens", testTokens}, {"Users", testUsers}, {"SignIns", testSignIns}, {"Audit", testAudit},
		{"Settings", testSettings}, {"Traces", testTraces}, {"Leases", testLeases}, {"Replies", testReplies}, {"AccessSessions", testAccessSessions}, {"Lanes", testLanes}, {"Subscriptions", testSubscriptions}, {"DeadLetters", testDeadLetters}, {"Terms", testTerms}, {"Lists", testLists}, {"Transactions", testTransactions},
		{"Concurrency", testConcurrency}, {"Models", testModels}, {"Nodes", testNodes},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.run(t, h)
		})
	}
}

// cases runs named tests, each on an empty store.
func (h Harness) cases(t *testing.T, all map[string]func(*testing.T, itms.Store)) {
	for name, run := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, h.open(t))
		})
	}
}

// open opens a store in a new place and closes it with the test.
func (h Harness) open(t *testing.T) itms.Store {
	t.Helper()
	s := h.New(t)()
	closeAtEnd(t, s)
	return s
}

// closeAtEnd closes s with the test unless the test did.
func closeAtEnd(t *testing.T, s itms.Store) {
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !itms.IsKind(err, itms.KindUnavailable) {
			t.Errorf("close: %v", err)
		}
	})
}

// update runs fn and fails the test when it does not commit.
func update(t rapid.TB, s itms.Store, fn func(itms.Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// view runs fn in a snapshot.
func view(t rapid.TB, s itms.Store, fn func(itms.Tx) error) {
	t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// read returns what fn reads in a snapshot.
func read[T any](t rapid.TB, s itms.Store, fn func(itms.Tx) (T, error)) (v T) {
	t.Helper()
	view(t, s, func(tx itms.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	return v
}

// await reads until done is content, waiting for hints in between.
func await[T any](t rapid.TB, s itms.Store, topic itms.Topic, fn func(itms.Tx) (T, error), done func(T) bool) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	hints := s.Wake(ctx, topic)
	for {
		v := read(t, s, fn)
		if done(v) {
			return v
		}
		if _, ok := <-hints; !ok {
			t.Fatalf("no hint on %q for %v; last read: %v", topic, patience, v)
		}
	}
}

// patience is after how long a hint that did not come is a failure. Nothing waits
// that long when all is well.
const patience = time.Minute

// equal compares deeply.
func equal(t rapid.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// wantCode fails the test unless err has the kind and code.
func wantCode(t rapid.TB, what string, err error, kind itms.Kind, code string) {
	t.Helper()
	var e *itms.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code {
		t.Fatalf("%s: got error %v, want kind %q with code %s", what, err, kind, code)
	}
}

// wantNotFound fails the test unless err says that there is no such thing.
func wantNotFound(t rapid.TB, what string, err error) {
	t.Helper()
	wantCode(t, what, err, itms.KindNotFound, itms.CodeNotFound)
}

// both runs checks against a store and again after it was closed and opened.
func both(t *testing.T, h Harness, write func(itms.Store), check func(itms.Store)) {
	t.Helper()
	open := h.New(t)
	s := open()
	write(s)
	check(s)
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	s = open()
	closeAtEnd(t, s)
	check(s)
}
