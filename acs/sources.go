package acs

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// tally counts the wrong credentials of one source.
type tally struct {
	count int
	since time.Time // of the window
	until time.Time // refused until then
}

// sources counts wrong credentials per source address (TR-069 Amd 6 §3.4.4 leaves
// the policy to the ACS).
type sources struct {
	clock   func() time.Time
	tracked atomic.Int32 // len(tallies), so that the usual case takes no lock
	mu      sync.Mutex
	tallies map[netip.Addr]tally
}

// newSources makes an empty count.
func newSources(clock func() time.Time) *sources {
	return &sources{clock: clock, tallies: map[netip.Addr]tally{}}
}

// shut returns for how many seconds the source is still refused, 0 when it is not.
func (s *sources) shut(remote string) int {
	if s.tracked.Load() == 0 {
		return 0
	}
	source, ok := sourceOf(remote)
	if !ok {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.tallies[source].until.Sub(s.clock())
	if left <= 0 {
		return 0
	}
	return int(left/time.Second) + 1
}

// wrong counts wrong credentials and reports whether that shut the source out.
func (s *sources) wrong(remote string) bool {
	source, ok := sourceOf(remote)
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	t, known := s.tallies[source]
	if now.Before(t.until) { // shut meanwhile; counting on would open it again
		return false
	}
	if !known && len(s.tallies) >= maxSources {
		s.shrink(now)
	}
	if now.Sub(t.since) > wrongWindow {
		t = tally{since: now}
	}
	t.count++
	shut := t.count >= wrongPerWindow
	if shut {
		t = tally{until: now.Add(wrongPenalty)}
	}
	s.tallies[source] = t
	s.tracked.Store(int32(len(s.tallies)))
	return shut
}

// shrink drops what no longer matters, and if that is nothing, any one source: an
// attacker with so many addresses is not stopped by counting them.
func (s *sources) shrink(now time.Time) {
	for source, t := range s.tallies {
		if now.After(t.until) && now.Sub(t.since) > wrongWindow {
			delete(s.tallies, source)
		}
	}
	for source := range s.tallies {
		if len(s.tallies) < maxSources {
			return
		}
		delete(s.tallies, source)
	}
}
