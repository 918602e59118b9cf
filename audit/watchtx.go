package audit

import (
	"net/netip"

	"itms"
)

// watchedTx is a transaction whose writes are taken down. What is not here is no thing of
// a caller: indexes, alarms, deliveries, sessions.
type watchedTx struct {
	itms.Tx
	w *watch
}

// Devices implements itms.Tx.
func (tx *watchedTx) Devices() itms.Devices { return watchedDevices{tx.Tx.Devices(), tx.w} }

// Services implements itms.Tx.
func (tx *watchedTx) Services() itms.Services { return watchedServices{tx.Tx.Services(), tx.w} }

// Bindings implements itms.Tx.
func (tx *watchedTx) Bindings() itms.Bindings { return watchedBindings{tx.Tx.Bindings(), tx.w} }

// Orders implements itms.Tx.
func (tx *watchedTx) Orders() itms.Orders { return watchedOrders{tx.Tx.Orders(), tx.w} }

// ServiceOrders implements itms.Tx.
func (tx *watchedTx) ServiceOrders() itms.ServiceOrders {
	return watchedServiceOrders{tx.Tx.ServiceOrders(), tx.w}
}

// Stock implements itms.Tx.
func (tx *watchedTx) Stock() itms.Stock { return watchedStock{tx.Tx.Stock(), tx.w} }

// Tasks implements itms.Tx.
func (tx *watchedTx) Tasks() itms.Tasks { return watchedTasks{tx.Tx.Tasks(), tx.w} }

// Batches implements itms.Tx.
func (tx *watchedTx) Batches() itms.Batches { return watchedBatches{tx.Tx.Batches(), tx.w} }

// Files implements itms.Tx.
func (tx *watchedTx) Files() itms.Files { return watchedFiles{tx.Tx.Files(), tx.w} }

// Traces implements itms.Tx.
func (tx *watchedTx) Traces() itms.Traces { return watchedTraces{tx.Tx.Traces(), tx.w} }

// Tokens implements itms.Tx.
func (tx *watchedTx) Tokens() itms.Tokens { return watchedTokens{tx.Tx.Tokens(), tx.w} }

// Users implements itms.Tx.
func (tx *watchedTx) Users() itms.Users { return watchedUsers{tx.Tx.Users(), tx.w} }

// Leases implements itms.Tx.
func (tx *watchedTx) Leases() itms.Leases { return watchedLeases{tx.Tx.Leases(), tx.w} }

// Subscriptions implements itms.Tx.
func (tx *watchedTx) Subscriptions() itms.Subscriptions {
	return watchedSubscriptions{tx.Tx.Subscriptions(), tx.w}
}

// Journal implements itms.Tx.
func (tx *watchedTx) Journal() itms.Journal { return watchedJournal{tx.Tx.Journal(), tx.w} }

type (
	watchedDevices struct {
		itms.Devices
		w *watch
	}
	watchedServices struct {
		itms.Services
		w *watch
	}
	watchedBindings struct {
		itms.Bindings
		w *watch
	}
	watchedOrders struct {
		itms.Orders
		w *watch
	}
	watchedServiceOrders struct {
		itms.ServiceOrders
		w *watch
	}
	watchedStock struct {
		itms.Stock
		w *watch
	}
	watchedTasks struct {
		itms.Tasks
		w *watch
	}
	watchedBatches struct {
		itms.Batches
		w *watch
	}
	watchedFiles struct {
		itms.Files
		w *watch
	}
	watchedTraces struct {
		itms.Traces
		w *watch
	}
	watchedTokens struct {
		itms.Tokens
		w *watch
	}
	watchedUsers struct {
		itms.Users
		w *watch
	}
	watchedLeases struct {
		itms.Leases
		w *watch
	}
	watchedSubscriptions struct {
		itms.Subscriptions
		w *watch
	}
	watchedJournal struct {
		itms.Journal
		w *watch
	}
)

// was reads a thing as it is stored, for what it was before.
func was[T any](read func() (*T, error), of func(*T) facts) func() (facts, error) {
	return func() (facts, error) {
		v, err := read()
		if err != nil {
			return nil, err
		}
		return of(v), nil
	}
}

// fresh is what a new thing was before.
func fresh() (facts, error) { return nil, nil }

// Put implements itms.Devices.
func (s watchedDevices) Put(d *itms.Device) error {
	before := was(func() (*itms.Device, error) { return s.Get(d.ID) }, deviceFacts)
	if err := s.w.note("device", d.ID.String(), before, deviceFacts(d)); err != nil {
		return err
	}
	return s.Devices.Put(d)
}

// Put implements itms.Services.
func (s watchedServices) Put(svc *itms.Service) error {
	before := was(func() (*itms.Service, error) { return s.Get(svc.ID) }, serviceFacts)
	if err := s.w.note("service", string(svc.ID), before, serviceFacts(svc)); err != nil {
		return err
	}
	return s.Services.Put(svc)
}

// Put implements itms.Bindings.
func (s watchedBindings) Put(b *itms.Binding) error {
	before := was(func() (*itms.Binding, error) { return s.Get(b.ID) }, bindingFacts)
	if err := s.w.note(itms.BindingTarget, string(b.ID), before, bindingFacts(b)); err != nil {
		return err
	}
	return s.Bindings.Put(b)
}

// Insert implements itms.Orders.
func (s watchedOrders) Insert(o *itms.Order) error {
	if err := s.Orders.Insert(o); err != nil {
		return err
	}
	return s.w.note("order", string(o.No), fresh, orderFacts(o))
}

// Put implements itms.Orders.
func (s watchedOrders) Put(o *itms.Order) error {
	before := was(func() (*itms.Order, error) { return s.Get(o.ID) }, orderFacts)
	if err := s.w.note("order", string(o.No), before, orderFacts(o)); err != nil {
		return err
	}
	return s.Orders.Put(o)
}

// Insert implements itms.ServiceOrders.
func (s watchedServiceOrders) Insert(o *itms.ServiceOrder) error {
	if err := s.ServiceOrders.Insert(o); err != nil {
		return err
	}
	return s.w.note("serviceOrder", string(o.ID), fresh, serviceOrderFacts(o))
}

// Put implements itms.ServiceOrders.
func (s watchedServiceOrders) Put(o *itms.ServiceOrder) error {
	before := was(func() (*itms.ServiceOrder, error) { return s.Get(o.ID) }, serviceOrderFacts)
	if err := s.w.note("serviceOrder", string(o.ID), before, serviceOrderFacts(o)); err != nil {
		return err
	}
	return s.ServiceOrders.Put(o)
}

// Delete implements itms.ServiceOrders.
func (s watchedServiceOrders) Delete(id itms.ServiceOrderID) error {
	before := was(func() (*itms.ServiceOrder, error) { return s.Get(id) }, serviceOrderFacts)
	if err := s.w.note("serviceOrder", string(id), before, nil); err != nil {
		return err
	}
	return s.ServiceOrders.Delete(id)
}

// Put implements itms.Stock.
func (s watchedStock) Put(i *itms.StockItem) error {
	before := was(func() (*itms.StockItem, error) { return s.Get(i.MAC) }, stockFacts)
	if err := s.w.note("stock", i.MAC.String(), before, stockFacts(i)); err != nil {
		return err
	}
	return s.Stock.Put(i)
}

// Insert implements itms.Tasks.
func (s watchedTasks) Insert(t *itms.Task) error {
	if err := s.Tasks.Insert(t); err != nil {
		return err
	}
	return s.w.note("task", string(t.ID), fresh, taskFacts(t))
}

// Put implements itms.Tasks.
func (s watchedTasks) Put(t *itms.Task) error {
	before := was(func() (*itms.Task, error) { return s.Get(t.ID) }, taskFacts)
	if err := s.w.note("task", string(t.ID), before, taskFacts(t)); err != nil {
		return err
	}
	return s.Tasks.Put(t)
}

// Insert implements itms.Batches.
func (s watchedBatches) Insert(b *itms.Batch) error {
	if err := s.Batches.Insert(b); err != nil {
		return err
	}
	return s.w.note("batch", string(b.ID), fresh, batchFacts(b))
}

// Put implements itms.Batches.
func (s watchedBatches) Put(b *itms.Batch) error {
	before := was(func() (*itms.Batch, error) { return s.Get(b.ID) }, batchFacts)
	if err := s.w.note("batch", string(b.ID), before, batchFacts(b)); err != nil {
		return err
	}
	return s.Batches.Put(b)
}

// Insert implements itms.Files.
func (s watchedFiles) Insert(f *itms.File) error {
	if err := s.Files.Insert(f); err != nil {
		return err
	}
	return s.w.note("file", string(f.ID), fresh, fileFacts(f))
}

// Put implements itms.Files.
func (s watchedFiles) Put(f *itms.File) error {
	before := was(func() (*itms.File, error) { return s.Get(f.ID) }, fileFacts)
	if err := s.w.note("file", string(f.ID), before, fileFacts(f)); err != nil {
		return err
	}
	return s.Files.Put(f)
}

// Delete implements itms.Files.
func (s watchedFiles) Delete(id itms.FileID) error {
	if err := s.w.note("file", string(id), was(func() (*itms.File, error) { return s.Get(id) }, fileFacts), nil); err != nil {
		return err
	}
	return s.Files.Delete(id)
}

// Put implements itms.Traces.
func (s watchedTraces) Put(t *itms.Trace) error {
	before := was(func() (*itms.Trace, error) { return s.Get(t.ID) }, traceFacts)
	if err := s.w.note("trace", string(t.ID), before, traceFacts(t)); err != nil {
		return err
	}
	return s.Traces.Put(t)
}

// Delete implements itms.Traces.
func (s watchedTraces) Delete(id itms.TraceID) error {
	if err := s.w.note("trace", string(id), was(func() (*itms.Trace, error) { return s.Get(id) }, traceFacts), nil); err != nil {
		return err
	}
	return s.Traces.Delete(id)
}

// Put implements itms.Subscriptions.
func (s watchedSubscriptions) Put(sub *itms.Subscription) error {
	before := was(func() (*itms.Subscription, error) { return s.Get(sub.ID) }, subscriptionFacts)
	if err := s.w.note("subscription", string(sub.ID), before, subscriptionFacts(sub)); err != nil {
		return err
	}
	return s.Subscriptions.Put(sub)
}

// Delete implements itms.Subscriptions.
func (s watchedSubscriptions) Delete(id itms.SubscriptionID) error {
	before := was(func() (*itms.Subscription, error) { return s.Get(id) }, subscriptionFacts)
	if err := s.w.note("subscription", string(id), before, nil); err != nil {
		return err
	}
	return s.Subscriptions.Delete(id)
}

// Put implements itms.Tokens.
func (s watchedTokens) Put(t *itms.Token) error {
	before := was(func() (*itms.Token, error) { return s.Get(t.Hash) }, tokenFacts)
	if err := s.w.note("token", t.ID(), before, tokenFacts(t)); err != nil {
		return err
	}
	return s.Tokens.Put(t)
}

// Delete implements itms.Tokens.
func (s watchedTokens) Delete(hash string) error {
	id := (&itms.Token{Hash: hash}).ID()
	if err := s.w.note("token", id, was(func() (*itms.Token, error) { return s.Get(hash) }, tokenFacts), nil); err != nil {
		return err
	}
	return s.Tokens.Delete(hash)
}

// Insert implements itms.Users.
func (s watchedUsers) Insert(u *itms.User) error {
	if err := s.Users.Insert(u); err != nil {
		return err
	}
	return s.w.note("user", u.Name, fresh, userFacts(u))
}

// Put implements itms.Users.
func (s watchedUsers) Put(u *itms.User) error {
	before := was(func() (*itms.User, error) { return s.Get(u.Name) }, userFacts)
	if err := s.w.note("user", u.Name, before, userFacts(u)); err != nil {
		return err
	}
	return s.Users.Put(u)
}

// Delete implements itms.Users.
func (s watchedUsers) Delete(name string) error {
	if err := s.w.note("user", name, was(func() (*itms.User, error) { return s.Get(name) }, userFacts), nil); err != nil {
		return err
	}
	return s.Users.Delete(name)
}

// Put implements itms.Leases.
func (s watchedLeases) Put(l *itms.Lease) error {
	before := was(func() (*itms.Lease, error) { return s.Get(l.Address) }, leaseFacts)
	if err := s.w.note("lease", l.Address.String(), before, leaseFacts(l)); err != nil {
		return err
	}
	return s.Leases.Put(l)
}

// Delete implements itms.Leases.
func (s watchedLeases) Delete(addr netip.Addr) error {
	if err := s.w.note("lease", addr.String(), was(func() (*itms.Lease, error) { return s.Get(addr) }, leaseFacts), nil); err != nil {
		return err
	}
	return s.Leases.Delete(addr)
}

// Append implements itms.Journal: that something was done is an act too, although no
// record of it changes. The device that it was done to is told of.
func (s watchedJournal) Append(e *itms.Event) error {
	s.w.wrote = true
	target := itms.AuditTarget{Kind: "device", ID: e.Device.String()}
	if !e.Device.IsZero() && s.w.known[target] == nil && len(s.w.list) < maxChanges {
		s.w.mention(target)
	}
	return s.Journal.Append(e)
}
