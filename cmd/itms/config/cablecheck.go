package config

import (
	"net/netip"
	"strconv"

	"itms"
)

// cable checks what the DHCP, TFTP and time of day servers do not check themselves.
func (p *problems) cable() {
	c := p.config
	for i, listen := range c.DHCP.Listen {
		p.address("dhcp.listen", listen)
		if i > 0 && listen == c.DHCP.Listen[i-1] {
			p.wrong("dhcp.listen", "%s appears twice", listen)
		}
	}
	for key, listen := range map[string]string{"tftp.listen": c.TFTP.Listen, "tod.listen": c.TOD.Listen} {
		if listen != "" {
			p.address(key, listen)
		}
	}
	if c.DHCP.RelayPort < 1 || c.DHCP.RelayPort > 65535 {
		p.wrong("dhcp.relayPort", "%d: expected 1 to 65535", c.DHCP.RelayPort)
	}
	p.oneOf("dhcp.probe", c.DHCP.Probe, "none", "direct", "all")
	p.ipv4("dhcp.serverId", c.DHCP.ServerID)
	p.queriers()
	p.networks("tftp.proxies", c.TFTP.Proxies)
	for key, n := range map[string]int{"dhcp.rateClient": c.DHCP.RateClient, "dhcp.rateRelay": c.DHCP.RateRelay, "tftp.rateClient": c.TFTP.RateClient} {
		if n < 0 {
			p.wrong(key, "%d: expected 0 or more", n)
		}
	}
	for key, n := range map[string]int{"tftp.maxTransfers": c.TFTP.MaxTransfers, "tftp.maxPerClient": c.TFTP.MaxPerClient} {
		if n < 1 {
			p.wrong(key, "%d: expected 1 or more", n)
		}
	}
	p.cableClasses()
	p.scopes()
	p.reservations()
	p.packages()
	if len(c.DHCP.Listen) > 0 && len(c.DHCP.Scopes) == 0 {
		p.wrong("dhcp.listen", "there is no scope: say in dhcp.scopes which addresses to give")
	}
}

// ipv4 checks an IPv4 address; empty is one.
func (p *problems) ipv4(key, text string) {
	if addr, err := netip.ParseAddr(text); text != "" && (err != nil || !addr.Is4()) {
		p.wrong(key, "%q: expected an IPv4 address, e.g. 192.0.2.1", text)
	}
}

// queriers checks the addresses and networks of those who may ask for leases.
func (p *problems) queriers() {
	for _, text := range p.config.DHCP.LeaseQuery {
		if _, err := netip.ParseAddr(text); err != nil {
			p.networks("dhcp.leaseQuery", []string{text})
		}
	}
}

// cableClasses checks the texts of classes.
func (p *problems) cableClasses() {
	for _, class := range p.config.DHCP.Classes {
		at := "dhcp.classes." + class.Name
		for key, list := range map[string][]string{".routers": class.Routers, ".dns": class.DNS, ".timeServers": class.TimeServers,
			".ntp": class.NTP, ".logServers": class.LogServers, ".nextServer": {class.NextServer}} {
			for _, text := range list {
				p.ipv4(at+key, text)
			}
		}
		if class.Hash != "" {
			p.oneOf(at+".hash", class.Hash, "na", "euro", "ietf", "none")
		}
		if class.BootFile == "dynamic" && class.Template == "" {
			p.wrong(at+".bootFile", "a dynamic file needs a template")
		}
		if class.MaxCPE < 0 {
			p.wrong(at+".maxCpe", "%d: expected 0 or more", class.MaxCPE)
		}
		if class.ACSURL != "" && class.ACSURL != "own" {
			p.webURL(at+".acsUrl", class.ACSURL)
		}
	}
}

// scopes checks the addresses of relays and routers.
func (p *problems) scopes() {
	for i, scope := range p.config.DHCP.Scopes {
		at := "dhcp.scopes." + strconv.Itoa(i)
		for _, text := range scope.Relay {
			p.ipv4(at+".relay", text)
		}
		for _, text := range scope.Routers {
			p.ipv4(at+".routers", text)
		}
	}
	for i, cmts := range p.config.DOCSIS.CMTS {
		for _, text := range cmts.Relay {
			p.ipv4("docsis.cmts."+strconv.Itoa(i)+".relay", text)
		}
	}
}

// reservations checks their texts.
func (p *problems) reservations() {
	for i, r := range p.config.DHCP.Reservations {
		at := "dhcp.reservations." + strconv.Itoa(i)
		if _, err := itms.ParseMAC(r.MAC); err != nil {
			p.wrong(at+".mac", "%q: expected a MAC address, e.g. 00:00:5E:00:53:01", r.MAC)
		}
		if r.Address == "" {
			p.wrong(at+".address", "is missing")
		}
		p.ipv4(at+".address", r.Address)
	}
}

// packages checks that each is a mapping.
func (p *problems) packages() {
	for _, e := range p.config.DOCSIS.Packages {
		if _, ok := e.Value.(map[string]any); !ok {
			p.wrong("docsis.packages."+e.Key, "expected keys and values, e.g. {downKbps: 100000}")
		}
	}
}

// PackageValues are the values of docsis.packages by package.
func (c *Config) PackageValues() map[string]map[string]any {
	values := map[string]map[string]any{}
	for _, e := range c.DOCSIS.Packages {
		values[e.Key], _ = e.Value.(map[string]any)
	}
	return values
}
