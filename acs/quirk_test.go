package acs

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"itms"
	"itms/cwmp"
)

// Each test names the quirk of a real CPE that it stands for.

// wholeSession runs an Inform and one Reboot.
func wholeSession(t *testing.T, c *cpe) {
	t.Helper()
	c.inform()
	a := c.post("")
	if _, ok := a.want(t, 200).(*cwmp.Reboot); !ok {
		t.Fatalf("the session is lost: %d %s", a.StatusCode, a.text)
	}
	c.respond(a, &cwmp.RebootResponse{}).want(t, 204)
}

func TestCookiesIgnored(t *testing.T) {
	for _, auth := range []Auth{AuthNone, AuthDigest} {
		c := newCPE(t, serve(t, newServer(t, newPlanner(someReboot), withAuth(auth))))
		c.cookies = false
		wholeSession(t, c)
		if c.dials != 1 {
			t.Errorf("%d connections", c.dials)
		}
	}
}

func TestNewConnectionPerPost(t *testing.T) {
	for _, auth := range []Auth{AuthNone, AuthDigest, AuthBasic} {
		c := newCPE(t, serve(t, newServer(t, newPlanner(someReboot), withAuth(auth))))
		c.client.Transport.(*http.Transport).DisableKeepAlives = true
		if auth == AuthBasic {
			c.headers.Set("Authorization", "Basic Y3BlOmNwZS1wYXNzd29yZA==")
		}
		wholeSession(t, c)
		if c.dials != c.tries {
			t.Errorf("%d connections for %d posts", c.dials, c.tries)
		}
	}
}

func TestCookieEchoedOddly(t *testing.T) {
	for _, form := range []string{"%s; Path=/; HttpOnly", "Path=/; %s", "other=1,%s", `$Version=1; %s; $Path="/"`} {
		c := newCPE(t, serve(t, newServer(t, newPlanner(someReboot))))
		c.client.Transport.(*http.Transport).DisableKeepAlives = true
		c.inform()
		c.cookie = fmt.Sprintf(form, c.cookie)
		if _, ok := c.post("").want(t, 200).(*cwmp.Reboot); !ok {
			t.Errorf("%s: the session is lost", c.cookie)
		}
	}
}

func TestOldCookieOnInform(t *testing.T) {
	c := newCPE(t, serve(t, newServer(t, newPlanner(nil, someReboot))))
	c.inform()
	old := c.cookie
	c.post("").want(t, 204)
	c.inform()
	if c.cookie == old {
		t.Error("the old cookie was kept")
	}
	if _, ok := c.post("").want(t, 200).(*cwmp.Reboot); !ok {
		t.Error("the new session is lost")
	}
}

func TestCookieWinsOverConnection(t *testing.T) {
	p := newPlanner()
	p.next = nil
	url := serve(t, newServer(t, p))
	first := newCPE(t, url)
	first.post(informXML("s1")).want(t, 200)
	second := newCPE(t, url)
	second.post(informXML("s2")).want(t, 200)
	second.cookie = first.cookie // now the connection says s2, the cookie s1
	second.post("").want(t, 204)
	if s := p.waitEnd(t); s.Device.Serial != "s1" {
		t.Error("the connection won:", s.Device)
	}
}

func TestUnknownCookieIsNotTheConnection(t *testing.T) {
	p := newPlanner(someReboot)
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	c.cookie = "itms=n1." + hex32
	if a := c.post(""); a.StatusCode != 204 || len(p.work) != 1 {
		t.Error("another device's session was used")
	}
}

func TestPooledConnections(t *testing.T) {
	for name, header := range map[string]string{"told by a header": "X-Forwarded-For", "told by two devices": ""} {
		t.Run(name, func(t *testing.T) {
			p := newPlanner(someReboot)
			proxy := newCPE(t, serve(t, newServer(t, p)))
			proxy.cookies = false
			if header != "" {
				proxy.headers.Set(header, "192.0.2.1")
			} else {
				proxy.post(informXML("s0")).want(t, 200)
			}
			proxy.post(informXML("s1")).want(t, 200)
			one := proxy.cookie
			// A device without cookie on the same connection must not get s1's work.
			proxy.post("").want(t, 204)
			if len(p.work) != 1 {
				t.Fatal("work went to another device")
			}
			proxy.headers.Set("Cookie", one)
			proxy.post("").want(t, 200)
			if proxy.dials != 1 {
				t.Error("connections:", proxy.dials)
			}
		})
	}
}

func TestConnectionOfACPEWithCookies(t *testing.T) {
	p := newPlanner(someReboot, someReboot)
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	c.post("").want(t, 200)
	c.cookies = false // somebody else on the same connection
	c.post("").want(t, 204)
	if len(p.outcomes) != 0 {
		t.Error("the answer of another device was taken")
	}
}

func TestDropsTCPAfterInformResponse(t *testing.T) {
	p := newPlanner()
	url := serve(t, newServer(t, p))
	for range 5 {
		c := newCPE(t, url)
		c.inform()
		c.client.CloseIdleConnections()
	}
	if len(p.contacts) != 5 {
		t.Errorf("%d contacts", len(p.contacts))
	}
}

func TestInformLoopOnOneSocket(t *testing.T) {
	p := newPlanner()
	c := newCPE(t, serve(t, newServer(t, p)))
	for range informsWithoutProgress {
		c.inform()
	}
	a := c.post(informXML(testDevice.Serial, "2 PERIODIC"))
	if a.StatusCode != 503 || !a.Close || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d, close %v", a.StatusCode, a.Close)
	}
	if len(p.contacts) != informsWithoutProgress {
		t.Errorf("%d contacts", len(p.contacts))
	}
	c.inform() // a new connection
	for range 5 {
		c.inform()
		c.post("").want(t, 204) // progress
	}
}

func TestSocketKeptAfterTheEnd(t *testing.T) {
	c := newCPE(t, serve(t, newServer(t, newPlanner())))
	for range 10 {
		c.inform()
		c.post("").want(t, 204)
	}
	if c.dials != 1 {
		t.Errorf("%d connections", c.dials)
	}
}

func TestDoubleEmptyTermination(t *testing.T) {
	for _, cookies := range []bool{true, false} {
		p := newPlanner()
		c := newCPE(t, serve(t, newServer(t, p, withAuth(AuthDigest))))
		c.cookies = cookies
		c.inform()
		for range 3 {
			c.post("").want(t, 204)
		}
		if p.waitEnd(t); len(p.ended) != 1 {
			t.Errorf("ended %d times", len(p.ended))
		}
	}
}

func TestResponseNobodyAskedFor(t *testing.T) {
	p := newPlanner(someReboot)
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	a := c.post(xml("9", &cwmp.GetParameterValuesResponse{})) // counts as the empty POST
	if _, ok := a.want(t, 200).(*cwmp.Reboot); !ok {
		t.Fatal(a.text)
	}
	c.respond(a, &cwmp.RebootResponse{}).want(t, 204)
	c.post(xml("9", &cwmp.UnknownMethod{Name: "FooResponse"})).want(t, 204)
	if len(p.outcomes) != 1 || p.outcomes[0].Fault != nil {
		t.Errorf("%+v", p.outcomes)
	}
}

func TestWrongResponse(t *testing.T) {
	p := newPlanner(someReboot)
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	c.respond(c.post(""), &cwmp.GetParameterNamesResponse{}).want(t, 204)
	if f := p.outcomes[0].Fault; f == nil || f.Code != itms.FaultInternal || !f.Transient() {
		t.Errorf("%+v", f)
	}
}

func TestEmptyPostInsteadOfAnAnswer(t *testing.T) {
	p := newPlanner(someReboot, someGet)
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	c.post("").want(t, 200)
	if _, ok := c.post("").want(t, 200).(*cwmp.GetParameterValues); !ok {
		t.Error("no next command")
	}
	if f := p.outcomes[0].Fault; f == nil || !strings.Contains(f.Text, "no answer to Reboot") {
		t.Errorf("%+v", f)
	}
}

func TestUnknownParameterGivesEmptyList(t *testing.T) {
	p := newPlanner(someGet)
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	c.respond(c.post(""), &cwmp.GetParameterValuesResponse{}).want(t, 204)
	if o := p.outcomes[0]; o.Fault != nil || len(o.Values) != 0 {
		t.Errorf("%+v", o)
	}
}

func TestTCPDroppedOnARequest(t *testing.T) {
	p := newPlanner(someReboot, someReboot)
	srv := newServer(t, p)
	url := serve(t, srv)
	c := newCPE(t, url)
	c.inform()
	c.post("").want(t, 200)
	c.client.CloseIdleConnections()
	eventually(t, "the connection is seen closed", func() bool {
		open := false
		srv.conns.Range(func(any, any) bool { open = true; return false })
		return !open
	})
	wholeSession(t, newCPE(t, url)) // at once, and the old one is fenced
	if s := p.waitEnd(t); s.End != itms.SessionFenced || len(s.RPCs) != 1 {
		t.Errorf("%+v", s)
	}
	if first, again := p.contacts[0].Left, p.contacts[1].Left; first != "" || again != "Reboot" {
		t.Errorf("the planner was told that the device left %q, then %q", first, again)
	}
	newCPE(t, url).inform()
	newCPE(t, url).inform()
	if left := p.contacts[3].Left; left != "" {
		t.Errorf("%q was left, which was never sent", left)
	}
}

// TestSessionBesideAnother: a device that begins a second session while the first waits
// for its answer has not left that one.
func TestSessionBesideAnother(t *testing.T) {
	p := newPlanner(someReboot)
	url := serve(t, newServer(t, p))
	c := newCPE(t, url)
	c.inform()
	c.post("").want(t, 200)
	newCPE(t, url).inform()
	if left := p.contacts[1].Left; left != "" {
		t.Errorf("the planner was told that the device left %q", left)
	}
}

func TestNoID(t *testing.T) {
	p := newPlanner(someReboot)
	c := newCPE(t, serve(t, newServer(t, p)))
	env := informEnvelope("s1")
	env.ID = ""
	a := c.post(string(env.Encode()))
	a.want(t, 200)
	if a.envelope(t).ID != "" {
		t.Error("an ID was made up")
	}
	c.post("").want(t, 200)
	c.post(xml("", &cwmp.RebootResponse{})).want(t, 204)
	if p.outcomes[0].Fault != nil {
		t.Error(p.outcomes[0].Fault)
	}
}

func TestWrongContentLength(t *testing.T) {
	p := newPlanner()
	url := serve(t, newServer(t, p))
	w := dialWire(t, url)
	body := informXML("s1")
	w.send(fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(body)-4, body)) // "ope>" stays over
	a := w.read()
	if _, ok := a.want(t, 200).(*cwmp.InformResponse); !ok || !a.Close {
		t.Errorf("close %v: %s", a.Close, a.text)
	}
	c := newCPE(t, url)
	c.cookie, _, _ = strings.Cut(a.Header.Get("Set-Cookie"), ";")
	c.post("").want(t, 204)
	if s := p.waitEnd(t); s.End != itms.SessionDone {
		t.Error(s.End)
	}
}

// The rest of a body that is refused unseen must not be taken for the next request, either.
func TestWrongContentLengthBeforeCredentials(t *testing.T) {
	url := serve(t, newServer(t, newPlanner(), withAuth(AuthDigest)))
	for name, c := range map[string]struct {
		head  string
		short int
		close bool
	}{
		"whole": {"", 0, false}, "cut short": {"", 2, true}, "cut short and packed": {"Content-Encoding: gzip\r\n", 2, false},
	} {
		w := dialWire(t, url)
		body := informXML("s1")
		body = body[:len(body)-c.short]
		w.send(fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\n%sContent-Length: %d\r\n\r\n%s", c.head, len(body), body))
		if a := w.read(); a.StatusCode != 401 || a.Close != c.close || a.ContentLength != 0 {
			t.Errorf("%s: %d, close %v", name, a.StatusCode, a.Close)
		}
	}
}

func TestEventSpellings(t *testing.T) {
	p := newPlanner()
	c := newCPE(t, serve(t, newServer(t, p)))
	c.post(informXML("s1", "1 Boot", "0 bootstrap")).want(t, 200)
	c.post(informXML("s1")).want(t, 200) // no event at all
	if k := p.contacts[0]; !k.Has(itms.EventBoot) || !k.Has(itms.EventBootstrap) {
		t.Error(k.Events)
	}
	if k := p.contacts[1]; len(k.Events) != 0 {
		t.Error(k.Events)
	}
}

func TestHugeFaultString(t *testing.T) {
	p := newPlanner(someReboot)
	c := newCPE(t, serve(t, newServer(t, p)))
	c.inform()
	c.respond(c.post(""), &cwmp.Fault{Code: 9002, String: strings.Repeat("Traceback ", 500)}).want(t, 204)
	if s := p.waitEnd(t); len(s.Faults) != 1 || len(s.Faults[0]) > maxText+5 {
		t.Errorf("%d bytes", len(s.Faults[0]))
	}
}

func TestUseCWMPVersionOnlyWhenOffered(t *testing.T) {
	c := newCPE(t, serve(t, newServer(t, newPlanner())))
	body := informXML("s1")
	if a := c.post(body); strings.Contains(a.text, "UseCWMPVersion") {
		t.Error(a.text)
	}
	env := informEnvelope("s1")
	env.SupportedVersions = []string{"1.0", "1.3"}
	body = string(env.Encode())
	if !strings.Contains(body, "SupportedCWMPVersions") { // the writer leaves the CPE's header out
		body = strings.Replace(body, "</cwmp:ID>", "</cwmp:ID><cwmp:SupportedCWMPVersions>1.0,1.3</cwmp:SupportedCWMPVersions>", 1)
	}
	if got := c.post(body).envelope(t).UseVersion; got != "1.3" {
		t.Error(got)
	}
}
