package cwmp

import "testing"

func TestAutonomousTransferComplete(t *testing.T) {
	checkGolden(t, &AutonomousTransferComplete{
		AnnounceURL:    "http://192.0.2.7/announce",
		TransferURL:    "http://192.0.2.7/fw.bin",
		IsDownload:     true,
		FileType:       "1 Firmware Upgrade Image",
		FileSize:       8388608,
		TargetFileName: "fw.bin",
		StartTime:      goldenTime,
		CompleteTime:   goldenTime,
	})
	checkGolden(t, &AutonomousTransferCompleteResponse{})
}

// TestAutonomousTransferCompleteResponseName checks that the answer has its
// own name: answering with TransferCompleteResponse makes CPEs repeat it.
func TestAutonomousTransferCompleteResponseName(t *testing.T) {
	checkWritten(t, &AutonomousTransferCompleteResponse{},
		`<cwmp:AutonomousTransferCompleteResponse></cwmp:AutonomousTransferCompleteResponse>`)
}

func TestAutonomousTransferCompleteForms(t *testing.T) {
	for body, want := range map[string]AutonomousTransferComplete{
		`<IsDownload>TRUE</IsDownload><FileSize>-1</FileSize>`:                                    {IsDownload: true},
		`<IsDownload>0</IsDownload><AnnounceURL/><TransferURL> http://192.0.2.7/a </TransferURL>`: {TransferURL: "http://192.0.2.7/a"},
		`<FaultStruct><FaultString>no space</FaultString><FaultCode>9016</FaultCode></FaultStruct>`: {
			Fault: TransferFault{FaultAccessFile, "no space"},
		},
		`<CompleteTime>2026-03-05 11:54:14</CompleteTime><StartTime/>`: {CompleteTime: ParseDateTime("2026-03-05 11:54:14")},
	} {
		checkBody(t, `<AutonomousTransferComplete>`+body+`</AutonomousTransferComplete>`, &want)
	}
}

func FuzzAutonomousTransferComplete(f *testing.F) {
	fuzzGolden(f, "AutonomousTransferComplete", "AutonomousTransferCompleteResponse")
}
