package dhcp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// answersOf makes the options of each class in a scope once, for all its clients.
func (p *plan) answersOf(s *scope) error {
	s.answers = make(map[string][]Option, len(p.classes))
	for name, c := range p.classes {
		options, err := answerOptions(s, c)
		if err != nil {
			return fmt.Errorf("class %s: %w", name, err)
		}
		s.answers[name] = options
	}
	return nil
}

// answerOptions are the options of a class in a scope, by code. Option 125 is apart: of it
// a client gets what it asks for.
func answerOptions(s *scope, c *Class) ([]Option, error) {
	byCode := map[uint8]Option{}
	add := func(code uint8, v []byte, forced bool) {
		if len(v) > 0 {
			byCode[code] = Option{Code: code, Value: v, Forced: forced}
		}
	}
	routers := c.Routers
	if len(routers) == 0 {
		routers = s.Routers
	}
	add(optSubnetMask, s.mask(), true)
	add(optRouters, addresses(routers), true)
	add(optBroadcast, s.broadcast().AsSlice(), false)
	addFields(c, add)
	if c.CCC != nil {
		v, err := c.CCC.encode()
		if err != nil {
			return nil, err
		}
		add(optCCC, v, false)
	}
	for _, o := range slices.Concat(c.Options, s.Options) {
		byCode[o.Code] = o
	}
	all := make([]Option, 0, len(byCode))
	for _, o := range byCode {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b Option) int { return int(a.Code) - int(b.Code) })
	return all, nil
}

// addFields adds the options behind the fields of a class.
func addFields(c *Class, add func(code uint8, v []byte, forced bool)) {
	if c.TimeOffset != nil {
		add(optTimeOffset, binary.BigEndian.AppendUint32(nil, uint32(*c.TimeOffset/time.Second)), false)
	}
	for code, list := range map[uint8][]netip.Addr{optTimeServers: c.TimeServers, optDNS: c.DNS, optLogServers: c.LogServers, optNTP: c.NTP} {
		add(code, addresses(list), false)
	}
	add(optDomain, []byte(c.Domain), false)
	if c.Renew > 0 {
		add(optRenewal, seconds(c.Renew), true)
	}
	if c.Rebind > 0 {
		add(optRebinding, seconds(c.Rebind), true)
	}
}

// seconds is a duration in four octets.
func seconds(d time.Duration) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(min(max(d/time.Second, 0), 1<<32-1)))
}

// Sub-options that tell where a management server is (TR-069 Amendment 6 §3.1, table 3).
const (
	acsURL43        = 1 // of option 43
	acsProvision43  = 2
	acsURL125       = 11 // of option 125 for the Broadband Forum
	acsProvision125 = 12
)

// option43 is what a device that is managed by CWMP is told in option 43.
func (a *ACS) option43() []byte { return a.encode(acsURL43, acsProvision43) }

// option125 is the same in option 125.
func (a *ACS) option125() []byte { return a.encode(acsURL125, acsProvision125) }

// encode encodes the parts that are set. Check bounds their length.
func (a *ACS) encode(url, code byte) []byte {
	var out []byte
	for _, part := range []struct {
		code byte
		text string
	}{{url, a.URL}, {code, a.ProvisioningCode}} {
		if part.text != "" {
			out = append(append(out, part.code, byte(len(part.text))), part.text...)
		}
	}
	return out
}
