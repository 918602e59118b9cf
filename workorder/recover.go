package workorder

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"itms"
)

// The steps of a recovery, in the order of the work.
const (
	stepReread  = "reread"
	stepCompare = "compare"
	stepPush    = "push"
	stepReboot  = "reboot"
	stepVerify  = "verify"
)

// taskTTL is how long a task waits for its device.
const taskTTL = 24 * time.Hour

// maxTasks bounds the open tasks of a device: more are a mistake of the caller.
const maxTasks = 16

// CreateTask queues a task and asks the device for contact. Errors: KindNotFound;
// KindConflict with CodeDeviceState when the device cannot be recovered; KindLimit when
// too many tasks of it are open.
func (e *Engine) CreateTask(ctx context.Context, actor string, id itms.DeviceID, kind itms.TaskKind) (*itms.Task, error) {
	if kind != itms.TaskRecover {
		return nil, itms.Errorf(itms.KindInvalid, itms.CodeUnsupported, "%s tasks are not performed by this version", kind)
	}
	var task *itms.Task
	_, err := e.onDevice(ctx, id, func(w *work, d *itms.Device) (err error) {
		task, err = w.createTask(d, kind, actor)
		return err
	})
	if err != nil {
		return nil, err
	}
	return task, nil
}

// createTask is CreateTask within a transaction.
func (w *work) createTask(d *itms.Device, kind itms.TaskKind, actor string) (*itms.Task, error) {
	b, err := w.inForce(d.ID)
	switch {
	case err != nil:
		return nil, err
	case b == nil:
		return nil, itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "device %s serves nothing: there is nothing to recover", d.ID)
	case d.Profile == "" || d.Conflict || d.Blocked:
		return nil, itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "device %s cannot be written to: %s", d.ID, d.Problem)
	case d.Tasks >= maxTasks:
		return nil, itms.Errorf(itms.KindLimit, itms.CodeTaskState, "device %s has %d open tasks", d.ID, d.Tasks)
	}
	t := &itms.Task{ID: itms.TaskID(itms.NewID(w.now)), Device: d.ID, Kind: kind, State: itms.TaskQueued, Actor: actor,
		Reason: "waiting for the device to come into contact", CreatedAt: w.now, UpdatedAt: w.now, ExpiresAt: w.now.Add(taskTTL)}
	for _, name := range []string{stepReread, stepCompare, stepPush, stepReboot, stepVerify} {
		t.Steps = append(t.Steps, itms.TaskStep{Name: name, State: itms.TaskQueued})
	}
	if err := w.tx.Tasks().Insert(t); err != nil {
		return nil, err
	}
	if err := w.tx.Agenda().Set(taskAlarm(t.ID), t.ExpiresAt); err != nil {
		return nil, err
	}
	if err := w.touch(b); err != nil {
		return nil, err
	}
	d.Tasks++
	w.fx.wake = append(w.fx.wake, d.ID)
	if err := w.taskEvent(t, "asked for by "+actor); err != nil {
		return nil, err
	}
	return t, w.tx.Devices().Put(d)
}

// touch notes on an order under way that an operator had a hand in it.
func (w *work) touch(b *itms.Binding) error {
	o, err := w.tx.Orders().Get(b.Order)
	if err != nil || o.Touched || o.State.Final() {
		return err
	}
	o.Touched = true
	return w.tx.Orders().Put(o)
}

// taskEvent journals what became of a task.
func (w *work) taskEvent(t *itms.Task, text string) error {
	return w.record("task."+string(t.State), itms.Event{Device: t.Device, Actor: t.Actor, Data: map[string]string{"task": string(t.ID)},
		Text: fmt.Sprintf("%s of device %s is %s: %s", t.Kind, t.Device, t.State, text)})
}

// beginTask lets the oldest queued task of a device begin, unless an order is at work.
func (w *work) beginTask(d *itms.Device) error {
	if d.Tasks == 0 {
		return nil
	}
	c, err := w.course(d)
	if err != nil || c == nil || !c.mayBeginTask() {
		return err
	}
	open, err := w.tx.Tasks().Open(d.ID, 1)
	if err != nil || len(open) == 0 {
		return err
	}
	t := open[0]
	d.Sync = itms.Sync{Target: c.target, Phase: itms.SyncRead, Rows: d.Sync.Rows, All: true, Task: t.ID}
	if err := w.pushSecretsAgain(d); err != nil {
		return err
	}
	t.State, t.Reason = itms.TaskSent, "reading the device"
	return w.stepTo(t, stepReread, itms.TaskSent, "")
}

// mayBeginTask reports whether a queued task may begin: the device serves, and neither
// an order nor a pass is at work on it.
func (c *course) mayBeginTask() bool {
	d := c.device
	idle := d.Sync.Phase == itms.SyncIdle || d.Sync.Phase == itms.SyncFailed
	return d.Tasks > 0 && d.Sync.Task == "" && idle && c.binding != nil && !c.wiping() && !c.underWay()
}

// stepTo notes where a task stands; a later step ends those before it.
func (w *work) stepTo(t *itms.Task, name string, state itms.TaskState, text string) error {
	i := slices.IndexFunc(t.Steps, func(s itms.TaskStep) bool { return s.Name == name })
	for j := range i {
		if s := &t.Steps[j]; !s.State.Final() {
			s.State, s.At = itms.TaskDone, w.now
		}
	}
	s := &t.Steps[i]
	s.State = state
	if text != "" {
		s.Text = text
	}
	if state.Final() {
		s.At = w.now
	}
	t.UpdatedAt = w.now
	return w.tx.Tasks().Put(t)
}

// taskCompared reports, before everything is written, what differed.
func (w *work) taskCompared(c *course, cmd itms.Command) error {
	set, ok := cmd.(itms.SetValues)
	if !ok || !c.device.Sync.All {
		return nil
	}
	t, err := w.tx.Tasks().Get(c.device.Sync.Task)
	if err != nil {
		return err
	}
	p, err := w.pass(c, c.device.Sync)
	if err != nil {
		return err
	}
	p.sync.All = false
	rows, _ := p.rows()
	differing, err := p.diff(rows)
	if err != nil {
		return err
	}
	var names []string
	for _, v := range differing {
		if !v.Hide { // of credentials nothing can be known but that they are written again
			names = append(names, string(v.Name))
		}
	}
	text := fmt.Sprintf("%d of %d values differed", len(names), len(set.Values))
	if len(names) > 0 {
		text += ": " + strings.Join(names[:min(len(names), 10)], ", ")
	}
	t.Reason = "writing every value"
	if err := w.stepTo(t, stepCompare, itms.TaskDone, text); err != nil {
		return err
	}
	return w.stepTo(t, stepPush, itms.TaskSent, "")
}

// taskPushed reports that everything was written; the reboot is next.
func (s *settlement) taskPushed(count int) error {
	id := s.device.Sync.Task
	if id == "" {
		return nil
	}
	t, err := s.tx.Tasks().Get(id)
	if err != nil {
		return err
	}
	t.State, t.Reason = itms.TaskWaiting, "rebooting"
	if err := s.stepTo(t, stepPush, itms.TaskDone, fmt.Sprintf("the device took %d values", count)); err != nil {
		return err
	}
	return s.stepTo(t, stepReboot, itms.TaskSent, "")
}

// recovered ends a recovery whose read-back is right.
func (w *work) recovered(d *itms.Device, id itms.TaskID) error {
	t, err := w.tx.Tasks().Get(id)
	if err != nil {
		return err
	}
	if err := w.stepTo(t, stepVerify, itms.TaskDone, "the device holds what it must"); err != nil {
		return err
	}
	return w.endTask(d, t, itms.TaskDone, "the device holds what it must")
}

// abortTask ends the recovery under way on a device as failed.
func (w *work) abortTask(d *itms.Device, reason string) error {
	if d.Sync.Task == "" {
		return nil
	}
	t, err := w.tx.Tasks().Get(d.Sync.Task)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(t.Steps, func(s itms.TaskStep) bool { return !s.State.Final() }); i >= 0 {
		t.Steps[i].State, t.Steps[i].Text, t.Steps[i].At = itms.TaskFailed, reason, w.now
	}
	return w.endTask(d, t, itms.TaskFailed, reason)
}

// endTask ends a task and detaches it from its device; the caller stores the device.
func (w *work) endTask(d *itms.Device, t *itms.Task, state itms.TaskState, reason string) error {
	t.State, t.Reason, t.UpdatedAt = state, reason, w.now
	if err := w.tx.Tasks().Put(t); err != nil {
		return err
	}
	d.Tasks = max(d.Tasks-1, 0)
	if d.Sync.Task == t.ID {
		d.Sync.Task, d.Sync.All = "", false
	}
	if err := w.tx.Agenda().Clear(taskAlarm(t.ID)); err != nil {
		return err
	}
	return w.taskEvent(t, reason)
}

// CancelTask ends a task that has not ended; what was sent already is not undone.
// Errors: KindNotFound; KindConflict with CodeTaskState.
func (e *Engine) CancelTask(ctx context.Context, actor string, id itms.TaskID) (*itms.Task, error) {
	var task *itms.Task
	err := e.update(ctx, func(w *work) (err error) {
		task, err = w.stopTask(id, itms.TaskCancelled, "cancelled by "+actor)
		return err
	})
	return task, err
}

// stopTask ends an open task from outside a session.
func (w *work) stopTask(id itms.TaskID, state itms.TaskState, reason string) (*itms.Task, error) {
	t, err := w.tx.Tasks().Get(id)
	if err != nil {
		return nil, err
	}
	if t.State.Final() {
		return nil, itms.Errorf(itms.KindConflict, itms.CodeTaskState, "task %s is %s", t.ID, t.State)
	}
	d, err := w.device(t.Device)
	if err != nil {
		return nil, err
	}
	if err := w.endTask(d, t, state, reason); err != nil {
		return nil, err
	}
	return t, w.tx.Devices().Put(d)
}

// expireTask is the bell of a task whose device did not come, or did not get well.
func (w *work) expireTask(id string) error {
	_, err := w.stopTask(itms.TaskID(id), itms.TaskExpired, fmt.Sprintf("not ended within %s", taskTTL))
	if itms.IsKind(err, itms.KindConflict) {
		return nil
	}
	return err
}
