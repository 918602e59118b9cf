package workorder

import (
	"fmt"
	"slices"
	"strings"

	"itms"
)

// head is the task of a device whose turn it is, nil when there is none. What waits
// for another try keeps those behind it waiting: they were meant to come after it.
func (w *work) head(d *itms.Device, session string) (*itms.Task, error) {
	open, err := w.openTasks(d)
	if err != nil {
		return nil, err
	}
	for _, t := range open {
		switch {
		case t.State == itms.TaskWaiting && (procedures[t.Kind].holds || d.Sync.Task == t.ID):
			return nil, nil
		case t.State == itms.TaskWaiting, t.State == itms.TaskQueued && t.NotBefore.After(w.now), heldByTest(t, open):
			continue
		case t.Run.Pause == session || t.Run.Next.After(w.now):
			return nil, nil
		}
		ready, err := w.dependencyMet(t)
		if err != nil || ready {
			return t, err
		}
	}
	return nil, nil
}

// dependencyMet reports whether a task's turn is not kept back by another's.
func (w *work) dependencyMet(t *itms.Task) (bool, error) {
	if t.After == "" {
		return true, nil
	}
	other, err := w.tx.Tasks().Get(t.After)
	if itms.IsKind(err, itms.KindNotFound) {
		return true, nil
	}
	return err == nil && other.State.Final(), err
}

// nextTask is the command of the task whose turn it is, or the need to begin one.
func (w *work) nextTask(d *itms.Device, session string) (nextStep, error) {
	t, err := w.head(d, session)
	switch {
	case err != nil || t == nil:
		return nextStep{}, err
	case t.State != itms.TaskSent || t.Run.SentIn != session:
		return nextStep{write: true}, nil
	case t.Kind == itms.TaskRecover: // its commands are those of the course
		return nextStep{}, nil
	}
	cmd, err := (&taskRun{w, d, t, session}).command()
	return nextStep{command: cmd}, err
}

// command is what the task sends next.
func (r *taskRun) command() (itms.Command, error) {
	if r.task.Run.Stage == stageMethods {
		return itms.GetMethods{Why: r.why()}, nil
	}
	return procedures[r.task.Kind].next(r)
}

// beginTasks begins the task whose turn it is, once the device has nothing else to do.
// Tasks that cannot be carried out end here, and the next one has its turn. The caller
// stores the device.
func (w *work) beginTasks(d *itms.Device, session string) error {
	if d.Tasks == 0 || session == "" {
		return nil
	}
	own, err := w.ownBusiness(d, session, true)
	if err != nil || own.command != nil {
		return err
	}
	for {
		t, err := w.head(d, session)
		if err != nil || t == nil || t.State == itms.TaskSent && t.Run.SentIn == session {
			return err
		}
		if t.Kind == itms.TaskRecover {
			return w.beginRecovery(d, t)
		}
		r := &taskRun{w, d, t, session}
		if err := r.begin(); err != nil {
			return err
		}
		if err := r.save(); err != nil {
			return err
		}
	}
}

// optionalMethods are those that a device need not offer (TR-069 Amd 6 table 4): it is
// asked before it is sent one for the first time.
var optionalMethods = []string{"FactoryReset", "Upload", "ScheduleInform", "ScheduleDownload", "CancelTransfer",
	"SetVouchers", "GetOptions", "ChangeDUState"}

// stageMethods is the stage at which a device is asked for its methods first.
const stageMethods = "methods"

// begin marks the task as being carried out in this session, from the stage at which
// it was left.
func (r *taskRun) begin() error {
	t, kind := r.task, procedures[r.task.Kind]
	if failed, err := r.dependencyFailed(); err != nil || failed {
		return err
	}
	if t.Fault != nil && len(t.Fault.Params) == 0 { // of the try before; refused names are kept to be told at the end
		t.Fault = nil
	}
	switch {
	case !offers(r.device, kind.method):
		return r.fail(unoffered(r.device, kind.method).Error())
	case t.Run.Stage == "" && slices.Contains(optionalMethods, kind.method) && r.device.Methods == nil && !r.models.Quirks(r.device.Profile).NoMethods:
		t.Run.Stage = stageMethods
	case kind.begin != nil:
		if err := kind.begin(r); err != nil || t.State.Final() {
			return err
		}
	}
	t.State, t.Run.SentIn, t.Run.SentBy = itms.TaskSent, r.session, r.id
	t.Reason = "being carried out"
	return nil
}

// dependencyFailed ends the task when the one that it comes after was not done.
func (r *taskRun) dependencyFailed() (bool, error) {
	if r.task.After == "" {
		return false, nil
	}
	other, err := r.tx.Tasks().Get(r.task.After)
	if err != nil || other.State == itms.TaskDone {
		return false, ignoreNotFound(err)
	}
	return true, r.fail(fmt.Sprintf("task %s, which it was to come after, %s: %s", other.ID, other.State, other.Reason))
}

// ignoreNotFound passes over a thing that is not there any more.
func ignoreNotFound(err error) error {
	if itms.IsKind(err, itms.KindNotFound) {
		return nil
	}
	return err
}

// taskAnswered records the outcome of a task's command. A task that was cancelled or
// has expired meanwhile stays as it is.
func (s *settlement) taskAnswered() error {
	id := itms.TaskID(strings.TrimPrefix(s.out.Command.Purpose(), whyTask))
	t, err := s.tx.Tasks().Get(id)
	if err != nil || t.State.Final() || t.Device != s.device.ID {
		return ignoreNotFound(err)
	}
	r := &taskRun{s.work, s.device, t, s.session}
	settle := procedures[t.Kind].settle
	if t.Run.Stage == stageMethods {
		settle = (*taskRun).methodsTold
	}
	if err := settle(r, s); err != nil {
		return err
	}
	return r.save()
}

// methodsTold records which methods the device offers. One that does not say is taken
// to offer what it is asked for.
func (r *taskRun) methodsTold(s *settlement) error {
	if s.out.Fault == nil {
		r.learnMethods(s.out.Methods)
	}
	r.goOn(stageBegin, "being carried out")
	return r.begin()
}

// stageBegin is the first stage of a task whose device was asked for its methods.
const stageBegin = "begin"

// visitTasks tells the open tasks of a device what its Inform says.
func (w *work) visitTasks(d *itms.Device, c *itms.Contact) error {
	open, err := w.openTasks(d)
	if err != nil {
		return err
	}
	for _, t := range open {
		r := &taskRun{w, d, t, c.Session}
		if err := r.visit(c); err != nil {
			return err
		}
	}
	return nil
}

// visit tells one task. Recoveries follow the course of their device.
func (r *taskRun) visit(c *itms.Contact) error {
	t, kind := r.task, procedures[r.task.Kind]
	broken := t.State == itms.TaskSent && t.Run.SentIn != c.Session
	if t.Kind == itms.TaskRecover || t.State == itms.TaskQueued {
		return nil
	}
	if kind.visit != nil {
		if err := kind.visit(r, c); err != nil || t.State.Final() {
			return err
		}
	}
	if broken && t.State == itms.TaskSent {
		if err := r.interrupted(); err != nil {
			return err
		}
	}
	return r.save()
}

// taskNotice tells a task what the device reports by its CommandKey. Devices that leave
// it out mean the one transfer that they have.
func (w *work) taskNotice(n *itms.Notice) error {
	d, err := w.device(n.Device)
	if err != nil || d.Tasks == 0 {
		return ignoreNotFound(err)
	}
	open, err := w.openTasks(d)
	if err != nil {
		return err
	}
	var meant *itms.Task
	for _, t := range open {
		if procedures[t.Kind].notice == nil || t.State == itms.TaskQueued && t.Run.SentAt.IsZero() {
			continue
		}
		if string(t.ID) == n.Key || n.Key == "" && meant == nil {
			meant = t
		}
	}
	if meant == nil {
		return nil
	}
	r := &taskRun{w, d, meant, n.Session}
	if err := procedures[meant.Kind].notice(r, n); err != nil {
		return err
	}
	if err := r.save(); err != nil {
		return err
	}
	return w.putDevice(d)
}
