package sim

import (
	"slices"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
)

func TestAsksForAFile(t *testing.T) {
	cpe := box(t, &acstest.ACS{}, Config{}, "request-download=3 Vendor Configuration File")
	if report := run(t, cpe); slices.Contains(report.Events, "9 REQUEST DOWNLOAD") { // goes with no first contact
		t.Errorf("events %q", report.Events)
	}
	for range 2 {
		report := run(t, cpe)
		if !slices.Contains(report.Events, "9 REQUEST DOWNLOAD") || !slices.Equal(report.Sent, []string{"RequestDownload"}) {
			t.Errorf("events %q, sent %q", report.Events, report.Sent)
		}
	}
}

func TestFetchesByItself(t *testing.T) {
	cpe := box(t, &acstest.ACS{}, Config{}, "autonomous-transfer=3.1")
	run(t, cpe)
	if report := run(t, cpe); !slices.Contains(report.Events, "10 AUTONOMOUS TRANSFER COMPLETE") || !slices.Equal(report.Sent, []string{"AutonomousTransferComplete"}) {
		t.Errorf("events %q, sent %q", report.Events, report.Sent)
	}
	if got := value(t, cpe, "Device.DeviceInfo.SoftwareVersion"); got != "3.1" {
		t.Errorf("it runs %s", got)
	}
	if report := run(t, cpe); !slices.Equal(report.Events, []string{"1 BOOT"}) || len(report.Sent) != 0 {
		t.Errorf("events %q, sent %q", report.Events, report.Sent)
	}
}
