package main

import (
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"itms"
	"itms/acs"
	"itms/cmd/cpesim/sim"
)

// doorPlanner is a domain that knows where one simulated box is called, and has no
// other work for it.
type doorPlanner struct {
	mu     sync.Mutex
	target acs.ConnectionTarget
	ended  chan itms.SessionSummary
}

var _ acs.Planner = (*doorPlanner)(nil)

// Contact takes the addresses out of the Inform.
func (p *doorPlanner) Contact(_ context.Context, c *itms.Contact) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range c.Params {
		switch v.Name.Leaf() {
		case "ConnectionRequestURL":
			p.target.URL = v.Value
		case "UDPConnectionRequestAddress":
			p.target.UDPAddress = v.Value
		case "NATDetected":
			p.target.NAT = v.Value == "1"
		}
	}
	return nil
}

func (*doorPlanner) Next(context.Context, itms.DeviceID, string) (itms.Command, error) {
	return nil, nil
}
func (*doorPlanner) Advance(context.Context, itms.DeviceID, string, ...itms.Outcome) (itms.Command, error) {
	return nil, nil
}
func (*doorPlanner) Notice(context.Context, itms.Notice) error { return nil }
func (p *doorPlanner) Ended(s itms.SessionSummary)             { p.ended <- s }

func (p *doorPlanner) Target(context.Context, itms.DeviceID) (acs.ConnectionTarget, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.target, nil
}

// doorWorld is an ACS and a box with quirks that is switched on.
type doorWorld struct {
	t       *testing.T
	planner *doorPlanner
	acs     *acs.Server
	box     *sim.CPE
	id      itms.DeviceID
	reports chan itms.CallReport
}

const (
	manage       = "Device.ManagementServer."
	doorPassword = "synthetic-cr-password"
)

// newDoorWorld starts both and waits for the first session.
func newDoorWorld(t *testing.T, quirks ...string) *doorWorld {
	t.Helper()
	w := &doorWorld{t: t, planner: &doorPlanner{ended: make(chan itms.SessionSummary, 100)}, reports: make(chan itms.CallReport, 100)}
	var err error
	w.acs, err = acs.New(acs.Options{Planner: w.planner, Node: "n1", Auth: acs.AuthNone,
		Called: func(_ context.Context, _ itms.DeviceID, r itms.CallReport) { w.reports <- r }})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(nil)
	ts.Config = w.acs.HTTPServer()
	ts.Start()
	t.Cleanup(func() {
		ts.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := w.acs.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	set, err := sim.ParseQuirks(append(quirks, "no-periodic")...)
	if err != nil {
		t.Fatal(err)
	}
	if w.box, err = sim.New(sim.Config{Model: "ctc-stb", ACS: []string{ts.URL}, Listen: "127.0.0.1:0", Quirks: set}); err != nil {
		t.Fatal(err)
	}
	who := w.box.Identity()
	if w.id, err = itms.NewDeviceID(who.OUI, who.ProductClass, who.Serial); err != nil {
		t.Fatal(err)
	}
	w.set("ConnectionRequestUsername", w.id.String())
	w.set("ConnectionRequestPassword", doorPassword)
	w.planner.target.Username, w.planner.target.Password = w.id.String(), itms.NewSecret(doorPassword)
	w.run()
	w.session()
	return w
}

// run switches the box on until the test ends.
func (w *doorWorld) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.box.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
}

// set changes a parameter of the box's ManagementServer.
func (w *doorWorld) set(leaf, value string) {
	w.t.Helper()
	if err := w.box.Set(manage+leaf, value); err != nil {
		w.t.Fatal(err)
	}
}

// session waits for the end of a session and returns its events.
func (w *doorWorld) session() string {
	w.t.Helper()
	select {
	case s := <-w.planner.ended:
		return strings.Join(s.Events, ",")
	case <-time.After(20 * time.Second):
		w.t.Fatal("no session")
		return ""
	}
}

// until reads reports until one is not of a call under way.
func (w *doorWorld) until() itms.CallReport {
	w.t.Helper()
	for {
		select {
		case r := <-w.reports:
			if !r.Passing() {
				return r
			}
		case <-time.After(20 * time.Second):
			w.t.Fatal("no report")
		}
	}
}

// TestCallsOfOddBoxes wakes a simulated box with each quirk of connection requests.
func TestCallsOfOddBoxes(t *testing.T) {
	for quirk, want := range map[string]itms.CallResult{
		"": itms.CallInformed, "cr-no-qop": itms.CallInformed, "cr-sha256": itms.CallInformed, "cr-folded": itms.CallInformed,
		"cr-unquoted": itms.CallInformed, "cr-close": itms.CallInformed, "cr-session-first": itms.CallInformed,
		"cr-url-per-boot": itms.CallInformed, "cr-basic": itms.CallRefused,
	} {
		t.Run(quirk, func(t *testing.T) {
			t.Parallel()
			var quirks []string
			if quirk != "" {
				quirks = []string{quirk}
			}
			w := newDoorWorld(t, quirks...)
			w.acs.Wake(w.id)
			if r := w.until(); r.Result != want || r.Way != itms.ReachHTTP || strings.Contains(r.Text, doorPassword) {
				t.Fatalf("%+v, want %s", r, want)
			}
			if want == itms.CallInformed {
				if got := w.session(); got != itms.EventConnectionRequest {
					t.Errorf("events %s", got)
				}
			}
		})
	}
}

func TestBasicWhereItIsAllowed(t *testing.T) {
	w := newDoorWorld(t, "cr-basic")
	w.planner.mu.Lock()
	w.planner.target.AllowBasic = true
	w.planner.mu.Unlock()
	w.acs.Wake(w.id)
	if r := w.until(); r.Result != itms.CallInformed || r.Way != itms.ReachHTTP {
		t.Errorf("%+v", r)
	}
}

func TestSilentBox(t *testing.T) {
	w := newDoorWorld(t, "cr-silent")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if r, err := w.acs.ConnectionRequest(ctx, w.id); r.Result != itms.CallSilent || !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("%+v, %v", r, err)
	}
}

// The address of before a boot is not valid any more, and that is said.
func TestMovedBox(t *testing.T) {
	w := newDoorWorld(t, "cr-url-per-boot")
	w.planner.mu.Lock()
	w.planner.target.URL += "x"
	w.planner.mu.Unlock()
	if r, err := w.acs.ConnectionRequest(t.Context(), w.id); r.Result != itms.CallMoved || !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestBoxBehindNAT: its HTTP address leads nowhere, and what it takes by UDP must come
// from the STUN server's socket.
func TestBoxBehindNAT(t *testing.T) {
	w := newDoorWorld(t, "nat=50ms")
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	w.acs.ServeSTUN(conn)
	w.acs.Wake(w.id)
	if r := w.until(); r.Result != itms.CallSilent || r.Way != itms.ReachHTTP || r.Next.IsZero() {
		t.Errorf("before its binding: %+v", r)
	}
	for leaf, value := range map[string]string{"STUNUsername": w.id.String(), "STUNPassword": doorPassword, "STUNServerAddress": "127.0.0.1", "STUNServerPort": port} {
		w.set(leaf, value)
	}
	w.set("STUNEnable", "1")
	if got := w.session(); got != "4 VALUE CHANGE" {
		t.Fatalf("events %s", got)
	}
	if r := w.until(); r.Result != itms.CallInformed || r.Way != "" {
		t.Errorf("the Inform that came by itself: %+v", r)
	}
	for range 2 {
		w.acs.Wake(w.id)
		if r := w.until(); r.Result != itms.CallInformed || r.Way != itms.ReachUDP {
			t.Fatalf("%+v", r)
		}
		if got := w.session(); got != itms.EventConnectionRequest {
			t.Errorf("events %s", got)
		}
	}
	if len(w.planner.ended) != 0 {
		t.Error("copies of one request were taken for more")
	}
}
