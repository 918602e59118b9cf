package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// hubListener plays the listener of a TM Forum hub: it remembers what it is told of orders,
// by their external ids.
type hubListener struct {
	server *httptest.Server

	mu      sync.Mutex
	seen    map[string]bool     // eventId
	states  map[string][]string // without repeats
	events  map[string][]string // their types
	problem string
	changed chan struct{} // closed and replaced at each notification
}

// newHubListener starts one.
func newHubListener() *hubListener {
	l := &hubListener{seen: map[string]bool{}, states: map[string][]string{}, events: map[string][]string{}, changed: make(chan struct{})}
	l.server = httptest.NewServer(l)
	return l
}

// notification is what a listener is told (TMF641 4.1).
type notification struct {
	EventID     string    `json:"eventId"`
	EventType   string    `json:"eventType"`
	EventTime   time.Time `json:"eventTime"`
	TimeOcurred time.Time `json:"timeOcurred"`
	Event       struct {
		ServiceOrder struct {
			ID         string `json:"id"`
			ExternalID string `json:"externalId"`
			State      string `json:"state"`
		} `json:"serviceOrder"`
	} `json:"event"`
}

// ServeHTTP takes a notification.
func (l *hubListener) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	var n notification
	o := &n.Event.ServiceOrder
	switch {
	case err != nil || json.Unmarshal(body, &n) != nil:
		l.problem = fmt.Sprintf("not a notification: %s", body)
	case n.EventID == "" || n.EventType == "" || n.EventTime.IsZero() || n.TimeOcurred.IsZero():
		l.problem = fmt.Sprintf("a notification without its own: %s", body)
	case o.ID == "":
		l.problem = fmt.Sprintf("a notification without its order: %s", body)
	case !l.seen[n.EventID]:
		l.seen[n.EventID] = true
		l.events[o.ExternalID] = append(l.events[o.ExternalID], n.EventType)
		if states := l.states[o.ExternalID]; len(states) == 0 || states[len(states)-1] != o.State {
			l.states[o.ExternalID] = append(states, o.State)
		}
	}
	close(l.changed)
	l.changed = make(chan struct{})
	w.WriteHeader(http.StatusNoContent)
}

// cmdHub starts the listener, or waits for what it is told.
func cmdHub(ts *testscript.TestScript, _ bool, args []string) {
	w := world(ts)
	switch {
	case len(args) == 0:
		w.hub = newHubListener()
		ts.Setenv("HUB", w.hub.server.URL+"/listener")
	case args[0] == "states":
		want := args[2:]
		got := w.hub.wait(ts, fmt.Sprint(args), func() ([]string, bool) {
			states := w.hub.states[args[1]]
			return states, len(states) >= len(want)
		})
		if !slices.Equal(got, want) {
			ts.Fatalf("states of %s: %v, want %v", args[1], got, want)
		}
	case args[0] == "event":
		w.hub.wait(ts, fmt.Sprint(args), func() ([]string, bool) {
			return w.hub.events[args[1]], slices.Contains(w.hub.events[args[1]], args[2])
		})
	default:
		ts.Fatalf("hub %v: unknown", args)
	}
}

// wait waits until what was told is enough, and returns it.
func (l *hubListener) wait(ts *testscript.TestScript, want string, enough func() ([]string, bool)) []string {
	limit := time.After(time.Minute)
	for {
		l.mu.Lock()
		got, done := enough()
		got, problem, more := slices.Clone(got), l.problem, l.changed
		l.mu.Unlock()
		if problem != "" {
			ts.Fatalf("bad notification: %s", problem)
		}
		if done {
			return got
		}
		select {
		case <-more:
		case <-limit:
			ts.Fatalf("told after a minute: %v, want %s", got, want)
		}
	}
}

// cmdCapture sets a variable to what a group of an expression finds in what the last
// command printed.
func cmdCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture VARIABLE REGEXP")
	}
	re, err := regexp.Compile(args[1])
	ts.Check(err)
	found := re.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) < 2 {
		ts.Fatalf("nothing printed matches %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}
