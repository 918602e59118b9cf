package dhcp

import (
	"context"
	"net/netip"
	"time"

	"itms"
)

// Work that is done from time to time.
const (
	// sweepEvery is how often expired leases are looked for.
	sweepEvery = 10 * time.Second
	// sweepBatch of them go in one transaction.
	sweepBatch = 500
	// reloadEvery is how often a node that is not alone reads all addresses again: it does
	// not hear what others gave out and took back.
	reloadEvery = time.Minute
)

// load notes the addresses of all leases that hold.
func (s *Server) load(ctx context.Context) error {
	now := s.opt.Clock()
	return s.opt.Store.View(ctx, func(tx itms.Tx) error {
		return tx.Leases().Addresses(func(addr netip.Addr, state itms.LeaseState, expires time.Time) bool {
			if state != itms.LeaseReleased && now.Before(expires) {
				s.space.hold(addr)
			}
			return true
		})
	})
}

// sweep takes expired leases back until the server closes.
func (s *Server) sweep() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	reload := s.opt.Clock().Add(reloadEvery)
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ticker.C:
		}
		now := s.opt.Clock()
		s.sweepOnce(s.ctx, now.Add(-s.config.KeepExpired))
		if s.opt.Shared && now.After(reload) {
			reload = now.Add(reloadEvery)
			s.reload(s.ctx)
		}
	}
}

// sweepOnce takes all leases back that expired before a time.
func (s *Server) sweepOnce(ctx context.Context, before time.Time) {
	for {
		n, err := s.reclaim(ctx, before)
		if err != nil {
			s.trouble("take expired leases back", err)
		}
		if n < sweepBatch || err != nil {
			return
		}
	}
}

// reclaim removes leases that expired before a time, frees their addresses and returns how
// many there were.
func (s *Server) reclaim(ctx context.Context, before time.Time) (int, error) {
	var freed []netip.Addr
	err := s.opt.Store.Update(ctx, func(tx itms.Tx) error {
		freed = freed[:0]
		list, err := tx.Leases().Expired(before, sweepBatch)
		if err != nil {
			return err
		}
		for _, l := range list {
			if err := tx.Leases().Delete(l.Address); err != nil {
				return err
			}
			freed = append(freed, l.Address)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, a := range freed {
		s.space.free(a)
	}
	s.metrics.reclaimed.Add(float64(len(freed)))
	return len(freed), nil
}

// reload reads again which addresses are busy. What was offered meanwhile stays held.
func (s *Server) reload(ctx context.Context) {
	now := s.opt.Clock()
	var busy []netip.Addr
	s.space.mark()
	err := s.opt.Store.View(ctx, func(tx itms.Tx) error {
		busy = busy[:0]
		return tx.Leases().Addresses(func(addr netip.Addr, state itms.LeaseState, expires time.Time) bool {
			if state != itms.LeaseReleased && now.Before(expires) {
				busy = append(busy, addr)
			}
			return true
		})
	})
	if err != nil {
		s.trouble("read leases again", err)
		return
	}
	s.space.replace(busy)
}
