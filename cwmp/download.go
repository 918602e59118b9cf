package cwmp

// Download makes the CPE fetch a file and apply it (ACS to CPE, TR-069 Amd 6
// A.3.2.8).
type Download struct {
	// CommandKey names the command in later events, at most 32 characters.
	CommandKey string
	// FileType is such as "1 Firmware Upgrade Image".
	FileType string
	// URL is at most 256 characters.
	URL      string
	Username string
	Password string
	// FileSize is in bytes; 0 means unknown, which some CPEs refuse.
	FileSize       uint32
	TargetFileName string
	// DelaySeconds is the time the CPE waits before it starts.
	DelaySeconds uint32
	SuccessURL   string
	FailureURL   string
}

var _ Message = (*Download)(nil)

// Method returns "Download".
func (*Download) Method() string { return "Download" }

func (m *Download) encode(w *writer) {
	w.str("CommandKey", m.CommandKey)
	w.str("FileType", m.FileType)
	w.str("URL", m.URL)
	w.str("Username", m.Username)
	w.str("Password", m.Password)
	w.uint("FileSize", m.FileSize)
	w.str("TargetFileName", m.TargetFileName)
	w.uint("DelaySeconds", m.DelaySeconds)
	w.str("SuccessURL", m.SuccessURL)
	w.str("FailureURL", m.FailureURL)
}

func decodeDownload(r reader) Message {
	return &Download{
		CommandKey:     r.str("CommandKey"),
		FileType:       r.str("FileType"),
		URL:            r.str("URL"),
		Username:       r.raw("Username"),
		Password:       r.raw("Password"),
		FileSize:       r.uint("FileSize"),
		TargetFileName: r.str("TargetFileName"),
		DelaySeconds:   r.uint("DelaySeconds"),
		SuccessURL:     r.str("SuccessURL"),
		FailureURL:     r.str("FailureURL"),
	}
}

// DownloadResponse says whether the download has been done already (TR-069 Amd
// 6 A.3.2.8).
type DownloadResponse struct {
	// Status is StatusApplied or, if TransferComplete will follow, StatusPending.
	Status       int
	StartTime    DateTime
	CompleteTime DateTime
}

var _ Message = (*DownloadResponse)(nil)

// Method returns "DownloadResponse".
func (*DownloadResponse) Method() string { return "DownloadResponse" }

func (m *DownloadResponse) encode(w *writer) {
	w.int("Status", int64(m.Status))
	w.time("StartTime", m.StartTime)
	w.time("CompleteTime", m.CompleteTime)
}

func decodeDownloadResponse(r reader) Message {
	return &DownloadResponse{
		Status:       r.int("Status"),
		StartTime:    r.time("StartTime"),
		CompleteTime: r.time("CompleteTime"),
	}
}
