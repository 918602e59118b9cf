package cwmp

// ScheduleInform makes the CPE open a session later (ACS to CPE, TR-069 Amd 6
// A.4.1.2).
type ScheduleInform struct {
	// DelaySeconds must be more than 0.
	DelaySeconds uint32
	// CommandKey names the command in later events, at most 32 characters.
	CommandKey string
}

var _ Message = (*ScheduleInform)(nil)

// Method returns "ScheduleInform".
func (*ScheduleInform) Method() string { return "ScheduleInform" }

func (m *ScheduleInform) encode(w *writer) {
	w.uint("DelaySeconds", m.DelaySeconds)
	w.str("CommandKey", m.CommandKey)
}

func decodeScheduleInform(r reader) Message {
	return &ScheduleInform{
		DelaySeconds: r.uint("DelaySeconds"),
		CommandKey:   r.str("CommandKey"),
	}
}

// ScheduleInformResponse answers ScheduleInform; it has no arguments (TR-069
// Amd 6 A.4.1.2).
type ScheduleInformResponse struct{}

var _ Message = (*ScheduleInformResponse)(nil)

// Method returns "ScheduleInformResponse".
func (*ScheduleInformResponse) Method() string { return "ScheduleInformResponse" }

func (*ScheduleInformResponse) encode(*writer) {}

func decodeScheduleInformResponse(reader) Message { return &ScheduleInformResponse{} }
