package sim

import "itms/cwmp"

// summary is the DeviceSummary of TR-106, which the old root still has.
const summary = "Device:1.4[](Baseline:1, LAN:1, Time:1), STBService:1.0[1](Baseline:1)"

// setTopBox are the parameters of a set-top box without the carrier's dialect.
func setTopBox() []Spec {
	return specs(common(), []Spec{
		{Path: "DeviceSummary", Value: summary, Max: 1024, Inform: Forced},
		{Path: "LAN.AddressingType", Access: ReadWrite, Value: "DHCP", Enum: []string{"DHCP", "Static", "PPPoE"}},
		{Path: "LAN.IPAddress", Value: "192.0.2.10"},
		{Path: "LAN.SubnetMask", Value: "255.255.255.0"},
		{Path: "LAN.DefaultGateway", Value: "192.0.2.1"},
		{Path: "LAN.DNSServers", Value: "192.0.2.53"},
		{Path: "LAN.MACAddress", Value: "{mac}", Inform: Vendor},
		{Path: "Services.STBServiceNumberOfEntries", Type: tUint},
		{Path: "Services.STBService.{i}.ServiceMonitoring.SampleEnable", Type: tBool, Access: ReadWrite, Value: "0"},
		{Path: "Services.STBService.{i}.ServiceMonitoring.SampleInterval", Type: tUint, Access: ReadWrite, Value: "900"},
		{Path: "Services.STBService.{i}.ServiceMonitoring.SampleState", Value: "Disabled"},
		{Path: "Services.STBService.{i}.ServiceMonitoring.MainStream.{i}.Status", Value: "Enabled"},
		{Path: "Services.STBService.{i}.ServiceMonitoring.MainStream.{i}.ServiceType", Value: "IPTV"},
		{Path: "Services.STBService.{i}.ServiceMonitoring.MainStream.{i}.Total.RTPStats.PacketsReceived", Type: tUint, Value: "1000000"},
		{Path: "Services.STBService.{i}.ServiceMonitoring.MainStream.{i}.Total.RTPStats.PacketsLost", Type: tUint, Value: "12"},
	})
}

// setTopBoxTables are the rows of setTopBox.
func setTopBoxTables() []Table {
	return []Table{
		{Path: "Services.STBService.", Rows: []int{1}},
		{Path: "Services.STBService.{i}.ServiceMonitoring.MainStream.", Rows: []int{1}},
	}
}

// stb completes the model of a set-top box.
func stb(m Model, dialect []Spec) Model {
	m.Manufacturer = "Example Set-Top"
	m.OUI = "00005E"
	m.Root = "Device."
	tests, tables, diagnostics := stbTests()
	m.Specs = specs(setTopBox(), tests, dialect)
	m.Tables = append(append(setTopBoxTables(), tables...), m.Tables...)
	m.Diagnostics = diagnostics
	m.Places = []string{"LAN.IPAddress", "LAN.DefaultGateway"}
	return m
}

// activationValues are those of the parameter by which China Unicom and China
// Mobile turn the page: off, ask, accepted, refused.
var (
	activationValues = []string{"0", "1", "2", "3"}
	activationStates = map[string]PageState{"1": PageAsk, "2": PageDone, "3": PageRefused}
)

func ctcSTB() Model {
	return stb(Model{
		Name: "ctc-stb", Help: "set-top box of China Telecom, Device.X_CTC_IPTV.", ProductClass: "STB",
		Account: "X_CTC_IPTV.ServiceInfo.UserID",
		Login: Login{
			Needs:   []string{"X_CTC_IPTV.ServiceInfo.UserID", "X_CTC_IPTV.ServiceInfo.UserPassword", "X_CTC_IPTV.ServiceInfo.AuthURL"},
			Counter: "X_CTC_IPTV.ServiceStatistics.LoginSuccesses",
		},
		// There is no value for a refusal: the ACS asks again.
		Registration: Registration{
			Code: "X_CTC_IPTV.UserAccount.AccountNumber", Event: "X CT-COM BIND",
			Switch: "X_CTC_IPTV.UserAccount.Enable", Shows: map[string]PageState{"1": PageAsk},
		},
	}, []Spec{
		{Path: "X_CTC_IPTV.STBID", Value: "{stbid}", Inform: Vendor},
		{Path: "X_CTC_IPTV.UserAccount.Enable", Type: tBool, Access: ReadWrite, Value: "0"},
		{Path: "X_CTC_IPTV.UserAccount.AccountNumber", Inform: Vendor, Notify: cwmp.NotificationActive},
		{Path: "X_CTC_IPTV.ServiceInfo.UserID", Access: ReadWrite, Max: 64},
		{Path: "X_CTC_IPTV.ServiceInfo.UserPassword", Access: WriteOnly, Max: 64},
		{Path: "X_CTC_IPTV.ServiceInfo.AuthURL", Access: ReadWrite},
		{Path: "X_CTC_IPTV.ServiceInfo.AuthURLBackup", Access: ReadWrite},
		{Path: "X_CTC_IPTV.ServiceInfo.PPPoEID", Access: ReadWrite, Max: 64},
		{Path: "X_CTC_IPTV.ServiceInfo.PPPoEPassword", Access: WriteOnly, Max: 64},
		{Path: "X_CTC_IPTV.ServiceInfo.DHCPID", Access: ReadWrite, Max: 64},
		{Path: "X_CTC_IPTV.ServiceInfo.DHCPPassword", Access: WriteOnly, Max: 64},
		{Path: "X_CTC_IPTV.ServiceStatistics.PacketsLost", Type: tUint, Value: "0"},
		{Path: "X_CTC_IPTV.ServiceStatistics.AbnormalInterruptions", Type: tUint, Value: "0"},
		{Path: "X_CTC_IPTV.ServiceStatistics.LoginSuccesses", Type: tUint, Value: "0"},
	})
}

func cuSTB() Model {
	return stb(Model{
		Name: "cu-stb", Help: "set-top box of China Unicom, Device.X_CU_STB.", ProductClass: "STB",
		Account: "X_CU_STB.AuthServiceInfo.UserID",
		Registration: Registration{
			Code: "X_CU_STB.AuthServiceInfo.ActivationCode", Event: "X CU BIND",
			Switch: "X_CU_STB.AuthServiceInfo.Activate", Shows: activationStates,
		},
	}, []Spec{
		{Path: "X_CU_STB.STBInfo.STBID", Value: "{stbid}", Inform: Vendor},
		{Path: "X_CU_STB.STBInfo.BrowserURL1", Access: ReadWrite},
		{Path: "X_CU_STB.STBInfo.BrowserURL2", Access: ReadWrite},
		{Path: "X_CU_STB.AuthServiceInfo.Activate", Type: tUint, Access: ReadWrite, Value: "0", Enum: activationValues},
		{Path: "X_CU_STB.AuthServiceInfo.ActivationCode", Inform: Vendor, Notify: cwmp.NotificationActive},
		{Path: "X_CU_STB.AuthServiceInfo.UserID", Access: ReadWrite, Max: 64},
		{Path: "X_CU_STB.AuthServiceInfo.UserIDPassword", Access: WriteOnly, Max: 64},
		{Path: "X_CU_STB.AuthServiceInfo.PPPoEID", Access: ReadWrite, Max: 64},
		{Path: "X_CU_STB.AuthServiceInfo.PPPoEPassword", Access: WriteOnly, Max: 64},
		{Path: "X_CU_STB.Alarm.Enable", Type: tBool, Access: ReadWrite, Value: "0"},
	})
}

func cmccSTB() Model {
	return stb(Model{
		Name: "cmcc-stb", Help: "set-top box of China Mobile, Device.X_CMCC_OTV.", ProductClass: "STB",
		Account: "X_CMCC_OTV.ServiceInfo.UserID",
		Registration: Registration{
			Code: "X_CMCC_OTV.STBInfo.ActivationCode", Event: "X CMCC BIND",
			Switch: "X_CMCC_OTV.STBInfo.ActivationStatus", Shows: activationStates,
		},
	}, []Spec{
		{Path: "X_CMCC_OTV.STBInfo.STBID", Value: "{stbid}", Inform: Vendor},
		{Path: "X_CMCC_OTV.STBInfo.ActivationStatus", Type: tUint, Access: ReadWrite, Value: "0", Enum: activationValues},
		{Path: "X_CMCC_OTV.STBInfo.ActivationCode", Inform: Vendor, Notify: cwmp.NotificationActive},
		{Path: "X_CMCC_OTV.ServiceInfo.UserID", Access: ReadWrite, Max: 64},
		{Path: "X_CMCC_OTV.ServiceInfo.Password", Access: WriteOnly, Max: 64},
		{Path: "X_CMCC_OTV.ServiceInfo.AuthURL", Access: ReadWrite},
		{Path: "X_CMCC_OTV.ServiceInfo.PPPoEID", Access: ReadWrite, Max: 64},
		{Path: "X_CMCC_OTV.ServiceInfo.PPPoEPassword", Access: WriteOnly, Max: 64},
		{Path: "X_CMCC_OTV.ServiceInfo.PlatformURL", Access: ReadWrite},
		{Path: "X_CMCC_OTV.ServiceInfo.PlatformBackupURL", Access: ReadWrite},
	})
}

func tr181STB() Model {
	return stb(Model{
		Name: "tr181-stb", Help: "set-top box with standard objects only", ProductClass: "IPTV-STB",
		Account: "PPP.Interface.1.Username",
		Tables:  []Table{{Path: "PPP.Interface.", Rows: []int{1}}},
	}, pppInterface())
}
