package cwmp

import "testing"

func TestDUStateChangeComplete(t *testing.T) {
	checkGolden(t, &DUStateChangeComplete{
		Results: []DUResult{
			{
				UUID: "8e6cd1a4-2d5f-5d6a-9a2b-00005e005301", DeploymentUnitRef: ".SoftwareModules.DeploymentUnit.1.", Version: "1.2",
				CurrentState: DUInstalled, Resolved: true, ExecutionUnitRefList: ".SoftwareModules.ExecutionUnit.1,.SoftwareModules.ExecutionUnit.2",
				StartTime: goldenTime, CompleteTime: goldenTime,
			},
			{UUID: "8e6cd1a4-2d5f-5d6a-9a2b-00005e005302", CurrentState: DUFailed, Fault: TransferFault{FaultUnknownUnit, "no such unit"}},
		},
		CommandKey: "job-6",
	})
	checkGolden(t, &DUStateChangeCompleteResponse{})
}

func FuzzDUStateChangeComplete(f *testing.F) {
	fuzzGolden(f, "DUStateChangeComplete", "DUStateChangeCompleteResponse")
}
