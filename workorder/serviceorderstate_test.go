package workorder

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// allItemStates are the states that items have.
var allItemStates = []itms.ServiceOrderState{itms.ServiceOrderAcknowledged, itms.ServiceOrderPending, itms.ServiceOrderHeld, itms.ServiceOrderInProgress,
	itms.ServiceOrderCompleted, itms.ServiceOrderFailed, itms.ServiceOrderRejected, itms.ServiceOrderCancelled}

// TestEveryOrderStateHasAnItemState: none was forgotten, and an item is over exactly when
// its work order is.
func TestEveryOrderStateHasAnItemState(t *testing.T) {
	for _, s := range itms.OrderStates {
		item, ok := itemStates[s]
		if !ok || !slices.Contains(allItemStates, item) {
			t.Errorf("%s has %q", s, item)
		}
		if over := s.Final() || s == itms.OrderFailed; item.Over() != over {
			t.Errorf("%s is over: %v, its item %s: %v", s, over, item, item.Over())
		}
	}
}

// TestItemOfSeveralOrders: the first that is not done tells.
func TestItemOfSeveralOrders(t *testing.T) {
	for _, c := range []struct {
		orders []itms.OrderState
		want   itms.ServiceOrderState
	}{
		{nil, itms.ServiceOrderCompleted},
		{[]itms.OrderState{itms.OrderDone, itms.OrderDone}, itms.ServiceOrderCompleted},
		{[]itms.OrderState{itms.OrderWaitingDevice, itms.OrderHeld}, itms.ServiceOrderAcknowledged},
		{[]itms.OrderState{itms.OrderDone, itms.OrderWaitingDevice}, itms.ServiceOrderInProgress},
		{[]itms.OrderState{itms.OrderDone, itms.OrderWaitingCode}, itms.ServiceOrderPending},
		{[]itms.OrderState{itms.OrderDone, itms.OrderHeld}, itms.ServiceOrderHeld},
		{[]itms.OrderState{itms.OrderDone, itms.OrderRejected}, itms.ServiceOrderFailed},
		{[]itms.OrderState{itms.OrderDone, itms.OrderCancelled}, itms.ServiceOrderCancelled},
		{[]itms.OrderState{itms.OrderFailed, itms.OrderHeld}, itms.ServiceOrderFailed},
		{[]itms.OrderState{itms.OrderRejected, itms.OrderRejected}, itms.ServiceOrderRejected},
	} {
		if got := itemState(c.orders); got != c.want {
			t.Errorf("%v: %s, want %s", c.orders, got, c.want)
		}
	}
}

// TestRollUpOfUpToThreeItems: every combination, against the rules as a person says them.
func TestRollUpOfUpToThreeItems(t *testing.T) {
	for _, a := range allItemStates {
		checkRollUp(t, []itms.ServiceOrderState{a})
		for _, b := range allItemStates {
			checkRollUp(t, []itms.ServiceOrderState{a, b})
			for _, c := range allItemStates {
				checkRollUp(t, []itms.ServiceOrderState{a, b, c})
			}
		}
	}
}

// checkRollUp compares one roll-up with sayRollUp.
func checkRollUp(t interface{ Errorf(string, ...any) }, items []itms.ServiceOrderState) {
	if got, want := rollUp(items), sayRollUp(items); got != want {
		t.Errorf("%v: %s, want %s", items, got, want)
	}
}

// sayRollUp is the roll-up by counting.
func sayRollUp(items []itms.ServiceOrderState) itms.ServiceOrderState {
	n := map[itms.ServiceOrderState]int{}
	over := 0
	for _, s := range items {
		if n[s]++; s.Over() {
			over++
		}
	}
	if over < len(items) {
		switch {
		case n[itms.ServiceOrderInProgress] > 0:
			return itms.ServiceOrderInProgress
		case n[itms.ServiceOrderPending] > 0:
			return itms.ServiceOrderPending
		case n[itms.ServiceOrderAcknowledged] == 0:
			return itms.ServiceOrderHeld
		case over > 0:
			return itms.ServiceOrderInProgress
		}
		return itms.ServiceOrderAcknowledged
	}
	if n[items[0]] == len(items) {
		return items[0]
	}
	if n[itms.ServiceOrderCompleted] > 0 {
		return itms.ServiceOrderPartial
	}
	return itms.ServiceOrderFailed
}

// TestRollUpProperties: however many items, in whatever order; the order is over exactly
// when all of them are.
func TestRollUpProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(rapid.SampledFrom(allItemStates), 1, 50).Draw(t, "items")
		checkRollUp(t, items)
		all := !slices.ContainsFunc(items, func(s itms.ServiceOrderState) bool { return !s.Over() })
		if got := rollUp(items); got.Over() != all {
			t.Fatalf("%v: %s", items, got)
		}
		mixed := rapid.Permutation(items).Draw(t, "mixed")
		if rollUp(mixed) != rollUp(items) {
			t.Fatalf("the order of items counts: %v", items)
		}
	})
}

// TestNumbersOfWorkOrders: short ones are whole, long ones are cut within their bound, on a
// character, and stay apart.
func TestNumbersOfWorkOrders(t *testing.T) {
	if got := numbered("SO-1", 0) + " " + numbered("SO-1", 1); got != "SO-1 SO-1-2" {
		t.Error(got)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		x, y := numbered("SO-"+a, 0), numbered("SO-"+b, 0)
		if a != b && x == y {
			t.Fatalf("%q and %q are both %q", a, b, x)
		}
		n := numbered("SO-"+a, rapid.IntRange(0, 9999).Draw(t, "n"))
		if len(n) > 128 {
			t.Fatalf("%q has %d bytes", n, len(n))
		}
	})
}
