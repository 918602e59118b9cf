package acs

import (
	"context"
	"strconv"
	"testing"
	"time"

	"itms"
)

// busy makes a server look loaded to a part of what it can take.
func busy(srv *Server, load float64) {
	srv.gate.serving.Store(int64(load * float64(srv.gate.limit)))
}

// TestShedding: the least urgent go first, and each class is asked to come back later
// the less urgent it is.
func TestShedding(t *testing.T) {
	urgency := itms.UrgencyNone
	asked := 0
	srv := newServer(t, newPlanner(), func(o *Options) {
		o.Hint = func(context.Context, *itms.Contact) itms.Urgency {
			asked++
			return urgency
		}
	})
	for _, tc := range []struct {
		load    float64
		event   string
		urgency itms.Urgency
		taken   bool
	}{
		{0.3, "2 PERIODIC", 0, true}, {0.55, "2 PERIODIC", 0, false}, {0.55, "1 BOOT", 0, true}, {0.7, "1 BOOT", 0, false},
		{0.7, "0 BOOTSTRAP", 0, false}, {0.7, "6 CONNECTION REQUEST", 0, true}, {0.85, "6 CONNECTION REQUEST", 0, false},
		{0.85, "1 BOOT", itms.UrgencyWatched, true}, {0.95, "1 BOOT", itms.UrgencyWatched, false}, {0.95, "2 PERIODIC", itms.UrgencyOrder, true},
		{1.2, "0 BOOTSTRAP", itms.UrgencyOrder, false},
	} {
		busy(srv, tc.load)
		urgency = tc.urgency
		d := newDirect(t, srv)
		w := d.post(informXML("s1", tc.event))
		if taken := w.Code == 200; taken != tc.taken {
			t.Errorf("%+v: %d", tc, w.Code)
		}
		if tc.taken {
			continue
		}
		if wait, err := strconv.Atoi(w.Header().Get("Retry-After")); w.Code != 503 || err != nil || wait < classWaits[classOrder] || wait > 2*classWaits[classPeriodic] {
			t.Errorf("%+v: %d, Retry-After %q", tc, w.Code, w.Header().Get("Retry-After"))
		}
	}
	if asked != 8 {
		t.Errorf("the domain was asked %d times", asked)
	}
}

// TestLiveSessionsGoOnUnderLoad: only new Informs are turned away.
func TestLiveSessionsGoOnUnderLoad(t *testing.T) {
	srv := newServer(t, newPlanner(someReboot))
	d := newDirect(t, srv)
	d.post(informXML("s1"))
	busy(srv, 5)
	if w := d.post(""); w.Code != 200 {
		t.Error(w.Code)
	}
	if w := newDirect(t, srv).post(informXML("s2", "0 BOOTSTRAP")); w.Code != 503 {
		t.Error(w.Code)
	}
}

// TestSlowPlannerIsLoad: and it is forgotten when nothing is asked of it.
func TestSlowPlannerIsLoad(t *testing.T) {
	a := newAdmission(&Options{Limits: Limits{}.withDefaults()})
	now := time.Unix(1_800_000_000, 0)
	for range 50 {
		a.observe(2*slowPlanner, now)
	}
	if load := a.load(now); load < 1.9 {
		t.Error("load", load)
	}
	if load := a.load(now.Add(10 * latencyHalf)); load > 0.01 {
		t.Error("load later", load)
	}
	a.observe(time.Millisecond, now.Add(time.Hour))
	if load := a.load(now.Add(time.Hour)); load > 0.01 {
		t.Error("load after a quick call", load)
	}
	if load := a.load(now); load < 0 {
		t.Error("a clock that goes back", load)
	}
}

// TestHintsAreBounded: under load the domain is not asked by everybody at once.
func TestHintsAreBounded(t *testing.T) {
	inside, release := make(chan struct{}, 100), make(chan struct{})
	a := newAdmission(&Options{Limits: Limits{}.withDefaults(), Hint: func(context.Context, *itms.Contact) itms.Urgency {
		inside <- struct{}{}
		<-release
		return itms.UrgencyOrder
	}})
	done := make(chan class, hintSeats)
	for range hintSeats {
		go func() { done <- a.urgency(t.Context(), &itms.Contact{}) }()
	}
	for range hintSeats {
		<-inside
	}
	if got := a.urgency(t.Context(), &itms.Contact{}); got != classPeriodic {
		t.Error("one too many was asked for:", got)
	}
	close(release)
	for range hintSeats {
		if got := <-done; got != classOrder {
			t.Error(got)
		}
	}
}
