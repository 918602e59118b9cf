package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// task is one goroutine as a service: started by Start, told to end and waited
// for by Stop.
type task struct {
	run    func(ctx context.Context) error
	failed func(error)        // hears of an error before Stop; may be nil
	cancel context.CancelFunc // ends the run
	done   chan struct{}      // closed when the run has returned
	err    error              // of a run that failed while stopping; valid after done
}

// start begins the run. Its ctx has the values of the one given and ends at
// stop only.
func (t *task) start(ctx context.Context) error {
	ctx, t.cancel = context.WithCancel(context.WithoutCancel(ctx))
	t.done = make(chan struct{})
	go func() {
		defer close(t.done)
		err := t.run(ctx)
		switch {
		case ctx.Err() != nil:
			t.err = err
		case err != nil && t.failed != nil:
			t.failed(err)
		}
	}()
	return nil
}

// stop ends the run and waits for it as long as ctx allows. That the run was
// cancelled is no error.
func (t *task) stop(ctx context.Context) error {
	t.cancel()
	select {
	case <-t.done:
		if errors.Is(t.err, context.Canceled) {
			return nil
		}
		return t.err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrStopTimeout, ctx.Err())
	}
}

// Go adds a service that is one function running in a goroutine of its own
// until its ctx ends, such as a listener's accept loop. If it returns an error
// before that, the error is reported and stops the group; returning nil early
// means its work is done.
func (g *Group) Go(name string, run func(ctx context.Context) error) {
	t := &task{run: run, failed: func(err error) { g.Report(name, err) }}
	g.Add(Service{Name: name, Start: t.start, Stop: t.stop})
}

// Loop makes a service that calls fn again and again: first after a random
// part of jitter, then every plus a random part of jitter after fn returned,
// so calls never overlap and nodes do not march in step. fn obeys its ctx,
// which ends when the service is stopped, and sees to its own errors. every
// must be positive and jitter not negative, else Loop panics.
func Loop(name string, every, jitter time.Duration, fn func(ctx context.Context)) Service {
	if every <= 0 || jitter < 0 {
		panic(fmt.Sprintf("lifecycle: loop %s every %v, jitter %v", name, every, jitter))
	}
	t := &task{run: func(ctx context.Context) error {
		for wait := part(jitter); pause(ctx, wait); wait = every + part(jitter) {
			fn(ctx)
		}
		return nil
	}}
	return Service{Name: name, Start: t.start, Stop: t.stop}
}

// part is a random duration from 0 to d, both included.
func part(d time.Duration) time.Duration { return time.Duration(rand.Int64N(int64(d) + 1)) }

// pause waits for d; false when ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}
