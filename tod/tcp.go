package tod

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

// ServeTCP answers each connection with the time and closes it, until Close, which
// closes the listener. It takes the listener over, also when it fails, which is with
// the server closed.
func (s *Server) ServeTCP(l net.Listener) error {
	if !s.hold(l) {
		return errors.Join(errClosed, l.Close())
	}
	s.wg.Go(func() { s.accept(l) })
	return nil
}

// accept takes connections until the listener is closed.
func (s *Server) accept(l net.Listener) {
	defer s.drop(l)
	for {
		conn, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			s.opt.Logger.Debug().Err(err).Msg("time of day: a connection could not be accepted")
			s.pause()
		default:
			s.take(conn)
		}
	}
}

// take answers a connection in its own time, if there is room.
func (s *Server) take(conn net.Conn) {
	if !s.hold(conn) {
		_ = conn.Close() // the server stops
		return
	}
	if !s.pace.allow(sourceOf(conn), s.opt.Clock()) {
		s.met.tcp[limited].Inc()
		s.drop(conn)
		return
	}
	select {
	case s.room <- struct{}{}:
		s.wg.Go(func() { s.answerTCP(conn) })
	default:
		s.met.tcp[limited].Inc()
		s.drop(conn)
	}
}

// answerTCP writes the time and closes (RFC 868).
func (s *Server) answerTCP(conn net.Conn) {
	defer func() { <-s.room }()
	defer s.drop(conn)
	answer := s.answer()
	err := conn.SetDeadline(time.Now().Add(connTimeout)) // the network's clock, not that which is told
	if err == nil {
		_, err = conn.Write(answer[:])
	}
	if err != nil {
		s.met.tcp[failed].Inc()
		return
	}
	s.met.tcp[answered].Inc()
}

// sourceOf is the address of the other side, the zero address when it has none.
func sourceOf(conn net.Conn) netip.Addr {
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr()
	}
	return netip.Addr{}
}
