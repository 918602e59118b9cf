package stun

import (
	"net/netip"
	"sync"
	"time"
)

// Limits of what is remembered.
const (
	// bindingLife is how long a binding is believed in without a request that refreshes
	// it: no NAT keeps a silent UDP binding longer, most give up after minutes.
	bindingLife = 10 * time.Minute
	// maxBindings at about 150 bytes each; devices beyond wait for their next Inform.
	maxBindings = 200_000
)

// Binding is where connection requests of a device are taken.
type Binding struct {
	Username string
	Address  netip.AddrPort
	Seen     time.Time // when it was refreshed last
}

// bindings are those that were proved by a signature.
type bindings struct {
	mu     sync.Mutex
	byName map[string]place
}

// place is a binding without its name.
type place struct {
	addr netip.AddrPort
	seen time.Time
}

// set notes a proved binding. moved says that it is new or another than before; false
// for ok that there is no room.
func (b *bindings) set(username string, addr netip.AddrPort, now time.Time) (moved, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, known := b.byName[username]
	if !known && len(b.byName) >= maxBindings && b.sweep(now) == 0 {
		return false, false
	}
	b.byName[username] = place{addr, now}
	return old.addr != addr, true
}

// sweep drops the bindings that nobody refreshed and says how many. It needs mu.
func (b *bindings) sweep(now time.Time) (dropped int) {
	for name, p := range b.byName {
		if now.Sub(p.seen) > bindingLife {
			delete(b.byName, name)
			dropped++
		}
	}
	return dropped
}

// refresh notes that a known binding is alive; false when it is not known so.
func (b *bindings) refresh(username string, addr netip.AddrPort, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, known := b.byName[username]
	if !known || p.addr != addr || now.Sub(p.seen) > bindingLife {
		return false
	}
	b.byName[username] = place{addr, now}
	return true
}

// get returns a binding that is alive.
func (b *bindings) get(username string, now time.Time) (Binding, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, known := b.byName[username]
	return Binding{username, p.addr, p.seen}, known && now.Sub(p.seen) <= bindingLife
}

// count is how many are remembered, alive or not.
func (b *bindings) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.byName)
}
