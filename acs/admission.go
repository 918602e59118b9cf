package acs

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"itms"
)

// class is what an Inform is worth when not all can be served. Only Informs are ever
// turned away: a session that has begun costs less to finish than to begin again.
type class uint8

// Classes, from the first to be turned away to the last.
const (
	classPeriodic class = iota // comes again by itself
	classBoot
	classAsked      // came because it was asked for
	classWatched    // somebody waits in front of it
	classOrder      // an order waits for it
	numberOfClasses = iota
)

// classNames label metrics.
var classNames = [numberOfClasses]string{"periodic", "boot", "connectionRequest", "watched", "order"}

// classLimits are the loads, from 0 to 1, from which on Informs of a class are turned
// away. The distances leave room for the classes above to arrive: a storm is nearly
// all boots and periodic Informs.
var classLimits = [numberOfClasses]float64{0.5, 0.65, 0.8, 0.9, 1}

// classWaits are the seconds after which a class is asked to try again; up to as many
// again are added at random.
var classWaits = [numberOfClasses]int{120, 60, 30, 15, 10}

const (
	// defaultServing POSTs at once are full load: with the usual 50 kB each, 50 MB.
	defaultServing = 1024
	// slowPlanner is the time of a planner call that is full load by itself: a CPE
	// waits 30 s for an answer, and a session has several.
	slowPlanner = 5 * time.Second
	// latencyWeight is what one call counts in the average.
	latencyWeight = 0.1
	// latencyHalf is how fast the average forgets when no calls are made, else an
	// overload that turned everybody away would never end.
	latencyHalf = 2 * time.Second
	// hintSeats bounds how many Informs are looked up at once to find out whether they
	// are urgent, and hintTime how long that may take: it is done under load.
	hintSeats = 8
	hintTime  = 250 * time.Millisecond
)

// admission knows how busy the node is.
type admission struct {
	limit   int64
	hint    func(context.Context, *itms.Contact) itms.Urgency
	serving atomic.Int64 // POSTs being served
	seats   chan struct{}

	mu      sync.Mutex
	average float64 // seconds of a planner call
	last    time.Time
}

// newAdmission makes the gate of a node.
func newAdmission(o *Options) *admission {
	return &admission{limit: int64(o.Limits.Serving), hint: o.Hint, seats: make(chan struct{}, hintSeats)}
}

// observe notes how long the planner took.
func (a *admission) observe(took time.Duration, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.average = a.faded(now)*(1-latencyWeight) + took.Seconds()*latencyWeight
	a.last = now
}

// faded is the average as it counts now. It needs mu.
func (a *admission) faded(now time.Time) float64 {
	if a.average == 0 {
		return 0
	}
	return a.average * math.Exp2(-max(0, now.Sub(a.last).Seconds())/latencyHalf.Seconds())
}

// load is how busy the node is: 1 is as much as it can take.
func (a *admission) load(now time.Time) float64 {
	a.mu.Lock()
	latency := a.faded(now)
	a.mu.Unlock()
	return max(float64(a.serving.Load())/float64(a.limit), latency/slowPlanner.Seconds())
}

// admit decides about an Inform, and tells its class.
func (a *admission) admit(ctx context.Context, c *itms.Contact, now time.Time) (class, bool) {
	load := a.load(now)
	of := classOf(c)
	if load < classLimits[of] {
		return of, true
	}
	of = max(of, a.urgency(ctx, c))
	return of, load < classLimits[of]
}

// urgency asks the domain how much depends on the Inform, unless too many are being
// asked for already.
func (a *admission) urgency(ctx context.Context, c *itms.Contact) class {
	if a.hint == nil {
		return classPeriodic
	}
	select {
	case a.seats <- struct{}{}:
	default:
		return classPeriodic
	}
	defer func() { <-a.seats }()
	ctx, cancel := context.WithTimeout(ctx, hintTime)
	defer cancel()
	switch a.hint(ctx, c) {
	case itms.UrgencyOrder:
		return classOrder
	case itms.UrgencyWatched:
		return classWatched
	}
	return classPeriodic
}

// classOf tells the class by the events alone.
func classOf(c *itms.Contact) class {
	of := classPeriodic
	for _, e := range c.Events {
		switch e {
		case itms.EventConnectionRequest:
			return classAsked
		case itms.EventBootstrap, itms.EventBoot:
			of = classBoot
		}
	}
	return of
}

// turnedAway is the error of an Inform that is not served now.
func turnedAway(of class) error {
	return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the node is too busy for Informs of class %s", classNames[of]).
		After(time.Duration(classWaits[of]) * time.Second)
}
