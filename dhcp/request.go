package dhcp

import (
	"encoding/hex"
	"net/netip"
	"time"

	"itms"
)

// Limits of what is kept of a client's options with its lease.
const (
	maxHostname = 63  // RFC 1035 §2.3.4: a label
	maxVendor   = 255 // option 60 of old modems is long: its capabilities are in it
)

// request is a message on its way through the server, with what is found out about it.
type request struct {
	*message
	at     arrival
	relay  relayInfo
	asking Asking
	k      knowledge
	v      verdict
}

// arrival is how a message came.
type arrival struct {
	sock   *socket
	time   time.Time
	from   netip.AddrPort
	iface  int        // index of the interface; 0 = unknown
	dst    netip.Addr // that it was sent to; zero = unknown
	direct *network   // of direct clients of the interface; nil = none
}

// newRequest finds out all that a message tells by itself.
func newRequest(m *message, at arrival, p *plan) *request {
	r := &request{message: m, at: at}
	r.k.plan = p
	if m.giaddr().IsValid() || at.direct != nil { // else it is the word of a client of who it is
		r.relay = readRelayInfo(m.option(optRelayInfo))
	}
	r.k.network = r.choose(p)
	r.asking = askingOf(m, &r.relay)
	r.k.key = itms.ClientKey(r.asking.Kind, r.asking.MAC, r.asking.ClientID)
	return r
}

// choose is the network that a message belongs to: that of the link selection (RFC 3527), of
// the relay, of the address that the client has, or of the interface.
func (r *request) choose(p *plan) *network {
	switch gi := r.giaddr(); {
	case r.relay.link.IsValid():
		return p.ofRelay(r.relay.link)
	case gi.IsValid():
		return p.ofRelay(gi)
	}
	if ci := r.ciaddr(); ci.IsValid() {
		if s := p.scopeOf(ci); s != nil {
			return s.network
		}
	}
	return r.at.direct
}

// askingOf is what a message tells of its client.
func askingOf(m *message, r *relayInfo) Asking {
	a := Asking{Kind: kindOf(m, r), MAC: m.mac(), ClientID: m.option(optClientID), Relay: m.giaddr(), Circuit: r.circuit, Remote: r.remote,
		Hostname: hostnameOf(m), VendorClass: vendorOf(m), UserClass: clip(text(m.option(optUserClass)))}
	if r.modem != a.MAC {
		a.Modem = r.modem
	}
	if a.Kind != itms.ClientCPE {
		a.Facts, a.Capabilities = readFacts(m)
	}
	return a
}

// hostnameOf is option 12 as it is kept.
func hostnameOf(m *message) string { return limited(text(m.option(optHostname)), maxHostname) }

// vendorOf is option 60 as it is kept.
func vendorOf(m *message) string { return limited(text(m.option(optVendorClass)), maxVendor) }

// limited bounds a text by whole characters.
func limited(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most]
}

// names is the address that a message is about, zero when it names none.
func (r *request) names() netip.Addr {
	switch r.kind() {
	case typeRequest, typeDecline:
		if a := r.optionAddress(optRequestedIP); a.IsValid() {
			return a
		}
	}
	return r.ciaddr()
}

// remember completes what a message says by what the lease that it names knows: a renewal
// does not come through the relay, and says nothing of circuits and modems.
func (r *request) remember() {
	l, a := r.k.named, &r.asking
	if l == nil || l.MAC != a.MAC || r.giaddr().IsValid() {
		return
	}
	if itms.ClientKey(l.Kind, a.MAC, a.ClientID) != l.Client {
		return
	}
	a.Kind, r.k.key = l.Kind, l.Client
	a.Relay, a.Modem = l.Relay, l.Modem
	a.Circuit, a.Remote = unhex(l.Circuit), unhex(l.Remote)
}

// unhex reads what is stored in hexadecimal digits; damaged ones are nothing.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

// offerKey names the client and network of a request.
func (r *request) offerKey() offerKey { return offerKey{r.k.network, r.k.key} }

// lease is the lease of an address that a request is to be granted from now on.
func (r *request) lease(addr netip.Addr, nonce string) *itms.Lease {
	a, now := &r.asking, itms.Timestamp(r.k.now)
	return &itms.Lease{
		Address: addr, State: itms.LeaseActive, Client: r.k.key, MAC: a.MAC, ClientID: hex.EncodeToString(a.ClientID), Kind: a.Kind,
		Class: r.k.class.Name, Scope: r.k.network.scopeOf(addr).name, Relay: a.Relay, Modem: a.Modem,
		Circuit: hex.EncodeToString(a.Circuit), Remote: hex.EncodeToString(a.Remote), Hostname: a.Hostname, Vendor: a.VendorClass,
		Provision: r.k.client.Provision, Nonce: nonce, StartedAt: now, RenewedAt: now, ExpiresAt: now.Add(r.k.class.LeaseTime),
	}
}

// renewed is a lease with its end moved, and what the client says of itself now.
func (r *request) renewed(l *itms.Lease) *itms.Lease {
	n, now := *l, itms.Timestamp(r.k.now)
	n.RenewedAt, n.ExpiresAt = now, now.Add(r.k.class.LeaseTime)
	if r.giaddr().IsValid() {
		a := &r.asking
		n.Relay, n.Modem, n.Circuit, n.Remote = a.Relay, a.Modem, hex.EncodeToString(a.Circuit), hex.EncodeToString(a.Remote)
	}
	if r.has(optHostname) {
		n.Hostname = r.asking.Hostname
	}
	return &n
}
