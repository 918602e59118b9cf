package record

import (
	"net/netip"

	"itms"
)

// AccessSession brings s to what is kept of it, and returns it with its document. What
// access servers say is made storable.
func AccessSession(s *itms.AccessSession) (*itms.AccessSession, []byte, error) {
	c := s.Clone()
	stamp(&c.Started, &c.Updated, &c.Ended)
	c.NAS, c.IP = plainAddress(c.NAS), plainAddress(c.IP)
	for _, text := range []*string{&c.NASName, &c.NASID, &c.Session, &c.User, &c.Account, &c.PortID, &c.Line.Area, &c.Line.Node, &c.Line.Port, &c.Cause} {
		*text = Text(*text)
	}
	check := first(itms.CheckKey("/id", string(c.ID)), Plain("/service", string(c.Service)))
	if check == nil && !c.NAS.IsValid() {
		check = itms.Invalid("/nas", "is not an address")
	}
	doc, err := marshal(check, c)
	return c, doc, err
}

// plainAddress is an address as it is looked for: that of IPv4 in 4 bytes, without a zone.
func plainAddress(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// AccessColumns are the texts that a session is found by, "" = by none: those of the query
// in the order in which they are looked up.
func AccessColumns(s *itms.AccessSession) [5]string {
	return [5]string{string(s.Service), s.Account, s.MAC.Key(), addressText(s.IP), addressText(s.NAS)}
}

// AccessColumn is the column that a query is looked up in and the text there; -1 = no
// filter is given. ok = there can be such a text.
func AccessColumn(q *itms.AccessSessionQuery) (column int, value string, ok bool) {
	texts := [5]string{string(q.Service), q.Account, q.MAC.Key(), addressText(q.IP), addressText(q.NAS)}
	for i, text := range texts {
		if text != "" {
			return i, text, Usable(text)
		}
	}
	return -1, "", true
}

// addressText is an address as a key; "" = none.
func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return plainAddress(a).String()
}
