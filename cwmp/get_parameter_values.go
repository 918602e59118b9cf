package cwmp

// GetParameterValues asks for values (ACS to CPE, TR-069 Amd 6 A.3.2.2).
type GetParameterValues struct {
	// Names are full names, or partial paths that end with a dot; the empty
	// string is the whole tree.
	Names []string
}

var _ Message = (*GetParameterValues)(nil)

// Method returns "GetParameterValues".
func (*GetParameterValues) Method() string { return "GetParameterValues" }

func (m *GetParameterValues) encode(w *writer) {
	w.strings("ParameterNames", m.Names)
}

func decodeGetParameterValues(r reader) Message {
	return &GetParameterValues{
		Names: r.paths("ParameterNames"),
	}
}

// GetParameterValuesResponse gives the values, which may be more or fewer than
// were asked for (TR-069 Amd 6 A.3.2.2).
type GetParameterValuesResponse struct {
	Parameters []ParameterValue
}

var _ Message = (*GetParameterValuesResponse)(nil)

// Method returns "GetParameterValuesResponse".
func (*GetParameterValuesResponse) Method() string { return "GetParameterValuesResponse" }

func (m *GetParameterValuesResponse) encode(w *writer) {
	encodeList(w, "ParameterList", "cwmp:ParameterValueStruct", m.Parameters)
}

func decodeGetParameterValuesResponse(r reader) Message {
	return &GetParameterValuesResponse{
		Parameters: readList(r.child("ParameterList"), readParameter),
	}
}
