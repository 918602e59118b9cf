package itms

import "time"

// TaskID is the time-ordered key of a task. It is also the CommandKey of the
// commands that a device answers for later.
type TaskID string

// TaskKind is what a task does on a device.
type TaskKind string

// Task kinds: one for each method that a device offers (TR-069 Amd 6 Annex A), and
// those that take several.
const (
	TaskGet              TaskKind = "get"              // read values
	TaskSet              TaskKind = "set"              // write values and read them back
	TaskNames            TaskKind = "names"            // list parameters
	TaskAddObject        TaskKind = "addObject"        // add a row, and write values into it
	TaskDeleteObject     TaskKind = "deleteObject"     // remove a row
	TaskGetAttributes    TaskKind = "getAttributes"    // read notification levels and access lists
	TaskSetAttributes    TaskKind = "setAttributes"    // write them
	TaskReboot           TaskKind = "reboot"           // restart the device
	TaskFactoryReset     TaskKind = "factoryReset"     // make it as it left the factory
	TaskDownload         TaskKind = "download"         // have it fetch a file
	TaskUpload           TaskKind = "upload"           // have it send a file
	TaskScheduleInform   TaskKind = "scheduleInform"   // have it come into contact later
	TaskScheduleDownload TaskKind = "scheduleDownload" // have it fetch a file within windows
	TaskCancelTransfer   TaskKind = "cancelTransfer"   // stop a transfer
	TaskQueuedTransfers  TaskKind = "queuedTransfers"  // list transfers
	TaskSetVouchers      TaskKind = "setVouchers"      // switch options on or off
	TaskGetOptions       TaskKind = "getOptions"       // list options
	TaskChangeDUState    TaskKind = "changeDUState"    // install, update, remove software modules
	TaskRPCMethods       TaskKind = "rpcMethods"       // ask which methods it offers
	TaskRefresh          TaskKind = "refresh"          // list and read a whole subtree
	TaskRecover          TaskKind = "recover"          // re-read, compare, re-push all, reboot, verify

	// What devices test by themselves; see Diagnostics.
	TaskDiagnosePing            TaskKind = "diagnosePing"
	TaskDiagnoseTraceroute      TaskKind = "diagnoseTraceroute"
	TaskDiagnoseDownload        TaskKind = "diagnoseDownload"
	TaskDiagnoseUpload          TaskKind = "diagnoseUpload"
	TaskDiagnoseNSLookup        TaskKind = "diagnoseNSLookup"
	TaskDiagnoseUDPEcho         TaskKind = "diagnoseUDPEcho"
	TaskDiagnoseServerSelection TaskKind = "diagnoseServerSelection"
	TaskDiagnoseWiFi            TaskKind = "diagnoseWiFi"
	TaskDiagnoseSelfTest        TaskKind = "diagnoseSelfTest"
)

// TaskKinds lists every kind.
var TaskKinds = []TaskKind{TaskGet, TaskSet, TaskNames, TaskAddObject, TaskDeleteObject, TaskGetAttributes,
	TaskSetAttributes, TaskReboot, TaskFactoryReset, TaskDownload, TaskUpload, TaskScheduleInform, TaskScheduleDownload,
	TaskCancelTransfer, TaskQueuedTransfers, TaskSetVouchers, TaskGetOptions, TaskChangeDUState, TaskRPCMethods,
	TaskRefresh, TaskRecover, TaskDiagnosePing, TaskDiagnoseTraceroute, TaskDiagnoseDownload, TaskDiagnoseUpload,
	TaskDiagnoseNSLookup, TaskDiagnoseUDPEcho, TaskDiagnoseServerSelection, TaskDiagnoseWiFi, TaskDiagnoseSelfTest}

// TaskState is where a task stands.
type TaskState string

// Task states; the last four are final.
const (
	TaskQueued    TaskState = "queued"  // waits for the device, for earlier tasks of it, or for its next try
	TaskSent      TaskState = "sent"    // being carried out in a session
	TaskWaiting   TaskState = "waiting" // the device is at work on its own: a reboot, a transfer, a test
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

// Limits of a task.
const (
	MaxTaskPriority = 9    // the most urgent; MinTaskPriority the least
	MinTaskPriority = -9   // 0 is usual
	MaxTaskRetries  = 10   // further tries after the first
	MaxTaskNames    = 1000 // names, values or attributes of one task
	MaxTaskResult   = 1000 // values in a result; all of them are in the device's parameter tree
)

// TaskTerms say when a task runs and when it is given up.
type TaskTerms struct {
	Priority  int       `json:"priority,omitempty"` // higher ones of a device go first
	After     TaskID    `json:"after,omitempty"`    // of the same device, which must be done before
	Retries   int       `json:"retries,omitempty"`  // how often more a failure that may pass is tried
	NotBefore time.Time `json:"notBefore,omitzero"` // not begun before
	ExpiresAt time.Time `json:"expiresAt,omitzero"` // given up then
}

// TaskRequest asks for a task. Zero terms mean the defaults: no priority, three
// retries when Retries is negative, a day.
type TaskRequest struct {
	Kind TaskKind
	TaskTerms
	Spec TaskSpec
}

// Task is something a person or a system wants done on one device, once, durable
// until it ended.
type Task struct {
	ID     TaskID    `json:"id"`
	Device DeviceID  `json:"device"`
	Kind   TaskKind  `json:"kind"`
	State  TaskState `json:"state"`
	Actor  string    `json:"actor"`
	Batch  BatchID   `json:"batch,omitempty"`
	Reason string    `json:"reason,omitempty"` // why it waits, or how it ended, in words
	TaskTerms
	Spec      TaskSpec     `json:"spec,omitzero"`
	Run       TaskRun      `json:"run,omitzero"`
	Call      CallReport   `json:"call,omitzero"`   // the last connection request for it that did not bring the device
	Steps     []TaskStep   `json:"steps,omitempty"` // the report of a recovery, in the order of the work
	Fault     *DeviceFault `json:"fault,omitempty"` // the device's last refusal
	Result    *TaskResult  `json:"result,omitempty"`
	CreatedAt time.Time    `json:"createdAt"`
	UpdatedAt time.Time    `json:"updatedAt"`
}

// TaskRun is the durable progress of a task.
type TaskRun struct {
	Stage  string      `json:"stage,omitempty"`  // what comes next within the kind; "" = the beginning
	Tries  int         `json:"tries,omitempty"`  // failed ones in a row
	Next   time.Time   `json:"next,omitzero"`    // not tried again before
	Pause  string      `json:"pause,omitempty"`  // session in which nothing more of it is sent
	SentIn string      `json:"sentIn,omitempty"` // session that carries it out
	SentBy string      `json:"sentBy,omitempty"` // process that did
	SentAt time.Time   `json:"sentAt,omitzero"`  // when its effect was ordered, for those that take their time
	Todo   []ParamPath `json:"todo,omitempty"`   // what is still to be listed or read, next first
	Batch  int         `json:"batch,omitempty"`  // names per request; 0 = the usual number
	Done   int         `json:"done,omitempty"`   // names read so far
	Total  int         `json:"total,omitempty"`  // of so many; 0 = not known yet
	Before []string    `json:"before,omitempty"` // rows of the table before one was added
	Told   bool        `json:"told,omitempty"`   // the device said that it is through
	Looks  int         `json:"looks,omitempty"`  // how often a test was found still running
	Again  int         `json:"again,omitempty"`  // how often a test was begun anew
}

// TaskStep is one line of a task's report.
type TaskStep struct {
	Name  string    `json:"name"` // e.g. "reread"
	State TaskState `json:"state"`
	Text  string    `json:"text,omitempty"` // what was found or done, in words
	At    time.Time `json:"at,omitzero"`    // when it ended
}

// TaskResult is what a task brought back. Values of credentials are never in it.
type TaskResult struct {
	Values     []TaskValue      `json:"values,omitempty"`     // get, and set as read back
	Names      []ParamName      `json:"names,omitempty"`      // names
	Attributes []ParamAttribute `json:"attributes,omitempty"` // getAttributes
	Methods    []string         `json:"methods,omitempty"`    // rpcMethods
	Instance   string           `json:"instance,omitempty"`   // addObject: the number of the row
	Status     *int             `json:"status,omitempty"`     // 0 = applied, 1 = applied later
	Transfers  []QueuedTransfer `json:"transfers,omitempty"`  // queuedTransfers
	Options    []Option         `json:"options,omitempty"`    // getOptions
	Units      []UnitResult     `json:"units,omitempty"`      // changeDUState
	File       FileID           `json:"file,omitempty"`       // upload: what was received
	Software   string           `json:"software,omitempty"`   // download: the version reported after it
	Started    time.Time        `json:"started,omitzero"`     // of a transfer, as the device says
	Completed  time.Time        `json:"completed,omitzero"`
	Count      int              `json:"count,omitempty"`      // of values or names, also of those left out here
	Unreadable []ParamPath      `json:"unreadable,omitempty"` // listed, but the device refuses to read them

	Diagnostic *DiagnosticResult `json:"diagnostic,omitempty"` // diagnose...
}

// ParamName is one listed parameter or object.
type ParamName struct {
	Name     ParamPath `json:"name"`
	Writable bool      `json:"writable"`
}
