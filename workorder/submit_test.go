package workorder_test

import (
	"context"
	"slices"
	"testing"

	"itms"
)

// writes records what orders a store is told to keep, and what alarms to clear.
type writes struct {
	itms.Store
	kept []string
}

// Update hands a transaction out that records.
func (s *writes) Update(ctx context.Context, fn func(itms.Tx) error) error {
	return s.Store.Update(ctx, func(tx itms.Tx) error { return fn(recordingTx{tx, s}) })
}

type recordingTx struct {
	itms.Tx
	to *writes
}

func (t recordingTx) Orders() itms.Orders { return recordingOrders{t.Tx.Orders(), t.to} }
func (t recordingTx) Agenda() itms.Agenda { return recordingAgenda{t.Tx.Agenda(), t.to} }

type recordingOrders struct {
	itms.Orders
	to *writes
}

func (o recordingOrders) Insert(ord *itms.Order) error {
	o.to.kept = append(o.to.kept, "insert "+string(ord.No)+" "+string(ord.State))
	return o.Orders.Insert(ord)
}

func (o recordingOrders) Put(ord *itms.Order) error {
	o.to.kept = append(o.to.kept, "put "+string(ord.No)+" "+string(ord.State))
	return o.Orders.Put(ord)
}

type recordingAgenda struct {
	itms.Agenda
	to *writes
}

func (a recordingAgenda) Clear(key string) error {
	a.to.kept = append(a.to.kept, "clear")
	return a.Agenda.Clear(key)
}

// TestArrivingOrderIsStoredOnce: an order that arrives is written once, as it was
// answered, before others are let go because of it, and clears no alarm that it never
// had.
func TestArrivingOrderIsStoredOnce(t *testing.T) {
	w := newWorld(t)
	recorder := &writes{Store: w.store}
	w.engineOn(recorder)
	for _, c := range []struct {
		order itms.OrderRequest
		want  []string
	}{
		{install("WO-1", "S1", mac1), []string{"insert WO-1 waitingDevice"}},
		{orderOf("WO-2", itms.KindSuspend, "S1"), []string{"insert WO-2 held"}},
		{orderOf("WO-3", itms.KindTerminate, "S1"), []string{"put WO-2 superseded", "clear", "put WO-1 superseded", "clear", "insert WO-3 done"}},
	} {
		recorder.kept = nil
		w.post(c.order)
		if slices.Sort(recorder.kept); !slices.Equal(recorder.kept, slices.Sorted(slices.Values(c.want))) {
			t.Errorf("order %s: %q, want %q", c.order.OrderNo, recorder.kept, c.want)
		}
	}
}

// TestNumberOfTwoSources: an order is told whether another source uses its number too.
func TestNumberOfTwoSources(t *testing.T) {
	w := newWorld(t)
	first := install("WO-1", "S1", mac1)
	if w.post(first).SharesNo {
		t.Error("the only order of its number shares it")
	}
	second := install("WO-1", "S2", mac2)
	second.Source = "another"
	if !w.post(second).SharesNo {
		t.Error("the second source does not know of the first")
	}
	if again, created, err := w.engine.Submit(t.Context(), "bss", first); err != nil || created || !again.SharesNo {
		t.Errorf("the repeat: %+v, %v, %v", again, created, err)
	}
}
