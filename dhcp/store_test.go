package dhcp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"itms"
	"itms/internal/dhcpclient"
)

// flaky is a store that fails when it is told to, and counts updates.
type flaky struct {
	itms.Store
	mu            sync.Mutex
	views, writes bool // fail
	updates       int
	hold          chan struct{} // updates wait for it; nil = they do not
}

var errDown = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the store is down")

func (f *flaky) View(ctx context.Context, fn func(itms.Tx) error) error {
	f.mu.Lock()
	down := f.views
	f.mu.Unlock()
	if down {
		return errDown
	}
	return f.Store.View(ctx, fn)
}

func (f *flaky) Update(ctx context.Context, fn func(itms.Tx) error) error {
	f.mu.Lock()
	down, hold := f.writes, f.hold
	f.updates++
	f.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if down {
		return errDown
	}
	return f.Store.Update(ctx, fn)
}

func (f *flaky) set(views, writes bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.views, f.writes = views, writes
}

func TestStorageFailureIsSilence(t *testing.T) {
	store := &flaky{Store: openStore(t)}
	w := newWorld(t, func(o *Options) { o.Store = store })
	c, xid := modem(1), w.next()
	ack := w.exchange(c)
	w.clock.Add(40 * time.Minute)

	store.set(true, true)
	w.silent(outStorage, modem(2).Discover(w.next()))
	w.silent(outStorage, c.Renew(w.next(), ack.Address))
	store.set(false, true)
	w.silent(outStorage, c.Renew(w.next(), ack.Address))
	offer := w.ask(modem(3).Discover(xid))
	w.silent(outStorage, modem(3).Request(xid, offer))

	store.set(false, false)
	if again := w.ask(modem(3).Request(xid, offer)); again.Type != dhcpclient.ACK {
		t.Errorf("after the failure: %+v", again)
	}
	if again := w.ask(c.Renew(w.next(), ack.Address)); again.Type != dhcpclient.ACK {
		t.Errorf("after the failure: %+v", again)
	}
}

func TestDirectoryFailureIsSilence(t *testing.T) {
	w := newWorld(t)
	w.directory.set(func(*Asking) (Client, error) { return Client{}, errors.New("away") })
	w.silent(outDirectory, modem(1).Discover(w.next()))
}

func TestClientWithoutClassGetsNothing(t *testing.T) {
	w := newWorld(t)
	w.directory.set(func(*Asking) (Client, error) { return Client{}, nil })
	w.silent(outSilent, modem(1).Discover(w.next()))
	w.directory.set(func(*Asking) (Client, error) { return Client{Class: "nowhere"}, nil })
	w.silent(outSilent, modem(1).Discover(w.next()))
	w.silent(outSilent, modem(1).Discover(w.next()))
	if told := w.directory.told(); !slices.Equal(told, []string{eventRefused}) {
		t.Errorf("events: %v", told)
	}
}

func TestManyRequestsShareCommits(t *testing.T) {
	const clients = 100 // whose ACKs fit the buffer of the relay's socket
	store := &flaky{Store: openStore(t), hold: make(chan struct{})}
	w := newWorld(t, func(o *Options) { o.Store = store })
	offers := make([]*dhcpclient.Answer, clients)
	for i := range offers {
		offers[i] = w.ask(modem(i).Discover(uint32(i)))
	}
	for i, offer := range offers {
		w.send(modem(i).Request(uint32(i), offer))
	}
	waitFor(t, func() bool { return w.server.space.pending() == clients })
	close(store.hold)
	seen := map[netip.Addr]bool{}
	for range clients {
		a := w.receive()
		if a.Type != dhcpclient.ACK || seen[a.Address] {
			t.Fatalf("%+v", a)
		}
		seen[a.Address] = true
	}
	store.mu.Lock()
	defer store.mu.Unlock()
	if store.updates > clients/4 {
		t.Errorf("%d updates for %d leases", store.updates, clients)
	}
}

// pending is how many requests wait for their commit.
func (s *space) pending() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.offers {
		if o.pending {
			n++
		}
	}
	return n
}

// waitFor waits until a condition holds.
func waitFor(t testing.TB, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come about")
		}
	}
}

func TestLoadIsServedWhole(t *testing.T) {
	const clients = 240
	w := newWorld(t)
	relay := w.relay.LocalAddr().(*net.UDPAddr).AddrPort()
	if err := w.relay.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[netip.Addr]bool{}
	r, err := dhcpclient.Load{Server: w.server.Addrs()[0], Relay: relay, Count: clients, Window: 16, Timeout: patience,
		Done: func(_ int, a *dhcpclient.Answer) { seen[a.Address] = true }}.Run(t.Context())
	if err != nil || r.Done != clients || len(seen) != clients || r.Median <= 0 || r.P99 < r.Median {
		t.Errorf("%+v, %d addresses, %v", r, len(seen), err)
	}
}

func TestTwoServersNeverLeaseAnAddressTwice(t *testing.T) {
	store := openStore(t)
	shared := func(o *Options) { o.Store, o.Shared = store, true }
	one, other := newWorld(t, shared), newWorld(t, shared)
	holders := map[netip.Addr]int{}
	for i := range 240 { // of 250 addresses
		w := []*world{one, other}[i%2]
		for try := 0; ; try++ {
			xid := w.next()
			offer := w.ask(modem(i).Discover(xid))
			ack := w.ask(modem(i).Request(xid, offer))
			if ack.Type == dhcpclient.ACK {
				if before, taken := holders[ack.Address]; taken {
					t.Fatalf("%v was given to %d and %d", ack.Address, before, i)
				}
				holders[ack.Address] = i
				break
			}
			if try > 3 {
				t.Fatalf("client %d gets no address", i)
			}
		}
	}
	// What one gave away between the other's offer and its request is refused.
	xid := one.next()
	offer := one.ask(modem(250).Discover(xid))
	thief := modem(251)
	if got := other.ask(thief.Request(1000, offer)); got.Type != dhcpclient.ACK {
		t.Fatalf("the other node: %+v", got)
	}
	if got := one.ask(modem(250).Request(xid, offer)); got.Type != dhcpclient.NAK {
		t.Errorf("given twice: %+v", got)
	}
	if got := one.exchange(modem(250)); got.Address == offer.Address {
		t.Errorf("given twice: %v", got.Address)
	}
}

func TestNodeLearnsWhatOthersTookBack(t *testing.T) {
	store := openStore(t)
	shared := func(o *Options) { o.Store, o.Shared = store, true }
	one, other := newWorld(t, shared), newWorld(t, shared)
	ack := one.exchange(cpe(20, 1))
	other.server.reload(t.Context())
	if u := other.server.space.usage()[1]; u.busy != 1 {
		t.Fatalf("the other node does not know of the lease: %+v", u)
	}
	if err := one.server.Release(t.Context(), ack.Address, "root"); err != nil {
		t.Fatal(err)
	}
	other.server.reload(t.Context())
	if u := other.server.space.usage()[1]; u.busy != 0 {
		t.Errorf("the other node does not know that it is free: %+v", u)
	}
}

func TestServerKnowsLeasesAfterRestart(t *testing.T) {
	store := openStore(t)
	w := newWorld(t, func(o *Options) { o.Store = store })
	first := w.exchange(modem(1))
	next := newWorld(t, func(o *Options) { o.Store = store })
	if ack := next.exchange(modem(2)); ack.Address == first.Address {
		t.Error("was given an address that is leased")
	}
	if ack := next.exchange(modem(1)); ack.Address != first.Address {
		t.Errorf("had %v, got %v", first.Address, ack.Address)
	}
}
