package workorder_test

import (
	"testing"

	"itms"
)

// TestMannerIsToldWithTheContact: from the first Inform on, whether it tells anything new
// or not, and of a blocked device.
func TestMannerIsToldWithTheContact(t *testing.T) {
	w := newWorld(t)
	w.models.quirks.Manner = itms.Manner{XMLDeclaration: true, BooleanWords: true}
	b := newBox(w, 1)
	told := func(when string, events ...string) {
		t.Helper()
		c := &itms.Contact{Device: b.id, Events: events, Remote: b.remote, Session: itms.NewID(w.now()), At: w.now()}
		for _, name := range b.inform {
			c.Params = append(c.Params, itms.Param{Name: name, Value: b.params[name], Type: itms.TypeString})
		}
		if err := w.engine.Contact(t.Context(), c); err != nil && !itms.IsKind(err, itms.KindForbidden) {
			t.Fatal(err)
		}
		if c.Manner != w.models.quirks.Manner {
			t.Errorf("%s: %+v", when, c.Manner)
		}
	}
	told("first contact", itms.EventBootstrap)
	told("nothing new", "2 PERIODIC")
	told("boot", itms.EventBoot)
	if err := w.store.Update(t.Context(), func(tx itms.Tx) error {
		d, err := tx.Devices().Get(b.id)
		if err != nil {
			return err
		}
		d.Blocked = true
		return tx.Devices().Put(d)
	}); err != nil {
		t.Fatal(err)
	}
	told("blocked", "2 PERIODIC")
	w.models.off = true
	w.models.quirks.Manner = itms.Manner{}
	b = newBox(w, 2)
	told("of no profile", itms.EventBootstrap)
}
