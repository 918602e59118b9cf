package workorder

import (
	"fmt"
	"slices"
	"strings"

	"itms"
)

// A refresh lists a subtree and then reads it. It begins with one request for all names;
// a device that cannot answer that is asked level by level. What was listed is in the
// parameter tree, so that an interrupted session costs nothing but its last request.

// The stages of a refresh.
const (
	stageLevels = "levels" // list level by level
	stageRead   = "read"   // read what is listed, in order
)

// maxLists bounds the objects listed level by level: a device whose tree has no end.
const maxLists = 20_000

// subtree is the object that is refreshed; for the whole tree that which the device's
// Inform began with, since some refuse to be asked for everything.
func (r *taskRun) subtree() itms.ParamPath {
	if r.task.Spec.Path != "" {
		return r.task.Spec.Path
	}
	return r.device.Root
}

// nextWalk is the next question of a refresh.
func (r *taskRun) nextWalk() (itms.Command, error) {
	switch r.task.Run.Stage {
	case stageLevels:
		return itms.GetNames{Path: r.task.Run.Todo[0], NextLevel: true, Why: r.why()}, nil
	case stageRead:
		return itms.GetValues{Paths: r.task.Run.Todo, Why: r.why()}, nil
	}
	return itms.GetNames{Path: r.subtree(), Why: r.why()}, nil
}

// walked records an answer.
func (r *taskRun) walked(s *settlement) error {
	if _, read := s.out.Command.(itms.GetValues); read {
		return r.leavesRead(s)
	}
	if r.task.Run.Stage == stageLevels {
		return r.levelListed(s)
	}
	if f := s.out.Fault; f != nil {
		if f.Code == itms.FaultMethod {
			return r.refused(f, "GetParameterNames")
		}
		r.walkLevels()
		return nil
	}
	s.absorbNames()
	r.forgetGone(s, r.subtree(), s.out.Values)
	return r.readFrom("")
}

// walkLevels goes on level by level.
func (r *taskRun) walkLevels() {
	r.goOn(stageLevels, "listing level by level: the device cannot list everything at once")
	r.task.Run.Todo = []itms.ParamPath{r.subtree()}
}

// walkLess asks for less after an answer that never came. What the device breaks of
// twice is left out, as if it were refused.
func (r *taskRun) walkLess() (other bool, err error) {
	run := &r.task.Run
	switch {
	case firstStage(r.task):
		run.Stage, run.Todo = stageLevels, []itms.ParamPath{r.subtree()}
	case run.Stage == stageRead && len(run.Todo) > 1:
		run.Batch = len(run.Todo) / 2
		run.Todo = run.Todo[:run.Batch]
	case run.Tries == 0:
		return false, nil
	default:
		r.leaveOut(run.Todo[0])
		return true, r.skip()
	}
	return true, nil
}

// skip goes on behind what the task is at.
func (r *taskRun) skip() error {
	run := &r.task.Run
	run.Done++
	if run.Stage == stageRead {
		return r.readFrom(run.Todo[0])
	}
	if run.Todo = slices.Clone(run.Todo[1:]); len(run.Todo) > 0 {
		return nil
	}
	return r.readFrom("")
}

// leaveOut notes what the device does not tell.
func (r *taskRun) leaveOut(path itms.ParamPath) {
	if result := r.result(); len(result.Unreadable) < itms.MaxTaskResult {
		result.Unreadable = append(result.Unreadable, path)
	}
}

// levelListed records one level: its objects are listed next.
func (r *taskRun) levelListed(s *settlement) error {
	run := &r.task.Run
	object := run.Todo[0]
	run.Todo = slices.Clone(run.Todo[1:])
	switch f := s.out.Fault; {
	case f != nil && f.Transient() && run.Tries < r.task.Retries && f.Code != itms.FaultInternal:
		run.Todo = append([]itms.ParamPath{object}, run.Todo...)
		return r.refused(f, "GetParameterNames")
	case f != nil:
		r.leaveOut(object)
		if object == r.subtree() {
			run.Todo = objectsBelow(s.tree, object)
		}
	default:
		s.absorbNames()
		r.forgetGone(s, object, s.out.Values)
		var below []itms.ParamPath
		for _, p := range s.out.Values {
			if p.Name.IsObject() && p.Name != object && p.Name.Under(object) && !slices.Contains(below, p.Name) {
				below = append(below, p.Name)
			}
		}
		run.Todo = append(below, run.Todo...)
	}
	if run.Done++; len(run.Todo) > 0 && run.Done < maxLists {
		r.goOn(stageLevels, fmt.Sprintf("%d objects listed, at least %d more", run.Done, len(run.Todo)))
		return nil
	}
	return r.readFrom("")
}

// forgetGone drops what was known below an object and is not listed any more.
func (r *taskRun) forgetGone(s *settlement, object itms.ParamPath, listed []itms.Param) {
	whole := firstStage(r.task)
	there := make(map[string]bool, len(listed))
	for _, p := range listed {
		if p.Name.Under(object) {
			there[childOf(object, p.Name, whole)] = true
		}
	}
	if len(there) == 0 {
		return
	}
	var gone []itms.ParamPath
	for p := range s.tree.Under(object) {
		if p.Name != object && !there[childOf(object, p.Name, whole)] && !(whole && p.Name.IsObject()) {
			gone = append(gone, p.Name)
		}
	}
	for _, name := range gone {
		s.dirty = s.tree.Remove(name) > 0 || s.dirty
	}
}

// childOf is what a name is compared by: itself when everything was listed, else the
// segment right below the object.
func childOf(object, name itms.ParamPath, whole bool) string {
	if whole {
		return string(name)
	}
	rest := strings.TrimPrefix(string(name), string(object))
	child, _, _ := strings.Cut(rest, ".")
	return child
}

// readFrom puts the leaves after a name into the next request, or ends the task when
// there are none.
func (r *taskRun) readFrom(last itms.ParamPath) error {
	tree, err := r.params(r.device.ID)
	if err != nil {
		return err
	}
	run := &r.task.Run
	if run.Stage != stageRead {
		run.Done, run.Total, run.Batch = 0, countLeaves(tree, r.subtree()), 0
	}
	r.goOn(stageRead, fmt.Sprintf("%d of %d read", run.Done, run.Total))
	if run.Todo = leavesAfter(tree, r.subtree(), last, r.batch()); len(run.Todo) > 0 {
		return nil
	}
	result := r.result()
	result.Count = run.Done - len(result.Unreadable)
	text := fmt.Sprintf("%d parameters listed, %d read", run.Total, result.Count)
	if n := len(result.Unreadable); n > 0 {
		text += fmt.Sprintf(", %d not told by the device: %s", n, joinPaths(result.Unreadable[:min(n, maxNamedFaults)]))
	}
	return r.done(text)
}

// joinPaths writes names into a sentence.
func joinPaths(paths []itms.ParamPath) string {
	texts := make([]string, len(paths))
	for i, p := range paths {
		texts[i] = string(p)
	}
	return strings.Join(texts, ", ")
}

// leavesAfter lists parameters below a path behind a name, at most so many.
func leavesAfter(tree *itms.ParamTree, path, last itms.ParamPath, most int) (leaves []itms.ParamPath) {
	for {
		page := tree.Page(itms.ParamPage{Prefix: string(path), After: last, Limit: most})
		for _, p := range page {
			if last = p.Name; p.Name.IsObject() {
				continue
			}
			if leaves = append(leaves, p.Name); len(leaves) == most {
				return leaves
			}
		}
		if len(page) < most {
			return leaves
		}
	}
}

// objectsBelow lists the objects right below one as far as they are known: some devices
// refuse to list the root of their tree, and list what is below it.
func objectsBelow(tree *itms.ParamTree, object itms.ParamPath) (below []itms.ParamPath) {
	for p := range tree.Under(object) {
		child, _, deeper := strings.Cut(strings.TrimPrefix(string(p.Name), string(object)), ".")
		if path := object + itms.ParamPath(child) + "."; deeper && !slices.Contains(below, path) {
			below = append(below, path)
		}
	}
	return below
}

// countLeaves counts the parameters below a path.
func countLeaves(tree *itms.ParamTree, path itms.ParamPath) (n int) {
	for p := range tree.Under(path) {
		if !p.Name.IsObject() {
			n++
		}
	}
	return n
}

// leavesRead records a read. A refused request is halved until it is known which name
// the device minds; from then on it grows again.
func (r *taskRun) leavesRead(s *settlement) error {
	run := &r.task.Run
	asked := run.Todo
	last := asked[len(asked)-1]
	switch f := s.out.Fault; {
	case f != nil && len(asked) > 1:
		run.Batch = len(asked) / 2
		run.Todo = asked[:run.Batch]
		return nil
	case f != nil && f.Code == itms.FaultResources && run.Tries < r.task.Retries:
		return r.refused(f, "GetParameterValues")
	case f != nil:
		r.leaveOut(last)
	default:
		s.absorbValues()
		if run.Batch > 0 {
			run.Batch = min(run.Batch*2, r.usualBatch())
		}
	}
	run.Done += len(asked)
	return r.readFrom(last)
}
