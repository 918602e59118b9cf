package itms

import (
	"context"
	"net/netip"
	"time"
)

// Store is the storage contract. Every engine passes the suite in store/storetest.
//
// Times are kept in UTC with microsecond precision. Keys are valid UTF-8 without
// NUL and ordered bytewise. Values that a Tx returned stay valid after it ended and
// belong to the caller.
type Store interface {
	// View runs fn in a read-only, consistent snapshot. Writes inside fail with
	// CodeReadOnly.
	View(ctx context.Context, fn func(Tx) error) error

	// Update runs fn and commits durably when fn returns nil; it returns fn's error
	// otherwise, with nothing written. fn may run more than once (a serialization
	// retry, a grouped commit): it must have no effect outside tx, and must not open
	// another transaction. A method that returns a KindConflict error leaves tx
	// usable. Update obeys ctx while it waits.
	Update(ctx context.Context, fn func(Tx) error) error

	// Contacted notes that a session ended. It costs no durable write of its own:
	// notes are coalesced per device and flushed together, soon and on Close. What
	// was noted is visible to View of this process at once. Unknown devices are
	// ignored at the flush.
	Contacted(s SessionSummary)

	// Wake returns a channel that receives a hint, at most one pending, whenever a
	// commit (of any node) touched the topic. It is closed when ctx ends.
	Wake(ctx context.Context, topic Topic) <-chan struct{}

	// Close flushes and closes. Calls after it fail with KindUnavailable.
	Close() error
}

// Tx gives the aggregates within one transaction.
type Tx interface {
	Devices() Devices
	Services() Services
	Bindings() Bindings
	Orders() Orders
	ServiceOrders() ServiceOrders
	Activations() Activations
	Stock() Stock
	Tasks() Tasks
	Batches() Batches
	Files() Files
	Transfers() Transfers
	Endings() Endings
	Journal() Journal
	Outbox() Outbox
	Agenda() Agenda
	Tokens() Tokens
	Users() Users
	SignIns() SignIns
	Audit() Audit
	Settings() Settings
	Traces() Traces
	Leases() Leases
	Replies() Replies
	Subscriptions() Subscriptions
	DeadLetters() DeadLetters
	AccessSessions() AccessSessions
	// Find returns at most limit things known by an exact term, ordered by kind,
	// then key.
	Find(term Term, limit int) ([]Ref, error)
	// FindPrefix returns at most limit things known by terms of a type whose values begin
	// with the term's, ordered by value, kind, then key. One that several such terms lead
	// to comes several times.
	FindPrefix(term Term, limit int) ([]Ref, error)
	// Foresee tells what will be asked for soon. It is a hint: an engine that pays for
	// each question asks for all of it at once. What goes wrong is told by the call
	// that asks.
	Foresee(f Foresight)
}

// Foresight is what a transaction will most likely ask for.
type Foresight struct {
	Service  ServiceID // with its bindings and its orders that are not over; "" = none
	Terms    []Term    // what they find
	Kinds    []RefKind // of the things found that will be read
	Stock    []MAC
	Settings []string
	Device   DeviceID // with the binding in force, its service and the orders of both
	Params   bool     // of that device
	// Leases by address, client key, or the modem that clients are behind: for a batch of
	// DHCP messages.
	Leases  []netip.Addr
	Clients []string
	Modems  []MAC
}

// Devices holds CPE records, their parameter trees and session histories.
type Devices interface {
	// Get returns the device or KindNotFound.
	Get(id DeviceID) (*Device, error)
	// Put inserts or replaces the record and its terms.
	Put(d *Device) error
	// List returns devices with id text > after, ordered by it. What it reads grows with
	// the page, not with the fleet.
	List(q DeviceQuery) ([]*Device, error)
	// Count counts devices. It reads something of each: whoever asks often keeps the
	// answer.
	Count(q DeviceCount) (DeviceCounts, error)
	// Params returns the stored tree; an empty one when there is none. Nothing of it is
	// unpacked before it is looked at.
	Params(id DeviceID) (*ParamTree, error)
	// ParamPage returns a page of the stored parameters. It reads little more than the
	// page holds.
	ParamPage(id DeviceID, q ParamPage) ([]Param, error)
	// PutParams replaces the tree, and writes what differs from the stored one only. The
	// device must exist.
	PutParams(id DeviceID, t *ParamTree) error
	// AppendChanges adds changed values to the device's history, of which the newest
	// KeepChanges stay. They are all newer than what is there, or as new. The device must
	// exist.
	AppendChanges(id DeviceID, changes []ParamChange) error
	// Changes returns a page of that history, newest first; of AppendChanges' own order
	// within one call.
	Changes(id DeviceID, q ChangeQuery) ([]ParamChange, error)
	// Sessions returns the newest eventful sessions, newest first.
	Sessions(id DeviceID, limit int) ([]SessionSummary, error)
}

// KeepSessions is how many eventful sessions a device keeps.
const KeepSessions = 50

// DeviceQuery selects a page of devices.
type DeviceQuery struct {
	State  DeviceState // "" = any
	Model  string      // "" = any
	Vendor string      // manufacturer; "" = any
	Light  LightLevel  // as Device.Light tells it; "" = any
	Areas  Areas       // only of these; nil = any
	After  string      // id text; "" = from the start
	Limit  int         // at most this many
}

// DeviceCount says what to count.
type DeviceCount struct {
	Areas       Areas     // only devices of these; nil = any
	SilentSince time.Time // devices whose last contact was before; zero = these are not counted
}

// DeviceCounts is how many devices there are. What cannot be a key (CheckKey) counts as
// empty.
type DeviceCounts struct {
	Total   int
	States  map[DeviceState]int
	Lights  map[LightLevel]int
	Vendors map[string]int // by manufacturer
	Models  map[string]int
	// Silent counts those that should come by themselves, by their light (ok, busy, waiting
	// or attention), and were in contact last before SilentSince. Contacts that were not
	// flushed yet may be missed.
	Silent int
}

// Services holds service slots.
type Services interface {
	// Get returns the service or KindNotFound.
	Get(id ServiceID) (*Service, error)
	// Put inserts or replaces the service and its terms.
	Put(s *Service) error
	// List returns services with ID > after ("" = from the start), ordered by it. What it
	// reads grows with the page.
	List(after ServiceID, limit int) ([]*Service, error)
}

// Bindings holds the ties of slots and devices.
type Bindings interface {
	// Get returns the binding or KindNotFound.
	Get(id BindingID) (*Binding, error)
	// Put inserts or replaces. It fails with KindConflict and CodeDeviceTaken when
	// another binding in force holds the device, or CodeSlotTaken when the slot has
	// another binding in the same open state.
	Put(b *Binding) error
	// OfDevice returns the binding in force of a device, or KindNotFound.
	OfDevice(id DeviceID) (*Binding, error)
	// OfService returns all bindings of a slot, oldest generation first.
	OfService(id ServiceID) ([]*Binding, error)
}

// Orders holds work orders.
type Orders interface {
	// Insert adds a new order. It fails with KindConflict and CodeDuplicate when
	// (Source, No) or ID is taken.
	Insert(o *Order) error
	// Put replaces an existing order, or fails with KindNotFound.
	Put(o *Order) error
	// Get returns the order or KindNotFound.
	Get(id OrderID) (*Order, error)
	// ByNumber returns the order of a source, or KindNotFound.
	ByNumber(source string, no OrderNo) (*Order, error)
	// List returns orders newest first. What it reads grows with the page, not with the
	// number of orders.
	List(q OrderQuery) ([]*Order, error)
	// Count counts orders by their light; levels without any are left out.
	Count(q OrderCount) (map[LightLevel]int, error)
}

// OrderQuery selects a page of orders, newest (highest ID) first.
type OrderQuery struct {
	State  OrderState   // "" = any
	States []OrderState // any of these; nil = any
	Kind   OrderKind    // "" = any
	Mode   OrderMode    // "" = any
	Light  LightLevel   // as Order.Light tells it; "" = any
	Area   string       // exactly; "" = any
	Areas  Areas        // only of these; nil = any
	From   OrderID      // inclusive; "" = to the oldest
	Before OrderID      // exclusive; "" = from the newest
	Limit  int
}

// OrderCount selects orders to count.
type OrderCount struct {
	Lights []LightLevel // of these
	Areas  Areas        // only of these; nil = any
	From   OrderID      // inclusive; "" = from the oldest
	Before OrderID      // exclusive; "" = to the newest
}

// Activations holds activation codes by fingerprint.
type Activations interface {
	// Get returns the activation or KindNotFound.
	Get(hash string) (*Activation, error)
	// Insert adds one. It fails with KindConflict and CodeDuplicate when Hash is taken.
	Insert(a *Activation) error
	// Put replaces an existing one, or fails with KindNotFound.
	Put(a *Activation) error
}

// Stock holds the boxes that the warehouse knows.
type Stock interface {
	// Get returns the item or KindNotFound.
	Get(mac MAC) (*StockItem, error)
	// Put inserts or replaces the item and its terms. MAC must not be zero.
	Put(item *StockItem) error
	// List returns items with MAC key > After, ordered by it.
	List(q StockQuery) ([]*StockItem, error)
}

// StockQuery selects a page of stock.
type StockQuery struct {
	State StockState // "" = any
	Batch string     // "" = any
	After string     // MAC key; "" = from the start
	Limit int
}

// Tasks holds what is to be done on devices.
type Tasks interface {
	// Get returns the task or KindNotFound.
	Get(id TaskID) (*Task, error)
	// Insert adds one. It fails with KindConflict and CodeDuplicate when ID is taken.
	Insert(t *Task) error
	// Put replaces an existing one, or fails with KindNotFound.
	Put(t *Task) error
	// Open returns a device's tasks that have not ended, oldest (lowest ID) first.
	Open(device DeviceID, limit int) ([]*Task, error)
	// OfDevice returns a device's tasks with ID < before ("" = from the newest),
	// newest first.
	OfDevice(device DeviceID, before TaskID, limit int) ([]*Task, error)
	// OfBatch returns a batch's tasks in a state with ID < before ("" = from the
	// newest), newest first.
	OfBatch(batch BatchID, state TaskState, before TaskID, limit int) ([]*Task, error)
	// CountBatch counts a batch's tasks with ID > after by their states; states without
	// any are left out.
	CountBatch(batch BatchID, after TaskID) (map[TaskState]int, error)
	// CountOpen counts the tasks that have not ended, of devices of some areas; nil = of all.
	// It reads something of each.
	CountOpen(areas Areas) (int, error)
}

// Batches holds tasks that are given to many devices.
type Batches interface {
	// Get returns the batch or KindNotFound.
	Get(id BatchID) (*Batch, error)
	// Insert adds one. It fails with KindConflict and CodeDuplicate when ID is taken.
	Insert(b *Batch) error
	// Put replaces an existing one, or fails with KindNotFound.
	Put(b *Batch) error
	// List returns batches with ID < before ("" = from the newest), newest first.
	List(before BatchID, limit int) ([]*Batch, error)
}

// Files holds what devices download and uploaded. The content of a file is in chunks of
// ChunkSize under its ID, which are written before the file itself: what has no file is
// not visible, and removed by whoever began to write it.
type Files interface {
	// Get returns the file or KindNotFound.
	Get(id FileID) (*File, error)
	// Insert adds one. It fails with KindConflict and CodeDuplicate when ID is taken.
	Insert(f *File) error
	// Put replaces an existing one, or fails with KindNotFound.
	Put(f *File) error
	// Delete removes a file but not its chunks, or fails with KindNotFound.
	Delete(id FileID) error
	// List returns files newest (highest ID) first.
	List(q FileQuery) ([]*File, error)
	// PutChunk stores the n-th chunk (from 0) of a content, or replaces it; KindInvalid
	// when it is empty or longer than ChunkSize.
	PutChunk(id FileID, n int, content []byte) error
	// Chunk returns the n-th chunk of a content or KindNotFound.
	Chunk(id FileID, n int) ([]byte, error)
	// DropChunks removes up to limit chunks of a content and returns how many went.
	DropChunks(id FileID, limit int) (int, error)
}

// FileQuery selects a page of files, newest (highest ID) first.
type FileQuery struct {
	Kind   FileKind // "" = any
	SHA256 string   // of the content; "" = any
	Offer  bool     // only those that devices are offered
	Before FileID   // exclusive; "" = from the newest
	Limit  int
}

// Transfers holds the permissions to fetch and deliver files.
type Transfers interface {
	// Get returns the transfer of a token or KindNotFound.
	Get(token string) (*Transfer, error)
	// Insert adds one. It fails with KindConflict and CodeDuplicate when Token is taken.
	Insert(t *Transfer) error
	// Put replaces an existing one, or fails with KindNotFound.
	Put(t *Transfer) error
	// OfTask returns all transfers of a task, ordered by Token.
	OfTask(id TaskID) ([]*Transfer, error)
	// Using returns transfers of a file that were not closed, the one that expires last
	// first.
	Using(id FileID, limit int) ([]*Transfer, error)
	// Trim removes up to limit transfers with ExpiresAt < before, those that expired first
	// first, and returns how many went.
	Trim(before time.Time, limit int) (int, error)
}

// Endings holds how orders ended, for statistics.
type Endings interface {
	// Put inserts or replaces the ending of an order.
	Put(e *Ending) error
	// Count counts endings, ordered by Key, Kind, Outcome, then Touched (false first).
	Count(q EndingQuery) ([]EndingCount, error)
}

// Journal is the append-only record of events.
type Journal interface {
	// Append stores e and sets e.Seq. The sequence is that of Append within a
	// transaction; a reader of After never misses an event committed later.
	Append(e *Event) error
	// After returns events with Seq > seq, oldest first.
	After(seq int64, limit int) ([]Event, error)
	// Last returns the highest visible sequence, 0 when empty.
	Last() (int64, error)
	// OfDevice returns a device's events with Seq < before (0 = newest), newest first.
	OfDevice(id DeviceID, before int64, limit int) ([]Event, error)
	// Trim removes up to limit of the oldest events with At < before and returns how
	// many went. The newest event stays in any case.
	Trim(before time.Time, limit int) (int, error)
}

// Outbox holds deliveries until they succeeded.
type Outbox interface {
	// Add queues a delivery.
	Add(d *Delivery) error
	// Claim leases up to limit due deliveries without a lane, each the first added of its
	// stream, until now+lease; no other claim returns them before. In order of Add.
	Claim(now time.Time, lease time.Duration, limit int) ([]Delivery, error)
	// Done removes a delivery. Unknown ids are no error.
	Done(id string) error
	// Later notes a failed try and sets when to try again.
	Later(id string, due time.Time, reason string) error
	// List returns queued deliveries with ID > after, ordered by it.
	List(after string, limit int) ([]Delivery, error)
	// Lane returns the deliveries of one lane, which is not empty.
	Lane(name string) Lane
}

// Lane is the part of the outbox that goes to one receiver. What it costs grows with the
// lane, not with the outbox.
type Lane interface {
	// Claim is Outbox.Claim of the lane.
	Claim(now time.Time, lease time.Duration, limit int) ([]Delivery, error)
	// Next returns when the first of what may be claimed may be claimed, zero when the lane
	// is empty.
	Next() (time.Time, error)
	// Count returns how many deliveries there are, or most when there are more.
	Count(most int) (int, error)
	// List returns deliveries, in order of Add.
	List(limit int) ([]Delivery, error)
}

// Agenda holds durable alarms.
type Agenda interface {
	// Set adds or moves the alarm of that key.
	Set(key string, due time.Time) error
	// Clear removes it. Unknown keys are no error.
	Clear(key string) error
	// Claim leases up to limit due alarms by moving them to now+lease; whoever
	// claimed one clears it in the transaction that handles it.
	Claim(now time.Time, lease time.Duration, limit int) ([]Alarm, error)
	// Next returns the earliest due time, zero when there is none.
	Next() (time.Time, error)
}

// Traces holds recordings of CWMP sessions.
type Traces interface {
	// Get returns the trace or KindNotFound.
	Get(id TraceID) (*Trace, error)
	// Put inserts or replaces the record; what was recorded stays.
	Put(t *Trace) error
	// List returns traces with ID < before ("" = from the newest), newest first.
	List(before TraceID, limit int) ([]*Trace, error)
	// Append adds messages to a trace, numbering them on from t.Messages, counts them
	// in t and stores t. It wakes nobody. It fails with KindNotFound when there is no
	// such trace.
	Append(t *Trace, list []TraceMessage) error
	// Messages returns messages with Seq > after, oldest first.
	Messages(id TraceID, after, limit int) ([]TraceMessage, error)
	// Delete removes a trace and its messages, or fails with KindNotFound.
	Delete(id TraceID) error
}

// Settings holds small system values by key: the key check, the node list.
type Settings interface {
	// Get returns the value, nil when there is none.
	Get(key string) ([]byte, error)
	// Put stores a value.
	Put(key string, value []byte) error
	// Delete removes it. Unknown keys are no error.
	Delete(key string) error
	// List returns all with the prefix.
	List(prefix string) (map[string][]byte, error)
}

// Leases holds which client has which address. Addresses are ordered as numbers, those
// of IPv4 before those of IPv6; an IPv4 address in IPv6 form is the key of none.
type Leases interface {
	// Get returns the lease of an address, whatever its state, or KindNotFound.
	Get(addr netip.Addr) (*Lease, error)
	// Put inserts or replaces the lease of its address. It wakes nobody. It fails with
	// KindInvalid when there can be no lease of Address, State is none, Client, Class or
	// Kind is no key (CheckKey; Class and Kind may be empty), or Scope neither empty nor a
	// subnet that Address is in. What else clients say is made storable.
	Put(l *Lease) error
	// Delete removes the lease of an address. Unknown ones are no error.
	Delete(addr netip.Addr) error
	// OfClient returns the leases of a client by ClientKey, whatever their state, the one
	// that expires last first, then by address.
	OfClient(client string, limit int) ([]*Lease, error)
	// Behind returns the leases of clients behind a modem, not its own, whatever their
	// state, the one that expires last first, then by address.
	Behind(modem MAC, limit int) ([]*Lease, error)
	// List returns a page of leases.
	List(q LeaseQuery) ([]*Lease, error)
	// Expired returns leases with ExpiresAt < before, whatever their state, the one that
	// expired first first, then by address.
	Expired(before time.Time, limit int) ([]*Lease, error)
	// Addresses calls fn with the address, state and end of every lease, ordered by
	// address, until fn returns false. It decodes nothing else. fn must not write leases.
	Addresses(fn func(addr netip.Addr, state LeaseState, expires time.Time) bool) error
	// Count counts the leases that hold at a time (Lease.Holds), ordered by scope, then
	// class; those without any are left out.
	Count(now time.Time) ([]LeaseCount, error)
}

// LeaseCount is how many leases a scope has in a class.
type LeaseCount struct {
	Scope string `json:"scope"`
	Class string `json:"class"`
	Count int    `json:"count"`
}
