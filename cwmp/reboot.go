package cwmp

// Reboot restarts the CPE after the session (ACS to CPE, TR-069 Amd 6
// A.3.2.9).
type Reboot struct {
	// CommandKey names the command in later events, at most 32 characters.
	CommandKey string
}

var _ Message = (*Reboot)(nil)

// Method returns "Reboot".
func (*Reboot) Method() string { return "Reboot" }

func (m *Reboot) encode(w *writer) {
	w.str("CommandKey", m.CommandKey)
}

func decodeReboot(r reader) Message {
	return &Reboot{
		CommandKey: r.str("CommandKey"),
	}
}

// RebootResponse answers Reboot; it has no arguments (TR-069 Amd 6 A.3.2.9).
type RebootResponse struct{}

var _ Message = (*RebootResponse)(nil)

// Method returns "RebootResponse".
func (*RebootResponse) Method() string { return "RebootResponse" }

func (*RebootResponse) encode(*writer) {}

func decodeRebootResponse(reader) Message { return &RebootResponse{} }
