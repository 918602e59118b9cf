package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
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

// taskRequest says what is to be done.
type taskRequest struct {
	Kind taskKind `json:"kind" doc:"recover: read anew, compare, write everything, reboot and verify."`
}

// taskOutput is one task.
type taskOutput struct{ Body taskView }

// createTaskOutput is a new task.
type createTaskOutput struct {
	Location string `header:"Location" doc:"Where the task is."`
	Body     taskView
}

// taskView is a task with its report.
type taskView struct {
	ID        string         `json:"id" example:"01J0000000000000000000000Z"`
	Device    string         `json:"device" example:"00005E-STB-S1001"`
	Kind      taskKind       `json:"kind"`
	State     taskState      `json:"state" doc:"waiting = the device is at work on its own."`
	Final     bool           `json:"final" doc:"Nothing can happen to it any more."`
	Reason    string         `json:"reason,omitempty" doc:"Why it waits, or how it ended, in words."`
	Actor     string         `json:"actor" doc:"Name of the token." example:"console"`
	Steps     []taskStepView `json:"steps" doc:"The report, in the order of the work."`
	CreatedAt time.Time      `json:"createdAt"`
	UpdatedAt time.Time      `json:"updatedAt"`
	ExpiresAt time.Time      `json:"expiresAt" doc:"When it is given up unless it was begun."`
}

// taskStepView is one line of a report.
type taskStepView struct {
	Name  string    `json:"name" example:"reread"`
	State taskState `json:"state"`
	Text  string    `json:"text,omitempty" doc:"What was found or done." example:"42 parameters read, 2 differ"`
	At    time.Time `json:"at,omitzero" doc:"When it ended."`
}

// taskRoutes registers the operations on tasks.
func (s *Server) taskRoutes() {
	ofDevice := devicesPath + "/{id}/tasks"
	add(s, route{method: http.MethodPost, path: ofDevice, id: "create-task", tag: "Tasks",
		summary: "Do something on a device", description: "Once answered, the task is durable; it begins at the device's next " +
			"contact, which is asked for. A kind that this version does not offer is NOT_SUPPORTED.",
		needs: devicesAct, status: http.StatusAccepted, body: maxBody, example: exampleTask(),
		problems: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}}, s.createTask)
	describeBody[taskRequest](s, ofDevice, map[string]any{"kind": itms.TaskRecover})
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

// laterKinds are the kinds of tasks that the contract names and nobody performs yet.
var laterKinds = []string{"get", "set", "names", "addObject", "deleteObject", "getAttributes", "setAttributes", "reboot",
	"factoryReset", "download", "upload", "scheduleInform", "rpcMethods", "refresh"}

// checkKind refuses a kind before the rest of the document is looked at, which has
// fields of its own for each.
func checkKind(raw []byte) error {
	var doc struct{ Kind string }
	if json.Unmarshal(raw, &doc) != nil {
		return nil // decode says what is wrong
	}
	switch {
	case doc.Kind == string(itms.TaskRecover):
		return nil
	case slices.Contains(laterKinds, doc.Kind) || strings.HasPrefix(doc.Kind, "diagnose"):
		// Not 501: the call is fine, this kind of it is not.
		p := newProblem(http.StatusUnprocessableEntity, itms.CodeUnsupported, "this version has no tasks of that kind")
		p.Errors = []itms.FieldError{{Pointer: "/kind", Text: doc.Kind + " is not offered; expected recover"}}
		return p
	}
	return itms.Invalid("/kind", "expected recover")
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
	if err := checkKind(in.RawBody); err != nil {
		return nil, err
	}
	body, err := bodyOf[taskRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	t, err := s.opts.Tasks.CreateTask(ctx, recordOf(ctx).actor, id, itms.TaskKind(body.Kind))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		if t, err = s.awaitTask(ctx, t.ID, wait); err != nil {
			return nil, err
		}
	}
	return &createTaskOutput{tasksPath + "/" + url.PathEscape(string(t.ID)), viewTask(t)}, nil
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

// viewTask shows a task.
func viewTask(t *itms.Task) taskView {
	v := taskView{ID: string(t.ID), Device: t.Device.String(), Kind: taskKind(t.Kind), State: taskState(t.State),
		Final: t.State.Final(), Reason: t.Reason, Actor: t.Actor, Steps: []taskStepView{},
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, ExpiresAt: t.ExpiresAt}
	for _, step := range t.Steps {
		v.Steps = append(v.Steps, taskStepView{step.Name, taskState(step.State), step.Text, step.At})
	}
	return v
}
