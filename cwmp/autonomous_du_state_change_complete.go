package cwmp

// AutonomousDUStateChangeComplete reports changes of software modules that the
// ACS did not order (CPE to ACS, TR-069 Amd 6 A.4.2.4).
type AutonomousDUStateChangeComplete struct {
	Results []AutonomousDUResult
}

var _ Message = (*AutonomousDUStateChangeComplete)(nil)

// Method returns "AutonomousDUStateChangeComplete".
func (*AutonomousDUStateChangeComplete) Method() string { return "AutonomousDUStateChangeComplete" }

func (m *AutonomousDUStateChangeComplete) encode(w *writer) {
	for _, result := range m.Results {
		w.open("Results")
		result.DUResult.encode(w)
		w.str("OperationPerformed", result.OperationPerformed)
		w.close("Results")
	}
}

func decodeAutonomousDUStateChangeComplete(r reader) Message {
	return &AutonomousDUStateChangeComplete{
		Results: readList(r, func(item reader) (AutonomousDUResult, bool) {
			return AutonomousDUResult{
				DUResult:           readDUResult(item),
				OperationPerformed: item.str("OperationPerformed"),
			}, item.el.Tag == "Results"
		}),
	}
}

// AutonomousDUStateChangeCompleteResponse answers
// AutonomousDUStateChangeComplete; it has no arguments (TR-069 Amd 6 A.4.2.4).
type AutonomousDUStateChangeCompleteResponse struct{}

var _ Message = (*AutonomousDUStateChangeCompleteResponse)(nil)

// Method returns "AutonomousDUStateChangeCompleteResponse".
func (*AutonomousDUStateChangeCompleteResponse) Method() string {
	return "AutonomousDUStateChangeCompleteResponse"
}

func (*AutonomousDUStateChangeCompleteResponse) encode(*writer) {}

func decodeAutonomousDUStateChangeCompleteResponse(reader) Message {
	return &AutonomousDUStateChangeCompleteResponse{}
}

// AutonomousDUResult is the outcome of one operation (TR-069 Amd 6 A.4.2.4
// AutonOpResultStruct).
type AutonomousDUResult struct {
	DUResult
	// OperationPerformed is "Install", "Update", "Uninstall" or a vendor's.
	OperationPerformed string
}
