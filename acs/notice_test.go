package acs

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"itms/cwmp"
)

func TestAnswers(t *testing.T) {
	unit := cwmp.DUResult{UUID: "u-1", Version: "2", CurrentState: cwmp.DUInstalled}
	for _, tc := range []struct {
		request  cwmp.Message
		response string
		text     string
		data     string // name=value pairs that must be there
	}{
		{&cwmp.GetRPCMethods{}, "GetRPCMethodsResponse", "", ""},
		{&cwmp.TransferComplete{CommandKey: "job-1"}, "TransferCompleteResponse", "transfer job-1 succeeded", "CommandKey=job-1 FaultCode=0"},
		{&cwmp.TransferComplete{CommandKey: "job-1", Fault: cwmp.TransferFault{Code: 9010, String: "no route"}}, "TransferCompleteResponse",
			"transfer job-1 failed: 9010 ", "FaultCode=9010"},
		{&cwmp.AutonomousTransferComplete{TransferURL: "http://u:pw@192.0.2.1/f?token=1", FileType: "1 F", IsDownload: true},
			"AutonomousTransferCompleteResponse", "a transfer of 1 F not ordered here succeeded", "TransferURL=http://192.0.2.1/f IsDownload=true"},
		{&cwmp.RequestDownload{FileType: "1 F", Args: []cwmp.FileTypeArg{{Name: "Version", Value: "3"}, {Name: "Password", Value: "pw"}}},
			"RequestDownloadResponse", "the device asks for 1 F", "Arg.Version=3"},
		{&cwmp.Kicked{Command: "go", Arg: "pw", Next: "http://192.0.2.1/n"}, "KickedResponse", "kicked by the user: go", "Command=go Next=http://192.0.2.1/n"},
		{&cwmp.DUStateChangeComplete{CommandKey: "k", Results: []cwmp.DUResult{unit}}, "DUStateChangeCompleteResponse",
			"1 software modules changed", "CommandKey=k 0.UUID=u-1 0.CurrentState=Installed 0.FaultCode=0"},
		{&cwmp.AutonomousDUStateChangeComplete{Results: []cwmp.AutonomousDUResult{{DUResult: unit, OperationPerformed: "Update"}}},
			"AutonomousDUStateChangeCompleteResponse", "1 software modules changed by themselves", "0.OperationPerformed=Update"},
		{&cwmp.UnknownMethod{Name: "Bar"}, "Fault", "", ""},
	} {
		t.Run(tc.request.Method(), func(t *testing.T) {
			response, notice := answer(tc.request)
			if response.Method() != tc.response || (notice == nil) != (tc.text == "") {
				t.Fatalf("%s with %+v", response.Method(), notice)
			}
			if notice == nil {
				return
			}
			if notice.Method != tc.request.Method() || !strings.HasPrefix(notice.Text, tc.text) {
				t.Errorf("%+v", notice)
			}
			for _, pair := range strings.Fields(tc.data) {
				name, value, _ := strings.Cut(pair, "=")
				if notice.Data[name] != value {
					t.Errorf("%s is %q", name, notice.Data[name])
				}
			}
			if all := fmt.Sprint(notice); strings.Contains(all, "pw") || strings.Contains(all, "token") {
				t.Errorf("a secret in %s", all)
			}
		})
	}
}

func TestNoticesAreBounded(t *testing.T) {
	_, n := answer(&cwmp.DUStateChangeComplete{Results: make([]cwmp.DUResult, 1000)})
	if len(n.Data) > 10*maxResults || n.Data["Results"] != "1000" {
		t.Errorf("%d entries", len(n.Data))
	}
	_, n = answer(&cwmp.TransferComplete{Fault: cwmp.TransferFault{Code: 9010, String: strings.Repeat("x", 5000)}})
	if got := len(n.Data["FaultString"]); got != maxNoticeText {
		t.Error(got)
	}
	if got := bareURL("http://[::1"); got != "" {
		t.Error(got)
	}
}

func TestNoticesClipEveryText(t *testing.T) {
	long := strings.Repeat("é", 5000)
	fault := cwmp.TransferFault{Code: 9010, String: long}
	unit := cwmp.DUResult{UUID: long, Version: long, CurrentState: long, Fault: fault}
	args := make([]cwmp.FileTypeArg, 1000)
	for i := range args {
		args[i] = cwmp.FileTypeArg{Name: fmt.Sprint(i, long), Value: long}
	}
	for _, m := range []cwmp.Message{
		&cwmp.TransferComplete{CommandKey: long, Fault: fault},
		&cwmp.AutonomousTransferComplete{AnnounceURL: long, TransferURL: long, FileType: long, TargetFileName: long, Fault: fault},
		&cwmp.RequestDownload{FileType: long, Args: args},
		&cwmp.Kicked{Command: long, Referer: "http://h/" + long, Next: "http://h/" + long},
		&cwmp.DUStateChangeComplete{CommandKey: long, Results: []cwmp.DUResult{unit}},
		&cwmp.AutonomousDUStateChangeComplete{Results: []cwmp.AutonomousDUResult{{DUResult: unit, OperationPerformed: long}}},
	} {
		_, n := answer(m)
		if len(n.Data) > maxArgs+10 {
			t.Errorf("%s: %d entries", n.Method, len(n.Data))
		}
		for name, value := range n.Data {
			for _, text := range []string{n.Text, name, value} {
				if len(text) > 256 || !utf8.ValidString(text) {
					t.Errorf("%s: %d bytes in %.20s", n.Method, len(text), name)
				}
			}
		}
	}
	_, n := answer(&cwmp.TransferComplete{CommandKey: long, Fault: fault})
	if !strings.Contains(n.Text, "failed: 9010") {
		t.Error("the key hides the fault:", n.Text)
	}
	if _, n = answer(&cwmp.RequestDownload{Args: args}); len(n.Data) != maxArgs+1 {
		t.Errorf("%d entries", len(n.Data))
	}
}
