package workorder_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"itms"
)

// fleet is n boxes in contact that no order names.
func fleet(w *world, n int) (boxes []*box) {
	w.models.off = true
	for i := range n {
		b := newBox(w, byte(i+1))
		b.contact(itms.EventBootstrap)
		boxes = append(boxes, b)
	}
	return boxes
}

// batch reads a batch.
func (w *world) batch(id itms.BatchID) (b *itms.Batch) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) { b, err = tx.Batches().Get(id); return err })
	return b
}

// counts counts the tasks of a batch.
func (w *world) counts(id itms.BatchID) (counts map[itms.TaskState]int) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) { counts, err = tx.Tasks().CountBatch(id, ""); return err })
	return counts
}

// tend lets the agenda look after a batch until a condition holds.
func (w *world) tend(done func() bool) {
	w.t.Helper()
	w.pass(time.Minute)
	w.until(w.engine.RunAgenda, done)
}

func TestBatch(t *testing.T) {
	w := newWorld(t)
	boxes := fleet(w, 7)
	batch, err := w.engine.CreateBatch(t.Context(), "ann", itms.BatchRequest{Filter: itms.BatchFilter{Software: "1.0"}, Concurrency: 3, Note: "numbers",
		Task: itms.TaskRequest{Kind: itms.TaskSet, Spec: itms.TaskSpec{Values: []itms.TaskValue{{Name: pwPath, Value: servicePassword}, {Name: userPath, Value: "all"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v", batch); strings.Contains(text, servicePassword) || batch.Spec.Values[1].Value != "" {
		t.Errorf("%s", text)
	}
	w.tend(func() bool { return w.counts(batch.ID)[itms.TaskQueued] == 3 })
	if b := w.batch(batch.ID); b.Looked != 3 || b.Through {
		t.Fatalf("%+v", b)
	}
	for range 3 {
		for _, b := range boxes {
			b.contact("6 CONNECTION REQUEST")
		}
		w.tend(func() bool {
			b := w.batch(batch.ID)
			return b.Looked > 0 && w.counts(batch.ID)[itms.TaskQueued] > 0 || b.Through
		})
	}
	for _, b := range boxes {
		b.contact("6 CONNECTION REQUEST")
		if b.params[pwPath] != servicePassword || b.params[userPath] != "all" {
			t.Errorf("%s holds %q", b.id, b.params[userPath])
		}
	}
	w.tend(func() bool { return w.batch(batch.ID).State.Final() })
	if b := w.batch(batch.ID); b.State != itms.BatchDone || b.Reason != "7 devices: 7 done" || b.Looked != 7 {
		t.Errorf("%+v", b)
	}
}

// TestBatchIsNotHeldUp: devices that do not come leave room for others.
func TestBatchIsNotHeldUp(t *testing.T) {
	w := newWorld(t)
	fleet(w, 4)
	batch, err := w.engine.CreateBatch(t.Context(), "ann", itms.BatchRequest{Filter: itms.BatchFilter{State: itms.DeviceOnlineUnbound}, Concurrency: 2,
		Task: itms.TaskRequest{Kind: itms.TaskReboot}})
	if err != nil {
		t.Fatal(err)
	}
	w.tend(func() bool { return w.counts(batch.ID)[itms.TaskQueued] == 2 })
	w.pass(3 * time.Minute)
	w.tend(func() bool { return w.counts(batch.ID)[itms.TaskQueued] == 4 })
}

// TestBatchIsAborted: too many failures stop it, and what waits is cancelled; a device
// that cannot be given the task is told with its reason.
func TestBatchIsAborted(t *testing.T) {
	w := newWorld(t)
	boxes := fleet(w, 30)
	if _, err := w.engine.Block(t.Context(), "ann", boxes[0].id, true); err != nil {
		t.Fatal(err)
	}
	ids := []itms.DeviceID{{OUI: "00005E", ProductClass: "STB", Serial: "NONE"}}
	for _, b := range boxes {
		ids = append(ids, b.id, b.id)
	}
	batch, err := w.engine.CreateBatch(t.Context(), "ann", itms.BatchRequest{Filter: itms.BatchFilter{Devices: ids}, Concurrency: 12, AbortRate: 50,
		Task: itms.TaskRequest{Kind: itms.TaskReboot}})
	if err != nil {
		t.Fatal(err)
	}
	w.tend(func() bool { return w.counts(batch.ID)[itms.TaskQueued] == 12 })
	for _, b := range boxes[1:12] {
		b.answer = func(_ itms.Command, out *itms.Outcome) {
			out.Fault = &itms.DeviceFault{Code: itms.FaultArguments, Text: "no"}
		}
		b.contact("6 CONNECTION REQUEST")
	}
	w.tend(func() bool { return w.batch(batch.ID).State.Final() })
	b := w.batch(batch.ID)
	if b.State != itms.BatchAborted || !strings.Contains(b.Reason, "50 per cent were allowed") || b.Refused != 2 || b.Refusals[1].Device != boxes[0].id {
		t.Errorf("%+v", b)
	}
	if c := w.counts(batch.ID); c[itms.TaskQueued] != 0 || c[itms.TaskCancelled] == 0 {
		t.Errorf("%v", c)
	}
	_, err = w.engine.CancelBatch(t.Context(), "ann", batch.ID)
	wantCode(t, err, itms.CodeTaskState)
}

func TestBatchRequestsAreChecked(t *testing.T) {
	w := newWorld(t)
	all := itms.BatchFilter{Model: "x"}
	for want, req := range map[string]itms.BatchRequest{
		"/filter":         {Task: itms.TaskRequest{Kind: itms.TaskReboot}},
		"/task/kind":      {Filter: all},
		"/task/names":     {Filter: all, Task: get()},
		"/task/after":     {Filter: all, Task: itms.TaskRequest{Kind: itms.TaskReboot, TaskTerms: itms.TaskTerms{After: "x"}}},
		"/concurrency":    {Filter: all, Task: itms.TaskRequest{Kind: itms.TaskReboot}, Concurrency: -1},
		"/abortRate":      {Filter: all, Task: itms.TaskRequest{Kind: itms.TaskReboot}, AbortRate: 101},
		"/filter/devices": {Filter: itms.BatchFilter{Devices: make([]itms.DeviceID, itms.MaxBatchDevices+1)}, Task: itms.TaskRequest{Kind: itms.TaskReboot}},
	} {
		_, err := w.engine.CreateBatch(t.Context(), "ann", req)
		if e, ok := err.(*itms.Error); !ok || len(e.Fields) != 1 || e.Fields[0].Pointer != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	cancelled, err := w.engine.CreateBatch(t.Context(), "ann", itms.BatchRequest{Filter: all, Task: itms.TaskRequest{Kind: itms.TaskReboot}})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := w.engine.CancelBatch(t.Context(), "bob", cancelled.ID); err != nil || b.State != itms.BatchCancelled {
		t.Errorf("%+v, %v", b, err)
	}
}
