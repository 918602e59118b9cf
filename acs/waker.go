package acs

import (
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"itms"
)

// Limits of waking.
const (
	// maxPending devices may wait to be woken; the intent of those beyond is
	// durable elsewhere, and their next Inform fulfils it.
	maxPending = 20_000
	// wakeWorkers connection requests run at once: enough for 100 unreachable
	// devices per second at 0.3 s each, few enough for the file descriptors.
	wakeWorkers = 32
	// wakeTries rounds over all ways, then the device's next Inform is waited for.
	wakeTries = 3
	// wakePause is the pause before the second round; it doubles, and up to half of
	// it is added at random.
	wakePause = 8 * time.Second
	// wakeRate is how many devices a second a mass job may wake: their Informs come
	// together, and a node serves several times as many sessions.
	wakeRate = 200
	// informWithin is how soon after a connection request an Inform should come.
	informWithin = 30 * time.Second
	// maxReports wait to be told to Options.Called.
	maxReports = 4096
)

// wakeup is one device that is to be woken. Its round, rest, called and began belong to
// the call that is under way, else to the waker's lock.
type wakeup struct {
	device  itms.DeviceID
	due     time.Time
	round   int             // rounds that are over
	rest    []itms.ReachWay // ways left in this round; nil = the round has not begun
	called  itms.ReachWay   // the device took this way's request; its Inform is waited for until due
	began   time.Time       // when the last call began
	trying  itms.ReachWay   // what is being tried just now
	calling bool            // a request is under way: not in the heap
	again   bool            // wanted once more since its last call began
	index   int             // in the heap; -1 when not there
}

// told is a report on its way to Options.Called.
type told struct {
	device itms.DeviceID
	report itms.CallReport
}

// waker sends connection requests in the background: one pending per device, in
// order of their time, a bounded number at once.
type waker struct {
	srv     *Server
	pause   time.Duration
	rate    int
	kick    chan struct{} // something changed
	reports chan told

	mu      sync.Mutex
	pending map[itms.DeviceID]*wakeup
	queue   wakeups
	busy    int
}

// newWaker makes a waker; run and tell must be called once each.
func newWaker(srv *Server) *waker {
	return &waker{srv: srv, pause: wakePause, rate: wakeRate, kick: make(chan struct{}, 1), reports: make(chan told, maxReports),
		pending: map[itms.DeviceID]*wakeup{}}
}

// Wake asks a device to open a session, in the background and best effort: by HTTP and
// by UDP, the way that worked last first; three rounds, then its next Inform is waited
// for. Calls for one device while one is pending are one. Of many devices at once, all
// but the first few are spread over the time that their sessions need. A live session
// on this node is told to look for work once more instead. It never blocks.
func (srv *Server) Wake(id itms.DeviceID) {
	if s := srv.sessions.live(id); s != nil && s.want() {
		srv.met.connection(itms.CallLive, "")
		return
	}
	if !srv.waker.add(id) {
		srv.met.connection(callDropped, "")
	}
}

// add queues a device; false when too many wait.
func (w *waker) add(id itms.DeviceID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u := w.pending[id]; u != nil {
		u.again = u.again || u.calling || u.called != ""
		return true
	}
	if len(w.pending) >= maxPending {
		return false
	}
	w.push(&wakeup{device: id, due: w.srv.clock().Add(w.jitter()), index: -1})
	return true
}

// jitter is a random delay for one of many. It needs mu.
func (w *waker) jitter() time.Duration {
	if len(w.pending) < wakeWorkers || w.rate <= 0 {
		return 0
	}
	return rand.N(time.Duration(len(w.pending)) * time.Second / time.Duration(w.rate))
}

// push makes u pending. It needs mu.
func (w *waker) push(u *wakeup) {
	w.pending[u.device] = u
	heap.Push(&w.queue, u)
	w.signal()
}

// expect waits for the Inform that a call from outside should bring, unless the device
// is pending anyway.
func (w *waker) expect(id itms.DeviceID, out outcome, began time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pending[id] != nil || len(w.pending) >= maxPending {
		return
	}
	w.push(&wakeup{device: id, due: began.Add(informWithin), called: out.way, rest: out.rest, began: began, index: -1})
}

// arrived notes the Inform of a device: what was to wake it has succeeded. That the way
// worked is sure when the device says so by its event, or had taken the request; else
// it may have come by itself.
func (w *waker) arrived(id itms.DeviceID, events []string) {
	w.mu.Lock()
	defer w.mu.Unlock() // reports leave in the order of what they tell
	u := w.pending[id]
	if u == nil {
		return
	}
	delete(w.pending, id)
	if u.index >= 0 {
		heap.Remove(&w.queue, u.index)
	}
	way, waited, failed := u.called, u.called != "" || u.calling, u.round > 0
	if u.calling { // some come before they have answered
		way = u.trying
	}
	if !slices.Contains(events, itms.EventConnectionRequest) && (u.calling || way != itms.ReachHTTP) {
		way = ""
	}
	if waited {
		w.srv.met.connection(itms.CallInformed, way)
	}
	if waited || failed {
		w.informed(id, way)
	}
}

// informed reports that a device came.
func (w *waker) informed(id itms.DeviceID, way itms.ReachWay) {
	out := outcome{result: itms.CallInformed}
	w.report(id, itms.CallReport{Way: way, Result: out.result, Text: out.text(), At: itms.Timestamp(w.srv.clock())})
}

// report tells Options.Called, or nobody when that cannot keep up. It never blocks.
func (w *waker) report(id itms.DeviceID, r itms.CallReport) {
	if w.srv.opt.Called == nil {
		return
	}
	select {
	case w.reports <- told{id, r}:
	default:
	}
}

// tell passes reports on until the server stops.
func (w *waker) tell() {
	defer w.srv.wg.Done()
	for {
		select {
		case <-w.srv.ctx.Done():
			return
		case t := <-w.reports:
			ctx, cancel := context.WithTimeout(w.srv.ctx, plannerTime)
			w.srv.opt.Called(ctx, t.device, t.report)
			cancel()
		}
	}
}

// signal makes run look again.
func (w *waker) signal() {
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

// run starts the calls that are due until the server closes, then waits for those
// under way, which end with the server's context.
func (w *waker) run() {
	defer w.srv.wg.Done()
	var calls sync.WaitGroup
	defer calls.Wait()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait := w.start(&calls)
		timer.Reset(wait)
		select {
		case <-w.srv.ctx.Done():
			return
		case <-w.kick:
		case <-timer.C:
		}
	}
}

// start calls what is due and returns how long to wait for the next.
func (w *waker) start(calls *sync.WaitGroup) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) > 0 && w.busy < wakeWorkers {
		u := w.queue[0]
		if wait := u.due.Sub(w.srv.clock()); wait > 0 {
			return wait
		}
		heap.Pop(&w.queue)
		if u.called == "" {
			u.again = false
		}
		u.calling = true
		w.busy++
		calls.Go(func() { w.call(u) })
	}
	return time.Hour // until kicked
}

// call makes the next request of a device: by the ways that are left when it took one
// and did not come.
func (w *waker) call(u *wakeup) {
	if u.called == "" {
		w.settle(u, w.attempt(u))
		return
	}
	if w.cameElsewhere(u) {
		w.settle(u, outcome{way: u.called, result: itms.CallInformed, rest: []itms.ReachWay{}})
		return
	}
	w.srv.met.connection(itms.CallNoInform, u.called)
	if len(u.rest) > 0 {
		w.settle(u, w.attempt(u))
		return
	}
	w.settle(u, outcome{way: u.called, result: itms.CallNoInform, rest: []itms.ReachWay{},
		err: unreachable(fmt.Sprintf("the device was asked for contact by %s and no Inform came within %v", u.called, informWithin))})
}

// attempt calls by the ways that are left in this round.
func (w *waker) attempt(u *wakeup) outcome {
	u.began = w.srv.clock()
	return w.srv.call(w.srv.ctx, u.device, u.rest, func(way itms.ReachWay) {
		w.mu.Lock()
		u.trying = way
		w.mu.Unlock()
	})
}

// cameElsewhere reports whether another node has had the session that this one waits for.
func (w *waker) cameElsewhere(u *wakeup) bool {
	target, err := w.srv.opt.Planner.Target(w.srv.ctx, u.device)
	return err == nil && !target.Session.Started.Before(u.began) && target.Session.Node != w.srv.opt.Node
}

// settle decides what follows a call, and tells.
func (w *waker) settle(u *wakeup, out outcome) {
	if out.err != nil {
		w.srv.opt.Logger.Debug().Err(out.err).Str("device", u.device.String()).Msg("connection request failed")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.signal()
	w.busy--
	u.calling, u.trying = false, ""
	if w.pending[u.device] != u { // its Inform came meanwhile, and was told
		return
	}
	report := itms.CallReport{Way: out.way, Result: out.result, Text: out.text(), At: itms.Timestamp(w.srv.clock())}
	if w.plan(u, out) {
		heap.Push(&w.queue, u)
		if !out.taken() {
			report.Next = itms.Timestamp(u.due)
		}
	} else {
		delete(w.pending, u.device)
	}
	if out.result == itms.CallInformed {
		w.srv.met.connection(itms.CallInformed, out.way)
	}
	w.report(u.device, report)
}

// plan sets when and how u is called next; false when nothing follows. It needs mu.
func (w *waker) plan(u *wakeup, out outcome) bool {
	now := w.srv.clock()
	switch {
	case out.taken():
		u.called, u.rest, u.due = out.way, out.rest, now.Add(informWithin)
		return true
	case out.result == itms.CallLimited:
		u.due = now.Add(out.wait)
		return true
	case out.result == itms.CallLive && u.again: // that session may have ended without a look
		u.round, u.due = 0, now
	case out.passing() && u.again && out.result == itms.CallNoInform: // a new wish is a new beginning
		u.round, u.due = 0, now
	case out.passing() && u.round+1 < wakeTries:
		pause := w.pause << u.round
		u.round, u.due = u.round+1, now.Add(pause+rand.N(pause/2+1))
	default:
		return false
	}
	u.called, u.rest, u.again = "", nil, false
	return true
}

// wakeups is a heap by due time.
type wakeups []*wakeup

func (q wakeups) Len() int           { return len(q) }
func (q wakeups) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q wakeups) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push adds a *wakeup.
func (q *wakeups) Push(x any) {
	u := x.(*wakeup)
	u.index = len(*q)
	*q = append(*q, u)
}

// Pop takes the last one out.
func (q *wakeups) Pop() any {
	old := *q
	u := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	u.index = -1
	return u
}
