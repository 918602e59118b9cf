package dhcp

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPoolGivesNeighbours(t *testing.T) {
	first := netip.MustParseAddr("192.0.2.10")
	p := newPool(nil, Pool{First: first, Last: netip.MustParseAddr("192.0.2.139")})
	for i := range 130 {
		if addr, ok := p.next(); !ok || addr != address4(number4(first)+uint32(i)) {
			t.Fatalf("the %d. is %v, %v", i, addr, ok)
		}
	}
	if addr, ok := p.next(); ok {
		t.Fatalf("got %v of a full pool", addr)
	}
	p.free(7)
	p.free(100)
	if addr, _ := p.next(); addr.String() != "192.0.2.17" {
		t.Errorf("got %v, freed 192.0.2.17 first in order", addr)
	}
	if addr, _ := p.next(); addr.String() != "192.0.2.110" {
		t.Errorf("got %v", addr)
	}
}

// TestSpaceNeverOffersTwice lets random clients discover, take up and let go, and holds that
// no address is with two of them, and that the counts are right.
func TestSpaceNeverOffersTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, err := newPlan(testConfig())
		if err != nil {
			t.Fatal(err)
		}
		s, now := newSpace(p), testNow
		net := p.networks[0]
		leases := map[netip.Addr]string{}
		pool := p.scopes[1].pools[0] // of four addresses
		var claims []*offer          // that wait for their commit
		settle := func(stored bool) {
			if len(claims) == 0 {
				return
			}
			o := claims[0]
			claims = claims[1:]
			if !stored {
				s.settle(o, nil, 1, false)
				return
			}
			if holder := leases[o.addr]; holder != "" && holder != o.key.client {
				t.Fatalf("%v was claimed by %s, and %s has it", o.addr, o.key.client, holder)
			}
			s.settle(o, leaseFor(1, o.addr), 1, false)
			leases[o.addr] = o.key.client
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			client := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "client")
			key := offerKey{net, client}
			addr := address4(pool.first + uint32(rapid.IntRange(0, 3).Draw(t, "address")))
			own := leases[addr] == client
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 6, 7:
				settle(rapid.Bool().Draw(t, "stored"))

			case 0:
				o := s.offer(key, Client{Class: "cpe"}, []wish{{addr, own}}, now, now.Add(time.Minute))
				if o != nil && leases[o.addr] != "" && leases[o.addr] != client {
					t.Fatalf("%s was offered %v, which %s has", client, o.addr, leases[o.addr])
				}
			case 1:
				if o, ok := s.claim(key, wish{addr, own}, now); ok {
					if leases[addr] != "" && leases[addr] != client {
						t.Fatalf("%s claimed %v, which %s has", client, addr, leases[addr])
					}
					claims = append(claims, o)
				}
			case 2:
				if own {
					delete(leases, addr)
					s.free(addr)
				}
			case 3:
				s.withdraw(key)
			case 4:
				now = now.Add(40 * time.Second)
				s.offered(key, now)
			case 5:
				s.mark()
				var busy []netip.Addr
				for a := range leases {
					busy = append(busy, a)
				}
				s.replace(busy)
			}
			for a := range leases {
				if i, _ := pool.index(a); !pool.taken(i) {
					t.Fatalf("%v is leased and free", a)
				}
			}
		}
		for len(claims) > 0 {
			settle(false)
		}
		now = now.Add(2 * time.Minute)
		s.offered(offerKey{net, "a"}, now)
		if s.live != 0 || s.open.len() != 0 {
			t.Fatalf("%d offers are live, %d in the queue", s.live, s.open.len())
		}
		if pool.busy != len(leases) {
			t.Fatalf("%d are busy and %d leased", pool.busy, len(leases))
		}
	})
}

// TestOfferThatIsNotTakenUpKeepsNoOthers: behind it the queue does not grow.
func TestOfferThatIsNotTakenUpKeepsNoOthers(t *testing.T) {
	p, err := newPlan(benchConfig())
	if err != nil {
		t.Fatal(err)
	}
	s, net := newSpace(p), p.networks[0]
	s.offer(offerKey{net, "lost"}, Client{Class: "cm"}, nil, testNow, testNow.Add(time.Minute))
	for i := range 2 * maxOffers {
		key := offerKey{net, strconv.Itoa(i)}
		o := s.offer(key, Client{Class: "cm"}, nil, testNow, testNow.Add(time.Minute))
		if o == nil {
			t.Fatalf("nothing is offered to the %d. client", i)
		}
		if o, ok := s.claim(key, wish{o.addr, false}, testNow); ok {
			s.settle(o, leaseFor(1, o.addr), 1, false)
		}
	}
	if s.live != 1 || s.open.len() > 3*spareOpen || len(s.offers) > maxBound+2 {
		t.Errorf("%d live, %d in the queue, %d remembered", s.live, s.open.len(), len(s.offers))
	}
}

func TestQueueDropsTheLeastUrgent(t *testing.T) {
	var dropped []lane
	q := newQueue(3, func(l lane) { dropped = append(dropped, l) })
	of := func(b []byte) *request {
		m, err := parse(b)
		if err != nil {
			t.Fatal(err)
		}
		return &request{message: m}
	}
	discover := func(xid uint32) *request { return of(modem(1).Discover(xid)) }
	q.put(discover(1))
	q.put(discover(2))
	q.put(discover(3))
	q.put(discover(4))                           // is the newest: dropped
	q.put(of(modem(1).Renew(5, cmPool.First)))   // drops 3
	q.put(of(modem(1).Release(6, ip(1), ip(2)))) // drops 2
	var got []uint32
	for _, r := range q.take(nil, 10) {
		got = append(got, r.xid())
	}
	if len(got) != 3 || got[0] != 5 || got[1] != 6 || got[2] != 1 || len(dropped) != 3 {
		t.Errorf("left are %v, dropped were %v", got, dropped)
	}
	q.close()
	if r := q.take(nil, 1); len(r) != 0 {
		t.Errorf("took %v of a closed queue", r)
	}
}

func TestLimiterForgetsNobodyTooSoon(t *testing.T) {
	b := buckets[int]{rate: 1, burst: 1, most: 10}
	if !b.allow(1, testNow) || b.allow(1, testNow) {
		t.Fatal("one in a second")
	}
	for i := range 5 { // turns the generations
		b.allow(100+i, testNow)
	}
	if b.allow(1, testNow) {
		t.Error("was forgotten with the older generation still there")
	}
	if !b.allow(1, testNow.Add(time.Second)) {
		t.Error("is refused after a second")
	}
	if len(b.young)+len(b.old) > 10 {
		t.Errorf("%d are remembered", len(b.young)+len(b.old))
	}
}

func TestNewsAreHeldDown(t *testing.T) {
	n := newNews(nil)
	if !n.due(newsKey{"a", "x"}, testNow) || n.due(newsKey{"a", "x"}, testNow.Add(newsEvery-1)) || !n.due(newsKey{"b", "x"}, testNow) || !n.due(newsKey{"a", "x"}, testNow.Add(newsEvery)) {
		t.Error("told too often, or not at all")
	}
}
