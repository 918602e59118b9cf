package itms_test

import (
	"testing"
	"time"

	"itms"
)

func TestFileFits(t *testing.T) {
	for _, c := range []struct {
		models         []string
		model, profile string
		want           bool
	}{
		{nil, "", "", true}, {nil, "EX-1", "ctc-stb", true},
		{[]string{"EX-1"}, "EX-1", "", true}, {[]string{"ex-1"}, "EX-1", "", true}, {[]string{"EX-1"}, "EX-12", "", false},
		{[]string{"EX-1*"}, "EX-12", "", true}, {[]string{"EX-12*"}, "EX-1", "", false}, {[]string{"EX-1", "ctc-stb"}, "other", "CTC-STB", true},
		{[]string{"EX-1"}, "", "", false}, {[]string{"*"}, "EX-1", "", true}, {[]string{"*"}, "", "", false},
	} {
		f := &itms.File{Models: c.models}
		if got := f.Fits(c.model, c.profile); got != c.want {
			t.Errorf("%q fits %q/%q: %v", c.models, c.model, c.profile, got)
		}
	}
}

func TestFileChunks(t *testing.T) {
	for size, want := range map[int64]int{0: 0, 1: 1, itms.ChunkSize: 1, itms.ChunkSize + 1: 2} {
		if got := (&itms.File{Size: size}).Chunks(); got != want {
			t.Errorf("%d bytes are %d chunks, want %d", size, got, want)
		}
	}
}

func TestKindOfFileType(t *testing.T) {
	for text, want := range map[string]itms.FileKind{itms.FileFirmware: itms.FileKindFirmware, "6 Stored Firmware Image": itms.FileKindFirmware,
		"1 Vendor Configuration File": itms.FileKindConfig, "3 Vendor Configuration File": itms.FileKindConfig, "2 Vendor Log File": itms.FileKindLog,
		"4 Vendor Log File 2": itms.FileKindLog, "4 Tone File": itms.FileKindOther, "X 00005E Something": itms.FileKindOther, "": itms.FileKindOther} {
		if got := itms.KindOfFileType(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestTransferOpen(t *testing.T) {
	at := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	x := &itms.Transfer{ExpiresAt: at}
	if !x.Open(at.Add(-time.Second)) || x.Open(at) {
		t.Error("a transfer is open until it expires")
	}
	x.DoneAt = at.Add(-time.Hour)
	if x.Open(at.Add(-time.Second)) {
		t.Error("a closed transfer is not open")
	}
}
