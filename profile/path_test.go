package profile

import (
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"itms"
)

// scalar makes a text node.
func scalar(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: s, Line: 1, Column: 1}
}

// TestPath reads names and sets them below a root.
func TestPath(t *testing.T) {
	for _, c := range []struct {
		text    string
		under   itms.ParamPath
		aliases []string
	}{
		{"Device.A", "Device.A", nil},
		{"{root}A", "InternetGatewayDevice.A", nil},
		{"{root}A.{a}.B", "InternetGatewayDevice.A.{a}.B", []string{"a"}},
		{"Device.{a}.B.{bC2}.D", "Device.{a}.B.{bC2}.D", []string{"a", "bC2"}},
		{"Device.{a}.{a}.B", "Device.{a}.{a}.B", []string{"a"}},
		{"Device.X_CT-COM_A.802-1pMark", "Device.X_CT-COM_A.802-1pMark", nil},
	} {
		r := &reader{file: "t"}
		p, ok := r.path(scalar(c.text), "name", false)
		if !ok || p.under(rootGateway) != c.under || !slices.Equal(p.aliases, c.aliases) {
			t.Errorf("%s: got %+v, %v, %v", c.text, p, ok, r.problems)
		}
	}
}

// TestBadPath refuses names no device has.
func TestBadPath(t *testing.T) {
	for _, text := range []string{
		"", " ", "Device.A B", "Device..A", ".A", "Device.", "{root}", "{root}.A", "A{root}B", "Device.{}.A",
		"Device.{a.b}.C", "Device.{1}.A", "Device.a{b}.C", "Device.{b}c.D", "Device.}a{.B", "{{root}}A", "Device.{{a}}.B",
	} {
		r := &reader{file: "t"}
		if p, ok := r.path(scalar(text), "name", false); ok || len(r.problems) != 1 {
			t.Errorf("%q: got %+v and %v: expected one problem", text, p, r.problems)
		}
	}
}

// TestPathRoundTrip: a name that is read gives the same text again.
func TestPathRoundTrip(t *testing.T) {
	segment := rapid.StringMatching(`[A-Za-z0-9_-]{1,8}|\{[A-Za-z][A-Za-z0-9]{0,4}\}`)
	rapid.Check(t, func(t *rapid.T) {
		text := "Device"
		for _, s := range rapid.SliceOfN(segment, 1, 6).Draw(t, "segments") {
			text += "." + s
		}
		r := &reader{file: "t"}
		p, ok := r.path(scalar(text), "name", false)
		if ok && string(p.under(rootDevice)) != text {
			t.Fatalf("%q became %q", text, p.under(rootDevice))
		}
		if !ok && !slices.Contains([]string{"{root}"}, text) && len(r.problems) != 1 {
			t.Fatalf("%q: refused with %v", text, r.problems)
		}
	})
}

// TestIsAlias takes letters and digits.
func TestIsAlias(t *testing.T) {
	for s, want := range map[string]bool{
		"a": true, "Z9": true, "pppWcd": true, "": false, "9a": false, "a-b": false, "a.b": false, "root": false, "Root": true, "é": false,
	} {
		if isAlias(s) != want {
			t.Errorf("isAlias(%q): expected %v", s, want)
		}
	}
}
