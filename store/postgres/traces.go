package postgres

import (
	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// traces is itms.Traces.
type traces struct{ t *tx }

// Get returns the trace.
func (s traces) Get(id itms.TraceID) (*itms.Trace, error) {
	return load[itms.Trace](s.t, "trace", string(id), `select doc from traces where id = $1`, string(id))
}

// Put stores a trace.
func (s traces) Put(trace *itms.Trace) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Trace(trace)
	if err != nil {
		return err
	}
	s.t.topics |= wake.Traces
	_, err = s.t.exec(`insert into traces (id, doc) values ($1, $2) on conflict (id) do update set doc = excluded.doc`,
		string(trace.ID), doc)
	return err
}

// List returns traces below before, newest first.
func (s traces) List(before itms.TraceID, limit int) ([]*itms.Trace, error) {
	if limit <= 0 || !usable(string(before)) {
		return nil, nil
	}
	sql, args := `select doc from traces`, []any{limit}
	if before != "" {
		sql, args = sql+` where id < $2`, append(args, string(before))
	}
	return all(s.t, pointer[itms.Trace], sql+` order by id desc limit $1`, args...)
}

// Append adds messages to a trace.
func (s traces) Append(trace *itms.Trace, list []itms.TraceMessage) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	first := trace.Messages
	docs := make([]string, len(list))
	for i := range list {
		doc, err := record.NextTraceMessage(trace, &list[i])
		if err != nil {
			return err
		}
		docs[i] = string(doc)
	}
	if err := s.replace(trace); err != nil || len(list) == 0 {
		return err
	}
	return s.t.later(`insert into trace_messages (trace, seq, doc)
		select $1, $2::integer + n, doc::jsonb from unnest($3::text[]) with ordinality as list (doc, n)
		on conflict (trace, seq) do update set doc = excluded.doc`, string(trace.ID), first, docs)
}

// replace stores the record of a known trace.
func (s traces) replace(trace *itms.Trace) error {
	doc, err := record.Trace(trace)
	if err != nil {
		return err
	}
	rows, err := s.t.exec(`update traces set doc = $2 where id = $1`, string(trace.ID), doc)
	if err == nil && rows == 0 {
		return itms.NotFound("trace", string(trace.ID))
	}
	return err
}

// Messages returns messages above after, oldest first.
func (s traces) Messages(id itms.TraceID, after, limit int) ([]itms.TraceMessage, error) {
	if limit <= 0 || !record.Usable(string(id)) {
		return nil, nil
	}
	return all(s.t, document[itms.TraceMessage],
		`select doc from trace_messages where trace = $1 and seq > $2 order by seq limit $3`, string(id), after, limit)
}

// Delete removes a trace and, by the reference, its messages.
func (s traces) Delete(id itms.TraceID) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if !record.Usable(string(id)) {
		return itms.NotFound("trace", string(id))
	}
	s.t.topics |= wake.Traces
	rows, err := s.t.exec(`delete from traces where id = $1`, string(id))
	if err == nil && rows == 0 {
		return itms.NotFound("trace", string(id))
	}
	return err
}
