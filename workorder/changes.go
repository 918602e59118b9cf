package workorder

import (
	"cmp"
	"slices"

	"itms"
)

// changes are the values of one tree that changed in this transaction. They are stored
// with the tree: what is not worth a write of it is not worth one of its history.
type changes struct {
	list      []itms.ParamChange
	places    map[itms.ParamPath]int // where in list a name stands
	forgotten map[itms.ParamPath]itms.Param
}

// changesOf returns what changed of a tree so far.
func (w *work) changesOf(tree *itms.ParamTree) *changes {
	if c, ok := w.changes[tree]; ok {
		return c
	}
	if w.changes == nil {
		w.changes = map[*itms.ParamTree]*changes{}
	}
	c := &changes{places: map[itms.ParamPath]int{}, forgotten: map[itms.ParamPath]itms.Param{}}
	w.changes[tree] = c
	return c
}

// set puts a parameter into a tree, notes the change of its value, and reports whether
// anything is new.
func (w *work) set(tree *itms.ParamTree, p itms.Param, source itms.ChangeSource) bool {
	old, known := tree.Get(p.Name)
	if !known && len(w.changes) > 0 {
		if c := w.changes[tree]; c != nil {
			if old, known = c.forgotten[p.Name]; known {
				p = p.Over(old) // a read tells values only
			}
		}
	}
	if known && w.tells(old, p) {
		w.changesOf(tree).note(itms.ParamChange{Name: p.Name, Old: old.Value, New: p.Value, At: w.now, Source: source})
	}
	return tree.Set(p)
}

// tells reports whether the step from one value to another is one for the history: not
// the first value of a name that was listed only, not a credential, not a counter.
func (w *work) tells(old, now itms.Param) bool {
	listedOnly := old.Value == "" && old.Type == ""
	return !listedOnly && !old.Hidden && !now.Hidden && !itms.SameValue(cmp.Or(now.Type, old.Type), old.Value, now.Value) &&
		!w.secret(now.Name) && !w.knowledge.Volatile(string(now.Name))
}

// note adds a change, or makes one of it with an earlier one of the same name.
func (c *changes) note(now itms.ParamChange) {
	if i, ok := c.places[now.Name]; ok {
		c.list[i].New, c.list[i].Source = now.New, now.Source
		return
	}
	c.places[now.Name] = len(c.list)
	c.list = append(c.list, now)
}

// forgets remembers a parameter that is dropped because it was read anew: what comes for
// it may be a change.
func (w *work) forgets(tree *itms.ParamTree, p itms.Param) { w.changesOf(tree).forgotten[p.Name] = p }

// putParams stores a device's tree, and what changed of it.
func (w *work) putParams(id itms.DeviceID, tree *itms.ParamTree) error {
	if err := w.tx.Devices().PutParams(id, tree); err != nil {
		return err
	}
	c := w.changes[tree]
	if c == nil {
		return nil
	}
	delete(w.changes, tree)
	list := slices.DeleteFunc(c.list, func(ch itms.ParamChange) bool {
		p, _ := tree.Get(ch.Name) // it may have turned out to be a credential of the profile's
		return p.Hidden || ch.Old == ch.New
	})
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b itms.ParamChange) int { return cmp.Compare(a.Name, b.Name) })
	return w.tx.Devices().AppendChanges(id, list)
}
