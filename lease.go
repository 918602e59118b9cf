package itms

import (
	"encoding/hex"
	"net/netip"
	"time"
)

// ClientKind says what sort of device asks for an address. It is told from what the
// client says of itself (DHCP options 60, 43 and 125) and from where it is (option 82).
type ClientKind string

// Client kinds.
const (
	ClientModem   ClientKind = "cm"      // cable modem
	ClientMTA     ClientKind = "mta"     // PacketCable telephone adapter within a modem
	ClientRouter  ClientKind = "erouter" // router within a modem
	ClientSTB     ClientKind = "stb"     // set-top box
	ClientGateway ClientKind = "gateway" // other device that is managed by CWMP
	ClientCPE     ClientKind = "cpe"     // anything else, mostly behind a modem
)

// LeaseState is the life of an address.
type LeaseState string

// Lease states. That a lease has expired is not stored: ExpiresAt says it.
const (
	LeaseActive   LeaseState = "active"   // the client may use the address
	LeaseReleased LeaseState = "released" // the client, or an operator, gave it back
	LeaseDeclined LeaseState = "declined" // somebody else answers there: left alone until ExpiresAt
)

// Lease says which client holds an address, and until when. Leases are given, and
// written by the DHCP server alone; what clients are entitled to is decreed by orders.
type Lease struct {
	Address netip.Addr `json:"address"` // primary key; IPv4 in its 4-byte form
	State   LeaseState `json:"state"`
	// Client is the identity that the lease is held by, see ClientKey.
	Client   string     `json:"client"`
	MAC      MAC        `json:"mac,omitzero"`
	ClientID string     `json:"clientId,omitempty"` // DHCP option 61 in hex
	Kind     ClientKind `json:"kind"`
	Class    string     `json:"class"`             // of the configuration
	Scope    string     `json:"scope"`             // subnet that Address is in, e.g. "192.0.2.0/24"; "" = none
	Relay    netip.Addr `json:"relay,omitzero"`    // giaddr; zero = direct
	Modem    MAC        `json:"modem,omitzero"`    // that the client is behind; zero for a modem itself
	Circuit  string     `json:"circuit,omitempty"` // DHCP option 82.1 in hex
	Remote   string     `json:"remote,omitempty"`  // DHCP option 82.2 in hex
	Hostname string     `json:"hostname,omitempty"`
	Vendor   string     `json:"vendor,omitempty"` // DHCP option 60
	// Provision is what the client was entitled to when it got the lease.
	Provision string `json:"provision,omitempty"`
	// Nonce makes the names of its files unlike those of any lease before (hex).
	Nonce string `json:"nonce,omitempty"`
	// Spent is the name that was fetched, where names are good for once only.
	Spent     string    `json:"spent,omitempty"`
	StartedAt time.Time `json:"startedAt"`
	RenewedAt time.Time `json:"renewedAt"` // when the client last was given it
	ExpiresAt time.Time `json:"expiresAt"`
}

// Holds reports whether the client may use the address at that time.
func (l *Lease) Holds(now time.Time) bool { return l.State == LeaseActive && now.Before(l.ExpiresAt) }

// Taken reports whether the address must not be given to anybody else at that time.
func (l *Lease) Taken(now time.Time) bool { return l.State != LeaseReleased && now.Before(l.ExpiresAt) }

// maxClientID bounds a client identifier: DHCP option 61 cannot be longer.
const maxClientID = 255

// ClientKey is the identity by which leases are held (RFC 2131 §4.2): "m:" and the 12
// digits of the MAC for a client without an identifier, or with one that is its MAC
// (RFC 2132 §9.14, type 1); else "i:" and the identifier in hex. Modems and what is in
// them are identified by MAC in any case: orders name them by it.
func ClientKey(kind ClientKind, mac MAC, id []byte) string {
	if len(id) == 0 || len(id) > maxClientID || kind != ClientCPE && !mac.IsZero() {
		return macKey(mac)
	}
	if len(id) == 1+len(mac) && id[0] == 1 && MAC(id[1:]) == mac {
		return macKey(mac)
	}
	return "i:" + hex.EncodeToString(id)
}

// macKey is the identity of a client by its MAC.
func macKey(mac MAC) string { return "m:" + mac.Key() }

// LeaseQuery selects a page of leases, ordered by address. MAC, Modem or Scope, the first
// of them that is given, is looked up; the other filters are applied to what it finds. With
// State and Class alone all leases are walked through until the page is full.
type LeaseQuery struct {
	Scope string     // "" = any
	Class string     // "" = any
	State LeaseState // "" = any
	MAC   MAC        // of the client; zero = any
	Modem MAC        // the client, or the modem that it is behind; zero = any
	After netip.Addr // exclusive; zero = from the start
	Limit int
}
