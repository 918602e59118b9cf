package sim

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"

	"itms/internal/dhcpclient"
)

// cableLabs is the enterprise number in option 125.
const cableLabs = 4491

// Sub-options of option 43 of a modem (CL-SP-CANN-DHCP-Reg).
const (
	subDevice   = 2
	subESAFE    = 3
	subSerial   = 4
	subHardware = 5
	subSoftware = 6
	subBootROM  = 7
	subOUI      = 8
	subModel    = 9
	subVendor   = 10
)

// Sub-options of option 125 with the enterprise number of CableLabs.
const (
	subOptionRequest = 1
	subTFTPServers   = 2
	subCapabilities  = 5
)

// client is the modem as a DHCP client: what it says of itself.
func (m *Modem) client() dhcpclient.Client {
	c := dhcpclient.Modem(m.config.MAC, m.config.CMTS.Relay().Addr())
	if m.config.ESAFE == nil {
		c.Asks = []byte{1, 2, 3, 4, 7, 42, 51, 54, optTFTPName, optBootFile, optVendor}
	}
	c.Class = m.vendorClass()
	if !m.quirks[modemNoClientID] {
		c.ClientID = append([]byte{1}, m.config.MAC[:]...)
	}
	c.Options = []dhcpclient.Option{{Code: 43, Value: m.vendorInfo()}}
	if m.modern() {
		c.Options = append(c.Options, dhcpclient.Option{Code: optVendor, Value: m.vendorOptions()})
	}
	return c
}

// modern reports whether it is of DOCSIS 3.0 or later: those put their capabilities into
// option 125, and ask for larger blocks.
func (m *Modem) modern() bool {
	return m.config.DOCSIS >= "3" && !m.quirks[modemPlain]
}

// vendorClass is option 60: up to DOCSIS 2.0 it carries the capabilities in hex.
func (m *Modem) vendorClass() string {
	switch {
	case m.quirks[modemPlain]:
		return "docsis1.0"
	case m.modern():
		return "docsis" + m.config.DOCSIS + ":"
	}
	return "docsis" + m.config.DOCSIS + ":" + hex.EncodeToString(append([]byte{5, byte(len(m.capabilities()))}, m.capabilities()...))
}

// vendorInfo is option 43.
func (m *Modem) vendorInfo() []byte {
	mac := m.config.MAC
	var b []byte
	for _, sub := range []struct {
		code  byte
		value string
	}{
		{subDevice, "ECM"}, {subESAFE, strings.Join(append([]string{"ECM"}, m.config.ESAFE...), ":")},
		{subSerial, cmp.Or(m.config.Serial, "CM"+mac.Key())}, {subHardware, cmp.Or(m.config.Hardware, "1.0")},
		{subSoftware, cmp.Or(m.config.Software, "1.0.0")}, {subBootROM, cmp.Or(m.config.BootROM, "2.4.0")},
		{subOUI, string(mac[:3])}, {subModel, cmp.Or(m.config.Model, "CM-SIM")}, {subVendor, cmp.Or(m.config.Vendor, "Simulated")},
	} {
		value := sub.value[:min(len(sub.value), maxSubOption)]
		b = append(append(b, sub.code, byte(len(value))), value...)
	}
	return b
}

// maxSubOption keeps all of option 43 below 255 octets.
const maxSubOption = 24

// vendorOptions is option 125: the sub-options it wants, and its capabilities.
func (m *Modem) vendorOptions() []byte {
	capabilities := m.capabilities()
	if m.quirks[modemWrapped] {
		capabilities = append([]byte{5, byte(len(capabilities))}, capabilities...)
	}
	subs := []byte{subOptionRequest, 1, subTFTPServers, subCapabilities, byte(len(capabilities))}
	subs = append(subs, capabilities...)
	b := binary.BigEndian.AppendUint32(nil, cableLabs)
	return append(append(b, byte(len(subs))), subs...)
}

// versions are the numbers of DOCSIS versions in sub-TLV 5.2.
var versions = map[string]byte{"1.0": 0, "1.1": 1, "2.0": 2, "3.0": 3, "3.1": 4}

// capabilities are some of TLV 5: concatenation, version, fragmentation, privacy, IGMP,
// and for modern ones the number of downstream and upstream channels (MULPI C.1.3.1).
func (m *Modem) capabilities() []byte {
	b := []byte{1, 1, 1, 2, 1, versions[m.config.DOCSIS], 3, 1, 1, 6, 1, 1, 8, 1, 16}
	if m.modern() {
		b = append(b, 24, 1, 8, 28, 1, 32)
	}
	return b
}

// subPrimary is the sub-option of option 122 with the DHCP server of the MTA (RFC 3495).
const subPrimary = 1

// voiceServer is the DHCP server that a lease names for the MTA; the zero address when it
// names none.
func voiceServer(a *dhcpclient.Answer) netip.Addr {
	if v := subOption(a.Options[optCCC], subPrimary); len(v) == 4 {
		return netip.AddrFrom4([4]byte(v))
	}
	return netip.Addr{}
}

// subOption is the value of a sub-option, nil when it is not there.
func subOption(b []byte, code byte) []byte {
	for ; len(b) >= 2 && len(b) >= 2+int(b[1]); b = b[2+int(b[1]):] {
		if b[0] == code {
			return b[2 : 2+int(b[1])]
		}
	}
	return nil
}

// checkDOCSIS finds a version that there is not.
func checkDOCSIS(version string) error {
	if _, known := versions[version]; !known {
		return fmt.Errorf("there is no DOCSIS %q", version)
	}
	return nil
}
