// Package stun is both sides of TR-069 Amd 6 Annex G: the STUN server that devices
// behind NAT keep a binding open to (RFC 3489 and RFC 5389 Binding Requests with the
// Broadband Forum's attributes), and the signed UDP connection request that goes back
// through that binding.
//
// [Server] answers requests, verifies MESSAGE-INTEGRITY and remembers bindings. [Ask]
// is the client's request. [Request] is the datagram that wakes a device.
package stun

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	pion "github.com/pion/stun/v3"
)

// The attributes that TR-069 Amd 6 Annex G.2.1.2 adds to STUN.
const (
	// attrBinding is CONNECTION-REQUEST-BINDING: the source of this request is where
	// connection requests are taken.
	attrBinding pion.AttrType = 0xC001
	// attrChange is BINDING-CHANGE: that source is another one than before.
	attrChange pion.AttrType = 0xC002
	// attrResponse is RESPONSE-ADDRESS of RFC 3489 §11.2.2: where to send the answer.
	attrResponse pion.AttrType = 0x0002
	// attrChangeRequest is CHANGE-REQUEST of RFC 3489 §11.2.4, which asks for an answer
	// from another address.
	attrChangeRequest pion.AttrType = 0x0003
)

// bindingValue is what CONNECTION-REQUEST-BINDING holds; the space makes it 20 bytes.
const bindingValue = "dslforum.org/TR-111 "

// Sizes of a message.
const (
	headerSize    = 20
	attrHeader    = 4
	integritySize = 20
	cookie        = 0x2112A442 // RFC 5389 §6; a client of RFC 3489 has random bytes there
	// maxMessage bounds what is read of one datagram: a request with a user name of
	// 256 bytes is below 400.
	maxMessage = 1024
	// maxUsername is the length of ManagementServer.STUNUsername.
	maxUsername = 256
	// maxUnknown attributes are listed in an answer; one makes the point.
	maxUnknown = 2
)

// Error codes (RFC 3489 §11.2.9).
const (
	codeUnauthorized = 401
	codeUnknown      = 420
	codeIntegrity    = 431
)

// errNotForUs is any datagram that gets no answer.
var errNotForUs = errors.New("stun: not a Binding Request")

// request is a Binding Request as read.
type request struct {
	raw       []byte
	id        [16]byte // transaction id of RFC 3489: with the cookie or what is there
	modern    bool     // has the magic cookie
	username  string
	binds     bool // has CONNECTION-REQUEST-BINDING
	changed   bool // has BINDING-CHANGE
	signed    bool // has MESSAGE-INTEGRITY ...
	signedAt  int  // ... at this offset
	integrity [integritySize]byte
	answerTo  netip.AddrPort // RESPONSE-ADDRESS; the zero value when there is none
	unknown   []pion.AttrType
}

// parse reads a datagram. It keeps packet.
func parse(packet []byte) (*request, error) {
	if len(packet) < headerSize || len(packet) > maxMessage || packet[0] != 0 || packet[1] != 1 {
		return nil, errNotForUs
	}
	r := &request{raw: packet}
	copy(r.id[:], packet[4:headerSize])
	// The library reads RFC 5389 only: of an older request the cookie is lent.
	lent := append(make([]byte, 0, len(packet)), packet...)
	lent[4], lent[5], lent[6], lent[7] = 0x21, 0x12, 0xA4, 0x42
	r.modern = string(lent[4:8]) == string(packet[4:8])
	var m pion.Message
	if err := pion.Decode(lent, &m); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotForUs, err)
	}
	offset := headerSize
	for _, a := range m.Attributes {
		if err := r.attribute(a, offset); err != nil {
			return nil, err
		}
		offset += attrHeader + (len(a.Value)+3)&^3
	}
	return r, nil
}

// attribute takes one attribute in. What follows MESSAGE-INTEGRITY does not count
// (RFC 3489 §11.2.8).
func (r *request) attribute(a pion.RawAttribute, offset int) error {
	if r.signed {
		return nil
	}
	switch a.Type {
	case pion.AttrUsername:
		if len(a.Value) > maxUsername+3 {
			return errNotForUs
		}
		r.username = strings.TrimRight(string(a.Value), "\x00 ") // padded to four bytes in RFC 3489
	case attrBinding:
		r.binds = strings.TrimRight(string(a.Value), "\x00 ") == strings.TrimRight(bindingValue, " ")
	case attrChange:
		r.changed = true
	case pion.AttrMessageIntegrity:
		if len(a.Value) != integritySize {
			return errNotForUs
		}
		r.signed, r.signedAt = true, offset
		copy(r.integrity[:], a.Value)
	case attrResponse:
		r.answerTo = addressOf(a.Value)
	case attrChangeRequest:
		if strings.Trim(string(a.Value), "\x00") != "" {
			r.refuse(a.Type)
		}
	case pion.AttrRealm, pion.AttrNonce: // of RFC 5389; we offer neither
	default:
		if a.Type < 0x8000 {
			r.refuse(a.Type)
		}
	}
	return nil
}

// refuse notes an attribute that must be understood and is not.
func (r *request) refuse(t pion.AttrType) {
	if len(r.unknown) < maxUnknown {
		r.unknown = append(r.unknown, t)
	}
}

// addressOf reads the value of an address attribute (RFC 3489 §11.2.1).
func addressOf(value []byte) netip.AddrPort {
	if len(value) < 8 {
		return netip.AddrPort{}
	}
	addr, ok := netip.AddrFromSlice(value[4:])
	if !ok || value[1] != 1 && value[1] != 2 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(value[2])<<8|uint16(value[3]))
}

// destination is where the answer goes: RESPONSE-ADDRESS is obeyed only within the
// address that asked, else anybody could be sent datagrams. With it a device finds out
// how long its binding lasts (Annex G.2.1.3).
func (r *request) destination(from netip.AddrPort) netip.AddrPort {
	if r.answerTo.IsValid() && r.answerTo.Port() != 0 && r.answerTo.Addr() == from.Addr() {
		return r.answerTo
	}
	return from
}
