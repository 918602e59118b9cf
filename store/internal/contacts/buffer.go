// Package contacts coalesces the notes of ended sessions, so that a periodic Inform
// which changes nothing costs no durable write of its own.
package contacts

import (
	"slices"
	"sync"

	"itms"
	"itms/store/internal/record"
)

// Note is what waits to be written for one device.
type Note struct {
	Last    itms.SessionSummary   // the session that started last
	History []itms.SessionSummary // eventful ones, oldest first, at most itms.KeepSessions
}

// generation holds the notes taken between two flushes. Readers may keep one
// longer than the buffer does: its notes are then in the database as well, and
// merging them twice gives the same.
type generation struct {
	mu    sync.RWMutex // guards notes and what they point to
	notes map[itms.DeviceID]*Note
}

// newGeneration returns an empty one.
func newGeneration() *generation { return &generation{notes: map[itms.DeviceID]*Note{}} }

// add merges one session and returns how many devices have notes.
func (g *generation) add(s itms.SessionSummary) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.notes[s.Device]
	if n == nil {
		n = &Note{Last: s}
		g.notes[s.Device] = n
	}
	if !s.Started.Before(n.Last.Started) {
		n.Last = s
	}
	if s.Eventful() {
		n.History = slices.DeleteFunc(n.History, func(h itms.SessionSummary) bool { return Compare(h, s) == 0 })
		n.History = append(n.History, s)
		Sort(n.History)
		if over := len(n.History) - itms.KeepSessions; over > 0 {
			n.History = slices.Delete(n.History, 0, over)
		}
	}
	return len(g.notes)
}

// get returns a copy of the note of a device.
func (g *generation) get(id itms.DeviceID) (Note, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := g.notes[id]
	if n == nil {
		return Note{}, false
	}
	return Note{Last: n.Last, History: slices.Clone(n.History)}, true
}

// Sort brings sessions into order of age, oldest first; equal starts by id.
func Sort(list []itms.SessionSummary) { slices.SortFunc(list, Compare) }

// Compare orders sessions by start, then id.
func Compare(a, b itms.SessionSummary) int {
	if c := a.Started.Compare(b.Started); c != 0 {
		return c
	}
	switch {
	case a.ID < b.ID:
		return -1
	case a.ID > b.ID:
		return 1
	}
	return 0
}

// Snapshot is what was noted and perhaps not yet written when a transaction began.
// It must be taken before the transaction's own snapshot of the database: then a
// note is in one of them at least. The zero Snapshot is empty.
type Snapshot struct{ old, cur *generation }

// Fill sets the contact fields of d when a newer session was noted.
func (s Snapshot) Fill(d *itms.Device) {
	for _, g := range []*generation{s.old, s.cur} {
		if g == nil {
			continue
		}
		n, ok := g.get(d.ID)
		if ok && !n.Last.Started.Before(d.LastContact) {
			Set(d, n.Last)
		}
	}
}

// Set fills the contact fields of d from its last session. The time of the Inform
// is the last contact: a session that hangs is no sign of life.
func Set(d *itms.Device, last itms.SessionSummary) {
	d.LastContact, d.LastSession = last.Started, record.Session(last)
}

// Merge adds the noted sessions of a device to the stored ones and returns the
// newest, newest first.
func (s Snapshot) Merge(id itms.DeviceID, stored []itms.SessionSummary, limit int) []itms.SessionSummary {
	all := stored
	for _, g := range []*generation{s.old, s.cur} {
		if g == nil {
			continue
		}
		n, _ := g.get(id)
		for _, h := range n.History {
			all = append(all, record.Session(h))
		}
	}
	Sort(all)
	all = slices.CompactFunc(all, func(a, b itms.SessionSummary) bool { return Compare(a, b) == 0 })
	slices.Reverse(all)
	return all[:max(0, min(len(all), limit, itms.KeepSessions))]
}
