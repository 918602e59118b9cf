package acs

import (
	"sync"
	"time"

	"itms"
)

// wheel sorts sessions by the tick at which to look at them again. A POST only
// moves the session's deadline; where it stands in the wheel is put right when
// its tick comes, so that time-outs cost nothing per POST.
type wheel struct {
	tick time.Duration
	mu   sync.Mutex
	at   map[int64][]*session
	next int64 // the first tick that was not taken yet
}

// The wheel's tick is an eighth of the session timeout, within these bounds: finer
// would be work for nothing, coarser would hold dead sessions too long.
const (
	minTick = 5 * time.Millisecond
	maxTick = time.Second
)

// newWheel makes a wheel for sessions with the timeout.
func newWheel(timeout time.Duration, now time.Time) *wheel {
	tick := min(max(timeout/8, minTick), maxTick)
	return &wheel{tick: tick, at: map[int64][]*session{}, next: now.UnixNano() / int64(tick)}
}

// add has s looked at soon after the time.
func (w *wheel) add(s *session, when int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	slot := max(when/int64(w.tick)+1, w.next)
	w.at[slot] = append(w.at[slot], s)
}

// take returns the sessions whose tick has come. After a jump of the clock all
// slots that were passed are taken at once.
func (w *wheel) take(now time.Time) (due []*session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := now.UnixNano() / int64(w.tick)
	if last-w.next > int64(len(w.at)) {
		for slot, list := range w.at {
			if slot <= last {
				due = append(due, list...)
				delete(w.at, slot)
			}
		}
		w.next = last + 1
	}
	for ; w.next <= last; w.next++ {
		due = append(due, w.at[w.next]...)
		delete(w.at, w.next)
	}
	return due
}

// sweep ends idle sessions until the server closes.
func (srv *Server) sweep() {
	defer srv.wg.Done()
	ticker := time.NewTicker(srv.wheel.tick)
	defer ticker.Stop()
	for {
		select {
		case <-srv.ctx.Done():
			return
		case <-ticker.C:
			srv.sweepAt(srv.clock())
		}
	}
}

// sweepAt looks at the sessions that are due.
func (srv *Server) sweepAt(now time.Time) {
	for _, s := range srv.wheel.take(now) {
		if again := s.expire(now); again != 0 {
			srv.wheel.add(s, again)
		}
	}
}

// expire ends the session if it has been idle too long and gives up a planner
// call that hangs. It returns when to look again, 0 for never.
func (s *session) expire(now time.Time) (again int64) {
	deadline := s.deadline.Load()
	if deadline > now.UnixNano() {
		return deadline
	}
	if !s.mu.TryLock() { // a POST is being served; its start moved the deadline
		if now.UnixNano() > deadline-int64(s.timeout)+int64(plannerTime) {
			s.cancel()
		}
		return now.UnixNano()
	}
	over := s.over
	s.release()
	if over {
		s.srv.sessions.forget(s)
		return 0
	}
	s.cutOff(itms.SessionTimeout)
	s.deadline.Store(now.Add(endedLinger).UnixNano())
	return s.deadline.Load()
}
