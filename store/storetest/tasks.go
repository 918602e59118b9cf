package storetest

import (
	"testing"

	"itms"
)

func testTasks(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		id := deviceID("d", 1)
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Tasks().Insert(task(id, 1)) })
		}, func(s itms.Store) {
			want := []*itms.Task{storedTask(id, 1)}
			equal(t, "by id", read(t, s, func(tx itms.Tx) (*itms.Task, error) { return tx.Tasks().Get("task-00001") }), want[0])
			equal(t, "open", read(t, s, func(tx itms.Tx) ([]*itms.Task, error) { return tx.Tasks().Open(id, 9) }), want)
			equal(t, "all", read(t, s, func(tx itms.Tx) ([]*itms.Task, error) { return tx.Tasks().OfDevice(id, "", 9) }), want)
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Unknown": taskUnknown, "Duplicate": taskDuplicate, "Lists": taskLists, "Ends": taskEnds, "Moves": taskMoves,
	})
}

// insertTasks stores tasks of these numbers for a device.
func insertTasks(t *testing.T, s itms.Store, id itms.DeviceID, numbers ...int) {
	t.Helper()
	update(t, s, func(tx itms.Tx) error {
		for _, i := range numbers {
			if err := tx.Tasks().Insert(task(id, i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// openTasks lists the ids of a device's open tasks.
func openTasks(t *testing.T, s itms.Store, id itms.DeviceID, limit int) []itms.TaskID {
	t.Helper()
	return taskIDs(read(t, s, func(tx itms.Tx) ([]*itms.Task, error) { return tx.Tasks().Open(id, limit) }))
}

// deviceTasks lists the ids of a device's tasks.
func deviceTasks(t *testing.T, s itms.Store, id itms.DeviceID, before itms.TaskID, limit int) []itms.TaskID {
	t.Helper()
	return taskIDs(read(t, s, func(tx itms.Tx) ([]*itms.Task, error) { return tx.Tasks().OfDevice(id, before, limit) }))
}

// taskIDs takes the ids of tasks.
func taskIDs(list []*itms.Task) (ids []itms.TaskID) {
	for _, task := range list {
		ids = append(ids, task.ID)
	}
	return ids
}

// taskUnknown: near misses are not found and have no tasks, and Put makes none.
func taskUnknown(t *testing.T, s itms.Store) {
	id := deviceID("d", 1)
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no id", tx.Tasks().Insert(&itms.Task{Device: id}), itms.KindInvalid, itms.CodeInvalid)
		wantCode(t, "no device", tx.Tasks().Insert(&itms.Task{ID: "1"}), itms.KindInvalid, itms.CodeInvalid)
		wantCode(t, "Put", tx.Tasks().Put(&itms.Task{}), itms.KindInvalid, itms.CodeInvalid)
		wantNotFound(t, "Put", tx.Tasks().Put(task(id, 1)))
		return tx.Tasks().Insert(task(id, 10))
	})
	view(t, s, func(tx itms.Tx) error {
		for _, id := range []itms.TaskID{"task-0001", "task-000100", "TASK-00010", "", "task-00010\x00", "\xff"} {
			_, err := tx.Tasks().Get(id)
			wantNotFound(t, string(id), err)
		}
		return nil
	})
	longer := id
	longer.Serial += "0"
	for _, other := range []itms.DeviceID{deviceID("d", 0), longer, {}} {
		equal(t, "open", openTasks(t, s, other, 9), []itms.TaskID(nil))
		equal(t, "all", deviceTasks(t, s, other, "", 9), []itms.TaskID(nil))
	}
}

// taskDuplicate: an id is taken once, whatever the device; the loser leaves nothing
// and the transaction goes on.
func taskDuplicate(t *testing.T, s itms.Store) {
	one, two := deviceID("d", 1), deviceID("d", 2)
	insertTasks(t, s, one, 1)
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "taken", tx.Tasks().Insert(task(two, 1)), itms.KindConflict, itms.CodeDuplicate)
		if err := tx.Tasks().Insert(task(two, 2)); err != nil {
			return err
		}
		wantCode(t, "own insert", tx.Tasks().Insert(task(two, 2)), itms.KindConflict, itms.CodeDuplicate)
		return nil
	})
	equal(t, "of one", openTasks(t, s, one, 9), []itms.TaskID{"task-00001"})
	equal(t, "of two", openTasks(t, s, two, 9), []itms.TaskID{"task-00002"})
}

// taskLists: open ones oldest first, all newest first and from where a page ended,
// whatever the order they came in.
func taskLists(t *testing.T, s itms.Store) {
	id, longer := deviceID("d", 1), deviceID("d", 1)
	longer.Serial += "1"
	insertTasks(t, s, id, 3, 1, 9, 2)
	insertTasks(t, s, longer, 5)
	equal(t, "open", openTasks(t, s, id, 9), []itms.TaskID{"task-00001", "task-00002", "task-00003", "task-00009"})
	equal(t, "two open", openTasks(t, s, id, 2), []itms.TaskID{"task-00001", "task-00002"})
	equal(t, "no open", openTasks(t, s, id, 0), []itms.TaskID(nil))
	for _, c := range []struct {
		before itms.TaskID
		limit  int
		want   []itms.TaskID
	}{
		{"", 9, []itms.TaskID{"task-00009", "task-00003", "task-00002", "task-00001"}},
		{"", 2, []itms.TaskID{"task-00009", "task-00003"}},
		{"task-00003", 9, []itms.TaskID{"task-00002", "task-00001"}},
		{"task-00005", 2, []itms.TaskID{"task-00003", "task-00002"}}, // a task of another device
		{"task-00001", 9, nil},
		{"zzz", 1, []itms.TaskID{"task-00009"}},
		{"", 0, nil},
	} {
		equal(t, "all before "+string(c.before), deviceTasks(t, s, id, c.before, c.limit), c.want)
	}
}

// taskEnds: a task that ended in any way is open no more, and stays in the list of
// all; one that is under way stays open.
func taskEnds(t *testing.T, s itms.Store) {
	id := deviceID("d", 1)
	states := []itms.TaskState{itms.TaskDone, itms.TaskFailed, itms.TaskExpired, itms.TaskCancelled, itms.TaskQueued, itms.TaskSent, itms.TaskWaiting}
	for i, state := range states {
		insertTasks(t, s, id, i)
		next := task(id, i)
		next.State, next.Steps = state, nil
		update(t, s, func(tx itms.Tx) error {
			if err := tx.Tasks().Put(next); err != nil {
				return err
			}
			got, err := tx.Tasks().Get(next.ID) // a transaction sees its own writes
			equal(t, "steps", len(got.Steps), 0)
			return err
		})
	}
	equal(t, "open", openTasks(t, s, id, 9), []itms.TaskID{"task-00004", "task-00005", "task-00006"})
	equal(t, "all", len(deviceTasks(t, s, id, "", 9)), len(states))
	update(t, s, func(tx itms.Tx) error { return tx.Tasks().Put(task(id, 0)) }) // opened again
	equal(t, "open again", openTasks(t, s, id, 1), []itms.TaskID{"task-00000"})
	ended := task(id, 8)
	ended.State = itms.TaskCancelled
	update(t, s, func(tx itms.Tx) error { return tx.Tasks().Insert(ended) })
	equal(t, "open", len(openTasks(t, s, id, 9)), 4)
}

// taskMoves: a task that is put for another device leaves the first one's lists.
func taskMoves(t *testing.T, s itms.Store) {
	one, two := deviceID("d", 1), deviceID("d", 2)
	insertTasks(t, s, one, 1)
	update(t, s, func(tx itms.Tx) error { return tx.Tasks().Put(task(two, 1)) })
	equal(t, "open of one", openTasks(t, s, one, 9), []itms.TaskID(nil))
	equal(t, "all of one", deviceTasks(t, s, one, "", 9), []itms.TaskID(nil))
	equal(t, "open of two", openTasks(t, s, two, 9), []itms.TaskID{"task-00001"})
	equal(t, "all of two", deviceTasks(t, s, two, "", 9), []itms.TaskID{"task-00001"})
}
