package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"itms"
)

// addresses puts leases into one line.
func addresses(p pageOf[leaseView]) string {
	var all []string
	for _, l := range p.Items {
		all = append(all, strings.TrimPrefix(l.Address, "192.0.2.")+":"+string(l.State))
	}
	return strings.Join(all, " ")
}

func TestScopesAndClasses(t *testing.T) {
	f := newFixture(t)
	golden(t, "scopes.json", f.get(dhcpPath+"/scopes").is(200).body)
	golden(t, "classes.json", f.get(dhcpPath+"/classes").is(200).body)
	f.cable.fail = errDisk
	f.get(dhcpPath+"/scopes").problem(503, itms.CodeUnavailable)
	f.get(dhcpPath+"/classes").problem(503, itms.CodeUnavailable)
}

func TestUtilisation(t *testing.T) {
	for _, c := range []struct {
		o    Occupancy
		want float64
	}{{Occupancy{}, 0}, {Occupancy{Size: 3, Reserved: 3}, 0}, {Occupancy{Size: 10, Free: 10}, 0}, {Occupancy{Size: 10, Reserved: 1, Free: 6}, 33.3}, {Occupancy{Size: 4, Leased: 4}, 100}} {
		if c.o.Rate(); c.o.Utilisation != c.want {
			t.Errorf("%+v, want %v", c.o, c.want)
		}
	}
}

func TestListLeases(t *testing.T) {
	f := newFixture(t)
	f.putModem()
	f.putLeases(testLease("192.0.2.11", itms.ClientModem, itms.MAC{0, 0, 0x5e, 0, 0x53, 9}, itms.MAC{}, func(l *itms.Lease) { l.State = itms.LeaseReleased }),
		testLease("192.0.2.12", itms.ClientModem, itms.MAC{0, 0, 0x5e, 0, 0x53, 8}, itms.MAC{}, func(l *itms.Lease) { l.State, l.Class = itms.LeaseDeclined, "cm-unknown" }))
	for query, want := range map[string]string{
		"":                                          "10:active 11:released 12:declined 198.51.100.20:active 198.51.100.21:expired",
		"?state=active":                             "10:active 198.51.100.20:active",
		"?state=expired":                            "198.51.100.21:expired",
		"?state=declined":                           "12:declined",
		"?scope=192.0.2.0/24":                       "10:active 11:released 12:declined",
		"?class=cm-unknown":                         "12:declined",
		"?mac=00-00-5e-00-53-01":                    "10:active",
		"?modem=00005e005301":                       "10:active 198.51.100.20:active 198.51.100.21:expired",
		"?modem=00005e005301&state=expired":         "198.51.100.21:expired",
		"?address=192.0.2.12":                       "12:declined",
		"?address=192.0.2.12&state=active":          "",
		"?address=192.0.2.12&class=cm-active":       "",
		"?address=192.0.2.12&scope=198.51.100.0/24": "",
		"?address=192.0.2.12&mac=00005e005301":      "",
		"?address=198.51.100.20&modem=00005e005301": "198.51.100.20:active",
		"?address=198.51.100.20&modem=00005e005309": "",
		"?address=::ffff:192.0.2.12":                "12:declined",
		"?address=203.0.113.1":                      "",
		"?scope=203.0.113.0/24":                     "",
	} {
		if got := addresses(into[pageOf[leaseView]](f.get(leasesPath + query).is(200))); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	a := f.get(leasesPath)
	golden(t, "leases.json", a.body)
	for _, secret := range []string{"secretname", "a0a1"} {
		if strings.Contains(a.body, secret) {
			t.Errorf("%s, from which file names are made, is shown", secret)
		}
	}
}

func TestListLeasesWrongly(t *testing.T) {
	f := newFixture(t)
	for query, want := range map[string]string{"scope=x": "/query/scope", "mac=zz": "/query/mac", "modem=zz": "/query/modem", "address=x": "/query/address",
		"state=odd": "/query/state", "limit=501": "/query/limit", "cursor=x": "/query/cursor", "mac=z&scope=y": "/query/scope /query/mac",
		"cursor=" + makeCursor(leaseList, "x"): "/query/cursor"} {
		if got := f.get(leasesPath+"?"+query).problem(422, itms.CodeInvalid).pointers(); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
}

// Pages hold all leases once, also where the state is known only when they are read.
func TestLeasePages(t *testing.T) {
	f := newFixture(t)
	var want []string
	f.update(func(tx itms.Tx) error {
		for i := range 2*maxLimit + 7 {
			l := testLease(fmt.Sprintf("10.0.%d.%d", i>>8, i&255), itms.ClientCPE, itms.MAC{0, 0, 0x5e, 1, byte(i >> 8), byte(i)}, itms.MAC{})
			l.Scope = "10.0.0.0/16"
			if i%3 == 0 {
				l.ExpiresAt = testTime
				want = append(want, l.Address.String())
			}
			if err := tx.Leases().Put(l); err != nil {
				return err
			}
		}
		return nil
	})
	for _, limit := range []int{7, 500} {
		var got []string
		for next := ""; ; {
			page := into[pageOf[leaseView]](f.get(fmt.Sprintf("%s?state=expired&limit=%d&cursor=%s", leasesPath, limit, next)).is(200))
			for _, l := range page.Items {
				got = append(got, l.Address)
			}
			if len(page.Items) > limit {
				t.Fatalf("%d items", len(page.Items))
			}
			if next = page.Next; next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("limit %d: %d leases, want %d", limit, len(got), len(want))
		}
	}
}

func TestGetLease(t *testing.T) {
	f := newFixture(t)
	f.putModem()
	box := must(itms.NewDeviceID("00005E", "STB", "S7"))
	f.putDevice(box, func(d *itms.Device) { d.MAC = itms.MAC{0, 0, 0x5e, 0, 0x53, 0x21} })
	golden(t, "lease.json", f.get(leasesPath+"/192.0.2.10").is(200).body)
	for addr, want := range map[string]string{"192.0.2.10": exampleModemID, "198.51.100.20": box.String(), "198.51.100.21": exampleModemID} {
		if got := into[leaseView](f.get(leasesPath + "/" + addr).is(200)).Device; got != want {
			t.Errorf("%s: device %q, want %q", addr, got, want)
		}
	}
	for _, addr := range []string{"192.0.2.99", "x", "2001:db8::1"} {
		f.get(leasesPath+"/"+url.PathEscape(addr)).problem(404, itms.CodeNotFound)
	}
}

func TestReleaseLease(t *testing.T) {
	f := newFixture(t)
	f.putModem()
	release := func(addr string) *answer {
		return f.call(itms.RoleOperator, http.MethodPost, leasesPath+"/"+addr+"/release", "")
	}
	if l := into[leaseView](release("192.0.2.10").is(200)); l.State != "released" || !l.ExpiresAt.Equal(testTime) {
		t.Errorf("%+v", l)
	}
	golden(t, "problem-409-lease.json", release("192.0.2.10").is(409).body)
	release("192.0.2.99").problem(404, itms.CodeNotFound)
	release("x").problem(404, itms.CodeNotFound)
	if got := strings.Join(f.cable.actors, " "); got != "test-operator test-operator test-operator" {
		t.Errorf("released by %s", got)
	}
}

func TestSearchFindsLeases(t *testing.T) {
	f := newFixture(t)
	f.putModem()
	f.putLeases(testLease("203.0.113.5", itms.ClientCPE, itms.MAC{0, 0, 0x5e, 0, 0x53, 0x31}, itms.MAC{0, 0, 0x5e, 0, 0x53, 0x30}, func(l *itms.Lease) { l.Scope = "203.0.113.0/24" }))
	modem := "device:" + exampleModemID
	for q, want := range map[string]string{
		"00:00:5e:00:53:01":    modem + " lease:192.0.2.10 lease:198.51.100.20 lease:198.51.100.21",
		"00-00-5e-00-53-21":    modem + " lease:198.51.100.20",
		"192.0.2.10":           modem + " lease:192.0.2.10",
		"198.51.100.20":        modem + " lease:198.51.100.20",
		"::ffff:198.51.100.20": modem + " lease:198.51.100.20",
		"203.0.113.5":          "lease:203.0.113.5", // its modem was never here
		"203.0.113.6":          "",
	} {
		page := into[pageOf[hitView]](f.get(searchPath + "?q=" + url.QueryEscape(q)).is(200))
		if got := hitLine(page); got != want {
			t.Errorf("%q: %q, want %q", q, got, want)
		}
		for _, hit := range page.Items {
			f.get(hit.Link).is(200)
			if known := strings.HasPrefix(want, "device"); hit.Kind == "lease" && (hit.Device == exampleModemID) != known {
				t.Errorf("%+v", hit)
			}
		}
	}
	if page := into[pageOf[deviceView]](f.get(devicesPath + "?q=198.51.100.20").is(200)); ids(page) != "00005E005301" {
		t.Errorf("devices by the address of a client behind: %s", ids(page))
	}
}
