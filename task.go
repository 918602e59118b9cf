package itms

import "time"

// TaskID is the time-ordered key of a task.
type TaskID string

// TaskKind is what a task does on a device.
type TaskKind string

// Task kinds.
const (
	TaskRecover TaskKind = "recover" // re-read, compare, re-push all, reboot, verify
)

// TaskState is where a task stands.
type TaskState string

// Task states; the last four are final.
const (
	TaskQueued    TaskState = "queued"  // waits for the device or for earlier tasks of it
	TaskSent      TaskState = "sent"    // being carried out
	TaskWaiting   TaskState = "waiting" // the device is at work on its own: a reboot, a transfer
	TaskDone      TaskState = "done"
	TaskFailed    TaskState = "failed"
	TaskExpired   TaskState = "expired"
	TaskCancelled TaskState = "cancelled"
)

// Final reports whether nothing can happen to the task any more.
func (s TaskState) Final() bool {
	switch s {
	case TaskDone, TaskFailed, TaskExpired, TaskCancelled:
		return true
	}
	return false
}

// Task is something a person or a system wants done on one device, once, durable
// until it ended.
type Task struct {
	ID        TaskID     `json:"id"`
	Device    DeviceID   `json:"device"`
	Kind      TaskKind   `json:"kind"`
	State     TaskState  `json:"state"`
	Actor     string     `json:"actor"`
	Reason    string     `json:"reason,omitempty"` // why it waits, or how it ended, in words
	Steps     []TaskStep `json:"steps"`            // the report, in the order of the work
	CreatedAt time.Time  `json:"createdAt"`
	UpdatedAt time.Time  `json:"updatedAt"`
	ExpiresAt time.Time  `json:"expiresAt"`
}

// TaskStep is one line of a task's report.
type TaskStep struct {
	Name  string    `json:"name"` // e.g. "reread"
	State TaskState `json:"state"`
	Text  string    `json:"text,omitempty"` // what was found or done, in words
	At    time.Time `json:"at,omitzero"`    // when it ended
}
