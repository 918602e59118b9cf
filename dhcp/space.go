package dhcp

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"itms"
)

// Bounds of what is remembered of clients between their messages.
const (
	// maxOffers are open at once: some 20 MB, and seven seconds at 9,000 exchanges a
	// second. Beyond them nothing is offered until some are taken up or too old.
	maxOffers = 65_536
	// maxBound are the latest leases, so that a repeated request costs no second commit.
	maxBound = 16_384
	// spareOpen keeps short queues from being looked through.
	spareOpen = 1_024
)

// space is which addresses are free, and what was offered to whom. Its methods may be
// called by any goroutine.
type space struct {
	plan *plan

	mu     sync.Mutex // guards all below, and the pools of plan
	offers map[offerKey]*offer
	byAddr map[netip.Addr]*offer
	live   int                 // offers that are neither leased nor gone
	open   fifo                // them in the order of their ends, and some that are not live any more
	bound  fifo                // leased ones, likewise
	recent map[netip.Addr]bool // made busy since mark; nil when nobody reads the store again
}

// offerKey names a client: RFC 2131 §4.2 lets it have a lease in each network.
type offerKey struct {
	network *network
	client  string
}

// offer is an address that is held for a client for a short time, and what became of it.
type offer struct {
	key   offerKey
	addr  netip.Addr
	pool  *pool // nil for a reservation outside of pools
	index int
	took  bool // the bit was set for it, and is freed with it
	until time.Time
	nonce string
	// client is what the Directory said of it when it asked for the offer.
	client Client
	// pending: a request for it waits for its commit. lease: what was committed, at the
	// request with that xid.
	pending bool
	lease   *itms.Lease
	xid     uint32
	gone    bool // replaced or withdrawn; it is skipped in its fifo
}

// fifo is a queue of offers.
type fifo struct {
	list []*offer
	head int
}

func (f *fifo) push(o *offer) { f.list = append(f.list, o) }
func (f *fifo) len() int      { return len(f.list) - f.head }

// pop takes the first one, and gives memory back when half of it is used up.
func (f *fifo) pop() *offer {
	o := f.list[f.head]
	f.list[f.head] = nil
	if f.head++; f.head*2 >= len(f.list) {
		f.list, f.head = append(f.list[:0:0], f.list[f.head:]...), 0
	}
	return o
}

// keep drops all that fn refuses.
func (f *fifo) keep(fn func(*offer) bool) {
	kept := make([]*offer, 0, f.len())
	for _, o := range f.list[f.head:] {
		if fn(o) {
			kept = append(kept, o)
		}
	}
	f.list, f.head = kept, 0
}

func newSpace(p *plan) *space {
	return &space{plan: p, offers: map[offerKey]*offer{}, byAddr: map[netip.Addr]*offer{}}
}

// scatter lets each pool begin at another place: nodes that share a store then seldom
// choose the same address.
func (s *space) scatter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sc := range s.plan.scopes {
		for _, p := range sc.pools {
			p.cursor = rand.IntN(p.size)
		}
	}
}

// find returns the pool of an address and its place, nil when it is in none.
func (s *space) find(addr netip.Addr) (*pool, int) {
	return s.plan.poolOf(addr)
}

// hold makes an address busy because of a lease, whoever gave it.
func (s *space) hold(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, i := s.find(addr); p != nil {
		p.take(i)
		s.note(addr)
	}
}

// learn makes an address busy that somebody else has.
func (s *space) learn(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byAddr[addr] != nil {
		return // the commit will tell
	}
	if p, i := s.find(addr); p != nil {
		p.take(i)
	}
}

// seize makes an address busy that was offered or leased, and that nobody shall have for
// now.
func (s *space) seize(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.byAddr[addr]; o != nil {
		o.took = false
		s.drop(o)
	}
	if p, i := s.find(addr); p != nil {
		p.take(i)
		s.note(addr)
	}
}

// note notes an address that became busy while the store is read.
func (s *space) note(addr netip.Addr) {
	if s.recent != nil {
		s.recent[addr] = true
	}
}

// mark begins to note what becomes busy, for replace.
func (s *space) mark() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recent = map[netip.Addr]bool{}
}

// replace makes busy what the store said since mark, what became so meanwhile, what is
// offered and what was never free; all else is free.
func (s *space) replace(busy []netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sc := range s.plan.scopes {
		for _, p := range sc.pools {
			p.reset()
		}
	}
	take := func(addr netip.Addr) {
		if p, i := s.find(addr); p != nil {
			p.take(i)
		}
	}
	for _, a := range busy {
		take(a)
	}
	for a := range s.recent {
		take(a)
	}
	for a := range s.byAddr {
		take(a)
	}
	s.recent = nil
}

// free gives an address back; one that is offered stays busy until the offer ends, and a
// reserved one for ever.
func (s *space) free(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release(addr)
}

func (s *space) release(addr netip.Addr) {
	if o := s.byAddr[addr]; o != nil {
		if o.lease == nil {
			o.took = true
			return
		}
		s.drop(o)
	}
	if p, i := s.find(addr); p != nil && !p.never[i] {
		p.free(i)
	}
}

// wish is an address to look at before the free ones.
type wish struct {
	addr netip.Addr
	own  bool // the client's already: leased to it or reserved for it
}

// offer holds an address for a client: the one held already if it is among the wishes or
// there are none that can be met, the first wish that can be met, or a free one of the
// pools of its class. nil: there is none.
func (s *space) offer(key offerKey, client Client, wishes []wish, now, until time.Time) *offer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	o := s.pick(key, client.Class, wishes, until)
	if o != nil {
		o.client = client
	}
	return o
}

// fresh reports whether an address is held for an offer alone: its client had it not before.
func (s *space) fresh(o *offer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return o.took
}

// pick is offer while the lock is held.
func (s *space) pick(key offerKey, class string, wishes []wish, until time.Time) *offer {
	before := s.offers[key]
	if before != nil && before.pending {
		return before // the client is about to get it
	}
	for _, w := range wishes {
		if before != nil && before.addr == w.addr {
			return s.extend(before, until)
		}
		if o := s.wished(key, w); o != nil {
			return s.put(o, before, until)
		}
	}
	if before != nil && !before.pending && before.lease == nil && before.pool != nil && before.pool.serves(class) {
		return s.extend(before, until) // a copy of the message, decided about beside it
	}
	if s.live >= maxOffers {
		return nil
	}
	for _, sc := range key.network.scopes {
		for _, p := range sc.pools {
			if !p.serves(class) {
				continue
			}
			if addr, ok := p.next(); ok {
				i, _ := p.index(addr)
				return s.put(&offer{key: key, addr: addr, pool: p, index: i, took: true}, before, until)
			}
		}
	}
	return nil
}

// wished returns an offer of a wish, nil when it cannot be met.
func (s *space) wished(key offerKey, w wish) *offer {
	if other := s.byAddr[w.addr]; other != nil && other.key != key || s.live >= maxOffers {
		return nil
	}
	o := &offer{key: key, addr: w.addr}
	o.pool, o.index = s.find(w.addr)
	if o.pool != nil {
		o.took = o.pool.take(o.index)
	}
	if !o.took && !w.own {
		return nil
	}
	return o
}

// open_ puts a new offer in place of the one before.
func (s *space) put(o, before *offer, until time.Time) *offer {
	if before != nil {
		if before.addr == o.addr {
			o.took = o.took || before.took && before.lease == nil
			before.took = false
		}
		s.drop(before)
	}
	o.until, o.nonce = until, newNonce()
	s.offers[o.key], s.byAddr[o.addr] = o, o
	s.live++
	s.open.push(o)
	if s.open.len() > 2*s.live+spareOpen { // one that is never taken up would keep all behind it
		s.open.keep(func(o *offer) bool { return !o.gone && o.lease == nil })
	}
	return o
}

// extend offers once more what was offered before.
func (s *space) extend(o *offer, until time.Time) *offer {
	if o.lease != nil { // leased meanwhile: the client begins anew
		n := &offer{key: o.key, addr: o.addr, pool: o.pool, index: o.index}
		return s.put(n, o, until)
	}
	n := *o
	o.took = false
	return s.put(&n, o, until)
}

// drop ends an offer.
func (s *space) drop(o *offer) {
	if o.gone {
		return
	}
	o.gone = true
	if o.lease == nil {
		s.live--
	}
	if s.offers[o.key] == o {
		delete(s.offers, o.key)
	}
	if s.byAddr[o.addr] == o {
		delete(s.byAddr, o.addr)
	}
	if o.took && o.lease == nil && o.pool != nil {
		o.pool.free(o.index)
	}
}

// expire ends what is too old.
func (s *space) expire(now time.Time) {
	for s.open.len() > 0 && (s.open.list[s.open.head].gone || s.open.list[s.open.head].lease != nil || !now.Before(s.open.list[s.open.head].until)) {
		if o := s.open.pop(); o.lease == nil && !o.pending {
			s.drop(o)
		}
	}
	for s.bound.len() > maxBound {
		s.drop(s.bound.pop())
	}
}

// offered returns what a client was offered, or leased just now, in a network.
func (s *space) offered(key offerKey, now time.Time) (offer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	o := s.offers[key]
	if o == nil {
		return offer{}, false
	}
	return *o, true
}

// withdraw ends the offer of a client that chose another server.
func (s *space) withdraw(key offerKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.offers[key]; o != nil && !o.pending {
		s.drop(o)
	}
}

// claim holds an address for a request that is about to be committed, and returns the nonce
// for it. It fails when another client has or was offered the address, or when a request of
// this one waits already.
func (s *space) claim(key offerKey, w wish, now time.Time) (*offer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.offers[key]
	if o != nil && o.pending {
		return nil, false
	}
	if o == nil || o.addr != w.addr || o.lease != nil {
		n := s.wished(key, w)
		if n == nil {
			return nil, false
		}
		o = s.put(n, o, now)
	}
	o.pending = true
	return o, true
}

// settle notes how the commit of a claimed offer went: lease is nil when nothing was
// stored; busy when another node had the address.
func (s *space) settle(o *offer, lease *itms.Lease, xid uint32, busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.pending, o.xid = false, xid
	if (lease != nil || busy) && o.pool != nil {
		o.pool.take(o.index)
		s.note(o.addr)
	}
	switch {
	case o.gone: // declined meanwhile
	case lease != nil:
		s.live--
		o.lease = lease
		s.bound.push(o)
	case busy:
		o.took = false
		s.drop(o)
	default: // stays open until it is too old
		s.open.push(o)
	}
}
