// Package lifecycle starts the services of a program in order and stops them
// in reverse, each stop bounded in time, so that no goroutine outlives the
// program and none is left unawaited.
//
//	added ──Start──▶ started ──ctx ends, or a service reports──▶ stopping ──Stop──▶ stopped
//	          │ error: those started before are stopped
package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// defaultStopTimeout is within the 30 s that Kubernetes leaves between TERM
// and KILL, for the one slow service there usually is.
const defaultStopTimeout = 10 * time.Second

// Errors of [Group.Run], beside those of the services.
var (
	// ErrStopTimeout: a Stop did not return in its time; it was left behind.
	ErrStopTimeout = errors.New("lifecycle: did not stop in time")
	// ErrRunning: Run was called a second time.
	ErrRunning = errors.New("lifecycle: group was run before")
)

// Service is something that runs beside others.
type Service struct {
	// Name tells the service in errors and logs.
	Name string
	// Start brings the service up and returns once it is ready. ctx ends when
	// the whole group is asked to stop, which is earlier than Stop is called:
	// start-up work obeys it, background work must not. When Start fails it
	// leaves nothing running; Stop is not called. Nil: nothing to do.
	Start func(ctx context.Context) error
	// Stop takes the service down and returns once nothing of it runs. ctx
	// ends after StopTimeout. Nil: nothing to do.
	Stop func(ctx context.Context) error
	// StopTimeout bounds Stop. 0: that of the group.
	StopTimeout time.Duration
}

// Group runs services together, once. The zero value is ready to use.
type Group struct {
	// StopTimeout bounds each Stop that sets no bound of its own. 0: 10 s.
	StopTimeout time.Duration
	// Log hears of each start and stop. Nil: nobody.
	Log *slog.Logger

	services []Service

	mu      sync.Mutex
	running bool               // Run was called; guarded by mu
	wake    context.CancelFunc // ends start-up and waiting; nil before Run; guarded by mu
	reports []error            // fatal errors so far; guarded by mu
}

// Add appends services, to be started after those already there. Calling it
// after Run is a mistake of the program, and panics.
func (g *Group) Add(services ...Service) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running {
		panic("lifecycle: Add after Run")
	}
	g.services = append(g.services, services...)
}

// Report tells that the named service has failed for good, which stops the
// group; Run returns err. It never blocks, and may be called from any
// goroutine, any number of times. A nil err is no report.
func (g *Group) Report(name string, err error) {
	if err == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reports = append(g.reports, fmt.Errorf("%s: %w", name, err))
	if g.wake != nil {
		g.wake()
	}
}

// Run starts the services in order, waits until ctx ends or a service reports
// a fatal error, and stops them in reverse order. If one fails to start, those
// started before it are stopped and none after it is started.
//
// It returns all errors of starting, running and stopping joined, each with
// the name of its service; nil when ctx ended and all went well. ErrRunning
// when the group was run before.
func (g *Group) Run(ctx context.Context) error {
	awake, wake := context.WithCancel(ctx)
	defer wake()
	if err := g.begin(wake); err != nil {
		return err
	}
	started, startErr := g.start(awake)
	if startErr == nil {
		<-awake.Done()
	}
	wake() // tells those that look at the ctx of their Start
	stopErr := g.stop(ctx, started)
	return errors.Join(startErr, g.failures(), stopErr)
}

// begin marks the group as running, to be woken by a report; one that is there
// already wakes it at once.
func (g *Group) begin(wake context.CancelFunc) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running {
		return ErrRunning
	}
	g.running, g.wake = true, wake
	if len(g.reports) > 0 {
		wake()
	}
	return nil
}

// failures are the reports so far, joined.
func (g *Group) failures() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(g.reports...)
}

// start starts services until all are up, one fails, or ctx ends. It gives
// those that are up. A Start that gives up because ctx ended did not fail.
func (g *Group) start(ctx context.Context) ([]Service, error) {
	for i, s := range g.services {
		if ctx.Err() != nil {
			return g.services[:i], nil
		}
		if s.Start == nil {
			continue
		}
		begun := time.Now()
		err := s.Start(ctx)
		switch {
		case err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return g.services[:i], nil
		case err != nil:
			return g.services[:i], fmt.Errorf("start %s: %w", s.Name, err)
		}
		g.log(ctx, "service started", s, begun, nil)
	}
	return g.services, nil
}

// stop stops services in reverse order. It keeps the values of ctx, not its
// end: that has come already.
func (g *Group) stop(ctx context.Context, services []Service) error {
	ctx = context.WithoutCancel(ctx)
	var errs []error
	for _, s := range slices.Backward(services) {
		if s.Stop == nil {
			continue
		}
		begun := time.Now()
		err := g.stopOne(ctx, s)
		if err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", s.Name, err))
		}
		g.log(ctx, "service stopped", s, begun, err)
	}
	return errors.Join(errs...)
}

// stopOne calls Stop and waits for it no longer than its time. A Stop that
// ignores its ctx is left behind with ErrStopTimeout: the program is about to
// end, and the services below still have to be stopped.
func (g *Group) stopOne(ctx context.Context, s Service) error {
	limit := cmp.Or(s.StopTimeout, g.StopTimeout, defaultStopTimeout)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan error, 1) // room for one, so a late Stop can end
	go func() { done <- s.Stop(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// A Stop that obeys its ctx returns about now, with a better error.
	grace := time.NewTimer(limit / 10)
	defer grace.Stop()
	select {
	case err := <-done:
		return err
	case <-grace.C:
		return fmt.Errorf("%w: %v", ErrStopTimeout, limit)
	}
}

func (g *Group) log(ctx context.Context, msg string, s Service, begun time.Time, err error) {
	if g.Log == nil {
		return
	}
	level, attrs := slog.LevelInfo, []slog.Attr{
		slog.String("service", s.Name), slog.Duration("took", time.Since(begun)),
	}
	if err != nil {
		level, attrs = slog.LevelError, append(attrs, slog.Any("error", err))
	}
	g.Log.LogAttrs(ctx, level, msg, attrs...)
}
