package workorder

import (
	"slices"
	"testing"

	"itms"
)

// The order machine, walked: every state can be reached, every state that is not final
// can be left for a final one, and nothing leaves a final one.
func TestOrderMachineIsSound(t *testing.T) {
	reached := map[itms.OrderState]bool{itms.OrderReceived: true}
	seen := map[[2]string]bool{}
	for range itms.OrderStates {
		for _, m := range orderMoves {
			reached[m.To] = reached[m.To] || reached[m.From]
		}
	}
	for _, m := range orderMoves {
		key := [2]string{string(m.From), string(m.On)}
		if seen[key] {
			t.Errorf("%s has two ways on %q", m.From, m.On)
		}
		seen[key] = true
		if m.From.Final() {
			t.Errorf("%s is final and is left on %q", m.From, m.On)
		}
		if to, ok := nextOrderState(m.From, m.On); !ok || to != m.To {
			t.Errorf("%s on %q leads to %s", m.From, m.On, to)
		}
	}
	for _, s := range itms.OrderStates {
		if !reached[s] {
			t.Errorf("nothing leads to %s", s)
		}
		if !s.Final() && !canEnd(s) {
			t.Errorf("%s can never end", s)
		}
	}
	if _, ok := nextOrderState(itms.OrderDone, onCancel); ok {
		t.Error("a done order can be cancelled")
	}
}

// canEnd reports whether a final state can be reached.
func canEnd(from itms.OrderState) bool {
	found := []itms.OrderState{from}
	for i := 0; i < len(found); i++ {
		for _, m := range orderMoves {
			if m.From != found[i] || slices.Contains(found, m.To) {
				continue
			}
			if m.To.Final() {
				return true
			}
			found = append(found, m.To)
		}
	}
	return false
}

// Every order that waits or is under way can be cancelled; what is over cannot.
func TestEveryOpenOrderCanBeCancelled(t *testing.T) {
	for _, s := range itms.OrderStates {
		if _, ok := nextOrderState(s, onCancel); ok == s.Final() {
			t.Errorf("%s: cancel is possible: %v", s, ok)
		}
	}
}

// The binding machine: released is the end, and nothing comes back (I3).
func TestBindingMachineIsSound(t *testing.T) {
	for _, m := range bindingMoves {
		if m.From == itms.BindingReleased || m.To == itms.BindingPrebound || m.Why == "" {
			t.Errorf("%s -> %s %q", m.From, m.To, m.Why)
		}
	}
	if mayMove(itms.BindingReleased, itms.BindingClaimed) || !mayMove(itms.BindingPrebound, itms.BindingClaimed) {
		t.Error("the table is not obeyed")
	}
}

// Each kind has its row, and what it is undone by undoes it.
func TestRecipesAreComplete(t *testing.T) {
	for _, kind := range allKinds {
		r, ok := recipes[kind]
		if !ok || r.check == nil || r.admit == nil || len(r.modes) == 0 {
			t.Fatalf("%s has no recipe", kind)
		}
		if recipes[r.undo].undo != kind {
			t.Errorf("%s is undone by %s, which is undone by %s", kind, r.undo, recipes[r.undo].undo)
		}
	}
}
