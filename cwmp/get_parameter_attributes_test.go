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

func TestGetParameterAttributesForms(t *testing.T) {
	checkBody(t, `<GetParameterAttributes><ParameterNames><string/><x> Device. </x></ParameterNames></GetParameterAttributes>`,
		&GetParameterAttributes{Names: []string{"", "Device."}})
	for item, want := range map[string]ParameterAttribute{
		`<Name>A</Name>`: {Name: "A"},
		`<AccessList/><Notification> 6 </Notification>`:                                       {Notification: NotificationPassiveAndActiveLightweight},
		`<AccessList><string> Subscriber </string></AccessList><Notification/>`:               {AccessList: []string{"Subscriber"}},
		`<Notification>active</Notification><AccessList><a>x</a><b>y</b></AccessList>`:        {AccessList: []string{"x", "y"}},
		`<cwmp:Name>A</cwmp:Name><cwmp:Notification xsi:type="xsd:int">2</cwmp:Notification>`: {Name: "A", Notification: NotificationActive},
	} {
		checkBody(t, `<GetParameterAttributesResponse><ParameterList><ParameterAttributeStruct>`+item+
			`</ParameterAttributeStruct></ParameterList></GetParameterAttributesResponse>`,
			&GetParameterAttributesResponse{Parameters: []ParameterAttribute{want}})
	}
}

func TestGetParameterAttributesWritten(t *testing.T) {
	checkWritten(t, &GetParameterAttributes{Names: []string{""}},
		`<cwmp:GetParameterAttributes><ParameterNames soap-enc:arrayType="xsd:string[1]"><string></string></ParameterNames></cwmp:GetParameterAttributes>`)
	checkWritten(t, &GetParameterAttributesResponse{},
		`<cwmp:GetParameterAttributesResponse><ParameterList soap-enc:arrayType="cwmp:ParameterAttributeStruct[0]"></ParameterList></cwmp:GetParameterAttributesResponse>`)
}

func FuzzGetParameterAttributes(f *testing.F) {
	fuzzGolden(f, "GetParameterAttributes", "GetParameterAttributesResponse")
}
