package cwmp

import "testing"

func TestReboot(t *testing.T) {
	checkGolden(t, &Reboot{CommandKey: "job-3"})
	checkGolden(t, &RebootResponse{})
}

func TestRebootForms(t *testing.T) {
	for body, want := range map[string]string{
		`<CommandKey>a b</CommandKey>`:                "a b",
		"<CommandKey>\r\n job \r\n</CommandKey>":      "job",
		`<x/><cwmp:CommandKey>job</cwmp:CommandKey>`:  "job",
		`<CommandKey>job<x>not this</x></CommandKey>`: "job",
		`<CommandKey>&lt;job&gt;</CommandKey>`:        "<job>",
		``:                                            "",
	} {
		checkBody(t, `<cwmp:Reboot>`+body+`</cwmp:Reboot>`, &Reboot{CommandKey: want})
	}
	checkBody(t, `<RebootResponse></RebootResponse>`, &RebootResponse{})
}

func TestRebootWritten(t *testing.T) {
	checkWritten(t, &Reboot{CommandKey: "<job>\x01"}, "<cwmp:Reboot><CommandKey>&lt;job&gt;\uFFFD</CommandKey></cwmp:Reboot>")
	checkWritten(t, &RebootResponse{}, `<cwmp:RebootResponse></cwmp:RebootResponse>`)
}

func FuzzReboot(f *testing.F) { fuzzGolden(f, "Reboot", "RebootResponse") }
