package sim

// testState is the parameter that starts a test.
func testState(object string) Spec {
	return Spec{Path: object + "DiagnosticsState", Access: ReadWrite, Value: "None", Enum: diagnosticStates}
}

// route are the parameters of a TraceRoute diagnostic below an object; prefix is how the
// names of a hop begin.
func route(object, prefix string) []Spec {
	hop := object + "RouteHops.{i}." + prefix
	return []Spec{
		testState(object),
		{Path: object + "Host", Access: ReadWrite},
		{Path: object + "NumberOfTries", Type: tUint, Access: ReadWrite, Value: "3"},
		{Path: object + "Timeout", Type: tUint, Access: ReadWrite, Value: "5000"},
		{Path: object + "DataBlockSize", Type: tUint, Access: ReadWrite, Value: "38"},
		{Path: object + "MaxHopCount", Type: tUint, Access: ReadWrite, Value: "30"},
		{Path: object + "ResponseTime", Type: tUint, Value: "0"},
		{Path: object + "RouteHopsNumberOfEntries", Type: tUint},
		{Path: hop + "Host"}, {Path: hop + "HostAddress"}, {Path: hop + "ErrorCode", Type: tUint, Value: "0"}, {Path: hop + "RTTimes"},
	}
}

// transferTest are the parameters that the tests of TR-143 share.
func transferTest(object string) []Spec {
	const never = "0001-01-01T00:00:00Z"
	return []Spec{
		testState(object),
		{Path: object + "DSCP", Type: tUint, Access: ReadWrite, Value: "0"},
		{Path: object + "ROMTime", Type: tTime, Value: never}, {Path: object + "BOMTime", Type: tTime, Value: never}, {Path: object + "EOMTime", Type: tTime, Value: never},
		{Path: object + "TCPOpenRequestTime", Type: tTime, Value: never}, {Path: object + "TCPOpenResponseTime", Type: tTime, Value: never},
	}
}

// speedTests are the tests of TR-143 below an object.
func speedTests(object string) []Spec {
	down, up := object+"DownloadDiagnostics.", object+"UploadDiagnostics."
	return specs(transferTest(down), transferTest(up), []Spec{
		{Path: down + "DownloadURL", Access: ReadWrite}, {Path: down + "TestBytesReceived", Type: tUint, Value: "0"}, {Path: down + "TotalBytesReceived", Type: tUint, Value: "0"},
		{Path: up + "UploadURL", Access: ReadWrite}, {Path: up + "TestFileLength", Type: tUint, Access: ReadWrite, Value: "0"}, {Path: up + "TotalBytesSent", Type: tUint, Value: "0"},
	})
}

// lookups are the parameters of an NSLookup diagnostic below an object.
func lookups(object string) []Spec {
	row := object + "Result.{i}."
	return []Spec{
		testState(object),
		{Path: object + "HostName", Access: ReadWrite}, {Path: object + "DNSServer", Access: ReadWrite},
		{Path: object + "Timeout", Type: tUint, Access: ReadWrite, Value: "1000"},
		{Path: object + "NumberOfRepetitions", Type: tUint, Access: ReadWrite, Value: "1"},
		{Path: object + "SuccessCount", Type: tUint, Value: "0"}, {Path: object + "ResultNumberOfEntries", Type: tUint},
		{Path: row + "Status"}, {Path: row + "AnswerType"}, {Path: row + "HostNameReturned"}, {Path: row + "IPAddresses"}, {Path: row + "DNSServerIP"},
		{Path: row + "ResponseTime", Type: tUint, Value: "0"},
	}
}

// neighbours is Device.WiFi.NeighboringWiFiDiagnostic. (TR-181 issue 2).
func neighbours(object string) []Spec {
	row := object + "Result.{i}."
	return []Spec{
		testState(object), {Path: object + "ResultNumberOfEntries", Type: tUint},
		{Path: row + "SSID"}, {Path: row + "BSSID"}, {Path: row + "Channel", Type: tUint, Value: "1"}, {Path: row + "SignalStrength", Type: tInt, Value: "0"},
		{Path: row + "SecurityModeEnabled"}, {Path: row + "SupportedStandards"},
	}
}

// selfTest is SelfTestDiagnostics.
func selfTest(object string) []Spec {
	return []Spec{testState(object), {Path: object + "Results", Max: 1024}}
}

// The tests of each kind of box: what a set-top box of Device:1, a gateway of Device:2 and
// one of InternetGatewayDevice:1 have.
func stbTests() (all []Spec, tables []Table, tests []Diagnostic) {
	return specs(ping("LAN.IPPingDiagnostics."), route("LAN.TraceRouteDiagnostics.", "Hop"), speedTests(""), selfTest("SelfTestDiagnostics.")),
		[]Table{{Path: "LAN.TraceRouteDiagnostics.RouteHops."}},
		[]Diagnostic{{"LAN.IPPingDiagnostics.DiagnosticsState", findPing}, {"LAN.TraceRouteDiagnostics.DiagnosticsState", findRoute("Hop")},
			{"DownloadDiagnostics.DiagnosticsState", findDownload}, {"UploadDiagnostics.DiagnosticsState", findUpload},
			{"SelfTestDiagnostics.DiagnosticsState", findHealth}}
}

func tr181Tests() (all []Spec, tables []Table, tests []Diagnostic) {
	const ip, dns, wifi = "IP.Diagnostics.", "DNS.Diagnostics.NSLookupDiagnostics.", "WiFi.NeighboringWiFiDiagnostic."
	return specs(ping(ip+"IPPing."), route(ip+"TraceRoute.", ""), speedTests(ip), lookups(dns), neighbours(wifi), selfTest("SelfTestDiagnostics.")),
		[]Table{{Path: ip + "TraceRoute.RouteHops."}, {Path: dns + "Result."}, {Path: wifi + "Result."}},
		[]Diagnostic{{ip + "IPPing.DiagnosticsState", findPing}, {ip + "TraceRoute.DiagnosticsState", findRoute("")},
			{ip + "DownloadDiagnostics.DiagnosticsState", findDownload}, {ip + "UploadDiagnostics.DiagnosticsState", findUpload},
			{dns + "DiagnosticsState", findAddress}, {wifi + "DiagnosticsState", findNeighbours}, {"SelfTestDiagnostics.DiagnosticsState", findHealth}}
}

func igdTests() (all []Spec, tables []Table, tests []Diagnostic) {
	return specs(ping("IPPingDiagnostics."), route("TraceRouteDiagnostics.", "Hop"), speedTests(""), lookups("NSLookupDiagnostics."), selfTest("SelfTestDiagnostics.")),
		[]Table{{Path: "TraceRouteDiagnostics.RouteHops."}, {Path: "NSLookupDiagnostics.Result."}},
		[]Diagnostic{{"IPPingDiagnostics.DiagnosticsState", findPing}, {"TraceRouteDiagnostics.DiagnosticsState", findRoute("Hop")},
			{"DownloadDiagnostics.DiagnosticsState", findDownload}, {"UploadDiagnostics.DiagnosticsState", findUpload},
			{"NSLookupDiagnostics.DiagnosticsState", findAddress}, {"SelfTestDiagnostics.DiagnosticsState", findHealth}}
}
