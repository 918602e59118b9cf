package itms

import "strings"

// volatileLeaves are names, in small letters, of values that differ whenever they are
// read: clocks, loads, what is left of a lease, the quality of a line.
var volatileLeaves = map[string]bool{
	"uptime": true, "currentlocaltime": true, "currenttime": true, "currentutctime": true, "cpuusage": true, "free": true,
	"memfree": true, "used": true, "leasetimeremaining": true, "remainingleasetime": true, "remainpreferredtime": true,
	"remainvalidtime": true, "connectiontime": true, "lastconnectiontime": true, "sessiontime": true, "cputime": true,
	"signalstrength": true, "noise": true, "snr": true, "retransmissions": true, "temperature": true,
	"upstreamnoisemargin": true, "downstreamnoisemargin": true, "upstreampower": true, "downstreampower": true,
	"upstreamattenuation": true, "downstreamattenuation": true, "opticalsignallevel": true, "transmitopticallevel": true,
	"rxpower": true, "txpower": true, "biascurrent": true, "supplyvottage": true, "supplyvoltage": true, "transceivertemperature": true,
}

// Words that the names of counters begin or end with. "TotalBytesSent" and
// "EthernetPacketsReceived" end as "BytesSent" does.
var (
	volatileEnds = []string{"bytessent", "bytesreceived", "packetssent", "packetsreceived", "errorssent", "errorsreceived",
		"cellssent", "cellsreceived", "framessent", "framesreceived", "errors", "discards", "lastchange", "discardpacketssent",
		"discardpacketsreceived", "lastdatauplinkrate", "lastdatadownlinkrate", "packetslost", "packetloss", "overruns", "underruns"}
	volatileObjects = []string{".Stats.", ".Total.", ".Showtime.", ".LastShowtime.", ".CurrentDay.", ".QuarterHour.",
		"Diagnostics.", "Diagnostic."} // arguments and results of tests: IPPingDiagnostics., NeighboringWiFiDiagnostic.
)

// IsVolatile reports whether the name alone says that the value means nothing once it
// has been read: a counter, a clock. A change of it is no change of the device.
func (p ParamPath) IsVolatile() bool {
	leaf := strings.ToLower(p.Leaf())
	if volatileLeaves[leaf] {
		return true
	}
	for _, end := range volatileEnds {
		if strings.HasSuffix(leaf, end) {
			return true
		}
	}
	for _, object := range volatileObjects {
		if strings.Contains(string(p), object) {
			return true
		}
	}
	return false
}
