package sim

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

// eventCode finds the events of an Inform.
var eventCode = regexp.MustCompile(`<EventCode>([^<]*)<`)

func TestEventQuirks(t *testing.T) {
	for quirk, want := range map[string]string{
		"http10": "0 BOOTSTRAP,1 BOOT,M Reboot", "event-case": "0 Bootstrap,1 Boot,M Reboot", "always-periodic": "2 PERIODIC",
		"no-bootstrap": "1 BOOT,M Reboot", "empty-events": "",
	} {
		acs := &acstest.ACS{}
		cpe := box(t, acs, Config{}, quirk)
		run(t, cpe, cwmp.Event{Code: cwmp.EventBootstrap}, cwmp.Event{Code: cwmp.EventBoot}, cwmp.Event{Code: cwmp.EventMReboot})
		var codes []string // as written: what decodes them mends their case
		for _, found := range eventCode.FindAllSubmatch(acs.Requests()[0].Body, -1) {
			codes = append(codes, string(found[1]))
		}
		if got := strings.Join(codes, ","); got != want || !cpe.Bootstrapped {
			t.Errorf("%s: %q", quirk, got)
		}
	}
}

func TestRetryCount(t *testing.T) {
	for quirk, want := range map[string]uint32{"retry-count": 4711, "retry-count=7": 7, "http10": 0} {
		if acs, _, _, _ := played(t, quirk); acs.Sessions()[0].Inform.RetryCount != want {
			t.Errorf("%s: %d", quirk, acs.Sessions()[0].Inform.RetryCount)
		}
	}
	if _, err := ParseQuirks("retry-count=many", "inform-loop=x"); err == nil {
		t.Error("arguments that are no numbers were read")
	}
}

func TestTwoRoots(t *testing.T) {
	for model, other := range map[string]string{"ctc-stb": "InternetGatewayDevice.", "tr098-gateway": "Device."} {
		acs := &acstest.ACS{}
		run(t, box(t, acs, Config{Model: model}, "two-roots"))
		if !slices.ContainsFunc(acs.Sessions()[0].Inform.Parameters, func(p cwmp.ParameterValue) bool { return strings.HasPrefix(p.Name, other) }) {
			t.Errorf("%s has one root", model)
		}
	}
}

// answered does one RPC on a box with a quirk. code is that of the fault, 0 for none.
func answered(t *testing.T, quirk, model string, request cwmp.Message) (m cwmp.Message, code int) {
	t.Helper()
	acs := &acstest.ACS{}
	m = one(t, box(t, acs, Config{Model: model}, quirk), acs, request)
	return m, faultOf(m)
}

// TestRefusals: what a quirk refuses, and that it refuses nothing else.
func TestRefusals(t *testing.T) {
	toggle := func(value string) *cwmp.SetParameterValues {
		m := set(enable, value)
		m.Parameters[0].Type = cwmp.TypeBoolean
		return m
	}
	const ppp = "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.WANPPPConnection."
	for _, c := range []struct {
		quirk   string
		request cwmp.Message
		code    int
	}{
		{"digits-only-booleans", toggle("true"), cwmp.FaultArguments},
		{"digits-only-booleans", toggle("1"), 0},
		{"digits-only-booleans", &cwmp.GetParameterNames{Path: "Device.", NextLevel: true}, 0},
		{"words-only-booleans", toggle("1"), cwmp.FaultArguments},
		{"words-only-booleans", toggle("true"), 0},
		{"words-only-booleans", &cwmp.GetParameterNames{Path: "Device.", NextLevel: true}, cwmp.FaultArguments},
		{"parameter-key-refused", set(userID, "a"), cwmp.FaultArguments},
		{"parameter-key-refused", &cwmp.GetRPCMethods{}, 0},
		{"root-names-refused", &cwmp.GetParameterNames{Path: "Device.", NextLevel: true}, cwmp.FaultName},
		{"root-names-refused", &cwmp.GetParameterNames{}, cwmp.FaultName},
		{"root-names-refused", &cwmp.GetParameterNames{Path: "Device.LAN."}, 0},
		{"empty-path-refused", &cwmp.GetParameterNames{}, cwmp.FaultName},
		{"empty-path-refused", &cwmp.GetParameterValues{Names: []string{""}}, cwmp.FaultName},
		{"empty-path-refused", &cwmp.GetParameterNames{Path: "Device."}, 0},
		{"gpv-partial-refused", &cwmp.GetParameterValues{Names: []string{"Device.LAN."}}, cwmp.FaultName},
		{"gpv-partial-refused", &cwmp.GetParameterValues{Names: []string{userID}}, 0},
		{"full-tree-refused", &cwmp.GetParameterValues{Names: []string{"Device."}}, cwmp.FaultInternal},
		{"full-tree-refused", &cwmp.GetParameterNames{}, cwmp.FaultInternal},
		{"full-tree-refused", &cwmp.GetParameterNames{NextLevel: true}, 0},
		{"empty-tables-refused", &cwmp.GetParameterValues{Names: []string{ppp}}, cwmp.FaultName},
		{"add-object-9005", &cwmp.AddObject{ObjectName: ppp}, cwmp.FaultName},
		{"read-only-accepted", set("Device.DeviceInfo.SoftwareVersion", "9"), 0},
		{"spv-twice", set(userID, "a", userID, "b"), 0},
		{"http10", set(userID, "a", userID, "b"), cwmp.FaultArguments},
		{"http10", set("Device.DeviceInfo.SoftwareVersion", "9"), cwmp.FaultArguments},
		{"http10", &cwmp.GetParameterValues{Names: []string{"Device.Nonsense"}}, cwmp.FaultName},
		{"unknown-names-as-empty", &cwmp.GetParameterValues{Names: []string{"Device.Nonsense"}}, 0},
	} {
		model := "ctc-stb"
		if c.quirk == "empty-tables-refused" || c.quirk == "add-object-9005" {
			model = "tr098-gateway"
		}
		if m, code := answered(t, c.quirk, model, c.request); code != c.code {
			t.Errorf("%s, %s: %d, want %d: %+v", c.quirk, c.request.Method(), code, c.code, m)
		}
	}
}

// TestOddLists: what is listed or read instead of the truth.
func TestOddLists(t *testing.T) {
	m, _ := answered(t, "gpn-lists-unreadable", "", &cwmp.GetParameterNames{Path: "Device.DeviceInfo.", NextLevel: true})
	ghost := func(p cwmp.ParameterInfo) bool { return p.Name == "Device.DeviceInfo.X_00005E_Ghost" }
	if !slices.ContainsFunc(m.(*cwmp.GetParameterNamesResponse).Parameters, ghost) {
		t.Errorf("%+v", m)
	}
	if m, _ := answered(t, "gpn-lists-unreadable", "", &cwmp.GetParameterNames{Path: "Device.", NextLevel: true}); slices.ContainsFunc(m.(*cwmp.GetParameterNamesResponse).Parameters, ghost) {
		t.Error("listed a level too high")
	}
	m, code := answered(t, "unknown-names-as-empty", "", &cwmp.GetParameterValues{Names: []string{"Device.Nonsense", userID}})
	if code != 0 || len(m.(*cwmp.GetParameterValuesResponse).Parameters) != 1 {
		t.Errorf("%+v", m)
	}
	m, _ = answered(t, "gpv-partial-as-object", "", &cwmp.GetParameterValues{Names: []string{"Device.LAN."}})
	if p := m.(*cwmp.GetParameterValuesResponse).Parameters; len(p) != 1 || p[0].Name != "Device.LAN." || p[0].Type != "object" {
		t.Errorf("%+v", p)
	}
}

func TestKeysAndChanges(t *testing.T) {
	const key = "Device.ManagementServer.ParameterKey"
	_, cpe, _, _ := played(t, "parameter-key-lost")
	if got := value(t, cpe, key); got != "(null)" {
		t.Errorf("the key is %q", got)
	}
	acs, cpe, _, _ := played(t, "own-value-change")
	acs.Script = nil
	report := run(t, cpe)
	if !slices.Equal(report.Events, []string{cwmp.EventValueChange}) || heard(t, acs, userID) != "iptv1001" {
		t.Errorf("events %v, value %q", report.Events, heard(t, acs, userID))
	}
	if report = run(t, cpe); !slices.Equal(report.Events, []string{cwmp.EventPeriodic}) {
		t.Errorf("told again: %v", report.Events)
	}
}

// TestBreaks: the box closes the connection instead of answering.
func TestBreaks(t *testing.T) {
	for _, c := range []struct {
		quirk   string
		request cwmp.Message
		breaks  bool
	}{
		{"full-tree-crash", &cwmp.GetParameterValues{Names: []string{userID, "Device."}}, true},
		{"full-tree-crash", &cwmp.GetParameterNames{Path: "Device."}, true},
		{"full-tree-crash", &cwmp.GetParameterNames{Path: "Device.", NextLevel: true}, false},
		{"unknown-rpc-drops", &cwmp.GetOptions{}, true},
		{"unknown-rpc-drops", &cwmp.GetRPCMethods{}, false},
		{"http10", &cwmp.GetOptions{}, false},
	} {
		acs := &acstest.ACS{Script: script(c.request)}
		if _, err := box(t, acs, Config{}, c.quirk).Session(t.Context()); errors.Is(err, ErrDropped) != c.breaks {
			t.Errorf("%s, %s: %v", c.quirk, c.request.Method(), err)
		}
	}
}

// TestRenumber: rows below rows keep their values under new numbers.
func TestRenumber(t *testing.T) {
	const table = "InternetGatewayDevice.WANDevice.1.WANConnectionDevice."
	for quirk, want := range map[string]string{"instances-renumber": "2", "http10": "3"} {
		acs := &acstest.ACS{}
		cpe := box(t, acs, Config{Model: "tr098-gateway"}, quirk)
		added := one(t, cpe, acs, &cwmp.AddObject{ObjectName: table}).(*cwmp.AddObjectResponse).InstanceNumber
		if added != 3 {
			t.Fatalf("the row is %d", added)
		}
		one(t, cpe, acs, &cwmp.AddObject{ObjectName: table + "3.WANPPPConnection."})
		one(t, cpe, acs, set(table+"3.WANPPPConnection.1.Username", "dial"))
		one(t, cpe, acs, &cwmp.Reboot{})
		if got := value(t, cpe, table+want+".WANPPPConnection.1.Username"); got != "dial" {
			t.Errorf("%s: %q", quirk, got)
		}
		if _, old := cpe.Get(table + "3.WANPPPConnection.1.Username"); old == (want == "2") {
			t.Errorf("%s: the old number is there: %v", quirk, old)
		}
		m := one(t, cpe, acs, &cwmp.GetParameterNames{Path: table, NextLevel: true}).(*cwmp.GetParameterNamesResponse)
		if len(m.Parameters) != 2 {
			t.Errorf("%s: %+v", quirk, m.Parameters)
		}
	}
}
