package workorder_test

import (
	"net/netip"
	"testing"

	"itms"
	"itms/workorder"
)

// withFirst is a world with a policy for unknown devices.
func withFirst(t *testing.T, f workorder.FirstContact) *world {
	w := newFastWorld(t)
	w.policy.FirstContact = f
	w.restart()
	return w
}

// home is where devices come from, in these tests.
var home = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}

func TestUnknownDevicesAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		policy workorder.FirstContact
		remote string
		taken  bool
	}{
		"welcome":        {workorder.FirstContact{OUIs: []string{"00005E"}, Networks: home, Action: workorder.FirstReject}, "192.0.2.9", true},
		"another maker":  {workorder.FirstContact{OUIs: []string{"00005F"}, Action: workorder.FirstReject}, "192.0.2.9", false},
		"from elsewhere": {workorder.FirstContact{Networks: home, Action: workorder.FirstReject}, "198.51.100.9", false},
		"from nowhere":   {workorder.FirstContact{Networks: home, Action: workorder.FirstReject}, "", false},
		"nobody":         {workorder.FirstContact{Action: workorder.FirstReject}, "192.0.2.9", false},
		"everybody":      {workorder.FirstContact{OUIs: []string{"00005F"}}, "192.0.2.9", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := withFirst(t, tc.policy)
			b := newBox(w, 1)
			b.remote = tc.remote
			_, err := b.tryContact("0 BOOTSTRAP")
			if tc.taken {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !itms.IsKind(err, itms.KindUnauthenticated) || itms.CodeOf(err) != itms.CodeNotAdmitted {
				t.Errorf("%v", err)
			}
			w.view(func(tx itms.Tx) error {
				if _, err := tx.Devices().Get(b.id); !itms.IsKind(err, itms.KindNotFound) {
					t.Errorf("it was stored: %v", err)
				}
				return nil
			})
		})
	}
}

// TestExpectedDevicesAreKnown: an order that names it is an invitation.
func TestExpectedDevicesAreKnown(t *testing.T) {
	w := withFirst(t, workorder.FirstContact{Action: workorder.FirstReject})
	b := newBox(w, 1)
	w.post(install("WO-1", "S1", b.params[macPath]))
	b.contact("0 BOOTSTRAP")
	w.wantOrder("WO-1", itms.OrderDone)
}

// TestQuarantine: inventoried and sent nothing, until an order names it or an operator
// lets it out.
func TestQuarantine(t *testing.T) {
	w := withFirst(t, workorder.FirstContact{Action: workorder.FirstQuarantine})
	b, c := newBox(w, 1), newBox(w, 2)
	for _, box := range []*box{b, c} {
		for range 2 {
			if cmds := box.contact("0 BOOTSTRAP"); len(cmds) != 0 {
				t.Errorf("sent %+v", cmds)
			}
		}
		if d := w.device(box.id); d.State != itms.DeviceQuarantine || !d.Unadmitted || d.Problem == "" {
			t.Errorf("%+v", d)
		}
	}
	w.post(install("WO-1", "S1", b.params[macPath]))
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
	if d := w.device(b.id); d.Unadmitted || d.Problem != "" || d.State != itms.DeviceInService {
		t.Errorf("%+v", d)
	}
	if _, err := w.engine.Block(t.Context(), "ops", c.id, false); err != nil {
		t.Fatal(err)
	}
	if d := w.device(c.id); d.Unadmitted || d.State == itms.DeviceQuarantine {
		t.Errorf("%+v", d)
	}
	if cmds := c.contact("2 PERIODIC"); len(cmds) == 0 {
		t.Error("still sent nothing")
	}
}

// TestUrgency: an order that waits for the device goes first, known or not; then
// somebody who stands in front of it.
func TestUrgency(t *testing.T) {
	w := newFastWorld(t)
	b, other := newBox(w, 1), newBox(w, 2)
	urgency := func(b *box) itms.Urgency {
		c := &itms.Contact{Device: b.id, Manufacturer: "Example", Remote: b.remote}
		for _, name := range b.inform {
			c.Params = append(c.Params, itms.Param{Name: name, Value: b.params[name], Type: itms.TypeString})
		}
		return w.engine.Urgency(t.Context(), c)
	}
	w.post(install("WO-1", "S1", b.params[macPath]))
	if got := urgency(b); got != itms.UrgencyOrder {
		t.Error("a stranger with an order:", got)
	}
	if got := urgency(other); got != itms.UrgencyNone {
		t.Error("a stranger:", got)
	}
	b.contact("0 BOOTSTRAP")
	if got := urgency(b); got != itms.UrgencyNone {
		t.Error("in service:", got)
	}
	if _, err := w.engine.CreateTask(t.Context(), "ops", b.id, itms.TaskRequest{Kind: itms.TaskRecover}); err != nil {
		t.Fatal(err)
	}
	if got := urgency(b); got != itms.UrgencyWatched {
		t.Error("with a task:", got)
	}
}
