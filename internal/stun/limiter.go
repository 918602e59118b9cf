package stun

import (
	"net/netip"
	"time"
)

// limiter counts the requests of the current second by their source. It is used by one
// goroutine.
type limiter struct {
	second int64
	total  int
	counts map[netip.Addr]int
}

// allow reports whether a request from that address may be answered. Sources beyond
// maxSources share the limit of all: to refuse them would let a flood of made-up
// addresses shut out the real ones.
func (l *limiter) allow(addr netip.Addr, now time.Time) bool {
	if second := now.Unix(); second != l.second || l.counts == nil {
		if l.counts == nil || len(l.counts) > perSource { // a map keeps its size for ever
			l.counts = map[netip.Addr]int{}
		}
		clear(l.counts)
		l.second, l.total = second, 0
	}
	if l.total++; l.total > maxAnswers {
		return false
	}
	if addr.Is6() {
		if prefix, err := addr.WithZone("").Prefix(64); err == nil { // what one customer has
			addr = prefix.Addr()
		}
	}
	n, known := l.counts[addr]
	if !known && len(l.counts) >= maxSources {
		return true
	}
	l.counts[addr] = n + 1
	return n < perSource
}
