package cwmp

import (
	"strings"
	"testing"
)

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

func TestDUStateChangeCompleteForms(t *testing.T) {
	for body, want := range map[string]DUStateChangeComplete{
		`<CommandKey>k</CommandKey>`: {CommandKey: "k"},
		`<Results/>`:                 {Results: []DUResult{{}}},
		`<Other/><Results><Resolved>TRUE</Resolved><Fault><FaultCode>9015</FaultCode></Fault></Results>`: {
			Results: []DUResult{{Resolved: true, Fault: TransferFault{Code: FaultContactServer}}},
		},
		`<Results><CurrentState> Failed </CurrentState><StartTime>+00:00</StartTime></Results><CommandKey/>`: {
			Results: []DUResult{{CurrentState: DUFailed}},
		},
		`<Results xsi:type="cwmp:OpResultStruct"><UUID>1</UUID></Results><Results><UUID>2</UUID></Results>`: {
			Results: []DUResult{{UUID: "1"}, {UUID: "2"}},
		},
	} {
		checkBody(t, `<cwmp:DUStateChangeComplete>`+body+`</cwmp:DUStateChangeComplete>`, &want)
	}
}

func TestDUStateChangeCompleteWritten(t *testing.T) {
	checkWritten(t, &DUStateChangeComplete{CommandKey: "k"},
		`<cwmp:DUStateChangeComplete><CommandKey>k</CommandKey></cwmp:DUStateChangeComplete>`)
	checkWritten(t, &DUStateChangeCompleteResponse{},
		`<cwmp:DUStateChangeCompleteResponse></cwmp:DUStateChangeCompleteResponse>`)
}

func TestDUStateChangeCompleteLimits(t *testing.T) {
	checkRefused(t, KindTooMany, `<DUStateChangeComplete>`+strings.Repeat("<Results/>", MaxItems+1)+`</DUStateChangeComplete>`)
}

func FuzzDUStateChangeComplete(f *testing.F) {
	fuzzGolden(f, "DUStateChangeComplete", "DUStateChangeCompleteResponse")
}
