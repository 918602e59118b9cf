package cwmp

import "testing"

func TestRequestDownload(t *testing.T) {
	checkGolden(t, &RequestDownload{FileType: "1 Firmware Upgrade Image", Args: []FileTypeArg{{"Version", " 2.0 "}, {"Empty", ""}}})
	checkGolden(t, &RequestDownloadResponse{})
}

func FuzzRequestDownload(f *testing.F) { fuzzGolden(f, "RequestDownload", "RequestDownloadResponse") }
