package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"itms"
)

// codedOrders gives each submitted order a code in its answer, as the engine does.
type codedOrders struct{ *fakeOrders }

func (c codedOrders) Submit(ctx context.Context, actor string, req itms.OrderRequest) (*itms.Order, bool, error) {
	o, created, err := c.fakeOrders.Submit(ctx, actor, req)
	if err == nil {
		o.Code = fakeCode
	}
	return o, created, err
}

func TestActivationCodeIsShownOnce(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Orders = codedOrders{o.Orders.(*fakeOrders)} })
	first := f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1")).is(http.StatusCreated)
	if got := into[orderView](first).ActivationCode; got != "1234-5678-903" {
		t.Errorf("code %q", got)
	}
	again := f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1")).is(http.StatusOK)
	for _, a := range []*answer{again, f.get(ordersPath + "/WO-1").is(200)} {
		if strings.Contains(a.body, "activationCode") || strings.Contains(a.body, "5678") {
			t.Errorf("the code is shown again: %s", a.body)
		}
	}
	if strings.Contains(f.log.String(), "5678") {
		t.Error("the code is logged")
	}
}

func TestCancelOrder(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm")
	path := ordersPath + "/WO-1/cancel"
	o := into[orderView](f.call(itms.RoleBSS, "POST", path, `{"reason":"wrong address"}`).is(200))
	if o.State != "cancelled" || o.Reason != "wrong address" || !o.Final || o.History[len(o.History)-1].Actor != "test-bss" {
		t.Errorf("%+v", o)
	}
	if again := into[orderView](f.call(itms.RoleBSS, "POST", path, "").is(200)); again.Reason != "wrong address" {
		t.Errorf("%+v", again)
	}
	f.putOrder(2, "WO-2", "crm", func(o *itms.Order) { o.State = itms.OrderDone })
	f.call(itms.RoleBSS, "POST", ordersPath+"/WO-2/cancel", "").problem(409, itms.CodeOrderState)
	f.call(itms.RoleBSS, "POST", path, `{"why":1}`).problem(422, itms.CodeInvalid)
	f.call(itms.RoleBSS, "POST", path, `{"reason":"`+strings.Repeat("x", maxReason+1)+`"}`).problem(422, itms.CodeInvalid)
	f.call(itms.RoleBSS, "POST", path, `{"reason":"a\nb"}`).problem(422, itms.CodeInvalid)
	f.call(itms.RoleBSS, "POST", path, `x`, "Content-Type: text/plain").problem(415, codeMediaType)
	f.call(itms.RoleBSS, "POST", path, strings.Repeat(" ", smallBody+1)).problem(413, itms.CodeTooLarge)
}

func TestCancelOfAnOrderThatHasNotArrived(t *testing.T) {
	f := newFixture(t)
	a := f.call(itms.RoleBSS, "POST", ordersPath+"/WO-7/cancel?source=crm", `{"reason":"r"}`).is(http.StatusAccepted)
	golden(t, "tombstone.json", a.body)
	f.call(itms.RoleBSS, "POST", ordersPath+"/WO-8/cancel", "").is(http.StatusAccepted)
	if got := strings.Join(f.orders.notes, ","); got != "bury test-bss crm WO-7,bury test-bss  WO-8" {
		t.Error(got)
	}
	for path, pointer := range map[string]string{"/a%00b/cancel": "/path/orderNo", "/" + strings.Repeat("9", 129) + "/cancel": "/path/orderNo",
		"/WO-9/cancel?source=a%01": "/query/source"} {
		if got := f.call(itms.RoleBSS, "POST", ordersPath+path, "").problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%s: %s", path, got)
		}
	}
	f.orders.fail = errors.New("disk")
	f.call(itms.RoleBSS, "POST", ordersPath+"/WO-7/cancel", "").problem(500, itms.CodeInternal)
}

func TestCancelOfAnOrderThatArrivesMeanwhile(t *testing.T) {
	f := newFixture(t)
	f.orders.overtaken = func() { f.putOrder(1, "WO-7", "crm") }
	if o := into[orderView](f.call(itms.RoleBSS, "POST", ordersPath+"/WO-7/cancel", "").is(200)); o.State != "cancelled" {
		t.Errorf("%+v", o)
	}
}

func TestCancelNeedsOneOrder(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm")
	f.putOrder(2, "WO-1", "web")
	f.call(itms.RoleBSS, "POST", ordersPath+"/WO-1/cancel", "").problem(409, itms.CodeAmbiguous)
	f.call(itms.RoleBSS, "POST", ordersPath+"/WO-1/cancel?source=web", "").is(200)
	if o := into[orderView](f.get(ordersPath + "/WO-1?source=crm")); o.State == "cancelled" {
		t.Error("the other source's order was cancelled")
	}
}

func TestBackfillOrder(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm")
	path := ordersPath + "/WO-1/device"
	o := into[orderView](f.call(itms.RoleTechnician, "POST", path, `{"mac":"0000.5e00.5399"}`).is(200))
	if o.Device.MAC != "00:00:5E:00:53:99" {
		t.Errorf("%+v", o.Device)
	}
	for body, pointer := range map[string]string{`{}`: "/mac", `{"mac":"zz"}`: "/mac", `{"mac":1}`: "/mac", `{"x":1}`: "/x"} {
		if got := f.call(itms.RoleTechnician, "POST", path, body).problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%s: %q, want %q", body, got, pointer)
		}
	}
	f.call(itms.RoleTechnician, "POST", path, "").problem(400, codeMalformed)
	f.call(itms.RoleTechnician, "POST", ordersPath+"/NONE/device", `{"mac":"00005E005301"}`).problem(404, itms.CodeNotFound)
}

func TestReissueCode(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm")
	o := into[orderView](f.call(itms.RoleTechnician, "POST", ordersPath+"/WO-1/code", "").is(200))
	if o.ActivationCode != "1234-5678-903" {
		t.Errorf("%+v", o)
	}
	if a := f.get(ordersPath + "/WO-1").is(200); strings.Contains(a.body, "activationCode") {
		t.Error(a.body)
	}
	f.call(itms.RoleTechnician, "POST", ordersPath+"/NONE/code", "").problem(404, itms.CodeNotFound)
}

func TestForceOrder(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm")
	path := ordersPath + "/WO-1/force"
	for body, pointer := range map[string]string{`{}`: "/reason", `{"reason":"  "}`: "/reason", `{"reason":true}`: "/reason"} {
		if got := f.call(itms.RoleOperator, "POST", path, body).problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%s: %q", body, got)
		}
	}
	o := into[orderView](f.call(itms.RoleOperator, "POST", path, `{"reason":"works, says the customer"}`).is(200))
	if o.State != "done" || !o.Touched {
		t.Errorf("%+v", o)
	}
	f.putOrder(2, "WO-2", "crm", func(o *itms.Order) { o.State = itms.OrderExpired })
	f.call(itms.RoleOperator, "POST", ordersPath+"/WO-2/force", `{"reason":"r"}`).problem(409, itms.CodeOrderState)
}

func TestReverseOrder(t *testing.T) {
	f := newFixture(t)
	f.orders.n = 10
	f.putOrder(1, "WO-1", "crm", func(o *itms.Order) { o.State = itms.OrderDone })
	path := ordersPath + "/WO-1/reverse"
	a := f.call(itms.RoleOperator, "POST", path, `{"orderNo":"WO-2"}`).is(http.StatusCreated)
	if got := a.header.Get("Location"); got != ordersPath+"/WO-2" {
		t.Errorf("Location %q", got)
	}
	if o := into[orderView](a); o.OrderNo != "WO-2" || o.Kind != "terminate" {
		t.Errorf("%+v", o)
	}
	f.call(itms.RoleOperator, "POST", path, `{"orderNo":"WO-2"}`).is(http.StatusOK)
	if got := f.call(itms.RoleOperator, "POST", path, `{}`).problem(422, itms.CodeInvalid).pointers(); got != "/orderNo" {
		t.Error(got)
	}
	f.putOrder(3, "WO-3", "crm")
	f.call(itms.RoleOperator, "POST", ordersPath+"/WO-3/reverse", `{"orderNo":"WO-4"}`).problem(409, itms.CodeOrderState)
}

func TestDiagnosisIsForThoseWhoMayKnow(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm")
	f.orders.diagnosis = &itms.Diagnosis{Code: itms.TroubleMACMismatch, Operator: "o", Technician: "t", Shows: "s", Next: "n",
		Devices: []string{dashID.String()}}
	for role, want := range map[itms.Role]bool{itms.RoleAdmin: true, itms.RoleOperator: true, itms.RoleTechnician: true,
		itms.RoleBSS: false, itms.RoleReadOnly: true} {
		o := into[orderView](f.call(role, "GET", ordersPath+"/WO-1", "").is(200))
		if (o.Diagnosis != nil) != want {
			t.Errorf("%s: %+v", role, o.Diagnosis)
		}
	}
	golden(t, "order-diagnosed.json", f.get(ordersPath+"/WO-1").body)
	for _, o := range into[pageOf[orderView]](f.get(ordersPath).is(200)).Items {
		if o.Diagnosis != nil {
			t.Error("a list is diagnosed")
		}
	}
	f.orders.fail = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "later")
	f.get(ordersPath+"/WO-1").problem(503, itms.CodeUnavailable)
	f.call(itms.RoleBSS, "GET", ordersPath+"/WO-1", "").is(200)
}

func TestOrderViewShowsHowItWent(t *testing.T) {
	o := storedOrder(1, request("WO-1", "crm"), "crm")
	o.Trouble, o.Way, o.Confirmed, o.Touched, o.LOID, o.LOIDPassword = itms.TroubleSilent, itms.ByPhone, true, true, "L1", secretText
	o.Code = fakeCode
	v := newFixture(t).server.viewOrder(o)
	if v.Trouble != "NO_ANSWER" || v.Way != "phone" || !v.Confirmed || !v.Touched || v.Registration.LOID != "L1" || v.ActivationCode != "" {
		t.Errorf("%+v", v)
	}
	if newFixture(t).server.viewIssued(o).ActivationCode == "" || newFixture(t).server.viewIssued(storedOrder(1, request("WO-1", "crm"), "crm")).ActivationCode != "" {
		t.Error("a code is shown when one was issued")
	}
}

func TestRepoint(t *testing.T) {
	for from, want := range map[string]string{"/device/mac": "/mac", "/device": "", "/devices": "/devices", "/x": "/x"} {
		var e *itms.Error
		if !errors.As(repoint(itms.Invalid(from, "x"), "/device", ""), &e) || e.Fields[0].Pointer != want {
			t.Errorf("%s: %v", from, e)
		}
	}
	if repoint(nil, "/a", "/b") != nil {
		t.Error("no error became one")
	}
	if plain := errors.New("x"); repoint(plain, "/a", "/b") != plain {
		t.Error("a foreign error was changed")
	}
}
