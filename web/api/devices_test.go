package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

func TestGetDevice(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.putService()
	o := f.putOrder(1, "WO-1", "crm")
	f.bind(dashID, o.ID)
	f.store.Contacted(itms.SessionSummary{ID: "s-1", Device: dashID, Started: testTime, Duration: 420 * time.Millisecond,
		Events: []string{itms.EventBoot}, RPCs: []string{"SetParameterValues"}, End: itms.SessionDone})
	a := f.get(devicesPath + "/00005E-HG%252D1-S1").is(200)
	golden(t, "device.json", a.body)
	f.noSecrets(a.body)
}

func TestGetDeviceThatServesNothing(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID, func(d *itms.Device) {
		*d = itms.Device{ID: dashID, State: itms.DeviceOnlineUnbound, Problem: "matches no profile"}
	})
	a := f.get(devicesPath + "/00005E-HG%252D1-S1").is(200)
	golden(t, "device-unbound.json", a.body)
}

func TestDeviceOfALostOrderIsStillShown(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.putService()
	f.bind(dashID, "gone")
	if d := into[deviceView](f.get(devicesPath + "/00005E-HG%252D1-S1").is(200)); d.Service != "U1001-1" || d.Order != "" {
		t.Errorf("%+v", d)
	}
}

func TestDevicePathTakesEitherEscaping(t *testing.T) {
	f := newFixture(t)
	odd := must(itms.NewDeviceID("00005E", "a/b c%2D", "x-y/ü"))
	bare := must(itms.NewDeviceID("00005E", "", "S7"))
	for _, id := range []itms.DeviceID{dashID, odd, bare} {
		f.putDevice(id)
	}
	for path, want := range map[string]itms.DeviceID{
		"00005E-HG%2D1-S1":                       dashID,
		"00005E-HG%252D1-S1":                     dashID,
		odd.String():                             odd,
		url.PathEscape(odd.String()):             odd,
		bare.String():                            bare,
		url.PathEscape(bare.String()):            bare,
		"00005E-S7":                              bare,
		"00005e-HG%2D1-S1":                       dashID,
		strings.ToLower("00005E-HG%2D1-") + "S1": {},
	} {
		a := f.get(devicesPath + "/" + path)
		if want.IsZero() {
			a.problem(404, itms.CodeNotFound)
			continue
		}
		if got := into[deviceView](a.is(200)).ID; got != want.String() {
			t.Errorf("%s: %s", path, got)
		}
		f.get(devicesPath + "/" + path + "/sessions").is(200)
	}
	for _, path := range []string{"00005E-HG-1-S1", "NONE", "00005E-HG%2D1-S2", "%25zz-a-b", "-", "a%00-b-c"} {
		f.get(devicesPath+"/"+path).problem(404, itms.CodeNotFound)
	}
}

func TestDeviceIDs(t *testing.T) {
	for segment, want := range map[string][]string{
		"00005E-A-B":       {"00005E-A-B"},
		"00005E-A%2DB-C":   {"00005E-A%2DB-C", "00005E-A-B-C"},
		"00005E-A%252DB-C": {"00005E-A%252DB-C", "00005E-A%2DB-C"},
		"nothing":          nil,
		"00005E-A-B%zz":    nil,
	} {
		var got []string
		for _, id := range deviceIDs(segment) {
			got = append(got, id.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", segment, got, want)
		}
	}
}

// ids lists the serial numbers of a page.
func ids(p pageOf[deviceView]) string {
	var all []string
	for _, d := range p.Items {
		all = append(all, d.Serial)
	}
	return strings.Join(all, " ")
}

// variedDevices stores four devices, the first bound to the service of an order.
func variedDevices(f *fixture) {
	for i, serial := range []string{"S1", "S2", "S3", "S4"} {
		f.putDevice(must(itms.NewDeviceID("00005E", "STB", serial)), func(d *itms.Device) {
			d.MAC = itms.MAC{0, 0, 0x5e, 0, 0x53, byte(i + 1)}
			d.STBID = ""
			d.IP = "192.0.2." + string(rune('1'+i))
			if i == 3 {
				d.State = itms.DeviceBlocked
			}
		})
	}
	f.putService()
	first := must(itms.NewDeviceID("00005E", "STB", "S1"))
	o := f.putOrder(1, "WO-1", "crm", func(o *itms.Order) { o.Device = first })
	f.bind(first, o.ID)
}

func TestListDevices(t *testing.T) {
	f := newFixture(t)
	variedDevices(f)
	for query, want := range map[string]string{
		"":                                    "S1 S2 S3 S4",
		"?state=blocked":                      "S4",
		"?q=S2":                               "S2",
		"?q=00:00:5e:00:53:03":                "S3",
		"?q=00005e005303":                     "S3",
		"?q=192.0.2.4":                        "S4",
		"?q=192.0.2.4&state=inService":        "",
		"?q=iptv1001":                         "S1",
		"?q=pppoe1001":                        "S1",
		"?q=WO-1":                             "S1",
		"?q=U1001":                            "S1",
		"?q=U1001-1":                          "S1",
		"?q=%2B86+555-0100":                   "S1",
		"?q=00005E-STB-S2":                    "S2",
		"?q=0010019900600000000000005E005302": "S2",
		"?q=nothing":                          "",
	} {
		if got := ids(into[pageOf[deviceView]](f.get(devicesPath + query).is(200))); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	first := into[pageOf[deviceView]](f.get(devicesPath + "?limit=1")).Items[0]
	if first.Service != "U1001-1" || first.Order != "WO-1" {
		t.Errorf("%+v", first)
	}
}

func TestDevicePages(t *testing.T) {
	f := newFixture(t)
	variedDevices(f)
	var seen []string
	for next := ""; ; {
		page := into[pageOf[deviceView]](f.get(devicesPath + "?limit=3&cursor=" + next).is(200))
		seen = append(seen, ids(page))
		if next = page.Next; next == "" {
			break
		}
	}
	if got := strings.Join(seen, "|"); got != "S1 S2 S3|S4" {
		t.Error(got)
	}
	f.get(devicesPath+"?state=odd").problem(422, itms.CodeInvalid)
}

func TestConnectionRequest(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	path := devicesPath + "/00005E-HG%2D1-S1/connection-request"
	a := f.call(itms.RoleOperator, "POST", path, "").is(http.StatusAccepted)
	if got := into[requestedView](a); got.Device != dashID.String() || got.Way != "udp" || got.Result != "sent" || got.Text == "" || got.At.IsZero() {
		t.Errorf("%+v", got)
	}
	if len(f.waker.woken) != 1 || f.waker.woken[0] != dashID {
		t.Errorf("woken %v", f.waker.woken)
	}
	events := into[pageOf[eventView]](f.get(devicesPath + "/00005E-HG%2D1-S1/events")).Items
	if len(events) != 1 || events[0].Type != "device.connectionRequest" || events[0].Actor != "test-operator" {
		t.Errorf("journal %+v", events)
	}
	f.waker.fail = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the device did not answer")
	f.call(itms.RoleOperator, "POST", path, "").problem(http.StatusServiceUnavailable, itms.CodeUnavailable)
	f.call(itms.RoleOperator, "POST", devicesPath+"/00005E-X-Y/connection-request", "").problem(404, itms.CodeNotFound)
	if len(f.waker.woken) != 2 {
		t.Errorf("woken %v", f.waker.woken)
	}
}

func TestDeviceReach(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID, func(d *itms.Device) {
		d.UDPAddress, d.NAT = "198.51.100.7:1", true
		d.ConnectionRequestURL = "http://u:p@192.0.2.10/"
	})
	path := devicesPath + "/00005E-HG%2D1-S1"
	v := into[deviceView](f.get(path)).Reach
	if v.URL != "http://192.0.2.10/" || v.UDPAddress != "198.51.100.7:1" || !v.NAT || v.Way != "" || v.Call != nil {
		t.Errorf("%+v", v)
	}
	f.putDevice(dashID, func(d *itms.Device) {
		d.UDPAddress, d.UDP = "198.51.100.7:1", itms.UDPBinding{Address: "198.51.100.7:2", Node: "n1"}
		d.Reach = itms.Reach{Way: itms.ReachUDP, At: testTime}
		d.Call = itms.CallReport{Way: itms.ReachHTTP, Result: itms.CallBusy, Text: "busy", At: testTime, Next: testTime}
	})
	v = into[deviceView](f.get(path)).Reach
	if v.UDPAddress != "198.51.100.7:2" || v.Way != "udp" || !v.Since.Equal(testTime) || v.Call == nil || v.Call.Result != "busy" || v.Call.Next.IsZero() {
		t.Errorf("%+v", v)
	}
}

func TestBlockAndUnblock(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	for _, step := range []struct {
		call string
		want bool
	}{{"block", true}, {"block", true}, {"unblock", false}} {
		a := f.call(itms.RoleOperator, "POST", devicesPath+"/00005E-HG%2D1-S1/"+step.call, "").is(200)
		if got := into[deviceView](a).Blocked; got != step.want {
			t.Errorf("%s: blocked %v", step.call, got)
		}
	}
	f.call(itms.RoleOperator, "POST", devicesPath+"/00005E-X-Y/block", "").problem(404, itms.CodeNotFound)
}

func TestSyncView(t *testing.T) {
	for name, c := range map[string]struct {
		sync itms.Sync
		want bool
	}{"never": {itms.Sync{}, false}, "same": {itms.Sync{Target: "a", Applied: "a"}, true}, "behind": {itms.Sync{Target: "b", Applied: "a"}, false}} {
		if got := viewSync(&c.sync).InSync; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	v := viewSync(&itms.Sync{Phase: itms.SyncFailed, Tries: 3, Reason: "9007", Missing: []itms.ParamPath{"Device.A"}})
	if v.Phase != "failed" || v.Tries != 3 || v.Reason != "9007" || v.Missing[0] != "Device.A" {
		t.Errorf("%+v", v)
	}
}

func TestAddressesLoseTheirCredentials(t *testing.T) {
	for address, want := range map[string]string{
		"http://user:pw@192.0.2.1:7547/cr": "http://192.0.2.1:7547/cr",
		"http://192.0.2.1:7547/cr?x=a b":   "http://192.0.2.1:7547/cr?x=a b",
		"not: an address":                  "not: an address",
		"":                                 "",
	} {
		if got := withoutUser(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}
