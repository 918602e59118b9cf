package workorder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"itms"
)

// Delivery tuning.
const (
	deliverSlots    = 64               // tries under way at once, for all receivers
	deliverPerHost  = 4                // of them to one host: a receiver that hangs holds no more than these
	deliverLine     = deliverSlots     // claimed and waiting for one host: as many as a claim can bring
	deliverLease    = 30 * time.Second // a wait in line and a try, with room to record it; what a killed node held is late by so much
	deliverTimeout  = 15 * time.Second // of one try, connection included
	deliverWait     = 10 * time.Second // in line; after it the lease has no room for a try any more
	deliverPatience = 2 * time.Second  // a host that ended no try for so long makes the others wait no longer
	deliverIdle     = 15 * time.Second // at most this long without a look
	deliverFirst    = 2 * time.Second  // delay after the first failure, doubling
	deliverMost     = time.Hour        // longest delay between tries
	deliverFor      = 5 * 24 * time.Hour
	replyLimit      = 4 << 10 // of a reply that nobody reads
	failureLimit    = 200     // bytes kept of why a try failed
)

// Dispatcher delivers the outbox to the BSS. Any number of nodes may run one.
type Dispatcher struct {
	engine *Engine
	secret CallbackSecret
	client *http.Client // for addresses that a BSS gave: guarded
	inside *http.Client // for addresses that the operator configured
	// handlers deliver what is no callback, by kind.
	handlers map[string]DeliveryHandler
}

// DeliveryHandler delivers an outbox row. It returns nil once the receiver took it; an
// error puts it off, ErrGone gives it up.
type DeliveryHandler func(ctx context.Context, d itms.Delivery) error

// NewDispatcher makes the Dispatcher of an Engine.
func NewDispatcher(e *Engine, secret CallbackSecret) *Dispatcher {
	dialer := &net.Dialer{Timeout: deliverTimeout, Control: e.policy.guard}
	transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: deliverPerHost,
		IdleConnTimeout: time.Minute, ResponseHeaderTimeout: deliverTimeout}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Dispatcher{engine: e, secret: secret,
		client: &http.Client{Transport: transport, Timeout: deliverTimeout, CheckRedirect: stay},
		inside: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: deliverPerHost, IdleConnTimeout: time.Minute},
			Timeout: deliverTimeout, CheckRedirect: stay},
		handlers: map[string]DeliveryHandler{}}
}

// Handle names the handler of a kind of rows. Call it before Run.
func (d *Dispatcher) Handle(kind string, h DeliveryHandler) { d.handlers[kind] = h }

// Run delivers until ctx ends, then waits for the tries under way.
func (d *Dispatcher) Run(ctx context.Context) error {
	defer d.client.CloseIdleConnections()
	defer d.inside.CloseIdleConnections()
	p := &pool{Dispatcher: d, hosts: map[string]*line{}, ended: make(chan ending, deliverSlots), look: true}
	hint := d.engine.store.Wake(ctx, itms.TopicOutbox)
	for ctx.Err() == nil {
		p.launch(ctx)
		if !p.look || p.blocked() {
			p.rest(ctx, hint)
			continue
		}
		p.claim(ctx)
	}
	p.putBack(ctx)
	p.tries.Wait()
	return nil
}

// pool is one Run. Only Run's goroutine touches it; the tries report to ended.
type pool struct {
	*Dispatcher
	hosts  map[string]*line // with something waiting or under way
	flying int              // tries under way, at most deliverSlots
	tries  sync.WaitGroup
	ended  chan ending // as many places as tries: no report ever waits
	look   bool        // something may be due
	due    []time.Time // when tries that were put off here are due, soonest first
}

// line is one receiver's share.
type line struct {
	flying  int
	waiting []held
	alive   time.Time // when a try last ended soon; at first, when the line began
}

// held is a claimed delivery that waits for its host.
type held struct {
	itms.Delivery
	since time.Time
}

// ending is the report of one try.
type ending struct {
	host  string
	again time.Time // when it is tried again; zero: never
	took  time.Duration
}

// stalled reports whether the host keeps its tries hanging.
func (l *line) stalled() bool { return time.Since(l.alive) > deliverPatience }

// blocked reports whether nothing should be claimed now: no slot is free, or a host
// that answers has work waiting. Claiming on would only let leases run out in line.
// A host that hangs blocks nobody.
func (p *pool) blocked() bool {
	if p.flying >= deliverSlots {
		return true
	}
	for _, l := range p.hosts {
		if len(l.waiting) > 0 && !l.stalled() {
			return true
		}
	}
	return false
}

// claim leases what is due and puts it in line. What finds its line full stays
// leased and comes back when the lease is over. Outbox.Later would bring it back
// sooner, but counts as a try: the delay after the first real failure would be long.
func (p *pool) claim(ctx context.Context) {
	var batch []itms.Delivery
	limit := deliverSlots - p.flying
	err := p.engine.store.Update(ctx, func(tx itms.Tx) (err error) {
		batch, err = tx.Outbox().Claim(p.engine.now(), deliverLease, limit)
		return err
	})
	if err != nil {
		if ctx.Err() == nil {
			p.engine.log.Error().Err(err).Msg("outbox: deliveries could not be claimed; trying again")
		}
		p.look = false
		p.remember(p.engine.now().Add(deliverFirst))
		return
	}
	p.look = len(batch) == limit
	now := time.Now()
	for _, delivery := range batch {
		host := receiver(delivery.Target)
		l := p.hosts[host]
		if l == nil {
			l = &line{alive: now}
			p.hosts[host] = l
		}
		if len(l.waiting) < deliverLine {
			l.waiting = append(l.waiting, held{delivery, now})
		}
	}
}

// receiver names the host of a callback address.
func receiver(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return target
	}
	return strings.ToLower(u.Host)
}

// launch starts what waits, as far as slots are free.
func (p *pool) launch(ctx context.Context) {
	for host, l := range p.hosts {
		for len(l.waiting) > 0 && l.flying < deliverPerHost && p.flying < deliverSlots {
			next := l.waiting[0]
			l.waiting = l.waiting[1:]
			if time.Since(next.since) < deliverWait { // else its lease brings it back
				p.try(ctx, host, l, next.Delivery)
			}
		}
		if l.flying == 0 && len(l.waiting) == 0 {
			delete(p.hosts, host)
		}
	}
}

// try starts one try.
func (p *pool) try(ctx context.Context, host string, l *line, delivery itms.Delivery) {
	l.flying++
	p.flying++
	p.tries.Go(func() {
		began := time.Now()
		again := p.deliver(ctx, delivery)
		p.ended <- ending{host, again, time.Since(began)}
	})
}

// end takes a report in.
func (p *pool) end(e ending) {
	l := p.hosts[e.host]
	l.flying--
	p.flying--
	if e.took < deliverPatience {
		l.alive = time.Now()
	}
	if e.again.IsZero() {
		p.look = true // the next of its stream is due
		return
	}
	p.remember(e.again)
}

// remember notes when to look again. What is due later than the next regular look
// needs no note, so that a dead receiver's thousands do not fill the list.
func (p *pool) remember(at time.Time) {
	if at.Sub(p.engine.clock()) >= deliverIdle {
		return
	}
	i, _ := slices.BinarySearchFunc(p.due, at, time.Time.Compare)
	p.due = slices.Insert(p.due, i, at)
}

// rest waits for the end of a try, a hint, the next due delivery or the end.
func (p *pool) rest(ctx context.Context, hint <-chan struct{}) {
	timer := time.NewTimer(p.untilDue())
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case e := <-p.ended:
		p.end(e)
	case <-hint:
		p.look = true
	case <-timer.C:
		p.look = true
		now := p.engine.clock()
		p.due = slices.DeleteFunc(p.due, func(at time.Time) bool { return !at.After(now) })
	}
}

// untilDue is how long to rest at most: deliveries of other nodes and of earlier
// runs are found by looking now and then.
func (p *pool) untilDue() time.Duration {
	wait := deliverIdle
	if len(p.due) > 0 {
		wait = min(wait, max(p.due[0].Sub(p.engine.clock()), time.Millisecond))
	}
	for _, l := range p.hosts {
		if len(l.waiting) > 0 {
			wait = min(wait, deliverPatience) // its host may turn out to hang
		}
	}
	return wait
}

// putBack returns what waits in line when the node stops.
func (p *pool) putBack(ctx context.Context) {
	err := p.engine.update(context.WithoutCancel(ctx), func(w *work) error {
		for _, l := range p.hosts {
			for _, next := range l.waiting {
				if err := w.tx.Outbox().Later(next.ID, w.now, stoppedText); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		p.engine.log.Error().Err(err).Msg("outbox: deliveries not put back; they are late by their lease")
	}
}

// stoppedText is why a delivery was put back that no receiver refused.
const stoppedText = "the node stopped"

// deliver tries once and records the result; it returns when to try again, zero for
// never.
func (d *Dispatcher) deliver(ctx context.Context, delivery itms.Delivery) (again time.Time) {
	e := d.engine
	failure := d.send(ctx, delivery)
	stopped := errors.Is(failure, context.Canceled)
	// The result is worth recording even while the process stops.
	err := e.update(context.WithoutCancel(ctx), func(w *work) (err error) {
		if stopped {
			again = w.now
			return w.tx.Outbox().Later(delivery.ID, w.now, stoppedText) // not the receiver's fault
		}
		again, err = w.delivered(delivery, failure)
		return err
	})
	if err != nil {
		e.log.Error().Err(err).Str("delivery", delivery.ID).Msg("outbox: result not recorded; it will be delivered again")
		return e.now().Add(deliverFirst)
	}
	return again
}

// ErrGone is a receiver's word that it wants no more of this.
var ErrGone = errors.New("it wants no more")

// send tries one delivery, as its kind wants.
func (d *Dispatcher) send(ctx context.Context, delivery itms.Delivery) error {
	if h := d.handlers[delivery.Kind]; h != nil {
		return h(ctx, delivery)
	}
	if delivery.Kind == evidenceKind {
		return d.inquire(ctx, delivery)
	}
	return d.post(ctx, delivery)
}

// evidenceLimit bounds the answer of a source of line evidence.
const evidenceLimit = 64 << 10

// inquire asks the operator's source where a MAC address is, and takes the answer in.
// 404 means that the source does not know: that is an answer too.
func (d *Dispatcher) inquire(ctx context.Context, delivery itms.Delivery) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, delivery.Target, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if token := d.engine.policy.EvidenceToken; !token.IsZero() {
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	resp, err := d.inside.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return nil
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("the source of line evidence answered %s", resp.Status)
	}
	mac, err := itms.ParseMAC(string(delivery.Body))
	if err != nil {
		return err
	}
	var answer itms.Sighting
	if err := json.NewDecoder(io.LimitReader(resp.Body, evidenceLimit)).Decode(&answer); err != nil {
		return fmt.Errorf("the source of line evidence answered no JSON: %w", err)
	}
	answer = itms.Sighting{Line: answer.Line, Subscriber: answer.Subscriber, Account: answer.Account, Source: receiver(delivery.Target)}
	return d.engine.Sight(ctx, System, mac, answer)
}

// post sends one delivery; any 2xx answer is success.
func (d *Dispatcher) post(ctx context.Context, delivery itms.Delivery) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, delivery.Target, bytes.NewReader(delivery.Body))
	if err != nil {
		return err
	}
	at := d.engine.clock()
	req.Header.Set("Content-Type", "application/cloudevents+json")
	req.Header.Set("User-Agent", "itms")
	req.Header.Set("webhook-id", delivery.ID)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	if len(d.secret) > 0 {
		req.Header.Set("webhook-signature", d.secret.sign(delivery.ID, at, delivery.Body))
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, replyLimit)) // so that the connection can be used again
	switch {
	case resp.StatusCode == http.StatusGone:
		return fmt.Errorf("the receiver answered %s: %w", resp.Status, ErrGone)
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("the receiver answered %s", resp.Status)
	}
	return nil
}

// delivered records one try: done, later, or given up after days or on the
// receiver's word. It returns when to try again, zero for never.
func (w *work) delivered(delivery itms.Delivery, failure error) (again time.Time, err error) {
	switch {
	case failure == nil:
		w.metrics.callbacks.WithLabelValues("delivered").Inc()
		return again, w.tx.Outbox().Done(delivery.ID)
	case errors.Is(failure, ErrGone), w.now.Sub(delivery.QueuedAt) > deliverFor:
		w.metrics.callbacks.WithLabelValues("abandoned").Inc()
		if err := w.record("callback.abandoned", itms.Event{Order: itms.OrderID(delivery.Stream),
			Text: fmt.Sprintf("callback %s was given up after %d tries: %s", delivery.ID, delivery.Tries+1, failureText(failure))}); err != nil {
			return again, err
		}
		return again, w.tx.Outbox().Done(delivery.ID)
	}
	w.metrics.callbacks.WithLabelValues("failed").Inc()
	again = w.now.Add(backoff(delivery.Tries))
	return again, w.tx.Outbox().Later(delivery.ID, again, failureText(failure))
}

// failureText says why a try failed, without the address: it may hold credentials,
// and the text is shown to everyone who reads the outbox or the journal.
func failureText(failure error) string {
	if u, ok := errors.AsType[*url.Error](failure); ok {
		failure = u.Err
	}
	text := strings.ToValidUTF8(failure.Error(), "?")
	if len(text) <= failureLimit {
		return text
	}
	end := failureLimit
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// backoff is the delay after the given number of earlier failures: doubling, with
// half of it random so that receivers are not met by all senders at once.
func backoff(tries int) time.Duration {
	delay := deliverMost
	if tries < 12 {
		delay = min(deliverMost, deliverFirst<<tries)
	}
	return delay/2 + rand.N(delay/2)
}
