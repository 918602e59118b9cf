package dhcp

import "encoding/binary"

// Sub-options are octets of code and length, then the value. What is cut off, or of
// another form, is left out: it says nothing, and the message is served all the same.

// subs calls fn with each whole sub-option of v, until fn returns false. Pad and end are
// what they are in options where marked is set (option 43 of RFC 2132 §8.4); elsewhere they
// are codes like others.
func subs(v []byte, marked bool, fn func(code byte, value []byte) bool) {
	for len(v) > 0 {
		if marked && v[0] == optPad {
			v = v[1:]
			continue
		}
		if marked && v[0] == optEnd || len(v) < 2 || len(v) < 2+int(v[1]) {
			return
		}
		end := 2 + int(v[1])
		if !fn(v[0], v[2:end]) {
			return
		}
		v = v[end:]
	}
}

// sub returns the first sub-option of that code, nil when there is none.
func sub(v []byte, code byte) (found []byte) {
	subs(v, false, func(c byte, value []byte) bool {
		if c == code {
			found = value
		}
		return c != code
	})
	return found
}

// enterprise returns what is in an option of RFC 3925 for one enterprise, its pieces joined;
// nil when there is nothing.
func enterprise(v []byte, number uint32) []byte {
	var found []byte
	for len(v) >= 5 && len(v) >= 5+int(v[4]) {
		end := 5 + int(v[4])
		if binary.BigEndian.Uint32(v) == number {
			found = append(found[:len(found):len(found)], v[5:end]...)
		}
		v = v[end:]
	}
	return found
}
