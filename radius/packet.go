package radius

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"

	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"
)

// Sizes of RFC 2865 §3.
const (
	headerSize = 20
	// maxPacket is the longest packet that is read; what is longer is malformed.
	maxPacket = codec.MaxPacketLength
	// maxAttributes bounds the attributes of a request: real ones have some 30.
	maxAttributes = 256
)

// Where the parts of a packet begin.
const (
	atLength        = 2
	atAuthenticator = 4
)

// Reasons why a packet is dropped. Each is a label of a metric.
const (
	dropMalformed   = "malformed"
	dropUnknownNAS  = "unknownNas"
	dropCode        = "wrongDoor" // that kind of request is not for this port
	dropUnsigned    = "noMessageAuthenticator"
	dropForged      = "wrongSecret"
	dropProxied     = "unsignedProxyState"
	dropRepeated    = "repeated" // the first of its kind is being worked on
	dropBusy        = "busy"
	dropLate        = "tooLate"
	dropUnavailable = "unavailable" // of storage or keys
)

var drops = []string{dropMalformed, dropUnknownNAS, dropCode, dropUnsigned, dropForged, dropProxied, dropRepeated, dropBusy, dropLate, dropUnavailable}

// packet is a request: its bytes as they came, and its attributes.
type packet struct {
	*codec.Packet
	raw    []byte // as long as its header says
	signed int    // where the value of the Message-Authenticator is, 0 = none
}

// errMalformed is the one thing to be said of what is no packet.
var errMalformed = errors.New("malformed")

// readPacket reads a datagram. Octets behind the packet are padding (RFC 2865 §3).
func readPacket(datagram []byte, secret []byte) (*packet, error) {
	if len(datagram) < headerSize {
		return nil, errMalformed
	}
	length := int(binary.BigEndian.Uint16(datagram[atLength:]))
	if length < headerSize || length > min(len(datagram), maxPacket) {
		return nil, errMalformed
	}
	p := &packet{raw: datagram[:length]}
	if err := p.scan(); err != nil {
		return nil, err
	}
	var err error
	if p.Packet, err = codec.Parse(p.raw, secret); err != nil {
		return nil, errMalformed
	}
	return p, nil
}

// scan walks the attributes: their number, and where the only Message-Authenticator is.
func (p *packet) scan() error {
	count := 0
	for at := headerSize; at < len(p.raw); {
		if at+2 > len(p.raw) {
			return errMalformed
		}
		size := int(p.raw[at+1])
		if size < 2 || at+size > len(p.raw) {
			return errMalformed
		}
		if codec.Type(p.raw[at]) == rfc2869.MessageAuthenticator_Type {
			if p.signed != 0 || size != 2+md5.Size { // RFC 2869 §5.14: one, of 18 octets
				return errMalformed
			}
			p.signed = at + 2
		}
		if count++; count > maxAttributes {
			return errMalformed
		}
		at += size
	}
	return nil
}

// verify checks what proves that the packet comes from who has the secret, and returns why
// it is dropped, "" when it is good. Constant in time.
func (p *packet) verify(n *NAS) string {
	authenticator := p.Authenticator
	if p.Code == codec.CodeAccountingRequest {
		if !p.hashed(p.Secret) {
			return dropForged
		}
		authenticator = [md5.Size]byte{} // RFC 5080 §2.2.2 and RFC 2869 §5.14: computed before it is known
	}
	switch {
	case p.signed != 0:
		if !signatureHolds(p.raw, p.signed, authenticator, p.Secret) {
			return dropForged
		}
	case p.Code == codec.CodeAccountingRequest:
	case n.RequireMessageAuthenticator || p.Code == codec.CodeStatusServer || p.has(rfc2869.EAPMessage_Type):
		return dropUnsigned // RFC 5997 §3 and RFC 3579 §3.2 want it in any case
	case p.has(rfc2865.ProxyState_Type):
		return dropProxied // what CVE-2024-3596 needs to forge an answer
	}
	return ""
}

// has reports whether there is an attribute.
func (p *packet) has(t codec.Type) bool {
	_, ok := p.Lookup(t)
	return ok
}

// hashed reports whether the Request Authenticator is the hash that RFC 2866 §3 wants.
func (p *packet) hashed(secret []byte) bool {
	h := md5.New()
	h.Write(p.raw[:atAuthenticator])
	h.Write(make([]byte, md5.Size))
	h.Write(p.raw[headerSize:])
	h.Write(secret)
	return subtle.ConstantTimeCompare(h.Sum(nil), p.raw[atAuthenticator:headerSize]) == 1
}

// signatureHolds checks the Message-Authenticator whose value is at a place of a packet.
func signatureHolds(raw []byte, at int, authenticator [md5.Size]byte, secret []byte) bool {
	return hmac.Equal(signature(raw, at, authenticator, secret), raw[at:at+md5.Size])
}

// signature computes a Message-Authenticator: HMAC-MD5 over the packet with an authenticator
// in its place and zeroes in place of the signature (RFC 2869 §5.14).
func signature(raw []byte, at int, authenticator [md5.Size]byte, secret []byte) []byte {
	h := hmac.New(md5.New, secret)
	h.Write(raw[:atAuthenticator])
	h.Write(authenticator[:])
	h.Write(raw[headerSize:at])
	h.Write(make([]byte, md5.Size))
	h.Write(raw[at+md5.Size:])
	return h.Sum(nil)
}

// signedSize is how long a Message-Authenticator is.
const signedSize = 2 + md5.Size

// write writes a packet out. signed = its first attribute is a Message-Authenticator that is
// still to be computed: first, so that nobody who can choose what stands before it can use
// that (CVE-2024-3596).
func write(code codec.Code, id byte, attributes codec.Attributes, signed bool) ([]byte, error) {
	size, err := codec.AttributesEncodedLen(attributes)
	if err != nil {
		return nil, err
	}
	if size += headerSize + signedSize; size > maxPacket {
		return nil, fmt.Errorf("the attributes take %d octets, more than a packet has", size)
	}
	raw := append(make([]byte, 0, size), byte(code), id)
	raw = raw[:headerSize]
	if signed {
		raw = append(raw, byte(rfc2869.MessageAuthenticator_Type), signedSize)
		raw = append(raw, make([]byte, md5.Size)...)
	}
	for _, a := range attributes {
		raw = append(append(raw, byte(a.Type), byte(2+len(a.Attribute))), a.Attribute...)
	}
	binary.BigEndian.PutUint16(raw[atLength:], uint16(len(raw)))
	return raw, nil
}

// seal computes Message-Authenticator and authenticator of a packet of write. prior is what
// stands in the authenticator's place meanwhile: that of the request for an answer, zeroes
// for a request of our own (RFC 5176 §2.3, §3.4).
func seal(raw []byte, prior [md5.Size]byte, secret []byte, signed bool) {
	if signed {
		copy(raw[headerSize+2:], signature(raw, headerSize+2, prior, secret))
	}
	copy(raw[atAuthenticator:], prior[:])
	h := md5.New()
	h.Write(raw)
	h.Write(secret)
	h.Sum(raw[:atAuthenticator])
}

// answer makes the answer to a request, with the Proxy-States of the request in their order
// (RFC 2865 §5.33). It is signed, but for accounting that was not: RFC 2869 §5.19 knows no
// Message-Authenticator there, and old access servers refuse it.
func (p *packet) answer(code codec.Code, attributes codec.Attributes) ([]byte, error) {
	for _, a := range p.Attributes {
		if a.Type == rfc2865.ProxyState_Type {
			attributes = append(attributes, a)
		}
	}
	signed := code != codec.CodeAccountingResponse || p.signed != 0
	raw, err := write(code, p.Identifier, attributes, signed)
	if err != nil {
		return nil, err
	}
	seal(raw, p.Authenticator, p.Secret, signed)
	return raw, nil
}

// authentic reports whether an answer is one to a request of ours.
func authentic(answer, request, secret []byte) bool {
	if len(answer) < headerSize || int(binary.BigEndian.Uint16(answer[atLength:])) != len(answer) || answer[1] != request[1] {
		return false
	}
	h := md5.New()
	h.Write(answer[:atAuthenticator])
	h.Write(request[atAuthenticator:headerSize])
	h.Write(answer[headerSize:])
	h.Write(secret)
	return subtle.ConstantTimeCompare(h.Sum(nil), answer[atAuthenticator:headerSize]) == 1
}
