package dhcp

import (
	"context"
	"encoding/hex"
	"net/netip"
	"slices"

	"itms"
)

// maxAssociated addresses are told of one client.
const maxAssociated = 16

// leaseQuery answers a relay that asks who has an address, or what a client has (RFC 4388);
// nil for those that may not ask.
func (s *Server) leaseQuery(ctx context.Context, r *request) []byte {
	if !s.mayQuery(r) {
		r.v.why = "may not ask for leases"
		s.done(r, outSilent)
		return nil
	}
	list, err := s.queried(ctx, r)
	if err != nil {
		s.trouble("look up leases for a relay", err)
		s.done(r, outStorage)
		return nil
	}
	s.done(r, outQuery)
	return s.leaseReply(r, list)
}

// mayQuery reports whether both the sender and the relay that it says it is may ask.
func (s *Server) mayQuery(r *request) bool {
	gi := r.giaddr()
	allowed := func(a netip.Addr) bool {
		return slices.ContainsFunc(s.config.LeaseQuery, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	return gi.IsValid() && allowed(gi) && allowed(r.at.from.Addr())
}

// queried are the leases asked for, the one that was renewed last first: by address, else by
// client identifier, else by MAC (RFC 4388 §6.4.1).
func (s *Server) queried(ctx context.Context, r *request) (list []*itms.Lease, err error) {
	err = s.opt.Store.View(ctx, func(tx itms.Tx) (err error) {
		list = nil
		if ci := r.ciaddr(); ci.IsValid() {
			l, err := leaseOf(tx.Leases(), ci)
			if l != nil {
				list = append(list, l)
			}
			return err
		}
		if id := r.option(optClientID); len(id) > 0 {
			list, err = tx.Leases().OfClient(itms.ClientKey(itms.ClientCPE, r.mac(), id), maxAssociated)
			return err
		}
		list, err = tx.Leases().List(itms.LeaseQuery{MAC: r.mac(), Limit: maxAssociated})
		return err
	})
	if ci := r.ciaddr(); !ci.IsValid() {
		now := s.opt.Clock()
		list = slices.DeleteFunc(list, func(l *itms.Lease) bool { return !l.Holds(now) })
	}
	slices.SortStableFunc(list, func(a, b *itms.Lease) int { return b.RenewedAt.Compare(a.RenewedAt) })
	return list, err
}

// leaseReply is the answer: unknown, of an address without a lease unassigned, else active.
func (s *Server) leaseReply(r *request, list []*itms.Lease) []byte {
	now := s.opt.Clock()
	if len(list) == 0 || !list[0].Holds(now) {
		kind := byte(typeLeaseUnknown)
		if ci := r.ciaddr(); ci.IsValid() && s.plan.scopeOf(ci) != nil {
			kind = typeLeaseUnassigned
		}
		a := newReply(r, kind, s.serverID(r))
		a.put(atCIAddr, r.ciaddr())
		s.metrics.sent[kind].Inc()
		return a.bytes()
	}
	l := list[0]
	a := newReply(r, typeLeaseActive, s.serverID(r))
	a.put(atCIAddr, l.Address)
	copy(a.buf[atCHAddr:atSName], make([]byte, atSName-atCHAddr))
	copy(a.buf[atCHAddr:], l.MAC[:])
	a.ask(Option{Code: optLeaseTime, Value: seconds(l.ExpiresAt.Sub(now)), Forced: true})
	a.ask(Option{Code: optLastSeen, Value: seconds(now.Sub(l.RenewedAt))})
	if v := relayInfoOf(l); len(v) > 0 {
		a.ask(Option{Code: optRelayInfo, Value: v})
	}
	if l.ClientID != "" && !r.has(optClientID) {
		a.ask(Option{Code: optClientID, Value: unhex(l.ClientID)})
	}
	if !r.ciaddr().IsValid() {
		a.ask(Option{Code: optAssociatedIP, Value: addressesOf(list)})
	}
	s.metrics.sent[typeLeaseActive].Inc()
	return a.bytes()
}

// relayInfoOf is option 82 as far as the lease keeps it.
func relayInfoOf(l *itms.Lease) (out []byte) {
	for _, part := range []struct {
		code byte
		text string
	}{{relayCircuit, l.Circuit}, {relayRemote, l.Remote}} {
		if v, err := hex.DecodeString(part.text); err == nil && len(v) > 0 && len(v) <= 255 {
			out = append(append(out, part.code, byte(len(v))), v...)
		}
	}
	return out
}

// addressesOf are the addresses of leases.
func addressesOf(list []*itms.Lease) (out []byte) {
	for _, l := range list {
		out = append(out, l.Address.AsSlice()...)
	}
	return out
}
