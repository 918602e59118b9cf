package workorder_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

// order makes an order of a kind on a service.
func orderOf(no string, kind itms.OrderKind, service string) itms.OrderRequest {
	return itms.OrderRequest{OrderNo: no, Source: "crm", Kind: kind, Mode: itms.ModeSelf,
		Service: itms.ServiceSpec{ID: itms.ServiceID(service)}, Callback: "http://192.0.2.10/callback"}
}

// installed is a world with a working service S1 on a box.
func installed(t *testing.T) (*world, *box) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	return w, b
}

// holdsNothing fails the test when the box has credentials.
func (b *box) holdsNothing() {
	b.w.t.Helper()
	if b.params[userPath] != "" || b.params[pwPath] != "" {
		b.w.t.Fatalf("box %s holds account %q and a password of %d characters", b.id, b.params[userPath], len(b.params[pwPath]))
	}
}

// works fails the test unless the box holds what its service wants.
func (b *box) works() {
	b.w.t.Helper()
	if b.params[userPath] == "" || b.params[pwPath] == "" {
		b.w.t.Fatalf("box %s holds account %q and a password of %d characters", b.id, b.params[userPath], len(b.params[pwPath]))
	}
}

// swapTo orders that the service's box is replaced.
func swapTo(no, old, fresh string) itms.OrderRequest {
	req := orderOf(no, itms.KindSwap, "")
	req.OldDevice.MAC, req.Device.MAC = old, fresh
	return req
}

const mac2 = "00:00:5E:00:53:02"

func TestSelfSwap(t *testing.T) {
	w, old := installed(t)
	w.post(swapTo("WO-2", mac1, mac2))
	if o := w.wantOrder("WO-2", itms.OrderWaitingDevice); o.Service != "S1" {
		t.Fatalf("service %q was found through the old MAC", o.Service)
	}
	old.contact("2 PERIODIC")
	old.works() // until the new one does
	fresh := newBox(w, 2)
	fresh.contact(itms.EventBootstrap)
	w.wantOrder("WO-2", itms.OrderDone)
	fresh.works()
	if d := w.device(old.id); d.State != itms.DeviceWipePending {
		t.Errorf("the old box is %s", d.State)
	}
	old.contact("2 PERIODIC")
	old.holdsNothing()
	if d := w.device(old.id); d.State != itms.DeviceRecycled || d.Wipe != "" {
		t.Errorf("the old box is %s", d.State)
	}
	old.contact(itms.EventBoot)
	old.holdsNothing()
	fresh.contact("2 PERIODIC")
	fresh.works()
}

// Whatever came of an order meanwhile, its repeat is answered as its first post was.
func TestRepeatOfAHeldSwapIsAnsweredTheSame(t *testing.T) {
	w := newWorld(t)
	swap := swapTo("WO-2", mac1, "")
	swap.Mode = itms.ModeTechnician
	first := w.post(swap)
	w.post(install("WO-1", "S1", mac1))
	newBox(w, 1).contact(itms.EventBootstrap)
	if o := w.wantOrder("WO-2", itms.OrderWaitingSTB); o.Service != "S1" {
		t.Fatalf("service %q was found", o.Service)
	}
	if _, err := w.engine.Backfill(t.Context(), "post", first.ID, itms.ClaimText{MAC: mac2}); err != nil {
		t.Fatal(err)
	}
	again := w.post(swap)
	if again.State != itms.OrderHeld || again.Service != first.Service || again.Claim != first.Claim || again.OldDevice != first.OldDevice {
		t.Errorf("the first answer was %s %q %v, the second %s %q %v", first.State, first.Service, first.Claim, again.State, again.Service, again.Claim)
	}
}

func TestTechnicianSwapByCodeAlone(t *testing.T) {
	w, old := installed(t)
	req := swapTo("WO-2", mac1, "")
	req.Mode = itms.ModeTechnician
	o := w.post(req)
	w.wantOrder("WO-2", itms.OrderWaitingSTB)
	fresh := newBox(w, 2)
	fresh.contact(itms.EventBootstrap)
	fresh.typeCode(o.Code.Reveal())
	w.wantOrder("WO-2", itms.OrderDone)
	fresh.works()
	old.contact("2 PERIODIC")
	old.holdsNothing()
}

func TestSwapFailsAndTheOldBoxStays(t *testing.T) {
	w, old := installed(t)
	w.post(swapTo("WO-2", mac1, mac2))
	fresh := newBox(w, 2)
	fresh.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultArguments, Text: "no"}
	}
	fresh.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-2", itms.OrderFailed)
	if o.Trouble != itms.TroubleFault {
		t.Errorf("trouble %s", o.Trouble)
	}
	old.contact("2 PERIODIC")
	old.works()
	if _, err := w.engine.Cancel(t.Context(), "ann", o.ID, ""); err != nil {
		t.Fatal(err)
	}
	fresh.refuse = nil
	fresh.contact("2 PERIODIC")
	fresh.holdsNothing()
	old.contact("2 PERIODIC")
	old.works()
}

func TestSwapOfTheWrongBoxIsRejected(t *testing.T) {
	w, _ := installed(t)
	req := swapTo("WO-2", "00:00:5E:00:53:07", mac2)
	req.Service.ID = "S1"
	o := w.post(req)
	if o.State != itms.OrderRejected || !strings.Contains(o.Reason, "00:00:5E:00:53:01") || !strings.Contains(o.Reason, "00:00:5E:00:53:07") {
		t.Errorf("%s: %s", o.State, o.Reason)
	}
}

func TestTerminateWipes(t *testing.T) {
	w, b := installed(t)
	w.post(orderOf("WO-2", itms.KindTerminate, "S1"))
	if s := w.service("S1"); s.State != itms.ServiceTerminated {
		t.Errorf("the service is %s", s.State)
	}
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
	b.holdsNothing()
	if got, want := w.callbacks("WO-2"), []string{"waitingDevice", "executing", "verifying", "done"}; !slices.Equal(got, want) {
		t.Errorf("callbacks %v, want %v", got, want)
	}
	// The slot is free again, and so is the box.
	w.post(install("WO-3", "S1", mac1))
	b.contact("2 PERIODIC")
	w.wantOrder("WO-3", itms.OrderDone)
	b.works()
}

func TestTerminateOfABoxThatIsGone(t *testing.T) {
	w, b := installed(t)
	w.post(orderOf("WO-2", itms.KindTerminate, "S1"))
	w.pass(w.policy.VerifyTimeout + time.Minute)
	w.until(w.engine.RunAgenda, func() bool { return w.order("WO-2").State == itms.OrderDone })
	b.contact(itms.EventBoot) // weeks later
	b.holdsNothing()
	w.view(func(tx itms.Tx) error {
		events, err := tx.Journal().OfDevice(b.id, 0, 50)
		if !slices.ContainsFunc(events, func(e itms.Event) bool { return e.Type == "device.reappeared" && e.Alarm }) {
			t.Error("nobody was alarmed")
		}
		return err
	})
}

func TestSuspendAndResume(t *testing.T) {
	w, b := installed(t)
	w.post(orderOf("WO-2", itms.KindSuspend, "S1"))
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
	b.holdsNothing()
	if d := w.device(b.id); d.State != itms.DeviceSuspended {
		t.Errorf("the box is %s", d.State)
	}
	b.contact(itms.EventBootstrap) // a factory reset gives nothing back
	b.holdsNothing()
	if o := w.post(orderOf("WO-3", itms.KindSuspend, "S1")); o.State != itms.OrderDone {
		t.Errorf("suspended twice: %s", o.State)
	}
	w.post(orderOf("WO-4", itms.KindResume, "S1"))
	b.contact("2 PERIODIC")
	w.wantOrder("WO-4", itms.OrderDone)
	b.works()
}

func TestChanges(t *testing.T) {
	w, b := installed(t)
	modify := orderOf("WO-2", itms.KindModify, "S1")
	modify.Service.AuthURL = "http://auth2.example.com/"
	w.post(modify)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
	if b.params[urlPath] != "http://auth2.example.com/" || b.params[userPath] != "iptv-S1" {
		t.Errorf("after modify: %q %q", b.params[urlPath], b.params[userPath])
	}
	password := orderOf("WO-3", itms.KindPassword, "S1")
	password.Service.Password = itms.NewSecret("another-Pw")
	w.post(password)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-3", itms.OrderDone)
	if b.params[pwPath] != "another-Pw" {
		t.Error("the password did not change")
	}
	transfer := orderOf("WO-4", itms.KindTransfer, "S1")
	transfer.Subscriber = itms.Subscriber{ID: "U-new", Name: "New Owner"}
	w.post(transfer)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-4", itms.OrderDone)
	if s := w.service("S1"); s.Subscriber.ID != "U-new" {
		t.Errorf("the owner is %v", s.Subscriber)
	}
	byOwner := orderOf("WO-5", itms.KindSuspend, "")
	byOwner.Subscriber.ID = "U-new"
	if o := w.post(byOwner); o.Service != "S1" {
		t.Errorf("service %q was found by its owner", o.Service)
	}
}

func TestRelocateWaitsForTheNewPlace(t *testing.T) {
	w, b := installed(t)
	move := orderOf("WO-2", itms.KindRelocate, "S1")
	move.Line = itms.Line{Area: "510200"}
	move.Service.AuthURL = "http://auth.region2.example.com/"
	w.post(move)
	b.contact("2 PERIODIC") // still at the old place
	w.wantOrder("WO-2", itms.OrderWaitingDevice)
	if b.params[urlPath] != "http://auth.example.com/" {
		t.Error("the box got the values of its new place before it was there")
	}
	b.remote = "192.0.2.77"
	sent := b.contact(itms.EventBoot)
	w.wantOrder("WO-2", itms.OrderDone)
	if b.params[urlPath] != "http://auth.region2.example.com/" || len(pushes(sent)[0].Values) < 4 {
		t.Errorf("not everything was pushed again: %+v", sent)
	}
	if s := w.service("S1"); s.Line.Area != "510200" {
		t.Errorf("the service is in %q", s.Line.Area)
	}
}

func TestTechnicianRelocateByCode(t *testing.T) {
	w, b := installed(t)
	move := orderOf("WO-2", itms.KindRelocate, "S1")
	move.Mode, move.Line = itms.ModeTechnician, itms.Line{Area: "510200"}
	o := w.post(move)
	if o.Code == "" {
		t.Fatal("no code")
	}
	b.typeCode(o.Code.Reveal())
	w.wantOrder("WO-2", itms.OrderDone)
}

func TestSeveralSlotsOfOneSubscriber(t *testing.T) {
	w := newWorld(t)
	for i, mac := range []string{mac1, mac2} {
		req := install("WO-"+string(rune('1'+i)), "S"+string(rune('1'+i)), mac)
		req.Subscriber.ID = "U1"
		w.post(req)
	}
	a, b := newBox(w, 1), newBox(w, 2)
	a.contact(itms.EventBootstrap)
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	w.wantOrder("WO-2", itms.OrderDone)
	byOwner := orderOf("WO-3", itms.KindSuspend, "")
	byOwner.Subscriber.ID = "U1"
	if o := w.post(byOwner); o.State != itms.OrderRejected || !strings.Contains(o.Reason, "S1, S2") {
		t.Errorf("%s: %s", o.State, o.Reason)
	}
	byBox := orderOf("WO-4", itms.KindTerminate, "")
	byBox.OldDevice.MAC = mac2
	w.post(byBox)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-4", itms.OrderDone)
	a.contact("2 PERIODIC")
	a.works()
}

func TestOrderBeforeItsServiceIsHeld(t *testing.T) {
	w := newWorld(t)
	early := orderOf("WO-2", itms.KindSuspend, "S1")
	early.Seq = 2
	if o := w.post(early); o.State != itms.OrderHeld || o.Trouble != itms.TroubleNoService {
		t.Fatalf("%s %s", o.State, o.Trouble)
	}
	w.post(swapTo("WO-3", mac1, mac2))
	w.wantOrder("WO-3", itms.OrderHeld)
	first := install("WO-1", "S1", mac1)
	first.Seq = 1
	w.post(first)
	w.wantOrder("WO-1", itms.OrderWaitingDevice)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
	w.wantOrder("WO-2", itms.OrderDone)
	b.holdsNothing()
	w.wantOrder("WO-3", itms.OrderWaitingDevice)
}

func TestLateOrderIsSuperseded(t *testing.T) {
	w, b := installed(t)
	resume := orderOf("WO-3", itms.KindResume, "S1")
	resume.Seq = 3
	w.post(resume)
	w.wantOrder("WO-3", itms.OrderDone)
	suspend := orderOf("WO-2", itms.KindSuspend, "S1")
	suspend.Seq = 2
	if o := w.post(suspend); o.State != itms.OrderSuperseded {
		t.Errorf("%s: %s", o.State, o.Reason)
	}
	b.contact("2 PERIODIC")
	b.works()
}

func TestTerminateSupersedesAWaitingInstall(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	o := w.post(orderOf("WO-2", itms.KindTerminate, "S1"))
	if o.State != itms.OrderDone {
		t.Errorf("terminate is %s: %s", o.State, o.Reason)
	}
	w.wantOrder("WO-1", itms.OrderSuperseded)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.holdsNothing()
}

func TestReverse(t *testing.T) {
	w, b := installed(t)
	ctx := t.Context()
	reverse := func(no, fresh string) *itms.Order {
		t.Helper()
		o, created, err := w.engine.Reverse(ctx, "ann", w.order(no).ID, fresh)
		if err != nil || !created {
			t.Fatalf("reverse of %s: %v", no, err)
		}
		return o
	}
	modify := orderOf("WO-2", itms.KindModify, "S1")
	modify.Service.AuthURLBackup, modify.Service.AuthURL = "http://b.example.com/", "http://a.example.com/"
	w.post(modify)
	b.contact("2 PERIODIC")
	reverse("WO-2", "WO-2R")
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2R", itms.OrderDone)
	if s := w.service("S1"); s.AuthURL != "http://auth.example.com/" || s.AuthURLBackup != "" {
		t.Errorf("after the reverse: %q %q", s.AuthURL, s.AuthURLBackup)
	}
	w.post(swapTo("WO-3", mac1, mac2))
	fresh := newBox(w, 2)
	fresh.contact(itms.EventBootstrap)
	b.contact("2 PERIODIC")
	b.holdsNothing()
	reverse("WO-3", "WO-3R")
	b.contact("2 PERIODIC")
	w.wantOrder("WO-3R", itms.OrderDone)
	b.works()
	fresh.contact("2 PERIODIC")
	fresh.holdsNothing()
	if o := reverse("WO-1", "WO-1R"); o.Kind != itms.KindTerminate {
		t.Errorf("the reverse of an install is %s", o.Kind)
	}
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1R", itms.OrderDone)
	b.holdsNothing()
	reverse("WO-1R", "WO-1RR")
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1RR", itms.OrderDone)
	b.works()
	if b.params[pwPath] != servicePassword {
		t.Error("the password is another")
	}
}

func TestCancelLeavesNothingBehind(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	o := w.post(technicianInstall("WO-1", "S1"))
	if _, err := w.engine.Cancel(ctx, "crm", o.ID, "customer left"); err != nil {
		t.Fatal(err)
	}
	if again, err := w.engine.Cancel(ctx, "crm", o.ID, ""); err != nil || again.State != itms.OrderCancelled {
		t.Errorf("again: %v", err)
	}
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.typeCode(o.Code.Reveal())
	b.shows("refused 2 0")
	b.holdsNothing()
	w.post(install("WO-2", "S1", mac1))
	b.contact("2 PERIODIC")
	done := w.wantOrder("WO-2", itms.OrderDone)
	_, err := w.engine.Cancel(ctx, "crm", done.ID, "")
	wantCode(t, err, itms.CodeOrderState)
}

func TestCancelMidwayCompensates(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.breakOff(whenSent[itms.SetValues]) // the box took the values, nobody heard
	o := w.wantOrder("WO-1", itms.OrderExecuting)
	if _, err := w.engine.Cancel(t.Context(), "crm", o.ID, ""); err != nil {
		t.Fatal(err)
	}
	w.wantOrder("WO-1", itms.OrderCancelled)
	b.contact("2 PERIODIC")
	b.holdsNothing()
}

func TestCancelOfAChangeMidway(t *testing.T) {
	w, b := installed(t)
	modify := orderOf("WO-2", itms.KindModify, "S1")
	modify.Service.AuthURL = "http://auth2.example.com/"
	w.post(modify)
	b.breakOff(whenSent[itms.SetValues])
	o := w.wantOrder("WO-2", itms.OrderExecuting)
	if _, err := w.engine.Cancel(t.Context(), "crm", o.ID, ""); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	if b.params[urlPath] != "http://auth.example.com/" {
		t.Errorf("the box holds %q", b.params[urlPath])
	}
}

func TestCancelOvertakesItsOrder(t *testing.T) {
	w := newWorld(t)
	if err := w.engine.Bury(t.Context(), "crm", "crm", "WO-1"); err != nil {
		t.Fatal(err)
	}
	o := w.post(install("WO-1", "S1", mac1))
	if o.State != itms.OrderCancelled || !strings.Contains(o.Reason, "before it arrived") {
		t.Errorf("%s: %s", o.State, o.Reason)
	}
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.holdsNothing()
	if again := w.post(install("WO-1", "S1", mac1)); again.State != itms.OrderCancelled {
		t.Errorf("the repeat is %s", again.State)
	}
}

func TestExpiredInstallFreesItsSlot(t *testing.T) {
	w := newWorld(t)
	w.post(technicianInstall("WO-1", "S1"))
	w.pass(w.policy.OrderTTL + time.Minute)
	w.until(w.engine.RunAgenda, func() bool { return w.order("WO-1").State == itms.OrderExpired })
	w.post(install("WO-2", "S1", mac1))
	newBox(w, 1).contact(itms.EventBootstrap)
	w.wantOrder("WO-2", itms.OrderDone)
}
