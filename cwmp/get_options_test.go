package cwmp

import "testing"

func TestGetOptions(t *testing.T) {
	checkGolden(t, &GetOptions{OptionName: "Gaming"})
	checkGolden(t, &GetOptionsResponse{Options: []Option{{"Gaming", 12, 3, 1, goldenTime, ParseDateTime("2027-01-01T00:00:00Z"), true}, {OptionName: "Voice"}}})
}

func FuzzGetOptions(f *testing.F) { fuzzGolden(f, "GetOptions", "GetOptionsResponse") }
