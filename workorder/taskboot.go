package workorder

import (
	"fmt"
	"time"

	"itms"
)

// bootPatience is after which time a device that is in contact again counts as booted
// although it did not say so: some always say PERIODIC.
const bootPatience = 5 * time.Minute

// nextReboot restarts the device.
func (r *taskRun) nextReboot() (itms.Command, error) {
	return itms.Reboot{Key: r.key(), Why: r.why()}, nil
}

// rebooting records the answer: the device boots after the session.
func (r *taskRun) rebooting(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "Reboot")
	}
	r.wait("", "the device is rebooting")
	return nil
}

// booted ends a reboot with the first Inform that tells of one. An answer that got lost
// is made up for by it.
func (r *taskRun) booted(c *itms.Contact) error {
	switch {
	case c.Has(itms.EventBoot), c.Has(itms.EventBootstrap), c.Has(itms.EventMReboot):
		return r.done("the device has booted")
	case r.task.State == itms.TaskWaiting && r.now.Sub(r.task.Run.SentAt) >= bootPatience:
		return r.done("the device is in contact again; it did not say that it booted")
	}
	return nil
}

// nextReset makes the device as it left the factory.
func (r *taskRun) nextReset() (itms.Command, error) { return itms.FactoryReset{Why: r.why()}, nil }

// resetting records the answer.
func (r *taskRun) resetting(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "FactoryReset")
	}
	r.wait("", "the device is being reset")
	return nil
}

// wasReset ends a reset with 0 BOOTSTRAP.
func (r *taskRun) wasReset(c *itms.Contact) error {
	if !c.Has(itms.EventBootstrap) {
		return nil
	}
	return r.done("the device is as it left the factory")
}

// nextSchedule has the device come later.
func (r *taskRun) nextSchedule() (itms.Command, error) {
	return itms.ScheduleInform{Delay: r.task.Spec.Delay, Key: r.key(), Why: r.why()}, nil
}

// scheduled records the answer.
func (r *taskRun) scheduled(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "ScheduleInform")
	}
	r.wait("", fmt.Sprintf("the device comes in %d seconds", r.task.Spec.Delay))
	return nil
}

// cameAsScheduled ends the task with the Inform that was asked for, by its CommandKey
// where the device tells it.
func (r *taskRun) cameAsScheduled(c *itms.Contact) error {
	if c.HasKey(itms.EventMSchedule, r.key()) || c.Has(itms.EventScheduled) && !c.Has(itms.EventMSchedule) {
		return r.done("the device came as it was told")
	}
	return nil
}

// nextCancel stops a transfer.
func (r *taskRun) nextCancel() (itms.Command, error) {
	return itms.CancelTransfer{Key: r.task.Spec.CommandKey, Why: r.why()}, nil
}

// transferCancelled records the answer. The task whose transfer it was ends with it.
func (r *taskRun) transferCancelled(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "CancelTransfer")
	}
	other, err := r.tx.Tasks().Get(itms.TaskID(r.task.Spec.CommandKey))
	if err == nil && other.Device == r.device.ID && !other.State.Final() {
		err = r.endTask(r.device, other, itms.TaskCancelled, "the device stopped the transfer, as task "+string(r.task.ID)+" asked")
	}
	if ignoreNotFound(err) != nil {
		return err
	}
	return r.done("the device stopped the transfer")
}

// nextTransfers lists transfers, by the older method where the device has that only.
func (r *taskRun) nextTransfers() (itms.Command, error) {
	all := itms.GetTransfers{}
	old := !offers(r.device, all.Method()) || r.task.Run.Stage == stageMore
	return itms.GetTransfers{Old: old, Why: r.why()}, nil
}

// gotTransfers records them.
func (r *taskRun) gotTransfers(s *settlement) error {
	asked := s.out.Command.(itms.GetTransfers)
	switch f := s.out.Fault; {
	case f != nil && f.Code == itms.FaultMethod && !asked.Old:
		r.goOn(stageMore, "asking for transfers in the older way")
		return nil
	case f != nil:
		return r.refused(f, asked.Method())
	}
	r.result().Transfers = s.out.Transfers
	return r.done(fmt.Sprintf("%d transfers", len(s.out.Transfers)))
}

// nextUnits changes software modules.
func (r *taskRun) nextUnits() (itms.Command, error) {
	changes := make([]itms.UnitChange, len(r.task.Spec.Units))
	for i, u := range r.task.Spec.Units {
		clear, err := r.unseal(u.Sealed)
		if err != nil {
			return nil, err
		}
		u.Password = clear
		changes[i] = u
	}
	return itms.ChangeUnits{Changes: changes, Key: r.key(), Why: r.why()}, nil
}

// unitsAnswered records the answer: the end is told later.
func (r *taskRun) unitsAnswered(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "ChangeDUState")
	}
	r.wait("", "the device is at work on its software modules")
	return nil
}

// unitsTold ends the task with what became of each operation.
func (r *taskRun) unitsTold(n *itms.Notice) error {
	if n.Method != "DUStateChangeComplete" {
		return nil
	}
	r.result().Units = n.Units
	for _, u := range n.Units {
		if u.Fault != 0 {
			r.task.Fault = &itms.DeviceFault{Code: u.Fault, Text: u.Text}
			return r.fail(fmt.Sprintf("module %s: %d %s", u.UUID, u.Fault, clipText(u.Text)))
		}
	}
	return r.done(fmt.Sprintf("%d operations on software modules done", len(n.Units)))
}
