package workorder

import (
	"fmt"
	"slices"
	"strings"

	"itms"
)

// The stages of tasks that write.
const (
	stageAccess = "access" // the ACS's own address and credentials, in a call of their own
	stageVerify = "verify" // read back
)

// beginSet forgets what credentials the device holds that it is about to be given
// others of: until it answers nobody knows which.
func (r *taskRun) beginSet() error {
	if r.task.Run.Stage == stageVerify {
		return nil
	}
	cmd, err := r.nextSet()
	if err != nil {
		return err
	}
	return r.doubt(r.device, cmd)
}

// nextSet writes the values, all or none. Those by which the device reaches us come
// last and alone: after them the session may be over (TR-069 Amd 6 §3.2.1).
func (r *taskRun) nextSet() (itms.Command, error) {
	switch r.task.Run.Stage {
	case stageVerify:
		return itms.GetValues{Paths: firstNames(r.task.Run.Todo, r.batch()), Why: r.why()}, nil
	case stageAccess:
		return r.setValues(r.part(true))
	}
	if first := r.part(false); len(first) > 0 {
		return r.setValues(first)
	}
	return r.setValues(r.part(true))
}

// accessLeaves name what a device needs to reach its ACS.
var accessLeaves = []string{"ManagementServer.URL", "ManagementServer.Username", "ManagementServer.Password"}

// isAccess reports whether the parameter is one of them.
func isAccess(name itms.ParamPath) bool {
	return slices.ContainsFunc(accessLeaves, func(leaf string) bool { return strings.HasSuffix(string(name), leaf) })
}

// part is the values that are about the ACS, or the others.
func (r *taskRun) part(access bool) (part []itms.TaskValue) {
	for _, v := range r.task.Spec.Values {
		if isAccess(v.Name) == access {
			part = append(part, v)
		}
	}
	return part
}

// setValues opens what is sealed and says of what type each value is.
func (r *taskRun) setValues(values []itms.TaskValue) (itms.Command, error) {
	tree, err := r.params(r.device.ID)
	if err != nil {
		return nil, err
	}
	cmd := itms.SetValues{Why: r.why()}
	if cmd.Key, err = r.parameterKey(); err != nil {
		return nil, err
	}
	for _, v := range values {
		out := itms.SetValue{Name: v.Name, Value: v.Value, Type: v.Type, Hide: v.Hidden}
		if v.Hidden {
			clear, err := r.unseal(v.Sealed)
			if err != nil {
				return nil, err
			}
			out.Value = clear.Reveal()
		}
		if known, _ := tree.Get(v.Name); out.Type == "" {
			out.Type = known.Type
		}
		if out.Type == "" {
			out.Type = r.knowledge.TypeOf(string(v.Name))
		}
		cmd.Values = append(cmd.Values, out)
	}
	return cmd, nil
}

// wrote records an answer to a set task.
func (r *taskRun) wrote(s *settlement) error {
	if read, ok := s.out.Command.(itms.GetValues); ok {
		return r.readBackTold(s, read.Paths)
	}
	if s.out.Fault != nil {
		return r.valuesRefused(s)
	}
	s.took(s.out.Command.(itms.SetValues))
	result := r.result()
	status := max(s.out.Status, statusOf(result))
	result.Status = &status
	if r.task.Run.Stage != stageAccess && len(r.part(false)) > 0 && len(r.part(true)) > 0 {
		r.goOn(stageAccess, "writing how to reach the ACS")
		return nil
	}
	return r.written()
}

// valuesRefused deals with a refused write; the device's words may repeat a credential.
func (r *taskRun) valuesRefused(s *settlement) error {
	f := s.out.Fault
	f.Text = s.scrub(f.Text, s.out.Command.(itms.SetValues).Values)
	return r.refused(f, "SetParameterValues")
}

// took notes what a device holds since it took the values of a task.
func (s *settlement) took(cmd itms.SetValues) {
	for _, v := range cmd.Values {
		s.set(s.tree, s.shadow(v), itms.ChangeTask)
	}
	s.dirty = true
}

// statusOf is the status of the answers so far.
func statusOf(result *itms.TaskResult) int {
	if result.Status == nil {
		return 0
	}
	return *result.Status
}

// written goes on to the read-back, now or when the device has applied the values.
func (r *taskRun) written() error {
	names := r.checkable()
	text := fmt.Sprintf("the device took %d values", len(r.task.Spec.Values))
	if r.task.Spec.NoVerify || len(names) == 0 {
		return r.done(text)
	}
	r.goOn(stageVerify, text+"; reading them back")
	r.task.Run.Todo = names
	if statusOf(r.result()) == 1 { // applied after the session or a reboot (A.3.2.1)
		r.wait(stageVerify, text+" and applies them after this session")
		return r.tx.Agenda().Set(wakeAlarm(r.device.ID), r.now.Add(wakeAfter))
	}
	return nil
}

// checkable lists what can be read back: credentials cannot.
func (r *taskRun) checkable() (names []itms.ParamPath) {
	for _, v := range r.task.Spec.Values {
		if !v.Hidden {
			names = append(names, v.Name)
		}
	}
	return names
}

// appliedYet is for a task whose device said that it applies the values later: any
// other session is later.
func (r *taskRun) appliedYet(*itms.Contact) error {
	if r.task.State == itms.TaskWaiting {
		r.task.State, r.task.Reason = itms.TaskQueued, "reading back what the device applies after its session"
	}
	return nil
}

// lookWhatWasSet decides by reading back whether values were written whose answer got
// lost.
func (r *taskRun) lookWhatWasSet() (other bool, err error) {
	if r.task.Run.Stage == stageVerify || r.task.Spec.NoVerify || len(r.checkable()) < len(r.task.Spec.Values) || len(r.part(true)) > 0 {
		return false, nil // what is written twice is the same as once
	}
	r.task.Run.Stage, r.task.Run.Todo = stageVerify, r.checkable()
	return false, nil // it was sent, and counts as a try
}

// readBackTold compares what the device holds with what was written.
func (r *taskRun) readBackTold(s *settlement, asked []itms.ParamPath) error {
	if f := s.out.Fault; f != nil {
		if len(asked) > 1 && f.Transient() {
			r.task.Run.Batch = len(asked) / 2
			return nil
		}
		if f.Transient() {
			return r.refused(f, "GetParameterValues")
		}
		return r.done(fmt.Sprintf("the device took %d values and does not let them be read: %d %s", len(r.task.Spec.Values), f.Code, clipText(f.Text)))
	}
	s.absorbValues()
	r.keepValues(s.out.Values)
	r.task.Run.Todo = slices.Clone(r.task.Run.Todo[len(asked):])
	if len(r.task.Run.Todo) > 0 {
		return nil
	}
	if wrong := r.different(); len(wrong) > 0 {
		if statusOf(r.result()) == 1 && r.task.Run.Tries < r.task.Retries {
			r.task.Run.Todo, r.task.Result.Values, r.task.Result.Count = r.checkable(), nil, 0
			return r.tryLater("the device has not applied the values yet")
		}
		if r.result().Status == nil { // the answer to the write got lost, and it was not done
			r.task.Run.Stage, r.task.Result = stageBegin, nil
			return nil
		}
		return r.fail("the device took the values, but " + strings.Join(wrong[:min(len(wrong), maxNamedFaults)], "; "))
	}
	return r.done(fmt.Sprintf("%d values written and read back", len(r.task.Spec.Values)))
}

// different says which of the values read back otherwise than they were written.
func (r *taskRun) different() (wrong []string) {
	for _, want := range r.task.Spec.Values {
		if want.Hidden {
			continue
		}
		i := slices.IndexFunc(r.task.Result.Values, func(v itms.TaskValue) bool { return v.Name == want.Name })
		switch {
		case i < 0:
			wrong = append(wrong, fmt.Sprintf("%s was not read back", want.Name))
		case r.task.Result.Values[i].Hidden:
		case !itms.SameValue(r.task.Result.Values[i].Type, r.task.Result.Values[i].Value, want.Value):
			wrong = append(wrong, fmt.Sprintf("%s reads back as %q", want.Name, clipText(r.task.Result.Values[i].Value)))
		}
	}
	return wrong
}

// nextAttributeChange writes attributes.
func (r *taskRun) nextAttributeChange() (itms.Command, error) {
	return itms.SetAttributes{Changes: r.task.Spec.Attributes, Why: r.why()}, nil
}

// attributesSet records the answer.
func (r *taskRun) attributesSet(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "SetParameterAttributes")
	}
	s.attributesWritten(r.task.Spec.Attributes)
	return r.done(fmt.Sprintf("attributes of %d names written", len(r.task.Spec.Attributes)))
}

// nextVouchers sends vouchers.
func (r *taskRun) nextVouchers() (itms.Command, error) {
	return itms.SetVouchers{Vouchers: r.task.Spec.Vouchers, Why: r.why()}, nil
}

// vouchersSet records the answer.
func (r *taskRun) vouchersSet(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "SetVouchers")
	}
	return r.done(fmt.Sprintf("%d vouchers taken", len(r.task.Spec.Vouchers)))
}
