package tftp

import (
	"net/netip"
	"sync"
	"time"
)

// table holds the transfers that are in flight, and for a while those that are over.
type table struct {
	opt *Options

	mu       sync.Mutex
	byClient map[netip.AddrPort]*transfer // the first of the client's
	perAddr  map[netip.Addr]int           // transfers in flight
	live     int                          // transfers in flight
	turn     int                          // the port that the next transfer gets
	idle     chan struct{}                // closed when none is in flight and none will be; nil before close
}

// newTable makes an empty one.
func newTable(o *Options) *table {
	return &table{opt: o, byClient: map[netip.AddrPort]*transfer{}, perAddr: map[netip.Addr]int{}}
}

// find returns the transfer of a client at a port of ours, nil when there is none.
func (t *table) find(client netip.AddrPort, p *port) *transfer {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.byClient[client]
	for tr != nil && tr.port != p {
		tr = tr.next
	}
	return tr
}

// repeat is what a request is to the transfers that the client has.
type repeat uint8

const (
	fresh    repeat = iota // another one
	again                  // the one that was not answered yet, or whose answer was lost
	lateCopy               // one that was answered: to be ignored
)

// repeats says what a request with that print is to the transfer. It takes no lock: who
// holds it may be reading from a disk, and the whole table would wait.
func (tr *transfer) repeats(print uint64, now time.Time) repeat {
	switch {
	case tr.print != print || tr.isOver():
		return fresh
	case tr.stage.Load() == unanswered:
		return again
	case now.UnixNano()-tr.heard.Load() < int64(firstWait):
		return lateCopy
	}
	return fresh // the client has gone quiet and began anew, such as after a reset
}

// verdict is what becomes of a request.
type verdict struct {
	made     *transfer // a new transfer
	answered *transfer // one whose first answer is to be sent again
	ousted   *transfer // one to end for the new one, which has its port
	refused  refusal   // when all are nil
}

// admit makes a transfer for a request to a listener, to be answered as answer says,
// unless the client has it already or there are too many.
func (t *table) admit(l *listener, client netip.AddrPort, answer *control, print uint64, now time.Time) verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	for tr := t.byClient[client]; tr != nil; tr = tr.next {
		if tr.port.l != l {
			continue
		}
		switch tr.repeats(print, now) {
		case again:
			return verdict{answered: tr}
		case lateCopy:
			return verdict{refused: refusedLate}
		}
	}
	if why, full := t.full(client.Addr()); full {
		return verdict{refused: why}
	}
	p, ousted := t.place(l, client)
	if p == nil {
		return verdict{refused: refusedClient}
	}
	tr := &transfer{port: p, client: client, answer: *answer, print: print, begun: now, next: t.byClient[client]}
	t.byClient[client] = tr
	t.live++
	t.perAddr[client.Addr()]++
	return verdict{made: tr, ousted: ousted}
}

// full reports whether no more transfers are let in for an address.
func (t *table) full(addr netip.Addr) (why refusal, full bool) {
	limits := &t.opt.Limits
	switch {
	case t.idle != nil, limits.Transfers > 0 && t.live >= limits.Transfers:
		return refusedBusy, true
	case limits.PerClient > 0 && t.perAddr[addr] >= limits.PerClient && !t.opt.relayed(addr):
		return refusedClient, true
	}
	return 0, false
}

// place finds a port at which the client has no transfer, if need be by forgetting one
// that is over. With a single port it ousts one that is not; otherwise it gives nil.
func (t *table) place(l *listener, client netip.AddrPort) (*port, *transfer) {
	t.turn++
	for i := range l.ports {
		p := l.ports[(t.turn+i)%len(l.ports)]
		if t.at(client, p) == nil {
			return p, nil
		}
	}
	for tr := t.byClient[client]; tr != nil; tr = tr.next {
		if tr.port.l == l && (tr.isOver() || len(l.ports) == 1) {
			t.unlink(tr)
			return tr.port, tr
		}
	}
	return nil, nil
}

// at is find within the lock.
func (t *table) at(client netip.AddrPort, p *port) *transfer {
	tr := t.byClient[client]
	for tr != nil && tr.port != p {
		tr = tr.next
	}
	return tr
}

// isOver reports whether the transfer has ended. It takes no lock either.
func (tr *transfer) isOver() bool { return tr.stage.Load() == finished }

// ended notes that a transfer is not in flight any more. It is remembered for a while,
// unless there are very many.
func (t *table) ended(tr *transfer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	addr := tr.client.Addr()
	if t.perAddr[addr]--; t.perAddr[addr] <= 0 {
		delete(t.perAddr, addr)
	}
	if len(t.byClient) > maxRemembered {
		t.unlink(tr)
	}
	if t.live--; t.live == 0 && t.idle != nil {
		close(t.idle)
	}
}

// forget takes a transfer out.
func (t *table) forget(tr *transfer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unlink(tr)
}

// unlink is forget within the lock. It does nothing when it was done before.
func (t *table) unlink(tr *transfer) {
	first := t.byClient[tr.client]
	if first == tr {
		if tr.next == nil {
			delete(t.byClient, tr.client)
		} else {
			t.byClient[tr.client] = tr.next
		}
		return
	}
	for ; first != nil; first = first.next {
		if first.next == tr {
			first.next = tr.next
			return
		}
	}
}

// count is how many transfers are in flight.
func (t *table) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.live
}

// close lets no transfer in any more. The channel is closed when the last has ended.
func (t *table) close() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.idle == nil {
		t.idle = make(chan struct{})
		if t.live == 0 {
			close(t.idle)
		}
	}
	return t.idle
}

// open reports whether transfers are let in.
func (t *table) open() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.idle == nil
}

// all lists the transfers that are remembered.
func (t *table) all() []*transfer {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []*transfer
	for _, tr := range t.byClient {
		for ; tr != nil; tr = tr.next {
			all = append(all, tr)
		}
	}
	return all
}
