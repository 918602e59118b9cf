package acs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"itms"
	"itms/internal/digest"
)

// listener is a CPE's connection request server.
type listener struct {
	mu       sync.Mutex
	header   string // challenge; "" lets everybody in
	status   []int  // after authentication, one by one; the last stays
	close401 bool
	seen     []string // Authorization headers
	conns    map[string]bool
	auth     *digest.Authenticator
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, r.Header.Get("Authorization"))
	if l.conns == nil {
		l.conns = map[string]bool{}
	}
	l.conns[r.RemoteAddr] = true
	if l.auth != nil || l.header != "" {
		if !l.admitted(r) {
			l.challenge(w)
			return
		}
	}
	status := 200
	if len(l.status) > 0 {
		status = l.status[0]
		if len(l.status) > 1 {
			l.status = l.status[1:]
		}
	}
	if status == 302 {
		w.Header().Set("Location", "http://192.0.2.1/elsewhere")
	}
	w.WriteHeader(status)
}

func (l *listener) admitted(r *http.Request) bool {
	if l.auth == nil {
		return r.Header.Get("Authorization") != "" && !strings.HasPrefix(l.header, "Basic")
	}
	_, err := l.auth.Verify(r.Method, r.RequestURI, r.Header.Get("Authorization"),
		func(user string) (string, bool) { return "cr-password", user == "cr-user" })
	return err == nil
}

func (l *listener) challenge(w http.ResponseWriter) {
	headers := []string{l.header}
	if l.auth != nil {
		headers = l.auth.Challenges()
	}
	for _, h := range headers {
		w.Header().Add("WWW-Authenticate", h)
	}
	if l.close401 {
		w.Header().Set("Connection", "close")
	}
	w.WriteHeader(401)
}

// start serves it and tells the planner its address.
func (l *listener) start(t *testing.T, p *planner) string {
	ts := httptest.NewServer(l)
	t.Cleanup(ts.Close)
	p.target = ConnectionTarget{URL: ts.URL + "/acs?id=1", Username: "cr-user", Password: itms.NewSecret("cr-password")}
	return ts.URL
}

func TestConnectionRequest(t *testing.T) {
	ctx := context.Background()
	for _, tc := range []struct {
		name   string
		cpe    *listener
		want   string // of the error; "" for success
		visits int
	}{
		{"digest", &listener{auth: digest.New(digest.Options{})}, "", 2},
		{"closed after the 401", &listener{auth: digest.New(digest.Options{}), close401: true}, "", 2},
		{"no authentication", &listener{}, "", 1},
		{"204", &listener{status: []int{204}}, "", 1},
		{"no qop", &listener{header: `Digest realm="x", nonce="abc"`}, "", 2},
		{"unquoted and no algorithm", &listener{header: `Digest realm=x, nonce=abc, qop=auth, domain="/"`}, "", 2},
		{"basic only", &listener{header: `Basic realm="x"`}, "digest only", 1},
		{"auth-int only", &listener{header: `Digest realm="x", nonce="a", qop="auth-int"`}, "digest only", 1},
		{"busy", &listener{status: []int{503}}, "in a session", 1},
		{"gone", &listener{status: []int{404}}, "status 404", 1},
		{"redirect", &listener{status: []int{302}}, "status 302", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlanner()
			tc.cpe.start(t, p)
			_, err := newServer(t, p).ConnectionRequest(ctx, testDevice)
			if tc.want == "" && err != nil || tc.want != "" && (!itms.IsKind(err, itms.KindUnavailable) || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v", err)
			}
			if len(tc.cpe.seen) != tc.visits {
				t.Errorf("%d visits", len(tc.cpe.seen))
			}
			for _, a := range tc.cpe.seen {
				if strings.HasPrefix(a, "Basic") || tc.name == "no qop" && strings.Contains(a, "qop") {
					t.Errorf("sent %s", a)
				}
			}
			if tc.name == "digest" && len(tc.cpe.conns) != 1 {
				t.Errorf("%d connections", len(tc.cpe.conns))
			}
		})
	}
}

func TestConnectionRequestWrongCredentials(t *testing.T) {
	p := newPlanner()
	l := &listener{auth: digest.New(digest.Options{})}
	l.start(t, p)
	p.target.Password = itms.NewSecret("old-password")
	_, err := newServer(t, p).ConnectionRequest(context.Background(), testDevice)
	if !itms.IsKind(err, itms.KindUnavailable) || !strings.Contains(err.Error(), "credentials") || len(l.seen) != 2 {
		t.Errorf("%v after %d visits", err, len(l.seen))
	}
	if strings.Contains(fmt.Sprintf("%v %+v", err, err), "old-password") {
		t.Error("the password is in the error")
	}
}

func TestConnectionRequestFoldedChallenge(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	second := make(chan string, 1)
	go func() {
		for i := range 2 {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			n, _ := conn.Read(buf)
			if i == 0 {
				_, _ = io.WriteString(conn, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest\r\n realm=\"liveboxrealm\",\r\n nonce=\"n\",\r\n qop=\"auth\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			} else {
				second <- string(buf[:n])
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			}
			conn.Close()
		}
	}()
	p := newPlanner()
	p.target.URL = "http://" + ln.Addr().String() + "/"
	if _, err := newServer(t, p).ConnectionRequest(context.Background(), testDevice); err != nil {
		t.Fatal(err)
	}
	if got := <-second; !strings.Contains(got, "liveboxrealm") {
		t.Error(got)
	}
}

func TestConnectionRequestAddresses(t *testing.T) {
	p := newPlanner()
	srv := newServer(t, p, func(o *Options) { o.DenyLoopback = true })
	for _, address := range []string{"", "ftp://192.0.2.1/", "file:///etc/passwd", "http://", "192.0.2.1:7547", "http://u:p@192.0.2.1/", "http://[::1",
		"http://192.0.2.1/" + strings.Repeat("x", 300), "http://127.0.0.1:1/", "http://[::1]:1/", "http://169.254.169.254/", "http://[fe80::1]/",
		"http://0.0.0.0:1/", "http://224.0.0.1/", "http://[::ffff:169.254.169.254]/"} {
		p.target.URL = address
		srv.pace.devices = map[itms.DeviceID]paced{} // as often as we like
		_, err := srv.ConnectionRequest(context.Background(), testDevice)
		if !itms.IsKind(err, itms.KindUnavailable) {
			t.Errorf("%.40s: %v", address, err)
		}
		if strings.Contains(address, "//1") && strings.Contains(address, "169.") && !errors.Is(err, errAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestConnectionRequestURLWithCredentials(t *testing.T) {
	p := newPlanner()
	l := &listener{}
	base := l.start(t, p)
	for _, user := range []string{"u:p@", "u@", "@"} {
		p.target.URL = strings.Replace(base, "//", "//"+user, 1)
		_, err := newServer(t, p).ConnectionRequest(context.Background(), testDevice)
		if !itms.IsKind(err, itms.KindUnavailable) || !strings.Contains(err.Error(), "not a plain") || len(l.seen) != 0 {
			t.Errorf("%s: %v, %d visits", p.target.URL, err, len(l.seen))
		}
	}
}

func TestConnectionRequestUnknownDevice(t *testing.T) {
	p := newPlanner()
	srv := newServer(t, p)
	for _, want := range []itms.Kind{itms.KindNotFound, itms.KindUnavailable} {
		p.seek = func(id itms.DeviceID) (ConnectionTarget, error) {
			return ConnectionTarget{}, itms.Errorf(want, "X", "no")
		}
		if _, err := srv.ConnectionRequest(context.Background(), testDevice); !itms.IsKind(err, want) {
			t.Error(err)
		}
	}
}

func TestConnectionRequestObeysItsContext(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		conn, err := ln.Accept()
		if err == nil {
			defer conn.Close()
			_, _ = conn.Read(make([]byte, 1))
			cancel()
			_, _ = io.Copy(io.Discard, conn)
		}
	}()
	p := newPlanner()
	p.target.URL = "http://" + ln.Addr().String() + "/"
	if _, err := newServer(t, p).ConnectionRequest(ctx, testDevice); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestConnectionRequestToALiveSession(t *testing.T) {
	p := newPlanner()
	l := &listener{}
	l.start(t, p)
	srv := newServer(t, p)
	c := newCPE(t, serve(t, srv))
	c.inform()
	if _, err := srv.ConnectionRequest(context.Background(), testDevice); err != nil || len(l.seen) != 0 {
		t.Errorf("%v, %d visits", err, len(l.seen))
	}
	looked := 0
	p.next = func(context.Context, string) (itms.Command, error) { looked++; return nil, nil }
	c.post("").want(t, 204)
	if looked != 2 {
		t.Errorf("the session looked for work %d times", looked)
	}
	if _, err := srv.ConnectionRequest(context.Background(), testDevice); err != nil || len(l.seen) != 1 {
		t.Errorf("%v, %d visits after the end", err, len(l.seen))
	}
}
