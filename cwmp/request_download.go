package cwmp

// RequestDownload asks the ACS for a file (CPE to ACS, TR-069 Amd 6 A.4.2.2).
type RequestDownload struct {
	// FileType is such as "1 Firmware Upgrade Image".
	FileType string
	// Args say which file of that type is wanted.
	Args []FileTypeArg
}

var _ Message = (*RequestDownload)(nil)

// Method returns "RequestDownload".
func (*RequestDownload) Method() string { return "RequestDownload" }

func (m *RequestDownload) encode(w *writer) {
	w.str("FileType", m.FileType)
	encodeList(w, "FileTypeArg", "cwmp:ArgStruct", m.Args)
}

func decodeRequestDownload(r reader) Message {
	return &RequestDownload{
		FileType: r.str("FileType"),
		Args:     readList(r.child("FileTypeArg"), readFileTypeArg),
	}
}

// RequestDownloadResponse answers RequestDownload; it has no arguments (TR-069
// Amd 6 A.4.2.2).
type RequestDownloadResponse struct{}

var _ Message = (*RequestDownloadResponse)(nil)

// Method returns "RequestDownloadResponse".
func (*RequestDownloadResponse) Method() string { return "RequestDownloadResponse" }

func (*RequestDownloadResponse) encode(*writer) {}

func decodeRequestDownloadResponse(reader) Message { return &RequestDownloadResponse{} }

// FileTypeArg is an argument of RequestDownload (TR-069 Amd 6 A.4.2.2
// ArgStruct).
type FileTypeArg struct {
	// Name is such as "Version".
	Name  string
	Value string
}

func readFileTypeArg(r reader) (FileTypeArg, bool) {
	return FileTypeArg{
		Name:  r.str("Name"),
		Value: r.raw("Value"),
	}, true
}

func (m FileTypeArg) encode(w *writer) {
	w.open("ArgStruct")
	w.str("Name", m.Name)
	w.str("Value", m.Value)
	w.close("ArgStruct")
}
