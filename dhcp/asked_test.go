package dhcp

import (
	"net/netip"
	"sync/atomic"
	"testing"

	"itms/internal/dhcpclient"
)

// The Directory is asked once in an exchange: who takes up an offer is who it was made to.
// A renewal asks anew.
func TestDirectoryIsAskedOncePerExchange(t *testing.T) {
	w := newWorld(t)
	var asked atomic.Int32
	w.directory.set(func(*Asking) (Client, error) {
		asked.Add(1)
		return Client{Class: "cm", Provision: "gold"}, nil
	})
	c := modem(1)
	ack := w.exchange(c)
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	w.clock.Add(ack.Lease / 2)
	w.ask(c.Renew(w.next(), ack.Address))
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times with the renewal", n)
	}
}

// Copies of a message are decided about side by side: all of them offer one address, and the
// client may take it up.
func TestCopiesOfADiscover(t *testing.T) {
	w := newWorld(t, func(o *Options) {
		o.Config.Probe = ProbeDirect
		o.Config.Limits = Limits{ClientRate: -1, RelayRate: -1, Rate: -1}
	})
	const rounds, copies = 50, 8
	for n := range rounds {
		c := modem(n)
		b := c.Discover(w.next())
		for range copies {
			w.send(b)
		}
		offered := map[netip.Addr]*dhcpclient.Answer{}
		for range copies {
			a := w.receive()
			offered[a.Address] = a
		}
		if len(offered) != 1 {
			t.Fatalf("round %d: %d addresses were offered", n, len(offered))
		}
		for _, a := range offered {
			if ack := w.ask(c.Request(w.next(), a)); ack.Type != dhcpclient.ACK || ack.Address != a.Address {
				t.Fatalf("round %d: %+v", n, ack)
			}
		}
	}
}
