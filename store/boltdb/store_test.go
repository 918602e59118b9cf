package boltdb

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"itms"
)

// TestLocked: a second process is told who holds the file, in words.
func TestLocked(t *testing.T) {
	s := open(t)
	_, err := Open(context.Background(), s.path, Options{LockWait: time.Millisecond})
	if !itms.IsKind(err, itms.KindUnavailable) || !strings.Contains(err.Error(), "in use by another process") ||
		!strings.Contains(err.Error(), s.path) {
		t.Fatalf("got %v", err)
	}
}

// TestOpenCancelled: a context that is over opens nothing.
func TestOpenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	path := filepath.Join(t.TempDir(), "itms.db")
	if _, err := Open(ctx, path, Options{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
}

// TestOpenDeadline: the context's deadline bounds the wait for the lock.
func TestOpenDeadline(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, s.path, Options{LockWait: time.Hour}); err == nil {
		t.Fatal("opened a locked file")
	}
}

// TestNotADataFile: other files are left alone.
func TestNotADataFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "itms.db")
	text := bytes.Repeat([]byte("not a data file\n"), 1000)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), path, Options{}); !itms.IsKind(err, itms.KindUnavailable) {
		t.Fatalf("got %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, text) {
		t.Errorf("the file was changed: %v", err)
	}
}

// TestNewerLayout: a file of a newer program is refused with a sentence.
func TestNewerLayout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "itms.db")
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(bucketNames[inMeta])).Put(keySchema, []byte("999"))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = Open(context.Background(), path, Options{})
	if !itms.IsKind(err, itms.KindUnavailable) || !strings.Contains(err.Error(), "start the newer program") {
		t.Fatalf("got %v", err)
	}
}

// TestOlderLayout: a file without the buckets that came later opens, keeps what it
// has, and is closed to older programs from then on.
func TestOlderLayout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "itms.db")
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, fleet(1))
	err = s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range bucketNames[inActivations:] {
			if err := tx.DeleteBucket([]byte(name)); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte(bucketNames[inMeta])).Put(keySchema, []byte("1"))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(context.Background(), path, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Update(context.Background(), func(tx itms.Tx) error {
		if err := tx.Activations().Insert(&itms.Activation{Hash: "a"}); err != nil {
			return err
		}
		_, err := tx.Devices().Get(fleet(1).ID)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	_ = s.db.View(func(tx *bolt.Tx) error {
		if have := string(tx.Bucket([]byte(bucketNames[inMeta])).Get(keySchema)); have != "5" {
			t.Errorf("layout version %q", have)
		}
		return nil
	})
}

// TestNoSync: what was written unflushed is there after a Close, also for a store
// that flushes.
func TestNoSync(t *testing.T) {
	path := filepath.Join(t.TempDir(), "itms.db")
	for i, unsafe := range []bool{true, false, true} {
		s, err := Open(context.Background(), path, Options{NoSync: unsafe})
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, fleet(i))
		err = s.View(context.Background(), func(tx itms.Tx) error {
			list, err := tx.Devices().List(itms.DeviceQuery{Limit: 9})
			if len(list) != i+1 {
				t.Errorf("%d devices, want %d", len(list), i+1)
			}
			return err
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBackup: the copy opens as a store and holds what was there, contacts too.
func TestBackup(t *testing.T) {
	s := open(t)
	put(t, s, fleet(1))
	s.Contacted(itms.SessionSummary{ID: "1", Device: fleet(1).ID, Started: time.Unix(1700000000, 0), End: itms.SessionDone})
	path := filepath.Join(t.TempDir(), "copy.db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Backup(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != n {
		t.Errorf("%d bytes reported, file: %v, %v", n, info, err)
	}
	put(t, s, fleet(2)) // after the copy
	copied, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	err = copied.View(context.Background(), func(tx itms.Tx) error {
		d, err := tx.Devices().Get(fleet(1).ID)
		if err != nil {
			return err
		}
		if d.LastSession.ID != "1" {
			t.Errorf("last session of the copy: %+v", d.LastSession)
		}
		_, err = tx.Devices().Get(fleet(2).ID)
		if !itms.IsKind(err, itms.KindNotFound) {
			t.Errorf("a later device is in the copy: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// failingWriter takes nothing.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestBackupFails: the writer's failure reaches the caller; the store goes on.
func TestBackupFails(t *testing.T) {
	s := open(t)
	if _, err := s.Backup(failingWriter{}); err == nil {
		t.Fatal("a backup that nobody took went well")
	}
	put(t, s, fleet(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(failingWriter{}); !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("backup of a closed store: %v", err)
	}
	if err := s.Flush(); !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("flush of a closed store: %v", err)
	}
}

// put stores one device.
func put(t testing.TB, s *Store, d *itms.Device) {
	t.Helper()
	if err := s.Update(context.Background(), func(tx itms.Tx) error { return tx.Devices().Put(d) }); err != nil {
		t.Fatal(err)
	}
}

// TestContactsShareACommit: a fleet's contacts cost one commit, not one each.
func TestContactsShareACommit(t *testing.T) {
	s := open(t)
	const devices = 50
	err := s.Update(context.Background(), func(tx itms.Tx) error {
		for i := range devices {
			if err := tx.Devices().Put(fleet(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	before := s.Stats()
	for i := range devices {
		s.Contacted(itms.SessionSummary{ID: "1", Device: fleet(i).ID, Started: time.Unix(1700000000, 0), End: itms.SessionDone})
	}
	if got := s.Stats(); got != before {
		t.Errorf("notes alone cost %+v after %+v", got, before)
	}
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats().Commits - before.Commits; got != 1 {
		t.Errorf("%d commits for one flush", got)
	}
}

// TestCorrupt: a damaged document is an internal error, not a panic.
func TestCorrupt(t *testing.T) {
	s := open(t)
	put(t, s, fleet(1))
	id := fleet(1).ID
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, b := range []bucket{inDevices, inParams} {
			if err := tx.Bucket([]byte(bucketNames[b])).Put([]byte(id.String()), []byte("{")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.View(context.Background(), func(tx itms.Tx) error {
		_, get := tx.Devices().Get(id)
		_, list := tx.Devices().List(itms.DeviceQuery{Limit: 1})
		_, params := tx.Devices().Params(id)
		for _, err := range []error{get, list, params} {
			if !itms.IsKind(err, itms.KindInternal) {
				t.Errorf("got %v, want an internal error", err)
			}
		}
		return nil
	})
}

// TestTermsReturn: a term that an older program did not know of a thing comes with the
// next write of it.
func TestTermsReturn(t *testing.T) {
	s := open(t)
	put := func(tx itms.Tx) error {
		return tx.Services().Put(&itms.Service{ID: "s", Account: "a", State: itms.ServiceActive})
	}
	if err := s.Update(context.Background(), put); err != nil {
		t.Fatal(err)
	}
	term := itms.Term{Type: itms.TermAccount, Value: "a"}
	err := s.db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(bucketNames[inTerms])).Delete(termKey(term, itms.RefService, "s"))
	})
	if err := errors.Join(err, s.Update(context.Background(), put)); err != nil {
		t.Fatal(err)
	}
	_ = s.View(context.Background(), func(tx itms.Tx) error {
		if refs, err := tx.Find(term, 1); err != nil || len(refs) != 1 {
			t.Errorf("found %v, %v", refs, err)
		}
		return nil
	})
}
