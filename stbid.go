package itms

import "strings"

// STBID identifies a set-top box across carriers: 32 upper-case hexadecimal
// digits, of which the last 12 are the MAC address. The zero value means "none".
// The leading checksum is not verified: boxes in the field carry wrong ones.
type STBID string

// stbidLength is the number of digits of an STBID.
const stbidLength = 32

// ParseSTBID reads an STBID; dashes and spaces are ignored, either case is taken.
func ParseSTBID(s string) (STBID, error) {
	id := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(strings.TrimSpace(s)))
	if len(id) != stbidLength || strings.Trim(id, "0123456789ABCDEF") != "" {
		return "", Invalid("/stbId", "%q is not an STBID: expected 32 hexadecimal digits", clip(s))
	}
	if id[stbidLength-12:] == "000000000000" {
		return "", Invalid("/stbId", "%q ends in an all-zero MAC address", clip(s))
	}
	return STBID(id), nil
}

// MAC returns the address in the last 12 digits, none for the zero STBID.
func (s STBID) MAC() MAC {
	if len(s) != stbidLength {
		return MAC{}
	}
	m, err := ParseMAC(string(s[stbidLength-12:]))
	if err != nil {
		return MAC{}
	}
	return m
}
