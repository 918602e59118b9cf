package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// tasksPath is where tasks are, whatever device they are for.
const tasksPath = base + "/tasks"

// longestWait is how long one call is left to wait for the end of a task; the API takes up
// to a minute.
const longestWait = 50 * time.Second

// TaskRequest is what is to be done on a device. Which kind takes what is in the
// description of the API.
type TaskRequest struct {
	Kind      string            `json:"kind"`                // "get", "set", "reboot", "diagnosePing", ...
	Names     []string          `json:"names,omitempty"`     // get
	Values    map[string]string `json:"values,omitempty"`    // set, addObject
	Path      string            `json:"path,omitempty"`      // names, refresh, addObject, deleteObject
	Arguments map[string]string `json:"arguments,omitempty"` // tests
	FileID    string            `json:"fileId,omitempty"`    // download
	FileType  string            `json:"fileType,omitempty"`  // download, upload
	URL       string            `json:"url,omitempty"`       // download, upload
	Version   string            `json:"version,omitempty"`   // download of firmware: what the device reports in the end
	Delay     int               `json:"delaySeconds,omitempty"`
	Priority  int               `json:"priority,omitempty"` // -9 to 9
	Retries   *int              `json:"retries,omitempty"`  // nil = 3
	NotBefore time.Time         `json:"notBefore,omitzero"`
	ExpiresAt time.Time         `json:"expiresAt,omitzero"` // zero = in 24 hours
	After     string            `json:"after,omitempty"`    // a task of the device that must be done before
	Verify    *bool             `json:"verify,omitempty"`   // set: read the values back; nil = yes
}

// Task is a task as shown.
type Task struct {
	ID        string      `json:"id"`
	Device    string      `json:"device"`
	Kind      string      `json:"kind"`
	State     string      `json:"state"` // "queued", "sent", "done", "failed", ...
	Final     bool        `json:"final"` // it has ended
	Reason    string      `json:"reason,omitempty"`
	Actor     string      `json:"actor"`
	Priority  int         `json:"priority,omitempty"`
	Tries     int         `json:"tries,omitempty"`
	Steps     []TaskStep  `json:"steps,omitempty"`
	Fault     *Fault      `json:"fault,omitempty"`
	Result    *TaskResult `json:"result,omitempty"`
	CreatedAt time.Time   `json:"createdAt"`
	UpdatedAt time.Time   `json:"updatedAt"`
	ExpiresAt time.Time   `json:"expiresAt"`
}

// TaskStep is one of the things that a task does.
type TaskStep struct {
	Name  string    `json:"name"`
	State string    `json:"state"`
	Text  string    `json:"text,omitempty"`
	At    time.Time `json:"at,omitzero"`
}

// Fault is what a device refused a task with (TR-069 Amd 6 §A.5).
type Fault struct {
	Code int    `json:"code"`
	Text string `json:"string"`
}

// TaskResult is what a task brought back.
type TaskResult struct {
	Values   []TaskValue `json:"values,omitempty"`
	Names    []ParamName `json:"names,omitempty"`
	Methods  []string    `json:"methods,omitempty"`
	Instance string      `json:"instance,omitempty"` // of a new row
	FileID   string      `json:"fileId,omitempty"`   // of an upload
	Software string      `json:"software,omitempty"`
}

// TaskValue is a value that was read.
type TaskValue struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Type     string `json:"type,omitempty"`
	Writable bool   `json:"writable,omitempty"`
	Hidden   bool   `json:"hidden,omitempty"` // it is a credential
}

// ParamName is the name of a parameter.
type ParamName struct {
	Name     string `json:"name"`
	Writable bool   `json:"writable"`
}

// CreateTask queues a task on a device, asks the device into contact, and waits for the end
// of the task for so long, a minute at most. Errors: CodeNotFound, CodeInvalid,
// CodeDeviceState. It is not repeated when it fails: the task may have been queued.
func (c *Client) CreateTask(ctx context.Context, device string, r TaskRequest, wait time.Duration) (*Task, error) {
	call := post(devicePath(device, "/tasks"), r)
	call.Query = waiting(wait)
	return act[Task](ctx, c, call)
}

// waiting asks the server to wait.
func waiting(d time.Duration) url.Values {
	if d <= 0 {
		return nil
	}
	return url.Values{"wait": {min(d, longestWait).Round(time.Millisecond).String()}}
}

// Task returns a task, once it has ended or after so long, a minute at most.
func (c *Client) Task(ctx context.Context, id string, wait time.Duration) (*Task, error) {
	return get[Task](ctx, c, tasksPath+"/"+url.PathEscape(id), waiting(wait))
}

// WaitTask waits until a task has ended and returns it; when ctx ends before, it returns the
// task as it was last seen, nil if it never was, and the error of ctx.
func (c *Client) WaitTask(ctx context.Context, id string) (*Task, error) {
	var last *Task
	for {
		t, err := c.Task(ctx, id, longestWait)
		switch {
		case err != nil && ctx.Err() != nil:
			return last, ctx.Err()
		case err != nil, t.Final:
			return t, err
		}
		last = t
		if err := c.pause(ctx, betweenLooks); err != nil { // a server that does not wait is not asked in a circle
			return last, err
		}
	}
}

// betweenLooks is between two calls that wait for the end of a task.
const betweenLooks = 100 * time.Millisecond

// RunTask queues a task on a device and waits until it has ended.
func (c *Client) RunTask(ctx context.Context, device string, r TaskRequest) (*Task, error) {
	t, err := c.CreateTask(ctx, device, r, 0)
	if err != nil {
		return nil, err
	}
	return c.WaitTask(ctx, t.ID)
}

// Tasks goes through the tasks of a device, newest first.
func (c *Client) Tasks(ctx context.Context, device string) iter.Seq2[Task, error] {
	return list[Task](ctx, c, devicePath(device, "/tasks"), nil)
}

// CancelTask ends a task that has not ended. Errors: CodeTaskState.
func (c *Client) CancelTask(ctx context.Context, id string) (*Task, error) {
	return act[Task](ctx, c, Call{Method: http.MethodDelete, Path: tasksPath + "/" + url.PathEscape(id)})
}
