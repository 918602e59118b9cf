package stun

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
)

// integrityBlock is what RFC 3489 pads the signed text to.
const integrityBlock = 64

// form is one of the two ways MESSAGE-INTEGRITY is computed.
type form bool

// The forms: RFC 3489 §11.2.8 pads the text with zeros to 64 bytes, RFC 5389 §15.4
// does not. Devices do either, whatever the rest of their message looks like.
const (
	formPlain  form = false
	formPadded form = true
)

// sign computes MESSAGE-INTEGRITY over the message up to the attribute. The length in
// the header is the one with the attribute.
func sign(message []byte, password string, f form) [integritySize]byte {
	text := append(make([]byte, 0, len(message)+integrityBlock), message...)
	binary.BigEndian.PutUint16(text[2:4], uint16(len(message)-headerSize+attrHeader+integritySize))
	if f == formPadded {
		if over := len(text) % integrityBlock; over != 0 {
			text = append(text, make([]byte, integrityBlock-over)...)
		}
	}
	mac := hmac.New(sha1.New, []byte(password))
	mac.Write(text)
	return [integritySize]byte(mac.Sum(nil))
}

// verify checks the signature of a request and tells the form it has. An empty
// password signs nothing.
func (r *request) verify(password string) (form, bool) {
	if password == "" {
		return formPlain, false
	}
	for _, f := range []form{formPlain, formPadded} {
		want := sign(r.raw[:r.signedAt], password, f)
		if hmac.Equal(want[:], r.integrity[:]) {
			return f, true
		}
	}
	return formPlain, false
}
