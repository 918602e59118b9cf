package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"itms"
)

// Limits of event streams.
const (
	maxStreams     = 256              // open at once; each costs a goroutine, a buffer and reads of the store
	streamBatch    = 200              // events read, and buffered, at a time
	streamPatience = 10 * time.Second // a client that takes nothing for so long is dropped
	reconnectMS    = 2000             // what a browser waits before it comes back
	streamOpened   = "retry: %d\n: connected\n\n"
)

// streams knows the open event streams. Each reads the journal by itself at the
// pace of its client, so a slow one delays nobody and nothing is queued for it.
type streams struct {
	ended chan struct{} // closed by close

	mu     sync.Mutex // guards what follows
	closed bool
	count  int
	idle   chan struct{} // closed once closed and the last stream is gone
}

// newStreams makes an empty set.
func newStreams() *streams {
	return &streams{ended: make(chan struct{}), idle: make(chan struct{})}
}

// open takes a place, given back by release, or fails with KindUnavailable.
func (s *streams) open() (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the server is stopping")
	case s.count >= maxStreams:
		return nil, itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "%d event streams are open already", maxStreams)
	}
	s.count++
	return s.release, nil
}

// release gives a place back.
func (s *streams) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count--; s.closed && s.count == 0 {
		close(s.idle)
	}
}

// close ends all streams and waits for them, at most until ctx ends.
func (s *streams) close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.ended)
		if s.count == 0 {
			close(s.idle)
		}
	}
	s.mu.Unlock()
	select {
	case <-s.idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for event streams to end: %w", ctx.Err())
	}
}

// stream sends events behind seq until the client, the token or the server is gone.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, seq int64, filter eventFilter) {
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	wake := s.opts.Store.Wake(ctx, itms.TopicJournal) // before the first read: no event falls in between
	out := newEventWriter(w)
	if err := out.start(); err != nil {
		return
	}
	beat := time.NewTicker(s.opts.Heartbeat)
	defer beat.Stop()
	for {
		next, err := s.sendAfter(ctx, out, seq, filter)
		if err != nil {
			recordOf(ctx).cause = err
			return
		}
		seq = next
		select {
		case <-s.streams.ended:
			return
		case <-ctx.Done():
			return
		case _, open := <-wake:
			if !open {
				return // the store is closed
			}
		case <-beat.C:
			if s.authorize(r, journalRead) != nil || out.comment() != nil {
				return
			}
		}
	}
}

// sendAfter sends all events behind seq and returns how far it came.
func (s *Server) sendAfter(ctx context.Context, out *eventWriter, seq int64, filter eventFilter) (int64, error) {
	for {
		var events []itms.Event
		err := s.opts.Store.View(ctx, func(tx itms.Tx) (err error) {
			events, err = tx.Journal().After(seq, streamBatch)
			return err
		})
		if err != nil || len(events) == 0 {
			return seq, err
		}
		for i := range events {
			seq = events[i].Seq
			if filter.wants(&events[i]) {
				out.add(&events[i])
			}
		}
		if err := out.flush(); err != nil {
			return seq, err
		}
		select {
		case <-s.streams.ended: // a long backlog must not delay the end
			return seq, nil
		default:
		}
	}
}

// eventWriter writes the text/event-stream format (HTML Living Standard §9.2).
// Events carry no "event" field: a browser's onmessage then sees them all, and the
// type is in the data.
type eventWriter struct {
	w    http.ResponseWriter
	ctrl *http.ResponseController
	buf  bytes.Buffer
}

// newEventWriter wraps a response.
func newEventWriter(w http.ResponseWriter) *eventWriter {
	return &eventWriter{w: w, ctrl: http.NewResponseController(w)}
}

// start sends the headers at once and frees the connection of the server's own
// time limits: a stream is meant to last.
func (e *eventWriter) start() error {
	if err := e.ctrl.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	e.w.Header().Set("Content-Type", "text/event-stream")
	e.w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	e.w.WriteHeader(http.StatusOK)
	fmt.Fprintf(&e.buf, streamOpened, reconnectMS)
	return e.flush()
}

// add buffers an event.
func (e *eventWriter) add(ev *itms.Event) {
	data, err := json.Marshal(viewEvent(*ev))
	if err != nil {
		return // an eventView has no value that JSON cannot write
	}
	fmt.Fprintf(&e.buf, "id: %d\ndata: %s\n\n", ev.Seq, data)
}

// comment sends a line that clients skip: it keeps proxies from closing the
// connection and finds out whether the client is still there.
func (e *eventWriter) comment() error {
	e.buf.WriteString(": \n\n")
	return e.flush()
}

// flush sends what is buffered.
func (e *eventWriter) flush() error {
	if e.buf.Len() == 0 {
		return nil
	}
	if err := e.ctrl.SetWriteDeadline(time.Now().Add(streamPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := e.buf.WriteTo(e.w); err != nil {
		return err
	}
	return e.ctrl.Flush()
}
