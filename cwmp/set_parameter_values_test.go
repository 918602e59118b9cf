package cwmp

import (
	"reflect"
	"testing"
)

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

func TestSetParameterValuesForms(t *testing.T) {
	for body, want := range map[string]SetParameterValues{
		`<ParameterKey> k </ParameterKey>`: {ParameterKey: "k"},
		`<ParameterList/>`:                 {},
		`<ParameterList><x><Name>A</Name><Value xsi:type="xsd:boolean"> false </Value></x></ParameterList>`: {
			Parameters: []ParameterValue{{"A", "false", TypeBoolean}},
		},
		`<ParameterList><x><Name>A</Name><Value xsi:nil="true"/></x><y><Name>A</Name></y></ParameterList>`: {
			Parameters: []ParameterValue{{"A", "", TypeString}, {"A", "", TypeString}},
		},
	} {
		checkBody(t, `<cwmp:SetParameterValues>`+body+`</cwmp:SetParameterValues>`, &want)
	}
}

// TestSetParameterValuesWritten checks counts, types and the escaping of
// values; line ends inside a value must survive.
func TestSetParameterValuesWritten(t *testing.T) {
	checkWritten(t, &SetParameterValues{Parameters: []ParameterValue{{"A", "1\r\n2\t<&>", ""}, {"B", "", TypeInt}}},
		`<cwmp:SetParameterValues><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[2]">`+
			"<ParameterValueStruct><Name>A</Name><Value xsi:type=\"xsd:string\">1&#xD;\n2\t&lt;&amp;&gt;</Value></ParameterValueStruct>"+
			`<ParameterValueStruct><Name>B</Name><Value xsi:type="xsd:int"></Value></ParameterValueStruct>`+
			`</ParameterList><ParameterKey></ParameterKey></cwmp:SetParameterValues>`)
	checkWritten(t, &SetParameterValuesResponse{Status: StatusApplied}, `<cwmp:SetParameterValuesResponse><Status>0</Status></cwmp:SetParameterValuesResponse>`)
}

// TestSetParameterValuesKeepsLineEnds reads such a value back.
func TestSetParameterValuesKeepsLineEnds(t *testing.T) {
	want := &SetParameterValues{Parameters: []ParameterValue{{"A", " 1\r\n2\r3\n\t ", TypeString}}}
	got, err := Decode((&Envelope{Message: want}).Encode(), "")
	if err != nil || !reflect.DeepEqual(got.Message, want) {
		t.Errorf("got %#v, %v", got.Message, err)
	}
}

func FuzzSetParameterValues(f *testing.F) {
	fuzzGolden(f, "SetParameterValues", "SetParameterValuesResponse")
}
