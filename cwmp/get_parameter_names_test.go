package cwmp

import "testing"

func TestGetParameterNames(t *testing.T) {
	checkGolden(t, &GetParameterNames{Path: "Device.", NextLevel: true})
	checkGolden(t, &GetParameterNamesResponse{
		Parameters: []ParameterInfo{{"Device.DeviceInfo.", false}, {"Device.WiFi.SSID.", true}, {"Device.RootDataModelVersion", false}},
	})
}

func FuzzGetParameterNames(f *testing.F) {
	fuzzGolden(f, "GetParameterNames", "GetParameterNamesResponse")
}
