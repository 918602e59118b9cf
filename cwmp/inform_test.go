package cwmp

import "testing"

func TestInform(t *testing.T) {
	checkGolden(t, &Inform{
		DeviceID:     DeviceID{Manufacturer: "Example & Co", OUI: "00005E", ProductClass: "STB", SerialNumber: "00005E005301"},
		Events:       []Event{{EventBoot, ""}, {EventMReboot, "job-3"}},
		MaxEnvelopes: 1,
		CurrentTime:  goldenTime,
		RetryCount:   2,
		Parameters: []ParameterValue{
			{"Device.RootDataModelVersion", "2.12", TypeString},
			{"Device.DeviceInfo.HardwareVersion", "A1", TypeString},
			{"Device.DeviceInfo.SoftwareVersion", "3.4.5", TypeString},
			{"Device.DeviceInfo.ProvisioningCode", "", TypeString},
			{"Device.ManagementServer.ConnectionRequestURL", "http://192.0.2.10:7547/a1b2", TypeString},
			{"Device.ManagementServer.ParameterKey", "rev-17", TypeString},
			{"Device.ManagementServer.AliasBasedAddressing", "false", TypeBoolean},
			{"Device.DeviceInfo.UpTime", "42", TypeUnsignedInt},
			{"Device.Ethernet.Interface.1.MACAddress", "00:00:5E:00:53:01", TypeString},
		},
	})
	checkGolden(t, &InformResponse{MaxEnvelopes: 1})
}

func FuzzInform(f *testing.F) { fuzzGolden(f, "Inform", "InformResponse") }
