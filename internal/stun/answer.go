package stun

import (
	"net/netip"

	pion "github.com/pion/stun/v3"
)

// reply begins the answer to a request.
func (r *request) reply(class pion.MessageClass) *pion.Message {
	m := new(pion.Message)
	m.SetType(pion.NewType(pion.MethodBinding, class))
	copy(m.TransactionID[:], r.id[4:])
	m.WriteHeader()
	return m
}

// finish gives the answer the transaction id of its request, which begins with the
// cookie or, in RFC 3489, with bytes of the client's choice.
func (r *request) finish(m *pion.Message) []byte {
	copy(m.Raw[4:headerSize], r.id[:])
	return m.Raw
}

// success is the answer that tells a client its public address. A client of RFC 5389
// gets it XORed as well, since some NATs rewrite what looks like an address.
func (r *request) success(from netip.AddrPort) []byte {
	m := r.reply(pion.ClassSuccessResponse)
	ip, port := from.Addr().Unmap().AsSlice(), int(from.Port())
	_ = (&pion.MappedAddress{IP: ip, Port: port}).AddTo(m) // fails for an address that is none
	if r.modern {
		_ = pion.XORMappedAddress{IP: ip, Port: port}.AddTo(m)
	}
	return r.finish(m)
}

// signedSuccess is success with MESSAGE-INTEGRITY, as a request that has it must be
// answered (RFC 3489 §8.1).
func (r *request) signedSuccess(from netip.AddrPort, password string, f form) []byte {
	raw := r.success(from)
	sum := sign(raw, password, f)
	return appendAttr(raw, pion.AttrMessageIntegrity, sum[:])
}

// failure is a Binding Error Response. Its reasons are short, so that no answer is
// longer than what asked for it by much.
func (r *request) failure(code int) []byte {
	m := r.reply(pion.ClassErrorResponse)
	reason := ""
	if code == codeUnauthorized {
		reason = "Unauthorized" // a multiple of four, as RFC 3489 wants it
	}
	_ = pion.ErrorCodeAttribute{Code: pion.ErrorCode(code), Reason: []byte(reason)}.AddTo(m) // fails for long reasons only
	if code == codeUnknown {
		_ = pion.UnknownAttributes(r.unknown).AddTo(m) // never fails
	}
	return r.finish(m)
}

// appendAttr adds an attribute to a finished message and corrects its length.
func appendAttr(raw []byte, t pion.AttrType, value []byte) []byte {
	raw = append(raw, byte(t>>8), byte(t), byte(len(value)>>8), byte(len(value)))
	raw = append(raw, value...)
	for len(raw)%4 != 0 {
		raw = append(raw, 0)
	}
	size := len(raw) - headerSize
	raw[2], raw[3] = byte(size>>8), byte(size)
	return raw
}
