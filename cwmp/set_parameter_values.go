package cwmp

// SetParameterValues sets parameters, all of them or none (ACS to CPE, TR-069
// Amd 6 A.3.2.1).
type SetParameterValues struct {
	// Parameters must not name the same parameter twice.
	Parameters []ParameterValue
	// ParameterKey is stored by the CPE, at most 32 characters.
	ParameterKey string
}

var _ Message = (*SetParameterValues)(nil)

// Method returns "SetParameterValues".
func (*SetParameterValues) Method() string { return "SetParameterValues" }

func (m *SetParameterValues) encode(w *writer) {
	encodeList(w, "ParameterList", "cwmp:ParameterValueStruct", m.Parameters)
	w.parameterKey(m.ParameterKey)
}

func decodeSetParameterValues(r reader) Message {
	return &SetParameterValues{
		Parameters:   readList(r.child("ParameterList"), readParameter),
		ParameterKey: r.str("ParameterKey"),
	}
}

// SetParameterValuesResponse says that the values were accepted (TR-069 Amd 6
// A.3.2.1).
type SetParameterValuesResponse struct {
	// Status is StatusApplied or StatusPending.
	Status int
}

var _ Message = (*SetParameterValuesResponse)(nil)

// Method returns "SetParameterValuesResponse".
func (*SetParameterValuesResponse) Method() string { return "SetParameterValuesResponse" }

func (m *SetParameterValuesResponse) encode(w *writer) {
	w.int("Status", int64(m.Status))
}

func decodeSetParameterValuesResponse(r reader) Message {
	return &SetParameterValuesResponse{
		Status: r.int("Status"),
	}
}
