package acs

import (
	"context"

	"itms"
)

// write records a capture and those that wait behind it.
func (t *tracer) write(ctx context.Context, first capture) {
	batch := map[*liveTrace][]itms.TraceMessage{}
	var order []*liveTrace
	for c, n := first, 1; ; n++ {
		t.queued.Add(-c.size())
		list := t.messages(&c)
		for _, tr := range c.traces {
			if batch[tr] == nil {
				order = append(order, tr)
			}
			batch[tr] = append(batch[tr], list...)
		}
		if n == traceBatch {
			break
		}
		select {
		case c = <-t.queue:
			continue
		default:
		}
		break
	}
	for _, tr := range order {
		t.record(ctx, tr, batch[tr])
	}
}

// messages masks a capture, knowing what its session has hidden before.
func (t *tracer) messages(c *capture) []itms.TraceMessage {
	m := &masker{secret: t.srv.opt.Secret}
	earlier := t.hiddenIn[c.session]
	m.hide(earlier)
	list := c.messages(m, t.srv.opt.Node)
	if len(c.hidden) > 0 && c.session != "" {
		if len(t.hiddenIn) >= traceKnown {
			clear(t.hiddenIn)
		}
		t.hiddenIn[c.session] = append(earlier, c.hidden...)
	}
	return list
}

// record gives messages to the Tracer. What cannot be stored counts as lost.
func (t *tracer) record(ctx context.Context, tr *liveTrace, list []itms.TraceMessage) {
	ctx, cancel := context.WithTimeout(ctx, traceTime)
	defer cancel()
	lost := tr.dropped.Swap(0)
	full, err := t.to.RecordTrace(ctx, tr.id, list, int(lost))
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		tr.over.Store(true)
	case err != nil:
		tr.dropped.Add(lost + int64(len(list)))
		t.complain("messages cannot be stored", err)
	case full:
		tr.over.Store(true)
	}
}
