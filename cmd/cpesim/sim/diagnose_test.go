package sim

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

// testing98 is a gateway in contact; its tests are below its root.
func testing98(t *testing.T, quirks ...string) (*CPE, *acstest.ACS) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Model: "tr098-gateway"}, quirks...)
	run(t, cpe)
	return cpe, acs
}

// order has a test carried out and returns the events of the next session.
func order(t *testing.T, cpe *CPE, acs *acstest.ACS, object string, arguments ...string) []string {
	t.Helper()
	var pairs []string
	for i := 0; i < len(arguments); i += 2 {
		pairs = append(pairs, object+arguments[i], arguments[i+1])
	}
	if f := faultOf(one(t, cpe, acs, set(append(pairs, object+"DiagnosticsState", "Requested")...))); f != 0 {
		t.Fatalf("%s was refused: %d", object, f)
	}
	acs.Script = nil
	return run(t, cpe).Events
}

// toldOfTests are the events of a session after a test.
var toldOfTests = []string{"8 DIAGNOSTICS COMPLETE"}

func TestRouteIsFound(t *testing.T) {
	const object = "InternetGatewayDevice.TraceRouteDiagnostics."
	cpe, acs := testing98(t)
	for range 2 { // the rows of the test before are gone
		if events := order(t, cpe, acs, object, "Host", "far.example.com"); !slices.Equal(events, toldOfTests) {
			t.Fatalf("events %q", events)
		}
		if value(t, cpe, object+"RouteHopsNumberOfEntries") != "3" || value(t, cpe, object+"RouteHops.3.HopHost") != "far.example.com" {
			t.Error("the route is another one")
		}
	}
	order(t, cpe, acs, object, "Host", "nowhere.invalid")
	if value(t, cpe, object+"DiagnosticsState") != "Error_CannotResolveHostName" || value(t, cpe, object+"RouteHopsNumberOfEntries") != "0" {
		t.Error("a name without address was reached")
	}
}

func TestNamesAreLookedUp(t *testing.T) {
	const object = "InternetGatewayDevice.NSLookupDiagnostics."
	cpe, acs := testing98(t)
	order(t, cpe, acs, object, "HostName", "www.example.com", "NumberOfRepetitions", "2")
	if value(t, cpe, object+"SuccessCount") != "2" || value(t, cpe, object+"Result.2.Status") != "Success" {
		t.Error("no answer")
	}
	order(t, cpe, acs, object, "HostName", "nowhere.invalid", "NumberOfRepetitions", "1")
	if value(t, cpe, object+"SuccessCount") != "0" || value(t, cpe, object+"Result.1.Status") != "Error_HostNameNotResolved" || value(t, cpe, object+"DiagnosticsState") != "Complete" {
		t.Error("a name without address has one")
	}
}

// Files on this machine are really moved.
func TestSpeedIsMeasured(t *testing.T) {
	var sent int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/file":
			http.NotFound(w, r)
		case r.Method == http.MethodPut:
			sent, _ = io.Copy(io.Discard, r.Body)
		default:
			fmt.Fprint(w, strings.Repeat("x", 300_000))
		}
	}))
	defer server.Close()
	const down, up = "InternetGatewayDevice.DownloadDiagnostics.", "InternetGatewayDevice.UploadDiagnostics."
	cpe, acs := testing98(t)
	order(t, cpe, acs, down, "DownloadURL", server.URL+"/file")
	if value(t, cpe, down+"DiagnosticsState") != "Complete" || value(t, cpe, down+"TestBytesReceived") != "300000" ||
		value(t, cpe, down+"ROMTime") >= value(t, cpe, down+"EOMTime") || value(t, cpe, down+"BOMTime") > value(t, cpe, down+"EOMTime") {
		t.Errorf("%s bytes from %s to %s", value(t, cpe, down+"TestBytesReceived"), value(t, cpe, down+"ROMTime"), value(t, cpe, down+"EOMTime"))
	}
	order(t, cpe, acs, up, "UploadURL", server.URL+"/file", "TestFileLength", "200000")
	if sent != 200_000 || value(t, cpe, up+"TotalBytesSent") < "200000" {
		t.Errorf("%d bytes arrived, %s were sent", sent, value(t, cpe, up+"TotalBytesSent"))
	}
	for address, want := range map[string]string{server.URL + "/other": "Error_TransferFailed", "http://127.0.0.1:1/": "Error_InitConnectionFailed",
		"http://far.example.com/file": "Complete"} {
		order(t, cpe, acs, down, "DownloadURL", address)
		if got := value(t, cpe, down+"DiagnosticsState"); got != want {
			t.Errorf("%s ends in %s, want %s", address, got, want)
		}
	}
}

func TestNeighboursAreHeard(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Model: "tr181-gateway"})
	run(t, cpe)
	const object = "Device.WiFi.NeighboringWiFiDiagnostic."
	if events := order(t, cpe, acs, object); !slices.Equal(events, toldOfTests) || value(t, cpe, object+"Result.2.SSID") != "café" {
		t.Errorf("events %q", events)
	}
}

func TestDiagnosticQuirks(t *testing.T) {
	const state = "InternetGatewayDevice.IPPingDiagnostics.DiagnosticsState"
	for quirk, want := range map[string]struct {
		state  string
		events []string
	}{
		"diagnostics-silent":                    {"Complete", []string{"2 PERIODIC"}},
		"diagnostics-error":                     {"Error_Internal", toldOfTests},
		"diagnostics-error=Error_NoRouteToHost": {"Error_NoRouteToHost", toldOfTests},
		"diagnostics-same-session":              {"Complete", toldOfTests},
	} {
		cpe, acs := testing98(t, quirk)
		if events := order(t, cpe, acs, "InternetGatewayDevice.IPPingDiagnostics.", "Host", "192.0.2.1"); !slices.Equal(events, want.events) {
			t.Errorf("%s: events %q", quirk, events)
		}
		if got := value(t, cpe, state); got != want.state {
			t.Errorf("%s: ends in %s", quirk, got)
		}
	}
	cpe, acs := testing98(t, "diagnostics-same-session")
	acs.Script = script(set("InternetGatewayDevice.IPPingDiagnostics.Host", "192.0.2.1", state, "Requested"), &cwmp.GetParameterValues{Names: []string{state}})
	report := run(t, cpe)
	if got := report.RPCs[1].Response.(*cwmp.GetParameterValuesResponse).Parameters[0].Value; got != "Complete" {
		t.Errorf("within the session it is %s", got)
	}
}

// A write to an argument ends a test that runs.
func TestDiagnosticIsStopped(t *testing.T) {
	const object = "InternetGatewayDevice.IPPingDiagnostics."
	cpe, acs := testing98(t)
	acs.Script = script(set(object+"Host", "192.0.2.1", object+"DiagnosticsState", "Requested"), set(object+"Host", "192.0.2.1"))
	run(t, cpe)
	acs.Script = nil
	if events := run(t, cpe).Events; slices.Equal(events, toldOfTests) || value(t, cpe, object+"DiagnosticsState") != "None" {
		t.Errorf("events %q", events)
	}
}
