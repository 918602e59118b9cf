package acs

import (
	"context"
	"net/netip"
	"sync/atomic"
	"time"

	"itms"
)

// Tracer keeps recordings of sessions. A nil one means that nothing is ever traced.
type Tracer interface {
	// ActiveTraces lists what is to be recorded.
	ActiveTraces(ctx context.Context) ([]*itms.Trace, error)
	// RecordTrace adds messages, and how many there were besides that are lost. It
	// reports whether the trace takes no more; KindNotFound when it is gone.
	RecordTrace(ctx context.Context, id itms.TraceID, list []itms.TraceMessage, dropped int) (full bool, err error)
	// TraceHints receives a hint when ActiveTraces may have changed, until ctx ends.
	TraceHints(ctx context.Context) <-chan struct{}
}

const (
	// tracePoll is how often the list is read without a hint: hints between nodes may
	// get lost.
	tracePoll = 30 * time.Second
	// traceTime is when a call to the Tracer is given up.
	traceTime = 10 * time.Second
	// traceQueue is how many POSTs may wait for the writer, and traceQueueBytes how
	// much of them: what comes on top is counted, and lost.
	traceQueue      = 512
	traceQueueBytes = 32 << 20
	// traceBatch POSTs are written by one transaction.
	traceBatch = 64
	// traceKnown bounds the sessions of which the writer remembers what was hidden.
	traceKnown = 256
)

// liveTrace is a trace that is being recorded, on this node.
type liveTrace struct {
	id      itms.TraceID
	until   time.Time
	over    atomic.Bool  // full, or gone
	dropped atomic.Int64 // not told to the Tracer yet
}

// tracedNetwork is a network and its trace.
type tracedNetwork struct {
	prefix netip.Prefix
	trace  *liveTrace
}

// traceSet is everything that is traced; it is replaced as a whole.
type traceSet struct {
	devices  map[itms.DeviceID][]*liveTrace
	networks []tracedNetwork
}

// tracer records POSTs off the way of their sessions. When nothing is traced, a POST
// costs one load of set.
type tracer struct {
	srv    *Server
	to     Tracer
	set    atomic.Pointer[traceSet] // nil: nothing is traced
	queue  chan capture
	queued atomic.Int64 // bytes in queue
	// hiddenIn is what sessions were written hidden so far; the writer's own.
	hiddenIn map[string][]itms.SetValue
}

// newTracer makes a tracer; run fills it.
func newTracer(srv *Server, to Tracer) *tracer {
	return &tracer{srv: srv, to: to, queue: make(chan capture, traceQueue), hiddenIn: map[string][]itms.SetValue{}}
}

// run keeps the list of traces, and writes what was captured, until the server
// closes.
func (t *tracer) run() {
	defer t.srv.wg.Done()
	hints := t.to.TraceHints(t.srv.ctx)
	ticker := time.NewTicker(tracePoll)
	defer ticker.Stop()
	t.refresh(t.srv.ctx)
	for {
		select {
		case <-t.srv.ctx.Done():
			t.rest()
			return
		case _, open := <-hints:
			if !open {
				hints = nil
			}
			t.refresh(t.srv.ctx)
		case <-ticker.C:
			t.refresh(t.srv.ctx)
		case c := <-t.queue:
			t.write(t.srv.ctx, c)
		}
	}
}

// rest writes what is left when the server closes.
func (t *tracer) rest() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.srv.ctx), traceTime)
	defer cancel()
	for {
		select {
		case c := <-t.queue:
			t.write(ctx, c)
		default:
			return
		}
	}
}

// refresh reads the list. While it cannot be read, the old one holds.
func (t *tracer) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, traceTime)
	defer cancel()
	list, err := t.to.ActiveTraces(ctx)
	if err != nil {
		t.complain("the list of traces cannot be read", err)
		return
	}
	t.set.Store(newTraceSet(list, t.set.Load()))
}

// newTraceSet sorts traces by what they follow; nil when there are none. What the old
// set knows of a trace goes on.
func newTraceSet(list []*itms.Trace, old *traceSet) *traceSet {
	if len(list) == 0 {
		return nil
	}
	live := old.byID()
	set := &traceSet{devices: map[itms.DeviceID][]*liveTrace{}}
	for _, tr := range list {
		t := live[tr.ID]
		if t == nil {
			t = &liveTrace{id: tr.ID}
		}
		t = t.lasting(tr.Until)
		if tr.Network == "" {
			set.devices[tr.Device] = append(set.devices[tr.Device], t)
			continue
		}
		if prefix, err := itms.ParseTraceNetwork(tr.Network); err == nil {
			set.networks = append(set.networks, tracedNetwork{prefix, t})
		}
	}
	return set
}

// lasting is the trace with its end; one whose end did not move stays the same.
func (t *liveTrace) lasting(until time.Time) *liveTrace {
	if t.until.Equal(until) {
		return t
	}
	moved := &liveTrace{id: t.id, until: until}
	moved.over.Store(t.over.Load())
	moved.dropped.Store(t.dropped.Load())
	return moved
}

// byID lists the traces of a set, of which there may be none.
func (s *traceSet) byID() map[itms.TraceID]*liveTrace {
	all := map[itms.TraceID]*liveTrace{}
	if s == nil {
		return all
	}
	for _, list := range s.devices {
		for _, t := range list {
			all[t.id] = t
		}
	}
	for _, n := range s.networks {
		all[n.trace.id] = n.trace
	}
	return all
}

// match lists the traces that want what a device, if it is known, sent from an
// address.
func (s *traceSet) match(id itms.DeviceID, remote string, now time.Time) (found []*liveTrace) {
	add := func(t *liveTrace) {
		if !t.over.Load() && now.Before(t.until) {
			found = append(found, t)
		}
	}
	for _, t := range s.devices[id] {
		add(t)
	}
	addr, err := netip.ParseAddr(remote)
	if err != nil {
		return found
	}
	for _, n := range s.networks {
		if n.prefix.Contains(addr.Unmap().WithZone("")) {
			add(n.trace)
		}
	}
	return found
}

// complain logs what keeps a trace from being recorded.
func (t *tracer) complain(text string, err error) {
	if t.srv.ctx.Err() == nil {
		t.srv.opt.Logger.Warn().Err(err).Msg("session trace: " + text)
	}
}
