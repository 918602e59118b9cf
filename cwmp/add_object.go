package cwmp

// AddObject creates an instance of an object (ACS to CPE, TR-069 Amd 6
// A.3.2.6).
type AddObject struct {
	// ObjectName is the path of the table with a dot at the end. It may end with
	// an alias in brackets instead of an instance number.
	ObjectName string
	// ParameterKey is stored by the CPE, at most 32 characters.
	ParameterKey string
}

var _ Message = (*AddObject)(nil)

// Method returns "AddObject".
func (*AddObject) Method() string { return "AddObject" }

func (m *AddObject) encode(w *writer) {
	w.str("ObjectName", m.ObjectName)
	w.parameterKey(m.ParameterKey)
}

func decodeAddObject(r reader) Message {
	return &AddObject{
		ObjectName:   r.path("ObjectName"),
		ParameterKey: r.str("ParameterKey"),
	}
}

// AddObjectResponse names the new instance (TR-069 Amd 6 A.3.2.6).
type AddObjectResponse struct {
	// InstanceNumber is 1 or more; 0 when the CPE gave none.
	InstanceNumber uint32
	// Status is StatusApplied or StatusPending.
	Status int
}

var _ Message = (*AddObjectResponse)(nil)

// Method returns "AddObjectResponse".
func (*AddObjectResponse) Method() string { return "AddObjectResponse" }

func (m *AddObjectResponse) encode(w *writer) {
	w.uint("InstanceNumber", m.InstanceNumber)
	w.int("Status", int64(m.Status))
}

func decodeAddObjectResponse(r reader) Message {
	return &AddObjectResponse{
		InstanceNumber: r.uint("InstanceNumber"),
		Status:         r.int("Status"),
	}
}
