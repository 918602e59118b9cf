package cwmp

import "testing"

func TestGetParameterAttributes(t *testing.T) {
	checkGolden(t, &GetParameterAttributes{Names: []string{"Device.WiFi."}})
	checkGolden(t, &GetParameterAttributesResponse{
		Parameters: []ParameterAttribute{
			{"Device.WiFi.SSID.1.SSID", NotificationPassive, []string{"Subscriber"}},
			{"Device.WiFi.SSID.1.Enable", NotificationOff, nil},
		},
	})
}

func FuzzGetParameterAttributes(f *testing.F) {
	fuzzGolden(f, "GetParameterAttributes", "GetParameterAttributesResponse")
}
