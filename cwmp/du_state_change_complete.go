package cwmp

// DUStateChangeComplete reports the outcome of ChangeDUState (CPE to ACS,
// TR-069 Amd 6 A.4.2.3).
type DUStateChangeComplete struct {
	Results    []DUResult
	CommandKey string
}

var _ Message = (*DUStateChangeComplete)(nil)

// Method returns "DUStateChangeComplete".
func (*DUStateChangeComplete) Method() string { return "DUStateChangeComplete" }

func (m *DUStateChangeComplete) encode(w *writer) {
	for _, result := range m.Results {
		w.open("Results")
		result.encode(w)
		w.close("Results")
	}
	w.str("CommandKey", m.CommandKey)
}

func decodeDUStateChangeComplete(r reader) Message {
	return &DUStateChangeComplete{
		Results: readList(r, func(item reader) (DUResult, bool) {
			return readDUResult(item), item.el.Tag == "Results"
		}),
		CommandKey: r.str("CommandKey"),
	}
}

// DUStateChangeCompleteResponse answers DUStateChangeComplete; it has no
// arguments (TR-069 Amd 6 A.4.2.3).
type DUStateChangeCompleteResponse struct{}

var _ Message = (*DUStateChangeCompleteResponse)(nil)

// Method returns "DUStateChangeCompleteResponse".
func (*DUStateChangeCompleteResponse) Method() string { return "DUStateChangeCompleteResponse" }

func (*DUStateChangeCompleteResponse) encode(*writer) {}

func decodeDUStateChangeCompleteResponse(reader) Message { return &DUStateChangeCompleteResponse{} }

// The states of a deployment unit after an operation.
const (
	DUInstalled   = "Installed"
	DUUninstalled = "Uninstalled"
	DUFailed      = "Failed"
)

// DUResult is the outcome of one operation (TR-069 Amd 6 A.4.2.3
// OpResultStruct).
type DUResult struct {
	UUID string
	// DeploymentUnitRef is the path of the unit in the data model.
	DeploymentUnitRef string
	Version           string
	// CurrentState is DUInstalled, DUUninstalled or DUFailed.
	CurrentState string
	// Resolved means that the unit has everything it depends on.
	Resolved bool
	// ExecutionUnitRefList are paths separated by commas.
	ExecutionUnitRefList string
	StartTime            DateTime
	CompleteTime         DateTime
	// Fault has Code 0 on success.
	Fault TransferFault
}

func readDUResult(r reader) DUResult {
	return DUResult{
		UUID:                 r.str("UUID"),
		DeploymentUnitRef:    r.str("DeploymentUnitRef"),
		Version:              r.str("Version"),
		CurrentState:         r.str("CurrentState"),
		Resolved:             r.bool("Resolved"),
		ExecutionUnitRefList: r.str("ExecutionUnitRefList"),
		StartTime:            r.time("StartTime"),
		CompleteTime:         r.time("CompleteTime"),
		Fault:                readTransferFault(r.child("Fault")),
	}
}

func (m DUResult) encode(w *writer) {
	w.str("UUID", m.UUID)
	w.str("DeploymentUnitRef", m.DeploymentUnitRef)
	w.str("Version", m.Version)
	w.str("CurrentState", m.CurrentState)
	w.bool("Resolved", m.Resolved)
	w.str("ExecutionUnitRefList", m.ExecutionUnitRefList)
	w.time("StartTime", m.StartTime)
	w.time("CompleteTime", m.CompleteTime)
	m.Fault.encode(w, "Fault")
}
