package workorder_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"itms"
)

// TestTrimmedPastACursor: what the journal gives up before it was told is counted, and
// the subscription goes on behind it.
func TestTrimmedPastACursor(t *testing.T) {
	w := worldWithCallbacks(t)
	l := newListener(t, always(200))
	s, _ := w.subscribe(l.URL, "test.*")
	for range 3 {
		w.append(itms.Event{Type: "test.done"})
	}
	w.append(itms.Event{Type: "other.done"})
	w.pass(w.policy.JournalKeep + time.Hour)
	w.append(itms.Event{Type: "test.done", Order: "o1", OrderNo: "N"})
	if err := w.engine.TrimNow(context.Background()); err != nil {
		t.Fatal(err)
	}
	told := w.journal("webhook.gap")
	if len(told) != 1 {
		t.Fatalf("told of %d gaps", len(told))
	}
	if !strings.Contains(told[0].Text, "lost 3 events") || !told[0].Alarm || told[0].Data["subscription"] != string(s.ID) {
		t.Errorf("%+v", told)
	}
	w.telling(func() bool { return len(l.events()) >= 1 }, l.heard)
	if got := l.events()[0]; got.Data.OrderNo != "N" {
		t.Errorf("told %+v", got)
	}
}
