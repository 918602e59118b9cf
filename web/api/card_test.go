package api

import (
	"net/url"
	"strings"
	"testing"

	"itms"
)

// customer stores a service on a device, with an order and events.
func (f *fixture) customer(change ...func(*itms.Order)) {
	f.t.Helper()
	f.putDevice(dashID)
	svc := f.putService()
	o := f.putOrder(1, "WO-1", "crm", append(change, func(o *itms.Order) { o.Device = dashID })...)
	f.bind(dashID, o.ID)
	svc.Order = o.ID
	f.update(func(tx itms.Tx) error { return tx.Services().Put(svc) })
	f.journal(numberedOf(dashID, 7)...)
}

// numberedOf are events of a device.
func numberedOf(id itms.DeviceID, n int) (events []itms.Event) {
	for range n {
		events = append(events, itms.Event{Type: "device.boot", Device: id, Text: "booted"})
	}
	return events
}

// acts puts what may be done into one line.
func acts(v *cardView) string {
	var all []string
	for _, a := range v.May {
		all = append(all, string(a))
	}
	return strings.Join(all, " ")
}

func TestCard(t *testing.T) {
	f := newFixture(t)
	f.customer(func(o *itms.Order) { o.State = itms.OrderDone })
	v := into[cardView](f.get(servicesPath + "/U1001-1/card").is(200))
	if v.Service == nil || v.Service.ID != "U1001-1" || v.Device == nil || v.Device.Order != "WO-1" || v.Order == nil || v.Order.OrderNo != "WO-1" {
		t.Fatalf("%+v", v)
	}
	if len(v.Events) != cardEvents || len(v.Service.Bindings) != 1 || v.Light.Level != "ok" {
		t.Errorf("%d events, %d bindings, light %+v", len(v.Events), len(v.Service.Bindings), v.Light)
	}
	if got := acts(&v); got != "connectionRequest refresh reboot recover reveal" {
		t.Errorf("an operator may %s", got)
	}
	v = into[cardView](f.call(itms.RoleReadOnly, "GET", servicesPath+"/U1001-1/card", "").is(200))
	if len(v.May) != 0 {
		t.Errorf("who may only look may %s", acts(&v))
	}
	f.get(servicesPath+"/none/card").problem(404, itms.CodeNotFound)
	f.get(servicesPath+"/a%00b/card").problem(404, itms.CodeNotFound)
	if strings.Contains(f.get(servicesPath+"/U1001-1/card").body, secretText) {
		t.Error("the card tells a secret")
	}
}

func TestCardOfAnOpenOrder(t *testing.T) {
	f := newFixture(t)
	f.orders.diagnosis = &itms.Diagnosis{Code: itms.TroubleNeedsCode, Operator: "the code was not typed"}
	f.customer(func(o *itms.Order) {
		o.State, o.Mode, o.Trouble, o.Activation = itms.OrderWaitingCode, itms.ModeTechnician, itms.TroubleNeedsCode, "hash"
	})
	v := into[cardView](f.get(servicesPath + "/U1001-1/card").is(200))
	if v.Light.Level != "waiting" || v.Light.Reason != "the code was not typed" {
		t.Errorf("%+v", v.Light)
	}
	if got := acts(&v); got != "connectionRequest refresh reboot recover cancel reissue backfill reveal" {
		t.Errorf("an operator may %s", got)
	}
	v = into[cardView](f.call(itms.RoleTechnician, "GET", servicesPath+"/U1001-1/card", "").is(200))
	if got := acts(&v); got != "reissue backfill" {
		t.Errorf("a technician may %s", got)
	}
}

func TestCardIsFoundByAnything(t *testing.T) {
	f := newFixture(t)
	f.customer()
	f.putDevice(must(itms.NewDeviceID("00005E", "STB", "FREE")), func(d *itms.Device) {
		d.MAC, d.STBID, d.IP, d.State = must(itms.ParseMAC("00005E005377")), "", "192.0.2.77", itms.DeviceLocked
	})
	f.putOrder(9, "WO-9", "crm", func(o *itms.Order) {
		o.Service, o.Subscriber, o.Claim, o.State = "U9", "U9", itms.DeviceClaim{}, itms.OrderFailed
	})
	for q, want := range map[string]string{
		"00-00-5e-00-53-01": "service U1001-1", "S1": "service U1001-1", "192.0.2.10": "service U1001-1", "iptv1001": "service U1001-1",
		"WO-1": "service U1001-1", "+86 555-0100": "service U1001-1", "example CUST": "service U1001-1", "U1001": "service U1001-1",
		"00005E005377": "device 00005E-STB-FREE", "WO-9": "order WO-9", "nobody": "",
	} {
		v := into[cardFindingView](f.get(cardPath + "?q=" + url.QueryEscape(q)).is(200))
		got := ""
		switch c := v.Card; {
		case c == nil:
		case c.Service != nil:
			got = "service " + c.Service.ID
		case c.Device != nil:
			got = "device " + c.Device.ID
			if acts(c) != "connectionRequest refresh reboot unlock" {
				t.Errorf("with it an operator may %s", acts(c))
			}
		default:
			got = "order " + c.Order.OrderNo
			if acts(c) != "retry cancel" {
				t.Errorf("with it an operator may %s", acts(c))
			}
		}
		if got != want || (len(v.Hits) == 0) != (want == "") {
			t.Errorf("%q: %s with %d hits, want %s", q, got, len(v.Hits), want)
		}
	}
}

func TestCardOfAServiceThatHasNothing(t *testing.T) {
	f := newFixture(t)
	f.putService()
	v := into[cardView](f.get(servicesPath + "/U1001-1/card").is(200))
	if v.Light.Level != "off" || v.Light.WordZh == "" || v.Device != nil || v.Order != nil || acts(&v) != "reveal" {
		t.Errorf("%+v", v)
	}
}

func TestNamesAreFoundByTheirBeginning(t *testing.T) {
	f := newFixture(t)
	svc := f.putService()
	other := *svc
	other.ID, other.Subscriber.ID, other.Subscriber.Name = "U2-1", "U2", "example Other"
	f.update(func(tx itms.Tx) error { return tx.Services().Put(&other) })
	page := into[pageOf[hitView]](f.get(searchPath + "?q=EXAMPLE").is(200))
	if hitLine(page) != "service:U1001-1 service:U2-1" || page.Items[0].Exact {
		t.Errorf("%+v", page)
	}
	page = into[pageOf[hitView]](f.get(searchPath + "?q=U1001").is(200))
	if hitLine(page) != "service:U1001-1" || !page.Items[0].Exact {
		t.Errorf("%+v", page)
	}
	if page = into[pageOf[hitView]](f.get(searchPath + "?q=example&limit=1").is(200)); hitLine(page) != "service:U1001-1" {
		t.Errorf("%+v", page)
	}
}

func TestReveal(t *testing.T) {
	f := newFixture(t)
	f.putService()
	path := servicesPath + "/U1001-1/reveal"
	a := f.call(itms.RoleOperator, "POST", path, `{"secret":"servicePassword","reason":" the customer asked "}`).is(200)
	if v := into[revealedView](a); v.Value != "p4ss-service" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%+v, %v", v, a.header)
	}
	if got := strings.Join(f.desk.notes, "; "); got != "test-operator U1001-1 servicePassword: the customer asked" {
		t.Errorf("noted %s", got)
	}
	for body, pointer := range map[string]string{`{}`: "/secret /reason", `{"secret":"accessPassword"}`: "/reason",
		`{"secret":"odd","reason":"x"}`: "/secret", `{"secret":"accessPassword","reason":"  "}`: "/reason"} {
		if got := f.call(itms.RoleAdmin, "POST", path, body).problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%s: %s", body, got)
		}
	}
	f.call(itms.RoleAdmin, "POST", servicesPath+"/none/reveal", `{"secret":"accessPassword","reason":"x"}`).problem(404, itms.CodeNotFound)
	f.call(itms.RoleAdmin, "POST", servicesPath+"/a%00/reveal", `{"secret":"accessPassword","reason":"x"}`).problem(404, itms.CodeNotFound)
	f.call(itms.RoleTechnician, "POST", path, `{"secret":"accessPassword","reason":"x"}`).problem(403, itms.CodeForbidden)
	if strings.Contains(f.log.String(), "p4ss-service") {
		t.Error("the secret is in the log")
	}
}
