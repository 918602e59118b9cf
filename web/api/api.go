package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"itms"
)

// Orders takes work orders in and moves them.
type Orders interface {
	// Submit stores an order, or returns the first answer of a repeat with created
	// false. Errors: KindInvalid with pointers, CodeOrderConflict.
	Submit(ctx context.Context, actor string, req itms.OrderRequest) (o *itms.Order, created bool, err error)
	// Retry starts a failed order again, or fails with CodeOrderState.
	Retry(ctx context.Context, actor string, id itms.OrderID) (*itms.Order, error)
}

// OrderChecker may be met by an Orders too: it validates a request without storing
// anything. With it, a document of the wrong shape is answered with the domain's
// complaints as well, so that its sender sees every wrong field at once.
type OrderChecker interface {
	Check(req itms.OrderRequest) error
}

// Devices changes devices.
type Devices interface {
	// Block forbids or allows a device any session, or fails with KindNotFound.
	Block(ctx context.Context, actor string, id itms.DeviceID, blocked bool) (*itms.Device, error)
}

// Waker asks a device to come into contact.
type Waker interface {
	// ConnectionRequest returns once the device took the request, or fails with
	// KindUnavailable when it cannot be reached.
	ConnectionRequest(ctx context.Context, id itms.DeviceID) error
}

// Profiles lists the device profiles that are loaded.
type Profiles interface {
	Profiles() []ProfileInfo
}

// ProfileInfo names one device profile.
type ProfileInfo struct {
	Name  string `json:"name" doc:"Name that a device record shows." example:"ctc-stb"`
	Title string `json:"title,omitempty" doc:"One line for people." example:"China Telecom set-top box"`
}

// Options are the parts a Server is made of. Store, Orders, Devices and Waker are
// required.
type Options struct {
	Store    itms.Store
	Orders   Orders
	Devices  Devices
	Waker    Waker
	Profiles Profiles // nil = GET /profiles does not exist

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
}

var _ http.Handler = (*Server)(nil)

// New makes a Server, or fails when a required part is missing.
func New(o Options) (*Server, error) {
	if o.Store == nil || o.Orders == nil || o.Devices == nil || o.Waker == nil {
		return nil, errors.New("web/api: Store, Orders, Devices and Waker are required")
	}
	o.fill()
	s := &Server{
		opts: o, log: o.Logger, now: o.Clock, router: chi.NewRouter(),
		metrics: newMetrics(o.Registerer), fails: newFailLimiter(o.Clock), streams: newStreams(),
	}
	s.router.Use(s.observe, s.recover, secureHeaders)
	s.router.NotFound(s.notFound)
	s.router.MethodNotAllowed(s.methodNotAllowed)
	s.api = newHuma(s)
	s.routes()
	return s, s.serveDescription()
}

// fill replaces what was left out.
func (o *Options) fill() {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Ready == nil {
		store := o.Store
		o.Ready = func(ctx context.Context) error {
			return store.View(ctx, func(itms.Tx) error { return nil })
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
func (s *Server) Close(ctx context.Context) error { return s.streams.close(ctx) }
