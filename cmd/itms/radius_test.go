package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"itms/cmd/itms/config"
)

// radiusHead is the beginning of a configuration whose rules are tried.
const radiusHead = `cwmp: {auth: none}
radius:
  listen: ["127.0.0.1:0"]
  nas:
    bras: {networks: [192.0.2.0/24], secret: sixteen-characters}
  rules:
    a:
`

// TestRadiusMistakesAreNamed: what only the server can tell is named with its line.
func TestRadiusMistakesAreNamed(t *testing.T) {
	for rule, want := range map[string]string{
		"      attributes: {Clazz: x}\n":                                "itms.yaml:8: radius.rules.a.attributes.Clazz: Clazz: no such attribute; known are Acct-Interim-Interval",
		"      attributes: {Session-Timeout: soon}\n":                   `itms.yaml:8: radius.rules.a.attributes.Session-Timeout: "soon" is no number`,
		"      attributes: {Class: \"{{.Nobody}}\"}\n":                  "itms.yaml:8: radius.rules.a.attributes.Class: ",
		"      attributes: {Class: \"{{.Service.\"}\n":                  "is no template",
		"      kind: box\n":                                             `itms.yaml:8: radius.rules.a.kind: "box": expected mac or account`,
		"      state: gone\n":                                           `itms.yaml:8: radius.rules.a.state: "gone"`,
		"      vendor: [{vendor: 14122, type: 300, value: x}]\n":        "radius.rules.a.vendor: 14122:300: expected",
		"      vendor: [{vendor: 9, type: 1, format: float, value: x}]": `format "float": expected one of text`,
	} {
		c, err := config.Parse("itms.yaml", []byte(radiusHead+rule), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkRadius(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", rule, err, want)
		}
	}
}

// TestRadiusConfig: what is left out has its default, lists become several attributes, and
// the secret is read from its file.
func TestRadiusConfig(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "s"), []byte("of a file, long enough\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(radiusHead, "secret: sixteen-characters", "secretFile: s", 1) +
		"      attributes: {Class: [x, y], Session-Timeout: 60}\n      vendor: [{vendor: 14122, type: 8, format: integer, value: \"{{.DownBps}}\"}]\n"
	c, err := config.Parse(filepath.Join(dir, "itms.yaml"), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := radiusConfig(c)
	if err != nil || checkRadius(c) != nil {
		t.Fatal(err, checkRadius(c))
	}
	if n := r.NAS[0]; !n.RequireMessageAuthenticator || n.Secret.Reveal() != "of a file, long enough" || n.Networks[0].String() != "192.0.2.0/24" {
		t.Errorf("%+v", n)
	}
	if a := r.Rules[0].Attributes; len(a) != 4 || a[1].Value != "y" || a[2].Value != "60" || a[3].Vendor != 14122 {
		t.Errorf("%+v", a)
	}
	c.Radius.NAS[0].SecretFile = filepath.Join(dir, "none")
	if err := checkRadius(c); err == nil || !strings.Contains(err.Error(), "radius.nas.bras.secretFile") {
		t.Error(err)
	}
	c.Radius.NAS[0].SecretFile, c.Radius.NAS[0].Secret = "", "short"
	if err := checkRadius(c); err == nil || !strings.Contains(err.Error(), "radius.nas.bras.secret: expected 8 characters") || strings.Contains(err.Error(), "short") {
		t.Error(err)
	}
}
