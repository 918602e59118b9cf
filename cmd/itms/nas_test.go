package main

import (
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	codec "layeh.com/radius"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc3576"
)

// nasSecret is the shared secret of the access server of scripts.
const nasSecret = "nas-shared-secret"

// accessServer plays the end of an access server that takes changes: radclient cannot.
type accessServer struct {
	conn *net.UDPConn
	done sync.WaitGroup

	mu      sync.Mutex // guards all below
	refuse  bool
	got     []*codec.Packet
	changed chan struct{} // closed and replaced at each request
}

// newAccessServer opens one.
func newAccessServer() (*accessServer, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	n := &accessServer{conn: conn, changed: make(chan struct{})}
	n.done.Go(n.serve)
	return n, nil
}

// close ends it.
func (n *accessServer) close() {
	n.conn.Close()
	n.done.Wait()
}

// serve acknowledges what proves itself, or refuses it.
func (n *accessServer) serve() {
	buf := make([]byte, codec.MaxPacketLength)
	for {
		size, from, err := n.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if !codec.IsAuthenticRequest(buf[:size], []byte(nasSecret)) {
			continue
		}
		p, err := codec.Parse(buf[:size], []byte(nasSecret))
		if err != nil {
			continue
		}
		if answer, err := n.take(p).Encode(); err == nil {
			_, _ = n.conn.WriteToUDPAddrPort(answer, from) // who waits for it asks again
		}
	}
}

// take notes a request and makes the answer.
func (n *accessServer) take(p *codec.Packet) *codec.Packet {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.got = append(n.got, p)
	close(n.changed)
	n.changed = make(chan struct{})
	if n.refuse {
		nak := p.Response(p.Code + 2)
		nak.Add(rfc3576.ErrorCause_Type, codec.NewInteger(uint32(rfc3576.ErrorCause_Value_AdministrativelyProhibited)))
		return nak
	}
	return p.Response(p.Code + 1)
}

// took reports whether a request of a kind came about a session, and takes it away; else more
// tells when another comes.
func (n *accessServer) took(kind codec.Code, session string) (ok bool, more <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, p := range n.got {
		if p.Code == kind && rfc2866.AcctSessionID_GetString(p) == session {
			n.got = append(n.got[:i], n.got[i+1:]...)
			return true, nil
		}
	}
	return false, n.changed
}

// cmdNAS starts an access server that takes changes, and sets $NASPORT; or waits for one.
func cmdNAS(ts *testscript.TestScript, _ bool, args []string) {
	w := world(ts)
	switch {
	case len(args) == 0:
		var err error
		w.nas, err = newAccessServer()
		ts.Check(err)
		ts.Setenv("NASPORT", strconv.Itoa(w.nas.conn.LocalAddr().(*net.UDPAddr).Port))
	case args[0] == "refuse", args[0] == "obey":
		w.nas.mu.Lock()
		w.nas.refuse = args[0] == "refuse"
		w.nas.mu.Unlock()
	default:
		kind := map[string]codec.Code{"coa": codec.CodeCoARequest, "disconnect": codec.CodeDisconnectRequest}[args[0]]
		limit := time.After(time.Minute)
		for {
			ok, more := w.nas.took(kind, args[1])
			if ok {
				return
			}
			select {
			case <-more:
			case <-limit:
				ts.Fatalf("no %s about session %s after a minute", args[0], args[1])
			}
		}
	}
}
