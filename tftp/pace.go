package tftp

import (
	"net/netip"
	"sync"
	"time"
)

// pace says how often the requests of a source are taken: a bucket of one second's
// requests that fills steadily.
type pace struct {
	each time.Duration // between two requests; 0: no limit
	mu   sync.Mutex
	full map[netip.Addr]time.Time // when the bucket of a source is full again
}

// newPace makes the buckets; below 0 is no limit.
func newPace(perSecond int) *pace {
	p := &pace{full: map[netip.Addr]time.Time{}}
	if perSecond > 0 {
		p.each = time.Second / time.Duration(perSecond)
	}
	return p
}

// allow takes a request out of the bucket; false when it is empty.
func (p *pace) allow(addr netip.Addr, now time.Time) bool {
	if p.each == 0 {
		return true
	}
	addr = network(addr)
	p.mu.Lock()
	defer p.mu.Unlock()
	full, known := p.full[addr]
	if full.Before(now) {
		full = now
	}
	if full = full.Add(p.each); full.Sub(now) > time.Second {
		return false
	}
	if !known && len(p.full) >= maxSources {
		p.evict()
	}
	p.full[addr] = full
	return true
}

// network is what is counted as one source: of IPv6, what one customer has.
func network(addr netip.Addr) netip.Addr {
	if !addr.Is6() {
		return addr
	}
	prefix, _ := addr.WithZone("").Prefix(64) // fails for lengths above 128 only
	return prefix.Addr()
}

// looked is how many entries are looked at to find one to forget.
const looked = 8

// evict forgets the source of a few whose bucket is the fullest: little is lost.
func (p *pace) evict() {
	var victim netip.Addr
	var fullest time.Time
	n := 0
	for addr, full := range p.full { // in random order
		if n == 0 || full.Before(fullest) {
			victim, fullest = addr, full
		}
		if n++; n == looked {
			break
		}
	}
	delete(p.full, victim)
}
