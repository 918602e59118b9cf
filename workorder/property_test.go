package workorder_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// Whatever the order of posts, repeats, contacts, resets, refusals, lost answers and
// restarts: the invariants hold after every step, and once the trouble ends and each
// box came into contact, every order is where a simple model says.
func TestAnyOrderOfEventsConverges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.store.Close()
		w.policy.PushTries = 1000 // trouble must delay here, not fail
		w.restart()
		boxes := []*box{newBox(w, 1), newBox(w, 2), newBox(w, 3)}
		posted := map[int]bool{}
		post := func(i int) {
			w.post(install(fmt.Sprintf("WO-%d", i), fmt.Sprintf("S%d", i), fmt.Sprintf("00:00:5E:00:53:%02X", i+1)))
			posted[i] = true
		}
		pick := rapid.IntRange(0, len(boxes)-1)
		rt.Repeat(map[string]func(*rapid.T){
			"post":    func(t *rapid.T) { post(pick.Draw(t, "order")) },
			"contact": func(t *rapid.T) { boxes[pick.Draw(t, "box")].contact("2 PERIODIC") },
			"boot":    func(t *rapid.T) { boxes[pick.Draw(t, "box")].contact(itms.EventBoot) },
			"reset": func(t *rapid.T) {
				b := boxes[pick.Draw(t, "box")]
				b.params[userPath], b.params[pwPath], b.params[urlPath], b.params[intervalPath] = "", "", "", "86400"
				b.contact(itms.EventBootstrap, itms.EventBoot)
			},
			"lost answer": func(t *rapid.T) { boxes[pick.Draw(t, "box")].breakOff(after(rapid.IntRange(1, 4).Draw(t, "after"))) },
			"refuse once": func(t *rapid.T) {
				b, n := boxes[pick.Draw(t, "box")], 0
				b.refuse = func(itms.SetValues) *itms.DeviceFault {
					if n++; n > 1 {
						return nil
					}
					return &itms.DeviceFault{Code: itms.FaultResources, Text: "Resources exceeded"}
				}
				b.contact("2 PERIODIC")
				b.refuse = nil
			},
			"restart": func(*rapid.T) { w.restart() },
			"":        func(t *rapid.T) { w.checkInvariants(t, boxes, posted) },
		})
		for i, b := range boxes {
			b.contact("2 PERIODIC")
			b.contact("2 PERIODIC")
			if posted[i] {
				w.wantOrder(fmt.Sprintf("WO-%d", i), itms.OrderDone)
				if b.params[pwPath] != servicePassword {
					rt.Fatalf("box %d does not work", i)
				}
			}
		}
	})
}

// after is true from the n-th command on.
func after(n int) func(itms.Command) bool {
	return func(itms.Command) bool { n--; return n <= 0 }
}

// whenSent is true for a command of the type.
func whenSent[C itms.Command](cmd itms.Command) bool { _, ok := cmd.(C); return ok }

// breakOff is a session that ends without an answer to the command that last says.
func (b *box) breakOff(last func(itms.Command) bool) {
	b.w.t.Helper()
	ctx := b.w.t.Context()
	session, err := b.begin("2 PERIODIC")
	if err != nil {
		b.w.t.Fatal(err)
	}
	b.sent = nil
	for {
		cmd, err := b.w.engine.Next(ctx, b.id, session)
		if err != nil {
			b.w.t.Fatal(err)
		}
		if cmd == nil {
			return
		}
		outs := b.carryOut(cmd) // the box did it ...
		if last(cmd) {
			return // ... and nobody heard
		}
		if err := b.w.engine.Settle(ctx, b.id, session, outs...); err != nil {
			b.w.t.Fatal(err)
		}
	}
}

// whilePushing is a session up to the answer to its first push, before which something
// else happens.
func (b *box) whilePushing(event string, happens func()) {
	b.w.t.Helper()
	ctx := b.w.t.Context()
	session, err := b.begin(event)
	if err != nil {
		b.w.t.Fatal(err)
	}
	for pushed := false; !pushed; {
		cmd, err := b.w.engine.Next(ctx, b.id, session)
		if err != nil || cmd == nil {
			b.w.t.Fatalf("no push: %v %v", cmd, err)
		}
		outs := b.carryOut(cmd)
		if pushed = whenSent[itms.SetValues](cmd); pushed {
			happens()
		}
		if err := b.w.engine.Settle(ctx, b.id, session, outs...); err != nil {
			b.w.t.Fatal(err)
		}
	}
}

// checkInvariants holds I1, I2, I5 and the agreement of order, binding and service.
func (w *world) checkInvariants(t *rapid.T, boxes []*box, posted map[int]bool) {
	w.view(func(tx itms.Tx) error {
		for i, b := range boxes {
			id := itms.ServiceID(fmt.Sprintf("S%d", i))
			bindings, err := tx.Bindings().OfService(id)
			if err != nil {
				return err
			}
			open, inForce := 0, false
			for _, x := range bindings {
				if x.State.Open() {
					open++
				}
				inForce = inForce || x.State.InForce() && x.Device == b.id
			}
			if open > 1 {
				t.Fatalf("slot %s has %d open bindings", id, open)
			}
			if !inForce && b.params[pwPath] != "" {
				t.Fatalf("box %d holds a credential without a binding in force", i)
			}
			if !posted[i] && open > 0 {
				t.Fatalf("slot %s is bound without an order", id)
			}
		}
		return w.checkHistories(tx, t)
	})
}

// checkHistories checks that each order's history follows from its state.
func (w *world) checkHistories(tx itms.Tx, t *rapid.T) error {
	orders, err := tx.Orders().List(itms.OrderQuery{Limit: 100})
	for _, o := range orders {
		last := o.History[len(o.History)-1]
		if last.State != o.State {
			t.Fatalf("order %s is %s, its history ends in %s", o.No, o.State, last.State)
		}
		done := 0
		for _, h := range o.History {
			if h.State == itms.OrderDone {
				done++
			}
		}
		if done > 1 {
			t.Fatalf("order %s was done %d times", o.No, done)
		}
	}
	return err
}

// No event, order or device record may hold the password; the store may, sealed.
func TestNoSecretInRecords(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.refuse = func(c itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultArguments, Text: "bad " + servicePassword,
			Params: []itms.ParamFault{{Name: pwPath, Code: itms.FaultValue, Text: "cannot take " + servicePassword}}}
	}
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	b.refuse = nil
	o := w.wantOrder("WO-1", itms.OrderFailed)
	if _, err := w.engine.Retry(t.Context(), "ann", o.ID); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
	w.view(func(tx itms.Tx) error {
		events, err := tx.Journal().After(0, 1000)
		if err != nil {
			return err
		}
		d, err := tx.Devices().Get(b.id)
		if err != nil {
			return err
		}
		params, err := tx.Devices().Params(b.id)
		if err != nil {
			return err
		}
		queued, err := tx.Outbox().List("", 100)
		text := fmt.Sprintf("%+v %+v %+v %+v %+v %s", events, d, params, w.order("WO-1"), queued, bodies(queued))
		if strings.Contains(text, servicePassword) {
			t.Error("the service password stands in a record")
		}
		return err
	})
}

func bodies(queued []itms.Delivery) (all string) {
	for _, q := range queued {
		all += string(q.Body)
	}
	return all
}
