package cwmp

// GetAllQueuedTransfers asks for all transfers, also those the ACS has not
// ordered (ACS to CPE, TR-069 Amd 6 A.4.1.7).
type GetAllQueuedTransfers struct{}

var _ Message = (*GetAllQueuedTransfers)(nil)

// Method returns "GetAllQueuedTransfers".
func (*GetAllQueuedTransfers) Method() string { return "GetAllQueuedTransfers" }

func (*GetAllQueuedTransfers) encode(*writer) {}

func decodeGetAllQueuedTransfers(reader) Message { return &GetAllQueuedTransfers{} }

// GetAllQueuedTransfersResponse lists all transfers (TR-069 Amd 6 A.4.1.7).
type GetAllQueuedTransfersResponse struct {
	Transfers []AnyQueuedTransfer
}

var _ Message = (*GetAllQueuedTransfersResponse)(nil)

// Method returns "GetAllQueuedTransfersResponse".
func (*GetAllQueuedTransfersResponse) Method() string { return "GetAllQueuedTransfersResponse" }

func (m *GetAllQueuedTransfersResponse) encode(w *writer) {
	encodeList(w, "TransferList", "cwmp:AllQueuedTransferStruct", m.Transfers)
}

func decodeGetAllQueuedTransfersResponse(r reader) Message {
	return &GetAllQueuedTransfersResponse{
		Transfers: readList(r.child("TransferList"), readAnyQueuedTransfer),
	}
}

// AnyQueuedTransfer is a transfer, whoever ordered it (TR-069 Amd 6 A.4.1.7
// AllQueuedTransferStruct).
type AnyQueuedTransfer struct {
	CommandKey string
	// State is one of the Transfer constants.
	State      int
	IsDownload bool
	FileType   string
	// FileSize is in bytes.
	FileSize       uint32
	TargetFileName string
}

func readAnyQueuedTransfer(r reader) (AnyQueuedTransfer, bool) {
	return AnyQueuedTransfer{
		CommandKey:     r.str("CommandKey"),
		State:          r.int("State"),
		IsDownload:     r.bool("IsDownload"),
		FileType:       r.str("FileType"),
		FileSize:       r.uint("FileSize"),
		TargetFileName: r.str("TargetFileName"),
	}, true
}

func (m AnyQueuedTransfer) encode(w *writer) {
	w.open("AllQueuedTransferStruct")
	w.str("CommandKey", m.CommandKey)
	w.int("State", int64(m.State))
	w.bool("IsDownload", m.IsDownload)
	w.str("FileType", m.FileType)
	w.uint("FileSize", m.FileSize)
	w.str("TargetFileName", m.TargetFileName)
	w.close("AllQueuedTransferStruct")
}
