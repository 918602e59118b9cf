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

func FuzzAutonomousTransferComplete(f *testing.F) {
	fuzzGolden(f, "AutonomousTransferComplete", "AutonomousTransferCompleteResponse")
}
