package acs

import (
	"context"
	"math/rand"
	"net/http"
	"strings"
	"sync"
	"testing"

	"itms"
	"itms/cwmp"
)

func TestPlannerThatPanics(t *testing.T) {
	p := newPlanner()
	panics := true
	p.next = func(context.Context, string) (itms.Command, error) {
		if panics {
			panics = false
			panic("planner")
		}
		return nil, nil
	}
	srv := newServer(t, p)
	d := newDirect(t, srv)
	d.post(informXML("s1"))
	func() {
		defer func() { _ = recover() }()
		d.post("")
	}()
	if w := d.post(informXML("s1")); w.Code != 200 {
		t.Fatal("the device is locked out:", w.Code)
	}
	if s := p.waitEnd(t); s.End != itms.SessionFenced {
		t.Error(s.End)
	}
	if w := d.post(""); w.Code != 204 {
		t.Error(w.Code)
	}
}

// TestNothingBreaksTheDoor sends random traffic of many devices that steal each
// other's cookies and connections, and then sees whether each session ended once.
func TestNothingBreaksTheDoor(t *testing.T) {
	p := newPlanner()
	p.next = func(_ context.Context, session string) (itms.Command, error) {
		return []itms.Command{nil, someGet, someReboot}[int(session[len(session)-1])%3], nil
	}
	p.end = make(chan itms.SessionSummary, 100_000)
	srv := newServer(t, p, func(o *Options) { o.Limits.Messages = 20 })
	bodies := []string{"", "", informXML("a"), informXML("b"), informXML("c"), informXML(""), "garbage", xml("1", &cwmp.RebootResponse{}),
		xml("1", &cwmp.GetParameterValuesResponse{}), xml("1", &cwmp.Fault{Code: 9002}), xml("1", &cwmp.TransferComplete{}), xml("1", &cwmp.UnknownMethod{Name: "Z"})}
	var mu sync.Mutex
	var cookies []string
	var all sync.WaitGroup
	for seed := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewSource(int64(seed)))
			d := newDirect(t, srv)
			for range 400 {
				if mu.Lock(); len(cookies) > 0 && random.Intn(3) == 0 {
					d.cookie = cookies[random.Intn(len(cookies))]
				}
				mu.Unlock()
				w := d.post(bodies[random.Intn(len(bodies))])
				if w.Code != 200 && w.Code != 204 && w.Code != 400 && w.Code != 503 {
					t.Errorf("status %d", w.Code)
				}
				mu.Lock()
				cookies = append(cookies, d.cookie)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if err := srv.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	checkEnds(t, p)
}

func TestHugeHeaders(t *testing.T) {
	c := newCPE(t, serve(t, newServer(t, newPlanner())))
	c.headers.Set("X-Long", strings.Repeat("x", 64<<10))
	if a := c.post(""); a.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Error(a.StatusCode)
	}
}

func TestUnauthenticatedBodyIsNotDecoded(t *testing.T) {
	w := dialWire(t, serve(t, newServer(t, newPlanner(), withAuth(AuthDigest))))
	w.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
	for range 40 {
		w.send("4000\r\n" + strings.Repeat("x", 0x4000) + "\r\n") // 640 kB and no end
	}
	if a := w.read(); a.StatusCode != 401 || !a.Close {
		t.Errorf("%d, close %v", a.StatusCode, a.Close)
	}
}
