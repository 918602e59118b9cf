package acs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"itms"
)

// A UDP connection request must leave from the socket that holds the binding. A node
// that does not hold it asks the one that does, with a POST to its CWMP endpoint:
// "callHeader: <node>;<Unix s>;<device>;<HMAC>".
const (
	callHeader = "Itms-Call"
	// callPurpose keeps the HMAC apart from those of other headers under one key.
	callPurpose = "udp connection request\n"
	// callTime bounds the question: the other node sends a few datagrams.
	callTime = 5 * time.Second
)

// askOwner lets another node send the request; false when it cannot or will not.
func (srv *Server) askOwner(ctx context.Context, node string, id itms.DeviceID) bool {
	if srv.forward == nil || node == "" || node == srv.opt.Node {
		return false
	}
	base, alive := srv.forward.owners.lookup(ctx, node)
	if !alive {
		return false
	}
	target, err := url.JoinPath(base, "/cwmp")
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, nil)
	if err != nil {
		return false
	}
	req.Header.Set(callHeader, srv.signCall(id, srv.clock()))
	resp, err := srv.forward.transport.RoundTrip(req)
	if err != nil {
		srv.opt.Logger.Debug().Err(err).Str("node", node).Msg("the node that holds the UDP binding does not answer")
		return false
	}
	_, _ = io.CopyN(io.Discard, resp.Body, maxConnectionBody) // the status is all that counts
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusNoContent
}

// signCall makes the header value.
func (srv *Server) signCall(id itms.DeviceID, at time.Time) string {
	text := srv.opt.Node + ";" + strconv.FormatInt(at.Unix(), 10) + ";" + id.String()
	return text + ";" + srv.callMAC(text)
}

// callMAC is the HMAC of the header's text, in hex.
func (srv *Server) callMAC(text string) string {
	mac := hmac.New(sha256.New, srv.opt.ForwardKey)
	mac.Write([]byte(callPurpose + text))
	return hex.EncodeToString(mac.Sum(nil))
}

// readCall checks the header and returns the device that is meant.
func (srv *Server) readCall(line string) (itms.DeviceID, bool) {
	end := strings.LastIndexByte(line, ';')
	if len(srv.opt.ForwardKey) == 0 || len(line) > 2*maxForwardLine || end < 0 || !hmac.Equal([]byte(line[end+1:]), []byte(srv.callMAC(line[:end]))) {
		return itms.DeviceID{}, false
	}
	fields := strings.Split(line[:end], ";")
	if len(fields) != 3 {
		return itms.DeviceID{}, false
	}
	seconds, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil || srv.clock().Sub(time.Unix(seconds, 0)).Abs() > forwardValidity {
		return itms.DeviceID{}, false
	}
	id, err := itms.ParseDeviceID(fields[2])
	return id, err == nil
}

// serveCall sends a UDP connection request for another node: 204 when it was sent, 404
// when this node holds no binding of the device.
func (srv *Server) serveCall(w http.ResponseWriter, r *http.Request) {
	id, ok := srv.readCall(r.Header.Get(callHeader))
	if !ok {
		discard(w, r)
		plain(w, http.StatusForbidden)
		return
	}
	target, err := srv.opt.Planner.Target(r.Context(), id)
	s := srv.stun.Load()
	if err != nil || s == nil {
		plain(w, http.StatusNotFound)
		return
	}
	b, own := s.Binding(target.Username)
	if !own {
		plain(w, http.StatusNotFound)
		return
	}
	if result, _ := srv.sendUDP(r.Context(), s, id, &target, b.Address); result != itms.CallSent {
		plain(w, http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
