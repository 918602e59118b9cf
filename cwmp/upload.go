package cwmp

// Upload makes the CPE send a file (ACS to CPE, TR-069 Amd 6 A.4.1.5).
type Upload struct {
	// CommandKey names the command in later events, at most 32 characters.
	CommandKey string
	// FileType is such as "2 Vendor Log File".
	FileType string
	// URL is at most 256 characters.
	URL      string
	Username string
	Password string
	// DelaySeconds is the time the CPE waits before it starts.
	DelaySeconds uint32
}

var _ Message = (*Upload)(nil)

// Method returns "Upload".
func (*Upload) Method() string { return "Upload" }

func (m *Upload) encode(w *writer) {
	w.str("CommandKey", m.CommandKey)
	w.str("FileType", m.FileType)
	w.str("URL", m.URL)
	w.str("Username", m.Username)
	w.str("Password", m.Password)
	w.uint("DelaySeconds", m.DelaySeconds)
}

func decodeUpload(r reader) Message {
	return &Upload{
		CommandKey:   r.str("CommandKey"),
		FileType:     r.str("FileType"),
		URL:          r.str("URL"),
		Username:     r.raw("Username"),
		Password:     r.raw("Password"),
		DelaySeconds: r.uint("DelaySeconds"),
	}
}

// UploadResponse says whether the upload has been done already (TR-069 Amd 6
// A.4.1.5).
type UploadResponse struct {
	// Status is StatusApplied or, if TransferComplete will follow, StatusPending.
	Status       int
	StartTime    DateTime
	CompleteTime DateTime
}

var _ Message = (*UploadResponse)(nil)

// Method returns "UploadResponse".
func (*UploadResponse) Method() string { return "UploadResponse" }

func (m *UploadResponse) encode(w *writer) {
	w.int("Status", int64(m.Status))
	w.time("StartTime", m.StartTime)
	w.time("CompleteTime", m.CompleteTime)
}

func decodeUploadResponse(r reader) Message {
	return &UploadResponse{
		Status:       r.int("Status"),
		StartTime:    r.time("StartTime"),
		CompleteTime: r.time("CompleteTime"),
	}
}
