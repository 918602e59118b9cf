package acs

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/cwmp"
)

// wire sends bytes as they are over one connection and reads the answers.
type wire struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dialWire(t *testing.T, url string) *wire {
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	return &wire{t, conn, bufio.NewReader(conn)}
}

func (w *wire) send(text string) {
	if _, err := io.WriteString(w.conn, text); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) read() got {
	w.t.Helper()
	resp, err := http.ReadResponse(w.in, &http.Request{Method: "POST"})
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return got{resp, string(text)}
}

// closed reports whether the server closed the connection.
func (w *wire) closed() bool {
	_, err := w.in.ReadByte()
	return err == io.EOF
}

func TestOnlyPostOnTheEndpoint(t *testing.T) {
	url := serve(t, newServer(t, newPlanner()))
	for path, status := range map[string]int{"/": 405, "/cwmp": 405, "/cwmp/": 405, "/other": 404, "/cwmp/x": 404} {
		resp, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status || resp.ContentLength != 0 || status == 405 && resp.Header.Get("Allow") != "POST" {
			t.Errorf("%s: %d, length %d", path, resp.StatusCode, resp.ContentLength)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	for _, path := range []string{"/", "/cwmp", "/cwmp/", "/cwmp?options=noautoprov"} {
		newCPE(t, url+path).inform()
	}
}

func TestResponsesHaveALength(t *testing.T) {
	w := dialWire(t, serve(t, newServer(t, newPlanner())))
	body := informXML("s1")
	w.send(fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	a := w.read()
	if a.ContentLength != int64(len(a.text)) || len(a.TransferEncoding) > 0 || strings.HasPrefix(a.text, "<?xml") {
		t.Errorf("%d %v", a.ContentLength, a.TransferEncoding)
	}
	w.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
	a = w.read()
	if a.StatusCode != 204 || a.Header.Get("Content-Type") != "" || a.Header.Get("Content-Length") != "" || len(a.TransferEncoding) > 0 {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
}

func TestHTTPForms(t *testing.T) {
	url := serve(t, newServer(t, newPlanner()))
	body := informXML("s1")
	for name, text := range map[string]string{
		"1.0":                fmt.Sprintf("POST / HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s", len(body), body),
		"close":              fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body),
		"chunked":            fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", 100, body[:100], len(body)-100, body[100:]),
		"no content type":    fmt.Sprintf("POST /cwmp HTTP/1.1\r\nHost: a\r\nSOAPAction:\r\nContent-Length: %d\r\n\r\n%s", len(body), body),
		"odd content type":   fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nSOAPAction: urn:dslforum-org:cwmp-1-2\r\nContent-Length: %d\r\n\r\n%s", len(body), body),
		"plain content type": fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nSOAPAction: \"Inform\"\r\nContent-Length: %d\r\n\r\n%s", len(body), body),
	} {
		t.Run(name, func(t *testing.T) {
			w := dialWire(t, url)
			w.send(text)
			if _, ok := w.read().want(t, 200).(*cwmp.InformResponse); !ok {
				t.Error("not taken")
			}
			if (name == "1.0" || name == "close") && !w.closed() {
				t.Error("the connection is open")
			}
		})
	}
}

func TestHTTP10KeepAlive(t *testing.T) {
	w := dialWire(t, serve(t, newServer(t, newPlanner(someReboot))))
	body := informXML("s1")
	w.send(fmt.Sprintf("POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	w.read().want(t, 200)
	w.send("POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")
	if _, ok := w.read().want(t, 200).(*cwmp.Reboot); !ok {
		t.Error("the session is lost")
	}
}

func TestExpectContinue(t *testing.T) {
	for _, auth := range []Auth{AuthNone, AuthDigest} {
		w := dialWire(t, serve(t, newServer(t, newPlanner(), withAuth(auth))))
		body := informXML("s1")
		w.send(fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body)))
		if line, _ := w.in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 100") {
			t.Fatal(line)
		}
		_, _ = w.in.ReadString('\n')
		w.send(body)
		if a := w.read(); auth == AuthNone && a.StatusCode != 200 || auth == AuthDigest && (a.StatusCode != 401 || a.Close) {
			t.Errorf("%s: %d, close %v", auth, a.StatusCode, a.Close)
		}
	}
}

// packed compresses a body.
func packed(t *testing.T, encoding, body string) string {
	var b bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	case "flate":
		w, _ = flate.NewWriter(&b, flate.DefaultCompression)
	}
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.String()
}

func TestCompressedBodies(t *testing.T) {
	url := serve(t, newServer(t, newPlanner(), func(o *Options) { o.Limits.BodyBytes = 20_000 }))
	for _, tc := range []struct {
		header, form, body string
		status             int
	}{
		{"gzip", "gzip", informXML("s1"), 200},
		{"x-gzip", "gzip", informXML("s1"), 200},
		{"deflate", "zlib", informXML("s1"), 200},
		{"deflate", "flate", informXML("s1"), 200},
		{"gzip", "gzip", strings.Repeat(" ", 20<<20), 413}, // 20 kB on the wire
		{"gzip", "zlib", informXML("s1"), 400},
		{"br", "gzip", informXML("s1"), 415},
	} {
		c := newCPE(t, url)
		c.headers.Set("Content-Encoding", tc.header)
		if a := c.post(packed(t, tc.form, tc.body)); a.StatusCode != tc.status {
			t.Errorf("%s as %s: %d, want %d", tc.form, tc.header, a.StatusCode, tc.status)
		}
	}
	c := newCPE(t, url)
	c.headers.Set("Content-Encoding", "deflate")
	c.post("x").want(t, 400)
}

func TestBodyLimit(t *testing.T) {
	url := serve(t, newServer(t, newPlanner(), func(o *Options) { o.Limits.BodyBytes = 10_000 }))
	newCPE(t, url).post(strings.Repeat("x", 10_001)).want(t, 413)
	w := dialWire(t, url)
	w.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
	for range 3 {
		w.send("fa0\r\n" + strings.Repeat("x", 4000) + "\r\n")
	}
	if a := w.read(); a.StatusCode != 413 || !a.Close {
		t.Errorf("%d", a.StatusCode)
	}
}

func TestLargeBodiesAreFew(t *testing.T) {
	srv := newServer(t, newPlanner())
	url := serve(t, srv)
	for range largeBodies {
		srv.bodies.large <- struct{}{}
	}
	large := informXML("s1") + strings.Repeat(" ", 2*largeBody)
	if a := newCPE(t, url).post(large); a.StatusCode != 503 || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d", a.StatusCode)
	}
	for range largeBodies {
		<-srv.bodies.large
	}
	newCPE(t, url).post(large).want(t, 200)
	if len(srv.bodies.large) != 0 {
		t.Error("a place was not given back")
	}
}

func TestMalformedBody(t *testing.T) {
	p := newPlanner()
	c := newCPE(t, serve(t, newServer(t, p)))
	for _, body := range []string{"hello", "<a><b></a>", "<Envelope/>", "\x00\x01\x02", strings.Repeat("<a>", 10_000)} {
		if f, ok := c.post(body).want(t, 400).(*cwmp.Fault); !ok || f.Code < 8000 || f.Code > 8006 {
			t.Errorf("%.20q: %v", body, f)
		}
	}
	// A DTD is skipped, its entities stay unknown: what is left is an empty message.
	c.post(`<!DOCTYPE x [<!ENTITY a "<Inform/>">]><Envelope><Body>&a;</Body></Envelope>`).want(t, 204)
	c.inform()
	c.post("</garbage>").want(t, 400)
	if s := p.waitEnd(t); s.End != itms.SessionError {
		t.Error(s.End)
	}
	c.post("").want(t, 204)
	if c.dials != 1 {
		t.Errorf("%d connections", c.dials)
	}
}

func TestWithoutSession(t *testing.T) {
	c := newCPE(t, serve(t, newServer(t, newPlanner())))
	c.post("").want(t, 204)
	c.post(" \r\n").want(t, 204)
	c.post(xml("1", &cwmp.RebootResponse{})).want(t, 204)
	a := c.post(xml("77", &cwmp.TransferComplete{}))
	if f, ok := a.want(t, 400).(*cwmp.Fault); !ok || f.Code != 8003 || a.envelope(t).ID != "77" {
		t.Error(a.text)
	}
	if f, ok := c.post(informXML("")).want(t, 200).(*cwmp.Fault); !ok || f.Code != 8003 || !strings.Contains(f.String, "SerialNumber") {
		t.Error(f)
	}
	c.headers.Set("Cookie", "itms=n1."+hex32)
	c.post("").want(t, 204)
}

func TestVersionFault(t *testing.T) {
	c := newCPE(t, serve(t, newServer(t, newPlanner())))
	body := strings.ReplaceAll(informXML("s1"), "cwmp-1-2", "cwmp-2-0")
	if f, ok := c.post(body).want(t, 200).(*cwmp.Fault); !ok || f.Code != 8006 {
		t.Error(f)
	}
	env := informEnvelope("s1")
	env.Version = cwmp.Version10
	if got := c.post(string(env.Encode())).envelope(t).Version; got != cwmp.Version10 {
		t.Error(got)
	}
}

func TestSlowHeadersAreCutOff(t *testing.T) {
	srv := newServer(t, newPlanner())
	hs := srv.HTTPServer()
	hs.ReadHeaderTimeout, hs.ReadTimeout = 50*time.Millisecond, 100*time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = hs.Serve(l) }()
	defer hs.Close()
	w := dialWire(t, "http://"+l.Addr().String())
	w.send("POST / HTTP/1.1\r\nHost: a\r\n")
	if !w.closed() {
		t.Error("the connection is open")
	}
	w = dialWire(t, "http://"+l.Addr().String())
	w.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n<Env")
	if a := w.read(); a.StatusCode != 400 || !a.Close {
		t.Errorf("%d", a.StatusCode)
	}
}
