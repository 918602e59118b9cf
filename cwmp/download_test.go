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

func TestDownloadForms(t *testing.T) {
	checkBody(t, `<cwmp:Download><FileSize>lots</FileSize><DelaySeconds>-1</DelaySeconds><Password> a b </Password>
		<URL> http://192.0.2.7/fw?a=1&b=2 </URL><FileType>1 Firmware Upgrade Image</FileType></cwmp:Download>`,
		&Download{FileType: "1 Firmware Upgrade Image", URL: "http://192.0.2.7/fw?a=1&b=2", Password: " a b "})
	for body, want := range map[string]DownloadResponse{
		`<Status>0</Status><StartTime>2026-03-05T11:54:14Z</StartTime><CompleteTime>2026-03-05T11:54:14Z</CompleteTime>`: {StatusApplied, goldenTime, goldenTime},
		`<CompleteTime>2019-03-05T11:54::14</CompleteTime><Status>1</Status>`:                                            {StatusPending, DateTime{}, DateTime{Raw: "2019-03-05T11:54::14"}},
		`<Status>1</Status>`: {Status: StatusPending},
	} {
		checkBody(t, `<cwmp:DownloadResponse>`+body+`</cwmp:DownloadResponse>`, &want)
	}
}

// TestDownloadWritten checks that all ten arguments are there when empty.
func TestDownloadWritten(t *testing.T) {
	checkWritten(t, &Download{}, `<cwmp:Download><CommandKey></CommandKey><FileType></FileType><URL></URL><Username></Username>`+
		`<Password></Password><FileSize>0</FileSize><TargetFileName></TargetFileName><DelaySeconds>0</DelaySeconds>`+
		`<SuccessURL></SuccessURL><FailureURL></FailureURL></cwmp:Download>`)
	checkWritten(t, &DownloadResponse{StartTime: goldenTime}, `<cwmp:DownloadResponse><Status>0</Status>`+
		`<StartTime>2026-03-05T11:54:14Z</StartTime><CompleteTime>0001-01-01T00:00:00Z</CompleteTime></cwmp:DownloadResponse>`)
}

func FuzzDownload(f *testing.F) { fuzzGolden(f, "Download", "DownloadResponse") }
