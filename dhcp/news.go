package dhcp

import (
	"sync"
	"time"

	"itms"
)

// Types of events.
const (
	eventFull     = "dhcp.full"     // no free address for a client
	eventLimit    = "dhcp.limit"    // too many clients behind a modem
	eventDeclined = "dhcp.declined" // an address was in use by somebody else
	eventConflict = "dhcp.conflict" // a reserved address is held by another
	eventRefused  = "dhcp.refused"  // the client's class is not configured
	eventReleased = "dhcp.released" // an operator took a lease back
)

// Limits of events.
const (
	// newsEvery is how often the same is told of one client.
	newsEvery = 10 * time.Minute
	// maxNews clients are remembered; beyond them nothing is told until the oldest is
	// forgotten.
	maxNews = 10_000
)

// news tells of events, the same of one client not more often than newsEvery.
type news struct {
	tell func(itms.Event)

	mu    sync.Mutex // guards told
	told  map[newsKey]time.Time
	sweep time.Time // when told is next looked through
}

// newsKey is an event of a client.
type newsKey struct{ kind, client string }

func newNews(tell func(itms.Event)) *news { return &news{tell: tell, told: map[newsKey]time.Time{}} }

// due reports whether an event is to be told, and notes that it is.
func (n *news) due(key newsKey, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.told) >= maxNews && now.After(n.sweep) {
		n.sweep = now.Add(newsEvery / 10)
		for k, at := range n.told {
			if now.Sub(at) >= newsEvery {
				delete(n.told, k)
			}
		}
	}
	at, known := n.told[key]
	if known && now.Sub(at) < newsEvery || !known && len(n.told) >= maxNews {
		return false
	}
	n.told[key] = now
	return true
}

// tell tells of an event about the client of a request; text goes on after its name.
func (s *Server) tell(r *request, kind, text string) {
	if !s.news.due(newsKey{kind, r.k.key}, r.k.now) {
		return
	}
	a := &r.asking
	e := itms.Event{At: itms.Timestamp(r.k.now), Type: kind, Device: itms.CableID(a.Kind, a.MAC), Actor: "dhcp",
		Text: string(a.Kind) + " " + a.MAC.String() + " " + text, Alarm: kind == eventFull || kind == eventRefused,
		Data: map[string]string{"mac": a.MAC.String()}}
	if !a.Modem.IsZero() {
		e.Data["modem"] = a.Modem.String()
	}
	s.news.tell(e)
}
