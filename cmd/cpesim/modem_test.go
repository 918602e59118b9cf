package main

import (
	"strings"
	"testing"

	"itms"
	"itms/internal/command"
)

func TestModemUsage(t *testing.T) {
	for _, args := range []string{"modem", "modem --dhcp x --relay 127.0.0.1:1", "modem --dhcp 127.0.0.1:1 --relay y", "modem --dhcp 127.0.0.1:1 --relay 127.0.0.1:1 --mac z",
		"modem --dhcp 127.0.0.1:1 --relay 127.0.0.1:1 --from w", "modem --dhcp 127.0.0.1:1 --relay 127.0.0.1:1 --docsis 9"} {
		if code, _, errs := cpesim(t, strings.Fields(args)...); code != command.ExitUsage || errs == "" {
			t.Errorf("%s: exit %d, %s", args, code, errs)
		}
	}
	if out := must(t, "modem", "--help"); !strings.Contains(out, "Example: cpesim modem") {
		t.Errorf("%s", out)
	}
	if out := must(t, "quirks"); !strings.Contains(out, "declines-first") {
		t.Errorf("%s", out)
	}
}

// TestModemFails when nobody answers: the last lines tell the step, and it is no success.
func TestModemFails(t *testing.T) {
	code, out, errs := cpesim(t, "modem", "--dhcp", "127.0.0.1:9", "--relay", "127.78.0.1:0", "--count", "2", "--unit", "1ms")
	if code != command.ExitFailed || strings.Count(out, `"state":"failed","error":"dhcp: discover: no answer"`) != 2 || !strings.Contains(errs, "2 of 2") {
		t.Errorf("exit %d, %s, %s", code, out, errs)
	}
}

func TestModemsCountUp(t *testing.T) {
	mac := itms.MAC{0, 0, 0x5E, 0, 0x53, 0xFF}
	if got := counted(mac, 1); got != (itms.MAC{0, 0, 0x5E, 0, 0x54, 0}) {
		t.Error(got)
	}
	if got := numberedPath("cm.json", mac, 1); got != "cm.json.00005E0053FF" {
		t.Error(got)
	}
}
