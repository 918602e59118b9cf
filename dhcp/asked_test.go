package dhcp

import (
	"sync/atomic"
	"testing"
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
