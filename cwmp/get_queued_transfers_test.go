package cwmp

import "testing"

func TestGetQueuedTransfers(t *testing.T) {
	checkGolden(t, &GetQueuedTransfers{})
	checkGolden(t, &GetQueuedTransfersResponse{Transfers: []QueuedTransfer{{"job-1", TransferNotStarted}, {"job-2", TransferCompleted}}})
}

func FuzzGetQueuedTransfers(f *testing.F) {
	fuzzGolden(f, "GetQueuedTransfers", "GetQueuedTransfersResponse")
}
