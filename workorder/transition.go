package workorder

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"itms"
)

// System is the actor of what no person caused.
const System = "system"

// alarm keys: what to look at again when an order stands still.
func ttlAlarm(id itms.OrderID) string    { return "order-ttl/" + string(id) }
func holdAlarm(id itms.OrderID) string   { return "order-hold/" + string(id) }
func verifyAlarm(id itms.OrderID) string { return "order-verify/" + string(id) }

// unlockAlarm is when a device that was locked may try codes again.
func unlockAlarm(id itms.DeviceID) string { return "device-unlock/" + id.String() }

// upgradeAlarm is when new firmware must have been reported.
func upgradeAlarm(id itms.DeviceID) string { return "device-upgrade/" + id.String() }

// taskAlarm is when a task that nobody came for expires.
func taskAlarm(id itms.TaskID) string { return "task-expire/" + string(id) }

// batchAlarm is when a batch is looked after.
func batchAlarm(id itms.BatchID) string { return "batch-tend/" + string(id) }

// batchStopAlarm is when the rest of a stopped batch is cancelled.
func batchStopAlarm(id itms.BatchID) string { return "batch-stop/" + string(id) }

// settingAlarm is when a setting that is of use for a time only goes.
func settingAlarm(key string) string { return "setting-expire/" + key }

// startAlarm is when the items of a service order may begin.
func startAlarm(id itms.ServiceOrderID) string { return "service-order-start/" + string(id) }

// dueAlarm is when items of a service order should be completed.
func dueAlarm(id itms.ServiceOrderID) string { return "service-order-due/" + string(id) }

// wakeAlarm is when a device should be asked for contact again.
func wakeAlarm(id itms.DeviceID) string { return "device-wake/" + id.String() }

// move takes an order along the machine and writes, in the same transaction, its
// history, its journal entry, its alarms, its callback (invariant I6) and, when it
// ended, its place in the statistics. The caller stores nothing itself.
func (w *work) move(o *itms.Order, on trigger, reason, actor string) error {
	to, ok := nextOrderState(o.State, on)
	if !ok {
		return itms.Errorf(itms.KindConflict, itms.CodeOrderState,
			"order %s is %s: %q is not possible", o.No, o.State, on)
	}
	from := o.State
	if from == itms.OrderFailed { // whatever becomes of it now is told apart from its failure
		o.Attempt++
	}
	if to.UnderWay() || to == itms.OrderDone {
		o.Trouble = ""
	}
	w.enter(o, to, reason, actor)
	if on == onVerify {
		w.noteVerified(o)
	}
	if err := w.store(o); err != nil {
		return err
	}
	if err := w.setAlarms(o, from); err != nil {
		return err
	}
	if to.Final() || to == itms.OrderFailed {
		if err := errors.Join(w.recordEnding(o), w.leaveSlot(o)); err != nil {
			return err
		}
	}
	if to.Final() {
		if err := w.retireCode(o); err != nil {
			return err
		}
	}
	return w.announce(o, actor)
}

// leaveSlot notes that the order is at work no more.
func (w *work) leaveSlot(o *itms.Order) error {
	if o.Service == "" {
		return nil
	}
	svc, err := w.tx.Services().Get(o.Service)
	if itms.IsKind(err, itms.KindNotFound) {
		return nil
	}
	if err != nil || svc.Order != o.ID || !svc.Busy {
		return err
	}
	svc.Busy = false
	return w.tx.Services().Put(svc)
}

// enter records the new state in the order itself.
func (w *work) enter(o *itms.Order, to itms.OrderState, reason, actor string) {
	o.State, o.Reason, o.UpdatedAt = to, reason, w.now
	o.History = append(o.History, itms.Step{State: to, At: w.now, Reason: reason, Trouble: o.Trouble, Actor: actor})
}

// limit is the time limit of an order in a state: the key of its alarm and how long it
// lasts; no key when the state has none.
func (w *work) limit(o *itms.Order, in itms.OrderState) (key string, lasts time.Duration) {
	switch {
	case in.Waiting() && withdraws(o.Kind), in.UnderWay():
		return verifyAlarm(o.ID), w.policy.VerifyTimeout
	case in.Waiting():
		return ttlAlarm(o.ID), w.policy.OrderTTL
	case in == itms.OrderHeld:
		return holdAlarm(o.ID), w.policy.HoldTTL
	}
	return "", 0
}

// setAlarms clears the time limit of the state an order left and arms that of the one
// it entered, from now: it may have been held before. Limits go on from one waiting
// state to another, and between executing and verifying.
func (w *work) setAlarms(o *itms.Order, from itms.OrderState) error {
	if from.Waiting() && o.State.Waiting() || from.UnderWay() && o.State.UnderWay() {
		return nil
	}
	was, _ := w.limit(o, from)
	is, lasts := w.limit(o, o.State)
	if was != "" && was != is {
		if err := w.tx.Agenda().Clear(was); err != nil {
			return err
		}
	}
	if is == "" {
		return nil
	}
	return w.tx.Agenda().Set(is, w.now.Add(lasts))
}

// announce journals the state an order entered and queues its callback.
func (w *work) announce(o *itms.Order, actor string) error {
	w.metrics.order(o)
	text := fmt.Sprintf("order %s is %s", o.No, o.State)
	if o.Reason != "" {
		text += ": " + o.Reason
	}
	if err := w.record("order."+string(o.State), itms.Event{Device: o.Device, Order: o.ID, OrderNo: o.No,
		Service: o.Service, Area: o.Area, Actor: actor, Text: text, Data: map[string]string{"light": string(o.Light())}}); err != nil {
		return err
	}
	if o.Callback == "" || o.State == itms.OrderReceived {
		return nil
	}
	return w.queueCallback(o)
}

// record appends an event.
func (w *work) record(typ string, ev itms.Event) error {
	ev.Type, ev.At = typ, w.now
	if ev.Actor == "" {
		ev.Actor = System
	}
	return w.tx.Journal().Append(&ev)
}

// callbackKind marks outbox rows which the Dispatcher posts to a BSS.
const callbackKind = "callback"

// cloudEvent is the envelope of a callback (CloudEvents 1.0, JSON format).
type cloudEvent struct {
	SpecVersion string       `json:"specversion"`
	ID          string       `json:"id"`
	Source      string       `json:"source"`
	Type        string       `json:"type"`
	Subject     string       `json:"subject"`
	Time        time.Time    `json:"time"`
	ContentType string       `json:"datacontenttype"`
	Sequence    int          `json:"sequence"` // grows per order: tells a late delivery from a new one
	Data        callbackData `json:"data"`
}

// callbackData tells a BSS where its order stands.
type callbackData struct {
	OrderNo itms.OrderNo    `json:"orderNo"`
	Source  string          `json:"source,omitempty"`
	Kind    itms.OrderKind  `json:"kind"`
	Mode    itms.OrderMode  `json:"mode"`
	State   itms.OrderState `json:"state"`
	Final   bool            `json:"final"`
	Reason  string          `json:"reason,omitempty"`
	Trouble itms.Trouble    `json:"trouble,omitempty"`
	Attempt int             `json:"attempt"`
	Service itms.ServiceID  `json:"serviceId"`
	Device  string          `json:"deviceId,omitempty"`
	MAC     string          `json:"mac,omitempty"`
	STBID   itms.STBID      `json:"stbId,omitempty"`
	At      time.Time       `json:"at"`
}

// queueCallback writes the outbox row for the state an order just entered.
func (w *work) queueCallback(o *itms.Order) error {
	id := itms.NewID(w.now)
	mac, stbid, err := w.served(o)
	if err != nil {
		return err
	}
	body, err := json.Marshal(cloudEvent{
		SpecVersion: "1.0", ID: id, Source: "/itms/work-orders", Type: "itms.workorder." + string(o.State),
		Subject: string(o.No), Time: w.now, ContentType: "application/json", Sequence: len(o.History),
		Data: callbackData{OrderNo: o.No, Source: o.Source, Kind: o.Kind, Mode: o.Mode, State: o.State,
			Final: o.State.Final() || o.State == itms.OrderFailed, Reason: o.Reason, Trouble: o.Trouble, Attempt: o.Attempt,
			Service: o.Service, Device: o.Device.String(), MAC: mac.String(), STBID: stbid, At: w.now},
	})
	if err != nil {
		return fmt.Errorf("callback of order %s: %w", o.No, err)
	}
	return w.tx.Outbox().Add(&itms.Delivery{ID: id, Stream: string(o.ID), Kind: callbackKind, Target: o.Callback,
		Body: body, Due: w.now, QueuedAt: w.now})
}

// served names the box of an order: that which serves it, else that which it names.
func (w *work) served(o *itms.Order) (itms.MAC, itms.STBID, error) {
	if o.Device.IsZero() {
		return o.Claim.Address(), o.Claim.STBID, nil
	}
	d, err := w.device(o.Device)
	if err != nil {
		return itms.MAC{}, "", err
	}
	return cmp.Or(d.MAC, o.Claim.Address()), cmp.Or(d.STBID, o.Claim.STBID), nil
}

// copyAttributes detaches a map that a caller may keep.
func copyAttributes(m map[string]string) map[string]string { return maps.Clone(m) }
