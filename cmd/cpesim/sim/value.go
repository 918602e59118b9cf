package sim

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"itms/cwmp"
)

// checkValue tells whether a text is a value of the parameter and returns it in
// the form the box keeps. The fault is 9006 when the type is wrong and 9007
// when the value is.
func (s Spec) checkValue(value, xsiType string, strict bool) (string, *cwmp.ParameterFault) {
	untyped := xsiType == "" || xsiType == cwmp.TypeString
	if xsiType != s.Type && (strict || !untyped) {
		return "", &cwmp.ParameterFault{Code: cwmp.FaultType, String: "the type is " + s.Type}
	}
	kept, ok := normalise(s.Type, value)
	switch {
	case !ok && untyped && s.Type != cwmp.TypeString:
		return "", &cwmp.ParameterFault{Code: cwmp.FaultType, String: "the type is " + s.Type}
	case !ok:
		return "", &cwmp.ParameterFault{Code: cwmp.FaultValue, String: "not a value of " + s.Type}
	case s.Type == cwmp.TypeString && utf8.RuneCountInString(kept) > s.Max:
		return "", &cwmp.ParameterFault{Code: cwmp.FaultValue, String: fmt.Sprintf("longer than %d characters", s.Max)}
	case s.Enum != nil && !slices.Contains(s.Enum, kept):
		return "", &cwmp.ParameterFault{Code: cwmp.FaultValue, String: "not one of the values allowed"}
	}
	return kept, nil
}

// dateTime is the lexical form of xsd:dateTime, as far as boxes look.
var dateTime = regexp.MustCompile(`^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$`)

// normalise brings a value of a type into the form that is kept: booleans as 1
// and 0, numbers without leading zeros. ok is false for other text.
func normalise(xsiType, value string) (kept string, ok bool) {
	switch xsiType {
	case cwmp.TypeBoolean:
		return normaliseBool(value)
	case cwmp.TypeUnsignedInt:
		n, err := strconv.ParseUint(value, 10, 32)
		return strconv.FormatUint(n, 10), err == nil
	case cwmp.TypeInt:
		n, err := strconv.ParseInt(value, 10, 32)
		return strconv.FormatInt(n, 10), err == nil
	case cwmp.TypeDateTime:
		return value, dateTime.MatchString(value)
	}
	return value, utf8.ValidString(value)
}

// normaliseBool takes the four forms of xsd:boolean and no other.
func normaliseBool(value string) (string, bool) {
	switch value {
	case "1", "true":
		return "1", true
	case "0", "false":
		return "0", true
	}
	return "", false
}
