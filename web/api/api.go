package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"itms"
)

// Orders takes work orders in and moves them. Methods that take an id fail with
// KindNotFound when no order has it, and with CodeOrderState when the order's state
// forbids the call.
type Orders interface {
	// Submit stores an order, or returns the first answer of a repeat with created
	// false. Order.Code is set when the order was given an activation code by this
	// call. Errors: KindInvalid with pointers, CodeOrderConflict.
	Submit(ctx context.Context, actor string, req itms.OrderRequest) (o *itms.Order, created bool, err error)
	// Rehearse tells what Submit would answer, and stores nothing: whether the order would be
	// created, and a fingerprint of its content, which a repeat has too. Errors: those of
	// Submit.
	Rehearse(ctx context.Context, req itms.OrderRequest) (content string, created bool, err error)
	// Retry starts a failed order again.
	Retry(ctx context.Context, actor string, id itms.OrderID) (*itms.Order, error)
	// Cancel withdraws an order; one that is cancelled already is returned as it is.
	// reason may be empty.
	Cancel(ctx context.Context, actor string, id itms.OrderID, reason string) (*itms.Order, error)
	// Bury cancels an order that has not arrived: it is cancelled on arrival, within
	// 30 days. An empty source stands for any. Errors: KindConflict when it arrived
	// meanwhile.
	Bury(ctx context.Context, actor, source string, no itms.OrderNo) error
	// Backfill names the device of a waiting order, or names another one. Errors:
	// KindInvalid with pointers, CodeDeviceTaken.
	Backfill(ctx context.Context, actor string, id itms.OrderID, c itms.ClaimText) (*itms.Order, error)
	// Reissue revokes the activation code of an order and makes a new one, which is
	// Order.Code of the answer.
	Reissue(ctx context.Context, actor string, id itms.OrderID) (*itms.Order, error)
	// Force declares an order done although nothing was verified; reason is audited.
	Force(ctx context.Context, actor string, id itms.OrderID, reason string) (*itms.Order, error)
	// Reverse stores a new order numbered no that undoes a done one, or returns the
	// first answer of a repeat with created false. Errors: KindInvalid,
	// CodeOrderConflict.
	Reverse(ctx context.Context, actor string, id itms.OrderID, no string) (o *itms.Order, created bool, err error)
	// Activate uses an activation code that a person sent, and returns its order.
	// Errors: KindInvalid (CodeMistyped for a code nobody can have), KindNotFound with
	// CodeUnknown, KindConflict with CodeExpired, CodeRevoked, CodeUsed or
	// CodeMismatch, KindLimit with CodeLocked.
	Activate(ctx context.Context, actor string, r itms.ActivationRequest) (*itms.Order, error)
	// Explain says why an order does not move; nil when nothing is the matter.
	Explain(ctx context.Context, id itms.OrderID) (*itms.Diagnosis, error)
}

// OrderChecker may be met by an Orders too: it validates a request without storing
// anything. With it, a document of the wrong shape is answered with the domain's
// complaints as well, so that its sender sees every wrong field at once.
type OrderChecker interface {
	Check(req itms.OrderRequest) error
}

// Devices changes devices. Methods that take an id fail with KindNotFound when no
// device has it, and with CodeDeviceState when the device's state forbids the call.
type Devices interface {
	// Block forbids or allows a device any session.
	Block(ctx context.Context, actor string, id itms.DeviceID, blocked bool) (*itms.Device, error)
	// Bind ties a device to the slot of an order, or to a slot. Errors: KindInvalid
	// unless one of the two is given, KindNotFound, CodeOrderState, CodeDeviceTaken,
	// CodeSlotTaken.
	Bind(ctx context.Context, actor string, id itms.DeviceID, r itms.BindRequest) (*itms.Device, error)
	// Unbind releases a device from its slot; its credentials are overwritten.
	Unbind(ctx context.Context, actor string, id itms.DeviceID, reason string) (*itms.Device, error)
	// Unlock forgets the wrong activation codes of a device.
	Unlock(ctx context.Context, actor string, id itms.DeviceID) (*itms.Device, error)
	// ExplainDevice says why a device does not get on; nil when nothing is the matter.
	ExplainDevice(ctx context.Context, id itms.DeviceID) (*itms.Diagnosis, error)
	// Sight takes line evidence: where the network saw a MAC address. A MAC that no
	// device has is no error.
	Sight(ctx context.Context, actor string, mac itms.MAC, s itms.Sighting) error
}

// Tasks does things on devices.
type Tasks interface {
	// CreateTask queues a task. Errors: KindNotFound for the device, KindInvalid for
	// the kind, CodeDeviceState, KindLimit when too many are open.
	CreateTask(ctx context.Context, actor string, device itms.DeviceID, req itms.TaskRequest) (*itms.Task, error)
	// CancelTask ends a task that has not ended. Errors: KindNotFound, CodeTaskState.
	CancelTask(ctx context.Context, actor string, id itms.TaskID) (*itms.Task, error)
	// CreateBatch gives many devices a task. Errors: KindInvalid.
	CreateBatch(ctx context.Context, actor string, req itms.BatchRequest) (*itms.Batch, error)
	// CancelBatch stops a batch. Errors: KindNotFound, CodeTaskState.
	CancelBatch(ctx context.Context, actor string, id itms.BatchID) (*itms.Batch, error)
}

// Stock keeps what the warehouse knows.
type Stock interface {
	// ImportStock stores all items or, when some are wrong, none: then Wrong of the
	// answer has a pointer "/items/N/FIELD" for each, N from 0. An item without state
	// keeps the state it has; a new one is in stock.
	ImportStock(ctx context.Context, actor string, items []itms.StockItem) (itms.StockImport, error)
	// SetStock changes state and note of an item. Errors: KindNotFound.
	SetStock(ctx context.Context, actor string, mac itms.MAC, state itms.StockState, note string) (*itms.StockItem, error)
	// CheckSTBID says whether the box with that STBID, or MAC address, may be handed
	// out. Errors: KindInvalid when the text is neither.
	CheckSTBID(ctx context.Context, text string) (itms.StockCheck, error)
}

// Files keeps what devices download and upload. Its content is read from the store.
type Files interface {
	// AddFile stores a file whose content is read from body to its end, piece by piece.
	// Errors: KindInvalid with pointers to the fields of itms.FileUpload such as "/fileType",
	// KindConflict with CodeDuplicate, KindLimit with CodeTooLarge, those of body as they
	// are.
	AddFile(ctx context.Context, actor string, u itms.FileUpload, body io.Reader) (*itms.File, error)
	// DeleteFile removes a file and returns it as it was. Errors: KindNotFound,
	// KindConflict with CodeFileInUse while a device may fetch it.
	DeleteFile(ctx context.Context, actor string, id itms.FileID) (*itms.File, error)
	// OfferFile says whether devices that ask for a file may be given this one, and
	// returns it. Errors: KindNotFound; KindInvalid for firmware without a version.
	OfferFile(ctx context.Context, actor string, id itms.FileID, offer bool) (*itms.File, error)
}

// Tracer records CWMP sessions. Methods that take an id fail with KindNotFound.
type Tracer interface {
	// StartTrace begins a recording. Errors: KindInvalid with pointers, KindNotFound
	// for the device, KindLimit when too many are active.
	StartTrace(ctx context.Context, actor string, r itms.TraceRequest) (*itms.Trace, error)
	// StopTrace ends it; what was recorded stays.
	StopTrace(ctx context.Context, actor string, id itms.TraceID) (*itms.Trace, error)
	// ReadTrace notes in the journal that somebody takes the recording away.
	ReadTrace(ctx context.Context, actor string, id itms.TraceID) (*itms.Trace, error)
	// DeleteTrace removes it and returns what it was.
	DeleteTrace(ctx context.Context, actor string, id itms.TraceID) (*itms.Trace, error)
}

// Waker asks a device to come into contact.
type Waker interface {
	// ConnectionRequest returns once the device took the request, or it was sent, with
	// the way and the result, or fails with KindUnavailable when the device cannot be
	// reached, KindLimit when it was asked too often.
	ConnectionRequest(ctx context.Context, id itms.DeviceID) (itms.CallReport, error)
}

// Knowledge is what data models say of parameters, by their names.
type Knowledge interface {
	// TypeOf returns the CWMP type of a parameter, "" when it is not known.
	TypeOf(path string) string
	// Hint says in a few words what its values are, "" when nothing is known.
	Hint(path string) string
	// Secret reports whether its value is a credential.
	Secret(path string) bool
}

// Options are the parts a Server is made of. Store, Orders, Devices, Tasks, Stock,
// Traces, Waker and Desk are required.
type Options struct {
	Store    itms.Store
	Orders   Orders
	Devices  Devices
	Tasks    Tasks
	Stock    Stock
	Traces   Tracer
	Waker    Waker
	Desk     Desk
	System   System    // nil = the calls below /system do not exist
	Profiles Profiles  // nil = GET /profiles does not exist
	Models   Knowledge // nil = nothing is known of parameters but what devices told
	Files    Files     // nil = the calls below /files do not exist
	People   People    // nil = nobody signs in; there are tokens only
	SignOn   SignOn    // nil = there is no identity provider
	Audit    Auditor   // nil = the record of changes cannot be checked
	// Leasing and ConfigFiles are the cable side; nil = the calls below /dhcp, or /docsis and
	// the cable view of a device, do not exist.
	Leasing     Leasing
	ConfigFiles ConfigFiles

	Access AccessServers // nil = the calls below /access-sessions do not exist

	// Annexes are APIs of other designs that this door serves too.
	Annexes []Annex

	// Vault seals what keyed calls were answered; nil = Idempotency-Key is not heeded.
	Vault Vault

	// Console serves what people look at: every GET of a path that is no call. nil = a page
	// that names the calls.
	Console http.Handler

	Logger     zerolog.Logger
	Registerer prometheus.Registerer // nil = counted nowhere
	Gatherer   prometheus.Gatherer   // what GET /metrics shows; nil = nothing

	Version   string
	Node      string                      // name of this node, shown by / and /healthz
	PublicURL string                      // address in /openapi.json; "" = relative
	Clock     func() time.Time            // nil = time.Now
	Ready     func(context.Context) error // nil = the store answers
	Heartbeat time.Duration               // between comments on an idle event stream; 0 = 15 s
}

// Server is the REST door. It is an http.Handler; Close ends its event streams.
type Server struct {
	opts    Options
	log     zerolog.Logger
	now     func() time.Time
	router  *chi.Mux
	api     huma.API
	metrics *metrics
	fails   *failLimiter
	streams *streams
	tokens  *callerCache[itms.Token]
	people  *callerCache[itms.Session]
	origin  *http.CrossOriginProtection
	funnels *keeping[funnelOf, funnelView]
	fleets  *keeping[string, fleetView]
	replies *replies
	opened  *keeping[string, int]
	imports atomic.Int32       // under way
	stop    context.CancelFunc // ends the hints that tokens and people get
}

var _ http.Handler = (*Server)(nil)

// New makes a Server, or fails when a required part is missing.
func New(o Options) (*Server, error) {
	if o.Store == nil || o.Orders == nil || o.Devices == nil || o.Tasks == nil || o.Stock == nil || o.Traces == nil || o.Waker == nil || o.Desk == nil {
		return nil, errors.New("web/api: Store, Orders, Devices, Tasks, Stock, Traces, Waker and Desk are required")
	}
	o.fill()
	o.Store = scopedStore{o.Store}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		opts: o, log: o.Logger, now: o.Clock, router: chi.NewRouter(),
		metrics: newMetrics(o.Registerer), fails: newFailLimiter(o.Clock), streams: newStreams(),
		tokens: newCallerCache[itms.Token](o.Store.Wake(ctx, itms.TopicTokens), o.Clock),
		people: newCallerCache[itms.Session](o.Store.Wake(ctx, itms.TopicPeople), o.Clock),
		origin: newOrigin(o.PublicURL), stop: stop,
		funnels: newKeeping[funnelOf, funnelView](o.Clock), fleets: newKeeping[string, fleetView](o.Clock), opened: newKeeping[string, int](o.Clock),
	}
	s.replies = newReplies(&s.opts)
	s.router.Use(s.observe, s.recover, secureHeaders)
	s.router.NotFound(s.notFound)
	s.router.MethodNotAllowed(s.methodNotAllowed)
	s.api = newHuma(s)
	s.routes()
	for i := range o.Annexes {
		s.mount(&o.Annexes[i])
	}
	s.serveDescription()
	return s, nil
}

// fill replaces what was left out.
func (o *Options) fill() {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Ready == nil {
		store := o.Store
		o.Ready = func(ctx context.Context) error {
			return store.View(ctx, func(tx itms.Tx) error {
				_, err := tx.Settings().Get("ready") // whatever it is: the store must answer
				return err
			})
		}
	}
	if o.Gatherer == nil {
		o.Gatherer = prometheus.NewRegistry()
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 15 * time.Second
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }

// Close ends all event streams and waits until their handlers returned or ctx
// ended. Call it before http.Server.Shutdown, which would wait for them for ever.
func (s *Server) Close(ctx context.Context) error {
	s.stop()
	return s.streams.close(ctx)
}
