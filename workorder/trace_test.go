package workorder_test

import (
	"strings"
	"testing"
	"time"

	"itms"
)

// traces lists what is kept.
func (w *world) traces() (list []*itms.Trace) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) {
		list, err = tx.Traces().List("", 1000)
		return err
	})
	return list
}

func TestTraceRequests(t *testing.T) {
	f := newFastWorld(t)
	for name, r := range map[string]itms.TraceRequest{
		"/device":   {Time: time.Minute},
		"/minutes":  {Network: "192.0.2.0/24"},
		"/maxBytes": {Network: "192.0.2.0/24", Time: time.Minute, MaxBytes: itms.MaxTraceBytes + 1},
		"/network":  {Network: "home", Time: time.Minute},
	} {
		_, err := f.engine.StartTrace(f.t.Context(), "ops", r)
		if !itms.IsKind(err, itms.KindInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := f.engine.StartTrace(f.t.Context(), "ops", itms.TraceRequest{Device: itms.DeviceID{OUI: "00005E", Serial: "none"}, Time: time.Minute})
	if !itms.IsKind(err, itms.KindNotFound) {
		t.Error(err)
	}
	got, err := f.engine.StartTrace(f.t.Context(), "ops", itms.TraceRequest{Network: "192.0.2.77/24", Time: time.Minute})
	if err != nil || got.Network != "192.0.2.0/24" || got.MaxBytes != itms.DefaultTraceBytes || got.Until.Sub(got.CreatedAt) != time.Minute {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestTraceIsBounded: messages fit or are counted, and a full trace is told.
func TestTraceIsBounded(t *testing.T) {
	f := newFastWorld(t)
	tr, err := f.engine.StartTrace(f.t.Context(), "ops", itms.TraceRequest{Network: "192.0.2.0/24", Time: time.Minute, MaxBytes: 2000})
	if err != nil {
		t.Fatal(err)
	}
	m := itms.TraceMessage{Body: strings.Repeat("x", 500)}
	full, err := f.engine.RecordTrace(f.t.Context(), tr.ID, []itms.TraceMessage{m, m}, 3)
	if full || err != nil {
		t.Fatal(full, err)
	}
	full, err = f.engine.RecordTrace(f.t.Context(), tr.ID, []itms.TraceMessage{m, m}, 0)
	if !full || err != nil {
		t.Fatal(full, err)
	}
	if got := f.traces()[0]; got.Messages != 2 || got.Dropped != 5 || got.Bytes > got.MaxBytes {
		t.Errorf("%+v", got)
	}
	if _, err := f.engine.RecordTrace(f.t.Context(), "none", nil, 0); !itms.IsKind(err, itms.KindNotFound) {
		t.Error(err)
	}
}

// TestTraceEndsAndGoes: what is stopped is active no more, and everything goes after
// its time.
func TestTraceEndsAndGoes(t *testing.T) {
	f := newFastWorld(t)
	start := func() itms.TraceID {
		tr, err := f.engine.StartTrace(f.t.Context(), "ops", itms.TraceRequest{Network: "192.0.2.0/24", Time: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		return tr.ID
	}
	active := func() int {
		list, err := f.engine.ActiveTraces(f.t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	first := start()
	second := start()
	if n := active(); n != 2 {
		t.Error("active", n)
	}
	for range 2 {
		if _, err := f.engine.StopTrace(f.t.Context(), "ops", first); err != nil {
			t.Fatal(err)
		}
	}
	if n := active(); n != 1 {
		t.Error("active", n)
	}
	if _, err := f.engine.DeleteTrace(f.t.Context(), "ops", second); err != nil || len(f.traces()) != 1 {
		t.Error(err, len(f.traces()))
	}
	if _, err := f.engine.ReadTrace(f.t.Context(), "ops", first); err != nil {
		t.Error(err)
	}
	f.pass(itms.KeepTraces)
	f.until(f.engine.RunAgenda, func() bool { return len(f.traces()) == 0 })
	for range itms.MaxActiveTraces {
		start()
	}
	_, err := f.engine.StartTrace(f.t.Context(), "ops", itms.TraceRequest{Network: "192.0.2.0/24", Time: time.Hour})
	if !itms.IsKind(err, itms.KindLimit) {
		t.Error(err)
	}
}

// TestOldestTraceMakesRoom: never more are kept than may be.
func TestOldestTraceMakesRoom(t *testing.T) {
	f := newFastWorld(t)
	var first itms.TraceID
	for i := range itms.MaxTraces + 1 {
		tr, err := f.engine.StartTrace(f.t.Context(), "ops", itms.TraceRequest{Network: "192.0.2.0/24", Time: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = tr.ID
		}
		f.pass(2 * time.Minute)
	}
	list := f.traces()
	if len(list) != itms.MaxTraces || list[len(list)-1].ID == first {
		t.Error("kept", len(list))
	}
}
