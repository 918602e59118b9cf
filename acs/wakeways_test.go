package acs

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"itms"
)

// reporting collects what Options.Called is told.
func reporting(to chan itms.CallReport) func(*Options) {
	return func(o *Options) {
		o.Called = func(_ context.Context, id itms.DeviceID, r itms.CallReport) {
			if id == testDevice {
				to <- r
			}
		}
	}
}

// overdue makes the pending device's Inform late.
func overdue(t *testing.T, w *waker) {
	t.Helper()
	eventually(t, "a request that was taken", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		u := w.pending[testDevice]
		return u != nil && u.called != "" && !u.calling
	})
	w.mu.Lock()
	w.pending[testDevice].due = time.Time{}
	w.mu.Unlock()
	w.signal()
}

// next returns the next report, which must have the result and the way.
func next(t *testing.T, reports chan itms.CallReport, result itms.CallResult, way itms.ReachWay) itms.CallReport {
	t.Helper()
	select {
	case r := <-reports:
		if r.Result != result || r.Way != way || r.Text == "" || r.At.IsZero() {
			t.Fatalf("%+v, want %s by %s", r, result, way)
		}
		return r
	case <-time.After(10 * time.Second):
		t.Fatalf("no report; want %s by %s", result, way)
		return itms.CallReport{}
	}
}

// An unreachable HTTP address leads to UDP at once, and the Inform tells what worked.
func TestHTTPThenUDP(t *testing.T) {
	p := newPlanner()
	reports := make(chan itms.CallReport, 10)
	srv := newServer(t, p, reporting(reports))
	serveSTUN(t, srv)
	p.aim(func(c *ConnectionTarget) { *c = targetUDP(); c.URL = "http://127.0.0.1:1/" })
	n := newNatted(t, srv)
	srv.Wake(testDevice)
	n.wants()
	next(t, reports, itms.CallSent, itms.ReachUDP)
	newDirect(t, srv).post(informXML(testDevice.Serial, itms.EventConnectionRequest))
	next(t, reports, itms.CallInformed, itms.ReachUDP)
	if results(srv, "unreachable") != 1 || results(srv, "sent") != 1 || results(srv, "informed") != 1 || srv.waker.waiting() != 0 {
		t.Errorf("%v", figures(srv.met.connections))
	}
}

// A device that takes the request and does not come is called by the other way, then
// by both twice more, and then left in peace.
func TestNoInform(t *testing.T) {
	p := newPlanner()
	reports := make(chan itms.CallReport, 20)
	srv := newServer(t, p, reporting(reports))
	srv.waker.pause = time.Millisecond
	serveSTUN(t, srv)
	l := &listener{}
	l.start(t, p)
	p.aim(func(c *ConnectionTarget) { c.Username, c.UDPAddress = testDevice.String(), "127.0.0.1:9" })
	srv.Wake(testDevice)
	for round := range wakeTries {
		next(t, reports, itms.CallAccepted, itms.ReachHTTP)
		overdue(t, srv.waker)
		next(t, reports, itms.CallSent, itms.ReachUDP)
		overdue(t, srv.waker)
		r := next(t, reports, itms.CallNoInform, itms.ReachUDP)
		if r.Next.IsZero() != (round == wakeTries-1) {
			t.Errorf("round %d: next try at %v", round, r.Next)
		}
		srv.pace.mu.Lock()
		clear(srv.pace.devices)
		srv.pace.mu.Unlock()
	}
	if srv.waker.waiting() != 0 || results(srv, "no inform") != 2*wakeTries {
		t.Errorf("%v", figures(srv.met.connections))
	}
}

// An Inform proves a way by its event or, for HTTP, by having been called for.
func TestWhatAnInformProves(t *testing.T) {
	for name, tc := range map[string]struct {
		u      wakeup
		events []string
		want   itms.ReachWay
		silent bool // nothing is told
	}{
		"HTTP, 6":              {wakeup{called: itms.ReachHTTP}, []string{"1 BOOT", "6 CONNECTION REQUEST"}, itms.ReachHTTP, false},
		"HTTP, without events": {wakeup{called: itms.ReachHTTP}, nil, itms.ReachHTTP, false},
		"UDP, 6":               {wakeup{called: itms.ReachUDP}, []string{"6 CONNECTION REQUEST"}, itms.ReachUDP, false},
		"UDP, by itself":       {wakeup{called: itms.ReachUDP}, []string{"2 PERIODIC"}, "", false},
		"before its 200":       {wakeup{calling: true, trying: itms.ReachHTTP}, []string{"6 CONNECTION REQUEST"}, itms.ReachHTTP, false},
		"while it is called":   {wakeup{calling: true, trying: itms.ReachHTTP}, []string{"2 PERIODIC"}, "", false},
		"after a failure":      {wakeup{round: 1}, []string{"2 PERIODIC"}, "", false},
		"before any call":      {wakeup{}, []string{"2 PERIODIC"}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			reports := make(chan itms.CallReport, 1)
			srv := newServer(t, newPlanner(), reporting(reports))
			tc.u.device, tc.u.index = testDevice, -1
			srv.waker.mu.Lock()
			srv.waker.pending[testDevice] = &tc.u
			srv.waker.mu.Unlock()
			srv.waker.arrived(testDevice, tc.events)
			if srv.waker.waiting() != 0 {
				t.Error("still waits")
			}
			if !tc.silent {
				next(t, reports, itms.CallInformed, tc.want)
			} else if len(srv.waker.reports) != 0 {
				t.Error("told of nothing")
			}
		})
	}
}

// The Inform may have gone to another node: its session then is the newest.
func TestInformAtAnotherNode(t *testing.T) {
	p := newPlanner()
	reports := make(chan itms.CallReport, 10)
	srv := newServer(t, p, reporting(reports))
	l := &listener{}
	l.start(t, p)
	srv.Wake(testDevice)
	next(t, reports, itms.CallAccepted, itms.ReachHTTP)
	p.aim(func(c *ConnectionTarget) { c.Session = itms.SessionSummary{Node: "n2", Started: time.Now()} })
	overdue(t, srv.waker)
	next(t, reports, itms.CallInformed, itms.ReachHTTP)
	if srv.waker.waiting() != 0 || results(srv, "no inform") != 0 {
		t.Errorf("%v", figures(srv.met.connections))
	}
}

// A call over REST is waited for as well.
func TestInformAfterAConnectionRequest(t *testing.T) {
	p := newPlanner()
	reports := make(chan itms.CallReport, 10)
	srv := newServer(t, p, reporting(reports))
	l := &listener{}
	l.start(t, p)
	for range 2 { // the second finds the device pending
		if r, err := srv.ConnectionRequest(t.Context(), testDevice); err != nil || r.Result != itms.CallAccepted {
			t.Fatalf("%+v, %v", r, err)
		}
		next(t, reports, itms.CallAccepted, itms.ReachHTTP)
	}
	newDirect(t, srv).post(informXML(testDevice.Serial, itms.EventConnectionRequest))
	next(t, reports, itms.CallInformed, itms.ReachHTTP)
}

func TestWays(t *testing.T) {
	srv := newServer(t, newPlanner())
	udp, http := itms.ReachUDP, itms.ReachHTTP
	creds := ConnectionTarget{URL: "u", Username: "x", Password: itms.NewSecret("p"), UDPAddress: "a"}
	with := func(change func(*ConnectionTarget)) ConnectionTarget { c := creds; change(&c); return c }
	if got := srv.ways(&creds); !slices.Equal(got, []itms.ReachWay{http}) {
		t.Errorf("without a STUN server: %v", got)
	}
	serveSTUN(t, srv)
	for name, tc := range map[string]struct {
		target ConnectionTarget
		want   []itms.ReachWay
	}{
		"both":                   {creds, []itms.ReachWay{http, udp}},
		"behind NAT":             {with(func(c *ConnectionTarget) { c.NAT = true }), []itms.ReachWay{udp, http}},
		"behind NAT, HTTP works": {with(func(c *ConnectionTarget) { c.NAT, c.Last = true, http }), []itms.ReachWay{http, udp}},
		"UDP worked":             {with(func(c *ConnectionTarget) { c.Last = udp }), []itms.ReachWay{udp, http}},
		"UDP worked, no binding": {with(func(c *ConnectionTarget) { c.Last, c.UDPAddress = udp, "" }), []itms.ReachWay{http}},
		"no URL":                 {with(func(c *ConnectionTarget) { c.URL = "" }), []itms.ReachWay{udp}},
		"no password":            {with(func(c *ConnectionTarget) { c.Password = itms.Secret{} }), []itms.ReachWay{http}},
		"nothing":                {ConnectionTarget{}, nil},
	} {
		if got := srv.ways(&tc.target); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestPace(t *testing.T) {
	p := &pace{devices: map[itms.DeviceID]paced{}}
	now := time.Unix(1_800_000_000, 0)
	for i := range callBurst {
		if wait := p.take(testDevice, now); wait != 0 {
			t.Fatalf("call %d waits %v", i, wait)
		}
	}
	if wait := p.take(testDevice, now); wait != callEvery {
		t.Errorf("waits %v", wait)
	}
	if wait := p.take(itms.DeviceID{Serial: "other"}, now); wait != 0 {
		t.Errorf("another device waits %v", wait)
	}
	now = now.Add(callEvery)
	if first, second := p.take(testDevice, now), p.take(testDevice, now); first != 0 || second != callEvery {
		t.Errorf("later: %v, %v", first, second)
	}
	if a, b := p.stampOf(testDevice, now), p.stampOf(testDevice, now); a != now.Unix() || b != a+1 {
		t.Errorf("stamps %d, %d", a, b)
	}
	now = now.Add(time.Hour)
	for i := range maxPaced + 10 {
		p.take(itms.DeviceID{OUI: time.Duration(i).String()}, now)
	}
	if len(p.devices) > maxPaced {
		t.Errorf("%d are remembered", len(p.devices))
	}
}

// A device that was called too often waits and is called then.
func TestWakeBeyondThePace(t *testing.T) {
	p := newPlanner()
	p.aim(func(c *ConnectionTarget) { c.URL = "ftp://192.0.2.1/" }) // fails without a network
	inBubble(t, p, func(t *testing.T, srv *Server) {
		for range callBurst {
			_, _ = srv.ConnectionRequest(t.Context(), testDevice)
		}
		_, err := srv.ConnectionRequest(t.Context(), testDevice)
		if !itms.IsKind(err, itms.KindLimit) {
			t.Errorf("got %v", err)
		}
		srv.Wake(testDevice)
		synctest.Wait()
		if results(srv, "limited") != 2 || srv.waker.waiting() != 1 {
			t.Errorf("%v", figures(srv.met.connections))
		}
		time.Sleep(callEvery)
		synctest.Wait()
		if results(srv, "no address") != callBurst+1 || srv.waker.waiting() != 0 {
			t.Errorf("%v", figures(srv.met.connections))
		}
	})
}

// Of many devices the first are called at once, the others one after the other.
func TestMassJobsAreSpread(t *testing.T) {
	srv := &Server{clock: func() time.Time { return time.Unix(1_800_000_000, 0) }}
	w := newWaker(srv)
	const many = 2000
	now, soon, late := srv.clock(), 0, time.Duration(0)
	for i := range many {
		w.add(itms.DeviceID{OUI: time.Duration(i).String()})
	}
	for _, u := range w.queue {
		wait := u.due.Sub(now)
		late = max(late, wait)
		if wait < time.Second {
			soon++
		}
	}
	if soon < wakeWorkers || soon > many/2 || late < 5*time.Second || late > many*time.Second/wakeRate {
		t.Errorf("%d within a second, the last after %v", soon, late)
	}
}

func TestReportsDoNotBlock(t *testing.T) {
	w := newWaker(&Server{opt: Options{Called: func(context.Context, itms.DeviceID, itms.CallReport) {}}})
	for range maxReports + 10 {
		w.report(testDevice, itms.CallReport{})
	}
	if len(w.reports) != maxReports {
		t.Errorf("%d wait", len(w.reports))
	}
}
