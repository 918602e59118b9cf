package tftp

import (
	"errors"
	"hash/maphash"
	"net"
	"net/netip"
)

// readRequests takes requests at a listening socket until it is closed. Several
// goroutines do so: opening may wait.
func (s *Server) readRequests(l *listener) {
	buf := make([]byte, maxRequest+1)
	oob := make([]byte, controlSize)
	var h hand
	defer h.done()
	for {
		n, oobn, from, err := l.read(buf, oob)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			s.pause()
		default:
			s.received(l, buf[:n], from, oob[:oobn], &h)
		}
	}
}

// read reads a packet, and at a wildcard where it was sent to.
func (l *listener) read(buf, oob []byte) (n, oobn int, from netip.AddrPort, err error) {
	if l.many {
		n, oobn, _, from, err = l.conn.ReadMsgUDPAddrPort(buf, oob)
	} else {
		n, from, err = l.conn.ReadFromUDPAddrPort(buf)
	}
	return n, oobn, unmapped(from), err
}

// received looks at a packet of a listening socket.
func (s *Server) received(l *listener, packet []byte, from netip.AddrPort, oob []byte, h *hand) {
	var c control
	c.n = copy(c.b[:], answerFrom(oob))
	op := opcode(packet)
	switch {
	case s.opt.SinglePort && (op == opACK || op == opERROR):
		s.answered(l.ports[0], packet, from, &c, h)
		return
	case op != opRRQ && op != opWRQ || len(packet) > maxRequest:
		s.met.refused[refusedGarbage].Inc()
		return
	}
	now := s.opt.Clock()
	if !s.opt.relayed(from.Addr()) && !s.pace.allow(from.Addr(), now) {
		s.met.refused[refusedRate].Inc()
		return
	}
	req, err := parseRequest(packet[2:])
	switch {
	case errors.Is(err, errGarbage):
		s.met.refused[refusedGarbage].Inc()
	case op == opWRQ:
		s.refuse(l, from, &c, refusedWrite, codeAccess, "this server is for reading only")
	case err != nil:
		s.refuse(l, from, &c, refusedMode, codeIllegal, "mode must be octet or netascii")
	default:
		s.requested(l, packet, &req, from, &c, h)
	}
}

// refuse answers with an ERROR.
func (s *Server) refuse(l *listener, to netip.AddrPort, c *control, why refusal, code uint16, message string) {
	s.met.refused[why].Inc()
	l.ports[0].send(errorPacket(code, message), to, c)
}

// requested begins a transfer, or answers a request that was repeated.
func (s *Server) requested(l *listener, packet []byte, req *request, from netip.AddrPort, c *control, h *hand) {
	now := s.opt.Clock()
	v := s.table.admit(l, from, c, maphash.Bytes(s.seed, packet), now)
	if v.ousted != nil {
		v.ousted.apply(event{kind: replaced}, now, h)
	}
	switch {
	case v.made != nil:
		s.open(l, v.made, req, h)
	case v.answered != nil:
		v.answered.apply(event{kind: repeated}, now, h)
	default:
		s.met.refused[v.refused].Inc()
	}
}

// open asks the source for the content and sends the first packet.
func (s *Server) open(l *listener, tr *transfer, req *request, h *hand) {
	local := l.at
	if l.many {
		local = netip.AddrPortFrom(askedAddr(tr.answer.b[:tr.answer.n]), l.at.Port())
	}
	content, err := s.opt.Source.Open(h.context(s.ctx, tr.begun), Request{Name: req.name, Client: tr.client, Local: local, Options: req.options})
	if err == nil && req.text {
		content, err = asText(content)
	}
	if err != nil {
		s.closed(tr, err)
		return
	}
	s.start(tr, content, req, h)
}

// closed ends a transfer that has no content.
func (s *Server) closed(tr *transfer, err error) {
	s.table.forget(tr)
	if !tr.giveUp() { // was ended meanwhile, and counted
		return
	}
	s.table.ended(tr)
	if errors.Is(err, ErrNotFound) {
		s.met.refused[refusedNotFound].Inc()
		tr.port.send(errorPacket(codeNotFound, "File not found"), tr.client, &tr.answer)
		return
	}
	s.met.refused[refusedFailed].Inc()
	s.opt.Logger.Warn().Err(err).Stringer("client", tr.client).Msg("tftp: a file could not be opened; the client is not answered")
}

// giveUp ends a transfer that never started; false when it has ended.
func (tr *transfer) giveUp() bool {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	before := tr.state.phase
	tr.state.phase = over
	tr.show()
	return before != over
}

// start begins to send.
func (s *Server) start(tr *transfer, content Content, req *request, h *hand) {
	size := content.size()
	t := req.negotiate(size, &s.opt.Limits, tr.client.Addr().Is6())
	now := s.opt.Clock()
	tr.mu.Lock()
	if tr.state.phase == over { // ended meanwhile, and counted
		outcome := tr.outcome
		tr.mu.Unlock()
		s.table.forget(tr)
		content.done(Result{Outcome: outcome, Duration: now.Sub(tr.begun)})
		return
	}
	tr.state, tr.content, tr.blockSize, tr.oack = begin(size, &t), content, t.blockSize, t.oack
	tr.mu.Unlock()
	tr.apply(event{kind: started, offer: t.oack != nil}, now, h)
}
