package itms

import "time"

// BatchState is where a batch stands.
type BatchState string

// Batch states; all but the first are final.
const (
	BatchRunning   BatchState = "running"
	BatchDone      BatchState = "done"      // every device had its task, and all of those ended
	BatchCancelled BatchState = "cancelled" // by a person
	BatchAborted   BatchState = "aborted"   // too many of its tasks failed
)

// Final reports whether the batch gives no device a task any more.
func (s BatchState) Final() bool { return s != BatchRunning }

// BatchFilter selects devices: by their ids, or by all that is given of the rest.
type BatchFilter struct {
	Devices      []DeviceID  `json:"devices,omitempty"`
	State        DeviceState `json:"state,omitempty"`
	Profile      string      `json:"profile,omitempty"`
	Manufacturer string      `json:"manufacturer,omitempty"`
	Model        string      `json:"model,omitempty"`
	Software     string      `json:"software,omitempty"`    // exactly this version
	NotSoftware  string      `json:"notSoftware,omitempty"` // any but this version
	Area         string      `json:"area,omitempty"`        // of the line of its service
}

// IsZero reports whether the filter names nothing, which is every device.
func (f *BatchFilter) IsZero() bool {
	return len(f.Devices) == 0 && f.State == "" && f.Profile == "" && f.Manufacturer == "" && f.Model == "" && f.Software == "" &&
		f.NotSoftware == "" && f.Area == ""
}

// Limits of a batch.
const (
	MaxBatchDevices     = 10_000 // named by their ids
	MaxBatchConcurrency = 1000   // tasks in hand at once
)

// BatchRequest asks for a task on many devices.
type BatchRequest struct {
	Filter      BatchFilter
	Task        TaskRequest
	Concurrency int // tasks in hand at once; 0 = 50
	AbortRate   int // per cent of failures at which it is given up; 0 = never
	Note        string
}

// Batch gives many devices one task each, a bounded number at a time.
type Batch struct {
	ID          BatchID     `json:"id"`
	State       BatchState  `json:"state"`
	Actor       string      `json:"actor"`
	Note        string      `json:"note,omitempty"`
	Filter      BatchFilter `json:"filter"`
	Kind        TaskKind    `json:"kind"`
	Terms       TaskTerms   `json:"terms"`
	Spec        TaskSpec    `json:"spec"` // every value to write is sealed
	Concurrency int         `json:"concurrency"`
	AbortRate   int         `json:"abortRate,omitempty"`
	After       string      `json:"after,omitempty"`  // the last device looked at
	Looked      int         `json:"looked,omitempty"` // devices looked at
	Through     bool        `json:"through,omitempty"`
	Refused     int         `json:"refused,omitempty"` // devices that could not be given the task
	Reason      string      `json:"reason,omitempty"`
	Refusals    []Refusal   `json:"refusals,omitempty"` // the first of them
	CreatedAt   time.Time   `json:"createdAt"`
	UpdatedAt   time.Time   `json:"updatedAt"`
}

// Refusal is a device that could not be given a task.
type Refusal struct {
	Device DeviceID `json:"device"`
	Reason string   `json:"reason"`
}

// MaxRefusals is how many refusals a batch keeps.
const MaxRefusals = 100

// BatchID is the time-ordered key of a batch.
type BatchID string
