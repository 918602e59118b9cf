package dhcp

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"itms"
)

// enqueue hands a decision that changes a lease to the committers. It returns the answer
// where there is one already: a refusal.
func (s *Server) enqueue(r *request) []byte {
	j := &job{req: r}
	switch r.v.act {
	case actGrant:
		own := r.k.ownLease(r.v.addr) != nil || r.v.addr == r.k.reserved
		o, ok := s.space.claim(r.offerKey(), wish{r.v.addr, own}, r.k.now)
		if !ok {
			return s.unclaimed(r)
		}
		j.offer, j.lease = o, r.lease(r.v.addr, o.nonce)
	case actRenew:
		j.lease = r.renewed(r.v.lease)
	case actRelease:
		j.lease = ended(r.v.lease, itms.LeaseReleased, itms.Timestamp(r.k.now))
	case actDecline:
		j.lease = s.declined(r)
	}
	if !s.jobs.put(j) {
		s.metrics.dropped.WithLabelValues("commit").Inc()
		s.give(j, nil, false)
		s.done(r, outNoRoom)
	}
	return nil
}

// unclaimed answers a request for an address that was given away meanwhile; to one that
// waits for its commit already nothing is said twice.
func (s *Server) unclaimed(r *request) []byte {
	if o, known := s.space.offered(r.offerKey(), r.k.now); known && o.pending {
		s.done(r, outWaits)
		return nil
	}
	r.v.act = actNAK
	return s.refuse(r)
}

// ended is a lease that was given back or declined, until a time.
func ended(l *itms.Lease, state itms.LeaseState, until time.Time) *itms.Lease {
	n := *l
	n.State, n.ExpiresAt = state, until
	return &n
}

// declined is the lease that keeps an address from being given out for a while.
func (s *Server) declined(r *request) *itms.Lease {
	l := r.v.lease
	if l == nil { // it was offered only
		now := itms.Timestamp(r.k.now)
		l = &itms.Lease{Address: r.v.addr, Client: r.k.key, MAC: r.asking.MAC, Kind: r.asking.Kind, Scope: r.k.network.scopeOf(r.v.addr).name,
			Relay: r.asking.Relay, Modem: r.asking.Modem, StartedAt: now, RenewedAt: now}
	}
	return ended(l, itms.LeaseDeclined, itms.Timestamp(r.k.now.Add(s.config.DeclineTime)))
}

// commit writes leases and answers their clients, until the server closes.
func (s *Server) commit() {
	for {
		list := s.jobs.take(commitBatch)
		if list == nil {
			return
		}
		s.send(s.commitAll(s.timely(list)))
	}
}

// timely drops jobs whose clients do not wait any more.
func (s *Server) timely(list []*job) []*job {
	now := s.opt.Clock()
	return slices.DeleteFunc(list, func(j *job) bool {
		late := now.Sub(j.req.at.time) > maxAge && j.req.v.act != actRelease && j.req.v.act != actDecline
		if late {
			s.give(j, nil, false)
			s.done(j.req, outLate)
		}
		return late
	})
}

// commitAll writes a batch in one transaction and returns the answers. One lease that the
// store does not take must not keep the others from being stored: a batch that is refused
// for what is in it is tried in halves.
func (s *Server) commitAll(list []*job) []outgoing {
	if len(list) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, commitTime)
	err := s.opt.Store.Update(ctx, func(tx itms.Tx) error {
		tx.Foresee(foresightOf(list))
		return apply(tx.Leases(), list)
	})
	cancel()
	s.metrics.commits.Inc()
	switch kind := itms.KindOf(err); {
	case err == nil:
		return s.stored(list)
	case len(list) > 1 && ctx.Err() == nil && kind != itms.KindUnavailable:
		out := s.commitAll(list[:len(list)/2])
		return append(out, s.commitAll(list[len(list)/2:])...)
	}
	s.trouble("commit leases", err)
	for _, j := range list {
		s.give(j, nil, false)
		s.done(j.req, outStorage)
	}
	return nil
}

// foresightOf is what apply will ask for.
func foresightOf(list []*job) (f itms.Foresight) {
	for _, j := range list {
		f.Leases = append(f.Leases, j.lease.Address)
		if j.req.v.act != actGrant {
			continue
		}
		f.Clients = append(f.Clients, j.lease.Client)
		if j.req.maxCPE() > 0 {
			f.Modems = append(f.Modems, j.req.asking.Modem)
		}
	}
	return f
}

// apply writes the leases of a batch, and notes what became of each.
func apply(leases itms.Leases, list []*job) error {
	for _, j := range list {
		j.freed = j.freed[:0]
		fate, err := j.check(leases)
		if err != nil {
			return err
		}
		if j.fate = fate; fate != fateStored {
			continue
		}
		if err := j.supersede(leases); err != nil {
			return err
		}
		if err := leases.Put(j.lease); err != nil {
			return err
		}
	}
	return nil
}

// check looks whether what was decided still holds: another node, or a job of the same
// batch, may have been faster.
func (j *job) check(leases itms.Leases) (fate, error) {
	l, err := leaseOf(leases, j.lease.Address)
	if err != nil {
		return 0, err
	}
	r := j.req
	switch {
	case l != nil && l.Client != j.lease.Client && l.Taken(r.k.now):
		return fateTaken, nil
	case r.v.act == actGrant:
		if l != nil && l.State == itms.LeaseDeclined && l.Taken(r.k.now) {
			return fateTaken, nil
		}
		j.continues(l)
	case r.v.lease != nil && (l == nil || l.Client != j.lease.Client || l.State != itms.LeaseActive):
		return fateGone, nil
	}
	if most := r.maxCPE(); most > 0 && r.v.act == actGrant {
		over, err := behindLimit(leases, &r.asking, r.k.key, most, r.k.now)
		if over || err != nil {
			return fateOver, err
		}
	}
	return fateStored, nil
}

// continues keeps the beginning of a lease that its client had all the time.
func (j *job) continues(l *itms.Lease) {
	j.lease.StartedAt = j.lease.RenewedAt
	if l != nil && l.Client == j.lease.Client && l.Holds(j.req.k.now) {
		j.lease.StartedAt = l.StartedAt
	}
}

// supersede removes what the client of a new lease had before: in the same network, and of
// a cable device, which is in one place at a time, anywhere.
func (j *job) supersede(leases itms.Leases) error {
	if j.req.v.act != actGrant {
		return nil
	}
	list, err := leases.OfClient(j.lease.Client, maxLeases)
	if err != nil {
		return err
	}
	for _, l := range list {
		if l.Address == j.lease.Address || l.State == itms.LeaseDeclined ||
			l.Kind == itms.ClientCPE && j.req.k.network.scopeOf(l.Address) == nil {
			continue
		}
		if err := leases.Delete(l.Address); err != nil {
			return err
		}
		j.freed = append(j.freed, l.Address)
	}
	return nil
}

// stored tells of a batch that is durable, and returns the answers.
func (s *Server) stored(list []*job) []outgoing {
	out := make([]outgoing, 0, len(list))
	for _, j := range list {
		r := j.req
		switch {
		case j.fate == fateOver:
			s.give(j, nil, false)
			s.overLimitTold(r, r.maxCPE())
		case j.fate != fateStored:
			s.give(j, nil, j.fate == fateTaken)
			out = s.append(out, r, s.lost(r))
		default:
			s.give(j, j.lease, false)
			out = s.append(out, r, s.granted(j))
		}
	}
	return out
}

// lost answers a client whose address went to another: it begins anew. Who gives an address
// back is not answered.
func (s *Server) lost(r *request) []byte {
	if r.v.act == actGrant || r.v.act == actRenew {
		return s.refuse(r)
	}
	s.done(r, outLost)
	return nil
}

// granted tells of a lease that is durable and returns its answer.
func (s *Server) granted(j *job) []byte {
	r := j.req
	switch r.v.act {
	case actRelease:
		s.done(r, outReleased)
		return nil
	case actDecline:
		s.metrics.declined.Inc()
		s.tell(r, eventDeclined, "found "+r.v.addr.String()+" in use by somebody else: it is left alone until "+j.lease.ExpiresAt.Format("15:04:05 MST"))
		s.done(r, outDeclined)
		return nil
	}
	s.opt.Directory.Leased(&r.asking, &r.k.client, j.lease, r.v.act == actRenew)
	return s.acknowledge(r, j.lease)
}

// give settles in memory what became of a job: lease is nil when nothing was stored, busy
// is set when the address belongs to somebody else.
func (s *Server) give(j *job, lease *itms.Lease, busy bool) {
	addr := netip.Addr{}
	if j.lease != nil {
		addr = j.lease.Address
	}
	switch {
	case j.offer != nil:
		s.space.settle(j.offer, lease, j.req.xid(), busy)
	case lease == nil:
	case lease.State == itms.LeaseReleased:
		s.space.free(addr)
	case lease.State == itms.LeaseDeclined:
		s.space.seize(addr)
	default:
		s.space.hold(addr)
	}
	if lease != nil {
		for _, a := range j.freed {
			s.space.free(a)
		}
	}
}
