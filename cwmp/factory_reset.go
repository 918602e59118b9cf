package cwmp

// FactoryReset puts the CPE back to its factory state (ACS to CPE, TR-069 Amd
// 6 A.4.1.6).
type FactoryReset struct{}

var _ Message = (*FactoryReset)(nil)

// Method returns "FactoryReset".
func (*FactoryReset) Method() string { return "FactoryReset" }

func (*FactoryReset) encode(*writer) {}

func decodeFactoryReset(reader) Message { return &FactoryReset{} }

// FactoryResetResponse answers FactoryReset; it has no arguments (TR-069 Amd 6
// A.4.1.6).
type FactoryResetResponse struct{}

var _ Message = (*FactoryResetResponse)(nil)

// Method returns "FactoryResetResponse".
func (*FactoryResetResponse) Method() string { return "FactoryResetResponse" }

func (*FactoryResetResponse) encode(*writer) {}

func decodeFactoryResetResponse(reader) Message { return &FactoryResetResponse{} }
