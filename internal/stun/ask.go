package stun

import (
	"errors"
	"net/netip"

	pion "github.com/pion/stun/v3"
)

// Ask is a Binding Request as a device sends it.
type Ask struct {
	ID       [12]byte // random
	Classic  bool     // RFC 3489: no magic cookie, and a padded signature
	Username string   // "" = none
	Password string   // signs the request; "" = unsigned
	Binds    bool     // connection requests are taken where this comes from
	Changed  bool     // that place is new
}

// Encode is the request on the wire.
func (a Ask) Encode() []byte {
	m := new(pion.Message)
	m.SetType(pion.BindingRequest)
	m.TransactionID = a.ID
	m.WriteHeader()
	if a.Binds {
		m.Add(attrBinding, []byte(bindingValue))
	}
	if a.Changed {
		m.Add(attrChange, nil)
	}
	if a.Username != "" {
		m.Add(pion.AttrUsername, []byte(a.padded(a.Username)))
	}
	raw := m.Raw
	if a.Classic {
		copy(raw[4:8], a.ID[:4])
	}
	if a.Password != "" {
		sum := sign(raw, a.Password, form(a.Classic))
		raw = appendAttr(raw, pion.AttrMessageIntegrity, sum[:])
	}
	return raw
}

// padded makes a user name a multiple of four bytes, as RFC 3489 §11.2.6 wants it.
func (a Ask) padded(username string) string {
	for a.Classic && len(username)%4 != 0 {
		username += " "
	}
	return username
}

// Answer is what a server says to a Binding Request.
type Answer struct {
	Mapped netip.AddrPort // where the request came from; zero in an error
	Code   int            // of an error; 0 = success
}

// ErrAnswer means that a datagram does not answer the request.
var ErrAnswer = errors.New("stun: not the answer to this request")

// Read reads a datagram as the answer to a.
func (a Ask) Read(datagram []byte) (Answer, error) {
	var got Answer
	if len(datagram) < headerSize || len(datagram) > maxMessage {
		return got, ErrAnswer
	}
	lent := append([]byte(nil), datagram...)
	lent[4], lent[5], lent[6], lent[7] = 0x21, 0x12, 0xA4, 0x42
	var m pion.Message
	if err := pion.Decode(lent, &m); err != nil || m.TransactionID != a.ID {
		return got, ErrAnswer
	}
	switch m.Type {
	case pion.BindingSuccess:
		value, err := m.Get(pion.AttrMappedAddress)
		if err != nil {
			return got, ErrAnswer
		}
		got.Mapped = addressOf(value)
		return got, nil
	case pion.BindingError:
		var code pion.ErrorCodeAttribute
		if err := code.GetFrom(&m); err != nil {
			return got, ErrAnswer
		}
		got.Code = int(code.Code)
		return got, nil
	}
	return got, ErrAnswer
}
