package dhcp

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"sync"
	"time"

	"itms"
)

// Sizes of answers.
const (
	// minAnswer is the length of a BOOTP message (RFC 951), which some clients and relays
	// insist on.
	minAnswer = 300
	// minSize is the datagram that every client takes (RFC 2132 §9.10), with its IP and UDP
	// headers; maxSize is what fits an Ethernet frame.
	minSize, maxSize = 576, 1500
	ipHeaders        = 28
)

// reply is an answer that is being written: the fixed fields in buf, and the options in the
// order in which they are to be kept when there is no room for all.
type reply struct {
	req     *request
	buf     [atOption]byte
	options []Option
	file    string
}

// replies are used again: they are two fifths of what an exchange takes of memory.
var replies = sync.Pool{New: func() any { return &reply{options: make([]Option, 0, 24)} }}

// newReply begins an answer (RFC 2131 §4.3.1, table 3). It ends with bytes.
func newReply(r *request, kind byte, serverID netip.Addr) *reply {
	a := replies.Get().(*reply)
	*a = reply{req: r, options: a.options[:0]}
	b := a.buf[:]
	b[0], b[1], b[2] = opReply, r.raw[1], r.raw[2]
	copy(b[atXID:atXID+4], r.raw[atXID:])
	copy(b[atFlags:atFlags+2], r.raw[atFlags:])
	copy(b[atGIAddr:atSName], r.raw[atGIAddr:atSName]) // giaddr and chaddr
	binary.BigEndian.PutUint32(b[atCookie:], magic)
	a.add(optMessageType, []byte{kind})
	if serverID.IsValid() {
		a.add(optServerID, serverID.AsSlice())
	}
	if r.has(optClientID) {
		a.add(optClientID, r.option(optClientID)) // RFC 6842
	}
	return a
}

func (a *reply) add(code uint8, v []byte) {
	a.options = append(a.options, Option{Code: code, Value: v})
}

// put writes an address into a fixed field.
func (a *reply) put(at int, addr netip.Addr) {
	if addr.Is4() {
		b := addr.As4()
		copy(a.buf[at:], b[:])
	}
}

// lease writes the address and times of a lease: what remains of it.
func (a *reply) lease(l *itms.Lease, remains time.Duration) {
	a.put(atYIAddr, l.Address)
	a.add(optLeaseTime, seconds(remains))
}

// configure writes what a class is given in a scope.
func (a *reply) configure(l *itms.Lease, s *scope, c *Class, boot string, server netip.Addr) {
	a.boot(c, boot, server)
	if name := a.req.k.plan.hostname(c, l); name != "" {
		a.ask(Option{Code: optHostname, Value: []byte(name)})
	}
	for _, o := range s.answers[c.Name] {
		a.ask(o)
	}
	a.vendor(c)
}

// times writes T1 and T2 for who asks and has no other told: a half, and seven eighths.
func (a *reply) times(c *Class, remains time.Duration) {
	if c.Renew == 0 {
		a.ask(Option{Code: optRenewal, Value: seconds(remains / 2)})
	}
	if c.Rebind == 0 {
		a.ask(Option{Code: optRebinding, Value: seconds(remains / 8 * 7)})
	}
}

// ask writes an option for who asks for it.
func (a *reply) ask(o Option) {
	if o.Forced || a.req.asks(o.Code) {
		a.options = append(a.options, o)
	}
}

// boot writes where the boot file is, for odd clients twice: in the fields and in options.
func (a *reply) boot(c *Class, file string, server netip.Addr) {
	if file == "" || len(file) >= atCookie-atFile {
		file = ""
	}
	next := c.NextServer
	if !next.IsValid() && file != "" {
		next = server
	}
	a.put(atSIAddr, next)
	if next.IsValid() {
		a.add(optTFTPServer, []byte(next.String()))
	}
	if a.file = file; file != "" {
		copy(a.buf[atFile:], file)
		a.add(optBootFile, []byte(file))
	}
}

// vendor writes option 125 for CableLabs as far as the client asks, and the management
// server for devices of CWMP. An option of the configuration with the same code wins.
func (a *reply) vendor(c *Class) {
	vivs := a.req.option(optVIVS)
	var out []byte
	if v := wanted(c, sub(enterprise(vivs, enterpriseCableLabs), clORO)); len(v) > 0 {
		out = appendEnterprise(out, enterpriseCableLabs, v)
	}
	if c.ACS.URL != "" && a.req.managed() {
		if !a.wrote(optVendorInfo) {
			a.add(optVendorInfo, c.ACS.option43())
		}
		if a.req.has(optVIVS) || a.req.has(optVIVC) || a.listed(optVIVS) {
			out = appendEnterprise(out, enterpriseBBF, c.ACS.option125())
		}
	}
	if len(out) > 0 && !a.wrote(optVIVS) {
		a.add(optVIVS, out)
	}
}

// listed reports whether the client names the option in its list.
func (a *reply) listed(code byte) bool { return a.req.has(optParameterList) && a.req.asks(code) }

// wrote reports whether an option is there already.
func (a *reply) wrote(code uint8) bool {
	for i := range a.options {
		if a.options[i].Code == code {
			return true
		}
	}
	return false
}

// managed reports whether the client is to be told of its management server: one of CWMP
// says so in its vendor class (TR-069 Amendment 6 §3.1); set-top boxes and gateways that do
// not are told when they ask for vendor information.
func (r *request) managed() bool {
	switch r.asking.Kind {
	case itms.ClientGateway, itms.ClientSTB:
		return r.asks(optVendorInfo) || r.cwmp()
	case itms.ClientRouter:
		return r.cwmp()
	}
	return false
}

// cwmp reports whether the client says that it is managed by CWMP.
func (r *request) cwmp() bool {
	return strings.Contains(strings.ToLower(r.asking.VendorClass), "dslforum.org")
}

// wanted are the sub-options for CableLabs that are configured and asked for; one that
// would not fit is left out.
func wanted(c *Class, oro []byte) (out []byte) {
	add := func(code byte, v []byte) {
		if len(out)+2+len(v) <= 255 {
			out = append(append(out, code, byte(len(v))), v...)
		}
	}
	for _, code := range oro {
		if code == clTFTPServers && len(c.TFTPServers) > 0 {
			add(code, addresses(c.TFTPServers))
			continue
		}
		for _, o := range c.Vendor {
			if o.Code == code {
				add(code, o.Value)
			}
		}
	}
	return out
}
