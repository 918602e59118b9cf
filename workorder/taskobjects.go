package workorder

import (
	"fmt"
	"slices"
	"strings"

	"itms"
)

// The stages of a task that adds a row: list those that are there, add, fill, and after
// a lost answer look for the new one.
const (
	stageAdd  = "add"
	stageLook = "look"
	stageFill = "fill"
)

// nextRow is the next step toward a new row.
func (r *taskRun) nextRow() (itms.Command, error) {
	table := r.task.Spec.Path
	switch r.task.Run.Stage {
	case stageAdd:
		key, err := r.parameterKey()
		return itms.AddObject{Table: table, Key: key, Why: r.why()}, err
	case stageFill:
		return r.setValues(r.rowValues())
	}
	return itms.GetNames{Path: table, NextLevel: true, Why: r.why()}, nil
}

// rowValues are the values of the new row, by their full names.
func (r *taskRun) rowValues() []itms.TaskValue {
	values := slices.Clone(r.task.Spec.Values)
	for i := range values {
		values[i].Name = r.task.Spec.Path + itms.ParamPath(r.result().Instance+".") + values[i].Name
	}
	return values
}

// rowAnswered records an answer on the way to a new row.
func (r *taskRun) rowAnswered(s *settlement) error {
	switch s.out.Command.(type) {
	case itms.GetNames:
		return r.rowsTold(s)
	case itms.AddObject:
		if s.out.Fault != nil {
			return r.refused(s.out.Fault, "AddObject")
		}
		status := s.out.Status
		r.result().Status = &status
		return r.rowAdded(s, s.out.Instance)
	}
	return r.rowFilled(s)
}

// rowsTold compares the rows that are there with those that were. A table that cannot
// be listed may be empty (9005 by some devices).
func (r *taskRun) rowsTold(s *settlement) error {
	if s.out.Fault == nil {
		s.absorbNames()
	}
	rows := instancesIn(r.task.Spec.Path, s.out.Values)
	if r.task.Run.Stage == stageLook {
		for _, row := range rows {
			if !slices.Contains(r.task.Run.Before, row) {
				return r.rowAdded(s, row)
			}
		}
	}
	r.goOn(stageAdd, "adding a row")
	r.task.Run.Before = rows
	return nil
}

// instancesIn lists the rows of a table among names.
func instancesIn(table itms.ParamPath, names []itms.Param) (rows []string) {
	for _, p := range names {
		row, _, _ := strings.Cut(strings.TrimPrefix(string(p.Name), string(table)), ".")
		if p.Name.Under(table) && row != "" && strings.Trim(row, "0123456789") == "" && !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// rowAdded goes on to fill the row, or ends the task.
func (r *taskRun) rowAdded(s *settlement, instance string) error {
	if instance == "" || instance == "0" {
		return r.fail("the device added a row and did not say which")
	}
	r.result().Instance = instance
	s.dirty = s.tree.Set(itms.Param{Name: r.task.Spec.Path + itms.ParamPath(instance+"."), Writable: true}) || s.dirty
	if len(r.task.Spec.Values) == 0 {
		return r.done(fmt.Sprintf("row %s added", instance))
	}
	r.goOn(stageFill, fmt.Sprintf("row %s added; writing its values", instance))
	return nil
}

// rowFilled ends the task with its last answer. The row stays when the device minds its
// values; the result says which it is.
func (r *taskRun) rowFilled(s *settlement) error {
	if s.out.Fault != nil {
		return r.valuesRefused(s)
	}
	cmd := s.out.Command.(itms.SetValues)
	s.took(cmd)
	return r.done(fmt.Sprintf("row %s added, %d values written", r.result().Instance, len(cmd.Values)))
}

// lookForRow looks whether the row was added whose answer got lost.
func (r *taskRun) lookForRow() (other bool, err error) {
	if r.task.Run.Stage == stageAdd {
		r.task.Run.Stage = stageLook
	}
	return false, nil // it was sent, and counts as a try
}

// nextDelete removes a row.
func (r *taskRun) nextDelete() (itms.Command, error) {
	key, err := r.parameterKey()
	return itms.DeleteObject{Object: r.task.Spec.Path, Key: key, Why: r.why()}, err
}

// deleted records the answer. A row that is unknown at a second try went with the
// first.
func (r *taskRun) deleted(s *settlement) error {
	f := s.out.Fault
	if f != nil && !(f.Code == itms.FaultName && r.task.Run.Tries > 0) {
		return r.refused(f, "DeleteObject")
	}
	status := s.out.Status
	r.result().Status = &status
	s.dirty = s.tree.Remove(r.task.Spec.Path) > 0 || s.dirty
	return r.done(fmt.Sprintf("%s removed", r.task.Spec.Path))
}
