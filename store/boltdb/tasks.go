package boltdb

import (
	"bytes"
	"iter"

	"itms"
	"itms/store/internal/record"
)

// tasks is itms.Tasks.
type tasks struct{ t *tx }

// Get returns the task.
func (s tasks) Get(id itms.TaskID) (*itms.Task, error) {
	return load[itms.Task](s.t, inTasks, "task", string(id))
}

// Insert stores a new task.
func (s tasks) Insert(task *itms.Task) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Task(task)
	if err != nil {
		return err
	}
	if s.t.get(inTasks, []byte(task.ID)) != nil {
		return record.DuplicateTask(task.ID)
	}
	return s.store(new(itms.Task), task, doc)
}

// Put replaces a known task.
func (s tasks) Put(task *itms.Task) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Task(task)
	if err != nil {
		return err
	}
	old, err := s.Get(task.ID)
	if err != nil {
		return err
	}
	return s.store(old, task, doc)
}

// store writes the document and brings the indexes from the old content to the new.
func (s tasks) store(old, task *itms.Task, doc []byte) error {
	if err := s.t.move(inTaskDevice, taskKey(old), taskKey(task), nil); err != nil {
		return err
	}
	if err := s.t.move(inTaskOpen, openTaskKey(old), openTaskKey(task), nil); err != nil {
		return err
	}
	if err := s.t.move(inTaskBatch, batchTaskKey(old), batchTaskKey(task), nil); err != nil {
		return err
	}
	return s.t.put(inTasks, []byte(task.ID), doc)
}

// taskKey is the place of a task under its device; nil for the zero task.
func taskKey(task *itms.Task) []byte {
	if task.ID == "" {
		return nil
	}
	return join(task.Device.String(), string(task.ID))
}

// openTaskKey is taskKey of a task that has not ended, else nil.
func openTaskKey(task *itms.Task) []byte {
	if task.State.Final() {
		return nil
	}
	return taskKey(task)
}

// batchTaskKey is the place of a task under its batch; nil for a task of none.
func batchTaskKey(task *itms.Task) []byte {
	if task.Batch == "" {
		return nil
	}
	return join(string(task.Batch), string(task.State), string(task.ID))
}

// OfBatch returns a batch's tasks in a state below before, newest first.
func (s tasks) OfBatch(batch itms.BatchID, state itms.TaskState, before itms.TaskID, limit int) ([]*itms.Task, error) {
	prefix := under(string(batch), string(state))
	var below []byte
	if before != "" {
		below = join(string(batch), string(state), string(before))
	}
	return s.read(s.t.descend(inTaskBatch, prefix, below), len(prefix), limit)
}

// CountBatch counts a batch's tasks above after by their states.
func (s tasks) CountBatch(batch itms.BatchID, after itms.TaskID) (map[itms.TaskState]int, error) {
	counts := map[itms.TaskState]int{}
	prefix := under(string(batch))
	for k := range s.t.ascend(inTaskBatch, prefix, nil) {
		state, id, _ := bytes.Cut(k[len(prefix):], []byte{0})
		if string(id) > string(after) {
			counts[itms.TaskState(state)]++
		}
	}
	return counts, nil
}

// Open returns a device's tasks that have not ended, oldest first.
func (s tasks) Open(device itms.DeviceID, limit int) ([]*itms.Task, error) {
	prefix := under(device.String())
	return s.read(s.t.ascend(inTaskOpen, prefix, nil), len(prefix), limit)
}

// OfDevice returns a device's tasks below before, newest first.
func (s tasks) OfDevice(device itms.DeviceID, before itms.TaskID, limit int) ([]*itms.Task, error) {
	prefix := under(device.String())
	var below []byte
	if before != "" {
		below = join(device.String(), string(before))
	}
	return s.read(s.t.descend(inTaskDevice, prefix, below), len(prefix), limit)
}

// read loads the tasks of index entries, whose ids begin at a place in the key.
func (s tasks) read(entries iter.Seq2[[]byte, []byte], at, limit int) ([]*itms.Task, error) {
	var list []*itms.Task
	for k := range entries {
		if len(list) >= limit {
			break
		}
		task, err := s.Get(itms.TaskID(k[at:]))
		if err != nil {
			return nil, err
		}
		list = append(list, task)
	}
	return list, nil
}
