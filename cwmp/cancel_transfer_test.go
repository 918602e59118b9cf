package cwmp

import "testing"

func TestCancelTransfer(t *testing.T) {
	checkGolden(t, &CancelTransfer{CommandKey: "job-5"})
	checkGolden(t, &CancelTransferResponse{})
}

func TestCancelTransferForms(t *testing.T) {
	for body, want := range map[string]string{
		`<CommandKey>job-5</CommandKey>`:                           "job-5",
		`<cwmp:CommandKey> job-5 </cwmp:CommandKey>`:               "job-5",
		`<CommandKey><![CDATA[a&b]]></CommandKey>`:                 "a&b",
		`<commandKey>job-5</commandKey>`:                           "job-5",
		`<CommandKey>first</CommandKey><CommandKey>2</CommandKey>`: "first",
		``: "",
	} {
		checkBody(t, `<cwmp:CancelTransfer>`+body+`</cwmp:CancelTransfer>`, &CancelTransfer{CommandKey: want})
	}
}

func TestCancelTransferWritten(t *testing.T) {
	checkWritten(t, &CancelTransfer{CommandKey: "a&b"}, `<cwmp:CancelTransfer><CommandKey>a&amp;b</CommandKey></cwmp:CancelTransfer>`)
	checkWritten(t, &CancelTransferResponse{}, `<cwmp:CancelTransferResponse></cwmp:CancelTransferResponse>`)
}

func FuzzCancelTransfer(f *testing.F) { fuzzGolden(f, "CancelTransfer", "CancelTransferResponse") }
