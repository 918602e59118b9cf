package cwmp

// CancelTransfer cancels a transfer; fault 9021 says that it is too late (ACS
// to CPE, TR-069 Amd 6 A.4.1.9).
type CancelTransfer struct {
	// CommandKey names the command in later events, at most 32 characters.
	CommandKey string
}

var _ Message = (*CancelTransfer)(nil)

// Method returns "CancelTransfer".
func (*CancelTransfer) Method() string { return "CancelTransfer" }

func (m *CancelTransfer) encode(w *writer) {
	w.str("CommandKey", m.CommandKey)
}

func decodeCancelTransfer(r reader) Message {
	return &CancelTransfer{
		CommandKey: r.str("CommandKey"),
	}
}

// CancelTransferResponse answers CancelTransfer; it has no arguments (TR-069
// Amd 6 A.4.1.9).
type CancelTransferResponse struct{}

var _ Message = (*CancelTransferResponse)(nil)

// Method returns "CancelTransferResponse".
func (*CancelTransferResponse) Method() string { return "CancelTransferResponse" }

func (*CancelTransferResponse) encode(*writer) {}

func decodeCancelTransferResponse(reader) Message { return &CancelTransferResponse{} }
