package load

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cmd/cpesim/sim"
	"itms/cwmp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// until is how many sessions the ACS hears before the load is stopped.
const until = 60

// measured runs a load against an ACS and stops it after a number of sessions.
func measured(t *testing.T, acs *acstest.ACS, config Config) Result {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		acs.ServeHTTP(w, r)
		if len(acs.Sessions()) >= until {
			cancel()
		}
	})
	server := httptest.NewServer(handler)
	defer server.Close()
	config.ACS, config.Duration = server.URL+"/cwmp", time.Hour
	config.CPE.Username, config.CPE.Password = acstest.Username, acstest.Password
	result, err := Run(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestLoad(t *testing.T) {
	for _, auth := range []acstest.Auth{acstest.None, acstest.Basic, acstest.MD5, acstest.SHA256} {
		for _, keep := range []bool{true, false} {
			acs := &acstest.ACS{Auth: auth}
			r := measured(t, acs, Config{Devices: 6, Concurrency: 3, KeepAlive: keep})
			if r.Errors != 0 || r.Unexpected != 0 || r.Sessions < until-6-2*3 || r.Max < r.P99 || r.P99 < r.P50 {
				t.Errorf("%s keep %t: %+v", auth, keep, r)
			}
			if want := 3 * min(len(auth), 1); r.Challenges != want {
				t.Errorf("%s keep %t: %d challenges, want one per worker, %d", auth, keep, r.Challenges, want)
			}
			checkHeard(t, acs)
		}
	}
}

// checkHeard wants every device to have been heard, first with 0 BOOTSTRAP and
// then with 2 PERIODIC, its own identity and the cookie of its session.
func checkHeard(t *testing.T, acs *acstest.ACS) {
	t.Helper()
	seen := make(map[string]int)
	for _, s := range acs.Sessions() {
		id := s.Inform.DeviceID.SerialNumber
		if first := seen[id] == 0; first != s.Inform.HasEvent(cwmp.EventBootstrap) {
			t.Errorf("session %d of %s has %v", seen[id], id, s.Inform.Events)
		}
		seen[id]++
		if !strings.HasPrefix(id, "SIM00005E0053") {
			t.Errorf("serial %s", id)
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d devices", len(seen))
	}
	for _, r := range acs.Requests() {
		if _, inform := r.Envelope.Message.(*cwmp.Inform); inform == (r.Header.Get("Cookie") != "") {
			t.Errorf("%s has the cookie %q", r.Envelope.Message, r.Header.Get("Cookie"))
		}
	}
}

func TestUnexpectedRequestsAreRefused(t *testing.T) {
	acs := &acstest.ACS{Script: func(m *cwmp.Inform) []cwmp.Message {
		if m.HasEvent(cwmp.EventPeriodic) {
			return []cwmp.Message{&cwmp.GetRPCMethods{}}
		}
		return nil
	}}
	r := measured(t, acs, Config{Devices: 2, Concurrency: 5, KeepAlive: true})
	if r.Unexpected < r.Sessions || r.Errors != 0 || r.Concurrency != 2 {
		t.Errorf("%+v", r)
	}
}

func TestErrorsAreCounted(t *testing.T) {
	acs := &acstest.ACS{}
	acs.Override = func(w http.ResponseWriter, r *acstest.Request) bool {
		if m, ok := r.Envelope.Message.(*cwmp.Inform); ok && m.HasEvent(cwmp.EventPeriodic) && len(acs.Sessions())%2 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			acs.Override = nil
			return true
		}
		return false
	}
	r := measured(t, acs, Config{Devices: 2, Concurrency: 1, KeepAlive: true})
	if r.Errors != 1 || !strings.Contains(r.FirstError, "503") {
		t.Errorf("%+v", r)
	}
	if text := r.String(); !strings.Contains(text, "errors 1") || !strings.Contains(text, "p99") {
		t.Errorf("text %s", text)
	}
}

func TestRegistrationFails(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if _, err := Run(t.Context(), Config{ACS: server.URL, Devices: 3, Concurrency: 2, Duration: time.Hour}); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("error %v", err)
	}
	for _, bad := range []string{"", "https://acs.example.com/", "acs.example.com", "%"} {
		if _, err := Run(t.Context(), Config{ACS: bad, Devices: 1}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, err := Run(t.Context(), Config{ACS: server.URL, Devices: 1, CPE: sim.Config{Model: "fridge"}}); err == nil {
		t.Error("a fridge was registered")
	}
}

func TestPercentile(t *testing.T) {
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(i+1)*time.Millisecond)
	}
	for p, want := range map[int]float64{50: 100, 90: 180, 99: 198, 100: 200} {
		if got := percentile(times, p); got != want {
			t.Errorf("p%d = %v, want %v", p, got, want)
		}
	}
	if percentile(nil, 50) != 0 {
		t.Error("something of nothing")
	}
}

// answered sends one POST to a server that says text.
func answered(t *testing.T, text string) (*line, int, error) {
	t.Helper()
	client, server := net.Pipe()
	go func() {
		buffer := make([]byte, 4096)
		_, _ = server.Read(buffer)
		_, _ = server.Write([]byte(text))
		_ = server.Close()
	}()
	l := newLine(Config{CPE: sim.Config{Dial: func(context.Context, string, string) (net.Conn, error) { return client, nil }}},
		&url.URL{Scheme: "http", Host: "acs.example.com", Path: "/cwmp"})
	status, err := l.post(t.Context(), []byte("body"), "Basic x")
	return l, status, err
}

func TestAnswers(t *testing.T) {
	l, status, err := answered(t, "HTTP/1.1 401 Unauthorized\r\nset-cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n"+
		"WWW-Authenticate: Basic realm=\"x\"\r\nCONTENT-LENGTH: 3\r\nConnection: close\r\n\r\nabc")
	if err != nil || status != 401 || string(l.cookie) != "a=1; b=2" || len(l.challenges) != 1 || l.length != 3 || l.conn != nil {
		t.Errorf("status %d, cookie %q, %+v, error %v", status, l.cookie, l, err)
	}
	for _, bad := range []string{"", "SSH-2.0\r\n", "HTTP/1.1 abc\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "HTTP/1.1 200 OK\r\n"} {
		if l, _, err := answered(t, bad); err == nil {
			t.Errorf("%q was read", bad)
		} else {
			l.close()
		}
	}
}

func BenchmarkSession(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > 0 {
			w.Header().Set("Set-Cookie", "sid=1; Path=/")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	target, err := url.Parse(server.URL)
	if err != nil {
		b.Fatal(err)
	}
	w := newWorker(Config{CPE: sim.Config{Dial: (&net.Dialer{}).DialContext}, KeepAlive: true}, target)
	defer w.line.close()
	body := make([]byte, 2500)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.session(b.Context(), body); err != nil {
			b.Fatal(err)
		}
	}
}
