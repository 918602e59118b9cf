package cwmp

// GetParameterAttributes asks for notification and access of parameters (ACS
// to CPE, TR-069 Amd 6 A.3.2.5).
type GetParameterAttributes struct {
	// Names are full names or partial paths.
	Names []string
}

var _ Message = (*GetParameterAttributes)(nil)

// Method returns "GetParameterAttributes".
func (*GetParameterAttributes) Method() string { return "GetParameterAttributes" }

func (m *GetParameterAttributes) encode(w *writer) {
	w.strings("ParameterNames", m.Names)
}

func decodeGetParameterAttributes(r reader) Message {
	return &GetParameterAttributes{
		Names: r.paths("ParameterNames"),
	}
}

// GetParameterAttributesResponse gives the attributes of the parameters
// (TR-069 Amd 6 A.3.2.5).
type GetParameterAttributesResponse struct {
	Parameters []ParameterAttribute
}

var _ Message = (*GetParameterAttributesResponse)(nil)

// Method returns "GetParameterAttributesResponse".
func (*GetParameterAttributesResponse) Method() string { return "GetParameterAttributesResponse" }

func (m *GetParameterAttributesResponse) encode(w *writer) {
	encodeList(w, "ParameterList", "cwmp:ParameterAttributeStruct", m.Parameters)
}

func decodeGetParameterAttributesResponse(r reader) Message {
	return &GetParameterAttributesResponse{
		Parameters: readList(r.child("ParameterList"), readParameterAttribute),
	}
}

// ParameterAttribute is the notification and access of one parameter (TR-069
// Amd 6 A.3.2.5 ParameterAttributeStruct).
type ParameterAttribute struct {
	Name string
	// Notification is one of the Notification constants.
	Notification int
	AccessList   []string
}

func readParameterAttribute(r reader) (ParameterAttribute, bool) {
	return ParameterAttribute{
		Name:         r.path("Name"),
		Notification: r.int("Notification"),
		AccessList:   r.strings("AccessList"),
	}, true
}

func (m ParameterAttribute) encode(w *writer) {
	w.open("ParameterAttributeStruct")
	w.str("Name", m.Name)
	w.int("Notification", int64(m.Notification))
	w.strings("AccessList", m.AccessList)
	w.close("ParameterAttributeStruct")
}
