package dhcp

import (
	"fmt"
	"net/netip"
	"time"

	"itms"
)

// Limits of a configuration.
const (
	// maxPool addresses cost 8 kB of memory for each 65,536.
	maxPool = 1 << 22
	// minLease: with a shorter lease clients do nothing but renew.
	minLease = 10 * time.Second
	// maxLease is what fits option 51, without the value that means for ever.
	maxLease = (1<<32 - 2) * time.Second
	// maxBootFile is what fits the field, with the NUL that ends it.
	maxBootFile = atCookie - atFile - 1
)

// Check finds the mistakes of a configuration. It fails with KindInvalid and a pointer for
// each, e.g. "/dhcp/scopes/0/pools/1/range"; classes are named there, e.g.
// "/dhcp/classes/cm-active/leaseTime".
func (c Config) Check() error {
	k := checker{config: &c, classes: map[string]bool{}}
	k.top()
	for i := range c.Classes {
		k.class(&c.Classes[i])
	}
	for i := range c.Scopes {
		k.scope(i, &c.Scopes[i])
	}
	k.networks()
	k.reservations()
	if len(k.fields) == 0 {
		return nil
	}
	return &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "invalid input", Fields: k.fields}
}

// checker collects mistakes.
type checker struct {
	config  *Config
	classes map[string]bool
	pools   []checkedPool
	fields  []itms.FieldError
}

// checkedPool is a pool that is right by itself.
type checkedPool struct {
	at          string
	first, last uint32
}

func (k *checker) wrong(pointer, format string, args ...any) {
	k.fields = append(k.fields, itms.FieldError{Pointer: "/dhcp" + pointer, Text: fmt.Sprintf(format, args...)})
}

// top checks what is not in lists.
func (k *checker) top() {
	c := k.config
	for i, a := range c.Listen {
		if !a.Addr().Is4() {
			k.wrong(fmt.Sprintf("/listen/%d", i), "%s is no IPv4 address and port", a)
		}
	}
	k.ip("/serverId", c.ServerID)
	for at, port := range map[string]int{"/relayPort": c.RelayPort, "/clientPort": c.ClientPort} {
		if port < 0 || port > 65_535 {
			k.wrong(at, "%d is no port", port)
		}
	}
	for at, d := range map[string]time.Duration{"/offerTime": c.OfferTime, "/declineTime": c.DeclineTime, "/keepExpired": c.KeepExpired, "/probeTimeout": c.ProbeTimeout} {
		if d < 0 {
			k.wrong(at, "is below 0")
		}
	}
	if c.Probe != ProbeNone && c.Probe != ProbeDirect && c.Probe != ProbeAll {
		k.wrong("/probe", "%q is not direct or all", string(c.Probe))
	}
	for i, p := range c.LeaseQuery {
		if !p.IsValid() || !p.Addr().Is4() {
			k.wrong(fmt.Sprintf("/leaseQuery/%d", i), "is no IPv4 network")
		}
	}
	if c.Limits.Queue < 0 || c.Limits.ClientBurst < 0 || c.Limits.RelayBurst < 0 || c.Limits.Burst < 0 {
		k.wrong("/limits", "queue and bursts are not below 0")
	}
}

// ip checks an address that may be left out.
func (k *checker) ip(at string, a netip.Addr) {
	if a.IsValid() && !a.Is4() {
		k.wrong(at, "%s is no IPv4 address", a)
	}
}

// ips checks a list of addresses.
func (k *checker) ips(at string, list []netip.Addr) {
	for i, a := range list {
		if !a.Is4() {
			k.wrong(fmt.Sprintf("%s/%d", at, i), "%s is no IPv4 address", a)
		}
	}
	if len(list) > 63 {
		k.wrong(at, "has %d addresses, and an option holds 63", len(list))
	}
}

// class checks a class.
func (k *checker) class(c *Class) {
	at := "/classes/" + c.Name
	switch {
	case c.Name == "":
		k.wrong(at, "has no name")
	case k.classes[c.Name]:
		k.wrong(at, "is there twice")
	}
	k.classes[c.Name] = true
	k.times(at, c)
	for name, list := range map[string][]netip.Addr{"routers": c.Routers, "timeServers": c.TimeServers, "dns": c.DNS, "logServers": c.LogServers,
		"ntp": c.NTP, "tftpServers": c.TFTPServers} {
		k.ips(at+"/"+name, list)
	}
	k.ip(at+"/nextServer", c.NextServer)
	k.options(at+"/options", c.Options)
	k.options(at+"/vendor", c.Vendor)
	k.texts(at, c)
	if c.MaxCPE < 0 {
		k.wrong(at+"/maxCpe", "is below 0")
	}
	if c.CCC != nil {
		if _, err := c.CCC.encode(); err != nil {
			k.wrong(at+"/ccc", "%v", err)
		}
	}
}

// times checks that T1 < T2 < lease.
func (k *checker) times(at string, c *Class) {
	lease := c.LeaseTime
	if lease == 0 {
		lease = defaultLeaseTime
	}
	t1, t2 := c.Renew, c.Rebind
	if t1 == 0 {
		t1 = lease / 2
	}
	if t2 == 0 {
		t2 = lease / 8 * 7
	}
	switch {
	case lease < minLease || lease > maxLease:
		k.wrong(at+"/leaseTime", "is %v, and should be from %v to %v", lease, minLease, maxLease)
	case t1 <= 0 || t1 >= t2:
		k.wrong(at+"/renew", "is %v, and should be above 0 and below rebind, which is %v", t1, t2)
	case t2 >= lease:
		k.wrong(at+"/rebind", "is %v, and should be below leaseTime, which is %v", t2, lease)
	}
}

// texts checks that texts fit their options.
func (k *checker) texts(at string, c *Class) {
	for _, t := range []struct {
		name, text string
		most       int
	}{{"domain", c.Domain, 255}, {"hostname", c.Hostname, 255}, {"bootFile", c.BootFile, maxBootFile}, {"acs/url", c.ACS.URL, 120},
		{"acs/provisioningCode", c.ACS.ProvisioningCode, 64}} {
		if len(t.text) > t.most {
			k.wrong(at+"/"+t.name, "has %d characters, and may have %d", len(t.text), t.most)
		}
	}
	if c.ACS.ProvisioningCode != "" && c.ACS.URL == "" {
		k.wrong(at+"/acs/url", "is missing beside the provisioning code")
	}
}

// options checks that no code is there twice.
func (k *checker) options(at string, list []Option) {
	seen := map[uint8]bool{}
	for _, o := range list {
		if seen[o.Code] {
			k.wrong(fmt.Sprintf("%s/%d", at, o.Code), "is there twice")
		}
		seen[o.Code] = true
		if len(o.Value) > maxSize/2 {
			k.wrong(fmt.Sprintf("%s/%d", at, o.Code), "has %d octets, which fit no answer", len(o.Value))
		}
	}
}

// scope checks a scope and its pools.
func (k *checker) scope(i int, s *Scope) {
	at := fmt.Sprintf("/scopes/%d", i)
	if !s.Subnet.IsValid() || !s.Subnet.Addr().Is4() || s.Subnet != s.Subnet.Masked() || s.Subnet.Bits() == 0 {
		k.wrong(at+"/subnet", "%s is no IPv4 network: it is written as 192.0.2.0/24, with its first address", s.Subnet)
		return
	}
	for n := range i {
		if other := k.config.Scopes[n].Subnet; other.IsValid() && other.Overlaps(s.Subnet) {
			k.wrong(at+"/subnet", "%s overlaps %s", s.Subnet, other)
		}
	}
	k.ips(at+"/relay", s.Relays)
	k.ips(at+"/routers", s.Routers)
	for n, a := range s.Routers {
		if a.Is4() && !s.Subnet.Contains(a) {
			k.wrong(fmt.Sprintf("%s/routers/%d", at, n), "%s is not in %s", a, s.Subnet)
		}
	}
	k.options(at+"/options", s.Options)
	for n := range s.Pools {
		k.pool(fmt.Sprintf("%s/pools/%d", at, n), s, &s.Pools[n])
	}
}

// pool checks a pool of a scope.
func (k *checker) pool(at string, s *Scope, p *Pool) {
	for n, name := range p.Classes {
		if !k.classes[name] {
			k.wrong(fmt.Sprintf("%s/classes/%d", at, n), "there is no class %q", name)
		}
	}
	if !p.First.Is4() || !p.Last.Is4() || !s.Subnet.Contains(p.First) || !s.Subnet.Contains(p.Last) || p.Last.Less(p.First) {
		k.wrong(at+"/range", "%s-%s is no range of addresses within %s", p.First, p.Last, s.Subnet)
		return
	}
	one := checkedPool{at, number4(p.First), number4(p.Last)}
	if one.last-one.first >= maxPool {
		k.wrong(at+"/range", "has more than %d addresses", maxPool)
		return
	}
	for _, other := range k.pools {
		if one.first <= other.last && other.first <= one.last {
			k.wrong(at+"/range", "overlaps %s", other.at)
		}
	}
	k.pools = append(k.pools, one)
}

// networks checks that no scope has names, relays and interfaces of two networks.
func (k *checker) networks() {
	owner := map[string]int{} // by name, relay or interface: the first scope that has it
	group := make([]int, len(k.config.Scopes))
	for i := range k.config.Scopes {
		group[i] = i
		joined := false
		for _, id := range k.config.Scopes[i].joins() {
			first, known := owner[id]
			switch {
			case !known:
			case joined && group[i] != group[first]:
				k.wrong(fmt.Sprintf("/scopes/%d", i), "belongs to two networks, that of scope %d and that of scope %d: give them one name in shared", group[i], group[first])
			default:
				group[i], joined = group[first], true
			}
		}
		for _, id := range k.config.Scopes[i].joins() {
			if _, known := owner[id]; !known {
				owner[id] = i
			}
		}
	}
}

// joins are what makes a scope a part of a network.
func (s *Scope) joins() []string {
	var ids []string
	if s.Shared != "" {
		ids = append(ids, "name "+s.Shared)
	}
	for _, r := range s.Relays {
		ids = append(ids, "relay "+r.String())
	}
	if s.Interface != "" {
		ids = append(ids, "interface "+s.Interface)
	}
	return ids
}

// reservations checks that each is for a client, in a scope, and of one client.
func (k *checker) reservations() {
	seen := map[netip.Addr]bool{}
	for i, r := range k.config.Reservations {
		at := fmt.Sprintf("/reservations/%d", i)
		if r.MAC.IsZero() == (len(r.ClientID) == 0) {
			k.wrong(at, "names a client by either its MAC or its identifier")
		}
		if seen[r.Address] {
			k.wrong(at+"/address", "%s is reserved twice", r.Address)
		}
		seen[r.Address] = true
		if len(r.Hostname) > 255 {
			k.wrong(at+"/hostname", "has %d characters, and may have 255", len(r.Hostname))
		}
		in := false
		for _, s := range k.config.Scopes {
			in = in || r.Address.Is4() && s.Subnet.Contains(r.Address)
		}
		if !in {
			k.wrong(at+"/address", "%s is in no scope", r.Address)
		}
	}
}
