package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/cmd/itms/config"
	"itms/internal/command"
	"itms/store/boltdb"
)

func TestSocketOfARunningServerIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "itms.sock")
	first, err := listenOwnerOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if _, err := listenOwnerOnly(path); err == nil || !strings.Contains(err.Error(), "another server runs in") {
		t.Errorf("a second server: %v", err)
	}
	if !answers(path) {
		t.Error("the first server lost its socket")
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestSocketOfADeadServerIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "itms.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	l, err := listenOwnerOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// The address told is one that was configured, or none.
func TestPublicURL(t *testing.T) {
	for _, c := range []struct{ listen, url, want string }{
		{"127.0.0.1:8080", "http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"127.0.0.1:0", "http://127.0.0.1:8080", ""},
		{":9000", "https://itms.example.com", "https://itms.example.com"},
	} {
		if got := publicURL(&config.Config{Web: config.Web{Listen: c.listen, PublicURL: c.url}}); got != c.want {
			t.Errorf("%v: %q", c, got)
		}
	}
}

func TestSTUNAddress(t *testing.T) {
	for _, c := range []struct{ public, cwmp, bound, want string }{
		{"", "", "192.0.2.1:3478", "192.0.2.1:3478"},
		{"", "http://acs.example.com:7547/", "0.0.0.0:3478", "acs.example.com:3478"},
		{"stun.example.com:3000", "http://acs.example.com/", "0.0.0.0:3478", "stun.example.com:3000"},
		{"", "", "[::ffff:192.0.2.1]:1", "192.0.2.1:1"},
		{"", "", "[::]:3478", ownAddress() + ":3478"},
		{"stun.example.com", "", "192.0.2.1:1", ""},
		{"", "", "nowhere", ""},
	} {
		got, err := stunAddress(c.public, c.cwmp, c.bound)
		if (err == nil) != (c.want != "") || err == nil && net.JoinHostPort(got.Host, strconv.Itoa(got.Port)) != c.want {
			t.Errorf("%v: %+v, %v", c, got, err)
		}
	}
}

func TestUnknownStateIsAUsageError(t *testing.T) {
	if err := (orderGetCmd{Until: "done,finished"}).Run(nil); !errors.Is(err, command.ErrUsage) {
		t.Errorf("%v", err)
	}
	if err := (orderGetCmd{Until: "done,failed"}).checkStates(); err != nil {
		t.Error(err)
	}
}

// countingStore counts reads.
type countingStore struct {
	itms.Store
	views int
}

func (s *countingStore) View(ctx context.Context, fn func(itms.Tx) error) error {
	s.views++
	return s.Store.View(ctx, fn)
}

func TestUnknownNodesCostOneRead(t *testing.T) {
	bolt, err := boltdb.Open(t.Context(), filepath.Join(t.TempDir(), "itms.db"), boltdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer bolt.Close()
	store := &countingStore{Store: bolt}
	n := &nodes{store: store, self: "me"}
	for range 20 {
		if _, ok := n.Lookup(t.Context(), "nobody"); ok {
			t.Error("found")
		}
		n.asked = time.Now() // stays fresh however slow the machine is
	}
	if store.views != 1 {
		t.Errorf("%d reads", store.views)
	}
}
