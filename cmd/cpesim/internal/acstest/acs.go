// Package acstest is a scripted ACS for the tests of the CPE simulator: it asks
// what it is told to ask and notes what it hears. It decides nothing.
package acstest

import (
	"io"
	"net/http"
	"strconv"
	"sync"

	"itms/cwmp"
	"itms/internal/digest"
)

// Auth is how the ACS asks for credentials.
type Auth string

// The ways to ask.
const (
	None   Auth = ""
	Basic  Auth = "basic"
	MD5    Auth = "md5"
	SHA256 Auth = "sha-256"
)

// The credentials that are right.
const (
	Username = "cpe"
	Password = "cpe-password"
)

// Session is what the ACS heard in one session.
type Session struct {
	Inform *cwmp.Inform
	// Requests are those of the CPE besides Inform, Responses its answers.
	Requests  []cwmp.Message
	Responses []cwmp.Message
	queue     []cwmp.Message
}

// Request is one POST with credentials that were right.
type Request struct {
	*http.Request
	Body     []byte
	Envelope *cwmp.Envelope
}

// ACS is an http.Handler. The fields with capitals may be set before use.
type ACS struct {
	// Auth and its realm.
	Auth Auth
	// Script gives the requests for a session. Nil: none.
	Script func(*cwmp.Inform) []cwmp.Message
	// Override may answer a POST in another way and return true.
	Override func(http.ResponseWriter, *Request) bool

	once   sync.Once
	digest *digest.Authenticator

	mu       sync.Mutex // guards what follows
	sessions []*Session
	byCookie map[string]*Session
	byPeer   map[string]*Session
	requests []*Request
	refused  int
}

// Sessions returns the sessions so far.
func (a *ACS) Sessions() []*Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]*Session(nil), a.sessions...)
}

// Requests returns the authorised POSTs so far.
func (a *ACS) Requests() []*Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]*Request(nil), a.requests...)
}

// Refused returns the number of 401s so far.
func (a *ACS) Refused() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused
}

// ServeHTTP answers one POST.
func (a *ACS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the CPE has gone
	}
	if !a.authorised(w, r) {
		return
	}
	envelope, err := cwmp.Decode(body, r.Header.Get("Content-Type"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	request := &Request{Request: r, Body: body, Envelope: envelope}
	a.mu.Lock()
	a.requests = append(a.requests, request)
	a.mu.Unlock()
	if a.Override != nil && a.Override(w, request) {
		return
	}
	a.serve(w, request)
}

// serve is the course of a session.
func (a *ACS) serve(w http.ResponseWriter, r *Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	session := a.find(r)
	switch m := r.Envelope.Message.(type) {
	case *cwmp.Inform:
		a.begin(w, r, m)
		reply(w, r.Envelope, r.Envelope.ID, &cwmp.InformResponse{MaxEnvelopes: 1})
		return
	case *cwmp.TransferComplete:
		session.Requests = append(session.Requests, m)
		reply(w, r.Envelope, r.Envelope.ID, &cwmp.TransferCompleteResponse{})
		return
	case *cwmp.RequestDownload:
		reply(w, r.Envelope, r.Envelope.ID, &cwmp.RequestDownloadResponse{})
		return
	case *cwmp.AutonomousTransferComplete:
		reply(w, r.Envelope, r.Envelope.ID, &cwmp.AutonomousTransferCompleteResponse{})
		return
	case nil:
	default:
		session.Responses = append(session.Responses, m)
	}
	if session == nil || len(session.queue) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	next := session.queue[0]
	session.queue = session.queue[1:]
	reply(w, r.Envelope, "acs-"+strconv.Itoa(len(session.queue)), next)
}

// begin makes a session and gives it a cookie.
func (a *ACS) begin(w http.ResponseWriter, r *Request, m *cwmp.Inform) {
	session := &Session{Inform: m}
	if a.Script != nil {
		session.queue = a.Script(m)
	}
	if a.byCookie == nil {
		a.byCookie, a.byPeer = make(map[string]*Session), make(map[string]*Session)
	}
	a.sessions = append(a.sessions, session)
	id := "s" + strconv.Itoa(len(a.sessions))
	a.byCookie[id], a.byPeer[r.RemoteAddr] = session, session
	http.SetCookie(w, &http.Cookie{Name: "sid", Value: id, Path: "/", HttpOnly: true})
}

// find returns the session by its cookie or its connection.
func (a *ACS) find(r *Request) *Session {
	if cookie, err := r.Cookie("sid"); err == nil && a.byCookie[cookie.Value] != nil {
		return a.byCookie[cookie.Value]
	}
	return a.byPeer[r.RemoteAddr]
}

// reply sends a message in the version of the CPE.
func reply(w http.ResponseWriter, to *cwmp.Envelope, id string, m cwmp.Message) {
	body := (&cwmp.Envelope{ID: id, Version: to.Version, Message: m}).Encode()
	w.Header().Set("Content-Type", `text/xml; charset="utf-8"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a CPE that has gone is no matter of the test's
}

// authorised checks the credentials or asks for them.
func (a *ACS) authorised(w http.ResponseWriter, r *http.Request) bool {
	a.once.Do(func() {
		options := digest.Options{Realm: "acs", Algorithms: []digest.Algorithm{digest.MD5}}
		if a.Auth == SHA256 {
			options.Algorithms = []digest.Algorithm{digest.SHA256}
		}
		a.digest = digest.New(options)
	})
	var ok bool
	challenges := []string{`Basic realm="acs"`}
	switch a.Auth {
	case None:
		ok = true
	case Basic:
		username, password, _ := r.BasicAuth()
		ok = username == Username && password == Password
	default:
		_, err := a.digest.Verify(r.Method, r.RequestURI, r.Header.Get("Authorization"), func(string) (string, bool) { return Password, true })
		ok, challenges = err == nil, a.digest.Challenges()
	}
	if !ok {
		a.refuse(w, challenges)
	}
	return ok
}

func (a *ACS) refuse(w http.ResponseWriter, challenges []string) {
	a.mu.Lock()
	a.refused++
	a.mu.Unlock()
	for _, challenge := range challenges {
		w.Header().Add("WWW-Authenticate", challenge)
	}
	w.WriteHeader(http.StatusUnauthorized)
}
