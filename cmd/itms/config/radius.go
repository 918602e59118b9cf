package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"time"
)

// Radius is the embedded RADIUS server.
type Radius struct {
	Listen       []string      `yaml:"listen" doc:"UDP address:port per interface for authentication, port 1812 as a rule; empty = off. Answers leave from the address that is written here: on a host with several, write each instead of none"`
	Accounting   []string      `yaml:"accounting" doc:"the same for accounting, port 1813 as a rule; empty = off"`
	Realms       []string      `yaml:"realms" doc:"realms that are taken off user names: a1001@isp.example.com is the account a1001; * = any"`
	NAS          []RadiusNAS   `yaml:"nas" doc:"access servers by name; others are not answered"`
	Rules        []RadiusRule  `yaml:"rules" doc:"by name, what callers are given: the first that fits; who fits none is refused. Without any rule who has a service comes in, and nothing is said"`
	PortID       string        `yaml:"portId" doc:"regular expression (RE2) that finds the line in NAS-Port-Id by its groups node, port, vlan and area, e.g. ^(?P<node>\\S+) (?P<port>[0-9/]+):(?P<vlan>\\d+)$; empty = lines are not told"`
	BindLine     bool          `yaml:"bindLine" doc:"who is seen on another line than that of the service is refused"`
	UserTries    int           `yaml:"userTries" doc:"wrong passwords of an account within guessWindow before none is looked at any more"`
	NASTries     int           `yaml:"nasTries" doc:"wrong passwords and unknown accounts through one access server, likewise"`
	GuessWindow  time.Duration `yaml:"guessWindow" doc:"in which they are counted, and for which an account stays locked at most"`
	KeepSessions time.Duration `yaml:"keepSessions" doc:"sessions that ended are removed after this"`
	SilentEnds   time.Duration `yaml:"silentEnds" doc:"a session that its access server tells nothing of for so long counts as ended: more than twice the interval of interim accounting"`
}

// RadiusNAS is access servers of one kind.
type RadiusNAS struct {
	Name                        string   `yaml:"-"`
	Networks                    []string `yaml:"networks" doc:"addresses or networks (CIDR) that its messages come from; the narrowest counts"`
	Secret                      string   `yaml:"secret" doc:"shared secret, 8 characters or more; better 22 or more at random" secret:"true"`
	SecretFile                  string   `yaml:"secretFile" path:"true" doc:"file with the shared secret on its first line, in place of secret"`
	CoAPort                     int      `yaml:"coaPort" doc:"UDP port that takes CoA and Disconnect (RFC 5176), 3799 as a rule; 0 = it takes none"`
	DisconnectOnly              bool     `yaml:"disconnectOnly" doc:"it takes no CoA: its sessions are ended instead, and come again with what is right"`
	RequireMessageAuthenticator bool     `yaml:"requireMessageAuthenticator" doc:"Access-Requests without a Message-Authenticator are dropped (CVE-2024-3596); false = only those with a Proxy-State, which is warned about at the start"`
}

// Defaults sets what is not zero when it is left out.
func (n *RadiusNAS) Defaults() { n.RequireMessageAuthenticator = true }

// RadiusRule says what callers are given.
type RadiusRule struct {
	Name        string         `yaml:"-"`
	Kind        string         `yaml:"kind" doc:"mac (who proves nothing but a MAC address) or account (PAP, CHAP); empty = both"`
	ServiceType string         `yaml:"serviceType" doc:"type of the service, e.g. internet; empty = any"`
	Package     string         `yaml:"package" doc:"package of the service; empty = any"`
	State       string         `yaml:"state" doc:"active, reserved (its order is being carried out), suspended, terminated, or unknown (nobody's); empty = active and reserved. Who is suspended, terminated or unknown comes in by a rule that says so alone, into a walled garden"`
	Attributes  Free           `yaml:"attributes" doc:"attributes of the answer by their name in the RFCs; a value, or a list of values. A value may be a Go text/template over .Service (ID, Type, Package, Account, Subscriber), .Line, .Device, .Attributes, .MAC, .Account, .State, .DownKbps, .UpKbps, .DownBps, .UpBps; what comes out empty is left out"`
	Vendor      []RadiusVendor `yaml:"vendor" doc:"attributes of makers"`
}

// RadiusVendor is an attribute of a maker.
type RadiusVendor struct {
	Vendor int    `yaml:"vendor" doc:"number of the maker (IANA), e.g. 14122 for WISPr"`
	Type   int    `yaml:"type" doc:"number of the attribute, 1 to 255"`
	Format string `yaml:"format" doc:"text, integer, integer64, address, prefix or hex; empty = text"`
	Value  string `yaml:"value" doc:"as that of an attribute, e.g. {{.DownBps}}"`
}

// maxVendor is the highest number of a maker: RFC 2865 §5.26 has 24 bits for it.
const maxVendor = 1<<24 - 1

// radius checks what the RADIUS server does not check itself.
func (p *problems) radius() {
	c := &p.config.Radius
	for key, list := range map[string][]string{"radius.listen": c.Listen, "radius.accounting": c.Accounting} {
		for _, listen := range list {
			p.address(key, listen)
		}
	}
	if len(c.Listen)+len(c.Accounting) > 0 && len(c.NAS) == 0 {
		p.wrong("radius.listen", "there is no access server: say in radius.nas who may ask, with its secret")
	}
	for i := range c.NAS {
		p.radiusNAS(&c.NAS[i])
	}
	for _, rule := range c.Rules {
		for i, v := range rule.Vendor {
			if v.Vendor < 1 || v.Vendor > maxVendor {
				p.wrong(fmt.Sprintf("radius.rules.%s.vendor.%d.vendor", rule.Name, i), "%d: expected 1 to %d", v.Vendor, maxVendor)
			}
		}
	}
	if re, err := regexp.Compile(c.PortID); err != nil {
		p.wrong("radius.portId", "%v", err)
	} else if c.PortID != "" && re.SubexpIndex("port") < 0 {
		p.wrong("radius.portId", "expected a group named port, e.g. (?P<port>[0-9/]+)")
	}
	for key, n := range map[string]int{"radius.userTries": c.UserTries, "radius.nasTries": c.NASTries} {
		if n < 1 {
			p.wrong(key, "%d: expected 1 or more", n)
		}
	}
}

// radiusNAS checks one access server.
func (p *problems) radiusNAS(n *RadiusNAS) {
	at := "radius.nas." + n.Name
	if (n.Secret == "") == (n.SecretFile == "") {
		p.wrong(at, "expected one of secret and secretFile")
	}
	if len(n.Networks) == 0 {
		p.wrong(at, "networks is empty: expected the addresses that its messages come from")
	}
	for _, text := range n.Networks {
		if _, ok := network(text); !ok {
			p.wrong(at+".networks", "%q: expected an address, or a network such as 192.0.2.0/28", text)
		}
	}
	if n.CoAPort < 0 || n.CoAPort > 65535 {
		p.wrong(at+".coaPort", "%d: expected 0 to 65535", n.CoAPort)
	}
}

// network reads an address or a network.
func network(text string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p, err == nil
}

// Prefixes returns the networks parsed.
func (n *RadiusNAS) Prefixes() (list []netip.Prefix) {
	for _, text := range n.Networks {
		if p, ok := network(text); ok {
			list = append(list, p)
		}
	}
	return list
}
