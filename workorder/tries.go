package workorder

import (
	"fmt"
	"strings"
	"time"

	"itms"
)

// changesDevice reports whether a command does more than to ask.
func changesDevice(cmd itms.Command) bool {
	switch cmd.(type) {
	case itms.SetValues, itms.AddObject, itms.DeleteObject, itms.Reboot, itms.Download:
		return true
	}
	return false
}

// noteSent remembers that a command is on its way. If no answer comes, the next
// contact knows: a device that dies of a command must not be sent it for ever.
func (w *work) noteSent(id itms.DeviceID, session string, cmd itms.Command) error {
	w.tx.Foresee(itms.Foresight{Device: id, Params: true})
	d, err := w.device(id)
	if err != nil {
		return err
	}
	if err := takeFence(d, session); err != nil {
		return err
	}
	switch cmd := cmd.(type) {
	case itms.Download:
		if err := w.upgradeSent(d, cmd); err != nil {
			return err
		}
		return w.putDevice(d)
	case itms.SetValues:
		switch {
		case strings.HasPrefix(cmd.Why, whyPage):
			d.Page.Sent++
			return w.putDevice(d)
		case cmd.Why == whyLogin:
			w.loginSent(d, session)
			return w.putDevice(d)
		}
	}
	c, err := w.course(d)
	if err != nil || c == nil {
		return err
	}
	if err := w.doubt(d, cmd); err != nil {
		return err
	}
	if d.Sync = c.progress(); d.Sync.Task != "" {
		if err := w.taskCompared(c, cmd); err != nil {
			return err
		}
	}
	d.Sync.Sent, d.Sync.SentIn, d.Sync.SentBy = cmd.Method(), session, w.id
	if add, ok := cmd.(itms.AddObject); ok {
		tree, err := w.params(id)
		if err != nil {
			return err
		}
		d.Sync.Adding, d.Sync.Before = strings.TrimPrefix(add.Why, whyRow), tree.Instances(add.Table)
	}
	return w.putDevice(d)
}

// doubt forgets what credentials a device was given that is about to be given others:
// until it answers nobody knows which it holds, and it does not read them back.
func (w *work) doubt(d *itms.Device, cmd itms.Command) error {
	set, ok := cmd.(itms.SetValues)
	if !ok {
		return nil
	}
	tree, err := w.params(d.ID)
	if err != nil {
		return err
	}
	changed := false
	for _, v := range set.Values {
		if p, known := tree.Get(v.Name); known && p.Hidden && p.Value != "" {
			p.Value = ""
			changed = tree.Set(p) || changed
		}
	}
	if !changed {
		return nil
	}
	return w.putParams(d.ID, tree)
}

// countUnanswered counts a command of an earlier session that was never answered as
// a failed try, and has everything read anew: it may have been carried out.
// asked is the target of which a question was not answered.
func (w *work) countUnanswered(d *itms.Device, in *itms.Contact, asked string) error {
	if d.Sync.Sent == "" && asked == "" || d.Sync.SentIn == in.Session {
		return nil
	}
	c, err := w.course(d)
	if err != nil {
		return err
	}
	if d.Sync.Sent == "" {
		if c == nil || c.target != asked || c.arrived(c.progress()) {
			return nil
		}
		d.Sync = c.progress()
		d.Sync.Sent, d.Sync.SentBy = brokeOff(d, in), w.id
	}
	reason := fmt.Sprintf("the device gave no answer to %s", d.Sync.Sent)
	d.Sync.Trouble = itms.TroubleSilent
	ours := d.Sync.SentBy == w.id
	d.Sync.Sent, d.Sync.SentIn, d.Sync.SentBy, d.Sync.Read = "", "", "", nil
	if !ours { // perhaps the process that waited for the answer died, and the device is well
		return nil
	}
	if c == nil || c.stopped || d.Sync.Target != c.target || d.Sync.Phase == itms.SyncFailed {
		return nil
	}
	return w.failTry(c, in.Session, reason, false)
}

// failTry counts a failed try of the target. With pause, the cause may pass by
// itself: the next try is left to the device's next session, which is asked for.
func (w *work) failTry(c *course, session, reason string, pause bool) error {
	d := c.device
	sync := &d.Sync
	sync.Tries++
	sync.Reason = reason
	if sync.Trouble == "" || sync.Trouble == itms.TroubleLogin {
		sync.Trouble = itms.TroubleFault
	}
	if sync.Phase == itms.SyncIdle {
		sync.Phase = itms.SyncRead
	}
	if sync.Tries >= w.policy.PushTries {
		return w.giveUp(c, fmt.Sprintf("gave up after %d tries: %s", sync.Tries, reason))
	}
	if pause {
		sync.Pause = session
		if err := w.tx.Agenda().Set(wakeAlarm(d.ID), w.now.Add(time.Duration(sync.Tries)*wakeAfter)); err != nil {
			return err
		}
	}
	return w.record("device.try", itms.Event{Device: d.ID,
		Text: fmt.Sprintf("try %d of %d on device %s failed: %s", sync.Tries, w.policy.PushTries, d.ID, reason)})
}

// wakeAfter is how long, times the tries so far, a device is left alone after a
// failure that may pass by itself.
const wakeAfter = time.Minute

// checkDrift starts a new pass when a contact shows that a verified device lost a
// value it must hold.
func (w *work) checkDrift(d *itms.Device, tree *itms.ParamTree, changed bool) error {
	if !changed {
		return nil
	}
	c, err := w.course(d)
	if err != nil || c == nil || c.binding == nil || d.Sync.Applied != c.target {
		return err
	}
	p, err := w.pass(c, d.Sync)
	if err != nil {
		return nil //nolint:nilerr // Next meets the same error, and says so on the order
	}
	p.tree = tree
	rows, missing := p.rows()
	if missing == nil {
		diff, err := p.diff(rows)
		if err != nil || len(diff) == 0 {
			return err
		}
	}
	d.Sync = itms.Sync{Target: c.target, Phase: itms.SyncRead, Missing: d.Sync.Missing, Rows: d.Sync.Rows, Task: d.Sync.Task}
	return w.record("device.drift", itms.Event{Device: d.ID, Service: c.service.ID,
		Text: fmt.Sprintf("device %s no longer holds what it must: it is configured again", d.ID)})
}
