package dhcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"itms"
	"itms/internal/dhcpclient"
)

func TestModemGetsLeaseThatIsStoredBeforeItsACK(t *testing.T) {
	w := newWorld(t)
	ack := w.exchange(modem(1))
	l := w.lease(ack.Address)
	if l == nil || !l.Holds(w.clock.Now()) || l.MAC != mac(1) || l.Kind != itms.ClientModem || l.Class != "cm" || l.Scope != "127.8.0.0/16" ||
		l.Relay != testRelay || l.Provision != "gold" || l.Client != "m:00005E005301" || l.Circuit != "80000001" || l.Nonce == "" || !l.Modem.IsZero() {
		t.Fatalf("stored is %+v", l)
	}
	if ack.File != "f-"+l.Nonce || string(ack.Options[67]) != ack.File || ack.Next != testServer || string(ack.Options[66]) != "127.0.0.1" || ack.ServerID != testServer {
		t.Errorf("boot: %+v", ack)
	}
	if ack.Lease != time.Hour || string(ack.Options[1]) != "\xff\xff\x00\x00" || string(ack.Options[3]) != "\x7f\x08\x00\x01" {
		t.Errorf("options: %+v", ack)
	}
	if len(w.directory.leased) != 1 || w.directory.leased[0].Address != ack.Address {
		t.Errorf("the directory was told of %v", w.directory.leased)
	}
}

func TestClientsBehindModemGetSecondary(t *testing.T) {
	w := newWorld(t)
	ack := w.exchange(cpe(20, 1))
	l := w.lease(ack.Address)
	if ack.Address != cpePool.First || l.Modem != mac(1) || l.Kind != itms.ClientCPE || l.Hostname != "pc" || ack.File != "" {
		t.Errorf("%v, %+v", ack.Address, l)
	}
	if string(ack.Options[3]) != "\x7f\x09\x00\x01" {
		t.Errorf("router % x", ack.Options[3])
	}
}

func TestRebootKeepsAddressAndChangesNonce(t *testing.T) {
	w := newWorld(t)
	first := w.exchange(modem(1))
	before := w.lease(first.Address)
	w.clock.Add(10 * time.Minute)
	second := w.exchange(modem(1))
	after := w.lease(second.Address)
	if second.Address != first.Address || after.Nonce == before.Nonce || second.File == first.File || !after.StartedAt.Equal(before.StartedAt) ||
		!after.ExpiresAt.Equal(before.ExpiresAt.Add(10*time.Minute)) {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestRenewalKeepsNonceAndRemembersTheRelay(t *testing.T) {
	w := newWorld(t)
	c := cpe(20, 1)
	ack := w.exchange(c)
	before := w.lease(ack.Address)
	w.clock.Add(30 * time.Minute)
	c.Relay, c.Modem, c.Circuit = netip.Addr{}, [6]byte{}, nil // straight to the server
	to := ack.Address
	direct := dialAt(t, to, w.server.config.ClientPort)
	b := c.Renew(w.next(), to)
	if _, err := direct.WriteToUDPAddrPort(b, w.server.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	got := readAnswer(t, direct)
	after := w.lease(to)
	if got.Type != dhcpclient.ACK || got.Lease != time.Hour || after.Nonce != before.Nonce || after.Modem != mac(1) || after.Circuit != before.Circuit ||
		!after.ExpiresAt.Equal(w.clock.Now().Add(time.Hour)) {
		t.Errorf("%+v; before %+v, after %+v", got, before, after)
	}
	asked := w.directory.asked[len(w.directory.asked)-1]
	if asked.Modem != mac(1) || asked.Relay != testRelay || !bytes.Equal(asked.Circuit, []byte{0, 0, 0, 1}) {
		t.Errorf("the directory was asked %+v", asked)
	}
}

func TestRepeatedRequestCostsNoCommit(t *testing.T) {
	w := newWorld(t)
	c, xid := modem(1), w.next()
	offer := w.ask(c.Discover(xid))
	first := w.ask(c.Request(xid, offer))
	commits := w.counted("itms_dhcp_commits_total", "")
	w.clock.Add(4 * time.Second)
	second := w.ask(c.Request(xid, offer))
	if second.Type != dhcpclient.ACK || second.Address != first.Address || second.File != first.File || second.Lease != time.Hour-4*time.Second {
		t.Errorf("%+v, then %+v", first, second)
	}
	w.clock.Add(time.Minute)
	if third := w.ask(c.Renew(w.next(), first.Address)); third.Type != dhcpclient.ACK || third.Lease != time.Hour-64*time.Second {
		t.Errorf("renewed early: %+v", third)
	}
	if now := w.counted("itms_dhcp_commits_total", ""); now != commits {
		t.Errorf("%v commits more", now-commits)
	}
}

func TestClassChangeSendsBackToTheStart(t *testing.T) {
	w := newWorld(t)
	unknown := func(*Asking) (Client, error) { return Client{Class: "cm-unknown"}, nil }
	active := w.directory.client
	w.directory.set(unknown)
	walled := w.exchange(modem(1))
	if walled.Address != walledPool.First || walled.File != "walled.cfg" {
		t.Fatalf("walled: %+v", walled)
	}
	w.directory.set(active)
	w.clock.Add(3 * time.Minute)
	if nak := w.ask(modem(1).Renew(w.next(), walled.Address)); nak.Type != dhcpclient.NAK || nak.Address != netip.IPv4Unspecified() {
		t.Fatalf("not refused: %+v", nak)
	}
	ack := w.exchange(modem(1))
	if ack.Address != cmPool.First || w.lease(walled.Address) != nil {
		t.Errorf("got %v; before: %+v", ack.Address, w.lease(walled.Address))
	}
	if u := w.scope(0); u.Pools[1].Free != u.Pools[1].Size || u.Pools[0].Leased != 1 {
		t.Errorf("pools: %+v", u.Pools)
	}
}

// scope is how much of the n-th scope is in use.
func (w *world) scope(n int) ScopeUsage {
	w.t.Helper()
	list, err := w.server.Scopes(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return list[n]
}

func TestReleaseFreesTheAddress(t *testing.T) {
	w := newWorld(t)
	ack := w.exchange(modem(1))
	w.silent(outReleased, modem(1).Release(w.next(), ack.Address, testServer))
	if l := w.lease(ack.Address); l.State != itms.LeaseReleased || l.Taken(w.clock.Now()) {
		t.Errorf("stored is %+v", l)
	}
	if u := w.scope(0).Pools[0]; u.Free != u.Size {
		t.Errorf("pool: %+v", u)
	}
	if again := w.exchange(modem(1)); again.Address != ack.Address {
		t.Errorf("came back to %v, had %v", again.Address, ack.Address)
	}
}

func TestDeclinedAddressIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	ack := w.exchange(modem(1))
	w.silent(outDeclined, modem(1).Decline(w.next(), ack.Address, testServer))
	if l := w.lease(ack.Address); l.State != itms.LeaseDeclined || !l.ExpiresAt.Equal(w.clock.Now().Add(time.Hour)) {
		t.Errorf("stored is %+v", l)
	}
	if next := w.exchange(modem(1)); next.Address == ack.Address {
		t.Error("was given the declined address again")
	}
	if u := w.scope(0).Pools[0]; u.Declined != 1 || u.Leased != 1 {
		t.Errorf("pool: %+v", u)
	}
	if !slices.Contains(w.directory.told(), eventDeclined) {
		t.Errorf("events: %v", w.directory.told())
	}
	w.clock.Add(time.Hour + 11*time.Minute)
	w.server.sweepOnce(t.Context(), w.clock.Now().Add(-w.server.config.KeepExpired))
	if w.lease(ack.Address) != nil || w.scope(0).Pools[0].Declined != 0 {
		t.Error("is left alone for ever")
	}
}

func TestInformGetsOptionsWithoutLease(t *testing.T) {
	w := newWorld(t)
	c := cpe(20, 1)
	addr := netip.MustParseAddr("127.9.7.7")
	ack := w.ask(c.Inform(w.next(), addr))
	if ack.Type != dhcpclient.ACK || ack.Lease != 0 || ack.Address != netip.IPv4Unspecified() || ack.Options[3] == nil {
		t.Errorf("%+v", ack)
	}
	if w.lease(addr) != nil {
		t.Error("a lease was stored")
	}
}

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

func TestFullPoolTakesExpiredLeasesAtOnce(t *testing.T) {
	w := newWorld(t)
	unlimited := func(*Asking) (Client, error) { return Client{Class: "cpe", MaxCPE: 100}, nil }
	w.directory.set(unlimited)
	for i := range 4 {
		w.exchange(cpe(20+i, 1))
	}
	w.silent(outNoAddress, cpe(30, 1).Discover(w.next()))
	if !slices.Contains(w.directory.told(), eventFull) {
		t.Errorf("events: %v", w.directory.told())
	}
	w.clock.Add(time.Hour + time.Second)
	w.exchange(cpe(30, 1))
}

func TestCPEsBehindOneModemAreCounted(t *testing.T) {
	w := newWorld(t)
	w.exchange(cpe(20, 1))
	w.exchange(cpe(21, 1))
	w.silent(outBehind, cpe(22, 1).Discover(w.next()))
	w.exchange(cpe(20, 1)) // has one already
	w.exchange(cpe(22, 2)) // behind another modem
	if !slices.Contains(w.directory.told(), eventLimit) {
		t.Errorf("events: %v", w.directory.told())
	}
}

func TestReservations(t *testing.T) {
	const reserved = "127.8.1.77"
	w := newWorld(t, func(o *Options) {
		o.Config.Reservations = []Reservation{{MAC: mac(1), Address: netip.MustParseAddr(reserved)}}
	})
	w.directory.set(func(a *Asking) (Client, error) {
		if a.MAC == mac(2) {
			return Client{Class: "cm", Address: netip.MustParseAddr("127.8.9.9")}, nil // in no pool
		}
		return Client{Class: "cm"}, nil
	})
	if ack := w.exchange(modem(1)); ack.Address.String() != reserved {
		t.Errorf("by the configuration: %v", ack.Address)
	}
	if ack := w.exchange(modem(2)); ack.Address.String() != "127.8.9.9" {
		t.Errorf("by the domain: %v", ack.Address)
	}
	thief := w.ask(modem(3).Request(9, &dhcpclient.Answer{Address: netip.MustParseAddr(reserved), ServerID: testServer}))
	if thief.Type != dhcpclient.NAK {
		t.Errorf("somebody else got the reserved address: %+v", thief)
	}
}

func TestReservedAddressThatAnotherHolds(t *testing.T) {
	w := newWorld(t)
	first := w.exchange(modem(1))
	w.directory.set(func(*Asking) (Client, error) { return Client{Class: "cm", Address: first.Address}, nil })
	xid := w.next()
	offer := w.ask(modem(2).Discover(xid))
	if offer.Address == first.Address {
		t.Fatal("was offered what another holds")
	}
	if ack := w.ask(modem(2).Request(xid, offer)); ack.Type != dhcpclient.ACK {
		t.Errorf("%+v", ack)
	}
	if !slices.Contains(w.directory.told(), eventConflict) {
		t.Errorf("events: %v", w.directory.told())
	}
}

func TestOperatorTakesLeaseBack(t *testing.T) {
	w := newWorld(t)
	ack := w.exchange(modem(1))
	if err := w.server.Release(t.Context(), ack.Address, "root"); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Release(t.Context(), ack.Address, "root"); itms.CodeOf(err) != itms.CodeLeaseState {
		t.Errorf("released twice: %v", err)
	}
	w.clock.Add(time.Minute)
	if nak := w.ask(modem(1).Renew(w.next(), ack.Address)); nak.Type != dhcpclient.NAK {
		t.Errorf("renewed: %+v", nak)
	}
}

func TestOfferIsKeptForItsTime(t *testing.T) {
	w := newWorld(t)
	first := w.ask(modem(1).Discover(w.next()))
	if again := w.ask(modem(1).Discover(w.next())); again.Address != first.Address {
		t.Errorf("offered %v, then %v", first.Address, again.Address)
	}
	if other := w.ask(modem(2).Discover(w.next())); other.Address == first.Address {
		t.Error("one address was offered to two")
	}
	if u := w.scope(0).Pools[0]; u.Offered != 2 {
		t.Errorf("pool: %+v", u)
	}
	w.clock.Add(defaultOfferTime)
	if u := w.scope(0).Pools[0]; u.Offered != 0 || u.Free != u.Size {
		t.Errorf("pool: %+v", u)
	}
	w.ask(modem(1).Discover(w.next()))
	other := &dhcpclient.Answer{Address: first.Address, ServerID: netip.MustParseAddr("192.0.2.2")}
	w.silent(outSilent, modem(1).Request(w.next(), other))
	if u := w.scope(0).Pools[0]; u.Offered != 0 {
		t.Errorf("chose another server, and the pool is %+v", u)
	}
}

func TestGarbageIsSilence(t *testing.T) {
	w := newWorld(t)
	good := modem(1).Discover(1)
	before := w.counted("itms_dhcp_garbage_total", "")
	bad := [][]byte{nil, good[:100], alter(good, 0, 2), alter(good, 1, 6), alter(good, 2, 16), alter(good, 3, 17), alter(good, 236, 0), alter(good, 242, 99)}
	for _, b := range bad {
		w.send(b)
	}
	waitFor(t, func() bool { return w.counted("itms_dhcp_garbage_total", "") == before+float64(len(bad)) })
	w.exchange(modem(1))
}

// alter returns a message with one octet changed.
func alter(b []byte, at int, to byte) []byte {
	c := slices.Clone(b)
	c[at] = to
	return c
}

func TestClientsAreLimited(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Config.Limits = Limits{ClientRate: 1, ClientBurst: 3} })
	for range 3 {
		w.ask(modem(1).Discover(w.next()))
	}
	w.send(modem(1).Discover(w.next()))
	waitFor(t, func() bool { return w.counted("itms_dhcp_limited_total", "") == 1 })
	w.ask(modem(2).Discover(w.next()))
	w.clock.Add(time.Second)
	w.ask(modem(1).Discover(w.next()))
}

func TestRelayNamesTheServerAndTheLink(t *testing.T) {
	w := newWorld(t, func(o *Options) {
		o.Config.Scopes = append(o.Config.Scopes, Scope{Subnet: netip.MustParsePrefix("127.10.0.0/16"),
			Pools: []Pool{{First: netip.MustParseAddr("127.10.1.1"), Last: netip.MustParseAddr("127.10.1.9")}}})
	})
	c := modem(1)
	link := []byte{1, 4, 0x80, 0, 0, 1, 2, 6, 0, 0, 0x5e, 0, 0x53, 1, 5, 4, 127, 10, 0, 0, 11, 4, 192, 0, 2, 77}
	c.Circuit, c.Modem = nil, [6]byte{}
	c.Options = append(c.Options, dhcpclient.Option{Code: 82, Value: link})
	c.ClientID = []byte{0xff, 1, 2, 3}
	ack := w.exchange(c)
	if ack.Address.String() != "127.10.1.1" || ack.ServerID.String() != "192.0.2.77" || !bytes.Equal(ack.Options[82], link) || !bytes.Equal(ack.Options[61], c.ClientID) {
		t.Errorf("%+v", ack)
	}
}

func TestConfigurationOfWrongStoreOrMetrics(t *testing.T) {
	if _, err := New(Options{Config: testConfig()}); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("without a store: %v", err)
	}
	w := newWorld(t)
	if _, err := New(Options{Config: testConfig(), Store: w.store, Directory: w.directory, Registerer: w.registry}); err == nil {
		t.Error("metrics were registered twice")
	}
	o := Options{Config: testConfig(), Store: w.store, Directory: w.directory}
	o.Config.Listen = append(o.Config.Listen, w.server.Addrs()[0])
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err == nil {
		t.Error(fmt.Sprint("bound twice: ", s.Addrs()))
	}
}
