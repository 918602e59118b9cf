package storetest

import (
	"fmt"
	"testing"

	"itms"
)

func testBatches(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Batches().Insert(batch(1)) })
		}, func(s itms.Store) {
			equal(t, "by id", read(t, s, func(tx itms.Tx) (*itms.Batch, error) { return tx.Batches().Get("batch-1") }), storedBatch(1))
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Writes": batchWrites, "Lists": batchLists, "Tasks": batchTasks,
	})
}

// batch is the i-th batch, every field filled.
func batch(i int) *itms.Batch {
	return &itms.Batch{ID: itms.BatchID(fmt.Sprintf("batch-%d", i)), State: itms.BatchRunning, Actor: "ops", Note: "why",
		Filter: itms.BatchFilter{Devices: []itms.DeviceID{deviceID("d", 1)}, State: itms.DeviceInService, Profile: "p", Manufacturer: "m", Model: "x",
			Software: "1", NotSoftware: "2", Area: "a"},
		Kind: itms.TaskReboot, Terms: itms.TaskTerms{Priority: 1, Retries: 2, NotBefore: epoch, ExpiresAt: epoch}, Spec: taskSpec(), Concurrency: 5,
		AbortRate: 20, After: "d", Looked: 7, Through: true, Refused: 1, Reason: "r", Refusals: []itms.Refusal{{Device: deviceID("d", 2), Reason: "no"}},
		CreatedAt: epoch, UpdatedAt: epoch}
}

// storedBatch is batch as it comes back.
func storedBatch(i int) *itms.Batch {
	b := batch(i)
	b.CreatedAt, b.UpdatedAt, b.Terms.NotBefore, b.Terms.ExpiresAt = stored, stored, stored, stored
	return b
}

// batchWrites: an id is taken once, and Put makes none.
func batchWrites(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no id", tx.Batches().Insert(&itms.Batch{}), itms.KindInvalid, itms.CodeInvalid)
		wantNotFound(t, "Put", tx.Batches().Put(batch(1)))
		_, err := tx.Batches().Get("batch-1")
		wantNotFound(t, "Get", err)
		return tx.Batches().Insert(batch(1))
	})
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "taken", tx.Batches().Insert(batch(1)), itms.KindConflict, itms.CodeDuplicate)
		b := batch(1)
		b.State = itms.BatchDone
		return tx.Batches().Put(b)
	})
	equal(t, "state", read(t, s, func(tx itms.Tx) (*itms.Batch, error) { return tx.Batches().Get("batch-1") }).State, itms.BatchDone)
}

// batchLists: newest first and from where a page ended.
func batchLists(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for _, i := range []int{2, 1, 3} {
			if err := tx.Batches().Insert(batch(i)); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		before itms.BatchID
		limit  int
		want   []itms.BatchID
	}{
		{"", 9, []itms.BatchID{"batch-3", "batch-2", "batch-1"}}, {"", 2, []itms.BatchID{"batch-3", "batch-2"}},
		{"batch-3", 9, []itms.BatchID{"batch-2", "batch-1"}}, {"batch-1", 9, nil}, {"", 0, nil},
	} {
		var got []itms.BatchID
		for _, b := range read(t, s, func(tx itms.Tx) ([]*itms.Batch, error) { return tx.Batches().List(c.before, c.limit) }) {
			got = append(got, b.ID)
		}
		equal(t, "before "+string(c.before), got, c.want)
	}
}

// batchTasks: a batch's tasks are listed and counted by their states, which change.
func batchTasks(t *testing.T, s itms.Store) {
	put := func(i int, id itms.BatchID, state itms.TaskState, insert bool) {
		update(t, s, func(tx itms.Tx) error {
			task := task(deviceID("d", 1), i)
			task.Batch, task.State = id, state
			if insert {
				return tx.Tasks().Insert(task)
			}
			return tx.Tasks().Put(task)
		})
	}
	put(1, "b", itms.TaskQueued, true)
	put(2, "b", itms.TaskQueued, true)
	put(3, "b", itms.TaskQueued, true)
	put(4, "bb", itms.TaskQueued, true)
	put(5, "", itms.TaskQueued, true)
	put(2, "b", itms.TaskDone, false)
	for _, c := range []struct {
		batch itms.BatchID
		after itms.TaskID
		want  map[itms.TaskState]int
	}{
		{"b", "", map[itms.TaskState]int{itms.TaskQueued: 2, itms.TaskDone: 1}},
		{"b", "task-00002", map[itms.TaskState]int{itms.TaskQueued: 1}},
		{"bb", "", map[itms.TaskState]int{itms.TaskQueued: 1}},
		{"", "", map[itms.TaskState]int{}}, {"none", "", map[itms.TaskState]int{}},
	} {
		equal(t, "count of "+string(c.batch), read(t, s, func(tx itms.Tx) (map[itms.TaskState]int, error) { return tx.Tasks().CountBatch(c.batch, c.after) }), c.want)
	}
	list := func(state itms.TaskState, before itms.TaskID, limit int) []itms.TaskID {
		return taskIDs(read(t, s, func(tx itms.Tx) ([]*itms.Task, error) { return tx.Tasks().OfBatch("b", state, before, limit) }))
	}
	equal(t, "queued", list(itms.TaskQueued, "", 9), []itms.TaskID{"task-00003", "task-00001"})
	equal(t, "queued before", list(itms.TaskQueued, "task-00003", 9), []itms.TaskID{"task-00001"})
	equal(t, "one", list(itms.TaskQueued, "", 1), []itms.TaskID{"task-00003"})
	equal(t, "done", list(itms.TaskDone, "", 9), []itms.TaskID{"task-00002"})
	equal(t, "none", list(itms.TaskFailed, "", 9), []itms.TaskID(nil))
}
