package api

import (
	"time"

	"itms"
)

// taskView is a task with its report.
type taskView struct {
	ID       string        `json:"id" example:"01J0000000000000000000000Z" doc:"Also the CommandKey that the device is given."`
	Device   string        `json:"device" example:"00005E-STB-S1001"`
	Kind     taskKind      `json:"kind"`
	State    taskState     `json:"state" doc:"waiting = the device is at work on its own."`
	Final    bool          `json:"final" doc:"Nothing can happen to it any more."`
	Reason   string        `json:"reason,omitempty" doc:"Why it waits, or how it ended, in words."`
	Actor    string        `json:"actor" doc:"Name of the token." example:"console"`
	Batch    string        `json:"batch,omitempty" doc:"The batch it belongs to."`
	Priority int           `json:"priority,omitempty"`
	After    string        `json:"after,omitempty"`
	Tries    int           `json:"tries,omitempty" doc:"Failed ones in a row."`
	NextTry  time.Time     `json:"nextTry,omitzero" doc:"Not before."`
	Progress *progressView `json:"progress,omitempty"`
	Names    []string      `json:"names,omitempty" doc:"What is read or written."`
	Path     string        `json:"path,omitempty"`
	FileID   string        `json:"fileId,omitempty"`
	FileType string        `json:"fileType,omitempty"`
	URL      string        `json:"url,omitempty"`
	Version  string        `json:"version,omitempty"`

	Arguments map[string]string `json:"arguments,omitempty" doc:"Of a test."`

	Fault     *faultView      `json:"fault,omitempty" doc:"The device's last refusal."`
	Result    *taskResultView `json:"result,omitempty"`
	Call      *callView       `json:"call,omitempty" doc:"The last connection request for it that did not bring the device."`
	Steps     []taskStepView  `json:"steps,omitempty" doc:"The report of a recovery, in the order of the work."`
	CreatedAt time.Time       `json:"createdAt"`
	UpdatedAt time.Time       `json:"updatedAt"`
	ExpiresAt time.Time       `json:"expiresAt" doc:"When it is given up."`
}

// progressView is how far a task that reads much has come.
type progressView struct {
	Done  int `json:"done"`
	Total int `json:"total,omitempty" doc:"0 = not known yet."`
}

// faultView is a device's refusal.
type faultView struct {
	Code       int              `json:"code" example:"9005"`
	String     string           `json:"string" example:"Invalid parameter name"`
	Parameters []paramFaultView `json:"parameters,omitempty"`
}

// paramFaultView is the refusal of one parameter.
type paramFaultView struct {
	Name   string `json:"name"`
	Code   int    `json:"code"`
	String string `json:"string,omitempty"`
}

// taskResultView is what a task brought back.
type taskResultView struct {
	Values       []taskValueView      `json:"values,omitempty" doc:"At most 1000; all of them are among the device's parameters."`
	Names        []itms.ParamName     `json:"names,omitempty"`
	Attributes   []attributeView      `json:"attributes,omitempty"`
	Methods      []string             `json:"methods,omitempty"`
	Instance     string               `json:"instance,omitempty" doc:"Number of the row that was added."`
	Status       *int                 `json:"status,omitempty" doc:"0 = applied, 1 = applied later."`
	Transfers    []queuedTransferView `json:"transfers,omitempty"`
	Options      []itms.Option        `json:"options,omitempty"`
	Units        []itms.UnitResult    `json:"units,omitempty"`
	FileID       string               `json:"fileId,omitempty" doc:"What an upload brought."`
	Software     string               `json:"software,omitempty" doc:"Version reported after a download."`
	StartTime    time.Time            `json:"startTime,omitzero" doc:"Of a transfer, as the device says."`
	CompleteTime time.Time            `json:"completeTime,omitzero"`
	Count        int                  `json:"count,omitempty" doc:"Of values or names, also of those left out here."`
	Unreadable   []string             `json:"unreadable,omitempty" doc:"Listed by the device, which refuses to tell them."`
	Diagnostic   *diagnosticView      `json:"diagnostic,omitempty" doc:"What a test found, also of one that failed."`
}

// taskValueView is one value that was read. That of a credential is left out.
type taskValueView struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Type     string `json:"type,omitempty"`
	Hidden   bool   `json:"hidden,omitempty" doc:"A credential: its value is not shown."`
	Writable bool   `json:"writable,omitempty"`
}

// attributeView are the attributes of a parameter.
type attributeView struct {
	Name         string   `json:"name"`
	Notification int      `json:"notification"`
	AccessList   []string `json:"accessList,omitempty"`
}

// queuedTransferView is a transfer of a device.
type queuedTransferView struct {
	CommandKey string `json:"commandKey"`
	State      int    `json:"state" doc:"1 not started, 2 in progress, 3 completed."`
	IsDownload bool   `json:"isDownload,omitempty"`
	FileType   string `json:"fileType,omitempty"`
	FileSize   int64  `json:"fileSize,omitempty"`
	Target     string `json:"targetFileName,omitempty"`
}

// taskStepView is one line of a report.
type taskStepView struct {
	Name  string    `json:"name" example:"reread"`
	State taskState `json:"state"`
	Text  string    `json:"text,omitempty" doc:"What was found or done." example:"42 parameters read, 2 differ"`
	At    time.Time `json:"at,omitzero" doc:"When it ended."`
}

// viewTask shows a task, without anything secret that it writes.
func viewTask(t *itms.Task) taskView {
	v := taskView{ID: string(t.ID), Device: t.Device.String(), Kind: taskKind(t.Kind), State: taskState(t.State),
		Final: t.State.Final(), Reason: t.Reason, Actor: t.Actor, Batch: string(t.Batch), Priority: t.Priority, After: string(t.After),
		Tries: t.Run.Tries, Path: string(t.Spec.Path), FileID: string(t.Spec.Transfer.File), FileType: t.Spec.Transfer.FileType,
		URL: t.Spec.Transfer.URL, Version: t.Spec.Transfer.Version, Arguments: t.Spec.Arguments, Fault: viewFault(t.Fault), Result: viewResult(t.Result), Call: viewCall(t.Call),
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, ExpiresAt: t.ExpiresAt}
	if t.State == itms.TaskQueued {
		v.NextTry = t.Run.Next
	}
	if t.Run.Done > 0 || t.Run.Total > 0 {
		v.Progress = &progressView{t.Run.Done, t.Run.Total}
	}
	for _, name := range t.Spec.Names {
		v.Names = append(v.Names, string(name))
	}
	for _, value := range t.Spec.Values {
		v.Names = append(v.Names, string(value.Name))
	}
	for _, a := range t.Spec.Attributes {
		v.Names = append(v.Names, string(a.Name))
	}
	for _, step := range t.Steps {
		v.Steps = append(v.Steps, taskStepView{step.Name, taskState(step.State), step.Text, step.At})
	}
	return v
}

// viewFault shows a refusal, nil when there was none.
func viewFault(f *itms.DeviceFault) *faultView {
	if f == nil {
		return nil
	}
	v := &faultView{Code: f.Code, String: f.Text}
	for _, p := range f.Params {
		v.Parameters = append(v.Parameters, paramFaultView{string(p.Name), p.Code, p.Text})
	}
	return v
}

// viewResult shows a result, nil when there is none.
func viewResult(r *itms.TaskResult) *taskResultView {
	if r == nil {
		return nil
	}
	v := &taskResultView{Names: r.Names, Methods: r.Methods, Instance: r.Instance, Status: r.Status, Options: r.Options,
		Units: r.Units, FileID: string(r.File), Software: r.Software, StartTime: r.Started, CompleteTime: r.Completed, Count: r.Count,
		Diagnostic: viewDiagnostic(r.Diagnostic)}
	for _, p := range r.Values {
		v.Values = append(v.Values, taskValueView{string(p.Name), p.Value, p.Type, p.Hidden, p.Writable})
	}
	for _, a := range r.Attributes {
		v.Attributes = append(v.Attributes, attributeView{string(a.Name), a.Notification, a.AccessList})
	}
	for _, q := range r.Transfers {
		v.Transfers = append(v.Transfers, queuedTransferView{q.CommandKey, q.State, q.Download, q.FileType, q.Size, q.Target})
	}
	for _, path := range r.Unreadable {
		v.Unreadable = append(v.Unreadable, string(path))
	}
	return v
}
