package radius

import (
	"net/netip"
	"strings"

	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"
	"layeh.com/radius/rfc3162"
	"layeh.com/radius/rfc4818"

	"itms"
)

// caller is who a request is about, as the access server tells it.
type caller struct {
	nas     *NAS
	from    netip.Addr // of the access server
	nasID   string
	user    string   // User-Name
	account string   // without realm; "" = the MAC is what counts
	mac     itms.MAC // zero = not told
	clash   bool     // it says it is one MAC and calls from another
	portID  string
	line    itms.Line
}

// maxText bounds what is kept of a text that access servers tell.
const maxText = 253

// text reads an attribute that people can read.
func (p *packet) text(t codec.Type) string {
	s := strings.ToValidUTF8(string(p.Get(t)), "?")
	return strings.TrimRight(s[:min(len(s), maxText)], "\x00")
}

// callerOf reads who a request is about.
func (s *Server) callerOf(p *packet, n *NAS, from netip.Addr) *caller {
	c := &caller{nas: n, from: from, nasID: p.text(rfc2865.NASIdentifier_Type), user: p.text(rfc2865.UserName_Type),
		portID: p.text(rfc2869.NASPortID_Type)}
	if c.nasID == "" {
		if a, ok := address(p.Get(rfc2865.NASIPAddress_Type)); ok {
			c.nasID = a.String()
		}
	}
	c.line = s.opt.Config.line(c.portID)
	c.account = s.opt.Config.account(c.user)
	c.mac = stationMAC(p.text(rfc2865.CallingStationID_Type))
	c.byMAC(p)
	return c
}

// byMAC recognises who proves nothing but a MAC: Call-Check, or a User-Name that is one. Who
// dials in by PPP types a name, so that it is none there; nor is it one when the caller has
// another MAC: anybody could type that of somebody else.
func (c *caller) byMAC(p *packet) {
	service, _ := codec.Integer(p.Get(rfc2865.ServiceType_Type))
	framed, _ := codec.Integer(p.Get(rfc2865.FramedProtocol_Type))
	if rfc2865.FramedProtocol(framed) == rfc2865.FramedProtocol_Value_PPP {
		return
	}
	named, err := itms.ParseMAC(c.account)
	check := rfc2865.ServiceType(service) == rfc2865.ServiceType_Value_CallCheck
	switch {
	case err == nil:
		c.clash = !c.mac.IsZero() && c.mac != named
		c.account, c.mac = "", named
	case check && !c.mac.IsZero():
		c.account = ""
	}
}

// macLength is that of a MAC address with separators: access points append the network's
// name.
const macLength = 17

// stationMAC reads Calling-Station-Id; zero when it is no MAC.
func stationMAC(text string) itms.MAC {
	if m, err := itms.ParseMAC(text); err == nil {
		return m
	}
	if len(text) > macLength {
		if m, err := itms.ParseMAC(text[:macLength]); err == nil {
			return m
		}
	}
	return itms.MAC{}
}

// request asks the directory.
func (c *caller) request() itms.AccessRequest {
	return itms.AccessRequest{Account: c.account, MAC: c.mac, Line: c.line}
}

// name is how people and counters of guesses know the caller.
func (c *caller) name() string {
	if c.account == "" {
		return c.mac.String()
	}
	return c.account
}

// address reads an IPv4 address.
func address(a codec.Attribute) (netip.Addr, bool) {
	if len(a) != 4 {
		return netip.Addr{}, false
	}
	addr, ok := netip.AddrFromSlice(a)
	return addr, ok && !addr.IsUnspecified() && addr.As4() != [4]byte{255, 255, 255, 255} && addr.As4() != [4]byte{255, 255, 255, 254}
}

// prefix reads the IPv6 prefix that the caller has: the delegated one, else that of its
// link.
func (p *packet) prefix() netip.Prefix {
	for _, t := range []codec.Type{rfc4818.DelegatedIPv6Prefix_Type, rfc3162.FramedIPv6Prefix_Type} {
		a := p.Get(t)
		if len(a) < 2 || len(a) > 18 || a[1] > 128 {
			continue
		}
		var b [16]byte
		copy(b[:], a[2:])
		if prefix, err := netip.AddrFrom16(b).Prefix(int(a[1])); err == nil {
			return prefix
		}
	}
	return netip.Prefix{}
}

// number reads an integer; 0 when there is none.
func (p *packet) number(t codec.Type) uint32 {
	n, _ := codec.Integer(p.Get(t))
	return n
}

// octets joins a counter of 32 bits with its overflows (RFC 2869 §5.1, §5.2).
func (p *packet) octets(low, high codec.Type) uint64 {
	return uint64(p.number(high))<<32 | uint64(p.number(low))
}

// status is Acct-Status-Type.
func (p *packet) status() rfc2866.AcctStatusType {
	return rfc2866.AcctStatusType(p.number(rfc2866.AcctStatusType_Type))
}
