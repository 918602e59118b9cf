package record

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"time"

	"itms"
)

// leaseVersion is the form of LeaseDoc. A DHCP server stores thousands of leases a
// second, so that they are no JSON: this is a third of the bytes and of the time.
//
//	version      1 byte
//	state        1 byte, see leaseStates
//	end          8 bytes, µs since 1970, big-endian with the sign turned: it sorts
//	MAC, modem   6 bytes each
//	client       see AppendClient
//	scope, class texts: uvarint of twice the length, and the bytes
//	address, relay: a byte of length (0, 4 or 16) and the bytes
//	kind, client id, circuit, remote, host name, vendor, provision, nonce, spent: texts,
//	             of which those in lower-case hex are kept as bytes and their length is odd
//	start, last renewal: varints of µs since 1970
//
// What comes before the address is the head, from which indexes and counts are made
// without reading the rest.
const leaseVersion = 1

// Places in the head.
const (
	leaseDue    = 2
	leaseMAC    = leaseDue + 8
	leaseModem  = leaseMAC + 6
	leaseClient = leaseModem + 6
)

// leaseStates are the states by the number that is stored.
var leaseStates = [...]itms.LeaseState{1: itms.LeaseActive, 2: itms.LeaseReleased, 3: itms.LeaseDeclined}

// leaseState returns the number of a state, 0 for one that there is not.
func leaseState(state itms.LeaseState) byte {
	for i := 1; i < len(leaseStates); i++ {
		if leaseStates[i] == state {
			return byte(i)
		}
	}
	return 0
}

// LeaseAddress reports whether a lease can be of the address: one of IPv4 in 4 bytes, or
// of IPv6 without a zone.
func LeaseAddress(a netip.Addr) bool { return a.IsValid() && !a.Is4In6() && a.Zone() == "" }

// ScopeRange returns the first and the last address of a subnet, false when it is none.
func ScopeRange(scope string) (first, last netip.Addr, ok bool) {
	p, err := netip.ParsePrefix(scope)
	if err != nil {
		return first, last, false
	}
	first = p.Masked().Addr()
	b := first.AsSlice()
	for bit := p.Bits(); bit < 8*len(b); bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ = netip.AddrFromSlice(b)
	return first, last, true
}

// checkLease reports why l cannot be stored.
func checkLease(l *itms.Lease) error {
	switch {
	case !LeaseAddress(l.Address):
		return itms.Invalid("/address", "is not an address of IPv4 or IPv6, or an IPv4 address in IPv6 form")
	case leaseState(l.State) == 0:
		return itms.Invalid("/state", "is %q, which is no state of a lease", l.State)
	}
	if l.Scope != "" {
		if p, err := netip.ParsePrefix(l.Scope); err != nil || !p.Contains(l.Address) {
			return itms.Invalid("/scope", "is not a subnet of the address %s", l.Address)
		}
	}
	return first(itms.CheckKey("/client", l.Client), Plain("/class", l.Class), Plain("/kind", string(l.Kind)))
}

// LeaseDoc returns the document of l, with times in the kept precision and what clients
// say of themselves made storable.
func LeaseDoc(l *itms.Lease) ([]byte, error) {
	if err := checkLease(l); err != nil {
		return nil, err
	}
	doc := make([]byte, 0, leaseSize(l))
	doc = append(doc, leaseVersion, leaseState(l.State))
	doc = AppendInstant(doc, l.ExpiresAt)
	doc = append(append(doc, l.MAC[:]...), l.Modem[:]...)
	doc = AppendClient(doc, l.Client)
	doc = appendText(appendText(doc, l.Scope), l.Class)
	doc = appendAddr(appendAddr(doc, l.Address), l.Relay)
	for _, s := range [...]string{string(l.Kind), l.ClientID, l.Circuit, l.Remote, l.Hostname, l.Vendor, l.Provision, l.Nonce, l.Spent} {
		doc = appendShort(doc, Text(s))
	}
	doc = binary.AppendVarint(doc, itms.Timestamp(l.StartedAt).UnixMicro())
	return binary.AppendVarint(doc, itms.Timestamp(l.RenewedAt).UnixMicro()), nil
}

// leaseSize is about how long the document of l becomes at most.
func leaseSize(l *itms.Lease) int {
	const fixed = 100 // numbers, addresses and lengths
	return fixed + len(l.Client) + len(l.Scope) + len(l.Class) + len(l.Kind) + len(l.ClientID) + len(l.Circuit) + len(l.Remote) +
		len(l.Hostname) + len(l.Vendor) + len(l.Provision) + len(l.Nonce) + len(l.Spent)
}

// AppendInstant writes t in 8 bytes that sort, times before 1970 included.
func AppendInstant(dst []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(itms.Timestamp(t).UnixMicro())^1<<63)
}

// ReadInstant reads what AppendInstant wrote.
func ReadInstant(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b) ^ 1<<63)).UTC()
}

// The ways to write a client's key: how it begins, in a byte.
const (
	clientMAC  = 1 // "m:": 6 bytes
	clientID   = 2 // "i:": a byte of length, and the identifier
	clientText = 3 // anything else: the text and a zero byte
)

// AppendClient writes a client's key (itms.ClientKey) in few bytes, of which none are
// the beginning of another's.
func AppendClient(dst []byte, client string) []byte {
	if mac, ok := macOf(client); ok {
		return append(append(dst, clientMAC), mac[:]...)
	}
	if len(client) > 2 && len(client) <= 2+2*0xff && client[:2] == "i:" && isHex(client[2:]) {
		dst = append(dst, clientID, byte(len(client)/2-1))
		dst, _ = hex.AppendDecode(dst, []byte(client[2:])) // all of it is hex
		return dst
	}
	return append(append(append(dst, clientText), client...), 0)
}

// AppendMACClient is AppendClient for the client that is identified by its MAC.
func AppendMACClient(dst []byte, mac itms.MAC) []byte {
	return append(append(dst, clientMAC), mac[:]...)
}

// macOf returns the MAC that a client's key is made of.
func macOf(client string) (mac itms.MAC, ok bool) {
	if len(client) != 2+2*len(mac) || client[:2] != "m:" {
		return mac, false
	}
	for i, c := range []byte(client[2:]) {
		var v byte
		switch {
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'A' && c <= 'F':
			v = c - 'A' + 10
		default:
			return itms.MAC{}, false
		}
		mac[i/2] = mac[i/2]<<4 | v
	}
	return mac, !mac.IsZero() // zero has no digits
}

// isHex reports whether s is whole bytes in lower-case hex.
func isHex(s string) bool {
	if len(s)%2 != 0 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// appendText writes a text.
func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))<<1), s...)
}

// appendShort writes a text, as bytes when it is hex.
func appendShort(dst []byte, s string) []byte {
	if s == "" || !isHex(s) {
		return appendText(dst, s)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s)/2)<<1|1)
	dst, _ = hex.AppendDecode(dst, []byte(s)) // all of it is hex
	return dst
}

// appendAddr writes an address; the zero one is of no length.
func appendAddr(dst []byte, a netip.Addr) []byte {
	switch a = a.Unmap(); {
	case a.Is4():
		b := a.As4()
		return append(append(dst, 4), b[:]...)
	case a.Is6():
		b := a.As16()
		return append(append(dst, 16), b[:]...)
	}
	return append(dst, 0)
}
