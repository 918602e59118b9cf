package tftp

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"itms/internal/apart"
	"itms/internal/tftpload"
)

// TestMain runs the tests, or the clients of the benchmarks in a process of their own.
func TestMain(m *testing.M) {
	apart.Main(map[string]apart.Part{"load": apart.Of[tftpload.Load]()})
	goleak.VerifyTestMain(m)
}

// octets are n octets that look like none else.
func octets(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// files is a source of names, for everybody.
type files map[string][]byte

// Open finds a name.
func (f files) Open(_ context.Context, r Request) (Content, error) {
	b, there := f[r.Name]
	if !there {
		return Content{}, ErrNotFound
	}
	return Content{Bytes: b}, nil
}

// serve starts a server at an address until the test ends.
func serve(t testing.TB, address string, o Options) (*Server, netip.AddrPort) {
	t.Helper()
	o.Registerer = prometheus.NewRegistry()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // gives up what a test has left
		_ = s.Close(ctx)
	})
	at, err := s.Listen(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	return s, at
}

// counted is a counter of the server, of all that have the name with the label's value.
func counted(t *testing.T, s *Server, name, label string) float64 {
	t.Helper()
	families, err := s.opt.Registerer.(*prometheus.Registry).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "itms_tftp_"+name && (label == "" || m.GetLabel()[0].GetValue() == label) {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("no metric %s %s", name, label)
	return 0
}

// wait waits until the counter is at the value.
func wait(t *testing.T, s *Server, name, label string, value float64) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); counted(t, s, name, label) != value; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%s %s is not %v", name, label, value)
		}
	}
}

// fakeClock is moved by the test.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

// read shows it.
func (c *fakeClock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// advance moves it.
func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newClock makes one.
func newClock() *fakeClock { return &fakeClock{now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)} }

// peer is a client that sends what the test wants.
type peer struct {
	t    *testing.T
	conn *net.UDPConn
	to   netip.AddrPort // where ACKs go: where the last packet came from
}

// newPeer makes a client at a free port of an address.
func newPeer(t *testing.T, host string) *peer {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(host), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &peer{t: t, conn: conn}
}

// send sends a packet.
func (p *peer) send(to netip.AddrPort, packet []byte) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDPAddrPort(packet, to); err != nil {
		p.t.Fatal(err)
	}
}

// ask sends a request for reading in octet mode, with options as in "blksize|8|".
func (p *peer) ask(to netip.AddrPort, name, options string) {
	p.t.Helper()
	p.send(to, append([]byte{0, opRRQ}, z(name+"|octet|"+options)...))
}

// ack acknowledges a block to where the last packet came from.
func (p *peer) ack(block uint16) {
	p.t.Helper()
	p.send(p.to, head(nil, opACK, block))
}

// take returns the next packet.
func (p *peer) take() []byte {
	p.t.Helper()
	buf := make([]byte, 65536)
	_ = p.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	n, from, err := p.conn.ReadFromUDPAddrPort(buf)
	if err != nil {
		p.t.Fatal(err)
	}
	p.to = unmapped(from)
	return buf[:n]
}

// data takes a block, of the file's size.
func (p *peer) data(block uint16, size int) {
	p.t.Helper()
	b := p.take()
	if n, _ := number(b); opcode(b) != opDATA || n != block || len(b)-headSize != size {
		p.t.Fatalf("%s, want block %d with %d octets", shown(b), block, size)
	}
}

// refused takes an ERROR.
func (p *peer) refused(code uint16) {
	p.t.Helper()
	b := p.take()
	if n, _ := number(b); opcode(b) != opERROR || n != code || b[len(b)-1] != 0 {
		p.t.Fatalf("%s, want error %d", shown(b), code)
	}
}

// offered takes an OACK.
func (p *peer) offered(options string) {
	p.t.Helper()
	if b := p.take(); string(b) != string(z("|\x06"+options)) {
		p.t.Fatalf("%s, want an OACK with %s", shown(b), options)
	}
}

// shown is a packet for people.
func shown(b []byte) string { return fmt.Sprintf("%d octets: %q", len(b), b[:min(len(b), 60)]) }

// result waits for the end of a transfer.
func result(t *testing.T, results <-chan Result) Result {
	t.Helper()
	select {
	case r := <-results:
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("the transfer has not ended")
		return Result{}
	}
}

// told is a source of one content, that tells the requests and the ends.
type told struct {
	content  Content
	requests chan Request
	results  chan Result
}

// newTold makes one.
func newTold(c Content) *told {
	return &told{c, make(chan Request, 100), make(chan Result, 100)}
}

// Open tells the request.
func (s *told) Open(_ context.Context, r Request) (Content, error) {
	s.requests <- r
	c := s.content
	c.Done = func(r Result) { s.results <- r }
	return c, nil
}
