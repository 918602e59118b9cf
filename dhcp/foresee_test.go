package dhcp

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"itms"
)

// attentive is a store that notes transactions which asked for several things that they
// did not foresee.
type attentive struct {
	itms.Store
	mu       sync.Mutex // guards what follows
	foreseen int        // answers to what was foreseen
	surprise [][]string
}

func (s *attentive) View(ctx context.Context, fn func(itms.Tx) error) error {
	return s.Store.View(ctx, s.listen(fn))
}

func (s *attentive) Update(ctx context.Context, fn func(itms.Tx) error) error {
	return s.Store.Update(ctx, s.listen(fn))
}

func (s *attentive) listen(fn func(itms.Tx) error) func(itms.Tx) error {
	return func(tx itms.Tx) error {
		a := &attentiveTx{Tx: tx}
		err := fn(a)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.foreseen += a.foreseen
		if len(a.surprise) > 1 || a.told && len(a.surprise) > 0 { // for one thing alone it is no use
			s.surprise = append(s.surprise, a.surprise)
		}
		return err
	}
}

// attentiveTx is one transaction.
type attentiveTx struct {
	itms.Tx
	f        itms.Foresight
	told     bool
	foreseen int
	surprise []string
}

func (t *attentiveTx) Foresee(f itms.Foresight) { t.f, t.told = f, true }

func (t *attentiveTx) Leases() itms.Leases { return attentiveLeases{t.Tx.Leases(), t} }

func (t *attentiveTx) note(known bool, what string) {
	if known {
		t.foreseen++
	} else {
		t.surprise = append(t.surprise, what)
	}
}

type attentiveLeases struct {
	itms.Leases
	t *attentiveTx
}

func (l attentiveLeases) Get(addr netip.Addr) (*itms.Lease, error) {
	l.t.note(slices.Contains(l.t.f.Leases, addr), "the lease of "+addr.String())
	return l.Leases.Get(addr)
}

func (l attentiveLeases) OfClient(client string, limit int) ([]*itms.Lease, error) {
	l.t.note(slices.Contains(l.t.f.Clients, client), "the leases of "+client)
	return l.Leases.OfClient(client, limit)
}

func (l attentiveLeases) Behind(modem itms.MAC, limit int) ([]*itms.Lease, error) {
	l.t.note(slices.Contains(l.t.f.Modems, modem), "the leases behind "+modem.String())
	return l.Leases.Behind(modem, limit)
}

// TestBatchesForesee: what the transactions of a batch ask for, they have foreseen.
func TestBatchesForesee(t *testing.T) {
	store := &attentive{Store: openStore(t)}
	w := newWorld(t, func(o *Options) { o.Store = store })
	ack := w.exchange(modem(1))
	w.exchange(cpe(20, 1))
	w.clock.Add(40 * time.Minute)
	w.ask(modem(1).Renew(w.next(), ack.Address))
	w.exchange(modem(1))
	store.mu.Lock()
	defer store.mu.Unlock()
	if store.foreseen == 0 || len(store.surprise) > 0 {
		t.Errorf("%d answers were foreseen, not so %q", store.foreseen, store.surprise)
	}
}
