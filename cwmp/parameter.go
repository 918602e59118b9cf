package cwmp

import "strings"

// The types of parameter values (TR-106 3.2). They are written with the
// literal prefix xsd, whatever prefix a CPE used.
const (
	TypeString       = "xsd:string"
	TypeInt          = "xsd:int"
	TypeUnsignedInt  = "xsd:unsignedInt"
	TypeLong         = "xsd:long"
	TypeUnsignedLong = "xsd:unsignedLong"
	TypeBoolean      = "xsd:boolean"
	TypeDateTime     = "xsd:dateTime"
	TypeBase64       = "xsd:base64"
	TypeBase64Binary = "xsd:base64Binary"
	TypeHexBinary    = "xsd:hexBinary"
)

var parameterTypes = func() map[string]string {
	table := make(map[string]string)
	for _, name := range []string{
		TypeString, TypeInt, TypeUnsignedInt, TypeLong, TypeUnsignedLong, TypeBoolean,
		TypeDateTime, TypeBase64, TypeBase64Binary, TypeHexBinary,
	} {
		_, local, _ := strings.Cut(name, ":")
		table[local] = name
		table[strings.ToLower(local)] = name
		table[name] = name
	}
	return table
}()

// canonicalType returns the type constant that an xsi:type stands for. A
// missing or unknown type reads as a string.
func canonicalType(xsiType string) string {
	if known, ok := parameterTypes[xsiType]; ok {
		return known
	}
	local := strings.TrimSpace(xsiType[strings.LastIndexByte(xsiType, ':')+1:])
	if known, ok := parameterTypes[strings.ToLower(local)]; ok {
		return known
	}
	return TypeString
}

// ParameterValue is a parameter with its value (TR-069 Amd 6 A.3.2.1
// ParameterValueStruct).
type ParameterValue struct {
	// Name is the full path, such as "Device.DeviceInfo.UpTime".
	Name string
	// Value is the text of the value as sent. Around other types than strings
	// white space has been removed.
	Value string
	// Type is one of the type constants. The empty string is written as
	// TypeString.
	Type string
}

// readParameter reads a ParameterValueStruct. Objects that some CPEs list
// among the parameters (xsi:type="object") are left out.
func readParameter(item reader) (ParameterValue, bool) {
	value := item.child("Value")
	xsiType := value.attr("type")
	if xsiType == "object" || strings.HasSuffix(xsiType, ":object") {
		return ParameterValue{}, false
	}
	p := ParameterValue{Name: item.path("Name"), Value: value.content(MaxValueBytes), Type: canonicalType(xsiType)}
	if p.Type != TypeString {
		p.Value = strings.TrimSpace(p.Value)
	}
	return p, true
}

func (p ParameterValue) encode(w *writer) {
	xsiType := p.Type
	if xsiType == "" {
		xsiType = TypeString
	}
	w.open("ParameterValueStruct")
	w.str("Name", p.Name)
	w.openTyped("Value", xsiType)
	w.buf = appendEscaped(w.buf, p.Value, false)
	w.close("Value")
	w.close("ParameterValueStruct")
}
