package cwmp

// DeleteObject removes an instance of an object (ACS to CPE, TR-069 Amd 6
// A.3.2.7).
type DeleteObject struct {
	// ObjectName is the path of the instance with a dot at the end.
	ObjectName string
	// ParameterKey is stored by the CPE, at most 32 characters.
	ParameterKey string
}

var _ Message = (*DeleteObject)(nil)

// Method returns "DeleteObject".
func (*DeleteObject) Method() string { return "DeleteObject" }

func (m *DeleteObject) encode(w *writer) {
	w.str("ObjectName", m.ObjectName)
	w.parameterKey(m.ParameterKey)
}

func decodeDeleteObject(r reader) Message {
	return &DeleteObject{
		ObjectName:   r.path("ObjectName"),
		ParameterKey: r.str("ParameterKey"),
	}
}

// DeleteObjectResponse says that the removal was accepted (TR-069 Amd 6
// A.3.2.7).
type DeleteObjectResponse struct {
	// Status is StatusApplied or StatusPending.
	Status int
}

var _ Message = (*DeleteObjectResponse)(nil)

// Method returns "DeleteObjectResponse".
func (*DeleteObjectResponse) Method() string { return "DeleteObjectResponse" }

func (m *DeleteObjectResponse) encode(w *writer) {
	w.int("Status", int64(m.Status))
}

func decodeDeleteObjectResponse(r reader) Message {
	return &DeleteObjectResponse{
		Status: r.int("Status"),
	}
}
