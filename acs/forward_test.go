package acs

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/cwmp"
)

// peers is a Peers over a fixed list.
type peers map[string]string

func (p peers) Lookup(_ context.Context, node string) (string, bool) {
	base, ok := p[node]
	return base, ok
}

var forwardKey = []byte("0123456789abcdef0123456789abcdef")

// asNode makes a server one of several.
func asNode(node string, p peers) func(*Options) {
	return func(o *Options) {
		o.Node, o.Peers, o.ForwardKey, o.DigestKey = node, p, forwardKey, []byte("digest key of all")
	}
}

// twoNodes starts two servers that know each other.
func twoNodes(t *testing.T, auth Auth, work ...itms.Command) (first, second string, p *planner, all peers) {
	all = peers{}
	p = newPlanner(work...)
	first = serve(t, newServer(t, p, withAuth(auth), asNode("n1", all)))
	second = serve(t, newServer(t, p, withAuth(auth), asNode("n2", all)))
	all["n1"], all["n2"] = first, second
	return first, second, p, all
}

func TestPostsReachTheOwner(t *testing.T) {
	for _, auth := range []Auth{AuthNone, AuthDigest} {
		first, second, p, _ := twoNodes(t, auth, someGet, someReboot)
		c := newCPE(t, first)
		c.inform()
		if !strings.HasPrefix(c.cookie, "itms=n1.") {
			t.Fatal(c.cookie)
		}
		c.url = second
		a := c.post(xml("5", &cwmp.TransferComplete{CommandKey: "k"}))
		if _, ok := a.want(t, 200).(*cwmp.TransferCompleteResponse); !ok {
			t.Fatal(a.text)
		}
		a = c.post("")
		if _, ok := a.want(t, 200).(*cwmp.GetParameterValues); !ok || a.ContentLength <= 0 || len(a.TransferEncoding) > 0 ||
			a.Header.Get("Content-Type") != `text/xml; charset="utf-8"` {
			t.Fatalf("%v %s", a.Header, a.text)
		}
		c.headers.Set("Content-Encoding", "gzip")
		a = c.post(packed(t, "gzip", xml("x", &cwmp.GetParameterValuesResponse{})))
		c.headers.Del("Content-Encoding")
		a.want(t, 200)
		c.url = first // and back
		c.respond(a, &cwmp.RebootResponse{}).want(t, 204)
		if s := p.waitEnd(t); s.Node != "n1" || s.End != itms.SessionDone || len(s.RPCs) != 2 {
			t.Errorf("%+v", s)
		}
	}
}

func TestInformIsTakenWhereItComes(t *testing.T) {
	first, second, p, _ := twoNodes(t, AuthNone, someReboot)
	c := newCPE(t, first)
	c.inform()
	c.url = second
	c.inform()
	if !strings.HasPrefix(c.cookie, "itms=n2.") || len(p.contacts) != 2 {
		t.Error(c.cookie)
	}
	if _, ok := c.post("").want(t, 200).(*cwmp.Reboot); !ok {
		t.Error("the session is lost")
	}
}

func TestOwnerGone(t *testing.T) {
	first, second, _, all := twoNodes(t, AuthNone)
	c := newCPE(t, first)
	c.inform()
	c.url = second
	for _, base := range []string{"http://127.0.0.1:1", "::", ""} {
		all["n1"] = base
		if a := c.post(""); a.StatusCode != 503 || a.Header.Get("Retry-After") == "" {
			t.Errorf("%q: %d", base, a.StatusCode)
		}
	}
	delete(all, "n1")
	c.post("").want(t, 204) // a lost session, as if there were no cookie
	c.inform()
}

func TestOwnerLostTheSession(t *testing.T) {
	_, second, _, _ := twoNodes(t, AuthDigest)
	c := newCPE(t, second)
	c.cookie = "itms=n1." + hex32
	a := c.post("") // the owner's challenge comes through
	if a.StatusCode != 401 || len(a.Header["Www-Authenticate"]) != 2 || a.ContentLength != 0 {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	c.login("").want(t, 204)
}

func TestNoLoop(t *testing.T) {
	all := peers{}
	p := newPlanner()
	url := serve(t, newServer(t, p, asNode("n1", all)))
	all["ghost"] = url // a lookup that is wrong
	c := newCPE(t, url)
	c.cookie = "itms=ghost." + hex32
	c.post("").want(t, 204) // forwarded once, to itself, and then no session
}

func TestForwardedIsSigned(t *testing.T) {
	p := newPlanner(someReboot)
	srv := newServer(t, p, asNode("n1", peers{}))
	c := newCPE(t, serve(t, srv))
	c.inform()
	own, _ := readCookie(http.Header{"Cookie": {c.cookie}})
	now := time.Now()
	good := srv.signForward("192.0.2.9", "", own, now)
	for name, line := range map[string]string{
		"no signature":   "n2;" + strconv.FormatInt(now.Unix(), 10) + ";192.0.2.9",
		"wrong":          good[:len(good)-1] + "x",
		"another sender": "n3" + good[2:],
		"too old":        srv.signForward("192.0.2.9", "", own, now.Add(-2*forwardValidity)),
		"too new":        srv.signForward("192.0.2.9", "", own, now.Add(2*forwardValidity)),
		"another cookie": srv.signForward("192.0.2.9", "", cookie{"n1", newToken()}, now),
		"too long":       strings.Repeat("x", maxForwardLine) + good,
		"two parts":      "a;b;" + srv.forwardMAC("a;b", own),
		"no time":        "a;b;c;" + srv.forwardMAC("a;b;c", own),
		"nothing":        ";",
	} {
		c.headers.Set(forwardHeader, line)
		if a := c.post(""); a.StatusCode != 403 || a.ContentLength != 0 {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	c.headers.Set(forwardHeader, good)
	c.post("").want(t, 200)
}

func TestForwardedWithoutKeyOrCookie(t *testing.T) {
	srv := newServer(t, newPlanner(), asNode("n1", nil))
	c := newCPE(t, serve(t, srv))
	c.headers.Set(forwardHeader, srv.signForward("192.0.2.9", "", cookie{node: "n1"}, time.Now()))
	c.post("").want(t, 403)
	alone := newCPE(t, serve(t, newServer(t, newPlanner())))
	alone.headers.Set(forwardHeader, "x;1;y;z")
	alone.post("").want(t, 403)
	alone.headers.Del(forwardHeader)
	alone.cookie = "itms=other." + hex32
	alone.post("").want(t, 204)
}

func TestEmptyKeySignsNothing(t *testing.T) {
	srv := newServer(t, newPlanner(someReboot))
	c := newCPE(t, serve(t, srv))
	c.inform()
	own, _ := readCookie(http.Header{"Cookie": {c.cookie}})
	c.headers.Set(forwardHeader, srv.signForward("192.0.2.9", "", own, time.Now())) // by everybody's key
	c.post("").want(t, 403)
	c.headers.Del(forwardHeader)
	c.post("").want(t, 200)
}

func TestForwardedConnectionIsNobodys(t *testing.T) {
	first, second, _, _ := twoNodes(t, AuthNone, someReboot)
	c := newCPE(t, first)
	c.inform()
	d := newCPE(t, first)
	d.post(informXML("s2")).want(t, 200)
	c.url, d.url = second, second
	c.post("").want(t, 200)
	d.post("").want(t, 204)
}

func TestOwnerAnswersTooMuch(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "short") // and then the connection breaks
	}))
	defer other.Close()
	c := newCPE(t, serve(t, newServer(t, newPlanner(), asNode("n1", peers{"n2": other.URL}))))
	c.cookie = "itms=n2." + hex32
	c.post("").want(t, 503)
}

func FuzzAcceptForwarded(f *testing.F) {
	srv, err := New(Options{Planner: newPlanner(), Node: "n1", Auth: AuthNone, ForwardKey: forwardKey})
	if err != nil {
		f.Fatal(err)
	}
	defer srv.Close(context.Background())
	f.Add("n2;1800000000;192.0.2.1;abcd")
	f.Fuzz(func(t *testing.T, line string) {
		p := post{srv: srv, r: &http.Request{Header: http.Header{"Cookie": {"itms=n1." + hex32}}}}
		if p.acceptForwarded(line) {
			t.Errorf("%q was accepted", line)
		}
	})
}
