package boltdb

import (
	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// traces is itms.Traces.
type traces struct{ t *tx }

// Get returns the trace.
func (s traces) Get(id itms.TraceID) (*itms.Trace, error) {
	return load[itms.Trace](s.t, inTraces, "trace", string(id))
}

// Put stores a trace.
func (s traces) Put(trace *itms.Trace) error {
	if err := s.store(trace); err != nil {
		return err
	}
	s.t.topics |= wake.Traces
	return nil
}

// store writes the record.
func (s traces) store(trace *itms.Trace) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Trace(trace)
	if err != nil {
		return err
	}
	return s.t.put(inTraces, []byte(trace.ID), doc)
}

// List returns traces below before, newest first.
func (s traces) List(before itms.TraceID, limit int) ([]*itms.Trace, error) {
	var below []byte
	if before != "" {
		below = []byte(before)
	}
	var list []*itms.Trace
	for _, v := range s.t.descend(inTraces, nil, below) {
		if len(list) >= limit {
			break
		}
		trace, err := record.Decode[itms.Trace](v)
		if err != nil {
			return nil, err
		}
		list = append(list, trace)
	}
	return list, nil
}

// Append adds messages to a trace.
func (s traces) Append(trace *itms.Trace, list []itms.TraceMessage) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if s.t.stored(inTraces, string(trace.ID)) == nil {
		return itms.NotFound("trace", string(trace.ID))
	}
	for i := range list {
		doc, err := record.NextTraceMessage(trace, &list[i])
		if err != nil {
			return err
		}
		if err := s.t.put(inTraceMessages, messageKey(trace.ID, trace.Messages), doc); err != nil {
			return err
		}
	}
	return s.store(trace)
}

// messageKey is the place of a message.
func messageKey(id itms.TraceID, seq int) []byte {
	return append(under(string(id)), number(uint64(seq))...)
}

// Messages returns messages above after, oldest first.
func (s traces) Messages(id itms.TraceID, after, limit int) ([]itms.TraceMessage, error) {
	if !record.Usable(string(id)) {
		return nil, nil
	}
	var list []itms.TraceMessage
	for _, v := range s.t.ascend(inTraceMessages, under(string(id)), messageKey(id, max(after, 0)+1)) {
		if len(list) >= limit {
			break
		}
		m, err := record.Decode[itms.TraceMessage](v)
		if err != nil {
			return nil, err
		}
		list = append(list, *m)
	}
	return list, nil
}

// Delete removes a trace and its messages.
func (s traces) Delete(id itms.TraceID) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if s.t.stored(inTraces, string(id)) == nil {
		return itms.NotFound("trace", string(id))
	}
	var keys [][]byte
	for k := range s.t.ascend(inTraceMessages, under(string(id)), nil) {
		keys = append(keys, k)
	}
	for _, k := range keys {
		if err := s.t.drop(inTraceMessages, k); err != nil {
			return err
		}
	}
	s.t.topics |= wake.Traces
	return s.t.drop(inTraces, []byte(id))
}
