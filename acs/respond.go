package acs

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"itms"
	"itms/cwmp"
)

// plain answers with a status alone. Content-Length must be there, or the CPE
// takes the end of the connection for the end of the body.
func plain(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}

// encode writes the reply's message into a pooled buffer, nil when there is none.
func (srv *Server) encode(rep reply, version cwmp.Version, manner itms.Manner) *[]byte {
	if rep.message == nil {
		return nil
	}
	buf := srv.bodies.get()
	env := cwmp.Envelope{ID: rep.id, Version: version, UseVersion: rep.use, Message: rep.message}
	*buf = env.AppendWith((*buf)[:0], cwmp.EncodeOptions{XMLDeclaration: manner.XMLDeclaration,
		OmitParameterKey: manner.OmitParameterKey, BooleanWords: manner.BooleanWords})
	return buf
}

// encode writes the reply of a session, which is locked, and counts its bytes.
func (p *post) encode(rep reply, s *session) *[]byte {
	version := s.state.version
	if version == cwmp.VersionUnknown && p.env != nil {
		version = p.env.Version
	}
	out := p.srv.encode(rep, version, s.state.manner)
	if out != nil {
		s.sum.BytesOut += int64(len(*out))
	}
	return out
}

// send writes the reply. The session must not be locked.
func (p *post) send(rep reply, out *[]byte) {
	h := p.w.Header()
	if rep.retry > 0 {
		h.Set("Retry-After", retryText(rep.retry))
	}
	switch {
	case out != nil:
		h["Content-Type"] = p.srv.contentType
		h["Content-Length"] = []string{strconv.Itoa(len(*out))}
		p.w.WriteHeader(rep.status)
		_, _ = p.w.Write(*out) // a CPE that is gone shows as a time-out of its session
		p.srv.bodies.put(out)
	case rep.status == http.StatusNoContent: // RFC 9110 §8.6: no Content-Length
		p.w.WriteHeader(rep.status)
	default:
		plain(p.w, rep.status)
	}
}

// waitOf is the Retry-After of an error: what it says itself, or the usual.
func waitOf(err error) int {
	var e *itms.Error
	if errors.As(err, &e) && e.Wait > 0 {
		return int(e.Wait / time.Second)
	}
	return retryAfter
}

// retryText is the value of Retry-After: the seconds, and up to as many again.
func retryText(seconds int) string {
	if seconds > busyAfter {
		seconds += rand.IntN(seconds)
	}
	return strconv.Itoa(seconds)
}
