package workorder

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"itms"
)

// Batch tuning.
const (
	// batchConcurrency is how many tasks a batch has in hand at once unless it says
	// otherwise.
	batchConcurrency = 50
	// batchTick is how often a batch is looked after while it gives out tasks, and
	// batchIdle while it only waits for them.
	batchTick = time.Second
	batchIdle = 10 * time.Second
	// batchPatience is how long a queued task counts as in hand: a device that does not
	// come must not keep the others waiting.
	batchPatience = 2 * time.Minute
	// batchPage is how many devices one transaction looks at.
	batchPage = 200
	// batchSample is how many tasks must have ended before their failures stop a batch.
	batchSample = 10
)

// CreateBatch gives the devices that a filter selects one task each. Errors:
// KindInvalid with the fields that are wrong, those of the task below /task.
func (e *Engine) CreateBatch(ctx context.Context, actor string, req itms.BatchRequest) (*itms.Batch, error) {
	if err := e.checkBatch(&req); err != nil {
		return nil, err
	}
	var b *itms.Batch
	err := e.update(ctx, func(w *work) error {
		b = &itms.Batch{ID: itms.BatchID(itms.NewID(w.now)), State: itms.BatchRunning, Actor: actor, Note: req.Note, Filter: req.Filter,
			Kind: req.Task.Kind, Terms: req.Task.TaskTerms, Spec: w.sealAll(req.Task.Spec), Concurrency: req.Concurrency, AbortRate: req.AbortRate,
			CreatedAt: w.now, UpdatedAt: w.now}
		if err := w.tx.Batches().Insert(b); err != nil {
			return err
		}
		if err := w.batchEvent(b, "asked for by "+actor); err != nil {
			return err
		}
		return w.tx.Agenda().Set(batchAlarm(b.ID), w.now)
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// checkBatch says what is wrong with a request, and fills in its defaults.
func (e *Engine) checkBatch(req *itms.BatchRequest) error {
	c := &taskCheck{}
	if err := e.checkTask(&req.Task); err != nil {
		fields, ok := err.(*itms.Error)
		if !ok {
			return err
		}
		for _, f := range fields.Fields {
			c.wrong("/task"+f.Pointer, "%s", f.Text)
		}
	}
	if req.Task.After != "" {
		c.wrong("/task/after", "is no field of a batch's task")
	}
	f := &req.Filter
	switch {
	case f.IsZero():
		c.wrong("/filter", "is required: name devices, or what they have in common")
	case len(f.Devices) > itms.MaxBatchDevices:
		c.wrong("/filter/devices", "has %d devices: expected at most %d", len(f.Devices), itms.MaxBatchDevices)
	}
	if req.Concurrency == 0 {
		req.Concurrency = batchConcurrency
	}
	if req.Concurrency < 1 || req.Concurrency > itms.MaxBatchConcurrency {
		c.wrong("/concurrency", "expected 1 to %d", itms.MaxBatchConcurrency)
	}
	if req.AbortRate < 0 || req.AbortRate > 100 {
		c.wrong("/abortRate", "expected 0 to 100 per cent")
	}
	slices.SortFunc(f.Devices, func(a, b itms.DeviceID) int { return strings.Compare(a.String(), b.String()) })
	f.Devices = slices.Compact(f.Devices)
	return c.problem()
}

// batchEvent journals what became of a batch.
func (w *work) batchEvent(b *itms.Batch, text string) error {
	return w.record("batch."+string(b.State), itms.Event{Actor: b.Actor, Alarm: b.State == itms.BatchAborted, Data: map[string]string{"batch": string(b.ID)},
		Text: fmt.Sprintf("batch %s (%s) is %s: %s", b.ID, b.Kind, b.State, text)})
}

// CancelBatch gives no device a task of the batch any more, and cancels those that wait.
// Errors: KindNotFound; KindConflict with CodeTaskState when it has ended.
func (e *Engine) CancelBatch(ctx context.Context, actor string, id itms.BatchID) (*itms.Batch, error) {
	var b *itms.Batch
	err := e.update(ctx, func(w *work) (err error) {
		if b, err = w.tx.Batches().Get(id); err != nil {
			return err
		}
		if b.State.Final() {
			return itms.Errorf(itms.KindConflict, itms.CodeTaskState, "batch %s is %s", b.ID, b.State)
		}
		return w.endBatch(b, itms.BatchCancelled, "cancelled by "+actor)
	})
	return b, err
}

// endBatch ends a batch; tasks that wait for their devices end with it, unless they
// have all ended already.
func (w *work) endBatch(b *itms.Batch, state itms.BatchState, reason string) error {
	b.State, b.Reason, b.UpdatedAt = state, reason, w.now
	if err := w.tx.Batches().Put(b); err != nil {
		return err
	}
	if err := w.batchEvent(b, reason); err != nil || state == itms.BatchDone {
		return err
	}
	return w.cancelQueued(string(b.ID))
}

// cancelQueued is the bell that cancels what waits of a batch that was stopped, so many
// at a time.
func (w *work) cancelQueued(id string) error {
	queued, err := w.tx.Tasks().OfBatch(itms.BatchID(id), itms.TaskQueued, "", batchPage)
	if err != nil {
		return err
	}
	for _, t := range queued {
		if _, err := w.stopTask(t.ID, itms.TaskCancelled, "its batch was stopped"); err != nil {
			return err
		}
	}
	if len(queued) < batchPage {
		return nil
	}
	return w.tx.Agenda().Set(batchStopAlarm(itms.BatchID(id)), w.now)
}

// tendBatch is the bell that looks after a batch: it gives out as many tasks as may be
// in hand, and ends the batch with the last of them.
func (w *work) tendBatch(id string) error {
	b, err := w.tx.Batches().Get(itms.BatchID(id))
	if err != nil || b.State.Final() {
		return err
	}
	counts, err := w.tx.Tasks().CountBatch(b.ID, "")
	if err != nil {
		return err
	}
	recent, err := w.tx.Tasks().CountBatch(b.ID, itms.TaskID(itms.FirstID(w.now.Add(-batchPatience))))
	if err != nil {
		return err
	}
	if failed, ended := failures(counts, b); b.AbortRate > 0 && ended >= batchSample && failed*100 >= b.AbortRate*ended {
		return w.endBatch(b, itms.BatchAborted, fmt.Sprintf("%d of %d failed: %d per cent were allowed", failed, ended, b.AbortRate))
	}
	open := counts[itms.TaskQueued] + counts[itms.TaskSent] + counts[itms.TaskWaiting]
	if b.Through && open == 0 {
		return w.endBatch(b, itms.BatchDone, fmt.Sprintf("%d devices: %d done", b.Refused+sum(counts), counts[itms.TaskDone]))
	}
	wait := batchIdle
	if !b.Through {
		wait = batchTick
		if err := w.giveOut(b, b.Concurrency-recent[itms.TaskQueued]-counts[itms.TaskSent]-counts[itms.TaskWaiting]); err != nil {
			return err
		}
		b.UpdatedAt = w.now
		if err := w.tx.Batches().Put(b); err != nil {
			return err
		}
	}
	return w.tx.Agenda().Set(batchAlarm(b.ID), w.now.Add(wait))
}

// failures counts the tasks of a batch that ended otherwise than it should, and all
// that ended.
func failures(counts map[itms.TaskState]int, b *itms.Batch) (failed, ended int) {
	failed = counts[itms.TaskFailed] + counts[itms.TaskExpired] + b.Refused
	return failed, failed + counts[itms.TaskDone]
}

// sum adds up counts.
func sum(counts map[itms.TaskState]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// giveOut gives up to so many of the next devices their task.
func (w *work) giveOut(b *itms.Batch, free int) error {
	if free <= 0 {
		return nil
	}
	spec, err := w.openAll(b.Spec)
	if err != nil {
		return err
	}
	req := itms.TaskRequest{Kind: b.Kind, TaskTerms: b.Terms, Spec: spec}
	ids, err := w.candidates(b)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if free == 0 {
			return nil
		}
		b.After = id.String()
		b.Looked++
		given, err := w.giveTo(b, id, &req)
		if err != nil {
			return err
		}
		if given {
			free--
		}
	}
	b.Through = len(ids) < batchPage
	return nil
}

// candidates lists the devices that come next.
func (w *work) candidates(b *itms.Batch) (ids []itms.DeviceID, err error) {
	if len(b.Filter.Devices) > 0 {
		for _, id := range b.Filter.Devices {
			if id.String() > b.After && len(ids) < batchPage {
				ids = append(ids, id)
			}
		}
		return ids, nil
	}
	devices, err := w.tx.Devices().List(itms.DeviceQuery{State: b.Filter.State, After: b.After, Limit: batchPage})
	for _, d := range devices {
		ids = append(ids, d.ID)
	}
	return ids, err
}

// giveTo gives one device its task if the filter selects it. One that cannot be given
// it is noted.
func (w *work) giveTo(b *itms.Batch, id itms.DeviceID, req *itms.TaskRequest) (given bool, err error) {
	d, err := w.device(id)
	if err == nil {
		var fits bool
		if fits, err = w.fits(d, &b.Filter); err == nil && !fits {
			return false, nil
		}
	}
	if err == nil {
		_, err = w.createTask(d, req, b.Actor, b.ID)
	}
	switch kind := itms.KindOf(err); {
	case err == nil:
		return true, nil
	case kind == itms.KindInternal || kind == itms.KindUnavailable:
		return false, err
	}
	if b.Refused++; len(b.Refusals) < itms.MaxRefusals {
		b.Refusals = append(b.Refusals, itms.Refusal{Device: id, Reason: err.Error()})
	}
	return false, nil
}

// fits reports whether a filter selects a device.
func (w *work) fits(d *itms.Device, f *itms.BatchFilter) (bool, error) {
	for _, c := range [][2]string{{string(f.State), string(d.State)}, {f.Profile, d.Profile}, {f.Manufacturer, d.Manufacturer},
		{f.Model, d.Model}, {f.Software, d.Software}} {
		if c[0] != "" && c[0] != c[1] {
			return false, nil
		}
	}
	if f.NotSoftware != "" && f.NotSoftware == d.Software {
		return false, nil
	}
	if f.Area == "" {
		return true, nil
	}
	b, err := w.inForce(d.ID)
	if err != nil || b == nil {
		return false, err
	}
	svc, err := w.tx.Services().Get(b.Service)
	return err == nil && svc.Line.Area == f.Area, err
}

// sealAll is a spec as a batch keeps it: which value is a credential depends on the
// device that gets it, so all are sealed.
func (w *work) sealAll(s itms.TaskSpec) itms.TaskSpec {
	s = w.sealSpec(&itms.Device{}, s)
	for i := range s.Values {
		if v := &s.Values[i]; !v.Hidden {
			v.Sealed, v.Value = w.seal(itms.NewSecret(v.Value)), ""
		}
	}
	return s
}

// openAll is what was sealed by sealAll.
func (w *work) openAll(s itms.TaskSpec) (itms.TaskSpec, error) {
	var err error
	open := func(sealed *itms.Sealed) itms.Secret {
		clear, wrong := w.unseal(*sealed)
		if *sealed = nil; err == nil {
			err = wrong
		}
		return clear
	}
	s.Transfer.Password = open(&s.Transfer.Sealed)
	s.Units, s.Values = slices.Clone(s.Units), slices.Clone(s.Values)
	for i := range s.Units {
		s.Units[i].Password = open(&s.Units[i].Sealed)
	}
	for i := range s.Values {
		s.Values[i].Value = open(&s.Values[i].Sealed).Reveal()
	}
	return s, err
}
