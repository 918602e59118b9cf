package radius

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	codec "layeh.com/radius"
)

// Limits of the sockets.
const (
	// readers read one socket at once, so that one that checks a packet holds up no other.
	readers = 2
	// authBusy and accountingBusy are worked on at once per address: the first read, the
	// others wait for a commit that they share.
	authBusy       = 32
	accountingBusy = 512
	// waiting is the line before those, per address: a burst of all subscribers of a BRAS.
	waiting = 8_192
	// lateAfter is when an access server has asked again, and does not wait any more.
	lateAfter = 5 * time.Second
	// readBuffer takes a burst in while the server is busy.
	readBuffer = 8 << 20
	// readPause keeps a broken socket from spinning.
	readPause = 10 * time.Millisecond
	// strangeEvery is how often a stranger is logged.
	strangeEvery = 10 * time.Minute
)

// handler makes the answer to a checked request; nil for silence.
type handler func(ctx context.Context, p *packet, n *NAS, from peer) ([]byte, error)

// door is one socket with those who work for it.
type door struct {
	name  string
	conn  *net.UDPConn
	addr  netip.AddrPort
	serve handler
	busy  int
	queue chan work
}

// work is a checked request that waits.
type work struct {
	packet *packet
	nas    *NAS
	from   peer
	key    requestKey
	at     time.Time
}

// open binds an address.
func (s *Server) open(ctx context.Context, name, at string, serve handler, busy int) (*door, error) {
	var lc net.ListenConfig
	conn, err := lc.ListenPacket(ctx, "udp", at)
	if err != nil {
		return nil, err
	}
	udp := conn.(*net.UDPConn)
	if err := udp.SetReadBuffer(readBuffer); err != nil { // the kernel may cut it down
		return nil, errors.Join(err, udp.Close())
	}
	addr, err := netip.ParseAddrPort(udp.LocalAddr().String())
	if err != nil {
		return nil, errors.Join(err, udp.Close())
	}
	return &door{name: name, conn: udp, addr: addr, serve: serve, busy: busy, queue: make(chan work, waiting)}, nil
}

// start begins to read and to work.
func (d *door) start(s *Server) {
	for range readers {
		s.runs.Go(func() { d.read(s) })
	}
	for range d.busy {
		s.runs.Go(func() {
			for {
				select {
				case <-s.ctx.Done():
					return
				case w := <-d.queue:
					d.work(s, &w)
				}
			}
		})
	}
}

// close closes the socket.
func (d *door) close() error {
	if err := d.conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// read takes datagrams in until the socket is closed.
func (d *door) read(s *Server) {
	buf := make([]byte, maxPacket+1)
	for {
		n, from, err := d.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(readPause)
			continue
		}
		s.metrics.received[d.name].Inc()
		w, reason, again := s.take(d.name, buf[:n], netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port()))
		switch {
		case again != nil:
			s.send(d, again, w.from)
		case reason != "":
			s.metrics.dropped[reason].Inc()
		default:
			d.put(s, w)
		}
	}
}

// take checks a datagram. It returns the request, or why it is dropped, or the answer that
// was given to it before. The datagram may be overwritten after.
func (s *Server) take(name string, datagram []byte, from peer) (w work, drop string, again []byte) {
	n := s.nases.find(from.Addr())
	if n == nil {
		s.stranger(from.Addr())
		return w, dropUnknownNAS, nil
	}
	p, err := readPacket(bytes.Clone(datagram), []byte(n.Secret.Reveal()))
	if err != nil {
		return w, dropMalformed, nil
	}
	if !serves(name, p.Code) {
		return w, dropCode, nil
	}
	if drop := p.verify(n); drop != "" {
		s.unproven(n, from.Addr(), drop)
		return w, drop, nil
	}
	w = work{packet: p, nas: n, from: from, at: s.opt.Clock(), key: requestKey{from, p.Code, p.Identifier, p.Authenticator}}
	first, answer := s.answered.begin(w.key, w.at)
	switch {
	case first:
		return w, "", nil
	case len(answer) > 0:
		return w, "", answer
	}
	return w, dropRepeated, nil
}

// serves reports whether a request is for the door.
func serves(name string, code codec.Code) bool {
	if code == codec.CodeStatusServer {
		return true
	}
	return name == doorAuth && code == codec.CodeAccessRequest || name == doorAccounting && code == codec.CodeAccountingRequest
}

// put puts a request into the line.
func (d *door) put(s *Server, w work) {
	select {
	case d.queue <- w:
	default:
		s.answered.forget(w.key)
		s.metrics.dropped[dropBusy].Inc()
	}
}

// work answers a request.
func (d *door) work(s *Server, w *work) {
	if s.opt.Clock().Sub(w.at) > lateAfter {
		s.answered.forget(w.key)
		s.metrics.dropped[dropLate].Inc()
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), lateAfter)
	defer cancel()
	answer, err := s.respond(ctx, d, w)
	if err != nil || answer == nil {
		s.answered.forget(w.key) // the access server asks again, or another server
		s.metrics.dropped[dropUnavailable].Inc()
		if err != nil {
			s.trouble("answer "+w.nas.Name, err)
		}
		return
	}
	now := s.opt.Clock()
	s.answered.put(w.key, answer, now)
	s.send(d, answer, w.from)
	s.metrics.seconds[d.name].Observe(now.Sub(w.at).Seconds())
}

// respond makes the answer to a request. Whoever asks whether the server lives is told so
// (RFC 5997 §4).
func (s *Server) respond(ctx context.Context, d *door, w *work) ([]byte, error) {
	if w.packet.Code != codec.CodeStatusServer {
		return d.serve(ctx, w.packet, w.nas, w.from)
	}
	if d.name == doorAccounting {
		return w.packet.answer(codec.CodeAccountingResponse, nil)
	}
	return w.packet.answer(codec.CodeAccessAccept, nil)
}

// send sends an answer; one that is lost is asked for again.
func (s *Server) send(d *door, answer []byte, to peer) {
	if _, err := d.conn.WriteToUDPAddrPort(answer, to); err != nil && !errors.Is(err, net.ErrClosed) {
		s.opt.Logger.Warn().Err(err).Stringer("to", to).Msg("radius: an answer could not be sent")
	}
}

// serveAuth answers an Access-Request.
func (s *Server) serveAuth(ctx context.Context, p *packet, n *NAS, from peer) ([]byte, error) {
	return s.authenticate(ctx, p, n, from)
}

// stranger logs, now and then, who asks and is not configured.
func (s *Server) stranger(addr netip.Addr) {
	s.once(addr, func() {
		s.opt.Logger.Warn().Stringer("from", addr).Msg("radius: a message from an address that radius.nas does not name; none of them is answered")
	})
}

// unproven logs, now and then, an access server whose messages prove nothing.
func (s *Server) unproven(n *NAS, addr netip.Addr, why string) {
	s.once(addr, func() {
		s.opt.Logger.Warn().Str("nas", n.Name).Stringer("from", addr).Str("reason", why).
			Msg("radius: messages of an access server are dropped: does its secret fit, and does it send a Message-Authenticator?")
	})
}

// once runs fn unless it was run for the address lately.
func (s *Server) once(addr netip.Addr, fn func()) {
	now, again := s.opt.Clock(), false
	s.strange.change(addr, now, func(_, known bool) bool {
		again = known
		return true
	})
	if !again {
		fn()
	}
}
