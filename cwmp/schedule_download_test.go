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

func FuzzScheduleDownload(f *testing.F) {
	fuzzGolden(f, "ScheduleDownload", "ScheduleDownloadResponse")
}
