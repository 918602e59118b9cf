package cwmp

import "testing"

func TestSetParameterValues(t *testing.T) {
	checkGolden(t, &SetParameterValues{
		Parameters: []ParameterValue{
			{"Device.WiFi.SSID.1.SSID", `Tom & "Eva" <5 GHz> Ünïcode`, TypeString},
			{"Device.WiFi.SSID.1.Enable", "1", TypeBoolean},
			{"Device.ManagementServer.PeriodicInformInterval", "86400", TypeUnsignedInt},
			{"Device.DeviceInfo.ProvisioningCode", "", TypeString},
		},
		ParameterKey: "rev-17",
	})
	checkGolden(t, &SetParameterValuesResponse{Status: StatusPending})
}

func FuzzSetParameterValues(f *testing.F) {
	fuzzGolden(f, "SetParameterValues", "SetParameterValuesResponse")
}
