package cwmp

import "testing"

func TestAutonomousDUStateChangeComplete(t *testing.T) {
	checkGolden(t, &AutonomousDUStateChangeComplete{
		Results: []AutonomousDUResult{{
			DUResult: DUResult{
				UUID: "8e6cd1a4-2d5f-5d6a-9a2b-00005e005301", DeploymentUnitRef: ".SoftwareModules.DeploymentUnit.1.", Version: "1.3",
				CurrentState: DUInstalled, Resolved: true, StartTime: goldenTime, CompleteTime: goldenTime,
			},
			OperationPerformed: "Update",
		}},
	})
	checkGolden(t, &AutonomousDUStateChangeCompleteResponse{})
}

func FuzzAutonomousDUStateChangeComplete(f *testing.F) {
	fuzzGolden(f, "AutonomousDUStateChangeComplete", "AutonomousDUStateChangeCompleteResponse")
}
