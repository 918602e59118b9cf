package acs

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"itms"
	"itms/internal/digest"
)

// connectionAttempts are the request, the answer to its challenge, and one more for a
// device that calls the nonce of its own challenge stale.
const connectionAttempts = 3

// outcome is how a call went: over the ways that were tried, the last one's.
type outcome struct {
	way    itms.ReachWay
	result itms.CallResult
	err    error           // nil when the device took the request, or should have
	rest   []itms.ReachWay // that were not tried; never nil
	wait   time.Duration   // of a call that was too much
}

// taken reports whether an Inform is to be waited for.
func (o *outcome) taken() bool {
	return o.result == itms.CallAccepted || o.result == itms.CallSent
}

// passing reports whether the same may go better in a while.
func (o *outcome) passing() bool {
	return o.result == itms.CallBusy || o.result == itms.CallSilent || o.result == itms.CallFailed || o.result == itms.CallNoInform
}

// text says the outcome to people.
func (o *outcome) text() string {
	var e *itms.Error
	switch {
	case errors.As(o.err, &e):
		return e.Text
	case o.err != nil:
		return "the device cannot be asked for a fault of this system"
	}
	return map[itms.CallResult]string{
		itms.CallAccepted: "the device took the request; its Inform follows",
		itms.CallSent:     "the request was sent to the device's NAT binding; its Inform is the only answer",
		itms.CallInformed: "the device came into contact",
		itms.CallLive:     "a session of the device is open and looks for work",
	}[o.result]
}

// ConnectionRequest asks a device to open a session (TR-069 Amd 6 §3.2.2), now and
// without waiting for its Inform; the report tells the way and the result so far. When
// the Inform stays away the other ways are tried in the background. A live session on
// this node is told to look for work instead. Errors: KindNotFound for an unknown
// device; KindUnavailable with the reason in Text when the device cannot be reached or
// refuses; KindLimit with Wait when it was called too often; what Planner.Target fails
// with.
func (srv *Server) ConnectionRequest(ctx context.Context, id itms.DeviceID) (itms.CallReport, error) {
	began := srv.clock()
	out := srv.call(ctx, id, nil, func(itms.ReachWay) {})
	report := itms.CallReport{Way: out.way, Result: out.result, Text: out.text(), At: itms.Timestamp(srv.clock())}
	if !itms.IsKind(out.err, itms.KindNotFound) {
		srv.waker.report(id, report)
	}
	if out.taken() {
		srv.waker.expect(id, out, began)
	}
	return report, out.err
}

// call asks a device for contact: by the ways given, nil for all, until one is taken.
// trying is told each way before it is tried.
func (srv *Server) call(ctx context.Context, id itms.DeviceID, ways []itms.ReachWay, trying func(itms.ReachWay)) outcome {
	if s := srv.sessions.live(id); s != nil && s.want() {
		srv.met.connection(itms.CallLive, "")
		return outcome{result: itms.CallLive, rest: []itms.ReachWay{}}
	}
	out := outcome{rest: []itms.ReachWay{}}
	target, err := srv.opt.Planner.Target(ctx, id)
	if err != nil {
		out.result, out.err = itms.CallFailed, err
		if itms.IsKind(err, itms.KindNotFound) {
			out.result = itms.CallNowhere
		}
		srv.met.connection(out.result, "")
		return out
	}
	if ways == nil {
		ways = srv.ways(&target)
	}
	if len(ways) == 0 {
		out.result, out.err = itms.CallNowhere, unreachable("the device never told where it takes connection requests")
		srv.met.connection(out.result, "")
		return out
	}
	if out.wait = srv.pace.take(id, srv.clock()); out.wait > 0 {
		out.result, out.err = itms.CallLimited, tooOften(out.wait)
		srv.met.connection(out.result, "")
		return out
	}
	return srv.tryWays(ctx, id, &target, ways, trying)
}

// tryWays tries one way after the other until one is taken, or the device says that it
// is busy.
func (srv *Server) tryWays(ctx context.Context, id itms.DeviceID, target *ConnectionTarget, ways []itms.ReachWay, trying func(itms.ReachWay)) outcome {
	var out outcome
	for i, way := range ways {
		trying(way)
		out = outcome{way: way, rest: append([]itms.ReachWay{}, ways[i+1:]...)}
		if way == itms.ReachUDP {
			out.result, out.err = srv.callUDP(ctx, id, target)
		} else {
			out.result, out.err = srv.callHTTP(ctx, target)
		}
		srv.met.connection(out.result, way)
		if out.err == nil || out.result == itms.CallBusy || ctx.Err() != nil {
			break
		}
	}
	return out
}

// ways lists how a device can be called: HTTP, then UDP, but first the way that worked
// last. A device that says it is behind NAT cannot be reached by HTTP as a rule, and a
// request into the void costs seconds.
func (srv *Server) ways(t *ConnectionTarget) []itms.ReachWay {
	var ways []itms.ReachWay
	if t.URL != "" {
		ways = append(ways, itms.ReachHTTP)
	}
	if srv.reachesUDP(t) {
		ways = append(ways, itms.ReachUDP)
	}
	first := t.Last
	if first == "" && t.NAT {
		first = itms.ReachUDP
	}
	if i := slices.Index(ways, first); i > 0 {
		ways[0], ways[i] = ways[i], ways[0]
	}
	return ways
}

// tooOften is the error of a call beyond the limit of its device.
func tooOften(wait time.Duration) *itms.Error {
	err := itms.Errorf(itms.KindLimit, itms.CodeRateLimited, "the device was asked for contact several times just now")
	err.Wait = wait
	return err
}

// checkTarget reads the address a device gave.
func checkTarget(text string) (*url.URL, error) {
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

// callHTTP sends the request, answers the challenge, and judges the result.
func (srv *Server) callHTTP(ctx context.Context, target *ConnectionTarget) (itms.CallResult, error) {
	u, err := checkTarget(target.URL)
	if err != nil {
		return itms.CallNowhere, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectionTime)
	defer cancel()
	c := &caller{srv: srv, url: u}
	defer c.close()
	authorization := ""
	for range connectionAttempts {
		h, err := c.get(ctx, authorization)
		if err != nil {
			return itms.CallSilent, unreachable("the device does not answer the connection request").Because(err)
		}
		if h.status != http.StatusUnauthorized {
			return judgeStatus(h.status)
		}
		answer, stale, err := authorize(h.challenges, c.target(), target)
		if err != nil {
			return itms.CallRefused, unreachable("the device asks for credentials in a way that is not answered (digest only)").Because(err)
		}
		if authorization != "" && !stale {
			break
		}
		authorization = answer
	}
	return itms.CallDenied, unreachable("the device refuses the connection request credentials it should have been given")
}

// authorize answers a challenge: by digest, and by Basic only where there is nothing
// else and the profile of the device allows it. stale says that the credentials were
// right and their nonce was too old.
func authorize(challenges []string, uri string, target *ConnectionTarget) (header string, stale bool, err error) {
	challenge, err := digest.ParseChallenge(challenges)
	if err != nil {
		if target.AllowBasic && digest.OffersBasic(challenges) {
			return digest.Basic(target.Username, target.Password.Reveal()), false, nil
		}
		return "", false, err
	}
	return challenge.Authorize(http.MethodGet, uri, target.Username, target.Password.Reveal()), challenge.Stale, nil
}

// judgeStatus tells what an answer other than 401 means.
func judgeStatus(status int) (itms.CallResult, error) {
	switch {
	case status >= http.StatusOK && status < http.StatusMultipleChoices:
		return itms.CallAccepted, nil
	case status == http.StatusServiceUnavailable:
		return itms.CallBusy, unreachable("the device is in a session or asks for a pause")
	case status == http.StatusNotFound:
		return itms.CallMoved, unreachable("the device answers the connection request with status 404: its address has changed")
	}
	return itms.CallRefused, itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable,
		"the device answers the connection request with status %d", status)
}
