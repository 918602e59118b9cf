package workorder_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

const mac1 = "00-00-5e-00-53-01"

func TestInstallOrderBeforeDevice(t *testing.T) {
	w := newWorld(t)
	o := w.post(install("WO-1", "S1", mac1))
	if o.State != itms.OrderWaitingDevice || !strings.Contains(o.Reason, "00:00:5E:00:53:01") {
		t.Fatalf("answer: state %s, reason %q", o.State, o.Reason)
	}
	b := newBox(w, 1)
	sent := b.contact(itms.EventBootstrap, itms.EventBoot)
	done := w.wantOrder("WO-1", itms.OrderDone)
	if got := b.params[pwPath]; got != servicePassword {
		t.Errorf("the box holds password %q", got)
	}
	if p := pushes(sent); len(p) != 1 || p[0].Key != "WO-1/1/1" {
		t.Errorf("pushes: %+v", p)
	}
	want := []string{"waitingDevice", "executing", "verifying", "done"}
	if got := w.callbacks("WO-1"); !slices.Equal(got, want) {
		t.Errorf("callbacks %v, want %v", got, want)
	}
	if done.Device != b.id {
		t.Errorf("order's device is %v", done.Device)
	}
	w.view(func(tx itms.Tx) error {
		svc, err := tx.Services().Get("S1")
		if err == nil && (svc.State != itms.ServiceActive || svc.AppliedRev != 1) {
			t.Errorf("service %s at revision %d", svc.State, svc.AppliedRev)
		}
		d, err := tx.Devices().Get(b.id)
		if err == nil && d.State != itms.DeviceInService {
			t.Errorf("device is %s: %s", d.State, d.Problem)
		}
		return err
	})
}

func TestInstallDeviceBeforeOrder(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	if got := b.params[intervalPath]; got != "300" {
		t.Errorf("an unbound box should come often, its interval is %s", got)
	}
	if b.params[userPath] != "" || b.params[pwPath] != "" {
		t.Fatal("an unbound box got service values")
	}
	w.post(install("WO-1", "S1", mac1))
	if !slices.Contains(w.woken, b.id) {
		t.Error("the known device was not woken")
	}
	b.contact("6 CONNECTION REQUEST")
	w.wantOrder("WO-1", itms.OrderDone)
	if got := b.params[intervalPath]; got != "3600" {
		t.Errorf("a box in service should come at the operator's pace, its interval is %s", got)
	}
}

func TestOrderArrivesInMidSession(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	ctx := context.Background()
	session := itms.NewID(w.now())
	w.post(install("WO-1", "S1", mac1))
	cmd, err := w.engine.Next(ctx, b.id, session)
	if err != nil || cmd == nil {
		t.Fatalf("Next after the order: %v, %v", cmd, err)
	}
	w.wantOrder("WO-1", itms.OrderExecuting)
}

func TestNothingSentWhenNothingDiffers(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	b.contact("2 PERIODIC") // learns the values that the push changed
	b.contact("2 PERIODIC")
	before := w.store.Stats().Updates
	if sent := b.contact("2 PERIODIC"); len(sent) > 0 {
		t.Errorf("sent %v to a box in sync", sent)
	}
	if n := w.store.Stats().Updates - before; n != 0 {
		t.Errorf("a periodic Inform that changes nothing cost %d durable updates", n)
	}
}

func TestFactoryResetIsRepaired(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	b.params[userPath], b.params[pwPath] = "", ""
	b.contact(itms.EventBootstrap, itms.EventBoot)
	if b.params[userPath] != "iptv-S1" || b.params[pwPath] != servicePassword {
		t.Errorf("after a reset the box holds %q and a password of %d characters", b.params[userPath], len(b.params[pwPath]))
	}
	if n := len(w.callbacks("WO-1")); n != 4 {
		t.Errorf("%d callbacks: a repair is no transition of a finished order", n)
	}
}

func TestDriftSeenInInformIsRepaired(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.inform = append(b.inform, userPath)
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	b.params[userPath] = "changed by hand"
	b.contact("4 VALUE CHANGE")
	if b.params[userPath] != "iptv-S1" {
		t.Errorf("the box still holds %q", b.params[userPath])
	}
}

func TestRefusedThreeTimesFailsThenRetry(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	refusals := 0
	b.refuse = func(c itms.SetValues) *itms.DeviceFault {
		refusals++
		return &itms.DeviceFault{Code: itms.FaultArguments, Text: "Invalid arguments " + servicePassword,
			Params: []itms.ParamFault{{Name: userPath, Code: itms.FaultValue, Text: "Invalid parameter value"}}}
	}
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderFailed)
	if refusals != 3 {
		t.Errorf("%d pushes before it gave up, want 3", refusals)
	}
	if !strings.Contains(o.Reason, "9003") || !strings.Contains(o.Reason, "9007 Invalid parameter value") {
		t.Errorf("reason does not give the fault: %s", o.Reason)
	}
	if strings.Contains(o.Reason, servicePassword) {
		t.Error("the device's words carried the password into the reason")
	}
	if sent := pushes(b.contact("2 PERIODIC")); len(sent) > 0 {
		t.Error("a failed device is pushed again without a retry")
	}
	if _, err := w.engine.Retry(t.Context(), "operator:ann", o.ID); err != nil {
		t.Fatal(err)
	}
	b.refuse = nil
	b.contact("6 CONNECTION REQUEST")
	o = w.wantOrder("WO-1", itms.OrderDone)
	if o.Attempt != 2 {
		t.Errorf("attempt %d", o.Attempt)
	}
	got := w.callbacks("WO-1")
	if want := []string{"waitingDevice", "executing", "failed", "executing", "verifying", "done"}; !slices.Equal(got, want) {
		t.Errorf("callbacks %v, want %v", got, want)
	}
}

func TestTransientRefusalWaitsForNextSession(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultInternal, Text: "Busy"}
	}
	w.post(install("WO-1", "S1", mac1))
	if n := len(pushes(b.contact(itms.EventBootstrap))); n != 1 {
		t.Fatalf("%d pushes in one session against a passing fault, want 1", n)
	}
	w.wantOrder("WO-1", itms.OrderExecuting)
	b.contact("2 PERIODIC")
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderFailed)
}

func TestNameVariant(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	delete(b.params, pwPath)
	b.params[pwPathOld] = ""
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	if b.params[pwPathOld] != servicePassword {
		t.Error("the older spelling was not used")
	}
}

func TestReadBackDiffers(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.forget = true
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderFailed)
	if !strings.Contains(o.Reason, string(userPath)+" reads back as") {
		t.Errorf("reason: %s", o.Reason)
	}
}

func TestStatusOneIsVerifiedNextSession(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.forget, b.status = true, 1
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderVerifying)
	b.params[userPath], b.params[urlPath] = "iptv-S1", "http://auth.example.com/"
	b.contact(itms.EventBoot)
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestRepeatAndConflict(t *testing.T) {
	w := newWorld(t)
	first := w.post(install("WO-1", "S1", mac1))
	newBox(w, 1).contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	again, created, err := w.engine.Submit(t.Context(), "bss", install("WO-1", "S1", "0000.5E00.5301"))
	if err != nil || created {
		t.Fatalf("repeat: created %v, %v", created, err)
	}
	if again.State != first.State || again.Reason != first.Reason || len(again.History) != len(first.History) {
		t.Errorf("repeat answered %s %q, first %s %q", again.State, again.Reason, first.State, first.Reason)
	}
	changed := install("WO-1", "S1", mac1)
	changed.Service.Password = itms.NewSecret("another")
	_, _, err = w.engine.Submit(t.Context(), "bss", changed)
	if itms.KindOf(err) != itms.KindConflict || strings.Contains(err.Error(), "another") {
		t.Errorf("changed content: %v", err)
	}
}

func TestWrongFieldsAllNamed(t *testing.T) {
	w := newWorld(t)
	req := install("", "", "not a mac")
	req.Kind, req.Mode, req.Line.VLAN, req.Callback = "instal", "robot", 5000, "ftp://example.com"
	req.Service.Type = "tv"
	_, _, err := w.engine.Submit(t.Context(), "bss", req)
	var e *itms.Error
	if itms.KindOf(err) != itms.KindInvalid {
		t.Fatalf("%v", err)
	}
	e = err.(*itms.Error)
	var got []string
	for _, f := range e.Fields {
		got = append(got, f.Pointer)
	}
	for _, want := range []string{"/orderNo", "/service/id", "/device/mac", "/line/vlan", "/callback", "/service/type", "/kind"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not named in %v", want, got)
		}
	}
	w.view(func(tx itms.Tx) error {
		list, err := tx.Orders().List(itms.OrderQuery{Limit: 10})
		if len(list) != 0 {
			t.Error("a refused order was stored")
		}
		return err
	})
}

func TestDeviceInUseHoldsThenRejects(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	held := w.post(install("WO-2", "S2", mac1))
	if held.State != itms.OrderHeld || !strings.Contains(held.Reason, "S1") {
		t.Fatalf("second order of one device: %s %q", held.State, held.Reason)
	}
	newBox(w, 1).contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	w.wantOrder("WO-2", itms.OrderHeld)
	w.pass(25 * time.Hour)
	w.until(w.engine.RunAgenda, func() bool { return w.order("WO-2").State == itms.OrderRejected })
}

func TestWaitingOrderExpiresAndFreesTheDevice(t *testing.T) {
	w := newWorld(t)
	w.policy.HoldTTL = 30 * 24 * time.Hour
	w.restart()
	w.post(install("WO-1", "S1", mac1))
	w.post(install("WO-2", "S2", mac1))
	w.pass(8 * 24 * time.Hour)
	w.until(w.engine.RunAgenda, func() bool { return w.order("WO-1").State == itms.OrderExpired })
	w.wantOrder("WO-2", itms.OrderWaitingDevice)
}

func TestOverdueVerificationFails(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.forget, b.status = true, 1
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	w.pass(31 * time.Minute)
	w.until(w.engine.RunAgenda, func() bool { return w.order("WO-1").State == itms.OrderFailed })
}

// A box without the optional parameters of management still gets its service.
func TestOptionalValuesMayBeRefused(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	delete(b.params, intervalPath)
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
}

// A box that refuses without saying what it minds: three tries, no more.
func TestRefusalWithoutDetails(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultArguments, Text: "no"}
	}
	w.post(install("WO-1", "S1", mac1))
	if n := len(pushes(b.contact(itms.EventBootstrap))); n != 3 {
		t.Errorf("%d pushes", n)
	}
	w.wantOrder("WO-1", itms.OrderFailed)
}

// A session that was overtaken by a newer one of the same device may not write.
func TestOlderSessionIsFenced(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	w.post(install("WO-1", "S1", mac1))
	old := itms.NewID(w.now())
	b.contact(itms.EventBootstrap)
	if _, err := w.engine.Next(t.Context(), b.id, old); itms.KindOf(err) != itms.KindFenced {
		t.Errorf("Next of an older session: %v", err)
	}
	err := w.engine.Settle(t.Context(), b.id, old, itms.Outcome{Command: itms.GetValues{Why: "read"}})
	if itms.KindOf(err) != itms.KindFenced {
		t.Errorf("Settle of an older session: %v", err)
	}
}

func TestBlockedDeviceGetsNoSession(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	if _, err := w.engine.Block(t.Context(), "ann", b.id, true); err != nil {
		t.Fatal(err)
	}
	if _, err := b.tryContact("2 PERIODIC"); itms.KindOf(err) != itms.KindForbidden {
		t.Errorf("blocked: %v", err)
	}
	if _, err := w.engine.Block(t.Context(), "ann", b.id, false); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
}

// Two boxes that report one STBID: the newcomer gets nothing.
func TestClonedSTBIDGetsNothing(t *testing.T) {
	w := newWorld(t)
	first, clone := newBox(w, 1), newBox(w, 1)
	clone.id.Serial = "SN-CLONE"
	w.post(install("WO-1", "S1", mac1))
	first.contact(itms.EventBootstrap)
	clone.contact(itms.EventBootstrap)
	if clone.params[pwPath] != "" || clone.params[userPath] != "" {
		t.Error("the clone got service values")
	}
	w.view(func(tx itms.Tx) error {
		d, err := tx.Devices().Get(clone.id)
		if err == nil && (!d.Conflict || d.Problem == "") {
			t.Errorf("conflict %v, problem %q", d.Conflict, d.Problem)
		}
		return err
	})
	w.wantOrder("WO-1", itms.OrderDone)
}

// An install of a slot that works already is refused; of one whose install failed it
// waits.
func TestSecondInstallOfOneSlot(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	w.post(install("WO-1", "S1", mac1))
	if o := w.post(install("WO-2", "S1", "00:00:5E:00:53:02")); o.State != itms.OrderHeld {
		t.Errorf("second order while the first runs: %s", o.State)
	}
	b.contact(itms.EventBootstrap)
	if o := w.wantOrder("WO-2", itms.OrderRejected); !strings.Contains(o.Reason, "already installed") {
		t.Errorf("reason %q", o.Reason)
	}
}

// Old events go by themselves; the young stay.
func TestJournalIsTrimmed(t *testing.T) {
	w := newWorld(t)
	newBox(w, 1).contact(itms.EventBootstrap)
	w.pass(100 * 24 * time.Hour)
	newBox(w, 2).contact(itms.EventBootstrap)
	seen := func() (n int) {
		w.view(func(tx itms.Tx) error {
			list, err := tx.Journal().After(0, 100)
			for _, e := range list {
				if e.Type == "device.seen" {
					n++
				}
			}
			return err
		})
		return n
	}
	if seen() != 2 {
		t.Fatalf("%d devices were seen", seen())
	}
	if err := w.engine.Ring(t.Context(), "journal-trim/"); err != nil {
		t.Fatal(err)
	}
	if seen() != 1 {
		t.Errorf("%d of the two are left", seen())
	}
	w.view(func(tx itms.Tx) error {
		next, err := tx.Agenda().Next()
		if next.IsZero() {
			t.Error("it will not be looked at again")
		}
		return err
	})
}
