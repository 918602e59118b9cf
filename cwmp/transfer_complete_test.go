package cwmp

import (
	"strings"
	"testing"
)

func TestTransferComplete(t *testing.T) {
	checkGolden(t, &TransferComplete{
		CommandKey:   "job-1",
		Fault:        TransferFault{Code: FaultCorrupted, String: "bad checksum"},
		StartTime:    goldenTime,
		CompleteTime: DateTime{},
	})
	checkGolden(t, &TransferCompleteResponse{})
}

func TestTransferCompleteForms(t *testing.T) {
	for body, want := range map[string]TransferComplete{
		`<CommandKey/><FaultStruct/>`: {},
		`<FaultStruct><FaultCode>0</FaultCode><FaultString/></FaultStruct><StartTime/><CompleteTime></CompleteTime>`: {},
		`<FaultStruct><FaultCode> 9010 </FaultCode></FaultStruct>`:                                                   {Fault: TransferFault{Code: FaultTransfer}},
		`<cwmp:FaultStruct><cwmp:FaultCode>9012</cwmp:FaultCode></cwmp:FaultStruct>`:                                 {Fault: TransferFault{Code: FaultServerAuth}},
		`<StartTime>2026-03-05T11:54:14Z</StartTime><CommandKey> k </CommandKey>`:                                    {CommandKey: "k", StartTime: goldenTime},
		`<Fault><FaultCode>9010</FaultCode></Fault>`:                                                                 {},
	} {
		checkBody(t, `<cwmp:TransferComplete>`+body+`</cwmp:TransferComplete>`, &want)
	}
}

// TestTransferCompleteFaultStringIsCut is quirk 59 in another place.
func TestTransferCompleteFaultStringIsCut(t *testing.T) {
	env := decodeBody(t, `<TransferComplete><FaultStruct><FaultString>`+strings.Repeat("x", 5000)+`</FaultString></FaultStruct></TransferComplete>`)
	if got := len(env.Message.(*TransferComplete).Fault.String); got != MaxFaultStringBytes {
		t.Errorf("kept %d bytes", got)
	}
}

func TestTransferCompleteWritten(t *testing.T) {
	checkWritten(t, &TransferComplete{CommandKey: "k"}, `<cwmp:TransferComplete><CommandKey>k</CommandKey>`+
		`<FaultStruct><FaultCode>0</FaultCode><FaultString></FaultString></FaultStruct>`+
		`<StartTime>0001-01-01T00:00:00Z</StartTime><CompleteTime>0001-01-01T00:00:00Z</CompleteTime></cwmp:TransferComplete>`)
	checkWritten(t, &TransferCompleteResponse{}, `<cwmp:TransferCompleteResponse></cwmp:TransferCompleteResponse>`)
}

func FuzzTransferComplete(f *testing.F) {
	fuzzGolden(f, "TransferComplete", "TransferCompleteResponse")
}
