package workorder_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"itms"
	"itms/workorder"
)

// bss is a receiver whose manners a test decides.
type bss struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(state string, n int) int // status for the n-th request (from 1)
	states []string                      // of accepted callbacks
	ids    []string                      // of all
	n      int
	heard  chan struct{}
}

func newBSS(t *testing.T, answer func(state string, n int) int) *bss {
	b := &bss{answer: answer, heard: make(chan struct{}, 1000)}
	b.Server = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.Close)
	return b
}

func (b *bss) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var ev struct{ Data struct{ State string } }
	_ = json.Unmarshal(body, &ev)
	b.mu.Lock()
	b.n++
	status := b.answer(ev.Data.State, b.n)
	b.ids = append(b.ids, r.Header.Get("webhook-id"))
	if status == http.StatusOK {
		b.states = append(b.states, ev.Data.State)
	}
	b.mu.Unlock()
	if status == http.StatusFound {
		w.Header().Set("Location", b.URL+"/elsewhere")
	}
	w.WriteHeader(status)
	b.heard <- struct{}{}
}

func (b *bss) got() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.states)
}

// dispatchUntil delivers until the receiver has heard n requests.
func (w *world) dispatchUntil(b *bss, n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	stopped := make(chan error, 1)
	go func() { stopped <- workorder.NewDispatcher(w.engine, nil).Run(ctx) }()
	for range n {
		select {
		case <-b.heard:
		case <-ctx.Done():
			w.t.Error("not enough callbacks")
		}
	}
	cancel()
	<-stopped
}

// worldWithCallbacks lets callbacks go to the loopback.
func worldWithCallbacks(t *testing.T) *world {
	w := newWorld(t)
	w.policy.CallbackAllow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	w.restart()
	return w
}

func TestCallbacksArriveInOrderDespiteFailures(t *testing.T) {
	w := worldWithCallbacks(t)
	b := newBSS(t, func(_ string, n int) int {
		if n == 1 {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	req := install("WO-1", "S1", mac1)
	req.Callback = b.URL
	w.post(req)
	newBox(w, 1).contact(itms.EventBootstrap)
	w.dispatchUntil(b, 1)
	if len(b.got()) != 0 {
		t.Fatalf("later callbacks overtook the first: %v", b.got())
	}
	w.pass(time.Hour)
	w.dispatchUntil(b, 4)
	if want := []string{"waitingDevice", "executing", "verifying", "done"}; !slices.Equal(b.got(), want) {
		t.Errorf("%v, want %v", b.got(), want)
	}
	if b.ids[0] != b.ids[1] {
		t.Errorf("the retry came under another id: %v", b.ids)
	}
}

func TestRedirectIsNoSuccess(t *testing.T) {
	w := worldWithCallbacks(t)
	b := newBSS(t, func(string, int) int { return http.StatusFound })
	req := install("WO-1", "S1", mac1)
	req.Callback = b.URL
	w.post(req)
	w.dispatchUntil(b, 1)
	if n := len(w.callbacks("WO-1")); n != 1 {
		t.Errorf("%d callbacks are queued after a redirect", n)
	}
}

func TestCallbackIsGivenUpAfterDays(t *testing.T) {
	w := worldWithCallbacks(t)
	b := newBSS(t, func(string, int) int { return http.StatusServiceUnavailable })
	req := install("WO-1", "S1", mac1)
	req.Callback = b.URL
	w.post(req)
	w.pass(6 * 24 * time.Hour)
	w.until(workorder.NewDispatcher(w.engine, nil).Run, func() (told bool) {
		w.view(func(tx itms.Tx) error {
			events, err := tx.Journal().After(0, 100)
			told = slices.ContainsFunc(events, func(e itms.Event) bool { return e.Type == "callback.abandoned" })
			return err
		})
		return told
	})
	if n := len(w.callbacks("WO-1")); n != 0 {
		t.Errorf("%d callbacks are still queued after six days", n)
	}
}

// hanging is a receiver that answers nobody.
type hanging struct {
	*httptest.Server
	mu           sync.Mutex
	now, most    int // requests under way
	ended        int // that the sender gave up
	reached, end chan struct{}
}

func newHanging(t *testing.T) *hanging {
	h := &hanging{reached: make(chan struct{}, 1000), end: make(chan struct{})}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	t.Cleanup(func() { close(h.end) })
	return h
}

func (h *hanging) serve(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the sender left
	h.mu.Lock()
	h.now++
	h.most = max(h.most, h.now)
	h.mu.Unlock()
	h.reached <- struct{}{}
	select {
	case <-r.Context().Done():
	case <-h.end:
	}
	h.mu.Lock()
	h.now, h.ended = h.now-1, h.ended+1
	h.mu.Unlock()
}

// postTo posts orders whose callbacks go to an address.
func (w *world) postTo(target string, from, n int) {
	w.t.Helper()
	for i := from; i < from+n; i++ {
		req := install(fmt.Sprintf("WO-%d", i), fmt.Sprintf("S%d", i), fmt.Sprintf("00:00:5E:00:53:%02X", i))
		req.Callback = target
		w.post(req)
	}
}

func TestHangingReceiverDelaysNoOther(t *testing.T) {
	w := worldWithCallbacks(t)
	h, b := newHanging(t), newBSS(t, func(string, int) int { return http.StatusOK })
	w.postTo(h.URL, 1, 40)
	w.postTo(b.URL, 41, 5)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- workorder.NewDispatcher(w.engine, nil).Run(ctx) }()
	for _, heard := range []chan struct{}{h.reached, h.reached, h.reached, h.reached, b.heard, b.heard, b.heard, b.heard, b.heard} {
		select {
		case <-heard:
		case <-ctx.Done():
			t.Fatal("not enough callbacks")
		}
	}
	h.mu.Lock()
	if h.ended != 0 || h.most != 4 {
		t.Errorf("%d requests had ended when the healthy receiver had everything; %d were under way at once", h.ended, h.most)
	}
	h.mu.Unlock()
	cancel()
	<-stopped
	if n := w.queued(); n < 40 {
		t.Errorf("only %d of 40 callbacks are queued after the stop", n)
	}
}

// queued counts the outbox.
func (w *world) queued() (n int) {
	w.t.Helper()
	w.view(func(tx itms.Tx) error {
		list, err := tx.Outbox().List("", 1000)
		n = len(list)
		return err
	})
	return n
}

// One receiver of many orders gets all of them, though only a few at once.
func TestBusyReceiverGetsEverything(t *testing.T) {
	w := worldWithCallbacks(t)
	b := newBSS(t, func(string, int) int { return http.StatusOK })
	w.postTo(b.URL, 1, 150)
	w.dispatchUntil(b, 150)
	if n := len(b.got()); n != 150 {
		t.Errorf("%d callbacks", n)
	}
}

// 410 Gone is the receiver's word that further tries are unwelcome.
func TestGoneReceiverIsGivenUp(t *testing.T) {
	w := worldWithCallbacks(t)
	b := newBSS(t, func(string, int) int { return http.StatusGone })
	w.postTo(b.URL, 1, 1)
	w.until(workorder.NewDispatcher(w.engine, nil).Run, func() (told bool) {
		w.view(func(tx itms.Tx) error {
			events, err := tx.Journal().After(0, 100)
			told = slices.ContainsFunc(events, func(e itms.Event) bool {
				return e.Type == "callback.abandoned" && strings.Contains(e.Text, "410 Gone")
			})
			return err
		})
		return told
	})
	if n := w.queued(); n != 0 || b.n != 1 {
		t.Errorf("%d callbacks are queued after %d tries", n, b.n)
	}
}
