package tftp

import (
	"errors"
	"net"
	"net/netip"
)

// port is a socket that replies leave from.
type port struct {
	l    *listener
	conn *net.UDPConn
}

// control is the control message that makes an answer leave from the address that was
// asked; empty where a socket has one address only.
type control struct {
	b [controlSize]byte
	n int
}

// listener is an address that requests come to.
type listener struct {
	srv   *Server
	conn  *net.UDPConn
	at    netip.AddrPort
	ports []*port // with a single port, the one of conn
	many  bool    // at a wildcard: the address that was asked is told by control messages
}

// send sends a packet. One that is lost here is sent again like one lost on its way.
func (p *port) send(packet []byte, to netip.AddrPort, c *control) {
	var err error
	if c.n == 0 {
		_, err = p.conn.WriteToUDPAddrPort(packet, to)
	} else {
		_, _, err = p.conn.WriteMsgUDPAddrPort(packet, c.b[:c.n], to)
	}
	if err != nil {
		p.l.srv.met.unsent.Inc()
	}
}

// readPort takes what clients answer at a reply socket until it is closed.
func (s *Server) readPort(p *port) {
	var buf [headSize + maxMessage]byte
	var h hand
	for {
		n, from, err := p.conn.ReadFromUDPAddrPort(buf[:])
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			s.pause()
		default:
			s.answered(p, buf[:n], unmapped(from), &control{}, &h)
		}
	}
}

// unmapped is the address in its own form.
func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// answered takes an ACK or an ERROR of a client. Another packet has no place here. An
// ACK that belongs to no transfer is told so, which disturbs none (RFC 1350 §4); an
// ERROR never is, or two hosts could do nothing else for ever.
func (s *Server) answered(p *port, packet []byte, from netip.AddrPort, c *control, h *hand) {
	block, ok := number(packet)
	op := opcode(packet)
	if !ok || op != opACK && op != opERROR {
		s.met.refused[refusedGarbage].Inc()
		return
	}
	now := s.opt.Clock()
	tr := s.table.find(from, p)
	switch {
	case tr != nil && op == opACK:
		tr.apply(event{kind: acked, block: block}, now, h)
	case tr != nil:
		tr.apply(event{kind: failed}, now, h)
	case op == opACK && s.pace.allow(from.Addr(), now):
		s.met.refused[refusedStranger].Inc()
		p.send(errorPacket(codeUnknownTID, "unknown transfer ID"), from, c)
	default:
		s.met.refused[refusedGarbage].Inc()
	}
}
