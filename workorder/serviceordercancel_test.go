package workorder_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

// cancel cancels and fails the test on an error.
func (w *world) cancel(id itms.ServiceOrderID, reason string) (*itms.ServiceOrder, *itms.Cancellation) {
	w.t.Helper()
	o, c, err := w.engine.CancelServiceOrder(w.t.Context(), "bss:test", id, itms.Cancellation{Reason: reason})
	if err != nil {
		w.t.Fatal(err)
	}
	return o, c
}

// TestCancelBeforeAnythingBegan: nothing is left but the record.
func TestCancelBeforeAnythingBegan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(serviceOrder("E1", addItem("1", "S1", "00:00:5E:00:53:01"), addItem("2", "S2", "", "1"), itemOf("3", itms.ActionNoChange, "S1", func(i *itms.ServiceOrderItemRequest) { i.After = []string{"2"} })))
	o, c := w.cancel(o.ID, "moved away")
	if c.State != itms.ServiceOrderCompleted || c.ID != itms.CancellationID(o.ID, 1) || c.EffectiveAt.IsZero() {
		t.Errorf("the cancellation is %+v", c)
	}
	w.wantServiceOrder(o.ID, "cancelled: 1=cancelled 2=cancelled 3=cancelled")
	told := w.told(o.ID)
	if n := len(told); !slices.Equal(told[n-3:], []string{"cancelCreated", "stateChanged cancelled", "cancelStateChanged"}) {
		t.Errorf("told %q", told)
	}
	newBox(w, 1).contact(itms.EventBoot)
	w.wantServiceOrder(o.ID, "cancelled: 1=cancelled 2=cancelled 3=cancelled")
	if _, c = w.cancel(o.ID, ""); c.State != itms.ServiceOrderFailed || !strings.Contains(c.Text, "item 1 is cancelled") || !c.EffectiveAt.IsZero() {
		t.Errorf("a second one is %+v", c)
	}
}

// TestCancelMidway: what is done stays, what is under way is undone.
func TestCancelMidway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(serviceOrder("E1", addItem("1", "S1", "00:00:5E:00:53:01"), addItem("2", "S2", "00:00:5E:00:53:02", "1"), addItem("3", "S3", "00:00:5E:00:53:03", "2")))
	newBox(w, 1).contact(itms.EventBoot)
	second := newBox(w, 2)
	second.breakOff(whenSent[itms.SetValues])
	w.wantServiceOrder(o.ID, "inProgress: 1=completed 2=inProgress 3=held")
	_, c := w.cancel(o.ID, "")
	if c.State != itms.ServiceOrderCompleted || !strings.Contains(c.Text, "item 1 is completed") {
		t.Errorf("the cancellation is %+v", c)
	}
	w.wantServiceOrder(o.ID, "partial: 1=completed 2=cancelled 3=cancelled")
	second.contact("2 PERIODIC")
	if second.params[pwPath] != "" {
		t.Error("the box of the cancelled item was not wiped")
	}
}

// TestCancelTooLate: what has ended its service cannot be withdrawn, and that is said.
func TestCancelTooLate(t *testing.T) {
	t.Parallel()
	w, box := working(t)
	o := w.place(serviceOrder("E1", itemOf("1", itms.ActionDelete, "S1")))
	_, c := w.cancel(o.ID, "")
	if c.State != itms.ServiceOrderFailed || !strings.Contains(c.Text, "has ended its service already") {
		t.Errorf("the cancellation is %+v", c)
	}
	known := *c
	_, c, err := w.engine.CancelServiceOrder(t.Context(), "bss:test", o.ID, known)
	if err != nil || c.RequestedAt != known.RequestedAt || len(w.serviceOrder(o.ID).Cancellations) != 1 {
		t.Errorf("a repeat is %+v, %v", c, err)
	}
	box.contact("2 PERIODIC")
	w.wantServiceOrder(o.ID, "completed: 1=completed")
}

// TestDeleteServiceOrder: what has begun is not removed; work orders never are.
func TestDeleteServiceOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(serviceOrder("E1", addItem("1", "S1", "00:00:5E:00:53:01"), addItem("2", "S2", "")))
	box := newBox(w, 1)
	box.breakOff(whenSent[itms.SetValues])
	if err := w.engine.DeleteServiceOrder(t.Context(), "bss:test", o.ID); codeOf(err) != itms.CodeOrderState {
		t.Fatalf("one that has begun: %v", err)
	}
	part := w.partsOf(o, "1")[0]
	box.contact("2 PERIODIC")
	w.cancel(o.ID, "")
	for _, id := range []itms.ServiceOrderID{o.ID, w.place(serviceOrder("E2", addItem("1", "S3", ""))).ID} {
		if err := w.engine.DeleteServiceOrder(t.Context(), "bss:test", id); err != nil {
			t.Fatal(err)
		}
		if told := w.told(id); told[len(told)-1] != "deleted" {
			t.Errorf("told %q", told)
		}
		if err := w.engine.DeleteServiceOrder(t.Context(), "bss:test", id); !itms.IsKind(err, itms.KindNotFound) {
			t.Errorf("again: %v", err)
		}
	}
	if got := w.order(string(part.No)); got.State != itms.OrderDone {
		t.Errorf("its work order is %s", got.State)
	}
	w.place(serviceOrder("E2", addItem("1", "S4", ""))) // the number is free
}

// TestHoldAndGoOn: what did not begin waits, what has begun goes on.
func TestHoldAndGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(serviceOrder("E1", addItem("1", "S1", "00:00:5E:00:53:01"), addItem("2", "S2", "00:00:5E:00:53:02"), addItem("3", "S3", "")))
	code := o.Codes["3"]
	first, second := newBox(w, 1), newBox(w, 2)
	first.breakOff(whenSent[itms.SetValues])
	o, err := w.engine.AmendServiceOrder(t.Context(), "bss:test", o.ID, itms.ServiceOrderPatch{State: itms.ServiceOrderHeld})
	if err != nil || !o.OnHold {
		t.Fatal(o, err)
	}
	w.wantServiceOrder(o.ID, "inProgress: 1=inProgress 2=held 3=held")
	first.contact("2 PERIODIC")
	second.contact(itms.EventBoot)
	w.wantServiceOrder(o.ID, "held: 1=completed 2=held 3=held")
	w.pass(2 * w.policy.HoldTTL)
	w.ringAll()
	w.wantServiceOrder(o.ID, "held: 1=completed 2=held 3=held")
	if _, err = w.engine.AmendServiceOrder(t.Context(), "bss:test", o.ID, itms.ServiceOrderPatch{State: itms.ServiceOrderAcknowledged}); err != nil {
		t.Fatal(err)
	}
	w.wantServiceOrder(o.ID, "pending: 1=completed 2=acknowledged 3=pending")
	second.contact("2 PERIODIC")
	newBox(w, 3).contact(itms.EventBoot)
	if _, err := w.engine.Activate(t.Context(), "tech", itms.ActivationRequest{Code: string(code), MAC: "00:00:5E:00:53:03", Source: "192.0.2.9"}); err != nil {
		t.Fatalf("the code that was told at first: %v", err)
	}
	newBox(w, 3).contact("2 PERIODIC")
	w.wantServiceOrder(o.ID, "completed: 1=completed 2=completed 3=completed")
}

// ringAll rings every alarm that is due.
func (w *world) ringAll() {
	w.t.Helper()
	if err := w.engine.RingDue(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// TestBeginsLater: items wait for their time, and are late after the other.
func TestBeginsLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := serviceOrder("E1", addItem("1", "S1", "00:00:5E:00:53:01"), addItem("2", "S2", ""))
	req.RequestedStart, req.RequestedCompletion = w.now().Add(100*time.Hour), w.now().Add(101*time.Hour)
	o := w.place(req)
	if stands(o) != "held: 1=held 2=held" || o.Codes["2"] == "" {
		t.Fatalf("it is %s", stands(o))
	}
	code := o.Codes["2"]
	newBox(w, 1).contact(itms.EventBoot)
	w.pass(50 * time.Hour)
	w.ringAll()
	w.wantServiceOrder(o.ID, "held: 1=held 2=held")
	w.pass(50 * time.Hour)
	w.ringAll()
	w.wantServiceOrder(o.ID, "pending: 1=acknowledged 2=pending")
	newBox(w, 1).contact("2 PERIODIC")
	w.pass(2 * time.Hour)
	w.ringAll()
	o = w.wantServiceOrder(o.ID, "pending: 1=completed 2=pending")
	if len(o.Jeopardies) != 1 || o.Jeopardies[0].Item != "2" || o.Jeopardies[0].Trouble != itms.TroubleTimeout {
		t.Errorf("jeopardies %+v", o.Jeopardies)
	}
	newBox(w, 2).contact(itms.EventBoot)
	if _, err := w.engine.Activate(t.Context(), "tech", itms.ActivationRequest{Code: string(code), MAC: "00:00:5E:00:53:02", Source: "192.0.2.9"}); err != nil {
		t.Errorf("the code that was told four days before: %v", err)
	}
}

// TestAmendItems: an item that did not begin is placed anew, and those behind it wait for
// what it is now.
func TestAmendItems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(serviceOrder("E1", addItem("1", "S1", "00:00:5E:00:53:01"), addItem("2", "S2", "00:00:5E:00:53:02", "1")))
	old := w.partsOf(o, "1")[0]
	o, err := w.engine.AmendServiceOrder(t.Context(), "bss:test", o.ID, itms.ServiceOrderPatch{Document: []byte(`{"note":"x"}`),
		Items: []itms.ServiceOrderItemRequest{{ID: "1", Want: addItem("1", "S1", "00:00:5E:00:53:03").Want}}})
	if err != nil {
		t.Fatal(err)
	}
	w.wantServiceOrder(o.ID, "acknowledged: 1=acknowledged 2=held")
	parts := w.partsOf(o, "1")
	if len(parts) != 1 || parts[0].No == old.No || w.order(string(old.No)).State != itms.OrderCancelled || !slices.Equal(w.partsOf(o, "2")[0].After, o.Items[0].Orders) {
		t.Errorf("the item's orders are %v, the next comes after %v", o.Items[0].Orders, w.partsOf(o, "2")[0].After)
	}
	newBox(w, 1).contact(itms.EventBoot)
	newBox(w, 3).contact(itms.EventBoot)
	newBox(w, 2).contact(itms.EventBoot)
	w.wantServiceOrder(o.ID, "completed: 1=completed 2=completed")
	if told := w.told(o.ID); !slices.Contains(told, "attributeChanged") {
		t.Errorf("told %q", told)
	}
	if _, err := w.engine.AmendServiceOrder(t.Context(), "bss:test", o.ID, itms.ServiceOrderPatch{}); codeOf(err) != itms.CodeOrderState {
		t.Errorf("one that is over: %v", err)
	}
}

// TestAmendRefuses: what has begun, what is wrong, and what is not there.
func TestAmendRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(serviceOrder("E1", addItem("1", "S1", "00:00:5E:00:53:01"), addItem("2", "S2", "", "1")))
	before := w.serviceOrder(o.ID)
	early := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err := w.engine.AmendServiceOrder(t.Context(), "bss:test", o.ID, itms.ServiceOrderPatch{State: itms.ServiceOrderCompleted, RequestedStart: &before.CreatedAt, RequestedCompletion: &early,
		Items: []itms.ServiceOrderItemRequest{{ID: "9"}, {ID: "1", After: []string{"2"}, Want: addItem("1", "", "").Want}}})
	if want := []string{"/items/0/id", "/items/1/service/id", "/requestedCompletion", "/state"}; !slices.Equal(pointers(err), want) {
		t.Errorf("wrong are %q, want %q", pointers(err), want)
	}
	_, err = w.engine.AmendServiceOrder(t.Context(), "bss:test", o.ID, itms.ServiceOrderPatch{Items: []itms.ServiceOrderItemRequest{{ID: "1", After: []string{"2"}, Want: addItem("1", "S1", "").Want}}})
	if !slices.Equal(pointers(err), []string{"/items/0/after"}) {
		t.Errorf("a circle: %v", err)
	}
	newBox(w, 1).breakOff(whenSent[itms.SetValues])
	_, err = w.engine.AmendServiceOrder(t.Context(), "bss:test", o.ID, itms.ServiceOrderPatch{Items: []itms.ServiceOrderItemRequest{addItem("1", "S1", "")}})
	if codeOf(err) != itms.CodeOrderState {
		t.Errorf("one that has begun: %v", err)
	}
	if _, err := w.engine.AmendServiceOrder(t.Context(), "bss:test", "none", itms.ServiceOrderPatch{}); !itms.IsKind(err, itms.KindNotFound) {
		t.Errorf("an unknown one: %v", err)
	}
}

// TestFailedItem: what comes behind waits a day for a retry, then it is given up.
func TestFailedItem(t *testing.T) {
	t.Parallel()
	for _, retried := range []bool{true, false} {
		w := newWorld(t)
		o := w.place(serviceOrder("E1", addItem("1", "S1", "00:00:5E:00:53:01"), addItem("2", "S2", "00:00:5E:00:53:02", "1")))
		box := newBox(w, 1)
		box.refuse = func(itms.SetValues) *itms.DeviceFault { return &itms.DeviceFault{Code: itms.FaultInternal, Text: "no"} }
		for range 6 {
			box.contact("2 PERIODIC")
		}
		w.wantServiceOrder(o.ID, "held: 1=failed 2=held")
		if !retried {
			w.pass(w.policy.HoldTTL + time.Hour)
			w.ringAll()
			o = w.wantServiceOrder(o.ID, "failed: 1=failed 2=rejected")
			box.refuse = nil
			if _, err := w.engine.Retry(t.Context(), "ops", o.Items[0].Orders[0]); err != nil {
				t.Fatal(err)
			}
			if o = w.wantServiceOrder(o.ID, "inProgress: 1=inProgress 2=rejected"); !o.CompletedAt.IsZero() {
				t.Error("an order that was opened again has an end")
			}
			box.contact("2 PERIODIC")
			w.wantServiceOrder(o.ID, "partial: 1=completed 2=rejected")
			continue
		}
		box.refuse = nil
		if _, err := w.engine.Retry(t.Context(), "ops", o.Items[0].Orders[0]); err != nil {
			t.Fatal(err)
		}
		box.contact("2 PERIODIC")
		w.wantServiceOrder(o.ID, "inProgress: 1=completed 2=acknowledged")
	}
}

// TestRejectedItem: what comes behind an item that ends otherwise is rejected, all along.
func TestRejectedItem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.place(serviceOrder("E1", addItem("1", "S1", "00:00:5E:00:53:01"), addItem("2", "S2", "", "1"),
		itemOf("3", itms.ActionNoChange, "S2", func(i *itms.ServiceOrderItemRequest) { i.After = []string{"2"} }), addItem("4", "S4", "", "3"), addItem("5", "S5", "00:00:5E:00:53:05")))
	if _, err := w.engine.Cancel(t.Context(), "ops", o.Items[0].Orders[0], "by hand"); err != nil {
		t.Fatal(err)
	}
	w.wantServiceOrder(o.ID, "inProgress: 1=cancelled 2=rejected 3=rejected 4=rejected 5=acknowledged")
	newBox(w, 5).contact(itms.EventBoot)
	o = w.wantServiceOrder(o.ID, "partial: 1=cancelled 2=rejected 3=rejected 4=rejected 5=completed")
	if !strings.Contains(o.Items[1].Reason, "is cancelled") {
		t.Errorf("the reason is %q", o.Items[1].Reason)
	}
}

// TestJeopardy: an item that stands still although nobody is awaited is told of once.
func TestJeopardy(t *testing.T) {
	t.Parallel()
	w, _ := working(t)
	o := w.place(serviceOrder("E1", addItem("1", "S2", "00:00:5E:00:53:01"))) // box 1 serves S1
	w.wantServiceOrder(o.ID, "held: 1=held")
	newBox(w, 1).contact("2 PERIODIC")
	var told []string
	for _, text := range w.told(o.ID) {
		if strings.HasPrefix(text, "jeopardy") {
			told = append(told, text)
		}
	}
	if o = w.serviceOrder(o.ID); !slices.Equal(told, []string{"jeopardy 1 IN_USE_ELSEWHERE"}) || len(o.Jeopardies) != 1 {
		t.Errorf("told %q, kept %+v", told, o.Jeopardies)
	}
}
