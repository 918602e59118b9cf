package profile

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// drawDocument writes a profile an operator might have written, right or wrong.
func drawDocument(t *rapid.T) string {
	expressions := []string{
		"service.account", "service.password", "service.access.password", `service["password"]`, "line.vlan", "true", "nil",
		`"a" + service.access.password + "b"`, `service.password == "" ? "" : "set"`, "coalesce(service.password, line.area)",
		"upper(service.access.password)", "len(service.password)", "attributes.region", "int(service.account)",
	}
	var b strings.Builder
	b.WriteString(small("rows:\n  - {alias: a, table: Device.T., fixed: 1, if: line.vlan > 0}\nparams:\n"))
	for i := range rapid.IntRange(1, 4).Draw(t, "params") {
		where := rapid.SampledFrom([]string{"Device.", "Device.T.{a}.", "{root}"}).Draw(t, "where")
		fmt.Fprintf(&b, "  - name: %q\n    value: '%s'\n", fmt.Sprint(where, "P", i), rapid.SampledFrom(expressions).Draw(t, "value"))
		for _, key := range []string{
			"type: boolean", "type: int", "empty: send", "secret: true", "writeOnly: false", "optional: true", "wipe: keep", "wipe: device.ip", "wipe: false", "if: service.password != \"\"",
		} {
			word, _, _ := strings.Cut(key, ":")
			if rapid.Bool().Draw(t, key) && !strings.Contains(lastParam(b.String()), word+":") {
				fmt.Fprintf(&b, "    %s\n", key)
			}
		}
	}
	return b.String()
}

// lastParam returns the text of the last parameter.
func lastParam(text string) string { return text[strings.LastIndex(text, "  - "):] }

// TestGeneratedProfiles: whatever an operator writes, a profile that loads keeps
// the rules on secrets; the built-in ones are only some of all.
func TestGeneratedProfiles(t *testing.T) {
	loaded := 0
	rapid.Check(t, func(t *rapid.T) {
		text := drawDocument(t)
		p, err := Parse("drawn.yaml", strings.NewReader(text))
		if err != nil {
			if !strings.Contains(err.Error(), "drawn.yaml:") {
				t.Fatalf("%v names no place", err)
			}
			return
		}
		loaded++
		in := drawInput(t)
		in.Service.Type = itms.ServiceIPTV
		in.Service.Password, in.Service.Access.Password = itms.NewSecret("s3cret-a"), itms.NewSecret("s3cret-b")
		in.Management.ConnectionPassword = itms.NewSecret("s3cret-c")
		checkBound(t, p, in)
		checkUnbound(t, p, in)
		checkDerived(t, p, in)
		in.Known = tree("Device.T.1.P0", "Device.T.2.P0")
		checkWithdrawn(t, p, in)
	})
	if loaded == 0 {
		t.Error("no drawn document loads: the test shows nothing")
	}
}

// checkDerived: a value must be hidden when it changes with a password, in
// whatever form the password went into it.
func checkDerived(t fataler, p *Profile, in Input) {
	t.Helper()
	in.Bound = true
	before, err := p.Wanted(in)
	if err != nil {
		return
	}
	in.Service.Password, in.Service.Access.Password = itms.NewSecret("other-one"), itms.NewSecret("other-two")
	after, err := p.Wanted(in)
	if err != nil || len(after.Params) != len(before.Params) {
		return
	}
	for i, q := range before.Params {
		if q.Value != after.Params[i].Value && !q.Hide {
			t.Fatalf("%s changes with a password and is not hidden", q.Names[0])
		}
	}
}
