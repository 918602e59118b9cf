package cwmp

import "testing"

func TestTransferComplete(t *testing.T) {
	checkGolden(t, &TransferComplete{
		CommandKey:   "job-1",
		Fault:        TransferFault{Code: FaultCorrupted, String: "bad checksum"},
		StartTime:    goldenTime,
		CompleteTime: DateTime{},
	})
	checkGolden(t, &TransferCompleteResponse{})
}

func FuzzTransferComplete(f *testing.F) {
	fuzzGolden(f, "TransferComplete", "TransferCompleteResponse")
}
