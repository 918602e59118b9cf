package workorder_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/workorder"
)

// explained fails the test unless the order has the trouble, and returns its sentences.
func (w *world) explained(no string, code itms.Trouble) *itms.Diagnosis {
	w.t.Helper()
	d, err := w.engine.Explain(w.t.Context(), w.order(no).ID)
	if err != nil || d == nil || d.Code != code {
		w.t.Fatalf("order %s is explained by %+v (%v), want %s", no, d, err, code)
	}
	if d.Operator == "" || d.Technician == "" || d.Next == "" || strings.Contains(d.Operator, "%!") {
		w.t.Errorf("sentences are missing: %+v", d)
	}
	return d
}

func TestEveryTroubleHasAdvice(t *testing.T) {
	page := workorder.OrdersMarkdown()
	for _, code := range itms.Troubles {
		if !strings.Contains(page, fmt.Sprintf("| `%s` | T", code)) && !strings.Contains(page, fmt.Sprintf("| `%s` | ", code)) ||
			strings.Contains(page, fmt.Sprintf("| `%s` |  |", code)) {
			t.Errorf("nobody is told anything about %s", code)
		}
	}
}

func TestNearMissIsSaidOnBothSides(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", "02:00:5E:00:53:01")) // a slip in the first byte
	w.explained("WO-1", itms.TroubleNeverInformed)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	d := w.explained("WO-1", itms.TroubleMACMismatch)
	for _, want := range []string{"02:00:5E:00:53:01", "00:00:5E:00:53:01", "005301"} {
		if !strings.Contains(d.Operator, want) {
			t.Errorf("%q lacks %s", d.Operator, want)
		}
	}
	if d.Shows == "" || d.Devices[0] != b.id.String() {
		t.Errorf("%+v", d)
	}
	dev, err := w.engine.ExplainDevice(t.Context(), b.id)
	if err != nil || dev.Code != itms.TroubleMACMismatch || !strings.Contains(dev.Operator, "WO-1") {
		t.Errorf("%+v %v", dev, err)
	}
}

func TestStrangersAreExplained(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	d, err := w.engine.ExplainDevice(t.Context(), b.id)
	if err != nil || d.Code != itms.TroubleNoOrder {
		t.Errorf("%+v %v", d, err)
	}
}

// An order that is held for its box is what the box waits for.
func TestHeldOrderIsSaidOnItsDevice(t *testing.T) {
	w := newWorld(t)
	w.policy.RequireStock = true
	w.restart()
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	if d := w.device(b.id); !strings.Contains(d.Problem, "WO-1") {
		t.Errorf("problem: %s", d.Problem)
	}
	d, err := w.engine.ExplainDevice(t.Context(), b.id)
	if err != nil || d.Code != itms.TroubleNotInStock || d.Devices[0] != b.id.String() {
		t.Errorf("%+v %v", d, err)
	}
	other := newBox(w, 2)
	other.contact(itms.EventBootstrap)
	if d, err := w.engine.ExplainDevice(t.Context(), other.id); err != nil || d.Code != itms.TroubleNoOrder {
		t.Errorf("%+v %v", d, err)
	}
}

// The advice for a box that is in use is to name another one.
func TestHeldOrderTakesAnotherBox(t *testing.T) {
	w, _ := installed(t)
	ctx := t.Context()
	o := w.post(install("WO-2", "S2", mac1))
	w.explained("WO-2", itms.TroubleInUse)
	_, err := w.engine.Backfill(ctx, "post", o.ID, itms.ClaimText{MAC: mac1})
	wantCode(t, err, itms.CodeDeviceTaken)
	if _, err := w.engine.Backfill(ctx, "post", o.ID, itms.ClaimText{MAC: mac2}); err != nil {
		t.Fatal(err)
	}
	w.wantOrder("WO-2", itms.OrderWaitingDevice)
	newBox(w, 2).contact(itms.EventBootstrap)
	w.wantOrder("WO-2", itms.OrderDone)
}

// The MAC of the wrong label: the old box is not what replaces it.
func TestSwapTakesNotTheOldBox(t *testing.T) {
	w, _ := installed(t)
	ctx := t.Context()
	req := swapTo("WO-2", mac1, "")
	req.Mode = itms.ModeTechnician
	o := w.post(req)
	_, err := w.engine.Backfill(ctx, "post", o.ID, itms.ClaimText{MAC: mac1})
	wantCode(t, err, itms.CodeDeviceTaken)
	_, err = w.engine.Activate(ctx, "tech", itms.ActivationRequest{Code: o.Code.Reveal(), MAC: mac1})
	wantCode(t, err, itms.CodeDeviceTaken)
	if _, err = w.engine.Activate(ctx, "tech", itms.ActivationRequest{Code: o.Code.Reveal(), MAC: mac2}); err != nil {
		t.Fatal(err)
	}
	newBox(w, 2).contact(itms.EventBootstrap)
	w.wantOrder("WO-2", itms.OrderDone)
}

func TestTwoOrdersNameOneMAC(t *testing.T) {
	w, b := installed(t)
	o := w.post(install("WO-2", "S2", mac1))
	if o.State != itms.OrderHeld || o.Trouble != itms.TroubleInUse {
		t.Fatalf("%s %s", o.State, o.Trouble)
	}
	w.explained("WO-2", itms.TroubleInUse)
	w.post(orderOf("WO-3", itms.KindTerminate, "S1"))
	b.contact("2 PERIODIC")
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
	if b.params[userPath] != "iptv-S2" {
		t.Errorf("the box serves %q", b.params[userPath])
	}
}

func TestBindUnbindForce(t *testing.T) {
	w, b := installed(t)
	ctx := t.Context()
	waiting := w.post(technicianInstall("WO-2", "S2"))
	_, err := w.engine.Bind(ctx, "ann", b.id, itms.BindRequest{Order: waiting.ID})
	wantCode(t, err, itms.CodeDeviceTaken)
	if _, err = w.engine.Bind(ctx, "ann", b.id, itms.BindRequest{Order: waiting.ID, Force: true, Reason: "wrong flat"}); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC") // wiped first, then claimed
	b.contact("2 PERIODIC")
	if o := w.wantOrder("WO-2", itms.OrderDone); o.Way != itms.ByHand && !o.Touched {
		t.Errorf("way %s, touched %v", o.Way, o.Touched)
	}
	if b.params[userPath] != "iptv-S2" {
		t.Errorf("the box serves %q", b.params[userPath])
	}
	if _, err := w.engine.Unbind(ctx, "ann", b.id, "returned"); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	b.holdsNothing()
	_, err = w.engine.Unbind(ctx, "ann", b.id, "")
	wantCode(t, err, itms.CodeDeviceState)
	fresh := newBox(w, 2)
	fresh.contact(itms.EventBootstrap)
	if _, err := w.engine.Bind(ctx, "ann", fresh.id, itms.BindRequest{Service: "S2"}); err != nil {
		t.Fatal(err)
	}
	fresh.contact("2 PERIODIC")
	fresh.works()
	_, err = w.engine.Bind(ctx, "ann", b.id, itms.BindRequest{Service: "S2"})
	wantCode(t, err, itms.CodeSlotTaken)
}

func TestForceEndsWhatCannotBeVerified(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.forget = true
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderFailed)
	if o.Trouble != itms.TroubleReadBack {
		t.Errorf("trouble %s", o.Trouble)
	}
	_, err := w.engine.Force(t.Context(), "ann", o.ID, "")
	wantCode(t, err, itms.CodeInvalid)
	if _, err := w.engine.Force(t.Context(), "ann", o.ID, "works, says the customer"); err != nil {
		t.Fatal(err)
	}
	w.wantOrder("WO-1", itms.OrderDone)
	if s := w.service("S1"); s.State != itms.ServiceActive {
		t.Errorf("the service is %s", s.State)
	}
	var counts []itms.EndingCount
	w.view(func(tx itms.Tx) (err error) {
		counts, err = tx.Endings().Count(itms.EndingQuery{From: "2026-11-01", To: "2026-11-30"})
		return err
	})
	if len(counts) != 1 || !counts[0].Touched || counts[0].N != 1 || counts[0].Outcome != itms.OrderDone {
		t.Errorf("endings %+v", counts)
	}
}

func TestChangeBoxOfAFailedOrder(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.forget = true
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderFailed)
	if _, err := w.engine.Backfill(t.Context(), "ann", o.ID, itms.ClaimText{MAC: mac2}); err != nil {
		t.Fatal(err)
	}
	w.wantOrder("WO-1", itms.OrderWaitingDevice)
	newBox(w, 2).contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	b.forget = false
	b.contact("2 PERIODIC")
	b.holdsNothing()
}

func TestRecover(t *testing.T) {
	w, b := installed(t)
	task, err := w.engine.CreateTask(t.Context(), "ann", b.id, itms.TaskRequest{Kind: itms.TaskRecover})
	if err != nil || !slices.Contains(w.woken, b.id) {
		t.Fatalf("%v", err)
	}
	b.params[userPath], b.params[pwPath] = "somebody", "else"
	sent := b.contact("6 CONNECTION REQUEST")
	if b.reboots() != 1 || len(pushes(sent)) != 1 || len(pushes(sent)[0].Values) != 4 {
		t.Fatalf("sent %+v", sent)
	}
	b.contact(itms.EventBoot, itms.EventMReboot)
	w.view(func(tx itms.Tx) (err error) { task, err = tx.Tasks().Get(task.ID); return err })
	if task.State != itms.TaskDone {
		t.Fatalf("%+v", task)
	}
	for i, name := range []string{"reread", "compare", "push", "reboot", "verify"} {
		if s := task.Steps[i]; s.Name != name || s.State != itms.TaskDone || s.At.IsZero() {
			t.Errorf("step %+v", s)
		}
	}
	if text := task.Steps[1].Text; !strings.Contains(text, "1 of 4") || !strings.Contains(text, string(userPath)) {
		t.Errorf("compare says %q", text)
	}
	b.works()
	if d := w.device(b.id); d.Tasks != 0 || d.State != itms.DeviceInService {
		t.Errorf("%+v", d)
	}
}

func TestRecoverSurvivesResetAndFails(t *testing.T) {
	w, b := installed(t)
	ctx := t.Context()
	first, err := w.engine.CreateTask(ctx, "ann", b.id, itms.TaskRequest{Kind: itms.TaskRecover})
	if err != nil {
		t.Fatal(err)
	}
	b.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultArguments, Text: "no"}
	}
	b.contact(itms.EventBootstrap)
	state := func(id itms.TaskID) (task *itms.Task) {
		w.view(func(tx itms.Tx) (err error) { task, err = tx.Tasks().Get(id); return err })
		return task
	}
	if s := state(first.ID); s.State != itms.TaskFailed || !strings.Contains(s.Reason, "9003") {
		t.Fatalf("%+v", s)
	}
	b.refuse = nil
	second, err := w.engine.CreateTask(ctx, "ann", b.id, itms.TaskRequest{Kind: itms.TaskRecover})
	if err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	b.contact(itms.EventBoot, itms.EventMReboot)
	if s := state(second.ID); s.State != itms.TaskDone {
		t.Fatalf("%+v", s)
	}
	third, err := w.engine.CreateTask(ctx, "ann", b.id, itms.TaskRequest{Kind: itms.TaskRecover})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := w.engine.CancelTask(ctx, "ann", third.ID); err != nil || c.State != itms.TaskCancelled {
		t.Fatal(err)
	}
	_, err = w.engine.CancelTask(ctx, "ann", third.ID)
	wantCode(t, err, itms.CodeTaskState)
	if b.contact("2 PERIODIC"); b.reboots() != 0 {
		t.Error("a cancelled recovery rebooted the box")
	}
	_, err = w.engine.CreateTask(ctx, "ann", newStranger(w).id, itms.TaskRequest{Kind: itms.TaskRecover})
	wantCode(t, err, itms.CodeDeviceState)
}

// newStranger is a box in contact that no order names.
func newStranger(w *world) *box {
	b := newBox(w, 9)
	b.contact(itms.EventBootstrap)
	return b
}

func TestProofIsAwaited(t *testing.T) {
	w := newWorld(t)
	w.models.proof = true
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderVerifying)
	w.explained("WO-1", itms.TroubleLogin)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderVerifying)
	b.params[loginsPath] = "1"
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestLoginThatNeverComesFails(t *testing.T) {
	w := newWorld(t)
	w.models.proof = true
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	w.pass(w.policy.VerifyTimeout + time.Minute)
	if err := w.engine.RingDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if o := w.wantOrder("WO-1", itms.OrderFailed); o.Trouble != itms.TroubleLogin || !strings.Contains(o.Reason, "not logged in") {
		t.Errorf("%s: %s", o.Trouble, o.Reason)
	}
}

func TestProofThatTheFirmwareLacksIsPassedOver(t *testing.T) {
	w := newWorld(t)
	w.models.proof = true
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	delete(b.params, loginsPath)
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
}

// tooOld has a rule that wants firmware 2.0.
func tooOld(d *itms.Device, _ string) workorder.Verdict {
	if d.Software == "2.0" {
		return workorder.Verdict{Allowed: true}
	}
	return workorder.Verdict{Allowed: true, Firmware: &workorder.Firmware{Version: "2.0", URL: "http://files.example.com/fw", Username: "u",
		Password: itms.NewSecret("fw-Pw"), Size: 7}}
}

// boots is the box's firmware coming up.
func (b *box) installs(version string, events ...string) {
	b.params["Device.DeviceInfo.SoftwareVersion"] = version
	b.contact(append(events, itms.EventBoot)...)
}

// tells is TransferComplete.
func (b *box) tells(fault int) {
	b.w.t.Helper()
	last := b.downloads[len(b.downloads)-1]
	if err := b.w.engine.Notice(b.w.t.Context(), itms.Notice{Device: b.id, Session: b.session, Method: "TransferComplete", Key: last.Key, Fault: fault}); err != nil {
		b.w.t.Fatal(err)
	}
}

func TestFirmwareFirstThenTheService(t *testing.T) {
	w := newWorld(t)
	w.models.judge = tooOld
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	w.explained("WO-1", itms.TroubleUpgrading)
	if len(b.downloads) != 1 || b.params[pwPath] != "" || len(b.downloads[0].Key) > 32 {
		t.Fatalf("downloads %+v", b.downloads)
	}
	if b.contact("2 PERIODIC"); len(b.downloads) != 1 {
		t.Error("it was asked twice while it is at work")
	}
	if d := w.device(b.id); d.State != itms.DeviceUpgrading {
		t.Errorf("the box is %s", d.State)
	}
	b.tells(0)
	w.wantOrder("WO-1", itms.OrderWaitingDevice) // done only when the version is reported
	b.installs("2.0", "7 TRANSFER COMPLETE")
	w.wantOrder("WO-1", itms.OrderDone)
	b.works()
}

func TestFirmwareWithoutTransferComplete(t *testing.T) {
	w := newWorld(t)
	w.models.judge = tooOld
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap) // an upgrade is no matter of a box without an order
	if len(b.downloads) != 0 {
		t.Error("a stranger got firmware")
	}
	w.post(install("WO-1", "S1", mac1))
	b.contact("2 PERIODIC")
	b.installs("2.0")
	w.wantOrder("WO-1", itms.OrderDone)
}

// A box that only ever tells of failures, and nothing new in its Informs, is held for
// as soon as it told of the last one.
func TestFirmwareThatIsRefusedThreeTimesHolds(t *testing.T) {
	w := newWorld(t)
	w.models.judge = tooOld
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	for range 3 {
		w.wantOrder("WO-1", itms.OrderWaitingDevice)
		b.contact("2 PERIODIC")
		b.tells(9018)
	}
	w.wantOrder("WO-1", itms.OrderHeld)
}

func TestFirmwareThatFailsThreeTimesHolds(t *testing.T) {
	w := newWorld(t)
	w.models.judge = tooOld
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.tells(9018)
	b.contact("2 PERIODIC")
	b.tells(0)
	b.installs("1.0") // says that it has it, and has not
	b.contact("2 PERIODIC")
	w.pass(w.policy.UpgradeTimeout + time.Minute) // the third says nothing at all
	if err := w.engine.RingDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := w.wantOrder("WO-1", itms.OrderHeld)
	w.explained("WO-1", itms.TroubleFirmware)
	if len(b.downloads) != 3 {
		t.Errorf("%d downloads", len(b.downloads))
	}
	if b.contact("2 PERIODIC"); len(b.downloads) != 3 || b.params[pwPath] != "" {
		t.Error("it goes on after it was given up")
	}
	if _, err := w.engine.Retry(t.Context(), "ann", o.ID); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	b.installs("2.0")
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestModelNotAllowedUntilTheRuleChanges(t *testing.T) {
	w := newWorld(t)
	allowed := false
	w.models.judge = func(_ *itms.Device, area string) workorder.Verdict {
		return workorder.Verdict{Allowed: allowed || area != "510100", Reason: "not in this area"}
	}
	req := install("WO-1", "S1", mac1)
	req.Line.Area = "510100"
	w.post(req)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderHeld)
	w.explained("WO-1", itms.TroubleModel)
	if !strings.Contains(o.Reason, "not in this area") || b.params[pwPath] != "" {
		t.Error(o.Reason)
	}
	allowed = true
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestStockDecidesWhoMayServe(t *testing.T) {
	w := newWorld(t)
	w.policy.RequireStock = true
	w.restart()
	ctx := t.Context()
	w.post(install("WO-1", "S1", mac1))
	w.wantOrder("WO-1", itms.OrderHeld)
	w.explained("WO-1", itms.TroubleNotInStock)
	mac, err := itms.ParseMAC(mac1)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := w.engine.ImportStock(ctx, "ware", []itms.StockItem{{MAC: mac, Batch: "B1", Vendor: "Example"}})
	if err != nil || sum.Added != 1 {
		t.Fatalf("%+v %v", sum, err)
	}
	w.wantOrder("WO-1", itms.OrderWaitingDevice) // the import lets it go
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	state := func() itms.StockState {
		var item *itms.StockItem
		w.view(func(tx itms.Tx) (err error) { item, err = tx.Stock().Get(mac); return err })
		return item.State
	}
	if state() != itms.StockInUse {
		t.Errorf("the box is %s", state())
	}
	check, err := w.engine.CheckSTBID(ctx, mac1)
	if err != nil || check.Free || check.InUse != "S1" || check.Device != b.id {
		t.Errorf("%+v %v", check, err)
	}
	w.post(orderOf("WO-2", itms.KindTerminate, "S1"))
	if state() != itms.StockReturned {
		t.Errorf("the box is %s", state())
	}
	b.contact("2 PERIODIC")
	if check, err = w.engine.CheckSTBID(ctx, string(b.params[stbPath])); err != nil || !check.Free {
		t.Errorf("a wiped box is free: %+v %v", check, err)
	}
	if again, err := w.engine.ImportStock(ctx, "ware", []itms.StockItem{{MAC: mac, Batch: "B1", Vendor: "Example"}}); err != nil || again.Unchanged != 1 {
		t.Errorf("%+v %v", again, err)
	}
	if _, err = w.engine.CheckSTBID(ctx, "nonsense"); itms.KindOf(err) != itms.KindInvalid {
		t.Errorf("%v", err)
	}
}

func TestReturnedBoxOfUnknownPastIsHeld(t *testing.T) {
	w := newWorld(t)
	mac, err := itms.ParseMAC(mac1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.ImportStock(t.Context(), "ware", []itms.StockItem{{MAC: mac, State: itms.StockReturned}}); err != nil {
		t.Fatal(err)
	}
	w.post(install("WO-1", "S1", mac1))
	w.wantOrder("WO-1", itms.OrderHeld)
	if _, err := w.engine.SetStock(t.Context(), "ware", mac, itms.StockInStock, "wiped on the bench"); err != nil {
		t.Fatal(err)
	}
	w.wantOrder("WO-1", itms.OrderWaitingDevice)
}

// onLine is an install by technician on a line.
func onLine(no, service, node, port string) itms.OrderRequest {
	req := technicianInstall(no, service)
	req.Line = itms.Line{Node: node, Port: port}
	return req
}

func TestLineEvidenceClaims(t *testing.T) {
	w := newWorld(t)
	w.policy.ClaimByLine = true
	w.restart()
	w.post(onLine("WO-1", "S1", "olt-1", "1/1"))
	w.post(onLine("WO-2", "S2", "olt-1", "1/2"))
	b := newBox(w, 1)
	mac, err := itms.ParseMAC(mac1)
	if err != nil {
		t.Fatal(err)
	}
	seen := itms.Sighting{Line: itms.Line{Node: "olt-1", Port: "1/2"}}
	if err := w.engine.Sight(t.Context(), "dhcp", mac, seen); err != nil { // it gets its address before it informs
		t.Fatal(err)
	}
	b.contact(itms.EventBootstrap)
	if o := w.wantOrder("WO-2", itms.OrderDone); o.Way != itms.ByLine {
		t.Errorf("way %s", o.Way)
	}
	w.wantOrder("WO-1", itms.OrderWaitingSTB)
}

func TestTwoOpenSlotsOnOneLineClaimNothing(t *testing.T) {
	w := newWorld(t)
	w.policy.ClaimByLine = true
	w.restart()
	w.post(onLine("WO-1", "S1", "olt-1", "1/1"))
	w.post(onLine("WO-2", "S2", "olt-1", "1/1"))
	b := newBox(w, 1)
	mac, _ := itms.ParseMAC(mac1)
	if err := w.engine.Sight(t.Context(), "dhcp", mac, itms.Sighting{Line: itms.Line{Node: "olt-1", Port: "1/1"}}); err != nil {
		t.Fatal(err)
	}
	b.contact(itms.EventBootstrap)
	b.shows("ask 0 0")
	b.holdsNothing()
}

func TestGatewayTellsWhoIsBehindIt(t *testing.T) {
	w := newWorld(t)
	w.policy.ClaimByLine = true
	w.restart()
	first := install("WO-1", "S1", mac2)
	first.Subscriber.ID = "U1"
	w.post(first)
	gateway := newBox(w, 2)
	gateway.params[hostsPath] = mac1
	gateway.inform = append(gateway.inform, hostsPath)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	second := technicianInstall("WO-2", "S2")
	second.Subscriber.ID = "U1"
	w.post(second)
	gateway.contact(itms.EventBootstrap)
	if !slices.Contains(w.woken, b.id) {
		t.Error("the box behind the gateway was not woken")
	}
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
}

func TestMovedWithoutAnOrder(t *testing.T) {
	w := newWorld(t)
	req := install("WO-1", "S1", mac1)
	req.Line = itms.Line{Node: "olt-1", Port: "1/1"}
	w.post(req)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	mac, _ := itms.ParseMAC(mac1)
	elsewhere := itms.Sighting{Line: itms.Line{Node: "olt-9", Port: "9/9"}}
	for i, after := range []time.Duration{0, 5 * time.Minute, 6 * time.Minute} {
		w.pass(after)
		if err := w.engine.Sight(t.Context(), "dhcp", mac, elsewhere); err != nil {
			t.Fatal(err)
		}
		if moved := w.device(b.id).Sighting.Moved; moved != (i == 2) {
			t.Errorf("after sighting %d: moved %v", i, moved)
		}
	}
	if d := w.device(b.id); d.State != itms.DeviceInService || !strings.Contains(d.Problem, "olt-9 9/9") {
		t.Errorf("%s: %s", d.State, d.Problem)
	}
	b.contact("2 PERIODIC")
	b.works()
}

func TestEvidenceIsAskedFor(t *testing.T) {
	asked := make(chan string, 8)
	source := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path + " " + r.Header.Get("Authorization")
		_ = json.NewEncoder(rw).Encode(map[string]any{"line": map[string]any{"node": "olt-1", "port": "1/1"}})
	}))
	defer source.Close()
	w := newWorld(t)
	w.policy.ClaimByLine, w.policy.EvidenceURL, w.policy.EvidenceToken = true, source.URL+"/where/{mac}", itms.NewSecret("evidence-token")
	w.policy.CallbackAllow = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	w.restart()
	o := w.post(onLine("WO-1", "S1", "olt-1", "1/1"))
	if o.State != itms.OrderWaitingSTB {
		t.Fatal(o.State)
	}
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.contact("2 PERIODIC")
	w.until(workorder.NewDispatcher(w.engine, nil).Run, func() bool { return w.order("WO-1").State == itms.OrderExecuting })
	b.contact("6 CONNECTION REQUEST")
	w.wantOrder("WO-1", itms.OrderDone)
	if got := <-asked; got != "/where/00005E005301 Bearer evidence-token" {
		t.Errorf("asked %q", got)
	}
	if len(asked) != 0 {
		t.Error("it was asked more than once")
	}
}

// A device that announces a change without telling it is read anew.
func TestAnnouncedChangeIsRepaired(t *testing.T) {
	_, b := installed(t)
	b.params[userPath] = "changed by the customer"
	b.contact("2 PERIODIC")
	if b.params[userPath] != "changed by the customer" {
		t.Fatal("the test shows nothing: the change was seen without the event")
	}
	b.contact("X TEST CHANGED")
	if b.params[userPath] != "iptv-S1" {
		t.Errorf("the box still holds %q", b.params[userPath])
	}
}
