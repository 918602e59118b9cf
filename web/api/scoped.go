package api

import (
	"context"
	"slices"

	"itms"
)

// A caller with areas sees only what lies in them: what does not is not there. This is
// enforced at one place, the store as the calls of this door see it, so that no call can
// forget it. What belongs to no area (files that people added, profiles, templates, the
// warehouse) is everybody's to read; who may change it must be a caller of everywhere.

// scopedStore is the store as the caller of a context may see it.
type scopedStore struct{ itms.Store }

// View implements itms.Store.
func (s scopedStore) View(ctx context.Context, fn func(itms.Tx) error) error {
	return s.Store.View(ctx, scoped(ctx, fn))
}

// Update implements itms.Store.
func (s scopedStore) Update(ctx context.Context, fn func(itms.Tx) error) error {
	return s.Store.Update(ctx, scoped(ctx, fn))
}

// scoped gives fn a transaction in which there is what the caller may see.
func scoped(ctx context.Context, fn func(itms.Tx) error) func(itms.Tx) error {
	areas := recordOf(ctx).areas
	if areas == nil {
		return fn
	}
	return func(tx itms.Tx) error { return fn(scopedTx{tx, areas}) }
}

// everywhere refuses callers who have areas.
func everywhere(ctx context.Context) error {
	if recordOf(ctx).areas == nil {
		return nil
	}
	return itms.Errorf(itms.KindForbidden, itms.CodeForbidden, "what this call changes belongs to no area; it needs a caller of all areas")
}

// forScoped looks, for a caller who has areas, whether what a call is about is there: the
// domain, which looks next, does not know of areas.
func (s *Server) forScoped(ctx context.Context, look func(itms.Tx) error) error {
	if recordOf(ctx).areas == nil {
		return nil
	}
	return s.opts.Store.View(ctx, look)
}

// mayOrder refuses an order of a caller with areas that leads out of them: its line, or
// the service that it names, must lie in them.
func mayOrder(ctx context.Context, store scopedStore, r *itms.OrderRequest) error {
	areas := recordOf(ctx).areas
	if areas == nil {
		return nil
	}
	outside := itms.Errorf(itms.KindForbidden, itms.CodeForbidden, "the order lies outside the areas of the caller")
	if r.Line.Area != "" && !areas.Hold(r.Line.Area) {
		return outside
	}
	return store.View(ctx, func(tx itms.Tx) error {
		all := tx.(scopedTx).Tx
		svc, err := all.Services().Get(r.Service.ID)
		switch {
		case itms.IsKind(err, itms.KindNotFound) && r.Line.Area != "":
			return nil
		case err != nil && !itms.IsKind(err, itms.KindNotFound):
			return err
		case err != nil || !areas.Hold(svc.Line.Area):
			return outside
		}
		return nil
	})
}

// scopedTx is a transaction within some areas.
type scopedTx struct {
	itms.Tx
	areas itms.Areas
}

// device reports whether the device of an id is there for the caller.
func (tx scopedTx) device(id itms.DeviceID) (bool, error) {
	if id.IsZero() {
		return false, nil
	}
	d, err := tx.Tx.Devices().Get(id)
	if itms.IsKind(err, itms.KindNotFound) {
		return false, nil
	}
	return err == nil && tx.areas.Hold(d.Area), err
}

// order reports whether the order of an id is.
func (tx scopedTx) order(id itms.OrderID) (bool, error) {
	o, err := tx.Tx.Orders().Get(id)
	if itms.IsKind(err, itms.KindNotFound) {
		return false, nil
	}
	return err == nil && tx.areas.Hold(o.Area), err
}

// service reports whether the service of an id is.
func (tx scopedTx) service(id itms.ServiceID) (bool, error) {
	svc, err := tx.Tx.Services().Get(id)
	if itms.IsKind(err, itms.KindNotFound) {
		return false, nil
	}
	return err == nil && tx.areas.Hold(svc.Line.Area), err
}

// lease reports whether the holder of a lease, or the modem that it is behind, is.
func (tx scopedTx) lease(l *itms.Lease) (bool, error) { return tx.device(holder(l)) }

// file reports whether a file is: those that people added belong to no area.
func (tx scopedTx) file(f *itms.File) (bool, error) {
	if f.Device.IsZero() {
		return true, nil
	}
	return tx.device(f.Device)
}

// seen returns a thing that was read when see finds it there for the caller.
func seen[T any](v *T, err error, what, name string, see func(*T) (bool, error)) (*T, error) {
	if err != nil {
		return v, err
	}
	there, err := see(v)
	switch {
	case err != nil:
		return nil, err
	case !there:
		return nil, itms.NotFound(what, name)
	}
	return v, nil
}

// fillPage reads pages until it has as many things as were asked for that are there for
// the caller. list reads on behind the last thing, nil at the beginning.
func fillPage[T any](limit int, list func(last *T) ([]T, error), see func(*T) (bool, error)) (page []T, err error) {
	for last := (*T)(nil); ; {
		some, err := list(last)
		if err != nil {
			return nil, err
		}
		for i := range some {
			last = &some[i]
			there, err := see(last)
			if err != nil {
				return nil, err
			}
			if !there {
				continue
			}
			if page = append(page, *last); len(page) == limit {
				return page, nil
			}
		}
		if len(some) < limit {
			return page, nil
		}
	}
}

// see is a check of things that are read as pointers.
func see[T any](check func(*T) (bool, error)) func(**T) (bool, error) {
	return func(v **T) (bool, error) { return check(*v) }
}

// Find returns the things that are there for the caller.
func (tx scopedTx) Find(term itms.Term, limit int) ([]itms.Ref, error) {
	refs, err := tx.Tx.Find(term, limit)
	if err != nil {
		return nil, err
	}
	kept := refs[:0]
	for _, ref := range refs {
		there, err := tx.ref(ref)
		if err != nil {
			return nil, err
		}
		if there {
			kept = append(kept, ref)
		}
	}
	return kept, nil
}

// ref reports whether what a reference leads to is there for the caller.
func (tx scopedTx) ref(ref itms.Ref) (bool, error) {
	switch ref.Kind {
	case itms.RefDevice:
		id, err := itms.ParseDeviceID(ref.ID)
		if err != nil {
			return false, err
		}
		return tx.device(id)
	case itms.RefService:
		return tx.service(itms.ServiceID(ref.ID))
	case itms.RefOrder:
		return tx.order(itms.OrderID(ref.ID))
	case itms.RefBinding:
		b, err := tx.Tx.Bindings().Get(itms.BindingID(ref.ID))
		if err != nil {
			return false, err
		}
		return tx.service(b.Service)
	}
	return true, nil // a box in stock
}

// event returns an event as the caller may see it: of another it knows the sequence, so
// that it can go on behind it.
func (tx scopedTx) event(e itms.Event) (itms.Event, error) {
	there := e.Area != "" && tx.areas.Hold(e.Area)
	if e.Area == "" {
		var err error
		if there, err = tx.device(e.Device); err != nil {
			return e, err
		}
	}
	if !there {
		return itms.Event{Seq: e.Seq}, nil
	}
	return e, nil
}

// leasePage reads on behind a lease.
func leasePage(tx itms.Tx, q itms.LeaseQuery) func(last **itms.Lease) ([]*itms.Lease, error) {
	return func(last **itms.Lease) ([]*itms.Lease, error) {
		if last != nil {
			q.After = (*last).Address
		}
		return tx.Leases().List(q)
	}
}

// batch reports whether a batch is: one that was made for an area.
func (tx scopedTx) batch(b *itms.Batch) (bool, error) {
	return b.Filter.Area != "" && tx.areas.Hold(b.Filter.Area), nil
}

// within are the areas of a query, narrowed to those of the caller.
func (tx scopedTx) within(asked itms.Areas) itms.Areas {
	if asked == nil {
		return tx.areas
	}
	both := slices.DeleteFunc(slices.Clone(asked), func(area string) bool { return !tx.areas.Hold(area) })
	for _, area := range tx.areas { // and those that what was asked for covers
		if asked.Hold(area) && !both.Hold(area) {
			both = append(both, area)
		}
	}
	return both
}
