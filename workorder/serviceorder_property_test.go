package workorder_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
	"itms/workorder"
)

// Whatever is ordered and whatever happens: an order stands by its items and these by their
// work orders, each change is told once, and in the end every item has ended.
func TestServiceOrdersAlwaysAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newFastWorld(t)
		defer w.store.Close()
		boxes := []*box{newBox(w, 1), newBox(w, 2), newBox(w, 3)}
		for _, b := range boxes {
			b.contact(itms.EventBoot)
		}
		any := func(t *rapid.T) *box { return boxes[rapid.IntRange(0, len(boxes)-1).Draw(t, "box")] }
		var placed []itms.ServiceOrderID
		one := func(t *rapid.T) itms.ServiceOrderID {
			if len(placed) == 0 {
				t.Skip("nothing is placed")
			}
			return rapid.SampledFrom(placed).Draw(t, "order")
		}
		rt.Repeat(map[string]func(*rapid.T){
			"place": func(t *rapid.T) {
				o, _, err := w.engine.PlaceServiceOrder(context.Background(), "bss:test", drawServiceOrder(t, w.now()))
				if err != nil {
					t.Fatal(err)
				}
				placed = append(placed, o.ID)
			},
			"contact": func(t *rapid.T) { any(t).contact("2 PERIODIC") },
			"boot":    func(t *rapid.T) { any(t).contact(itms.EventBoot) },
			"refuse": func(t *rapid.T) {
				b := any(t)
				b.refuse = func(itms.SetValues) *itms.DeviceFault {
					return &itms.DeviceFault{Code: itms.FaultInternal, Text: "no"}
				}
				b.contact("2 PERIODIC")
				b.refuse = nil
			},
			"break off": func(t *rapid.T) { any(t).breakOff(whenSent[itms.SetValues]) },
			"cancel": func(t *rapid.T) {
				if _, _, err := w.engine.CancelServiceOrder(context.Background(), "bss:test", one(t), itms.Cancellation{}); err != nil {
					t.Fatal(err)
				}
			},
			"hold":  func(t *rapid.T) { w.amend(t, one(t), itms.ServiceOrderHeld) },
			"go on": func(t *rapid.T) { w.amend(t, one(t), itms.ServiceOrderAcknowledged) },
			"wait": func(t *rapid.T) {
				w.pass(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
				w.ringAll()
			},
			"by hand": func(t *rapid.T) { w.byHand(t, rapid.Bool().Draw(t, "cancel")) },
			"":        func(t *rapid.T) { w.checkServiceOrders(t) },
		})
		w.endAll(rt, boxes, placed)
		w.checkServiceOrders(rt)
	})
}

// drawServiceOrder draws an order about a few services and boxes.
func drawServiceOrder(t *rapid.T, now time.Time) itms.ServiceOrderRequest {
	req := itms.ServiceOrderRequest{Source: "crm"}
	for i := range rapid.IntRange(1, 4).Draw(t, "items") {
		service := rapid.SampledFrom([]string{"S1", "S2"}).Draw(t, "service")
		mac := rapid.SampledFrom([]string{"", "00:00:5E:00:53:01", "00:00:5E:00:53:02", "00:00:5E:00:53:03"}).Draw(t, "mac")
		item := itemOf(fmt.Sprint(i), rapid.SampledFrom([]itms.ItemAction{itms.ActionAdd, itms.ActionModify, itms.ActionModify, itms.ActionDelete, itms.ActionNoChange}).Draw(t, "action"), service)
		switch item.Action {
		case itms.ActionAdd:
			item = addItem(item.ID, service, mac)
		case itms.ActionModify:
			item.Want.Service.Package = rapid.SampledFrom([]string{"", "P1", "P2"}).Draw(t, "package")
			item.Want.Line.Port = rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "port")
			item.Want.Device.MAC = mac
			item.State = rapid.SampledFrom([]itms.ServiceState{"", itms.ServiceActive, itms.ServiceSuspended}).Draw(t, "state")
		}
		for j := range i {
			if rapid.IntRange(0, 2).Draw(t, "relation") == 0 {
				item.After = append(item.After, fmt.Sprint(j))
			}
		}
		req.Items = append(req.Items, item)
	}
	req.Items = rapid.Permutation(req.Items).Draw(t, "order of items")
	if rapid.IntRange(0, 4).Draw(t, "later") == 0 {
		req.RequestedStart = now.Add(10 * time.Hour)
	}
	return req
}

// amend holds an order or lets it go on, unless it is over.
func (w *world) amend(t *rapid.T, id itms.ServiceOrderID, state itms.ServiceOrderState) {
	_, err := w.engine.AmendServiceOrder(context.Background(), "bss:test", id, itms.ServiceOrderPatch{State: state})
	if err != nil && codeOf(err) != itms.CodeOrderState {
		t.Fatal(err)
	}
}

// byHand retries or cancels every failed work order, as an operator would.
func (w *world) byHand(t *rapid.T, cancel bool) {
	var failed []itms.OrderID
	w.view(func(tx itms.Tx) error {
		orders, err := tx.Orders().List(itms.OrderQuery{State: itms.OrderFailed, Limit: 100})
		for _, o := range orders {
			failed = append(failed, o.ID)
		}
		return err
	})
	for _, id := range failed {
		act := w.engine.Retry
		if cancel {
			act = func(ctx context.Context, actor string, id itms.OrderID) (*itms.Order, error) {
				return w.engine.Cancel(ctx, actor, id, "")
			}
		}
		if _, err := act(context.Background(), "ops", id); err != nil && !itms.IsKind(err, itms.KindConflict) {
			t.Fatal(err)
		}
	}
}

// checkServiceOrders compares every order with its work orders, and with what was told.
func (w *world) checkServiceOrders(t *rapid.T) {
	w.view(func(tx itms.Tx) error {
		list, err := tx.ServiceOrders().List(itms.ServiceOrderQuery{Limit: 1000})
		if err != nil {
			return err
		}
		for _, o := range list {
			var items []itms.ServiceOrderState
			for i := range o.Items {
				item := &o.Items[i]
				items = append(items, item.State)
				if err := checkItem(t, tx, o, item); err != nil {
					return err
				}
			}
			if want := workorder.RollUp(items); o.State != want || o.State.Over() == o.CompletedAt.IsZero() {
				t.Fatalf("%s should be %s; over at %v", stands(o), want, o.CompletedAt)
			}
		}
		return checkTold(t, tx, list)
	})
}

// checkItem compares an item with its work orders.
func checkItem(t *rapid.T, tx itms.Tx, o *itms.ServiceOrder, item *itms.ServiceOrderItem) error {
	done, ended := true, false
	for n, id := range item.Orders {
		part, err := tx.Orders().Get(id)
		if err != nil {
			return err
		}
		if part.ServiceOrder != o.ID || part.Item != item.ID || n > 0 && !slices.Contains(part.After, item.Orders[n-1]) {
			t.Fatalf("order %s is a part of %s %s, after %v", part.No, part.ServiceOrder, part.Item, part.After)
		}
		for _, before := range part.After {
			first, err := tx.Orders().Get(before)
			if err != nil {
				return err
			}
			if first.State != itms.OrderDone && part.State != itms.OrderHeld && !part.State.Final() {
				t.Fatalf("order %s is %s although %s, which goes first, is %s", part.No, part.State, first.No, first.State)
			}
		}
		if done && part.State != itms.OrderDone { // the first that is not done tells
			done, ended = false, part.State.Final() || part.State == itms.OrderFailed
		}
		if part.State.UnderWay() && item.State != itms.ServiceOrderInProgress {
			t.Fatalf("item %s is %s, its order %s is %s", item.ID, item.State, part.No, part.State)
		}
	}
	if len(item.Orders) > 0 && (done != (item.State == itms.ServiceOrderCompleted) || ended && !item.State.Over()) {
		t.Fatalf("item %s is %s (%s); all done %v, ended %v", item.ID, item.State, item.Reason, done, ended)
	}
	return nil
}

// checkTold compares the journal with the orders: each event of a state says another one
// than that before, and the last what is so now; each milestone is told once.
func checkTold(t *rapid.T, tx itms.Tx, list []*itms.ServiceOrder) error {
	events, err := tx.Journal().After(0, 100_000)
	last, created := map[string]string{}, map[string]int{}
	once := map[string]bool{}
	for _, e := range events {
		id := e.Data["serviceOrder"]
		switch e.Type {
		case "serviceOrder.created":
			created[id]++
			last[id] = e.Data["state"] + ": " + e.Data["items"]
		case "serviceOrder.stateChanged":
			now := e.Data["state"] + ": " + e.Data["items"]
			if last[id] == now || created[id] != 1 {
				t.Fatalf("%s was told twice, or before the order was there", now)
			}
			last[id] = now
		case "serviceOrder.milestone", "serviceOrder.jeopardy":
			key := id + " " + e.Data["item"] + " " + e.Data["milestone"] + " " + e.Data["trouble"]
			if once[key] {
				t.Fatalf("%s was told twice", key)
			}
			once[key] = true
		}
	}
	for _, o := range list {
		if got := last[string(o.ID)]; got != stands(o) {
			t.Fatalf("it is %q, and %q was told last", stands(o), got)
		}
	}
	return err
}

// endAll lets time pass, with boxes in contact and an operator who gives up what failed,
// until every order is over.
func (w *world) endAll(t *rapid.T, boxes []*box, placed []itms.ServiceOrderID) {
	const rounds = 40 // each ends one order of a slot, at least
	for range rounds {
		open := false
		for _, id := range placed {
			w.amend(t, id, itms.ServiceOrderAcknowledged)
			open = open || !w.serviceOrder(id).State.Over()
		}
		if !open {
			return
		}
		for _, b := range boxes {
			b.contact(itms.EventBoot)
		}
		w.pass(8 * 24 * time.Hour)
		w.ringAll()
		w.byHand(t, true)
	}
	for _, id := range placed {
		if o := w.serviceOrder(id); !o.State.Over() {
			t.Fatalf("%s: %+v", stands(o), o.Items)
		}
	}
}

// TestOrdersByThemselvesPayNothing: an order that is no part of anything is taken in and
// carried out without a look at service orders.
func TestOrdersByThemselvesPayNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.engineOn(strict{w.store, t})
	w.post(install("WO-1", "S1", "00:00:5E:00:53:01"))
	newBox(w, 1).contact(itms.EventBoot)
	w.wantOrder("WO-1", itms.OrderDone)
	w.post(itms.OrderRequest{OrderNo: "WO-2", Source: "crm", Kind: itms.KindModify, Mode: itms.ModeSelf, Service: itms.ServiceSpec{ID: "S9", Package: "P"}})
	w.pass(w.policy.HoldTTL + time.Hour)
	w.ringAll()
	w.wantOrder("WO-2", itms.OrderRejected)
}

// strict is a store in which nobody may look at service orders.
type strict struct {
	itms.Store
	t *testing.T
}

func (s strict) Update(ctx context.Context, fn func(itms.Tx) error) error {
	return s.Store.Update(ctx, func(tx itms.Tx) error { return fn(strictTx{tx, s.t}) })
}

type strictTx struct {
	itms.Tx
	t *testing.T
}

func (tx strictTx) ServiceOrders() itms.ServiceOrders {
	tx.t.Error("a look at service orders")
	return tx.Tx.ServiceOrders()
}
