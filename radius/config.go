package radius

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"itms"
)

// Config is what the operator says.
type Config struct {
	Listen     []string // address:port of authentication; empty = none
	Accounting []string // the same of accounting
	NAS        []NAS
	Rules      []Rule // the first that fits is for a caller; none at all = everybody who may comes in, with nothing said
	// Realms are taken off user names: "a@isp" is the account "a". "*" = any.
	Realms []string
	// PortID finds node, port and vlan, and area, in NAS-Port-Id by groups of these names;
	// nil = lines are not told.
	PortID     *regexp.Regexp
	UserTries  int           // wrong passwords of one user within Window before none is looked at
	NASTries   int           // the same for all users of one NAS
	Window     time.Duration // in which wrong passwords are counted
	Keep       time.Duration // how long sessions are kept that ended
	SilentEnds time.Duration // a session that is not heard of for so long has ended
}

// NAS is access servers of one kind.
type NAS struct {
	Name     string
	Networks []netip.Prefix // their addresses; the narrowest counts
	Secret   itms.Secret
	CoAPort  int // UDP port that changes are sent to; 0 = they take none
	// DisconnectOnly says that it takes no CoA: sessions are ended instead, and come again.
	DisconnectOnly              bool
	RequireMessageAuthenticator bool
}

// Limits of the configuration.
const (
	leastSecret = 8 // characters: RFC 2865 §3 asks for 16, fewer than 8 are guessed
	maxNAS      = 10_000
)

// validate reports what is wrong with a configuration: KindInvalid, with a field for each
// mistake, whose pointer is the key.
func (c *Config) validate() error {
	wrong := &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeConfig, Text: "the configuration of RADIUS is wrong"}
	add := func(pointer, format string, args ...any) {
		wrong.Fields = append(wrong.Fields, itms.FieldError{Pointer: pointer, Text: fmt.Sprintf(format, args...)})
	}
	if len(c.NAS) == 0 || len(c.NAS) > maxNAS {
		add("/nas", "there are %d: expected 1 to %d", len(c.NAS), maxNAS)
	}
	for i := range c.NAS {
		n := &c.NAS[i]
		if len(n.Secret.Reveal()) < leastSecret {
			add("/nas/"+n.Name+"/secret", "expected %d characters or more", leastSecret)
		}
		if len(n.Networks) == 0 {
			add("/nas/"+n.Name+"/networks", "is empty")
		}
	}
	for i := range c.Rules {
		c.Rules[i].compile(add)
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// nases finds access servers by their address.
type nases struct {
	by   map[netip.Prefix]*NAS
	bits []int // lengths of networks that there are, the narrowest first
}

func newNASes(list []NAS) *nases {
	t := &nases{by: map[netip.Prefix]*NAS{}}
	for i := range list {
		for _, p := range list[i].Networks {
			if _, twice := t.by[p.Masked()]; !twice {
				t.by[p.Masked()] = &list[i]
			}
			if !slices.Contains(t.bits, p.Bits()) {
				t.bits = append(t.bits, p.Bits())
			}
		}
	}
	slices.SortFunc(t.bits, func(a, b int) int { return b - a })
	return t
}

// find returns the access server of an address, nil for nobody known.
func (t *nases) find(addr netip.Addr) *NAS {
	for _, bits := range t.bits {
		if p, err := addr.Prefix(bits); err == nil && t.by[p] != nil {
			return t.by[p]
		}
	}
	return nil
}

// account takes a configured realm off a user name.
func (c *Config) account(user string) string {
	name, realm, ok := strings.Cut(user, "@")
	if !ok {
		return user
	}
	for _, r := range c.Realms {
		if r == "*" || strings.EqualFold(r, realm) {
			return name
		}
	}
	return user
}

// line reads NAS-Port-Id.
func (c *Config) line(portID string) (l itms.Line) {
	if c.PortID == nil || portID == "" {
		return l
	}
	m := c.PortID.FindStringSubmatch(portID)
	for i, name := range c.PortID.SubexpNames() {
		if i >= len(m) || m[i] == "" {
			continue
		}
		switch name {
		case "node":
			l.Node = m[i]
		case "port":
			l.Port = m[i]
		case "area":
			l.Area = m[i]
		case "vlan":
			if n, err := strconv.Atoi(m[i]); err == nil && n > 0 && n < 4095 {
				l.VLAN = n
			}
		}
	}
	return l
}
