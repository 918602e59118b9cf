package itms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

func TestParseMAC(t *testing.T) {
	for _, in := range []string{"00:00:5E:00:53:01", "00-00-5e-00-53-01", "0000.5e00.5301", "00005E005301", " 00 00 5e 00 53 01 "} {
		m, err := itms.ParseMAC(in)
		if err != nil || m.String() != "00:00:5E:00:53:01" || m.Key() != "00005E005301" {
			t.Errorf("%q: %s (%v)", in, m, err)
		}
	}
	for _, in := range []string{"", "00:00:5E:00:53", "00:00:5E:00:53:0G", "00:00:00:00:00:00", "00:00:5E:00:53:01:02", "FF:FF:FF:FF:FF:FF", "01:00:5E:00:00:01"} {
		if m, err := itms.ParseMAC(in); itms.KindOf(err) != itms.KindInvalid {
			t.Errorf("%q was taken as %s (%v)", in, m, err)
		}
	}
}

func TestZeroMACRoundTrips(t *testing.T) {
	var m itms.MAC
	text, err := m.MarshalText()
	if err != nil || len(text) != 0 {
		t.Errorf("zero MAC is %q (%v)", text, err)
	}
	m[0] = 1
	if err := m.UnmarshalText(nil); err != nil || !m.IsZero() {
		t.Errorf("empty text gives %s (%v)", m, err)
	}
}

func TestSTBID(t *testing.T) {
	id, err := itms.ParseSTBID("00000001-99000100-11000000-5e005301")
	if err != nil || id.MAC().String() != "00:00:5E:00:53:01" {
		t.Errorf("%s has MAC %s (%v)", id, id.MAC(), err)
	}
	for _, in := range []string{"", "0123", strings.Repeat("0", 32), strings.Repeat("x", 32)} {
		if _, err := itms.ParseSTBID(in); err == nil {
			t.Errorf("%q was taken", in)
		}
	}
}

func TestDeviceIDForms(t *testing.T) {
	for _, c := range []struct {
		oui, class, serial, want string
	}{
		{"00005e", "STB", "SN1", "00005E-STB-SN1"},
		{"00005E", "", "SN1", "00005E--SN1"},
		{"00005E", "HG-1", "SN-1-2", "00005E-HG%2D1-SN-1-2"},
		{" 00005E ", "a b", "1/2%3", "00005E-a%20b-1%2F2%253"},
	} {
		id, err := itms.NewDeviceID(c.oui, c.class, c.serial)
		if err != nil || id.String() != c.want {
			t.Errorf("%v: %s, want %s (%v)", c, id, c.want, err)
		}
	}
	if id, err := itms.ParseDeviceID("00005E-SN9"); err != nil || id.Serial != "SN9" || id.ProductClass != "" {
		t.Errorf("two-part id: %+v (%v)", id, err)
	}
	for _, in := range []string{"", "x", "00005E-a-%zz", "00005E-a-%1", "00005E--", "-a-b"} {
		if id, err := itms.ParseDeviceID(in); err == nil {
			t.Errorf("%q was taken as %+v", in, id)
		}
	}
}

func TestDeviceIDRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[ -~é中]{1,20}`)
		id, err := itms.NewDeviceID(part.Draw(t, "oui"), part.Draw(t, "class"), part.Draw(t, "serial"))
		if err != nil {
			t.Skip("not an identity")
		}
		back, err := itms.ParseDeviceID(id.String())
		if err != nil || back != id {
			t.Fatalf("%+v -> %s -> %+v (%v)", id, id, back, err)
		}
	})
}

func TestCheckKeyRefusals(t *testing.T) {
	for _, in := range []string{"", "a\x00b", "a\nb", "\xff", strings.Repeat("k", itms.MaxKey+1)} {
		if err := itms.CheckKey("/k", in); itms.KindOf(err) != itms.KindInvalid {
			t.Errorf("%.20q was taken as a key", in)
		}
	}
}

func TestNewIDsSortByTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a, b := itms.NewID(at), itms.NewID(at.Add(time.Millisecond))
	if len(a) != 26 || a >= b {
		t.Errorf("%s and, later, %s", a, b)
	}
	if a == itms.NewID(at) {
		t.Error("two ids of one moment are equal")
	}
}

// Every way of printing or marshalling that Go has must hide a secret.
func TestSecretsNeverPrint(t *testing.T) {
	const clear = "t0p-Secret"
	s, sealed := itms.NewSecret(clear), itms.Sealed(clear)
	type doc struct {
		S itms.Secret
		P *itms.Secret
		M map[string]itms.Secret
	}
	d := doc{s, &s, map[string]itms.Secret{"k": s}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{s, &s, d, &d} {
			if out := fmt.Sprintf(verb, v); strings.Contains(out, clear) || strings.Contains(out, fmt.Sprintf("%x", clear)) {
				t.Errorf("%s prints %s", verb, out)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if out := fmt.Sprintf(verb, sealed); strings.Contains(out, clear) {
			t.Errorf("sealed with %s prints %s", verb, out)
		}
	}
	if b, err := json.Marshal(d); err != nil || strings.Contains(string(b), clear) {
		t.Errorf("JSON: %s (%v)", b, err)
	}
	var back itms.Secret
	if err := json.Unmarshal([]byte(`"`+clear+`"`), &back); err != nil || back.Reveal() != clear {
		t.Errorf("input is not read: %v", err)
	}
}

func TestErrorKeepsCauseAndFields(t *testing.T) {
	err := itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the store is away").Because(io.ErrUnexpectedEOF)
	if !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "the store is away: unexpected EOF" {
		t.Errorf("%v", err)
	}
	wrapped := fmt.Errorf("while reading: %w", itms.Invalid("/a/b", "is %d", 7))
	if itms.KindOf(wrapped) != itms.KindInvalid || !strings.Contains(wrapped.Error(), "/a/b: is 7") {
		t.Errorf("%v", wrapped)
	}
	if itms.KindOf(io.EOF) != itms.KindInternal || itms.IsKind(io.EOF, itms.KindInternal) {
		t.Error("a foreign error is internal to KindOf and of no kind to IsKind")
	}
}

func TestSameValue(t *testing.T) {
	for _, c := range []struct {
		typ, a, b string
		same      bool
	}{
		{itms.TypeBoolean, "true", "1", true}, {itms.TypeBoolean, "FALSE", "0", true}, {itms.TypeBoolean, "1", "0", false},
		{itms.TypeUnsignedInt, "007", "7", true}, {itms.TypeInt, "-0", "0", true}, {itms.TypeInt, "+5", "5", true}, {itms.TypeInt, "-5", "5", false},
		{itms.TypeString, "1", "true", false}, {"", "a ", "a", false},
	} {
		if got := itms.SameValue(c.typ, c.a, c.b); got != c.same {
			t.Errorf("%s: %q and %q: %v", c.typ, c.a, c.b, got)
		}
	}
}

func TestParamPath(t *testing.T) {
	if p, err := itms.ParseParamPath("Device.X."); err != nil || !p.IsObject() || p.Leaf() != "X" {
		t.Errorf("%s %v", p, err)
	}
	for _, in := range []string{"", "a b", ".x", "a..b", "<a>", strings.Repeat("a", 257)} {
		if _, err := itms.ParseParamPath(in); err == nil {
			t.Errorf("%.30q was taken", in)
		}
	}
	if itms.ParamPath("Device.WiFi10.A").Under("Device.WiFi1") || !itms.ParamPath("Device.WiFi.A").Under("Device.WiFi.") {
		t.Error("a prefix must end at a dot")
	}
	for name, secret := range map[itms.ParamPath]bool{"Device.A.KeyPassphrase": true, "Device.A.UserPassword": true,
		"Device.PasswordPolicy.Length": false, "Device.A.UserID": false, "Device.W.PreSharedKey": true} {
		if name.IsSecret() != secret {
			t.Errorf("%s: secret %v", name, !secret)
		}
	}
}

func TestClaimMatches(t *testing.T) {
	mac, _ := itms.ParseMAC("00:00:5E:00:53:01")
	other, _ := itms.ParseMAC("00:00:5E:00:53:02")
	stb, _ := itms.ParseSTBID("0000000199000100110000005E005301")
	id, _ := itms.NewDeviceID("00005E", "STB", "SN1")
	for name, c := range map[string]struct {
		claim itms.DeviceClaim
		d     itms.Device
		want  bool
	}{
		"same MAC":                      {itms.DeviceClaim{MAC: mac}, itms.Device{ID: id, MAC: mac}, true},
		"other MAC":                     {itms.DeviceClaim{MAC: mac}, itms.Device{ID: id, MAC: other}, false},
		"MAC inside the claimed STBID":  {itms.DeviceClaim{STBID: stb}, itms.Device{ID: id, MAC: mac}, true},
		"MAC inside the reported STBID": {itms.DeviceClaim{MAC: mac}, itms.Device{ID: id, STBID: stb}, true},
		"serial when no MAC is known":   {itms.DeviceClaim{MAC: mac, Serial: "SN1"}, itms.Device{ID: id}, true},
		"serial does not outvote MAC":   {itms.DeviceClaim{MAC: mac, Serial: "SN1"}, itms.Device{ID: id, MAC: other}, false},
		"nothing in common":             {itms.DeviceClaim{MAC: mac}, itms.Device{ID: id}, false},
	} {
		if got := c.claim.Matches(&c.d); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestFinalStates(t *testing.T) {
	final := map[itms.OrderState]bool{itms.OrderDone: true, itms.OrderRejected: true, itms.OrderCancelled: true, itms.OrderSuperseded: true, itms.OrderExpired: true}
	for _, s := range itms.OrderStates {
		if s.Final() != final[s] {
			t.Errorf("%s: final %v", s, s.Final())
		}
	}
}

func TestCancellationID(t *testing.T) {
	id := itms.ServiceOrderID(itms.NewID(time.Now()))
	if got, ok := itms.ServiceOrderOfCancellation(itms.CancellationID(id, 12)); !ok || got != id {
		t.Errorf("%s, %v", got, ok)
	}
	for _, text := range []string{"", "-c1", "x", "x-c", "x-cy", "x-c1y"} {
		if got, ok := itms.ServiceOrderOfCancellation(text); ok {
			t.Errorf("%q is one of %q", text, got)
		}
	}
}
