package contacts

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"go.uber.org/goleak"

	"itms"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is when session 0 starts.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// id is the i-th device.
func id(i int) itms.DeviceID { return itms.DeviceID{OUI: "00005E", Serial: fmt.Sprintf("%04d", i)} }

// session is the n-th session of a device.
func session(device, n int, rpcs ...string) itms.SessionSummary {
	return itms.SessionSummary{ID: fmt.Sprint(n), Device: id(device), Started: start.Add(time.Duration(n) * time.Second),
		RPCs: rpcs, End: itms.SessionDone}
}

// disk is where a buffer under test writes.
type disk struct {
	writes [][]Note
	err    error
	inside func() // called during a write
}

func (d *disk) write(notes []Note) error {
	if d.inside != nil {
		d.inside()
	}
	if d.err != nil {
		return d.err
	}
	d.writes = append(d.writes, notes)
	return nil
}

// idle returns a buffer that flushes only when told to.
func idle(t *testing.T, d *disk) *Buffer {
	b := Start(time.Hour, d.write, func(err error) { t.Errorf("flush: %v", err) })
	t.Cleanup(func() {
		d.err = nil
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// last is the session that the buffer shows as a device's last.
func last(b *Buffer, device int) string {
	d := &itms.Device{ID: id(device)}
	b.Snapshot().Fill(d)
	return d.LastSession.ID
}

// TestCoalesce: many notes of a device become one, devices come in order.
func TestCoalesce(t *testing.T) {
	d := &disk{}
	b := idle(t, d)
	for n := range 10 {
		b.Note(session(2, n))
		b.Note(session(1, n))
	}
	b.Note(itms.SessionSummary{ID: "of nobody"})
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	want := [][]Note{{{Last: session(1, 9)}, {Last: session(2, 9)}}}
	if !reflect.DeepEqual(d.writes, want) {
		t.Errorf("wrote %+v", d.writes)
	}
	if err := b.Flush(); err != nil || len(d.writes) != 1 {
		t.Errorf("nothing to write cost a write: %v", err)
	}
}

// TestHistory: eventful sessions are kept once each, the newest of them, in order.
func TestHistory(t *testing.T) {
	d := &disk{}
	b := idle(t, d)
	for n := itms.KeepSessions + 5; n >= 0; n-- {
		b.Note(session(1, n, "Reboot"))
		b.Note(session(1, n, "Reboot")) // told twice
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	note := d.writes[0][0]
	if len(note.History) != itms.KeepSessions || note.History[0].ID != "6" || note.Last.ID != "55" {
		t.Errorf("%d sessions from %s, last %s", len(note.History), note.History[0].ID, note.Last.ID)
	}
	if note.History[0].Started.After(note.History[1].Started) {
		t.Error("not oldest first")
	}
}

// TestVisibleDuringFlush: at no moment of a flush is a note in neither place.
func TestVisibleDuringFlush(t *testing.T) {
	d := &disk{}
	b := idle(t, d)
	b.Note(session(1, 1))
	early := b.Snapshot()
	d.inside = func() {
		if got := last(b, 1); got != "1" {
			t.Errorf("during the write: %q", got)
		}
		b.Note(session(1, 2))
		if got := last(b, 1); got != "2" {
			t.Errorf("noted during the write: %q", got)
		}
		d.inside = nil
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := last(b, 1); got != "2" {
		t.Errorf("after the write: %q", got)
	}
	old := &itms.Device{ID: id(1)}
	if early.Fill(old); old.LastSession.ID != "1" {
		t.Errorf("a snapshot from before the write lost its note: %q", old.LastSession.ID)
	}
}

// TestFailedWrite: notes stay, and are written before newer ones.
func TestFailedWrite(t *testing.T) {
	d := &disk{err: errors.New("disk full")}
	b := idle(t, d)
	b.Note(session(1, 1, "Reboot"))
	if err := b.Flush(); !errors.Is(err, d.err) {
		t.Fatalf("got %v", err)
	}
	b.Note(session(1, 2, "Reboot"))
	if got := b.Snapshot().Merge(id(1), nil, 10); len(got) != 2 || got[0].ID != "2" {
		t.Errorf("sessions while the disk is full: %+v", got)
	}
	d.err = nil
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	if len(d.writes) != 2 || d.writes[0][0].Last.ID != "1" || d.writes[1][0].Last.ID != "2" {
		t.Errorf("wrote %+v", d.writes)
	}
}

// TestMerge: stored and noted sessions join without repeats.
func TestMerge(t *testing.T) {
	b := idle(t, &disk{})
	b.Note(session(1, 2, "Reboot"))
	b.Note(session(1, 3, "Reboot"))
	stored := []itms.SessionSummary{session(1, 2, "Reboot"), session(1, 1, "Reboot")}
	got := b.Snapshot().Merge(id(1), stored, 10)
	if len(got) != 3 || got[0].ID != "3" || got[2].ID != "1" {
		t.Errorf("merged %+v", got)
	}
	if got := b.Snapshot().Merge(id(1), nil, -1); len(got) != 0 {
		t.Errorf("limit -1: %+v", got)
	}
	if got := (Snapshot{}).Merge(id(1), stored, 1); len(got) != 1 || got[0].ID != "2" {
		t.Errorf("no notes: %+v", got)
	}
}

// TestEqualStarts: sessions that start together are told apart by id.
func TestEqualStarts(t *testing.T) {
	a, b := session(1, 1), session(1, 1)
	a.ID, b.ID = "a", "b"
	if Compare(a, b) >= 0 || Compare(b, a) <= 0 || Compare(a, a) != 0 {
		t.Error("order of equal starts")
	}
}

// TestClock: the interval flushes, and failures of it are told.
func TestClock(t *testing.T) {
	told, wrote := make(chan error, 100), make(chan []Note, 100)
	broken := true
	b := Start(time.Millisecond, func(notes []Note) error {
		if broken {
			broken = false
			return errors.New("first time")
		}
		wrote <- notes
		return nil
	}, func(err error) { told <- err })
	b.Note(session(1, 1))
	if err := <-told; err.Error() != "first time" {
		t.Error(err)
	}
	if notes := <-wrote; notes[0].Last.ID != "1" {
		t.Errorf("wrote %+v", notes)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFull: many devices flush before the interval is over.
func TestFull(t *testing.T) {
	wrote := make(chan int, 100)
	b := Start(0, func(notes []Note) error { wrote <- len(notes); return nil }, func(err error) { t.Error(err) })
	for i := range MaxDevices {
		b.Note(session(i, 1))
	}
	if n := <-wrote; n == 0 || n > MaxDevices {
		t.Errorf("wrote %d notes", n)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}
