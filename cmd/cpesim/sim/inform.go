package sim

import (
	"slices"

	"itms/cwmp"
)

// inform makes the Inform for events. changed are the parameters in it only
// because they have changed.
func (c *CPE) inform(events []cwmp.Event) (m *cwmp.Inform, changed []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m = &cwmp.Inform{
		DeviceID: cwmp.DeviceID{
			Manufacturer: c.schema.model.Manufacturer, OUI: c.state.Identity.OUI,
			ProductClass: c.state.Identity.ProductClass, SerialNumber: c.state.Identity.Serial,
		},
		Events: c.quirks.said(events), MaxEnvelopes: 1, CurrentTime: cwmp.TimeOf(c.config.Clock()), RetryCount: c.Retries,
	}
	if c.quirks.has(quirkRetryCount) {
		retries, _ := c.quirks.retries() // read before, by validate
		m.RetryCount = uint32(retries)
	}
	with := Vendor
	if c.quirks.has(quirkOnlyForced) {
		with = Forced
	}
	for _, name := range c.informed(with) {
		m.Parameters = append(m.Parameters, c.informValue(name))
	}
	m.Parameters = append(m.Parameters, c.strangers()...)
	return m, slices.Clone(c.Changed)
}

// informValue is read, except that a gateway tells the password of a LOID that was
// just typed in clear.
func (c *CPE) informValue(name string) cwmp.ParameterValue {
	p := c.read(name)
	if slices.Contains(c.typed(), name) {
		p.Value = c.Values[name]
	}
	return p
}

// informed returns the parameters of an Inform: the ones that are always in it
// and those that have changed or were typed. Rows may have been deleted since.
func (c *CPE) informed(with Mention) []string {
	names := c.schema.mentioned(with)
	for _, name := range slices.Concat(c.Changed, c.typed()) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool {
		_, exists := c.Values[name]
		return !exists
	})
}

// EncodeInform returns the body of an Inform with these events and its content
// type, for sending it by other means than Session.
func (c *CPE) EncodeInform(events ...cwmp.Event) (body []byte, contentType string) {
	message, _ := c.inform(events)
	return c.quirks.encode("1", message)
}

// delivered takes delivered events and changes off the lists. Events of
// transfers stay until TransferComplete has been answered.
func (c *CPE) delivered(events []cwmp.Event, changed []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.ContainsFunc(events, isBootstrap) {
		c.Bootstrapped = true
	}
	pending := slices.ContainsFunc(c.Transfers, (*transfer).ended)
	c.Queue = slices.DeleteFunc(c.Queue, func(e cwmp.Event) bool {
		return slices.Contains(events, e) && !(pending && ofTransfer(e))
	})
	c.typingTold(events)
	c.hostsTold(events)
	c.Changed = slices.DeleteFunc(c.Changed, func(name string) bool { return slices.Contains(changed, name) })
}

// acts tells whether a quirk that is limited to a number of times acts now.
func (c *CPE) acts(quirk string, times int) bool {
	if !c.quirks.has(quirk) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spend(quirk, times)
}

// spend counts one use of a quirk; 0 times means no limit.
func (c *CPE) spend(quirk string, times int) bool {
	if times > 0 && c.Used[quirk] >= times {
		return false
	}
	c.Used[quirk]++
	return true
}
