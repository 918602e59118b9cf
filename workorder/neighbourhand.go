package workorder

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"itms"
)

// Neighbours calls the neighbours: a courier each. Any number of nodes may run one.
type Neighbours struct {
	engine *Engine
	client *http.Client
}

// NewNeighbours makes the Neighbours of an Engine.
func NewNeighbours(e *Engine) *Neighbours {
	return &Neighbours{e, &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: deliverPerHost, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Run calls until ctx ends, then waits for the tries under way.
func (h *Neighbours) Run(ctx context.Context) error {
	defer h.client.CloseIdleConnections()
	var all sync.WaitGroup
	defer all.Wait()
	var couriers []*courier
	for _, n := range h.engine.policy.Neighbours {
		c := newCourier(h.engine, neighbourLane(n.Name), &neighbourHand{Neighbours: h, n: n})
		couriers = append(couriers, c)
		all.Go(func() { c.run(ctx) })
	}
	if len(couriers) == 0 {
		<-ctx.Done()
		return nil
	}
	hint := h.engine.store.Wake(ctx, itms.TopicOutbox)
	for range hint { // closed when ctx ends
		for _, c := range couriers {
			c.wake()
		}
	}
	return nil
}

// neighbourHand is the addressee of a neighbour's lane.
type neighbourHand struct {
	*Neighbours
	n *Neighbour

	mu       sync.Mutex // guards what follows
	failures int        // tries in a row that it did not answer, or answered with an error of its own
	until    time.Time  // it is left alone
}

var _ addressee = (*neighbourHand)(nil)

// ready implements addressee: one that is away is tried with one call at a time, and
// left alone in between.
func (h *neighbourHand) ready(w *work) (most int, again time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.failures == 0:
		return deliverPerHost, again, nil
	case h.until.After(w.now):
		return 0, h.until, nil
	}
	return 1, again, nil
}

// answered notes whether the neighbour itself is well: a refusal of one call says
// nothing of others.
func (h *neighbourHand) answered(well bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if well {
		h.failures = 0
		return
	}
	h.until = h.engine.clock().Add(min(backoff(h.failures), neighbourMost))
	h.failures++
}

// send implements addressee.
func (h *neighbourHand) send(ctx context.Context, d itms.Delivery) error {
	var c calling
	if err := json.Unmarshal(d.Body, &c); err != nil {
		return fmt.Errorf("a call that cannot be read: %w", err)
	}
	data, err := h.data(ctx, &c)
	if err != nil {
		return err
	}
	request, err := h.n.render(data)
	if err != nil {
		return err
	}
	return h.call(ctx, d.ID, &request)
}

// data gathers what templates may use.
func (h *neighbourHand) data(ctx context.Context, c *calling) (d *NeighbourData, err error) {
	d = &NeighbourData{Action: string(c.Call.Action), Service: string(c.Service), MAC: c.Call.MAC, OldMAC: c.Call.OldMAC, Account: c.Told.Account,
		AccessAccount: c.Told.AccessAccount, Package: c.Told.Package, DownKbps: c.Told.DownKbps, UpKbps: c.Told.UpKbps,
		Area: c.Told.Line.Area, Node: c.Told.Line.Node, Port: c.Told.Line.Port, VLAN: c.Told.Line.VLAN, Line: strings.TrimSpace(c.Told.Line.Place())}
	err = h.engine.view(ctx, func(w *work) error {
		svc, err := w.tx.Services().Get(c.Service)
		if err != nil {
			return err
		}
		d.Subscriber = svc.Subscriber.ID
		d.open = func() (string, string, error) { return w.passwords(svc) }
		if o, err := w.tx.Orders().Get(c.Order); err == nil {
			d.OrderNo = string(o.No)
		}
		return nil
	})
	return d, err
}

// passwords opens those of a service.
func (w *work) passwords(svc *itms.Service) (password, access string, err error) {
	p, err := w.unseal(svc.Password)
	if err != nil {
		return "", "", err
	}
	a, err := w.unseal(svc.Access.Password)
	return p.Reveal(), a.Reveal(), err
}

// call makes one request. The id is sent as Idempotency-Key, the same on each try.
func (h *neighbourHand) call(ctx context.Context, id string, r *rendered) error {
	ctx, cancel := context.WithTimeout(ctx, h.n.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, h.n.Method, r.url, strings.NewReader(r.body))
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "itms")
	req.Header.Set("Idempotency-Key", id)
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.headers {
		req.Header.Set(name, value)
	}
	if !h.n.Token.IsZero() {
		req.Header.Set("Authorization", "Bearer "+h.n.Token.Reveal())
	}
	resp, err := h.client.Do(req)
	if err != nil {
		h.answered(false)
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, neighbourReply))
	if err != nil {
		h.answered(false)
		return err
	}
	expected := slices.Contains(h.n.Status, resp.StatusCode)
	h.answered(expected || resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests)
	return h.n.judge(resp.StatusCode, body)
}

// settle implements addressee.
func (h *neighbourHand) settle(w *work, d itms.Delivery, failure error) error {
	var c calling
	if err := json.Unmarshal(d.Body, &c); err != nil {
		return w.tx.Outbox().Done(d.ID)
	}
	call := c.Call
	call.Tries, call.At = d.Tries+1, w.now
	switch {
	case failure == nil:
		w.metrics.neighbours.WithLabelValues(h.n.Name, "done").Inc()
		call.State, call.Failure = itms.NeighbourDone, ""
		if err := w.tx.Outbox().Done(d.ID); err != nil {
			return err
		}
	case w.now.Sub(d.QueuedAt) > h.n.For:
		w.metrics.neighbours.WithLabelValues(h.n.Name, "givenUp").Inc()
		call.State, call.Failure = itms.NeighbourGivenUp, failureText(failure)
		if err := w.tx.Outbox().Done(d.ID); err != nil {
			return err
		}
	default:
		w.metrics.neighbours.WithLabelValues(h.n.Name, "failed").Inc()
		call.State, call.Failure = itms.NeighbourFailed, failureText(failure)
		if err := w.tx.Outbox().Later(d.ID, w.now.Add(min(backoff(d.Tries), neighbourMost)), call.Failure); err != nil {
			return err
		}
	}
	return w.noteCall(c.Order, call)
}

// noteCall records with its order how a call stands, and what follows for the order.
func (w *work) noteCall(id itms.OrderID, call itms.NeighbourCall) error {
	o, err := w.tx.Orders().Get(id)
	if itms.IsKind(err, itms.KindNotFound) {
		o, err = &itms.Order{}, nil
	}
	if err != nil {
		return err
	}
	if err := w.tellCall(o, &call); err != nil || o.ID == "" {
		return err
	}
	i := slices.IndexFunc(o.Neighbours, func(c itms.NeighbourCall) bool { return c.ID == call.ID })
	if i < 0 {
		return nil // it remembers newer ones
	}
	o.Neighbours[i] = call
	if err := w.tx.Orders().Put(o); err != nil || !call.Before || !o.State.UnderWay() {
		return err
	}
	switch {
	case call.State == itms.NeighbourGivenUp:
		o.Trouble = itms.TroubleNeighbour
		return w.fail(o, fmt.Sprintf("%s at %s was given up after %d tries: %s", call.Action, call.Name, call.Tries, call.Failure), System)
	case len(awaited(o)) > 0:
		return w.giveReason(o, itms.TroubleNeighbour, awaitedText(o))
	}
	if !o.Device.IsZero() {
		w.fx.wake = append(w.fx.wake, o.Device)
	}
	return w.giveReason(o, "", "")
}

// tellCall journals what became of a call: its end, and its first failure.
func (w *work) tellCall(o *itms.Order, call *itms.NeighbourCall) error {
	if call.State == itms.NeighbourFailed && call.Tries > 1 {
		return nil
	}
	text := fmt.Sprintf("neighbour %s: %s is %s", call.Name, call.Action, call.State)
	if call.Failure != "" {
		text += ": " + call.Failure
	}
	return w.record("neighbour."+string(call.State), itms.Event{Device: o.Device, Order: o.ID, OrderNo: o.No, Service: o.Service, Area: o.Area, Text: text,
		Alarm: call.State == itms.NeighbourGivenUp, Data: map[string]string{"neighbour": call.Name, "action": string(call.Action)}})
}

// RetryNeighbour has what was given up at a neighbour tried again for an order, and what
// waits tried at once; an order that failed for it goes on. Errors: KindNotFound,
// CodeOrderState when the order has nothing open there.
func (e *Engine) RetryNeighbour(ctx context.Context, actor string, id itms.OrderID, name string) (*itms.Order, error) {
	return e.onOrder(ctx, id, func(w *work, o *itms.Order) error {
		n, err := w.requeueCalls(o, name)
		if err != nil {
			return err
		}
		if n == 0 {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s has nothing open at %q", o.No, name)
		}
		if o.State == itms.OrderFailed && o.Trouble == itms.TroubleNeighbour {
			return w.retry(o, actor)
		}
		return w.tx.Orders().Put(o)
	})
}

// requeueCalls queues anew what was given up at a neighbour, "" = at any, and has what
// waits tried now. The caller stores the order.
func (w *work) requeueCalls(o *itms.Order, name string) (n int, err error) {
	for i := range o.Neighbours {
		call := &o.Neighbours[i]
		if name != "" && call.Name != name || call.State == itms.NeighbourDone {
			continue
		}
		n++
		if call.State != itms.NeighbourGivenUp {
			if err := w.tx.Outbox().Later(call.ID, w.now, call.Failure); err != nil {
				return n, err
			}
			continue
		}
		if err := w.requeueCall(o, call); err != nil {
			return n, err
		}
	}
	return n, nil
}

// requeueCall queues a call anew, with what stands now.
func (w *work) requeueCall(o *itms.Order, call *itms.NeighbourCall) error {
	at := slices.IndexFunc(w.policy.Neighbours, func(n *Neighbour) bool { return n.Name == call.Name })
	if at < 0 {
		return itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "the configuration has no neighbour %q any more", call.Name)
	}
	svc, err := w.tx.Services().Get(o.Service)
	if err != nil {
		return err
	}
	told, err := w.tellable(svc)
	if err != nil {
		return err
	}
	again := *svc
	again.Order = o.ID
	call.Tries, call.Failure = 0, ""
	return w.queueCall(w.policy.Neighbours[at], &again, call, told)
}
