package cwmp

import "strings"

// The event codes (TR-069 Amd 6 3.7.1.5). Vendor codes are "M X_<OUI>_method"
// and "X <OUI> text".
const (
	EventBootstrap                  = "0 BOOTSTRAP"
	EventBoot                       = "1 BOOT"
	EventPeriodic                   = "2 PERIODIC"
	EventScheduled                  = "3 SCHEDULED"
	EventValueChange                = "4 VALUE CHANGE"
	EventKicked                     = "5 KICKED"
	EventConnectionRequest          = "6 CONNECTION REQUEST"
	EventTransferComplete           = "7 TRANSFER COMPLETE"
	EventDiagnosticsComplete        = "8 DIAGNOSTICS COMPLETE"
	EventRequestDownload            = "9 REQUEST DOWNLOAD"
	EventAutonomousTransferComplete = "10 AUTONOMOUS TRANSFER COMPLETE"
	EventDUStateChangeComplete      = "11 DU STATE CHANGE COMPLETE"
	EventAutonomousDUStateChange    = "12 AUTONOMOUS DU STATE CHANGE COMPLETE"
	EventWakeup                     = "13 WAKEUP"
	EventHeartbeat                  = "14 HEARTBEAT"
	EventMReboot                    = "M Reboot"
	EventMScheduleInform            = "M ScheduleInform"
	EventMDownload                  = "M Download"
	EventMScheduleDownload          = "M ScheduleDownload"
	EventMUpload                    = "M Upload"
	EventMChangeDUState             = "M ChangeDUState"
)

// eventCodes maps the folded form of each standard code to the code.
var eventCodes = func() map[string]string {
	table := make(map[string]string)
	for _, code := range []string{
		EventBootstrap, EventBoot, EventPeriodic, EventScheduled, EventValueChange, EventKicked,
		EventConnectionRequest, EventTransferComplete, EventDiagnosticsComplete, EventRequestDownload,
		EventAutonomousTransferComplete, EventDUStateChangeComplete, EventAutonomousDUStateChange,
		EventWakeup, EventHeartbeat, EventMReboot, EventMScheduleInform, EventMDownload,
		EventMScheduleDownload, EventMUpload, EventMChangeDUState,
	} {
		table[code] = code
		table[foldEvent(code)] = code
	}
	return table
}()

// foldEvent drops what CPEs vary in an event code: case, spaces, underscores.
func foldEvent(code string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, strings.ToLower(code))
}

// CanonicalEvent returns an event code in the spelling of the constants, so
// that codes can be compared: "1_boot" gives "1 BOOT". Codes that are not
// standard are returned trimmed.
func CanonicalEvent(code string) string {
	code = strings.TrimSpace(code)
	if known, ok := eventCodes[code]; ok {
		return known
	}
	if known, ok := eventCodes[foldEvent(code)]; ok {
		return known
	}
	return code
}

// Event is one reason for an Inform (TR-069 Amd 6 A.3.3.1 EventStruct). Code is
// in the form of CanonicalEvent when it has been read. CommandKey is that of
// the RPC that caused an "M" event, else empty.
type Event struct {
	Code       string
	CommandKey string
}

func readEvent(item reader) (Event, bool) {
	return Event{Code: CanonicalEvent(item.str("EventCode")), CommandKey: item.str("CommandKey")}, true
}

func (e Event) encode(w *writer) {
	w.open("EventStruct")
	w.str("EventCode", e.Code)
	w.str("CommandKey", e.CommandKey)
	w.close("EventStruct")
}
