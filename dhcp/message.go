package dhcp

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"itms"
)

// Layout of a BOOTP message (RFC 951 §3, RFC 2131 §2).
const (
	atHops   = 3
	atXID    = 4
	atFlags  = 10
	atCIAddr = 12
	atYIAddr = 16
	atSIAddr = 20
	atGIAddr = 24
	atCHAddr = 28
	atSName  = 44
	atFile   = 108
	atCookie = 236
	atOption = 240

	opRequest = 1
	opReply   = 2
	// htypeEthernet is the one kind of hardware address that is served: cable modems and
	// what is behind them have it. Its length is 6.
	htypeEthernet = 1
	// maxHops is the limit at which relays drop a message (RFC 1542 §4.1.1).
	maxHops = 16
	// maxMessage is more than an Ethernet frame carries; no client sends longer ones.
	maxMessage = 2048
	// flagBroadcast: the client cannot take unicast before it has an address.
	flagBroadcast = 0x8000

	magic = 0x63825363 // RFC 2131 §3
)

// Message types (RFC 2132 §9.6, RFC 4388 §6.1).
const (
	typeDiscover         = 1
	typeOffer            = 2
	typeRequest          = 3
	typeDecline          = 4
	typeACK              = 5
	typeNAK              = 6
	typeRelease          = 7
	typeInform           = 8
	typeLeaseQuery       = 10
	typeLeaseUnassigned  = 11
	typeLeaseUnknown     = 12
	typeLeaseActive      = 13
	numberOfMessageTypes = 14
)

// Options that the server itself reads or writes.
const (
	optPad           = 0
	optSubnetMask    = 1
	optTimeOffset    = 2
	optRouters       = 3
	optTimeServers   = 4
	optDNS           = 6
	optLogServers    = 7
	optHostname      = 12
	optDomain        = 15
	optBroadcast     = 28
	optNTP           = 42
	optVendorInfo    = 43
	optRequestedIP   = 50
	optLeaseTime     = 51
	optOverload      = 52
	optMessageType   = 53
	optServerID      = 54
	optParameterList = 55
	optMaxSize       = 57
	optRenewal       = 58
	optRebinding     = 59
	optVendorClass   = 60
	optClientID      = 61
	optTFTPServer    = 66
	optBootFile      = 67
	optUserClass     = 77
	optRelayInfo     = 82 // RFC 3046
	optLastSeen      = 91 // RFC 4388 §6.1: client-last-transaction-time
	optAssociatedIP  = 92 // RFC 4388 §6.1
	optCCC           = 122
	optVIVC          = 124 // RFC 3925 §3
	optVIVS          = 125 // RFC 3925 §4
	optEnd           = 255
)

// Bits of option 52.
const (
	overloadFile  = 1
	overloadSName = 2
)

// errGarbage: what came is no message that a server should look at.
var errGarbage = errors.New("dhcp: no request")

// message is a request as it came. Its slices point into raw, which nobody changes.
type message struct {
	raw []byte
	// at is where the value of an option begins in raw, with its length in the byte
	// before; 0 = absent. Offset 0 is never that of a value.
	at [256]uint16
	// long are the values of options that came in several pieces (RFC 3396); nil for most.
	long map[byte][]byte
}

// parse reads a request. raw stays in use.
func parse(raw []byte) (*message, error) {
	if len(raw) < atOption || len(raw) > maxMessage || raw[0] != opRequest || raw[1] != htypeEthernet || raw[2] != 6 ||
		raw[atHops] > maxHops || binary.BigEndian.Uint32(raw[atCookie:]) != magic {
		return nil, errGarbage
	}
	m := &message{raw: raw}
	if !m.scan(atOption, len(raw)) || !m.scanOverload() || m.kind() == 0 {
		return nil, errGarbage
	}
	return m, nil
}

// scanOverload reads the options in file and sname, in the order of RFC 3396 §5.
func (m *message) scanOverload() bool {
	v := m.option(optOverload)
	if len(v) != 1 {
		return true
	}
	if v[0]&overloadFile != 0 && !m.scan(atFile, atCookie) {
		return false
	}
	return v[0]&overloadSName == 0 || m.scan(atSName, atFile)
}

// scan notes the options between two offsets, and reports whether they are whole. A
// missing end is forgiven.
func (m *message) scan(from, to int) bool {
	for i := from; i < to; {
		code := m.raw[i]
		if code == optEnd {
			return true
		}
		if code == optPad {
			i++
			continue
		}
		if i+1 >= to || i+2+int(m.raw[i+1]) > to {
			return false
		}
		m.note(code, i+2)
		i += 2 + int(m.raw[i+1])
	}
	return true
}

// note notes one piece of an option.
func (m *message) note(code byte, at int) {
	if m.at[code] == 0 {
		m.at[code] = uint16(at)
		return
	}
	if m.long == nil {
		m.long = map[byte][]byte{}
	}
	before := m.option(code)
	m.long[code] = append(before[:len(before):len(before)], m.raw[at:at+int(m.raw[at-1])]...)
}

// has reports whether the option is there, be it empty.
func (m *message) has(code byte) bool { return m.at[code] != 0 }

// option returns the value of an option, nil when it is absent.
func (m *message) option(code byte) []byte {
	if m.long != nil {
		if v, split := m.long[code]; split {
			return v
		}
	}
	at := int(m.at[code])
	if at == 0 {
		return nil
	}
	return m.raw[at : at+int(m.raw[at-1])]
}

// kind is the message type, 0 when there is none that a client may send.
func (m *message) kind() byte {
	v := m.option(optMessageType)
	if len(v) != 1 || v[0] >= numberOfMessageTypes {
		return 0
	}
	return v[0]
}

// address returns the address in a fixed field, zero when it is 0.0.0.0.
func (m *message) address(at int) netip.Addr { return addrOf(m.raw[at : at+4]) }

// optionAddress returns the address in an option, zero when there is none.
func (m *message) optionAddress(code byte) netip.Addr {
	if v := m.option(code); len(v) == 4 {
		return addrOf(v)
	}
	return netip.Addr{}
}

// addrOf is the address in four bytes, zero for 0.0.0.0.
func addrOf(b []byte) netip.Addr {
	if a := netip.AddrFrom4([4]byte(b)); !a.IsUnspecified() {
		return a
	}
	return netip.Addr{}
}

func (m *message) ciaddr() netip.Addr { return m.address(atCIAddr) }
func (m *message) giaddr() netip.Addr { return m.address(atGIAddr) }
func (m *message) mac() itms.MAC      { return itms.MAC(m.raw[atCHAddr : atCHAddr+6]) }
func (m *message) xid() uint32        { return binary.BigEndian.Uint32(m.raw[atXID:]) }

func (m *message) broadcast() bool {
	return binary.BigEndian.Uint16(m.raw[atFlags:])&flagBroadcast != 0
}

// asks reports whether the client asks for the option (RFC 2132 §9.8). One that sends no
// list takes what there is.
func (m *message) asks(code byte) bool {
	list := m.option(optParameterList)
	if list == nil {
		return true
	}
	for _, c := range list {
		if c == code {
			return true
		}
	}
	return false
}
