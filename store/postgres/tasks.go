package postgres

import (
	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// tasks is itms.Tasks.
type tasks struct{ t *tx }

// Get returns the task.
func (s tasks) Get(id itms.TaskID) (*itms.Task, error) {
	return load[itms.Task](s.t, "task", string(id), `select doc from tasks where id = $1`, string(id))
}

// Insert stores a new task.
func (s tasks) Insert(task *itms.Task) error {
	return s.write(task, record.DuplicateTask(task.ID),
		`insert into tasks (id, device, open, doc, batch, state) values ($1, $2, $3, $4, nullif($5, ''), $6) on conflict do nothing`)
}

// Put replaces a known task.
func (s tasks) Put(task *itms.Task) error {
	return s.write(task, itms.NotFound("task", string(task.ID)),
		`update tasks set device = $2, open = $3, doc = $4, batch = nullif($5, ''), state = $6 where id = $1`)
}

// write runs a statement with the task, and fails with refused when it touches no
// row.
func (s tasks) write(task *itms.Task, refused error, sql string) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Task(task)
	if err != nil {
		return err
	}
	rows, err := s.t.exec(sql, string(task.ID), task.Device.String(), !task.State.Final(), doc, string(task.Batch), string(task.State))
	if err == nil && rows == 0 {
		return refused
	}
	return err
}

// Open returns a device's tasks that have not ended, oldest first.
func (s tasks) Open(device itms.DeviceID, limit int) ([]*itms.Task, error) {
	if limit <= 0 {
		return nil, nil
	}
	return all(s.t, pointer[itms.Task], `select doc from tasks where device = $1 and open order by id limit $2`,
		device.String(), limit)
}

// OfDevice returns a device's tasks below before, newest first.
func (s tasks) OfDevice(device itms.DeviceID, before itms.TaskID, limit int) ([]*itms.Task, error) {
	if limit <= 0 || !usable(string(before)) {
		return nil, nil
	}
	sql, args := `select doc from tasks where device = $1`, []any{device.String(), limit}
	if before != "" {
		sql, args = sql+` and id < $3`, append(args, string(before))
	}
	return all(s.t, pointer[itms.Task], sql+` order by id desc limit $2`, args...)
}

// OfBatch returns a batch's tasks in a state below before, newest first.
func (s tasks) OfBatch(batch itms.BatchID, state itms.TaskState, before itms.TaskID, limit int) ([]*itms.Task, error) {
	if limit <= 0 || !usable(string(before)) || !usable(string(batch)) || !usable(string(state)) {
		return nil, nil
	}
	sql, args := `select doc from tasks where batch = $1 and state = $2`, []any{string(batch), string(state), limit}
	if before != "" {
		sql, args = sql+` and id < $4`, append(args, string(before))
	}
	return all(s.t, pointer[itms.Task], sql+` order by id desc limit $3`, args...)
}

// CountBatch counts a batch's tasks above after by their states.
func (s tasks) CountBatch(batch itms.BatchID, after itms.TaskID) (map[itms.TaskState]int, error) {
	counts := map[itms.TaskState]int{}
	if !usable(string(batch)) || !usable(string(after)) {
		return counts, nil
	}
	type count struct {
		state itms.TaskState
		n     int
	}
	rows, err := all(s.t, func(row pgx.CollectableRow) (c count, err error) { return c, row.Scan(&c.state, &c.n) },
		`select state, count(*) from tasks where batch = $1 and id > $2 group by state`, string(batch), string(after))
	for _, c := range rows {
		counts[c.state] = c.n
	}
	return counts, err
}
