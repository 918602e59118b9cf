package workorder_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// errCrash is what a process that dies hears last.
var errCrash = errors.New("the process died")

// crashStore dies at one update: before it, or after its commit, so that nobody hears
// of it.
type crashStore struct {
	itms.Store
	left   atomic.Int64 // updates until the crash; <= 0 = none any more
	commit bool
}

// Update implements itms.Store.
func (s *crashStore) Update(ctx context.Context, fn func(itms.Tx) error) error {
	if s.left.Add(-1) != 0 {
		return s.Store.Update(ctx, fn)
	}
	if s.commit {
		if err := s.Store.Update(ctx, fn); err != nil {
			return err
		}
	}
	return errCrash
}

// message is one thing that a source sends about slot S0, numbered by its place.
type message struct {
	kind itms.OrderKind
	seq  int
	box  int    // the device of install and swap
	old  int    // the device that a swap replaces
	url  string // of modify
	pw   string // of install and password
}

// outcome is what all messages together must come to, whatever their way.
type outcome struct {
	live      bool
	suspended bool
	box       int
	url, pw   string
}

// story is a plausible life of a slot, in the order of its sequence numbers, and how
// it must end. It is the model that the engine is compared with.
func story(t *rapid.T) (messages []message, end outcome) {
	n := rapid.IntRange(1, 6).Draw(t, "messages")
	for seq := 1; seq <= n; seq++ {
		m := message{seq: seq, kind: itms.KindInstall}
		if end.live {
			m.kind = rapid.SampledFrom([]itms.OrderKind{itms.KindSwap, itms.KindSuspend, itms.KindResume, itms.KindModify,
				itms.KindPassword, itms.KindTerminate}).Draw(t, "kind")
		}
		switch m.kind {
		case itms.KindInstall:
			m.box, m.pw = rapid.IntRange(0, 2).Draw(t, "box"), fmt.Sprintf("S0-password-%d", seq)
			end = outcome{live: true, box: m.box, url: "http://auth.example.com/", pw: m.pw}
		case itms.KindSwap:
			m.old = end.box
			m.box = (end.box + rapid.IntRange(1, 2).Draw(t, "other box")) % 3
			end.box = m.box
		case itms.KindSuspend:
			end.suspended = true
		case itms.KindResume:
			end.suspended = false
		case itms.KindModify:
			m.url = fmt.Sprintf("http://auth%d.example.com/", seq)
			end.url = m.url
		case itms.KindPassword:
			m.pw = fmt.Sprintf("S0-password-%d", seq)
			end.pw = m.pw
		case itms.KindTerminate:
			end = outcome{}
		}
		messages = append(messages, m)
	}
	return messages, end
}

// request is the message as its source posts it.
func (m message) request() itms.OrderRequest {
	req := orderOf(fmt.Sprintf("M-%d", m.seq), m.kind, "S0")
	req.Seq = int64(m.seq)
	switch m.kind {
	case itms.KindInstall:
		req = install(req.OrderNo, "S0", boxMAC(m.box))
		req.Seq, req.Service.Password = int64(m.seq), itms.NewSecret(m.pw)
	case itms.KindSwap:
		req.Device.MAC, req.OldDevice.MAC = boxMAC(m.box), boxMAC(m.old)
	case itms.KindModify:
		req.Service.AuthURL = m.url
	case itms.KindPassword:
		req.Service.Password = itms.NewSecret(m.pw)
	}
	return req
}

func boxMAC(i int) string { return fmt.Sprintf("00:00:5E:00:53:%02X", i+1) }

// act is one thing that happens. It may be done again after a crash.
type act struct {
	name string
	do   func(*stage) error
}

// stage is a world with boxes, in which acts happen.
type stage struct {
	*world
	t      rapid.TB
	boxes  []*box
	states map[itms.BindingID]itms.BindingState // as last seen, for I3
	gens   map[itms.ServiceID]int
	code   string // of the technician's order of slot S1
}

// newStage makes one with three boxes of slot S0 and one of slot S1.
func newStage(t *testing.T, rt rapid.TB) *stage {
	s := &stage{world: newFastWorld(t), t: rt, states: map[itms.BindingID]itms.BindingState{}, gens: map[itms.ServiceID]int{}}
	s.policy.PushTries = 1000 // trouble must delay here, not fail
	s.restart()
	for i := range 4 {
		b := newBox(s.world, byte(i+1))
		b.hear = func(cmd itms.Command) { s.checkSent(b, cmd) }
		s.boxes = append(s.boxes, b)
	}
	return s
}

// keyForm is the ParameterKey of I4.
var keyForm = regexp.MustCompile(`^(-|[A-Z]+-\d+)/\d+/(\d+|w)$`)

// checkSent holds I4 and I5 for one command: no credential of a slot goes to a device
// that is not bound to it at that moment.
func (s *stage) checkSent(b *box, cmd itms.Command) {
	set, ok := cmd.(itms.SetValues)
	if !ok {
		return
	}
	if !keyForm.MatchString(set.Key) {
		s.t.Fatalf("ParameterKey %q", set.Key)
	}
	for _, v := range set.Values {
		if v.Name != pwPath && v.Name != pwPathOld || v.Value == "" {
			continue
		}
		s.view(func(tx itms.Tx) error {
			binding, err := tx.Bindings().OfDevice(b.id)
			if err != nil {
				s.t.Fatalf("box %s was sent a credential and is bound to nothing", b.id)
			}
			if got := v.Value[:2]; got != string(binding.Service) {
				s.t.Fatalf("box %s, bound to %s, was sent a credential of %s", b.id, binding.Service, got)
			}
			return nil
		})
	}
}

// post is the act of posting a message.
func post(m message) act {
	return act{fmt.Sprintf("post %s %d", m.kind, m.seq), func(s *stage) error {
		_, _, err := s.engine.Submit(context.Background(), "bss", m.request())
		return err
	}}
}

// contacts is the act of a box informing.
func contacts(i int, events ...string) act {
	return act{fmt.Sprintf("contact %d %v", i, events), func(s *stage) error {
		_, err := s.boxes[i].tryContact(events...)
		return err
	}}
}

// resets is the act of a factory reset.
func resets(i int) act {
	return act{fmt.Sprintf("reset %d", i), func(s *stage) error {
		b := s.boxes[i]
		b.params[userPath], b.params[pwPath], b.params[urlPath], b.params[intervalPath], b.params[promptPath] = "", "", "", "86400", ""
		_, err := b.tryContact(itms.EventBootstrap, itms.EventBoot)
		return err
	}}
}

// orderBeside is the act of posting a technician's install of slot S1, whose code is
// typed on box 3.
func orderBeside() act {
	return act{"post technician", func(s *stage) error {
		req := technicianInstall("T-1", "S1")
		req.Service.Password = itms.NewSecret("S1-password")
		o, created, err := s.engine.Submit(context.Background(), "bss", req)
		if err != nil {
			return err
		}
		if !created && s.code == "" { // the answer with the code was lost
			if o, err = s.engine.Reissue(context.Background(), "bss", o.ID); err != nil {
				return err
			}
		}
		if o.Code != "" {
			s.code = o.Code.Reveal()
		}
		return nil
	}}
}

// types is the act of typing the technician's code on box 3.
func types() act {
	return act{"type code", func(s *stage) error {
		b := s.boxes[3]
		b.params[codePath] = s.code
		if !slices.Contains(b.inform, codePath) {
			b.inform = append(b.inform, codePath)
		}
		_, err := b.tryContact(bindEvent)
		return err
	}}
}

// drawActs interleaves the messages, some of them twice and in any order, with what
// boxes do meanwhile.
func drawActs(t *rapid.T, messages []message) []act {
	acts := []act{orderBeside()}
	for _, i := range rapid.Permutation(indices(len(messages))).Draw(t, "order of arrival") {
		acts = append(acts, post(messages[i]))
		for range rapid.IntRange(0, 3).Draw(t, "meanwhile") {
			box := rapid.IntRange(0, 3).Draw(t, "box")
			switch rapid.SampledFrom([]string{"contact", "boot", "reset", "again", "type"}).Draw(t, "what") {
			case "contact":
				acts = append(acts, contacts(box, "2 PERIODIC"))
			case "boot":
				acts = append(acts, contacts(box, itms.EventBoot))
			case "reset":
				acts = append(acts, resets(box))
			case "again":
				acts = append(acts, post(messages[rapid.SampledFrom(indices(len(messages))).Draw(t, "message")]))
			case "type":
				acts = append(acts, types())
			}
		}
	}
	return append(acts, types())
}

func indices(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// settleDown lets every box come until nothing more happens.
func (s *stage) settleDown() {
	for range 8 { // a slot of six messages needs a contact of its box for each
		for i := range s.boxes {
			if err := contacts(i, "2 PERIODIC").do(s); err != nil {
				s.t.Fatalf("contact %d: %v", i, err)
			}
		}
		s.checkInvariants()
	}
}

// end reads what it has come to.
func (s *stage) end() (e outcome) {
	e.box = -1
	s.view(func(tx itms.Tx) error {
		svc, err := tx.Services().Get("S0")
		if err != nil {
			return nil // nothing was ever installed
		}
		e.live, e.suspended = svc.State != itms.ServiceTerminated, svc.State == itms.ServiceSuspended
		for i, b := range s.boxes {
			if x, err := tx.Bindings().OfDevice(b.id); err == nil && x.Service == "S0" {
				e.box = i
			}
		}
		e.url = svc.AuthURL
		return nil
	})
	if !e.live {
		return outcome{}
	}
	e.pw = s.boxes[max(e.box, 0)].params[pwPath]
	return e
}

// checkEnd compares with the model: the right box works, no other holds anything.
func (s *stage) checkEnd(want outcome) {
	got := s.end()
	if want.suspended {
		want.pw = ""
	}
	if got != want {
		s.t.Fatalf("it came to %+v, want %+v\n%s", got, want, s.orders())
	}
	for i, b := range s.boxes[:3] {
		holds := b.params[pwPath] != "" || b.params[userPath] != ""
		if holds != (want.live && i == want.box && !want.suspended) {
			s.t.Fatalf("box %d holds account %q, password %q\n%s", i, b.params[userPath], b.params[pwPath], s.orders())
		}
	}
	if s.boxes[3].params[pwPath] != "S1-password" {
		s.t.Fatalf("the technician's box does not work\n%s", s.orders())
	}
}

// orders lists all orders for a message.
func (s *stage) orders() (text string) {
	s.view(func(tx itms.Tx) error {
		list, err := tx.Orders().List(itms.OrderQuery{Limit: 100})
		for _, o := range list {
			text += fmt.Sprintf("%s %s seq %d: %s %s\n", o.No, o.Kind, o.Seq, o.State, o.Reason)
		}
		return err
	})
	return text
}

// checkInvariants holds I1 to I3, I6 and I7 for what is stored.
func (s *stage) checkInvariants() {
	s.view(func(tx itms.Tx) error {
		orders, err := tx.Orders().List(itms.OrderQuery{Limit: 100})
		if err != nil {
			return err
		}
		running, told := map[itms.ServiceID]int{}, s.told(tx)
		for _, o := range orders {
			if o.State.Waiting() || o.State.UnderWay() {
				running[o.Service]++
			}
			if n := told[string(o.ID)]; n != len(o.History)-1 {
				s.t.Fatalf("I6: order %s has %d steps and %d callbacks", o.No, len(o.History), n)
			}
		}
		for slot, n := range running {
			if n > 1 {
				s.t.Fatalf("I7: %d orders of slot %s run at once\n%s", n, slot, s.orders())
			}
		}
		for _, slot := range []itms.ServiceID{"S0", "S1"} {
			s.checkSlot(tx, slot)
		}
		return nil
	})
}

// told counts the callbacks queued for each order.
func (s *stage) told(tx itms.Tx) map[string]int {
	queued, err := tx.Outbox().List("", 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	n := map[string]int{}
	for _, q := range queued {
		n[q.Stream]++
	}
	return n
}

// checkSlot holds I1, I2 and I3 for one slot.
func (s *stage) checkSlot(tx itms.Tx, slot itms.ServiceID) {
	bindings, err := tx.Bindings().OfService(slot)
	if err != nil {
		s.t.Fatal(err)
	}
	var claimed, bound *itms.Binding
	for _, b := range bindings {
		if was := s.states[b.ID]; was == itms.BindingReleased && b.State != itms.BindingReleased {
			s.t.Fatalf("I3: binding %s came back", b.ID)
		}
		s.states[b.ID] = b.State
		s.gens[slot] = max(s.gens[slot], b.Gen)
		switch b.State {
		case itms.BindingClaimed:
			if claimed != nil {
				s.t.Fatalf("I1: two claimed bindings of %s", slot)
			}
			claimed = b
		case itms.BindingBound:
			if bound != nil {
				s.t.Fatalf("I1: two bound bindings of %s", slot)
			}
			bound = b
		}
	}
	if claimed != nil && bound != nil && claimed.Gen <= bound.Gen {
		s.t.Fatalf("I1: the claimed binding of %s is not newer", slot)
	}
	if n := len(bindings); n > 0 && bindings[n-1].Gen < s.gens[slot] {
		s.t.Fatalf("I3: the generation of %s fell", slot)
	}
}

// play does the acts, the invariants checked after each.
func (s *stage) play(acts []act) {
	for _, a := range acts {
		if err := a.do(s); err != nil {
			s.t.Fatalf("%s: %v", a.name, err)
		}
		s.checkInvariants()
	}
	s.settleDown()
}

// sequences is how many sequences of events the tests of this file try, in rounds of
// rapid's own number of checks: 500 by default, more with -rapid.checks.
const rounds = 5

// Any permutation and duplication of one slot's messages, whatever the boxes do
// meanwhile, ends as the model says, and the invariants hold after every step.
func TestMessagesOfASlotConverge(t *testing.T) {
	for round := range rounds { // side by side: much of each is waiting for commits
		t.Run(strconv.Itoa(round), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				messages, want := story(rt)
				acts := drawActs(rt, messages)
				s := newStage(t, rt)
				defer s.store.Close()
				s.play(acts)
				s.checkEnd(want)
			})
		})
	}
}

// A crash between any two store operations, and the last act done again by a new
// process, gives the same end.
func TestCrashAnywhereGivesTheSameEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		messages, want := story(rt)
		acts := drawActs(rt, messages)
		s := newStage(t, rt)
		defer s.store.Close()
		dying := &crashStore{Store: s.store, commit: rapid.Bool().Draw(rt, "after the commit")}
		dying.left.Store(int64(rapid.IntRange(1, 60).Draw(rt, "update")))
		s.engineOn(dying)
		for _, a := range acts {
			err := a.do(s)
			if errors.Is(err, errCrash) {
				s.restart()
				s.checkInvariants()
				err = a.do(s)
			}
			if err != nil {
				rt.Fatalf("%s: %v", a.name, err)
			}
			s.checkInvariants()
		}
		s.restart()
		s.settleDown()
		s.checkEnd(want)
	})
}

// What waits for a time that has passed comes to an end: no order is left open.
func TestNothingWaitsForEver(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		messages, _ := story(rt)
		s := newStage(t, rt)
		defer s.store.Close()
		for _, a := range drawActs(rt, messages) {
			if err := a.do(s); err != nil {
				rt.Fatalf("%s: %v", a.name, err)
			}
		}
		for range 2 * len(messages) { // what was held starts to wait, and what waited lets the held go
			s.pass(s.policy.OrderTTL + time.Hour)
			if err := s.engine.RingDue(context.Background()); err != nil {
				rt.Fatal(err)
			}
			s.checkInvariants()
		}
		s.view(func(tx itms.Tx) error {
			list, err := tx.Orders().List(itms.OrderQuery{Limit: 100})
			for _, o := range list {
				if !o.State.Final() && o.State != itms.OrderFailed {
					rt.Fatalf("order %s is still %s: %s", o.No, o.State, o.Reason)
				}
			}
			return err
		})
	})
}
