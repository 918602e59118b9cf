package dhcp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"itms"
	"itms/internal/dhcpclient"
	"itms/store/boltdb"
)

// patience is how long an answer that must come is waited for.
const patience = 10 * time.Second

// The network of most tests: a relay with modems in the primary subnet and what is behind
// them in the second.
var (
	testRelay  = netip.MustParseAddr("127.8.0.1")
	testServer = netip.MustParseAddr("127.0.0.1")
	cmPool     = Pool{First: netip.MustParseAddr("127.8.1.1"), Last: netip.MustParseAddr("127.8.1.250"), Classes: []string{"cm"}}
	walledPool = Pool{First: netip.MustParseAddr("127.8.2.1"), Last: netip.MustParseAddr("127.8.2.250"), Classes: []string{"cm-unknown"}}
	cpePool    = Pool{First: netip.MustParseAddr("127.9.1.1"), Last: netip.MustParseAddr("127.9.1.4"), Classes: []string{"cpe"}}
)

// testConfig is a configuration for it.
func testConfig() Config {
	return Config{
		Listen: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}, ServerID: testServer,
		Classes: []Class{
			{Name: "cm", LeaseTime: time.Hour, DNS: []netip.Addr{netip.MustParseAddr("192.0.2.53")}},
			{Name: "cm-unknown", LeaseTime: 5 * time.Minute, BootFile: "walled.cfg"},
			{Name: "cpe", LeaseTime: time.Hour, MaxCPE: 2},
		},
		Scopes: []Scope{
			{Subnet: netip.MustParsePrefix("127.8.0.0/16"), Relays: []netip.Addr{testRelay}, Routers: []netip.Addr{testRelay}, Pools: []Pool{cmPool, walledPool}},
			{Subnet: netip.MustParsePrefix("127.9.0.0/16"), Relays: []netip.Addr{testRelay}, Routers: []netip.Addr{netip.MustParseAddr("127.9.0.1")}, Pools: []Pool{cpePool}},
		},
		Limits: Limits{ClientRate: -1, RelayRate: -1, Rate: -1},
	}
}

// mac is the n-th address of those for documentation (RFC 7042 §2.1.1).
func mac(n int) itms.MAC { return itms.MAC{0, 0, 0x5e, 0, 0x53, byte(n)} }

// directory is a Directory by rules of the test.
type directory struct {
	mu      sync.Mutex
	forgets bool // for benchmarks: nothing is remembered
	client  func(a *Asking) (Client, error)
	leased  []itms.Lease
	asked   []Asking
	events  []itms.Event
}

// newDirectory knows all modems, and takes everything else for CPE.
func newDirectory() *directory {
	return &directory{client: func(a *Asking) (Client, error) {
		if a.Kind == itms.ClientModem {
			return Client{Class: "cm", Provision: "gold"}, nil
		}
		return Client{Class: "cpe"}, nil
	}}
}

func (d *directory) Client(_ context.Context, a *Asking) (Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.forgets {
		d.asked = append(d.asked, *a)
	}
	return d.client(a)
}

func (d *directory) BootFile(l *itms.Lease) string {
	if l.Kind != itms.ClientModem {
		return ""
	}
	return "f-" + l.Nonce
}

func (d *directory) Leased(_ *Asking, _ *Client, l *itms.Lease, _ bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.forgets {
		d.leased = append(d.leased, *l)
	}
}

func (d *directory) Event(e itms.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, e)
}

// set replaces what the directory says.
func (d *directory) set(fn func(a *Asking) (Client, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.client = fn
}

// told are the types of the events so far.
func (d *directory) told() (types []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.events {
		types = append(types, e.Type)
	}
	return types
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// openStore opens an embedded store that ends with the test.
func openStore(t testing.TB) itms.Store {
	t.Helper()
	s, err := boltdb.Open(t.Context(), filepath.Join(t.TempDir(), "itms.db"), boltdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// world is a server with its surroundings, and a relay before it.
type world struct {
	t         testing.TB
	server    *Server
	directory *directory
	store     itms.Store
	clock     *clock
	relay     *net.UDPConn
	registry  *prometheus.Registry
	xid       uint32
}

// newWorld starts a server; change may alter its options.
func newWorld(t testing.TB, change ...func(*Options)) *world {
	t.Helper()
	relay, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(testRelay, 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { relay.Close() })
	w := &world{t: t, directory: newDirectory(), clock: newClock(), relay: relay, registry: prometheus.NewRegistry()}
	o := Options{Config: testConfig(), Directory: w.directory, Clock: w.clock.Now, Registerer: w.registry}
	o.Config.RelayPort = relay.LocalAddr().(*net.UDPAddr).Port
	o.Config.ClientPort = 10_068
	for _, fn := range change {
		fn(&o)
	}
	if o.Store == nil {
		o.Store = openStore(t)
	}
	w.store = o.Store
	w.server = startServer(t, o)
	return w
}

// startServer starts a server that ends with the test.
func startServer(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// next is a transaction id that was not used.
func (w *world) next() uint32 { w.xid++; return w.xid }

// send sends a message through the relay.
func (w *world) send(b []byte) {
	w.t.Helper()
	if _, err := w.relay.WriteToUDPAddrPort(b, w.server.Addrs()[0]); err != nil {
		w.t.Fatal(err)
	}
}

// ask sends a message and returns the answer to it, which must come.
func (w *world) ask(b []byte) *dhcpclient.Answer {
	w.t.Helper()
	w.send(b)
	return w.receive()
}

// receive returns the next answer at the relay.
func (w *world) receive() *dhcpclient.Answer {
	w.t.Helper()
	a, err := w.receiveIn(patience)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) receiveIn(d time.Duration) (*dhcpclient.Answer, error) {
	if err := w.relay.SetReadDeadline(time.Now().Add(d)); err != nil {
		return nil, err
	}
	buf := make([]byte, 2048)
	n, err := w.relay.Read(buf)
	if err != nil {
		return nil, err
	}
	return dhcpclient.Parse(buf[:n])
}

// silent sends a message that must not be answered: a DISCOVER after it is, and nothing else
// came before. Messages of one lane are answered in their order, so what the message is to
// cause has become of it by then: outcome counts it.
func (w *world) silent(outcome string, b []byte) {
	w.t.Helper()
	before := w.outcome(outcome)
	w.send(b)
	deadline := time.Now().Add(patience)
	for w.outcome(outcome) == before {
		if time.Now().After(deadline) {
			w.t.Fatalf("the message did not end as %q", outcome)
		}
		if a, err := w.receiveIn(time.Millisecond); err == nil {
			w.t.Fatalf("answered with %+v", a)
		} else if !errors.Is(err, context.DeadlineExceeded) && !isTimeout(err) {
			w.t.Fatal(err)
		}
	}
}

// outcome is how many messages ended in a way.
func (w *world) outcome(name string) float64 {
	w.t.Helper()
	return w.counted("itms_dhcp_outcomes_total", name)
}

// counted is the value of a counter with that label, or without one.
func (w *world) counted(metric, label string) float64 {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != metric {
			continue
		}
		for _, m := range f.GetMetric() {
			if len(m.GetLabel()) == 0 && label == "" || len(m.GetLabel()) == 1 && m.GetLabel()[0].GetValue() == label {
				return m.GetCounter().GetValue()
			}
		}
	}
	w.t.Fatalf("there is no metric %s of %q", metric, label)
	return 0
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// exchange makes all four messages, which must succeed.
func (w *world) exchange(c *dhcpclient.Client) *dhcpclient.Answer {
	w.t.Helper()
	xid := w.next()
	offer := w.ask(c.Discover(xid))
	if offer.Type != dhcpclient.Offer || offer.XID != xid {
		w.t.Fatalf("not an offer: %+v", offer)
	}
	ack := w.ask(c.Request(xid, offer))
	if ack.Type != dhcpclient.ACK || ack.XID != xid || ack.Address != offer.Address {
		w.t.Fatalf("not an ACK of %v: %+v", offer.Address, ack)
	}
	return ack
}

// lease returns the lease of an address, nil when there is none.
func (w *world) lease(addr netip.Addr) (l *itms.Lease) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(tx itms.Tx) (err error) {
		l, err = leaseOf(tx.Leases(), addr)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// modem is the n-th modem behind the relay.
func modem(n int) *dhcpclient.Client {
	c := dhcpclient.Modem(mac(n), testRelay)
	return &c
}

// cpe is a client behind the modem with that number.
func cpe(n, modem int) *dhcpclient.Client {
	return &dhcpclient.Client{MAC: mac(n), Relay: testRelay, Modem: mac(modem), Circuit: []byte{0, 0, 0, 1}, Asks: []byte{1, 3, 6, 15, 51}, Hostname: "pc"}
}

// dialAt binds a client's own address.
func dialAt(t testing.TB, addr netip.Addr, port int) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, uint16(port))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// readAnswer returns the answer that must come.
func readAnswer(t testing.TB, conn *net.UDPConn) *dhcpclient.Answer {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2048)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	a, err := dhcpclient.Parse(buf[:n])
	if err != nil {
		t.Fatal(err)
	}
	return a
}
