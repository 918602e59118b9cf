package storetest

import (
	"testing"

	"itms"
)

func testOrders(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Orders().Insert(order("bss", 1)) })
		}, func(s itms.Store) {
			equal(t, "by id", read(t, s, func(tx itms.Tx) (*itms.Order, error) { return tx.Orders().Get("bss-00001") }), storedOrder("bss", 1))
			equal(t, "by number", read(t, s, func(tx itms.Tx) (*itms.Order, error) { return tx.Orders().ByNumber("bss", "N1") }), storedOrder("bss", 1))
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Unknown": orderUnknown, "Duplicate": orderDuplicate, "Put": orderPut, "Filters": orderFilters,
	})
}

func orderUnknown(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "Insert", tx.Orders().Insert(&itms.Order{}), itms.KindInvalid, itms.CodeInvalid)
		wantNotFound(t, "Put", tx.Orders().Put(order("bss", 1)))
		return tx.Orders().Insert(order("bss", 10))
	})
	view(t, s, func(tx itms.Tx) error {
		_, err := tx.Orders().Get("bss-0001")
		wantNotFound(t, "Get", err)
		for _, k := range [][2]string{{"bss", "N1"}, {"bss", "N100"}, {"bs", "sN10"}, {"", "N10"}, {"bss", ""}, {"bss\x00", "N10"}} {
			_, err := tx.Orders().ByNumber(k[0], itms.OrderNo(k[1]))
			wantNotFound(t, "ByNumber "+k[0]+" "+k[1], err)
		}
		return nil
	})
}

// orderDuplicate: a number is taken once per source; the loser leaves nothing and
// the transaction goes on.
func orderDuplicate(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Orders().Insert(order("bss", 1)) })
	again := order("bss", 1)
	again.ID, again.Reason = "other-id", "second"
	sameID := order("bss", 1)
	sameID.No, sameID.Subscriber = "N2", "sub-new"
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "same number", tx.Orders().Insert(again), itms.KindConflict, itms.CodeDuplicate)
		wantCode(t, "same id", tx.Orders().Insert(sameID), itms.KindConflict, itms.CodeDuplicate)
		if err := tx.Orders().Insert(order("crm", 1)); err != nil {
			return err
		}
		wantCode(t, "own insert", tx.Orders().Insert(order("crm", 1)), itms.KindConflict, itms.CodeDuplicate)
		return nil
	})
	got := read(t, s, func(tx itms.Tx) (*itms.Order, error) { return tx.Orders().ByNumber("bss", "N1") })
	equal(t, "the first order", got, storedOrder("bss", 1))
	read(t, s, func(tx itms.Tx) (*itms.Order, error) { return tx.Orders().ByNumber("crm", "N1") })
	wantRefs(t, s, itms.Term{Type: itms.TermSubscriber, Value: "sub-new"}, nil)
}

// orderPut: Put moves the order in every list, and may not take another's number.
func orderPut(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Orders().Insert(order("bss", 1)); err != nil {
			return err
		}
		return tx.Orders().Insert(order("bss", 2))
	})
	moved := order("bss", 1)
	moved.State, moved.Area, moved.No, moved.Subscriber = itms.OrderDone, "510200", "N9", "sub-2"
	update(t, s, func(tx itms.Tx) error {
		taken := order("bss", 1)
		taken.No = "N2"
		wantCode(t, "a taken number", tx.Orders().Put(taken), itms.KindConflict, itms.CodeDuplicate)
		return tx.Orders().Put(moved)
	})
	equal(t, "received", orderIDs(t, s, itms.OrderQuery{State: itms.OrderReceived, Limit: 9}), []itms.OrderID{"bss-00002"})
	equal(t, "done", orderIDs(t, s, itms.OrderQuery{State: itms.OrderDone, Limit: 9}), []itms.OrderID{"bss-00001"})
	equal(t, "old area", orderIDs(t, s, itms.OrderQuery{Area: "510100", Limit: 9}), []itms.OrderID{"bss-00002"})
	wantRefs(t, s, itms.Term{Type: itms.TermOrder, Value: "N1"}, nil)
	wantRefs(t, s, itms.Term{Type: itms.TermOrder, Value: "N9"}, []itms.Ref{{Kind: itms.RefOrder, ID: "bss-00001"}})
	view(t, s, func(tx itms.Tx) error {
		_, err := tx.Orders().ByNumber("bss", "N1")
		wantNotFound(t, "the old number", err)
		return nil
	})
}

// orderIDs lists ids.
func orderIDs(t *testing.T, s itms.Store, q itms.OrderQuery) (ids []itms.OrderID) {
	t.Helper()
	for _, o := range read(t, s, func(tx itms.Tx) ([]*itms.Order, error) { return tx.Orders().List(q) }) {
		ids = append(ids, o.ID)
	}
	return ids
}

// orderFilters: each filter and their conjunction, newest first.
func orderFilters(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for i := range 4 {
			o := order("bss", i)
			if i%2 == 1 {
				o.State, o.Area = itms.OrderDone, "51"
			}
			if i >= 2 {
				o.Kind = itms.KindSwap
			}
			if err := tx.Orders().Insert(o); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		q    itms.OrderQuery
		want []itms.OrderID
	}{
		{itms.OrderQuery{Limit: 9}, []itms.OrderID{"bss-00003", "bss-00002", "bss-00001", "bss-00000"}},
		{itms.OrderQuery{Limit: 2, Before: "bss-00003"}, []itms.OrderID{"bss-00002", "bss-00001"}},
		{itms.OrderQuery{Limit: 9, State: itms.OrderDone}, []itms.OrderID{"bss-00003", "bss-00001"}},
		{itms.OrderQuery{Limit: 9, Kind: itms.KindSwap}, []itms.OrderID{"bss-00003", "bss-00002"}},
		{itms.OrderQuery{Limit: 9, Area: "51"}, []itms.OrderID{"bss-00003", "bss-00001"}},
		{itms.OrderQuery{Limit: 9, Area: "51", Kind: itms.KindInstall}, []itms.OrderID{"bss-00001"}},
		{itms.OrderQuery{Limit: 9, Area: "51", State: itms.OrderReceived}, nil},
		{itms.OrderQuery{Limit: 1, State: itms.OrderDone, Before: "bss-00003"}, []itms.OrderID{"bss-00001"}},
		{itms.OrderQuery{Limit: 9, Before: "bss-00000"}, nil},
		{itms.OrderQuery{}, nil},
	} {
		equal(t, "orders", orderIDs(t, s, c.q), c.want)
	}
}

// bindingOf reads a binding outside of any test helper: the error is the point.
func bindingOf(s itms.Store, id itms.BindingID) (b *itms.Binding, err error) {
	_ = s.View(bg, func(tx itms.Tx) error {
		b, err = tx.Bindings().Get(id)
		return nil
	})
	return b, err
}
