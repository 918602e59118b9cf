package dhcp

import (
	"net"
	"net/netip"
)

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
	for _, p := range interfacePrefixes(at.iface) {
		return p.Addr()
	}
	return netip.Addr{}
}

// directNetwork is the network of the clients of an interface, nil when they are not served.
func (s *Server) directNetwork(iface int) *network {
	if iface == 0 || !s.plan.servesDirect() {
		return nil
	}
	i, err := net.InterfaceByIndex(iface)
	if err != nil {
		return nil // gone meanwhile
	}
	if n := s.plan.byIface[i.Name]; n != nil {
		return n
	}
	for _, p := range interfacePrefixes(iface) {
		if sc := s.plan.scopeOf(p.Addr()); sc != nil && sc.Direct {
			return sc.network
		}
	}
	return nil
}

// servesDirect reports whether any scope is for direct clients.
func (p *plan) servesDirect() bool {
	for _, s := range p.scopes {
		if s.Direct || s.Interface != "" {
			return true
		}
	}
	return false
}

// interfacePrefixes are the IPv4 addresses of an interface, none when it is gone.
func interfacePrefixes(index int) (found []netip.Prefix) {
	i, err := net.InterfaceByIndex(index)
	if err != nil {
		return nil
	}
	addrs, err := i.Addrs()
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			found = append(found, p)
		}
	}
	return found
}
