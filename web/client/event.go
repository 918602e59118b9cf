package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits of an event stream.
const (
	maxEvent     = 1 << 20          // bytes of a line: an event has some KiB
	maxSilence   = time.Minute      // the server says something every 15 s: this is a dead connection
	eventsReopen = 2 * time.Second  // before a stream is opened again, unless the server says otherwise
	longestPause = 30 * time.Second // between attempts while the server is away
)

// Event is one entry of the journal.
type Event struct {
	Seq     int64             `json:"seq"` // grows, may have gaps
	At      time.Time         `json:"at"`
	Type    string            `json:"type"` // e.g. "order.done"
	Device  string            `json:"device,omitempty"`
	Order   string            `json:"order,omitempty"` // internal number
	OrderNo string            `json:"orderNo,omitempty"`
	Service string            `json:"service,omitempty"`
	Area    string            `json:"area,omitempty"`
	Actor   string            `json:"actor,omitempty"`
	Text    string            `json:"text"` // for people
	Alarm   bool              `json:"alarm,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
}

// EventFilter selects events; what is zero selects all.
type EventFilter struct {
	Types  []string // one that ends in a dot takes all below it: "order."
	Device string
	Order  string // order number, or internal number
	// After resumes behind the event of this Seq. 0 = new events only, All = all that are kept.
	After int64
}

// All as EventFilter.After asks for every event that is kept.
const All = -1

// Events follows what happens until ctx ends, the caller stops, or the server refuses. A
// stream that breaks is opened again behind the last event, so that none is missed and none
// comes twice; one that broke before its first event, and was opened without After, may miss
// what happened meanwhile. The last value is the error that ended it.
func (c *Client) Events(ctx context.Context, f EventFilter) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		s, err := c.follow(ctx, f)
		if err != nil {
			yield(Event{}, err)
			return
		}
		defer s.close()
		for {
			e, err := s.next(ctx)
			if err == nil && e.Seq == 0 {
				continue // opened again; there is nothing to tell
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// events is an event stream that opens itself again.
type events struct {
	client *Client
	filter EventFilter
	last   string        // id of the last event, or where to begin
	pause  time.Duration // before it is opened again
	body   io.ReadCloser // nil = broken
	lines  *bufio.Reader
	cancel context.CancelFunc // of the connection
	alive  *time.Timer        // cancels a silent connection
}

// follow opens a stream.
func (c *Client) follow(ctx context.Context, f EventFilter) (*events, error) {
	s := &events{client: c, filter: f, pause: eventsReopen}
	switch {
	case f.After > 0:
		s.last = strconv.FormatInt(f.After, 10)
	case f.After == All:
		s.last = "0"
	}
	return s, s.open(ctx)
}

// open makes the connection.
func (s *events) open(ctx context.Context) error {
	own, cancel := context.WithCancel(ctx)
	call := Call{Method: http.MethodGet, Path: base + "/events", Header: http.Header{"Accept": {"text/event-stream"}},
		Query: filled(map[string]string{"type": strings.Join(s.filter.Types, ","), "device": s.filter.Device, "order": s.filter.Order})}
	if s.last != "" {
		call.Header.Set("Last-Event-ID", s.last)
	}
	resp, err := s.client.Do(own, call)
	if err != nil {
		cancel()
		return err
	}
	s.body, s.lines, s.cancel = resp.Body, bufio.NewReaderSize(resp.Body, 64<<10), cancel
	s.alive = time.AfterFunc(maxSilence, cancel)
	return nil
}

// close ends the connection.
func (s *events) close() {
	if s.body == nil {
		return
	}
	s.alive.Stop()
	s.cancel()
	_ = s.body.Close() // nothing more is wanted of it
	s.body = nil
}

// next returns the next event. One of Seq 0 says that the stream was opened again without
// knowing behind which event: something may have been missed.
func (s *events) next(ctx context.Context) (Event, error) {
	e, err := s.read()
	if err == nil {
		return e, nil
	}
	if ctx.Err() != nil {
		return Event{}, ctx.Err()
	}
	if s.client.retry.Attempts <= 1 {
		return Event{}, fmt.Errorf("client: the event stream ended: %w", err)
	}
	if err := s.reopen(ctx); err != nil {
		return Event{}, err
	}
	if s.last == "" {
		return Event{}, nil
	}
	return s.next(ctx)
}

// reopen opens the stream again, for as long as it takes.
func (s *events) reopen(ctx context.Context) error {
	s.close()
	for pause := s.pause; ; pause = min(2*pause, longestPause) {
		if err := s.client.pause(ctx, jitter(pause)); err != nil {
			return err
		}
		err := s.open(ctx)
		var refused *Error
		if err == nil || errors.As(err, &refused) && !refused.passing() {
			return err
		}
	}
}

// read takes one event off the connection (HTML Living Standard §9.2.6).
func (s *events) read() (e Event, err error) {
	var data []byte
	for id := ""; ; {
		line, err := s.line()
		if err != nil {
			return e, err
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "" && data != nil:
			if err := json.Unmarshal(data, &e); err != nil {
				return e, fmt.Errorf("read event %s: %w", id, err)
			}
			s.last = id
			return e, nil
		case field == "data":
			data = append(data, value...)
		case field == "id":
			id = value
		case field == "retry":
			if ms, err := strconv.Atoi(value); err == nil && ms > 0 {
				s.pause = min(time.Duration(ms)*time.Millisecond, longestPause)
			}
		}
	}
}

// line reads one line without its end.
func (s *events) line() (string, error) {
	var all []byte
	for {
		part, more, err := s.lines.ReadLine()
		if err != nil {
			return "", err
		}
		s.alive.Reset(maxSilence)
		if all = append(all, part...); !more {
			return string(all), nil
		}
		if len(all) > maxEvent {
			return "", errors.New("a line of the event stream is too long")
		}
	}
}
