package datamodel

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"itms"
)

// formats say in words what a string has to be.
var formats = map[string]string{"ip": "an IP address", "ipv4": "an IPv4 address", "ipv6": "an IPv6 address", "mac": "a MAC address"}

// Check reports whether a value may stand in a parameter: whether it is of the type,
// within the bounds and among the values that there are. The type is what the device
// said, "" when it said nothing; then that of the table counts. Nothing is wrong with a
// value of which nothing is known. The error is of KindInvalid and says what was
// expected; it has the value in it unless the parameter is a credential.
func (m *Models) Check(path, value, typ string) error {
	e, known := m.Lookup(path)
	if typ == "" {
		typ = e.Type
	}
	expected := ofType(typ, value)
	if expected == "" && known && typ == e.Type {
		expected = e.wants(value)
	}
	if expected == "" {
		return nil
	}
	if m.Secret(path) {
		return itms.Invalid("/value", "the value of %s is not what it must be: expected %s", path, expected)
	}
	return itms.Invalid("/value", "%s cannot be %q: expected %s", path, clip(value), expected)
}

// clip keeps long values out of sentences.
func clip(v string) string {
	const most = 64
	if len(v) <= most {
		return v
	}
	return strings.ToValidUTF8(v[:most], "") + "…"
}

// bits of the whole numbers.
var bits = map[string]int{itms.TypeInt: 32, itms.TypeUnsignedInt: 32, itms.TypeLong: 64, itms.TypeUnsignedLong: 64}

// ofType says what was expected when a value is not of a CWMP type, else "".
func ofType(typ, value string) string {
	var err error
	switch typ {
	case itms.TypeInt, itms.TypeLong:
		if _, err = strconv.ParseInt(strings.TrimPrefix(value, "+"), 10, bits[typ]); err != nil {
			return fmt.Sprintf("a whole number of %d bits", bits[typ])
		}
	case itms.TypeUnsignedInt, itms.TypeUnsignedLong:
		if _, err = strconv.ParseUint(strings.TrimPrefix(value, "+"), 10, bits[typ]); err != nil {
			return fmt.Sprintf("a whole number of %d bits, not negative", bits[typ])
		}
	case itms.TypeBoolean:
		if v := strings.ToLower(value); v != "0" && v != "1" && v != "false" && v != "true" {
			return "true or false"
		}
	case itms.TypeDateTime:
		if !isTime(value) {
			return "a time such as 2026-12-01T08:00:00Z"
		}
	case itms.TypeBase64:
		if _, err = base64.StdEncoding.DecodeString(value); err != nil {
			return "base64"
		}
	case itms.TypeHexBinary:
		if _, err = hex.DecodeString(value); err != nil {
			return "hexadecimal digits, two for each byte"
		}
	}
	return ""
}

// isTime reports whether v is a dateTime, with or without a time zone (TR-106 Amd 7
// §3.2).
func isTime(v string) bool {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if _, err := time.Parse(layout, v); err == nil {
			return true
		}
	}
	return false
}

// wants says what was expected when a value that is of the right type is not one of the
// parameter's, else "".
func (e *Entry) wants(value string) string {
	if expected := e.wantsFormat(value); expected != "" {
		return expected
	}
	if !e.within(value) {
		return e.boundsText()
	}
	return e.wantsValue(value)
}

// wantsFormat checks addresses; an empty one stands for none.
func (e *Entry) wantsFormat(value string) string {
	if e.Format == "" || value == "" {
		return ""
	}
	if e.List {
		for item := range strings.SplitSeq(value, ",") {
			if !ofFormat(e.Format, strings.TrimSpace(item)) {
				return "a comma-separated list, each item " + formats[e.Format]
			}
		}
		return ""
	}
	if !ofFormat(e.Format, value) {
		return formats[e.Format]
	}
	return ""
}

// ofFormat reports whether a text is an address of a kind.
func ofFormat(format, value string) bool {
	if format == "mac" {
		_, err := itms.ParseMAC(value)
		return err == nil
	}
	addr, err := netip.ParseAddr(value)
	return err == nil && (format != "ipv4" || addr.Is4()) && (format != "ipv6" || addr.Is6())
}

// limits returns the bounds, nil where there is none.
func (e *Entry) limits() (least, most *float64) {
	low, high, _ := strings.Cut(e.bounds, ":")
	return number(low), number(high)
}

// number reads a bound: exact enough for comparing, whatever its sign and size.
func number(s string) *float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return &n
}

// within reports whether a number, or the length of a text, is within the bounds.
func (e *Entry) within(value string) bool {
	size := float64(utf8.RuneCountInString(value))
	if bits[e.Type] > 0 {
		size = *number(value)
	}
	least, most := e.limits()
	return (least == nil || size >= *least) && (most == nil || size <= *most)
}

// boundsText says the bounds in words, "" when there are none.
func (e *Entry) boundsText() string {
	least, most, _ := strings.Cut(e.bounds, ":")
	if bits[e.Type] == 0 && most != "" {
		return "at most " + most + " characters"
	}
	switch {
	case least == "" && most == "":
		return ""
	case least == "":
		return "at most " + most
	case most == "":
		return "at least " + least
	}
	return least + " to " + most
}

// wantsValue checks the values of an enumeration. Vendors may add their own, which
// begin with X_ (TR-106 Amd 7 §3.3).
func (e *Entry) wantsValue(value string) string {
	if e.values == "" || e.List && value == "" {
		return ""
	}
	items := []string{value}
	if e.List {
		items = strings.Split(value, ",")
	}
	values := e.Values()
	for _, item := range items {
		if item = strings.TrimSpace(item); !slices.Contains(values, item) && !strings.HasPrefix(item, "X_") {
			return "one of " + strings.Join(values, ", ")
		}
	}
	return ""
}
