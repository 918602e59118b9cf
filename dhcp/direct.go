package dhcp

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// ifaceAge is for how long what is known of an interface is believed: to ask the system for
// each message of a direct client would cost as much as to answer it.
const ifaceAge = 10 * time.Second

// ifaces remembers the interfaces of this machine by index.
type ifaces struct {
	mu    sync.Mutex // guards known
	known map[int]iface
}

// iface is an interface: the zero value is one that is gone.
type iface struct {
	name     string
	mac      net.HardwareAddr
	prefixes []netip.Prefix // IPv4
	at       time.Time
}

// get returns what is known of an interface.
func (f *ifaces) get(index int, now time.Time) iface {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, known := f.known[index]
	if !known || now.Sub(one.at) > ifaceAge {
		one = readInterface(index)
		one.at = now
		f.known[index] = one
	}
	return one
}

// readInterface asks the system.
func readInterface(index int) (one iface) {
	i, err := net.InterfaceByIndex(index)
	if err != nil {
		return iface{} // gone meanwhile
	}
	one.name, one.mac = i.Name, i.HardwareAddr
	addrs, err := i.Addrs()
	if err != nil {
		return one
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			one.prefixes = append(one.prefixes, p)
		}
	}
	return one
}

// localAddresses notes the addresses of this machine: what clients may call the server when
// its configuration does not say.
func (s *Server) localAddresses() {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		s.opt.Logger.Warn().Err(err).Msg("dhcp: the addresses of this machine are not to be had")
		return
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			s.ids[p.Addr().Unmap()] = true
		}
	}
}

// addressOf is an address of this server on the way that a message came: of its socket, or
// of its interface.
func (s *Server) addressOf(at arrival) netip.Addr {
	if at.sock != nil && !at.sock.wildcard {
		return at.sock.addr.Addr()
	}
	for _, p := range s.ifaces.get(at.iface, s.opt.Clock()).prefixes {
		return p.Addr()
	}
	return netip.Addr{}
}

// directNetwork is the network of the clients of an interface, nil when they are not served.
func (s *Server) directNetwork(index int) *network {
	if index == 0 || !s.plan.direct {
		return nil
	}
	one := s.ifaces.get(index, s.opt.Clock())
	if n := s.plan.byIface[one.name]; n != nil && one.name != "" {
		return n
	}
	for _, p := range one.prefixes {
		if sc := s.plan.scopeOf(p.Addr()); sc != nil && sc.Direct {
			return sc.network
		}
	}
	return nil
}
