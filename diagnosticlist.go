package itms

// Arguments that several tests have.
var (
	argInterface = DiagnosticArg{Name: "interface", Leaf: "Interface", Type: TypeString, Most: 256,
		Help: "path of the interface to test through"}
	argProtocol = DiagnosticArg{Name: "protocolVersion", Leaf: "ProtocolVersion", Type: TypeString,
		Values: []string{"Any", "IPv4", "IPv6"}, Help: "version of IP"}
	argDSCP     = DiagnosticArg{Name: "dscp", Leaf: "DSCP", Type: TypeUnsignedInt, Most: 63, Help: "DiffServ code point of packets"}
	argPriority = DiagnosticArg{Name: "ethernetPriority", Leaf: "EthernetPriority", Type: TypeUnsignedInt, Most: 7, Help: "priority of Ethernet frames"}
	argHost     = DiagnosticArg{Name: "host", Leaf: "Host", Type: TypeString, Most: 256, Required: true, Help: "name or address to test"}
	argSize     = DiagnosticArg{Name: "size", Leaf: "DataBlockSize", Type: TypeUnsignedInt, Least: 1, Most: 65535, Default: "56", Help: "bytes of data in a packet"}
	argConns    = DiagnosticArg{Name: "connections", Leaf: "NumberOfConnections", Type: TypeUnsignedInt, Least: 1, Most: 64, Help: "connections at once"}
	argDuration = DiagnosticArg{Name: "durationSeconds", Leaf: "TimeBasedTestDuration", Type: TypeUnsignedInt, Most: 999, Help: "how long to test, whatever the size of the file"}
)

// repetitions is how often a test repeats its question.
func repetitions(usual string) DiagnosticArg {
	return DiagnosticArg{Name: "repetitions", Leaf: "NumberOfRepetitions", Type: TypeUnsignedInt, Least: 1, Most: 10_000, Default: usual, Help: "how often to ask"}
}

// timeout is how long a test waits for each answer.
func timeout(usual string) DiagnosticArg {
	return DiagnosticArg{Name: "timeoutMs", Leaf: "Timeout", Type: TypeUnsignedInt, Least: 1, Most: 600_000, Default: usual, Help: "how long to wait for each answer"}
}

// number, text, moment and list are fields whose parameter has one spelling.
func number(name, leaf string) DiagnosticField {
	return DiagnosticField{name, []string{leaf}, FormNumber}
}
func words(name, leaf string) DiagnosticField { return DiagnosticField{name, []string{leaf}, FormText} }
func moment(name, leaf string) DiagnosticField {
	return DiagnosticField{name, []string{leaf}, FormTime}
}
func series(name, leaf string) DiagnosticField {
	return DiagnosticField{name, []string{leaf}, FormList}
}

// addressUsed is the address that a name was found to have.
var addressUsed = words("addressUsed", "IPAddressUsed")

// answered are the results of tests that count answers.
var answered = []DiagnosticField{number("successCount", "SuccessCount"), number("failureCount", "FailureCount")}

// responseMicros are the response times of tests that tell them in microseconds.
var responseMicros = []DiagnosticField{number("averageResponseTimeUs", "AverageResponseTime"),
	number("minimumResponseTimeUs", "MinimumResponseTime"), number("maximumResponseTimeUs", "MaximumResponseTime")}

// fieldsOf joins fields.
func fieldsOf(parts ...[]DiagnosticField) (all []DiagnosticField) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// transferTimes are the times of a test that moves a file (TR-143 §4.3).
var transferTimes = []DiagnosticField{moment("romTime", "ROMTime"), moment("bomTime", "BOMTime"), moment("eomTime", "EOMTime"),
	moment("tcpOpenRequestTime", "TCPOpenRequestTime"), moment("tcpOpenResponseTime", "TCPOpenResponseTime")}

// totals are the counters of all that went over the interface in a test that moves a file.
var totals = []DiagnosticField{number("totalBytesReceived", "TotalBytesReceived"), number("totalBytesSent", "TotalBytesSent")}

// fullLoading is what was counted while all connections of a test were busy.
var fullLoading = []DiagnosticField{number("totalBytesReceivedUnderFullLoading", "TotalBytesReceivedUnderFullLoading"),
	number("totalBytesSentUnderFullLoading", "TotalBytesSentUnderFullLoading"), number("periodOfFullLoadingUs", "PeriodOfFullLoading")}

// connections are the results of each connection of a test that moves a file.
func connections(tested DiagnosticField) []DiagnosticTable {
	return []DiagnosticTable{{"connections", "PerConnectionResult.", fieldsOf(transferTimes, []DiagnosticField{tested}, totals)}}
}

// Diagnostics are the tests of the data models TR-181 (Device:2), TR-098
// (InternetGatewayDevice:1) and TR-181 issue 1 (Device:1, whose tests stand below LAN. or,
// those of TR-143, at its root).
var Diagnostics = []Diagnostic{
	{Kind: TaskDiagnosePing, Help: "whether a host answers, and how fast",
		Objects: []ParamPath{"Device.IP.Diagnostics.IPPing.", "Device.LAN.IPPingDiagnostics.", "InternetGatewayDevice.IPPingDiagnostics."},
		Args:    []DiagnosticArg{argHost, repetitions("4"), timeout("5000"), argSize, argDSCP, argInterface, argProtocol},
		Results: fieldsOf(answered, []DiagnosticField{
			number("averageResponseTimeMs", "AverageResponseTime"), number("minimumResponseTimeMs", "MinimumResponseTime"),
			number("maximumResponseTimeMs", "MaximumResponseTime"), number("averageResponseTimeUs", "AverageResponseTimeDetailed"),
			number("minimumResponseTimeUs", "MinimumResponseTimeDetailed"), number("maximumResponseTimeUs", "MaximumResponseTimeDetailed"), addressUsed})},
	{Kind: TaskDiagnoseTraceroute, Help: "by which way packets reach a host",
		Objects: []ParamPath{"Device.IP.Diagnostics.TraceRoute.", "Device.LAN.TraceRouteDiagnostics.", "InternetGatewayDevice.TraceRouteDiagnostics."},
		Args: []DiagnosticArg{argHost,
			{Name: "tries", Leaf: "NumberOfTries", Type: TypeUnsignedInt, Least: 1, Most: 3, Default: "3", Help: "packets for each hop"},
			timeout("5000"), argSize,
			{Name: "maxHops", Leaf: "MaxHopCount", Type: TypeUnsignedInt, Least: 1, Most: 64, Default: "30", Help: "after how many hops to give up"},
			argDSCP, argInterface, argProtocol},
		Results: []DiagnosticField{number("responseTimeMs", "ResponseTime"), addressUsed},
		Tables: []DiagnosticTable{{"routeHops", "RouteHops.", []DiagnosticField{
			{"host", []string{"Host", "HopHost"}, FormText}, {"hostAddress", []string{"HostAddress", "HopHostAddress"}, FormText},
			{"errorCode", []string{"ErrorCode", "HopErrorCode"}, FormNumber}, {"rtTimesMs", []string{"RTTimes", "HopRTTimes"}, FormList}}}}},
	{Kind: TaskDiagnoseDownload, Help: "how fast a file is fetched (TR-143)",
		Objects: []ParamPath{"Device.IP.Diagnostics.DownloadDiagnostics.", "Device.DownloadDiagnostics.", "InternetGatewayDevice.DownloadDiagnostics."},
		Args: []DiagnosticArg{
			{Name: "url", Leaf: "DownloadURL", Type: TypeString, Most: 2048, Address: true, Required: true, Help: "file to fetch"},
			argConns, argDuration, argDSCP, argPriority, argInterface, argProtocol,
			{Name: "perConnection", Leaf: "EnablePerConnectionResults", Type: TypeBoolean, Help: "tell the results of each connection"}},
		Results: fieldsOf([]DiagnosticField{number("testBytesReceived", "TestBytesReceived")}, totals, transferTimes, fullLoading,
			[]DiagnosticField{number("testBytesReceivedUnderFullLoading", "TestBytesReceivedUnderFullLoading"), addressUsed}),
		Tables: connections(number("testBytesReceived", "TestBytesReceived"))},
	{Kind: TaskDiagnoseUpload, Help: "how fast a file is sent (TR-143)",
		Objects: []ParamPath{"Device.IP.Diagnostics.UploadDiagnostics.", "Device.UploadDiagnostics.", "InternetGatewayDevice.UploadDiagnostics."},
		Args: []DiagnosticArg{
			{Name: "url", Leaf: "UploadURL", Type: TypeString, Most: 2048, Address: true, Required: true, Help: "where to send to"},
			{Name: "bytes", Leaf: "TestFileLength", Type: TypeUnsignedInt, Least: 1, Most: 1<<32 - 1, Default: "1048576", Help: "how much to send"},
			argConns, argDuration, argDSCP, argPriority, argInterface, argProtocol,
			{Name: "perConnection", Leaf: "EnablePerConnectionResults", Type: TypeBoolean, Help: "tell the results of each connection"}},
		Results: fieldsOf([]DiagnosticField{number("testBytesSent", "TestBytesSent"), number("testFileBytes", "TestFileLength")}, totals, transferTimes, fullLoading,
			[]DiagnosticField{number("testBytesSentUnderFullLoading", "TestBytesSentUnderFullLoading"), addressUsed}),
		Tables: connections(number("testBytesSent", "TestBytesSent"))},
	{Kind: TaskDiagnoseNSLookup, Help: "what a name server answers",
		Objects: []ParamPath{"Device.DNS.Diagnostics.NSLookupDiagnostics.", "Device.NSLookupDiagnostics.", "InternetGatewayDevice.NSLookupDiagnostics."},
		Args: []DiagnosticArg{
			{Name: "host", Leaf: "HostName", Type: TypeString, Most: 256, Required: true, Help: "name to look up"},
			{Name: "dnsServer", Leaf: "DNSServer", Type: TypeString, Most: 256, Help: "name server to ask"},
			repetitions("1"), timeout("5000"), argInterface},
		Results: []DiagnosticField{number("successCount", "SuccessCount")},
		Tables: []DiagnosticTable{{"results", "Result.", []DiagnosticField{words("status", "Status"), words("answerType", "AnswerType"),
			words("hostNameReturned", "HostNameReturned"), series("ipAddresses", "IPAddresses"), words("dnsServer", "DNSServerIP"),
			number("responseTimeMs", "ResponseTime")}}}},
	{Kind: TaskDiagnoseUDPEcho, Help: "whether a UDP echo server answers, and how fast (TR-143)",
		Objects: []ParamPath{"Device.IP.Diagnostics.UDPEchoDiagnostics."},
		Args: []DiagnosticArg{argHost,
			{Name: "port", Leaf: "Port", Type: TypeUnsignedInt, Least: 1, Most: 65535, Default: "7", Help: "port of the server"},
			repetitions("10"), timeout("5000"), argSize,
			{Name: "intervalMs", Leaf: "InterTransmissionTime", Type: TypeUnsignedInt, Least: 1, Most: 65535, Default: "1000", Help: "pause between packets"},
			argDSCP, argInterface, argProtocol,
			{Name: "individual", Leaf: "EnableIndividualPacketResults", Type: TypeBoolean, Help: "tell the results of each packet"}},
		Results: fieldsOf(answered, responseMicros, []DiagnosticField{addressUsed}),
		Tables: []DiagnosticTable{{"packets", "IndividualPacketResult.", []DiagnosticField{
			{"success", []string{"PacketSuccess"}, FormFlag}, moment("sendTime", "PacketSendTime"), moment("receiveTime", "PacketReceiveTime"),
			number("testGenSN", "TestGenSN"), number("testRespSN", "TestRespSN"), number("testRespReceiveUs", "TestRespRcvTimeStamp"),
			number("testRespReplyUs", "TestRespReplyTimeStamp"), number("testRespReplyFailureCount", "TestRespReplyFailureCount")}}}},
	{Kind: TaskDiagnoseServerSelection, Help: "which of several servers is the fastest",
		Objects: []ParamPath{"Device.IP.Diagnostics.ServerSelectionDiagnostics."},
		Args: []DiagnosticArg{
			{Name: "hosts", Leaf: "HostList", Type: TypeString, Most: 2560, Required: true, Help: "names or addresses, separated by commas"},
			{Name: "protocol", Leaf: "Protocol", Type: TypeString, Values: []string{"ICMP", "UDP Echo"}, Default: "ICMP", Help: "how to ask"},
			repetitions("3"), timeout("5000"), argInterface, argProtocol},
		Results: fieldsOf([]DiagnosticField{words("fastestHost", "FastestHost")}, responseMicros, []DiagnosticField{addressUsed})},
	{Kind: TaskDiagnoseWiFi, Help: "which Wi-Fi networks there are in the neighbourhood",
		Objects: []ParamPath{"Device.WiFi.NeighboringWiFiDiagnostic."},
		Tables: []DiagnosticTable{{"networks", "Result.", []DiagnosticField{words("ssid", "SSID"), words("bssid", "BSSID"), number("channel", "Channel"),
			number("signalStrengthDbm", "SignalStrength"), number("noiseDbm", "Noise"), words("band", "OperatingFrequencyBand"),
			words("bandwidth", "OperatingChannelBandwidth"), words("security", "SecurityModeEnabled"), series("encryption", "EncryptionMode"),
			series("standards", "SupportedStandards"), series("operatingStandards", "OperatingStandards"), words("mode", "Mode"), words("radio", "Radio"),
			number("beaconPeriodMs", "BeaconPeriod"), number("dtimPeriodMs", "DTIMPeriod"),
			series("basicRatesMbps", "BasicDataTransferRates"), series("supportedRatesMbps", "SupportedDataTransferRates")}}}},
	{Kind: TaskDiagnoseSelfTest, Help: "what the device finds when it tests itself",
		Objects: []ParamPath{"Device.SelfTestDiagnostics.", "InternetGatewayDevice.SelfTestDiagnostics."},
		Results: []DiagnosticField{words("results", "Results")}},
}
