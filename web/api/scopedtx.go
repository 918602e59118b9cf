package api

import (
	"net/netip"

	"itms"
)

// The aggregates within some areas. Those that are not here belong to no area, or are
// found by what is.

// Devices implements itms.Tx.
func (tx scopedTx) Devices() itms.Devices { return scopedDevices{tx.Tx.Devices(), tx} }

// Services implements itms.Tx.
func (tx scopedTx) Services() itms.Services { return scopedServices{tx.Tx.Services(), tx} }

// Orders implements itms.Tx.
func (tx scopedTx) Orders() itms.Orders { return scopedOrders{tx.Tx.Orders(), tx} }

// ServiceOrders implements itms.Tx.
func (tx scopedTx) ServiceOrders() itms.ServiceOrders {
	return scopedServiceOrders{tx.Tx.ServiceOrders(), tx}
}

// Tasks implements itms.Tx.
func (tx scopedTx) Tasks() itms.Tasks { return scopedTasks{tx.Tx.Tasks(), tx} }

// Batches implements itms.Tx.
func (tx scopedTx) Batches() itms.Batches { return scopedBatches{tx.Tx.Batches(), tx} }

// Files implements itms.Tx.
func (tx scopedTx) Files() itms.Files { return scopedFiles{tx.Tx.Files(), tx} }

// Traces implements itms.Tx.
func (tx scopedTx) Traces() itms.Traces { return scopedTraces{tx.Tx.Traces(), tx} }

// Leases implements itms.Tx.
func (tx scopedTx) Leases() itms.Leases { return scopedLeases{tx.Tx.Leases(), tx} }

// Journal implements itms.Tx.
func (tx scopedTx) Journal() itms.Journal { return scopedJournal{tx.Tx.Journal(), tx} }

// Outbox implements itms.Tx.
func (tx scopedTx) Outbox() itms.Outbox { return scopedOutbox{tx.Tx.Outbox(), tx} }

// Subscriptions implements itms.Tx.
func (tx scopedTx) Subscriptions() itms.Subscriptions {
	return scopedSubscriptions{tx.Tx.Subscriptions(), tx}
}

// DeadLetters implements itms.Tx.
func (tx scopedTx) DeadLetters() itms.DeadLetters { return scopedDeadLetters{tx.Tx.DeadLetters(), tx} }

// Endings implements itms.Tx.
func (tx scopedTx) Endings() itms.Endings { return scopedEndings{tx.Tx.Endings(), tx} }

type (
	scopedDevices struct {
		itms.Devices
		tx scopedTx
	}
	scopedServices struct {
		itms.Services
		tx scopedTx
	}
	scopedOrders struct {
		itms.Orders
		tx scopedTx
	}
	scopedServiceOrders struct {
		itms.ServiceOrders
		tx scopedTx
	}
	scopedTasks struct {
		itms.Tasks
		tx scopedTx
	}
	scopedBatches struct {
		itms.Batches
		tx scopedTx
	}
	scopedFiles struct {
		itms.Files
		tx scopedTx
	}
	scopedTraces struct {
		itms.Traces
		tx scopedTx
	}
	scopedLeases struct {
		itms.Leases
		tx scopedTx
	}
	scopedJournal struct {
		itms.Journal
		tx scopedTx
	}
	scopedOutbox struct {
		itms.Outbox
		tx scopedTx
	}
	scopedSubscriptions struct {
		itms.Subscriptions
		tx scopedTx
	}
	scopedDeadLetters struct {
		itms.DeadLetters
		tx scopedTx
	}
	scopedEndings struct {
		itms.Endings
		tx scopedTx
	}
)

// Get returns a device of the areas.
func (s scopedDevices) Get(id itms.DeviceID) (*itms.Device, error) {
	d, err := s.Devices.Get(id)
	return seen(d, err, "device", id.String(), func(d *itms.Device) (bool, error) { return s.tx.areas.Hold(d.Area), nil })
}

// List returns devices of the areas.
func (s scopedDevices) List(q itms.DeviceQuery) ([]*itms.Device, error) {
	q.Areas = s.tx.within(q.Areas)
	return s.Devices.List(q)
}

// Params returns a tree of a device of the areas.
func (s scopedDevices) Params(id itms.DeviceID) (*itms.ParamTree, error) {
	if _, err := s.Get(id); err != nil {
		return nil, err
	}
	return s.Devices.Params(id)
}

// ParamPage returns parameters of a device of the areas.
func (s scopedDevices) ParamPage(id itms.DeviceID, q itms.ParamPage) ([]itms.Param, error) {
	if _, err := s.Get(id); err != nil {
		return nil, err
	}
	return s.Devices.ParamPage(id, q)
}

// Changes returns the history of a device of the areas.
func (s scopedDevices) Changes(id itms.DeviceID, q itms.ChangeQuery) ([]itms.ParamChange, error) {
	if _, err := s.Get(id); err != nil {
		return nil, err
	}
	return s.Devices.Changes(id, q)
}

// Sessions returns the sessions of a device of the areas.
func (s scopedDevices) Sessions(id itms.DeviceID, limit int) ([]itms.SessionSummary, error) {
	if _, err := s.Get(id); err != nil {
		return nil, err
	}
	return s.Devices.Sessions(id, limit)
}

// Get returns a service of the areas.
func (s scopedServices) Get(id itms.ServiceID) (*itms.Service, error) {
	svc, err := s.Services.Get(id)
	return seen(svc, err, "service", string(id), func(svc *itms.Service) (bool, error) { return s.tx.areas.Hold(svc.Line.Area), nil })
}

// List returns services of the areas.
func (s scopedServices) List(after itms.ServiceID, limit int) ([]*itms.Service, error) {
	return fillPage(limit, func(last **itms.Service) ([]*itms.Service, error) {
		if last != nil {
			after = (*last).ID
		}
		return s.Services.List(after, limit)
	}, func(svc **itms.Service) (bool, error) { return s.tx.areas.Hold((*svc).Line.Area), nil })
}

// holds reports whether an order lies in the areas.
func (s scopedOrders) holds(o *itms.Order) (bool, error) { return s.tx.areas.Hold(o.Area), nil }

// Get returns an order of the areas.
func (s scopedOrders) Get(id itms.OrderID) (*itms.Order, error) {
	o, err := s.Orders.Get(id)
	return seen(o, err, "order", string(id), s.holds)
}

// ByNumber returns an order of the areas.
func (s scopedOrders) ByNumber(source string, no itms.OrderNo) (*itms.Order, error) {
	o, err := s.Orders.ByNumber(source, no)
	return seen(o, err, "order", string(no), s.holds)
}

// List returns orders of the areas.
func (s scopedOrders) List(q itms.OrderQuery) ([]*itms.Order, error) {
	q.Areas = s.tx.within(q.Areas)
	return s.Orders.List(q)
}

// holds reports whether an order of several items lies in the areas.
func (s scopedServiceOrders) holds(o *itms.ServiceOrder) (bool, error) {
	return s.tx.areas.Hold(o.Area), nil
}

// Get returns an order of the areas.
func (s scopedServiceOrders) Get(id itms.ServiceOrderID) (*itms.ServiceOrder, error) {
	o, err := s.ServiceOrders.Get(id)
	return seen(o, err, "service order", string(id), s.holds)
}

// ByExternalID returns an order of the areas.
func (s scopedServiceOrders) ByExternalID(source, external string) (*itms.ServiceOrder, error) {
	o, err := s.ServiceOrders.ByExternalID(source, external)
	return seen(o, err, "service order", external, s.holds)
}

// List returns orders of the areas.
func (s scopedServiceOrders) List(q itms.ServiceOrderQuery) ([]*itms.ServiceOrder, error) {
	q.Areas = s.tx.within(q.Areas)
	return s.ServiceOrders.List(q)
}

// Count counts orders of the areas.
func (s scopedServiceOrders) Count(q itms.ServiceOrderQuery) (int, error) {
	q.Areas = s.tx.within(q.Areas)
	return s.ServiceOrders.Count(q)
}

// Get returns a task of a device of the areas.
func (s scopedTasks) Get(id itms.TaskID) (*itms.Task, error) {
	t, err := s.Tasks.Get(id)
	return seen(t, err, "task", string(id), s.ofDevice)
}

// ofDevice reports whether the device of a task lies in the areas.
func (s scopedTasks) ofDevice(t *itms.Task) (bool, error) { return s.tx.device(t.Device) }

// OfDevice returns the tasks of a device of the areas.
func (s scopedTasks) OfDevice(id itms.DeviceID, before itms.TaskID, limit int) ([]*itms.Task, error) {
	if there, err := s.tx.device(id); err != nil || !there {
		return nil, err
	}
	return s.Tasks.OfDevice(id, before, limit)
}

// OfBatch returns the tasks of a batch on devices of the areas.
func (s scopedTasks) OfBatch(batch itms.BatchID, state itms.TaskState, before itms.TaskID, limit int) ([]*itms.Task, error) {
	return fillPage(limit, func(last **itms.Task) ([]*itms.Task, error) {
		if last != nil {
			before = (*last).ID
		}
		return s.Tasks.OfBatch(batch, state, before, limit)
	}, see(s.ofDevice))
}

// Get returns a batch of the areas.
func (s scopedBatches) Get(id itms.BatchID) (*itms.Batch, error) {
	b, err := s.Batches.Get(id)
	return seen(b, err, "batch", string(id), s.tx.batch)
}

// List returns batches of the areas.
func (s scopedBatches) List(before itms.BatchID, limit int) ([]*itms.Batch, error) {
	return fillPage(limit, func(last **itms.Batch) ([]*itms.Batch, error) {
		if last != nil {
			before = (*last).ID
		}
		return s.Batches.List(before, limit)
	}, see(s.tx.batch))
}

// Get returns a file that is everybody's, or of a device of the areas.
func (s scopedFiles) Get(id itms.FileID) (*itms.File, error) {
	f, err := s.Files.Get(id)
	return seen(f, err, "file", string(id), s.tx.file)
}

// List returns such files.
func (s scopedFiles) List(q itms.FileQuery) ([]*itms.File, error) {
	return fillPage(q.Limit, func(last **itms.File) ([]*itms.File, error) {
		if last != nil {
			q.Before = (*last).ID
		}
		return s.Files.List(q)
	}, see(s.tx.file))
}

// ofDevice reports whether a trace is of a device of the areas, not of a network.
func (s scopedTraces) ofDevice(t *itms.Trace) (bool, error) { return s.tx.device(t.Device) }

// Get returns a trace of a device of the areas.
func (s scopedTraces) Get(id itms.TraceID) (*itms.Trace, error) {
	t, err := s.Traces.Get(id)
	return seen(t, err, "trace", string(id), s.ofDevice)
}

// List returns traces of devices of the areas.
func (s scopedTraces) List(before itms.TraceID, limit int) ([]*itms.Trace, error) {
	return fillPage(limit, func(last **itms.Trace) ([]*itms.Trace, error) {
		if last != nil {
			before = (*last).ID
		}
		return s.Traces.List(before, limit)
	}, see(s.ofDevice))
}

// Get returns a lease of a device of the areas.
func (s scopedLeases) Get(addr netip.Addr) (*itms.Lease, error) {
	l, err := s.Leases.Get(addr)
	return seen(l, err, "lease", addr.String(), s.tx.lease)
}

// List returns leases of devices of the areas.
func (s scopedLeases) List(q itms.LeaseQuery) ([]*itms.Lease, error) {
	return fillPage(q.Limit, leasePage(s.tx.Tx, q), see(s.tx.lease))
}

// After returns events; those of other areas as their sequence alone.
func (s scopedJournal) After(seq int64, limit int) ([]itms.Event, error) {
	list, err := s.Journal.After(seq, limit)
	for i := range list {
		if err == nil {
			list[i], err = s.tx.event(list[i])
		}
	}
	return list, err
}

// OfDevice returns the events of a device of the areas.
func (s scopedJournal) OfDevice(id itms.DeviceID, before int64, limit int) ([]itms.Event, error) {
	if there, err := s.tx.device(id); err != nil || !there {
		return nil, err
	}
	return s.Journal.OfDevice(id, before, limit)
}

// List returns deliveries of orders of the areas.
func (s scopedOutbox) List(after string, limit int) ([]itms.Delivery, error) {
	return fillPage(limit, func(last *itms.Delivery) ([]itms.Delivery, error) {
		if last != nil {
			after = last.ID
		}
		return s.Outbox.List(after, limit)
	}, func(d *itms.Delivery) (bool, error) { return s.tx.order(itms.OrderID(d.Stream)) })
}

// Count counts the endings of orders of the areas.
func (s scopedEndings) Count(q itms.EndingQuery) ([]itms.EndingCount, error) {
	q.Areas = s.tx.within(q.Areas)
	return s.Endings.Count(q)
}

// holds reports whether a subscription is told of the areas alone.
func (s scopedSubscriptions) holds(sub *itms.Subscription) (bool, error) {
	return s.tx.areas.Covers(sub.Areas), nil
}

// Get returns a subscription to the areas.
func (s scopedSubscriptions) Get(id itms.SubscriptionID) (*itms.Subscription, error) {
	sub, err := s.Subscriptions.Get(id)
	return seen(sub, err, "subscription", string(id), s.holds)
}

// List returns subscriptions to the areas.
func (s scopedSubscriptions) List(after itms.SubscriptionID, limit int) ([]*itms.Subscription, error) {
	return fillPage(limit, func(last **itms.Subscription) ([]*itms.Subscription, error) {
		if last != nil {
			after = (*last).ID
		}
		return s.Subscriptions.List(after, limit)
	}, see(s.holds))
}

// List returns letters of a subscription to the areas.
func (s scopedDeadLetters) List(sub itms.SubscriptionID, before string, limit int) ([]*itms.DeadLetter, error) {
	if _, err := s.tx.Subscriptions().Get(sub); err != nil {
		return nil, err
	}
	return s.DeadLetters.List(sub, before, limit)
}

// Get returns a letter of a subscription to the areas.
func (s scopedDeadLetters) Get(sub itms.SubscriptionID, id string) (*itms.DeadLetter, error) {
	if _, err := s.tx.Subscriptions().Get(sub); err != nil {
		return nil, err
	}
	return s.DeadLetters.Get(sub, id)
}
