package itms

import (
	"fmt"
	"strings"
)

// DeviceID is the identity a CPE states in each Inform (TR-069 Amd 6 A.3.3.1):
// OUI, ProductClass (may be empty) and SerialNumber, case kept. It is comparable.
type DeviceID struct {
	OUI          string
	ProductClass string
	Serial       string
}

// maxIDPart bounds each part; the schema allows 64 characters, some boxes send more.
const maxIDPart = 128

// NewDeviceID validates the three parts: OUI and serial are required, each part is
// free of control characters and at most 128 bytes. White space around is dropped.
func NewDeviceID(oui, productClass, serial string) (DeviceID, error) {
	id := DeviceID{strings.ToUpper(strings.TrimSpace(oui)), strings.TrimSpace(productClass), strings.TrimSpace(serial)}
	for _, part := range []struct{ pointer, value string }{{"/oui", id.OUI}, {"/productClass", id.ProductClass}, {"/serialNumber", id.Serial}} {
		if part.value == "" && part.pointer == "/productClass" {
			continue
		}
		if err := CheckKey(part.pointer, part.value); err != nil {
			return DeviceID{}, err
		}
		if len(part.value) > maxIDPart {
			return DeviceID{}, Invalid(part.pointer, "is longer than %d bytes", maxIDPart)
		}
	}
	return id, nil
}

// IsZero reports whether id names no device.
func (id DeviceID) IsZero() bool { return id == DeviceID{} }

// String returns "OUI-ProductClass-Serial" with every byte outside
// [A-Za-z0-9._~] of a part percent-encoded, but for dashes of the serial number,
// so that it can be parsed back and used as a key. The zero ID is "".
func (id DeviceID) String() string {
	if id.IsZero() {
		return ""
	}
	return escapePart(id.OUI, "") + "-" + escapePart(id.ProductClass, "") + "-" + escapePart(id.Serial, "-")
}

// ParseDeviceID reads what String wrote, and the two-part form OUI-Serial for a
// device without ProductClass.
func ParseDeviceID(s string) (DeviceID, error) {
	parts := strings.SplitN(s, "-", 3)
	if len(parts) == 2 {
		parts = []string{parts[0], "", parts[1]}
	}
	if len(parts) != 3 {
		return DeviceID{}, Invalid("/id", "%q is not a device id: expected OUI-ProductClass-Serial", clip(s))
	}
	for i, p := range parts {
		u, err := unescapePart(p)
		if err != nil {
			return DeviceID{}, Invalid("/id", "%q is not a device id: %v", clip(s), err)
		}
		parts[i] = u
	}
	return NewDeviceID(parts[0], parts[1], parts[2])
}

// MarshalText writes the string form.
func (id DeviceID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the string form; empty text is the zero ID.
func (id *DeviceID) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*id = DeviceID{}
		return nil
	}
	*id, err = ParseDeviceID(string(b))
	return err
}

// plainByte reports whether c stands for itself in a device id.
func plainByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '~'
}

// escapePart percent-encodes all but plain bytes and those of also.
func escapePart(s, also string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if plainByte(s[i]) || strings.IndexByte(also, s[i]) >= 0 {
			b.WriteByte(s[i])
			continue
		}
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// unescapePart undoes escapePart and leaves other bytes alone.
func unescapePart(s string) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		var c byte
		if i+2 >= len(s) {
			return "", fmt.Errorf("bad percent-encoding at byte %d", i)
		}
		if _, err := fmt.Sscanf(s[i+1:i+3], "%02X", &c); err != nil {
			return "", fmt.Errorf("bad percent-encoding at byte %d", i)
		}
		b.WriteByte(c)
		i += 2
	}
	return b.String(), nil
}
