package sim

import (
	"slices"
	"strconv"
	"strings"

	"itms/cwmp"
)

// loginWith notes that the box logs in again after a change of what it needs for
// that.
func (c *CPE) loginWith(name string) {
	if path, below := strings.CutPrefix(name, c.schema.model.Root); below && slices.Contains(c.schema.model.Login.Needs, path) {
		c.LoginDue = true
	}
}

// login is what the box does at the platform, unless something it needs is
// missing or a quirk keeps it away. It tries once for each reason.
func (c *CPE) login() {
	l := c.schema.model.Login
	due := c.LoginDue
	c.LoginDue = false
	missing := slices.ContainsFunc(l.Needs, func(path string) bool { return c.Values[c.path(path)] == "" })
	if !due || l.Counter == "" || missing || c.quirks.has(quirkLoginFails) {
		return
	}
	c.change(c.path(l.Counter), strconv.Itoa(c.number(l.Counter)+1))
}

// loginAtBoot is login after a start.
func (c *CPE) loginAtBoot() {
	c.LoginDue = true
	c.login()
}

func isBoot(e cwmp.Event) bool { return cwmp.CanonicalEvent(e.Code) == cwmp.EventBoot }
