package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/rogpeppe/go-internal/testscript"
)

// receiver plays a BSS: it checks each callback's signature and remembers it.
type receiver struct {
	server *httptest.Server

	mu      sync.Mutex
	refuse  bool
	seen    map[string]bool // webhook-id
	states  map[string][]string
	problem string
	changed chan struct{} // closed and replaced at each callback
}

// newReceiver starts one.
func newReceiver() *receiver {
	r := &receiver{seen: map[string]bool{}, states: map[string][]string{}, changed: make(chan struct{})}
	r.server = httptest.NewServer(r)
	return r
}

// ServeHTTP takes a callback.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var event struct {
		ID   string `json:"id"`
		Data struct {
			OrderNo string `json:"orderNo"`
			State   string `json:"state"`
		} `json:"data"`
	}
	id := req.Header.Get("webhook-id")
	switch {
	case err != nil || json.Unmarshal(body, &event) != nil:
		r.problem = fmt.Sprintf("not a CloudEvent: %s", body)
	case req.Header.Get("webhook-signature") != signature(id, req.Header.Get("webhook-timestamp"), body):
		r.problem = "wrong signature on " + id
	case event.ID != id:
		r.problem = fmt.Sprintf("webhook-id %s and event id %s differ", id, event.ID)
	}
	if !r.seen[id] {
		r.seen[id] = true
		r.states[event.Data.OrderNo] = append(r.states[event.Data.OrderNo], event.Data.State)
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

// signature is what a callback must carry, computed here anew from the standard.
func signature(id, timestamp string, body []byte) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(callbackSecret, "whsec_"))
	if err != nil {
		return "bad test key"
	}
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// look returns what was received for an order, and a signal for more.
func (r *receiver) look(no string) (states []string, problem string, more <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.states[no]), r.problem, r.changed
}

// cmdBSS starts, asks or troubles the receiver.
func cmdBSS(ts *testscript.TestScript, _ bool, args []string) {
	w := world(ts)
	switch {
	case len(args) == 0:
		w.bss = newReceiver()
		ts.Setenv("BSS", w.bss.server.URL+"/callback")
	case args[0] == "wait":
		w.bss.wait(ts, args[1], args[2], func(states []string) bool { return slices.Contains(states, args[2]) })
	case args[0] == "states":
		want := args[2:]
		got := w.bss.wait(ts, args[1], fmt.Sprint(want), func(states []string) bool { return len(states) >= len(want) })
		if !slices.Equal(got, want) {
			ts.Fatalf("callbacks of %s: %v, want %v", args[1], got, want)
		}
	case args[0] == "down", args[0] == "up":
		w.bss.mu.Lock()
		w.bss.refuse = args[0] == "down"
		w.bss.mu.Unlock()
	default:
		ts.Fatalf("bss %v: unknown", args)
	}
}

// wait waits until the callbacks of an order are enough, and returns their states.
func (r *receiver) wait(ts *testscript.TestScript, no, want string, enough func([]string) bool) []string {
	limit := time.After(time.Minute)
	for {
		states, problem, more := r.look(no)
		if problem != "" {
			ts.Fatalf("bad callback: %s", problem)
		}
		if enough(states) {
			return states
		}
		select {
		case <-more:
		case <-limit:
			ts.Fatalf("callbacks of %s after a minute: %v, want %s", no, states, want)
		}
	}
}
