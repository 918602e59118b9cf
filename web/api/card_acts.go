package api

import (
	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// cardAct is something that may be done from a card; each is a call of this API.
type cardAct string

// The acts.
const (
	actContact  cardAct = "connectionRequest"
	actRefresh  cardAct = "refresh"
	actReboot   cardAct = "reboot"
	actRecover  cardAct = "recover"
	actUnlock   cardAct = "unlock"
	actRetry    cardAct = "retry"
	actCancel   cardAct = "cancel"
	actReissue  cardAct = "reissue"
	actBackfill cardAct = "backfill"
	actReveal   cardAct = "reveal"
)

// cardActs has the acts in the order that cards show them, with the permission that each
// needs and when it makes sense.
var cardActs = []struct {
	act   cardAct
	needs permission
	when  func(*dealt) bool
}{
	{actContact, devicesCall, (*dealt).reachable},
	{actRefresh, devicesRefresh, (*dealt).reachable},
	{actReboot, devicesRefresh, (*dealt).reachable},
	{actRecover, devicesAct, func(d *dealt) bool { return d.reachable() && d.service != nil }},
	{actUnlock, devicesUnlock, func(d *dealt) bool { return d.device != nil && d.device.State == itms.DeviceLocked }},
	{actRetry, ordersRetry, func(d *dealt) bool { return d.order != nil && d.order.State == itms.OrderFailed }},
	{actCancel, ordersCancel, func(d *dealt) bool { return d.order != nil && !d.order.State.Final() }},
	{actReissue, ordersReissue, func(d *dealt) bool {
		return d.order != nil && d.order.State.Waiting() && d.order.Mode == itms.ModeTechnician && d.order.Activation != "" && !d.order.Confirmed
	}},
	{actBackfill, ordersBackfill, func(d *dealt) bool { return d.order != nil && d.order.State.Waiting() }},
	{actReveal, secretsReveal, func(d *dealt) bool {
		return d.service != nil && (len(d.service.Password) > 0 || len(d.service.Access.Password) > 0)
	}},
}

// Schema lists the acts.
func (cardAct) Schema(huma.Registry) *huma.Schema {
	var words []cardAct
	for _, a := range cardActs {
		words = append(words, a.act)
	}
	return enum(words)
}

// reachable reports whether there is a device that may be told things.
func (d *dealt) reachable() bool {
	return d.device != nil && !d.device.Blocked && d.device.Cable == nil
}

// acts lists what may be done by whom the permissions are.
func (d *dealt) acts(permitted func(permission) bool) []cardAct {
	may := []cardAct{}
	for _, a := range cardActs {
		if permitted(a.needs) && a.when(d) {
			may = append(may, a.act)
		}
	}
	return may
}
