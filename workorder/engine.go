package workorder

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"itms"
)

// Options are the parts an Engine is made of; all but Waker, Knowledge, Logger
// and Metrics are required.
type Options struct {
	Store  itms.Store
	Vault  Vault
	Models Models
	Policy Policy
	Waker  Waker
	// Knowledge is what data models say; nil = names alone are gone by.
	Knowledge Knowledge
	Clock     func() time.Time // nil = time.Now
	Logger    zerolog.Logger
	Metrics   *Metrics // nil = counted nowhere
}

// Engine runs the domain. It holds no state but its parts: everything durable is
// in the store, so any number of engines may share one.
type Engine struct {
	store     itms.Store
	vault     Vault
	models    Models
	policy    Policy
	waker     Waker
	clock     func() time.Time
	log       zerolog.Logger
	metrics   *Metrics
	knowledge Knowledge
	id        string // of this process, among others on the store
	filesAt   string // see SetFilesURL
	formats   map[itms.EventFormat]Formatter
}

// New makes an Engine.
func New(o Options) *Engine {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Waker == nil {
		o.Waker = noWaker{}
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Knowledge == nil {
		o.Knowledge = noKnowledge{}
	}
	return &Engine{o.Store, o.Vault, o.Models, o.Policy, o.Waker, o.Clock, o.Logger, o.Metrics, o.Knowledge, itms.NewID(o.Clock()), "",
		map[itms.EventFormat]Formatter{itms.FormatCloudEvents: cloudEvents{}}}
}

// SetWaker names the waker once it exists; the door that wakes devices needs the
// Engine first. Call it before serving.
func (e *Engine) SetWaker(w Waker) { e.waker = w }

// now is the time in stored precision.
func (e *Engine) now() time.Time { return itms.Timestamp(e.clock()) }

// noWaker leaves everything to the next Inform.
type noWaker struct{}

func (noWaker) Wake(itms.DeviceID) {}

// effects collects what must happen after a commit. Since a transaction function
// may run again, it is reset at the start of each run.
type effects struct {
	wake []itms.DeviceID
}

// update runs fn in one transaction and then its effects.
func (e *Engine) update(ctx context.Context, fn func(*work) error) error {
	var fx effects
	err := e.store.Update(ctx, func(tx itms.Tx) error {
		fx = effects{}
		w := &work{Engine: e, tx: tx, now: e.now(), fx: &fx, lights: map[itms.DeviceID]itms.LightLevel{}}
		var access accessWatch
		if e.policy.Access.Notify {
			w.tx = access.watch(tx)
		}
		if len(e.policy.Neighbours) > 0 {
			w.tx = notingTx{w.tx, &w.touched}
		}
		if err := fn(w); err != nil {
			return err
		}
		if err := w.tendServiceOrders(); err != nil {
			return err
		}
		if err := errors.Join(w.tellNeighbours(), w.tellAccess(&access)); err != nil {
			return err
		}
		if err := w.placeAll(); err != nil {
			return err
		}
		return w.tellLights()
	})
	if err != nil {
		return err
	}
	for _, id := range fx.wake {
		if !id.IsCable() { // those come by themselves, and nobody else
			e.waker.Wake(id)
		}
	}
	return nil
}

// view runs fn in one read-only transaction.
func (e *Engine) view(ctx context.Context, fn func(*work) error) error {
	return e.store.View(ctx, func(tx itms.Tx) error {
		return fn(&work{Engine: e, tx: tx, now: e.now(), fx: &effects{}})
	})
}

// work is the Engine within one transaction, at one instant.
type work struct {
	*Engine
	tx  itms.Tx
	now time.Time
	fx  *effects
	// devices are those read so far. One order's end may start another that acts on
	// the device at hand: both must see the same record.
	devices map[itms.DeviceID]*itms.Device
	trees   map[itms.DeviceID]*itms.ParamTree // likewise
	changes map[*itms.ParamTree]*changes      // of each, not stored yet
	// lights are those of the devices as they were read, stored the devices that were
	// written; the former is nil where nothing is written.
	lights map[itms.DeviceID]itms.LightLevel
	stored map[itms.DeviceID]*itms.Device
	// arriving is the order that is being submitted and not stored yet; see takeIn.
	arriving *itms.Order
	// parts are the service orders that something happened to; nil where nothing did.
	parts map[itms.ServiceOrderID]*part
	// touched are the services that neighbours may have to be told of.
	touched []itms.ServiceID
	// unplaced are the devices whose area may be another now.
	unplaced unplaced
}

// device returns the one record of a device in this transaction, or KindNotFound.
func (w *work) device(id itms.DeviceID) (*itms.Device, error) {
	if d, ok := w.devices[id]; ok {
		return d, nil
	}
	d, err := w.tx.Devices().Get(id)
	if err != nil {
		return nil, err
	}
	w.hold(d)
	if w.lights != nil {
		w.lights[id] = d.Light()
	}
	return d, nil
}

// hold makes d the record of its device in this transaction.
func (w *work) hold(d *itms.Device) {
	if w.devices == nil {
		w.devices = map[itms.DeviceID]*itms.Device{}
	}
	w.devices[d.ID] = d
}

// params returns the one parameter tree of a device in this transaction.
func (w *work) params(id itms.DeviceID) (*itms.ParamTree, error) {
	if tree, ok := w.trees[id]; ok {
		return tree, nil
	}
	tree, err := w.tx.Devices().Params(id)
	if err != nil {
		return nil, err
	}
	if w.trees == nil {
		w.trees = map[itms.DeviceID]*itms.ParamTree{}
	}
	w.trees[id] = tree
	return tree, nil
}
