package sim

import (
	"slices"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

const wanDevices = "InternetGatewayDevice.WANDevice.1.WANConnectionDevice."

// faultOf returns the code of a fault, 0 for another message.
func faultOf(m cwmp.Message) int {
	if fault, ok := m.(*cwmp.Fault); ok {
		return fault.Code
	}
	return 0
}

func TestGetParameterValues(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	for _, c := range []struct {
		name  string
		count int
		fault int
	}{
		{"Device.DeviceInfo.SerialNumber", 1, 0},
		{"Device.LAN.IPPingDiagnostics.", 11, 0},
		{"Device.X_CTC_IPTV.UserAccount.", 2, 0},
		{"", len(cpe.Names()), 0},
		{"Device.", len(cpe.Names()), 0},
		{"Device.Nothing.", 0, cwmp.FaultName},
		{"Device.LAN", 0, cwmp.FaultName},
		{"Device.DeviceInfo.SerialNumber.", 0, cwmp.FaultName},
	} {
		answer := one(t, cpe, acs, &cwmp.GetParameterValues{Names: []string{c.name}})
		count := 0
		if values, ok := answer.(*cwmp.GetParameterValuesResponse); ok {
			count = len(values.Parameters)
		}
		if count != c.count || faultOf(answer) != c.fault {
			t.Errorf("%q gives %d values and fault %d, want %d and %d", c.name, count, faultOf(answer), c.count, c.fault)
		}
	}
}

func TestEmptyTableIsNoFault(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Model: "tr181-gateway"})
	answer := one(t, cpe, acs, &cwmp.GetParameterValues{Names: []string{"Device.NAT.PortMapping."}})
	if faultOf(answer) != 0 {
		t.Errorf("answer = %v", answer)
	}
}

func TestPasswordsReadBackEmpty(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	one(t, cpe, acs, set(password, "secret-9"))
	answer := one(t, cpe, acs, &cwmp.GetParameterValues{Names: []string{password}}).(*cwmp.GetParameterValuesResponse)
	if got := answer.Parameters[0].Value; got != "" {
		t.Errorf("read back %q", got)
	}
}

func TestGetParameterNames(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Model: "tr098-gateway"})
	for _, c := range []struct {
		path  string
		next  bool
		want  []string
		fault int
	}{
		{"", true, []string{"InternetGatewayDevice."}, 0},
		{"InternetGatewayDevice.WANDevice.", true, []string{"InternetGatewayDevice.WANDevice.1."}, 0},
		{wanDevices, true, []string{wanDevices + "1."}, 0},
		{wanDevices + "1.WANPPPConnection.", true, nil, 0},
		{wanDevices + "1.WANPPPConnection.", false, []string{wanDevices + "1.WANPPPConnection."}, 0},
		{"InternetGatewayDevice.DeviceSummary", false, []string{"InternetGatewayDevice.DeviceSummary"}, 0},
		{"InternetGatewayDevice.DeviceSummary", true, nil, cwmp.FaultArguments},
		{"InternetGatewayDevice.Nothing.", false, nil, cwmp.FaultName},
		{"InternetGatewayDevice.WANDevice", false, nil, cwmp.FaultName},
	} {
		answer := one(t, cpe, acs, &cwmp.GetParameterNames{Path: c.path, NextLevel: c.next})
		var got []string
		if list, ok := answer.(*cwmp.GetParameterNamesResponse); ok {
			for _, p := range list.Parameters {
				got = append(got, p.Name)
			}
		}
		if !slices.Equal(got, c.want) || faultOf(answer) != c.fault {
			t.Errorf("%q next %t = %q with fault %d, want %q with %d", c.path, c.next, got, faultOf(answer), c.want, c.fault)
		}
	}
}

func TestNamesSayWhatIsWritable(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Model: "tr181-gateway"})
	list := one(t, cpe, acs, &cwmp.GetParameterNames{}).(*cwmp.GetParameterNamesResponse).Parameters
	writable := make(map[string]bool)
	for _, p := range list {
		writable[p.Name] = p.Writable
	}
	for name, want := range map[string]bool{
		"Device.": false, "Device.PPP.Interface.": true, "Device.PPP.Interface.1.": true, "Device.Hosts.Host.": false,
		"Device.NAT.PortMapping.": true, "Device.PPP.Interface.1.Password": true, "Device.PPP.Interface.1.Status": false,
	} {
		if got, listed := writable[name]; !listed || got != want {
			t.Errorf("%s writable = %t (listed %t), want %t", name, got, listed, want)
		}
	}
}

func TestSetParameterValuesIsAtomic(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	m := set(userID, "new", "Device.Nothing", "1", "Device.LAN.IPAddress", "192.0.2.9",
		userID, "again", "Device.LAN.AddressingType", "Pigeon", "Device.ManagementServer.PeriodicInformInterval", "soon")
	fault, ok := one(t, cpe, acs, m).(*cwmp.Fault)
	if !ok || fault.Code != cwmp.FaultArguments {
		t.Fatalf("answer = %v", fault)
	}
	got := make(map[string]int)
	for _, p := range fault.Parameters {
		got[p.Name] = p.Code
	}
	for name, code := range map[string]int{
		"Device.Nothing": cwmp.FaultName, "Device.LAN.IPAddress": cwmp.FaultNotWritable, userID: cwmp.FaultArguments,
		"Device.LAN.AddressingType": cwmp.FaultValue, "Device.ManagementServer.PeriodicInformInterval": cwmp.FaultType,
	} {
		if got[name] != code {
			t.Errorf("%s: fault %d, want %d", name, got[name], code)
		}
	}
	if value(t, cpe, userID) != "" || value(t, cpe, "Device.ManagementServer.ParameterKey") != "" {
		t.Error("something was set")
	}
}

// serviceLeaves are the names of what a service puts into a box.
var serviceLeaves = []string{"UserID", "UserId", "UserName", "Username", "UserPassword", "UserIDPassword", "Password",
	"PPPoEID", "PPPoEPassword", "DHCPID", "DHCPPassword", "AuthURL", "AuthURLBackup"}

// serviceNames are the parameters of a box that belong to a service.
func serviceNames(cpe *CPE) []string {
	return slices.DeleteFunc(cpe.Names(), func(name string) bool {
		leaf := name[strings.LastIndexByte(name, '.')+1:]
		return strings.Contains(name, "ManagementServer.") || !slices.Contains(serviceLeaves, leaf)
	})
}

// TestWithdrawal: a box takes empty accounts and passwords, which is how a service
// is taken away from it.
func TestWithdrawal(t *testing.T) {
	for _, m := range Models() {
		acs := &acstest.ACS{}
		cpe := box(t, acs, Config{Model: m.Name}, "strict-types")
		if m.Root == "InternetGatewayDevice." {
			one(t, cpe, acs, &cwmp.AddObject{ObjectName: wanDevices + "1.WANPPPConnection."})
		}
		names := serviceNames(cpe)
		var given, empty []string
		for _, name := range names {
			given, empty = append(given, name, "given"), append(empty, name, "")
		}
		if len(names) < 2 || faultOf(one(t, cpe, acs, set(given...))) != 0 {
			t.Errorf("%s: %q were not set", m.Name, names)
		}
		if answer := one(t, cpe, acs, set(empty...)); faultOf(answer) != 0 {
			t.Errorf("%s: %v", m.Name, answer)
		}
		for _, name := range names {
			if got := value(t, cpe, name); got != "" {
				t.Errorf("%s: %s is still %q", m.Name, name, got)
			}
		}
	}
}

func TestParameterKeyLength(t *testing.T) {
	acs := &acstest.ACS{}
	m := set(userID, "x")
	m.ParameterKey = strings.Repeat("k", maxParameterKey+1)
	if got := faultOf(one(t, box(t, acs, Config{}), acs, m)); got != cwmp.FaultArguments {
		t.Errorf("fault %d", got)
	}
}

func TestAddObjectGivesSparseNumbers(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Model: "tr098-gateway"})
	add := func(table string) uint32 {
		answer := one(t, cpe, acs, &cwmp.AddObject{ObjectName: table, ParameterKey: "key-2"})
		if m, ok := answer.(*cwmp.AddObjectResponse); ok {
			return m.InstanceNumber
		}
		return 0
	}
	if a, b := add(wanDevices), add(wanDevices); a != 3 || b != 5 {
		t.Errorf("rows %d and %d, want 3 and 5", a, b)
	}
	if n := add(wanDevices + "3.WANPPPConnection."); n != 1 {
		t.Errorf("first row = %d", n)
	}
	row := wanDevices + "3.WANPPPConnection.1."
	one(t, cpe, acs, set(row+"Username", "dial", row+"Password", "secret", row+"Enable", "1"))
	if value(t, cpe, row+"Username") != "dial" || value(t, cpe, wanDevices+"3.WANPPPConnectionNumberOfEntries") != "1" {
		t.Error("the row does not work")
	}
	for _, bad := range []string{wanDevices + "9.WANPPPConnection.", "InternetGatewayDevice.LANDevice.1.Hosts.Host.", wanDevices + "1.", "InternetGatewayDevice.Nothing.", ""} {
		if add(bad) != 0 {
			t.Errorf("added to %q", bad)
		}
	}
}

func TestDeleteObject(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Model: "tr098-gateway"})
	one(t, cpe, acs, &cwmp.AddObject{ObjectName: wanDevices})
	one(t, cpe, acs, &cwmp.AddObject{ObjectName: wanDevices + "3.WANIPConnection."})
	before := len(cpe.Names())
	if answer := one(t, cpe, acs, &cwmp.DeleteObject{ObjectName: wanDevices + "3."}); faultOf(answer) != 0 {
		t.Fatalf("answer = %v", answer)
	}
	if _, ok := cpe.Get(wanDevices + "3.WANIPConnection.1.Name"); ok || len(cpe.Names()) >= before {
		t.Error("something is left of the row")
	}
	if n := one(t, cpe, acs, &cwmp.AddObject{ObjectName: wanDevices}).(*cwmp.AddObjectResponse).InstanceNumber; n != 5 {
		t.Errorf("the number was used again: %d", n)
	}
	for _, bad := range []string{wanDevices + "3.", wanDevices, wanDevices + "1", "InternetGatewayDevice.LANDevice.1.Hosts.Host.1.", ""} {
		if faultOf(one(t, cpe, acs, &cwmp.DeleteObject{ObjectName: bad})) != cwmp.FaultName {
			t.Errorf("deleted %q", bad)
		}
	}
}

func TestAttributes(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	one(t, cpe, acs, &cwmp.SetParameterAttributes{Parameters: []cwmp.SetParameterAttribute{
		{Name: "Device.LAN.", NotificationChange: true, Notification: cwmp.NotificationPassive},
		{Name: "Device.LAN.IPAddress", AccessListChange: true, AccessList: []string{"Subscriber"}},
	}})
	answer := one(t, cpe, acs, &cwmp.GetParameterAttributes{Names: []string{"Device.LAN.IPAddress", "Device.DeviceInfo.SoftwareVersion"}})
	got := answer.(*cwmp.GetParameterAttributesResponse).Parameters
	if got[0].Notification != cwmp.NotificationPassive || !slices.Equal(got[0].AccessList, []string{"Subscriber"}) {
		t.Errorf("IP address: %+v", got[0])
	}
	if got[1].Notification != cwmp.NotificationActive {
		t.Errorf("software version: %+v", got[1])
	}
	for _, bad := range []cwmp.Message{
		&cwmp.SetParameterAttributes{Parameters: []cwmp.SetParameterAttribute{{Name: "Device.Nothing"}}},
		&cwmp.SetParameterAttributes{Parameters: []cwmp.SetParameterAttribute{{Name: "Device.LAN.", NotificationChange: true, Notification: 7}}},
		&cwmp.GetParameterAttributes{Names: []string{"Device.Nothing"}},
	} {
		if faultOf(one(t, cpe, acs, bad)) == 0 {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

func TestMethods(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	list := one(t, cpe, acs, &cwmp.GetRPCMethods{}).(*cwmp.GetRPCMethodsResponse).Methods
	if len(list) != len(handlers)+1 || !slices.IsSorted(list) || !slices.Contains(list, getRPCMethods) {
		t.Errorf("methods = %q", list)
	}
	for _, unknown := range []cwmp.Message{&cwmp.GetOptions{}, &cwmp.UnknownMethod{Name: "X_00005E_Dance"}, &cwmp.CancelTransfer{}} {
		if got := faultOf(one(t, cpe, acs, unknown)); got != cwmp.FaultMethod {
			t.Errorf("%s: fault %d, want 9000", unknown.Method(), got)
		}
	}
}

func TestRebootInformsWithItsKey(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	run(t, cpe)
	one(t, cpe, acs, &cwmp.Reboot{CommandKey: "job-7"})
	acs.Script = nil
	report := run(t, cpe)
	if want := []string{"1 BOOT", "M Reboot"}; !slices.Equal(report.Events, want) {
		t.Errorf("events = %q, want %q", report.Events, want)
	}
	inform := acs.Sessions()[2].Inform
	if inform.Events[1].CommandKey != "job-7" {
		t.Errorf("events = %+v", inform.Events)
	}
	if again := run(t, cpe); !slices.Equal(again.Events, []string{"2 PERIODIC"}) {
		t.Errorf("events after that = %q", again.Events)
	}
}

func TestFactoryResetRPC(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	run(t, cpe)
	one(t, cpe, acs, set(userID, "iptv1001"))
	one(t, cpe, acs, &cwmp.FactoryReset{})
	if value(t, cpe, userID) != "" {
		t.Error("the value survived")
	}
	acs.Script = nil
	if report := run(t, cpe); !slices.Equal(report.Events, []string{"0 BOOTSTRAP", "1 BOOT"}) {
		t.Errorf("events = %q", report.Events)
	}
}

func TestScheduleInform(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	run(t, cpe)
	one(t, cpe, acs, &cwmp.ScheduleInform{DelaySeconds: 60, CommandKey: "later"})
	acs.Script = nil
	if report := run(t, cpe); !slices.Equal(report.Events, []string{"3 SCHEDULED", "M ScheduleInform"}) {
		t.Errorf("events = %q", report.Events)
	}
	if faultOf(one(t, cpe, acs, &cwmp.ScheduleInform{})) != cwmp.FaultArguments {
		t.Error("a delay of 0 was accepted")
	}
}

func TestDiagnostic(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	run(t, cpe)
	one(t, cpe, acs, set("Device.LAN.IPPingDiagnostics.Host", "192.0.2.1", "Device.LAN.IPPingDiagnostics.DiagnosticsState", "Requested"))
	acs.Script = nil
	if report := run(t, cpe); !slices.Equal(report.Events, []string{"8 DIAGNOSTICS COMPLETE"}) {
		t.Errorf("events = %q", report.Events)
	}
	if value(t, cpe, "Device.LAN.IPPingDiagnostics.DiagnosticsState") != "Complete" || value(t, cpe, "Device.LAN.IPPingDiagnostics.SuccessCount") != "3" {
		t.Error("no result")
	}
}

func TestNewURLIsAFirstContact(t *testing.T) {
	other := &acstest.ACS{}
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	run(t, cpe)
	one(t, cpe, acs, set("Device.ManagementServer.URL", serve(t, other)))
	report := run(t, cpe)
	if !slices.Equal(report.Events, []string{"0 BOOTSTRAP", "1 BOOT"}) || len(other.Sessions()) != 1 {
		t.Errorf("events = %q, %d sessions at the new ACS", report.Events, len(other.Sessions()))
	}
}

func TestInformAfterTheWANIsGone(t *testing.T) {
	const address = wanDevices + "1.WANIPConnection.1.ExternalIPAddress"
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Model: "tr098-gateway"})
	told := func(m *cwmp.Inform) bool {
		return slices.ContainsFunc(m.Parameters, func(p cwmp.ParameterValue) bool { return p.Name == address })
	}
	one(t, cpe, acs, &cwmp.DeleteObject{ObjectName: wanDevices + "1."})
	run(t, cpe)
	if before, after := told(acs.Sessions()[0].Inform), told(acs.Sessions()[1].Inform); !before || after {
		t.Errorf("address told before %t, after %t", before, after)
	}
}
