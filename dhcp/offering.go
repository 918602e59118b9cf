package dhcp

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"itms"
)

// Limits of offers.
const (
	// nonceSize makes names that nobody guesses: 64 bits, beside the key of their HMAC.
	nonceSize = 8
	// maxTries addresses are looked at where another node may have given them away.
	maxTries = 16
	// maxNeighbours of an address that another node gave away are looked at.
	maxNeighbours = 256
	// maxBehind leases behind one modem are counted.
	maxBehind = 1024
)

// newNonce makes the names of a lease's files unlike others.
func newNonce() string {
	var b [nonceSize]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// offer answers DHCPDISCOVER: it holds an address for the client and returns DHCPOFFER, nil
// when there is none.
func (s *Server) offer(ctx context.Context, r *request) []byte {
	if over, err := s.overLimit(ctx, r); over || err != nil {
		return nil
	}
	o, err := s.choose(ctx, r)
	switch {
	case err != nil:
		s.trouble("look for an address", err)
		s.done(r, outStorage)
		return nil
	case o == nil:
		s.tell(r, eventFull, fmt.Sprintf("gets no address: no pool of network %s that serves class %s has one free", r.k.network.name, r.k.class.Name))
		s.done(r, outNoAddress)
		return nil
	}
	if r.k.reserved.IsValid() && o.addr != r.k.reserved {
		s.tell(r, eventConflict, fmt.Sprintf("gets %s: %s, which is reserved for it, is held by another client", o.addr, r.k.reserved))
	}
	r.v.addr = o.addr
	if s.probes(r, o) {
		return nil
	}
	return s.offered(r, o)
}

// offered is DHCPOFFER.
func (s *Server) offered(r *request, o *offer) []byte {
	s.done(r, outOffer)
	return s.grantReply(r, typeOffer, r.lease(o.addr, o.nonce))
}

// probes asks whether somebody uses an address before it is offered, where the
// configuration wants it and the address is new to its client. The offer then follows, or
// the address is declined and the client gets another when it asks again.
func (s *Server) probes(r *request, o *offer) bool {
	if s.prober == nil || s.config.Probe == ProbeDirect && r.giaddr().IsValid() || !s.space.fresh(o) {
		return false
	}
	return s.prober.ask(o.addr, func(alive bool) {
		if !alive {
			s.send(s.append(nil, r, s.offered(r, o)))
			return
		}
		r.v = verdict{act: actDecline, addr: o.addr, why: "somebody answers there"}
		s.space.settle(o, nil, 0, true)
		s.send(s.append(nil, r, s.enqueue(r)))
	})
}

// choose holds an address that no lease in the store takes.
func (s *Server) choose(ctx context.Context, r *request) (*offer, error) {
	wishes := r.wishes()
	for range maxTries {
		o := s.space.offer(r.offerKey(), r.k.client, wishes, r.k.now, r.k.now.Add(s.config.OfferTime))
		if o == nil {
			if n, err := s.reclaim(ctx, r.k.now); err != nil || n == 0 {
				return nil, err
			}
			continue
		}
		free, err := s.free(ctx, r, o.addr)
		if err != nil || free {
			return o, err
		}
		s.space.settle(o, nil, 0, true)
		wishes = slices.DeleteFunc(wishes, func(w wish) bool { return w.addr == o.addr })
	}
	return nil, nil
}

// free reports whether nobody else has an address, where the store may know better than this
// node. Of one that is taken the neighbours are looked at too: leases of another node are in
// a row.
func (s *Server) free(ctx context.Context, r *request, addr netip.Addr) (bool, error) {
	if !s.opt.Shared && addr != r.k.reserved {
		return true, nil
	}
	var busy []netip.Addr
	err := s.opt.Store.View(ctx, func(tx itms.Tx) error {
		busy = busy[:0]
		l, err := leaseOf(tx.Leases(), addr)
		if err != nil || l == nil || l.Client == r.k.key || !l.Taken(r.k.now) {
			return err
		}
		list, err := tx.Leases().List(itms.LeaseQuery{After: addr, Limit: maxNeighbours})
		for _, l := range append(list, l) {
			if l.Taken(r.k.now) {
				busy = append(busy, l.Address)
			}
		}
		return err
	})
	for _, a := range busy {
		s.space.learn(a)
	}
	return len(busy) == 0, err
}

// wishes are the addresses to try before free ones (RFC 2131 §4.3.1): the reserved one, what
// was offered before, the client's own, what it asks for.
func (r *request) wishes() []wish {
	if r.k.reserved.IsValid() {
		return []wish{{r.k.reserved, true}}
	}
	var all []wish
	add := func(addr netip.Addr, own bool) {
		if addr.IsValid() && r.k.fits(addr) {
			all = append(all, wish{addr, own})
		}
	}
	add(r.k.offered.addr, false)
	for _, l := range r.k.own {
		if l.State != itms.LeaseDeclined {
			add(l.Address, l.State == itms.LeaseActive)
		}
	}
	add(r.optionAddress(optRequestedIP), false)
	return all
}

// overLimit reports whether there are as many clients behind the modem as there may be,
// and tells of it.
func (s *Server) overLimit(ctx context.Context, r *request) (bool, error) {
	most := r.maxCPE()
	if most == 0 {
		return false, nil
	}
	over := false
	err := s.opt.Store.View(ctx, func(tx itms.Tx) (err error) {
		over, err = behindLimit(tx.Leases(), &r.asking, r.k.key, most, r.k.now)
		return err
	})
	if err != nil {
		s.trouble("count the clients behind a modem", err)
		s.done(r, outStorage)
		return false, err
	}
	if over {
		s.overLimitTold(r, most)
	}
	return over, nil
}

// overLimitTold tells that a client is one too many.
func (s *Server) overLimitTold(r *request, most int) {
	s.tell(r, eventLimit, fmt.Sprintf("gets no address: %d clients behind the modem have one, as many as may", most))
	s.done(r, outBehind)
}

// maxCPE is how many clients may be behind the modem of this one, 0 = any number.
func (r *request) maxCPE() int {
	switch {
	case r.asking.Modem.IsZero() || r.asking.Kind == itms.ClientMTA || r.k.class == nil:
		return 0
	case r.k.client.MaxCPE > 0:
		return r.k.client.MaxCPE
	}
	return r.k.class.MaxCPE
}

// behindLimit reports whether most others behind the modem hold leases. Its telephone
// adapter is a part of it and does not count.
func behindLimit(leases itms.Leases, a *Asking, key string, most int, now time.Time) (bool, error) {
	list, err := leases.Behind(a.Modem, maxBehind)
	if err != nil {
		return false, err
	}
	others := map[string]bool{}
	for _, l := range list {
		if l.Client != key && l.Kind != itms.ClientMTA && l.Holds(now) {
			others[l.Client] = true
		}
	}
	return len(others) >= most, nil
}
