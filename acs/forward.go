package acs

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A POST that reaches a node which does not hold its session is handed to the one
// that does: "forwardHeader: <node>;<Unix s>;<address of the CPE>;<name in its certificate>;<HMAC>". The HMAC
// also covers the cookie, so that a header seen once opens no other session.
const (
	forwardHeader = "Itms-Forwarded"
	// forwardValidity allows for clocks that differ and for a slow network.
	forwardValidity = 60 * time.Second
	// forwardTime is above the planner's time on the other node.
	forwardTime = plannerTime + 10*time.Second
	// forwardDial: the other node is in the same data centre, or gone.
	forwardDial = 3 * time.Second
	// forwardIdle keeps a few connections per node for the next POST.
	forwardIdle = 16
	// maxForwardLine bounds what is parsed of the header.
	maxForwardLine = 512
)

// forwarder hands POSTs to other nodes.
type forwarder struct {
	owners    *owners
	transport *http.Transport
}

// newForwarder makes a forwarder with its own connections, past any proxy.
func newForwarder(peers Peers, clock func() time.Time) *forwarder {
	return &forwarder{owners: newOwners(peers, clock), transport: &http.Transport{
		DialContext:           (&net.Dialer{Timeout: forwardDial}).DialContext,
		MaxIdleConnsPerHost:   forwardIdle,
		IdleConnTimeout:       time.Minute,
		ResponseHeaderTimeout: forwardTime,
		DisableCompression:    true,
	}}
}

// relayed are the headers a forwarded POST keeps, and those its answer does.
var (
	relayedRequest  = [...]string{"Content-Type", "Cookie", "Authorization"}
	relayedResponse = [...]string{"Content-Type", "Set-Cookie", "Www-Authenticate", "Retry-After"}
)

// sendAway forwards the POST to the owner of its session; 503 when that cannot be
// reached, so that the CPE starts again by its own back-off.
func (p *post) sendAway() {
	req, err := p.forwardRequest(p.owner)
	if err != nil {
		p.ownerGone()
		return
	}
	resp, err := p.srv.forward.transport.RoundTrip(req)
	if err != nil {
		p.srv.opt.Logger.Warn().Err(err).Str("node", p.cookie.node).Msg("the node that holds the session does not answer")
		p.ownerGone()
		return
	}
	defer func() { _ = resp.Body.Close() }() // nothing of it is needed any more
	p.relay(resp)
}

// forwardRequest makes the request to the owner: the same body, decompressed.
func (p *post) forwardRequest(base string) (*http.Request, error) {
	target, err := url.JoinPath(base, p.r.URL.Path)
	if err != nil {
		return nil, err
	}
	if p.r.URL.RawQuery != "" {
		target += "?" + p.r.URL.RawQuery
	}
	req, err := http.NewRequestWithContext(p.r.Context(), http.MethodPost, target, bytes.NewReader(p.body.bytes()))
	if err != nil {
		return nil, err
	}
	for _, name := range relayedRequest {
		if values := p.r.Header[name]; values != nil {
			req.Header[name] = values
		}
	}
	req.Header.Set(forwardHeader, p.srv.signForward(p.remote, p.subject, p.cookie, p.srv.clock()))
	return req, nil
}

// relay passes the owner's answer on. It is read first, so that it can be given
// with its length.
func (p *post) relay(resp *http.Response) {
	content, err := io.ReadAll(io.LimitReader(resp.Body, p.srv.opt.Limits.BodyBytes))
	if err != nil {
		p.ownerGone()
		return
	}
	p.srv.met.forwarded("ok")
	h := p.w.Header()
	for _, name := range relayedResponse {
		if values := resp.Header[name]; values != nil {
			h[name] = values
		}
	}
	if resp.StatusCode != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(content)))
	}
	p.w.WriteHeader(resp.StatusCode)
	_, _ = p.w.Write(content) // a CPE that is gone shows as a time-out of its session
}

// ownerGone answers a POST whose session cannot be reached.
func (p *post) ownerGone() {
	p.srv.met.forwarded("failed")
	p.send(reply{status: http.StatusServiceUnavailable, retry: retryAfter}, nil)
}

// signForward makes the header value.
func (srv *Server) signForward(remote, subject string, c cookie, at time.Time) string {
	text := srv.opt.Node + ";" + strconv.FormatInt(at.Unix(), 10) + ";" + remote + ";" + url.QueryEscape(subject)
	return text + ";" + srv.forwardMAC(text, c)
}

// forwardMAC is the HMAC of the header's text and the cookie, in hex.
func (srv *Server) forwardMAC(text string, c cookie) string {
	mac := hmac.New(sha256.New, srv.opt.ForwardKey)
	mac.Write([]byte(text + ";" + c.String()))
	return hex.EncodeToString(mac.Sum(nil))
}

// acceptForwarded checks the header of a POST that another node sent and takes the
// CPE's address from it. The connection is the other node's and stands for nothing.
func (p *post) acceptForwarded(line string) bool {
	if len(p.srv.opt.ForwardKey) == 0 || len(line) > maxForwardLine {
		return false
	}
	c, ok := readCookie(p.r.Header)
	end := strings.LastIndexByte(line, ';')
	if !ok || end < 0 || !hmac.Equal([]byte(line[end+1:]), []byte(p.srv.forwardMAC(line[:end], c))) {
		return false
	}
	fields := strings.Split(line[:end], ";")
	if len(fields) != 4 {
		return false
	}
	seconds, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil || p.srv.clock().Sub(time.Unix(seconds, 0)).Abs() > forwardValidity {
		return false
	}
	p.remote, p.conn, p.forwarded = fields[2], nil, true
	p.subject, err = url.QueryUnescape(fields[3])
	return err == nil
}
