package dhcp

import (
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
		l.Relay != testRelay || l.Provision != "gold" || l.Client != "m:00005E005301" || l.Circuit != "80000001" || l.Nonce == "" {
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
	facts := w.directory.asked[0].Facts
	if facts.Version != "3.1" || facts.Type != "ECM" || facts.Model != "Model" || facts.OUI != "00005E" || string(w.directory.asked[0].Capabilities) != "\x01\x01\x02\x01" && len(w.directory.asked[0].Capabilities) == 0 {
		t.Errorf("facts: %+v, capabilities % x", facts, w.directory.asked[0].Capabilities)
	}
	_ = dhcpclient.ACK
}
