package workorder

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// errRefusedAddress is the guard's answer.
var errRefusedAddress = errors.New("the address is private; the operator must list its network in bss.callbackAllow")

// guard refuses connections into private networks (SSRF), after name resolution.
func (p *Policy) guard(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("callback address %q: %w", address, err)
	}
	if !p.callbackAllowed(at.Addr()) {
		return errRefusedAddress
	}
	return nil
}

// notPublic is address space that is as little public as RFC 1918's, though
// net/netip calls it global unicast.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),      // this network (RFC 1122)
	netip.MustParsePrefix("100.64.0.0/10"),  // shared by carriers' translators (RFC 6598)
	netip.MustParsePrefix("198.18.0.0/15"),  // laboratories (RFC 2544)
	netip.MustParsePrefix("240.0.0.0/4"),    // reserved (RFC 1112)
	netip.MustParsePrefix("64:ff9b:1::/48"), // local translators (RFC 8215)
}

// nat64 embeds an IPv4 address in its last four bytes (RFC 6052): a translator
// leads there, so what is embedded decides.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// callbackAllowed reports whether callbacks may go to the address: public, or listed.
func (p *Policy) callbackAllowed(ip netip.Addr) bool {
	ip = ip.Unmap()
	holds := func(network netip.Prefix) bool { return network.Contains(ip) }
	switch {
	case slices.ContainsFunc(p.CallbackAllow, holds):
		return true
	case nat64.Contains(ip):
		b := ip.As16()
		return p.callbackAllowed(netip.AddrFrom4([4]byte(b[12:])))
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(notPublic, holds)
}
