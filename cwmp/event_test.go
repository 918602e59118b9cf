package cwmp

import "testing"

// TestCanonicalEvent has quirk 27, "1 Boot".
func TestCanonicalEvent(t *testing.T) {
	for code, want := range map[string]string{
		"0 BOOTSTRAP":                            EventBootstrap,
		"1 Boot":                                 EventBoot,
		" 1 BOOT\n":                              EventBoot,
		"1_BOOT":                                 EventBoot,
		"4  value_change":                        EventValueChange,
		"6 CONNECTIONREQUEST":                    EventConnectionRequest,
		"12 autonomous du state change complete": EventAutonomousDUStateChange,
		"m reboot":                               EventMReboot,
		"M_Download":                             EventMDownload,
		"M changedustate":                        EventMChangeDUState,
		"X 00005E GUI":                           "X 00005E GUI",
		" M X_00005E_Probe ":                     "M X_00005E_Probe",
		"15 NEW EVENT":                           "15 NEW EVENT",
		"10":                                     "10",
		"":                                       "",
	} {
		if got := CanonicalEvent(code); got != want {
			t.Errorf("%q: got %q, want %q", code, got, want)
		}
		if got := CanonicalEvent(want); got != want {
			t.Errorf("%q is changed to %q", want, got)
		}
	}
}
