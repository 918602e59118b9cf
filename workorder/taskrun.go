package workorder

import (
	"fmt"

	"itms"
)

// taskRun is one task being carried out within a transaction.
type taskRun struct {
	*work
	device  *itms.Device
	task    *itms.Task
	session string
}

// procedure is how tasks of a kind are carried out. Its functions change the task; the
// caller stores it.
type procedure struct {
	// fields are those that the request may hold; one that ends in "!" must be there.
	fields []string
	// method is what the device must offer, "" when every one does.
	method string
	// asks is set when the task changes nothing on the device, so that it may be done
	// again at will.
	asks bool
	// check says what else is wrong with the request; nil = nothing can be.
	check func(*itms.TaskSpec) error
	// begin prepares the first command; nil = there is nothing to prepare.
	begin func(*taskRun) error
	// next is the command at the stage at which the task is.
	next func(*taskRun) (itms.Command, error)
	// settle records its outcome.
	settle func(*taskRun, *settlement) error
	// lost says what to do about a command that no answer came to, and reports whether
	// that is something else than to send it again; nil = send it again.
	lost func(*taskRun) (other bool, err error)
	// visit tells a task that waits what an Inform says; nil = that tells it nothing.
	visit func(*taskRun, *itms.Contact) error
	// notice tells a task what the device reports with its CommandKey.
	notice func(*taskRun, *itms.Notice) error
	// holds is set when nothing else may be sent while the device is at work on it.
	holds bool
}

// whyTask marks the commands of tasks; the id follows.
const whyTask = "task:"

// why is the purpose of the task's commands.
func (r *taskRun) why() string { return whyTask + string(r.task.ID) }

// key is the CommandKey by which the device names the task later.
func (r *taskRun) key() string { return string(r.task.ID) }

// parameterKey is what the device keeps as its ParameterKey after a change: that of
// its service as long as it has one (invariant I4), so that a task does not hide which
// revision it holds.
func (r *taskRun) parameterKey() (string, error) {
	c, err := r.course(r.device)
	if err != nil || c == nil || c.binding == nil {
		return r.key(), err
	}
	return r.work.parameterKey(c)
}

// result is what the task brought back so far.
func (r *taskRun) result() *itms.TaskResult {
	if r.task.Result == nil {
		r.task.Result = new(itms.TaskResult)
	}
	return r.task.Result
}

// goOn leaves the task at a stage of the session that it is in.
func (r *taskRun) goOn(stage, reason string) {
	r.task.Run.Stage, r.task.Run.Tries, r.task.Reason = stage, 0, reason
}

// wait leaves the rest to the device.
func (r *taskRun) wait(stage, reason string) {
	run := &r.task.Run
	run.Stage, run.Tries, run.SentAt, run.Pause = stage, 0, r.now, ""
	r.task.State, r.task.Reason = itms.TaskWaiting, reason
}

// done ends the task well.
func (r *taskRun) done(text string) error {
	r.task.Fault = nil
	return r.endTask(r.device, r.task, itms.TaskDone, text)
}

// fail ends the task for good.
func (r *taskRun) fail(text string) error {
	return r.endTask(r.device, r.task, itms.TaskFailed, text)
}

// refused deals with a fault: what may pass by itself is tried again.
func (r *taskRun) refused(f *itms.DeviceFault, method string) error {
	r.task.Fault = f
	text := fmt.Sprintf("the device refused %s: %d %s", method, f.Code, clipText(f.Text))
	for _, p := range f.Params[:min(len(f.Params), maxNamedFaults)] {
		text += fmt.Sprintf("; %s: %d %s", p.Name, p.Code, clipText(p.Text))
	}
	if !f.Transient() {
		return r.fail(text)
	}
	return r.tryLater(text)
}

// maxNamedFaults is how many parameters a sentence names.
const maxNamedFaults = 4

// tryLater counts a failed try and waits, each time longer, for the next.
func (r *taskRun) tryLater(text string) error {
	run := &r.task.Run
	if run.Tries++; run.Tries > r.task.Retries {
		return r.fail(fmt.Sprintf("gave up after %d tries: %s", run.Tries, text))
	}
	pause := min(taskPause<<(run.Tries-1), maxTaskPause)
	run.Next, run.Pause = itms.Timestamp(r.now.Add(pause)), r.session
	r.task.State = itms.TaskQueued
	r.task.Reason = fmt.Sprintf("try %d of %d failed: %s; the next one in %s", run.Tries, r.task.Retries+1, text, pause)
	return r.tx.Agenda().Set(wakeAlarm(r.device.ID), run.Next)
}

// interrupted deals with a session that ended before the answer: the device may or may
// not have done what it was told.
func (r *taskRun) interrupted() error {
	t := r.task
	ours := t.Run.SentBy == r.id
	t.State, t.Reason, t.Run.SentIn = itms.TaskQueued, "the session broke off before the device answered", ""
	if t.Run.Stage == stageMethods { // it does not tell, then
		t.Run.Stage = stageBegin
		return nil
	}
	if lost := procedures[t.Kind].lost; lost != nil {
		if other, err := lost(r); err != nil || other {
			t.Run.Tries = 0
			return err
		}
	}
	switch {
	case !ours: // perhaps the process that waited for the answer died, and the device is well
		return nil
	case t.Run.Tries == 0: // anything may cut one session short
		t.Run.Tries++
		return nil
	}
	return r.tryLater("the device gave no answer")
}

// save stores a task that has not ended; one that has was stored then.
func (r *taskRun) save() error {
	if r.task.State.Final() {
		return nil
	}
	r.task.UpdatedAt = r.now
	return r.tx.Tasks().Put(r.task)
}
