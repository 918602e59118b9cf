package people

import (
	"sync"
	"time"

	"itms"
)

// Guessing is limited on each node by three counters. One counts for the name, so that
// many addresses guess no more than one; one for the address, so that one address does
// not try all names. Whoever knows a name could lock its owner out that way; so a browser
// that signed in before proves it with a cookie, and is counted apart from all others:
// neither a guesser of the same name nor one behind the same proxy can lock it out.
const (
	triesOfName    = 10
	triesOfAddress = 30 // a proxy may have an office behind it
	triesOfBrowser = 10
	tryWindow      = 15 * time.Minute // counted from the first failure
	maxCounters    = 16384            // remembered: about 2 MiB
)

// limits counts failures.
type limits struct {
	now func() time.Time

	mu       sync.Mutex // guards counters
	counters map[string]*counter
}

// counter is what one name, address or browser did in its window.
type counter struct {
	since time.Time
	fails int
}

// newLimits makes an empty one.
func newLimits(now func() time.Time) *limits {
	return &limits{now: now, counters: map[string]*counter{}}
}

// bound is a counter's key and how much it allows.
type bound struct {
	key  string
	most int
}

// bounds are the counters of an attempt; browser is what its cookie proved, "" = nothing.
func bounds(name, address, browser string) []bound {
	if browser != "" {
		return []bound{{"browser " + browser, triesOfBrowser}}
	}
	return []bound{{"name " + name, triesOfName}, {"address " + address, triesOfAddress}}
}

// refused returns how long an attempt must wait, zero when it may go on. It counts as a
// failure from now on, or as many guesses at once would pass as there are callers;
// forgive takes that back.
func (l *limits) refused(list []bound) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, b := range list {
		if c := l.counters[b.key]; c != nil && c.fails >= b.most && now.Sub(c.since) < tryWindow {
			return c.since.Add(tryWindow).Sub(now)
		}
	}
	for _, b := range list {
		c := l.counters[b.key]
		if c == nil || now.Sub(c.since) >= tryWindow {
			l.makeRoom(now)
			c = &counter{since: now}
			l.counters[b.key] = c
		}
		c.fails++
	}
	return 0
}

// forgive takes an attempt back that was none.
func (l *limits) forgive(list []bound) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range list {
		if c := l.counters[b.key]; c != nil {
			c.fails--
		}
	}
}

// makeRoom drops what is over and, when most are current, some: forgetting a counter costs
// a few more guesses, remembering all of them the memory.
func (l *limits) makeRoom(now time.Time) {
	if len(l.counters) < maxCounters {
		return
	}
	for key, c := range l.counters {
		if now.Sub(c.since) >= tryWindow {
			delete(l.counters, key)
		}
	}
	for key := range l.counters {
		if len(l.counters) < maxCounters*3/4 {
			return
		}
		delete(l.counters, key)
	}
}

// tooMany is the answer to who must wait.
func tooMany(wait time.Duration) error {
	return itms.Errorf(itms.KindLimit, itms.CodeRateLimited, "too many failed sign-ins; try again later").After(wait)
}
