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

func TestGetAllQueuedTransfersForms(t *testing.T) {
	for list, want := range map[string][]AnyQueuedTransfer{
		``:                                  nil,
		`<AllQueuedTransferStruct/>`:        {{}},
		`<TransferList><x/></TransferList>`: {{}},
		`<AllQueuedTransferStruct><State> 2 </State><IsDownload>True</IsDownload><FileSize>99999999999</FileSize></AllQueuedTransferStruct>`: {
			{State: TransferInProgress, IsDownload: true, FileSize: 4294967295},
		},
		`<QueuedTransferStruct><FileType>X 00005E Logs</FileType><CommandKey>k</CommandKey></QueuedTransferStruct>`: {
			{CommandKey: "k", FileType: "X 00005E Logs"},
		},
	} {
		checkBody(t, `<cwmp:GetAllQueuedTransfersResponse><TransferList>`+list+`</TransferList></cwmp:GetAllQueuedTransfersResponse>`,
			&GetAllQueuedTransfersResponse{Transfers: want})
	}
}

func TestGetAllQueuedTransfersWritten(t *testing.T) {
	checkWritten(t, &GetAllQueuedTransfers{}, `<cwmp:GetAllQueuedTransfers></cwmp:GetAllQueuedTransfers>`)
	checkWritten(t, &GetAllQueuedTransfersResponse{}, `<cwmp:GetAllQueuedTransfersResponse>`+
		`<TransferList soap-enc:arrayType="cwmp:AllQueuedTransferStruct[0]"></TransferList></cwmp:GetAllQueuedTransfersResponse>`)
}

func FuzzGetAllQueuedTransfers(f *testing.F) {
	fuzzGolden(f, "GetAllQueuedTransfers", "GetAllQueuedTransfersResponse")
}
