package cwmp

import (
	"reflect"
	"strings"
	"testing"
)

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

// TestGetParameterValuesForms are requests; the forms of values are tested
// with the quirks.
func TestGetParameterValuesForms(t *testing.T) {
	for list, want := range map[string][]string{
		``:                  nil,
		`<string></string>`: {""},
		`<xsd:string>A</xsd:string><Name> B. </Name>`:       {"A", "B."},
		"<string>\n\tDevice.\n</string><!-- x -->text":      {"Device."},
		`<string xsi:type="xsd:string">A.&#x2a;.B</string>`: {"A.*.B"},
	} {
		checkBody(t, `<cwmp:GetParameterValues><ParameterNames soap-enc:arrayType="xsd:string[99]">`+list+`</ParameterNames></cwmp:GetParameterValues>`,
			&GetParameterValues{Names: want})
	}
}

// TestGetParameterValuesOrder checks that a long list keeps its order, and
// that names given twice stay two.
func TestGetParameterValuesOrder(t *testing.T) {
	want := largeResponse(3000)
	list := want.Message.(*GetParameterValuesResponse)
	list.Parameters = append(list.Parameters, list.Parameters[0])
	got, err := Decode(want.Encode(), "")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the list is read in another form than it was written")
	}
}

func TestGetParameterValuesLimits(t *testing.T) {
	checkRefused(t, KindTooMany, `<GetParameterValues><ParameterNames>`+strings.Repeat("<x/>", MaxItems+1)+`</ParameterNames></GetParameterValues>`)
	checkRefused(t, KindTooLong, `<GetParameterValues><ParameterNames><x>`+strings.Repeat("A", MaxNameBytes+1)+`</x></ParameterNames></GetParameterValues>`)
}

func FuzzGetParameterValues(f *testing.F) {
	fuzzGolden(f, "GetParameterValues", "GetParameterValuesResponse")
}
