package acs

import (
	"container/heap"
	"context"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"itms"
	"itms/cwmp"
)

// results reads the counter of connection requests, by any way.
func results(srv *Server, result string) float64 {
	all, sum := figures(srv.met.connections), 0.0
	for _, way := range []string{"", "http", "udp"} {
		sum += all["itms_cwmp_connection_requests_total "+result+" "+way]
	}
	return sum
}

// eventually waits for what another goroutine is about to do.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never happened:", what)
		}
	}
}

func TestWakeTriesThreeTimes(t *testing.T) {
	p := newPlanner()
	var calls []time.Duration
	start := time.Time{}
	p.seek = func(itms.DeviceID) (ConnectionTarget, error) {
		calls = append(calls, time.Since(start))
		return ConnectionTarget{}, itms.Errorf(itms.KindUnavailable, "X", "later")
	}
	inBubble(t, p, func(t *testing.T, srv *Server) {
		start = time.Now()
		for range 5 {
			srv.Wake(testDevice) // coalesced
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if len(calls) != wakeTries || calls[0] > time.Second || calls[1] < wakePause || calls[2] < 3*wakePause || calls[2] > 6*wakePause {
			t.Errorf("calls at %v", calls)
		}
		if srv.waker.waiting() != 0 || results(srv, "failed") != wakeTries {
			t.Errorf("%d are waiting", srv.waker.waiting())
		}
		srv.Wake(testDevice) // a new wish is a new beginning
		synctest.Wait()
		if len(calls) != wakeTries+1 {
			t.Errorf("%d calls", len(calls))
		}
	})
}

func TestWakeGivesUpAtOnce(t *testing.T) {
	p := newPlanner() // its target has no URL
	inBubble(t, p, func(t *testing.T, srv *Server) {
		srv.Wake(testDevice)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := results(srv, "no address"); got != 1 || srv.waker.waiting() != 0 {
			t.Errorf("%v calls", got)
		}
	})
}

func TestInformCancelsTheNextTry(t *testing.T) {
	p := newPlanner()
	var calls atomic.Int32
	p.seek = func(itms.DeviceID) (ConnectionTarget, error) {
		calls.Add(1)
		return ConnectionTarget{}, itms.Errorf(itms.KindUnavailable, "X", "later")
	}
	inBubble(t, p, func(t *testing.T, srv *Server) {
		srv.Wake(testDevice)
		synctest.Wait()
		d := newDirect(t, srv)
		d.post(informXML(testDevice.Serial))
		d.post("")
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if calls.Load() != 1 || srv.waker.waiting() != 0 {
			t.Errorf("%d calls", calls.Load())
		}
	})
}

func TestInformWhileCalling(t *testing.T) {
	p := newPlanner()
	leave := make(chan struct{})
	p.seek = func(itms.DeviceID) (ConnectionTarget, error) {
		p.mu.Unlock() // the device informs before it has answered
		<-leave
		p.mu.Lock()
		return ConnectionTarget{}, itms.Errorf(itms.KindUnavailable, "X", "later")
	}
	srv := newServer(t, p)
	srv.Wake(testDevice)
	eventually(t, "the call", func() bool {
		srv.waker.mu.Lock()
		defer srv.waker.mu.Unlock()
		return srv.waker.busy == 1
	})
	newDirect(t, srv).post(informXML(testDevice.Serial))
	close(leave)
	eventually(t, "the end of the call", func() bool {
		srv.waker.mu.Lock()
		defer srv.waker.mu.Unlock()
		return srv.waker.busy == 0
	})
	if srv.waker.waiting() != 0 || results(srv, "informed") != 1 {
		t.Errorf("%d are waiting", srv.waker.waiting())
	}
}

// restless reports whether the waker still calls or is going to.
func restless(w *waker) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy > 0 || len(w.queue) > 0 || len(w.pending) > 0
}

// slowCPE takes connection requests and answers each when told.
func slowCPE(t *testing.T, p *planner) (asked, answer chan struct{}) {
	asked, answer = make(chan struct{}), make(chan struct{})
	ts := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-answer
	}))
	t.Cleanup(ts.Close)
	p.target.URL = ts.URL
	return asked, answer
}

func TestInformWhileTheRequestIsUnderWay(t *testing.T) {
	p := newPlanner()
	asked, answer := slowCPE(t, p)
	srv := newServer(t, p)
	srv.Wake(testDevice)
	<-asked
	newDirect(t, srv).post(informXML(testDevice.Serial))
	answer <- struct{}{}
	eventually(t, "rest", func() bool { return !restless(srv.waker) })
	if results(srv, "informed") != 1 || results(srv, "accepted") != 1 {
		t.Errorf("%v", figures(srv.met.connections))
	}
}

func TestWakeWhileTheRequestIsUnderWay(t *testing.T) {
	p := newPlanner()
	asked, answer := slowCPE(t, p)
	srv := newServer(t, p)
	srv.Wake(testDevice)
	<-asked
	srv.Wake(testDevice)
	answer <- struct{}{}
	w := srv.waker
	eventually(t, "an accepted request and a second wish", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		u := w.pending[testDevice]
		if u == nil || u.called == "" || !u.again {
			return false
		}
		u.due = time.Time{} // the Inform does not come in time
		return true
	})
	w.signal()
	<-asked
	if results(srv, "no inform") != 1 {
		t.Error("not counted")
	}
	newDirect(t, srv).post(informXML(testDevice.Serial))
	answer <- struct{}{}
	eventually(t, "rest", func() bool { return !restless(w) })
}

// A call that found a session must not swallow a wake that this session passed on
// at its end, before the call was over.
func TestWakeWhileTheCallFindsASession(t *testing.T) {
	srv := newServer(t, newPlanner())
	w := srv.waker
	s := srv.newSession("")
	s.device = testDevice
	srv.sessions.enter(s, 10)
	u := &wakeup{device: testDevice, calling: true, index: -1}
	w.mu.Lock()
	w.pending[testDevice], w.busy = u, 1
	w.mu.Unlock()
	s.look.Store(lookClosed) // asks no more
	srv.Wake(testDevice)
	s.look.Store(lookOpen) // what the call saw before
	w.call(u)
	if results(srv, "live") == 0 {
		t.Fatalf("%v", figures(srv.met.connections))
	}
	srv.sessions.leave(s)
	eventually(t, "a second call", func() bool { return results(srv, "live") >= 2 || results(srv, "no address") == 1 })
}

func TestWakeReachesTheDevice(t *testing.T) {
	p := newPlanner()
	l := &listener{status: []int{503, 200}}
	l.start(t, p)
	srv := newServer(t, p)
	srv.waker.pause = time.Millisecond
	srv.Wake(testDevice)
	eventually(t, "an accepted request", func() bool { return results(srv, "accepted") == 1 })
	if results(srv, "busy") != 1 {
		t.Error("the first answer was not counted")
	}
	c := newCPE(t, serve(t, srv))
	c.inform()
	if results(srv, "informed") != 1 || srv.waker.waiting() != 0 {
		t.Error("the Inform was not taken for the success")
	}
}

func TestWakeIsBounded(t *testing.T) {
	p := newPlanner()
	leave := make(chan struct{})
	var running, most atomic.Int32
	p.seek = func(itms.DeviceID) (ConnectionTarget, error) {
		p.mu.Unlock()
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-leave
		running.Add(-1)
		p.mu.Lock()
		return ConnectionTarget{}, nil
	}
	srv := newServer(t, p)
	srv.waker.rate = 0 // all at once
	for i := range maxPending + 50 {
		id := testDevice
		id.Serial = strconv.Itoa(i)
		srv.Wake(id)
	}
	if got := results(srv, "dropped"); got != 50 {
		t.Errorf("%v dropped", got)
	}
	close(leave)
	eventually(t, "all calls", func() bool { return srv.waker.waiting() == 0 })
	if most.Load() > wakeWorkers {
		t.Errorf("%d at once", most.Load())
	}
}

func TestWakeFromManySides(t *testing.T) {
	p := newPlanner()
	srv := newServer(t, p)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			d := newDirect(t, srv)
			for range 50 {
				srv.Wake(testDevice)
				d.post(informXML(testDevice.Serial))
				srv.Wake(testDevice)
				d.post("")
				srv.Wake(itms.DeviceID{OUI: "00005E", Serial: strconv.Itoa(i)})
			}
		})
	}
	all.Wait()
	eventually(t, "rest", func() bool { return srv.waker.waiting() == 0 })
	if srv.sessions.count() != 0 {
		t.Errorf("%d sessions", srv.sessions.count())
	}
}

func TestWakeupsAreInOrder(t *testing.T) {
	var q wakeups
	now := time.Unix(1_800_000_000, 0)
	for _, i := range rand.Perm(100) {
		heap.Push(&q, &wakeup{due: now.Add(time.Duration(i) * time.Second)})
	}
	heap.Remove(&q, 50)
	for last := (time.Time{}); len(q) > 0; {
		u := heap.Pop(&q).(*wakeup)
		if u.due.Before(last) || u.index != -1 {
			t.Fatalf("%v after %v", u.due, last)
		}
		last = u.due
	}
}

// TestNoWakeIsLost wakes a device at each moment of a session and sees whether the
// planner is asked, or the device called, after that.
func TestNoWakeIsLost(t *testing.T) {
	never := func(int) bool { return false }
	for name, wakes := range map[string]func(look int) bool{
		"in the first look":  func(look int) bool { return look == 1 },
		"in the second look": func(look int) bool { return look <= 2 },
		"in the last look":   func(look int) bool { return look <= maxLooks },
		"contact":            never,
		"notice":             never,
		"between posts":      never,
		"settle":             never,
		"ended":              never,
		"blocked":            never,
		"fenced":             never,
		"planner fails":      never,
		"closed by garbage":  never,
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlanner()
			looks, settled, pending := 0, false, false
			var srv *Server
			wake := func() { pending = true; srv.Wake(testDevice) }
			p.contact = func(*itms.Contact) error {
				switch name {
				case "contact":
					wake()
				case "blocked":
					wake()
					return itms.Errorf(itms.KindForbidden, itms.CodeForbidden, "blocked")
				}
				return nil
			}
			p.notice = func(itms.Notice) error { when(name == "notice", wake); return nil }
			p.settle = func(itms.Outcome) error { settled = true; when(name == "settle", wake); return nil }
			p.next = func(context.Context, string) (itms.Command, error) {
				looks++
				pending = false
				when(wakes(looks), wake)
				switch {
				case name == "fenced":
					wake()
					return nil, itms.Errorf(itms.KindFenced, itms.CodeFenced, "another node has it")
				case name == "planner fails":
					wake()
					return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "defect")
				case name == "settle" && !settled:
					return someReboot, nil
				}
				return nil, nil
			}
			called := make(chan struct{}, 10)
			p.seek = func(itms.DeviceID) (ConnectionTarget, error) { called <- struct{}{}; return ConnectionTarget{}, nil }
			srv = newServer(t, p)
			d := newDirect(t, srv)
			d.post(informXML(testDevice.Serial))
			d.post(xml("5", &cwmp.TransferComplete{CommandKey: "k"}))
			when(name == "between posts" || name == "closed by garbage", wake)
			if name == "closed by garbage" {
				d.post("garbage")
			}
			w := d.post("")
			if name == "settle" {
				w = d.post(xml("x", &cwmp.RebootResponse{}))
			}
			if w.Code != 204 || srv.sessions.count() != 0 {
				t.Fatalf("the session is not over: %d", w.Code)
			}
			when(name == "ended", wake)
			if looks > maxLooks {
				t.Errorf("%d looks", looks)
			}
			if !pending {
				return // a look came after it
			}
			select {
			case <-called:
			case <-time.After(10 * time.Second):
				t.Errorf("lost, after %d looks", looks)
			}
		})
	}
}

// when calls f if it should.
func when(should bool, f func()) {
	if should {
		f()
	}
}
