package cwmp

// SetParameterAttributes sets notification and access of parameters (ACS to
// CPE, TR-069 Amd 6 A.3.2.4).
type SetParameterAttributes struct {
	Parameters []SetParameterAttribute
}

var _ Message = (*SetParameterAttributes)(nil)

// Method returns "SetParameterAttributes".
func (*SetParameterAttributes) Method() string { return "SetParameterAttributes" }

func (m *SetParameterAttributes) encode(w *writer) {
	encodeList(w, "ParameterList", "cwmp:SetParameterAttributesStruct", m.Parameters)
}

func decodeSetParameterAttributes(r reader) Message {
	return &SetParameterAttributes{
		Parameters: readList(r.child("ParameterList"), readSetParameterAttribute),
	}
}

// SetParameterAttributesResponse answers SetParameterAttributes; it has no
// arguments (TR-069 Amd 6 A.3.2.4).
type SetParameterAttributesResponse struct{}

var _ Message = (*SetParameterAttributesResponse)(nil)

// Method returns "SetParameterAttributesResponse".
func (*SetParameterAttributesResponse) Method() string { return "SetParameterAttributesResponse" }

func (*SetParameterAttributesResponse) encode(*writer) {}

func decodeSetParameterAttributesResponse(reader) Message { return &SetParameterAttributesResponse{} }

// SetParameterAttribute is one change of attributes (TR-069 Amd 6 A.3.2.4
// SetParameterAttributesStruct).
type SetParameterAttribute struct {
	// Name is a full name, or a partial path for all parameters below it.
	Name string
	// NotificationChange makes Notification count.
	NotificationChange bool
	// Notification is one of the Notification constants.
	Notification int
	// AccessListChange makes AccessList count.
	AccessListChange bool
	// AccessList says who besides the ACS may write, usually nobody or
	// "Subscriber".
	AccessList []string
}

func readSetParameterAttribute(r reader) (SetParameterAttribute, bool) {
	return SetParameterAttribute{
		Name:               r.path("Name"),
		NotificationChange: r.bool("NotificationChange"),
		Notification:       r.int("Notification"),
		AccessListChange:   r.bool("AccessListChange"),
		AccessList:         r.strings("AccessList"),
	}, true
}

func (m SetParameterAttribute) encode(w *writer) {
	w.open("SetParameterAttributesStruct")
	w.str("Name", m.Name)
	w.bool("NotificationChange", m.NotificationChange)
	w.int("Notification", int64(m.Notification))
	w.bool("AccessListChange", m.AccessListChange)
	w.strings("AccessList", m.AccessList)
	w.close("SetParameterAttributesStruct")
}

// The values of the Notification attribute (TR-069 Amd 6 A.3.2.4).
const (
	NotificationOff = iota
	NotificationPassive
	NotificationActive
	NotificationPassiveLightweight
	NotificationPassiveAndLightweight
	NotificationActiveLightweight
	NotificationPassiveAndActiveLightweight
)
