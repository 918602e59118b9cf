package dhcp

import (
	"net/netip"
	"sync"
	"time"

	"itms"
)

// Bounds of what is counted by source. Beyond them the oldest are forgotten, and begin with
// a full burst again: the limits of relay and of all hold them then.
const (
	maxClients = 65_536
	maxRelays  = 4_096
)

// limiter bounds messages by client, by relay and in all.
type limiter struct {
	mu      sync.Mutex // guards all below
	clients buckets[itms.MAC]
	relays  buckets[netip.Addr]
	all     buckets[struct{}]
}

func newLimiter(l Limits) *limiter {
	return &limiter{
		clients: buckets[itms.MAC]{rate: l.ClientRate, burst: float64(l.ClientBurst), most: maxClients},
		relays:  buckets[netip.Addr]{rate: l.RelayRate, burst: float64(l.RelayBurst), most: maxRelays},
		all:     buckets[struct{}]{rate: l.Rate, burst: float64(l.Burst), most: 1},
	}
}

// allow reports whether a message may be answered, and counts it.
func (l *limiter) allow(m *message, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.clients.allow(m.mac(), now) && l.relays.allow(m.giaddr(), now) && l.all.allow(struct{}{}, now)
}

// bucket is how many messages a source may send at once from a time on.
type bucket struct {
	tokens float64
	at     time.Time
}

// buckets hold those of many sources in two generations: when the younger is full it
// becomes the older, which is forgotten.
type buckets[K comparable] struct {
	rate, burst float64
	most        int
	young, old  map[K]bucket
}

// allow takes a token of a source, and reports whether there was one.
func (b *buckets[K]) allow(key K, now time.Time) bool {
	if b.rate < 0 {
		return true
	}
	one, known := b.young[key]
	if !known {
		if one, known = b.old[key]; !known {
			one = bucket{b.burst, now}
		}
		b.turn()
	}
	if passed := now.Sub(one.at); passed > 0 {
		one.tokens = min(b.burst, one.tokens+passed.Seconds()*b.rate)
		one.at = now
	}
	allowed := one.tokens >= 1
	if allowed {
		one.tokens--
	}
	b.young[key] = one
	return allowed
}

// turn makes room for one more source.
func (b *buckets[K]) turn() {
	if b.young == nil || len(b.young) >= max(1, b.most/2) {
		b.young, b.old = map[K]bucket{}, b.young
	}
}
