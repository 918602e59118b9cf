package acs

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"itms"
)

// The values of session.look: whether a session still asks for work.
const (
	lookOpen   int32 = iota // it will ask the planner before it ends
	lookWanted              // somebody wants it to ask once more, or the device to be woken after it
	lookClosed              // it asked for the last time
)

// maxLooks bounds how often a session asks again because work came up while it
// was about to end.
const maxLooks = 3

// session is one CWMP session in the memory of this node.
type session struct {
	srv     *Server
	cookie  cookie
	started time.Time
	remote  string        // of the Inform
	who     identity      // likewise
	device  itms.DeviceID // set before it is in the table, then never changed
	timeout time.Duration // idle time that ends it; likewise
	id      string        // its name once it has begun, also when it is over

	deadline atomic.Int64           // Unix ns at which it has been idle too long
	cut      atomic.Pointer[string] // how it was told to end from outside
	look     atomic.Int32
	byCookie atomic.Bool // the CPE returns our cookie
	serving  atomic.Bool // a POST is being served; a second one is turned away

	// mu is held while a POST is served; it guards what follows, save that ctx and
	// cancel never change once the session is in the table.
	mu     sync.Mutex
	state  state
	sum    itms.SessionSummary
	codes  []string // fault codes, for the log
	notes  []string
	over   bool
	last   *conn // of the last POST; nil when it does not stand for the CPE
	ctx    context.Context
	cancel context.CancelFunc
}

// newSession makes a session that is not in the table yet.
func (srv *Server) newSession(remote string) *session {
	now := srv.clock()
	s := &session{srv: srv, cookie: cookie{srv.opt.Node, newToken()}, started: now, timeout: srv.opt.SessionTimeout}
	s.remote = remote
	s.sum = itms.SessionSummary{Node: srv.opt.Node, Remote: remote}
	s.state.limit = srv.opt.Limits.Messages
	return s
}

// touch notes that the session is alive.
func (s *session) touch(now time.Time) { s.deadline.Store(now.Add(s.timeout).UnixNano()) }

// want makes a live session look for work once more before it ends, or wake its
// device when it comes to its end without; false when it no longer does.
func (s *session) want() bool {
	return s.look.CompareAndSwap(lookOpen, lookWanted) || s.look.Load() == lookWanted
}

// lookAgain reports whether the planner must be asked again although it had
// nothing; else no want succeeds any more.
func (s *session) lookAgain() bool {
	if s.look.CompareAndSwap(lookWanted, lookOpen) {
		return true
	}
	return !s.look.CompareAndSwap(lookOpen, lookClosed) && s.look.CompareAndSwap(lookWanted, lookOpen)
}

// note remembers an oddity for the log.
func (s *session) note(text string) {
	if len(s.notes) < maxNotes {
		s.notes = append(s.notes, text)
	}
}

// fault remembers a fault of the device.
func (s *session) fault(f *itms.DeviceFault) {
	code := strconv.Itoa(f.Code)
	s.srv.met.fault(f.Code)
	if len(s.codes) < maxFaults {
		s.codes = append(s.codes, code)
		s.sum.Faults = append(s.sum.Faults, code+" "+clip(f.Text, maxText))
	}
}

// cutOff ends the session from outside, at once or, while a POST is served, when
// that is over.
func (s *session) cutOff(end string) {
	s.cut.CompareAndSwap(nil, &end)
	s.reap()
}

// unanswered names the RPC at which the device left: it closed the connection. "" when it
// is at work on none, a POST is just being served, or nobody knows.
func (s *session) unanswered() string {
	if !s.mu.TryLock() {
		return ""
	}
	defer s.release()
	if s.state.phase != phaseAwaiting || s.last == nil || !s.last.closed.Load() {
		return ""
	}
	return methodOf(s.state.command)
}

// reap ends a session that was cut off unless somebody serves it; that one will
// reap when done.
func (s *session) reap() {
	if s.mu.TryLock() {
		s.obeyCut()
		s.mu.Unlock()
	}
}

// obeyCut ends the session if it was cut off. It needs mu.
func (s *session) obeyCut() {
	if end := s.cut.Load(); end != nil && !s.over {
		s.state, _, _ = step(s.state, input{kind: inCut, end: *end})
		s.finish()
	}
}

// serve locks the session for a POST; false when another is being served. The lock
// itself is only ever held for a moment besides.
func (s *session) serve() bool {
	if !s.serving.CompareAndSwap(false, true) {
		return false
	}
	s.mu.Lock()
	return true
}

// served is the end of serve.
func (s *session) served() {
	s.serving.Store(false)
	s.release()
}

// release unlocks the session. A cut that came too late to be seen before the
// unlock is obeyed after it.
func (s *session) release() {
	s.obeyCut()
	s.mu.Unlock()
	if s.cut.Load() != nil {
		s.reap()
	}
}

// finish tells everybody, once, that the session is over. It needs mu.
func (s *session) finish() {
	if s.over {
		return
	}
	s.over = true
	s.sum.End = s.state.end
	s.sum.Duration = s.srv.clock().Sub(s.started)
	wanted := s.look.Swap(lookClosed) == lookWanted
	s.srv.sessions.leave(s)
	if s.cancel != nil {
		s.cancel()
	}
	if !s.device.IsZero() {
		s.srv.met.ended(&s.sum)
		s.log()
		s.srv.opt.Planner.Ended(s.sum)
	}
	if wanted { // and not looked for: however the session ended, another must come
		s.srv.Wake(s.device)
	}
	s.sum, s.notes, s.codes = itms.SessionSummary{}, nil, nil // only the cookie must stay
}

// log writes the one event of a session. Faults appear by code only: their texts
// are the device's.
func (s *session) log() {
	e := s.srv.opt.Logger.Debug()
	if s.sum.Eventful() || len(s.notes) > 0 {
		e = s.srv.opt.Logger.Info()
	}
	if e == nil { // that level is off
		return
	}
	e.Str("session", s.sum.ID).Str("device", s.device.String()).Str("remote", s.sum.Remote).
		Strs("events", s.sum.Events).Strs("rpcs", s.sum.RPCs).Strs("faults", s.codes).Strs("notes", s.notes).
		Int("messages", s.state.messages).Int64("bytesIn", s.sum.BytesIn).Int64("bytesOut", s.sum.BytesOut).
		Dur("duration", s.sum.Duration).Bool("cookie", s.byCookie.Load()).Str("end", s.sum.End).Msg("cwmp session")
}
