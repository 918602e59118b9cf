package itms

import (
	"encoding/hex"
	"strings"
)

// MAC is an IEEE 802 address. It is comparable; the zero value means "none".
type MAC [6]byte

// ParseMAC reads a MAC address with any separator (colon, dash, dot, space or
// none) and in either case. Refused are the all-zero address, which boxes report
// when they do not know their own, and group addresses.
func ParseMAC(s string) (MAC, error) {
	var m MAC
	digits := strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(strings.TrimSpace(s))
	if len(digits) != 2*len(m) {
		return MAC{}, Invalid("/mac", "%q is not a MAC address: expected 12 hexadecimal digits, e.g. 00:00:5E:00:53:01", clip(s))
	}
	if _, err := hex.Decode(m[:], []byte(digits)); err != nil {
		return MAC{}, Invalid("/mac", "%q is not a MAC address: expected 12 hexadecimal digits, e.g. 00:00:5E:00:53:01", clip(s))
	}
	if m.IsZero() || m[0]&1 != 0 { // IEEE 802: the lowest bit of the first byte marks a group
		return MAC{}, Invalid("/mac", "%s is no address of a device: it is all-zero, multicast or broadcast", clip(s))
	}
	return m, nil
}

// IsZero reports whether m is "none".
func (m MAC) IsZero() bool { return m == MAC{} }

// Key returns the canonical form: 12 upper-case hexadecimal digits, "" for none.
func (m MAC) Key() string {
	if m.IsZero() {
		return ""
	}
	return strings.ToUpper(hex.EncodeToString(m[:]))
}

// String returns the shown form, e.g. "00:00:5E:00:53:01", "" for none.
func (m MAC) String() string {
	k := m.Key()
	if k == "" {
		return ""
	}
	return strings.Join([]string{k[0:2], k[2:4], k[4:6], k[6:8], k[8:10], k[10:12]}, ":")
}

// Tail returns the last six digits, "" for none: what people read out and compare.
func (m MAC) Tail() string {
	if k := m.Key(); k != "" {
		return k[6:]
	}
	return ""
}

// MarshalText writes the shown form.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads any form; empty text is "none".
func (m *MAC) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*m = MAC{}
		return nil
	}
	*m, err = ParseMAC(string(b))
	return err
}

// clip keeps hostile input from filling an error message.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
