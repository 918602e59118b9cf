package workorder

import (
	"slices"

	"itms"
)

// trigger is what moves an order from one state to the next.
type trigger string

// Triggers of the order machine.
const (
	onAccept    trigger = "accept"    // the order may run; its device is awaited
	onNeedSTB   trigger = "needStb"   // it may run once somebody names a device
	onNeedCode  trigger = "needCode"  // it may run once the activation code is typed
	onHold      trigger = "hold"      // something else must move first
	onReject    trigger = "reject"    // it can never run
	onSettle    trigger = "settle"    // nothing is left to do on any device
	onClaim     trigger = "claim"     // the device is here and is worked on
	onPushed    trigger = "pushed"    // the device took the values
	onDiffers   trigger = "differs"   // the read-back differs
	onVerify    trigger = "verify"    // the values were read back
	onFail      trigger = "fail"      // tries or time are used up
	onRetry     trigger = "retry"     // an operator wants it tried again
	onExpire    trigger = "expire"    // no device, or no code, in time
	onCancel    trigger = "cancel"    // its sender or an operator withdraws it
	onSupersede trigger = "supersede" // a later order makes it moot
	onForce     trigger = "force"     // an operator declares it done
)

// orderMove is one row of the order machine.
type orderMove struct {
	From itms.OrderState
	On   trigger
	To   itms.OrderState
}

// orderMoves is the order machine; what is not listed is not allowed.
// docs/orders.md is drawn from it.
var orderMoves = []orderMove{
	{itms.OrderReceived, onAccept, itms.OrderWaitingDevice},
	{itms.OrderReceived, onNeedSTB, itms.OrderWaitingSTB},
	{itms.OrderReceived, onNeedCode, itms.OrderWaitingCode},
	{itms.OrderReceived, onHold, itms.OrderHeld},
	{itms.OrderReceived, onReject, itms.OrderRejected},
	{itms.OrderReceived, onSettle, itms.OrderDone},
	{itms.OrderReceived, onCancel, itms.OrderCancelled},
	{itms.OrderReceived, onSupersede, itms.OrderSuperseded},

	{itms.OrderHeld, onAccept, itms.OrderWaitingDevice},
	{itms.OrderHeld, onNeedSTB, itms.OrderWaitingSTB},
	{itms.OrderHeld, onNeedCode, itms.OrderWaitingCode},
	{itms.OrderHeld, onReject, itms.OrderRejected},
	{itms.OrderHeld, onSettle, itms.OrderDone},
	{itms.OrderHeld, onCancel, itms.OrderCancelled},
	{itms.OrderHeld, onSupersede, itms.OrderSuperseded},

	{itms.OrderWaitingDevice, onClaim, itms.OrderExecuting},
	{itms.OrderWaitingDevice, onNeedCode, itms.OrderWaitingCode},
	{itms.OrderWaitingDevice, onHold, itms.OrderHeld},
	{itms.OrderWaitingDevice, onSettle, itms.OrderDone},
	{itms.OrderWaitingDevice, onExpire, itms.OrderExpired},
	{itms.OrderWaitingDevice, onCancel, itms.OrderCancelled},
	{itms.OrderWaitingDevice, onSupersede, itms.OrderSuperseded},

	{itms.OrderWaitingSTB, onNeedCode, itms.OrderWaitingCode},
	{itms.OrderWaitingSTB, onAccept, itms.OrderWaitingDevice},
	{itms.OrderWaitingSTB, onClaim, itms.OrderExecuting},
	{itms.OrderWaitingSTB, onHold, itms.OrderHeld},
	{itms.OrderWaitingSTB, onExpire, itms.OrderExpired},
	{itms.OrderWaitingSTB, onCancel, itms.OrderCancelled},
	{itms.OrderWaitingSTB, onSupersede, itms.OrderSuperseded},

	{itms.OrderWaitingCode, onAccept, itms.OrderWaitingDevice},
	{itms.OrderWaitingCode, onClaim, itms.OrderExecuting},
	{itms.OrderWaitingCode, onHold, itms.OrderHeld},
	{itms.OrderWaitingCode, onExpire, itms.OrderExpired},
	{itms.OrderWaitingCode, onCancel, itms.OrderCancelled},
	{itms.OrderWaitingCode, onSupersede, itms.OrderSuperseded},

	{itms.OrderExecuting, onPushed, itms.OrderVerifying},
	{itms.OrderExecuting, onVerify, itms.OrderDone},
	{itms.OrderExecuting, onSettle, itms.OrderDone},
	{itms.OrderExecuting, onFail, itms.OrderFailed},
	{itms.OrderExecuting, onCancel, itms.OrderCancelled},
	{itms.OrderExecuting, onForce, itms.OrderDone},

	{itms.OrderVerifying, onVerify, itms.OrderDone},
	{itms.OrderVerifying, onSettle, itms.OrderDone},
	{itms.OrderVerifying, onDiffers, itms.OrderExecuting},
	{itms.OrderVerifying, onFail, itms.OrderFailed},
	{itms.OrderVerifying, onCancel, itms.OrderCancelled},
	{itms.OrderVerifying, onForce, itms.OrderDone},

	{itms.OrderFailed, onRetry, itms.OrderExecuting},
	{itms.OrderFailed, onAccept, itms.OrderWaitingDevice},
	{itms.OrderFailed, onNeedCode, itms.OrderWaitingCode},
	{itms.OrderFailed, onCancel, itms.OrderCancelled},
	{itms.OrderFailed, onSupersede, itms.OrderSuperseded},
	{itms.OrderFailed, onForce, itms.OrderDone},
	{itms.OrderFailed, onSettle, itms.OrderDone},
}

// nextOrderState returns where the trigger leads, or false when it is not allowed.
func nextOrderState(from itms.OrderState, on trigger) (itms.OrderState, bool) {
	for _, m := range orderMoves {
		if m.From == from && m.On == on {
			return m.To, true
		}
	}
	return "", false
}

// bindingMove is one row of the binding machine.
type bindingMove struct {
	From, To itms.BindingState
	Why      string
}

// bindingMoves is the binding machine; what is not listed is not allowed.
var bindingMoves = []bindingMove{
	{itms.BindingPrebound, itms.BindingClaimed, "the device is here"},
	{itms.BindingPrebound, itms.BindingReleased, "its order ended"},
	{itms.BindingClaimed, itms.BindingBound, "read back"},
	{itms.BindingClaimed, itms.BindingReleasing, "cancelled, changed or unbound"},
	{itms.BindingBound, itms.BindingReleasing, "replaced, terminated or unbound"},
	{itms.BindingReleasing, itms.BindingReleased, "credentials overwritten"},
}

// mayMove reports whether the binding machine has the step.
func mayMove(from, to itms.BindingState) bool {
	return slices.ContainsFunc(bindingMoves, func(m bindingMove) bool { return m.From == from && m.To == to })
}
