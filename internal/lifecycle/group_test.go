package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBroken = errors.New("broken")

// journal records what happens, in order. It is safe for concurrent use.
type journal struct {
	mu      sync.Mutex
	entries []string
}

func (j *journal) add(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, fmt.Sprintf(format, args...))
}

func (j *journal) check(t *testing.T, want string) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	if got := strings.Join(j.entries, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// service notes its start and stop, which end with the errors given.
func (j *journal) service(name string, startErr, stopErr error) Service {
	return Service{
		Name:  name,
		Start: func(context.Context) error { j.add("+%s", name); return startErr },
		Stop:  func(context.Context) error { j.add("-%s", name); return stopErr },
	}
}

// ended is a context that has ended after d.
func ended(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestRunOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var g Group
		g.Add(j.service("a", nil, nil), Service{Name: "nothing"})
		g.Add(j.service("b", nil, nil), j.service("c", nil, nil))
		begun := time.Now()
		if err := g.Run(ended(t, time.Hour)); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took != time.Hour {
			t.Errorf("ran for %v, want an hour", took)
		}
		j.check(t, "+a +b +c -c -b -a")
	})
}

func TestStartFails(t *testing.T) {
	var j journal
	var g Group
	g.Add(j.service("a", nil, nil), j.service("b", nil, nil), j.service("bad", errBroken, nil), j.service("d", nil, nil))
	err := g.Run(t.Context())
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "start bad: broken") {
		t.Errorf("got %v", err)
	}
	j.check(t, "+a +b +bad -b -a")
}

func TestErrorsAreJoined(t *testing.T) {
	var j journal
	var g Group
	errStop := errors.New("jammed")
	g.Add(j.service("a", nil, errStop), j.service("b", nil, nil), j.service("bad", errBroken, nil))
	g.Report("early", errors.ErrUnsupported)
	err := g.Run(t.Context())
	if !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, errStop) {
		t.Errorf("report before Run: got %v, want it alone and nothing started", err)
	}
	j.check(t, "")

	g = Group{}
	g.Add(j.service("a", nil, errStop), j.service("b", nil, errBroken), Service{Name: "c", Start: func(context.Context) error {
		g.Report("c", errors.ErrUnsupported)
		return nil
	}})
	err = g.Run(t.Context())
	for _, want := range []error{errStop, errBroken, errors.ErrUnsupported} {
		if !errors.Is(err, want) {
			t.Errorf("%v lacks %v", err, want)
		}
	}
	j.check(t, "+a +b -b -a")
}

func TestReportStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var g Group
		g.Add(j.service("a", nil, nil))
		time.AfterFunc(time.Minute, func() {
			g.Report("a", nil)
			synctest.Wait()
			j.check(t, "+a")
			g.Report("a", errBroken)
			g.Report("b", errors.ErrUnsupported)
		})
		err := g.Run(t.Context())
		if err == nil || err.Error() != "a: broken\nb: unsupported operation" {
			t.Errorf("got %v", err)
		}
		j.check(t, "+a -a")
	})
}

// A start in progress when ctx ends is not waited for in vain, and giving up
// is no failure.
func TestEndDuringStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var g Group
		g.Add(j.service("a", nil, nil), Service{
			Name: "slow",
			Start: func(ctx context.Context) error {
				<-ctx.Done()
				return fmt.Errorf("waiting for the database: %w", ctx.Err())
			},
			Stop: func(context.Context) error { t.Error("stopped without start"); return nil },
		}, j.service("c", nil, nil))
		if err := g.Run(ended(t, time.Minute)); err != nil {
			t.Error(err)
		}
		j.check(t, "+a -a")
	})
}

func TestEndedBeforeRun(t *testing.T) {
	var j journal
	var g Group
	g.Add(j.service("a", nil, nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Run(ctx); err != nil {
		t.Error(err)
	}
	j.check(t, "")
}

func TestStopTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		release := make(chan struct{})
		defer close(release)
		deaf := func(context.Context) error { <-release; return nil }
		obeys := func(ctx context.Context) error { <-ctx.Done(); return errBroken }
		g := Group{StopTimeout: 20 * time.Second}
		g.Add(j.service("a", nil, nil),
			Service{Name: "deaf", Stop: deaf, StopTimeout: 5 * time.Second},
			Service{Name: "obeys", Stop: obeys})
		ctx := ended(t, time.Minute)
		begun := time.Now()
		err := g.Run(ctx)
		if !errors.Is(err, ErrStopTimeout) || !errors.Is(err, errBroken) {
			t.Errorf("got %v", err)
		}
		if want := "stop obeys: broken\nstop deaf: lifecycle: did not stop in time: 5s"; err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if took, want := time.Since(begun), time.Minute+20*time.Second+5500*time.Millisecond; took != want {
			t.Errorf("took %v, want %v", took, want)
		}
		j.check(t, "+a -a")
	})
}

type ctxKey struct{}

// Stop is called with a ctx that lives, keeps its values, and is bounded.
func TestStopContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		g.Add(Service{Name: "a", Stop: func(ctx context.Context) error {
			deadline, bounded := ctx.Deadline()
			if ctx.Err() != nil || ctx.Value(ctxKey{}) != "kept" || !bounded || time.Until(deadline) != defaultStopTimeout {
				t.Errorf("got %v, %v, until %v", ctx.Err(), ctx.Value(ctxKey{}), deadline)
			}
			return nil
		}})
		if err := g.Run(context.WithValue(ended(t, time.Second), ctxKey{}, "kept")); err != nil {
			t.Error(err)
		}
	})
}

func TestRunOnce(t *testing.T) {
	var g Group
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Run(ctx); err != nil {
		t.Error(err)
	}
	if err := g.Run(ctx); !errors.Is(err, ErrRunning) {
		t.Errorf("got %v, want ErrRunning", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("Add after Run did not panic")
		}
	}()
	g.Add(Service{})
}

func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		plain := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		g := Group{Log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: plain}))}
		g.Add(Service{
			Name:  "db",
			Start: func(context.Context) error { time.Sleep(2 * time.Second); return nil },
			Stop:  func(context.Context) error { time.Sleep(time.Second); return errBroken },
		})
		if err := g.Run(ended(t, time.Minute)); !errors.Is(err, errBroken) {
			t.Errorf("got %v", err)
		}
		want := "level=INFO msg=\"service started\" service=db took=2s\n" +
			"level=ERROR msg=\"service stopped\" service=db took=1s error=broken\n"
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", out.String(), want)
		}
	})
}

// Groups of random services, ended at random moments by ctx or by reports,
// always stop in reverse exactly what they started, and leave nothing behind.
func TestStress(t *testing.T) {
	for seed := range uint64(300) {
		var j journal
		var g Group
		r := rand.New(rand.NewPCG(seed, 0))
		n := 1 + r.IntN(6)
		bad := r.IntN(2 * n) // fails to start, if there is such a service
		for i := range n {
			name := fmt.Sprint(i)
			s := j.service(name, nil, nil)
			if i == bad {
				s = Service{Name: name, Start: func(context.Context) error { return errBroken }}
			}
			g.Add(s)
			g.Go("task"+name, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
			g.Add(Loop("loop"+name, time.Microsecond, time.Microsecond, func(context.Context) {}))
		}
		ctx, cancel := context.WithCancel(t.Context())
		delay, report := time.Duration(r.IntN(300))*time.Microsecond, seed%2 == 0
		var wg sync.WaitGroup
		wg.Go(func() {
			time.Sleep(delay)
			if report {
				g.Report("x", errBroken)
			}
			cancel()
		})
		err := g.Run(ctx)
		wg.Wait()
		if err != nil && !errors.Is(err, errBroken) {
			t.Errorf("seed %d: %v", seed, err)
		}
		checkMirrored(t, seed, j.entries)
	}
}

// checkMirrored checks that the stops mirror the starts: "+0 +1 -1 -0".
func checkMirrored(t *testing.T, seed uint64, entries []string) {
	t.Helper()
	half := len(entries) / 2
	stops := slices.Clone(entries[half:])
	slices.Reverse(stops)
	for i, start := range entries[:half] {
		if want := fmt.Sprintf("+%d", i); start != want || "+"+stops[i][1:] != want || stops[i][0] != '-' {
			t.Fatalf("seed %d: %v", seed, entries)
		}
	}
	if len(entries)%2 != 0 {
		t.Fatalf("seed %d: %v", seed, entries)
	}
}
