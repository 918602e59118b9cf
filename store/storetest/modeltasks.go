package storetest

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"itms"
)

// modelTasks: inserts, puts and both lists of two devices agree with a map.
func modelTasks(t *rapid.T, s itms.Store, space string) {
	model := map[itms.TaskID]*itms.Task{}
	pick := func(t *rapid.T) *itms.Task {
		return &itms.Task{ID: taskOf(space, rapid.IntRange(0, 5).Draw(t, "id")), Device: taskDevice(t, space),
			State: rapid.SampledFrom([]itms.TaskState{itms.TaskQueued, itms.TaskSent, itms.TaskFailed}).Draw(t, "state")}
	}
	write := func(t *rapid.T, task *itms.Task, refused bool, code string, put func(itms.Tx) error) {
		kept := attempt(t, s, func(tx itms.Tx) error {
			err := put(tx)
			if !refused {
				return err
			}
			kind := map[string]itms.Kind{itms.CodeDuplicate: itms.KindConflict, itms.CodeNotFound: itms.KindNotFound}[code]
			wantCode(t, "write", err, kind, code)
			return nil
		})
		if kept && !refused {
			model[task.ID] = task
		}
	}
	t.Repeat(map[string]func(*rapid.T){
		"insert": func(t *rapid.T) {
			task := pick(t)
			write(t, task, model[task.ID] != nil, itms.CodeDuplicate, func(tx itms.Tx) error { return tx.Tasks().Insert(task) })
		},
		"put": func(t *rapid.T) {
			task := pick(t)
			write(t, task, model[task.ID] == nil, itms.CodeNotFound, func(tx itms.Tx) error { return tx.Tasks().Put(task) })
		},
		"list": func(t *rapid.T) { checkTasks(t, s, space, model) },
	})
}

// taskOf is the n-th task id of a space.
func taskOf(space string, n int) itms.TaskID { return itms.TaskID(fmt.Sprintf("%s-%d", space, n)) }

// taskDevice is one of two devices, of which one's id begins the other's.
func taskDevice(t *rapid.T, space string) itms.DeviceID {
	return itms.DeviceID{OUI: space, Serial: rapid.SampledFrom([]string{"1", "11"}).Draw(t, "device")}
}

// checkTasks reads one page of each list and compares it.
func checkTasks(t *rapid.T, s itms.Store, space string, model map[itms.TaskID]*itms.Task) {
	id, limit, before := taskDevice(t, space), rapid.IntRange(0, 7).Draw(t, "limit"), itms.TaskID("")
	if n := rapid.IntRange(0, 6).Draw(t, "before"); n < 6 {
		before = taskOf(space, n)
	}
	var open, all []*itms.Task
	ids := slices.Sorted(maps.Keys(model))
	for i := range ids {
		if first := model[ids[i]]; first.Device == id && !first.State.Final() && len(open) < limit {
			open = append(open, first)
		}
		last := model[ids[len(ids)-1-i]]
		if last.Device == id && (before == "" || last.ID < before) && len(all) < limit {
			all = append(all, last)
		}
	}
	equal(t, "open tasks", read(t, s, func(tx itms.Tx) ([]*itms.Task, error) { return tx.Tasks().Open(id, limit) }), open)
	equal(t, "tasks", read(t, s, func(tx itms.Tx) ([]*itms.Task, error) { return tx.Tasks().OfDevice(id, before, limit) }), all)
}
