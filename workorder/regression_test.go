package workorder_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/workorder"
)

func modifyURL(no, url string) itms.OrderRequest {
	req := orderOf(no, itms.KindModify, "S1")
	req.Service.AuthURL = url
	return req
}

func refuseAll(itms.SetValues) *itms.DeviceFault {
	return &itms.DeviceFault{Code: itms.FaultArguments, Text: "no", Params: []itms.ParamFault{{Name: urlPath, Code: itms.FaultValue, Text: "no"}}}
}

func TestHeldBehindFailed(t *testing.T) {
	w, b := installed(t)
	w.post(modifyURL("WO-2", "http://a2.example.com/"))
	b.refuse = func(c itms.SetValues) *itms.DeviceFault {
		if slices.ContainsFunc(c.Values, func(v itms.SetValue) bool { return v.Name == urlPath }) {
			return refuseAll(c)
		}
		return nil
	}
	b.breakOff(whenSent[itms.SetValues])
	w.wantOrder("WO-2", itms.OrderExecuting)
	w.post(orderOf("WO-3", itms.KindTerminate, "S1"))
	w.wantOrder("WO-3", itms.OrderHeld)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderSuperseded)
	b.refuse = nil
	for range 3 {
		b.contact("2 PERIODIC")
	}
	w.wantOrder("WO-3", itms.OrderDone)
}

// failedAndFollowed is change WO-2, which the box refused until it failed, and which
// WO-3 followed.
func failedAndFollowed(w *world, b *box) (failed *itms.Order) {
	w.post(modifyURL("WO-2", "http://a2.example.com/"))
	b.refuse = refuseAll
	for range 3 {
		b.contact("2 PERIODIC")
	}
	failed = w.wantOrder("WO-2", itms.OrderFailed)
	b.refuse = nil
	w.post(modifyURL("WO-3", "http://a3.example.com/"))
	b.contact("2 PERIODIC")
	return failed
}

func TestCancelOfOldFailedChange(t *testing.T) {
	w, b := installed(t)
	o := failedAndFollowed(w, b)
	w.wantOrder("WO-3", itms.OrderDone)
	if _, err := w.engine.Cancel(t.Context(), "crm", o.ID, ""); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	if b.params[urlPath] != "http://a3.example.com/" {
		t.Errorf("the box holds %q after WO-3 was done", b.params[urlPath])
	}
}

func TestRetryOfOldFailedChange(t *testing.T) {
	w, b := installed(t)
	o := failedAndFollowed(w, b)
	if _, err := w.engine.Retry(t.Context(), "ann", o.ID); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	if w.order("WO-2").State == itms.OrderDone && b.params[urlPath] != "http://a2.example.com/" {
		t.Error("done, but not what it ordered")
	}
}

func TestCancelOfFailedTerminate(t *testing.T) {
	w, b := installed(t)
	o := w.post(orderOf("WO-2", itms.KindTerminate, "S1"))
	b.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultInternal, Text: "busy"}
	}
	for range 4 {
		b.contact("2 PERIODIC")
	}
	w.wantOrder("WO-2", itms.OrderFailed)
	req := install("WO-3", "S1", mac2)
	req.Subscriber.ID, req.Service.Account = "NEW", "iptv-new-owner"
	req.Service.Password = itms.NewSecret("new-owner-pw")
	w.post(req)
	b2 := newBox(w, 2)
	b2.contact(itms.EventBootstrap)
	w.wantOrder("WO-3", itms.OrderDone)
	if _, err := w.engine.Cancel(t.Context(), "crm", o.ID, ""); !itms.IsKind(err, itms.KindConflict) {
		t.Errorf("an order that has ended its service was cancelled: %v", err)
	}
	b2.contact("2 PERIODIC")
	if b2.params[userPath] != "iptv-new-owner" {
		t.Errorf("the new customer's box got account %q password %q, subscriber %q", b2.params[userPath], b2.params[pwPath], w.service("S1").Subscriber.ID)
	}
}

func TestRebindBeforeWiped(t *testing.T) {
	w, b := installed(t)
	if _, err := w.engine.Unbind(t.Context(), "ann", b.id, "mistake"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Bind(t.Context(), "ann", b.id, itms.BindRequest{Service: "S1"}); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		b.contact("2 PERIODIC")
	}
	if b.params[userPath] == "" {
		t.Error("never claimed")
	}
}

func TestRetryAfterUnbind(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.breakOff(whenSent[itms.SetValues])
	o := w.wantOrder("WO-1", itms.OrderExecuting)
	if _, err := w.engine.Unbind(t.Context(), "ann", b.id, "x"); err != nil {
		t.Fatal(err)
	}
	w.wantOrder("WO-1", itms.OrderFailed)
	if _, err := w.engine.Retry(t.Context(), "ann", o.ID); !itms.IsKind(err, itms.KindConflict) {
		t.Errorf("an order without a device was tried again: %v", err)
	}
	b.contact("2 PERIODIC")
	if w.order("WO-1").State == itms.OrderDone {
		t.Error("the install is done: its box was wiped and serves nothing")
	}
}

func TestChangedBoxIsNotWiped(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.refuse = func(c itms.SetValues) *itms.DeviceFault { return refuseAll(c) }
	for range 3 {
		b.contact(itms.EventBoot)
	}
	o := w.wantOrder("WO-1", itms.OrderFailed)
	b.refuse = nil
	b.params[userPath], b.params[pwPath] = "iptv-S1", servicePassword
	if _, err := w.engine.Backfill(t.Context(), "ann", o.ID, itms.ClaimText{MAC: mac2}); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	b.contact("2 PERIODIC")
	if b.params[pwPath] != "" {
		t.Errorf("released box still holds credentials: %s, sent %v", w.device(b.id).State, b.sent)
	}
}

func TestOldBoxEndsOrder(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.forget = true
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderFailed)
	b.forget = false
	if _, err := w.engine.Backfill(t.Context(), "ann", o.ID, itms.ClaimText{MAC: mac2}); err != nil {
		t.Fatal(err)
	}
	b2 := newBox(w, 2)
	b2.breakOff(whenSent[itms.SetValues])
	w.wantOrder("WO-1", itms.OrderExecuting)
	b.contact("2 PERIODIC")
	o = w.order("WO-1")
	if o.State == itms.OrderDone {
		t.Error("wiping the old box ended the order of the new one")
	}
}

func TestChangeToSameBox(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.forget = true
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderFailed)
	b.forget = false
	if _, err := w.engine.Backfill(t.Context(), "ann", o.ID, itms.ClaimText{MAC: mac1}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.contact("2 PERIODIC")
	}
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestTaskWhilePassIsUnderWay(t *testing.T) {
	w, b := installed(t)
	b.inform = append(b.inform, userPath)
	b.contact("2 PERIODIC")
	b.params[userPath] = "somebody"
	b.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultInternal, Text: "busy"}
	}
	b.contact("2 PERIODIC") // drift; the push is refused: the pass waits for the next session
	b.refuse = nil
	task, err := w.engine.CreateTask(t.Context(), "ann", b.id, itms.TaskRequest{Kind: itms.TaskRecover})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		b.contact("2 PERIODIC")
	}
	w.view(func(tx itms.Tx) (err error) { task, err = tx.Tasks().Get(task.ID); return err })
	if b.params[userPath] == "somebody" {
		t.Error("neither the pass nor the task goes on")
	}
}

func TestStaleRowAlias(t *testing.T) {
	w := newWorld(t)
	w.models.row = true
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.params[rowTable+"1.Name"] = "factory"
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
	for name := range b.params {
		if name.Under(rowTable) && !strings.HasPrefix(string(name), string(rowTable)+"1.") {
			delete(b.params, name)
		}
	}
	b.params[rowTable+"2.Name"] = "x" // so that the next number differs
	b.contact(itms.EventBootstrap)
	if b.rows() > 3 {
		t.Error("rows added again and again")
	}
}

func TestCancelWhilePasswordIsInFlight(t *testing.T) {
	w, b := installed(t)
	req := orderOf("WO-2", itms.KindPassword, "S1")
	req.Service.Password = itms.NewSecret("other-Pw")
	o := w.post(req)
	b.whilePushing("2 PERIODIC", func() {
		if _, err := w.engine.Cancel(t.Context(), "crm", o.ID, ""); err != nil {
			t.Fatal(err)
		}
	})
	for range 3 {
		b.contact("2 PERIODIC")
	}
	if b.params[pwPath] != servicePassword {
		t.Errorf("the box holds %q though the change was cancelled and it counts as in sync", b.params[pwPath])
	}
}

func TestCancelAfterLostPasswordAnswer(t *testing.T) {
	w, b := installed(t)
	req := orderOf("WO-2", itms.KindPassword, "S1")
	req.Service.Password = itms.NewSecret("other-Pw")
	o := w.post(req)
	b.breakOff(whenSent[itms.SetValues])
	if b.params[pwPath] != "other-Pw" {
		t.Fatal("the box did not carry out what it was told; the case cannot arise")
	}
	if _, err := w.engine.Cancel(t.Context(), "crm", o.ID, ""); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.contact("2 PERIODIC")
	}
	if b.params[pwPath] != servicePassword {
		t.Errorf("the box holds %q", b.params[pwPath])
	}
}

func TestCancelledInstallLeavesPasswordOnRecycledBox(t *testing.T) {
	w, b := installed(t)
	w.post(orderOf("WO-2", itms.KindTerminate, "S1"))
	b.contact("2 PERIODIC")
	b.holdsNothing()
	w.wantOrder("WO-2", itms.OrderDone)
	req := install("WO-3", "S3", mac1)
	req.Service.Password = itms.NewSecret("third-Pw")
	o := w.post(req)
	b.breakOff(func(c itms.Command) bool { set, ok := c.(itms.SetValues); return ok && set.Why == "push" })
	if b.params[pwPath] != "third-Pw" {
		t.Fatal("not carried out")
	}
	if _, err := w.engine.Cancel(t.Context(), "crm", o.ID, ""); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.contact("2 PERIODIC")
	}
	if b.params[pwPath] != "" {
		t.Errorf("%s box holds %q %q", w.device(b.id).State, b.params[userPath], b.params[pwPath])
	}
}

func TestLOIDGuessingFromALockedSource(t *testing.T) {
	w := newWorld(t)
	w.policy.CodeSourceTries = 4
	w.restart()
	req := install("WO-1", "S1", "")
	req.Registration = itms.Registration{LOID: "LOID-1", Password: itms.NewSecret("0099")}
	w.post(req)
	try := func(b *box, pw string) {
		b.params[loidPath], b.params[loidPwPath] = "LOID-1", pw
		b.contact(bindEvent)
	}
	nb := func(i byte) *box {
		b := newBox(w, i)
		b.inform = append(b.inform, loidPath, loidPwPath)
		return b
	}
	a := nb(7)
	for range 4 {
		try(a, "wrong")
	}
	b := nb(8)
	for i := range 100 {
		try(b, "00"+string(rune('0'+i/10))+string(rune('0'+i%10)))
		if w.order("WO-1").State == itms.OrderDone {
			d := w.device(b.id)
			t.Fatalf("guessed at try %d from a locked source; device guesses %+v", i+1, d.Guesses)
		}
	}
}

func TestWrongPhoneCodesHitADeviceInService(t *testing.T) {
	w, b := installed(t)
	b.contact("2 PERIODIC")
	for range 5 {
		_, err := w.engine.Activate(t.Context(), "tech", itms.ActivationRequest{Code: "0000-0000-000", MAC: mac1, Source: "198.51.100.9"})
		t.Log(err)
	}
	w.pass(16 * time.Minute)
	if err := w.engine.Ring(t.Context(), "device-unlock/"+b.id.String()); err != nil {
		t.Fatal(err)
	}
	b.contact("6 CONNECTION REQUEST")
	d := w.device(b.id)
	if d.State != itms.DeviceInService {
		t.Error("a box in service was sent back to its registration page")
	}
}

func TestUpgradeOfACancelledOrder(t *testing.T) {
	w := newWorld(t)
	w.models.judge = tooOld
	o := w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.tells(9010) // failed: it will be tried again
	if _, err := w.engine.Cancel(t.Context(), "crm", o.ID, ""); err != nil {
		t.Fatal(err)
	}
	w.models.judge = nil
	o2 := w.post(technicianInstall("WO-2", "S2"))
	w.pass(3 * time.Hour)
	_ = w.engine.Ring(t.Context(), "device-upgrade/"+b.id.String())
	b.contact(itms.EventBoot)
	b.typeCode(o2.Code.Reveal())
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
}

func TestUpgradeOfAWithdrawnRule(t *testing.T) {
	w := newWorld(t)
	w.models.judge = tooOld
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.tells(9010)
	w.models.judge, w.models.digest = nil, "d2"
	for range 3 {
		b.contact(itms.EventBoot)
		w.pass(2 * time.Hour)
	}
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestReverseOfEmptyTerminate(t *testing.T) {
	w := newWorld(t)
	w.post(technicianInstall("WO-1", "S1"))
	o := w.post(orderOf("WO-2", itms.KindTerminate, "S1"))
	w.wantOrder("WO-2", itms.OrderDone)
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v", r)
		}
	}()
	_, _, err := w.engine.Reverse(t.Context(), "ann", o.ID, "WO-3")
	t.Log(err)
}

func TestLocksAreForgottenAfterADay(t *testing.T) {
	w := newWorld(t)
	w.post(technicianInstall("WO-1", "S1"))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	lock := func() time.Duration {
		for range 5 {
			b.typeCode("0000-0000-000")
		}
		return w.device(b.id).Guesses.Until.Sub(w.now())
	}
	t.Log(lock())
	w.pass(16 * time.Minute)
	if err := w.engine.Ring(t.Context(), "device-unlock/"+b.id.String()); err != nil {
		t.Fatal(err)
	}
	w.pass(300 * 24 * time.Hour)
	if again := lock(); again > 15*time.Minute {
		t.Errorf("ten months later the first lock lasts %s", again)
	}
}

func TestReverseOfModifyRestoresPassword(t *testing.T) {
	w, b := installed(t)
	req := modifyURL("WO-2", "http://a2.example.com/")
	req.Service.Password = itms.NewSecret("other-Pw")
	o := w.post(req)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
	if _, _, err := w.engine.Reverse(t.Context(), "ann", o.ID, "WO-3"); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	w.wantOrder("WO-3", itms.OrderDone)
	if b.params[pwPath] != servicePassword {
		t.Errorf("url %q, password %q", b.params[urlPath], b.params[pwPath])
	}
}

func TestBackfillOfATechniciansLOIDOrder(t *testing.T) {
	w := newWorld(t)
	req := technicianInstall("WO-1", "S1")
	req.Registration = itms.Registration{LOID: "LOID-1"}
	o := w.post(req)
	if _, err := w.engine.Backfill(t.Context(), "post", o.ID, itms.ClaimText{MAC: mac1}); err != nil {
		t.Error(err)
	}
}

func TestUnbindOrphansAWaitingChange(t *testing.T) {
	w, b := installed(t)
	w.post(modifyURL("WO-2", "http://a2.example.com/"))
	if _, err := w.engine.Unbind(t.Context(), "ann", b.id, "broken"); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	b2 := newBox(w, 2)
	b2.contact(itms.EventBootstrap)
	if _, err := w.engine.Bind(t.Context(), "ann", b2.id, itms.BindRequest{Service: "S1"}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b2.contact("2 PERIODIC")
	}
	if !w.order("WO-2").State.Final() {
		t.Error("orphaned")
	}
}

func TestLineEvidenceWithoutStockKeepsThePageAway(t *testing.T) {
	w := newWorld(t)
	w.policy.ClaimByLine, w.policy.RequireStock = true, true
	w.restart()
	req := technicianInstall("WO-1", "S1")
	req.Line = itms.Line{Node: "OLT", Port: "1"}
	w.post(req)
	b := newBox(w, 1)
	mac, _ := itms.ParseMAC(mac1)
	if err := w.engine.Sight(t.Context(), "dhcp", mac, itms.Sighting{Line: itms.Line{Node: "OLT", Port: "1"}}); err != nil {
		t.Fatal(err)
	}
	b.contact(itms.EventBootstrap)
	b.contact("2 PERIODIC")
	if b.params[promptPath] == "" {
		t.Error("the box never shows its page")
	}
}

func TestEvidenceBeginsAChangeWithoutContact(t *testing.T) {
	w, b := installed(t)
	w.post(modifyURL("WO-2", "http://a2.example.com/"))
	mac, _ := itms.ParseMAC(mac1)
	w.woken = nil
	if err := w.engine.Sight(t.Context(), "dhcp", mac, itms.Sighting{Line: itms.Line{Node: "OLT", Port: "1"}}); err != nil {
		t.Fatal(err)
	}
	_ = b
	if w.order("WO-2").State != itms.OrderWaitingDevice {
		t.Error("began without its device")
	}
}

func TestSwapConfirmedForTheOldBox(t *testing.T) {
	w, b := installed(t)
	req := orderOf("WO-2", itms.KindSwap, "S1")
	req.Mode = itms.ModeTechnician
	o := w.post(req)
	_, err := w.engine.Activate(t.Context(), "tech", itms.ActivationRequest{Code: o.Code.Reveal(), MAC: mac1, Source: "198.51.100.9"})
	b.contact("2 PERIODIC")
	if err == nil {
		t.Errorf("WO-2 waits for the box that it replaces: %s %s", w.order("WO-2").State, w.order("WO-2").Reason)
	}
}

func TestCodeTypedAsLOIDIsKeptInClear(t *testing.T) {
	w := newWorld(t)
	o := w.post(technicianInstall("WO-1", "S1"))
	b := newBox(w, 1)
	b.inform = append(b.inform, loidPath)
	b.params[loidPath] = strings.ReplaceAll(o.Code.Reveal(), "-", "")
	b.contact(bindEvent)
	w.wantOrder("WO-1", itms.OrderDone)
	w.view(func(tx itms.Tx) error {
		tree, err := tx.Devices().Params(b.id)
		if text := fmt.Sprintf("%+v %+v", w.device(b.id), slices.Collect(tree.Under(""))); strings.Contains(text, b.params[loidPath]) {
			t.Error("the record of the device holds the code")
		}
		return err
	})
}

func TestCodeOnAQuarantinedBox(t *testing.T) {
	w, b := installed(t)
	if _, err := w.engine.Unbind(t.Context(), "ann", b.id, "returned"); err != nil {
		t.Fatal(err)
	}
	b.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultInternal, Text: "busy"}
	}
	for range 4 {
		b.contact("2 PERIODIC")
	}
	b.refuse = nil
	for range 4 {
		b.contact(itms.EventBoot)
	}
	if b.params[pwPath] != "" {
		t.Errorf("never overwritten again: %s", w.device(b.id).State)
	}
	o := w.post(technicianInstall("WO-2", "S2"))
	b.typeCode(o.Code.Reveal())
	b.contact("2 PERIODIC")
	if w.order("WO-2").State != itms.OrderDone {
		t.Error("the code is swallowed")
	}
}

func TestLockedText(t *testing.T) {
	w := newWorld(t)
	o := w.post(technicianInstall("WO-1", "S1"))
	if _, err := w.engine.Backfill(t.Context(), "x", o.ID, itms.ClaimText{MAC: mac1}); err != nil {
		t.Fatal(err)
	}
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	for range 5 {
		b.typeCode("0000-0000-000")
	}
	b.contact(itms.EventBoot)
	if w.device(b.id).Problem == "" {
		t.Error("no words")
	}
}

func TestTwoFinalCallbacks(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.forget = true
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderFailed)
	if _, err := w.engine.Cancel(t.Context(), "crm", o.ID, ""); err != nil {
		t.Fatal(err)
	}
	n := 0
	w.view(func(tx itms.Tx) error {
		q, err := tx.Outbox().List("", 100)
		for _, d := range q {
			if strings.Contains(string(d.Body), `"final":true`) && strings.Contains(string(d.Body), `"attempt":1`) {
				n++
			}
		}
		return err
	})
	if n != 1 {
		t.Errorf("%d final callbacks of attempt 1", n)
	}
}

func TestStaleUpgradeBlocksChanges(t *testing.T) {
	w := newWorld(t)
	w.models.judge = tooOld
	o := w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.tells(9010)
	if _, err := w.engine.Bind(t.Context(), "ann", b.id, itms.BindRequest{Order: o.ID}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.contact("2 PERIODIC")
	}
	w.wantOrder("WO-1", itms.OrderDone)
	w.post(modifyURL("WO-2", "http://a2.example.com/"))
	for range 3 {
		b.contact("2 PERIODIC")
	}
	w.wantOrder("WO-2", itms.OrderDone)
}

func TestForceWithoutDevice(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.forget = true
	b.contact(itms.EventBootstrap)
	o := w.wantOrder("WO-1", itms.OrderFailed)
	if _, err := w.engine.Unbind(t.Context(), "ann", b.id, ""); err != nil {
		t.Fatal(err)
	}
	_, err := w.engine.Force(t.Context(), "ann", o.ID, "works")
	if err == nil {
		t.Error("done without a device")
	}
}

func TestSightingWakesEveryTime(t *testing.T) {
	w, b := installed(t)
	b.contact("2 PERIODIC")
	mac, _ := itms.ParseMAC(mac1)
	w.woken = nil
	for range 3 {
		_ = w.engine.Sight(t.Context(), "dhcp", mac, itms.Sighting{Line: itms.Line{Node: "OLT", Port: "1"}})
	}
	if len(w.woken) > 0 {
		t.Errorf("a box in service was woken %d times by lease renewals", len(w.woken))
	}
}

func TestLOIDOverrulesTheNamedBox(t *testing.T) {
	w := newWorld(t)
	req := install("WO-1", "S1", mac1)
	req.Registration = itms.Registration{LOID: "LOID-1"}
	w.post(req)
	b := newBox(w, 9)
	b.inform = append(b.inform, loidPath)
	b.params[loidPath] = "LOID-1"
	b.contact(bindEvent)
	if w.order("WO-1").State == itms.OrderDone {
		t.Errorf("claimed by %s", w.order("WO-1").Device)
	}
}

func TestCancelOfFailedResumeSuspendsAgain(t *testing.T) {
	w, b := installed(t)
	w.post(orderOf("WO-2", itms.KindSuspend, "S1"))
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
	w.post(orderOf("WO-3", itms.KindResume, "S1"))
	b.refuse = refuseAll
	for range 3 {
		b.contact("2 PERIODIC")
	}
	o := w.wantOrder("WO-3", itms.OrderFailed)
	w.post(orderOf("WO-4", itms.KindResume, "S1"))
	_ = o
	if w.order("WO-4").State == itms.OrderDone && b.params[userPath] == "" {
		t.Error("a second resume is 'done' although the service never came back on the box")
	}
}

func TestLongLOID(t *testing.T) {
	w := newWorld(t)
	loid := strings.Repeat("\u7f51", 200)
	req := install("WO-1", "S1", "")
	req.Registration = itms.Registration{LOID: loid}
	o, _, err := w.engine.Submit(t.Context(), "x", req)
	if err != nil {
		t.Log(err)
		return
	}
	b := newBox(w, 1)
	b.inform = append(b.inform, loidPath)
	b.params[loidPath] = loid
	b.contact(bindEvent)
	_ = o
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestEvidenceAskedOncePerBoot(t *testing.T) {
	w := newWorld(t)
	w.policy.EvidenceURL = "http://127.0.0.1:1/where/{mac}"
	w.restart()
	b := newBox(w, 1)
	count := func() (n int) {
		w.view(func(tx itms.Tx) error {
			q, err := tx.Outbox().List("", 1000)
			for _, d := range q {
				if d.Kind == "evidence" {
					n++
				}
			}
			return err
		})
		return n
	}
	for range 5 {
		b.contact(itms.EventBoot)
	}
	if n := count(); n > 5 {
		t.Errorf("%d inquiries of 5 boots are queued", n)
	}
}

func TestConflictRaisesAnAlarm(t *testing.T) {
	w := newWorld(t)
	a, b := newBox(w, 1), newBox(w, 2)
	b.params[stbPath] = a.params[stbPath]
	a.contact(itms.EventBootstrap)
	for range 3 {
		b.contact(itms.EventBoot)
	}
	alarms := 0
	w.view(func(tx itms.Tx) error {
		evs, err := tx.Journal().After(0, 1000)
		for _, e := range evs {
			if e.Type == "device.conflict" && e.Alarm {
				alarms++
			}
		}
		return err
	})
	if alarms == 0 {
		t.Error("no alarm")
	}
}

func TestFailedTransferIsNotRepeatedInTheSameSession(t *testing.T) {
	w := newWorld(t)
	w.models.judge = tooOld
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	session, err := b.begin("7 TRANSFER COMPLETE")
	if err != nil {
		t.Fatal(err)
	}
	b.session = session
	b.tells(9010)
	cmd, err := w.engine.Next(t.Context(), b.id, session)
	if err != nil {
		t.Fatal(err)
	}
	if _, again := cmd.(itms.Download); again {
		t.Error("again at once")
	}
}

func TestCodeOnABoxWhoseSerialIsShared(t *testing.T) {
	w := newWorld(t)
	o := w.post(technicianInstall("WO-1", "S1"))
	mk := func(oui string) *box {
		b := newBox(w, 1)
		b.id, _ = itms.NewDeviceID(oui, "STB", "0001")
		b.inform = []itms.ParamPath{"Device.DeviceInfo.SoftwareVersion", promptPath}
		delete(b.params, stbPath)
		delete(b.params, macPath)
		return b
	}
	a, b := mk("00005E"), mk("00005F")
	a.contact(itms.EventBootstrap)
	b.contact(itms.EventBootstrap)
	b.typeCode(o.Code.Reveal())
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestPendingAgreesWithTheRules(t *testing.T) {
	w, b := installed(t)
	w.policy.ClaimByLine = true
	w.restart()
	if _, err := w.engine.Unbind(t.Context(), "ann", b.id, ""); err != nil {
		t.Fatal(err)
	}
	b.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultInternal, Text: "busy"}
	}
	for range 4 {
		b.contact("2 PERIODIC")
	}
	mac, _ := itms.ParseMAC(mac1)
	req := technicianInstall("WO-2", "S2")
	req.Line = itms.Line{Node: "OLT", Port: "1"}
	w.post(req)
	_ = w.engine.Sight(t.Context(), "dhcp", mac, itms.Sighting{Line: req.Line})
	f := w.device(b.id).Fence
	b.contact("2 PERIODIC")
	g := w.device(b.id).Fence
	b.contact("2 PERIODIC")
	h := w.device(b.id).Fence
	if f != g || g != h {
		t.Errorf("sessions with nothing to do write: %v %v", f != g, g != h)
	}
}

// Rules go by the model, which many boxes tell only when asked.
func TestRulesWaitForTheModel(t *testing.T) {
	w := newWorld(t)
	w.models.model = true
	w.models.judge = func(d *itms.Device, _ string) workorder.Verdict {
		return workorder.Verdict{Allowed: d.Model != "EX-1", Reason: "not here"}
	}
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.params[modelPath] = "EX-1"
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderHeld)
	b.holdsNothing()
	other := newBox(w, 2)
	other.params[modelPath] = "EX-2"
	w.post(install("WO-2", "S2", mac2))
	other.contact(itms.EventBootstrap)
	w.wantOrder("WO-2", itms.OrderDone)
}

// A later order that has not been carried out supersedes nothing: it may be cancelled.
func TestWaitingOrderSupersedesNothing(t *testing.T) {
	w, b := installed(t)
	change := func(no string, seq int64, pw string) *itms.Order {
		req := orderOf(no, itms.KindPassword, "S1")
		req.Seq, req.Service.Password = seq, itms.NewSecret(pw)
		return w.post(req)
	}
	third := change("WO-3", 3, "third-Pw")
	change("WO-2", 2, "second-Pw")
	w.wantOrder("WO-2", itms.OrderHeld)
	if _, err := w.engine.Cancel(t.Context(), "crm", third.ID, ""); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	w.wantOrder("WO-2", itms.OrderDone)
	if b.params[pwPath] != "second-Pw" {
		t.Errorf("the box holds %q", b.params[pwPath])
	}
}

// A suspension that waits behind another order is not given up before that is over.
func TestSuspendOutlastsWhatItWaitsFor(t *testing.T) {
	w, b := installed(t)
	password := orderOf("WO-2", itms.KindPassword, "S1")
	password.Service.Password = itms.NewSecret("another-Pw")
	w.post(password) // the box is off
	w.post(orderOf("WO-3", itms.KindSuspend, "S1"))
	w.pass(w.policy.HoldTTL + time.Minute)
	if err := w.engine.RingDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantOrder("WO-3", itms.OrderHeld)
	b.contact(itms.EventBoot)
	w.wantOrder("WO-3", itms.OrderDone)
	b.holdsNothing()
}

// What a process that died had sent is no failure of the device.
func TestDeathOfTheServerIsNoTry(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	for range 5 {
		b.breakOff(whenSent[itms.SetValues])
		w.restart()
	}
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestBlockedIsAState(t *testing.T) {
	w, b := installed(t)
	for _, want := range []itms.DeviceState{itms.DeviceBlocked, itms.DeviceInService} {
		d, err := w.engine.Block(t.Context(), "ann", b.id, want == itms.DeviceBlocked)
		if err != nil || d.State != want {
			t.Errorf("%v %v, want %s", d.State, err, want)
		}
	}
}

func TestRefusedAndExpiredCodesAreExplained(t *testing.T) {
	w := newWorld(t)
	o := w.post(technicianInstall("WO-1", "S1"))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	w.pass(w.policy.CodeTTL + time.Minute)
	b.typeCode(o.Code.Reveal())
	b.contact("2 PERIODIC")
	d, err := w.engine.ExplainDevice(t.Context(), b.id)
	if err != nil || d.Code != itms.TroubleRefused || !strings.Contains(d.Operator, "expired") {
		t.Errorf("%+v %v", d, err)
	}
	if d := w.explained("WO-1", itms.TroubleNeedsSTB); !strings.Contains(d.Operator, "issued again") {
		t.Errorf("%+v", d)
	}
}

// A wipe that failed is tried again when the box boots, and ends its order then.
func TestFailedWipeIsTriedAgain(t *testing.T) {
	w, b := installed(t)
	w.post(orderOf("WO-2", itms.KindTerminate, "S1"))
	b.refuse = func(itms.SetValues) *itms.DeviceFault {
		return &itms.DeviceFault{Code: itms.FaultArguments, Text: "no"}
	}
	b.contact("2 PERIODIC")
	o := w.wantOrder("WO-2", itms.OrderFailed)
	d, err := w.engine.ExplainDevice(t.Context(), b.id)
	if err != nil || d.Code != itms.TroubleFault || w.device(b.id).State != itms.DeviceQuarantine {
		t.Errorf("%+v %v", d, err)
	}
	b.refuse = nil
	b.contact(itms.EventBoot)
	b.holdsNothing()
	w.wantOrder("WO-2", itms.OrderDone)
	if _, err := w.engine.Retry(t.Context(), "ann", o.ID); itms.KindOf(err) != itms.KindConflict {
		t.Errorf("retry of a done order: %v", err)
	}
}

func TestReverseOfAnOvertakenOrderIsRefused(t *testing.T) {
	w, b := installed(t)
	w.post(modifyURL("WO-2", "http://a2.example.com/"))
	b.contact("2 PERIODIC")
	w.post(modifyURL("WO-3", "http://a3.example.com/"))
	b.contact("2 PERIODIC")
	_, _, err := w.engine.Reverse(t.Context(), "ann", w.order("WO-2").ID, "WO-4")
	wantCode(t, err, itms.CodeOrderState)
}
