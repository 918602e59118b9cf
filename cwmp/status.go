package cwmp

// The Status of a response to an RPC that changes something.
const (
	// StatusApplied: the change has been applied.
	StatusApplied = 0
	// StatusPending: the change has been accepted and will be applied after
	// the session, or after a reboot; a transfer will be done later.
	StatusPending = 1
)
