package docsis

import (
	"strconv"

	"itms/docsis/configfile"
)

// maxCapabilities bounds what is kept of what a modem says it can do: twice what DOCSIS
// 3.1 knows.
const maxCapabilities = 160

// typeCapabilities is the TLV of modem capabilities (CM-SP-MULPI Annex C.1.3.1).
const typeCapabilities = 5

// capabilities are the sub-TLVs of TLV 5 by their names; those without one by their
// number. Numbers are written in decimal, other values in hex. What is cut off is left
// out.
func capabilities(raw []byte) map[string]string {
	named := map[string]string{}
	for len(raw) >= 2 && len(named) < maxCapabilities {
		code, size := raw[0], int(raw[1])
		if len(raw) < 2+size {
			break
		}
		name := strconv.Itoa(int(code))
		if def := configfile.Lookup(typeCapabilities, code); def != nil {
			name = def.Name
		}
		named[name] = capability(raw[2 : 2+size])
		raw = raw[2+size:]
	}
	if len(named) == 0 {
		return nil
	}
	return named
}

// capability writes one value.
func capability(value []byte) string {
	const longest = 4 // of numbers
	if len(value) > longest {
		return hexOf(string(value))
	}
	n := uint64(0)
	for _, b := range value {
		n = n<<8 | uint64(b)
	}
	return strconv.FormatUint(n, 10)
}
