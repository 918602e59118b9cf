package api

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"itms"
)

// fakeCode is the activation code that fakeOrders issues and takes.
const fakeCode itms.CodeDigits = "12345678903"

// note remembers a call.
func (f *fakeOrders) note(words ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notes = append(f.notes, strings.TrimSpace(fmt.Sprintln(words...)))
}

// change rewrites a stored order.
func (f *fakeOrders) change(ctx context.Context, id itms.OrderID, fn func(*itms.Order) error) (o *itms.Order, err error) {
	if f.fail != nil {
		return nil, f.fail
	}
	err = f.store.Update(ctx, func(tx itms.Tx) error {
		if o, err = tx.Orders().Get(id); err != nil {
			return err
		}
		if err = fn(o); err != nil {
			return err
		}
		return tx.Orders().Put(o)
	})
	return o, err
}

// end moves an order that has not ended.
func end(to itms.OrderState, reason, actor string) func(*itms.Order) error {
	return func(o *itms.Order) error {
		if o.State == to {
			return nil
		}
		if o.State.Final() {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s is %s", o.No, o.State)
		}
		o.State, o.Reason = to, reason
		o.History = append(o.History, itms.Step{State: to, At: testTime, Reason: reason, Actor: actor})
		return nil
	}
}

func (f *fakeOrders) Cancel(ctx context.Context, actor string, id itms.OrderID, reason string) (*itms.Order, error) {
	return f.change(ctx, id, end(itms.OrderCancelled, reason, actor))
}

func (f *fakeOrders) Bury(_ context.Context, actor, source string, no itms.OrderNo) error {
	f.note("bury", actor, source, no)
	if f.overtaken != nil {
		f.overtaken()
		return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "order %s has arrived meanwhile", no)
	}
	return f.fail
}

func (f *fakeOrders) Backfill(ctx context.Context, actor string, id itms.OrderID, c itms.ClaimText) (*itms.Order, error) {
	f.note("backfill", actor, c.STBID, c.MAC, c.Serial)
	return f.change(ctx, id, func(o *itms.Order) error {
		mac, err := itms.ParseMAC(c.MAC)
		if err != nil {
			return err
		}
		o.Claim = itms.DeviceClaim{MAC: mac}
		return nil
	})
}

func (f *fakeOrders) Reissue(ctx context.Context, actor string, id itms.OrderID) (*itms.Order, error) {
	o, err := f.change(ctx, id, func(*itms.Order) error { return nil })
	if err == nil {
		o.Code = fakeCode
	}
	return o, err
}

func (f *fakeOrders) Force(ctx context.Context, actor string, id itms.OrderID, reason string) (*itms.Order, error) {
	return f.change(ctx, id, func(o *itms.Order) error {
		o.Touched = true
		return end(itms.OrderDone, reason, actor)(o)
	})
}

func (f *fakeOrders) Reverse(ctx context.Context, actor string, id itms.OrderID, no string) (*itms.Order, bool, error) {
	old, err := f.change(ctx, id, func(o *itms.Order) error {
		if o.State != itms.OrderDone {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s is %s; only a done one is reversed", o.No, o.State)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	if _, err := itms.ParseOrderNo(no); err != nil {
		return nil, false, err
	}
	req := old.Request
	req.OrderNo, req.Kind = no, itms.KindTerminate
	return f.Submit(ctx, actor, req)
}

func (f *fakeOrders) Activate(ctx context.Context, actor string, r itms.ActivationRequest) (*itms.Order, error) {
	f.note("activate", actor, r.STBID, r.MAC, r.Source)
	if f.fail != nil {
		return nil, f.fail
	}
	code, err := itms.ParseCodeDigits(r.Code)
	if err != nil {
		return nil, err
	}
	if code != fakeCode {
		return nil, itms.Errorf(itms.KindNotFound, itms.CodeUnknown, "no order has this activation code")
	}
	return f.change(ctx, itms.OrderID(testID(1)), func(o *itms.Order) error {
		o.State, o.Way = itms.OrderExecuting, itms.ByPhone
		return nil
	})
}

func (f *fakeOrders) Explain(ctx context.Context, id itms.OrderID) (*itms.Diagnosis, error) {
	if f.fail != nil {
		return nil, f.fail
	}
	return f.diagnosis, nil
}

// fakeDevices changes devices in the store.
type fakeDevices struct {
	store itms.Store

	mu        sync.Mutex // guards what follows
	notes     []string
	diagnosis *itms.Diagnosis
	fail      error
}

// note remembers a call.
func (f *fakeDevices) note(words ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notes = append(f.notes, strings.TrimSpace(fmt.Sprintln(words...)))
}

// change rewrites a stored device.
func (f *fakeDevices) change(ctx context.Context, id itms.DeviceID, fn func(*itms.Device)) (d *itms.Device, err error) {
	if f.fail != nil {
		return nil, f.fail
	}
	err = f.store.Update(ctx, func(tx itms.Tx) error {
		if d, err = tx.Devices().Get(id); err != nil {
			return err
		}
		fn(d)
		return tx.Devices().Put(d)
	})
	return d, err
}

func (f *fakeDevices) Block(ctx context.Context, actor string, id itms.DeviceID, blocked bool) (*itms.Device, error) {
	return f.change(ctx, id, func(d *itms.Device) { d.Blocked = blocked })
}

func (f *fakeDevices) Bind(ctx context.Context, actor string, id itms.DeviceID, r itms.BindRequest) (*itms.Device, error) {
	if (r.Order == "") == (r.Service == "") {
		return nil, itms.Invalid("/orderNo", "expected one of orderNo and serviceId")
	}
	f.note("bind", actor, id, "order="+string(r.Order), "service="+string(r.Service), r.Force, r.Reason)
	return f.change(ctx, id, func(d *itms.Device) { d.State = itms.DeviceConfiguring })
}

func (f *fakeDevices) Unbind(ctx context.Context, actor string, id itms.DeviceID, reason string) (*itms.Device, error) {
	f.note("unbind", actor, id, reason)
	return f.change(ctx, id, func(d *itms.Device) { d.State, d.Wipe = itms.DeviceWipePending, "b-1" })
}

func (f *fakeDevices) Unlock(ctx context.Context, actor string, id itms.DeviceID) (*itms.Device, error) {
	f.note("unlock", actor, id)
	return f.change(ctx, id, func(d *itms.Device) { d.Guesses = itms.Guesses{} })
}

func (f *fakeDevices) ExplainDevice(context.Context, itms.DeviceID) (*itms.Diagnosis, error) {
	return f.diagnosis, f.fail
}

func (f *fakeDevices) Sight(_ context.Context, actor string, mac itms.MAC, s itms.Sighting) error {
	f.note("sight", actor, mac, fmt.Sprintf("%+v", s))
	return f.fail
}

// fakeTasks keeps tasks in the store.
type fakeTasks struct {
	store itms.Store

	mu sync.Mutex // guards n
	n  int

	last      itms.TaskRequest // that was asked for last
	lastBatch itms.BatchRequest
	fail      error
}

// next numbers a task.
func (f *fakeTasks) next() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	return f.n
}

func (f *fakeTasks) CreateTask(ctx context.Context, actor string, device itms.DeviceID, req itms.TaskRequest) (*itms.Task, error) {
	task := queuedTask(f.next(), device)
	task.Actor, task.Kind, task.Spec = actor, req.Kind, req.Spec
	f.last = req
	if f.fail != nil {
		return nil, f.fail
	}
	return task, f.store.Update(ctx, func(tx itms.Tx) error { return tx.Tasks().Insert(task) })
}

func (f *fakeTasks) CancelTask(ctx context.Context, actor string, id itms.TaskID) (t *itms.Task, err error) {
	err = f.store.Update(ctx, func(tx itms.Tx) error {
		if t, err = tx.Tasks().Get(id); err != nil {
			return err
		}
		if t.State.Final() {
			return itms.Errorf(itms.KindConflict, itms.CodeTaskState, "the task is %s already", t.State)
		}
		t.State, t.Reason = itms.TaskCancelled, "by "+actor
		return tx.Tasks().Put(t)
	})
	return t, err
}

func (f *fakeTasks) CreateBatch(ctx context.Context, actor string, req itms.BatchRequest) (*itms.Batch, error) {
	f.lastBatch = req
	if f.fail != nil {
		return nil, f.fail
	}
	b := &itms.Batch{ID: itms.BatchID(testID(f.next())), State: itms.BatchRunning, Actor: actor, Kind: req.Task.Kind, Filter: req.Filter,
		Concurrency: req.Concurrency, Note: req.Note, CreatedAt: testTime, UpdatedAt: testTime}
	return b, f.store.Update(ctx, func(tx itms.Tx) error { return tx.Batches().Insert(b) })
}

func (f *fakeTasks) CancelBatch(ctx context.Context, actor string, id itms.BatchID) (b *itms.Batch, err error) {
	err = f.store.Update(ctx, func(tx itms.Tx) error {
		if b, err = tx.Batches().Get(id); err != nil {
			return err
		}
		b.State, b.Reason = itms.BatchCancelled, "by "+actor
		return tx.Batches().Put(b)
	})
	return b, err
}

// queuedTask is the nth task.
func queuedTask(n int, device itms.DeviceID) *itms.Task {
	at := testTime.Add(time.Duration(n) * time.Second)
	return &itms.Task{ID: itms.TaskID(testID(n)), Device: device, Kind: itms.TaskRecover, State: itms.TaskQueued, Actor: "ops",
		CreatedAt: at, UpdatedAt: at, TaskTerms: itms.TaskTerms{ExpiresAt: at.Add(time.Hour)}}
}

// fakeStock keeps items in the store.
type fakeStock struct {
	store itms.Store

	mu    sync.Mutex // guards what follows
	items []itms.StockItem
	wrong []itms.FieldError // what ImportStock complains of
	fail  error
}

func (f *fakeStock) ImportStock(ctx context.Context, actor string, items []itms.StockItem) (itms.StockImport, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.items = items
	if f.fail != nil || f.wrong != nil {
		return itms.StockImport{Wrong: f.wrong}, f.fail
	}
	return itms.StockImport{Added: len(items)}, f.store.Update(ctx, func(tx itms.Tx) error {
		for i := range items {
			item := items[i]
			item.CreatedAt, item.UpdatedAt = testTime, testTime
			if err := tx.Stock().Put(&item); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *fakeStock) SetStock(ctx context.Context, actor string, mac itms.MAC, state itms.StockState, note string) (item *itms.StockItem, err error) {
	err = f.store.Update(ctx, func(tx itms.Tx) error {
		if item, err = tx.Stock().Get(mac); err != nil {
			return err
		}
		if item.State == itms.StockInUse {
			return itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "%s is in use", mac)
		}
		item.State, item.Note = state, note
		return tx.Stock().Put(item)
	})
	return item, err
}

func (f *fakeStock) CheckSTBID(ctx context.Context, text string) (check itms.StockCheck, err error) {
	if f.fail != nil {
		return check, f.fail
	}
	if check.STBID, err = itms.ParseSTBID(text); err == nil {
		check.MAC = check.STBID.MAC()
	} else if check.MAC, err = itms.ParseMAC(text); err != nil {
		return check, err
	}
	check.Why = "the warehouse does not know it"
	err = f.store.View(ctx, func(tx itms.Tx) error {
		item, err := tx.Stock().Get(check.MAC)
		if itms.IsKind(err, itms.KindNotFound) {
			return nil
		}
		check.Item, check.Free, check.Why = item, item.State == itms.StockInStock, "it is "+string(item.State)
		return err
	})
	return check, err
}
