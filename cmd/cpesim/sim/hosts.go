package sim

import (
	"fmt"
	"slices"
	"strconv"

	"itms/cwmp"
)

// SetHosts changes the devices behind a gateway; their MAC addresses may be in any
// form. If the list differs from the one before, the next Inform has an event for
// it, and is sent at once by Run. Errors: the model is no gateway, an address that
// cannot be read or is there twice, or the state file could not be written.
func (c *CPE) SetHosts(macs ...string) error {
	hosts, err := c.schema.model.hosts(macs)
	if err != nil {
		return fmt.Errorf("setting the hosts: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.attach(hosts)
	return c.save(c.config.StatePath)
}

// hosts returns addresses in the form that boxes report, in order.
func (m Model) hosts(macs []string) ([]string, error) {
	if m.Hosts.Table == "" {
		return nil, fmt.Errorf("the model %s has no hosts behind it", m.Name)
	}
	hosts := make([]string, 0, len(macs))
	for _, text := range macs {
		mac, err := parseMAC(text)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, formatMAC(mac))
	}
	slices.Sort(hosts)
	if unique := slices.Compact(slices.Clone(hosts)); len(unique) < len(hosts) {
		return nil, fmt.Errorf("a host is named twice")
	}
	return hosts, nil
}

// attach makes a list of hosts the one of the gateway. Before a first contact the
// ACS needs to hear of no change.
func (c *CPE) attach(hosts []string) {
	if c.Hosts != nil && slices.Equal(c.Hosts, hosts) {
		return
	}
	c.Hosts = hosts
	c.listHosts()
	if c.Bootstrapped {
		c.hostsChanged()
	}
}

// hostsTold tells of the hosts after a first contact, which tells of nothing else.
func (c *CPE) hostsTold(events []cwmp.Event) {
	if len(c.Hosts) > 0 && slices.ContainsFunc(events, isBootstrap) {
		c.hostsChanged()
	}
}

func (c *CPE) hostsChanged() { c.enqueue(cwmp.Event{Code: c.schema.model.Hosts.Event}) }

// listHosts brings the table into line with the list. A host that stays keeps its
// row.
func (c *CPE) listHosts() {
	if c.Hosts == nil {
		return
	}
	table, leaf := c.path(c.schema.model.Hosts.Table), c.schema.model.Hosts.MAC
	listed := make(map[string]bool)
	for _, n := range slices.Clone(c.Tables[table].Numbers) {
		row := table + strconv.Itoa(n) + "."
		mac := c.Values[row+leaf]
		if listed[mac] = slices.Contains(c.Hosts, mac); !listed[mac] {
			c.deleteRow(row)
		}
	}
	for _, mac := range c.Hosts {
		if !listed[mac] {
			c.addHost(table, leaf, mac)
		}
	}
}

// addHost lists one more host.
func (c *CPE) addHost(table, leaf, mac string) {
	number := c.Tables[table].Last + 1
	c.addRow(table, number, false)
	row := table + strconv.Itoa(number) + "."
	c.Values[row+leaf] = mac
	// The template of a row knows one digit only.
	c.Values[row+"IPAddress"] = fmt.Sprintf("192.0.2.%d", 100+number%100)
}
