package cwmp

import "testing"

func TestGetAllQueuedTransfers(t *testing.T) {
	checkGolden(t, &GetAllQueuedTransfers{})
	checkGolden(t, &GetAllQueuedTransfersResponse{
		Transfers: []AnyQueuedTransfer{
			{"job-1", TransferInProgress, true, "1 Firmware Upgrade Image", 8388608, "fw.bin"},
			{"", TransferNotStarted, false, "2 Vendor Log File", 0, ""},
		},
	})
}

func FuzzGetAllQueuedTransfers(f *testing.F) {
	fuzzGolden(f, "GetAllQueuedTransfers", "GetAllQueuedTransfersResponse")
}
