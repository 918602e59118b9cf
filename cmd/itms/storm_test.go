package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"itms"
	"itms/cmd/cpesim/sim"
	"itms/cmd/itms/config"
	"itms/store/storetest/pgtest"
	"itms/web/api"
)

// A storm is a BSS that posts the orders of many slots at once, some twice and some
// before the one that came first, while every box comes into contact again and again.
// Whatever the way, all must end as the sequence numbers say.
const (
	stormClients = 16   // of the BSS
	stormInforms = 4    // boxes that talk at once
	stormTwice   = 0.05 // of the orders are posted again
	stormLate    = 0.05 // of the orders come after their successor
	stormRounds  = 60   // in which every box came, after which the boxes must be quiet
)

// stormSlot is one slot with its two boxes, what is sent about it, and what all that
// must come to.
type stormSlot struct {
	id    string
	boxes [2]*sim.CPE
	sends []stormOrder // as they are sent
	end   stormEnd
}

// stormEnd is how a slot must end.
type stormEnd struct {
	live, suspended bool
	box             int
	url, password   string
}

// stormOrder is the body of POST /work-orders.
type stormOrder map[string]any

// storm is a storm under way.
type storm struct {
	testing.TB
	slots     []*stormSlot
	api       string // URL of /api/v1
	token     string
	took      []time.Duration // of each POST
	elapsed   time.Duration   // of all POSTs together
	perSlot   int
	mu        sync.Mutex
	nextBox   atomic.Int64
	talkative atomic.Int64 // sessions in which the server wanted something
}

// runStorm plays one and checks the end.
func runStorm(t testing.TB, c *config.Config, slots, perSlot int) *storm {
	s := &storm{TB: t, perSlot: perSlot, token: api.NewTokenText()}
	s.keepToken(c)
	addresses := startServer(t, c)
	s.api = "http://" + addresses["web"] + "/api/v1"
	s.draw(slots, sim.Config{Model: "ctc-stb", MAC: "02:00:5E:00:00:01", Serial: "STORM00001",
		ACS: []string{"http://" + addresses["cwmp"] + "/"}, Username: c.CWMP.Username, Password: c.CWMP.Password})
	s.post()
	s.settle()
	s.checkOrders()
	for _, slot := range s.slots {
		s.checkSlot(slot)
	}
	return s
}

// keepToken stores a token before the server has the store for itself.
func (s *storm) keepToken(c *config.Config) {
	base, err := openBase(s.Context(), c, zerolog.Nop(), nil)
	if err != nil {
		s.Fatal(err)
	}
	err = base.store.Update(s.Context(), func(tx itms.Tx) error {
		return tx.Tokens().Put(&itms.Token{Hash: api.HashToken(s.token), Name: "storm", Role: itms.RoleAdmin, CreatedAt: time.Now()})
	})
	if err != nil {
		s.Fatal(err)
	}
	if err := base.Close(); err != nil {
		s.Fatal(err)
	}
}

// draw makes the slots. The same seed each time: what fails once fails again, but for
// the order in which clients and boxes are served.
func (s *storm) draw(slots int, first sim.Config) {
	rng := rand.New(rand.NewPCG(1, uint64(slots)))
	for i := range slots {
		slot := &stormSlot{id: fmt.Sprintf("STORM-%d", i)}
		for k := range slot.boxes {
			one, err := first.Numbered(2*i + k)
			if err != nil {
				s.Fatal(err)
			}
			if slot.boxes[k], err = sim.New(one); err != nil {
				s.Fatal(err)
			}
		}
		for seq := 1; seq <= s.perSlot; seq++ {
			slot.sends = append(slot.sends, slot.next(rng, seq))
		}
		slot.disturb(rng)
		s.slots = append(s.slots, slot)
	}
}

// next draws the order of a sequence number and what it changes of the end.
func (slot *stormSlot) next(rng *rand.Rand, seq int) stormOrder {
	kind := itms.KindInstall
	if slot.end.live {
		kinds := []itms.OrderKind{itms.KindSwap, itms.KindSuspend, itms.KindResume, itms.KindModify, itms.KindPassword, itms.KindTerminate}
		kind = kinds[rng.IntN(len(kinds))]
	}
	service := stormOrder{"id": slot.id}
	o := stormOrder{"orderNo": fmt.Sprintf("%s-%d", slot.id, seq), "source": "storm", "kind": kind, "mode": itms.ModeSelf, "seq": seq, "service": service}
	switch end := &slot.end; kind {
	case itms.KindInstall:
		*end = stormEnd{live: true, box: rng.IntN(2), url: "http://auth.example.com/", password: fmt.Sprintf("pw-%s-%d", slot.id, seq)}
		o["subscriber"], o["device"] = stormOrder{"id": "U-" + slot.id}, slot.claim(end.box)
		service["type"], service["account"], service["password"], service["authUrl"] = "iptv", slot.id, end.password, end.url
	case itms.KindSwap:
		o["oldDevice"], o["device"] = slot.claim(end.box), slot.claim(1-end.box)
		end.box = 1 - end.box
	case itms.KindSuspend, itms.KindResume:
		end.suspended = kind == itms.KindSuspend
	case itms.KindModify:
		end.url = fmt.Sprintf("http://auth%d.example.com/", seq)
		service["authUrl"] = end.url
	case itms.KindPassword:
		end.password = fmt.Sprintf("pw-%s-%d", slot.id, seq)
		service["password"] = end.password
	case itms.KindTerminate:
		*end = stormEnd{}
	}
	return o
}

// claim names a box of the slot in an order.
func (slot *stormSlot) claim(box int) stormOrder {
	return stormOrder{"mac": slot.boxes[box].Identity().MAC}
}

// disturb lets some orders come after their successor and some twice.
func (slot *stormSlot) disturb(rng *rand.Rand) {
	for i := 0; i+1 < len(slot.sends); i++ {
		if rng.Float64() < stormLate {
			slot.sends[i], slot.sends[i+1] = slot.sends[i+1], slot.sends[i]
			i++
		}
	}
	for i := 0; i < len(slot.sends); i++ {
		if rng.Float64() < stormTwice {
			again := i + 1 + rng.IntN(len(slot.sends)-i)
			slot.sends = slices.Insert(slot.sends, again, slot.sends[i])
		}
	}
}

// post sends everything, each slot by one client, while the boxes come.
func (s *storm) post() {
	calm, stop := context.WithCancel(s.Context())
	var boxes, clients sync.WaitGroup
	for range stormInforms {
		boxes.Go(func() {
			for calm.Err() == nil {
				s.contact(s.nextBox.Add(1))
			}
		})
	}
	begun := time.Now()
	for i := range stormClients {
		clients.Go(func() { s.client(i) })
	}
	clients.Wait()
	s.elapsed = time.Since(begun)
	stop()
	boxes.Wait()
}

// client sends what falls to one client: the first order of each of its slots, then
// the second of each, and so on.
func (s *storm) client(i int) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	hc := &http.Client{Transport: transport}
	var took []time.Duration
	for n, more := 0, true; more; n++ {
		more = false
		for k := i; k < len(s.slots); k += stormClients {
			slot := s.slots[k]
			if n >= len(slot.sends) {
				continue
			}
			more = true
			begun := time.Now()
			again := slices.ContainsFunc(slot.sends[:n], func(o stormOrder) bool { return o["orderNo"] == slot.sends[n]["orderNo"] })
			s.submit(hc, slot.sends[n], again)
			took = append(took, time.Since(begun))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = append(s.took, took...)
}

// submit posts one order: 201 the first time, 200 when it is known.
func (s *storm) submit(hc *http.Client, o stormOrder, again bool) {
	want := http.StatusCreated
	if again {
		want = http.StatusOK
	}
	if status, body := s.call(hc, http.MethodPost, "/work-orders", o); status != want {
		s.Errorf("order %s: %d, want %d: %s", o["orderNo"], status, want, body)
	}
}

// call calls the API.
func (s *storm) call(hc *http.Client, method, path string, content any) (status int, body []byte) {
	var text []byte
	if content != nil {
		var err error
		if text, err = json.Marshal(content); err != nil {
			s.Error(err)
			return 0, nil
		}
	}
	req, err := http.NewRequestWithContext(s.Context(), method, s.api+path, bytes.NewReader(text))
	if err != nil {
		s.Error(err)
		return 0, nil
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := hc.Do(req)
	if err != nil {
		s.Error(err)
		return 0, nil
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		s.Error(err)
	}
	return resp.StatusCode, body
}

// contact is one session of the n-th box, counted round and round.
func (s *storm) contact(n int64) {
	box := s.slots[int(n)/2%len(s.slots)].boxes[n%2]
	report, err := box.Session(s.Context())
	if err != nil {
		s.Errorf("box %s: %v", report.Serial, err)
	}
	if len(report.RPCs) > 0 {
		s.talkative.Add(1)
	}
}

// settle lets every box come until the server wants nothing of any.
func (s *storm) settle() {
	for range stormRounds {
		s.talkative.Store(0)
		var round atomic.Int64
		var boxes sync.WaitGroup
		for range stormInforms {
			boxes.Go(func() {
				for n := round.Add(1) - 1; n < int64(2*len(s.slots)); n = round.Add(1) - 1 {
					s.contact(n)
				}
			})
		}
		boxes.Wait()
		if s.talkative.Load() == 0 || s.Failed() {
			return
		}
	}
	s.Errorf("the server still wants something of boxes after %d rounds", stormRounds)
}

// checkOrders holds that every order is known once and has ended.
func (s *storm) checkOrders() {
	seen := map[string]bool{}
	for cursor, more := "", true; more; more = cursor != "" {
		var page struct {
			Items []struct {
				OrderNo, State, Reason string
				Final                  bool
			}
			Next string
		}
		status, body := s.call(http.DefaultClient, http.MethodGet, "/work-orders?limit=500&cursor="+cursor, nil)
		if err := json.Unmarshal(body, &page); err != nil || status != http.StatusOK {
			s.Fatalf("list of orders: %d %s", status, body)
		}
		for _, o := range page.Items {
			if seen[o.OrderNo] || !o.Final {
				s.Errorf("order %s: seen before %v; is %s (%s), want final", o.OrderNo, seen[o.OrderNo], o.State, o.Reason)
			}
			seen[o.OrderNo] = true
		}
		cursor = page.Next
	}
	if want := len(s.slots) * s.perSlot; len(seen) != want {
		s.Errorf("%d orders are known, want %d", len(seen), want)
	}
}

// checkSlot compares the service and both boxes with the model.
func (s *storm) checkSlot(slot *stormSlot) {
	var service struct{ State, AuthURL string }
	status, body := s.call(http.DefaultClient, http.MethodGet, "/services/"+slot.id, nil)
	if err := json.Unmarshal(body, &service); err != nil || status != http.StatusOK {
		s.Errorf("service %s: %d %s", slot.id, status, body)
		return
	}
	state := itms.ServiceTerminated
	switch {
	case slot.end.suspended:
		state = itms.ServiceSuspended
	case slot.end.live:
		state = itms.ServiceActive
	}
	if service.State != string(state) || slot.end.live && service.AuthURL != slot.end.url {
		s.Errorf("service %s is %s at %s, want %s %+v", slot.id, service.State, service.AuthURL, state, slot.end)
	}
	for i, box := range slot.boxes {
		account, _ := box.Get("Device.X_CTC_IPTV.ServiceInfo.UserID")
		password, _ := box.Get("Device.X_CTC_IPTV.ServiceInfo.UserPassword")
		works := slot.end.live && !slot.end.suspended && i == slot.end.box
		if works && (account != slot.id || password != slot.end.password) || !works && password != "" {
			s.Errorf("box %d of %s holds account %q and password %q, want %+v", i, slot.id, account, password, slot.end)
		}
	}
}

// report tells a benchmark's reader how fast orders were taken.
func (s *storm) report(b *testing.B) {
	slices.Sort(s.took)
	b.ReportMetric(float64(len(s.took))/s.elapsed.Seconds(), "orders/s")
	for _, p := range []int{50, 99} {
		at := s.took[min(len(s.took)*p/100, len(s.took)-1)]
		b.ReportMetric(float64(at.Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
	}
}

// stormStores are where a storm is played.
var stormStores = map[string]func(testing.TB, pgtest.Options) string{
	"bolt": func(testing.TB, pgtest.Options) string { return "bolt" },
	"postgres": func(tb testing.TB, opts pgtest.Options) string {
		server, err := pgtest.New(opts)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() {
			if err := server.Stop(); err != nil {
				tb.Error(err)
			}
		})
		return server.Database(tb)
	},
}

// TestStorm plays a small one on both stores.
func TestStorm(t *testing.T) {
	for name, store := range stormStores {
		t.Run(name, func(t *testing.T) {
			c := serverConfig(t, "digest")
			c.Store = store(t, pgtest.Options{})
			runStorm(t, c, 40, 10)
		})
	}
}

// BenchmarkStorm is how fast 10,000 orders are taken, durably, while 2,000 boxes come
// into contact on the same machine.
func BenchmarkStorm(b *testing.B) {
	for name, store := range stormStores {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c := serverConfig(b, "digest")
				c.Store = store(b, pgtest.Options{Durable: true})
				runStorm(b, c, 1000, 10).report(b)
			}
		})
	}
}
