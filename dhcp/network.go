package dhcp

import (
	"net/netip"
	"slices"
	"strings"

	"itms"
)

// network is one or more scopes whose addresses a client may have, the primary first.
type network struct {
	name   string // for people: that of the configuration, or the primary's subnet
	scopes []*scope
}

// scope is a subnet of a network.
type scope struct {
	Scope
	name    string // the subnet as it is stored with leases
	network *network
	pools   []*pool
	answers map[string][]Option // by class: what its clients are sent, beside what follows from the lease
}

// plan is the configuration as it is looked up.
type plan struct {
	config     Config
	networks   []*network
	scopes     []*scope
	byRelay    map[netip.Addr]*network
	byIface    map[string]*network
	classes    map[string]*Class
	reserved   map[string][]netip.Addr // by ClientKey of a MAC, or of a client identifier
	reservedBy map[netip.Addr]string
	hostnames  map[netip.Addr]string // of reservations
	direct     bool                  // a scope serves clients that no relay speaks for
}

// newPlan compiles a configuration that Check finds right.
func newPlan(c Config) (*plan, error) {
	p := &plan{config: c, byRelay: map[netip.Addr]*network{}, byIface: map[string]*network{}, classes: map[string]*Class{},
		reserved: map[string][]netip.Addr{}, reservedBy: map[netip.Addr]string{}, hostnames: map[netip.Addr]string{}}
	for i := range c.Classes {
		p.classes[c.Classes[i].Name] = &c.Classes[i]
	}
	byName := map[string]*network{}
	for i := range c.Scopes {
		s := p.addScope(c.Scopes[i], byName)
		if err := p.answersOf(s); err != nil {
			return nil, err
		}
	}
	for _, r := range c.Reservations {
		p.reserve(r)
	}
	return p, nil
}

// addScope adds a scope to the network that it has a name, a relay or an interface in
// common with, or to one of its own.
func (p *plan) addScope(c Scope, byName map[string]*network) *scope {
	s := &scope{Scope: c, name: c.Subnet.String()}
	n := p.networkOf(c, byName)
	if n == nil {
		n = &network{name: s.name}
		if c.Shared != "" {
			n.name = c.Shared
		}
		p.networks = append(p.networks, n)
	}
	p.direct = p.direct || c.Direct || c.Interface != ""
	s.network, n.scopes, p.scopes = n, append(n.scopes, s), append(p.scopes, s)
	for _, r := range c.Relays {
		p.byRelay[r] = n
	}
	if c.Shared != "" {
		byName[c.Shared] = n
	}
	if c.Interface != "" {
		p.byIface[c.Interface] = n
	}
	for _, one := range c.Pools {
		s.addPool(one)
	}
	return s
}

// networkOf is the network that a scope has something in common with, nil when there is
// none. Check sees to it that there are not two.
func (p *plan) networkOf(c Scope, byName map[string]*network) *network {
	if n := byName[c.Shared]; n != nil {
		return n
	}
	for _, r := range c.Relays {
		if n := p.byRelay[r]; n != nil {
			return n
		}
	}
	return p.byIface[c.Interface]
}

// addPool adds a pool without the addresses that nobody may have: of the subnet itself, its
// broadcasts, its routers and relays.
func (s *scope) addPool(c Pool) {
	p := newPool(s, c)
	never := append(append([]netip.Addr{}, s.Routers...), s.Relays...)
	if s.Subnet.Bits() < 31 { // RFC 3021
		never = append(never, s.Subnet.Masked().Addr(), s.broadcast())
	}
	for _, a := range never {
		if i, in := p.index(a); in {
			p.keep(i)
		}
	}
	s.pools = append(s.pools, p)
}

// mask is the subnet mask.
func (s *scope) mask() []byte { return address4(^uint32(0) << (32 - s.Subnet.Bits())).AsSlice() }

// broadcast is the last address of the subnet.
func (s *scope) broadcast() netip.Addr {
	return address4(number4(s.Subnet.Addr()) | ^(^uint32(0) << (32 - s.Subnet.Bits())))
}

// reserve notes a reservation, and takes its address out of the pools.
func (p *plan) reserve(r Reservation) {
	key := itms.ClientKey(itms.ClientCPE, r.MAC, r.ClientID)
	p.reserved[key] = append(p.reserved[key], r.Address)
	p.reservedBy[r.Address] = key
	if r.Hostname != "" {
		p.hostnames[r.Address] = r.Hostname
	}
	if s := p.scopeOf(r.Address); s != nil {
		if q, i := s.poolOf(r.Address); q != nil {
			q.keep(i)
		}
	}
}

// reservedFor is the address that the configuration reserves for a client in a network, by
// its MAC or its identifier.
func (p *plan) reservedFor(n *network, mac itms.MAC, id []byte) netip.Addr {
	if len(p.reserved) == 0 {
		return netip.Addr{}
	}
	for _, key := range []string{itms.ClientKey(itms.ClientCPE, mac, id), itms.ClientKey(itms.ClientCPE, mac, nil)} {
		for _, a := range p.reserved[key] {
			if n.scopeOf(a) != nil {
				return a
			}
		}
	}
	return netip.Addr{}
}

// scopeOf is the scope of an address, nil when it is in none.
func (p *plan) scopeOf(addr netip.Addr) *scope {
	i := slices.IndexFunc(p.scopes, func(s *scope) bool { return s.Subnet.Contains(addr) })
	if i < 0 {
		return nil
	}
	return p.scopes[i]
}

// scopeOf is the scope of an address within the network, nil when it is in none.
func (n *network) scopeOf(addr netip.Addr) *scope {
	for _, s := range n.scopes {
		if s.Subnet.Contains(addr) {
			return s
		}
	}
	return nil
}

// poolOf is the pool of an address and its place there, nil when it is in none.
func (s *scope) poolOf(addr netip.Addr) (*pool, int) {
	for _, p := range s.pools {
		if i, in := p.index(addr); in {
			return p, i
		}
	}
	return nil, 0
}

// serves reports whether an address is one that clients of a class may have: in a pool of
// theirs in this network.
func (n *network) serves(addr netip.Addr, class string) bool {
	s := n.scopeOf(addr)
	if s == nil {
		return false
	}
	p, _ := s.poolOf(addr)
	return p != nil && p.serves(class)
}

// gives reports whether an address is one that this server gives to clients, of whatever
// class.
func (n *network) gives(addr netip.Addr) bool {
	s := n.scopeOf(addr)
	if s == nil {
		return false
	}
	p, _ := s.poolOf(addr)
	return p != nil
}

// ofRelay is the network behind a relay, nil when there is none: the one that names it, else
// the one with its subnet.
func (p *plan) ofRelay(relay netip.Addr) *network {
	if n := p.byRelay[relay]; n != nil {
		return n
	}
	if s := p.scopeOf(relay); s != nil && len(s.Relays) == 0 {
		return s.network
	}
	return nil
}

// hostname is option 12 of a lease: that of its reservation, else by the pattern of its class.
func (p *plan) hostname(c *Class, l *itms.Lease) string {
	if name := p.hostnames[l.Address]; name != "" {
		return name
	}
	if !strings.Contains(c.Hostname, "{") {
		return c.Hostname
	}
	return strings.NewReplacer("{mac}", strings.ToLower(l.MAC.Key()), "{ip}", strings.ReplaceAll(l.Address.String(), ".", "-")).Replace(c.Hostname)
}
