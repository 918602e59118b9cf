package workorder_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"itms"
)

// updates counts what a store is asked to write.
type updates struct {
	itms.Store
	n atomic.Int32
}

func (u *updates) Update(ctx context.Context, fn func(itms.Tx) error) error {
	u.n.Add(1)
	return u.Store.Update(ctx, fn)
}

// TestReach: where and how a device is called follows from what it told last, and a
// factory reset forgets what it told of its NAT.
func TestReach(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	const manage = itms.ParamPath("Device.ManagementServer.")
	for leaf, value := range map[itms.ParamPath]string{"ConnectionRequestURL": "http://192.0.2.1/cr", "UDPConnectionRequestAddress": "198.51.100.7:40000", "NATDetected": "true"} {
		b.params[manage+leaf] = value
		b.inform = append(b.inform, manage+leaf)
	}
	b.contact(itms.EventBootstrap)
	r, err := w.engine.Reach(t.Context(), b.id)
	if err != nil || r.URL != "http://192.0.2.1/cr" || r.UDPAddress != "198.51.100.7:40000" || !r.NAT || r.AllowBasic || r.Last != "" || r.Username != "" {
		t.Fatalf("%+v, %v", r, err)
	}
	w.post(install("WO-1", "S1", mac1))
	w.models.odd = true
	b.params[manage+"NATDetected"] = "0"
	b.contact(itms.EventBoot)
	r, err = w.engine.Reach(t.Context(), b.id)
	if err != nil || r.NAT || !r.AllowBasic || r.Username != b.id.String() || r.Password.IsZero() {
		t.Errorf("%+v, %v", r, err)
	}
	b.params[manage+"NATDetected"] = "1"
	b.contact()
	b.inform = b.inform[:3]
	b.contact(itms.EventBootstrap)
	if d := w.device(b.id); d.NAT || d.UDPAddress != "" {
		t.Errorf("after a reset: %v %q", d.NAT, d.UDPAddress)
	}
	if _, err := w.engine.Reach(t.Context(), itms.DeviceID{OUI: "00005E", Serial: "none"}); !itms.IsKind(err, itms.KindNotFound) {
		t.Error(err)
	}
}

// TestCalled: the result of connection requests is kept, and costs a write only when it
// is another one.
func TestCalled(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	store := &updates{Store: w.store}
	w.engineOn(store)
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	call := func(way itms.ReachWay, result itms.CallResult, writes int32) {
		t.Helper()
		at = at.Add(time.Minute)
		before := store.n.Load()
		if err := w.engine.Called(t.Context(), b.id, itms.CallReport{Way: way, Result: result, Text: "text", At: at}); err != nil {
			t.Fatal(err)
		}
		if n := store.n.Load() - before; n != writes {
			t.Errorf("%s by %q: %d writes, want %d", result, way, n, writes)
		}
	}
	call(itms.ReachHTTP, itms.CallAccepted, 0)
	call(itms.ReachHTTP, itms.CallInformed, 1)
	first := at
	call(itms.ReachHTTP, itms.CallInformed, 0)
	if d := w.device(b.id); d.Reach != (itms.Reach{Way: itms.ReachHTTP, At: first}) || d.Call.Result != itms.CallInformed || !d.Call.At.Equal(first) {
		t.Errorf("%+v %+v", d.Reach, d.Call)
	}
	call(itms.ReachHTTP, itms.CallSilent, 1)
	call(itms.ReachHTTP, itms.CallSilent, 0)
	call(itms.ReachUDP, itms.CallSent, 0)
	call("", itms.CallLive, 0)
	call(itms.ReachUDP, itms.CallNoInform, 1)
	call("", itms.CallInformed, 1) // it came by itself: no way is proved
	if d := w.device(b.id); d.Reach.Way != itms.ReachHTTP {
		t.Errorf("%+v", d.Reach)
	}
	call(itms.ReachUDP, itms.CallInformed, 1)
	if r, err := w.engine.Reach(t.Context(), b.id); err != nil || r.Last != itms.ReachUDP {
		t.Errorf("%+v, %v", r, err)
	}
	before := store.n.Load()
	for range 3 {
		b.contact("2 PERIODIC")
	}
	if n := store.n.Load() - before; n != 0 {
		t.Errorf("idle contacts after it: %d writes", n)
	}
	if err := w.engine.Called(t.Context(), itms.DeviceID{OUI: "00005E", Serial: "none"}, itms.CallReport{Result: itms.CallNoInform}); err != nil {
		t.Errorf("unknown device: %v", err)
	}
}

// TestNoteBindings: bindings are stored in one write, and only when they moved.
func TestNoteBindings(t *testing.T) {
	w := newWorld(t)
	one, two := newBox(w, 1), newBox(w, 2)
	one.contact(itms.EventBootstrap)
	two.contact(itms.EventBootstrap)
	store := &updates{Store: w.store}
	w.engineOn(store)
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	note := func(writes int32, bindings map[itms.DeviceID]itms.UDPBinding) {
		t.Helper()
		before := store.n.Load()
		if err := w.engine.NoteBindings(t.Context(), bindings); err != nil {
			t.Fatal(err)
		}
		if n := store.n.Load() - before; n != writes {
			t.Errorf("%d writes, want %d", n, writes)
		}
	}
	stranger := itms.DeviceID{OUI: "00005E", Serial: "none"}
	first := itms.UDPBinding{Address: "198.51.100.7:1", Node: "n1", At: at}
	later := itms.UDPBinding{Address: "198.51.100.7:1", Node: "n1", At: at.Add(time.Hour)}
	moved := itms.UDPBinding{Address: "198.51.100.7:1", Node: "n2", At: at.Add(time.Hour)}
	note(1, map[itms.DeviceID]itms.UDPBinding{one.id: first, two.id: first, stranger: first})
	note(0, map[itms.DeviceID]itms.UDPBinding{one.id: later, two.id: later, stranger: first})
	note(1, map[itms.DeviceID]itms.UDPBinding{one.id: later, two.id: moved})
	note(0, nil)
	if a, b := w.device(one.id).UDP, w.device(two.id).UDP; a != first || b != moved {
		t.Errorf("%+v, %+v", a, b)
	}
}
