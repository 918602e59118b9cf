package contacts

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"itms"
	"itms/store/internal/record"
)

// Interval is how long a note waits at most when nothing else is said: short enough
// for a screen, long enough that a fleet's notes share their commits.
const Interval = 2 * time.Second

// MaxDevices is how many devices may have notes before they are flushed early: one
// transaction of that size takes some ten milliseconds in either engine.
const MaxDevices = 2000

// Buffer keeps notes and flushes them together.
type Buffer struct {
	write func([]Note) error
	fail  func(error)

	mu  sync.Mutex  // guards old and cur, not what they hold
	old *generation // being written, or left by a write that failed
	cur *generation // taking notes

	flush   sync.Mutex // held while notes are written: one writer at a time
	kick    chan struct{}
	stop    chan struct{}
	stopped chan struct{}
}

// Start returns a buffer that calls write every interval (0 = Interval) with the
// notes ordered by device, and fail when that did not work; the notes are then
// kept for the next time.
func Start(interval time.Duration, write func([]Note) error, fail func(error)) *Buffer {
	if interval <= 0 {
		interval = Interval
	}
	b := &Buffer{write: write, fail: fail, cur: newGeneration(),
		kick: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{})}
	go b.run(interval)
	return b
}

// run flushes until Close.
func (b *Buffer) run(interval time.Duration) {
	defer close(b.stopped)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-b.kick:
		case <-b.stop:
			return
		}
		if err := b.Flush(); err != nil {
			b.fail(err)
		}
	}
}

// Note adds one ended session.
func (b *Buffer) Note(s itms.SessionSummary) {
	if s.Device.IsZero() {
		return
	}
	b.mu.Lock()
	n := b.cur.add(record.Session(s))
	b.mu.Unlock()
	if n >= MaxDevices {
		select {
		case b.kick <- struct{}{}:
		default:
		}
	}
}

// Snapshot returns what is noted now.
func (b *Buffer) Snapshot() Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Snapshot{old: b.old, cur: b.cur}
}

// Flush writes all notes.
func (b *Buffer) Flush() error {
	b.flush.Lock()
	defer b.flush.Unlock()
	for again := true; again; {
		var notes []Note
		notes, again = b.take()
		if len(notes) == 0 {
			return nil
		}
		if err := b.write(notes); err != nil {
			return err
		}
		b.written()
	}
	return nil
}

// take returns the notes to write next: those a failed write left, else the
// current ones, whose place a new generation takes. It reports whether there may
// be more behind them.
func (b *Buffer) take() (notes []Note, more bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	more = b.old != nil
	if b.old == nil {
		b.old, b.cur = b.cur, newGeneration()
	}
	b.old.mu.RLock()
	defer b.old.mu.RUnlock()
	notes = make([]Note, 0, len(b.old.notes))
	for n := range maps.Values(b.old.notes) {
		notes = append(notes, *n)
	}
	if len(notes) == 0 {
		b.old = nil
	}
	// One order of devices in every writer: two nodes then never wait for each other
	// in a circle.
	slices.SortFunc(notes, func(x, y Note) int {
		return strings.Compare(x.Last.Device.String(), y.Last.Device.String())
	})
	return notes, more
}

// written forgets the notes of the last take.
func (b *Buffer) written() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.old = nil
}

// Close stops the clock and writes what is left.
func (b *Buffer) Close() error {
	close(b.stop)
	<-b.stopped
	return b.Flush()
}
