package dhcp

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"itms"
)

// optionType is how an option is written in a configuration.
type optionType uint8

// Option types.
const (
	typeText       optionType = iota // characters, not ended by NUL; of unknown options too
	typeBytes                        // "hex:0a0b"
	typeIP                           // one address
	typeIPs                          // addresses
	typeIPPairs                      // addresses, two by two
	typeBool                         // one octet, 0 or 1
	typeU8                           // numbers
	typeU16                          //
	typeU32                          //
	typeS32                          // also a duration in whole seconds, as typeU32
	typeDomains                      // names in DNS labels (RFC 3397)
	typeRoutes                       // "192.0.2.0/24 198.51.100.1" (RFC 3442)
	typeSubs                         // {code: value}, or bytes
	typeCCC                          // RFC 3495, or bytes
	typeEnterprise                   // {number: {code: value}} (RFC 3925), or bytes
)

// optionTypes are the types of the options that have one other than text (RFC 2132 unless
// told otherwise).
var optionTypes = map[int]optionType{
	optTimeOffset: typeS32, optRouters: typeIPs, optTimeServers: typeIPs, 5: typeIPs, optDNS: typeIPs, optLogServers: typeIPs,
	8: typeIPs, 9: typeIPs, 10: typeIPs, 11: typeIPs, 13: typeU16, 16: typeIP, 19: typeBool, 20: typeBool,
	21: typeIPPairs, 22: typeU16, 23: typeU8, 24: typeU32, 25: typeBytes, 26: typeU16, 27: typeBool, optBroadcast: typeIP,
	29: typeBool, 30: typeBool, 31: typeBool, 32: typeIP, 33: typeIPPairs, 34: typeBool, 35: typeU32, 36: typeBool,
	37: typeU8, 38: typeU32, 39: typeBool, 41: typeIPs, optNTP: typeIPs, optVendorInfo: typeSubs, 44: typeIPs, 45: typeIPs,
	46: typeU8, 48: typeIPs, 49: typeIPs, 65: typeIPs, 68: typeIPs, 69: typeIPs, 70: typeIPs, 71: typeIPs, 72: typeIPs,
	73: typeIPs, 74: typeIPs, 75: typeIPs, 76: typeIPs, 78: typeBytes, 79: typeBytes, 81: typeBytes,
	116:     typeBool,    // RFC 2563
	119:     typeDomains, // RFC 3397
	120:     typeBytes,   // RFC 3361
	121:     typeRoutes,  // RFC 3442
	optCCC:  typeCCC,
	optVIVC: typeBytes,
	optVIVS: typeEnterprise,
	138:     typeIPs,     // RFC 5417
	141:     typeDomains, // RFC 6011
	150:     typeIPs,     // RFC 5859
	249:     typeRoutes,  // 121 as Windows knows it
}

// ownOptions are those that follow from the message, the scope or the fields of a class.
var ownOptions = map[int]string{
	optPad: "is padding", optEnd: "is the end", optSubnetMask: "follows from the scope", optRequestedIP: "is the client's",
	optLeaseTime: "is leaseTime", optOverload: "is set as needed", optMessageType: "is set by the server", optServerID: "is serverId",
	optParameterList: "is the client's", optMaxSize: "is the client's", optRenewal: "is renew", optRebinding: "is rebind",
	optVendorClass: "is the client's", optClientID: "is the client's", optRelayInfo: "is the relay's",
}

// ParseOption makes an option of a value as it is written in YAML: number, text, list or
// map, by the code's type; "hex:0a0b" stands for any. It is sent to who asks for it. It
// fails with KindInvalid, at "/<code>".
func ParseOption(code int, value any) (Option, error) {
	fail := func(format string, args ...any) (Option, error) {
		return Option{}, itms.Invalid("/"+strconv.Itoa(code), format, args...)
	}
	if code < 0 || code > 255 {
		return fail("is no option: they are numbered from 1 to 254")
	}
	if why, own := ownOptions[code]; own {
		return fail("cannot be set: it %s", why)
	}
	v, err := encodeValue(optionTypes[code], value)
	if err != nil {
		return fail("%v", err)
	}
	return Option{Code: uint8(code), Value: v}, nil
}

// encodeValue encodes a value of a type.
func encodeValue(t optionType, value any) ([]byte, error) {
	if s, is := value.(string); is {
		if digits, marked := strings.CutPrefix(s, "hex:"); marked {
			return decodeHex(digits)
		}
	}
	switch t {
	case typeText:
		return encodeText(value)
	case typeBool:
		return encodeBool(value)
	case typeU8:
		return encodeNumber(value, 0, 1<<8-1, 1)
	case typeU16:
		return encodeNumber(value, 0, 1<<16-1, 2)
	case typeU32:
		return encodeNumber(value, 0, 1<<32-1, 4)
	case typeS32:
		return encodeNumber(value, -1<<31, 1<<31-1, 4)
	case typeIP, typeIPs, typeIPPairs:
		return encodeIPs(t, value)
	case typeDomains:
		return eachText(value, encodeDomain)
	case typeRoutes:
		return eachText(value, encodeRoute)
	case typeSubs:
		return encodeSubs(value)
	case typeCCC:
		return encodeCCC(value)
	case typeEnterprise:
		return encodeEnterprises(value)
	}
	return nil, fmt.Errorf("is written as hex:0a0b")
}

// decodeHex reads hexadecimal digits, with colons, dashes or spaces between them or not.
func decodeHex(digits string) ([]byte, error) {
	v, err := hex.DecodeString(strings.NewReplacer(":", "", "-", "", " ", "").Replace(digits))
	if err != nil {
		return nil, fmt.Errorf("is no even number of hexadecimal digits")
	}
	return v, nil
}
