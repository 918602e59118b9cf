package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// maxPending is how much of a report waits in memory for its reader. Many clients send all of
// their body before they read: what is more waits in a file that has no name.
const maxPending = 1 << 20

// report is a text on its way to a client, at the client's pace; who adds to it never waits.
type report struct {
	w   http.ResponseWriter
	rec *record

	mu      sync.Mutex // guards what follows
	pending bytes.Buffer
	spill   *os.File // what comes behind pending; nil = nothing
	spilt   int64    // bytes in it
	taken   int64    // of those, how many were sent
	ended   bool
	failed  error         // of a line that could not be kept
	more    chan struct{} // holds a token once something changed
}

// newReport makes an empty one.
func newReport(w http.ResponseWriter, rec *record) *report {
	return &report{w: w, rec: rec, more: make(chan struct{}, 1)}
}

// add puts a document on a line of its own.
func (r *report) add(doc any) {
	line, err := json.Marshal(doc)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		err = r.keep(append(line, '\n'))
	}
	if err != nil && r.failed == nil {
		r.failed = err
	}
	r.wake()
}

// keep keeps a line in memory, or in the file while there is something in that.
func (r *report) keep(line []byte) (err error) {
	if r.spill == nil && r.pending.Len() < maxPending {
		r.pending.Write(line)
		return nil
	}
	if r.spill == nil {
		if r.spill, err = os.CreateTemp("", "itms-report-"); err != nil {
			return err
		}
		if err := os.Remove(r.spill.Name()); err != nil { // it lives as long as it is open
			return err
		}
	}
	n, err := r.spill.WriteAt(line, r.spilt)
	r.spilt += int64(n)
	return err
}

// end says that nothing more comes: from now on a client that takes nothing is given up.
func (r *report) end() {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	_ = r.hurry() // a write that waits already; the next one tells
	r.mu.Lock()
	r.wake()
	r.mu.Unlock()
}

// wake tells send that something changed.
func (r *report) wake() {
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// hurry gives the next write its time.
func (r *report) hurry() error {
	return unlimited(r.rec.conn.SetWriteDeadline(time.Now().Add(reportPatience)))
}

// send sends all of the report until its end.
func (r *report) send() error {
	defer r.discard()
	if err := unlimited(r.rec.conn.SetWriteDeadline(time.Now().Add(importTime + reportPatience))); err != nil {
		return err
	}
	r.w.WriteHeader(http.StatusOK)
	if err := unlimited(r.rec.conn.Flush()); err != nil {
		return err
	}
	piece := make([]byte, 64<<10)
	for {
		n, ended, err := r.take(piece)
		switch {
		case err != nil:
			return err
		case n == 0 && ended:
			return nil
		case n == 0:
			<-r.more
			continue
		}
		if ended {
			if err := r.hurry(); err != nil {
				return err
			}
		}
		if _, err := r.w.Write(piece[:n]); err != nil {
			return err
		}
		if err := unlimited(r.rec.conn.Flush()); err != nil {
			return err
		}
	}
}

// take takes what comes next.
func (r *report) take(piece []byte) (n int, ended bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending.Len() > 0 {
		n, err = r.pending.Read(piece)
		return n, r.ended, err
	}
	if r.spill == nil {
		return 0, r.ended, r.failed
	}
	n, err = r.spill.ReadAt(piece[:min(int64(len(piece)), r.spilt-r.taken)], r.taken)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if r.taken += int64(n); r.taken == r.spilt && err == nil { // all is sent: the next goes to memory
		err = r.spill.Close()
		r.spill, r.spilt, r.taken = nil, 0, 0
	}
	return n, r.ended, err
}

// discard gives up what was not sent.
func (r *report) discard() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spill != nil {
		_ = r.spill.Close() // it has no name and nobody reads it
		r.spill = nil
	}
}
