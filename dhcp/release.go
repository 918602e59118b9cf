package dhcp

import (
	"context"
	"net/netip"
	"time"

	"itms"
)

// Release takes the lease of an address back, as its client would: the next renewal is
// refused, and the address is free. Who did it is journaled with it. Errors: KindNotFound
// when nobody ever had it, CodeLeaseState when it has ended already.
func (s *Server) Release(ctx context.Context, addr netip.Addr, actor string) error {
	if err := Release(ctx, s.opt.Store, addr, actor, s.opt.Clock()); err != nil {
		return err
	}
	s.space.free(addr)
	return nil
}

// Release is Server.Release where no server runs: the store alone learns of it.
func Release(ctx context.Context, store itms.Store, addr netip.Addr, actor string, now time.Time) error {
	now = itms.Timestamp(now)
	return store.Update(ctx, func(tx itms.Tx) error {
		was, err := tx.Leases().Get(addr)
		if err != nil {
			return err
		}
		if !was.Taken(now) {
			return itms.Errorf(itms.KindConflict, itms.CodeLeaseState, "the lease of %s %s", addr, overSince(was))
		}
		if err := tx.Leases().Put(ended(was, itms.LeaseReleased, now)); err != nil {
			return err
		}
		return tx.Journal().Append(releaseEvent(was, actor, now))
	})
}

// overSince says in words how a lease has ended.
func overSince(l *itms.Lease) string {
	at := l.ExpiresAt.Format(time.RFC3339)
	if l.State == itms.LeaseReleased {
		return "was released at " + at
	}
	return "expired at " + at
}

// releaseEvent is what the journal says of a lease that was taken back.
func releaseEvent(l *itms.Lease, actor string, now time.Time) *itms.Event {
	text := "lease of " + l.Address.String() + " taken back from " + l.MAC.String()
	if l.State == itms.LeaseDeclined {
		text = l.Address.String() + ", which " + l.MAC.String() + " had found in use, may be given out again"
	}
	return &itms.Event{At: now, Type: eventReleased, Device: itms.CableID(l.Kind, l.MAC), Actor: actor, Text: text,
		Data: map[string]string{"mac": l.MAC.String(), "address": l.Address.String()}}
}
