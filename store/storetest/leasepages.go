package storetest

import (
	"net/netip"
	"testing"

	"itms"
)

// leaseFilters: every filter and several at once.
func leaseFilters(t *testing.T, s itms.Store) {
	walled, declined, byMAC, apart := lease(2), lease(3), lease(4), lease(5)
	walled.Class, declined.State = "walled", itms.LeaseDeclined
	byMAC.Client, byMAC.Scope, byMAC.Class = itms.ClientKey(itms.ClientCPE, byMAC.MAC, nil), "", "0a" // a word that looks like bytes
	apart.Client = byMAC.Client                                                                       // the key of another's MAC
	apart.Modem, apart.Address, apart.Scope = byMAC.MAC, netip.MustParseAddr("2001:db8::5"), "2001:db8::/64"
	putLeases(t, s, lease(1), walled, declined, byMAC, apart)
	const one, two, three, four, five = "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "2001:db8::5"
	for _, c := range []struct {
		q    itms.LeaseQuery
		want []string
	}{
		{itms.LeaseQuery{}, []string{one, two, three, four, five}},
		{itms.LeaseQuery{Scope: "192.0.2.0/24"}, []string{one, two, three}},
		{itms.LeaseQuery{Scope: "2001:db8::/64"}, []string{five}},
		{itms.LeaseQuery{Scope: "192.0.2.0/25"}, nil},
		{itms.LeaseQuery{Scope: "home"}, nil},
		{itms.LeaseQuery{Scope: "\x00"}, nil},
		{itms.LeaseQuery{Class: "walled"}, []string{two}},
		{itms.LeaseQuery{Class: "0a"}, []string{four}},
		{itms.LeaseQuery{Class: "\xff"}, nil},
		{itms.LeaseQuery{State: itms.LeaseDeclined}, []string{three}},
		{itms.LeaseQuery{State: "lost"}, nil},
		{itms.LeaseQuery{MAC: lease(1).MAC}, []string{one}},
		{itms.LeaseQuery{MAC: byMAC.MAC}, []string{four}},
		{itms.LeaseQuery{MAC: apart.MAC}, []string{five}},
		{itms.LeaseQuery{Modem: lease(1).Modem}, []string{one, two, three, four}},
		{itms.LeaseQuery{Modem: byMAC.MAC}, []string{four, five}},
		{itms.LeaseQuery{Modem: byMAC.MAC, MAC: apart.MAC}, []string{five}},
		{itms.LeaseQuery{Modem: lease(1).Modem, MAC: apart.MAC}, nil},
		{itms.LeaseQuery{Modem: lease(1).Modem, Scope: "192.0.2.0/24", Class: "cpe", State: itms.LeaseActive}, []string{one}},
		{itms.LeaseQuery{MAC: lease(2).MAC, Scope: "192.0.2.0/24", Class: "walled", State: itms.LeaseActive}, []string{two}},
		{itms.LeaseQuery{MAC: lease(2).MAC, Class: "cpe"}, nil},
		{itms.LeaseQuery{Scope: "192.0.2.0/24", Class: "cpe", State: itms.LeaseDeclined}, []string{three}},
	} {
		c.q.Limit = 9
		equal(t, "page", listed(t, s, c.q), c.want)
		for i, after := range c.want { // the rest of it, one by one
			q := c.q
			q.After, q.Limit = netip.MustParseAddr(after), 1
			equal(t, "rest", listed(t, s, q), some(c.want[i+1:], 1))
		}
	}
}

// some are the first of a list, nil for none.
func some(list []string, n int) []string {
	if list = list[:min(n, len(list))]; len(list) == 0 {
		return nil
	}
	return list
}

// leasePages: a page begins anywhere, and ends at its limit.
func leasePages(t *testing.T, s itms.Store) {
	putLeases(t, s, lease(1), lease(2), lease(4))
	for _, c := range []struct {
		after string
		limit int
		want  []string
	}{
		{"", 0, nil}, {"", 2, []string{"192.0.2.1", "192.0.2.2"}}, {"192.0.2.2", 2, []string{"192.0.2.4"}}, {"192.0.2.3", 2, []string{"192.0.2.4"}},
		{"::ffff:192.0.2.2", 2, []string{"192.0.2.4"}}, {"192.0.2.4", 2, nil}, {"10.0.0.1", 1, []string{"192.0.2.1"}}, {"::", 9, nil},
	} {
		q := itms.LeaseQuery{Limit: c.limit}
		if c.after != "" {
			q.After = netip.MustParseAddr(c.after)
		}
		for _, modem := range []itms.MAC{{}, lease(1).Modem} {
			for _, scope := range []string{"", lease(1).Scope} {
				q.Modem, q.Scope = modem, scope
				equal(t, "page after "+c.after, listed(t, s, q), c.want)
			}
		}
	}
}
