package acs

import (
	"context"
	"errors"
	"log"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"itms"
	"itms/internal/digest"
	"itms/internal/stun"
)

// Server is the CWMP endpoint of one node. It is an http.Handler for "/" and
// "/cwmp"; serve it with HTTPServer, or at least with ConnContext, without which
// CPEs that lose cookies have no session. It is safe for concurrent use.
type Server struct {
	opt      Options
	clock    func() time.Time
	met      *metrics
	digest   *digest.Authenticator // nil unless AuthDigest
	password func(user string) (string, bool)
	sources  *sources
	names    *names
	alarms   *alarms
	rivals   rivals
	gate     *admission
	bodies   *bodies
	sessions *table
	conns    sync.Map // net.Conn -> *conn, of those that are open
	wheel    *wheel
	forward  *forwarder // nil when this node is alone
	waker    *waker
	pace     *pace
	notes    *bindingNotes
	stun     atomic.Pointer[stun.Server] // nil until ServeSTUN
	traces   *tracer                     // nil when nothing is ever traced

	contentType []string // the same for every reply

	ctx  context.Context // of everything that outlives a request
	stop context.CancelFunc
	wg   sync.WaitGroup // the sweeper, the waker and who tells and notes for it
}

var _ http.Handler = (*Server)(nil)

// New makes a Server and starts its sweeper and its waker; Close stops them. It
// fails with KindInvalid when the options are incomplete or contradictory, and
// when the metrics are registered already.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	met, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, itms.Errorf(itms.KindInvalid, itms.CodeConfig, "the metrics of the CWMP door cannot be registered").Because(err)
	}
	srv := &Server{
		opt:         o,
		clock:       o.Clock,
		met:         met,
		sources:     newSources(o.Clock),
		names:       newNames(o.Clock),
		gate:        newAdmission(&o),
		bodies:      newBodies(o.Limits.BodyBytes),
		sessions:    newTable(),
		wheel:       newWheel(o.SessionTimeout, o.Clock()),
		pace:        &pace{devices: map[itms.DeviceID]paced{}},
		contentType: []string{`text/xml; charset="utf-8"`},
	}
	srv.password, srv.alarms = srv.secretOf, newAlarms(srv)
	if o.Auth == AuthDigest {
		srv.digest = digest.New(digest.Options{Key: o.DigestKey, Clock: o.Clock})
	}
	if o.Peers != nil && len(o.ForwardKey) > 0 {
		srv.forward = newForwarder(o.Peers, o.Clock)
	}
	srv.met.live(srv.sessions.count)
	srv.met.bound(srv.boundDevices)
	srv.ctx, srv.stop = context.WithCancel(context.Background())
	srv.waker, srv.notes = newWaker(srv), newBindingNotes(srv)
	if o.Tracer != nil {
		srv.traces = newTracer(srv, o.Tracer)
		srv.wg.Add(1)
		go srv.traces.run()
	}
	srv.wg.Add(5)
	go srv.sweep()
	go srv.alarms.run()
	go srv.waker.run()
	go srv.waker.tell()
	go srv.notes.run()
	return srv, nil
}

// HTTPServer returns an http.Server for this endpoint, with limits and time-outs
// set; the caller listens, and shuts it down before Close. HTTP/1 only: CPEs speak
// nothing else (TR-069 Amd 6 §3.4.1).
func (srv *Server) HTTPServer() *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           srv,
		ConnContext:       srv.ConnContext,
		ConnState:         srv.connState,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       srv.opt.SessionTimeout + idleGrace,
		MaxHeaderBytes:    headerBytes,
		Protocols:         &protocols,
		ErrorLog:          log.New(srv.opt.Logger, "", 0),
	}
}

// Close refuses new sessions with 503, ends the live ones, and stops all
// goroutines. It returns ctx's error when sessions are still being served by then.
// It may be called more than once.
func (srv *Server) Close(ctx context.Context) error {
	for _, s := range srv.sessions.close() {
		s.cutOff(itms.SessionError)
	}
	var err error
	select {
	case <-srv.sessions.idle:
	case <-ctx.Done():
		err = ctx.Err()
	}
	srv.stop()
	if s := srv.stun.Swap(nil); s != nil {
		err = errors.Join(err, s.Close())
	}
	done := make(chan struct{})
	go func() {
		srv.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		err = errors.Join(err, ctx.Err())
	}
	if srv.forward != nil {
		srv.forward.transport.CloseIdleConnections()
	}
	srv.met.unregister(srv.opt.Registerer)
	return err
}
