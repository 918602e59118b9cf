package dhcp

import (
	"context"
	"net/netip"
	"time"

	"itms"
)

// ScopeUsage is how much of a scope is in use.
type ScopeUsage struct {
	Subnet  string      `json:"subnet"`
	Network string      `json:"network"` // that the scope is a part of
	Pools   []PoolUsage `json:"pools"`
}

// PoolUsage is how much of a pool is in use. Size is the sum of the others.
type PoolUsage struct {
	Range    string   `json:"range"`
	Classes  []string `json:"classes,omitempty"` // none = all
	Size     int      `json:"size"`
	Leased   int      `json:"leased"`
	Declined int      `json:"declined"` // found in use by somebody else
	Offered  int      `json:"offered"`  // by this node
	Reserved int      `json:"reserved"` // or not to be given to clients at all, and without a lease
	Free     int      `json:"free"`
}

// Scopes tells how much of each scope is in use, in the order of the configuration. It fails
// when the store does.
func (s *Server) Scopes(ctx context.Context) ([]ScopeUsage, error) {
	list := make([]ScopeUsage, len(s.plan.scopes))
	at := map[*pool]*PoolUsage{}
	for i, sc := range s.plan.scopes {
		list[i] = ScopeUsage{Subnet: sc.name, Network: sc.network.name, Pools: make([]PoolUsage, len(sc.pools))}
		for n, p := range sc.pools {
			list[i].Pools[n] = PoolUsage{Range: p.String(), Classes: p.classes, Size: p.size}
			at[p] = &list[i].Pools[n]
		}
	}
	now := s.opt.Clock()
	err := s.opt.Store.View(ctx, func(tx itms.Tx) error {
		for _, u := range at {
			u.Leased, u.Declined = 0, 0
		}
		return tx.Leases().Addresses(func(addr netip.Addr, state itms.LeaseState, expires time.Time) bool {
			if p, _ := s.space.find(addr); p != nil && now.Before(expires) {
				at[p].count(state)
			}
			return true
		})
	})
	if err != nil {
		return nil, err
	}
	s.space.finish(at, now)
	return list, nil
}

// count counts a lease that has not expired.
func (u *PoolUsage) count(state itms.LeaseState) {
	switch state {
	case itms.LeaseActive:
		u.Leased++
	case itms.LeaseDeclined:
		u.Declined++
	}
}

// finish counts what only this node knows.
func (s *space) finish(at map[*pool]*PoolUsage, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	for _, o := range s.offers {
		if u := at[o.pool]; u != nil && o.lease == nil && o.took {
			u.Offered++
		}
	}
	for p, u := range at {
		u.Free = min(p.size-p.busy, u.Size-u.Leased-u.Declined-u.Offered)
		u.Reserved = u.Size - u.Free - u.Leased - u.Declined - u.Offered
	}
}

// String is the range of a pool, e.g. "192.0.2.10-192.0.2.20".
func (p *pool) String() string {
	return address4(p.first).String() + "-" + address4(p.first+uint32(p.size)-1).String()
}

// usage is how many addresses of a scope's pools this node takes for busy.
type usage struct {
	scope      string
	size, busy int
}

// usage tells that of each scope.
func (s *space) usage() []usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]usage, len(s.plan.scopes))
	for i, sc := range s.plan.scopes {
		all[i].scope = sc.name
		for _, p := range sc.pools {
			all[i].size += p.size
			all[i].busy += p.busy
		}
	}
	return all
}

// Release takes the lease of an address back, as its client would: the next renewal is
// refused. It fails with KindNotFound when nobody has it.
func (s *Server) Release(ctx context.Context, addr netip.Addr, actor string) error {
	now := itms.Timestamp(s.opt.Clock())
	var was *itms.Lease
	err := s.opt.Store.Update(ctx, func(tx itms.Tx) (err error) {
		if was, err = tx.Leases().Get(addr); err != nil {
			return err
		}
		if !was.Taken(now) {
			return itms.NotFound("lease", addr.String())
		}
		return tx.Leases().Put(ended(was, itms.LeaseReleased, now))
	})
	if err != nil {
		return err
	}
	s.space.free(addr)
	s.opt.Directory.Event(itms.Event{At: now, Type: eventReleased, Device: itms.CableID(was.Kind, was.MAC), Actor: actor,
		Text: "lease of " + addr.String() + " taken back from " + was.MAC.String(), Data: map[string]string{"mac": was.MAC.String(), "address": addr.String()}})
	return nil
}
