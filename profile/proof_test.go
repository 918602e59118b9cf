package profile

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// TestProof compiles the evidence in the order of the document.
func TestProof(t *testing.T) {
	p := parse(t, small(`
proof:
  - {names: ["{root}S.Logins", Device.Old.Logins], shows: logged in, holds: int(value) > 0}
  - {name: Device.S.State, shows: up, holds: 'lower(trim(value)) in ["up", "connected"]'}
`))
	in := full(itms.ServiceIPTV, "")
	in.Device.Root = rootGateway
	w, err := p.Wanted(in)
	if err != nil || len(w.Proof) != 2 {
		t.Fatalf("got %+v, %v", w.Proof, err)
	}
	if q := w.Proof[0]; q.Text != "logged in" || !slices.Equal(q.Names, []itms.ParamPath{"InternetGatewayDevice.S.Logins", "Device.Old.Logins"}) {
		t.Errorf("got %+v", q)
	}
	for value, want := range map[string][2]bool{
		"1": {true, false}, "0": {}, "-1": {}, "abc": {}, "": {}, "99999999999999999999": {}, "1.5": {}, " 2": {},
		" Up ": {false, true}, "Connected": {false, true}, "down": {}, "\xff\x00": {}, strings.Repeat("9", 1<<16): {},
	} {
		if got := [2]bool{w.Proof[0].Holds(value), w.Proof[1].Holds(value)}; got != want {
			t.Errorf("%.20q: got %v, expected %v", value, got, want)
		}
	}
	text, err := p.Explain(in)
	if err != nil || !strings.Contains(text, "proof   InternetGatewayDevice.S.Logins | Device.Old.Logins: logged in\n") {
		t.Errorf("got %s, %v", text, err)
	}
}

// TestProofNeedsBinding: nothing is to be proved of a device without a service.
func TestProofNeedsBinding(t *testing.T) {
	p := parse(t, small("proof: [{name: Device.A, shows: works, holds: value != \"\"}]\n"))
	for _, in := range []Input{{}, {Withdraw: true}} {
		if w, err := p.Wanted(in); err != nil || len(w.Proof) > 0 {
			t.Errorf("got %+v, %v", w.Proof, err)
		}
	}
}

// TestProofNeverPanics computes conditions for any text.
func TestProofNeverPanics(t *testing.T) {
	p := parse(t, small(`
proof:
  - {name: Device.A, shows: a, holds: 'int(value) * int(value) > 1 / int(value)'}
  - {name: Device.A, shows: b, holds: 'int(trimPrefix(value, "a")) % int(value) == 0'}
  - {name: Device.A, shows: c, holds: 'value matches "^(a+)+$" or len(value) > 3'}
  - {name: Device.A, shows: d, holds: 'coalesce(value, "x") == upper(value)'}
`))
	rapid.Check(t, func(t *rapid.T) {
		checkProof(t, p, full(itms.ServiceIPTV, ""), rapid.OneOf(rapid.String(), rapid.StringMatching("a?-?[0-9]{1,30}")).Draw(t, "value"))
	})
}

// checkProof asks every proof about a value; a panic is the failure.
func checkProof(t fataler, p *Profile, in Input, value string) {
	t.Helper()
	in.Bound = true
	w, err := p.Wanted(in)
	if err != nil {
		return
	}
	for _, q := range w.Proof {
		once := q.Holds(value)
		if q.Holds(value) != once || len(q.Names) == 0 || q.Text == "" {
			t.Fatalf("wrong %+v", q)
		}
	}
}

// TestProofErrors names place and expectation of each slip.
func TestProofErrors(t *testing.T) {
	item := func(rest string) string { return "proof: [{" + rest + "}]\n" }
	const want = "test.yaml:4:9: proof: expected the keys shows and holds, and one of name and names"
	checkProblems(t, map[string]string{
		item("name: Device.A, holds: true"):                                want,
		item("name: Device.A, shows: a"):                                   want,
		item("shows: a, holds: true"):                                      want,
		item("name: Device.A, names: Device.B, shows: a, holds: true"):     want,
		item("name: Device.A, shows: '', holds: true"):                     "test.yaml:4:33: shows: expected words for people",
		item(`name: Device.A, shows: "a\tb", holds: true`):                 "test.yaml:4:33: shows: expected words for people",
		item("name: Device.A, shows: a, holds: 1"):                         "test.yaml:4:43: holds: gives int: expected bool",
		item("name: Device.A, shows: a, holds: service.password == value"): "holds: unknown name service",
		item("name: 'Device.{row}.A', shows: a, holds: true"):              "rows are not known here",
		item("name: Device.A., shows: a, holds: true"):                     "expected a parameter, without a dot",
		item("name: Device.A, shows: a, holds: true, if: true"):            `proof: unknown key "if"`,
	})
}
