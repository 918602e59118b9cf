package radius

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"text/template"

	codec "layeh.com/radius"
)

// Format says how the value of an attribute is written.
type Format string

// Formats.
const (
	FormatText    Format = "text"    // characters, also octets of no meaning to others
	FormatInteger Format = "integer" // 32 bits; with Wide64 64
	FormatWide    Format = "integer64"
	FormatAddress Format = "address" // of IPv4 or IPv6
	FormatPrefix  Format = "prefix"  // of IPv6
	FormatHex     Format = "hex"     // octets in hex
)

// Formats lists the formats there are.
func Formats() []string {
	return []string{string(FormatText), string(FormatInteger), string(FormatWide), string(FormatAddress), string(FormatPrefix), string(FormatHex)}
}

// standard are the attributes that rules may name, of those that an Access-Accept may carry.
var standard = map[string]struct {
	number codec.Type
	format Format
}{
	"Service-Type": {6, FormatInteger}, "Framed-Protocol": {7, FormatInteger}, "Framed-IP-Address": {8, FormatAddress},
	"Framed-IP-Netmask": {9, FormatAddress}, "Filter-Id": {11, FormatText}, "Framed-MTU": {12, FormatInteger},
	"Reply-Message": {18, FormatText}, "Framed-Route": {22, FormatText}, "Class": {25, FormatText},
	"Session-Timeout": {27, FormatInteger}, "Idle-Timeout": {28, FormatInteger}, "Termination-Action": {29, FormatInteger},
	"Port-Limit": {62, FormatInteger}, "Tunnel-Type": {64, FormatInteger}, "Tunnel-Medium-Type": {65, FormatInteger},
	"Tunnel-Private-Group-Id": {81, FormatText}, "Acct-Interim-Interval": {85, FormatInteger}, "Framed-Pool": {88, FormatText},
	"NAS-Filter-Rule": {92, FormatText}, "Framed-IPv6-Prefix": {97, FormatPrefix}, "Framed-IPv6-Pool": {100, FormatText},
	"Delegated-IPv6-Prefix": {123, FormatPrefix}, "Framed-IPv6-Address": {168, FormatAddress}, "Delegated-IPv6-Prefix-Pool": {171, FormatText},
}

// StandardNames lists the attributes that rules may name.
func StandardNames() []string {
	var names []string
	for name := range standard {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Attribute is one attribute that a rule gives. Either Name or Vendor and Type say which.
type Attribute struct {
	Name   string // as the RFCs spell it, see StandardNames
	Vendor uint32 // IANA number of the maker; 0 = a standard one
	Type   int    // of the vendor
	Format Format // of a vendor's; "" = text
	// Value is a Go text/template over Values; what comes out empty is left out.
	Value string

	number   codec.Type
	template *template.Template // nil = fixed is all
	fixed    codec.Attribute
}

// vendorSpecific is the attribute that holds those of makers (RFC 2865 §5.26).
const vendorSpecific codec.Type = 26

// maxValue is what an attribute holds; in a vendor's, its number, type and length take six.
const (
	maxValue       = 253
	maxVendorValue = maxValue - 6
)

// compile reads name and template, and reports what is wrong with them.
func (a *Attribute) compile() (err error) {
	switch known, ok := standard[a.Name]; {
	case a.Name == "" && (a.Vendor == 0 || a.Type < 1 || a.Type > 255):
		return fmt.Errorf("expected the vendor's number and a type from 1 to 255")
	case a.Name == "":
		if a.number = vendorSpecific; a.Format == "" {
			a.Format = FormatText
		}
		if !slices.Contains(Formats(), string(a.Format)) {
			return fmt.Errorf("format %q: expected one of %s", a.Format, strings.Join(Formats(), ", "))
		}
	case !ok:
		return fmt.Errorf("%s: no such attribute; known are %s", a.Name, strings.Join(StandardNames(), ", "))
	default:
		a.number, a.Format = known.number, known.format
	}
	if !strings.Contains(a.Value, "{{") {
		if a.Value != "" {
			a.fixed, err = a.encode(a.Value)
		}
		return err
	}
	if a.template, err = template.New("").Option("missingkey=zero").Parse(a.Value); err != nil {
		return fmt.Errorf("%q is no template: %w", a.Value, err)
	}
	var b strings.Builder
	if err = a.template.Execute(&b, sample); err != nil {
		return fmt.Errorf("%q: %w", a.Value, err)
	}
	return nil
}

// render returns the attribute for a caller, nil when it is left out.
func (a *Attribute) render(v *Values) (*codec.AVP, error) {
	value := a.fixed
	if a.template != nil {
		var b strings.Builder
		if err := a.template.Execute(&b, v); err != nil {
			return nil, fmt.Errorf("attribute %s: %w", a.label(), err)
		}
		text := strings.TrimSpace(strings.ReplaceAll(b.String(), "<no value>", ""))
		if text == "" {
			return nil, nil
		}
		var err error
		if value, err = a.encode(text); err != nil {
			return nil, fmt.Errorf("attribute %s: %w", a.label(), err)
		}
	}
	if value == nil {
		return nil, nil
	}
	return &codec.AVP{Type: a.number, Attribute: value}, nil
}

// label names the attribute for people.
func (a *Attribute) label() string {
	if a.Name != "" {
		return a.Name
	}
	return fmt.Sprintf("%d:%d", a.Vendor, a.Type)
}

// encode writes a value as the wire has it.
func (a *Attribute) encode(text string) (codec.Attribute, error) {
	value, err := a.Format.encode(text)
	if err != nil {
		return nil, err
	}
	most := maxValue
	if a.Vendor != 0 {
		most = maxVendorValue
	}
	if len(value) > most {
		return nil, fmt.Errorf("%d octets are more than the %d that there is room for", len(value), most)
	}
	if a.Vendor == 0 {
		return value, nil
	}
	wire := binary.BigEndian.AppendUint32(nil, a.Vendor)
	return append(append(wire, byte(a.Type), byte(2+len(value))), value...), nil
}

// encode writes a value.
func (f Format) encode(text string) (codec.Attribute, error) {
	switch f {
	case FormatInteger:
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is no number from 0 to %d", text, uint32(1<<32-1))
		}
		return codec.NewInteger(uint32(n)), nil
	case FormatWide:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number of 64 bits", text)
		}
		return codec.NewInteger64(n), nil
	case FormatAddress:
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no address", text)
		}
		return addr.AsSlice(), nil
	case FormatPrefix:
		p, err := netip.ParsePrefix(text)
		if err != nil || !p.Addr().Is6() {
			return nil, fmt.Errorf("%q is no IPv6 prefix", text)
		}
		return codec.NewIPv6Prefix(&net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), 128)})
	case FormatHex:
		b, err := hex.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not hexadecimal", text)
		}
		return b, nil
	}
	return codec.Attribute(text), nil
}
