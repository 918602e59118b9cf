package cwmp

import "testing"

func TestRequestDownload(t *testing.T) {
	checkGolden(t, &RequestDownload{FileType: "1 Firmware Upgrade Image", Args: []FileTypeArg{{"Version", " 2.0 "}, {"Empty", ""}}})
	checkGolden(t, &RequestDownloadResponse{})
}

func TestRequestDownloadForms(t *testing.T) {
	for body, want := range map[string]RequestDownload{
		`<FileTypeArg/>`:                       {},
		`<FileType> 2 Web Content </FileType>`: {FileType: "2 Web Content"},
		`<FileTypeArg soap-enc:arrayType="cwmp:ArgStruct[9]"><ArgStruct><Value>1</Value><Name>Version</Name></ArgStruct><x/></FileTypeArg>`: {
			Args: []FileTypeArg{{"Version", "1"}, {}},
		},
	} {
		checkBody(t, `<cwmp:RequestDownload>`+body+`</cwmp:RequestDownload>`, &want)
	}
	checkBody(t, `<RequestDownloadResponse/>`, &RequestDownloadResponse{})
}

func TestRequestDownloadWritten(t *testing.T) {
	checkWritten(t, &RequestDownload{}, `<cwmp:RequestDownload><FileType></FileType>`+
		`<FileTypeArg soap-enc:arrayType="cwmp:ArgStruct[0]"></FileTypeArg></cwmp:RequestDownload>`)
	checkWritten(t, &RequestDownloadResponse{}, `<cwmp:RequestDownloadResponse></cwmp:RequestDownloadResponse>`)
}

func FuzzRequestDownload(f *testing.F) { fuzzGolden(f, "RequestDownload", "RequestDownloadResponse") }
