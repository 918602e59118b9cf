package tftp

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Server serves files at any number of addresses. It is safe for concurrent use.
type Server struct {
	opt    Options
	met    *metrics
	table  *table
	agenda agenda
	pace   *pace
	seed   maphash.Seed
	ctx    context.Context // of everything that the server does
	stop   context.CancelFunc
	wg     sync.WaitGroup

	mu        sync.Mutex
	listeners []*listener // guarded by mu
	closing   bool        // guarded by mu
}

// errClosed: the server was closed before.
var errClosed = errors.New("tftp: the server is closed")

// New makes a Server. Listen serves; Close stops it. It fails when the options cannot
// work, and when the metrics are registered already.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &Server{opt: o, pace: newPace(o.Limits.PerSecond), seed: maphash.MakeSeed()}
	s.table = newTable(&s.opt)
	s.met = newMetrics(s.table.count)
	if err := s.met.register(o.Registerer); err != nil {
		return nil, fmt.Errorf("tftp: metrics: %w", err)
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.wg.Go(func() { s.keepTime(s.ctx) })
	return s, nil
}

// Listen opens "address:port" and serves it until Close. The address may be empty or a
// wildcard: replies leave from the address that was asked, on Linux; elsewhere, listen
// at each address by itself. Port 0 takes a free one. It returns the address that was
// bound.
func (s *Server) Listen(ctx context.Context, address string) (netip.AddrPort, error) {
	conn, err := listenUDP(ctx, address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	l := &listener{srv: s, conn: conn, at: unmapped(conn.LocalAddr().(*net.UDPAddr).AddrPort())}
	l.many = l.at.Addr().IsUnspecified()
	if l.many {
		err = tellDestination(conn)
	}
	if err == nil {
		err = l.openPorts(ctx)
	}
	if err == nil && !s.serve(l) {
		err = errClosed
	}
	if err != nil {
		return netip.AddrPort{}, errors.Join(err, l.close())
	}
	return l.at, nil
}

// listenUDP opens a socket with large buffers.
func listenUDP(ctx context.Context, address string) (*net.UDPConn, error) {
	var lc net.ListenConfig
	p, err := lc.ListenPacket(ctx, "udp", address)
	if err != nil {
		return nil, fmt.Errorf("tftp: %w", err)
	}
	conn := p.(*net.UDPConn)
	if err := errors.Join(conn.SetReadBuffer(socketBuffer), conn.SetWriteBuffer(socketBuffer)); err != nil {
		return nil, errors.Join(fmt.Errorf("tftp: %w", err), conn.Close())
	}
	return conn, nil
}

// openPorts opens the reply sockets, at the same address.
func (l *listener) openPorts(ctx context.Context) error {
	if l.srv.opt.SinglePort {
		l.ports = []*port{{l, l.conn}}
		return nil
	}
	host, _, err := net.SplitHostPort(l.conn.LocalAddr().String())
	if err != nil {
		return err
	}
	for range l.srv.opt.Ports {
		conn, err := listenUDP(ctx, net.JoinHostPort(host, "0"))
		if err != nil {
			return err
		}
		l.ports = append(l.ports, &port{l, conn})
	}
	return nil
}

// close closes all sockets.
func (l *listener) close() error {
	err := ignoreClosed(l.conn.Close())
	for _, p := range l.ports {
		err = errors.Join(err, ignoreClosed(p.conn.Close()))
	}
	return err
}

// ignoreClosed forgives closing twice.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// serve starts reading; false when the server was closed.
func (s *Server) serve(l *listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.listeners = append(s.listeners, l)
	for range s.opt.openers {
		s.wg.Go(func() { s.readRequests(l) })
	}
	if !s.opt.SinglePort {
		for _, p := range l.ports {
			s.wg.Go(func() { s.readPort(p) })
		}
	}
	return true
}

// Close takes no more requests, lets the transfers in flight come to their end for up to
// 3 s, and gives up the others. It returns once nothing of the server runs, with ctx's
// error when that ended first. It may be called more than once.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	listeners := s.listeners
	s.mu.Unlock()
	if !s.opt.SinglePort {
		for _, l := range listeners {
			_ = l.conn.Close() // what cannot be closed now is closed below
		}
	}
	err := s.drain(ctx)
	s.giveUp()
	for _, l := range listeners {
		err = errors.Join(err, l.close())
	}
	s.stop()
	s.wg.Wait()
	s.met.unregister(s.opt.Registerer)
	return err
}

// drain waits for the transfers in flight, within limits.
func (s *Server) drain(ctx context.Context) error {
	timer := time.NewTimer(s.opt.drain)
	defer timer.Stop()
	select {
	case <-s.table.close():
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// giveUp ends all transfers.
func (s *Server) giveUp() {
	var h hand
	now := s.opt.Clock()
	for _, tr := range s.table.all() {
		tr.apply(event{kind: stopped}, now, &h)
	}
}

// ended tells everybody of the end of a transfer.
func (s *Server) ended(tr *transfer, content *Content, r *Result) {
	s.table.ended(tr)
	s.met.ended(r)
	content.done(*r)
	if e := s.opt.Logger.Debug(); e.Enabled() {
		e.Stringer("client", tr.client).Stringer("outcome", r.Outcome).Int64("bytes", r.Bytes).
			Dur("duration", r.Duration).Int("resent", r.Resent).Msg("tftp: transfer over")
	}
}

// pause waits a little, unless the server is to stop.
func (s *Server) pause() {
	timer := time.NewTimer(readPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
	}
}
