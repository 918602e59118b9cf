package sim

import (
	"context"
	"time"

	"itms/cwmp"
)

// glance is how often a technician looks at a page that asks.
const glance = 200 * time.Millisecond

// look tells of the page after a session, if it has changed.
func (c *CPE) look() {
	c.mu.Lock()
	page := c.page()
	changed := page != c.seen
	c.seen = page
	c.mu.Unlock()
	if changed {
		c.config.OnPage(c, page)
	}
}

// awaited tells whether the page waits for the technician. A box that nobody knows
// yet comes into contact first.
func (c *CPE) awaited() bool {
	return c.config.Technician != nil && c.Bootstrapped && c.page().Asks()
}

// visit lets the technician type, if the page asks. It is called between sessions.
func (l *life) visit(ctx context.Context) {
	c := l.cpe
	c.mu.Lock()
	page, awaited := c.page(), c.awaited()
	c.mu.Unlock()
	if !awaited || ctx.Err() != nil {
		return
	}
	l.visited = time.Now()
	typed, ok := c.config.Technician(c, page)
	if !ok {
		return
	}
	if err := c.Enter(typed); err != nil {
		c.config.Logger.Error("technician", "error", err)
	}
}

// urgent tells whether an event ends the pause after a session that failed: a
// connection request does (TR-069 Amd 6 3.2.1.1), and a person who has typed does
// not wait either.
func (c *CPE) urgent(e cwmp.Event) bool {
	return e.Code == cwmp.EventConnectionRequest || e.Code == c.schema.model.Registration.Event
}
