package acs

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"itms"
)

// connKey is the context key of a *conn.
type connKey struct{}

// conn is what is known of one TCP connection. CPEs that lose cookies are told by
// it.
type conn struct {
	closed  atomic.Bool
	mu      sync.Mutex
	session *session      // the last one that began here
	device  itms.DeviceID // of the last Inform
	informs int           // of that device in a row, none leading to another POST
	shared  bool          // carried more than one device: a proxy pools it
}

// ConnContext gives each connection its place for session state; set it as the
// ConnContext of the http.Server.
func (srv *Server) ConnContext(ctx context.Context, nc net.Conn) context.Context {
	c := &conn{}
	if nc != nil {
		srv.conns.Store(nc, c)
	}
	return context.WithValue(ctx, connKey{}, c)
}

// connState notes that a connection is closed: a device that comes back when its own is
// has not answered, one that comes while it is open began a session beside the other.
func (srv *Server) connState(nc net.Conn, state http.ConnState) {
	if state != http.StateClosed && state != http.StateHijacked {
		return
	}
	if c, ok := srv.conns.LoadAndDelete(nc); ok {
		c.(*conn).closed.Store(true)
	}
}

// connOf returns the connection of a request when it stands for the CPE: not
// behind a proxy, which may send requests of several CPEs over one connection.
func connOf(r *http.Request) *conn {
	if r.Header["Via"] != nil || r.Header["X-Forwarded-For"] != nil || r.Header["Forwarded"] != nil {
		return nil
	}
	c, _ := r.Context().Value(connKey{}).(*conn)
	return c
}

// held returns the session a POST without cookie belongs to. One whose CPE does
// return cookies is never found this way: the POST is somebody else's.
func (c *conn) held() *session {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shared || c.session == nil || c.session.byCookie.Load() {
		return nil
	}
	return c.session
}

// informed notes an Inform and reports whether it is one too many.
func (c *conn) informed(id itms.DeviceID) (tooMany bool) {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.device != id {
		c.shared = c.shared || !c.device.IsZero()
		c.device, c.informs = id, 0
	}
	c.informs++
	return c.informs > informsWithoutProgress
}

// hold makes the connection stand for the session.
func (c *conn) hold(s *session) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = s
}

// progress notes a POST that belongs to a session.
func (c *conn) progress() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.informs = 0
}
