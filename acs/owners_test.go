package acs

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// countingPeers counts look-ups.
type countingPeers struct {
	peers
	asked int
}

func (p *countingPeers) Lookup(ctx context.Context, node string) (string, bool) {
	p.asked++
	return p.peers.Lookup(ctx, node)
}

func TestLookupsOfUnknownNodesAreBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	p := &countingPeers{peers: peers{"n2": "http://n2"}}
	o := newOwners(p, func() time.Time { return now })
	look := func(node string) bool { _, ok := o.lookup(context.Background(), node); return ok }
	for range 100 {
		if look("ghost") {
			t.Fatal("a node that is not there")
		}
	}
	if p.asked != 1 {
		t.Errorf("%d look-ups of one name", p.asked)
	}
	if !look("n2") {
		t.Fatal("n2 is there")
	}
	for i := range 10_000 {
		look(fmt.Sprint("x", i))
	}
	if p.asked > maxAbsent+2 || len(o.absent) > maxAbsent {
		t.Errorf("%d look-ups, %d names", p.asked, len(o.absent))
	}
	if !look("n2") {
		t.Error("made-up names hide a node that exists")
	}
	p.peers["ghost"] = "http://ghost"
	now = now.Add(absentTime)
	if !look("ghost") || !look("n2") {
		t.Error("a name is never looked up again")
	}
	delete(p.peers, "n2")
	for range 2 {
		if look("n2") {
			t.Error("n2 is gone")
		}
	}
}

func TestFoundNodesAreBounded(t *testing.T) {
	o := newOwners(nil, time.Now)
	for i := range 3 * maxFound {
		o.learn(fmt.Sprint(i), true)
	}
	if len(o.found) > maxFound {
		t.Errorf("%d names", len(o.found))
	}
}

func TestCookieOfAnUnknownNodeIsNone(t *testing.T) {
	p := &countingPeers{peers: peers{}}
	srv := newServer(t, newPlanner(someReboot), withAuth(AuthDigest), asNode("n1", nil), func(o *Options) { o.Peers = p })
	c := newCPE(t, serve(t, srv))
	c.cookie = "itms=ghost." + hex32
	c.post(informXML("s1")).want(t, 401)

	body := &countingBody{}
	r := httptest.NewRequest(http.MethodPost, "/", body)
	r.Header.Set("Cookie", c.cookie)
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	if w.Code != 401 || body.read > discardBytes+1 || p.asked != 1 {
		t.Errorf("%d after %d bytes and %d look-ups", w.Code, body.read, p.asked)
	}

	c.inform()
	c.cookie = "itms=ghost." + hex32 // and so the connection counts
	c.post("").want(t, 200)
}
