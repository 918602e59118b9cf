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
	now := s.opt.Clock()
	t, err := s.plan.tally(ctx, s.opt.Store, now)
	if err != nil {
		return nil, err
	}
	s.space.finish(t.at, now)
	return t.list, nil
}

// DefaultLeaseTime is how long the leases of a class last that does not say it.
const DefaultLeaseTime = defaultLeaseTime

// Survey tells how much of the scopes of a configuration is in use where no server runs.
type Survey struct {
	plan  *plan
	store itms.Store
	clock func() time.Time
}

// NewSurvey makes a Survey. It fails with KindInvalid for a configuration that Config.Check
// finds wrong.
func NewSurvey(c Config, store itms.Store, clock func() time.Time) (*Survey, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	p, err := newPlan(c.withDefaults())
	if err != nil {
		return nil, itms.Invalid("/dhcp", "%v", err)
	}
	return &Survey{p, store, clock}, nil
}

// Scopes is Server.Scopes; nothing is offered.
func (s *Survey) Scopes(ctx context.Context) ([]ScopeUsage, error) {
	t, err := s.plan.tally(ctx, s.store, s.clock())
	if err != nil {
		return nil, err
	}
	return t.list, nil
}

// tally is the leases in the pools of a plan.
type tally struct {
	list []ScopeUsage
	at   map[*pool]*PoolUsage
}

// tally counts the leases that the store has in each pool.
func (p *plan) tally(ctx context.Context, store itms.Store, now time.Time) (t *tally, err error) {
	err = store.View(ctx, func(tx itms.Tx) error {
		t = p.emptyTally()
		var last *pool // leases come in the order of their addresses
		return tx.Leases().Addresses(func(addr netip.Addr, state itms.LeaseState, expires time.Time) bool {
			if !addr.Is4() || !now.Before(expires) {
				return true
			}
			i, in := 0, false
			if last != nil {
				i, in = last.index(addr)
			}
			if !in {
				if last, i = p.poolOf(addr); last == nil {
					return true
				}
			}
			t.at[last].count(state, last.never[i])
			return true
		})
	})
	return t, err
}

// emptyTally has all addresses free that may be given at all.
func (p *plan) emptyTally() *tally {
	t := &tally{list: make([]ScopeUsage, len(p.scopes)), at: map[*pool]*PoolUsage{}}
	for i, sc := range p.scopes {
		t.list[i] = ScopeUsage{Subnet: sc.name, Network: sc.network.name, Pools: make([]PoolUsage, len(sc.pools))}
		for n, q := range sc.pools {
			kept := len(q.never)
			t.list[i].Pools[n] = PoolUsage{Range: q.String(), Classes: q.classes, Size: q.size, Reserved: kept, Free: q.size - kept}
			t.at[q] = &t.list[i].Pools[n]
		}
	}
	return t
}

// poolOf is the pool of an address and its place there, nil when it is in none.
func (p *plan) poolOf(addr netip.Addr) (*pool, int) {
	if sc := p.scopeOf(addr); sc != nil {
		return sc.poolOf(addr)
	}
	return nil, 0
}

// count counts a lease that has not expired, of an address that is reserved or of one that
// was free.
func (u *PoolUsage) count(state itms.LeaseState, reserved bool) {
	switch state {
	case itms.LeaseActive:
		u.Leased++
	case itms.LeaseDeclined:
		u.Declined++
	default:
		return
	}
	if reserved {
		u.Reserved--
	} else {
		u.Free--
	}
}

// finish takes off what only this node knows to be busy: what it has offered, and what it
// has not heard of others yet.
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
		u.Free = max(0, min(p.size-p.busy, u.Free-u.Offered))
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
