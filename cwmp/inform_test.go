package cwmp

import (
	"strings"
	"testing"
)

func TestInform(t *testing.T) {
	checkGolden(t, &Inform{
		DeviceID:     DeviceID{Manufacturer: "Example & Co", OUI: "00005E", ProductClass: "STB", SerialNumber: "00005E005301"},
		Events:       []Event{{EventBoot, ""}, {EventMReboot, "job-3"}},
		MaxEnvelopes: 1,
		CurrentTime:  goldenTime,
		RetryCount:   2,
		Parameters: []ParameterValue{
			{"Device.RootDataModelVersion", "2.12", TypeString},
			{"Device.DeviceInfo.HardwareVersion", "A1", TypeString},
			{"Device.DeviceInfo.SoftwareVersion", "3.4.5", TypeString},
			{"Device.DeviceInfo.ProvisioningCode", "", TypeString},
			{"Device.ManagementServer.ConnectionRequestURL", "http://192.0.2.10:7547/a1b2", TypeString},
			{"Device.ManagementServer.ParameterKey", "rev-17", TypeString},
			{"Device.ManagementServer.AliasBasedAddressing", "false", TypeBoolean},
			{"Device.DeviceInfo.UpTime", "42", TypeUnsignedInt},
			{"Device.Ethernet.Interface.1.MACAddress", "00:00:5E:00:53:01", TypeString},
		},
	})
	checkGolden(t, &InformResponse{MaxEnvelopes: 1})
}

// TestInformForms are events, times and identities as CPEs vary them.
func TestInformForms(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want Inform
	}{
		"empty event list (26)": {`<Event/>`, Inform{}},
		"no event list":         {``, Inform{}},
		"event case (27)":       {`<Event><EventStruct><EventCode>1 Boot</EventCode></EventStruct></Event>`, Inform{Events: []Event{{EventBoot, ""}}}},
		"vendor event": {
			`<Event><EventStruct><CommandKey> k </CommandKey><EventCode> X 00005E GUI </EventCode></EventStruct></Event>`,
			Inform{Events: []Event{{"X 00005E GUI", "k"}}},
		},
		"retries (57)":        {`<RetryCount>31337</RetryCount>`, Inform{RetryCount: 31337}},
		"broken clock (51)":   {`<CurrentTime>2019-03-05T11:54::14</CurrentTime>`, Inform{CurrentTime: DateTime{Raw: "2019-03-05T11:54::14"}}},
		"clock not set":       {`<CurrentTime>0001-01-01T00:00:00+00:00</CurrentTime>`, Inform{}},
		"empty clock":         {`<CurrentTime/>`, Inform{}},
		"no product class":    {`<DeviceId><OUI> 00005E </OUI><SerialNumber>00:00:5E:00:53:01</SerialNumber></DeviceId>`, Inform{DeviceID: DeviceID{OUI: "00005E", SerialNumber: "00:00:5E:00:53:01"}}},
		"case is kept":        {`<DeviceId><OUI>00005e</OUI><ProductClass>a-%2D</ProductClass></DeviceId>`, Inform{DeviceID: DeviceID{OUI: "00005e", ProductClass: "a-%2D"}}},
		"envelopes (ignored)": {`<MaxEnvelopes>99</MaxEnvelopes>`, Inform{MaxEnvelopes: 99}},
	} {
		t.Run(name, func(t *testing.T) { checkBody(t, `<cwmp:Inform>`+test.body+`</cwmp:Inform>`, &test.want) })
	}
}

func TestInformHasEvent(t *testing.T) {
	m := &Inform{Events: []Event{{"1 boot", ""}, {EventMReboot, "k"}}}
	for code, want := range map[string]bool{EventBoot: true, "m_reboot": true, EventBootstrap: false, "": false} {
		if got := m.HasEvent(code); got != want {
			t.Errorf("%q: got %v", code, got)
		}
	}
}

func TestInformWritten(t *testing.T) {
	checkWritten(t, &Inform{}, `<cwmp:Inform><DeviceId><Manufacturer></Manufacturer><OUI></OUI><ProductClass></ProductClass><SerialNumber></SerialNumber></DeviceId>`+
		`<Event soap-enc:arrayType="cwmp:EventStruct[0]"></Event><MaxEnvelopes>0</MaxEnvelopes><CurrentTime>0001-01-01T00:00:00Z</CurrentTime>`+
		`<RetryCount>0</RetryCount><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[0]"></ParameterList></cwmp:Inform>`)
	checkWritten(t, &InformResponse{MaxEnvelopes: 1}, `<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>`)
}

func TestInformLimits(t *testing.T) {
	checkRefused(t, KindTooMany, `<Inform><Event>`+strings.Repeat("<x/>", MaxItems+1)+`</Event></Inform>`)
	checkRefused(t, KindTooLong, `<Inform><DeviceId><SerialNumber>`+strings.Repeat("1", MaxFieldBytes+1)+`</SerialNumber></DeviceId></Inform>`)
}

func FuzzInform(f *testing.F) { fuzzGolden(f, "Inform", "InformResponse") }
