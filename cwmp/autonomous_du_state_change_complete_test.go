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

func TestAutonomousDUStateChangeCompleteForms(t *testing.T) {
	for body, want := range map[string][]AutonomousDUResult{
		``: nil,
		`<Results><OperationPerformed> Uninstall </OperationPerformed><UUID>1</UUID></Results>`: {
			{DUResult: DUResult{UUID: "1"}, OperationPerformed: "Uninstall"},
		},
		`<Results><Fault><FaultString>gone</FaultString><FaultCode>9028</FaultCode></Fault><Resolved>no</Resolved></Results>`: {
			{DUResult: DUResult{Fault: TransferFault{FaultUnknownUnit, "gone"}}},
		},
		`<CommandKey>not part of it</CommandKey>`: nil,
	} {
		checkBody(t, `<cwmp:AutonomousDUStateChangeComplete>`+body+`</cwmp:AutonomousDUStateChangeComplete>`,
			&AutonomousDUStateChangeComplete{Results: want})
	}
}

func TestAutonomousDUStateChangeCompleteWritten(t *testing.T) {
	checkWritten(t, &AutonomousDUStateChangeComplete{}, `<cwmp:AutonomousDUStateChangeComplete></cwmp:AutonomousDUStateChangeComplete>`)
	checkWritten(t, &AutonomousDUStateChangeCompleteResponse{},
		`<cwmp:AutonomousDUStateChangeCompleteResponse></cwmp:AutonomousDUStateChangeCompleteResponse>`)
}

func FuzzAutonomousDUStateChangeComplete(f *testing.F) {
	fuzzGolden(f, "AutonomousDUStateChangeComplete", "AutonomousDUStateChangeCompleteResponse")
}
