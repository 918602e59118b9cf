package api

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Limits of failed authentications. A person mistypes a few times; a script with a
// stale token calls every second.
const (
	maxFails   = 20          // failures of one address within failWindow
	failWindow = time.Minute // counted from the first failure
	maxSources = 4096        // addresses remembered: at most about 400 KiB
)

// failLimiter counts failed authentications per source address.
type failLimiter struct {
	now func() time.Time

	mu      sync.Mutex // guards sources
	sources map[netip.Addr]*failCount
}

// failCount is what one address did in the current window.
type failCount struct {
	since time.Time
	fails int
}

// newFailLimiter makes an empty limiter.
func newFailLimiter(now func() time.Time) *failLimiter {
	return &failLimiter{now: now, sources: map[netip.Addr]*failCount{}}
}

// failed counts one failure and returns how long the address should wait, zero
// while it is within the limit.
func (l *failLimiter) failed(addr netip.Addr) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	c := l.sources[addr]
	if c == nil || now.Sub(c.since) >= failWindow {
		l.makeRoom(now)
		c = &failCount{since: now}
		l.sources[addr] = c
	}
	if c.fails++; c.fails <= maxFails {
		return 0
	}
	return c.since.Add(failWindow).Sub(now)
}

// makeRoom drops what is over and, when most are current, anyone: forgetting an
// address costs a few more answers, remembering all of them costs the memory.
func (l *failLimiter) makeRoom(now time.Time) {
	if len(l.sources) < maxSources {
		return
	}
	for addr, c := range l.sources {
		if now.Sub(c.since) >= failWindow {
			delete(l.sources, addr)
		}
	}
	for addr := range l.sources {
		if len(l.sources) < maxSources*3/4 { // a quarter at once: the scan above is then rare
			return
		}
		delete(l.sources, addr)
	}
}

// remoteAddr returns the source to count by: the IPv4 address, or the /64 of an
// IPv6 address, since one subscriber owns all of it.
func remoteAddr(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{} // all unparsable ones, e.g. a Unix socket, count together
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}
