package cwmp

// GetParameterNames asks what exists below a path (ACS to CPE, TR-069 Amd 6
// A.3.2.3).
type GetParameterNames struct {
	// Path is a full name or a partial path that ends with a dot. The empty
	// string is the top, which some CPEs refuse.
	Path string
	// NextLevel asks for the next level only, not for the whole subtree.
	NextLevel bool
}

var _ Message = (*GetParameterNames)(nil)

// Method returns "GetParameterNames".
func (*GetParameterNames) Method() string { return "GetParameterNames" }

func (m *GetParameterNames) encode(w *writer) {
	w.str("ParameterPath", m.Path)
	w.bool("NextLevel", m.NextLevel)
}

func decodeGetParameterNames(r reader) Message {
	return &GetParameterNames{
		Path:      r.path("ParameterPath"),
		NextLevel: r.bool("NextLevel"),
	}
}

// GetParameterNamesResponse lists objects, with a dot at the end, and
// parameters (TR-069 Amd 6 A.3.2.3).
type GetParameterNamesResponse struct {
	Parameters []ParameterInfo
}

var _ Message = (*GetParameterNamesResponse)(nil)

// Method returns "GetParameterNamesResponse".
func (*GetParameterNamesResponse) Method() string { return "GetParameterNamesResponse" }

func (m *GetParameterNamesResponse) encode(w *writer) {
	encodeList(w, "ParameterList", "cwmp:ParameterInfoStruct", m.Parameters)
}

func decodeGetParameterNamesResponse(r reader) Message {
	return &GetParameterNamesResponse{
		Parameters: readList(r.child("ParameterList"), readParameterInfo),
	}
}

// ParameterInfo is a name and whether it can be changed (TR-069 Amd 6 A.3.2.3
// ParameterInfoStruct).
type ParameterInfo struct {
	// Name is a full name, or for objects a path that ends with a dot.
	Name string
	// Writable means for parameters that SetParameterValues, for objects that
	// AddObject or DeleteObject may be used. Some CPEs lie.
	Writable bool
}

func readParameterInfo(r reader) (ParameterInfo, bool) {
	return ParameterInfo{
		Name:     r.path("Name"),
		Writable: r.bool("Writable"),
	}, true
}

func (m ParameterInfo) encode(w *writer) {
	w.open("ParameterInfoStruct")
	w.str("Name", m.Name)
	w.bool("Writable", m.Writable)
	w.close("ParameterInfoStruct")
}
