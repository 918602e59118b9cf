package cwmp

import (
	"strings"
	"testing"
)

func TestGetParameterNames(t *testing.T) {
	checkGolden(t, &GetParameterNames{Path: "Device.", NextLevel: true})
	checkGolden(t, &GetParameterNamesResponse{
		Parameters: []ParameterInfo{{"Device.DeviceInfo.", false}, {"Device.WiFi.SSID.", true}, {"Device.RootDataModelVersion", false}},
	})
}

// TestGetParameterNamesForms has quirk 33: NextLevel in words and digits.
func TestGetParameterNamesForms(t *testing.T) {
	for text, want := range map[string]bool{"1": true, "true": true, " TRUE ": true, "0": false, "false": false, "": false, "2": false} {
		checkBody(t, `<GetParameterNames><NextLevel>`+text+`</NextLevel><ParameterPath> Device. </ParameterPath></GetParameterNames>`,
			&GetParameterNames{Path: "Device.", NextLevel: want})
	}
	checkBody(t, `<GetParameterNamesResponse><ParameterList/></GetParameterNamesResponse>`, &GetParameterNamesResponse{})
	checkBody(t, `<GetParameterNamesResponse/>`, &GetParameterNamesResponse{})
}

// TestGetParameterNamesWritten has quirks 33 and 34: digits, and an empty path
// that is there.
func TestGetParameterNamesWritten(t *testing.T) {
	checkWritten(t, &GetParameterNames{}, `<cwmp:GetParameterNames><ParameterPath></ParameterPath><NextLevel>0</NextLevel></cwmp:GetParameterNames>`)
	checkWritten(t, &GetParameterNamesResponse{Parameters: []ParameterInfo{{"A.", true}}},
		`<cwmp:GetParameterNamesResponse><ParameterList soap-enc:arrayType="cwmp:ParameterInfoStruct[1]">`+
			`<ParameterInfoStruct><Name>A.</Name><Writable>1</Writable></ParameterInfoStruct></ParameterList></cwmp:GetParameterNamesResponse>`)
}

func TestGetParameterNamesLimits(t *testing.T) {
	checkRefused(t, KindTooLong, `<GetParameterNames><ParameterPath>`+strings.Repeat("A", MaxNameBytes+1)+`</ParameterPath></GetParameterNames>`)
	checkRefused(t, KindTooMany, `<GetParameterNamesResponse><ParameterList>`+strings.Repeat("<x/>", MaxItems+1)+`</ParameterList></GetParameterNamesResponse>`)
}

func FuzzGetParameterNames(f *testing.F) {
	fuzzGolden(f, "GetParameterNames", "GetParameterNamesResponse")
}
