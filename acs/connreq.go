package acs

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"itms"
	"itms/internal/digest"
)

// Limits of a connection request. The other end is whatever the device named.
const (
	connectionTime     = 10 * time.Second // for both requests together
	connectionDial     = 5 * time.Second
	maxConnectionURL   = 256     // ManagementServer.ConnectionRequestURL is string(256)
	maxConnectionBody  = 4 << 10 // read only to use the connection again
	maxConnectionHead  = 16 << 10
	connectionAttempts = 2 // the challenge, and the answer to it
)

// callResult is how a connection request went; its text is the metric's label.
type callResult string

const (
	callAccepted callResult = "accepted" // 200 or 204: an Inform should follow
	callLive     callResult = "live"     // a session is open already and will look for work
	callBusy     callResult = "busy"     // 503: later
	callSilent   callResult = "unreachable"
	callDenied   callResult = "denied"  // our credentials are wrong
	callRefused  callResult = "refused" // 404 and the like, or a challenge we do not answer
	callNowhere  callResult = "no address"
	callFailed   callResult = "failed" // the planner could not tell the address
)

// passing reports whether the same may go better in a while.
func (r callResult) passing() bool { return r == callBusy || r == callSilent || r == callFailed }

// ConnectionRequest asks a device to open a session (TR-069 Amd 6 §3.2.2): once,
// without waiting for its Inform. A live session on this node is told to look for
// work instead. Errors: KindNotFound for an unknown device; KindUnavailable with
// the reason in Text when the device cannot be reached or refuses; what
// Planner.Target fails with.
func (srv *Server) ConnectionRequest(ctx context.Context, id itms.DeviceID) error {
	result, err := srv.call(ctx, id)
	srv.met.connection(string(result))
	return err
}

// call makes one connection request.
func (srv *Server) call(ctx context.Context, id itms.DeviceID) (callResult, error) {
	if s := srv.sessions.live(id); s != nil && s.want() {
		return callLive, nil
	}
	target, err := srv.opt.Planner.Target(ctx, id)
	if err != nil {
		if itms.IsKind(err, itms.KindNotFound) {
			return callNowhere, err
		}
		return callFailed, err
	}
	u, err := checkTarget(target.URL)
	if err != nil {
		return callNowhere, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectionTime)
	defer cancel()
	return srv.dial(ctx, u, target)
}

// checkTarget reads the address a device gave.
func checkTarget(text string) (*url.URL, error) {
	if text == "" {
		return nil, unreachable("the device never told where it takes connection requests")
	}
	u, err := url.Parse(text)
	switch {
	case len(text) > maxConnectionURL:
		return nil, unreachable("the device's connection request URL is longer than 256 characters")
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil:
		return nil, unreachable("the device's connection request URL is not a plain http or https address")
	}
	return u, nil
}

// unreachable makes the error of a device that cannot be asked now.
func unreachable(text string) *itms.Error {
	return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "%s", text)
}

// dial sends the request, answers the challenge, and judges the result. All of it
// goes over one connection if the device keeps it, over a second one if not.
func (srv *Server) dial(ctx context.Context, u *url.URL, target ConnectionTarget) (callResult, error) {
	transport := srv.callTransport()
	defer transport.CloseIdleConnections()
	authorization := ""
	for range connectionAttempts {
		resp, err := get(ctx, transport, u, authorization)
		if err != nil {
			return callSilent, unreachable("the device does not answer the connection request").Because(err)
		}
		if resp.StatusCode != http.StatusUnauthorized {
			return judgeStatus(resp.StatusCode)
		}
		challenge, err := digest.ParseChallenge(resp.Header["Www-Authenticate"])
		if err != nil {
			return callRefused, unreachable("the device asks for credentials in a way that is not answered (digest only)").Because(err)
		}
		authorization = challenge.Authorize(http.MethodGet, u.RequestURI(), target.Username, target.Password.Reveal())
	}
	return callDenied, unreachable("the device refuses the connection request credentials it should have been given")
}

// judgeStatus tells what an answer other than 401 means.
func judgeStatus(status int) (callResult, error) {
	switch {
	case status >= http.StatusOK && status < http.StatusMultipleChoices:
		return callAccepted, nil
	case status == http.StatusServiceUnavailable:
		return callBusy, unreachable("the device is in a session or asks for a pause")
	}
	return callRefused, itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable,
		"the device answers the connection request with status %d: its address may have changed", status)
}

// get sends one GET and reads its answer away. No redirect is followed: the address
// is the device's, where it points to is not.
func get(ctx context.Context, transport *http.Transport, u *url.URL, authorization string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "itms")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	_, _ = io.CopyN(io.Discard, resp.Body, maxConnectionBody) // the status is all that counts
	return resp, resp.Body.Close()
}

// callTransport makes the transport of one call: some CPEs bind the nonce to the
// connection, and none is worth an idle one.
func (srv *Server) callTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: connectionDial, Control: srv.checkAddress}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		MaxResponseHeaderBytes: maxConnectionHead,
		DisableCompression:     true,
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
	a := ap.Addr().Unmap()
	if a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || srv.opt.DenyLoopback && a.IsLoopback() {
		return errAddress
	}
	return nil
}
