package sim

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"itms/cwmp"
)

// life is the course of Run between sessions.
type life struct {
	cpe *CPE
	// last is when the last session began; periodic Informs count from it.
	last time.Time
	// notBefore is the end of the pause after a session that failed.
	notBefore time.Time
	// visited is when the technician was last asked.
	visited time.Time
}

// Run is the life of the CPE until ctx ends: it boots, then informs
// periodically, on connection requests, on changes and as the ACS orders, and
// retries sessions that fail after a growing pause. Run it once at a time.
//
// It returns nil when ctx has ended, or why it could not listen for connection
// requests. The errors of sessions go to Config.OnSession and the log.
func (c *CPE) Run(ctx context.Context) error {
	stop, err := c.listen()
	if err != nil {
		return err
	}
	defer stop()
	unbind, err := c.listenUDP()
	if err != nil {
		return err
	}
	defer unbind()
	defer c.hangUp()
	c.mu.Lock()
	c.reboot()
	c.mu.Unlock()
	l := &life{cpe: c, last: time.Now()}
	for ctx.Err() == nil {
		l.sleep(ctx)
		l.step(ctx)
	}
	return nil
}

// sleep waits for the next thing to do.
func (l *life) sleep(ctx context.Context) {
	timer := time.NewTimer(time.Until(l.next()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-l.cpe.wake:
	case <-timer.C:
	}
}

// idle is the pause when nothing is due at all: forever, in practice.
const idle = 24 * time.Hour

// next is when something is due.
func (l *life) next() time.Time {
	c := l.cpe
	c.mu.Lock()
	defer c.mu.Unlock()
	next := time.Now().Add(idle)
	consider := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if len(c.Queue) > 0 {
		consider(l.notBefore)
	}
	if period := c.period(); period > 0 {
		consider(later(l.last.Add(period), l.notBefore))
	}
	if c.awaited() {
		consider(l.visited.Add(glance))
	}
	if len(c.Diagnosing) > 0 {
		consider(l.last)
	}
	for _, s := range c.Scheduled {
		consider(s.Due)
	}
	for _, t := range c.Transfers {
		if !t.ended() {
			consider(t.Due)
		}
	}
	return next
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// period is the interval of the periodic Informs, 0 for none.
func (c *CPE) period() time.Duration {
	if c.quirks.has(quirkNoPeriodic) || c.Values[c.path("ManagementServer.PeriodicInformEnable")] != "1" {
		return 0
	}
	if c.config.PeriodicInterval > 0 {
		return c.config.PeriodicInterval
	}
	return time.Duration(c.number("ManagementServer.PeriodicInformInterval")) * time.Second
}

// number reads a parameter of an unsigned type, whose form was checked when it
// was set.
func (c *CPE) number(path string) int {
	n, _ := strconv.Atoi(c.Values[c.path(path)])
	return n
}

// step does what is due: first what leads to events, then the session.
func (l *life) step(ctx context.Context) {
	c, now := l.cpe, time.Now()
	if err := c.acquire(ctx); err != nil {
		return // ctx has ended
	}
	defer c.release()
	if err := c.settle(ctx, now); err != nil {
		c.config.Logger.Error("between sessions", "error", err)
	}
	l.visit(ctx)
	if ctx.Err() != nil || !l.ready(now) {
		return
	}
	l.last = now
	report, err := c.converse(ctx, nil)
	if ctx.Err() != nil {
		return
	}
	l.notBefore = time.Time{}
	if err != nil {
		l.notBefore = time.Now().Add(c.pause())
	}
	c.config.OnSession(report, err)
	c.look()
}

// ready tells whether a session is to begin.
func (l *life) ready(now time.Time) bool {
	c := l.cpe
	c.mu.Lock()
	defer c.mu.Unlock()
	period := c.period()
	if period > 0 && !now.Before(l.last.Add(period)) {
		c.enqueue(cwmp.Event{Code: cwmp.EventPeriodic})
	}
	pressing := c.pressing
	c.pressing = false
	return len(c.Queue) > 0 && (pressing || !now.Before(l.notBefore))
}

// maxRetryStep is the retry from which on the pause no longer grows (TR-069 Amd
// 6 table 3).
const maxRetryStep = 10

// backoff returns the bounds of the pause after a number of failures, in
// seconds: m*(k/1000)^(n-1) and m*(k/1000)^n.
func backoff(retries, minimum, multiplier int) (from, to float64) {
	from = float64(minimum)
	factor := float64(multiplier) / 1000
	for range min(retries, maxRetryStep) - 1 {
		from *= factor
	}
	return from, from * factor
}

// pause chooses how long to wait after a failure.
func (c *CPE) pause() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	from, to := backoff(int(c.Retries), c.number("ManagementServer.CWMPRetryMinimumWaitInterval"),
		c.number("ManagementServer.CWMPRetryIntervalMultiplier"))
	return time.Duration((from + rand.Float64()*(to-from)) * float64(c.config.BackoffUnit))
}
