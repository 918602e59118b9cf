package radius

import (
	"net/netip"
	"time"
)

// Bounds of what is counted; beyond them the oldest are forgotten.
const (
	maxGuessers = 65_536
	maxServers  = 4_096
)

// guesses counts wrong passwords, by user and by access server: whoever guesses through one
// must not go through all accounts. A user who is locked is locked wherever it calls from: a
// caller's MAC is its own word.
type guesses struct {
	byUser, byNAS int // most within the window
	window        time.Duration
	users         *recent[string, count]
	servers       *recent[netip.Addr, count]
}

// count is how many there were in a window.
type count struct {
	n     int
	since time.Time
}

func newGuesses(c *Config) *guesses {
	return &guesses{c.UserTries, c.NASTries, c.Window, newRecent[string, count](maxGuessers, c.Window), newRecent[netip.Addr, count](maxServers, c.Window)}
}

// locked reports whether no password of the caller is looked at now.
func (g *guesses) locked(c *caller, now time.Time) bool {
	user, _ := g.users.get(c.account, now)
	server, _ := g.servers.get(c.from, now)
	return g.full(user, g.byUser, now) || g.full(server, g.byNAS, now)
}

// full reports whether there were too many in the window that runs.
func (g *guesses) full(c count, most int, now time.Time) bool {
	return c.n >= most && now.Sub(c.since) < g.window
}

// miss counts a wrong password, or a name that nobody has: that counts for its access server
// alone.
func (g *guesses) miss(c *caller, known bool, now time.Time) {
	add := func(have count, _ bool) count {
		if now.Sub(have.since) >= g.window {
			have = count{since: now}
		}
		have.n++
		return have
	}
	g.servers.change(c.from, now, add)
	if known {
		g.users.change(c.account, now, add)
	}
}
