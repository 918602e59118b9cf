package acs

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"itms/cwmp"
)

// floodMemory is what all that is hostile at once may make the heap grow by: 5,000
// connections at 20 kB, eight large bodies of 16 MiB decoded to some times as much, and
// what the collector has not come to yet.
const floodMemory = 512 << 20

// pipes is a listener without sockets: no limit on files stands in the way.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7547} }

// dial makes a connection, closed with the test.
func (l *pipes) dial(t *testing.T) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody accepts")
	}
	t.Cleanup(func() { _ = ours.Close() })
	return ours
}

// attack is something hostile on a connection of its own.
type attack struct {
	name string
	head string
	body func() io.Reader // sent as far as it is taken
}

// say is a POST with a body whose length is true.
func say(name, headers string, body []byte) attack {
	return attack{name, fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\n%sContent-Length: %d\r\n\r\n", headers, len(body)),
		func() io.Reader { return bytes.NewReader(body) }}
}

// endless repeats a text without end.
type endless struct{ text string }

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e.text)
	}
	return n, nil
}

// bomb is n bytes of space, compressed, and that again and again: the members of one
// gzip stream (RFC 1952 §2.2), which is quicker to make than a single one.
func bomb(t *testing.T, n int64, members int) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.CopyN(w, endless{strings.Repeat(" ", 4096)}, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.Repeat(packed.Bytes(), members)
}

// attacks are the hostile set.
func attacks(t *testing.T) []attack {
	inform := informXML("hostile")
	entities := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">` + strings.Repeat(`<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">`, 50) + `]>` + strings.Replace(inform, "Example", "&b;", 1)
	deep := strings.Repeat("<a>", 200_000) + strings.Repeat("</a>", 200_000)
	packed := bomb(t, 10<<20, 30) // 300 MB in about 300 kB
	if len(packed) < 200<<10 || len(packed) > 400<<10 {
		t.Fatalf("the bomb has %d bytes", len(packed))
	}
	return []attack{
		say("entity bomb", "", []byte(entities)),
		say("deep nesting", "", []byte(deep)),
		say("gzip bomb", "Content-Encoding: gzip\r\n", packed),
		{"99 GB announced", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99000000000\r\n\r\n", func() io.Reader { return strings.NewReader(inform) }},
		{"100 MB of garbage", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", func() io.Reader {
			return io.LimitReader(endless{"8000\r\n" + strings.Repeat("\x00<&\xff", 0x2000) + "\r\n"}, 100<<20)
		}},
		{"garbage without HTTP", "", func() io.Reader { return io.LimitReader(endless{"\x16\x03\x01<&"}, 100<<20) }},
		{"headers without end", "POST / HTTP/1.1\r\n", func() io.Reader { return io.LimitReader(endless{"X-A: b\r\n"}, 100<<20) }},
	}
}

// launch sends an attack and reads what comes back until the server has had enough.
func (a *attack) launch(c net.Conn) {
	go func() { _, _ = io.Copy(io.Discard, c) }() // the answer, whatever it is; ends with the connection
	if _, err := io.WriteString(c, a.head); err == nil {
		_, _ = io.Copy(c, a.body()) // ends when the server closes
	}
}

// grown runs fn and returns by how much the heap was larger at any look.
func grown(fn func()) uint64 {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	runtime.GC()
	before, most := heap(), uint64(0)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			most = max(most, heap())
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	}()
	fn()
	close(done)
	<-stopped
	return max(most, before) - before
}

// TestHostileSet: while all of it goes on at once, beside thousands of connections
// that never say a word or stop in the middle of one, an honest device has its
// sessions, and memory stays bounded.
func TestHostileSet(t *testing.T) {
	for _, auth := range []Auth{AuthNone, AuthDigest} {
		t.Run(string(auth), func(t *testing.T) { hostileSet(t, auth) })
	}
}

func hostileSet(t *testing.T, auth Auth) {
	const stalled, rounds, sessions = 5000, 2, 20
	p := newPlanner()
	srv := newServer(t, p, withAuth(auth))
	l := newPipes()
	hs := srv.HTTPServer()
	served := make(chan error, 1)
	go func() { served <- hs.Serve(l) }()
	defer func() {
		if err := hs.Close(); err != nil {
			t.Error(err)
		}
		<-served
	}()
	set := attacks(t)
	most := grown(func() {
		var all sync.WaitGroup
		for i := range stalled {
			c := l.dial(t)
			if i%2 == 0 {
				continue // not a word
			}
			all.Go(func() { _, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n<soap") })
		}
		var hostile sync.WaitGroup
		for range rounds {
			for i := range set {
				c := l.dial(t)
				hostile.Go(func() { set[i].launch(c) })
			}
		}
		honest(t, l, auth, sessions)
		hostile.Wait()
		all.Wait()
		honest(t, l, auth, 1)
	})
	if most > floodMemory {
		t.Errorf("the heap grew by %d MiB, more than %d", most>>20, floodMemory>>20)
	}
}

// honest has a device do so many sessions with a command each.
func honest(t *testing.T, l *pipes, auth Auth, sessions int) {
	t.Helper()
	c := newCPE(t, "http://192.0.2.1/")
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return l.dial(t), nil }}
	c.client.Transport = transport
	defer transport.CloseIdleConnections()
	for range sessions {
		if _, ok := c.login(informXML(testDevice.Serial, "2 PERIODIC")).want(t, 200).(*cwmp.InformResponse); !ok {
			t.Fatal("no InformResponse")
		}
		c.post("").want(t, 204)
	}
}
