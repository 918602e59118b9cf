package workorder

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"itms"
)

// Webhooks tells subscribers of events. A pump reads the journal behind each
// subscription's cursor and queues what it is to be told; a courier per subscription
// delivers. Any number of nodes may run one.
type Webhooks struct {
	engine   *Engine
	client   *http.Client
	couriers map[itms.SubscriptionID]*running
	work     sync.WaitGroup
	waiting  atomic.Bool   // for room in a window
	freed    chan struct{} // there is some
}

// running is a courier at work.
type running struct {
	*courier
	stop context.CancelFunc
}

// NewWebhooks makes the Webhooks of an Engine.
func NewWebhooks(e *Engine) *Webhooks {
	return &Webhooks{engine: e, client: guardedClient(e), couriers: map[itms.SubscriptionID]*running{}, freed: make(chan struct{}, 1)}
}

// guardedClient posts to addresses that callers gave: not into private networks, and
// nowhere else than asked.
func guardedClient(e *Engine) *http.Client {
	dialer := &net.Dialer{Timeout: deliverTimeout, Control: e.policy.guard}
	transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: deliverPerHost,
		IdleConnTimeout: time.Minute, ResponseHeaderTimeout: deliverTimeout}
	return &http.Client{Transport: transport, Timeout: deliverTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// room tells the pump, when it waits for that, that some window has room again.
func (h *Webhooks) room() {
	if !h.waiting.Load() {
		return
	}
	select {
	case h.freed <- struct{}{}:
	default: // it knows
	}
}

// Run tells subscribers until ctx ends, then waits for the tries under way.
func (h *Webhooks) Run(ctx context.Context) error {
	defer h.client.CloseIdleConnections()
	defer h.work.Wait()
	events, changes := h.engine.store.Wake(ctx, itms.TopicJournal), h.engine.store.Wake(ctx, itms.TopicSubscriptions)
	p := &pump{Webhooks: h, looked: map[itms.SubscriptionID]looked{}, yield: map[itms.SubscriptionID]time.Time{}}
	stale := true
	for ctx.Err() == nil {
		wait := time.Duration(0)
		var err error
		if stale {
			err = p.reload(ctx)
		}
		if stale = err != nil; err == nil {
			wait, err = p.round(ctx)
		}
		if err != nil && ctx.Err() == nil {
			h.engine.log.Error().Err(err).Msg("webhooks: events could not be queued; trying again")
			wait = pumpRetry
		}
		stale = h.rest(ctx, events, changes, wait) || stale
	}
	return nil
}

// rest waits for events, changed subscriptions, room in a window, or the time, and
// reports whether subscriptions changed.
func (h *Webhooks) rest(ctx context.Context, events, changes <-chan struct{}, wait time.Duration) (changed bool) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-events:
	case <-h.freed:
	case <-timer.C:
	case <-changes:
		return true
	}
	select {
	case <-changes:
		return true
	default:
		return false
	}
}

// reload reads the subscriptions, and has a courier run for each that is told.
func (p *pump) reload(ctx context.Context) error {
	var all []*itms.Subscription
	err := p.engine.store.View(ctx, func(tx itms.Tx) (err error) {
		all, err = tx.Subscriptions().List("", itms.SubscriptionsMost)
		return err
	})
	if err != nil {
		return err
	}
	p.told = p.told[:0]
	wanted := map[itms.SubscriptionID]bool{}
	for _, s := range all {
		if s.Disabled {
			continue
		}
		p.told = append(p.told, s.ID)
		wanted[s.ID] = true
		p.engage(ctx, s.ID)
	}
	for id, c := range p.couriers {
		if !wanted[id] {
			c.stop()
			delete(p.couriers, id)
			delete(p.looked, id)
			p.engine.metrics.lag.DeleteLabelValues(string(id))
		}
	}
	return nil
}

// engage has a courier run, or look again.
func (h *Webhooks) engage(ctx context.Context, id itms.SubscriptionID) {
	if c := h.couriers[id]; c != nil {
		c.wake()
		return
	}
	ctx, stop := context.WithCancel(ctx)
	c := newCourier(h.engine, itms.SubscriptionLane(id), &subscriber{Webhooks: h, id: id})
	h.couriers[id] = &running{c, stop}
	h.work.Go(func() {
		defer stop()
		c.run(ctx)
	})
}
