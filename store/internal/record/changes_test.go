package record

import (
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

// someChanges are changes as they come back.
var someChanges = []itms.ParamChange{
	{Name: "Device.A", Old: "", New: "é\x00\xff", At: time.UnixMicro(1700000000000001).UTC(), Source: itms.ChangeInform},
	{Name: "Device.B", Old: "1", New: "2", At: time.UnixMicro(-1).UTC(), Source: itms.ChangeSet},
}

func TestChangesComeBack(t *testing.T) {
	doc := ChangesDoc(someChanges)
	got, err := ReadChanges(doc)
	if err != nil || !slices.Equal(got, someChanges) || CountChanges(doc) != 2 {
		t.Errorf("%v, %v", got, err)
	}
	for n := range doc {
		if _, err := ReadChanges(doc[:n]); err == nil {
			t.Errorf("%d of %d bytes were taken", n, len(doc))
		}
	}
}

func TestChangesClipValues(t *testing.T) {
	long := strings.Repeat("é", 100)
	got, err := ReadChanges(ChangesDoc([]itms.ParamChange{{Name: "Device.A", New: long}}))
	if err != nil || len(got[0].New) > itms.MaxChangeValue || !strings.HasPrefix(long+"…", strings.TrimSuffix(got[0].New, "…")) || !strings.HasSuffix(got[0].New, "…") {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzReadChanges(f *testing.F) {
	f.Add(ChangesDoc(someChanges))
	f.Fuzz(func(t *testing.T, doc []byte) {
		changes, err := ReadChanges(doc)
		if err == nil && len(changes) != CountChanges(doc) {
			t.Errorf("%d changes, %d counted", len(changes), CountChanges(doc))
		}
	})
}
