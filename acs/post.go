package acs

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"itms"
	"itms/cwmp"
)

// post is one POST being served.
type post struct {
	srv       *Server
	w         http.ResponseWriter
	r         *http.Request
	conn      *conn // nil behind a proxy or another node
	remote    string
	cookie    cookie
	hasCookie bool
	forwarded bool     // another node sent it here
	foreign   bool     // another node, which is alive, holds its session
	owner     string   // the base URL of that node
	proved    bool     // credentials were right
	subject   string   // of the device's certificate
	who       identity // once proved
	doubted   *session // claimed, but must prove itself first
	session   *session
	body      body
	bodyRead  bool
	env       *cwmp.Envelope // nil when the body is empty
	garbled   *cwmp.DecodeError
	fresh     *session     // begun by this POST
	sent      itms.Command // the answer is a request made of it
	watched   *traceSet    // what may want to record it; nil: nobody does
	recording *recording
	arrived   time.Time // set when watched
}

// ServeHTTP serves the CWMP endpoint (TR-069 Amd 6 §3.4.1).
func (srv *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path := r.URL.Path; path != "/" && strings.TrimSuffix(path, "/") != "/cwmp" {
		plain(w, http.StatusNotFound)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		plain(w, http.StatusMethodNotAllowed)
		return
	}
	if r.Header.Get(callHeader) != "" {
		srv.serveCall(w, r)
		return
	}
	p := post{srv: srv, w: w, r: r, conn: connOf(r), remote: srv.remoteOf(r), subject: certified(r)}
	defer p.body.free()
	if srv.traces != nil {
		if set := srv.traces.set.Load(); set != nil {
			p.watch(set)
			defer p.capture()
		}
	}
	p.serve()
}

// serve carries a POST from its credentials to its answer.
func (p *post) serve() {
	if !p.identify() {
		return
	}
	if p.session == nil && !p.foreign && !p.prove() {
		return
	}
	p.resume()
	if !p.read() {
		return
	}
	p.route()
}

// identify finds out who sent the POST: another node or the CPE, and which
// session it belongs to. A cookie decides alone; only without one the connection
// counts. One of a node that is not there counts as none: its session is lost.
func (p *post) identify() bool {
	if line := p.r.Header.Get(forwardHeader); line != "" && !p.acceptForwarded(line) {
		p.srv.met.forwarded("refused")
		discardMessage(p.w, p.r)
		plain(p.w, http.StatusForbidden)
		return false
	}
	p.cookie, p.hasCookie = readCookie(p.r.Header)
	if p.hasCookie && p.cookie.node != p.srv.opt.Node {
		p.findOwner()
	}
	switch {
	case !p.hasCookie:
		p.join(p.conn.held())
	case !p.foreign:
		if p.join(p.srv.sessions.byTokenOf(p.cookie.token)); p.session != nil {
			p.session.byCookie.Store(true)
		}
	}
	return true
}

// findOwner looks up the node that the cookie names, before anything is read of the
// body. What was forwarded once is not forwarded again.
func (p *post) findOwner() {
	if p.srv.forward != nil && !p.forwarded {
		if p.owner, p.foreign = p.srv.forward.owners.lookup(p.r.Context(), p.cookie.node); p.foreign {
			return
		}
		p.srv.met.forwarded("unknown")
	}
	p.cookie, p.hasCookie = cookie{}, false
}

// read takes in the body and decodes it, or answers with what is wrong with it.
func (p *post) read() bool {
	var err error
	p.body, err = p.srv.bodies.read(p.w, p.r)
	p.bodyRead = true
	if err != nil {
		p.refuseBody(err)
		return false
	}
	content := p.body.bytes()
	if len(content) == 0 {
		return true
	}
	p.env, err = cwmp.Decode(content, p.r.Header.Get("Content-Type"))
	if err != nil && !errors.As(err, &p.garbled) {
		p.garbled = &cwmp.DecodeError{Kind: cwmp.KindMalformed, Offset: -1, Reason: "the body cannot be read"}
	}
	if err == nil && isCutShort(content) {
		p.w.Header().Set("Connection", "close")
	}
	return true
}

// refuseBody answers a POST whose body was not taken in. The rest of it may still
// be on the connection, which is therefore closed.
func (p *post) refuseBody(err error) {
	h := p.w.Header()
	h.Set("Connection", "close")
	status := http.StatusBadRequest
	switch {
	case errors.Is(err, errTooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, errEncoding):
		status = http.StatusUnsupportedMediaType
	case errors.Is(err, errBusy):
		status = http.StatusServiceUnavailable
		h.Set("Retry-After", retryText(retryAfter))
	}
	p.srv.met.refused(status)
	plain(p.w, status)
}

// route hands the POST to whom it is for. An Inform is always taken here, whatever
// cookie it carries.
func (p *post) route() {
	class := classify(p.env)
	switch {
	case class == classInform:
		p.inform()
	case p.foreign:
		p.sendAway()
	case p.session != nil:
		p.proceed()
	default:
		p.stray(class)
	}
}

// inform begins a session. It needs credentials of its own: neither cookie nor
// connection stand for them.
func (p *post) inform() {
	if !p.prove() {
		return
	}
	s := p.srv.newSession(p.remote)
	s.who = p.who
	if p.env.SessionTimeout > 0 {
		s.timeout = min(max(p.env.SessionTimeout, minCPETimeout), maxCPETimeout)
	}
	s.serve()
	p.fresh = s
	x := exchange{srv: p.srv, s: s, conn: p.conn, previous: p.previous()}
	rep, out := p.run(&x, input{kind: inPost, env: p.env})
	if x.begun {
		p.conn.hold(s)
		p.w.Header()["Set-Cookie"] = []string{s.cookie.setCookie()}
	}
	if x.hasty {
		p.w.Header().Set("Connection", "close")
	}
	p.send(rep, out)
}

// previous is the session whose cookie came with the Inform. The connection's is
// not counted: behind a proxy it may be another device's.
func (p *post) previous() *session {
	if p.hasCookie {
		return p.session
	}
	return nil
}

// proceed serves a POST within a session. A second one at the same time changes
// nothing.
func (p *post) proceed() {
	s := p.session
	if !s.serve() {
		p.send(reply{status: http.StatusServiceUnavailable, retry: busyAfter}, nil)
		return
	}
	p.conn.progress()
	rep, out := p.run(&exchange{srv: p.srv, s: s}, p.input())
	p.send(rep, out)
}

// input is what the POST is to the step machine.
func (p *post) input() input {
	if p.garbled != nil {
		return input{kind: inGarbled, env: p.env, garbled: p.garbled}
	}
	return input{kind: inPost, env: p.env}
}

// run gives the POST to its locked session and unlocks it, also when the planner
// panics. The reply is sent after that: the CPE may be back before the write returns.
func (p *post) run(x *exchange, in input) (reply, *[]byte) {
	defer x.s.served()
	p.srv.gate.serving.Add(1)
	defer p.srv.gate.serving.Add(-1)
	x.s.obeyCut()
	x.s.last = p.conn
	rep := x.run(in, p.body.bytes())
	p.sent = rep.command
	if rep.status == http.StatusNoContent && x.s.state.manner.Empty200 {
		rep.status = http.StatusOK
	}
	return rep, p.encode(rep, x.s)
}

// stray answers a POST without session. A late response and an empty POST get 204;
// they begin nothing.
func (p *post) stray(class messageClass) {
	if p.garbled == nil && class != classRequest {
		p.send(reply{status: http.StatusNoContent}, nil)
		return
	}
	s, rep, _ := step(state{limit: 1}, p.input())
	p.srv.met.refused(rep.status)
	s.version = p.env.Version
	p.send(rep, p.srv.encode(rep, s.version, s.manner))
}
