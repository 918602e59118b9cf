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

func TestSetParameterAttributesForms(t *testing.T) {
	for item, want := range map[string]SetParameterAttribute{
		`<Name>A.</Name><NotificationChange>TRUE</NotificationChange><Notification>4</Notification>`: {
			Name: "A.", NotificationChange: true, Notification: NotificationPassiveAndLightweight,
		},
		`<AccessList><string>Subscriber</string></AccessList><AccessListChange>1</AccessListChange>`: {
			AccessListChange: true, AccessList: []string{"Subscriber"},
		},
		`<AccessList soap-enc:arrayType="xsd:string[5]"/><AccessListChange>x</AccessListChange>`: {},
	} {
		checkBody(t, `<SetParameterAttributes><ParameterList><x>`+item+`</x></ParameterList></SetParameterAttributes>`,
			&SetParameterAttributes{Parameters: []SetParameterAttribute{want}})
	}
	checkBody(t, `<SetParameterAttributesResponse><Status>0</Status></SetParameterAttributesResponse>`, &SetParameterAttributesResponse{})
}

// TestNotificationValues pins the numbers of the schema.
func TestNotificationValues(t *testing.T) {
	for want, got := range []int{
		NotificationOff, NotificationPassive, NotificationActive, NotificationPassiveLightweight,
		NotificationPassiveAndLightweight, NotificationActiveLightweight, NotificationPassiveAndActiveLightweight,
	} {
		if got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}

func TestSetParameterAttributesWritten(t *testing.T) {
	checkWritten(t, &SetParameterAttributes{}, `<cwmp:SetParameterAttributes>`+
		`<ParameterList soap-enc:arrayType="cwmp:SetParameterAttributesStruct[0]"></ParameterList></cwmp:SetParameterAttributes>`)
	checkWritten(t, &SetParameterAttributesResponse{}, `<cwmp:SetParameterAttributesResponse></cwmp:SetParameterAttributesResponse>`)
}

func FuzzSetParameterAttributes(f *testing.F) {
	fuzzGolden(f, "SetParameterAttributes", "SetParameterAttributesResponse")
}
