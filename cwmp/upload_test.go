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

func TestUploadForms(t *testing.T) {
	for body, want := range map[string]Upload{
		`<FileType>3 Vendor Configuration File 2</FileType>`:       {FileType: "3 Vendor Configuration File 2"},
		`<DelaySeconds> 5 </DelaySeconds><Username> u </Username>`: {DelaySeconds: 5, Username: " u "},
		`<URL>ftp://192.0.2.7/up</URL><FileSize>1</FileSize>`:      {URL: "ftp://192.0.2.7/up"},
	} {
		checkBody(t, `<cwmp:Upload>`+body+`</cwmp:Upload>`, &want)
	}
	checkBody(t, `<UploadResponse><CompleteTime>2026-03-05T11:54:14Z</CompleteTime></UploadResponse>`, &UploadResponse{CompleteTime: goldenTime})
}

func TestUploadWritten(t *testing.T) {
	checkWritten(t, &Upload{}, `<cwmp:Upload><CommandKey></CommandKey><FileType></FileType><URL></URL>`+
		`<Username></Username><Password></Password><DelaySeconds>0</DelaySeconds></cwmp:Upload>`)
	checkWritten(t, &UploadResponse{Status: StatusPending}, `<cwmp:UploadResponse><Status>1</Status>`+
		`<StartTime>0001-01-01T00:00:00Z</StartTime><CompleteTime>0001-01-01T00:00:00Z</CompleteTime></cwmp:UploadResponse>`)
}

func FuzzUpload(f *testing.F) { fuzzGolden(f, "Upload", "UploadResponse") }
