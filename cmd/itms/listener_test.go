package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// listener plays a subscriber of events, of one of several manners.
type listener struct {
	server *httptest.Server

	mu      sync.Mutex
	manner  string // ok, dead, slow or gone
	ids     map[string]int
	states  map[string][]string // by order number, of distinct deliveries
	last    map[string]string   // sequence by order number
	problem string
	late    string // what came out of order
	tries   int
	changed chan struct{} // closed and replaced at each delivery
}

// newListener starts one.
func newListener(manner string) *listener {
	l := &listener{manner: manner, ids: map[string]int{}, states: map[string][]string{}, last: map[string]string{}, changed: make(chan struct{})}
	l.server = httptest.NewServer(l)
	return l
}

// ServeHTTP takes an event, or not.
func (l *listener) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	l.mu.Lock()
	manner := l.manner
	l.tries++
	if manner == "ok" {
		l.take(req.Header.Get("webhook-id"), body, err)
	}
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
	switch manner {
	case "dead":
		w.WriteHeader(http.StatusServiceUnavailable)
	case "gone":
		w.WriteHeader(http.StatusGone)
	case "slow":
		<-req.Context().Done()
	}
}

// take notes an event that came whole.
func (l *listener) take(id string, body []byte, err error) {
	var event struct {
		ID, Type, SpecVersion, Sequence string
		Data                            struct{ OrderNo string }
	}
	if err != nil || json.Unmarshal(body, &event) != nil || event.ID != id || event.SpecVersion != "1.0" {
		l.problem = fmt.Sprintf("not a CloudEvent %s: %s", id, body)
		return
	}
	l.ids[id]++
	if l.ids[id] > 1 {
		return
	}
	no := event.Data.OrderNo
	if event.Sequence <= l.last[no] {
		l.late = fmt.Sprintf("event %s of %s came behind %s", event.Sequence, no, l.last[no])
	}
	l.last[no] = event.Sequence
	l.states[no] = append(l.states[no], strings.TrimPrefix(event.Type, "itms.order."))
}

// printedID finds an id in an answer.
var printedID = regexp.MustCompile(`"id": ?"([0-9A-Z]{26})"`)

// cmdListener starts, asks or troubles a subscriber:
//
//	listener NAME MANNER               starts one, address in $HOOK_NAME, or gives it other manners
//	listener NAME id                   sets $ID_NAME to the id that was just printed
//	listener NAME tried                waits until it was tried once
//	listener NAME once                 fails when anything was delivered twice
//	listener NAME orders BEGIN N STATE...  waits until it was told these states of orders BEGIN1 to BEGINn, in order
func cmdListener(ts *testscript.TestScript, _ bool, args []string) {
	w, name := world(ts), args[0]
	l := w.listeners[name]
	switch args[1] {
	case "id":
		found := printedID.FindStringSubmatch(ts.ReadFile("stdout"))
		if found == nil {
			ts.Fatalf("no id was printed")
		}
		ts.Setenv("ID_"+name, found[1])
	case "tried":
		l.until(ts, "a try", func() bool { return l.tries > 0 })
	case "once":
		l.once(ts)
	case "orders":
		n, err := strconv.Atoi(args[3])
		ts.Check(err)
		l.orders(ts, args[2], n, args[4:])
	case "all":
		n, err := strconv.Atoi(args[3])
		ts.Check(err)
		l.until(ts, "all orders", func() bool {
			for i := range n {
				if len(l.states[args[2]+strconv.Itoa(i+1)]) < 3 {
					return false
				}
			}
			return true
		})
	default:
		if l != nil {
			l.mu.Lock()
			l.manner = args[1]
			l.mu.Unlock()
			return
		}
		if w.listeners == nil {
			w.listeners = map[string]*listener{}
		}
		w.listeners[name] = newListener(args[1])
		ts.Setenv("HOOK_"+name, w.listeners[name].server.URL+"/events")
	}
}

// once fails when anything was delivered twice.
func (l *listener) once(ts *testscript.TestScript) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.late != "" {
		ts.Fatalf("%s", l.late)
	}
	for id, n := range l.ids {
		if n > 1 {
			ts.Fatalf("%s was delivered %d times", id, n)
		}
	}
}

// orders waits until it was told these states of each of n orders.
func (l *listener) orders(ts *testscript.TestScript, begin string, n int, want []string) {
	l.until(ts, fmt.Sprint(want), func() bool {
		for i := range n {
			if !slices.Equal(l.states[begin+strconv.Itoa(i+1)], want) {
				return false
			}
		}
		return true
	})
}

// until waits until done, which is called with the lock held.
func (l *listener) until(ts *testscript.TestScript, want string, done func() bool) {
	limit := time.After(time.Minute)
	for {
		l.mu.Lock()
		ok, problem, more := done(), l.problem, l.changed
		states := fmt.Sprint(l.states)
		l.mu.Unlock()
		if problem != "" {
			ts.Fatalf("%s", problem)
		}
		if ok {
			return
		}
		select {
		case <-more:
		case <-limit:
			ts.Fatalf("after a minute %s is missing: told %s", want, states)
		}
	}
}
