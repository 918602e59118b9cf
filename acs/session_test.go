package acs

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"itms"
	"itms/cwmp"
)

func TestIdleSession(t *testing.T) {
	p := newPlanner()
	c := newCPE(t, serve(t, newServer(t, p)))
	a := c.inform()
	if env := a.envelope(t); env.ID != "1042" || env.Version != cwmp.Version12 || env.UseVersion != "" || env.HoldRequests {
		t.Errorf("envelope %+v", env)
	}
	if got := a.Header.Get("Content-Type"); got != `text/xml; charset="utf-8"` {
		t.Error("content type", got)
	}
	c.post("").want(t, http.StatusNoContent)
	s := p.waitEnd(t)
	if s.End != itms.SessionDone || s.Device != testDevice || s.Node != "n1" || s.Remote != "127.0.0.1" || s.Eventful() {
		t.Errorf("summary %+v", s)
	}
	if s.BytesIn == 0 || s.BytesOut == 0 || s.Duration <= 0 || !reflect.DeepEqual(s.Events, []string{"2 PERIODIC"}) {
		t.Errorf("summary %+v", s)
	}
	if k := p.contacts[0]; k.Session != s.ID || k.Device != testDevice || k.CWMP != "1-2" || len(k.Params) != 5 || !k.Has("2 PERIODIC") ||
		k.Remote != "127.0.0.1" || !k.At.Equal(s.Started) {
		t.Errorf("contact %+v", k)
	}
	if strings.Contains(c.cookie, testDevice.Serial) || strings.Contains(c.cookie, s.ID) {
		t.Error("the cookie tells something:", c.cookie)
	}
}

func TestCommandsOneByOne(t *testing.T) {
	get := itms.GetValues{Paths: []itms.ParamPath{"Device.DeviceInfo."}, Why: "read"}
	set := itms.SetValues{Key: "o/1/2", Values: []itms.SetValue{{Name: "Device.A", Value: "1", Type: itms.TypeInt}}}
	p := newPlanner(get, set, itms.Reboot{Key: "b"})
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	a := c.post("")
	if m, ok := a.want(t, 200).(*cwmp.GetParameterValues); !ok || m.Names[0] != "Device.DeviceInfo." {
		t.Fatalf("%s", a.text)
	}
	a = c.respond(a, &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{{Name: "Device.DeviceInfo.UpTime", Value: "5", Type: "xsd:unsignedInt"}}})
	if m, ok := a.want(t, 200).(*cwmp.SetParameterValues); !ok || m.ParameterKey != "o/1/2" || m.Parameters[0].Type != "xsd:int" {
		t.Fatalf("%s", a.text)
	}
	a = c.respond(a, &cwmp.Fault{Code: 9003, String: "no", Parameters: []cwmp.ParameterFault{{Name: "Device.A", Code: 9007, String: "bad"}}})
	if _, ok := a.want(t, 200).(*cwmp.Reboot); !ok {
		t.Fatalf("%s", a.text)
	}
	c.respond(a, &cwmp.RebootResponse{}).want(t, 204)
	s := p.waitEnd(t)
	if !reflect.DeepEqual(s.RPCs, []string{"GetParameterValues", "SetParameterValues", "Reboot"}) || !reflect.DeepEqual(s.Faults, []string{"9003 no"}) {
		t.Errorf("summary %+v", s)
	}
	want := []itms.Outcome{
		{Command: get, Values: []itms.Param{{Name: "Device.DeviceInfo.UpTime", Value: "5", Type: itms.TypeUnsignedInt}}},
		{Command: set, Fault: &itms.DeviceFault{Code: 9003, Text: "no", Params: []itms.ParamFault{{Name: "Device.A", Code: 9007, Text: "bad"}}}},
		{Command: itms.Reboot{Key: "b"}},
	}
	if !reflect.DeepEqual(p.outcomes, want) {
		t.Errorf("outcomes %+v", p.outcomes)
	}
}

func TestRequestsOfTheCPEAreAnswered(t *testing.T) {
	p := newPlanner(someReboot)
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	a := c.post(xml("21", &cwmp.TransferComplete{CommandKey: "job-1"}))
	if _, ok := a.want(t, 200).(*cwmp.TransferCompleteResponse); !ok || a.envelope(t).ID != "21" {
		t.Fatal(a.text)
	}
	if m := c.post(xml("22", &cwmp.GetRPCMethods{})).want(t, 200).(*cwmp.GetRPCMethodsResponse); len(m.Methods) != 8 {
		t.Error(m.Methods)
	}
	if f := c.post(xml("23", &cwmp.UnknownMethod{Name: "X_00005E_Do"})).want(t, 200).(*cwmp.Fault); f.Code != 8000 {
		t.Error(f)
	}
	a = c.post("")
	c.respond(a, &cwmp.RebootResponse{}).want(t, 204)
	s := p.waitEnd(t)
	if len(p.notices) != 1 || p.notices[0].Method != "TransferComplete" || p.notices[0].Device != testDevice || p.notices[0].At.IsZero() {
		t.Errorf("notices %+v", p.notices)
	}
	if s.End != itms.SessionDone {
		t.Error(s.End)
	}
}

func TestInformInMidSessionStartsAnew(t *testing.T) {
	p := newPlanner(someReboot, someReboot)
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	old := c.cookie
	c.post("").want(t, 200)
	c.inform()
	if c.cookie == old {
		t.Error("the cookie is the same")
	}
	if s := p.waitEnd(t); s.End != itms.SessionFenced || s.ID != p.contacts[0].Session {
		t.Errorf("%+v", s)
	}
	if _, ok := c.post("").want(t, 200).(*cwmp.Reboot); !ok {
		t.Error("no work in the new session")
	}
	if !p.contacts[1].At.After(p.contacts[0].At) {
		t.Error("the new session is not later")
	}
}

func TestNewSessionFencesTheOld(t *testing.T) {
	p := newPlanner(someReboot)
	url := serve(t, newServer(t, p))
	first, second := newCPE(t, url), newCPE(t, url)
	first.inform()
	second.inform()
	if s := p.waitEnd(t); s.End != itms.SessionFenced {
		t.Error(s.End)
	}
	first.post("").want(t, 204)
	if _, ok := second.post("").want(t, 200).(*cwmp.Reboot); !ok {
		t.Error("the new session has no work")
	}
}

func TestAnotherDeviceWithTheCookieCutsTheSession(t *testing.T) {
	p := newPlanner()
	srv := newServer(t, p)
	url := serve(t, srv)
	first, second := newCPE(t, url), newCPE(t, url)
	first.post(informXML("s1")).want(t, 200)
	second.cookie = first.cookie
	second.post(informXML("s2")).want(t, 200)
	if s := p.waitEnd(t); s.Device.Serial != "s1" || s.End != itms.SessionError {
		t.Errorf("%+v", s)
	}
	if srv.sessions.count() != 1 {
		t.Errorf("%d sessions", srv.sessions.count())
	}
	second.post("").want(t, 204)
	if s := p.waitEnd(t); s.Device.Serial != "s2" || s.End != itms.SessionDone {
		t.Errorf("%+v", s)
	}
}

func TestStartsGrowWhileTheClockStands(t *testing.T) {
	p := newPlanner()
	now := time.Unix(1_800_000_000, 0)
	url := serve(t, newServer(t, p, func(o *Options) { o.Clock = func() time.Time { return now } }))
	ids := map[string]bool{}
	for i, serial := range []string{"s1", "s2", "s1", "s1", "s2"} {
		newCPE(t, url).post(informXML(serial)).want(t, 200)
		if i == 3 {
			now = now.Add(-time.Hour) // not even a clock that is set back
		}
		ids[p.contacts[i].Session] = true
		if i > 0 && !p.contacts[i].At.After(p.contacts[i-1].At) {
			t.Errorf("%v after %v", p.contacts[i].At, p.contacts[i-1].At)
		}
	}
	if len(ids) != len(p.contacts) {
		t.Errorf("%d IDs for %d sessions", len(ids), len(p.contacts))
	}
}

func TestFencedByAnotherNode(t *testing.T) {
	p := newPlanner()
	p.next = func(context.Context, string) (itms.Command, error) {
		return nil, itms.Errorf(itms.KindFenced, itms.CodeFenced, "another node has it")
	}
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	c.post("").want(t, 204)
	if s := p.waitEnd(t); s.End != itms.SessionFenced {
		t.Error(s.End)
	}
}

func TestPlannerErrorsAtContact(t *testing.T) {
	for kind, status := range map[itms.Kind]int{itms.KindUnavailable: 503, itms.KindLimit: 503, itms.KindInternal: 200, itms.KindInvalid: 200} {
		p := newPlanner()
		p.contact = func(*itms.Contact) error { return itms.Errorf(kind, "X", "no") }
		c := newCPE(t, serve(t, newServer(t, p)))
		a := c.post(informXML("s1", "1 BOOT"))
		m := a.want(t, status)
		if status == 503 && (a.Header.Get("Retry-After") == "" || a.Header.Get("Content-Length") != "0") {
			t.Errorf("%v: headers %v", kind, a.Header)
		}
		if _, isFault := m.(*cwmp.Fault); status == 200 && !isFault {
			t.Errorf("%v: %s", kind, a.text)
		}
		if a.Header.Get("Set-Cookie") != "" {
			t.Error("a cookie for no session")
		}
		if s := p.waitEnd(t); s.End != itms.SessionError {
			t.Error(s.End)
		}
	}
}

func TestBlockedDevice(t *testing.T) {
	p := newPlanner(someReboot)
	p.contact = func(*itms.Contact) error { return itms.Errorf(itms.KindForbidden, itms.CodeForbidden, "blocked") }
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	c.post("").want(t, 204)
	if s := p.waitEnd(t); s.End != itms.SessionDone || len(s.RPCs) > 0 {
		t.Errorf("%+v", s)
	}
}

func TestRetryCountIsShown(t *testing.T) {
	p := newPlanner()
	c := newCPE(t, serve(t, newServer(t, p)))
	c.post(strings.Replace(informXML("s1"), "<RetryCount>0<", "<RetryCount>4711<", 1)).want(t, 200)
	c.post("").want(t, 204)
	if s := p.waitEnd(t); s.Retries != 4711 || p.contacts[0].Retries != 4711 {
		t.Errorf("%d in the summary, %d in the contact", s.Retries, p.contacts[0].Retries)
	}
}

func TestNoticeThatCannotBeStored(t *testing.T) {
	p := newPlanner()
	fail := true
	p.notice = func(itms.Notice) error {
		if fail {
			return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "later")
		}
		return nil
	}
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	if f := c.post(xml("5", &cwmp.TransferComplete{})).want(t, 200).(*cwmp.Fault); f.Code != cwmp.FaultACSRetry {
		t.Error(f)
	}
	p.mu.Lock()
	fail = false
	p.mu.Unlock()
	if _, ok := c.post(xml("6", &cwmp.TransferComplete{})).want(t, 200).(*cwmp.TransferCompleteResponse); !ok {
		t.Error("the second try was not taken")
	}
}

func TestSettleFailureEndsTheSession(t *testing.T) {
	p := newPlanner(someReboot, someReboot)
	p.settle = func(itms.Outcome) error { return itms.Errorf(itms.KindUnavailable, "X", "x") }
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	c.respond(c.post(""), &cwmp.RebootResponse{}).want(t, 204)
	if s := p.waitEnd(t); s.End != itms.SessionError {
		t.Error(s.End)
	}
}

func TestFiveSessionsOfOneDeviceAtOnce(t *testing.T) {
	p := newPlanner()
	p.next = func(_ context.Context, session string) (itms.Command, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if newest := p.contacts[len(p.contacts)-1]; newest.Session != session && len(p.contacts) > 0 {
			for _, c := range p.contacts {
				if c.Session == session && c.At.Before(newest.At) {
					return nil, itms.Errorf(itms.KindFenced, itms.CodeFenced, "older")
				}
			}
		}
		return nil, nil
	}
	srv := newServer(t, p)
	url := serve(t, srv)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			c := newCPE(t, url)
			for range 10 {
				if a := c.post(informXML("s1", "1 BOOT")); a.StatusCode != 200 {
					t.Errorf("status %d", a.StatusCode)
				}
				if a := c.post(""); a.StatusCode != 204 {
					t.Errorf("status %d: %s", a.StatusCode, a.text)
				}
			}
		})
	}
	all.Wait()
	if len(p.ended) != 50 || srv.sessions.count() != 0 {
		t.Errorf("%d ended, %d live", len(p.ended), srv.sessions.count())
	}
	seen := map[string]bool{}
	for _, s := range p.ended {
		if seen[s.ID] || s.End != itms.SessionDone && s.End != itms.SessionFenced {
			t.Errorf("%+v", s)
		}
		seen[s.ID] = true
	}
}

func TestTwoPostsOfOneSessionAtOnce(t *testing.T) {
	p := newPlanner()
	entered, leave := make(chan struct{}), make(chan struct{})
	p.next = func(context.Context, string) (itms.Command, error) {
		close(entered)
		<-leave
		return nil, nil
	}
	url := serve(t, newServer(t, p))
	c := newCPE(t, url)
	c.inform()
	other := newCPE(t, url)
	other.cookie = c.cookie
	done := make(chan int)
	go func() { done <- c.post("").StatusCode }()
	<-entered
	if a := other.post(""); a.StatusCode != 503 || a.Header.Get("Retry-After") != "1" {
		t.Errorf("status %d", a.StatusCode)
	}
	close(leave)
	if status := <-done; status != 204 {
		t.Errorf("status %d", status)
	}
}

func TestFencedWhileThePlannerThinks(t *testing.T) {
	p := newPlanner()
	entered, leave := make(chan struct{}), make(chan struct{})
	p.next = func(context.Context, string) (itms.Command, error) {
		close(entered)
		<-leave
		return itms.SetValues{Values: []itms.SetValue{{Name: "Device.P", Value: "credential"}}}, nil
	}
	url := serve(t, newServer(t, p))
	old, young := newCPE(t, url), newCPE(t, url)
	old.inform()
	done := make(chan got)
	go func() { done <- old.post("") }()
	<-entered
	young.inform()
	close(leave)
	if a := <-done; a.StatusCode != 204 || a.text != "" {
		t.Errorf("a fenced session was given %s", a.text)
	}
	if s := p.waitEnd(t); s.End != itms.SessionFenced {
		t.Error(s.End)
	}
}

func TestWorkThatComesWhileTheSessionEnds(t *testing.T) {
	p := newPlanner()
	srv := newServer(t, p)
	asked := 0
	p.next = func(context.Context, string) (itms.Command, error) {
		asked++
		switch asked {
		case 1:
			srv.Wake(testDevice) // just after the planner looked
			return nil, nil
		case 2:
			return someReboot, nil
		}
		return nil, nil
	}
	c := newCPE(t, serve(t, srv))
	c.inform()
	a := c.post("")
	if _, ok := a.want(t, 200).(*cwmp.Reboot); !ok {
		t.Fatal(a.text)
	}
	c.respond(a, &cwmp.RebootResponse{}).want(t, 204)
	if got := srv.waker.waiting(); got != 0 {
		t.Errorf("%d connection requests for a device that was here", got)
	}
}

func TestLimitsOfASession(t *testing.T) {
	t.Run("messages", func(t *testing.T) {
		p := newPlanner()
		c := newCPE(t, serve(t, newServer(t, p, func(o *Options) { o.Limits.Messages = 3 })))
		c.inform()
		for range 2 {
			c.post(xml("1", &cwmp.GetRPCMethods{})).want(t, 200)
		}
		c.post(xml("1", &cwmp.GetRPCMethods{})).want(t, 204)
		if s := p.waitEnd(t); s.End != itms.SessionError {
			t.Error(s.End)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		p := newPlanner()
		c := newCPE(t, serve(t, newServer(t, p, func(o *Options) { o.Limits.SessionBytes = 4000 })))
		c.inform()
		c.post(xml("1", &cwmp.UnknownMethod{Name: strings.Repeat("X", 4000)})).want(t, 204)
		if s := p.waitEnd(t); s.End != itms.SessionError {
			t.Error(s.End)
		}
	})
	t.Run("sessions", func(t *testing.T) {
		p := newPlanner()
		url := serve(t, newServer(t, p, func(o *Options) { o.Limits.Sessions = 1 }))
		newCPE(t, url).inform()
		newCPE(t, url).inform() // the same device again is no more
		newCPE(t, url).post(informXML("other")).want(t, 503)
	})
}

func TestCloseEndsSessions(t *testing.T) {
	p := newPlanner()
	srv := newServer(t, p)
	c := newCPE(t, serve(t, srv))
	c.inform()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for range 2 {
		if err := srv.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if s := p.waitEnd(t); s.End != itms.SessionError {
		t.Error(s.End)
	}
	c.post("").want(t, 204)
	c.post(informXML("s2")).want(t, 503)
}

func TestCloseWaitsNoLongerThanItMay(t *testing.T) {
	p := newPlanner()
	entered, leave := make(chan struct{}), make(chan struct{})
	p.next = func(context.Context, string) (itms.Command, error) {
		close(entered)
		<-leave
		return nil, nil
	}
	srv := newServer(t, p)
	c := newCPE(t, serve(t, srv))
	c.inform()
	done := make(chan struct{})
	go func() { c.post(""); close(done) }()
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := srv.Close(ctx); err == nil {
		t.Error("closed while a session was being served")
	}
	close(leave)
	<-done
}
