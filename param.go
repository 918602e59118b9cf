package itms

import (
	"strings"
)

// ParamPath is the full name of a parameter ("Device.DeviceInfo.UpTime") or, with
// a trailing dot, of an object ("Device.DeviceInfo.").
type ParamPath string

// MaxParamPath is the longest parameter name (TR-069 Amd 6 A.3.2.1: string(256)).
const MaxParamPath = 256

// ParseParamPath validates a parameter or object name: not empty, at most 256
// bytes, no white space or control characters, no empty segment.
func ParseParamPath(s string) (ParamPath, error) {
	if err := CheckKey("/name", s); err != nil {
		return "", err
	}
	if len(s) > MaxParamPath {
		return "", Invalid("/name", "%q is longer than %d characters", clip(s), MaxParamPath)
	}
	if strings.ContainsAny(s, " \t\r\n<>\"&") || strings.Contains(s, "..") || s[0] == '.' {
		return "", Invalid("/name", "%q is not a parameter name: expected e.g. Device.DeviceInfo.UpTime", clip(s))
	}
	return ParamPath(s), nil
}

// IsObject reports whether p names an object (partial path).
func (p ParamPath) IsObject() bool { return strings.HasSuffix(string(p), ".") }

// Under reports whether p lies below the object (or is the parameter) named by q.
func (p ParamPath) Under(q ParamPath) bool {
	return p == q || q == "" || q.IsObject() && strings.HasPrefix(string(p), string(q))
}

// Leaf returns the last segment, without dots.
func (p ParamPath) Leaf() string {
	s := strings.TrimSuffix(string(p), ".")
	return s[strings.LastIndexByte(s, '.')+1:]
}

// secretLeaves are words which mark a parameter whose value is a credential,
// whatever the data model: TR-181, TR-098, TR-104 and the carriers' own.
var secretLeaves = []string{"password", "passphrase", "presharedkey", "wepkey", "secret", "privatekey", "pincode", "passwd", "passcode"}

// IsSecret reports whether the name alone says that the value is a credential.
// Such values are stored as fingerprints and never shown. The key of a Wi-Fi
// network has several names; KeyPassphrase, PreSharedKey and WEPKey are covered.
func (p ParamPath) IsSecret() bool {
	leaf := strings.ToLower(p.Leaf())
	for _, word := range secretLeaves {
		if strings.Contains(leaf, word) {
			return true
		}
	}
	return false
}

// The value types of CWMP (TR-106 Amd 7 §3.1); the zero value reads as string.
const (
	TypeString       = "xsd:string"
	TypeInt          = "xsd:int"
	TypeUnsignedInt  = "xsd:unsignedInt"
	TypeLong         = "xsd:long"
	TypeUnsignedLong = "xsd:unsignedLong"
	TypeBoolean      = "xsd:boolean"
	TypeDateTime     = "xsd:dateTime"
	TypeBase64       = "xsd:base64"
	TypeHexBinary    = "xsd:hexBinary"
)

// ValueTypes lists the value types.
var ValueTypes = []string{TypeString, TypeInt, TypeUnsignedInt, TypeLong, TypeUnsignedLong, TypeBoolean, TypeDateTime,
	TypeBase64, TypeHexBinary}

// Param is one parameter of a device as last known.
//
// When Hidden, Value holds a keyed fingerprint of the real value (or "" when the
// device reads it back empty), good for telling equal from different only.
type Param struct {
	Name     ParamPath
	Value    string
	Type     string       // e.g. TypeString; "" when the device gave none
	Writable bool         // as listed by GetParameterNames
	Hidden   bool         // Value is a fingerprint of a credential
	Notify   Notification // as last read or set
	Access   AccessList   // as last read or set
}

// SameValue reports whether two values of a CWMP type are equal in meaning:
// booleans in any spelling, numbers without leading zeros or plus sign.
func SameValue(typ, a, b string) bool {
	return a == b || normalValue(typ, a) == normalValue(typ, b)
}

// normalValue brings a value to one spelling.
func normalValue(typ, v string) string {
	switch typ {
	case TypeBoolean:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "1", "true":
			return "1"
		case "0", "false":
			return "0"
		}
	case TypeInt, TypeUnsignedInt, TypeLong, TypeUnsignedLong:
		return normalNumber(strings.TrimSpace(v))
	}
	return v
}

// normalNumber drops a plus sign and leading zeros.
func normalNumber(v string) string {
	sign := ""
	switch {
	case strings.HasPrefix(v, "-"):
		sign, v = "-", v[1:]
	case strings.HasPrefix(v, "+"):
		v = v[1:]
	}
	if v = strings.TrimLeft(v, "0"); v == "" {
		return "0"
	}
	return sign + v
}
