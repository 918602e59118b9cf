package dhcp

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"itms/internal/dhcpclient"
)

// leaseQuery is DHCPLEASEQUERY by what a relay knows.
func leaseQuery(xid uint32, addr netip.Addr, mac [6]byte, id []byte) []byte {
	c := dhcpclient.Client{MAC: mac, Relay: testRelay, ClientID: id, Asks: []byte{51, 61, 82, 91, 92}}
	b := c.Inform(xid, addr)
	at := bytes.Index(b, []byte{optMessageType, 1, typeInform})
	b[at+2] = typeLeaseQuery
	return b
}

func TestLeaseQuery(t *testing.T) {
	relays := func(o *Options) { o.Config.LeaseQuery = []netip.Prefix{netip.MustParsePrefix("127.8.0.1/32")} }
	w := newWorld(t, relays)
	c := cpe(20, 1)
	c.ClientID = []byte{0xff, 1, 2}
	held := w.exchange(c)
	w.clock.Add(10 * time.Minute)
	for name, b := range map[string][]byte{
		"by address":    leaseQuery(1, held.Address, [6]byte{}, nil),
		"by MAC":        leaseQuery(1, netip.Addr{}, mac(20), nil),
		"by identifier": leaseQuery(1, netip.Addr{}, [6]byte{}, c.ClientID),
	} {
		a := w.ask(b)
		if a.Type != typeLeaseActive || a.MAC != mac(20) || a.Lease != 50*time.Minute || binary.BigEndian.Uint32(a.Options[optLastSeen]) != 600 ||
			!bytes.Equal(a.Options[optRelayInfo], []byte{1, 4, 0, 0, 0, 1, 2, 6, 0, 0, 0x5e, 0, 0x53, 1}) || !bytes.Equal(a.Options[optClientID], c.ClientID) {
			t.Errorf("%s: %+v", name, a)
		}
		if ips := a.Options[optAssociatedIP]; name != "by address" && !bytes.Equal(ips, held.Address.AsSlice()) {
			t.Errorf("%s: associated are % x", name, ips)
		}
	}
	if a := w.ask(leaseQuery(1, cmPool.First, [6]byte{}, nil)); a.Type != typeLeaseUnassigned {
		t.Errorf("without a lease: %+v", a)
	}
	if a := w.ask(leaseQuery(1, netip.MustParseAddr("192.0.2.1"), [6]byte{}, nil)); a.Type != typeLeaseUnknown {
		t.Errorf("of no scope: %+v", a)
	}
	if a := w.ask(leaseQuery(1, netip.Addr{}, mac(99), nil)); a.Type != typeLeaseUnknown {
		t.Errorf("of nobody: %+v", a)
	}
	w.clock.Add(time.Hour)
	if a := w.ask(leaseQuery(1, held.Address, [6]byte{}, nil)); a.Type != typeLeaseUnassigned {
		t.Errorf("expired: %+v", a)
	}
}

func TestLeaseQueryIsForListedRelays(t *testing.T) {
	w := newWorld(t)
	w.silent(outSilent, leaseQuery(1, cmPool.First, [6]byte{}, nil))
}

// TestOverload holds what happens when there is more to say than the client takes.
func TestOverload(t *testing.T) {
	big := strings.Repeat("x", 100)
	w := newWorld(t, func(o *Options) {
		o.Config.Classes[2].Options = []Option{{Code: 224, Value: []byte(strings.Repeat("y", 200)), Forced: true}, {Code: 225, Value: []byte(big), Forced: true},
			{Code: 226, Value: []byte("z"), Forced: true}, {Code: 227, Value: []byte(strings.Repeat("w", 200)), Forced: true}}
	})
	c := cpe(20, 1)
	small := w.exchange(c) // takes 548 octets
	if !slices.Equal(small.Options[optOverload], []byte{overloadFile}) || string(small.Options[225]) != big || string(small.Options[226]) != "z" || len(small.Options[224]) != 200 || small.Options[227] != nil {
		t.Errorf("small: %v, %d, %q, %d, %d", small.Options[optOverload], len(small.Options[224]), small.Options[225], len(small.Options[226]), len(small.Options[227]))
	}
	c.MaxSize = 1500
	if large := w.exchange(c); large.Options[optOverload] != nil || len(large.Options[227]) != 200 {
		t.Errorf("large: %v, %d", large.Options[optOverload], len(large.Options[227]))
	}
}

func TestLongOptionsAreSplit(t *testing.T) {
	long := bytes.Repeat([]byte("l"), 300)
	w := newWorld(t, func(o *Options) {
		o.Config.Classes[2].Options = []Option{{Code: 121, Value: long, Forced: true}}
	})
	c := cpe(20, 1)
	c.MaxSize = 1500
	if ack := w.exchange(c); !bytes.Equal(ack.Options[121], long) {
		t.Errorf("%d octets", len(ack.Options[121]))
	}
	b := c.Discover(1)
	end := slices.Index(b[atOption:], optEnd) + atOption
	b = append(b[:end:end], 77, 2, 'a', 'b', 77, 1, 'c', optEnd)
	m, err := parse(b)
	if err != nil || string(m.option(77)) != "abc" {
		t.Errorf("%q, %v", m.option(77), err)
	}
}

func TestEachMessageIsOneLogEvent(t *testing.T) {
	var out bytes.Buffer
	w := newWorld(t, func(o *Options) { o.Logger = zerolog.New(&out).Level(zerolog.DebugLevel) })
	w.exchange(modem(1))
	if err := w.server.Close(); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if strings.Count(text, "\n") != 2 || !strings.Contains(text, `"outcome":"offer"`) || !strings.Contains(text, `"outcome":"ack"`) || !strings.Contains(text, `"mac":"00:00:5E:00:53:01"`) || !strings.Contains(text, `"class":"cm"`) {
		t.Error(text)
	}
}

// TestRelayInformationOfClients: what nobody relayed says nothing of who sent it.
func TestRelayInformationOfClients(t *testing.T) {
	p, err := newPlan(testConfig())
	if err != nil {
		t.Fatal(err)
	}
	c := dhcpclient.Client{MAC: mac(1), Modem: mac(1), Circuit: []byte{0x80, 0, 0, 1}}
	m, err := parse(c.Discover(1))
	if err != nil {
		t.Fatal(err)
	}
	if r := newRequest(m, arrival{}, p); r.asking.Kind != "cpe" || r.asking.Remote != nil {
		t.Errorf("%+v", r.asking)
	}
}
