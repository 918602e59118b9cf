package pgtest

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestServer: a server runs, makes databases, and leaves nothing.
func TestServer(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	one, two := s.Database(t), s.Database(t)
	if one == two {
		t.Errorf("two tests share %s", one)
	}
	if _, err := s.CreateDatabase("test1"); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("a second database of one name: %v", err)
	}
	u, err := url.Parse(one)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432")
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

// TestStart: one line gives a test its database.
func TestStart(t *testing.T) {
	if u := Start(t); !strings.HasPrefix(u, "postgres:///test") {
		t.Errorf("got %s", u)
	}
}

// TestDoesNotStart: the server's own words explain why.
func TestDoesNotStart(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	second := &Server{dir: s.dir, bin: s.bin, cred: s.cred, log: make(chan struct{})}
	if err := second.run(Options{}); err == nil || !strings.Contains(err.Error(), "lock file") {
		t.Errorf("two servers in one folder: %v", err)
	}
}

// TestVersion: the newest of several installed versions is taken.
func TestVersion(t *testing.T) {
	if version("/usr/lib/postgresql/9/bin/initdb") >= version("/usr/lib/postgresql/15/bin/initdb") || version("/x") != 0 {
		t.Error("order of versions")
	}
}
