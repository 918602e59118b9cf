package workorder_test

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"itms"
	"itms/workorder"
)

// told is one event as a subscriber got it.
type told struct {
	ID, Type, Subject, Sequence string
	Data                        struct{ OrderNo string }
	header                      http.Header
	body                        []byte
}

// listener is a subscriber whose manners a test decides.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(n int) int // status for the n-th request (from 1); 0 = hangs
	n      int
	took   []told // what it answered 200
	heard  chan struct{}
}

func newListener(t *testing.T, answer func(n int) int) *listener {
	l := &listener{answer: answer, heard: make(chan struct{}, 10_000)}
	l.Server = httptest.NewServer(http.HandlerFunc(l.serve))
	t.Cleanup(l.Close)
	return l
}

func always(status int) func(int) int { return func(int) int { return status } }

func (l *listener) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	ev := told{header: r.Header.Clone(), body: body}
	_ = json.Unmarshal(body, &ev)
	l.mu.Lock()
	l.n++
	status := l.answer(l.n)
	if status == http.StatusOK {
		l.took = append(l.took, ev)
	}
	l.mu.Unlock()
	l.heard <- struct{}{}
	if status == 0 {
		<-r.Context().Done()
		return
	}
	w.WriteHeader(status)
}

// events are those that it took.
func (l *listener) events() []told {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.took)
}

// subscribe has a listener told.
func (w *world) subscribe(target string, types ...string) (*itms.Subscription, itms.Secret) {
	w.t.Helper()
	s, key, err := w.engine.Subscribe(context.Background(), "test", itms.SubscriptionRequest{Target: target, Types: types})
	if err != nil {
		w.t.Fatal(err)
	}
	return s, key
}

// telling runs Webhooks until done.
func (w *world) telling(done func() bool, heard ...chan struct{}) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- workorder.NewWebhooks(w.engine).Run(ctx) }()
	any := make(chan struct{}, 1)
	for _, c := range heard {
		go func() {
			for {
				select {
				case <-c:
					select {
					case any <- struct{}{}:
					default:
					}
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	hint, changed := w.store.Wake(ctx, itms.TopicJournal), w.store.Wake(ctx, itms.TopicSubscriptions)
	for !done() {
		select {
		case <-any:
		case <-hint:
		case <-changed:
		case <-ctx.Done():
			w.t.Error("it never happened")
			cancel()
			<-stopped
			return
		}
	}
	cancel()
	<-stopped
}

// journal lists the events of types that begin so, as type and order.
func (w *world) journal(beginning string) (list []itms.Event) {
	w.t.Helper()
	w.view(func(tx itms.Tx) error {
		all, err := tx.Journal().After(0, 100_000)
		for _, ev := range all {
			if strings.HasPrefix(ev.Type, beginning) {
				list = append(list, ev)
			}
		}
		return err
	})
	return list
}

// subscription reads one.
func (w *world) subscription(id itms.SubscriptionID) (s *itms.Subscription) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) {
		s, err = tx.Subscriptions().Get(id)
		return err
	})
	return s
}

// wantTold: a listener took exactly these events, those of an order or device in order.
func wantTold(t *testing.T, got []told, events []itms.Event) {
	t.Helper()
	want, last := map[string]bool{}, map[string]string{}
	for _, ev := range events {
		want[fmt.Sprintf("%020d itms.%s", ev.Seq, ev.Type)] = true
	}
	for _, ev := range got {
		key := ev.Sequence + " " + ev.Type
		if !want[key] {
			t.Errorf("%s was told twice, or never happened", key)
		}
		delete(want, key)
		if ev.Sequence <= last[ev.Subject] {
			t.Errorf("%s of %s came after %s", key, ev.Subject, last[ev.Subject])
		}
		last[ev.Subject] = ev.Sequence
	}
	for key := range want {
		t.Errorf("%s was never told", key)
	}
}

// TestSubscribersSideBySide: one that refuses, one that hangs, one that is gone and one
// that is well: the last gets every event once and in order, and waits for nobody. So do
// callbacks.
func TestSubscribersSideBySide(t *testing.T) {
	w := worldWithCallbacks(t)
	dead, slow, gone, well := newListener(t, always(503)), newListener(t, always(0)), newListener(t, always(410)), newListener(t, always(200))
	var ids []itms.SubscriptionID
	for _, l := range []*listener{dead, slow, gone, well} {
		s, _ := w.subscribe(l.URL, "order.*")
		ids = append(ids, s.ID)
	}
	b := newBSS(t, func(string, int) int { return http.StatusOK })
	w.postTo(b.URL, 1, 40)
	for i := range 40 {
		newBox(w, byte(i+1)).contact(itms.EventBootstrap)
	}
	events := w.journal("order.")
	if len(events) < 4*40 {
		t.Fatalf("only %d events", len(events))
	}
	w.telling(func() bool {
		return len(well.events()) == len(events) && w.subscription(ids[2]).Disabled && !w.subscription(ids[0]).FailingSince.IsZero()
	}, well.heard, gone.heard, dead.heard, slow.heard)
	wantTold(t, well.events(), events)
	if n := slow.n; n > 4 {
		t.Errorf("the slow one was given %d at once", n)
	}
	if n := dead.n; n > 4 {
		t.Errorf("the dead one was tried %d times without a pause", n)
	}
	if letters := w.letters(ids[2]); len(letters) == 0 || letters[0].Cause != "the subscriber answered 410 Gone" {
		t.Errorf("dead letters of the one that is gone: %d", len(letters))
	}
	if told := w.journal("webhook.disabled"); len(told) != 1 || !told[0].Alarm {
		t.Errorf("told of the disabled one: %+v", told)
	}
	w.dispatchUntil(b, len(events)-40) // received is no callback
}

// letters lists the dead letters of a subscription.
func (w *world) letters(id itms.SubscriptionID) (list []*itms.DeadLetter) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) {
		list, err = tx.DeadLetters().List(id, "", 1000)
		return err
	})
	return list
}

// TestBacklogStaysInTheJournal: of many events only a window is queued, and all are told
// once the subscriber works; a restart in between loses nothing.
func TestBacklogStaysInTheJournal(t *testing.T) {
	w := worldWithCallbacks(t)
	down := true
	l := newListener(t, nil)
	l.answer = func(int) int {
		if down {
			return 503
		}
		return 200
	}
	s, _ := w.subscribe(l.URL)
	const n = 700
	for i := range n {
		w.append(itms.Event{Type: "test.done", OrderNo: itms.OrderNo(fmt.Sprintf("N%d", i%7)), Order: itms.OrderID(fmt.Sprintf("o%d", i%7))})
	}
	w.telling(func() bool { return !w.subscription(s.ID).FailingSince.IsZero() }, l.heard)
	if queued := w.queued(); queued != 256 {
		t.Errorf("%d are queued", queued)
	}
	w.restart()
	l.mu.Lock()
	down = false
	l.mu.Unlock()
	w.pass(time.Hour)
	events := w.journal("test.")
	w.telling(func() bool { return len(l.events()) >= n }, l.heard)
	wantTold(t, l.events(), events)
	if got := w.subscription(s.ID); !got.FailingSince.IsZero() || got.Failures != 0 || got.DeliveredAt.IsZero() {
		t.Errorf("after it worked: %+v", got)
	}
}

// append appends an event to the journal.
func (w *world) append(ev itms.Event) {
	w.t.Helper()
	ev.At = w.now()
	if err := w.store.Update(context.Background(), func(tx itms.Tx) error { e := ev; return tx.Journal().Append(&e) }); err != nil {
		w.t.Fatal(err)
	}
}

// TestTwoNodesTellOnce: two pumps on one store queue no event twice.
func TestTwoNodesTellOnce(t *testing.T) {
	w := worldWithCallbacks(t)
	l := newListener(t, always(200))
	w.subscribe(l.URL)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 2)
	for range 2 {
		go func() { stopped <- workorder.NewWebhooks(w.engine).Run(ctx) }()
	}
	for i := range 200 {
		w.append(itms.Event{Type: "test.done", OrderNo: "N", Order: itms.OrderID(fmt.Sprintf("o%d", i%3))})
	}
	for range 200 {
		<-l.heard
	}
	cancel()
	<-stopped
	<-stopped
	got := l.events()
	slices.SortFunc(got, func(a, b told) int { return cmp.Compare(a.Sequence, b.Sequence) })
	for i := 1; i < len(got); i++ {
		if got[i].Sequence == got[i-1].Sequence {
			t.Errorf("event %s was told twice", got[i].Sequence)
		}
	}
}

// TestGivenUpAfterDays: what is refused for days is a dead letter, and is delivered
// under the same id when somebody asks for it.
func TestGivenUpAfterDays(t *testing.T) {
	w := worldWithCallbacks(t)
	down := true
	l := newListener(t, nil)
	l.answer = func(int) int {
		if down {
			return 500
		}
		return 200
	}
	s, _ := w.subscribe(l.URL, "test.*")
	for range 3 {
		w.append(itms.Event{Type: "test.done", Order: "o1", OrderNo: "N"})
	}
	w.telling(func() bool { return !w.subscription(s.ID).FailingSince.IsZero() }, l.heard)
	w.pass(6 * 24 * time.Hour)
	w.telling(func() bool { return len(w.letters(s.ID)) == 3 }, l.heard)
	first := w.letters(s.ID)[2]
	if len(w.journal("webhook.abandoned")) != 1 || w.queued() != 0 || first.Cause == "" {
		t.Errorf("told %v; %d queued; cause %q", w.journal("webhook."), w.queued(), first.Cause)
	}
	l.mu.Lock()
	down = false
	l.mu.Unlock()
	if n, err := w.engine.Redeliver(context.Background(), "test", s.ID, []string{first.ID, "unknown"}); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	w.telling(func() bool { return len(l.events()) >= 1 }, l.heard)
	if got := l.events()[0]; got.header.Get("webhook-id") != first.ID || got.ID != first.ID {
		t.Errorf("delivered as %s, was %s", got.header.Get("webhook-id"), first.ID)
	}
	if n, err := w.engine.Redeliver(context.Background(), "test", s.ID, nil); n != 2 || err != nil {
		t.Errorf("all others: %d, %v", n, err)
	}
	w.telling(func() bool {
		ids := map[string]bool{}
		for _, ev := range l.events() {
			ids[ev.ID] = true
		}
		return len(ids) == 3
	}, l.heard)
	if n := len(w.letters(s.ID)); n != 0 {
		t.Errorf("%d dead letters are left", n)
	}
}

// verify checks a signature of Standard Webhooks with a key.
func verify(key itms.Secret, ev told) bool {
	raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(key.Reveal(), "whsec_"))
	h := hmac.New(sha256.New, raw)
	fmt.Fprintf(h, "%s.%s.%s", ev.header.Get("webhook-id"), ev.header.Get("webhook-timestamp"), ev.body)
	return slices.Contains(strings.Fields(ev.header.Get("webhook-signature")), "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
}

// TestKeysAreRotated: while an old key is good, both sign; then the new one alone does.
func TestKeysAreRotated(t *testing.T) {
	w := worldWithCallbacks(t)
	l := newListener(t, always(200))
	ctx := context.Background()
	s, old := w.subscribe(l.URL)
	if _, _, err := w.engine.RotateSubscription(ctx, "test", s.ID, itms.NewSecret("whsec_short"), time.Hour); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("a short key: %v", err)
	}
	_, fresh, err := w.engine.RotateSubscription(ctx, "test", s.ID, itms.Secret{}, time.Hour)
	if err != nil || fresh == old {
		t.Fatal(err)
	}
	ping := func(n int) told {
		t.Helper()
		id, err := w.engine.TestSubscription(ctx, "test", s.ID)
		if err != nil {
			t.Fatal(err)
		}
		w.telling(func() bool { return len(l.events()) >= n && w.queued() == 0 }, l.heard)
		all := l.events()
		ev := all[len(all)-1]
		if ev.Type != "itms.webhook.ping" || ev.ID != id {
			t.Errorf("%s %s, want a ping %s", ev.Type, ev.ID, id)
		}
		return ev
	}
	if ev := ping(1); !verify(old, ev) || !verify(fresh, ev) {
		t.Errorf("signed %s", ev.header.Get("webhook-signature"))
	}
	w.pass(2 * time.Hour)
	if ev := ping(2); verify(old, ev) || !verify(fresh, ev) {
		t.Errorf("after the time: signed %s", ev.header.Get("webhook-signature"))
	}
	if told := w.journal("webhook."); strings.Contains(fmt.Sprint(told), fresh.Reveal()) {
		t.Error("a key is in the journal")
	}
}

// TestWrongSubscriptions: everything wrong is told at once, by its place.
func TestWrongSubscriptions(t *testing.T) {
	w := newWorld(t)
	ctx := itms.WithCaller(context.Background(), itms.Caller{Actor: "crm", Areas: itms.Areas{"51"}})
	for name, c := range map[string]struct {
		r    itms.SubscriptionRequest
		want []string
	}{
		"empty":    {itms.SubscriptionRequest{}, []string{"/target"}},
		"private":  {itms.SubscriptionRequest{Target: "http://127.0.0.1/x"}, []string{"/target"}},
		"password": {itms.SubscriptionRequest{Target: "https://a:b@bss.example.com/x"}, []string{"/target"}},
		"many": {itms.SubscriptionRequest{Target: "ftp://x", Format: "soap", Types: []string{"order.*", "order.*x", ""}, Areas: itms.Areas{"52", "510"}},
			[]string{"/format", "/target", "/types/1", "/types/2", "/areas/0"}},
		"key":      {itms.SubscriptionRequest{Target: "https://bss.example.com", Key: itms.NewSecret("x")}, []string{"/key"}},
		"unsigned": {itms.SubscriptionRequest{Target: "https://bss.example.com", Unsigned: true, Key: itms.NewSecret("x")}, []string{"/key"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := w.engine.Subscribe(ctx, "crm", c.r)
			var got []string
			if e, ok := errors.AsType[*itms.Error](err); ok {
				for _, f := range e.Fields {
					got = append(got, f.Pointer)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v (%v), want %v", got, err, c.want)
			}
		})
	}
	s, _, err := w.engine.Subscribe(ctx, "crm", itms.SubscriptionRequest{Target: "https://bss.example.com"})
	if err != nil || !slices.Equal(s.Areas, itms.Areas{"51"}) {
		t.Errorf("areas %v (%v), want those of the caller", s.Areas, err)
	}
}

// TestUnsubscribed: what is queued goes with the subscription.
func TestUnsubscribed(t *testing.T) {
	w := worldWithCallbacks(t)
	l := newListener(t, always(503))
	s, _ := w.subscribe(l.URL)
	w.append(itms.Event{Type: "test.done"})
	w.telling(func() bool { return !w.subscription(s.ID).FailingSince.IsZero() }, l.heard)
	if _, err := w.engine.Unsubscribe(context.Background(), "test", s.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.queued(); n != 0 {
		t.Errorf("%d are still queued", n)
	}
	if _, err := w.engine.Unsubscribe(context.Background(), "test", s.ID); !itms.IsKind(err, itms.KindNotFound) {
		t.Errorf("again: %v", err)
	}
}
