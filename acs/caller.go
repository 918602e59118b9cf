package acs

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Limits of an HTTP connection request. The other end is whatever the device named.
const (
	connectionTime    = 10 * time.Second // for all of it
	connectionDial    = 5 * time.Second
	maxConnectionURL  = 256     // ManagementServer.ConnectionRequestURL is string(256)
	maxConnectionBody = 4 << 10 // read only to use the connection again
)

// caller speaks to one device, over one connection for as long as the device keeps it:
// some bind the nonce to the connection, others close it after the 401.
type caller struct {
	srv  *Server
	url  *url.URL
	conn net.Conn // nil when there is none
}

// get sends one GET and reads the head of its answer. A connection that turns out to be
// closed is replaced. No redirect is followed: the address is the device's, where it
// points to is not.
func (c *caller) get(ctx context.Context, authorization string) (head, error) {
	kept := c.conn != nil
	h, err := c.try(ctx, authorization)
	if err != nil && kept && ctx.Err() == nil {
		h, err = c.try(ctx, authorization)
	}
	if err != nil && ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return h, err
}

// try is get over the connection that there is, or a new one. It leaves none behind
// that cannot be used again.
func (c *caller) try(ctx context.Context, authorization string) (h head, err error) {
	if c.conn == nil {
		if c.conn, err = c.dial(ctx); err != nil {
			c.conn = nil
			return h, err
		}
	}
	conn := c.conn
	end := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // fails on a closed one
	defer end()
	if _, err = io.WriteString(conn, c.request(authorization)); err == nil {
		var rest *bufio.Reader
		if h, rest, err = readHead(conn); err == nil && c.rests(h, rest) {
			return h, nil
		}
	}
	c.close()
	return h, err
}

// rests reads the body of an answer away and reports whether the connection can be
// used again.
func (c *caller) rests(h head, body *bufio.Reader) bool {
	if !h.keeps || h.length < 0 || h.length > maxConnectionBody {
		return false
	}
	_, err := io.CopyN(io.Discard, body, h.length)
	return err == nil && body.Buffered() == 0
}

// request is the GET as it is sent.
func (c *caller) request(authorization string) string {
	lines := "GET " + c.target() + " HTTP/1.1\r\nHost: " + c.url.Host + "\r\nUser-Agent: itms\r\n"
	if authorization != "" {
		lines += "Authorization: " + authorization + "\r\n"
	}
	return lines + "\r\n"
}

// target is what stands on the request line and in the digest.
func (c *caller) target() string { return strings.ReplaceAll(c.url.RequestURI(), " ", "%20") }

// dial opens a connection to the address in the URL.
func (c *caller) dial(ctx context.Context) (net.Conn, error) {
	port := c.url.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[c.url.Scheme]
	}
	dialer := &net.Dialer{Timeout: connectionDial, Control: c.srv.checkAddress}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(c.url.Hostname(), port))
	if err != nil || c.url.Scheme != "https" {
		return conn, err
	}
	secure := tls.Client(conn, &tls.Config{ServerName: c.url.Hostname(), MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake tells what is wrong
		return nil, err
	}
	return secure, nil
}

// close gives the connection up.
func (c *caller) close() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing is expected of it any more
		c.conn = nil
	}
}

// errAddress refuses an address that no CPE has.
var errAddress = errors.New("acs: not an address of a device")

// checkAddress refuses addresses that a hostile device could name to make this
// server talk to its own surroundings. It runs after name resolution.
func (srv *Server) checkAddress(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	return srv.checkAddrPort(ap)
}

// checkAddrPort is checkAddress for an address that is read already.
func (srv *Server) checkAddrPort(ap netip.AddrPort) error {
	a := ap.Addr().Unmap()
	if !a.IsValid() || ap.Port() == 0 || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() ||
		a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) || srv.opt.DenyLoopback && a.IsLoopback() {
		return errAddress
	}
	return nil
}
