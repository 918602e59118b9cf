package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"itms"
)

// batchesPath is the collection of batches.
const batchesPath = base + "/batches"

// createBatchInput says what is to be done on which devices.
type createBatchInput struct {
	RawBody []byte `contentType:"application/json"`
}

// batchInput names one batch.
type batchInput struct {
	ID string `path:"id" doc:"Batch id." example:"01J0000000000000000000000Z"`
}

// batchTasksInput selects tasks of a batch.
type batchTasksInput struct {
	ID     string    `path:"id" doc:"Batch id." example:"01J0000000000000000000000Z"`
	State  taskState `query:"state" doc:"Only tasks in this state; failed when left out."`
	Cursor string    `query:"cursor" doc:"Next of the answer before."`
	Limit  int       `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// listBatchesInput selects batches.
type listBatchesInput struct {
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// batchRequest asks for one task on many devices.
type batchRequest struct {
	Filter      batchFilter `json:"filter" doc:"Which devices: those that all of it fits."`
	Task        taskRequest `json:"task" doc:"As for one device, without after."`
	Concurrency int         `json:"concurrency,omitempty" minimum:"1" maximum:"1000" doc:"Tasks in hand at once; 50 when left out. A task whose device does not come within two minutes does not count."`
	AbortRate   int         `json:"abortRate,omitempty" minimum:"0" maximum:"100" doc:"Per cent of failures, of ten ended tasks or more, at which it is given up; never when left out."`
	Note        string      `json:"note,omitempty" doc:"For people."`
}

// batchFilter selects devices.
type batchFilter struct {
	Devices      []string    `json:"devices,omitempty" doc:"Device ids, at most 10000."`
	State        deviceState `json:"state,omitempty"`
	Profile      string      `json:"profile,omitempty" example:"ctc-iptv"`
	Manufacturer string      `json:"manufacturer,omitempty"`
	Model        string      `json:"model,omitempty"`
	Software     string      `json:"software,omitempty" doc:"Exactly this version."`
	NotSoftware  string      `json:"notSoftware,omitempty" doc:"Any version but this."`
	Area         string      `json:"area,omitempty" doc:"Of the line of the device's service." example:"510100"`
}

// batchOutput is one batch.
type batchOutput struct{ Body batchView }

// createBatchOutput is a new batch.
type createBatchOutput struct {
	Location string `header:"Location" doc:"Where the batch is."`
	Body     batchView
}

// batchView is a batch with its report.
type batchView struct {
	ID          string         `json:"id" example:"01J0000000000000000000000Z"`
	State       string         `json:"state" enum:"running,done,cancelled,aborted"`
	Final       bool           `json:"final"`
	Reason      string         `json:"reason,omitempty" doc:"How it ended, in words."`
	Kind        taskKind       `json:"kind"`
	Filter      batchFilter    `json:"filter"`
	Actor       string         `json:"actor"`
	Note        string         `json:"note,omitempty"`
	Concurrency int            `json:"concurrency"`
	AbortRate   int            `json:"abortRate,omitempty"`
	Looked      int            `json:"looked" doc:"Devices looked at so far."`
	Through     bool           `json:"through" doc:"Every device was looked at."`
	Tasks       map[string]int `json:"tasks" doc:"How many tasks are in which state." example:"{\"done\":120,\"failed\":3}"`
	Refused     int            `json:"refused" doc:"Devices that could not be given the task."`
	Refusals    []refusalView  `json:"refusals,omitempty" doc:"The first 100 of them."`
	CreatedAt   time.Time      `json:"createdAt"`
	UpdatedAt   time.Time      `json:"updatedAt"`
}

// refusalView is a device that could not be given the task.
type refusalView struct {
	Device string `json:"device"`
	Reason string `json:"reason"`
}

// batchRoutes registers the operations on batches.
func (s *Server) batchRoutes() {
	example := batchView{ID: exampleID, State: string(itms.BatchRunning), Kind: taskKind(itms.TaskReboot), Filter: batchFilter{Model: "EX-1"},
		Actor: "console", Concurrency: 50, Looked: 123, Tasks: map[string]int{"done": 100, "queued": 23}, CreatedAt: exampleTime, UpdatedAt: exampleTime}
	add(s, route{method: http.MethodPost, path: batchesPath, id: "create-batch", tag: "Tasks", summary: "Do something on many devices",
		description: "Once answered, the batch is durable: it gives every device that the filter fits one task, a bounded number at a time.",
		needs:       devicesAct, status: http.StatusAccepted, body: maxBody, example: example,
		problems: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}}, s.createBatch)
	describeBody[batchRequest](s, batchesPath, map[string]any{"filter": map[string]any{"model": "EX-1", "notSoftware": "2.4.1"},
		"task": map[string]any{"kind": itms.TaskDownload, "fileId": exampleID}, "concurrency": 20, "abortRate": 10})
	add(s, route{method: http.MethodGet, path: batchesPath, id: "list-batches", tag: "Tasks", summary: "List batches", description: "Newest first.",
		needs: devicesRead, example: pageOf[batchView]{Items: []batchView{example}}, problems: []int{http.StatusUnprocessableEntity}}, s.listBatches)
	add(s, route{method: http.MethodGet, path: batchesPath + "/{id}", id: "get-batch", tag: "Tasks", summary: "Show a batch", description: "With its report so far.",
		needs: devicesRead, example: example, problems: []int{http.StatusNotFound}}, s.getBatch)
	add(s, route{method: http.MethodGet, path: batchesPath + "/{id}/tasks", id: "list-batch-tasks", tag: "Tasks", summary: "List the tasks of a batch",
		description: "Those in one state, newest first.", needs: devicesRead, example: pageOf[taskView]{Items: []taskView{exampleTask()}},
		problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity}}, s.listBatchTasks)
	add(s, route{method: http.MethodDelete, path: batchesPath + "/{id}", id: "cancel-batch", tag: "Tasks", summary: "Cancel a batch",
		description: "No further device gets the task, and those that wait for their device are cancelled. TASK_STATE when it has ended.",
		needs:       devicesAct, example: example, problems: []int{http.StatusNotFound, http.StatusConflict}}, s.cancelBatch)
}

// createBatch begins a batch.
func (s *Server) createBatch(ctx context.Context, in *createBatchInput) (*createBatchOutput, error) {
	body, err := bodyOf[batchRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	req, err := body.request()
	if err != nil {
		return nil, err
	}
	if areas := recordOf(ctx).areas; areas != nil && (req.Filter.Area == "" || !areas.Hold(req.Filter.Area) || len(req.Filter.Devices) > 0) {
		return nil, itms.Errorf(itms.KindForbidden, itms.CodeForbidden, "a caller with areas gives tasks to the devices of one of them: filter.area is required, and no filter.devices")
	}
	b, err := s.opts.Tasks.CreateBatch(ctx, recordOf(ctx).actor, req)
	if err != nil {
		return nil, err
	}
	return &createBatchOutput{batchesPath + "/" + url.PathEscape(string(b.ID)), viewBatch(b, nil)}, nil
}

// maxBatchNote is the longest note.
const maxBatchNote = 256

// request is the domain's form.
func (b *batchRequest) request() (itms.BatchRequest, error) {
	var wrong fieldErrors
	task, err := b.Task.request()
	wrong.add(repoint(err, "", "/task"))
	f := &b.Filter
	req := itms.BatchRequest{Task: task, Concurrency: b.Concurrency, AbortRate: b.AbortRate, Note: b.Note,
		Filter: itms.BatchFilter{State: itms.DeviceState(f.State), Profile: f.Profile, Manufacturer: f.Manufacturer, Model: f.Model,
			Software: f.Software, NotSoftware: f.NotSoftware, Area: f.Area}}
	wrong.add(checkText("/note", b.Note, maxBatchNote))
	for i, text := range f.Devices {
		id, err := itms.ParseDeviceID(text)
		if err != nil {
			wrong.add(itms.Invalid("/filter/devices/"+strconv.Itoa(i), "expected OUI-ProductClass-Serial"))
		}
		req.Filter.Devices = append(req.Filter.Devices, id)
	}
	return req, wrong.problem()
}

// readBatch reads a batch and counts its tasks.
func (s *Server) readBatch(ctx context.Context, id string) (b *itms.Batch, counts map[itms.TaskState]int, err error) {
	if itms.CheckKey("", id) != nil {
		return nil, nil, itms.NotFound("batch", id)
	}
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		if b, err = tx.Batches().Get(itms.BatchID(id)); err != nil {
			return err
		}
		counts, err = tx.Tasks().CountBatch(b.ID, "")
		return err
	})
	return b, counts, err
}

// getBatch shows a batch.
func (s *Server) getBatch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	b, counts, err := s.readBatch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &batchOutput{viewBatch(b, counts)}, nil
}

// cancelBatch ends a batch.
func (s *Server) cancelBatch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	if _, _, err := s.readBatch(ctx, in.ID); err != nil {
		return nil, err
	}
	if _, err := s.opts.Tasks.CancelBatch(ctx, recordOf(ctx).actor, itms.BatchID(in.ID)); err != nil {
		return nil, err
	}
	return s.getBatch(ctx, in)
}

// batchList and batchTaskList mark cursors.
const (
	batchList     = "batches"
	batchTaskList = "batch-tasks"
)

// listBatches lists batches, newest first.
func (s *Server) listBatches(ctx context.Context, in *listBatchesInput) (*listOutput[batchView], error) {
	before, err := readCursor(batchList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var list []*itms.Batch
	counts := map[itms.BatchID]map[itms.TaskState]int{}
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		if list, err = tx.Batches().List(itms.BatchID(before), limit+1); err != nil {
			return err
		}
		for _, b := range list {
			if counts[b.ID], err = tx.Tasks().CountBatch(b.ID, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return newPage(batchList, list, limit, func(b *itms.Batch) string { return string(b.ID) },
		func(b *itms.Batch) batchView { return viewBatch(b, counts[b.ID]) }), nil
}

// listBatchTasks lists the tasks of a batch in one state.
func (s *Server) listBatchTasks(ctx context.Context, in *batchTasksInput) (*listOutput[taskView], error) {
	before, err := readCursor(batchTaskList, in.Cursor)
	if err != nil {
		return nil, err
	}
	b, _, err := s.readBatch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	state, limit := itms.TaskState(in.State), limitOf(in.Limit)
	if state == "" {
		state = itms.TaskFailed
	}
	var tasks []*itms.Task
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		tasks, err = tx.Tasks().OfBatch(b.ID, state, itms.TaskID(before), limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(batchTaskList, tasks, limit, func(t *itms.Task) string { return string(t.ID) }, viewTask), nil
}

// viewBatch shows a batch.
func viewBatch(b *itms.Batch, counts map[itms.TaskState]int) batchView {
	f := &b.Filter
	v := batchView{ID: string(b.ID), State: string(b.State), Final: b.State.Final(), Reason: b.Reason, Kind: taskKind(b.Kind), Actor: b.Actor, Note: b.Note,
		Filter: batchFilter{State: deviceState(f.State), Profile: f.Profile, Manufacturer: f.Manufacturer, Model: f.Model, Software: f.Software,
			NotSoftware: f.NotSoftware, Area: f.Area},
		Concurrency: b.Concurrency, AbortRate: b.AbortRate, Looked: b.Looked, Through: b.Through, Tasks: map[string]int{}, Refused: b.Refused,
		CreatedAt: b.CreatedAt, UpdatedAt: b.UpdatedAt}
	for _, id := range f.Devices {
		v.Filter.Devices = append(v.Filter.Devices, id.String())
	}
	for state, n := range counts {
		v.Tasks[string(state)] = n
	}
	for _, r := range b.Refusals {
		v.Refusals = append(v.Refusals, refusalView{r.Device.String(), r.Reason})
	}
	return v
}
