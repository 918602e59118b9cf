package workorder

import (
	"context"
	"fmt"
	"time"

	"itms"
)

// StartTrace has the sessions of a device, or of a network, recorded for a while.
// The oldest trace makes room when there are too many. Errors: KindInvalid with
// pointers, KindNotFound for the device, KindLimit when too many are active.
func (e *Engine) StartTrace(ctx context.Context, actor string, r itms.TraceRequest) (t *itms.Trace, err error) {
	if err := checkTrace(&r); err != nil {
		return nil, err
	}
	err = e.update(ctx, func(w *work) error {
		t = &itms.Trace{ID: itms.TraceID(itms.NewID(w.now)), Device: r.Device, Network: r.Network, Actor: actor, CreatedAt: w.now,
			Until: w.now.Add(r.Time), MaxBytes: r.MaxBytes}
		return w.startTrace(t)
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// checkTrace validates a request and fills in what was left out.
func checkTrace(r *itms.TraceRequest) error {
	switch {
	case r.Device.IsZero() == (r.Network == ""):
		return itms.Invalid("/device", "exactly one of device and network is required")
	case r.Time <= 0 || r.Time > itms.MaxTraceTime:
		return itms.Invalid("/minutes", "expected 1 to %d", itms.MaxTraceTime/time.Minute)
	case r.MaxBytes < 0 || r.MaxBytes > itms.MaxTraceBytes:
		return itms.Invalid("/maxBytes", "expected 1 to %d", itms.MaxTraceBytes)
	}
	if r.MaxBytes == 0 {
		r.MaxBytes = itms.DefaultTraceBytes
	}
	if r.Network == "" {
		return nil
	}
	network, err := itms.ParseTraceNetwork(r.Network)
	r.Network = network.String()
	return err
}

// startTrace stores a new trace, and when it is to go.
func (w *work) startTrace(t *itms.Trace) error {
	if !t.Device.IsZero() {
		if _, err := w.device(t.Device); err != nil {
			return err
		}
	}
	if err := w.roomForTrace(); err != nil {
		return err
	}
	if err := w.tx.Traces().Put(t); err != nil {
		return err
	}
	if err := w.tx.Agenda().Set(traceAlarm+string(t.ID), t.CreatedAt.Add(itms.KeepTraces)); err != nil {
		return err
	}
	return w.record("trace.started", itms.Event{Device: t.Device, Actor: t.Actor, Data: map[string]string{"trace": string(t.ID)},
		Text: fmt.Sprintf("sessions of %s are recorded until %s", t.Subject(), t.Until.Format(time.RFC3339))})
}

// traceAlarm rings when a trace is too old.
const traceAlarm = "trace-expire/"

// roomForTrace refuses one trace too many at a time, and lets the oldest go when too
// many are kept.
func (w *work) roomForTrace() error {
	list, err := w.tx.Traces().List("", itms.MaxTraces)
	if err != nil {
		return err
	}
	active := 0
	for _, t := range list {
		if t.Active(w.now) {
			active++
		}
	}
	if active >= itms.MaxActiveTraces {
		return itms.Errorf(itms.KindLimit, itms.CodeRateLimited, "%d traces are being recorded; stop one first", active)
	}
	if len(list) < itms.MaxTraces {
		return nil
	}
	return w.dropTrace(string(list[len(list)-1].ID))
}

// expireTrace removes a trace that is too old.
func (w *work) expireTrace(id string) error {
	t, err := w.tx.Traces().Get(itms.TraceID(id))
	if err != nil {
		return err
	}
	if err := w.dropTrace(id); err != nil {
		return err
	}
	return w.record("trace.expired", itms.Event{Device: t.Device, Data: map[string]string{"trace": id},
		Text: fmt.Sprintf("the recording of %s was deleted: it is %s old", t.Subject(), itms.KeepTraces)})
}

// dropTrace removes a trace that nobody needs to be told of.
func (w *work) dropTrace(id string) error {
	if err := w.tx.Agenda().Clear(traceAlarm + id); err != nil {
		return err
	}
	return w.tx.Traces().Delete(itms.TraceID(id))
}

// StopTrace ends a recording; what was recorded stays. One that has ended is returned
// as it is. It fails with KindNotFound.
func (e *Engine) StopTrace(ctx context.Context, actor string, id itms.TraceID) (t *itms.Trace, err error) {
	err = e.update(ctx, func(w *work) (err error) {
		if t, err = w.tx.Traces().Get(id); err != nil || !t.Active(w.now) {
			return err
		}
		t.Until = w.now
		if err := w.tx.Traces().Put(t); err != nil {
			return err
		}
		return w.record("trace.stopped", itms.Event{Device: t.Device, Actor: actor, Data: map[string]string{"trace": string(id)},
			Text: fmt.Sprintf("sessions of %s are no longer recorded", t.Subject())})
	})
	return t, err
}

// DeleteTrace removes a trace with all that was recorded, and returns its record. It
// fails with KindNotFound.
func (e *Engine) DeleteTrace(ctx context.Context, actor string, id itms.TraceID) (t *itms.Trace, err error) {
	err = e.update(ctx, func(w *work) (err error) {
		if t, err = w.tx.Traces().Get(id); err != nil {
			return err
		}
		if err := w.dropTrace(string(id)); err != nil {
			return err
		}
		return w.record("trace.deleted", itms.Event{Device: t.Device, Actor: actor, Data: map[string]string{"trace": string(id)},
			Text: fmt.Sprintf("the recording of %s was deleted", t.Subject())})
	})
	return t, err
}

// ReadTrace records that somebody takes a trace away, and returns it. It fails with
// KindNotFound.
func (e *Engine) ReadTrace(ctx context.Context, actor string, id itms.TraceID) (t *itms.Trace, err error) {
	err = e.update(ctx, func(w *work) (err error) {
		if t, err = w.tx.Traces().Get(id); err != nil {
			return err
		}
		return w.record("trace.read", itms.Event{Device: t.Device, Actor: actor, Data: map[string]string{"trace": string(id)},
			Text: fmt.Sprintf("the recording of %s was read", t.Subject())})
	})
	return t, err
}

// ActiveTraces lists what is to be recorded.
func (e *Engine) ActiveTraces(ctx context.Context) (active []*itms.Trace, err error) {
	err = e.view(ctx, func(w *work) error {
		oldest := itms.TraceID(itms.NewID(w.now.Add(-itms.MaxTraceTime)))
		list, err := w.tx.Traces().List("", itms.MaxTraces)
		for _, t := range list {
			if t.ID > oldest && t.Active(w.now) {
				active = append(active, t)
			}
		}
		return err
	})
	return active, err
}

// RecordTrace adds messages to a trace as far as they fit, and counts those that are
// lost. It reports whether the trace takes no more. It fails with KindNotFound.
func (e *Engine) RecordTrace(ctx context.Context, id itms.TraceID, list []itms.TraceMessage, dropped int) (full bool, err error) {
	err = e.store.Update(ctx, func(tx itms.Tx) error {
		t, err := tx.Traces().Get(id)
		if err != nil {
			return err
		}
		fit := fitting(t, list)
		t.Dropped += dropped + len(list) - len(fit)
		full = len(fit) < len(list)
		if err := tx.Traces().Append(t, fit); err != nil {
			return err
		}
		full = full || t.Full()
		return nil
	})
	return full, err
}

// fitting is the beginning of a list that fits into a trace.
func fitting(t *itms.Trace, list []itms.TraceMessage) []itms.TraceMessage {
	room, most := t.MaxBytes-t.Bytes, min(len(list), max(0, itms.MaxTraceMessages-t.Messages))
	for i := range list[:most] {
		if room -= list[i].Size(); room < 0 {
			return list[:i]
		}
	}
	return list[:most]
}

// TraceHints receives a hint when ActiveTraces may have changed, until ctx ends.
func (e *Engine) TraceHints(ctx context.Context) <-chan struct{} {
	return e.store.Wake(ctx, itms.TopicTraces)
}
