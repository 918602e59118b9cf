package cwmp

// GetRPCMethods asks the other side, in either direction, which RPCs it knows
// (TR-069 Amd 6 A.3.1.1).
type GetRPCMethods struct{}

var _ Message = (*GetRPCMethods)(nil)

// Method returns "GetRPCMethods".
func (*GetRPCMethods) Method() string { return "GetRPCMethods" }

func (*GetRPCMethods) encode(*writer) {}

func decodeGetRPCMethods(reader) Message { return &GetRPCMethods{} }

// GetRPCMethodsResponse lists the RPCs of the side that was asked (TR-069 Amd
// 6 A.3.1.1).
type GetRPCMethodsResponse struct {
	// Methods are RPC names, such as "Reboot".
	Methods []string
}

var _ Message = (*GetRPCMethodsResponse)(nil)

// Method returns "GetRPCMethodsResponse".
func (*GetRPCMethodsResponse) Method() string { return "GetRPCMethodsResponse" }

func (m *GetRPCMethodsResponse) encode(w *writer) {
	w.strings("MethodList", m.Methods)
}

func decodeGetRPCMethodsResponse(r reader) Message {
	return &GetRPCMethodsResponse{
		Methods: r.strings("MethodList"),
	}
}
