package api

import (
	"time"

	"itms"
)

// The synthetic things that the description shows. They are values of the very
// types that are answered, so that they cannot go stale.

const (
	exampleID     = "01J0000000000000000000000Z"
	exampleDevID  = "00005E-STB-S1001"
	exampleMAC    = "00:00:5E:00:53:01"
	exampleSTBID  = "0010019900600000000000005E005301"
	exampleAuth   = "http://iptv.example.com/auth"
	exampleHook   = "https://bss.example.com/hook"
	exampleArea   = "510100"
	exampleOption = "IPTV-4K"
	exampleCode   = "1234-5678-903"
	exampleAudit  = "the label on the box is wrong"
	exampleReason = "the customer changed their mind"
)

// exampleTime is when everything in the examples happens.
var exampleTime = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

// exampleOrderRequest is a self-install.
func exampleOrderRequest() map[string]any {
	return map[string]any{
		"orderNo": "WO-1001", "source": "crm", "kind": "install", "mode": "self",
		"subscriber": map[string]any{"id": "U1001", "name": "Example Customer", "phone": "555-0100"},
		"service": map[string]any{"id": "U1001-1", "type": "iptv", "package": exampleOption, "account": "iptv1001",
			"password": "s3cret", "authUrl": exampleAuth,
			"access": map[string]any{"type": "pppoe", "account": "pppoe1001", "password": "s3cret"}},
		"device": map[string]any{"mac": exampleMAC},
		"line":   map[string]any{"area": exampleArea, "vlan": 100},
		"dueBy":  "2026-12-01T00:00:00Z", "seq": 1, "callback": exampleHook,
		"attributes": map[string]any{"channel": "shop-7"},
	}
}

// exampleOrder is what it is answered with.
func exampleOrder() orderView {
	return orderView{
		ID: exampleID, OrderNo: "WO-1001", Source: "crm", Kind: "install", Mode: "self", State: "waitingDevice",
		Group: "waiting", Light: exampleLight(), Attempt: 1, Subscriber: subscriberDoc{ID: "U1001", Name: "Example Customer", Phone: "555-0100"},
		Service: exampleSpec(), Device: &claimDoc{MAC: exampleMAC}, Line: lineDoc{Area: exampleArea, VLAN: 100},
		DueBy: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Seq: 1, Callback: exampleHook,
		Attributes: map[string]string{"channel": "shop-7"}, CreatedAt: exampleTime, UpdatedAt: exampleTime,
		History: []stepView{{State: "received", At: exampleTime, Actor: "crm"},
			{State: "waitingDevice", At: exampleTime, Actor: "crm"}},
	}
}

// exampleTechnicianOrder waits for the code that it shows.
func exampleTechnicianOrder() orderView {
	o := exampleOrder()
	o.Mode, o.State, o.ActivationCode = "technician", "waitingCode", exampleCode
	o.Light.Word, o.Light.WordZh, o.QR, o.Barcode = "waiting for the code", "等待激活码", exampleSVG, exampleSVG
	o.Reason, o.Trouble = "waiting for the activation code", trouble(itms.TroubleNeedsCode)
	o.History = append(o.History[:1:1], stepView{State: "waitingCode", At: exampleTime, Reason: o.Reason, Actor: "crm"})
	return o
}

// exampleActivation is what the technician's phone is answered.
func exampleActivation() activationView {
	return activationView{OrderNo: "WO-1001", State: "executing", DeviceID: exampleDevID, Text: activationTexts[itms.OrderExecuting]}
}

// exampleTombstone is what a cancel that overtakes its order is answered with.
func exampleTombstone() tombstoneView {
	return tombstoneView{OrderNo: "WO-1001", Source: "crm", State: "cancelled", Tombstone: true, Text: tombstoneText}
}

// exampleSpec is its service.
func exampleSpec() serviceSpecView {
	return serviceSpecView{ID: "U1001-1", Type: "iptv", Package: exampleOption, Account: "iptv1001", AuthURL: exampleAuth,
		Access: &accessView{Type: "pppoe", Account: "pppoe1001"}}
}

// exampleService is its slot.
func exampleService() serviceView {
	return serviceView{
		serviceSpecView: exampleSpec(), Subscriber: subscriberDoc{ID: "U1001", Name: "Example Customer"},
		Line: lineDoc{Area: exampleArea}, State: "active", DesiredRev: 1, AppliedRev: 1,
		Bindings: []bindingView{{ID: exampleID, Generation: 1, State: "bound", Device: exampleDevID,
			Claim: &claimDoc{MAC: exampleMAC}, Order: "WO-1001", CreatedAt: exampleTime, UpdatedAt: exampleTime}},
		CreatedAt: exampleTime, UpdatedAt: exampleTime,
	}
}

// exampleDevice is the box.
func exampleDevice() deviceView {
	session := exampleSession()
	return deviceView{
		ID: exampleDevID, OUI: "00005E", ProductClass: "STB", Serial: "S1001", Manufacturer: "Example", Model: "STB-4K",
		Hardware: "1.0", Software: "2.3.4", MAC: exampleMAC, STBID: exampleSTBID, IP: "192.0.2.10",
		Area: exampleArea, State: deviceState(itms.DeviceInService), Light: exampleServing(), Credentials: "own", Profile: "ctc-stb", CWMP: "1-0",
		ConnectionRequestURL: "http://192.0.2.10:7547/cr", Reach: reachView{URL: "http://192.0.2.10:7547/cr", Way: "http", Since: exampleTime},
		FirstSeen: exampleTime, LastBoot: exampleTime,
		LastContact: exampleTime, LastSession: &session, Sync: syncView{InSync: true}, Service: "U1001-1", Order: "WO-1001",
	}
}

// exampleCall is a connection request that was taken.
func exampleCall() callView {
	return callView{Way: string(itms.ReachHTTP), Result: string(itms.CallAccepted), Text: "the device took the request; its Inform follows", At: exampleTime}
}

// exampleUnbound is a box that no order names.
func exampleUnbound() deviceView {
	d := exampleDevice()
	d.State, d.Service, d.Order, d.Sync = deviceState(itms.DeviceCodeRequired), "", "", syncView{}
	d.Light = lightView{Level: lightLevel(itms.LightWaiting), Word: "waiting for a code", WordZh: "等待激活码"}
	d.Page, d.Credentials = &pageView{State: pageState(itms.PageAsk)}, "shared"
	return d
}

// exampleTask is a recovery under way.
func exampleTask() taskView {
	return taskView{ID: exampleID, Device: exampleDevID, Kind: taskKind(itms.TaskRecover), State: taskState(itms.TaskWaiting),
		Reason: "the device reboots", Actor: "console", Steps: []taskStepView{
			{Name: "reread", State: taskState(itms.TaskDone), Text: "42 parameters read, 2 differ", At: exampleTime},
			{Name: "reboot", State: taskState(itms.TaskSent)}},
		CreatedAt: exampleTime, UpdatedAt: exampleTime, ExpiresAt: exampleTime.Add(time.Hour)}
}

// exampleStock is a box of the warehouse.
func exampleStock() stockView {
	return stockView{MAC: exampleMAC, STBID: exampleSTBID, Serial: "S1001", Vendor: "Example", Model: "STB-4K", Batch: "B-2026-11",
		Carton: "C-17", State: stockState(itms.StockInStock), CreatedAt: exampleTime, UpdatedAt: exampleTime}
}

// exampleCheck is what the front desk is answered.
func exampleCheck() stockCheckView {
	item := exampleStock()
	return stockCheckView{STBID: exampleSTBID, MAC: exampleMAC, Free: true, Why: "free", Item: &item}
}

// exampleStats is a month of one area.
func exampleStats() statsView {
	tally := tallyView{Installs: 200, ZeroTouchInstalls: 190, Done: 240, Failed: 10, Cancelled: 3, Expired: 4, Rejected: 1}
	tally.rate()
	return statsView{From: "2026-10-03", To: "2026-11-01", By: dimension(itms.ByArea), Formulas: formulas, Total: tally,
		Items: []keyedView{{exampleArea, tally}}}
}

// exampleSession is the session that configured it.
func exampleSession() sessionView {
	return sessionView{ID: exampleID, Started: exampleTime, DurationMS: 420, Remote: "192.0.2.10",
		Events: []string{itms.EventBootstrap, itms.EventBoot}, RPCs: []string{"GetParameterValues", "SetParameterValues"},
		Faults: []string{}, BytesIn: 5120, BytesOut: 2048, End: itms.SessionDone}
}

// exampleEvent is what the journal says of it.
func exampleEvent() eventView {
	return eventView{Seq: 1001, At: exampleTime, Type: "order.done", Device: exampleDevID, Order: exampleID,
		OrderNo: "WO-1001", Service: "U1001-1", Area: exampleArea, Actor: "system", Text: "order WO-1001 is done"}
}
