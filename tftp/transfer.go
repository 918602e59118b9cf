package tftp

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// transfer is one file on its way to one client. It is guarded by mu, apart from what
// never changes.
type transfer struct {
	port   *port
	client netip.AddrPort
	print  uint64    // of the request, to tell a repeated one
	begun  time.Time // when the request came
	answer control   // to leave from the address that was asked
	next   *transfer // another one of the same client; guarded by table.mu

	// What the table looks at without waiting for mu, under which it is set.
	stage atomic.Uint32 // of the stages below
	heard atomic.Int64  // when the client last moved it, as Unix time in ns

	mu        sync.Mutex
	state     state
	content   Content
	blockSize int
	oack      []byte
	outcome   Outcome   // once it is over
	due       time.Time // when it is woken: to send again or, when it is over, to be forgotten
	listed    time.Time // when the agenda has it
}

// The stages of a transfer as the table sees them.
const (
	unanswered = iota // nothing has come but the request
	moving
	finished
)

// apply takes an event: it sends what is to be sent, and tells the end.
func (t *transfer) apply(e event, now time.Time, h *hand) {
	t.mu.Lock()
	before := t.state.phase
	act := t.move(e, now)
	if !act.ended && t.send(&act, h) != nil {
		act = t.move(event{kind: broken}, now)
	}
	if !act.ended {
		t.list(before, now)
		t.mu.Unlock()
		return
	}
	result, content := t.result(&act, now), t.content
	t.content, t.oack, t.due, t.outcome = Content{}, nil, now.Add(dally), act.outcome
	t.list(before, now)
	t.mu.Unlock()
	if act.outcome == Broken || act.outcome == Stopped {
		t.port.send(errorPacket(codeUndefined, "transfer given up"), t.client, &t.answer)
	}
	t.port.l.srv.ended(t, &content, &result)
}

// list puts the transfer on the agenda when it has just started, when its entry has
// come up, and when it is due before that does.
func (t *transfer) list(before phase, now time.Time) {
	if before == over || t.state.phase == opening {
		return
	}
	if before == opening || t.due.Before(t.listed) || !now.Before(t.listed) {
		t.port.l.srv.agenda.put(t)
	}
}

// move steps the state and sets when to wake.
func (t *transfer) move(e event, now time.Time) action {
	before := t.state.acked
	var act action
	t.state, act = step(t.state, e)
	if act.wait > 0 {
		t.due = now.Add(act.wait)
	}
	if t.state.acked != before || e.kind == started {
		t.heard.Store(now.UnixNano())
	}
	t.show()
	return act
}

// show sets the stage.
func (t *transfer) show() {
	switch {
	case t.state.phase == over:
		t.stage.Store(finished)
	case t.state.unacknowledged():
		t.stage.Store(unanswered)
	default:
		t.stage.Store(moving)
	}
}

// send sends the packets of an action. It fails when the content cannot be read.
func (t *transfer) send(act *action, h *hand) error {
	if act.offer {
		t.port.send(t.oack, t.client, &t.answer)
	}
	if act.from == 0 {
		return nil
	}
	for block := act.from; block <= act.to; block++ {
		packet, err := t.data(block, h)
		if err != nil {
			t.port.l.srv.opt.Logger.Warn().Err(err).Stringer("client", t.client).Msg("tftp: content cannot be read")
			return err
		}
		t.port.send(packet, t.client, &t.answer)
	}
	return nil
}

// data is the packet of a block, in the hand's buffer.
func (t *transfer) data(block uint64, h *hand) ([]byte, error) {
	from := int64(block-1) * int64(t.blockSize)
	to := min(from+int64(t.blockSize), t.content.size())
	b := head(h.buffer(headSize+t.blockSize), opDATA, uint16(block))
	if t.content.Reader == nil {
		return append(b, t.content.Bytes[from:to]...), nil
	}
	b = b[:headSize+int(to-from)]
	if n, err := t.content.Reader.ReadAt(b[headSize:], from); n < int(to-from) {
		return nil, err // with n short, there is one (io.ReaderAt)
	}
	return b, nil
}

// result is how it ended.
func (t *transfer) result(act *action, now time.Time) Result {
	r := Result{Complete: act.outcome == Complete, Outcome: act.outcome, Resent: t.state.resent, Duration: now.Sub(t.begun)}
	if t.content.Reader != nil || t.content.Bytes != nil {
		r.Bytes = min(int64(t.state.acked)*int64(t.blockSize), t.content.size())
	}
	return r
}

// hand is what one goroutine works with.
type hand struct {
	buf    []byte
	ctx    context.Context // of openings
	cancel context.CancelFunc
	since  time.Time // the age of ctx
}

// buffer is an empty slice with room for n octets.
func (h *hand) buffer(n int) []byte {
	if cap(h.buf) < n {
		h.buf = make([]byte, 0, n)
	}
	return h.buf[:0]
}

// context is one that ends after openTimeout, give or take ctxAge. One with a timer of
// its own would cost as much as all else of a request that is no system call.
func (h *hand) context(parent context.Context, now time.Time) context.Context {
	if h.cancel == nil || now.Sub(h.since) > ctxAge {
		h.done()
		h.ctx, h.cancel = context.WithTimeout(parent, openTimeout)
		h.since = now
	}
	return h.ctx
}

// done ends the context.
func (h *hand) done() {
	if h.cancel != nil {
		h.cancel()
	}
}
