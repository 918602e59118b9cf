package acs

import (
	"sync"
	"time"

	"itms"
)

// table finds sessions: by token, live and just ended ones; by device, live ones.
type table struct {
	mu       sync.Mutex
	byToken  map[token]*session
	byDevice map[itms.DeviceID]*session
	last     time.Time     // of the newest session
	closed   bool          // no session may start any more
	idle     chan struct{} // closed once closed and no session is live
}

// newTable makes an empty table.
func newTable() *table {
	return &table{byToken: map[token]*session{}, byDevice: map[itms.DeviceID]*session{}, idle: make(chan struct{})}
}

// byTokenOf finds a session by its cookie.
func (t *table) byTokenOf(k token) *session {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byToken[k]
}

// live finds the session of a device.
func (t *table) live(id itms.DeviceID) *session {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byDevice[id]
}

// count returns the number of live sessions.
func (t *table) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byDevice)
}

// enter makes s the one session of its device and returns the one it replaces. It
// gives s its start, later than that of every earlier session, so that the newest
// is told by its time. False: full, or closed.
func (t *table) enter(s *session, limit int) (old *session, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old = t.byDevice[s.device]
	if t.closed || old == nil && len(t.byDevice) >= limit {
		return nil, false
	}
	if s.started = itms.Timestamp(s.started); !s.started.After(t.last) {
		s.started = t.last.Add(time.Microsecond)
	}
	t.last = s.started
	t.byDevice[s.device] = s
	t.byToken[s.cookie.token] = s
	return old, true
}

// leave takes a session from its device; its cookie stays known for a while.
func (t *table) leave(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byDevice[s.device] == s {
		delete(t.byDevice, s.device)
	}
	t.tellIdle()
}

// forget drops the cookie of a session.
func (t *table) forget(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byToken, s.cookie.token)
}

// close refuses new sessions and returns the live ones.
func (t *table) close() []*session {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	list := make([]*session, 0, len(t.byDevice))
	for _, s := range t.byDevice {
		list = append(list, s)
	}
	t.tellIdle()
	return list
}

// tellIdle closes idle once there is nothing to wait for. It needs mu.
func (t *table) tellIdle() {
	if !t.closed || len(t.byDevice) > 0 {
		return
	}
	select {
	case <-t.idle:
	default:
		close(t.idle)
	}
}
