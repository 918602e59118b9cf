package cwmp

// Kicked reports that a user asked for something on a web page; it is
// deprecated (CPE to ACS, TR-069 Amd 6 A.4.2.1).
type Kicked struct {
	Command string
	Referer string
	Arg     string
	Next    string
}

var _ Message = (*Kicked)(nil)

// Method returns "Kicked".
func (*Kicked) Method() string { return "Kicked" }

func (m *Kicked) encode(w *writer) {
	w.str("Command", m.Command)
	w.str("Referer", m.Referer)
	w.str("Arg", m.Arg)
	w.str("Next", m.Next)
}

func decodeKicked(r reader) Message {
	return &Kicked{
		Command: r.str("Command"),
		Referer: r.str("Referer"),
		Arg:     r.raw("Arg"),
		Next:    r.str("Next"),
	}
}

// KickedResponse says where the CPE sends the user (TR-069 Amd 6 A.4.2.1).
type KickedResponse struct {
	NextURL string
}

var _ Message = (*KickedResponse)(nil)

// Method returns "KickedResponse".
func (*KickedResponse) Method() string { return "KickedResponse" }

func (m *KickedResponse) encode(w *writer) {
	w.str("NextURL", m.NextURL)
}

func decodeKickedResponse(r reader) Message {
	return &KickedResponse{
		NextURL: r.str("NextURL"),
	}
}
