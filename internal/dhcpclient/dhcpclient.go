// Package dhcpclient writes the DHCPv4 messages of clients as a relay passes them on, and
// reads the answers: for simulated modems, tests and load.
package dhcpclient

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"
)

// Message types (RFC 2132 §9.6).
const (
	Discover = 1
	Offer    = 2
	Request  = 3
	Decline  = 4
	ACK      = 5
	NAK      = 6
	Release  = 7
	Inform   = 8
)

// Layout of a message (RFC 2131 §2).
const (
	header    = 240
	cookie    = 0x63825363
	atFile    = 108
	minLength = 300
)

// Client is one client. Its zero values are not sent.
type Client struct {
	MAC      [6]byte
	Relay    netip.Addr // giaddr; zero = direct
	Modem    [6]byte    // option 82.2, of the modem itself its own MAC
	Circuit  []byte     // option 82.1
	Class    string     // option 60
	ClientID []byte     // option 61
	Hostname string     // option 12
	Asks     []byte     // option 55
	MaxSize  uint16     // option 57
	// Broadcast asks for answers to all.
	Broadcast bool
	Options   []Option // more of them
}

// Option is one option.
type Option struct {
	Code  byte
	Value []byte
}

// Modem is a DOCSIS modem behind a relay, which asks for what modems ask for.
func Modem(mac [6]byte, relay netip.Addr) Client {
	return Client{MAC: mac, Relay: relay, Modem: mac, Circuit: []byte{0x80, 0, 0, 1}, Class: "docsis3.1:", MaxSize: 1500,
		Asks: []byte{1, 2, 3, 4, 7, 42, 51, 54, 66, 67, 122, 125}, Options: []Option{
			{43, []byte("\x02\x03ECM\x04\x0800005E01\x05\x031.0\x06\x051.2.3\x08\x03\x00\x00\x5e\x09\x05Model\x0a\x06Vendor")},
			{125, []byte{0, 0, 0x11, 0x8b, 10, 1, 1, 2, 5, 5, 1, 1, 1, 2, 1}},
		}}
}

// Discover is DHCPDISCOVER.
func (c *Client) Discover(xid uint32) []byte { return c.message(xid, Discover, netip.Addr{}) }

// Request is DHCPREQUEST for an offer.
func (c *Client) Request(xid uint32, offer *Answer) []byte {
	return c.message(xid, Request, netip.Addr{}, address(50, offer.Address), address(54, offer.ServerID))
}

// Reboot is DHCPREQUEST of a client that remembers its address (INIT-REBOOT).
func (c *Client) Reboot(xid uint32, addr netip.Addr) []byte {
	return c.message(xid, Request, netip.Addr{}, address(50, addr))
}

// Renew is DHCPREQUEST of a client that uses its address: sent to the server in RENEWING,
// through the relay in REBINDING.
func (c *Client) Renew(xid uint32, addr netip.Addr) []byte { return c.message(xid, Request, addr) }

// Release is DHCPRELEASE.
func (c *Client) Release(xid uint32, addr, server netip.Addr) []byte {
	return c.message(xid, Release, addr, address(54, server))
}

// Decline is DHCPDECLINE.
func (c *Client) Decline(xid uint32, addr, server netip.Addr) []byte {
	return c.message(xid, Decline, netip.Addr{}, address(50, addr), address(54, server))
}

// Inform is DHCPINFORM.
func (c *Client) Inform(xid uint32, addr netip.Addr) []byte { return c.message(xid, Inform, addr) }

// address is an option of one address.
func address(code byte, a netip.Addr) Option { return Option{code, a.AsSlice()} }

// message writes a message.
func (c *Client) message(xid uint32, kind byte, ciaddr netip.Addr, more ...Option) []byte {
	b := make([]byte, header, minLength)
	b[0], b[1], b[2] = 1, 1, 6
	binary.BigEndian.PutUint32(b[4:], xid)
	if c.Broadcast {
		b[10] = 0x80
	}
	if ciaddr.IsValid() {
		copy(b[12:16], ciaddr.AsSlice())
	}
	if c.Relay.IsValid() {
		b[3] = 1
		copy(b[24:28], c.Relay.AsSlice())
	}
	copy(b[28:34], c.MAC[:])
	binary.BigEndian.PutUint32(b[236:], cookie)
	b = append(b, 53, 1, kind)
	for _, o := range more {
		b = add(b, o.Code, o.Value)
	}
	return c.describe(b)
}

// describe writes what the client says of itself, and the relay of it.
func (c *Client) describe(b []byte) []byte {
	b = add(b, 60, []byte(c.Class))
	b = add(b, 61, c.ClientID)
	b = add(b, 12, []byte(c.Hostname))
	b = add(b, 55, c.Asks)
	if c.MaxSize > 0 {
		b = add(b, 57, binary.BigEndian.AppendUint16(nil, c.MaxSize))
	}
	for _, o := range c.Options {
		b = add(b, o.Code, o.Value)
	}
	var relay []byte
	relay = add(relay, 1, c.Circuit)
	if c.Modem != [6]byte{} {
		relay = add(relay, 2, c.Modem[:])
	}
	b = append(add(b, 82, relay), 255)
	for len(b) < minLength {
		b = append(b, 0)
	}
	return b
}

// add writes an option that has a value.
func add(b []byte, code byte, v []byte) []byte {
	if len(v) == 0 {
		return b
	}
	return append(append(b, code, byte(len(v))), v...)
}

// Answer is a message of a server.
type Answer struct {
	Type     byte
	XID      uint32
	Address  netip.Addr // yiaddr
	Next     netip.Addr // siaddr
	Relay    netip.Addr // giaddr
	MAC      [6]byte
	File     string
	ServerID netip.Addr    // option 54
	Lease    time.Duration // option 51
	Options  map[byte][]byte
}

// ErrAnswer: what came is no message of a server.
var ErrAnswer = errors.New("dhcpclient: no answer")

// Parse reads an answer. Options in several pieces are joined; those in file and sname
// are read where option 52 says so. It fails with ErrAnswer.
func Parse(b []byte) (*Answer, error) {
	if len(b) < header || b[0] != 2 || binary.BigEndian.Uint32(b[236:]) != cookie {
		return nil, ErrAnswer
	}
	a := &Answer{XID: binary.BigEndian.Uint32(b[4:]), Address: addr(b[16:20]), Next: addr(b[20:24]), Relay: addr(b[24:28]), MAC: [6]byte(b[28:34]), Options: map[byte][]byte{}}
	if !a.scan(b[header:]) {
		return nil, ErrAnswer
	}
	used := byte(0)
	if v := a.Options[52]; len(v) == 1 {
		used = v[0]
	}
	if used&1 == 0 {
		a.File = text(b[atFile : header-4])
	} else if !a.scan(b[atFile : header-4]) {
		return nil, ErrAnswer
	}
	if used&2 != 0 && !a.scan(b[44:atFile]) {
		return nil, ErrAnswer
	}
	return a, a.common()
}

// common reads the options that are fields.
func (a *Answer) common() error {
	kind, server, lease := a.Options[53], a.Options[54], a.Options[51]
	if len(kind) != 1 {
		return ErrAnswer
	}
	a.Type = kind[0]
	if len(server) == 4 {
		a.ServerID = addr(server)
	}
	if len(lease) == 4 {
		a.Lease = time.Duration(binary.BigEndian.Uint32(lease)) * time.Second
	}
	return nil
}

// scan reads options up to their end, and reports whether they are whole.
func (a *Answer) scan(b []byte) bool {
	for len(b) > 0 && b[0] != 255 {
		if b[0] == 0 {
			b = b[1:]
			continue
		}
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return false
		}
		end := 2 + int(b[1])
		before := a.Options[b[0]]
		a.Options[b[0]] = append(before[:len(before):len(before)], b[2:end]...)
		b = b[end:]
	}
	return len(b) > 0
}

// addr is the address in four bytes.
func addr(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b)) }

// text is what is before the first NUL.
func text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
