package workorder_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

// technicianInstall is an install whose box nobody has named yet.
func technicianInstall(no, service string) itms.OrderRequest {
	req := install(no, service, "")
	req.Mode = itms.ModeTechnician
	return req
}

// typeCode types a code into the box and informs, as its page would.
func (b *box) typeCode(code string) []itms.Command {
	b.w.t.Helper()
	b.params[codePath] = code
	if !slices.Contains(b.inform, codePath) {
		b.inform = append(b.inform, codePath)
	}
	return b.contact(bindEvent)
}

// shows is what the page of the box shows: state, verdict, wrong tries.
func (b *box) shows(want string) {
	b.w.t.Helper()
	if got := b.params[promptPath]; got != want {
		b.w.t.Fatalf("the page of %s shows %q, want %q", b.id, got, want)
	}
}

// wantCode fails the test unless err has the code.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *itms.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("error %v, want code %s", err, code)
	}
}

// device reads a device.
func (w *world) device(id itms.DeviceID) (d *itms.Device) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) { d, err = tx.Devices().Get(id); return err })
	return d
}

// service reads a service.
func (w *world) service(id itms.ServiceID) (s *itms.Service) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) { s, err = tx.Services().Get(id); return err })
	return s
}

func TestTechnicianInstall(t *testing.T) {
	w := newWorld(t)
	o := w.post(technicianInstall("WO-1", "S1"))
	if o.State != itms.OrderWaitingSTB || o.Code == "" {
		t.Fatalf("state %s, code %q", o.State, o.Code.Reveal())
	}
	again, created, err := w.engine.Submit(t.Context(), "bss", technicianInstall("WO-1", "S1"))
	if err != nil || created || again.Code != "" {
		t.Errorf("a repeat tells the code again: %v %v %v", again.Code.Reveal(), created, err)
	}
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.shows("ask 0 0")
	if d := w.device(b.id); d.State != itms.DeviceCodeRequired || b.params[intervalPath] != "300" {
		t.Errorf("the box is %s, comes every %s", d.State, b.params[intervalPath])
	}
	b.typeCode(strings.ReplaceAll(o.Code.Reveal(), "-", " "))
	done := w.wantOrder("WO-1", itms.OrderDone)
	b.shows("done 0 0")
	if done.Way != itms.ByBoxCode || done.Claim.MAC.String() != "00:00:5E:00:53:01" || b.params[pwPath] != servicePassword {
		t.Errorf("way %s, claim %v, password of %d characters", done.Way, done.Claim, len(b.params[pwPath]))
	}
	want := []string{"waitingStb", "executing", "verifying", "done"}
	if got := w.callbacks("WO-1"); !slices.Equal(got, want) {
		t.Errorf("callbacks %v, want %v", got, want)
	}
}

func TestCodeOrderBackfilled(t *testing.T) {
	w := newWorld(t)
	o := w.post(technicianInstall("WO-1", "S1"))
	o2, err := w.engine.Backfill(t.Context(), "post", o.ID, itms.ClaimText{MAC: mac1})
	if err != nil || o2.State != itms.OrderWaitingCode {
		t.Fatalf("%v %v", o2, err)
	}
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderWaitingCode)
	if b.params[pwPath] != "" {
		t.Fatal("the box got credentials before its code")
	}
	other := newBox(w, 2)
	other.contact(itms.EventBootstrap)
	other.typeCode(o.Code.Reveal())
	other.shows("refused 3 1")
	b.typeCode(o.Code.Reveal())
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestWithoutCodeWhenThePolicySaysSo(t *testing.T) {
	w := newWorld(t)
	w.policy.CodeAlways = false
	w.restart()
	req := technicianInstall("WO-1", "S1")
	req.Device.MAC = mac1
	w.post(req)
	w.wantOrder("WO-1", itms.OrderWaitingDevice)
	newBox(w, 1).contact(itms.EventBootstrap)
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestMistypedCodeCostsNoTry(t *testing.T) {
	w := newWorld(t)
	o := w.post(technicianInstall("WO-1", "S1"))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	for _, digit := range "01245678" { // 3 is the right check digit
		b.typeCode("1234567890" + string(digit))
		b.shows("refused 2 0")
	}
	if n := len(w.device(b.id).Guesses.Wrong); n > 0 {
		t.Errorf("%d wrong tries were counted", n)
	}
	b.typeCode(o.Code.Reveal())
	w.wantOrder("WO-1", itms.OrderDone)
}

// wrongCode is a code with the right check digit that nobody was given.
func wrongCode() string { return itms.NewCodeDigits().Reveal() }

func TestWrongCodesLockTheDevice(t *testing.T) {
	w := newWorld(t)
	o := w.post(technicianInstall("WO-1", "S1"))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	for i := range 4 {
		b.typeCode(wrongCode())
		b.shows(fmt.Sprintf("refused 2 %d", i+1))
	}
	b.contact("2 PERIODIC") // repeats what was typed: no try
	b.typeCode(wrongCode())
	b.shows("locked 3 0")
	if d := w.device(b.id); d.State != itms.DeviceLocked {
		t.Fatalf("the box is %s", d.State)
	}
	if sent := pushes(b.typeCode(o.Code.Reveal())); len(sent) != 1 {
		t.Errorf("whoever typed got no answer: %+v", sent)
	}
	w.wantOrder("WO-1", itms.OrderWaitingSTB)
	_, err := w.engine.Activate(t.Context(), "tech", itms.ActivationRequest{Code: o.Code.Reveal(), MAC: mac1})
	wantCode(t, err, itms.CodeLocked)
	var locked *itms.Error
	if !errors.As(err, &locked) || locked.Wait <= 0 || locked.Wait > w.policy.Lock {
		t.Errorf("to be tried again after %+v", locked)
	}
	if _, err := w.engine.Unlock(t.Context(), "ann", b.id); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	b.shows("ask 0 0")
	b.typeCode(o.Code.Reveal())
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestLocksDoubleAndEnd(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	lock := 15 * time.Minute
	for range 9 {
		for range 5 {
			b.typeCode(wrongCode())
		}
		d := w.device(b.id)
		if got := d.Guesses.Until.Sub(w.now()).Round(time.Minute); got != lock {
			t.Fatalf("locked for %s, want %s", got, lock)
		}
		w.pass(lock + time.Minute)
		w.until(w.engine.RunAgenda, func() bool { return w.device(b.id).State == itms.DeviceCodeRequired })
		lock = min(2*lock, 24*time.Hour)
	}
}

func TestCodeFromThePhone(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	o := w.post(technicianInstall("WO-1", "S1"))
	code := o.Code.Reveal()
	_, err := w.engine.Activate(ctx, "tech", itms.ActivationRequest{Code: code})
	wantCode(t, err, itms.CodeInvalid) // which box?
	_, err = w.engine.Activate(ctx, "tech", itms.ActivationRequest{Code: "1234", MAC: mac1})
	wantCode(t, err, itms.CodeMistyped)
	_, err = w.engine.Activate(ctx, "tech", itms.ActivationRequest{Code: wrongCode(), MAC: mac1})
	wantCode(t, err, itms.CodeUnknown)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	for range 2 { // the phone sends again when it got no answer
		got, err := w.engine.Activate(ctx, "tech", itms.ActivationRequest{Code: code, MAC: mac1})
		if err != nil || got.State != itms.OrderWaitingDevice {
			t.Fatalf("%v %v", got, err)
		}
	}
	_, err = w.engine.Activate(ctx, "tech", itms.ActivationRequest{Code: code, MAC: "00:00:5E:00:53:09"})
	wantCode(t, err, itms.CodeUsed)
	if !slices.Contains(w.woken, b.id) {
		t.Error("the box was not woken")
	}
	b.contact("6 CONNECTION REQUEST")
	if o := w.wantOrder("WO-1", itms.OrderDone); o.Way != itms.ByPhone {
		t.Errorf("way %s", o.Way)
	}
	if _, err = w.engine.Activate(ctx, "tech", itms.ActivationRequest{Code: code, MAC: mac1}); err != nil {
		t.Errorf("the same again, afterwards: %v", err)
	}
}

func TestWrongCodesLockTheSource(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	o := w.post(technicianInstall("WO-1", "S1"))
	for i := range w.policy.CodeSourceTries {
		_, err := w.engine.Activate(ctx, "tech", itms.ActivationRequest{Code: wrongCode(), MAC: fmt.Sprintf("00:00:5E:00:53:%02X", i+1), Source: "192.0.2.99"})
		wantCode(t, err, itms.CodeUnknown)
	}
	right := itms.ActivationRequest{Code: o.Code.Reveal(), MAC: mac1, Source: "192.0.2.99"}
	_, err := w.engine.Activate(ctx, "tech", right)
	wantCode(t, err, itms.CodeLocked)
	right.Source = "192.0.2.98"
	if _, err := w.engine.Activate(ctx, "tech", right); err != nil {
		t.Errorf("another source: %v", err)
	}
}

func TestReissueRevokesAndExpiryIsSaid(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	first := w.post(technicianInstall("WO-1", "S1"))
	second, err := w.engine.Reissue(ctx, "ann", first.ID)
	if err != nil || second.Code == "" || second.Code == first.Code {
		t.Fatalf("%v", err)
	}
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.typeCode(first.Code.Reveal())
	b.shows("refused 2 0")
	w.pass(73 * time.Hour)
	b.typeCode(second.Code.Reveal())
	b.shows("refused 4 0")
	_, err = w.engine.Activate(ctx, "tech", itms.ActivationRequest{Code: second.Code.Reveal(), MAC: mac1})
	wantCode(t, err, itms.CodeExpired)
	third, err := w.engine.Reissue(ctx, "ann", first.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.typeCode(third.Code.Reveal())
	w.wantOrder("WO-1", itms.OrderDone)
	_, err = w.engine.Reissue(ctx, "ann", first.ID)
	wantCode(t, err, itms.CodeOrderState)
}

// Two boxes, one code: one wins.
func TestOneCodeOnTwoBoxes(t *testing.T) {
	w := newWorld(t)
	o := w.post(technicianInstall("WO-1", "S1"))
	a, b := newBox(w, 1), newBox(w, 2)
	a.contact(itms.EventBootstrap)
	b.contact(itms.EventBootstrap)
	a.typeCode(o.Code.Reveal())
	b.typeCode(o.Code.Reveal())
	b.shows("refused 3 1")
	if b.params[pwPath] != "" || a.params[pwPath] != servicePassword {
		t.Error("the wrong box got the service")
	}
	a.typeCode(o.Code.Reveal()) // once more on the right one: nothing to do
	a.shows("idle 5 0")
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestCodeAnnouncedButNotSent(t *testing.T) {
	w := newWorld(t)
	o := w.post(technicianInstall("WO-1", "S1"))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.params[codePath] = o.Code.Reveal()
	b.contact(bindEvent) // without the parameter in the Inform: it is read
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestGatewayRegistersByLOID(t *testing.T) {
	w := newWorld(t)
	req := install("WO-1", "S1", "")
	req.Registration = itms.Registration{LOID: "LOID-1", Password: itms.NewSecret("loid-Pw")}
	w.post(req)
	w.wantOrder("WO-1", itms.OrderWaitingDevice)
	b := newBox(w, 1)
	b.inform = append(b.inform, loidPath, loidPwPath)
	b.params[loidPath], b.params[loidPwPath] = "", ""
	b.contact(itms.EventBootstrap)
	register := func(loid, password string) {
		b.params[loidPath], b.params[loidPwPath] = loid, password
		b.contact(bindEvent)
	}
	register("LOID-2", "loid-Pw")
	b.shows("refused 2 1")
	register("LOID-1", "wrong")
	b.shows("refused 3 2")
	register("LOID-1", "loid-Pw")
	if o := w.wantOrder("WO-1", itms.OrderDone); o.Way != itms.ByLOID {
		t.Errorf("way %s", o.Way)
	}
	b.shows("done 0 0")
	register("LOID-1", "loid-Pw")
	b.shows("idle 5 0")
}

// A password that is shown with the event only, and reads back empty later, was not
// typed anew.
func TestPasswordShownOnceIsNoSecondTry(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.inform = append(b.inform, loidPath, loidPwPath)
	b.params[loidPath], b.params[loidPwPath] = "LOID-1", "loid-Pw"
	b.contact(itms.EventBootstrap, bindEvent)
	b.params[loidPwPath] = ""
	b.contact("2 PERIODIC")
	b.shows("refused 2 1")
	req := install("WO-1", "S1", "")
	req.Registration = itms.Registration{LOID: "LOID-1", Password: itms.NewSecret("loid-Pw")}
	w.post(req)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
}

func TestLOIDTypedBeforeTheOrder(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.inform = append(b.inform, loidPath, loidPwPath)
	b.params[loidPath], b.params[loidPwPath] = "LOID-1", "loid-Pw"
	b.contact(itms.EventBootstrap, bindEvent)
	b.shows("refused 2 1")
	req := install("WO-1", "S1", "")
	req.Registration = itms.Registration{LOID: "LOID-1", Password: itms.NewSecret("loid-Pw")}
	w.post(req)
	b.contact("2 PERIODIC")
	w.wantOrder("WO-1", itms.OrderDone)
}
