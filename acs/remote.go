package acs

import (
	"net/http"
	"net/netip"
	"strings"
)

// remoteOf is the address of the CPE; see the function of that name.
func (srv *Server) remoteOf(r *http.Request) string { return remoteOf(r, srv.opt.TrustedProxies) }

// remoteOf is the address of the CPE: of the connection, or what our own balancers
// say of it. Hops are believed from the right as long as a trusted one named them.
func remoteOf(r *http.Request, trusted []netip.Prefix) string {
	host := remoteHost(r.RemoteAddr)
	if len(trusted) == 0 {
		return host
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(hops) - 1; i >= 0 && trusts(trusted, host); i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			return host
		}
		host = hop
	}
	return host
}

// trusts reports whether the address is one of our own balancers.
func trusts(trusted []netip.Prefix, host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range trusted {
		if p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// remoteHost cuts the port off a network address.
func remoteHost(address string) string {
	if i := strings.LastIndexByte(address, ':'); i >= 0 {
		address = address[:i]
	}
	return strings.Trim(address, "[]")
}

// sourceOf is what wrong credentials are counted by: the address, or the /64 that
// one IPv6 customer has.
func sourceOf(remote string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(remote)
	if err != nil {
		return netip.Addr{}, false
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		prefix, err := addr.Prefix(64)
		return prefix.Addr(), err == nil
	}
	return addr, true
}
