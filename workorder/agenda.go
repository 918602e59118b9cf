package workorder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"itms"
)

// Agenda worker tuning.
const (
	agendaBatch = 64               // alarms per claim: one commit for many
	agendaLease = 30 * time.Second // after which another node may take an alarm over
	agendaIdle  = 15 * time.Second // at most this long without a look, whatever the hints
	// agendaPause is how long a hint waits for others: every order sets an alarm, and one
	// look serves them all. Alarms are days, minutes or seconds away.
	agendaPause = 50 * time.Millisecond
	agendaRetry = time.Second // after a failure

	trimAlarm = "journal-trim/"
	trimEvery = time.Hour
	trimSoon  = time.Second
	trimBatch = 2000 // events removed by one transaction
)

// RunAgenda rings due alarms until ctx ends: time limits of orders, devices to wake.
// Any number of nodes may run it.
func (e *Engine) RunAgenda(ctx context.Context) error {
	if err := e.update(ctx, (*work).setTrims); err != nil && ctx.Err() == nil {
		return err
	}
	hint := e.store.Wake(ctx, itms.TopicAgenda)
	for ctx.Err() == nil {
		wait, err := e.ringDue(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.Error().Err(err).Msg("agenda: alarms could not be handled; trying again")
		}
		if sleep(ctx, hint, wait) {
			sleep(ctx, nil, min(wait, agendaPause))
		}
	}
	return nil
}

// setTrims sets the alarms that ring for ever.
func (w *work) setTrims() error {
	if err := w.tx.Agenda().Set(transferTrimAlarm, w.now.Add(trimEvery)); err != nil {
		return err
	}
	return w.tx.Agenda().Set(trimAlarm, w.now.Add(trimEvery))
}

// sleep waits for the time, the end, or a hint, and reports whether it was a hint.
func sleep(ctx context.Context, hint <-chan struct{}, most time.Duration) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-hint:
		return true
	case <-ctx.Done():
	case <-timer.C:
	}
	return false
}

// ringDue claims and handles a batch of due alarms, and returns how long there is
// nothing to do after it.
func (e *Engine) ringDue(ctx context.Context) (wait time.Duration, err error) {
	if wait, err = e.nextAlarm(ctx); err != nil || wait > 0 {
		return wait, err
	}
	var due []itms.Alarm
	err = e.store.Update(ctx, func(tx itms.Tx) (err error) {
		due, err = tx.Agenda().Claim(e.now(), agendaLease, agendaBatch)
		return err
	})
	if err != nil {
		return agendaRetry, err
	}
	var errs []error // one alarm that fails must not keep the others waiting
	for _, a := range due {
		if err := e.update(ctx, func(w *work) error { return w.ring(a.Key) }); err != nil {
			errs = append(errs, fmt.Errorf("alarm %s: %w", a.Key, err))
		}
	}
	return 0, errors.Join(errs...)
}

// nextAlarm is how long there is nothing to do; it looks without a durable write.
func (e *Engine) nextAlarm(ctx context.Context) (wait time.Duration, err error) {
	err = e.store.View(ctx, func(tx itms.Tx) error {
		due, err := tx.Agenda().Next()
		wait = agendaIdle
		if err == nil && !due.IsZero() {
			wait = min(wait, max(0, due.Sub(e.clock())))
		}
		return err
	})
	if err != nil {
		return agendaRetry, err
	}
	return wait, nil
}

// bells says what each sort of alarm does.
var bells = map[string]func(*work, string) error{
	"order-ttl":      (*work).expireOrder,
	"order-hold":     (*work).rejectHeld,
	"order-verify":   (*work).failOverdue,
	"device-wake":    (*work).wakeDevice,
	"device-unlock":  (*work).lockOver,
	"device-upgrade": (*work).upgradeOverdue,
	"task-expire":    (*work).expireTask,
	"batch-tend":     (*work).tendBatch,
	"batch-stop":     (*work).cancelQueued,
	"setting-expire": (*work).expireSetting,
	"journal-trim":   (*work).trimJournal,
	"transfer-trim":  (*work).trimTransfers,
	"file-sweep":     (*work).sweepFile,
	"trace-expire":   (*work).expireTrace,

	"service-order-start": (*work).startServiceOrder,
	"service-order-due":   (*work).serviceOrderDue,
}

// ring handles one alarm and clears it.
func (w *work) ring(key string) error {
	sort, id, _ := strings.Cut(key, "/")
	if err := w.tx.Agenda().Clear(key); err != nil {
		return err
	}
	bell, ok := bells[sort]
	if !ok {
		return nil // of a newer version, or of none
	}
	if err := bell(w, id); err != nil && !itms.IsKind(err, itms.KindNotFound) {
		return err
	}
	return nil
}

// expireOrder ends an order whose device, or whose code, never came.
func (w *work) expireOrder(id string) error {
	o, err := w.tx.Orders().Get(itms.OrderID(id))
	if err != nil || !o.State.Waiting() {
		return err
	}
	reason := fmt.Sprintf("nothing came of it within %s: %s", w.policy.OrderTTL, o.Reason)
	if o.State == itms.OrderWaitingDevice && !o.Claim.IsZero() {
		reason = fmt.Sprintf("the device (%s) did not come into contact within %s", claimText(o.Claim), w.policy.OrderTTL)
	}
	if err := w.withdraw(o); err != nil {
		return err
	}
	if err := w.move(o, onExpire, reason, System); err != nil {
		return err
	}
	return w.releaseHeld(o)
}

// rejectHeld ends an order that waited in vain for another, or for its device to be
// allowed.
func (w *work) rejectHeld(id string) error {
	o, err := w.tx.Orders().Get(itms.OrderID(id))
	if err != nil || o.State != itms.OrderHeld {
		return err
	}
	if o.Trouble == itms.TroubleOrderFirst || o.Trouble == itms.TroublePostponed {
		hopeless, err := w.hopeless(o)
		if err != nil {
			return err
		}
		if !hopeless { // what it waits for has a limit of its own
			return w.tx.Agenda().Set(holdAlarm(o.ID), w.now.Add(w.policy.HoldTTL))
		}
	}
	reason := fmt.Sprintf("held for %s: %s", w.policy.HoldTTL, o.Reason)
	if err := w.withdraw(o); err != nil {
		return err
	}
	if err := w.move(o, onReject, reason, System); err != nil {
		return err
	}
	return w.releaseHeld(o)
}

// failOverdue fails an order whose device was claimed but never verified in time. What
// takes a service away holds without its device: that is done.
func (w *work) failOverdue(id string) error {
	o, err := w.tx.Orders().Get(itms.OrderID(id))
	switch {
	case err != nil:
		return err
	case withdraws(o.Kind) && (o.State.Waiting() || o.State.UnderWay()):
		return w.lapse(o)
	case !o.State.UnderWay():
		return nil
	}
	d, err := w.device(o.Device)
	if err != nil {
		return err
	}
	c, err := w.course(d)
	if err != nil {
		return err
	}
	reason := fmt.Sprintf("not verified within %s of the claim", w.policy.VerifyTimeout)
	if d.Sync.Reason != "" {
		reason += "; last: " + d.Sync.Reason
	}
	o.Trouble = cmp.Or(d.Sync.Trouble, itms.TroubleTimeout)
	if c == nil || c.order == nil || c.order.ID != o.ID {
		return w.fail(o, reason, System)
	}
	d.Sync = c.progress()
	d.Sync.Trouble = o.Trouble
	if err := w.giveUp(c, reason); err != nil {
		return err
	}
	return w.putDevice(d)
}

// lockOver ends the lock of a device that guessed codes.
func (w *work) lockOver(id string) error {
	device, err := itms.ParseDeviceID(id)
	if err != nil {
		return nil // not a device of ours
	}
	d, err := w.device(device)
	if err != nil || d.Guesses.Until.After(w.now) {
		return err
	}
	if err := w.record("device.unlocked", itms.Event{Device: d.ID, Text: fmt.Sprintf("device %s may try codes again", d.ID)}); err != nil {
		return err
	}
	return w.unlock(d, false)
}

// expireSetting removes a setting whose time is over.
func (w *work) expireSetting(key string) error { return w.tx.Settings().Delete(key) }

// trimJournal removes events that are too old, and comes again: soon when there is
// more, so that no transaction is long.
func (w *work) trimJournal(string) error {
	if err := w.tellGaps(); err != nil {
		return err
	}
	removed, err := w.tx.Journal().Trim(w.now.Add(-w.policy.JournalKeep), trimBatch)
	if err != nil {
		return err
	}
	again := trimEvery
	if removed == trimBatch {
		again = trimSoon
	}
	return w.tx.Agenda().Set(trimAlarm, w.now.Add(again))
}

// wakeDevice asks a device for contact.
func (w *work) wakeDevice(id string) error {
	device, err := itms.ParseDeviceID(id)
	if err != nil {
		return nil // not a device of ours: nothing to wake
	}
	w.fx.wake = append(w.fx.wake, device)
	return nil
}
