package acs

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/internal/stun"
)

// natted is a device behind NAT: a STUN client and the socket it takes requests on.
type natted struct {
	t    *testing.T
	conn *net.UDPConn
	at   netip.AddrPort
}

// targetUDP is a target with credentials and no URL.
func targetUDP() ConnectionTarget {
	return ConnectionTarget{Username: testDevice.String(), Password: itms.NewSecret("cr-password")}
}

// aim changes where the device is called.
func (p *planner) aim(change func(*ConnectionTarget)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.target)
}

// listenUDP opens a loopback socket.
func listenUDP(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// serveSTUN switches the STUN server of srv on.
func serveSTUN(t *testing.T, srv *Server) {
	t.Helper()
	srv.ServeSTUN(listenUDP(t))
}

// newNatted makes a device that has its binding at srv.
func newNatted(t *testing.T, srv *Server) *natted {
	t.Helper()
	n := &natted{t: t, conn: listenUDP(t)}
	t.Cleanup(func() { _ = n.conn.Close() })
	n.at = netip.MustParseAddrPort(n.conn.LocalAddr().String())
	ask := stun.Ask{Classic: true, Binds: true, Username: testDevice.String(), Password: "cr-password"}
	if _, err := n.conn.WriteToUDPAddrPort(ask.Encode(), srv.stun.Load().Addr()); err != nil {
		t.Fatal(err)
	}
	if got, err := ask.Read(n.read()); err != nil || got.Mapped != n.at {
		t.Fatalf("%+v, %v", got, err)
	}
	return n
}

// read returns the next datagram.
func (n *natted) read() []byte {
	n.t.Helper()
	if err := n.conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		n.t.Fatal(err)
	}
	buf := make([]byte, 2048)
	size, _, err := n.conn.ReadFromUDPAddrPort(buf)
	if err != nil {
		n.t.Fatal(err)
	}
	return buf[:size]
}

// wants reads the copies of one request and returns it.
func (n *natted) wants() stun.Request {
	n.t.Helper()
	first := n.read()
	for range udpCopies - 1 {
		if again := n.read(); string(again) != string(first) {
			n.t.Errorf("a copy is another:\n%s%s", first, again)
		}
	}
	r, signed, err := stun.ReadRequest(first, "cr-password")
	if err != nil || !signed || r.Username != testDevice.String() || r.Address != n.at || r.Nonce == "" {
		n.t.Fatalf("%+v, signed %v, %v", r, signed, err)
	}
	return r
}

func TestUDPConnectionRequest(t *testing.T) {
	p := newPlanner()
	p.target = targetUDP()
	srv := newServer(t, p)
	if report, err := srv.ConnectionRequest(t.Context(), testDevice); report.Result != itms.CallNowhere || err == nil {
		t.Errorf("without a STUN server: %+v, %v", report, err)
	}
	serveSTUN(t, srv)
	n := newNatted(t, srv)
	var last stun.Request
	for range 2 {
		report, err := srv.ConnectionRequest(t.Context(), testDevice)
		if err != nil || report.Way != itms.ReachUDP || report.Result != itms.CallSent || report.Text == "" {
			t.Fatalf("%+v, %v", report, err)
		}
		r := n.wants()
		if r.Time <= last.Time || r.ID == last.ID || r.Nonce == last.Nonce {
			t.Errorf("%+v follows %+v", r, last)
		}
		last = r
	}
	if figures(srv.met.stun)["itms_cwmp_stun_requests_total bound"] != 1 || results(srv, "sent") != 2 {
		t.Errorf("%v", figures(srv.met.stun))
	}
}

// A binding that the device tells, or another node noted, is used when nobody holds it.
func TestUDPConnectionRequestToATold(t *testing.T) {
	for name, set := range map[string]func(*ConnectionTarget, string){
		"told by the device": func(c *ConnectionTarget, a string) { c.UDPAddress, c.NAT = a, true },
		"noted, owner gone":  func(c *ConnectionTarget, a string) { c.UDP = itms.UDPBinding{Address: a, Node: "gone"} },
		"noted by ourselves": func(c *ConnectionTarget, a string) { c.UDP = itms.UDPBinding{Address: a, Node: "n1"} },
		"noted and told":     func(c *ConnectionTarget, a string) { c.UDP.Address, c.UDPAddress = "nonsense", a },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlanner()
			p.target = targetUDP()
			srv := newServer(t, p)
			serveSTUN(t, srv)
			n := &natted{t: t, conn: listenUDP(t)}
			t.Cleanup(func() { _ = n.conn.Close() })
			n.at = netip.MustParseAddrPort(n.conn.LocalAddr().String())
			p.aim(func(c *ConnectionTarget) { set(c, n.at.String()) })
			if report, err := srv.ConnectionRequest(t.Context(), testDevice); err != nil || report.Result != itms.CallSent {
				t.Fatalf("%+v, %v", report, err)
			}
			n.wants()
		})
	}
}

func TestUDPAddresses(t *testing.T) {
	p := newPlanner()
	srv := newServer(t, p, func(o *Options) { o.DenyLoopback = true })
	serveSTUN(t, srv)
	for _, address := range []string{"x", "192.0.2.1", "192.0.2.1:0", "host.example.com:1", "127.0.0.1:9", "169.254.1.1:1", "224.0.0.1:1", "255.255.255.255:1",
		"0.0.0.0:1", "[::ffff:169.254.1.1]:1", "[fe80::1]:1", strings.Repeat("1", 300)} {
		p.aim(func(c *ConnectionTarget) { *c = targetUDP(); c.UDPAddress = address })
		srv.pace.devices = map[itms.DeviceID]paced{}
		if report, err := srv.ConnectionRequest(t.Context(), testDevice); report.Result != itms.CallNowhere || !itms.IsKind(err, itms.KindUnavailable) {
			t.Errorf("%.40s: %+v, %v", address, report, err)
		}
	}
}

func TestStunPassword(t *testing.T) {
	p := newPlanner()
	p.target = targetUDP()
	srv := newServer(t, p)
	for name, want := range map[string]string{testDevice.String(): "cr-password", "nonsense": "", "00005E-STB-other": "", "": ""} {
		if got, err := srv.stunPassword(t.Context(), name); got != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for kind, fails := range map[itms.Kind]bool{itms.KindNotFound: false, itms.KindUnavailable: true} {
		p.seek = func(itms.DeviceID) (ConnectionTarget, error) {
			return ConnectionTarget{}, itms.Errorf(kind, "X", "no")
		}
		if got, err := srv.stunPassword(t.Context(), testDevice.String()); got != "" || (err != nil) != fails {
			t.Errorf("%v: %q, %v", kind, got, err)
		}
	}
}

// Bindings are noted together, and each only when it is new or has moved.
func TestBindingsAreNoted(t *testing.T) {
	p := newPlanner()
	p.target = targetUDP()
	noted := make(chan map[itms.DeviceID]itms.UDPBinding, 10)
	fail := true
	srv := newServer(t, p, func(o *Options) {
		o.Bound = func(_ context.Context, b map[itms.DeviceID]itms.UDPBinding) error {
			noted <- b
			if fail {
				fail = false
				return errors.New("the store is away")
			}
			return nil
		}
	})
	srv.notes.pause = time.Millisecond
	serveSTUN(t, srv)
	n := newNatted(t, srv)
	if b := (<-noted)[testDevice]; b.Address != n.at.String() || b.Node != "n1" || b.At.IsZero() {
		t.Errorf("%+v", b)
	}
	again := newNatted(t, srv)
	if b := <-noted; len(b) != 1 || b[testDevice].Address != again.at.String() {
		t.Errorf("%+v", b)
	}
	if srv.boundDevices() != 1 || len(noted) != 0 {
		t.Errorf("%d bound, %d more notes", srv.boundDevices(), len(noted))
	}
}

func TestBindingNotesAreBounded(t *testing.T) {
	n := &bindingNotes{srv: &Server{opt: Options{Bound: func(context.Context, map[itms.DeviceID]itms.UDPBinding) error { return nil }}},
		kick: make(chan struct{}, 1), waiting: map[itms.DeviceID]itms.UDPBinding{}}
	n.bound(stun.Binding{Username: "nonsense"})
	for i := range maxBindingNotes + 10 {
		id := testDevice
		id.Serial = string(rune('a'+i%26)) + strings.Repeat("x", i%100) + time.Duration(i).String()
		n.bound(stun.Binding{Username: id.String()})
	}
	if len(n.waiting) > maxBindingNotes || len(n.take()) != noteBatch {
		t.Errorf("%d wait", len(n.waiting))
	}
}

// pair is two nodes of one installation, of which the first has a STUN server and the
// device's binding.
func pair(t *testing.T) (p *planner, owner, other *Server, n *natted, base string) {
	t.Helper()
	all := peers{}
	p = newPlanner()
	p.target = targetUDP()
	owner, other = newServer(t, p, asNode("a", all)), newServer(t, p, asNode("b", all))
	base = serve(t, owner)
	all["a"], all["b"] = base, serve(t, other)
	serveSTUN(t, owner)
	n = newNatted(t, owner)
	p.aim(func(c *ConnectionTarget) { c.UDP = itms.UDPBinding{Address: n.at.String(), Node: "a"} })
	return p, owner, other, n, base
}

// A node that cannot send and finds nobody who can says so.
func TestUDPConnectionRequestWithoutOwner(t *testing.T) {
	p, _, other, _, _ := pair(t)
	p.aim(func(c *ConnectionTarget) { c.UDP.Node = "gone" })
	if report, err := other.ConnectionRequest(t.Context(), testDevice); report.Result != itms.CallSilent || !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("%+v, %v", report, err)
	}
	p.aim(func(c *ConnectionTarget) { c.UDP.Node = "b" })
	if report, _ := other.ConnectionRequest(t.Context(), testDevice); report.Result != itms.CallNowhere {
		t.Errorf("its own binding, without a socket: %+v", report)
	}
}

// The datagram leaves from the socket of the node that holds the binding, whoever asks.
func TestUDPConnectionRequestByTheOwner(t *testing.T) {
	_, owner, other, n, _ := pair(t)
	if report, err := other.ConnectionRequest(t.Context(), testDevice); err != nil || report.Way != itms.ReachUDP || report.Result != itms.CallSent {
		t.Fatalf("%+v, %v", report, err)
	}
	buf := make([]byte, 2048)
	if err := n.conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, from, err := n.conn.ReadFromUDPAddrPort(buf); err != nil || from.Port() != owner.stun.Load().Addr().Port() {
		t.Errorf("from %v, %v; the owner is at %v", from, err, owner.stun.Load().Addr())
	}
}

func TestCallsOfPeers(t *testing.T) {
	p, owner, other, n, base := pair(t)
	stranger := itms.DeviceID{OUI: "00005E", Serial: "2"}
	p.aim(func(*ConnectionTarget) {
		p.seek = func(id itms.DeviceID) (ConnectionTarget, error) {
			if id == stranger {
				return ConnectionTarget{Username: id.String(), Password: itms.NewSecret("x")}, nil
			}
			return p.target, nil
		}
	})
	now := owner.clock()
	good := other.signCall(testDevice, now)
	for name, tc := range map[string]struct {
		header string
		want   int
	}{
		"right":               {good, http.StatusNoContent},
		"no binding":          {other.signCall(stranger, now), http.StatusNotFound},
		"no device":           {other.signCall(itms.DeviceID{}, now), http.StatusForbidden},
		"garbage":             {"x", http.StatusForbidden},
		"another device":      {strings.Replace(good, "00005E005301", "00005E005302", 1), http.StatusForbidden},
		"another node":        {"c" + good, http.StatusForbidden},
		"old":                 {other.signCall(testDevice, now.Add(-2*forwardValidity)), http.StatusForbidden},
		"early":               {other.signCall(testDevice, now.Add(2*forwardValidity)), http.StatusForbidden},
		"of a forwarded POST": {other.signForward("192.0.2.1", "", cookie{node: "a"}, now), http.StatusForbidden},
		"longer than any":     {strings.Repeat(";", 5000), http.StatusForbidden},
	} {
		req, err := http.NewRequest(http.MethodPost, base+"/cwmp", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(callHeader, tc.header)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != tc.want {
			t.Errorf("%s: %d, %v", name, resp.StatusCode, err)
		}
	}
	n.wants() // once, for the right one
	http.DefaultClient.CloseIdleConnections()
}
