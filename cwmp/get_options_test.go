package cwmp

import "testing"

func TestGetOptions(t *testing.T) {
	checkGolden(t, &GetOptions{OptionName: "Gaming"})
	checkGolden(t, &GetOptionsResponse{Options: []Option{{"Gaming", 12, 3, 1, goldenTime, ParseDateTime("2027-01-01T00:00:00Z"), true}, {OptionName: "Voice"}}})
}

func TestGetOptionsForms(t *testing.T) {
	for list, want := range map[string][]Option{
		``: nil,
		`<OptionStruct><IsTransferable>1</IsTransferable><State>3</State><ExpirationDate/></OptionStruct>`: {{State: 3, IsTransferable: true}},
		`<OptionStruct><Mode>-1</Mode><StartDate>2026-03-05T11:54:14Z</StartDate></OptionStruct>`:          {{Mode: -1, StartDate: goldenTime}},
		`<x><OptionName> Gaming </OptionName><VoucherSN>x</VoucherSN></x>`:                                 {{OptionName: "Gaming"}},
	} {
		checkBody(t, `<cwmp:GetOptionsResponse><OptionList>`+list+`</OptionList></cwmp:GetOptionsResponse>`,
			&GetOptionsResponse{Options: want})
	}
}

func TestGetOptionsWritten(t *testing.T) {
	checkWritten(t, &GetOptions{}, `<cwmp:GetOptions><OptionName></OptionName></cwmp:GetOptions>`)
	checkWritten(t, &GetOptionsResponse{}, `<cwmp:GetOptionsResponse>`+
		`<OptionList soap-enc:arrayType="cwmp:OptionStruct[0]"></OptionList></cwmp:GetOptionsResponse>`)
}

func FuzzGetOptions(f *testing.F) { fuzzGolden(f, "GetOptions", "GetOptionsResponse") }
