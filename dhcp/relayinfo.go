package dhcp

import (
	"net/netip"

	"itms"
)

// Sub-options of relay agent information.
const (
	relayCircuit  = 1  // RFC 3046 §3.1
	relayRemote   = 2  // RFC 3046 §3.2; of a CMTS the MAC of the modem
	relayLink     = 5  // RFC 3527
	relayServerID = 11 // RFC 5107
)

// relayInfo is what a relay agent added in option 82. The zero value is nothing.
type relayInfo struct {
	circuit  []byte
	remote   []byte
	modem    itms.MAC   // the remote id where it is a MAC
	link     netip.Addr // the subnet to choose instead of the relay's own
	serverID netip.Addr // what the server is to be called
}

// readRelayInfo reads the value of option 82.
func readRelayInfo(v []byte) (r relayInfo) {
	subs(v, false, func(code byte, value []byte) bool {
		switch {
		case code == relayCircuit:
			r.circuit = value
		case code == relayRemote:
			r.remote = value
			if len(value) == len(r.modem) {
				r.modem = itms.MAC(value)
			}
		case code == relayLink && len(value) == 4:
			r.link = addrOf(value)
		case code == relayServerID && len(value) == 4:
			r.serverID = addrOf(value)
		}
		return true
	})
	return r
}

// ciscoModem reports whether the circuit id is one of a Cisco CMTS that says that the
// client is the modem itself: four octets, the first bit set.
func (r *relayInfo) ciscoModem() bool { return len(r.circuit) == 4 && r.circuit[0]&0x80 != 0 }
