package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"itms"
	"itms/cmd/itms/config"
	"itms/dhcp"
	"itms/docsis"
)

// dhcpConfig turns the configuration into that of the DHCP server. Addresses were checked
// when it was read; options and ranges are checked here.
func dhcpConfig(c *config.Config) (dhcp.Config, error) {
	d := &c.DHCP
	out := dhcp.Config{ServerID: address(d.ServerID), RelayPort: d.RelayPort, OfferTime: d.OfferTime, DeclineTime: d.DeclineTime,
		Probe: probing(d.Probe), LeaseQuery: networksOf(d.LeaseQuery),
		Limits: dhcp.Limits{ClientRate: rate(d.RateClient), RelayRate: rate(d.RateRelay)}}
	for i, listen := range d.Listen {
		at, err := listenAddress(listen)
		if err != nil {
			return out, c.Wrong("dhcp.listen", fmt.Errorf("entry %d: %w", i+1, err))
		}
		out.Listen = append(out.Listen, at)
	}
	for i := range d.Classes {
		class, err := dhcpClass(c, &d.Classes[i])
		if err != nil {
			return out, err
		}
		out.Classes = append(out.Classes, class)
	}
	for i := range d.Scopes {
		scope, err := dhcpScope(c, "dhcp.scopes."+strconv.Itoa(i), &d.Scopes[i])
		if err != nil {
			return out, err
		}
		out.Scopes = append(out.Scopes, scope)
	}
	for _, r := range d.Reservations {
		mac, err := itms.ParseMAC(r.MAC)
		if err != nil {
			return out, err
		}
		out.Reservations = append(out.Reservations, dhcp.Reservation{MAC: mac, Address: address(r.Address), Hostname: r.Hostname})
	}
	return out, inFile(c, out.Check())
}

// probing turns the words of the configuration into the server's.
func probing(word string) dhcp.Probing {
	if word == "none" {
		return dhcp.ProbeNone
	}
	return dhcp.Probing(word)
}

// rate turns "0 = any number" into the server's way of saying that.
func rate(perSecond int) float64 {
	if perSecond == 0 {
		return -1
	}
	return float64(perSecond)
}

// address reads an address that was checked; zero for none.
func address(text string) netip.Addr {
	addr, _ := netip.ParseAddr(text)
	return addr
}

// addresses is address for a list.
func addresses(texts []string) []netip.Addr {
	var list []netip.Addr
	for _, text := range texts {
		list = append(list, address(text))
	}
	return list
}

// networksOf reads addresses, and networks, that were checked.
func networksOf(texts []string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		if addr, err := netip.ParseAddr(text); err == nil {
			list = append(list, netip.PrefixFrom(addr, addr.BitLen()))
		} else if p, err := netip.ParsePrefix(text); err == nil {
			list = append(list, p.Masked())
		}
	}
	return list
}

// listenAddress reads address:port; without an address it is all of them.
func listenAddress(text string) (netip.AddrPort, error) {
	if strings.HasPrefix(text, ":") {
		text = "0.0.0.0" + text
	}
	return netip.ParseAddrPort(text)
}

// dhcpClass turns one class into that of the DHCP server.
func dhcpClass(c *config.Config, in *config.DHCPClass) (dhcp.Class, error) {
	out := dhcp.Class{Name: in.Name, LeaseTime: in.LeaseTime, Renew: in.RenewTime, Rebind: in.RebindTime, Routers: addresses(in.Routers),
		DNS: addresses(in.DNS), NTP: addresses(in.NTP), LogServers: addresses(in.LogServers), TimeServers: addresses(in.TimeServers),
		Domain: in.Domain, Hostname: in.Hostname, NextServer: address(in.NextServer), MaxCPE: in.MaxCPE}
	if len(out.TimeServers) == 0 && c.TOD.Listen != "" && c.DHCP.ServerID != "" {
		out.TimeServers = addresses([]string{c.DHCP.ServerID})
	}
	if server := firstAddress(in.NextServer, c.DHCP.ServerID); server.IsValid() && in.BootFile != "" {
		out.TFTPServers = []netip.Addr{server}
	}
	if out.ACS.URL = in.ACSURL; in.ACSURL == "own" {
		out.ACS.URL = c.CWMP.PublicURL
	}
	var err error
	out.Options, err = dhcpOptions(c, "dhcp.classes."+in.Name+".options", in.Options)
	return out, err
}

// firstAddress is the first that is given.
func firstAddress(texts ...string) netip.Addr {
	for _, text := range texts {
		if addr := address(text); addr.IsValid() {
			return addr
		}
	}
	return netip.Addr{}
}

// dhcpOptions reads options by number; they are sent whether they are asked for or not.
func dhcpOptions(c *config.Config, at string, in config.Free) ([]dhcp.Option, error) {
	var list []dhcp.Option
	for _, e := range in {
		code, err := strconv.Atoi(e.Key)
		if err != nil {
			return nil, c.Wrong(at+"."+e.Key, fmt.Errorf("expected the number of an option"))
		}
		o, err := dhcp.ParseOption(code, e.Value)
		if err != nil {
			return nil, c.Wrong(at+"."+e.Key, err)
		}
		o.Forced = true
		list = append(list, o)
	}
	return list, nil
}

// dhcpScope turns one scope into that of the DHCP server.
func dhcpScope(c *config.Config, at string, in *config.DHCPScope) (out dhcp.Scope, err error) {
	if out.Subnet, err = netip.ParsePrefix(in.Subnet); err != nil {
		return out, c.Wrong(at+".subnet", fmt.Errorf("%q: expected a network, e.g. 192.0.2.0/24", in.Subnet))
	}
	out.Relays, out.Routers = addresses(in.Relay), addresses(in.Routers)
	out.Interface, out.Shared = in.Interface, in.Shared
	for i, p := range in.Pools {
		pool, err := dhcpPool(p)
		if err != nil {
			return out, c.Wrong(fmt.Sprintf("%s.pools.%d.range", at, i), err)
		}
		out.Pools = append(out.Pools, pool)
	}
	out.Options, err = dhcpOptions(c, at+".options", in.Options)
	return out, err
}

// dhcpPool reads a range of addresses.
func dhcpPool(in config.DHCPPool) (dhcp.Pool, error) {
	first, last, ok := strings.Cut(in.Range, "-")
	p := dhcp.Pool{First: address(strings.TrimSpace(first)), Last: address(strings.TrimSpace(last)), Classes: in.Classes}
	if !ok || !p.First.Is4() || !p.Last.Is4() {
		return p, fmt.Errorf("%q: expected two addresses, e.g. 192.0.2.10-192.0.2.250", in.Range)
	}
	return p, nil
}

// inFile says where in the file a mistake is that was found by its JSON pointer.
func inFile(c *config.Config, err error) error {
	var e *itms.Error
	if err == nil || !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	f := e.Fields[0]
	return c.Wrong(strings.ReplaceAll(strings.TrimPrefix(f.Pointer, "/"), "/", "."), fmt.Errorf("%s", f.Text))
}

// docsisClasses turns the classes into those of package docsis.
func docsisClasses(c *config.Config) []docsis.Class {
	var list []docsis.Class
	for _, in := range c.DHCP.Classes {
		list = append(list, docsis.Class{Name: in.Name, Match: in.Match, BootFile: in.BootFile, Template: in.Template, Once: in.Once,
			Timestamp: in.Timestamp, ModemAddress: in.ModemAddress, MTA: in.MTA, Hash: in.Hash, MaxCPE: in.MaxCPE})
	}
	return list
}
