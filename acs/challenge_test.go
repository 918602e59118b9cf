package acs

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"itms"
)

// device is the connection request server of a CPE, byte for byte: it reads requests
// and answers each with the next of its answers.
type device struct {
	mu       sync.Mutex
	answers  []string
	close    bool     // the connection after each answer, without a word
	requests []string // as they came
	conns    int
}

// listen opens it and returns its address.
func (d *device) listen(t *testing.T, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip(err) // a host without IPv6
	}
	var open sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); open.Wait() })
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			d.mu.Lock()
			d.conns++
			d.mu.Unlock()
			open.Go(func() { d.serve(conn) })
		}
	})
	return "http://" + l.Addr().String()
}

// serve answers the requests of one connection.
func (d *device) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		var request strings.Builder
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			request.WriteString(line)
			if line == "\r\n" {
				break
			}
		}
		d.mu.Lock()
		d.requests = append(d.requests, request.String())
		answer := ""
		if len(d.answers) > 0 {
			answer, d.answers = d.answers[0], d.answers[1:]
		}
		d.mu.Unlock()
		if _, err := io.WriteString(conn, answer); err != nil || d.close {
			return
		}
	}
}

// crlf writes an answer with its line ends.
func crlf(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" }

const fine = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// parts finds the parameters of an Authorization header.
var parts = regexp.MustCompile(`(\w+)=(?:"([^"]*)"|([^,\s]+))`)

// reference computes the response of an Authorization header slowly and by the letter
// of RFC 7616 §3.4.1.
func reference(header, user, realm, password string) (response string, fields map[string]string) {
	fields = map[string]string{}
	for _, m := range parts.FindAllStringSubmatch(header, -1) {
		fields[m[1]] = m[2] + m[3]
	}
	h := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
	if strings.HasPrefix(fields["algorithm"], "SHA-256") {
		h = func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	}
	a1 := h(user + ":" + realm + ":" + password)
	if strings.HasSuffix(fields["algorithm"], "-sess") {
		a1 = h(a1 + ":" + fields["nonce"] + ":" + fields["cnonce"])
	}
	a2 := h("GET:" + fields["uri"])
	if fields["qop"] == "" {
		return h(a1 + ":" + fields["nonce"] + ":" + a2), fields
	}
	return h(a1 + ":" + fields["nonce"] + ":" + fields["nc"] + ":" + fields["cnonce"] + ":" + fields["qop"] + ":" + a2), fields
}

// TestChallengeVariants: each variant of cwmp devices is answered so that the device can
// check it. want lists the parameters sent, with what must be in them.
func TestChallengeVariants(t *testing.T) {
	const md5WithoutQOP = `Digest username="cr-user", realm="x", nonce="abc", uri="/a?b=c", response="cfe08956149345a3c20df2a57065d670"`
	for _, tc := range []struct {
		name, challenge string // its lines without the status
		want            string
		golden          string // of the whole header, where nothing in it is random
	}{
		{"no qop", `WWW-Authenticate: Digest realm="x", nonce="abc"`, "username=cr-user realm=x nonce=abc uri=/a?b=c response", md5WithoutQOP},
		{"no qop, algorithm named", `WWW-Authenticate: Digest realm="x", nonce="abc", algorithm=MD5`, "username=cr-user realm=x nonce=abc uri=/a?b=c response algorithm=MD5", ""},
		{"no algorithm", `WWW-Authenticate: Digest realm="x", nonce="abc", qop="auth"`, "username=cr-user realm=x nonce=abc uri=/a?b=c response qop=auth nc=00000001 cnonce", ""},
		{"SHA-256 alone", `WWW-Authenticate: Digest realm="x", nonce="abc", algorithm=SHA-256, qop="auth"`, "username=cr-user realm=x nonce=abc uri=/a?b=c response algorithm=SHA-256 qop=auth nc=00000001 cnonce", ""},
		{"MD5-sess without qop", `WWW-Authenticate: Digest realm="x", nonce="abc", algorithm=MD5-sess`, "username=cr-user realm=x nonce=abc uri=/a?b=c response algorithm=MD5-sess cnonce", ""},
		{"folded over five lines", "WWW-Authenticate: Digest realm=\"x\",\r\n\tnonce=\"abc\",\r\n  qop=\"auth\",\r\n\topaque=\"o\",\r\n algorithm=MD5", "username=cr-user realm=x nonce=abc uri=/a?b=c response algorithm=MD5 qop=auth nc=00000001 cnonce opaque=o", ""},
		{"folded, nothing in the first line", "WWW-Authenticate:\r\n Digest\r\n realm=\"x\",\r\n nonce=\"abc\"", "username=cr-user realm=x nonce=abc uri=/a?b=c response", md5WithoutQOP},
		{"unquoted nonce", `WWW-Authenticate: Digest realm=x, nonce=abc, qop=auth`, "username=cr-user realm=x nonce=abc uri=/a?b=c response qop=auth nc=00000001 cnonce", ""},
		{"domain", `WWW-Authenticate: Digest realm="x", domain="/a /b", nonce="abc"`, "username=cr-user realm=x nonce=abc uri=/a?b=c response", md5WithoutQOP},
		{"qop list", `WWW-Authenticate: Digest realm="x", nonce="abc", qop="auth,auth-int"`, "username=cr-user realm=x nonce=abc uri=/a?b=c response qop=auth nc=00000001 cnonce", ""},
		{"several in one header", `WWW-Authenticate: Basic realm="y", Digest realm="x", nonce="abc", Bearer`, "username=cr-user realm=x nonce=abc uri=/a?b=c response", md5WithoutQOP},
		{"several headers", "WWW-Authenticate: Basic realm=\"y\"\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"abc\"", "username=cr-user realm=x nonce=abc uri=/a?b=c response", md5WithoutQOP},
		{"the stronger of two", "WWW-Authenticate: Digest realm=\"y\", nonce=\"d\", algorithm=MD5\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"abc\", algorithm=SHA-256", "username=cr-user realm=x nonce=abc uri=/a?b=c response algorithm=SHA-256", ""},
		{"header name with a space", `www-authenticate : Digest realm="x", nonce="abc"`, "username=cr-user realm=x nonce=abc uri=/a?b=c response", md5WithoutQOP},
		{"odd lines around", "Server\r\nX\x00: \x01\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"abc\"\r\n: \r\n\xff", "username=cr-user realm=x nonce=abc uri=/a?b=c response", md5WithoutQOP},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := &device{answers: []string{crlf("HTTP/1.1 401 Unauthorized", tc.challenge, "Content-Length: 0"), fine}}
			p := newPlanner()
			p.target = ConnectionTarget{URL: d.listen(t, "127.0.0.1:0") + "/a?b=c", Username: "cr-user", Password: itms.NewSecret("cr-password")}
			report, err := newServer(t, p).ConnectionRequest(t.Context(), testDevice)
			if err != nil || report.Result != itms.CallAccepted || report.Way != itms.ReachHTTP || len(d.requests) != 2 || d.conns != 1 {
				t.Fatalf("%+v, %v, %d requests over %d connections", report, err, len(d.requests), d.conns)
			}
			_, rest, _ := strings.Cut(d.requests[1], "\r\nAuthorization: ")
			header, _, _ := strings.Cut(rest, "\r\n")
			response, fields := reference(header, "cr-user", "x", "cr-password")
			if fields["response"] != response {
				t.Errorf("%s: the response should be %s", header, response)
			}
			for _, w := range strings.Fields(tc.want) {
				name, value, fixed := strings.Cut(w, "=")
				if got, sent := fields[name]; !sent || fixed && got != value {
					t.Errorf("%s: %q, want %q", name, got, w)
				}
			}
			if len(fields) != len(strings.Fields(tc.want)) {
				t.Errorf("%s holds more than %s", header, tc.want)
			}
			if tc.golden != "" && header != tc.golden {
				t.Errorf("got  %s\nwant %s", header, tc.golden)
			}
		})
	}
}

// What comes instead of a proper answer, and what it counts as.
func TestAnswersOfDevices(t *testing.T) {
	const ask = "WWW-Authenticate: Digest realm=\"x\", nonce=\"abc\""
	denied := crlf("HTTP/1.1 401 Unauthorized", ask, "Content-Length: 0")
	for _, tc := range []struct {
		name    string
		answers []string
		close   bool
		basic   bool
		want    itms.CallResult
		visits  int
		conns   int
	}{
		{"closed after the 401", []string{denied, fine}, true, false, itms.CallAccepted, 2, 2},
		{"says that it closes", []string{crlf("HTTP/1.1 401 x", ask, "Connection: close", "Content-Length: 0"), fine}, false, false, itms.CallAccepted, 2, 2},
		{"HTTP/1.0", []string{crlf("HTTP/1.0 401", ask), "HTTP/1.0 200 OK\n\n"}, true, false, itms.CallAccepted, 2, 2},
		{"no length, stays open", []string{crlf("HTTP/1.1 401 x", ask) + "<html>", fine}, false, false, itms.CallAccepted, 2, 2},
		{"chunked", []string{crlf("HTTP/1.1 401 x", ask, "Transfer-Encoding: chunked") + "0\r\n\r\n", fine}, false, false, itms.CallAccepted, 2, 2},
		{"body", []string{crlf("HTTP/1.1 401 x", ask, "Content-Length: 5") + "stuff", fine}, false, false, itms.CallAccepted, 2, 1},
		{"more than its length", []string{crlf("HTTP/1.1 401 x", ask, "Content-Length: 2") + "stuff", fine}, false, false, itms.CallAccepted, 2, 2},
		{"line feeds only", []string{"HTTP/1.1 401 x\n" + ask + "\nContent-Length: 0\n\n", fine}, false, false, itms.CallAccepted, 2, 1},
		{"100 first", []string{crlf("HTTP/1.1 100 Continue") + denied, fine}, false, false, itms.CallAccepted, 2, 1},
		{"204", []string{crlf("HTTP/1.1 204 No Content")}, false, false, itms.CallAccepted, 1, 1},
		{"status line alone", []string{"HTTP/1.1 200 OK"}, true, false, itms.CallAccepted, 1, 1},
		{"empty lines first", []string{"\r\n\r\n" + fine}, false, false, itms.CallAccepted, 1, 1},
		{"stale nonce", []string{denied, crlf("HTTP/1.1 401 x", ask+", stale=true", "Content-Length: 0"), fine}, false, false, itms.CallAccepted, 3, 1},
		{"stale for ever", []string{denied, crlf("HTTP/1.1 401 x", ask+", stale=true", "Content-Length: 0"), crlf("HTTP/1.1 401 x", ask+", stale=true"), fine}, false, false, itms.CallDenied, 3, 1},
		{"401 twice", []string{denied, denied, fine}, false, false, itms.CallDenied, 2, 1},
		{"503", []string{crlf("HTTP/1.1 503 Busy")}, false, false, itms.CallBusy, 1, 1},
		{"404", []string{crlf("HTTP/1.1 404 Gone")}, false, false, itms.CallMoved, 1, 1},
		{"403", []string{crlf("HTTP/1.1 403 No")}, false, false, itms.CallRefused, 1, 1},
		{"redirect", []string{crlf("HTTP/1.1 302 x", "Location: http://192.0.2.1/")}, false, false, itms.CallRefused, 1, 1},
		{"bait", []string{crlf("HTTP/1.1 401 x", "WWW-Authenticate: Basic realm=\"x\"", "Content-Length: 0"), fine}, false, false, itms.CallRefused, 1, 1},
		{"Basic where it is allowed", []string{crlf("HTTP/1.1 401 x", "WWW-Authenticate: Basic realm=\"x\"", "Content-Length: 0"), fine}, false, true, itms.CallAccepted, 2, 1},
		{"digest before Basic", []string{crlf("HTTP/1.1 401 x", "WWW-Authenticate: Basic realm=\"x\"", ask, "Content-Length: 0"), fine}, false, true, itms.CallAccepted, 2, 1},
		{"Basic refused", []string{crlf("HTTP/1.1 401 x", "WWW-Authenticate: Basic"), crlf("HTTP/1.1 401 x", "WWW-Authenticate: Basic"), fine}, true, true, itms.CallDenied, 2, 2},
		{"401 without a challenge", []string{crlf("HTTP/1.1 401 x", "Content-Length: 0"), fine}, false, true, itms.CallRefused, 1, 1},
		{"unknown algorithm", []string{crlf("HTTP/1.1 401 x", ask+", algorithm=SHA-512-256"), fine}, false, false, itms.CallRefused, 1, 1},
		{"no HTTP", []string{"SSH-2.0-x\r\n\r\n"}, true, false, itms.CallSilent, 1, 1},
		{"nothing", []string{""}, true, false, itms.CallSilent, 1, 1},
		{"1xx for ever", []string{strings.Repeat(crlf("HTTP/1.1 102 x"), 10)}, true, false, itms.CallSilent, 1, 1},
		{"endless head", []string{"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 100_000)}, true, false, itms.CallSilent, 1, 1},
		{"endless line", []string{"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 1<<20)}, true, false, itms.CallSilent, 1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := &device{answers: tc.answers, close: tc.close}
			p := newPlanner()
			p.target = ConnectionTarget{URL: d.listen(t, "127.0.0.1:0"), Username: "cr-user", Password: itms.NewSecret("cr-password"), AllowBasic: tc.basic}
			report, err := newServer(t, p).ConnectionRequest(t.Context(), testDevice)
			d.mu.Lock()
			defer d.mu.Unlock()
			if report.Result != tc.want || (err == nil) != (tc.want == itms.CallAccepted) || len(d.requests) != tc.visits || d.conns != tc.conns {
				t.Errorf("%+v, %v, %d visits over %d connections", report, err, len(d.requests), d.conns)
			}
			for _, r := range d.requests {
				basic := strings.Contains(r, "Authorization: Basic")
				if strings.Contains(r, "cr-password") || basic && (!tc.basic || strings.Contains(tc.answers[0], "Digest")) {
					t.Errorf("sent %s", r)
				}
			}
			if report.Text == "" || strings.Contains(report.Text, "cr-password") {
				t.Errorf("text %q", report.Text)
			}
		})
	}
}

// A connection that the device closed behind our back is replaced, not given up.
func TestConnectionClosedSilently(t *testing.T) {
	d := &device{answers: []string{crlf("HTTP/1.1 401 x", "WWW-Authenticate: Digest realm=\"x\", nonce=\"abc\"", "Content-Length: 0"), "", fine}, close: true}
	p := newPlanner()
	p.target = ConnectionTarget{URL: d.listen(t, "127.0.0.1:0")}
	srv := newServer(t, p)
	if _, err := srv.ConnectionRequest(t.Context(), testDevice); !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("a new connection that is closed as well: %v", err)
	}
}

func TestConnectionRequestIPv6(t *testing.T) {
	d := &device{answers: []string{fine}}
	p := newPlanner()
	p.target.URL = d.listen(t, "[::1]:0") + "/x y?z w"
	if _, err := newServer(t, p).ConnectionRequest(t.Context(), testDevice); err != nil {
		t.Fatal(err)
	}
	if r := d.requests[0]; !strings.HasPrefix(r, "GET /x%20y?z%20w HTTP/1.1\r\nHost: [::1]:") {
		t.Error(r)
	}
}

// A device that takes the request and says nothing costs the time of one request.
func TestConnectionRequestToASilentDevice(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	c := &caller{srv: newServer(t, newPlanner()), conn: ours}
	var err error
	if c.url, err = checkTarget("http://192.0.2.1/"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.try(ctx, ""); err == nil || c.conn != nil {
		t.Errorf("%v, connection %v", err, c.conn)
	}
}

// FuzzHead looks for answers that crash the reader of heads, or that it believes beyond
// its limits.
func FuzzHead(f *testing.F) {
	for _, text := range []string{fine, "HTTP/1.1 401 x\r\nWWW-Authenticate: Digest\r\n\trealm=x,\r\n nonce=abc\r\n\r\n",
		"\n\nHTTP/1.0 100\n\nHTTP/1.0 200\n:\n x\n\n", "HTTP/1.1 401\r\nConnection: Keep-Alive, close\r\nContent-Length: 99999999999\r\nTransfer-Encoding: x"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, _, err := readHead(bytes.NewReader(data))
		if err != nil {
			return
		}
		if h.status < 200 || h.status > 999 || len(h.challenges) > maxChallenges || h.length < -1 {
			t.Fatalf("%+v", h)
		}
		header, _, err := authorize(h.challenges, "/", &ConnectionTarget{Username: "u", Password: itms.NewSecret("secret-word")})
		if err == nil && (!strings.HasPrefix(header, "Digest ") || strings.ContainsAny(header, "\r\n") || strings.Contains(header, "secret-word")) {
			t.Fatalf("answered %q", header)
		}
	})
}
