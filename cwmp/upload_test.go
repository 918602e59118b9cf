package cwmp

import "testing"

func TestUpload(t *testing.T) {
	checkGolden(t, &Upload{
		CommandKey:   "job-2",
		FileType:     "2 Vendor Log File",
		URL:          "https://files.example.com/up/job-2",
		Username:     "cpe",
		Password:     "secret",
		DelaySeconds: 0,
	})
	checkGolden(t, &UploadResponse{Status: StatusApplied, StartTime: goldenTime, CompleteTime: ParseDateTime("2026-03-05T12:00:00+01:00")})
}

func FuzzUpload(f *testing.F) { fuzzGolden(f, "Upload", "UploadResponse") }
