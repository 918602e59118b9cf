package dhcp

import (
	"context"
	"net/netip"

	"itms"
)

// maxLeases of a client are looked at: it has one in each network that it was in lately.
const maxLeases = 8

// work decides about messages until the server closes.
func (s *Server) work() {
	batch := make([]*request, 0, workBatch)
	for {
		batch = s.queue.take(batch[:0], workBatch)
		if len(batch) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(s.ctx, lookTime)
		s.send(s.decideAll(ctx, batch))
		cancel()
		clear(batch)
	}
}

// decideAll decides about a batch of messages, and returns what is answered without a
// commit.
func (s *Server) decideAll(ctx context.Context, batch []*request) []outgoing {
	now := s.opt.Clock()
	for _, r := range batch {
		r.k.now, r.k.mine = now, s.called(r)
		if r.k.network != nil {
			r.k.offered, _ = s.space.offered(r.offerKey(), now)
		}
	}
	known := s.look(ctx, batch)
	var out []outgoing
	for _, r := range batch {
		switch {
		case now.Sub(r.at.time) > maxAge:
			s.done(r, outLate)
		case !known && !r.blind():
			s.done(r, outStorage)
		case r.kind() == typeLeaseQuery:
			out = s.append(out, r, s.leaseQuery(ctx, r))
		default:
			out = s.append(out, r, s.serve(ctx, r))
		}
	}
	return out
}

// blind reports whether nothing of the store is needed to decide about a message: its
// request takes up an offer that is remembered, and the commit looks at the rest.
func (r *request) blind() bool {
	return r.k.network == nil || r.kind() == typeRequest && r.has(optServerID) &&
		(!r.k.mine || r.k.offered.addr.IsValid() && r.k.offered.addr == r.optionAddress(optRequestedIP))
}

// look reads the leases that a batch is about, and reports whether it could.
func (s *Server) look(ctx context.Context, batch []*request) bool {
	need := false
	for _, r := range batch {
		need = need || !r.blind()
	}
	if !need {
		return true
	}
	err := s.opt.Store.View(ctx, func(tx itms.Tx) error {
		tx.Foresee(foresight(batch))
		for _, r := range batch {
			if err := r.read(tx.Leases()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.trouble("read leases", err)
	}
	return err == nil
}

// foresight is what read will ask for.
func foresight(batch []*request) (f itms.Foresight) {
	for _, r := range batch {
		if r.blind() || r.kind() == typeLeaseQuery {
			continue
		}
		f.Clients = append(f.Clients, r.k.key)
		if addr := r.names(); addr.IsValid() {
			f.Leases = append(f.Leases, addr)
		}
	}
	return f
}

// read reads the lease that a message names, and those of its client.
func (r *request) read(leases itms.Leases) (err error) {
	if r.blind() || r.kind() == typeLeaseQuery {
		return nil
	}
	if r.k.named, err = leaseOf(leases, r.names()); err != nil {
		return err
	}
	r.remember()
	r.k.own, err = leases.OfClient(r.k.key, maxLeases)
	return err
}

// leaseOf returns the lease of an address, nil when there is none.
func leaseOf(leases itms.Leases, addr netip.Addr) (*itms.Lease, error) {
	if !addr.IsValid() {
		return nil, nil
	}
	l, err := leases.Get(addr)
	if itms.IsKind(err, itms.KindNotFound) {
		return nil, nil
	}
	return l, err
}

// serve decides about a message and does what it says. It returns the answer that can be
// sent at once, nil when there is none.
func (s *Server) serve(ctx context.Context, r *request) []byte {
	if r.k.network != nil {
		if !s.identify(ctx, r) {
			return nil
		}
	}
	r.v = decide(r.message, &r.k)
	switch r.v.act {
	case actOffer:
		return s.offer(ctx, r)
	case actGrant, actRenew, actRelease, actDecline:
		return s.enqueue(r)
	case actWithdraw:
		s.space.withdraw(r.offerKey())
	case actRepeat:
		return s.acknowledge(r, r.v.lease)
	case actNAK:
		return s.refuse(r)
	case actInform:
		return s.inform(r)
	}
	s.done(r, outSilent)
	return nil
}

// identify asks the Directory who the client is, and reports whether it could. Nobody is
// asked about messages that do not depend on it.
func (s *Server) identify(ctx context.Context, r *request) bool {
	switch r.kind() {
	case typeRelease, typeDecline:
		return true
	}
	if !r.k.mine {
		return true
	}
	client, err := s.client(ctx, r)
	if err != nil {
		s.trouble("ask who a client is", err)
		s.done(r, outDirectory)
		return false
	}
	r.k.client, r.k.class = client, s.plan.classes[client.Class]
	if client.Class != "" && r.k.class == nil {
		s.tell(r, eventRefused, "is of class "+client.Class+", which is not configured")
	}
	r.k.reserved = s.reservedFor(r)
	return true
}

// client asks the Directory, but for who takes up an offer: what was said of him then, some
// seconds ago, holds, or his file and his next renewal tell him otherwise.
func (s *Server) client(ctx context.Context, r *request) (Client, error) {
	o := &r.k.offered
	if o.client.Class != "" && r.kind() == typeRequest && r.has(optServerID) && o.addr == r.optionAddress(optRequestedIP) {
		return o.client, nil
	}
	return s.opt.Directory.Client(ctx, &r.asking)
}

// reservedFor is the address that is reserved for a client in its network, by the domain or
// by the configuration.
func (s *Server) reservedFor(r *request) netip.Addr {
	if a := r.k.client.Address; a.IsValid() {
		if r.k.network.scopeOf(a) != nil {
			return a
		}
		s.tell(r, eventConflict, "does not get "+a.String()+", which is reserved for it: the address is not of network "+r.k.network.name)
	}
	return s.plan.reservedFor(r.k.network, r.asking.MAC, r.asking.ClientID)
}

// acknowledge is DHCPACK for a lease.
func (s *Server) acknowledge(r *request, l *itms.Lease) []byte {
	s.done(r, outACK)
	return s.grantReply(r, typeACK, l)
}

// grantReply is DHCPOFFER or DHCPACK for a lease: with the time that remains of it.
func (s *Server) grantReply(r *request, kind byte, l *itms.Lease) []byte {
	id := s.serverID(r)
	a := newReply(r, kind, id)
	a.put(atCIAddr, r.ciaddr())
	remains := l.ExpiresAt.Sub(itms.Timestamp(r.k.now)) // as it is stored: a new lease has its whole time
	a.lease(l, min(remains, r.k.class.LeaseTime))
	a.configure(l, r.k.network.scopeOf(l.Address), r.k.class, s.bootFile(r.k.class, l), id)
	a.times(r.k.class, remains)
	s.metrics.sent[kind].Inc()
	return a.bytes()
}

// bootFile is the name of the file of a lease.
func (s *Server) bootFile(c *Class, l *itms.Lease) string {
	if c.BootFile != "" {
		return c.BootFile
	}
	return s.opt.Directory.BootFile(l)
}

// refuse is DHCPNAK (RFC 2131 §4.3.1, table 3). A relay is asked to send it to all, since
// the client must not take its address for its own any more (§4.3.2).
func (s *Server) refuse(r *request) []byte {
	r.v.act = actNAK
	s.done(r, outNAK)
	s.metrics.sent[typeNAK].Inc()
	a := newReply(r, typeNAK, s.serverID(r))
	if r.giaddr().IsValid() {
		a.buf[atFlags] |= flagBroadcast >> 8
	}
	return a.bytes()
}

// inform is DHCPACK without an address.
func (s *Server) inform(r *request) []byte {
	s.done(r, outInform)
	sc := r.k.network.scopeOf(r.v.addr)
	if sc == nil {
		sc = r.k.network.scopes[0]
	}
	id := s.serverID(r)
	a := newReply(r, typeACK, id)
	a.put(atCIAddr, r.ciaddr())
	a.configure(&itms.Lease{Address: r.v.addr, MAC: r.asking.MAC}, sc, r.k.class, r.k.class.BootFile, id)
	s.metrics.sent[typeACK].Inc()
	return a.bytes()
}
