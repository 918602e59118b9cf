package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"itms"
)

// bg is the context of calls that nothing cancels.
var bg = context.Background()

// fresh opens a store on an empty database and closes it with the test.
func fresh(t testing.TB, opts Options) (s *Store, url string) {
	t.Helper()
	url = server.Database(t)
	s = open(t, url, opts)
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !itms.IsKind(err, itms.KindUnavailable) {
			t.Error(err)
		}
	})
	return s, url
}

// command runs a statement behind the store's back.
func command(t testing.TB, url, statement string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(bg, url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(bg, statement, args...)
	if err := errors.Join(err, conn.Close(bg)); err != nil {
		t.Fatal(err)
	}
}

// TestOpenTogether: nodes that start at once on an empty database agree on who
// makes the tables.
func TestOpenTogether(t *testing.T) {
	url := server.EmptyDatabase(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := Open(bg, url, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// TestOpenFails: what is wrong is said by kind.
func TestOpenFails(t *testing.T) {
	if _, err := Open(bg, "postgres://%zz", Options{}); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("not a URL: %v", err)
	}
	if _, err := Open(bg, "postgres:///x?host="+t.TempDir(), Options{}); !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("no server: %v", err)
	}
	missing := strings.Replace(server.Database(t), "postgres:///", "postgres:///missing", 1)
	if _, err := Open(bg, missing, Options{}); !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("no database: %v", err)
	}
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if _, err := Open(ctx, server.Database(t), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestNewerLayout: tables of a newer program are refused with a sentence.
func TestNewerLayout(t *testing.T) {
	s, url := fresh(t, Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	command(t, url, "insert into goose_db_version (version_id, is_applied) values (999, true)")
	_, err := Open(bg, url, Options{})
	if !itms.IsKind(err, itms.KindUnavailable) || !strings.Contains(err.Error(), "start the newer program") {
		t.Fatalf("got %v", err)
	}
}

// TestOlderLayout: a database of the first program gets the tables that came later
// and keeps what it has.
func TestOlderLayout(t *testing.T) {
	s, url := fresh(t, Options{})
	err := s.Update(bg, func(tx itms.Tx) error {
		return errors.Join(tx.Devices().Put(fleet(1)),
			tx.Orders().Insert(&itms.Order{ID: "o1", No: "N1", Source: "bss", State: itms.OrderDone}),
			tx.Services().Put(&itms.Service{ID: "s1", Subscriber: itms.Subscriber{Name: "Ann Example"}}))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	down(t, url, 1)
	command(t, url, "delete from terms where type = 'name'")
	s = open(t, url, Options{})
	defer s.Close()
	err = s.Update(bg, func(tx itms.Tx) error { return tx.Activations().Insert(&itms.Activation{Hash: "a"}) })
	if err != nil {
		t.Error(err)
	}
	err = s.View(bg, func(tx itms.Tx) error {
		devices, err1 := tx.Devices().List(itms.DeviceQuery{Light: fleet(1).Light(), Model: fleet(1).Model, Limit: 9})
		orders, err2 := tx.Orders().List(itms.OrderQuery{Light: itms.LightOK, Limit: 9})
		names, err3 := tx.FindPrefix(itms.Term{Type: itms.TermName, Value: "ann"}, 9)
		if len(devices) != 1 || len(orders) != 1 || len(names) != 1 {
			t.Errorf("listed %d devices, %d orders, %d names", len(devices), len(orders), len(names))
		}
		return errors.Join(err1, err2, err3)
	})
	if err != nil {
		t.Error(err)
	}
}

// down takes a database back to a layout.
func down(t testing.TB, url string, version int64) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDB(*config)
	provider, err := steps(db)
	if err != nil {
		t.Fatal(err)
	}
	_, err = provider.DownTo(bg, version)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// appendEvent appends one event and returns its sequence.
func appendEvent(t testing.TB, s *Store) (seq int64) {
	t.Helper()
	err := s.Update(bg, func(tx itms.Tx) error {
		e := &itms.Event{Text: "x"}
		defer func() { seq = e.Seq }()
		return tx.Journal().Append(e)
	})
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// follow reads the sequences behind seq.
func follow(t testing.TB, s *Store, seq int64) (seqs []int64) {
	t.Helper()
	err := s.View(bg, func(tx itms.Tx) error {
		list, err := tx.Journal().After(seq, 100)
		for _, e := range list {
			seqs = append(seqs, e.Seq)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return seqs
}

// TestJournalHoldsBack: an event that commits while an older transaction may still
// append waits for it, and the hint comes when it shows.
func TestJournalHoldsBack(t *testing.T) {
	s, _ := fresh(t, Options{})
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	appended, release, done := make(chan int64, 1), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Update(bg, func(tx itms.Tx) error {
			e := &itms.Event{Text: "old"}
			err := tx.Journal().Append(e)
			appended <- e.Seq
			<-release
			return err
		})
	}()
	first := <-appended
	second := appendEvent(t, s)
	if second <= first {
		t.Fatalf("the later transaction drew %d, the earlier one %d", second, first)
	}
	if got := follow(t, s, 0); len(got) != 0 {
		t.Fatalf("seen while the older one runs: %v", got)
	}
	hints := s.Wake(ctx, itms.TopicJournal)
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for len(follow(t, s, 0)) < 2 {
		<-hints
	}
	if got := follow(t, s, 0); got[0] != first || got[1] != second {
		t.Errorf("sequences %v, want %d and %d", got, first, second)
	}
}

// TestJournalHint: a transaction that appends nothing may hold events back too; the
// hint comes when it is over.
func TestJournalHint(t *testing.T) {
	s, url := fresh(t, Options{})
	conn, err := pgx.Connect(bg, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(bg)
	if _, err := conn.Exec(bg, "begin; select pg_current_xact_id()"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	hints := s.Wake(ctx, itms.TopicJournal)
	seq := appendEvent(t, s)
	<-hints // of the commit itself
	if got := follow(t, s, 0); len(got) != 0 {
		t.Fatalf("seen while an older transaction runs: %v", got)
	}
	if _, err := conn.Exec(bg, "rollback"); err != nil {
		t.Fatal(err)
	}
	for len(follow(t, s, 0)) == 0 {
		<-hints
	}
	if got := follow(t, s, 0); got[0] != seq {
		t.Errorf("got %v, want %d", got, seq)
	}
}

// TestJournalMoved: data restored on a younger server, whose transaction numbers
// are lower, goes on with higher sequences, and the old events are seen.
func TestJournalMoved(t *testing.T) {
	s, url := fresh(t, Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	old := int64(1) << 50
	command(t, url, `insert into journal (seq, device, doc) values ($1, '', '{"text":"old"}')`, old)
	s = open(t, url, Options{})
	defer s.Close()
	if seq := appendEvent(t, s); seq <= old {
		t.Errorf("sequence %d after %d", seq, old)
	}
	if got := follow(t, s, 0); len(got) == 0 || got[0] != old {
		t.Errorf("events: %v", got)
	}
}

// TestListenAgain: a node whose connections broke hears the others again and is
// told to look for what it missed.
func TestListenAgain(t *testing.T) {
	broke := make(chan struct{}, 10)
	one, url := fresh(t, Options{Logger: func(string, error) { broke <- struct{}{} }})
	two := open(t, url, Options{})
	defer two.Close()
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	hints := one.Wake(ctx, itms.TopicAgenda)
	command(t, url, "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()")
	<-broke
	<-hints // after the new connection
	set := func(tx itms.Tx) error { return tx.Agenda().Set("k", time.Unix(0, 0)) }
	if err := two.Update(bg, set); err != nil && !itms.IsKind(err, itms.KindUnavailable) {
		t.Fatal(err)
	}
	if err := two.Update(bg, set); err != nil { // the first may have met a dead connection
		t.Fatal(err)
	}
	<-hints
}

// TestConnectionLost: an update whose connection breaks says so, and why.
func TestConnectionLost(t *testing.T) {
	s, url := fresh(t, Options{})
	err := s.Update(bg, func(tx itms.Tx) error {
		if _, err := tx.Settings().Get("k"); err != nil {
			return err
		}
		command(t, url, "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()")
		return tx.Settings().Put("k2", nil)
	})
	var e *itms.Error
	if !errors.As(err, &e) || e.Kind != itms.KindUnavailable || e.Err == nil {
		t.Fatalf("got %#v", err)
	}
}

// TestSwallowed: a failure of the engine that fn keeps to itself still fails the
// update: the transaction is lost.
func TestSwallowed(t *testing.T) {
	s, _ := fresh(t, Options{})
	err := s.Update(bg, func(tx itms.Tx) error {
		if err := tx.Journal().Append(&itms.Event{Text: "\x00"}); !itms.IsKind(err, itms.KindInvalid) {
			t.Errorf("a NUL in a text: %v", err)
		}
		return nil
	})
	if !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("got %v", err)
	}
}

// TestRunsAgain: a transaction that collides runs again and sees what was written.
func TestRunsAgain(t *testing.T) {
	s, _ := fresh(t, Options{})
	runs := 0
	err := s.Update(bg, func(tx itms.Tx) error {
		v, err := tx.Settings().Get("k")
		if err != nil {
			return err
		}
		if runs++; runs == 1 {
			other := func(tx itms.Tx) error { return tx.Settings().Put("k", []byte("theirs")) }
			if err := s.Update(bg, other); err != nil {
				return err
			}
		}
		return tx.Settings().Put("k", append(v, " and mine"...))
	})
	if err != nil || runs != 2 {
		t.Fatalf("%d runs, %v", runs, err)
	}
	_ = s.View(bg, func(tx itms.Tx) error {
		if v, err := tx.Settings().Get("k"); string(v) != "theirs and mine" {
			t.Errorf("got %q, %v", v, err)
		}
		return nil
	})
}

// TestTooManyEvents: a transaction cannot outgrow its share of the sequence.
func TestTooManyEvents(t *testing.T) {
	j := journal{&tx{wire: wire{writable: true}, events: 1 << placeBits}}
	if err := j.Append(&itms.Event{}); !itms.IsKind(err, itms.KindLimit) {
		t.Errorf("got %v", err)
	}
}

// TestFlushKeepsNotes: notes that could not be written stay visible and are
// written later.
func TestFlushKeepsNotes(t *testing.T) {
	s, url := fresh(t, Options{})
	id := itms.DeviceID{OUI: "00005E", Serial: "1"}
	if err := s.Update(bg, func(tx itms.Tx) error { return tx.Devices().Put(&itms.Device{ID: id}) }); err != nil {
		t.Fatal(err)
	}
	s.Contacted(itms.SessionSummary{ID: "1", Device: id, Started: time.Unix(1700000000, 0), End: itms.SessionDone})
	command(t, url, "alter table contacts rename to away")
	if err := s.Flush(); err == nil {
		t.Fatal("flushed into a missing table")
	}
	command(t, url, "alter table away rename to contacts")
	for i := range 2 {
		_ = s.View(bg, func(tx itms.Tx) error {
			if d, err := tx.Devices().Get(id); err != nil || d.LastSession.ID != "1" {
				t.Errorf("pass %d: %+v, %v", i, d, err)
			}
			return nil
		})
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPlans: every read that a door waits for uses an index.
func TestPlans(t *testing.T) {
	_, url := fresh(t, Options{})
	conn, err := pgx.Connect(bg, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(bg)
	if _, err := conn.Exec(bg, "set enable_seqscan = off"); err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("$1::text[]", "'{x}'::text[]", "$2::text[]", "'{x}'::text[]", "$1", "'x'", "$3", "9")
	for _, query := range []string{
		selectDevice + "where d.id = 'x'",
		selectDevice + "where d.state = 'x' and d.id > 'x' order by d.id limit 9",
		"select doc from bindings where device = 'x' and device <> '' and state in ('claimed', 'bound')",
		"select id from bindings where service = 'x' and state = 'bound' and state in ('prebound', 'claimed', 'bound')",
		"select doc from bindings where service = 'x' order by gen, id",
		"select doc from orders where source = 'x' and no = 'x'",
		"select doc from orders where area = 'x' and id < 'x' order by id desc limit 9",
		"select kind, id from terms where type = 'x' and value = 'x' order by kind, id limit 9",
		"select seq, doc from journal where device = 'x' and device <> '' order by seq desc limit 9",
		"select id from outbox where head and next <= now() order by next, pos limit 9",
		"select due from agenda order by due limit 1",
		"select doc from stock where mac > 'x' and batch = 'x' and state = 'x' order by mac limit 9",
		"select doc from stock where mac > 'x' and state = 'x' order by mac limit 9",
		"select doc from tasks where device = 'x' and open order by id limit 9",
		"select doc from tasks where device = 'x' and id < 'x' order by id desc limit 9",
		"select area, kind, outcome, touched, count(*) from endings where day between 'x' and 'y' group by 1, 2, 3, 4",
		filled.Replace(foreseeThings[itms.RefOrder]), filled.Replace(foreseeThings[itms.RefDevice]),
		filled.Replace(foreseeTerms), filled.Replace(foreseeHolder), filled.Replace(foreseeSettings), filled.Replace(foreseeStock),
	} {
		rows, err := conn.Query(bg, "explain "+query)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if plan := strings.Join(lines, "\n"); err != nil || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Hash") || strings.Contains(plan, "Merge") {
			t.Errorf("%s: %v\n%s", query, err, plan)
		}
	}
}

// fleet is the i-th device of a synthetic fleet.
func fleet(i int) *itms.Device {
	return &itms.Device{ID: itms.DeviceID{OUI: "00005E", ProductClass: "STB", Serial: fmt.Sprintf("S%07d", i)},
		Manufacturer: "Example", Model: "EX-1", IP: "192.0.2.1", State: itms.DeviceInService,
		MAC: itms.MAC{0, 0, 0x5E, byte(i >> 16), byte(i >> 8), byte(i)}, FirstSeen: time.Unix(1700000000, 0).UTC()}
}

// TestTrips: what is foreseen is asked for together, what was read or written is not
// asked for again, and writes go with the commit.
func TestTrips(t *testing.T) {
	s, _ := fresh(t, Options{})
	term := itms.Term{Type: itms.TermAccount, Value: "a"}
	f := itms.Foresight{Service: "s", Device: fleet(1).ID, Params: true,
		Terms: []itms.Term{term}, Kinds: []itms.RefKind{itms.RefBinding}, Stock: []itms.MAC{{5: 1}}, Settings: []string{"k"}}
	err := s.Update(bg, func(tx itms.Tx) error {
		tx.Foresee(f)
		for range 2 {
			_, e1 := tx.Devices().Get(f.Device)
			_, e2 := tx.Services().Get("s")
			_, e3 := tx.Bindings().OfDevice(f.Device)
			_, e4 := tx.Stock().Get(itms.MAC{5: 1})
			for _, err := range []error{e1, e2, e3, e4} {
				if !itms.IsKind(err, itms.KindNotFound) {
					t.Errorf("found, or %v", err)
				}
			}
			_, e1 = tx.Find(term, 9)
			_, e2 = tx.Settings().Get("k")
			_, e3 = tx.Bindings().OfService("s")
			if err := errors.Join(e1, e2, e3); err != nil {
				return err
			}
		}
		return errors.Join(tx.Orders().Insert(&itms.Order{ID: "o", Source: "bss", No: "1"}), tx.Services().Put(&itms.Service{ID: "s", Account: "a"}),
			tx.Devices().Put(fleet(1)), tx.Devices().PutParams(f.Device, new(itms.ParamTree)), tx.Agenda().Set("k", time.Unix(0, 0)),
			tx.Settings().Put("k", nil), tx.Journal().Append(&itms.Event{}))
	})
	if n := s.Stats().Trips; err != nil || n != 3 { // the insert tells whether it was one
		t.Errorf("%d trips, want 3; %v", n, err)
	}
	if err := s.Update(bg, func(itms.Tx) error { return nil }); err != nil || s.Stats().Trips != 3 {
		t.Errorf("a transaction without a question: %d trips, %v", s.Stats().Trips-3, err)
	}
}

// TestManyWrites: writes do not pile up until the commit.
func TestManyWrites(t *testing.T) {
	s, _ := fresh(t, Options{})
	const n = 3*waitingMost + 1
	update := func(tx itms.Tx) error {
		for i := range n {
			if err := tx.Settings().Put(fmt.Sprintf("k%04d", i), []byte("v")); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.Update(bg, update); err != nil || s.Stats().Trips != 4 {
		t.Errorf("%d trips, %v", s.Stats().Trips, err)
	}
	_ = s.View(bg, func(tx itms.Tx) error {
		if all, err := tx.Settings().List(""); err != nil || len(all) != n {
			t.Errorf("%d settings, %v", len(all), err)
		}
		return nil
	})
}

// TestLargeView: a transaction that reads more than it remembers reads right.
func TestLargeView(t *testing.T) {
	s, _ := fresh(t, Options{})
	const n = memoryMost + 100
	err := s.Update(bg, func(tx itms.Tx) error {
		for i := range n {
			if err := tx.Services().Put(&itms.Service{ID: itms.ServiceID(fmt.Sprint(i)), Account: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		for i := range n {
			if svc, err := tx.Services().Get(itms.ServiceID(fmt.Sprint(i))); err != nil || svc.Account != fmt.Sprint(i) {
				return fmt.Errorf("service %d: %+v, %w", i, svc, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
