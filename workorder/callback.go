package workorder

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"bytes"

	"itms"
)

// Delivery tuning.
const (
	deliverBatch   = 32               // deliveries under way at once
	deliverLease   = 20 * time.Second // longer than one try takes; what a killed node held is late by so much
	deliverTimeout = 15 * time.Second // of one try, connection included
	deliverIdle    = 15 * time.Second // at most this long without a look
	deliverFirst   = 2 * time.Second  // delay after the first failure, doubling
	deliverMost    = time.Hour        // longest delay between tries
	deliverFor     = 5 * 24 * time.Hour
	replyLimit     = 4 << 10 // of a reply that nobody reads
)

// CallbackSecret is the decoded key of bss.callbackSecret.
type CallbackSecret []byte

// ParseCallbackSecret reads "whsec_<base64>" (Standard Webhooks). An empty text is
// no secret: callbacks are then sent unsigned.
func ParseCallbackSecret(s string) (CallbackSecret, error) {
	if s == "" {
		return nil, nil
	}
	encoded, ok := strings.CutPrefix(s, "whsec_")
	if !ok {
		return nil, itms.Invalid("/bss/callbackSecret", "expected whsec_ followed by a base64 key")
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	const least = 24 // bytes; Standard Webhooks: 24 to 64
	if err != nil || len(key) < least {
		return nil, itms.Invalid("/bss/callbackSecret", "expected whsec_ followed by at least %d bytes in base64", least)
	}
	return key, nil
}

// String hides the key.
func (CallbackSecret) String() string { return itms.Redacted }

// sign returns the webhook-signature of a delivery (Standard Webhooks 1.0).
func (s CallbackSecret) sign(id string, at time.Time, body []byte) string {
	h := hmac.New(sha256.New, s)
	fmt.Fprintf(h, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// Dispatcher delivers the outbox to the BSS. Any number of nodes may run one.
type Dispatcher struct {
	engine *Engine
	secret CallbackSecret
	client *http.Client
}

// NewDispatcher makes the Dispatcher of an Engine.
func NewDispatcher(e *Engine, secret CallbackSecret) *Dispatcher {
	dialer := &net.Dialer{Timeout: deliverTimeout, Control: e.policy.guard}
	transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: deliverBatch,
		IdleConnTimeout: time.Minute, ResponseHeaderTimeout: deliverTimeout}
	return &Dispatcher{engine: e, secret: secret, client: &http.Client{Transport: transport, Timeout: deliverTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// errRefusedAddress is the guard's answer.
var errRefusedAddress = errors.New("the address is private; the operator must list its network in bss.callbackAllow")

// guard refuses connections into private networks (SSRF), after name resolution.
func (p *Policy) guard(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("callback address %q: %w", address, err)
	}
	if !p.callbackAllowed(at.Addr()) {
		return errRefusedAddress
	}
	return nil
}

// sharedNAT is address space that is as little public as RFC 1918's (RFC 6598).
var sharedNAT = netip.MustParsePrefix("100.64.0.0/10")

// callbackAllowed reports whether callbacks may go to the address: public, or listed.
func (p *Policy) callbackAllowed(ip netip.Addr) bool {
	ip = ip.Unmap()
	for _, network := range p.CallbackAllow {
		if network.Contains(ip) {
			return true
		}
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !sharedNAT.Contains(ip)
}

// Run delivers until ctx ends, then waits for the tries under way.
func (d *Dispatcher) Run(ctx context.Context) error {
	defer d.client.CloseIdleConnections()
	e := d.engine
	hint := e.store.Wake(ctx, itms.TopicOutbox)
	for ctx.Err() == nil {
		sent, err := d.round(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.Error().Err(err).Msg("outbox: deliveries could not be claimed; trying again")
		}
		if sent == 0 || err != nil {
			d.rest(ctx, hint)
		}
	}
	return nil
}

// rest waits for the next due delivery, a hint or the end.
func (d *Dispatcher) rest(ctx context.Context, hint <-chan struct{}) {
	timer := time.NewTimer(d.untilDue(ctx))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-hint:
	case <-timer.C:
	}
}

// untilDue is how long until something waits for delivery.
func (d *Dispatcher) untilDue(ctx context.Context) time.Duration {
	wait := deliverIdle
	_ = d.engine.store.View(ctx, func(tx itms.Tx) error { // a failed look only means the longer wait
		queued, err := tx.Outbox().List("", deliverBatch)
		for _, q := range queued {
			wait = min(wait, max(q.Due.Sub(d.engine.clock()), deliverFirst/8))
		}
		return err
	})
	return wait
}

// round claims one batch and delivers it side by side; it returns how many were tried.
func (d *Dispatcher) round(ctx context.Context) (int, error) {
	var batch []itms.Delivery
	if empty, err := d.nothingQueued(ctx); err != nil || empty {
		return 0, err
	}
	err := d.engine.store.Update(ctx, func(tx itms.Tx) (err error) {
		batch, err = tx.Outbox().Claim(d.engine.now(), deliverLease, deliverBatch)
		return err
	})
	if err != nil {
		return 0, err
	}
	var tries sync.WaitGroup
	for _, delivery := range batch {
		tries.Go(func() { d.deliver(ctx, delivery) })
	}
	tries.Wait()
	return len(batch), nil
}

// nothingQueued looks without a durable write.
func (d *Dispatcher) nothingQueued(ctx context.Context) (empty bool, err error) {
	err = d.engine.store.View(ctx, func(tx itms.Tx) error {
		queued, err := tx.Outbox().List("", 1)
		empty = len(queued) == 0
		return err
	})
	return empty, err
}

// deliver tries once and records the result.
func (d *Dispatcher) deliver(ctx context.Context, delivery itms.Delivery) {
	e := d.engine
	failure := d.post(ctx, delivery)
	stopped := errors.Is(failure, context.Canceled)
	// The result is worth recording even while the process stops.
	err := e.update(context.WithoutCancel(ctx), func(w *work) error {
		if stopped {
			return w.tx.Outbox().Later(delivery.ID, w.now, "the node stopped") // not the receiver's fault
		}
		return w.delivered(delivery, failure)
	})
	if err != nil {
		e.log.Error().Err(err).Str("delivery", delivery.ID).Msg("outbox: result not recorded; it will be delivered again")
	}
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
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the receiver answered %s", resp.Status)
	}
	return nil
}

// delivered records one try: done, later, or given up after days.
func (w *work) delivered(delivery itms.Delivery, failure error) error {
	switch {
	case failure == nil:
		w.metrics.callbacks.WithLabelValues("delivered").Inc()
		return w.tx.Outbox().Done(delivery.ID)
	case w.now.Sub(delivery.QueuedAt) > deliverFor:
		w.metrics.callbacks.WithLabelValues("abandoned").Inc()
		if err := w.record("callback.abandoned", itms.Event{Order: itms.OrderID(delivery.Stream),
			Text: fmt.Sprintf("callback %s was given up after %d tries: %v", delivery.ID, delivery.Tries+1, failure)}); err != nil {
			return err
		}
		return w.tx.Outbox().Done(delivery.ID)
	}
	w.metrics.callbacks.WithLabelValues("failed").Inc()
	return w.tx.Outbox().Later(delivery.ID, w.now.Add(backoff(delivery.Tries)), clipText(failure.Error()))
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
