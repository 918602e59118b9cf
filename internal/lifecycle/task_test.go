package lifecycle

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestGoRunsUntilStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var g Group
		g.Add(j.service("below", nil, nil))
		g.Go("serve", func(ctx context.Context) error {
			j.add("run")
			<-ctx.Done()
			j.add("end")
			return ctx.Err()
		})
		g.Add(Service{Name: "above", Stop: func(context.Context) error {
			synctest.Wait()
			j.add("-above")
			return nil
		}})
		if err := g.Run(context.WithValue(ended(t, time.Minute), ctxKey{}, "kept")); err != nil {
			t.Error(err)
		}
		// The task outlives ctx until its turn comes.
		j.check(t, "+below run -above end -below")
	})
}

func TestGoFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var g Group
		g.Add(j.service("a", nil, nil))
		g.Go("serve", func(context.Context) error { time.Sleep(time.Minute); return errBroken })
		g.Go("done early", func(context.Context) error { return nil })
		begun := time.Now()
		err := g.Run(t.Context())
		if !errors.Is(err, errBroken) || err.Error() != "serve: broken" {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("took %v: ended by something else", took)
		}
		j.check(t, "+a -a")
	})
}

func TestGoFailsWhileStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		g.Go("flush", func(ctx context.Context) error { <-ctx.Done(); return errBroken })
		err := g.Run(ended(t, time.Second))
		if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "stop flush") {
			t.Errorf("got %v", err)
		}
	})
}

func TestGoIgnoresStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		g := Group{StopTimeout: time.Second}
		g.Go("deaf", func(context.Context) error { <-release; return nil })
		if err := g.Run(ended(t, time.Second)); !errors.Is(err, ErrStopTimeout) {
			t.Errorf("got %v, want ErrStopTimeout", err)
		}
	})
}

func TestLoopTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		var at []time.Duration
		begun := time.Now()
		g.Add(Loop("tick", 10*time.Second, 0, func(context.Context) {
			at = append(at, time.Since(begun))
			time.Sleep(time.Second) // counts on top: runs never overlap
		}))
		if err := g.Run(ended(t, 30*time.Second)); err != nil {
			t.Error(err)
		}
		if len(at) != 3 || at[0] != 0 || at[1] != 11*time.Second || at[2] != 22*time.Second {
			t.Errorf("ran at %v", at)
		}
	})
}

func TestLoopJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const every, jitter = time.Minute, 10 * time.Second
		var g Group
		last := time.Now().Add(-every)
		gaps := map[time.Duration]bool{}
		g.Add(Loop("tick", every, jitter, func(context.Context) {
			gap := time.Since(last)
			if gap < every || gap > every+jitter {
				t.Errorf("gap %v", gap)
			}
			gaps[gap] = true
			last = time.Now()
		}))
		if err := g.Run(ended(t, 100*time.Minute)); err != nil {
			t.Error(err)
		}
		if len(gaps) < 50 {
			t.Errorf("%d different gaps: not random", len(gaps))
		}
	})
}

// A call in progress hears of the stop, is waited for, and is the last.
func TestLoopStopWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var g Group
		g.Add(j.service("below", nil, nil))
		g.Add(Loop("tick", time.Second, 0, func(ctx context.Context) {
			<-ctx.Done()
			time.Sleep(time.Second)
			j.add("end")
		}))
		if err := g.Run(ended(t, time.Minute)); err != nil {
			t.Error(err)
		}
		j.check(t, "+below end -below")
	})
}

func TestLoopRefusesNonsense(t *testing.T) {
	for _, tc := range []struct{ every, jitter time.Duration }{{0, 0}, {-1, 0}, {1, -1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("every %v, jitter %v: no panic", tc.every, tc.jitter)
				}
			}()
			Loop("x", tc.every, tc.jitter, func(context.Context) {})
		}()
	}
}
