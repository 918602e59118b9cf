package dhcp

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"

	"itms"
	"itms/internal/dhcpclient"
	"itms/store/postgres"
	"itms/store/storetest/pgtest"
)

// openPostgres starts a PostgreSQL server and returns a way to open nodes' stores on it.
func openPostgres(t testing.TB, opts pgtest.Options) func() itms.Store {
	t.Helper()
	server, err := pgtest.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	url := server.Database(t)
	return func() itms.Store {
		s, err := postgres.Open(context.Background(), url, postgres.Options{ConnsMax: 8})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
}

// TestNodesOnPostgreSQLShareAPool lets two nodes give addresses of one small pool away at the
// same time: no address goes to two clients, and all clients get one in the end.
func TestNodesOnPostgreSQLShareAPool(t *testing.T) {
	const clients, each = 200, 100 // of 250 addresses
	open := openPostgres(t, pgtest.Options{})
	var mu sync.Mutex
	holders := map[netip.Addr]int{}
	var nodes sync.WaitGroup
	for n := range clients / each {
		w := newWorld(t, func(o *Options) { o.Store, o.Shared = open(), true })
		relay := w.relay.LocalAddr().(*net.UDPAddr).AddrPort()
		if err := w.relay.Close(); err != nil {
			t.Fatal(err)
		}
		held := map[int]bool{}
		node := dhcpclient.Load{Server: w.server.Addrs()[0], Relay: relay, Window: 16, Timeout: patience, Count: each, First: n * each,
			Done: func(client int, a *dhcpclient.Answer) {
				mu.Lock()
				defer mu.Unlock()
				if other, twice := holders[a.Address]; twice && other != client {
					t.Errorf("%v was given to %d and %d", a.Address, other, client)
				}
				holders[a.Address] = client
				held[client] = true
			}}
		nodes.Go(func() {
			for range 5 { // who is refused begins anew
				if r, err := node.Run(t.Context()); err != nil {
					t.Errorf("%+v, %v", r, err)
				}
				if len(held) == each {
					return
				}
			}
			t.Errorf("node %d served %d of %d", n, len(held), each)
		})
	}
	nodes.Wait()
	if len(holders) != clients {
		t.Errorf("%d addresses for %d clients", len(holders), clients)
	}
}
