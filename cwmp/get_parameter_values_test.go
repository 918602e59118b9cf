package cwmp

import "testing"

func TestGetParameterValues(t *testing.T) {
	checkGolden(t, &GetParameterValues{Names: []string{"Device.DeviceInfo.", "Device.ManagementServer.URL", ""}})
	checkGolden(t, &GetParameterValuesResponse{
		Parameters: []ParameterValue{
			{"Device.DeviceInfo.SerialNumber", "00005E005301", TypeString},
			{"Device.DeviceInfo.UpTime", "123456", TypeUnsignedInt},
			{"Device.ManagementServer.PeriodicInformEnable", "true", TypeBoolean},
			{"Device.ManagementServer.PeriodicInformTime", "2026-01-01T00:00:00Z", TypeDateTime},
			{"Device.DeviceInfo.X_00005E_Blob", "AAEC", TypeBase64Binary},
			{"Device.DeviceInfo.Offset", "-5", TypeInt},
		},
	})
}

func FuzzGetParameterValues(f *testing.F) {
	fuzzGolden(f, "GetParameterValues", "GetParameterValuesResponse")
}
