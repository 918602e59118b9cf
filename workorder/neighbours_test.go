package workorder_test

import (
	"context"
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

// platform is a neighbour whose manners a test decides.
type platform struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	code   string
	heard  []string // "action mac oldMac account", of calls that it took
	bodies []string
	came   chan struct{}
}

func newPlatform(t *testing.T) *platform {
	p := &platform{status: 200, code: "0", came: make(chan struct{}, 1000)}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *platform) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var c struct{ Action, MAC, OldMAC, Account string }
	_ = json.Unmarshal(body, &c)
	p.mu.Lock()
	if p.bodies = append(p.bodies, string(body)); p.status == 200 && p.code == "0" {
		p.heard = append(p.heard, strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Action, c.MAC, c.OldMAC)))
	}
	status, code := p.status, p.code
	p.mu.Unlock()
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"result":{"code":%s}}`, code)
	p.came <- struct{}{}
}

// behave changes its manners.
func (p *platform) behave(status int, code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.code = status, code
}

// calls are those that it took.
func (p *platform) calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard)
}

// neighbourBody is what the tests send.
const neighbourBody = `{"action":{{json .Action}},"mac":"{{hex .MAC}}","oldMac":"{{hex .OldMAC}}","account":{{json .Account}},"password":{{json .Password}}}`

// worldWithNeighbour has one neighbour.
func worldWithNeighbour(t *testing.T, change func(*workorder.NeighbourSpec)) (*world, *platform) {
	w, p := newWorld(t), newPlatform(t)
	s := workorder.NeighbourSpec{Name: "platform", On: []string{"bind", "unbind", "change", "suspend", "resume", "terminate"}, URL: p.URL + "/boxes/{{.Account | urlquery}}",
		Body: neighbourBody, Path: "result.code", Equals: "0", Before: "push"}
	if change != nil {
		change(&s)
	}
	n, err := workorder.ParseNeighbour(s)
	if err != nil {
		t.Fatal(err)
	}
	w.policy.Neighbours = []*workorder.Neighbour{n}
	w.restart()
	return w, p
}

// calling runs Neighbours until done.
func (w *world) calling(done func() bool) {
	w.t.Helper()
	w.until(workorder.NewNeighbours(w.engine).Run, done)
}

// stateOf is where the last call of an order stands.
func (w *world) stateOf(no string) itms.NeighbourState {
	w.t.Helper()
	calls := w.order(no).Neighbours
	if len(calls) == 0 {
		return ""
	}
	return calls[len(calls)-1].State
}

// allDone reports whether an order has n calls and all are done.
func (w *world) allDone(no string, n int) func() bool {
	return func() bool {
		calls := w.order(no).Neighbours
		return len(calls) == n && !slices.ContainsFunc(calls, func(c itms.NeighbourCall) bool { return c.State != itms.NeighbourDone })
	}
}

// TestNeighbourOfInstallSwapTerminate: a box is bound before it is configured; in a swap
// the old one is unbound first; at the end the last one is unbound and the service ended.
func TestNeighbourOfInstallSwapTerminate(t *testing.T) {
	w, p := worldWithNeighbour(t, nil)
	w.post(install("WO-1", "S1", mac1))
	first := newBox(w, 1)
	if cmds := first.contact(itms.EventBootstrap); len(pushes(cmds)) != 0 {
		t.Fatalf("the box was configured before the platform knew it: %v", cmds)
	}
	o := w.wantOrder("WO-1", itms.OrderExecuting)
	if o.Trouble != itms.TroubleNeighbour || !strings.Contains(o.Reason, "bind at platform") {
		t.Errorf("it waits for %q (%s)", o.Reason, o.Trouble)
	}
	w.woken = nil
	w.calling(w.allDone("WO-1", 1))
	if len(w.woken) != 1 {
		t.Errorf("woken: %v", w.woken)
	}
	first.contact(itms.EventConnectionRequest)
	w.wantOrder("WO-1", itms.OrderDone)

	swap := itms.OrderRequest{OrderNo: "WO-2", Source: "crm", Kind: itms.KindSwap, Mode: itms.ModeSelf, OldDevice: itms.ClaimText{MAC: mac1}, Device: itms.ClaimText{MAC: mac2}}
	w.post(swap)
	second := newBox(w, 2)
	if cmds := second.contact(itms.EventBootstrap); len(pushes(cmds)) != 0 {
		t.Fatalf("the new box was configured before the old one was unbound: %v", cmds)
	}
	w.calling(w.allDone("WO-2", 2))
	second.contact(itms.EventConnectionRequest)
	w.wantOrder("WO-2", itms.OrderDone)

	w.post(itms.OrderRequest{OrderNo: "WO-3", Source: "crm", Kind: itms.KindTerminate, Mode: itms.ModeSelf, Service: itms.ServiceSpec{ID: "S1"}})
	w.calling(w.allDone("WO-3", 2))
	want := []string{"bind 00005E005301", "unbind 00005E005301", "bind 00005E005302 00005E005301", "unbind 00005E005302", "terminate 00005E005302"}
	if got := p.calls(); !slices.Equal(got, want) {
		t.Errorf("%q,\nwant %q", got, want)
	}
	if !strings.Contains(p.bodies[0], servicePassword) {
		t.Errorf("without the password: %s", p.bodies[0])
	}
	w.view(func(tx itms.Tx) error {
		o, err := tx.Orders().ByNumber("crm", "WO-1")
		if err == nil && strings.Contains(fmt.Sprintf("%+v", o), servicePassword) {
			t.Error("the password is stored with the order")
		}
		return err
	})
}

// TestNeighbourMove: who is told of moves gets one call in place of two.
func TestNeighbourMove(t *testing.T) {
	w, p := worldWithNeighbour(t, func(s *workorder.NeighbourSpec) { s.On, s.Before = []string{"bind", "unbind", "move"}, "" })
	w.post(install("WO-1", "S1", mac1))
	newBox(w, 1).contact(itms.EventBootstrap)
	w.post(itms.OrderRequest{OrderNo: "WO-2", Source: "crm", Kind: itms.KindSwap, Mode: itms.ModeSelf, OldDevice: itms.ClaimText{MAC: mac1}, Device: itms.ClaimText{MAC: mac2}})
	newBox(w, 2).contact(itms.EventBootstrap)
	w.wantOrder("WO-2", itms.OrderDone)
	w.calling(func() bool { return w.allDone("WO-1", 1)() && w.allDone("WO-2", 1)() })
	if got, want := p.calls(), []string{"bind 00005E005301", "move 00005E005302 00005E005301"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNeighbourGivenUp: a refusal is tried again; given up, the order fails and says why,
// and goes on once somebody retries.
func TestNeighbourGivenUp(t *testing.T) {
	w, p := worldWithNeighbour(t, nil)
	p.behave(200, "7")
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	w.calling(func() bool { return w.stateOf("WO-1") == itms.NeighbourFailed })
	if o := w.wantOrder("WO-1", itms.OrderExecuting); !strings.Contains(o.Reason, `result.code = "0"`) {
		t.Errorf("reason %q", o.Reason)
	}
	if _, err := w.engine.RetryNeighbour(context.Background(), "ops", w.order("WO-1").ID, "other"); itms.CodeOf(err) != itms.CodeOrderState {
		t.Errorf("retry at another: %v", err)
	}
	w.pass(25 * time.Hour)
	w.calling(func() bool { return w.stateOf("WO-1") == itms.NeighbourGivenUp })
	if o := w.wantOrder("WO-1", itms.OrderFailed); o.Trouble != itms.TroubleNeighbour || !strings.Contains(o.Reason, "given up after") {
		t.Errorf("%s: %q", o.Trouble, o.Reason)
	}
	p.behave(200, "0")
	if _, err := w.engine.RetryNeighbour(context.Background(), "ops", w.order("WO-1").ID, "platform"); err != nil {
		t.Fatal(err)
	}
	w.calling(w.allDone("WO-1", 1))
	b.contact(itms.EventConnectionRequest)
	w.wantOrder("WO-1", itms.OrderDone)
}

// TestNeighbourOfCancelledInstall: what was bound is unbound again.
func TestNeighbourOfCancelledInstall(t *testing.T) {
	w, p := worldWithNeighbour(t, nil)
	w.post(install("WO-1", "S1", mac1))
	newBox(w, 1).contact(itms.EventBootstrap)
	w.calling(w.allDone("WO-1", 1))
	if _, err := w.engine.Cancel(context.Background(), "crm", w.order("WO-1").ID, ""); err != nil {
		t.Fatal(err)
	}
	w.calling(w.allDone("WO-1", 3)) // the service ended too
	if got := p.calls()[1]; got != "unbind 00005E005301" {
		t.Errorf("%q", got)
	}
}

// TestWrongNeighbours: mistakes in a configuration are found before anything is called.
func TestWrongNeighbours(t *testing.T) {
	good := workorder.NeighbourSpec{Name: "x", On: []string{"bind"}, URL: "https://example.com/{{.Account}}", Body: neighbourBody}
	for name, c := range map[string]struct {
		change func(*workorder.NeighbourSpec)
		want   string
	}{
		"good":       {func(*workorder.NeighbourSpec) {}, ""},
		"no action":  {func(s *workorder.NeighbourSpec) { s.On = nil }, "/on"},
		"an action":  {func(s *workorder.NeighbourSpec) { s.On = []string{"fly"} }, "/on"},
		"a method":   {func(s *workorder.NeighbourSpec) { s.Method = "post" }, "/method"},
		"before":     {func(s *workorder.NeighbourSpec) { s.Before = "pull" }, "/before"},
		"status":     {func(s *workorder.NeighbourSpec) { s.Status = []int{2} }, "/success/status"},
		"timeout":    {func(s *workorder.NeighbourSpec) { s.Timeout = time.Hour }, "/timeout"},
		"a template": {func(s *workorder.NeighbourSpec) { s.Body = "{{.Account" }, "/body"},
		"a field":    {func(s *workorder.NeighbourSpec) { s.Body = "{{.Acount}}" }, "/body"},
		"a function": {func(s *workorder.NeighbourSpec) { s.URL = "https://x/{{mac .MAC}}" }, "/url"},
		"an address": {func(s *workorder.NeighbourSpec) { s.URL = "{{.Account}}" }, "/url"},
		"a header":   {func(s *workorder.NeighbourSpec) { s.Headers = map[string]string{"X": "{{.Y}}"} }, "/headers/X"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good
			c.change(&s)
			_, err := workorder.ParseNeighbour(s)
			var got string
			if e, ok := errors.AsType[*itms.Error](err); ok && len(e.Fields) > 0 {
				got = e.Fields[0].Pointer
			}
			if got != c.want || err == nil != (c.want == "") {
				t.Errorf("%v", err)
			}
		})
	}
}

// FuzzNeighbourTemplate: no template that was taken makes a panic, or a request that the
// rehearsal did not allow.
func FuzzNeighbourTemplate(f *testing.F) {
	f.Add("https://example.com/{{.Account}}", neighbourBody)
	f.Add("https://example.com/{{dot .MAC | lower}}", "{{range .}}")
	f.Fuzz(func(t *testing.T, url, body string) {
		n, err := workorder.ParseNeighbour(workorder.NeighbourSpec{Name: "x", On: []string{"bind"}, URL: url, Body: body})
		if (n == nil) == (err == nil) {
			t.Fatalf("%v, %v", n, err)
		}
	})
}
