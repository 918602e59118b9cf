package docsis

import (
	"context"
	"net/netip"

	"itms"
	"itms/dhcp"
)

// Standing is where a client stands now, whatever it holds.
type Standing struct {
	// Lease is its current or else its last lease, nil when it has none.
	Lease *itms.Lease
	// Class is the class that it would get; nil: it would get no answer.
	Class       *Class
	Entitlement *itms.Entitlement
}

// Standing says where a client stands, by its MAC. A kind of "" is that of its lease, or a
// modem. Errors are those of the store.
func (s *Service) Standing(ctx context.Context, kind itms.ClientKind, mac itms.MAC) (*Standing, error) {
	l, d, err := s.known(ctx, kind, mac)
	if err != nil {
		return nil, err
	}
	a := askingNow(kind, mac, l, d)
	v, ent, _, err := s.look(ctx, a)
	if err != nil {
		return nil, err
	}
	st := &Standing{Lease: l, Entitlement: ent}
	if !v.Blocked {
		st.Class = s.classes.of(v)
	}
	return st, nil
}

// leasesLookedAt of a client are enough to find the one that holds.
const leasesLookedAt = 8

// known reads the current or last lease of a client, and its device; nil for what there is
// not.
func (s *Service) known(ctx context.Context, kind itms.ClientKind, mac itms.MAC) (l *itms.Lease, d *itms.Device, err error) {
	err = s.Store.View(ctx, func(tx itms.Tx) error {
		l, d = nil, nil
		list, err := tx.Leases().List(itms.LeaseQuery{MAC: mac, Limit: leasesLookedAt})
		if err != nil {
			return err
		}
		l = s.best(list, kind)
		if l != nil {
			kind = l.Kind
		}
		id := itms.CableID(orModem(kind), mac)
		if id.IsZero() {
			return nil
		}
		d, err = tx.Devices().Get(id)
		if itms.IsKind(err, itms.KindNotFound) {
			d, err = nil, nil
		}
		return err
	})
	return l, d, err
}

// best is the lease of a kind that holds, else the one that ended last.
func (s *Service) best(list []*itms.Lease, kind itms.ClientKind) (found *itms.Lease) {
	now := s.Clock()
	for _, l := range list {
		switch {
		case kind != "" && l.Kind != kind:
		case found == nil, l.Holds(now) && !found.Holds(now), l.Holds(now) == found.Holds(now) && l.ExpiresAt.After(found.ExpiresAt):
			found = l
		}
	}
	return found
}

// orModem is a kind, a modem when it is not told.
func orModem(kind itms.ClientKind) itms.ClientKind {
	if kind == "" {
		return itms.ClientModem
	}
	return kind
}

// askingNow is what a client would ask now: from where its lease is, or where its device was last
// seen.
func askingNow(kind itms.ClientKind, mac itms.MAC, l *itms.Lease, d *itms.Device) *dhcp.Asking {
	if l == nil {
		l = &itms.Lease{MAC: mac, Kind: orModem(kind)}
		if d != nil && d.Cable != nil {
			l.Relay, _ = netip.ParseAddr(d.Cable.Relay) // "" = it was direct
			l.Circuit = d.Cable.Circuit
		}
	}
	return askingOf(l)
}
