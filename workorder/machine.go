package workorder

import "itms"

// trigger is what moves an order from one state to the next.
type trigger string

// Triggers of the order machine.
const (
	onAccept  trigger = "accept"  // the order may run; its device is awaited
	onHold    trigger = "hold"    // something else must move first
	onReject  trigger = "reject"  // it can never run
	onClaim   trigger = "claim"   // the device is here and was claimed
	onPushed  trigger = "pushed"  // the device took the values
	onDiffers trigger = "differs" // the read-back differs
	onVerify  trigger = "verify"  // the values were read back
	onFail    trigger = "fail"    // tries or time are used up
	onRetry   trigger = "retry"   // an operator wants it tried again
	onExpire  trigger = "expire"  // no device in time
)

// orderMove is one row of the order machine.
type orderMove struct {
	From itms.OrderState
	On   trigger
	To   itms.OrderState
}

// orderMoves is the order machine; what is not listed is not allowed.
var orderMoves = []orderMove{
	{itms.OrderReceived, onAccept, itms.OrderWaitingDevice},
	{itms.OrderReceived, onHold, itms.OrderHeld},
	{itms.OrderReceived, onReject, itms.OrderRejected},
	{itms.OrderHeld, onAccept, itms.OrderWaitingDevice},
	{itms.OrderHeld, onReject, itms.OrderRejected},
	{itms.OrderWaitingDevice, onClaim, itms.OrderExecuting},
	{itms.OrderWaitingDevice, onExpire, itms.OrderExpired},
	{itms.OrderExecuting, onPushed, itms.OrderVerifying},
	{itms.OrderExecuting, onVerify, itms.OrderDone},
	{itms.OrderExecuting, onFail, itms.OrderFailed},
	{itms.OrderVerifying, onVerify, itms.OrderDone},
	{itms.OrderVerifying, onDiffers, itms.OrderExecuting},
	{itms.OrderVerifying, onFail, itms.OrderFailed},
	{itms.OrderFailed, onRetry, itms.OrderExecuting},
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

// bindingMoves is the binding machine: the states each state may be left for.
var bindingMoves = map[itms.BindingState][]itms.BindingState{
	itms.BindingPrebound:  {itms.BindingClaimed, itms.BindingReleased, itms.BindingConflict},
	itms.BindingClaimed:   {itms.BindingBound, itms.BindingReleasing},
	itms.BindingBound:     {itms.BindingReleasing},
	itms.BindingReleasing: {itms.BindingReleased},
	itms.BindingConflict:  {itms.BindingPrebound, itms.BindingReleased},
}

// mayMove reports whether the binding machine has the step.
func mayMove(from, to itms.BindingState) bool {
	for _, s := range bindingMoves[from] {
		if s == to {
			return true
		}
	}
	return false
}
