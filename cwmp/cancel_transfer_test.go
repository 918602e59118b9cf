package cwmp

import "testing"

func TestCancelTransfer(t *testing.T) {
	checkGolden(t, &CancelTransfer{CommandKey: "job-5"})
	checkGolden(t, &CancelTransferResponse{})
}

func FuzzCancelTransfer(f *testing.F) { fuzzGolden(f, "CancelTransfer", "CancelTransferResponse") }
