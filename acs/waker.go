package acs

import (
	"container/heap"
	"math/rand/v2"
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
	// wakeTries, then the device's next Inform is waited for.
	wakeTries = 3
	// wakePause is the pause before the second try; it doubles, and up to half of
	// it is added at random.
	wakePause = 8 * time.Second
	// informWithin is how soon after a connection request an Inform should come.
	informWithin = 30 * time.Second
)

// wakeup is one device that is to be woken.
type wakeup struct {
	device  itms.DeviceID
	due     time.Time
	tries   int
	calling bool // a request is under way: not in the heap
	called  bool // the device accepted; its Inform is waited for until due
	again   bool // wanted once more since its last call began
	index   int  // in the heap; -1 when not there
}

// waker sends connection requests in the background: one pending per device, in
// order of their time, a bounded number at once.
type waker struct {
	srv   *Server
	pause time.Duration
	kick  chan struct{} // something changed

	mu      sync.Mutex
	pending map[itms.DeviceID]*wakeup
	queue   wakeups
	busy    int
}

// newWaker makes a waker; run must be called once.
func newWaker(srv *Server) *waker {
	return &waker{srv: srv, pause: wakePause, kick: make(chan struct{}, 1), pending: map[itms.DeviceID]*wakeup{}}
}

// Wake asks a device to open a session, in the background and best effort: three
// tries, then its next Inform is waited for. Calls for one device while one is
// pending are one. A live session on this node is told to look for work once more
// instead. It never blocks.
func (srv *Server) Wake(id itms.DeviceID) {
	if s := srv.sessions.live(id); s != nil && s.want() {
		srv.met.connection(string(callLive))
		return
	}
	if !srv.waker.add(id) {
		srv.met.connection("dropped")
	}
}

// add queues a device; false when too many wait.
func (w *waker) add(id itms.DeviceID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u := w.pending[id]; u != nil {
		u.again = u.again || u.calling || u.called
		return true
	}
	if len(w.pending) >= maxPending {
		return false
	}
	u := &wakeup{device: id, due: w.srv.clock(), index: -1}
	w.pending[id] = u
	heap.Push(&w.queue, u)
	w.signal()
	return true
}

// arrived notes the Inform of a device: what was to wake it has succeeded.
func (w *waker) arrived(id itms.DeviceID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.pending[id]
	if u == nil {
		return
	}
	if u.called || u.calling { // some CPEs come before they have answered
		w.srv.met.connection("informed")
	}
	delete(w.pending, id)
	if u.index >= 0 {
		heap.Remove(&w.queue, u.index)
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
		if u.called && !w.renew(u) {
			continue
		}
		u.calling, u.again = true, false
		w.busy++
		calls.Go(func() { w.call(u) })
	}
	return time.Hour // until kicked
}

// renew is for a device that accepted but did not come: it is given up, or called
// anew when somebody asked meanwhile. It needs mu.
func (w *waker) renew(u *wakeup) bool {
	w.srv.met.connection("no inform")
	if !u.again {
		delete(w.pending, u.device)
		return false
	}
	u.called, u.tries = false, 0
	return true
}

// call makes one connection request and decides what follows.
func (w *waker) call(u *wakeup) {
	result, err := w.srv.call(w.srv.ctx, u.device)
	w.srv.met.connection(string(result))
	if err != nil {
		w.srv.opt.Logger.Debug().Err(err).Str("device", u.device.String()).Msg("connection request failed")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.signal()
	w.busy--
	u.calling = false
	u.tries++
	switch {
	case w.pending[u.device] != u: // its Inform came meanwhile
		return
	case result == callAccepted:
		u.called, u.due = true, w.srv.clock().Add(informWithin)
	case result == callLive && u.again: // that session may have ended without a look
		u.tries, u.due = 0, w.srv.clock()
	case result.passing() && u.tries < wakeTries:
		pause := w.pause << (u.tries - 1)
		u.due = w.srv.clock().Add(pause + rand.N(pause/2+1))
	default:
		delete(w.pending, u.device)
		return
	}
	heap.Push(&w.queue, u)
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
