package dhcp

import (
	"net/netip"
	"testing"
	"time"

	"itms"
	"itms/internal/dhcpclient"
)

var testNow = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// ip is the n-th address of the modems' pool.
func ip(n int) netip.Addr { return address4(number4(cmPool.First) + uint32(n) - 1) }

// known is what is known of modem 1 when it has nothing yet.
func known(t *testing.T) *knowledge {
	t.Helper()
	p, err := newPlan(testConfig().withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	return &knowledge{now: testNow, plan: p, network: p.networks[0], mine: true, key: "m:00005E005301", client: Client{Class: "cm"}, class: p.classes["cm"]}
}

// leaseFor is a lease of a client that was given it long ago and has 20 minutes left.
func leaseFor(client int, addr netip.Addr) *itms.Lease {
	return &itms.Lease{Address: addr, State: itms.LeaseActive, Client: itms.ClientKey(itms.ClientModem, mac(client), nil), MAC: mac(client), Kind: itms.ClientModem,
		Class: "cm", Relay: testRelay, StartedAt: testNow.Add(-time.Hour), RenewedAt: testNow.Add(-40 * time.Minute), ExpiresAt: testNow.Add(20 * time.Minute)}
}

func leased(l *itms.Lease) func(*knowledge) {
	return func(k *knowledge) {
		k.named = l
		if l.Client == k.key {
			k.own = append(k.own, l)
		}
	}
}

// change alters a lease of modem 1 and makes it known.
func changed(fn func(l *itms.Lease)) func(*knowledge) {
	l := leaseFor(1, ip(1))
	fn(l)
	return leased(l)
}

// TestDecide holds each state of RFC 2131 §4.3 to its answer.
func TestDecide(t *testing.T) {
	m := modem(1)
	elsewhere := netip.MustParseAddr("192.0.2.9")
	offer := func(a netip.Addr) *dhcpclient.Answer { return &dhcpclient.Answer{Address: a, ServerID: testServer} }
	offered := func(k *knowledge) { k.offered = offerOf(ip(1)) }
	unclassed := func(k *knowledge) { k.class = nil }
	reclassed := func(k *knowledge) { k.class = k.plan.classes["cm-unknown"] }
	notMine := func(k *knowledge) { k.mine = false }
	committed := func(k *knowledge) {
		offered(k)
		k.offered.lease, k.offered.xid = leaseFor(1, ip(1)), 7
	}
	for _, tt := range []struct {
		name string
		b    []byte
		know []func(*knowledge)
		want action
	}{
		{"no network", m.Discover(7), []func(*knowledge){func(k *knowledge) { k.network = nil }}, actSilence},
		{"discover", m.Discover(7), nil, actOffer},
		{"discover without class", m.Discover(7), []func(*knowledge){unclassed}, actSilence},

		{"selecting what was offered", m.Request(7, offer(ip(1))), []func(*knowledge){offered}, actGrant},
		{"selecting what is free, after a restart", m.Request(7, offer(ip(3))), nil, actGrant},
		{"selecting another server", m.Request(7, offer(ip(1))), []func(*knowledge){offered, notMine}, actWithdraw},
		{"selecting once more", m.Request(7, offer(ip(1))), []func(*knowledge){committed}, actRepeat},
		{"selecting anew", m.Request(8, offer(ip(1))), []func(*knowledge){committed}, actGrant},
		{"selecting an address of another class", m.Request(7, offer(walledPool.First)), nil, actNAK},
		{"selecting an address of another network", m.Request(7, offer(elsewhere)), nil, actNAK},
		{"selecting what another has", m.Request(7, offer(ip(2))), []func(*knowledge){leased(leaseFor(2, ip(2)))}, actNAK},
		{"selecting without class", m.Request(7, offer(ip(1))), []func(*knowledge){offered, unclassed}, actSilence},
		{"selecting past a reservation", m.Request(7, offer(ip(1))), []func(*knowledge){func(k *knowledge) { k.reserved = ip(9) }}, actNAK},
		{"selecting the reservation", m.Request(7, offer(ip(9))), []func(*knowledge){func(k *knowledge) { k.reserved = ip(9) }}, actGrant},

		{"rebooting with its lease", m.Reboot(7, ip(1)), []func(*knowledge){leased(leaseFor(1, ip(1)))}, actGrant},
		{"rebooting, expired", m.Reboot(7, ip(1)), []func(*knowledge){changed(func(l *itms.Lease) { l.ExpiresAt = testNow.Add(-1) })}, actGrant},
		{"rebooting elsewhere", m.Reboot(7, elsewhere), nil, actNAK},
		{"rebooting unknown", m.Reboot(7, ip(1)), nil, actSilence},
		{"rebooting with another's", m.Reboot(7, ip(2)), []func(*knowledge){leased(leaseFor(2, ip(2)))}, actNAK},
		{"rebooting with a wrong one", m.Reboot(7, ip(2)), []func(*knowledge){func(k *knowledge) { k.own = append(k.own, leaseFor(1, ip(1))) }}, actNAK},
		{"rebooting in another class", m.Reboot(7, ip(1)), []func(*knowledge){leased(leaseFor(1, ip(1))), reclassed}, actNAK},
		{"rebooting once more", m.Reboot(7, ip(1)), []func(*knowledge){leased(leaseFor(1, ip(1))), committed}, actRepeat},

		{"renewing", m.Renew(7, ip(1)), []func(*knowledge){leased(leaseFor(1, ip(1)))}, actRenew},
		{"renewing just now", m.Renew(7, ip(1)), []func(*knowledge){changed(func(l *itms.Lease) {
			l.RenewedAt, l.ExpiresAt = testNow.Add(-time.Minute), testNow.Add(59*time.Minute)
		})}, actRepeat},
		{"renewing just now through another relay", m.Renew(7, ip(1)), []func(*knowledge){changed(func(l *itms.Lease) {
			l.RenewedAt, l.ExpiresAt, l.Relay = testNow.Add(-time.Minute), testNow.Add(59*time.Minute), elsewhere
		})}, actRenew},
		{"renewing what another has", m.Renew(7, ip(2)), []func(*knowledge){leased(leaseFor(2, ip(2)))}, actNAK},
		{"renewing what is not known", m.Renew(7, ip(1)), nil, actNAK},
		{"renewing what others give", m.Renew(7, netip.MustParseAddr("127.8.200.1")), nil, actSilence},
		{"renewing elsewhere", m.Renew(7, elsewhere), nil, actNAK},
		{"renewing in another class", m.Renew(7, ip(1)), []func(*knowledge){leased(leaseFor(1, ip(1))), reclassed}, actNAK},
		{"renewing where the class has no address", m.Renew(7, walledPool.First), []func(*knowledge){leased(leaseFor(1, walledPool.First))}, actNAK},
		{"renewing to start anew", m.Renew(7, ip(1)), []func(*knowledge){leased(leaseFor(1, ip(1))), func(k *knowledge) { k.client.Restart = true }}, actNAK},
		{"renewing what was released", m.Renew(7, ip(1)), []func(*knowledge){changed(func(l *itms.Lease) { l.State = itms.LeaseReleased })}, actNAK},
		{"renewing without class", m.Renew(7, ip(1)), []func(*knowledge){leased(leaseFor(1, ip(1))), unclassed}, actSilence},

		{"releasing", m.Release(7, ip(1), testServer), []func(*knowledge){leased(leaseFor(1, ip(1)))}, actRelease},
		{"releasing another's", m.Release(7, ip(2), testServer), []func(*knowledge){leased(leaseFor(2, ip(2)))}, actSilence},
		{"releasing to another server", m.Release(7, ip(1), testServer), []func(*knowledge){leased(leaseFor(1, ip(1))), notMine}, actSilence},
		{"declining what it has", m.Decline(7, ip(1), testServer), []func(*knowledge){leased(leaseFor(1, ip(1)))}, actDecline},
		{"declining what was offered", m.Decline(7, ip(1), testServer), []func(*knowledge){offered}, actDecline},
		{"declining another's", m.Decline(7, ip(2), testServer), []func(*knowledge){leased(leaseFor(2, ip(2)))}, actSilence},
		{"informing", m.Inform(7, ip(1)), nil, actInform},
		{"informing without class", m.Inform(7, ip(1)), []func(*knowledge){unclassed}, actSilence},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := known(t)
			for _, fn := range tt.know {
				fn(k)
			}
			got, err := parse(tt.b)
			if err != nil {
				t.Fatal(err)
			}
			if v := decide(got, k); v.act != tt.want || v.why == "" {
				t.Errorf("decided %v because %q, want %v", v.act, v.why, tt.want)
			}
		})
	}
}

// offerOf is an offer of an address.
func offerOf(addr netip.Addr) offer { return offer{addr: addr} }
