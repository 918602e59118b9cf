package sim

// pppInterface is Device.PPP.Interface.{i}. (TR-181 issue 2).
func pppInterface() []Spec {
	return []Spec{
		{Path: "PPP.InterfaceNumberOfEntries", Type: tUint},
		{Path: "PPP.Interface.{i}.Enable", Type: tBool, Access: ReadWrite, Value: "0"},
		{Path: "PPP.Interface.{i}.Status", Value: "Down"},
		{Path: "PPP.Interface.{i}.Alias", Access: ReadWrite, Max: 64, Value: "cpe-ppp{n}"},
		{Path: "PPP.Interface.{i}.Name", Value: "ppp{n}"},
		{Path: "PPP.Interface.{i}.LowerLayers", Access: ReadWrite, Max: 1024},
		{Path: "PPP.Interface.{i}.Username", Access: ReadWrite, Max: 64},
		{Path: "PPP.Interface.{i}.Password", Access: WriteOnly, Max: 64},
		{Path: "PPP.Interface.{i}.IPCP.LocalIPAddress", Value: ""},
	}
}

func tr181Gateway() Model {
	tests, tables, diagnostics := tr181Tests()
	return Model{
		Name: "tr181-gateway", Help: "home gateway with the Device:2 data model",
		Manufacturer: "Example Gateway", OUI: "00005E", ProductClass: "HGW-181", Root: "Device.",
		Specs:       specs(common(), tests, pppInterface(), tr181Specs()),
		Diagnostics: diagnostics,
		Account:     "PPP.Interface.1.Username",
		Places:      []string{"DHCPv4.Client.1.IPAddress"},
		Hosts:       Hosts{Table: "Hosts.Host.", MAC: "PhysAddress", Event: "X CT-COM STBBIND"},
		Tables: append(tables, []Table{
			{Path: "PPP.Interface.", Rows: []int{1}, Writable: true, Step: 2},
			{Path: "DHCPv4.Client.", Rows: []int{1}, Writable: true, Step: 2},
			{Path: "Ethernet.Interface.", Rows: []int{1, 2}},
			{Path: "Ethernet.VLANTermination.", Rows: []int{1}, Writable: true, Step: 2},
			{Path: "IP.Interface.", Rows: []int{1}, Writable: true, Step: 2},
			{Path: "NAT.PortMapping.", Writable: true, Step: 3},
			{Path: "Hosts.Host.", Rows: []int{1, 4}},
			{Path: "WiFi.SSID.", Rows: []int{1}},
			{Path: "WiFi.AccessPoint.", Rows: []int{1}},
		}...),
		Initial: map[string]string{
			"PPP.Interface.1.Alias":            "internet",
			"DHCPv4.Client.1.Alias":            "internet",
			"Ethernet.VLANTermination.1.Alias": "internet",
		},
	}
}

func tr181Specs() []Spec {
	return []Spec{
		{Path: "RootDataModelVersion", Value: "2.12", Inform: Forced},
		{Path: "DHCPv4.ClientNumberOfEntries", Type: tUint},
		{Path: "DHCPv4.Client.{i}.Enable", Type: tBool, Access: ReadWrite, Value: "0"},
		{Path: "DHCPv4.Client.{i}.Alias", Access: ReadWrite, Max: 64, Value: "cpe-dhcp{n}"},
		{Path: "DHCPv4.Client.{i}.Interface", Access: ReadWrite, Value: "Device.IP.Interface.1."},
		{Path: "DHCPv4.Client.{i}.Status", Value: "Disabled"},
		{Path: "DHCPv4.Client.{i}.IPAddress", Value: "198.51.100.20"},
		{Path: "Ethernet.InterfaceNumberOfEntries", Type: tUint},
		{Path: "Ethernet.Interface.{i}.Enable", Type: tBool, Access: ReadWrite, Value: "1"},
		{Path: "Ethernet.Interface.{i}.Status", Value: "Up"},
		{Path: "Ethernet.Interface.{i}.Name", Value: "eth{n}"},
		{Path: "Ethernet.Interface.{i}.MACAddress", Value: "{mac}"},
		{Path: "Ethernet.Interface.{i}.MaxBitRate", Type: tInt, Access: ReadWrite, Value: "1000"},
		{Path: "Ethernet.VLANTerminationNumberOfEntries", Type: tUint},
		{Path: "Ethernet.VLANTermination.{i}.Enable", Type: tBool, Access: ReadWrite, Value: "0"},
		{Path: "Ethernet.VLANTermination.{i}.Alias", Access: ReadWrite, Max: 64, Value: "cpe-vlan{n}"},
		{Path: "Ethernet.VLANTermination.{i}.VLANID", Type: tUint, Access: ReadWrite, Value: "0"},
		{Path: "Ethernet.VLANTermination.{i}.LowerLayers", Access: ReadWrite, Max: 1024, Value: "Device.Ethernet.Interface.1."},
		{Path: "IP.InterfaceNumberOfEntries", Type: tUint},
		{Path: "IP.Interface.{i}.Enable", Type: tBool, Access: ReadWrite, Value: "1"},
		{Path: "IP.Interface.{i}.Status", Value: "Up"},
		{Path: "IP.Interface.{i}.LowerLayers", Access: ReadWrite, Max: 1024},
		{Path: "NAT.PortMappingNumberOfEntries", Type: tUint},
		{Path: "NAT.PortMapping.{i}.Enable", Type: tBool, Access: ReadWrite, Value: "0"},
		{Path: "NAT.PortMapping.{i}.ExternalPort", Type: tUint, Access: ReadWrite, Value: "0"},
		{Path: "NAT.PortMapping.{i}.InternalPort", Type: tUint, Access: ReadWrite, Value: "0"},
		{Path: "NAT.PortMapping.{i}.InternalClient", Access: ReadWrite},
		{Path: "NAT.PortMapping.{i}.Protocol", Access: ReadWrite, Value: "TCP", Enum: []string{"TCP", "UDP"}},
		{Path: "Hosts.HostNumberOfEntries", Type: tUint},
		{Path: "Hosts.Host.{i}.HostName", Value: "host-{n}"},
		{Path: "Hosts.Host.{i}.PhysAddress", Value: "00:00:5E:00:53:F{n}"},
		{Path: "Hosts.Host.{i}.IPAddress", Value: "192.0.2.10{n}"},
		{Path: "Hosts.Host.{i}.Active", Type: tBool, Value: "1"},
		{Path: "WiFi.SSID.{i}.SSID", Access: ReadWrite, Max: 32, Value: "home-{serial}"},
		{Path: "WiFi.AccessPoint.{i}.Security.ModeEnabled", Access: ReadWrite, Value: "WPA2-Personal"},
		{Path: "WiFi.AccessPoint.{i}.Security.KeyPassphrase", Access: WriteOnly, Max: 63},
	}
}

const (
	wanDevice = "WANDevice.1.WANConnectionDevice."
	wanPPP    = wanDevice + "{i}.WANPPPConnection."
	wanIP     = wanDevice + "{i}.WANIPConnection."
)

// igdSummary is the DeviceSummary of a TR-098 gateway.
const igdSummary = "InternetGatewayDevice:1.4[](Baseline:1, EthernetLAN:1, EthernetWAN:1, PPPConn:1, IPPing:1)"

func tr098Gateway() Model {
	return igd(Model{
		Name: "tr098-gateway", Help: "home gateway with the InternetGatewayDevice:1 data model", ProductClass: "HGW-098",
		Registration: Registration{UserInfo: "X_CT-COM_UserInfo.", Event: "X CT-COM BIND"},
		Hosts:        Hosts{Event: "X CT-COM STBBIND"},
	})
}

func cuGateway() Model {
	return igd(Model{
		Name: "cu-gateway", Help: "home gateway of China Unicom, X_CU_UserInfo.", ProductClass: "HGW-CU",
		Registration: Registration{UserInfo: "X_CU_UserInfo.", Event: "X CU BIND"},
		Hosts:        Hosts{Event: "X CU STBBIND"},
	})
}

func cmccGateway() Model {
	return igd(Model{
		Name: "cmcc-gateway", Help: "home gateway of China Mobile, X_CMCC_UserInfo.", ProductClass: "HGW-CMCC",
		Registration: Registration{UserInfo: "X_CMCC_UserInfo.", Event: "X CMCC BIND"},
		Hosts:        Hosts{Event: "X CMCC STBBIND"},
	})
}

// igd completes the model of a TR-098 gateway. The carriers differ in the object
// of their registration and in their events only.
func igd(m Model) Model {
	m.Manufacturer = "Example Gateway"
	m.OUI = "00005E"
	m.Root = "InternetGatewayDevice."
	m.Registration.Code = m.Registration.UserInfo + "UserName"
	m.Registration.Password = m.Registration.UserInfo + "UserId"
	m.Hosts.Table, m.Hosts.MAC = "LANDevice.1.Hosts.Host.", "MACAddress"
	tests, tables, diagnostics := igdTests()
	m.Specs = specs(common(), tests, igdSpecs(), userInfo(m.Registration.UserInfo),
		wanConnection(wanPPP), wanConnection(wanIP))
	m.Diagnostics = diagnostics
	m.Tables = append(tables, []Table{
		{Path: wanDevice, Rows: []int{1}, Writable: true, Step: 2},
		{Path: wanPPP, Writable: true, Step: 3},
		{Path: wanIP, Rows: []int{1}, Writable: true, Step: 3},
		{Path: "LANDevice.1.Hosts.Host.", Rows: []int{1, 4}},
	}...)
	m.Initial = igdInitial()
	m.WAN = wanDevice + "1.WANIPConnection.1.ExternalIPAddress"
	m.Places = []string{m.WAN}
	return m
}

// igdInitial makes the first connection carry the management of the gateway.
func igdInitial() map[string]string {
	return map[string]string{
		wanDevice + "1.WANIPConnection.1.Name":                    "TR069",
		wanDevice + "1.WANIPConnection.1.Enable":                  "1",
		wanDevice + "1.WANIPConnection.1.X_CT-COM_ServiceList":    "TR069",
		wanDevice + "1.WANIPConnection.1.AddressingType":          "DHCP",
		wanDevice + "1.WANIPConnection.1.ExternalIPAddress":       "198.51.100.20",
		wanDevice + "1.X_CT-COM_WANGponLinkConfig.Mode":           "2",
		wanDevice + "1.X_CT-COM_WANGponLinkConfig.VLANIDMark":     "46",
		wanDevice + "1.WANIPConnection.1.ConnectionStatus":        "Connected",
		wanDevice + "1.WANIPConnection.1.PossibleConnectionTypes": "IP_Routed,IP_Bridged",
	}
}

// userInfo are the parameters of a gateway's registration (China Telecom's
// specification; the other carriers follow it). The gateway asks for a LOID until
// the ACS has written Status and Result.
func userInfo(object string) []Spec {
	return []Spec{
		{Path: object + "UserName", Access: ReadWrite, Max: 64, Inform: Vendor},
		{Path: object + "UserId", Access: WriteOnly, Max: 64, Inform: Vendor},
		{Path: object + "Status", Type: tUint, Access: ReadWrite, Value: unregistered},
		{Path: object + "Result", Type: tUint, Access: ReadWrite, Value: unregistered},
		{Path: object + "Limit", Type: tUint, Access: ReadWrite, Value: "10"},
		{Path: object + "Times", Type: tUint, Access: ReadWrite, Value: "0"},
		{Path: object + "ServiceNum", Type: tUint, Access: ReadWrite, Value: "0"},
	}
}

func igdSpecs() []Spec {
	return []Spec{
		{Path: "DeviceSummary", Value: igdSummary, Max: 1024, Inform: Forced},
		{Path: "DeviceInfo.SpecVersion", Value: "1.0", Inform: Forced},
		{Path: "WANDevice.1.WANCommonInterfaceConfig.WANAccessType", Value: "Ethernet"},
		{Path: "WANDevice.1.WANEthernetInterfaceConfig.Enable", Type: tBool, Access: ReadWrite, Value: "1"},
		{Path: "WANDevice.1.WANEthernetInterfaceConfig.Status", Value: "Up"},
		{Path: "WANDevice.1.WANEthernetInterfaceConfig.MACAddress", Value: "{mac}"},
		{Path: wanDevice + "{i}.WANPPPConnectionNumberOfEntries", Type: tUint},
		{Path: wanDevice + "{i}.WANIPConnectionNumberOfEntries", Type: tUint},
		{Path: wanDevice + "{i}.X_CT-COM_WANGponLinkConfig.Mode", Type: tUint, Access: ReadWrite, Value: "0", Enum: []string{"0", "1", "2"}},
		{Path: wanDevice + "{i}.X_CT-COM_WANGponLinkConfig.VLANIDMark", Type: tUint, Access: ReadWrite, Value: "0"},
		{Path: wanPPP + "{i}.Username", Access: ReadWrite, Max: 64},
		{Path: wanPPP + "{i}.Password", Access: WriteOnly, Max: 64},
		{Path: wanIP + "{i}.AddressingType", Access: ReadWrite, Value: "DHCP", Enum: []string{"DHCP", "Static"}},
		{Path: "LANDevice.1.LANEthernetInterfaceConfig.1.MACAddress", Value: "{mac}"},
		{Path: "LANDevice.1.Hosts.HostNumberOfEntries", Type: tUint},
		{Path: "LANDevice.1.Hosts.Host.{i}.HostName", Value: "host-{n}"},
		{Path: "LANDevice.1.Hosts.Host.{i}.MACAddress", Value: "00:00:5E:00:53:F{n}"},
		{Path: "LANDevice.1.Hosts.Host.{i}.IPAddress", Value: "192.0.2.10{n}"},
		{Path: "LANDevice.1.WLANConfiguration.1.SSID", Access: ReadWrite, Max: 32, Value: "home-{serial}"},
		{Path: "LANDevice.1.WLANConfiguration.1.KeyPassphrase", Access: WriteOnly, Max: 63},
	}
}

// wanConnection are the parameters that WANPPPConnection and WANIPConnection
// share.
func wanConnection(table string) []Spec {
	row := table + "{i}."
	return []Spec{
		{Path: row + "Enable", Type: tBool, Access: ReadWrite, Value: "0"},
		{Path: row + "Name", Access: ReadWrite},
		{Path: row + "ConnectionType", Access: ReadWrite, Value: "Unconfigured", Enum: []string{"Unconfigured", "IP_Routed", "IP_Bridged", "PPPoE_Bridged"}},
		{Path: row + "PossibleConnectionTypes", Value: "IP_Routed,IP_Bridged"},
		{Path: row + "ConnectionStatus", Value: "Unconfigured"},
		{Path: row + "NATEnabled", Type: tBool, Access: ReadWrite, Value: "1"},
		{Path: row + "ExternalIPAddress", Value: ""},
		{Path: row + "X_CT-COM_ServiceList", Access: ReadWrite, Value: ""},
	}
}
