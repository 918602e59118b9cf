package cwmp

// TransferComplete reports the end of a Download, Upload or ScheduleDownload
// (CPE to ACS, TR-069 Amd 6 A.3.3.2).
type TransferComplete struct {
	CommandKey string
	// Fault has Code 0 on success.
	Fault        TransferFault
	StartTime    DateTime
	CompleteTime DateTime
}

var _ Message = (*TransferComplete)(nil)

// Method returns "TransferComplete".
func (*TransferComplete) Method() string { return "TransferComplete" }

func (m *TransferComplete) encode(w *writer) {
	w.str("CommandKey", m.CommandKey)
	m.Fault.encode(w, "FaultStruct")
	w.time("StartTime", m.StartTime)
	w.time("CompleteTime", m.CompleteTime)
}

func decodeTransferComplete(r reader) Message {
	return &TransferComplete{
		CommandKey:   r.str("CommandKey"),
		Fault:        readTransferFault(r.child("FaultStruct")),
		StartTime:    r.time("StartTime"),
		CompleteTime: r.time("CompleteTime"),
	}
}

// TransferCompleteResponse answers TransferComplete; it has no arguments
// (TR-069 Amd 6 A.3.3.2).
type TransferCompleteResponse struct{}

var _ Message = (*TransferCompleteResponse)(nil)

// Method returns "TransferCompleteResponse".
func (*TransferCompleteResponse) Method() string { return "TransferCompleteResponse" }

func (*TransferCompleteResponse) encode(*writer) {}

func decodeTransferCompleteResponse(reader) Message { return &TransferCompleteResponse{} }
