package tod

import (
	"errors"
	"net"
	"net/netip"
)

// errClosed: the server was closed before.
var errClosed = errors.New("tod: the server is closed")

// ServeUDP answers on a socket until Close, which closes it. It takes conn over, also
// when it fails: with the server closed, or a socket that cannot tell to which of its
// addresses a datagram came.
func (s *Server) ServeUDP(conn *net.UDPConn) error {
	if !s.hold(conn) {
		return errors.Join(errClosed, conn.Close())
	}
	wildcard := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().IsUnspecified()
	if wildcard {
		if err := tellDestination(conn); err != nil {
			s.drop(conn)
			return err
		}
	}
	s.wg.Go(func() { s.readUDP(conn) })
	return nil
}

// readUDP answers datagrams until the socket is closed.
func (s *Server) readUDP(conn *net.UDPConn) {
	defer s.drop(conn)
	var buf [maxQuestion + 1]byte
	var control [controlSize]byte
	own := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	for {
		n, oobn, _, from, err := conn.ReadMsgUDPAddrPort(buf[:], control[:])
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			s.opt.Logger.Debug().Err(err).Msg("time of day: a datagram could not be read")
			s.pause()
		default:
			s.answerUDP(conn, n, from, own, answerFrom(control[:oobn]))
		}
	}
}

// answerUDP answers a datagram of n octets from the address it came to, which control
// names.
func (s *Server) answerUDP(conn *net.UDPConn, n int, from netip.AddrPort, own uint16, control []byte) {
	switch {
	case n > maxQuestion || loops(from.Port(), own):
		s.met.udp[ignored].Inc()
		return
	case !s.pace.allow(from.Addr(), s.opt.Clock()):
		s.met.udp[limited].Inc()
		return
	}
	answer := s.answer()
	if _, _, err := conn.WriteMsgUDPAddrPort(answer[:], control, from); err != nil {
		s.met.udp[failed].Inc()
		return
	}
	s.met.udp[answered].Inc()
}

// loops reports whether an answer to that port would be answered for ever: by another
// time server, or by echo, daytime, quotd or chargen (RFC 862 to 867).
func loops(port, own uint16) bool {
	switch port {
	case 0, 7, 13, 17, 19, 37, own:
		return true
	}
	return false
}
