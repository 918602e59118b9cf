package stun

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Limits of the server.
const (
	// lookups signatures are checked at once: each asks the store for a password.
	lookups = 8
	// maxWaiting requests wait for that; clients repeat what is not answered.
	maxWaiting = 256
	// perSource requests of one address are answered in a second: behind one address
	// may be thousands of devices, each with a request in half a minute.
	perSource = 100
	// maxSources addresses are counted in a second, at about 100 bytes each.
	maxSources = 65_536
	// maxAnswers in a second, whoever asks: what a flood of made-up addresses can make
	// this server send is 50,000 datagrams of 44 bytes.
	maxAnswers = 50_000
	// readPause keeps a broken socket from spinning.
	readPause = 10 * time.Millisecond
)

// Options are the parts a Server is made of. Password is required.
type Options struct {
	// Password returns the STUN password of a user name; "" when there is none. It may
	// take its time.
	Password func(ctx context.Context, username string) (string, error)
	// Bound is told of each proved binding that is new or has moved. It must not block.
	Bound func(Binding)
	// Counted is told what became of each datagram, by one of the words of this package.
	Counted func(result string)
	Clock   func() time.Time // nil: time.Now
}

// The words for what became of a datagram.
const (
	ResultAnswered   = "answered"   // was told its address
	ResultBound      = "bound"      // and its binding was proved
	ResultChallenged = "challenged" // was asked for a signature
	ResultDenied     = "denied"     // signed wrongly, or by nobody we know
	ResultUnknown    = "unknown attribute"
	ResultMalformed  = "malformed" // no Binding Request: no answer
	ResultLimited    = "limited"   // too many in a second: no answer
	ResultDropped    = "dropped"   // the store could not be asked, or no room: no answer
)

// Results lists the words.
var Results = []string{ResultAnswered, ResultBound, ResultChallenged, ResultDenied, ResultUnknown, ResultMalformed, ResultLimited, ResultDropped}

// Server answers Binding Requests on one socket, from which datagrams to the devices
// leave as well. It is safe for concurrent use.
type Server struct {
	conn     *net.UDPConn
	opt      Options
	bindings bindings
	limiter  limiter
	waiting  chan signed
	ctx      context.Context
	stop     context.CancelFunc
	wg       sync.WaitGroup
}

// signed is a request whose signature is to be checked.
type signed struct {
	req  *request
	from netip.AddrPort
}

// Serve answers requests on conn until Close, which closes it. One goroutine reads, a
// few look passwords up; none is started per datagram.
func Serve(conn *net.UDPConn, o Options) *Server {
	s := newServer(conn, o)
	s.wg.Go(s.read)
	for range lookups {
		s.wg.Go(s.check)
	}
	return s
}

// newServer is Serve without its goroutines.
func newServer(conn *net.UDPConn, o Options) *Server {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Counted == nil {
		o.Counted = func(string) {}
	}
	if o.Bound == nil {
		o.Bound = func(Binding) {}
	}
	s := &Server{conn: conn, opt: o, bindings: bindings{byName: map[string]place{}}, waiting: make(chan signed, maxWaiting)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Close stops the server and closes its socket.
func (s *Server) Close() error {
	s.stop()
	err := s.conn.Close()
	s.wg.Wait()
	return err
}

// Addr is the address of the socket.
func (s *Server) Addr() netip.AddrPort {
	addr, _ := netip.ParseAddrPort(s.conn.LocalAddr().String()) // of a UDP socket it always parses
	return addr
}

// Binding returns where the device with that user name takes connection requests,
// false when this server knows of no binding that is alive.
func (s *Server) Binding(username string) (Binding, bool) {
	return s.bindings.get(username, s.opt.Clock())
}

// Bindings is how many bindings are remembered.
func (s *Server) Bindings() int { return s.bindings.count() }

// Send sends a datagram from the server's socket.
func (s *Server) Send(to netip.AddrPort, datagram []byte) error {
	_, err := s.conn.WriteToUDPAddrPort(datagram, to)
	return err
}

// read takes datagrams in until the socket is closed.
func (s *Server) read() {
	buf := make([]byte, maxMessage+1)
	for s.ctx.Err() == nil {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			s.pause()
		default:
			s.handle(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
		}
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

// handle answers one datagram or hands it to those who look passwords up. It keeps
// nothing of packet.
func (s *Server) handle(packet []byte, from netip.AddrPort) {
	if !s.limiter.allow(from.Addr(), s.opt.Clock()) {
		s.opt.Counted(ResultLimited)
		return
	}
	req, err := parse(append([]byte(nil), packet...))
	if err != nil {
		s.opt.Counted(ResultMalformed)
		return
	}
	if req.signed && len(req.unknown) == 0 {
		select {
		case s.waiting <- signed{req, from}:
		default:
			s.opt.Counted(ResultDropped)
		}
		return
	}
	answer, result := s.unsigned(req, from)
	s.answer(req, from, answer, result)
}

// unsigned answers a request without signature. One that claims a binding must sign,
// unless that binding was proved and this only keeps it open.
func (s *Server) unsigned(req *request, from netip.AddrPort) ([]byte, string) {
	switch {
	case len(req.unknown) > 0:
		return req.failure(codeUnknown), ResultUnknown
	case !req.binds:
		return req.success(from), ResultAnswered
	case !req.changed && s.bindings.refresh(req.username, from, s.opt.Clock()):
		return req.success(from), ResultAnswered
	}
	return req.failure(codeUnauthorized), ResultChallenged
}

// check answers signed requests until the server stops.
func (s *Server) check() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case w := <-s.waiting:
			if answer, result := s.prove(w.req, w.from); answer != nil {
				s.answer(w.req, w.from, answer, result)
			} else {
				s.opt.Counted(result)
			}
		}
	}
}

// prove checks a signature and notes the binding that it proves.
func (s *Server) prove(req *request, from netip.AddrPort) ([]byte, string) {
	password := ""
	if req.username != "" {
		var err error
		if password, err = s.opt.Password(s.ctx, req.username); err != nil {
			return nil, ResultDropped
		}
	}
	f, ok := req.verify(password)
	if !ok {
		code := codeUnauthorized
		if !req.modern {
			code = codeIntegrity
		}
		return req.failure(code), ResultDenied
	}
	result := ResultAnswered
	if req.binds {
		now := s.opt.Clock()
		moved, room := s.bindings.set(req.username, from, now)
		if !room {
			return nil, ResultDropped
		}
		if moved {
			s.opt.Bound(Binding{req.username, from, now})
		}
		result = ResultBound
	}
	return req.signedSuccess(from, password, f), result
}

// answer sends an answer. One that is lost is asked for again.
func (s *Server) answer(req *request, from netip.AddrPort, answer []byte, result string) {
	if err := s.Send(req.destination(from), answer); err != nil {
		result = ResultDropped
	}
	s.opt.Counted(result)
}
