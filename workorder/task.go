package workorder

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"itms"
)

const (
	// taskTTL is how long a task waits for its device unless it says otherwise.
	taskTTL = 24 * time.Hour
	// maxTaskTTL bounds what a task may say.
	maxTaskTTL = 30 * 24 * time.Hour
	// maxTasks bounds the open tasks of a device: more are a mistake of the caller.
	maxTasks = 64
	// taskRetries is how often more a failure that may pass is tried.
	taskRetries = 3
	// taskPause is the pause before the second try; it doubles up to maxTaskPause.
	taskPause    = time.Minute
	maxTaskPause = time.Hour
)

// CreateTask queues a task and asks the device for contact. Errors: KindNotFound;
// KindInvalid with the fields that are wrong; KindConflict with CodeDeviceState when
// the device's state forbids it, or with CodeUnsupported when the device does not
// offer the method; KindLimit when too many tasks of it are open.
func (e *Engine) CreateTask(ctx context.Context, actor string, id itms.DeviceID, req itms.TaskRequest) (*itms.Task, error) {
	if err := e.checkTask(&req); err != nil {
		return nil, err
	}
	var task *itms.Task
	_, err := e.onDevice(ctx, id, func(w *work, d *itms.Device) (err error) {
		task, err = w.createTask(d, &req, actor, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	return task, nil
}

// createTask is CreateTask of a checked request within a transaction.
func (w *work) createTask(d *itms.Device, req *itms.TaskRequest, actor string, batch itms.BatchID) (*itms.Task, error) {
	if err := w.mayTask(d, req); err != nil {
		return nil, err
	}
	return w.queueTask(d, req, actor, batch)
}

// queueTask is createTask of a request that the device may be given.
func (w *work) queueTask(d *itms.Device, req *itms.TaskRequest, actor string, batch itms.BatchID) (*itms.Task, error) {
	t := &itms.Task{ID: itms.TaskID(itms.NewID(w.now)), Device: d.ID, Kind: req.Kind, State: itms.TaskQueued, Actor: actor, Batch: batch,
		Reason: "waiting for the device to come into contact", TaskTerms: req.TaskTerms, Spec: w.sealSpec(d, req.Spec),
		CreatedAt: w.now, UpdatedAt: w.now}
	t.ExpiresAt = w.expiry(&t.TaskTerms, &t.Spec)
	if t.Kind == itms.TaskRecover {
		t.Steps = recoverySteps()
	}
	if err := w.callFor(d, t); err != nil {
		return nil, err
	}
	if err := w.tx.Tasks().Insert(t); err != nil {
		return nil, err
	}
	if err := w.tx.Agenda().Set(taskAlarm(t.ID), t.ExpiresAt); err != nil {
		return nil, err
	}
	d.Tasks++
	if err := w.taskEvent(t, "asked for by "+actor); err != nil {
		return nil, err
	}
	return t, w.putDevice(d)
}

// callFor asks the device for contact, now or when the task may begin.
func (w *work) callFor(d *itms.Device, t *itms.Task) error {
	if t.NotBefore.After(w.now) {
		t.Reason = "waiting for its time"
		return w.tx.Agenda().Set(wakeAlarm(d.ID), t.NotBefore)
	}
	w.fx.wake = append(w.fx.wake, d.ID)
	return nil
}

// mayTask says why a task of the kind cannot be given to the device now.
func (w *work) mayTask(d *itms.Device, req *itms.TaskRequest) error {
	switch {
	case d.Blocked:
		return itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "device %s is blocked: unblock it first", d.ID)
	case d.Profile == itms.CableProfile:
		return itms.Errorf(itms.KindConflict, itms.CodeUnsupported,
			"device %s is provisioned by DHCP and its configuration file: it has no session in which a task could be carried out", d.ID)
	case d.Tasks >= maxTasks:
		return itms.Errorf(itms.KindLimit, itms.CodeTaskState, "device %s has %d open tasks", d.ID, d.Tasks)
	}
	if err := w.mayDepend(d, req.After); err != nil {
		return err
	}
	if err := w.mayFetch(d, &req.Spec.Transfer); err != nil {
		return err
	}
	if method := procedures[req.Kind].method; !offers(d, method) {
		return unoffered(d, method)
	}
	if err := mayTest(d, req.Kind); err != nil {
		return err
	}
	b, err := w.inForce(d.ID)
	switch {
	case err != nil:
		return err
	case req.Kind == itms.TaskRecover:
		if err := w.mayRecover(d, b); err != nil {
			return err
		}
	case procedures[req.Kind].asks:
		return nil
	}
	if b == nil {
		return nil
	}
	return w.touch(b)
}

// mayDepend checks the task that another is to come after.
func (w *work) mayDepend(d *itms.Device, after itms.TaskID) error {
	if after == "" {
		return nil
	}
	t, err := w.tx.Tasks().Get(after)
	switch {
	case itms.IsKind(err, itms.KindNotFound) || err == nil && t.Device != d.ID:
		return itms.Invalid("/after", "is no task of this device")
	case err != nil:
		return err
	case t.State.Final() && t.State != itms.TaskDone:
		return itms.Invalid("/after", "is a task that %s", t.State)
	}
	return nil
}

// unoffered is the error for a method that a device does not list.
func unoffered(d *itms.Device, method string) error {
	return itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "device %s does not offer %s; it lists its methods without it (see an rpcMethods task)", d.ID, method)
}

// offers reports whether a device lists a method, or was not asked yet.
func offers(d *itms.Device, method string) bool {
	return method == "" || d.Methods == nil || slices.Contains(d.Methods, method)
}

// expiry is when a task is given up: what the device is told to do later needs the
// time for it.
func (w *work) expiry(terms *itms.TaskTerms, spec *itms.TaskSpec) time.Time {
	if !terms.ExpiresAt.IsZero() {
		return terms.ExpiresAt
	}
	start := w.now
	if terms.NotBefore.After(start) {
		start = terms.NotBefore
	}
	later := spec.Delay
	for _, window := range spec.Windows {
		later = max(later, window.End)
	}
	return itms.Timestamp(start.Add(taskTTL + time.Duration(later)*time.Second))
}

// touch notes on an order under way that an operator had a hand in it.
func (w *work) touch(b *itms.Binding) error {
	o, err := w.tx.Orders().Get(b.Order)
	if err != nil || o.Touched || o.State.Final() {
		return err
	}
	o.Touched = true
	return w.store(o)
}

// taskEvent journals what became of a task.
func (w *work) taskEvent(t *itms.Task, text string) error {
	return w.record("task."+string(t.State), itms.Event{Device: t.Device, Actor: t.Actor, Data: map[string]string{"task": string(t.ID)},
		Text: fmt.Sprintf("%s of device %s is %s: %s", t.Kind, t.Device, t.State, text)})
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
	if slices.Contains(transferKinds, t.Kind) {
		if err := w.closeTransfers(t.ID); err != nil {
			return err
		}
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
	underTest := inTest(t)
	if err := w.endTask(d, t, state, reason); err != nil {
		return nil, err
	}
	if underTest {
		if err := w.stopTest(d, t); err != nil {
			return nil, err
		}
	}
	return t, w.putDevice(d)
}

// expireTask is the bell of a task whose device did not come, or did not get well.
func (w *work) expireTask(id string) error {
	t, err := w.tx.Tasks().Get(itms.TaskID(id))
	if err != nil || t.State.Final() {
		return err
	}
	state := itms.TaskExpired
	if inTest(t) { // the device came, and did not end what it was told
		state = itms.TaskFailed
	}
	_, err = w.stopTask(t.ID, state, fmt.Sprintf("not ended within %s: %s", t.ExpiresAt.Sub(t.CreatedAt).Round(time.Second), t.Reason))
	return err
}

// openTasks lists a device's tasks that have not ended, in the order in which they
// are to be carried out.
func (w *work) openTasks(d *itms.Device) ([]*itms.Task, error) {
	if d.Tasks == 0 {
		return nil, nil
	}
	open, err := w.tx.Tasks().Open(d.ID, maxTasks)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(open, func(a, b *itms.Task) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.ID, b.ID))
	})
	return open, nil
}
