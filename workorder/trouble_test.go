package workorder_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

// Whatever a box does wrong, an order is done only when the box holds the values.

func TestReadBackWithoutValuesIsNoProof(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.forget = true
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if get, ok := cmd.(itms.GetValues); ok && get.Why == "verify" {
			out.Values = nil // an empty list, without a fault
		}
	}
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	if o := w.wantOrder("WO-1", itms.OrderFailed); !strings.Contains(o.Reason, "was not read back") {
		t.Errorf("reason: %s", o.Reason)
	}
}

func TestLostPasswordIsWrittenAgain(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.forget = true // the first push is acknowledged and lost
	b.answer = func(cmd itms.Command, _ *itms.Outcome) {
		if _, ok := cmd.(itms.SetValues); ok {
			b.forget = false
		}
	}
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	if b.params[pwPath] != servicePassword {
		t.Errorf("done, but the box holds the password %q", b.params[pwPath])
	}
}

func TestRetryWritesEverythingAgain(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.forget = true
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderFailed)
	b.forget = false
	w.woken = nil
	if _, err := w.engine.Retry(t.Context(), "ann", o.ID); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(w.woken, b.id) {
		t.Error("the device was not woken")
	}
	b.contact("6 CONNECTION REQUEST")
	w.wantOrder("WO-1", itms.OrderDone)
	if b.params[pwPath] != servicePassword {
		t.Error("the password was not written again")
	}
}

func TestReadableSecretIsCompared(t *testing.T) {
	w := newWorld(t)
	w.models.readable = true
	b := newBox(w, 1)
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		for i := range out.Values {
			if out.Values[i].Name == pwPath {
				out.Values[i].Value = "cut" // the box keeps a part only, and says so
			}
		}
	}
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderFailed)
	if strings.Contains(o.Reason, "cut") || strings.Contains(o.Reason, servicePassword) {
		t.Errorf("the reason shows a credential: %s", o.Reason)
	}
}

func TestVerificationOneByOne(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if get, ok := cmd.(itms.GetValues); ok && len(get.Paths) > 1 {
			out.Values, out.Fault = nil, &itms.DeviceFault{Code: itms.FaultArguments, Text: "one name at a time"}
		}
	}
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
}

// TestAskedSinglyIsStoredOnce: answers that were asked for one by one are stored
// together, but for a device whose last session broke off: that gets on name by name.
func TestAskedSinglyIsStoredOnce(t *testing.T) {
	updates := func(end string) (n int64) {
		w := newWorld(t)
		b := newBox(w, 1)
		b.contact(itms.EventBootstrap)
		w.engine.Ended(itms.SessionSummary{ID: itms.NewID(w.now()), Device: b.id, Started: w.now(), End: end})
		b.answer = func(cmd itms.Command, out *itms.Outcome) {
			if get, ok := cmd.(itms.GetValues); ok && len(get.Paths) > 1 {
				out.Values, out.Fault = nil, &itms.DeviceFault{Code: itms.FaultArguments, Text: "one name at a time"}
			}
		}
		w.post(install("WO-1", "S1", mac1))
		before := w.store.Stats().Updates
		b.contact("2 PERIODIC")
		w.wantOrder("WO-1", itms.OrderDone)
		return int64(w.store.Stats().Updates - before)
	}
	well, broken := updates(itms.SessionDone), updates(itms.SessionFenced)
	if well >= broken {
		t.Errorf("%d transactions, and %d for a device whose last session broke off", well, broken)
	}
}

// rebootWorld has a model whose account takes effect after a reboot.
func rebootWorld(t *testing.T) (*world, *box) {
	w := newWorld(t)
	w.models.reboot = true
	w.post(install("WO-1", "S1", mac1))
	return w, newBox(w, 1)
}

func TestRebootThenVerify(t *testing.T) {
	w, b := rebootWorld(t)
	b.contact(itms.EventBootstrap)
	if b.boots != 1 {
		t.Fatalf("%d reboots", b.boots)
	}
	w.wantOrder("WO-1", itms.OrderVerifying)
	b.contact(itms.EventBoot, itms.EventMReboot)
	w.wantOrder("WO-1", itms.OrderDone)
}

// A change of what takes effect at once disturbs nobody with a reboot.
func TestNoRebootForWhatNeedsNone(t *testing.T) {
	w, b := rebootWorld(t)
	b.contact(itms.EventBootstrap)
	b.contact(itms.EventBoot, itms.EventMReboot)
	password := orderOf("WO-2", itms.KindPassword, "S1")
	password.Service.Password = itms.NewSecret("another-Pw")
	w.post(password)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
	if b.reboots() > 0 {
		t.Error("rebooted for a password")
	}
}

func TestRefusedRebootIsNotDone(t *testing.T) {
	w, b := rebootWorld(t)
	b.forget = true
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if _, ok := cmd.(itms.Reboot); ok {
			out.Fault = &itms.DeviceFault{Code: itms.FaultDenied, Text: "Request denied"}
		}
	}
	for range 4 {
		b.contact("2 PERIODIC")
	}
	w.wantOrder("WO-1", itms.OrderFailed)
}

// A box that reboots at once never answers; it must not be sent round for ever.
func TestRebootWithoutAnswerIsNotRepeated(t *testing.T) {
	w, b := rebootWorld(t)
	b.breakOff(whenSent[itms.Reboot])
	if b.reboots() != 1 {
		t.Fatalf("%d reboots were asked for", b.reboots())
	}
	b.contact(itms.EventBoot, itms.EventMReboot)
	w.wantOrder("WO-1", itms.OrderDone)
	if b.boots != 0 {
		t.Errorf("rebooted %d times more", b.boots)
	}
}

// A box that dies of a push is given up after three.
func TestUnansweredPushesAreCounted(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.forget = true
	w.post(install("WO-1", "S1", mac1))
	for range 3 {
		b.breakOff(whenSent[itms.SetValues])
	}
	if sent := pushes(b.contact(itms.EventBoot)); len(sent) != 0 {
		t.Errorf("pushed a fourth time")
	}
	if o := w.wantOrder("WO-1", itms.OrderFailed); !strings.Contains(o.Reason, "gave no answer to SetParameterValues") {
		t.Errorf("reason: %s", o.Reason)
	}
}

// An AddObject whose answer was lost must not add a second row.
func TestLostAddObjectAddsOneRow(t *testing.T) {
	w := newWorld(t)
	w.models.row = true
	b := newBox(w, 1)
	w.post(install("WO-1", "S1", mac1))
	b.breakOff(whenSent[itms.AddObject])
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
	if n := b.rows(); n != 1 {
		t.Errorf("the box has %d rows", n)
	}
	b.contact(itms.EventBoot)
	b.params["Device.DeviceInfo.SoftwareVersion"] = "2.0"
	b.contact(itms.EventBoot)
	if n := b.rows(); n != 1 {
		t.Errorf("later contacts made it %d rows", n)
	}
}

func TestBusyDeviceIsAskedAgain(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.inform = []itms.ParamPath{"Device.DeviceInfo.SoftwareVersion"} // tells nothing of itself
	busy := true
	b.answer = func(_ itms.Command, out *itms.Outcome) {
		if busy {
			out.Values, out.Fault = nil, &itms.DeviceFault{Code: itms.FaultInternal, Text: "Busy"}
		}
	}
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	busy = false
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
}

// Profiles that change reach devices which have nothing new to tell.
func TestNewProfilesReachIdleDevices(t *testing.T) {
	w := newWorld(t)
	w.models.off = true
	b := newBox(w, 1)
	req := install("WO-1", "S1", "")
	req.Device.Serial = b.id.Serial
	w.post(req)
	b.contact(itms.EventBootstrap)
	b.contact("2 PERIODIC")
	if o := w.wantOrder("WO-1", itms.OrderWaitingDevice); !strings.Contains(o.Reason, "no profile describes") {
		t.Errorf("reason: %s", o.Reason)
	}
	w.models.off, w.models.digest = false, "d2"
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
}

// What was reported as failed stays failed until somebody retries, whatever the box
// does meanwhile.
func TestFailedStaysFailed(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultArguments, Text: "no"}
	}
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderFailed)
	b.refuse = nil
	for _, event := range []string{itms.EventBootstrap, itms.EventBoot, "2 PERIODIC"} {
		if sent := pushes(b.contact(event)); len(sent) > 0 {
			t.Errorf("%s: pushed without a retry", event)
		}
	}
	w.view(func(tx itms.Tx) error {
		binding, err := tx.Bindings().OfDevice(b.id)
		if err == nil && binding.State != itms.BindingClaimed {
			t.Errorf("binding is %s", binding.State)
		}
		return err
	})
}

// The answer to a push that was given up meanwhile changes nothing.
func TestAnswerAfterTheTimeLimit(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	o := w.post(install("WO-1", "S1", mac1))
	session, err := b.begin(itms.EventBootstrap)
	if err != nil {
		t.Fatal(err)
	}
	for {
		cmd, err := w.engine.Next(t.Context(), b.id, session)
		if err != nil || cmd == nil {
			t.Fatalf("no push: %v %v", cmd, err)
		}
		out := b.obey(cmd)
		if _, push := cmd.(itms.SetValues); push {
			if err := w.engine.Ring(t.Context(), "order-verify/"+string(o.ID)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.engine.Settle(t.Context(), b.id, session, out); err != nil {
			t.Fatal(err)
		}
		if w.order("WO-1").State == itms.OrderFailed {
			break
		}
	}
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderFailed)
}

// The limit runs from the claim, however often the read-back differs.
func TestTimeLimitIsNotProlonged(t *testing.T) {
	w := newWorld(t)
	w.policy.PushTries = 50
	w.restart()
	b := newBox(w, 1)
	b.forget = true
	w.post(install("WO-1", "S1", mac1))
	first := time.Time{}
	b.answer = func(cmd itms.Command, _ *itms.Outcome) {
		if _, push := cmd.(itms.SetValues); push {
			w.pass(time.Minute)
		}
	}
	session, err := b.begin(itms.EventBootstrap)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		cmd, err := w.engine.Next(t.Context(), b.id, session)
		if err != nil || cmd == nil {
			t.Fatal(cmd, err)
		}
		if err := w.engine.Settle(t.Context(), b.id, session, b.carryOut(cmd)...); err != nil {
			t.Fatal(err)
		}
		if due := w.nextAlarm(); first.IsZero() {
			first = due
		} else if !due.Equal(first) {
			t.Fatalf("the limit moved from %s to %s", first, due)
		}
	}
}

// nextAlarm returns when the earliest alarm is due.
func (w *world) nextAlarm() (due time.Time) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) {
		due, err = tx.Agenda().Next()
		return err
	})
	return due
}

// A finished order leaves no alarm behind.
func TestNoAlarmAfterDone(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	newBox(w, 1).contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	w.view(func(tx itms.Tx) error {
		next, err := tx.Agenda().Next()
		if !next.IsZero() {
			t.Errorf("an alarm is still set for %s", next)
		}
		return err
	})
}

func TestPassingFailureWakesTheDevice(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultResources, Text: "later"}
	}
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	w.woken = nil
	if due := w.nextAlarm(); due.After(w.now().Add(2 * time.Minute)) {
		t.Fatal("nobody will ask for the next try soon")
	}
	if err := w.engine.Ring(t.Context(), "device-wake/"+b.id.String()); err != nil || !slices.Contains(w.woken, b.id) {
		t.Errorf("woken %v (%v)", w.woken, err)
	}
}

// Credentials are hidden by what the profile says, not by their names alone, and
// however they arrive.
func TestProfileSecretsAreHidden(t *testing.T) {
	w := newWorld(t)
	const loid = itms.ParamPath("Device.X_TEST.LOID")
	b := newBox(w, 1)
	b.params[loid], b.params[pwPath] = "clear-loid-password", "clear-old-password"
	b.inform = append(b.inform, loid, pwPath)
	b.readsSecrets = true
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	b.contact(itms.EventBootstrap, itms.EventBoot)
	w.view(func(tx itms.Tx) error {
		tree, err := tx.Devices().Params(b.id)
		if err != nil {
			return err
		}
		for p := range tree.Under("") {
			if strings.Contains(p.Value, "clear-") || strings.Contains(p.Value, servicePassword) {
				t.Errorf("%s is stored in clear", p.Name)
			}
		}
		if p, ok := tree.Get(loid); !ok || !p.Hidden {
			t.Errorf("%+v", p)
		}
		return nil
	})
}

func TestMalformedSTBIDIsSaidOnTheOrder(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.params[stbPath] = "NOT-A-STBID"
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	if o := w.wantOrder("WO-1", itms.OrderWaitingDevice); !strings.Contains(o.Reason, "malformed STBID") {
		t.Errorf("reason: %s", o.Reason)
	}
	if b.params[pwPath] != "" {
		t.Error("it got a credential all the same")
	}
}

// The known device keeps its service when a clone shows up and when it informs again
// after that; with the old record blocked, the new one is right.
func TestOlderDeviceIsNotTheClone(t *testing.T) {
	w := newWorld(t)
	first, clone := newBox(w, 1), newBox(w, 1)
	clone.id.Serial = "SN-CLONE"
	first.contact(itms.EventBootstrap)
	clone.contact(itms.EventBootstrap)
	first.contact(itms.EventBoot)
	conflict := func(b *box) (yes bool) {
		w.view(func(tx itms.Tx) error {
			d, err := tx.Devices().Get(b.id)
			yes = err == nil && d.Conflict
			return err
		})
		return yes
	}
	if conflict(first) || !conflict(clone) {
		t.Errorf("conflict: first %v, clone %v", conflict(first), conflict(clone))
	}
	if _, err := w.engine.Block(t.Context(), "ann", first.id, true); err != nil {
		t.Fatal(err)
	}
	clone.contact(itms.EventBoot)
	if conflict(clone) {
		t.Error("the operator decided, but the conflict stays")
	}
}

// A conflict alarms once, however often the device comes.
func TestConflictAlarmsOnce(t *testing.T) {
	w := newWorld(t)
	clone := newBox(w, 1)
	clone.id.Serial = "SN-CLONE"
	newBox(w, 1).contact(itms.EventBootstrap)
	for range 3 {
		clone.contact(itms.EventBootstrap, itms.EventBoot)
	}
	w.view(func(tx itms.Tx) error {
		events, err := tx.Journal().OfDevice(clone.id, 0, 50)
		events = slices.DeleteFunc(events, func(e itms.Event) bool { return e.Type != "device.conflict" })
		if len(events) != 1 || !events[0].Alarm {
			t.Errorf("%+v", events)
		}
		return err
	})
}

// One serial number on devices of two makers names neither of them.
func TestSharedSerialNamesNobody(t *testing.T) {
	w := newWorld(t)
	b, other := newBox(w, 1), newBox(w, 2)
	other.id = itms.DeviceID{OUI: "000053", ProductClass: "X", Serial: b.id.Serial}
	b.contact(itms.EventBootstrap)
	other.contact(itms.EventBootstrap)
	req := install("WO-1", "S1", "")
	req.Device.Serial = b.id.Serial
	w.post(req)
	other.contact("2 PERIODIC")
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderWaitingDevice)
	if b.params[pwPath]+other.params[pwPath] != "" {
		t.Error("somebody got the password")
	}
}

// The same instant in another zone is the same order.
func TestDueByInAnotherZoneIsARepeat(t *testing.T) {
	w := newWorld(t)
	req := install("WO-1", "S1", mac1)
	req.DueBy = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	w.post(req)
	req.DueBy = req.DueBy.In(time.FixedZone("CST", 8*3600))
	if _, created, err := w.engine.Submit(t.Context(), "bss", req); err != nil || created {
		t.Errorf("created %v, %v", created, err)
	}
}

func TestLongOrderNumberFitsTheParameterKey(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	w.post(install("WO-"+strings.Repeat("9", 100), "S1", mac1))
	sent := pushes(b.contact(itms.EventBootstrap))
	if len(sent) != 1 || len(sent[0].Key) > 32 || !strings.HasSuffix(sent[0].Key, "/1/1") {
		t.Errorf("%+v", sent)
	}
}

// A flood of names in Informs does not grow what is kept without bound.
func TestTreeIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a large tree")
	}
	w := newWorld(t)
	b := newBox(w, 1)
	for round := range 9 {
		b.inform = b.inform[:3]
		for i := range 10_000 {
			b.inform = append(b.inform, itms.ParamPath("Device.Flood."+strings.Repeat("x", round+1)+"."+itms.NewID(time.Unix(int64(i), 0))))
		}
		b.contact("4 VALUE CHANGE")
	}
	w.view(func(tx itms.Tx) error {
		tree, err := tx.Devices().Params(b.id)
		if err == nil && tree.Len() > 80_010 {
			t.Errorf("%d parameters are kept", tree.Len())
		}
		return err
	})
}

// A remembered row that is gone is added again, once.
func TestLostRowIsAddedAgain(t *testing.T) {
	w := newWorld(t)
	w.models.row = true
	b := newBox(w, 1)
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	for name := range b.params {
		if name.Under(rowTable) {
			delete(b.params, name)
		}
	}
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if get, ok := cmd.(itms.GetValues); ok && slices.ContainsFunc(get.Paths, itms.ParamPath.IsObject) {
			out.Values, out.Fault = nil, &itms.DeviceFault{Code: itms.FaultName, Text: "no partial paths"}
		}
	}
	b.contact(itms.EventBootstrap, itms.EventBoot)
	if n := b.rows(); n != 1 {
		t.Errorf("the box has %d rows", n)
	}
}

// A table that cannot be read, neither before nor after: one row is added, at the
// first contact and at none of the later ones.
func TestUnreadableTableGetsOneRow(t *testing.T) {
	w := newWorld(t)
	w.models.row = true
	b := newBox(w, 1)
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		get, ok := cmd.(itms.GetValues)
		if ok && slices.ContainsFunc(get.Paths, itms.ParamPath.IsObject) {
			out.Values, out.Fault = nil, &itms.DeviceFault{Code: itms.FaultName, Text: "no partial paths"}
		}
	}
	delete(b.params, intervalPath)
	w.models.odd = true // a name that this box does not have, within the row
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	for range 3 {
		b.contact(itms.EventBootstrap, itms.EventBoot)
	}
	if n := b.rows(); n != 1 {
		t.Errorf("the box has %d rows", n)
	}
}

// An answer that belongs to an older revision is noted, not applied (I4).
func TestStaleAnswerIsNotApplied(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	w.post(install("WO-1", "S1", mac1))
	b.whilePushing(itms.EventBootstrap, func() { w.changeService("S1") })
	w.wantOrder("WO-1", itms.OrderExecuting)
	sent := pushes(b.contact("2 PERIODIC"))
	if len(sent) != 1 || sent[0].Key != "WO-1/1/2" || b.params[userPath] != "changed" {
		t.Errorf("%+v, the box holds %q", sent, b.params[userPath])
	}
	w.wantOrder("WO-1", itms.OrderDone)
}

// changeService gives a service a new revision, as a modify order would.
func (w *world) changeService(id itms.ServiceID) {
	w.t.Helper()
	err := w.store.Update(w.t.Context(), func(tx itms.Tx) error {
		svc, err := tx.Services().Get(id)
		if err != nil {
			return err
		}
		svc.Account, svc.DesiredRev = "changed", svc.DesiredRev+1
		return tx.Services().Put(svc)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Of held orders of one slot the oldest goes first, and those behind it follow.
func TestHeldOrdersGoOnInOrder(t *testing.T) {
	w := newWorld(t)
	w.policy.HoldTTL = 1000 * time.Hour
	w.restart()
	w.post(install("WO-1", "S1", mac1))
	w.post(install("WO-2", "S1", mac1))
	w.post(install("WO-3", "S1", mac1))
	if err := w.engine.Ring(t.Context(), "order-ttl/"+string(w.order("WO-1").ID)); err != nil {
		t.Fatal(err)
	}
	w.wantOrder("WO-1", itms.OrderExpired)
	w.wantOrder("WO-2", itms.OrderWaitingDevice)
	w.wantOrder("WO-3", itms.OrderHeld)
	newBox(w, 1).contact(itms.EventBootstrap)
	w.wantOrder("WO-2", itms.OrderDone)
	w.wantOrder("WO-3", itms.OrderRejected)
}

// The same Inform from another address is news.
func TestNewAddressIsStored(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.remote = "192.0.2.77"
	b.contact("2 PERIODIC")
	w.view(func(tx itms.Tx) error {
		d, err := tx.Devices().Get(b.id)
		if err == nil && d.IP != "192.0.2.77" {
			t.Errorf("address %s", d.IP)
		}
		return err
	})
}
