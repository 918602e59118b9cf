package workorder

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"itms"
)

// A test is ordered by its arguments and DiagnosticsState=Requested in one write, runs on
// the device by itself, and is read when the device says 8 DIAGNOSTICS COMPLETE. Some end
// it within the session and some never say so: the state is looked at after the write, and
// in later contacts that are asked for.

// The stages of a test.
const (
	stageFind  = "find"  // look which object the device has for it
	stageTest  = "test"  // write the arguments and Requested
	stageState = "state" // read DiagnosticsState
	stageCheck = "check" // the same, to decide whether a write without answer was carried out
)

const (
	// maxLooks is how often a test may be found still running before it is given up: with
	// the pauses below, after an hour and a half.
	maxLooks = 12
	// maxAgain is how often a test is begun anew that a restart or the device itself
	// dropped.
	maxAgain = 2
	// shortestTest is after which time the device is asked for contact when it did not come
	// by itself; the pause doubles up to longestTest.
	shortestTest = 5 * time.Second
	longestTest  = 10 * time.Minute
)

// withDiagnostics adds the procedures of all tests.
func withDiagnostics(all map[itms.TaskKind]*procedure) map[itms.TaskKind]*procedure {
	for i := range itms.Diagnostics {
		d := &itms.Diagnostics[i]
		p := &procedure{method: "SetParameterValues", asks: true, check: func(s *itms.TaskSpec) error { return checkArguments(d, s.Arguments) },
			begin: (*taskRun).beginTest, next: (*taskRun).nextTest, settle: (*taskRun).testAnswered, lost: (*taskRun).testLost, visit: (*taskRun).testTold}
		if len(d.Args) > 0 {
			p.fields = []string{"arguments"}
		}
		all[d.Kind] = p
	}
	return all
}

// test is the test that the task orders, nil when it orders none.
func (r *taskRun) test() *itms.Diagnostic { return itms.LookupDiagnostic(r.task.Kind) }

// inTest reports whether the device is at work on the test of a task, or its result is
// being read.
func inTest(t *itms.Task) bool {
	if itms.LookupDiagnostic(t.Kind) == nil || t.State.Final() {
		return false
	}
	switch t.Run.Stage {
	case stageState, stageCheck, stageMore, stageList:
		return true
	}
	return false
}

// heldByTest reports whether a task is a test that must wait for another: a device
// measures one thing at a time, and an object holds the result of its last test only.
func heldByTest(t *itms.Task, open []*itms.Task) bool {
	return itms.LookupDiagnostic(t.Kind) != nil && !inTest(t) && slices.ContainsFunc(open, inTest)
}

// mayTest says why a device cannot be given a test.
func mayTest(d *itms.Device, kind itms.TaskKind) error {
	test := itms.LookupDiagnostic(kind)
	if test == nil || d.Root == "" || len(test.Below(d.Root)) > 0 {
		return nil
	}
	return itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "device %s has the data model of %s, which knows no %s", d.ID, d.Root, kind)
}

// object is the object of the device that the test is done with.
func (r *taskRun) object() itms.ParamPath {
	if d := r.result().Diagnostic; d != nil {
		return d.Object
	}
	return ""
}

// stateName is its DiagnosticsState.
func (r *taskRun) stateName() itms.ParamPath { return r.object() + itms.LeafDiagnosticsState }

// beginTest chooses the object: one that is known of the device, else it is looked for.
func (r *taskRun) beginTest() error {
	if !firstStage(r.task) {
		return nil
	}
	tree, err := r.params(r.device.ID)
	if err != nil {
		return err
	}
	candidates := r.test().Below(r.device.Root)
	for _, o := range candidates {
		if r.knows(tree, o) {
			r.testWith(o)
			return nil
		}
	}
	if len(candidates) == 0 {
		return r.fail(mayTest(r.device, r.task.Kind).Error())
	}
	r.task.Run.Stage, r.task.Run.Todo = stageFind, candidates
	return nil
}

// knows reports whether enough of an object is known to do without listing it: its state,
// and one of the arguments that are written unasked.
func (r *taskRun) knows(tree *itms.ParamTree, object itms.ParamPath) bool {
	has := func(leaf string) bool { _, ok := tree.Get(object + itms.ParamPath(leaf)); return ok }
	usual := slices.DeleteFunc(slices.Clone(r.test().Args), func(a itms.DiagnosticArg) bool { return a.Default == "" })
	return has(itms.LeafDiagnosticsState) && (len(usual) == 0 || slices.ContainsFunc(usual, func(a itms.DiagnosticArg) bool { return has(a.Leaf) }))
}

// testWith goes on with an object.
func (r *taskRun) testWith(object itms.ParamPath) {
	r.result().Diagnostic = &itms.DiagnosticResult{Object: object}
	r.goOn(stageTest, "ordering the test")
	r.task.Run.Todo, r.task.Run.Looks = nil, 0
}

// nextTest is the next command of a test.
func (r *taskRun) nextTest() (itms.Command, error) {
	switch r.task.Run.Stage {
	case stageFind:
		return itms.GetNames{Path: r.task.Run.Todo[0], NextLevel: true, Why: r.why()}, nil
	case stageTest:
		return r.orderTest()
	case stageState, stageCheck:
		return itms.GetValues{Paths: []itms.ParamPath{r.stateName()}, Why: r.why()}, nil
	}
	return r.nextRead()
}

// orderTest writes the arguments and, last, that the test is wanted. Arguments with a
// default are written as well where the device has them, so that the test does not depend
// on the one before. Todo has those that the device did not take.
func (r *taskRun) orderTest() (itms.Command, error) {
	tree, err := r.params(r.device.ID)
	if err != nil {
		return nil, err
	}
	var values []itms.TaskValue
	for _, a := range r.test().Args {
		name := r.object() + itms.ParamPath(a.Leaf)
		value, given := r.task.Spec.Arguments[a.Name]
		if _, known := tree.Get(name); !given && known && !slices.Contains(r.task.Run.Todo, name) {
			value = a.Default
		}
		if given || value != "" {
			values = append(values, itms.TaskValue{Name: name, Value: value, Type: r.typeOf(tree, name, a.Type)})
		}
	}
	return r.setValues(append(values, itms.TaskValue{Name: r.stateName(), Value: "Requested", Type: itms.TypeString}))
}

// typeOf is the type of an argument: as the device says, as its data model says, or as
// most do.
func (r *taskRun) typeOf(tree *itms.ParamTree, name itms.ParamPath, usual string) string {
	known, _ := tree.Get(name)
	return cmp.Or(known.Type, r.knowledge.TypeOf(string(name)), usual)
}

// testAnswered records an answer.
func (r *taskRun) testAnswered(s *settlement) error {
	switch r.task.Run.Stage {
	case stageFind:
		return r.objectListed(s)
	case stageTest:
		return r.testOrdered(s)
	case stageState, stageCheck:
		return r.stateRead(s)
	}
	return r.resultRead(s)
}

// objectListed goes on with the object that was looked for, or looks for the next.
func (r *taskRun) objectListed(s *settlement) error {
	run := &r.task.Run
	object := run.Todo[0]
	f := s.out.Fault
	switch there := slices.ContainsFunc(s.out.Values, func(p itms.Param) bool { return p.Name.Under(object) && p.Name != object }); {
	case f == nil && there:
		s.absorbNames()
		r.testWith(object)
		return nil
	case f != nil && f.Code == itms.FaultMethod: // it cannot be asked: the write will tell
		r.testWith(object)
		return nil
	case f != nil && f.Code != itms.FaultName && f.Code != itms.FaultArguments:
		return r.refused(f, "GetParameterNames")
	}
	if run.Todo = slices.Clone(run.Todo[1:]); len(run.Todo) > 0 {
		return nil
	}
	r.task.Fault = f
	return r.failTest(fmt.Sprintf("the device has no %s", joinPaths(r.test().Below(r.device.Root))))
}

// failTest ends a test whose result, if any, stays.
func (r *taskRun) failTest(text string) error { return r.fail(clipReason(text)) }

// testOrdered records the answer to the write: the device is at work. One that does its
// tests within the session is noticed by a look at once; a value that is applied later
// needs none.
func (r *taskRun) testOrdered(s *settlement) error {
	if s.out.Fault != nil {
		return r.testRefused(s)
	}
	s.took(s.out.Command.(itms.SetValues))
	r.task.Run.Todo, r.task.Run.SentAt, r.task.Run.Looks = nil, r.now, 0
	if s.out.Status == 1 {
		return r.underTest("the device is testing")
	}
	r.goOn(stageState, "the device is testing")
	return nil
}

// testRefused deals with a refused write. What was written unasked is left out the next
// time; what was asked for fails the test.
func (r *taskRun) testRefused(s *settlement) error {
	f := s.out.Fault
	var unasked, missing []itms.ParamPath
	for _, p := range f.Params {
		if i := slices.IndexFunc(r.test().Args, func(a itms.DiagnosticArg) bool { return p.Name == r.object()+itms.ParamPath(a.Leaf) }); i >= 0 {
			if _, given := r.task.Spec.Arguments[r.test().Args[i].Name]; !given {
				unasked = append(unasked, p.Name)
			}
		}
		if p.Code == itms.FaultName {
			missing = append(missing, p.Name)
		}
	}
	switch {
	case len(unasked) > 0 && len(unasked) == len(f.Params) && !slices.ContainsFunc(unasked, func(n itms.ParamPath) bool { return slices.Contains(r.task.Run.Todo, n) }):
		r.task.Run.Todo = append(slices.Clone(r.task.Run.Todo), unasked...)
		return nil
	case r.retype(s):
		return nil
	case len(missing) > 0:
		r.task.Fault = f
		return r.failTest("the device has no " + joinPaths(missing[:min(len(missing), maxNamedFaults)]))
	case f.Code == itms.FaultName:
		r.task.Fault = f
		return r.failTest(fmt.Sprintf("the device has no %s, or not all of it", r.object()))
	}
	return r.refused(f, "SetParameterValues")
}

// retype takes the other unsigned type for numbers whose type a device minds that never
// told it: data models have widened some over time. It reports whether that is worth a
// try.
func (r *taskRun) retype(s *settlement) bool {
	other := map[string]string{itms.TypeUnsignedInt: itms.TypeUnsignedLong, itms.TypeUnsignedLong: itms.TypeUnsignedInt}
	var known []itms.Param
	for _, v := range s.out.Command.(itms.SetValues).Values {
		i := slices.IndexFunc(s.out.Fault.Params, func(p itms.ParamFault) bool { return p.Name == v.Name && p.Code == itms.FaultType })
		p, _ := s.tree.Get(v.Name)
		if i < 0 || p.Type != "" || other[v.Type] == "" {
			continue
		}
		p.Name, p.Type = v.Name, other[v.Type]
		known = append(known, p)
	}
	if len(known) == 0 || len(known) < len(s.out.Fault.Params) {
		return false
	}
	for _, p := range known {
		s.dirty = s.tree.Set(p) || s.dirty
	}
	return true
}

// underTest leaves the rest to the device, and has it looked at when it does not come by
// itself in time.
func (r *taskRun) underTest(text string) error {
	run := &r.task.Run
	at := run.SentAt
	r.wait(stageState, text)
	run.SentAt = at // when the test began
	if run.Looks++; run.Looks > maxLooks {
		if err := r.failTest(fmt.Sprintf("the device is still testing after %s: %s", r.now.Sub(at).Round(time.Second), text)); err != nil {
			return err
		}
		return r.stopTest(r.device, r.task)
	}
	run.Next = itms.Timestamp(r.now.Add(min(r.pace()<<(run.Looks-1), longestTest)))
	return r.tx.Agenda().Set(wakeAlarm(r.device.ID), run.Next)
}

// stateRead records a look at the state.
func (r *taskRun) stateRead(s *settlement) error {
	lost := r.task.Run.Stage == stageCheck
	if f := s.out.Fault; f != nil && !f.Transient() {
		return r.refused(f, "GetParameterValues")
	} else if f != nil { // busy with the test, perhaps
		return r.underTest(fmt.Sprintf("the device did not tell how its test stands: %d %s", f.Code, clipText(f.Text)))
	}
	s.absorbValues()
	state := valueIn(s.out.Values, r.stateName())
	phase := itms.PhaseOfDiagnostic(state)
	switch {
	case phase == itms.DiagnosticRunning:
		return r.underTest("the device is testing: its DiagnosticsState is " + clipText(state))
	case lost: // what is there may be of an older test
		return r.again("the session broke off before the device answered")
	case phase != itms.DiagnosticIdle:
		r.readResult()
		return nil
	case r.task.Run.Looks == 0: // not begun before the session is over
		return r.underTest("the device begins to test after this session")
	}
	return r.again("the device dropped its test")
}

// valueIn finds a value by its name.
func valueIn(values []itms.Param, name itms.ParamPath) string {
	for _, v := range values {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// readResult has everything that the test found read.
func (r *taskRun) readResult() {
	r.goOn(stageMore, "reading the result")
	r.task.Run.Todo, r.task.Run.Done, r.task.Run.Batch = []itms.ParamPath{r.object()}, 0, 0
	r.task.Run.Next = time.Time{}
}

// again begins a test anew, a bounded number of times.
func (r *taskRun) again(why string) error {
	run := &r.task.Run
	if run.Again++; run.Again > maxAgain {
		return r.failTest(fmt.Sprintf("gave up after %d tests: %s", run.Again, why))
	}
	r.goOn(stageBegin, why+"; testing again")
	run.Next, run.Looks, r.task.Fault = time.Time{}, 0, nil
	r.task.State, run.SentIn = itms.TaskQueued, ""
	return nil
}

// testLost decides about a command without answer: whether the test was ordered is read
// from its state, everything else is asked again.
func (r *taskRun) testLost() (other bool, err error) {
	switch r.task.Run.Stage {
	case stageTest:
		r.task.Run.Stage, r.task.Run.SentAt = stageCheck, r.now
	case stageMore:
		return r.readLess()
	}
	return false, nil
}

// testTold tells the test of an Inform. A device that restarted has lost it.
func (r *taskRun) testTold(c *itms.Contact) error {
	t := r.task
	waiting := t.State == itms.TaskWaiting
	unanswered := t.State == itms.TaskSent && t.Run.SentIn != c.Session && t.Run.Stage == stageTest
	switch {
	case c.Has(itms.EventDiagnostics) && (waiting || unanswered):
		r.readResult()
	case !waiting:
		return nil
	case c.Has(itms.EventBoot), c.Has(itms.EventBootstrap), c.Has(itms.EventMReboot):
		return r.again("the device restarted while it was testing")
	case r.now.Before(t.Run.Next):
		return nil
	}
	t.State, t.Run.SentIn, t.Run.Next = itms.TaskQueued, "", time.Time{}
	return nil
}
