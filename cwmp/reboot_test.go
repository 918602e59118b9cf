package cwmp

import "testing"

func TestReboot(t *testing.T) {
	checkGolden(t, &Reboot{CommandKey: "job-3"})
	checkGolden(t, &RebootResponse{})
}

func FuzzReboot(f *testing.F) { fuzzGolden(f, "Reboot", "RebootResponse") }
