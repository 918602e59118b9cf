// Package tod tells the time of day by the Time Protocol (RFC 868), over UDP and
// TCP, IPv4 and IPv6. Cable modems ask for it when they boot; a modem that gets no
// answer goes on without (DOCSIS 3.0 and later).
//
// The time is a count of seconds since 1900-01-01 00:00 UTC in 32 bits. It wraps to 0
// on 2036-02-07 at 06:28:16 UTC and is served modulo 2^32 from then on, as RFC 868
// leaves no other way: a client has to know in which era of 136 years it lives, see
// [Time]. The time zone is not told: modems have it by DHCP option 2.
//
// An answer is as short as a question, so the server is of little use for reflecting
// floods; it is rate-limited all the same, by source and in all.
package tod

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Limits of the server.
const (
	// DefaultPerSource answers in a second for one address: a modem asks once per boot,
	// and a few times more when answers get lost.
	DefaultPerSource = 10
	// DefaultInAll answers in a second: what a flood with made-up addresses can make
	// this server send is 20,000 datagrams of 4 octets. A whole CMTS of modems that
	// boot together is some thousands.
	DefaultInAll = 20_000
	// maxSources addresses are remembered, at about 100 octets each.
	maxSources = 65_536
	// maxQuestion octets may be in a datagram that is answered. RFC 868 wants none; a few
	// clients send some. The answer is never to be much longer than the question.
	maxQuestion = 16
	// maxConns TCP connections are open at once, each for the moment of a write.
	maxConns = 64
	// connTimeout bounds a TCP connection: four octets fit into any window.
	connTimeout = 2 * time.Second
	// readPause keeps a broken socket from spinning.
	readPause = 10 * time.Millisecond
)

// sinceEra is 1970-01-01 as seconds since 1900-01-01 (RFC 868).
const sinceEra = 2_208_988_800

// answerSize is a 32-bit number in network order.
const answerSize = 4

// ErrAnswer: what came is no time of day.
var ErrAnswer = errors.New("tod: the answer is not four octets long")

// Seconds is the time as the protocol tells it: seconds since 1900, modulo 2^32.
func Seconds(t time.Time) uint32 { return uint32(t.Unix() + sinceEra) } // truncation is the rollover

// Time is the moment closest to near that the protocol tells as these seconds. A clock
// that is right to 68 years finds the right era.
func Time(seconds uint32, near time.Time) time.Time {
	away := int32(seconds - Seconds(near)) // modulo 2^32, then signed: the shorter way round
	return time.Unix(near.Unix()+int64(away), 0).UTC()
}

// Options are the parts of a Server. The zero value is ready to use.
type Options struct {
	// PerSource is how many answers an IPv4 address or an IPv6 network of 64 bits gets
	// in a second. 0: DefaultPerSource. Below 0: no limit.
	PerSource int
	// InAll is how many answers leave in a second. 0: DefaultInAll. Below 0: no limit.
	InAll      int
	Clock      func() time.Time      // nil: time.Now
	Logger     zerolog.Logger        // hears of sockets that fail
	Registerer prometheus.Registerer // nil: the metrics are registered nowhere
}

// Server answers on any number of sockets. It is safe for concurrent use.
type Server struct {
	opt  Options
	pace *pace
	met  *metrics
	room chan struct{} // a place for each TCP connection
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	closers map[io.Closer]struct{} // sockets and connections that are open; nil once closed
}

// New makes a Server. It fails when the metrics are registered already.
func New(o Options) (*Server, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Server{opt: o, pace: newPace(o), met: newMetrics(), room: make(chan struct{}, maxConns),
		closers: map[io.Closer]struct{}{}}
	if err := s.met.register(o.Registerer); err != nil {
		return nil, fmt.Errorf("tod: metrics: %w", err)
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Listen opens "address:port" for UDP and for TCP at the same port and serves it until
// Close. The address may be empty or a wildcard: answers leave from the address that
// was asked. Port 0 takes a free one. It returns the address that was bound.
func (s *Server) Listen(ctx context.Context, address string) (netip.AddrPort, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("tod: %w", err)
	}
	bound := l.Addr().(*net.TCPAddr).AddrPort()
	p, err := lc.ListenPacket(ctx, "udp", bound.String())
	if err != nil {
		return netip.AddrPort{}, errors.Join(fmt.Errorf("tod: %w", err), l.Close())
	}
	if err := s.ServeUDP(p.(*net.UDPConn)); err != nil {
		return netip.AddrPort{}, errors.Join(err, l.Close())
	}
	return netip.AddrPortFrom(bound.Addr().Unmap(), bound.Port()), s.ServeTCP(l)
}

// hold notes what Close has to close; false when that has happened.
func (s *Server) hold(c io.Closer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closers != nil {
		s.closers[c] = struct{}{}
	}
	return s.closers != nil
}

// drop closes what was held, once.
func (s *Server) drop(c io.Closer) {
	s.mu.Lock()
	_, held := s.closers[c]
	delete(s.closers, c)
	s.mu.Unlock()
	if held {
		_ = c.Close() // nothing was promised to the other side
	}
}

// Close closes all sockets and returns once nothing of the server runs, or with ctx's
// error before. It may be called more than once.
func (s *Server) Close(ctx context.Context) error {
	s.stop()
	s.mu.Lock()
	closers := s.closers
	s.closers = nil
	s.mu.Unlock()
	var err error
	for c := range closers {
		err = errors.Join(err, c.Close())
	}
	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		err = errors.Join(err, ctx.Err())
	}
	s.met.unregister(s.opt.Registerer)
	return err
}

// answer is the time of day for the wire.
func (s *Server) answer() [answerSize]byte {
	var b [answerSize]byte
	binary.BigEndian.PutUint32(b[:], Seconds(s.opt.Clock()))
	return b
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
