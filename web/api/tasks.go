package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"itms"
)

// tasksPath is where tasks are, whatever device they are for.
const tasksPath = base + "/tasks"

// createTaskInput names a device and says what to do on it.
type createTaskInput struct {
	ID      string `path:"id" doc:"Device id." example:"00005E-STB-S1001"`
	Wait    string `query:"wait" doc:"Wait so long for the end before answering, at most 60s." example:"10s"`
	RawBody []byte `contentType:"application/json"`
}

// deviceTasksInput selects tasks of a device.
type deviceTasksInput struct {
	ID     string `path:"id" doc:"Device id." example:"00005E-STB-S1001"`
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// taskInput names one task.
type taskInput struct {
	ID string `path:"id" doc:"Task id." example:"01J0000000000000000000000Z"`
}

// getTaskInput names one task and may wait for its end.
type getTaskInput struct {
	ID   string `path:"id" doc:"Task id." example:"01J0000000000000000000000Z"`
	Wait string `query:"wait" doc:"Wait so long for the end before answering, at most 60s." example:"10s"`
}

// taskOutput is one task.
type taskOutput struct{ Body taskView }

// createTaskOutput is a new task.
type createTaskOutput struct {
	Location string `header:"Location" doc:"Where the task is."`
	Body     taskView
}

// taskRoutes registers the operations on tasks.
func (s *Server) taskRoutes() {
	ofDevice := devicesPath + "/{id}/tasks"
	add(s, route{method: http.MethodPost, path: ofDevice, id: "create-task", tag: "Tasks",
		summary: "Do something on a device", description: "Once answered, the task is durable; it begins at the device's next " +
			"contact, which is asked for. Tasks of a device are carried out by priority, then in the order they came. Which " +
			"fields a task has depends on its kind; others are refused. A method that the device does not list is " +
			"NOT_SUPPORTED: before the task is queued when its methods are known, else they are asked for first.",
		needs: devicesRefresh, status: http.StatusAccepted, body: maxBody, example: exampleTask(),
		problems: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}}, s.createTask)
	describeBody[taskRequest](s, ofDevice, map[string]any{"kind": itms.TaskGet, "names": []string{"Device.DeviceInfo."}})
	add(s, route{method: http.MethodGet, path: ofDevice, id: "list-tasks", tag: "Tasks", summary: "List the tasks of a device",
		description: "Newest first.", needs: devicesRead, example: pageOf[taskView]{Items: []taskView{exampleTask()}},
		problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity}}, s.listTasks)
	add(s, route{method: http.MethodGet, path: tasksPath + "/{id}", id: "get-task", tag: "Tasks", summary: "Show a task",
		description: "With its report so far.", needs: devicesRead, example: exampleTask(),
		problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity}}, s.getTask)
	add(s, route{method: http.MethodDelete, path: tasksPath + "/{id}", id: "cancel-task", tag: "Tasks", summary: "Cancel a task",
		description: "What the device was told already stays. TASK_STATE when it has ended.", needs: devicesAct,
		example: exampleTask(), problems: []int{http.StatusNotFound, http.StatusConflict}}, s.cancelTask)
}

// createTask queues a task and may wait for its end.
func (s *Server) createTask(ctx context.Context, in *createTaskInput) (*createTaskOutput, error) {
	wait, err := waitOf(in.Wait)
	if err != nil {
		return nil, err
	}
	id, err := s.findDevice(ctx)
	if err != nil {
		return nil, err
	}
	body, err := bodyOf[taskRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	if err := mayAsk(ctx, itms.TaskKind(body.Kind)); err != nil {
		return nil, err
	}
	req, err := body.request()
	if err != nil {
		return nil, err
	}
	t, err := s.opts.Tasks.CreateTask(ctx, recordOf(ctx).actor, id, req)
	if err != nil {
		return nil, body.byName(in.RawBody, err)
	}
	if wait > 0 {
		if t, err = s.awaitTask(ctx, t.ID, wait); err != nil {
			return nil, err
		}
	}
	return &createTaskOutput{tasksPath + "/" + url.PathEscape(string(t.ID)), viewTask(t)}, nil
}

// mayAsk refuses a task that changes more than the caller may: who may only refresh may
// have a device read anew and restarted.
func mayAsk(ctx context.Context, kind itms.TaskKind) error {
	if permitted(ctx, devicesAct) || kind == itms.TaskRefresh || kind == itms.TaskReboot {
		return nil
	}
	return itms.Errorf(itms.KindForbidden, itms.CodeForbidden, "role %q may only ask for %s and %s; more needs one of: %s",
		recordOf(ctx).role, itms.TaskRefresh, itms.TaskReboot, strings.Join(rolesWith(devicesAct), ", "))
}

// getTask shows a task and may wait for its end.
func (s *Server) getTask(ctx context.Context, in *getTaskInput) (*taskOutput, error) {
	wait, err := waitOf(in.Wait)
	if err != nil {
		return nil, err
	}
	t, err := s.awaitTask(ctx, itms.TaskID(in.ID), wait)
	if err != nil {
		return nil, err
	}
	return &taskOutput{viewTask(t)}, nil
}

// readTask reads a task.
func (s *Server) readTask(ctx context.Context, id itms.TaskID) (t *itms.Task, err error) {
	if itms.CheckKey("", string(id)) != nil {
		return nil, itms.NotFound("task", string(id))
	}
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		t, err = tx.Tasks().Get(id)
		return err
	})
	if err == nil {
		recordOf(ctx).device = t.Device.String()
	}
	return t, err
}

// awaitTask returns a task once it has ended, or as it is when the time is up or the
// server stops. The end of a task is journalled, so the journal is what it listens to.
func (s *Server) awaitTask(ctx context.Context, id itms.TaskID, wait time.Duration) (*itms.Task, error) {
	if wait == 0 {
		return s.readTask(ctx, id)
	}
	release, err := s.streams.open()
	if err != nil {
		return s.readTask(ctx, id) // too many wait already, or the server stops
	}
	defer release()
	if err := recordOf(ctx).patient(wait); err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	wake := s.opts.Store.Wake(waiting, itms.TopicJournal) // before the first look: no end falls in between
	for {
		t, err := s.readTask(ctx, id)
		if err != nil || t.State.Final() {
			return t, err
		}
		select {
		case <-s.streams.ended:
			return t, nil
		case <-waiting.Done():
			return t, nil
		case _, open := <-wake:
			if !open {
				return t, nil
			}
		}
	}
}

// taskList marks the cursors of a device's tasks.
const taskList = "tasks"

// listTasks lists the tasks of a device, newest first.
func (s *Server) listTasks(ctx context.Context, in *deviceTasksInput) (*listOutput[taskView], error) {
	before, err := readCursor(taskList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var tasks []*itms.Task
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		d, err := pathDevice(ctx, tx)
		if err != nil {
			return err
		}
		tasks, err = tx.Tasks().OfDevice(d.ID, itms.TaskID(before), limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(taskList, tasks, limit, func(t *itms.Task) string { return string(t.ID) }, viewTask), nil
}

// cancelTask ends a task.
func (s *Server) cancelTask(ctx context.Context, in *taskInput) (*taskOutput, error) {
	t, err := s.readTask(ctx, itms.TaskID(in.ID))
	if err != nil {
		return nil, err
	}
	if t, err = s.opts.Tasks.CancelTask(ctx, recordOf(ctx).actor, t.ID); err != nil {
		return nil, err
	}
	return &taskOutput{viewTask(t)}, nil
}
