package workorder_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

// addItem is an item that installs an iptv service on a box, or, without a MAC, by a
// technician.
func addItem(id, service, mac string, after ...string) itms.ServiceOrderItemRequest {
	want := install("", service, mac)
	want.Source, want.Kind, want.Mode = "", "", ""
	return itms.ServiceOrderItemRequest{ID: id, Action: itms.ActionAdd, Want: want, After: after}
}

// itemOf is an item of any other action.
func itemOf(id string, action itms.ItemAction, service string, fill ...func(*itms.ServiceOrderItemRequest)) itms.ServiceOrderItemRequest {
	item := itms.ServiceOrderItemRequest{ID: id, Action: action}
	item.Want.Service.ID = itms.ServiceID(service)
	for _, f := range fill {
		f(&item)
	}
	return item
}

// serviceOrder is a request of items.
func serviceOrder(ext string, items ...itms.ServiceOrderItemRequest) itms.ServiceOrderRequest {
	return itms.ServiceOrderRequest{Source: "crm", ExternalID: ext, Items: items}
}

// place places and fails the test on an error.
func (w *world) place(req itms.ServiceOrderRequest) *itms.ServiceOrder {
	w.t.Helper()
	o, _, err := w.engine.PlaceServiceOrder(context.Background(), "bss:test", req)
	if err != nil {
		w.t.Fatalf("place %s: %v", req.ExternalID, err)
	}
	return o
}

// serviceOrder reads a service order.
func (w *world) serviceOrder(id itms.ServiceOrderID) (o *itms.ServiceOrder) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) { o, err = tx.ServiceOrders().Get(id); return err })
	return o
}

// wantServiceOrder fails unless the order and its items stand so, e.g. "partial: 1=completed 2=failed".
func (w *world) wantServiceOrder(id itms.ServiceOrderID, want string) *itms.ServiceOrder {
	w.t.Helper()
	o := w.serviceOrder(id)
	if got := stands(o); got != want {
		var reasons []string
		for _, item := range o.Items {
			reasons = append(reasons, item.ID+": "+item.Reason)
		}
		w.t.Fatalf("the service order is %q, want %q (%s)", got, want, strings.Join(reasons, "; "))
	}
	return o
}

// stands writes where an order and its items stand.
func stands(o *itms.ServiceOrder) string {
	text := string(o.State) + ":"
	for _, item := range o.Items {
		text += " " + item.ID + "=" + string(item.State)
	}
	return text
}

// partsOf reads the work orders of an item.
func (w *world) partsOf(o *itms.ServiceOrder, item string) (list []*itms.Order) {
	w.t.Helper()
	w.view(func(tx itms.Tx) error {
		for _, id := range o.Item(item).Orders {
			part, err := tx.Orders().Get(id)
			if err != nil {
				return err
			}
			list = append(list, part)
		}
		return nil
	})
	return list
}

// kindsOf lists kinds of the work orders of an item.
func (w *world) kindsOf(o *itms.ServiceOrder, item string) string {
	w.t.Helper()
	var kinds []string
	for _, part := range w.partsOf(o, item) {
		kinds = append(kinds, string(part.Kind))
	}
	return strings.Join(kinds, " ")
}

// told lists the events of a service order, those about items with what they tell.
func (w *world) told(id itms.ServiceOrderID) (list []string) {
	w.t.Helper()
	w.view(func(tx itms.Tx) error {
		events, err := tx.Journal().After(0, 10_000)
		for _, e := range events {
			if e.Data["serviceOrder"] != string(id) || !strings.HasPrefix(e.Type, "serviceOrder.") {
				continue
			}
			text := strings.TrimPrefix(e.Type, "serviceOrder.")
			switch text {
			case "milestone":
				text = e.Data["item"] + " " + e.Data["milestone"]
			case "jeopardy", "informationRequired":
				text += " " + e.Data["item"] + " " + e.Data["trouble"]
			case "stateChanged", "created":
				text += " " + e.Data["state"]
			}
			list = append(list, text)
		}
		return err
	})
	return list
}

// codeOf is the stable code of an error.
func codeOf(err error) string {
	var e *itms.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// pointers lists the wrong fields of an error.
func pointers(err error) (list []string) {
	var e *itms.Error
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			list = append(list, f.Pointer)
		}
	}
	slices.Sort(list)
	return list
}

// TestServiceOrderRunsItsItems: an order of two services; one box comes, then the other.
func TestServiceOrderRunsItsItems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(serviceOrder("E1", addItem("1", "S1", "00:00:5E:00:53:01"), addItem("2", "S2", "00:00:5E:00:53:02", "1")))
	if got := stands(o); got != "acknowledged: 1=acknowledged 2=held" {
		t.Fatalf("placed, it is %q", got)
	}
	newBox(w, 2).contact(itms.EventBoot) // its turn has not come
	w.wantServiceOrder(o.ID, "acknowledged: 1=acknowledged 2=held")
	newBox(w, 1).contact(itms.EventBoot)
	w.wantServiceOrder(o.ID, "inProgress: 1=completed 2=acknowledged")
	second := newBox(w, 2)
	second.contact("2 PERIODIC")
	o = w.wantServiceOrder(o.ID, "completed: 1=completed 2=completed")
	if second.params[pwPath] != servicePassword || o.StartedAt.IsZero() || o.CompletedAt.Before(o.StartedAt) || o.Items[1].Service != "S2" {
		t.Errorf("%+v", o)
	}
	want := []string{"created acknowledged", "1 accepted", "1 deviceAssigned", "2 accepted", "2 deviceAssigned"}
	told := w.told(o.ID)
	if !slices.Equal(told[:5], want) {
		t.Errorf("told %q, want %q", told[:5], want)
	}
	for _, item := range []string{"1", "2"} {
		var got []string
		for _, m := range o.Milestones {
			if m.Item == item {
				got = append(got, string(m.Name))
			}
		}
		if s := strings.Join(got, " "); s != "accepted deviceAssigned deviceSeen configured verified completed" {
			t.Errorf("milestones of %s: %s", item, s)
		}
	}
}

// TestServiceOrderOnce: a repeat is the same order, other content is refused, and without
// an external id each is one of its own.
func TestServiceOrderOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := serviceOrder("E1", addItem("1", "S1", ""))
	req.Document = []byte(`{"a":1,"b":{"c":2}}`)
	first := w.place(req)
	if first.Codes["1"] == "" || stands(first) != "pending: 1=pending" {
		t.Fatalf("%s, codes %v", stands(first), first.Codes)
	}
	req.Document = []byte(`{ "b": {"c":2}, "a": 1 }`)
	again, created, err := w.engine.PlaceServiceOrder(t.Context(), "bss:test", req)
	if err != nil || created || again.ID != first.ID || len(again.Codes) > 0 {
		t.Errorf("again: %v, created %v, codes %v, %v", again, created, again.Codes, err)
	}
	req.Document = []byte(`{"a":1}`)
	if _, _, err := w.engine.PlaceServiceOrder(t.Context(), "bss:test", req); codeOf(err) != itms.CodeOrderConflict {
		t.Errorf("another document: %v", err)
	}
	req.Document, req.Items[0].Want.Service.Password = []byte(`{"a":1,"b":{"c":2}}`), itms.NewSecret("another")
	if _, _, err := w.engine.PlaceServiceOrder(t.Context(), "bss:test", req); codeOf(err) != itms.CodeOrderConflict {
		t.Errorf("another password: %v", err)
	}
	one, two := w.place(serviceOrder("", addItem("1", "S2", ""))), w.place(serviceOrder("", addItem("1", "S2", "")))
	if one.ID == two.ID {
		t.Error("two orders without an external id are one")
	}
}

// TestServiceOrderWrongFields: every wrong field at once, with its pointer, and nothing is
// stored.
func TestServiceOrderWrongFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := addItem("2", "S2", "00:00:5E:00:53", "9", "2")
	bad.Want.Line.VLAN, bad.Want.Service.Account = 5000, ""
	req := serviceOrder("E1", addItem("1", "S1", ""), bad, itemOf("1", "replace", "S3"), itemOf("4", itms.ActionDelete, "", func(i *itms.ServiceOrderItemRequest) { i.State = itms.ServiceActive }))
	req.Document = []byte(`[]`)
	_, _, err := w.engine.PlaceServiceOrder(t.Context(), "bss:test", req)
	want := []string{"/document", "/items/1/after/0", "/items/1/after/1", "/items/1/device/mac", "/items/1/line/vlan", "/items/1/service/account",
		"/items/2/action", "/items/2/id", "/items/3/service/id", "/items/3/state"}
	if got := pointers(err); !slices.Equal(got, want) {
		t.Errorf("wrong are %q, want %q", got, want)
	}
	circle := serviceOrder("E2", addItem("1", "S1", "", "3"), addItem("2", "S2", ""), addItem("3", "S3", "", "1"))
	if _, _, err = w.engine.PlaceServiceOrder(t.Context(), "bss:test", circle); !slices.Equal(pointers(err), []string{"/items/0/after", "/items/2/after"}) {
		t.Errorf("a circle: %v", err)
	}
	for _, req := range []itms.ServiceOrderRequest{serviceOrder("E3"), serviceOrder("E3", make([]itms.ServiceOrderItemRequest, 51)...)} {
		if _, _, err = w.engine.PlaceServiceOrder(t.Context(), "bss:test", req); !slices.Equal(pointers(err), []string{"/items"}) {
			t.Errorf("%d items: %v", len(req.Items), err)
		}
	}
	w.view(func(tx itms.Tx) error {
		n, err := tx.ServiceOrders().Count(itms.ServiceOrderQuery{})
		orders, err2 := tx.Orders().List(itms.OrderQuery{Limit: 9})
		if n+len(orders) > 0 {
			t.Errorf("%d service orders and %d orders are stored", n, len(orders))
		}
		return errors.Join(err, err2)
	})
}

// working makes a service S1 that works on box 1.
func working(t *testing.T) (*world, *box) {
	w := newWorld(t)
	req := install("WO-1", "S1", "00:00:5E:00:53:01")
	req.Service.Package, req.Line = "P1", itms.Line{Area: "510100", Node: "olt-1", Port: "1"}
	req.Attributes = map[string]string{"k": "v"}
	w.post(req)
	b := newBox(w, 1)
	b.contact(itms.EventBoot)
	w.wantOrder("WO-1", itms.OrderDone)
	return w, b
}

// TestModifyBecomesWorkOrders: what differs from the service decides what is ordered.
func TestModifyBecomesWorkOrders(t *testing.T) {
	t.Parallel()
	want := func(fill func(*itms.OrderRequest)) func(*itms.ServiceOrderItemRequest) {
		return func(i *itms.ServiceOrderItemRequest) { fill(&i.Want) }
	}
	state := func(s itms.ServiceState) func(*itms.ServiceOrderItemRequest) {
		return func(i *itms.ServiceOrderItemRequest) { i.State = s }
	}
	same := want(func(r *itms.OrderRequest) {
		r.Service.Account, r.Service.Package, r.Service.Password = "iptv-S1", "P1", itms.NewSecret(servicePassword)
		r.Subscriber.ID, r.Line.Port, r.Device.MAC, r.Attributes = "US1", "1", "00005e005301", map[string]string{"k": "v"}
	})
	for name, c := range map[string]struct {
		fill []func(*itms.ServiceOrderItemRequest)
		want string
	}{
		"nothing":      {[]func(*itms.ServiceOrderItemRequest){same, state(itms.ServiceActive)}, ""},
		"device":       {[]func(*itms.ServiceOrderItemRequest){same, want(func(r *itms.OrderRequest) { r.Device.MAC = "00:00:5E:00:53:02" })}, "swap"},
		"brought":      {[]func(*itms.ServiceOrderItemRequest){want(func(r *itms.OrderRequest) { r.Mode = itms.ModeTechnician; r.OldDevice.MAC = "00:00:5E:00:53:01" })}, "swap"},
		"line":         {[]func(*itms.ServiceOrderItemRequest){same, want(func(r *itms.OrderRequest) { r.Line.Port = "2" })}, "relocate"},
		"both":         {[]func(*itms.ServiceOrderItemRequest){want(func(r *itms.OrderRequest) { r.Line.Port = "2"; r.Device.MAC = "00:00:5E:00:53:02" })}, "swap"},
		"suspend":      {[]func(*itms.ServiceOrderItemRequest){same, state(itms.ServiceSuspended)}, "suspend"},
		"package":      {[]func(*itms.ServiceOrderItemRequest){same, want(func(r *itms.OrderRequest) { r.Service.Package = "P2" })}, "modify"},
		"attribute":    {[]func(*itms.ServiceOrderItemRequest){same, want(func(r *itms.OrderRequest) { r.Attributes = map[string]string{"k": "w"} })}, "modify"},
		"rate":         {[]func(*itms.ServiceOrderItemRequest){same, want(func(r *itms.OrderRequest) { r.Service.Access.DownKbps = 9 })}, "modify"},
		"password":     {[]func(*itms.ServiceOrderItemRequest){same, want(func(r *itms.OrderRequest) { r.Service.Password = itms.NewSecret("new") })}, "password"},
		"with package": {[]func(*itms.ServiceOrderItemRequest){want(func(r *itms.OrderRequest) { r.Service.Package = "P2"; r.Service.Password = itms.NewSecret("new") })}, "modify"},
		"owner":        {[]func(*itms.ServiceOrderItemRequest){same, want(func(r *itms.OrderRequest) { r.Subscriber.ID = "U9" })}, "transfer"},
		"terminate":    {[]func(*itms.ServiceOrderItemRequest){same, state(itms.ServiceTerminated)}, "terminate"},
		"all": {[]func(*itms.ServiceOrderItemRequest){state(itms.ServiceSuspended), want(func(r *itms.OrderRequest) {
			r.Subscriber.ID, r.Device.MAC, r.Service.Package, r.Line.Area = "U9", "00:00:5E:00:53:02", "P2", "510200"
		})}, "transfer swap modify suspend"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := working(t)
			o := w.place(serviceOrder("E1", itemOf("a", itms.ActionModify, "S1", c.fill...)))
			if got := w.kindsOf(o, "a"); got != c.want {
				t.Errorf("ordered %q, want %q", got, c.want)
			}
			parts := w.partsOf(o, "a")
			if len(parts) == 0 && (stands(o) != "completed: a=completed" || !strings.Contains(o.Items[0].Reason, "nothing is to change")) {
				t.Errorf("%s: %s", stands(o), o.Items[0].Reason)
			}
			for i, part := range parts {
				if no := fmt.Sprintf("%s-a-%d", o.ID, i+1); string(part.No) != strings.TrimSuffix(no, "-1") || i > 0 && part.After[0] != parts[i-1].ID {
					t.Errorf("number %s, after %v", part.No, part.After)
				}
			}
		})
	}
}

// TestModifyManyThings: a resumed service gets another owner, box and package, by one item.
func TestModifyManyThings(t *testing.T) {
	t.Parallel()
	w, old := working(t)
	w.post(itms.OrderRequest{OrderNo: "WO-2", Source: "crm", Kind: itms.KindSuspend, Mode: itms.ModeSelf, Service: itms.ServiceSpec{ID: "S1"}})
	old.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
	o := w.place(serviceOrder("E1", itemOf("a", itms.ActionModify, "S1", func(i *itms.ServiceOrderItemRequest) {
		i.State = itms.ServiceActive
		i.Want.Subscriber.ID, i.Want.Device.MAC, i.Want.Service.Package = "U9", "00:00:5E:00:53:02", "P2"
	}), itemOf("b", itms.ActionNoChange, "S1", func(i *itms.ServiceOrderItemRequest) { i.After = []string{"a"} })))
	if got := w.kindsOf(o, "a"); got != "resume transfer swap modify" {
		t.Fatalf("ordered %q", got)
	}
	old.contact("2 PERIODIC")
	w.wantServiceOrder(o.ID, "inProgress: a=inProgress b=held")
	fresh := newBox(w, 2)
	for range 3 {
		old.contact("2 PERIODIC")
		fresh.contact("2 PERIODIC")
	}
	w.wantServiceOrder(o.ID, "completed: a=completed b=completed")
	w.view(func(tx itms.Tx) error {
		svc, err := tx.Services().Get("S1")
		if svc.Subscriber.ID != "U9" || svc.Package != "P2" || svc.State != itms.ServiceActive || fresh.params[pwPath] != servicePassword || old.params[pwPath] == servicePassword {
			t.Errorf("%+v", svc)
		}
		return err
	})
}

// TestServiceIsNotThere: what builds on nothing is held as any order, or rejected.
func TestServiceIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(serviceOrder("E1", itemOf("a", itms.ActionModify, "S1", func(i *itms.ServiceOrderItemRequest) { i.Want.Service.Package = "P2" }),
		itemOf("b", itms.ActionNoChange, "S1"), itemOf("c", itms.ActionModify, "S1")))
	if got := stands(o); got != "held: a=held b=rejected c=rejected" {
		t.Fatalf("it is %s", got)
	}
	w.pass(w.policy.HoldTTL + time.Hour)
	w.ringAll()
	w.wantServiceOrder(o.ID, "rejected: a=rejected b=rejected c=rejected")
}

// TestTechnicianItem: somebody is asked for the code, types it, and later brings another
// box, in one order with the end of another service. No secret is in what is told.
func TestTechnicianItem(t *testing.T) {
	t.Parallel()
	w, first := working(t)
	o := w.place(serviceOrder("E1", addItem("1", "S2", "")))
	if told := w.told(o.ID); !slices.Contains(told, "informationRequired 1 NEEDS_DEVICE") {
		t.Errorf("told %q", told)
	}
	second := newBox(w, 2)
	second.contact(itms.EventBoot)
	if _, err := w.engine.Activate(t.Context(), "tech", itms.ActivationRequest{Code: string(o.Codes["1"]), MAC: "00:00:5E:00:53:02", Source: "192.0.2.9"}); err != nil {
		t.Fatal(err)
	}
	second.contact("2 PERIODIC")
	w.wantServiceOrder(o.ID, "completed: 1=completed")

	o = w.place(serviceOrder("E2", itemOf("swap", itms.ActionModify, "S2", func(i *itms.ServiceOrderItemRequest) {
		i.Want.Mode, i.Want.OldDevice.MAC = itms.ModeTechnician, "00:00:5E:00:53:02"
	}), itemOf("end", itms.ActionDelete, "S1", func(i *itms.ServiceOrderItemRequest) { i.After = []string{"swap"} })))
	w.wantServiceOrder(o.ID, "pending: swap=pending end=held")
	third := newBox(w, 3)
	third.contact(itms.EventBoot)
	if _, err := w.engine.Activate(t.Context(), "tech", itms.ActivationRequest{Code: string(o.Codes["swap"]), MAC: "00:00:5E:00:53:03", Source: "192.0.2.9"}); err != nil {
		t.Fatal(err)
	}
	third.contact("2 PERIODIC")
	w.wantServiceOrder(o.ID, "inProgress: swap=completed end=acknowledged")
	first.contact("2 PERIODIC")
	w.wantServiceOrder(o.ID, "completed: swap=completed end=completed")
	w.view(func(tx itms.Tx) error {
		events, err := tx.Journal().After(0, 1000)
		if text := fmt.Sprintf("%+v %+v", events, w.serviceOrder(o.ID)); strings.Contains(text, servicePassword) || strings.Contains(text, string(o.Codes["swap"])) {
			t.Error("a secret was told")
		}
		return err
	})
}
