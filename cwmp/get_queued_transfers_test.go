package cwmp

import "testing"

func TestGetQueuedTransfers(t *testing.T) {
	checkGolden(t, &GetQueuedTransfers{})
	checkGolden(t, &GetQueuedTransfersResponse{Transfers: []QueuedTransfer{{"job-1", TransferNotStarted}, {"job-2", TransferCompleted}}})
}

func TestGetQueuedTransfersForms(t *testing.T) {
	for list, want := range map[string][]QueuedTransfer{
		``: nil,
		`<QueuedTransferStruct><State>3</State></QueuedTransferStruct>`:                     {{State: TransferCompleted}},
		`<struct><cwmp:CommandKey>k</cwmp:CommandKey><cwmp:State>one</cwmp:State></struct>`: {{CommandKey: "k"}},
	} {
		checkBody(t, `<cwmp:GetQueuedTransfersResponse><TransferList soap-enc:arrayType="x[7]">`+list+`</TransferList></cwmp:GetQueuedTransfersResponse>`,
			&GetQueuedTransfersResponse{Transfers: want})
	}
	checkBody(t, `<GetQueuedTransfersResponse/>`, &GetQueuedTransfersResponse{})
}

func TestGetQueuedTransfersWritten(t *testing.T) {
	checkWritten(t, &GetQueuedTransfers{}, `<cwmp:GetQueuedTransfers></cwmp:GetQueuedTransfers>`)
	checkWritten(t, &GetQueuedTransfersResponse{Transfers: []QueuedTransfer{{"k", TransferNotStarted}}},
		`<cwmp:GetQueuedTransfersResponse><TransferList soap-enc:arrayType="cwmp:QueuedTransferStruct[1]">`+
			`<QueuedTransferStruct><CommandKey>k</CommandKey><State>1</State></QueuedTransferStruct></TransferList></cwmp:GetQueuedTransfersResponse>`)
}

func FuzzGetQueuedTransfers(f *testing.F) {
	fuzzGolden(f, "GetQueuedTransfers", "GetQueuedTransfersResponse")
}
