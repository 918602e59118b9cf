// Package postgres is the storage engine for many nodes on one PostgreSQL server,
// version 15 or newer.
//
// Updates are serializable transactions which run again when they collide. A
// transaction must not open another one of the same store inside: with all
// connections busy they would wait for each other.
//
// Journal readers see an event once every transaction that began before it, in any
// database of the server, has ended: a forgotten open transaction holds them up.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/semaphore"

	"itms"
	"itms/store/internal/contacts"
	"itms/store/internal/gate"
	"itms/store/internal/wake"
)

// connsMax is how many connections a node holds at most when nothing else is said:
// more hardly helps a server of few cores and makes transactions collide more.
const connsMax = 16

// Options tune a Store; the zero value is right for production.
type Options struct {
	// ConnsMax is how many connections the pool may hold; 0 = 16. One more listens.
	ConnsMax int
	// FlushInterval is how long a contact note waits at most; 0 = 2 s.
	FlushInterval time.Duration
	// Logger hears of failures that no caller can be told; nil = nobody.
	Logger func(what string, err error)
}

// Store is an itms.Store on PostgreSQL. It is safe for concurrent use, and any
// number of stores may share a database.
type Store struct {
	pool     *pgxpool.Pool
	base     int64 // of journal sequences
	log      func(what string, err error)
	gate     gate.Gate
	contacts *contacts.Buffer
	hub      wake.Hub
	listener *listener
	notifier *notifier
	seats    *semaphore.Weighted // of updates; see turn
	trips    atomic.Int64
}

var _ itms.Store = (*Store)(nil)

// Open connects, brings the tables up to date (one node at a time) and starts to
// listen. It fails with KindUnavailable when the server cannot be reached or was
// written by a newer program, with KindInvalid when url is not a PostgreSQL URL.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	config, err := configure(url, opts)
	if err != nil {
		return nil, err
	}
	base, err := migrate(ctx, config.ConnConfig.Copy())
	if err != nil {
		return nil, translate(err, "prepare the database")
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, translate(err, "connect to the database")
	}
	s := &Store{pool: pool, base: base, log: opts.Logger, seats: semaphore.NewWeighted(updateSeats)}
	if s.log == nil {
		s.log = func(string, error) {}
	}
	node := itms.NewID(time.Now())
	s.listener, err = listen(ctx, config.ConnConfig.Copy(), node, s.hub.Signal, s.log)
	if err != nil {
		pool.Close()
		return nil, translate(err, "listen to the database")
	}
	s.notifier = startNotifier(pool, node, base, s.hub.Signal, s.log)
	s.contacts = contacts.Start(opts.FlushInterval, s.writeNotes, func(err error) {
		s.log("flush contact notes; they are kept and tried again", err)
	})
	return s, nil
}

// configure reads the URL and sets what the queries count on.
func configure(url string, opts Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, itms.Errorf(itms.KindInvalid, itms.CodeConfig, "the store's URL is not a PostgreSQL URL").Because(err)
	}
	config.MaxConns = connsMax
	if opts.ConnsMax > 0 {
		config.MaxConns = int32(opts.ConnsMax)
	}
	params := config.ConnConfig.RuntimeParams
	params["timezone"] = "UTC"
	// Every query here has an index. A sequential scan, which the planner likes for
	// small tables, would lock the whole table against other serializable updates.
	params["enable_seqscan"] = "off"
	// So no plan depends on the values: to plan anew for each costs more than to run.
	params["plan_cache_mode"] = "force_generic_plan"
	params["jit"] = "off"
	if params["application_name"] == "" {
		params["application_name"] = "itms"
	}
	return config, nil
}

// Stats counts what the store did since Open.
type Stats struct {
	Trips int64 // round trips of transactions, rollbacks apart
}

// Stats returns the counters.
func (s *Store) Stats() Stats { return Stats{Trips: s.trips.Load()} }

// Contacted notes that a session ended. See itms.Store.
func (s *Store) Contacted(sum itms.SessionSummary) { s.contacts.Note(sum) }

// Flush writes the contact notes now instead of soon.
func (s *Store) Flush() error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	return s.contacts.Flush()
}

// Wake returns a channel of hints. See itms.Store.
func (s *Store) Wake(ctx context.Context, topic itms.Topic) <-chan struct{} {
	return s.hub.Subscribe(ctx, topic)
}

// Close waits for running transactions, flushes the contact notes and disconnects.
// See itms.Store.
func (s *Store) Close() error {
	if err := s.gate.Close(); err != nil {
		return err
	}
	flushed := s.contacts.Close()
	s.notifier.close()
	s.listener.close()
	s.pool.Close()
	if err := errors.Join(flushed); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}
