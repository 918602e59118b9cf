package cwmp

// GetQueuedTransfers asks for the transfers the ACS has ordered; later
// versions replace it by GetAllQueuedTransfers (ACS to CPE, TR-069 Amd 6
// A.4.1.1).
type GetQueuedTransfers struct{}

var _ Message = (*GetQueuedTransfers)(nil)

// Method returns "GetQueuedTransfers".
func (*GetQueuedTransfers) Method() string { return "GetQueuedTransfers" }

func (*GetQueuedTransfers) encode(*writer) {}

func decodeGetQueuedTransfers(reader) Message { return &GetQueuedTransfers{} }

// GetQueuedTransfersResponse lists the transfers the ACS has ordered (TR-069
// Amd 6 A.4.1.1).
type GetQueuedTransfersResponse struct {
	Transfers []QueuedTransfer
}

var _ Message = (*GetQueuedTransfersResponse)(nil)

// Method returns "GetQueuedTransfersResponse".
func (*GetQueuedTransfersResponse) Method() string { return "GetQueuedTransfersResponse" }

func (m *GetQueuedTransfersResponse) encode(w *writer) {
	encodeList(w, "TransferList", "cwmp:QueuedTransferStruct", m.Transfers)
}

func decodeGetQueuedTransfersResponse(r reader) Message {
	return &GetQueuedTransfersResponse{
		Transfers: readList(r.child("TransferList"), readQueuedTransfer),
	}
}

// QueuedTransfer is a transfer that the ACS has ordered (TR-069 Amd 6 A.4.1.1
// QueuedTransferStruct).
type QueuedTransfer struct {
	CommandKey string
	// State is one of the Transfer constants.
	State int
}

func readQueuedTransfer(r reader) (QueuedTransfer, bool) {
	return QueuedTransfer{
		CommandKey: r.str("CommandKey"),
		State:      r.int("State"),
	}, true
}

func (m QueuedTransfer) encode(w *writer) {
	w.open("QueuedTransferStruct")
	w.str("CommandKey", m.CommandKey)
	w.int("State", int64(m.State))
	w.close("QueuedTransferStruct")
}

// The states of a queued transfer (TR-069 Amd 6 A.4.1.1).
const (
	TransferNotStarted = 1
	TransferInProgress = 2
	TransferCompleted  = 3
)
