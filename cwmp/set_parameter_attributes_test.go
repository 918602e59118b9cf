package cwmp

import "testing"

func TestSetParameterAttributes(t *testing.T) {
	checkGolden(t, &SetParameterAttributes{
		Parameters: []SetParameterAttribute{
			{"Device.DeviceInfo.SoftwareVersion", true, NotificationActive, false, nil},
			{"Device.WiFi.", true, NotificationPassive, true, []string{"Subscriber"}},
		},
	})
	checkGolden(t, &SetParameterAttributesResponse{})
}

func FuzzSetParameterAttributes(f *testing.F) {
	fuzzGolden(f, "SetParameterAttributes", "SetParameterAttributesResponse")
}
