package itms_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// 79927398713 is the textbook example of a number that passes Luhn's check.
func TestCodeDigitsAsTyped(t *testing.T) {
	for _, typed := range []string{"79927398713", "7992-7398-713", " 7992 7398 713 ", "7992\u00a07398–713"} {
		code, err := itms.ParseCodeDigits(typed)
		if err != nil || code.Reveal() != "7992-7398-713" {
			t.Errorf("%q: %s (%v)", typed, code.Reveal(), err)
		}
	}
	for _, typed := range []string{"", "7992739871", "799273987130", "7992739871x", "79927398710", "7992/7398/713", "٧9927398713"} {
		if _, err := itms.ParseCodeDigits(typed); itms.KindOf(err) != itms.KindInvalid {
			t.Errorf("%q was taken (%v)", typed, err)
		}
	}
}

// A slip of one digit is always found, and so is the exchange of neighbours but for 0
// and 9, which Luhn's check cannot tell.
func TestCodeDigitsFindSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := strings.ReplaceAll(itms.NewCodeDigits().Reveal(), "-", "")
		if _, err := itms.ParseCodeDigits(code); err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		i := rapid.IntRange(0, len(code)-1).Draw(t, "place")
		other := (code[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10 + '0'
		if _, err := itms.ParseCodeDigits(code[:i] + string(other) + code[i+1:]); err == nil {
			t.Fatalf("%s with %c at %d passes", code, other, i)
		}
		if i == 0 || code[i] == code[i-1] || (code[i]-'0')+(code[i-1]-'0') == 9 && (code[i] == '9' || code[i] == '0') {
			return
		}
		if _, err := itms.ParseCodeDigits(code[:i-1] + string(code[i]) + string(code[i-1]) + code[i+1:]); err == nil {
			t.Fatalf("%s with %d and %d exchanged passes", code, i-1, i)
		}
	})
}

func TestCodeDigitsAreNotPrinted(t *testing.T) {
	code := itms.NewCodeDigits()
	for _, text := range []string{fmt.Sprint(code), fmt.Sprintf("%v %+v %#v %s", code, code, code, code)} {
		if strings.Contains(text, string(code)) {
			t.Errorf("%s shows the code", text)
		}
	}
}

func TestActivationExpires(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	a := itms.Activation{State: itms.ActivationIssued, ExpiresAt: at}
	if a.StateAt(at.Add(-time.Second)) != itms.ActivationIssued || a.StateAt(at) != itms.ActivationExpired {
		t.Error("the end of its life is not its end")
	}
	if a.State = itms.ActivationUsed; a.StateAt(at) != itms.ActivationUsed {
		t.Error("a used code expired")
	}
}

func TestEventsOfVendorsAreFolded(t *testing.T) {
	c := itms.Contact{Events: []string{"x ct-com_bind", "1 BOOT"}}
	if !c.HasAny([]string{"X CT-COM BIND"}) || c.HasAny([]string{"X CU BIND"}) || !c.VendorEvent() {
		t.Errorf("%v", c.Events)
	}
	if c = (itms.Contact{Events: []string{"M Reboot"}}); c.VendorEvent() {
		t.Error("M Reboot is no vendor's event")
	}
}

func TestTermsOfOpenAndHeldOrders(t *testing.T) {
	o := itms.Order{No: "N", Service: "S", Subscriber: "U", State: itms.OrderHeld}
	has := func(want itms.Term) bool {
		for _, term := range o.Terms() {
			if term == want {
				return true
			}
		}
		return false
	}
	open, held := itms.Term{Type: itms.TermOpen, Value: "S"}, itms.Term{Type: itms.TermSubscriber, Value: "U"}.Held()
	if !has(open) || !has(held) {
		t.Errorf("held: %v", o.Terms())
	}
	if o.State = itms.OrderWaitingDevice; !has(open) || has(held) {
		t.Errorf("waiting: %v", o.Terms())
	}
	if o.State = itms.OrderDone; has(open) || has(held) {
		t.Errorf("done: %v", o.Terms())
	}
}
