package cwmp

// ScheduleDownload makes the CPE fetch a file within time windows (ACS to CPE,
// TR-069 Amd 6 A.4.1.8).
type ScheduleDownload struct {
	// CommandKey names the command in later events, at most 32 characters.
	CommandKey string
	// FileType is such as "1 Firmware Upgrade Image".
	FileType string
	// URL is at most 256 characters.
	URL      string
	Username string
	Password string
	// FileSize is in bytes; 0 means unknown.
	FileSize       uint32
	TargetFileName string
	// TimeWindows are one or two windows that do not overlap.
	TimeWindows []TimeWindow
}

var _ Message = (*ScheduleDownload)(nil)

// Method returns "ScheduleDownload".
func (*ScheduleDownload) Method() string { return "ScheduleDownload" }

func (m *ScheduleDownload) encode(w *writer) {
	w.str("CommandKey", m.CommandKey)
	w.str("FileType", m.FileType)
	w.str("URL", m.URL)
	w.str("Username", m.Username)
	w.str("Password", m.Password)
	w.uint("FileSize", m.FileSize)
	w.str("TargetFileName", m.TargetFileName)
	encodeList(w, "TimeWindowList", "cwmp:TimeWindowStruct", m.TimeWindows)
}

func decodeScheduleDownload(r reader) Message {
	return &ScheduleDownload{
		CommandKey:     r.str("CommandKey"),
		FileType:       r.str("FileType"),
		URL:            r.str("URL"),
		Username:       r.raw("Username"),
		Password:       r.raw("Password"),
		FileSize:       r.uint("FileSize"),
		TargetFileName: r.str("TargetFileName"),
		TimeWindows:    readList(r.child("TimeWindowList"), readTimeWindow),
	}
}

// ScheduleDownloadResponse answers ScheduleDownload; it has no arguments
// (TR-069 Amd 6 A.4.1.8).
type ScheduleDownloadResponse struct{}

var _ Message = (*ScheduleDownloadResponse)(nil)

// Method returns "ScheduleDownloadResponse".
func (*ScheduleDownloadResponse) Method() string { return "ScheduleDownloadResponse" }

func (*ScheduleDownloadResponse) encode(*writer) {}

func decodeScheduleDownloadResponse(reader) Message { return &ScheduleDownloadResponse{} }

// TimeWindow is a window in which a file may be fetched and applied (TR-069
// Amd 6 A.4.1.8 TimeWindowStruct).
type TimeWindow struct {
	// Start and End are in seconds after the RPC was received.
	Start uint32
	End   uint32
	// Mode is one of the Window constants or a vendor's.
	Mode        string
	UserMessage string
	// MaxRetries is -1 for no limit.
	MaxRetries int
}

func readTimeWindow(r reader) (TimeWindow, bool) {
	return TimeWindow{
		Start:       r.uint("WindowStart"),
		End:         r.uint("WindowEnd"),
		Mode:        r.str("WindowMode"),
		UserMessage: r.raw("UserMessage"),
		MaxRetries:  r.int("MaxRetries"),
	}, true
}

func (m TimeWindow) encode(w *writer) {
	w.open("TimeWindowStruct")
	w.uint("WindowStart", m.Start)
	w.uint("WindowEnd", m.End)
	w.str("WindowMode", m.Mode)
	w.str("UserMessage", m.UserMessage)
	w.int("MaxRetries", int64(m.MaxRetries))
	w.close("TimeWindowStruct")
}

// The modes of a time window (TR-069 Amd 6 A.4.1.8).
const (
	WindowAtAnyTime          = "1 At Any Time"
	WindowImmediately        = "2 Immediately"
	WindowWhenIdle           = "3 When Idle"
	WindowConfirmationNeeded = "4 Confirmation Needed"
)
