package acs

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"itms"
	"itms/cwmp"
)

// direct posts to the handler without a network, so that time can be faked. It
// stands for one CPE on one connection.
type direct struct {
	t      *testing.T
	srv    *Server
	ctx    context.Context
	cookie string
}

func newDirect(t *testing.T, srv *Server) *direct {
	return &direct{t: t, srv: srv, ctx: srv.ConnContext(context.Background(), nil)}
}

func (d *direct) post(body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(d.ctx, http.MethodPost, "/", strings.NewReader(body))
	if d.cookie != "" {
		r.Header.Set("Cookie", d.cookie)
	}
	w := httptest.NewRecorder()
	d.srv.ServeHTTP(w, r)
	if set := w.Header().Get("Set-Cookie"); set != "" {
		d.cookie, _, _ = strings.Cut(set, ";")
	}
	return w
}

// inBubble runs a test with a server in faked time.
func inBubble(t *testing.T, p *planner, test func(t *testing.T, srv *Server), change ...func(*Options)) {
	synctest.Test(t, func(t *testing.T) {
		p.end = make(chan itms.SessionSummary, 1000)
		test(t, newServer(t, p, change...))
	})
}

// known counts the cookies that the server knows.
func known(srv *Server) int {
	srv.sessions.mu.Lock()
	defer srv.sessions.mu.Unlock()
	return len(srv.sessions.byToken)
}

// slots counts the ticks at which the wheel has something to do.
func slots(w *wheel) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.at)
}

func TestIdleSessionTimesOut(t *testing.T) {
	p := newPlanner(someReboot, someReboot)
	inBubble(t, p, func(t *testing.T, srv *Server) {
		d := newDirect(t, srv)
		d.post(informXML("s1"))
		time.Sleep(29 * time.Second)
		if w := d.post(""); w.Code != 200 {
			t.Fatal("ended too early:", w.Code)
		}
		time.Sleep(29 * time.Second) // the POST began a new half minute
		if p.endings() != 0 {
			t.Fatal("ended too early")
		}
		time.Sleep(4 * time.Second)
		if s := p.waitEnd(t); s.End != itms.SessionTimeout || s.Duration < 58*time.Second || len(s.RPCs) != 1 {
			t.Errorf("%+v", s)
		}
		if w := d.post(xml("1", &cwmp.RebootResponse{})); w.Code != 204 || len(p.outcomes) != 0 {
			t.Error("a late answer was taken:", w.Code)
		}
	})
}

func TestSessionTimeoutHeader(t *testing.T) {
	for header, lasts := range map[string]time.Duration{"1": 10 * time.Second, "120": 120 * time.Second, "86400": 600 * time.Second} {
		p := newPlanner()
		inBubble(t, p, func(t *testing.T, srv *Server) {
			d := newDirect(t, srv)
			body := strings.Replace(informXML("s1"), "</cwmp:ID>", "</cwmp:ID><cwmp:SessionTimeout>"+header+"</cwmp:SessionTimeout>", 1)
			d.post(body)
			time.Sleep(lasts - time.Second)
			if srv.sessions.count() != 1 {
				t.Fatalf("%s: ended too early", header)
			}
			time.Sleep(3 * time.Second)
			if s := p.waitEnd(t); s.End != itms.SessionTimeout {
				t.Error(s.End)
			}
		})
	}
}

func TestEndedSessionsAreForgotten(t *testing.T) {
	inBubble(t, newPlanner(), func(t *testing.T, srv *Server) {
		for range 100 {
			d := newDirect(t, srv)
			d.post(informXML("s1"))
			d.post("")
		}
		if known(srv) != 100 {
			t.Fatalf("%d cookies known", known(srv))
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := known(srv); got != 0 {
			t.Errorf("%d cookies known", got)
		}
		if got := slots(srv.wheel); got != 0 {
			t.Errorf("%d slots in the wheel", got)
		}
	})
}

func TestEndedSessionsAreKnownForAWhile(t *testing.T) {
	late := xml("1", &cwmp.TransferComplete{}) // 400 once its session is forgotten
	for name, finish := range map[string]func(d *direct){
		"done":      func(d *direct) { d.post("") },
		"timed out": func(*direct) { time.Sleep(defaultSessionTimeout + 2*maxTick) },
	} {
		p := newPlanner()
		inBubble(t, p, func(t *testing.T, srv *Server) {
			d := newDirect(t, srv)
			d.post(informXML("s1"))
			finish(d)
			time.Sleep(endedLinger - 5*time.Second)
			if w := d.post(late); w.Code != 204 || known(srv) != 1 || srv.sessions.count() != 0 {
				t.Errorf("%s: %d, %d cookies known", name, w.Code, known(srv))
			}
			time.Sleep(endedLinger + 5*time.Second)
			synctest.Wait()
			if w := d.post(late); w.Code != 400 || known(srv) != 0 {
				t.Errorf("%s: %d, %d cookies known", name, w.Code, known(srv))
			}
		})
	}
}

func TestAbandonedSessionsAreForgotten(t *testing.T) {
	p := newPlanner()
	inBubble(t, p, func(t *testing.T, srv *Server) {
		newDirect(t, srv).post(informXML("s1"))
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if known(srv) != 0 || p.endings() != 1 {
			t.Errorf("%d cookies, %d ended", known(srv), p.endings())
		}
	})
}

func TestPlannerThatHangs(t *testing.T) {
	p := newPlanner()
	p.next = func(ctx context.Context, _ string) (itms.Command, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	inBubble(t, p, func(t *testing.T, srv *Server) {
		d := newDirect(t, srv)
		d.post(informXML("s1"))
		began := time.Now()
		if w := d.post(""); w.Code != 204 {
			t.Error(w.Code)
		}
		if took := time.Since(began); took < plannerTime || took > plannerTime+10*time.Second {
			t.Error("took", took)
		}
		if s := p.waitEnd(t); s.End != itms.SessionError {
			t.Error(s.End)
		}
	})
}

func TestLongestSession(t *testing.T) {
	p := newPlanner()
	inBubble(t, p, func(t *testing.T, srv *Server) {
		d := newDirect(t, srv)
		d.post(informXML("s1"))
		began := time.Now()
		for d.post(xml("1", &cwmp.GetRPCMethods{})).Code == 200 {
			time.Sleep(20 * time.Second)
		}
		if took := time.Since(began); took < time.Hour || took > time.Hour+time.Minute {
			t.Error("took", took)
		}
		if s := p.waitEnd(t); s.End != itms.SessionError {
			t.Error(s.End)
		}
	})
}

func TestWorkForASessionThatTimesOut(t *testing.T) {
	p := newPlanner()
	var calls atomic.Int32
	p.seek = func(itms.DeviceID) (ConnectionTarget, error) { calls.Add(1); return ConnectionTarget{}, nil }
	inBubble(t, p, func(t *testing.T, srv *Server) {
		newDirect(t, srv).post(informXML(testDevice.Serial))
		srv.Wake(testDevice)
		synctest.Wait()
		if calls.Load() != 0 {
			t.Fatal("a connection request although the device is here")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if calls.Load() != 1 {
			t.Errorf("%d connection requests after the session was lost", calls.Load())
		}
	})
}

func TestWheelAfterAJumpOfTheClock(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	w := newWheel(30*time.Second, now)
	for i := range 10 {
		w.add(&session{}, now.Add(time.Duration(i)*time.Minute).UnixNano())
	}
	w.add(&session{}, now.Add(1000*time.Hour).UnixNano())
	if got := len(w.take(now.Add(500 * time.Hour))); got != 10 {
		t.Errorf("%d are due", got)
	}
	w.add(&session{}, now.UnixNano()) // in the past: at the next tick
	if got := len(w.take(now.Add(500*time.Hour + w.tick))); got != 1 {
		t.Errorf("%d are due", got)
	}
	if got := len(w.take(now)); got != 0 {
		t.Errorf("%d are due in the past", got)
	}
	if newWheel(time.Nanosecond, now).tick != minTick || newWheel(time.Hour, now).tick != maxTick {
		t.Error("ticks out of bounds")
	}
}

func TestLargeBodyThroughARecorder(t *testing.T) {
	srv := newServer(t, newPlanner())
	d := newDirect(t, srv)
	w := d.post(informXML("s1") + string(bytes.Repeat([]byte(" "), 2*largeBody)))
	if w.Code != 200 {
		t.Error(w.Code)
	}
}
