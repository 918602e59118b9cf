package workorder

import (
	"fmt"
	"slices"
	"strings"

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

// recoverySteps is the report of a recovery that has not begun.
func recoverySteps() (steps []itms.TaskStep) {
	for _, name := range []string{stepReread, stepCompare, stepPush, stepReboot, stepVerify} {
		steps = append(steps, itms.TaskStep{Name: name, State: itms.TaskQueued})
	}
	return steps
}

// mayRecover says why a device cannot be recovered; b is its binding in force.
func (w *work) mayRecover(d *itms.Device, b *itms.Binding) error {
	switch {
	case b == nil:
		return itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "device %s serves nothing: there is nothing to recover", d.ID)
	case d.Profile == "" || d.Conflict:
		return itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "device %s cannot be written to: %s", d.ID, d.Problem)
	}
	return nil
}

// beginRecovery lets a recovery begin, unless an order is at work. One whose device
// serves nothing any more has failed.
func (w *work) beginRecovery(d *itms.Device, t *itms.Task) error {
	c, err := w.course(d)
	switch {
	case err != nil:
		return err
	case c == nil || c.binding == nil || c.wiping():
		return w.endTask(d, t, itms.TaskFailed, "the device serves nothing any more")
	case !c.mayRecover():
		return nil
	}
	d.Sync = itms.Sync{Target: c.target, Phase: itms.SyncRead, Rows: d.Sync.Rows, All: true, Task: t.ID}
	attributesMayDiffer(d)
	if err := w.pushSecretsAgain(d); err != nil {
		return err
	}
	t.State, t.Reason = itms.TaskSent, "reading the device"
	return w.stepTo(t, stepReread, itms.TaskSent, "")
}

// mayRecover reports whether a recovery may begin: neither an order nor a pass is at
// work on the device.
func (c *course) mayRecover() bool {
	d := c.device
	idle := d.Sync.Phase == itms.SyncIdle || d.Sync.Phase == itms.SyncFailed
	return d.Sync.Task == "" && idle && !c.underWay()
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
