package acs

import (
	"crypto/sha256"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// tally counts wrong credentials.
type tally struct {
	count int
	since time.Time // of the window
	until time.Time // refused until then
}

// guesses counts wrong credentials by a key: limit of them within wrongWindow shut
// the key out for wrongPenalty (TR-069 Amd 6 §3.4.4 leaves the policy to the ACS).
type guesses[K comparable] struct {
	clock   func() time.Time
	limit   int
	tracked atomic.Int32 // len(tallies), so that the usual case takes no lock
	mu      sync.Mutex
	tallies map[K]tally
}

// left returns for how many seconds the key is still refused, 0 when it is not.
func (g *guesses[K]) left(key K) int {
	if g.tracked.Load() == 0 {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	left := g.tallies[key].until.Sub(g.clock())
	if left <= 0 {
		return 0
	}
	return int(left/time.Second) + 1
}

// count counts wrong credentials and reports whether that shut the key out.
func (g *guesses[K]) count(key K) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock()
	t, known := g.tallies[key]
	if now.Before(t.until) { // shut meanwhile; counting on would open it again
		return false
	}
	if !known && len(g.tallies) >= maxSources {
		g.shrink(now)
	}
	if now.Sub(t.since) > wrongWindow {
		t = tally{since: now}
	}
	t.count++
	shut := t.count >= g.limit
	if shut {
		t = tally{until: now.Add(wrongPenalty)}
	}
	g.tallies[key] = t
	g.tracked.Store(int32(len(g.tallies)))
	return shut
}

// shrink drops what no longer matters, and if that is nothing, any one key: an
// attacker with so many addresses is not stopped by counting them.
func (g *guesses[K]) shrink(now time.Time) {
	for key, t := range g.tallies {
		if now.After(t.until) && now.Sub(t.since) > wrongWindow {
			delete(g.tallies, key)
		}
	}
	for key := range g.tallies {
		if len(g.tallies) < maxSources {
			return
		}
		delete(g.tallies, key)
	}
}

// sources counts by source address.
type sources struct{ guesses[netip.Addr] }

// newSources makes an empty count.
func newSources(clock func() time.Time) *sources {
	return &sources{guesses[netip.Addr]{clock: clock, limit: wrongPerWindow, tallies: map[netip.Addr]tally{}}}
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
	return s.left(source)
}

// wrong counts wrong credentials and reports whether that shut the source out.
func (s *sources) wrong(remote string) bool {
	source, ok := sourceOf(remote)
	return ok && s.count(source)
}

// nameKey stands for a user name, which may be long: anybody can make one up.
type nameKey [16]byte

// nameOf is the key of a user name.
func nameOf(user string) nameKey {
	sum := sha256.Sum256([]byte(user))
	return nameKey(sum[:16])
}

// originKey is a user name from one source.
type originKey struct {
	source netip.Addr
	name   nameKey
}

// names counts by the user name that was claimed: from one source, and from all.
type names struct {
	origins guesses[originKey]
	all     guesses[nameKey]
}

// newNames makes an empty count.
func newNames(clock func() time.Time) *names {
	return &names{guesses[originKey]{clock: clock, limit: wrongPerName, tallies: map[originKey]tally{}},
		guesses[nameKey]{clock: clock, limit: wrongPerNameAll, tallies: map[nameKey]tally{}}}
}

// shut returns for how many seconds the name is still refused from the source.
func (n *names) shut(remote, user string) int {
	if n.origins.tracked.Load() == 0 {
		return 0
	}
	source, _ := sourceOf(remote)
	return n.origins.left(originKey{source, nameOf(user)})
}

// wrong counts wrong credentials and reports whether so many came for the name that
// somebody should know. Only names that belong to one device are shut: behind one
// address a whole estate may have an old password under the shared one.
func (n *names) wrong(remote, user string, own bool) bool {
	source, _ := sourceOf(remote)
	name := nameOf(user)
	shut := own && n.origins.count(originKey{source, name})
	return n.all.count(name) || shut
}
