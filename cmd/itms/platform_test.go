package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// platform plays a neighbour: it remembers the bodies that it was sent.
type platform struct {
	server *httptest.Server

	mu      sync.Mutex
	refuse  bool
	took    []string
	changed chan struct{} // closed and replaced at each call
}

// ServeHTTP takes a call, or not.
func (p *platform) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	case p.refuse:
		w.WriteHeader(http.StatusConflict)
	default:
		p.took = append(p.took, string(body))
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// cmdPlatform starts, asks or troubles a neighbour:
//
//	platform                   starts one, address in $PLATFORM
//	platform refuse | take     has it refuse calls with 409, or take them again
//	platform heard TEXT...     waits until it took these calls and no others
func cmdPlatform(ts *testscript.TestScript, _ bool, args []string) {
	w := world(ts)
	if len(args) == 0 {
		w.platform = &platform{changed: make(chan struct{})}
		w.platform.server = httptest.NewServer(w.platform)
		ts.Setenv("PLATFORM", w.platform.server.URL)
		return
	}
	if args[0] == "heard" {
		w.platform.heard(ts, args[1:])
		return
	}
	w.platform.mu.Lock()
	w.platform.refuse = args[0] == "refuse"
	w.platform.mu.Unlock()
}

// heard waits until it took these calls.
func (p *platform) heard(ts *testscript.TestScript, want []string) {
	limit := time.After(time.Minute)
	for {
		p.mu.Lock()
		took, more := slices.Clone(p.took), p.changed
		p.mu.Unlock()
		if slices.Equal(took, want) {
			return
		}
		select {
		case <-more:
		case <-limit:
			ts.Fatalf("the platform was told\n%s\nwant\n%s", fmt.Sprintf("%q", took), fmt.Sprintf("%q", want))
		}
	}
}
