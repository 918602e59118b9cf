package cwmp

import "testing"

func TestDownload(t *testing.T) {
	checkGolden(t, &Download{
		CommandKey:     "job-1",
		FileType:       "1 Firmware Upgrade Image",
		URL:            "https://files.example.com/fw?id=1&key=2",
		Username:       "cpe",
		Password:       " p<w ",
		FileSize:       4294967295,
		TargetFileName: "fw.bin",
		DelaySeconds:   60,
		SuccessURL:     "",
		FailureURL:     "",
	})
	checkGolden(t, &DownloadResponse{Status: StatusPending})
}

func FuzzDownload(f *testing.F) { fuzzGolden(f, "Download", "DownloadResponse") }
