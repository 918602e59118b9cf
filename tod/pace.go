package tod

import (
	"cmp"
	"net/netip"
	"sync"
	"time"
)

// pace says how often a source, and all together, are answered: a bucket of one
// second's answers that fills steadily.
type pace struct {
	perSource, inAll time.Duration // between two answers; 0: no limit

	mu   sync.Mutex
	full map[netip.Addr]time.Time // when the bucket of a source is full again
	all  time.Time                // the same of all
}

// newPace makes the buckets.
func newPace(o Options) *pace {
	return &pace{interval(cmp.Or(o.PerSource, DefaultPerSource)), interval(cmp.Or(o.InAll, DefaultInAll)),
		sync.Mutex{}, map[netip.Addr]time.Time{}, time.Time{}}
}

// interval is the time between two of so many per second, 0 for no limit.
func interval(perSecond int) time.Duration {
	if perSecond < 0 {
		return 0
	}
	return time.Second / time.Duration(perSecond)
}

// draw takes an answer out of the bucket that is full at the given time, and says when
// it is full again; false when it is empty.
func draw(full, now time.Time, each time.Duration) (time.Time, bool) {
	if full.Before(now) {
		full = now
	}
	full = full.Add(each)
	return full, full.Sub(now) <= time.Second
}

// allow reports whether a question from that address may be answered.
func (p *pace) allow(addr netip.Addr, now time.Time) bool {
	addr = network(addr)
	p.mu.Lock()
	defer p.mu.Unlock()
	mine, ok := draw(p.full[addr], now, p.perSource)
	if !ok {
		return false
	}
	all, ok := draw(p.all, now, p.inAll)
	if !ok {
		return false
	}
	if _, known := p.full[addr]; !known && len(p.full) >= maxSources {
		p.evict()
	}
	p.full[addr], p.all = mine, all
	return true
}

// network is what is counted as one source: of IPv6, what one customer has.
func network(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if !addr.Is6() {
		return addr
	}
	prefix, _ := addr.Prefix(64) // fails for lengths above 128 only
	return prefix.Addr()
}

// evicted is how many entries are looked at to find one to forget.
const evicted = 8

// evict forgets the source of a few whose bucket is the fullest: little is lost.
func (p *pace) evict() {
	var victim netip.Addr
	var fullest time.Time
	looked := 0
	for addr, full := range p.full { // in random order
		if looked == 0 || full.Before(fullest) {
			victim, fullest = addr, full
		}
		if looked++; looked == evicted {
			break
		}
	}
	delete(p.full, victim)
}
