package profile

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"itms"
)

// TestEveryKey reads a document with every key there is.
func TestEveryKey(t *testing.T) {
	p := parse(t, `
name: every-key
title: Every key
version: "2"
priority: 7
root: InternetGatewayDevice.
match: device.oui == "00005E" and not has("Device.")
probe: ["{root}", "{root}Services."]
services: [iptv, voip]
identity:
  stbid: "{root}STBID"
  mac: [Device.MAC, "{root}MAC"]
  model: "{root}Model"
read: ["{root}LAN."]
rows:
  - alias: row
    table: "{root}T."
    match: {Alias: '"a"'}
    fixed: "2"
    if: line.vlan > 0
params:
  - name: "{root}T.{row}.P"
    value: line.vlan
    type: unsignedInt
    empty: send
    secret: true
    writeOnly: false
    optional: true
    reboot: true
    wipe: 4095
    if: line.vlan > 0
rebootAfter: true
management:
  periodicEnable: "{root}E"
  periodicInterval: ["{root}I", Device.I]
  connectionUsername: "{root}U"
  connectionPassword: []
hosts: ["{root}LAN.{i}.Hosts.Host.{i}.MAC", "Device.Hosts.Host.{i}.MAC"]
notify:
  - {names: ["{root}T.{row}.Address", Device.Address], level: active, access: [Subscriber]}
  - {name: "{root}LAN.", level: 1, if: line.vlan > 0}
  - {name: "{root}LAN.Name", access: []}
  - {name: "{root}LAN.Never", level: passive-and-active-lightweight, if: line.vlan < 0}
refresh: [X CHANGED]
quirks: {noMethods: true, confirmByVersion: true, batch: 20, xmlDeclaration: true, empty200: true, omitParameterKey: true, booleans: words}
proof:
  - {names: ["{root}P.Logins", Device.Logins], shows: logged in, holds: int(value) > 0}
  - {name: "{root}P.State", shows: up, holds: value == "Up"}
register:
  code: "{root}R.Code"
  loid: ["{root}R.LOID"]
  password: "{root}R.Key"
  stbid: "{root}R.STBID"
  events: [X BIND]
  limit: 3
  page:
    ask: {name: "{root}R.State", value: page.limit, type: int}
    refused: {name: "{root}R.State", value: page.verdict + page.times, type: int}
    locked: {name: "{root}R.State", value: 0, type: int}
    pushing: {names: ["{root}R.Services", Device.Services], value: page.services, type: int}
    done: [{name: "{root}R.Text", value: '"done"'}, {name: "{root}R.Code", value: '""'}]
    failed: []
    idle: {name: "{root}R.Shown", value: false, type: boolean}
`)
	if p.Name != "every-key" || p.Title != "Every key" || p.Version != "2" || p.Priority != 7 || p.Root != rootGateway || p.Builtin {
		t.Errorf("head is %+v", p)
	}
	if want := (itms.Quirks{NoMethods: true, ConfirmByVersion: true, Batch: 20,
		Manner: itms.Manner{XMLDeclaration: true, Empty200: true, OmitParameterKey: true, BooleanWords: true}}); p.Quirks() != want {
		t.Errorf("quirks %+v", p.Quirks())
	}
	if events := p.Refresh(); len(events) != 1 || events[0] != "X CHANGED" {
		t.Errorf("refresh on %q", events)
	}
	if !p.Accepts(itms.ServiceVoIP) || !p.Accepts(itms.ServiceIPTV) || p.Accepts(itms.ServiceInternet) {
		t.Errorf("services %v", p.Services)
	}
	id := p.Identity()
	if !slices.Equal(id.MAC, []itms.ParamPath{"Device.MAC", "InternetGatewayDevice.MAC"}) ||
		!slices.Equal(id.STBID, []itms.ParamPath{"InternetGatewayDevice.STBID"}) ||
		!slices.Equal(id.Model, []itms.ParamPath{"InternetGatewayDevice.Model"}) {
		t.Errorf("identity %+v", id)
	}
	text, err := p.Explain(full(itms.ServiceVoIP, ""))
	if err != nil {
		t.Fatal(err)
	}
	text += section(t, p, "withdrawn", Input{Withdraw: true, Known: valued(map[itms.ParamPath]string{"InternetGatewayDevice.T.3.Alias": "a"})})
	compareGolden(t, "every-key", text+pages(t, p))
}

// TestDocumentedKeys finds every key of the reader in the package documentation.
func TestDocumentedKeys(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range regexp.MustCompile(`r\.fields\([^"]*"[^"]*"([^)]*)\)`).FindAllStringSubmatch(string(code), -1) {
			for _, key := range regexp.MustCompile(`"(\w+)"`).FindAllStringSubmatch(call[1], -1) {
				if !strings.Contains(string(doc), key[1]+":") {
					t.Errorf("key %s is not documented", key[1])
				}
			}
		}
	}
}

// TestDefaults are those of the documentation.
func TestDefaults(t *testing.T) {
	p := parse(t, "name: a\nmatch: true\nservices: iptv\n")
	if p.Title != "" || p.Priority != 0 || p.Root != rootDevice || p.rebootAfter || len(p.read)+len(p.rows)+len(p.params)+len(p.probe) != 0 {
		t.Errorf("got %+v", p)
	}
	w, err := p.Wanted(full(itms.ServiceIPTV, ""))
	if err != nil || len(w.Params) != 4 {
		t.Fatalf("got %+v, %v: expected the management only", w, err)
	}
	for i, leaf := range []string{"PeriodicInformEnable", "PeriodicInformInterval", "ConnectionRequestUsername", "ConnectionRequestPassword"} {
		if got := w.Params[i].Names[0]; got != itms.ParamPath("Device.ManagementServer."+leaf) {
			t.Errorf("parameter %d is %s", i, got)
		}
	}
}

// TestNullKeys are as if not given.
func TestNullKeys(t *testing.T) {
	p := parse(t, small("title: ~\nversion:\n"))
	if p.Title != "" || p.Version != "" {
		t.Errorf("got %q and %q", p.Title, p.Version)
	}
}

// TestMergeKey refuses YAML's own way of inheriting: one place says it all.
func TestMergeKey(t *testing.T) {
	_, err := Parse("t", strings.NewReader(small("identity: &i {mac: Device.A}\nmanagement:\n  <<: *i\n")))
	if err == nil || !strings.Contains(err.Error(), `unknown key "<<"`) {
		t.Errorf("got %v", err)
	}
}

// TestProblemString is the form that editors jump to.
func TestProblemString(t *testing.T) {
	ps := Problems{{"a.yaml", 3, 5, "wrong"}, {File: "b.yaml", Text: "empty"}}
	if got := ps.Error(); got != "a.yaml:3:5: wrong\nb.yaml: empty" {
		t.Errorf("got %q", got)
	}
	if err := (Problems{}).err(); err != nil {
		t.Errorf("no problems, but %v", err)
	}
}

// TestClip keeps hostile names short.
func TestClip(t *testing.T) {
	_, err := Parse("t", strings.NewReader(small(strings.Repeat("x", 500)+": 1\n")))
	if err == nil || strings.Contains(err.Error(), strings.Repeat("x", 61)) {
		t.Errorf("got %v: expected a short message", err)
	}
}
