package workorder_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
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
