package dhcp

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
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
		o.Config.Reservations = []Reservation{{MAC: mac(1), Address: netip.MustParseAddr(reserved), Hostname: "headend"}}
	})
	w.directory.set(func(a *Asking) (Client, error) {
		if a.MAC == mac(2) {
			return Client{Class: "cm", Address: netip.MustParseAddr("127.8.9.9")}, nil // in no pool
		}
		return Client{Class: "cm"}, nil
	})
	c := modem(1)
	c.Asks = append(c.Asks, optHostname)
	if ack := w.exchange(c); ack.Address.String() != reserved || string(ack.Options[optHostname]) != "headend" {
		t.Errorf("by the configuration: %+v", ack)
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
