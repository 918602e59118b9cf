package api

import (
	"net/http"
	"strings"
	"testing"

	"itms"
)

func TestSubmitOrder(t *testing.T) {
	f := newFixture(t)
	a := f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1001"), "Content-Type: application/json").is(http.StatusCreated)
	if got := a.header.Get("Location"); got != "/api/v1/work-orders/WO-1001" {
		t.Errorf("Location %q", got)
	}
	golden(t, "order-created.json", a.body)
	f.noSecrets(a.body)
	if f.orders.actors[0] != "test-bss" {
		t.Errorf("actor %q", f.orders.actors[0])
	}
	if got := f.orders.seen[0].Service.Password.Reveal(); got != "p4ss-service" {
		t.Errorf("the password arrived as %q", got)
	}
	f.call(itms.RoleBSS, "GET", a.header.Get("Location"), "").is(200)
}

func TestRepeatAnswersTheSame(t *testing.T) {
	f := newFixture(t)
	first := f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1001")).is(http.StatusCreated)
	again := f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1001")).is(http.StatusOK)
	if first.body != again.body || first.header.Get("Location") != again.header.Get("Location") {
		t.Errorf("first %s\nagain %s", first.body, again.body)
	}
}

func TestOtherContentIsAConflict(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1001")).is(http.StatusCreated)
	other := strings.Replace(orderJSON("WO-1001"), "iptv1001", "iptv9999", 1)
	f.call(itms.RoleBSS, "POST", ordersPath, other).problem(http.StatusConflict, itms.CodeOrderConflict)
}

func TestLocationNamesTheSourceWhenItMust(t *testing.T) {
	f := newFixture(t)
	f.putOrder(50, "WO 1/2", "web & co")
	a := f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO 1/2")).is(http.StatusCreated)
	if got := a.header.Get("Location"); got != "/api/v1/work-orders/WO%201%2F2?source=crm" {
		t.Errorf("Location %q", got)
	}
	if o := into[orderView](f.get(a.header.Get("Location")).is(200)); o.Source != "crm" || o.OrderNo != "WO 1/2" {
		t.Errorf("%+v", o)
	}
	if o := into[orderView](f.get("/api/v1/work-orders/WO%201%2F2?source=web+%26+co").is(200)); o.Source != "web & co" {
		t.Errorf("%+v", o)
	}
}

func TestSubmitReportsDomainErrorsByPointer(t *testing.T) {
	f := newFixture(t)
	p := f.call(itms.RoleBSS, "POST", ordersPath, `{"device":{"mac":"zz"}}`).problem(422, itms.CodeInvalid)
	if got := p.pointers(); got != "/orderNo /service/account /device/mac" {
		t.Error(got)
	}
}

func TestSubmitReportsShapeAndDomainTogether(t *testing.T) {
	f := newFixture(t)
	p := f.call(itms.RoleBSS, "POST", ordersPath, `{"orderNo":1,"color":"red","device":{"mac":"zz"}}`).problem(422, itms.CodeInvalid)
	if got := p.pointers(); got != "/orderNo /color /service/account /device/mac" {
		t.Error(got)
	}
	if len(f.orders.seen) != 0 {
		t.Error("an order of a wrong shape was submitted")
	}
}

// plainOrders is an Orders that cannot check.
type plainOrders struct{ Orders }

func TestShapeErrorsStandAloneWithoutAChecker(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Orders = plainOrders{o.Orders} })
	p := f.call(itms.RoleBSS, "POST", ordersPath, `{"orderNo":1}`).problem(422, itms.CodeInvalid)
	if got := p.pointers(); got != "/orderNo" {
		t.Error(got)
	}
}

func TestSubmitLimits(t *testing.T) {
	f := newFixture(t)
	pad := func(size int) string {
		body := orderJSON("WO-1")
		return body + strings.Repeat(" ", size-len(body))
	}
	f.call(itms.RoleBSS, "POST", ordersPath, pad(maxBody)).is(http.StatusCreated)
	f.call(itms.RoleBSS, "POST", ordersPath, pad(maxBody+1)).problem(http.StatusRequestEntityTooLarge, itms.CodeTooLarge)
	f.call(itms.RoleBSS, "POST", ordersPath, "").problem(http.StatusBadRequest, codeMalformed)
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-2"), "Content-Type: text/plain").problem(415, codeMediaType)
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-2")+"{}").problem(http.StatusBadRequest, codeMalformed)
}

func TestGetOrder(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm", failed)
	a := f.get(ordersPath + "/WO-1").is(200)
	golden(t, "order-failed.json", a.body)
	f.noSecrets(a.body)
	f.get(ordersPath + "/WO-1?source=crm").is(200)
	f.get(ordersPath+"/WO-1?source=web").problem(404, itms.CodeNotFound)
	f.get(ordersPath+"/WO-1?source=").problem(404, itms.CodeNotFound)
	f.get(ordersPath+"/NONE").problem(404, itms.CodeNotFound)
	f.get(ordersPath+"/a%00b").problem(404, itms.CodeNotFound)
	f.get(ordersPath+"/a%00b?source=crm").problem(404, itms.CodeNotFound)
	f.get(ordersPath+"/"+strings.Repeat("9", 2000)+"?source=crm").problem(404, itms.CodeNotFound)
}

func TestGetOrderOfSeveralSources(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "")
	f.putOrder(2, "WO-1", "crm")
	p := f.get(ordersPath+"/WO-1").problem(409, itms.CodeAmbiguous)
	if !strings.Contains(p.Detail, "2 sources") || !strings.Contains(p.Detail, "crm") {
		t.Errorf("detail %q", p.Detail)
	}
	for source, id := range map[string]string{"": testID(1), "crm": testID(2)} {
		if o := into[orderView](f.get(ordersPath + "/WO-1?source=" + source).is(200)); o.ID != id {
			t.Errorf("source %q: order %s", source, o.ID)
		}
	}
}

// numbers lists the order numbers of a page.
func numbers(p pageOf[orderView]) string {
	var all []string
	for _, o := range p.Items {
		all = append(all, o.OrderNo)
	}
	return strings.Join(all, " ")
}

// variedOrders stores five orders that differ in what lists filter by.
func variedOrders(f *fixture) {
	f.putOrder(1, "A", "crm")
	f.putOrder(2, "B", "crm", failed)
	f.putOrder(3, "C", "crm", func(o *itms.Order) { o.Area = "510200" })
	f.putOrder(4, "D", "crm", func(o *itms.Order) { o.Kind = itms.KindSwap })
	f.putOrder(5, "E", "crm", func(o *itms.Order) {
		o.Subscriber, o.Service = "U2", "U2-1"
		o.Claim = itms.DeviceClaim{STBID: "0010019900600000000000005E005399", Serial: "S99"}
	})
}

func TestListOrders(t *testing.T) {
	f := newFixture(t)
	variedOrders(f)
	for query, want := range map[string]string{
		"":                                    "E D C B A",
		"?state=failed":                       "B",
		"?kind=swap":                          "D",
		"?area=510200":                        "C",
		"?area=510100&kind=install":           "E B A",
		"?state=done":                         "",
		"?q=A":                                "A",
		"?q=%20A%20":                          "A",
		"?q=00-00-5e-00-53-01":                "D C B A",
		"?q=00005E005301&state=failed":        "B",
		"?q=0000.5e00.5301&kind=swap":         "D",
		"?q=0010019900600000000000005e005399": "E",
		"?q=00:00:5E:00:53:99":                "E",
		"?q=S99":                              "E",
		"?q=U2":                               "E",
		"?q=U2-1":                             "E",
		"?q=U1001-1":                          "D C B A",
		"?q=nothing":                          "",
		"?q=a%00b":                            "",
	} {
		if got := numbers(into[pageOf[orderView]](f.get(ordersPath + query).is(200))); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestOrderPages(t *testing.T) {
	f := newFixture(t)
	variedOrders(f)
	for _, query := range []string{"?limit=2", "?limit=2&q=U1001"} {
		var seen []string
		for next := ""; ; {
			page := into[pageOf[orderView]](f.get(ordersPath + query + "&cursor=" + next).is(200))
			if len(page.Items) > 2 {
				t.Fatalf("%d items", len(page.Items))
			}
			seen = append(seen, numbers(page))
			if next = page.Next; next == "" {
				break
			}
		}
		want := map[string]string{"?limit=2": "E D|C B|A", "?limit=2&q=U1001": "D C|B A"}[query]
		if got := strings.Join(seen, "|"); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestListOrdersRefusesWrongParameters(t *testing.T) {
	f := newFixture(t)
	for query, pointer := range map[string]string{"?limit=0": "/query/limit", "?limit=501": "/query/limit", "?limit=x": "/query/limit",
		"?state=odd": "/query/state", "?kind=odd": "/query/kind", "?cursor=x": "/query/cursor",
		"?cursor=" + makeCursor(deviceList, "x"): "/query/cursor", "?cursor=" + makeCursor(orderList, ""): "/query/cursor"} {
		if got := f.get(ordersPath+query).problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%s: %s", query, got)
		}
	}
	f.get(ordersPath + "?limit=500").is(200)
}

func TestRetryOrder(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm", failed)
	o := into[orderView](f.call(itms.RoleTechnician, "POST", ordersPath+"/WO-1/retry", "").is(200))
	if o.State != "waitingDevice" || o.Attempt != 2 || o.History[len(o.History)-1].Actor != "test-technician" {
		t.Errorf("%+v", o)
	}
	f.call(itms.RoleTechnician, "POST", ordersPath+"/WO-1/retry", "").problem(409, itms.CodeOrderState)
	f.call(itms.RoleTechnician, "POST", ordersPath+"/NONE/retry", "").problem(404, itms.CodeNotFound)
	f.putOrder(2, "WO-1", "web")
	f.call(itms.RoleTechnician, "POST", ordersPath+"/WO-1/retry", "").problem(409, itms.CodeAmbiguous)
}

func TestOrderViewShowsWhatThereIs(t *testing.T) {
	o := storedOrder(1, request("WO-1", "crm"), "crm")
	o.Claim, o.OldDevice = itms.DeviceClaim{}, itms.DeviceClaim{MAC: must(itms.ParseMAC("00005E005302"))}
	o.Device, o.State = dashID, itms.OrderDone
	v := newFixture(t).server.viewOrder(o)
	if v.Device != nil || v.OldDevice.MAC != "00:00:5E:00:53:02" || v.DeviceID != "00005E-HG%2D1-S1" || !v.Final {
		t.Errorf("%+v", v)
	}
	o.Request.Service.ID, o.Service = "", "U1001-1" // found through the old device
	if v = newFixture(t).server.viewOrder(o); v.Service.ID != "U1001-1" {
		t.Errorf("service %q", v.Service.ID)
	}
	if v.Service.Access != nil {
		t.Errorf("access %+v of a service without any", v.Service.Access)
	}
	o.History = nil
	if v = newFixture(t).server.viewOrder(o); v.History == nil {
		t.Error("history would be null")
	}
}
