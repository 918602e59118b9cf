// Package load measures how many sessions per second an ACS bears: many CPEs
// send an Inform and an empty POST, over and over.
//
// Each CPE is registered first, by full sessions of package sim. After that,
// bodies that were encoded beforehand are sent over connections that parse no
// more of an answer than they need, so that the client is not what is measured.
package load

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"itms/cmd/cpesim/sim"
	"itms/cwmp"
)

// Config says what to send.
type Config struct {
	// CPE describes the first of the CPEs; see sim.Config.Numbered.
	CPE sim.Config
	// ACS is the URL, with http.
	ACS string
	// Devices is the number of CPEs.
	Devices int
	// Concurrency is the number of connections; at most one per CPE is used.
	Concurrency int
	// Duration is how long to measure, without the registration.
	Duration time.Duration
	// KeepAlive uses a connection for many sessions instead of one.
	KeepAlive bool
}

// Result is what was measured. Times are in milliseconds.
type Result struct {
	Devices     int     `json:"devices"`
	Concurrency int     `json:"concurrency"`
	Sessions    int     `json:"sessions"`
	Errors      int     `json:"errors"`
	FirstError  string  `json:"firstError,omitempty"`
	Challenges  int     `json:"challenges"` // 401s that were answered
	Unexpected  int     `json:"unexpected"` // requests of the ACS, refused
	Seconds     float64 `json:"seconds"`
	PerSecond   float64 `json:"sessionsPerSecond"`
	P50         float64 `json:"p50ms"`
	P90         float64 `json:"p90ms"`
	P99         float64 `json:"p99ms"`
	Max         float64 `json:"maxMs"`
}

// String is the result for people.
func (r Result) String() string {
	return fmt.Sprintf("%d devices on %d connections: %d sessions in %.1f s = %.0f sessions/s\n"+
		"latency of a session: p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, max %.2f ms\n"+
		"errors %d, challenges %d, unexpected requests %d",
		r.Devices, r.Concurrency, r.Sessions, r.Seconds, r.PerSecond, r.P50, r.P90, r.P99, r.Max,
		r.Errors, r.Challenges, r.Unexpected)
}

// Run registers the devices and measures. It stops early, with what it has, when
// ctx ends. Errors: the URL is not one, or a device could not be registered.
func Run(ctx context.Context, config Config) (Result, error) {
	target, err := url.Parse(config.ACS)
	if err != nil || target.Scheme != "http" || target.Host == "" {
		return Result{}, fmt.Errorf("%q is not a URL with http", config.ACS)
	}
	config.Concurrency = max(min(config.Concurrency, config.Devices), 1)
	config.CPE.ACS = []string{config.ACS}
	if config.CPE.Dial == nil {
		config.CPE.Dial = (&net.Dialer{}).DialContext
	}
	bodies, err := register(ctx, config)
	if err != nil {
		return Result{}, err
	}
	return measure(ctx, config, target, bodies), nil
}

// registerSessions is how often a new device is let in until the ACS asks it
// nothing any more.
const registerSessions = 5

// register makes every device known to the ACS and returns their Informs.
func register(ctx context.Context, config Config) ([][]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	bodies := make([][]byte, config.Devices)
	var workers sync.WaitGroup
	for first := range config.Concurrency {
		workers.Go(func() {
			for n := first; n < config.Devices && ctx.Err() == nil; n += config.Concurrency {
				body, err := registerOne(ctx, config.CPE, n)
				if err != nil {
					cancel(fmt.Errorf("registering device %d: %w", n, err))
				}
				bodies[n] = body
			}
		})
	}
	workers.Wait()
	return bodies, context.Cause(ctx)
}

func registerOne(ctx context.Context, config sim.Config, n int) ([]byte, error) {
	config, err := config.Numbered(n)
	if err != nil {
		return nil, err
	}
	cpe, err := sim.New(config)
	if err != nil {
		return nil, err
	}
	for range registerSessions {
		report, err := cpe.Session(ctx)
		if err != nil {
			return nil, err
		}
		if len(report.RPCs) == 0 {
			break
		}
	}
	body, _ := cpe.EncodeInform(cwmp.Event{Code: cwmp.EventPeriodic})
	return body, nil
}

// measure runs the workers for the time given and adds up what they did.
func measure(ctx context.Context, config Config, target *url.URL, bodies [][]byte) Result {
	// A timer, not a deadline: a dialler fails by a deadline before ctx says so.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer time.AfterFunc(config.Duration, cancel).Stop()
	workers := make([]*worker, config.Concurrency)
	start := time.Now()
	var running sync.WaitGroup
	for i := range workers {
		workers[i] = newWorker(config, target)
		// A device belongs to one worker: it never has two sessions at once.
		var own [][]byte
		for n := i; n < len(bodies); n += config.Concurrency {
			own = append(own, bodies[n])
		}
		running.Go(func() { workers[i].run(ctx, own) })
	}
	running.Wait()
	return summarise(config, workers, time.Since(start))
}

// summarise joins the results of the workers.
func summarise(config Config, workers []*worker, elapsed time.Duration) Result {
	r := Result{Devices: config.Devices, Concurrency: config.Concurrency, Seconds: elapsed.Seconds()}
	var times []time.Duration
	for _, w := range workers {
		times = append(times, w.times...)
		r.Errors += w.errors
		r.Challenges += w.challenges
		r.Unexpected += w.unexpected
		if r.FirstError == "" && w.firstError != nil {
			r.FirstError = w.firstError.Error()
		}
	}
	slices.Sort(times)
	r.Sessions = len(times)
	r.PerSecond = float64(r.Sessions) / r.Seconds
	r.P50, r.P90, r.P99, r.Max = percentile(times, 50), percentile(times, 90), percentile(times, 99), percentile(times, 100)
	return r
}

// percentile returns a nearest-rank percentile of sorted times in milliseconds.
func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*p + 99) / 100
	return float64(sorted[max(rank, 1)-1].Microseconds()) / 1000
}
