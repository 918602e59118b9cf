// Package boltdb is the embedded storage engine: one file, one process, no server.
//
// Documents are JSON, one bucket per aggregate, with buckets of their own for each
// secondary order. Concurrent updates share one durable commit (see commit.go).
package boltdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"itms"
	"itms/store/internal/contacts"
	"itms/store/internal/gate"
	"itms/store/internal/wake"
)

// schemaVersion is the layout of the buckets that this program reads and writes. It
// grows when a program that knows less would lose what it does not know: 2 added
// codes, stock, tasks, endings and what orders and devices hold for them; 3 cut the
// trees of parameters into blocks, and added the history of their values; 4 added
// leases and what devices hold for them; 5 added people, the audit and the areas of
// devices, and lists devices and orders by more. An older file gets the new buckets, and the
// indexes of version 5, when it is opened, and new terms of old things with the next write
// of each.
const schemaVersion = 5

// lockWait is how long Open waits for another process to let go of the file: long
// enough for a restart, short enough for a person at a terminal.
const lockWait = 2 * time.Second

// mapSize is the address space set aside for the file. Growing the mapping must
// wait for every open View; with this much reserved it hardly ever grows. It costs
// no memory.
const mapSize = 4 << 30

// Options tune a Store; the zero value is right for production.
type Options struct {
	// FlushInterval is how long a contact note waits at most; 0 = 2 s.
	FlushInterval time.Duration
	// LockWait is how long Open waits for the file's lock; 0 = 2 s.
	LockWait time.Duration
	// NoSync leaves commits unflushed: for tests that do thousands. A file that was
	// open when the machine stopped is lost.
	NoSync bool
	// Logger hears of failures that no caller can be told; nil = nobody.
	Logger func(what string, err error)
}

// Stats counts what the store did since Open.
type Stats struct {
	Updates int64 // transactions that wrote something and were committed
	Commits int64 // durable commits they shared
}

// Store is an itms.Store in one bbolt file. It is safe for concurrent use.
type Store struct {
	db       *bolt.DB
	path     string
	log      func(what string, err error)
	gate     gate.Gate
	queue    queue
	contacts *contacts.Buffer
	cache    *decodedCache
	leases   atomic.Pointer[leaseIndex] // replaced by the committer alone
	hub      wake.Hub
	updates  atomic.Int64
	commits  atomic.Int64
	gather   time.Duration // how long a group waits to be as large as the last one
	crowd    int           // jobs of the last group; the committer's own
}

var _ itms.Store = (*Store)(nil)

// Open opens the file at path, creating it when it does not exist. It fails with
// KindUnavailable when the file is in use, cannot be read or was written by a newer
// program.
func Open(ctx context.Context, path string, opts Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	wait := opts.LockWait
	if wait <= 0 {
		wait = lockWait
	}
	if end, ok := ctx.Deadline(); ok {
		wait = max(time.Millisecond, min(wait, time.Until(end)))
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: wait, InitialMmapSize: reserve(),
		FreelistType: bolt.FreelistMapType, NoSync: opts.NoSync, NoFreelistSync: opts.NoSync})
	if err != nil {
		return nil, openError(path, err)
	}
	if err := prepare(db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Store{db: db, path: path, cache: newDecodedCache(), gather: gatherTime, log: opts.Logger}
	if s.log == nil {
		s.log = func(string, error) {}
	}
	index, err := buildLeaseIndex(db, s.log)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.leases.Store(index)
	s.start(opts)
	return s, nil
}

// reserve returns mapSize where the address space has room for it.
func reserve() int {
	if strconv.IntSize < 64 {
		return 0
	}
	return mapSize
}

// openError puts a failed open into words.
func openError(path string, err error) error {
	if errors.Is(err, berrors.ErrTimeout) {
		return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable,
			"the data file %s is in use by another process (is itms serve running?): stop it, or name another file", path).Because(err)
	}
	return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "open the data file %s", path).Because(err)
}

// prepare creates the buckets and checks the layout version.
func prepare(db *bolt.DB, path string) error {
	return db.Update(func(tx *bolt.Tx) error {
		for _, name := range bucketNames {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return fmt.Errorf("create bucket %s of %s: %w", name, path, err)
			}
		}
		meta := tx.Bucket([]byte(bucketNames[inMeta]))
		have := string(meta.Get(keySchema))
		if have == "" {
			have = "0" // a new file
		}
		v, err := strconv.Atoi(have)
		if err != nil || v > schemaVersion {
			return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable,
				"the data file %s has layout version %s and this program knows %d at most: start the newer program, or restore an older backup",
				path, have, schemaVersion)
		}
		if v > 0 && v < listedVersion {
			if err := reindex(tx); err != nil {
				return fmt.Errorf("bring the indexes of %s up to date: %w", path, err)
			}
		}
		return meta.Put(keySchema, strconv.AppendInt(nil, schemaVersion, 10))
	})
}

// start sets the committer and the flusher running.
func (s *Store) start(opts Options) {
	s.queue.init()
	go s.commitLoop()
	s.contacts = contacts.Start(opts.FlushInterval, s.writeNotes, func(err error) {
		s.log("flush contact notes; they are kept and tried again", err)
	})
}

// Stats returns the counters.
func (s *Store) Stats() Stats { return Stats{Updates: s.updates.Load(), Commits: s.commits.Load()} }

// View runs fn in a read-only snapshot. See itms.Store.
func (s *Store) View(ctx context.Context, fn func(itms.Tx) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	notes := s.contacts.Snapshot()
	for {
		index, replaced := s.leases.Load(), false
		err := s.db.View(func(btx *bolt.Tx) error {
			// An index knows what was committed until it was replaced.
			if replaced = s.leases.Load() != index; replaced {
				return nil
			}
			return fn(&tx{pages: &pages{bolt: btx, cache: s.cache, leases: index}, notes: notes})
		})
		if !replaced {
			return err
		}
	}
}

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

// Backup writes a consistent snapshot of the file, contact notes included, while
// the store stays in use, and returns its size in bytes.
func (s *Store) Backup(w io.Writer) (n int64, err error) {
	if err := s.gate.Enter(); err != nil {
		return 0, err
	}
	defer s.gate.Leave()
	if err := s.contacts.Flush(); err != nil {
		return 0, err
	}
	err = s.db.View(func(btx *bolt.Tx) error {
		n, err = btx.WriteTo(w)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("back up %s: %w", s.path, err)
	}
	return n, nil
}

// Close waits for running transactions, flushes the contact notes and closes the
// file. See itms.Store.
func (s *Store) Close() error {
	if err := s.gate.Close(); err != nil {
		return err
	}
	flushed := s.contacts.Close()
	s.queue.close()
	if err := errors.Join(flushed, s.db.Close()); err != nil {
		return fmt.Errorf("close %s: %w", s.path, err)
	}
	return nil
}

// writeNotes is the one update that a flush costs.
func (s *Store) writeNotes(notes []contacts.Note) error {
	return s.enqueue(context.Background(), func(t itms.Tx) error { return t.(*tx).writeNotes(notes) })
}
