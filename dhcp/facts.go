package dhcp

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"itms"
)

// Enterprise numbers (IANA).
const (
	enterpriseCableLabs = 4491
	enterpriseBBF       = 3561 // Broadband Forum, before that DSL Forum
)

// Sub-options of option 125 for CableLabs (CL-SP-CANN-DHCP-Reg).
const (
	clORO          = 1 // what the client asks for
	clTFTPServers  = 2
	clCapabilities = 5
)

// Sub-options of option 43 of cable devices (CL-SP-CANN-DHCP-Reg).
const (
	vendorType     = 2
	vendorParts    = 3
	vendorSerial   = 4
	vendorHardware = 5
	vendorSoftware = 6
	vendorBootROM  = 7
	vendorOUI      = 8
	vendorModel    = 9
	vendorName     = 10
	vendorMTA      = 31
)

// Limits of what is kept of a client's own words: they are shown to people, and stored
// with each lease.
const (
	maxText  = 64 // of serials, models and versions; those that exist are below 32
	maxParts = 16 // of option 43.3
)

// deviceTypes are the kinds behind the words of option 43.2.
var deviceTypes = map[string]itms.ClientKind{
	"ECM": itms.ClientModem, "EMTA": itms.ClientMTA, "EDVA": itms.ClientMTA,
	"ESTB": itms.ClientSTB, "EROUTER": itms.ClientRouter, "EPS": itms.ClientRouter,
}

// saysKind is the kind of client that a message claims, ClientCPE when it claims none.
func saysKind(m *message) itms.ClientKind {
	class := m.option(optVendorClass)
	if kind, known := kindOfClass(text(class)); known {
		return kind
	}
	if m.has(optVIVC) && enterprise(m.option(optVIVC), enterpriseBBF) != nil || m.has(optVIVS) && enterprise(m.option(optVIVS), enterpriseBBF) != nil {
		return itms.ClientGateway // TR-069 Amendment 6 §3.1, annex F
	}
	if kind, known := deviceTypes[string(sub(m.option(optVendorInfo), vendorType))]; known {
		return kind
	}
	return itms.ClientCPE
}

// kindOfClass reads a vendor class (option 60). Case is the vendors' own.
func kindOfClass(class string) (itms.ClientKind, bool) {
	lower := strings.ToLower(class)
	switch {
	case class == "":
		return "", false
	case strings.HasPrefix(lower, "docsis"):
		return itms.ClientModem, true
	case strings.HasPrefix(lower, "pktc"):
		return itms.ClientMTA, true
	case strings.HasPrefix(lower, "erouter"), strings.HasPrefix(lower, "cablehome"):
		return itms.ClientRouter, true
	case strings.HasPrefix(lower, "opencable"), strings.HasPrefix(lower, "ocap"), strings.Contains(lower, "stb"), strings.Contains(lower, "iptv"):
		return itms.ClientSTB, true
	case strings.Contains(lower, "dslforum.org"), strings.Contains(lower, "cwmp"):
		return itms.ClientGateway, true
	}
	return "", false
}

// kindOf is the kind of a client by what it says and where it is. Whose MAC is the remote
// id of its CMTS is the modem; a modem by its own words that is behind another is no modem.
func kindOf(m *message, r *relayInfo) itms.ClientKind {
	kind := saysKind(m)
	switch {
	case !r.modem.IsZero() && r.modem != m.mac():
		if kind == itms.ClientModem {
			return itms.ClientCPE
		}
	case kind != itms.ClientCPE:
	case r.modem == m.mac(), len(r.remote) == 0 && !m.has(optVendorClass) && r.ciscoModem():
		return itms.ClientModem
	}
	return kind
}

// readFacts reads what a cable device tells of itself, and its capabilities as sent.
func readFacts(m *message) (itms.CableFacts, []byte) {
	var f itms.CableFacts
	version, capabilities := readClass(text(m.option(optVendorClass)))
	f.Version = version
	subs(m.option(optVendorInfo), true, func(code byte, value []byte) bool {
		noteFact(&f, code, value)
		return true
	})
	if v := sub(enterprise(m.option(optVIVS), enterpriseCableLabs), clCapabilities); len(v) > 0 {
		capabilities = unwrap(v)
	}
	return f, capabilities
}

// readClass reads the version, and the capabilities in hexadecimal digits that modems
// before DOCSIS 3.0 and MTAs append, of a vendor class such as "docsis2.0:0501...".
func readClass(class string) (version string, capabilities []byte) {
	head, digits, _ := strings.Cut(class, ":")
	if version = strings.TrimLeft(head, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"); strings.Trim(version, "0123456789.") != "" || strings.HasPrefix(version, ".") {
		version = ""
	}
	version = clip(version)
	if v, err := hex.DecodeString(digits); err == nil && len(v) > 0 {
		capabilities = unwrap(v)
	}
	return version, capabilities
}

// unwrap takes capabilities out of the TLV 5 that some devices wrap them in.
func unwrap(v []byte) []byte {
	if len(v) >= 2 && v[0] == 5 && int(v[1]) == len(v)-2 {
		return v[2:]
	}
	return v
}

// noteFact notes one sub-option of option 43.
func noteFact(f *itms.CableFacts, code byte, value []byte) {
	switch to := factText(f, code); {
	case to != nil:
		*to = clip(text(value))
	case code == vendorParts:
		f.Parts = parts(text(value))
	case code == vendorOUI && len(value) == 3:
		f.OUI = strings.ToUpper(hex.EncodeToString(value))
	case code == vendorMTA && len(value) == len(f.MTA):
		f.MTA = itms.MAC(value)
	}
}

// factText is where the text of a sub-option of option 43 belongs, nil for others.
func factText(f *itms.CableFacts, code byte) *string {
	switch code {
	case vendorType:
		return &f.Type
	case vendorSerial:
		return &f.Serial
	case vendorHardware:
		return &f.Hardware
	case vendorSoftware:
		return &f.Software
	case vendorBootROM:
		return &f.BootROM
	case vendorModel:
		return &f.Model
	case vendorName:
		return &f.Vendor
	}
	return nil
}

// parts reads a list such as "ECM:EMTA:EROUTER".
func parts(list string) []string {
	all := strings.SplitN(list, ":", maxParts+1)
	var kept []string
	for _, p := range all[:min(len(all), maxParts)] {
		if p != "" {
			kept = append(kept, clip(p))
		}
	}
	return kept
}

// text is what is readable of a client's bytes: up to a NUL, in valid UTF-8, without
// control characters.
func text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
		if c < ' ' || c >= utf8.RuneSelf || c == 0x7f {
			return readable(b)
		}
	}
	return string(b)
}

// readable is text for what is not plain ASCII.
func readable(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

// clip bounds a text that is shown.
func clip(s string) string { return limited(s, maxText) }
