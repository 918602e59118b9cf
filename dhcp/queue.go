package dhcp

import "sync"

// lane is how urgent a message is, the most urgent first.
type lane uint8

// Lanes. Clients that have an address come first, since they lose it otherwise; those that
// come with nothing are served when nobody else waits.
const (
	laneRenew lane = iota
	laneRequest
	laneDiscover
	numberOfLanes
)

var laneNames = [numberOfLanes]string{"renew", "request", "discover"}

// laneOf is the lane of a message.
func laneOf(m *message) lane {
	switch m.kind() {
	case typeDiscover:
		return laneDiscover
	case typeRequest:
		if !m.has(optServerID) {
			return laneRenew
		}
	}
	return laneRequest
}

// queue holds messages that wait for a worker. When it is full a message makes room by
// dropping the newest of a lane that is less urgent than its own, or is dropped itself.
type queue struct {
	most    int
	dropped func(lane)

	mu     sync.Mutex // guards all below
	lanes  [numberOfLanes]ring
	count  int
	closed bool
	more   sync.Cond
}

func newQueue(most int, dropped func(lane)) *queue {
	q := &queue{most: most, dropped: dropped}
	q.more.L = &q.mu
	return q
}

// put adds a message.
func (q *queue) put(r *request) {
	l := laneOf(r.message)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	if q.count >= q.most {
		victim := q.least()
		q.dropped(max(l, victim))
		if victim <= l {
			return
		}
		q.lanes[victim].popBack()
		q.count--
	}
	q.lanes[l].push(r)
	q.count++
	q.more.Signal()
}

// least is the least urgent lane that is not empty.
func (q *queue) least() lane {
	for l := numberOfLanes - 1; l > 0; l-- {
		if q.lanes[l].len() > 0 {
			return l
		}
	}
	return 0
}

// take waits for messages and appends up to most of them to list, the most urgent first.
// It returns none once the queue is closed.
func (q *queue) take(list []*request, most int) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.count == 0 && !q.closed {
		q.more.Wait()
	}
	if q.closed {
		return list
	}
	for l := range q.lanes {
		for len(list) < most && q.lanes[l].len() > 0 {
			list = append(list, q.lanes[l].popFront())
			q.count--
		}
	}
	return list
}

// close ends all waiting.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.more.Broadcast()
}

// ring is a queue with two ends.
type ring struct {
	buf   []*request
	first int
	count int
}

func (r *ring) len() int { return r.count }

func (r *ring) push(m *request) {
	if r.count == len(r.buf) {
		r.grow()
	}
	r.buf[(r.first+r.count)%len(r.buf)] = m
	r.count++
}

// grow doubles the room.
func (r *ring) grow() {
	bigger := make([]*request, max(64, 2*len(r.buf)))
	for i := range r.count {
		bigger[i] = r.buf[(r.first+i)%len(r.buf)]
	}
	r.buf, r.first = bigger, 0
}

func (r *ring) popFront() *request {
	m := r.buf[r.first]
	r.buf[r.first] = nil
	r.first = (r.first + 1) % len(r.buf)
	r.count--
	return m
}

func (r *ring) popBack() *request {
	r.count--
	i := (r.first + r.count) % len(r.buf)
	m := r.buf[i]
	r.buf[i] = nil
	return m
}
