package cwmp

import "testing"

func TestScheduleDownload(t *testing.T) {
	checkGolden(t, &ScheduleDownload{
		CommandKey:     "job-5",
		FileType:       "1 Firmware Upgrade Image",
		URL:            "http://192.0.2.7/fw.bin",
		Username:       "",
		Password:       "",
		FileSize:       8388608,
		TargetFileName: "fw.bin",
		TimeWindows: []TimeWindow{
			{3600, 7200, WindowWhenIdle, "", 3},
			{86400, 90000, WindowConfirmationNeeded, "Update now?", -1},
		},
	})
	checkGolden(t, &ScheduleDownloadResponse{})
}

func TestScheduleDownloadForms(t *testing.T) {
	for list, want := range map[string][]TimeWindow{
		``: nil,
		`<TimeWindowStruct><MaxRetries>-1</MaxRetries><WindowMode> 2 Immediately </WindowMode></TimeWindowStruct>`: {
			{Mode: WindowImmediately, MaxRetries: -1},
		},
		`<x><WindowEnd>7200</WindowEnd><WindowStart>soon</WindowStart><UserMessage> now </UserMessage></x>`: {
			{End: 7200, UserMessage: " now "},
		},
		`<a/><b/><c/>`: {{}, {}, {}},
	} {
		checkBody(t, `<ScheduleDownload><TimeWindowList>`+list+`</TimeWindowList><FileSize>1</FileSize></ScheduleDownload>`,
			&ScheduleDownload{FileSize: 1, TimeWindows: want})
	}
}

func TestScheduleDownloadWritten(t *testing.T) {
	checkWritten(t, &ScheduleDownload{TimeWindows: []TimeWindow{{0, 1, WindowAtAnyTime, "<", -1}}}, `<cwmp:ScheduleDownload>`+
		`<CommandKey></CommandKey><FileType></FileType><URL></URL><Username></Username><Password></Password><FileSize>0</FileSize>`+
		`<TargetFileName></TargetFileName><TimeWindowList soap-enc:arrayType="cwmp:TimeWindowStruct[1]"><TimeWindowStruct>`+
		`<WindowStart>0</WindowStart><WindowEnd>1</WindowEnd><WindowMode>1 At Any Time</WindowMode><UserMessage>&lt;</UserMessage>`+
		`<MaxRetries>-1</MaxRetries></TimeWindowStruct></TimeWindowList></cwmp:ScheduleDownload>`)
	checkWritten(t, &ScheduleDownloadResponse{}, `<cwmp:ScheduleDownloadResponse></cwmp:ScheduleDownloadResponse>`)
}

func FuzzScheduleDownload(f *testing.F) {
	fuzzGolden(f, "ScheduleDownload", "ScheduleDownloadResponse")
}
