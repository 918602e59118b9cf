package dhcp

import (
	"net/netip"
	"slices"
	"time"

	"itms"
)

// action is what the server does about a message.
type action uint8

// Actions.
const (
	actSilence  action = iota // nothing
	actWithdraw               // nothing, and what was offered is free again
	actOffer                  // DHCPOFFER of an address that is to be chosen
	actGrant                  // commit a lease, then DHCPACK
	actRenew                  // commit the new end of a lease, then DHCPACK
	actRepeat                 // DHCPACK from a lease that stands as it is
	actNAK                    // DHCPNAK
	actInform                 // DHCPACK without address
	actRelease                // commit, no answer
	actDecline                // commit, no answer
)

var actionNames = [...]string{"silence", "withdraw", "offer", "grant", "renew", "repeat", "nak", "inform", "release", "decline"}

func (a action) String() string { return actionNames[a] }

// knowledge is all that a decision rests on beside the message.
type knowledge struct {
	now     time.Time
	plan    *plan
	network *network // of the message; nil: none of ours
	mine    bool     // the server identifier in the message is this server's, or there is none
	key     string   // the identity of the client
	client  Client   // as the Directory has it
	class   *Class   // of the client; nil: it gets no answer
	own     []*itms.Lease
	named   *itms.Lease // the lease, whoever has it, of the address that the message names
	// offered is what the client was offered, or leased just now. Zero: nothing.
	offered offer
	// reserved is the address that is reserved for the client in this network and that it
	// may have; zero = none.
	reserved netip.Addr
}

// verdict is a decision: what to do, with which address, and why, for the log.
type verdict struct {
	act   action
	addr  netip.Addr
	lease *itms.Lease // that is renewed, repeated, released or declined
	why   string
}

// decide says what to do about a message (RFC 2131 §4.3). It changes nothing.
func decide(m *message, k *knowledge) verdict {
	if k.network == nil {
		return verdict{why: "no scope serves this network"}
	}
	switch m.kind() {
	case typeDiscover:
		return decideDiscover(k)
	case typeRequest:
		return decideRequest(m, k)
	case typeDecline:
		return decideDecline(m, k)
	case typeRelease:
		return decideRelease(m, k)
	case typeInform:
		return decideInform(m, k)
	}
	return verdict{why: "no message of a client"}
}

// decideDiscover answers who has a class (RFC 2131 §4.3.1).
func decideDiscover(k *knowledge) verdict {
	if k.class == nil {
		return verdict{why: "the client has no class"}
	}
	return verdict{act: actOffer, why: "discovers"}
}

// decideRequest tells the four states of a requesting client apart (RFC 2131 §4.3.2).
func decideRequest(m *message, k *knowledge) verdict {
	switch {
	case m.has(optServerID):
		return decideSelecting(m, k)
	case m.ciaddr().IsValid():
		return decideRenewing(m, k)
	case m.optionAddress(optRequestedIP).IsValid():
		return decideRebooting(m, k)
	}
	return verdict{why: "requests no address"}
}

// decideSelecting grants what was offered. A server that restarted does not know its offers:
// what it would offer it grants.
func decideSelecting(m *message, k *knowledge) verdict {
	addr := m.optionAddress(optRequestedIP)
	switch {
	case !k.mine:
		return verdict{act: actWithdraw, why: "chose another server"}
	case !addr.IsValid():
		return verdict{why: "requests no address"}
	case k.class == nil:
		return verdict{why: "the client has no class"}
	case !k.fits(addr):
		return verdict{act: actNAK, addr: addr, why: "not an address for this client"}
	case k.repeated(addr, m.xid()):
		return verdict{act: actRepeat, addr: addr, lease: k.offered.lease, why: "repeats its request"}
	case k.others(addr):
		return verdict{act: actNAK, addr: addr, why: "another client has the address"}
	}
	return verdict{act: actGrant, addr: addr, why: "selected"}
}

// decideRebooting confirms or refuses the address that a client remembers.
func decideRebooting(m *message, k *knowledge) verdict {
	addr := m.optionAddress(optRequestedIP)
	own := k.ownLease(addr)
	switch {
	case k.network.scopeOf(addr) == nil:
		return verdict{act: actNAK, addr: addr, why: "not an address of this network"}
	case k.others(addr):
		return verdict{act: actNAK, addr: addr, why: "another client has the address"}
	case k.class == nil:
		return verdict{why: "the client has no class"}
	case own != nil && own.State != itms.LeaseDeclined && k.entitled(own) && k.fits(addr):
		if k.repeated(addr, m.xid()) {
			return verdict{act: actRepeat, addr: addr, lease: k.offered.lease, why: "repeats its request"}
		}
		return verdict{act: actGrant, addr: addr, why: "rebooted"}
	case own != nil || k.hasOther(addr):
		return verdict{act: actNAK, addr: addr, why: "not an address for this client any more"}
	}
	return verdict{why: "nothing is known of this client"}
}

// decideRenewing extends a lease, or sends the client back to the start: when the address
// is not its own, and when it is to have another class.
func decideRenewing(m *message, k *knowledge) verdict {
	addr := m.ciaddr()
	own := k.ownLease(addr)
	nak := func(why string) verdict { return verdict{act: actNAK, addr: addr, lease: own, why: why} }
	switch {
	case k.network.scopeOf(addr) == nil:
		return nak("not an address of this network")
	case k.others(addr):
		return nak("another client has the address")
	case own == nil && !k.network.gives(addr) && addr != k.reserved:
		return verdict{why: "an address that others give"}
	case own == nil:
		return nak("no lease of this address is known")
	case k.class == nil:
		return verdict{why: "the client has no class"}
	case own.State != itms.LeaseActive:
		return nak("the lease was given back")
	case !k.entitled(own):
		return nak("the client is to have another class")
	case k.client.Restart:
		return nak("the client is to start anew")
	case !k.fits(addr):
		return nak("the address is not for its class any more")
	case k.client.Restart:
		return nak("the client is to start anew")
	case k.fresh(own, m):
		return verdict{act: actRepeat, addr: addr, lease: own, why: "renewed just now"}
	}
	return verdict{act: actRenew, addr: addr, lease: own, why: "renews"}
}

// decideDecline takes the word of who was offered or has the address (RFC 2131 §4.3.3).
func decideDecline(m *message, k *knowledge) verdict {
	addr := m.optionAddress(optRequestedIP)
	own := k.ownLease(addr)
	switch {
	case !k.mine:
		return verdict{why: "meant for another server"}
	case own == nil && (k.offered.addr != addr || !addr.IsValid()):
		return verdict{why: "declines what it was not given"}
	}
	return verdict{act: actDecline, addr: addr, lease: own, why: "somebody else uses the address"}
}

// decideRelease ends the lease of who has it (RFC 2131 §4.3.4).
func decideRelease(m *message, k *knowledge) verdict {
	addr := m.ciaddr()
	own := k.ownLease(addr)
	switch {
	case !k.mine:
		return verdict{why: "meant for another server"}
	case own == nil || own.State != itms.LeaseActive:
		return verdict{why: "releases what it does not have"}
	}
	return verdict{act: actRelease, addr: addr, lease: own, why: "released"}
}

// decideInform answers who has an address by other means (RFC 2131 §4.3.5).
func decideInform(m *message, k *knowledge) verdict {
	switch {
	case !m.ciaddr().IsValid():
		return verdict{why: "informs without address"}
	case k.class == nil:
		return verdict{why: "the client has no class"}
	}
	return verdict{act: actInform, addr: m.ciaddr(), why: "asks for options"}
}

// ownLease is the client's own lease of an address, nil when it has none.
func (k *knowledge) ownLease(addr netip.Addr) *itms.Lease {
	if k.named != nil && k.named.Address == addr && k.named.Client == k.key {
		return k.named
	}
	i := slices.IndexFunc(k.own, func(l *itms.Lease) bool { return l.Address == addr })
	if i < 0 {
		return nil
	}
	return k.own[i]
}

// others reports whether another client has the address.
func (k *knowledge) others(addr netip.Addr) bool {
	return k.named != nil && k.named.Address == addr && k.named.Client != k.key && k.named.Taken(k.now)
}

// hasOther reports whether the client has a lease of another address in this network.
func (k *knowledge) hasOther(addr netip.Addr) bool {
	return slices.ContainsFunc(k.own, func(l *itms.Lease) bool {
		return l.Address != addr && l.Holds(k.now) && k.network.scopeOf(l.Address) != nil
	})
}

// entitled reports whether a lease is of the class that the client is to have.
func (k *knowledge) entitled(l *itms.Lease) bool { return l.Class == k.class.Name }

// fits reports whether a client may have an address: the one reserved for it, or one of the
// pools of its class that is reserved for nobody.
func (k *knowledge) fits(addr netip.Addr) bool {
	if addr == k.reserved {
		return true
	}
	return k.plan.reservedBy[addr] == "" && k.network.serves(addr, k.class.Name) && (!k.reserved.IsValid() || k.offered.addr == addr)
}

// repeated reports whether the request was committed before: relays and clients send twice.
func (k *knowledge) repeated(addr netip.Addr, xid uint32) bool {
	o := &k.offered
	return o.lease != nil && o.addr == addr && o.xid == xid && o.lease.Holds(k.now) && k.entitled(o.lease)
}

// fresh reports whether a lease was given so lately that the time that remains is an
// answer: before half of T1, with nothing changed that is kept of its client.
func (k *knowledge) fresh(l *itms.Lease, m *message) bool {
	t1 := k.class.LeaseTime / 2
	if k.class.Renew > 0 {
		t1 = k.class.Renew
	}
	relay := m.giaddr()
	return l.Holds(k.now) && k.now.Sub(l.RenewedAt) < t1/2 && k.now.Add(k.class.LeaseTime).After(l.ExpiresAt) &&
		(!relay.IsValid() || relay == l.Relay) && (!m.has(optHostname) || hostnameOf(m) == l.Hostname)
}
