package acs

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"itms"
	"itms/cwmp"
	"itms/internal/digest"
)

// idlePlanner has nothing to do.
type idlePlanner struct{}

func (idlePlanner) Contact(context.Context, *itms.Contact) error { return nil }
func (idlePlanner) Next(context.Context, itms.DeviceID, string) (itms.Command, error) {
	return nil, nil
}
func (idlePlanner) Advance(context.Context, itms.DeviceID, string, ...itms.Outcome) (itms.Command, error) {
	return nil, nil
}
func (idlePlanner) Notice(context.Context, itms.Notice) error { return nil }
func (idlePlanner) Ended(itms.SessionSummary)                 {}
func (idlePlanner) Target(context.Context, itms.DeviceID) (ConnectionTarget, error) {
	return ConnectionTarget{}, nil
}

// rawCPE speaks HTTP with as little work as possible, so that the server is what
// is measured.
type rawCPE struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	cookie  []byte
	nonce   string
}

func dialRaw(b *testing.B, address string) *rawCPE {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	return &rawCPE{conn: conn, in: bufio.NewReader(conn)}
}

// post sends one POST and returns the status; it keeps cookie and challenge.
func (c *rawCPE) post(b *testing.B, extra string, body []byte) int {
	c.request = append(c.request[:0], "POST /cwmp HTTP/1.1\r\nHost: acs\r\n"...)
	c.request = append(c.request, extra...)
	if len(c.cookie) > 0 {
		c.request = append(append(append(c.request, "Cookie: "...), c.cookie...), "\r\n"...)
	}
	c.request = append(c.request, "Content-Length: "...)
	c.request = strconv.AppendInt(c.request, int64(len(body)), 10)
	c.request = append(append(c.request, "\r\n\r\n"...), body...)
	if _, err := c.conn.Write(c.request); err != nil {
		b.Fatal(err)
	}
	status, length := 0, 0
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			b.Fatal(err)
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) == 0:
			if _, err := c.in.Discard(length); err != nil {
				b.Fatal(err)
			}
			return status
		case status == 0:
			status, _ = strconv.Atoi(string(line[9:12]))
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			length, _ = strconv.Atoi(string(line[16:]))
		case bytes.HasPrefix(line, []byte("Set-Cookie: ")):
			value, _, _ := bytes.Cut(line[12:], []byte(";"))
			c.cookie = append(c.cookie[:0], value...)
		case bytes.HasPrefix(line, []byte("Www-Authenticate: ")) && c.nonce == "":
			c.nonce = string(line[18:])
		}
	}
}

// idleSession is an Inform and an empty POST, and with digest the 401 before.
func (c *rawCPE) idleSession(b *testing.B, auth Auth, inform []byte) {
	extra := ""
	if auth == AuthDigest {
		c.nonce = ""
		if status := c.post(b, "", inform); status != 401 {
			b.Fatal("status", status)
		}
		challenge, err := digest.ParseChallenge([]string{c.nonce})
		if err != nil {
			b.Fatal(err)
		}
		extra = "Authorization: " + challenge.Authorize("POST", "/cwmp", testUser, testPassword.Reveal()) + "\r\n"
	}
	if status := c.post(b, extra, inform); status != 200 {
		b.Fatal("status", status)
	}
	if status := c.post(b, "", nil); status != 204 {
		b.Fatal("status", status)
	}
}

// BenchmarkIdleSession is the whole of a periodic contact that changes nothing,
// over kept connections; "canned" is a bare net/http server that answers the same
// client with fixed bytes.
func BenchmarkIdleSession(b *testing.B) {
	for _, auth := range []Auth{AuthNone, AuthDigest} {
		b.Run(string(auth), func(b *testing.B) {
			benchmarkSessions(b, newServer(b, idlePlanner{}, withAuth(auth)).HTTPServer(), auth)
		})
		b.Run(string(auth)+"-canned", func(b *testing.B) {
			benchmarkSessions(b, &http.Server{Handler: cannedACS(auth)}, auth)
		})
	}
}

// longPlanner asks each session for the same so many times.
type longPlanner struct {
	idlePlanner
	asked sync.Map // session -> *int
}

// benchRequests is how many requests a long session has.
const benchRequests = 24

func (p *longPlanner) Next(_ context.Context, _ itms.DeviceID, session string) (itms.Command, error) {
	asked, _ := p.asked.LoadOrStore(session, new(int))
	if n := asked.(*int); *n < benchRequests {
		*n++
		return someGet, nil
	}
	p.asked.Delete(session)
	return nil, nil
}

func (p *longPlanner) Advance(ctx context.Context, id itms.DeviceID, session string, _ ...itms.Outcome) (itms.Command, error) {
	return p.Next(ctx, id, session)
}

// BenchmarkLongSession is a session of 24 requests through the door alone, without a
// domain and a store behind it.
func BenchmarkLongSession(b *testing.B) {
	answer := []byte(xml("1", &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{
		{Name: "Device.DeviceInfo.SoftwareVersion", Value: "1.0.0", Type: "xsd:string"}, {Name: "Device.DeviceInfo.UpTime", Value: "123456", Type: "xsd:unsignedInt"}}}))
	runSessions(b, newServer(b, &longPlanner{}).HTTPServer(), func(c *rawCPE, inform []byte) {
		status, requests := c.post(b, "", inform), 0
		for body := []byte(nil); status == 200; body = answer {
			if status = c.post(b, "", body); status == 200 {
				requests++
			}
		}
		if status != 204 || requests != benchRequests {
			b.Fatalf("status %d after %d requests", status, requests)
		}
	})
}

// cannedACS answers without looking.
func cannedACS(auth Auth) http.Handler {
	response := (&cwmp.Envelope{ID: "1042", Version: cwmp.Version12, Message: informResponse}).Encode()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch {
		case r.ContentLength == 0:
			w.WriteHeader(204)
		case auth == AuthDigest && r.Header.Get("Authorization") == "":
			w.Header().Add("Www-Authenticate", `Digest realm="itms", qop="auth", nonce="000000000000000000000000000000000000000000000000", algorithm=MD5`)
			w.Header().Set("Content-Length", "0")
			w.WriteHeader(401)
		default:
			w.Header().Set("Content-Length", strconv.Itoa(len(response)))
			w.Header().Set("Set-Cookie", "itms=n1.00000000000000000000000000000000; Path=/; HttpOnly")
			_, _ = w.Write(response)
		}
	})
}

func benchmarkSessions(b *testing.B, hs *http.Server, auth Auth) {
	runSessions(b, hs, func(c *rawCPE, inform []byte) { c.idleSession(b, auth, inform) })
}

// runSessions has sessions of devices on connections of their own.
func runSessions(b *testing.B, hs *http.Server, session func(c *rawCPE, inform []byte)) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = hs.Serve(l) }()
	b.Cleanup(func() { _ = hs.Close() })
	inform := []byte(informXML(testDevice.Serial, "2 PERIODIC"))
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c := dialRaw(b, l.Addr().String())
		defer c.conn.Close()
		body := bytes.Replace(inform, []byte(testDevice.Serial), fmt.Appendf(nil, "%012d", c.conn.LocalAddr().(*net.TCPAddr).Port), 1)
		for pb.Next() {
			session(c, body)
		}
	})
}
