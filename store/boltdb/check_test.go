package boltdb

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"itms"
)

// dataFile makes a file with something in it.
func dataFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "itms.db")
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		put(t, s, fleet(i+1))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCheckFile: a whole file passes, one without its last page in use does not.
func TestCheckFile(t *testing.T) {
	path := dataFile(t)
	if err := CheckFile(path); err != nil {
		t.Fatalf("a whole file: %v", err)
	}
	for _, c := range []struct {
		size int64
		want string
	}{{20_000, "is cut off: it has 20000 bytes"}, {9000, "is cut off: it has"}, {50, "is not a data file"}, {0, "is not a data file"}} {
		if err := os.Truncate(path, c.size); err != nil {
			t.Fatal(err)
		}
		err := CheckFile(path)
		if !itms.IsKind(err, itms.KindUnavailable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d bytes: %v", c.size, err)
		}
	}
	if err := CheckFile(path + ".none"); !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("no file: %v", err)
	}
}

// TestCheckFileDamagedMeta: one damaged meta page is no reason to refuse, as bbolt
// falls back to the other; the cut is found then too.
func TestCheckFileDamagedMeta(t *testing.T) {
	for page := range int64(2) {
		path := dataFile(t)
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("damage"), page*int64(os.Getpagesize())+metaHeader+metaTx); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if err := CheckFile(path); err != nil {
			t.Errorf("meta page %d damaged: %v", page, err)
		}
		if err := os.Truncate(path, 20_000); err != nil {
			t.Fatal(err)
		}
		if err := CheckFile(path); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("meta page %d damaged, cut: %v", page, err)
		}
	}
}

// TestLockFile: the lock is the one that a store in use has.
func TestLockFile(t *testing.T) {
	path := dataFile(t)
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LockFile(path); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a store in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	unlock, err := LockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}
