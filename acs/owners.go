package acs

import (
	"context"
	"sync"
	"time"
)

// What is remembered of nodes that were looked up. Anybody can make up cookies, and
// each name in one would cost a look-up.
const (
	// absentTime is how long a node that was not found is not looked for again; one
	// that comes up meanwhile holds no sessions worth mentioning yet.
	absentTime = 2 * time.Second
	// maxAbsent names may be not found within absentTime; while there are so many,
	// only nodes that were found before are looked for.
	maxAbsent = 64
	// maxFound is more nodes than any installation has had in a lifetime.
	maxFound = 1024
)

// owners finds the nodes that hold sessions, at a bounded cost for those that do not
// exist.
type owners struct {
	peers Peers
	clock func() time.Time

	mu     sync.Mutex
	found  map[string]bool      // nodes that were there at the last look
	absent map[string]time.Time // until when a name is not looked up
}

// newOwners makes an empty memory over peers.
func newOwners(peers Peers, clock func() time.Time) *owners {
	return &owners{peers: peers, clock: clock, found: map[string]bool{}, absent: map[string]time.Time{}}
}

// lookup is Peers.Lookup, unless the node is known to be absent.
func (o *owners) lookup(ctx context.Context, node string) (baseURL string, ok bool) {
	if !o.mayExist(node) {
		return "", false
	}
	baseURL, ok = o.peers.Lookup(ctx, node)
	o.learn(node, ok)
	return baseURL, ok
}

// mayExist reports whether a look-up could be worth it.
func (o *owners) mayExist(node string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.found[node] {
		return true
	}
	now := o.clock()
	if now.Before(o.absent[node]) {
		return false
	}
	if len(o.absent) >= maxAbsent {
		o.forget(now)
	}
	return len(o.absent) < maxAbsent
}

// forget drops the names whose time is over. It needs mu.
func (o *owners) forget(now time.Time) {
	for name, until := range o.absent {
		if !now.Before(until) {
			delete(o.absent, name)
		}
	}
}

// learn remembers the result of a look-up.
func (o *owners) learn(node string, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ok {
		if len(o.found) >= maxFound {
			clear(o.found)
		}
		o.found[node] = true
		delete(o.absent, node)
		return
	}
	delete(o.found, node)
	if len(o.absent) < maxAbsent { // else look-ups at the same time have filled it
		o.absent[node] = o.clock().Add(absentTime)
	}
}
