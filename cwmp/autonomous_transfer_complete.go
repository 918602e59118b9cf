package cwmp

// AutonomousTransferComplete reports a transfer that the ACS did not order
// (CPE to ACS, TR-069 Amd 6 A.3.3.3).
type AutonomousTransferComplete struct {
	AnnounceURL string
	TransferURL string
	IsDownload  bool
	FileType    string
	// FileSize is in bytes.
	FileSize       uint32
	TargetFileName string
	// Fault has Code 0 on success.
	Fault        TransferFault
	StartTime    DateTime
	CompleteTime DateTime
}

var _ Message = (*AutonomousTransferComplete)(nil)

// Method returns "AutonomousTransferComplete".
func (*AutonomousTransferComplete) Method() string { return "AutonomousTransferComplete" }

func (m *AutonomousTransferComplete) encode(w *writer) {
	w.str("AnnounceURL", m.AnnounceURL)
	w.str("TransferURL", m.TransferURL)
	w.bool("IsDownload", m.IsDownload)
	w.str("FileType", m.FileType)
	w.uint("FileSize", m.FileSize)
	w.str("TargetFileName", m.TargetFileName)
	m.Fault.encode(w, "FaultStruct")
	w.time("StartTime", m.StartTime)
	w.time("CompleteTime", m.CompleteTime)
}

func decodeAutonomousTransferComplete(r reader) Message {
	return &AutonomousTransferComplete{
		AnnounceURL:    r.str("AnnounceURL"),
		TransferURL:    r.str("TransferURL"),
		IsDownload:     r.bool("IsDownload"),
		FileType:       r.str("FileType"),
		FileSize:       r.uint("FileSize"),
		TargetFileName: r.str("TargetFileName"),
		Fault:          readTransferFault(r.child("FaultStruct")),
		StartTime:      r.time("StartTime"),
		CompleteTime:   r.time("CompleteTime"),
	}
}

// AutonomousTransferCompleteResponse answers AutonomousTransferComplete; it
// has no arguments (TR-069 Amd 6 A.3.3.3).
type AutonomousTransferCompleteResponse struct{}

var _ Message = (*AutonomousTransferCompleteResponse)(nil)

// Method returns "AutonomousTransferCompleteResponse".
func (*AutonomousTransferCompleteResponse) Method() string {
	return "AutonomousTransferCompleteResponse"
}

func (*AutonomousTransferCompleteResponse) encode(*writer) {}

func decodeAutonomousTransferCompleteResponse(reader) Message {
	return &AutonomousTransferCompleteResponse{}
}
