package workorder

import (
	"cmp"
	"fmt"
	"slices"

	"itms"
)

const (
	// readBatch is how many values are asked for at once: 20,000 parameters take 200
	// requests, and the answer to one stays below what small devices can hold.
	readBatch = 100
	// objectBatch is the same for whole objects, whose size nobody knows before.
	objectBatch = 1
)

// stageList is the stage of a get task that lists an object before it reads it.
const stageList = "list"

// nextRead asks for the names that are left of a get task. An object that the device
// cannot tell all at once is listed first.
func (r *taskRun) nextRead() (itms.Command, error) {
	todo := r.unread()
	if r.task.Run.Stage == stageList {
		return itms.GetNames{Path: todo[0], Why: r.why()}, nil
	}
	return itms.GetValues{Paths: firstNames(todo, r.batch()), Why: r.why()}, nil
}

// unread lists what a get task has still to ask for.
func (r *taskRun) unread() []itms.ParamPath {
	if firstStage(r.task) {
		return r.task.Spec.Names
	}
	return r.task.Run.Todo
}

// firstStage reports whether nothing of the task was sent yet but the question for the
// device's methods.
func firstStage(t *itms.Task) bool {
	return t.Run.Stage == "" || t.Run.Stage == stageMethods || t.Run.Stage == stageBegin
}

// stageMore is the stage of a task that is halfway through a list.
const stageMore = "more"

// batch is how many names one request may have: the usual number, or fewer after a
// refusal.
func (r *taskRun) batch() int { return cmp.Or(r.task.Run.Batch, r.usualBatch()) }

// usualBatch is how many names devices of the profile can take.
func (r *taskRun) usualBatch() int {
	return cmp.Or(r.models.Quirks(r.device.Profile).Batch, readBatch)
}

// firstNames takes names off a list: parameters together, an object alone.
func firstNames(todo []itms.ParamPath, most int) []itms.ParamPath {
	if len(todo) > 0 && todo[0].IsObject() {
		return todo[:objectBatch]
	}
	n := 0
	for n < min(len(todo), most) && !todo[n].IsObject() {
		n++
	}
	return todo[:n]
}

// gotValues records a read of a get task. A refusal of many names is looked into by
// halves, until it is known which one the device minds.
func (r *taskRun) gotValues(s *settlement) error {
	list, listed := s.out.Command.(itms.GetNames)
	switch {
	case listed && s.out.Fault != nil:
		return r.refused(s.out.Fault, "GetParameterNames")
	case listed:
		s.absorbNames()
		return r.readSingly(list.Path, s.out.Values)
	case s.out.Fault != nil:
		return r.readRefused(s, s.out.Command.(itms.GetValues).Paths)
	}
	s.absorbValues()
	r.keepValues(s.out.Values)
	return r.readOn(len(s.out.Command.(itms.GetValues).Paths))
}

// readOn takes what was read off the list, and ends the task with the last of it.
func (r *taskRun) readOn(count int) error {
	left := slices.Clone(r.unread()[count:])
	r.task.Run.Done += count
	r.goOn(stageMore, fmt.Sprintf("%d of %d read", r.task.Run.Done, r.task.Run.Done+len(left)))
	r.task.Run.Todo = left
	if len(left) > 0 {
		return nil
	}
	if r.test() != nil {
		return r.measured()
	}
	count = r.result().Count
	if f := r.task.Fault; f != nil {
		return r.fail(fmt.Sprintf("%d values read; the device refused %d of the names: %d %s", count, len(f.Params), f.Code, clipText(f.Text)))
	}
	return r.done(fmt.Sprintf("%d values read", count))
}

// readRefused deals with a refused read.
func (r *taskRun) readRefused(s *settlement, asked []itms.ParamPath) error {
	f := s.out.Fault
	switch {
	case len(asked) > 1:
		r.task.Run.Todo, r.task.Run.Stage = slices.Clone(r.unread()), stageMore
		r.task.Run.Batch = len(asked) / 2
		return nil
	case f.Transient() && asked[0].IsObject(): // too much at once, most likely
		r.task.Run.Todo, r.task.Run.Stage = slices.Clone(r.unread()), stageList
		return nil
	case f.Transient():
		return r.refused(f, "GetParameterValues")
	}
	r.complain(f, asked[0])
	return r.readOn(len(asked))
}

// maxTodo bounds the names that a task carries; a refresh needs none.
const maxTodo = 5000

// readSingly puts the parameters below an object in its place on the list.
func (r *taskRun) readSingly(object itms.ParamPath, names []itms.Param) error {
	var leaves []itms.ParamPath
	for _, p := range names {
		if !p.Name.IsObject() && p.Name.Under(object) {
			leaves = append(leaves, p.Name)
		}
	}
	if len(leaves) > maxTodo {
		return r.fail(fmt.Sprintf("%s has %d parameters, more than one task can read by their names: use a refresh task", object, len(leaves)))
	}
	r.task.Run.Todo = append(leaves, r.unread()[1:]...)
	r.task.Run.Stage, r.task.Run.Batch = stageMore, 0
	if len(r.task.Run.Todo) == 0 {
		return r.readOn(0)
	}
	return nil
}

// complain keeps the refusal of one name, to be told at the end.
func (r *taskRun) complain(f *itms.DeviceFault, name itms.ParamPath) {
	if r.task.Fault == nil {
		r.task.Fault = &itms.DeviceFault{Code: f.Code, Text: f.Text}
	}
	if len(r.task.Fault.Params) < itms.MaxTaskResult {
		r.task.Fault.Params = append(r.task.Fault.Params, itms.ParamFault{Name: name, Code: f.Code, Text: f.Text})
	}
}

// readLess asks for less after an answer that never came.
func (r *taskRun) readLess() (other bool, err error) {
	n := len(firstNames(r.unread(), r.batch()))
	if n < 2 {
		return false, nil
	}
	r.task.Run.Todo, r.task.Run.Stage, r.task.Run.Batch = slices.Clone(r.unread()), stageMore, n/2
	return true, nil
}

// keepValues adds values to the result, without those of credentials.
func (r *taskRun) keepValues(values []itms.Param) {
	result := r.result()
	tree, err := r.params(r.device.ID)
	for _, v := range values {
		result.Count++
		if len(result.Values) >= itms.MaxTaskResult {
			continue
		}
		kept := itms.TaskValue{Name: v.Name, Value: v.Value, Type: v.Type}
		if err == nil {
			known, _ := tree.Get(v.Name)
			kept.Hidden, kept.Writable = known.Hidden, known.Writable
		}
		if kept.Hidden = kept.Hidden || r.secret(v.Name) || r.secretFor(r.device, v.Name); kept.Hidden {
			kept.Value = ""
		}
		result.Values = append(result.Values, kept)
	}
}

// nextNames lists parameters.
func (r *taskRun) nextNames() (itms.Command, error) {
	return itms.GetNames{Path: r.task.Spec.Path, NextLevel: r.task.Spec.NextLevel, Why: r.why()}, nil
}

// gotNames records a list of parameters.
func (r *taskRun) gotNames(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "GetParameterNames")
	}
	s.absorbNames()
	result := r.result()
	for _, p := range s.out.Values {
		if result.Count++; len(result.Names) < itms.MaxTaskResult {
			result.Names = append(result.Names, itms.ParamName{Name: p.Name, Writable: p.Writable})
		}
	}
	return r.done(fmt.Sprintf("%d names listed", result.Count))
}

// nextAttributes asks for attributes.
func (r *taskRun) nextAttributes() (itms.Command, error) {
	return itms.GetAttributes{Paths: r.task.Spec.Names, Why: r.why()}, nil
}

// gotAttributes records attributes.
func (r *taskRun) gotAttributes(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "GetParameterAttributes")
	}
	r.result().Attributes = s.out.Attributes[:min(len(s.out.Attributes), itms.MaxTaskResult)]
	r.result().Count = len(s.out.Attributes)
	s.learnAttributes()
	return r.done(fmt.Sprintf("attributes of %d parameters read", len(s.out.Attributes)))
}

// nextMethods asks which methods the device offers.
func (r *taskRun) nextMethods() (itms.Command, error) { return itms.GetMethods{Why: r.why()}, nil }

// gotMethods records them.
func (r *taskRun) gotMethods(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "GetRPCMethods")
	}
	r.learnMethods(s.out.Methods)
	r.result().Methods = r.device.Methods
	return r.done(fmt.Sprintf("%d methods", len(r.device.Methods)))
}

// learnMethods keeps what a device said that it offers. An empty list says nothing: it
// was asked by a method, after all.
func (r *taskRun) learnMethods(methods []string) {
	if len(methods) == 0 {
		return
	}
	methods = slices.Clone(methods)
	slices.Sort(methods)
	r.device.Methods = slices.Compact(methods)
}

// nextOptions asks for options.
func (r *taskRun) nextOptions() (itms.Command, error) {
	return itms.GetOptions{Option: r.task.Spec.Option, Why: r.why()}, nil
}

// gotOptions records them.
func (r *taskRun) gotOptions(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, "GetOptions")
	}
	r.result().Options = s.out.Options
	return r.done(fmt.Sprintf("%d options", len(s.out.Options)))
}
