package workorder

import (
	"slices"

	"itms"
)

// itemStates says where an item stands whose work order is in a state (TMF641 v4.1,
// "Service order item" state machine). docs/orders.md is drawn from it.
var itemStates = map[itms.OrderState]itms.ServiceOrderState{
	itms.OrderReceived:      itms.ServiceOrderAcknowledged,
	itms.OrderWaitingDevice: itms.ServiceOrderAcknowledged, // nothing moved yet
	itms.OrderHeld:          itms.ServiceOrderHeld,
	itms.OrderWaitingSTB:    itms.ServiceOrderPending, // somebody must name a device
	itms.OrderWaitingCode:   itms.ServiceOrderPending, // or type a code
	itms.OrderExecuting:     itms.ServiceOrderInProgress,
	itms.OrderVerifying:     itms.ServiceOrderInProgress,
	itms.OrderDone:          itms.ServiceOrderCompleted,
	itms.OrderFailed:        itms.ServiceOrderFailed,
	itms.OrderExpired:       itms.ServiceOrderFailed,
	itms.OrderRejected:      itms.ServiceOrderRejected,
	itms.OrderCancelled:     itms.ServiceOrderCancelled,
	itms.OrderSuperseded:    itms.ServiceOrderCancelled,
}

// itemState is where an item stands whose work orders, one after the other, stand so:
// where the first of them stands that is not done.
func itemState(orders []itms.OrderState) itms.ServiceOrderState {
	at := slices.IndexFunc(orders, func(s itms.OrderState) bool { return s != itms.OrderDone })
	if at < 0 {
		return itms.ServiceOrderCompleted
	}
	state := itemStates[orders[at]]
	switch {
	case at > 0 && state == itms.ServiceOrderAcknowledged:
		return itms.ServiceOrderInProgress
	case at > 0 && state == itms.ServiceOrderRejected: // a part of it was carried out
		return itms.ServiceOrderFailed
	}
	return state
}

// rollUpRule is one row of the roll-up: the order is To when the states of its items pass
// the test.
type rollUpRule struct {
	When string // for docs/orders.md
	test func(items []itms.ServiceOrderState) bool
	To   itms.ServiceOrderState
}

// rollUpRules say where an order stands by its items; the first that applies does.
// docs/orders.md is drawn from it.
var rollUpRules = []rollUpRule{
	{"an item is inProgress", anyItem(itms.ServiceOrderInProgress), itms.ServiceOrderInProgress},
	{"else an item is pending", anyItem(itms.ServiceOrderPending), itms.ServiceOrderPending},
	{"else an item is acknowledged, and others are over", acknowledgedBehindOthers, itms.ServiceOrderInProgress},
	{"else an item is acknowledged", anyItem(itms.ServiceOrderAcknowledged), itms.ServiceOrderAcknowledged},
	{"else an item is held", anyItem(itms.ServiceOrderHeld), itms.ServiceOrderHeld},
	{"all items are completed", allItems(itms.ServiceOrderCompleted), itms.ServiceOrderCompleted},
	{"all items are cancelled", allItems(itms.ServiceOrderCancelled), itms.ServiceOrderCancelled},
	{"all items are rejected", allItems(itms.ServiceOrderRejected), itms.ServiceOrderRejected},
	{"all items are over, some of them completed", anyItem(itms.ServiceOrderCompleted), itms.ServiceOrderPartial},
	{"all items are over, none of them completed", func([]itms.ServiceOrderState) bool { return true }, itms.ServiceOrderFailed},
}

// anyItem tests whether an item is in the state.
func anyItem(state itms.ServiceOrderState) func([]itms.ServiceOrderState) bool {
	return func(items []itms.ServiceOrderState) bool { return slices.Contains(items, state) }
}

// allItems tests whether every item is in the state.
func allItems(state itms.ServiceOrderState) func([]itms.ServiceOrderState) bool {
	return func(items []itms.ServiceOrderState) bool {
		return !slices.ContainsFunc(items, func(s itms.ServiceOrderState) bool { return s != state })
	}
}

// acknowledgedBehindOthers tests whether the order has moved although an item has not.
func acknowledgedBehindOthers(items []itms.ServiceOrderState) bool {
	return slices.Contains(items, itms.ServiceOrderAcknowledged) && slices.ContainsFunc(items, itms.ServiceOrderState.Over)
}

// rollUp is where an order stands whose items stand so.
func rollUp(items []itms.ServiceOrderState) itms.ServiceOrderState {
	for _, r := range rollUpRules {
		if r.test(items) {
			return r.To
		}
	}
	return itms.ServiceOrderFailed
}
