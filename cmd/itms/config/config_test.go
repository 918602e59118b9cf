package config

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// least is the smallest configuration that starts.
const least = "cwmp: {username: cpe, password: pw}\n"

func TestDefaultsAndOverrides(t *testing.T) {
	c, err := Parse("itms.yaml", []byte(least+"web:\n  listen: 127.0.0.1:1\nbss: {orderTTL: 1h, callbackAllow: [10.0.0.0/8]}\n"),
		[]string{"ITMS_WEB_LISTEN=127.0.0.1:2", "ITMS_BSS_PUSHTRIES=5", "ITMS_BSS_CALLBACKALLOW=127.0.0.0/8,192.0.2.0/24", "ITMS_CWMP_TRUSTEDPROXIES=10.0.0.1/32", "ITMS_KEY=x", "PATH=/bin"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Web.Listen != "127.0.0.1:2" || c.BSS.OrderTTL != time.Hour || c.BSS.PushTries != 5 || len(c.Networks()) != 2 || len(c.Proxies()) != 1 || c.Store != "bolt" {
		t.Errorf("%+v", c)
	}
}

func TestMistakesAreNamedWithTheirLine(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"cwmp:\n  user: x\n", "itms.yaml:2: unknown key cwmp.user; known here: listen, publicUrl"},
		{"wed: {}\n", "itms.yaml:1: unknown key wed"},
		{"cwmp: {username: a, password: b}\nbss:\n  orderTTL: soon\n", `itms.yaml:3: bss.orderTTL: "soon": expected a duration such as 30s`},
		{"bss:\n  pushTries: many\n", "itms.yaml:2: bss.pushTries"},
		{"web: 7\n", "itms.yaml:1: web: expected keys and values"},
		{"web: {listen: [a]}\n", "itms.yaml:1: web.listen: expected a text"},
		{least + "log:\n  level: loud\n", `itms.yaml:3: log.level: "loud": expected debug, info`},
		{least + "store: mysql\n", "itms.yaml:2: store: expected bolt or postgres"},
		{least + "bss: {callbackAllow: [home]}\n", `bss.callbackAllow: "home": expected a network`},
		{"cwmp:\n  username: a\n  password: b\n  trustedProxies: [home]\n", `itms.yaml:4: cwmp.trustedProxies: "home": expected a network`},
		{least + "---\nlog: {level: debug}\n", "itms.yaml:2: a second YAML document begins here"},
		{least + "---\n", "a second YAML document begins here"},
		{least + "---\na: [", "itms.yaml: "},
		{least + "bss:\n  callbackSecret: whsec_short\n", "itms.yaml:3: bss.callbackSecret: expected whsec_"},
		{least + "bss: {holdTTL: 0s}\n", "bss.holdTTL: 0s: expected more than 0"},
		{least + "web: {tls: {cert: a}}\n", "cert and key belong together"},
		{least + "dhcp: {listen: [\"127.0.0.1:67\"]}\n", "there is no scope"},
		{least + "data: a\ndata: b\n", "key"},
		{"a: [", "itms.yaml: "},
		{"log: {}\n", "cwmp.auth: digest needs cwmp.username and cwmp.password"},
		{"cwmp: {auth: none, tls: {minVersion: \"1.1\"}}\n", `cwmp.tls.minVersion: "1.1": expected 1.2, 1.3`},
		{"cwmp: {auth: none, tls: {clientAuth: maybe}}\n", `cwmp.tls.clientAuth: "maybe"`},
		{"cwmp: {auth: none, tls: {clientCA: ca.pem}}\n", `cwmp.tls.clientCA: needs cert and key`},
		{"cwmp: {auth: none, legacy: {listen: \":7550\"}}\n", `cwmp.legacy.tls: needs cert and key`},
		{"cwmp: {auth: none, legacy: {ciphers: weak}}\n", `cwmp.legacy.ciphers: "weak"`},
		{"cwmp: {auth: none, deviceCredentials: true}\n", `cwmp.deviceCredentials: cwmp.auth is none`},
		{"cwmp: {auth: none, firstContact: {policy: ask}}\n", `cwmp.firstContact.policy: "ask"`},
		{"cwmp: {auth: none, firstContact: {ouis: [example]}}\n", `cwmp.firstContact.ouis: "example": expected 6 hexadecimal digits`},
		{"cwmp: {auth: none, firstContact: {networks: [home]}}\n", `cwmp.firstContact.networks: "home"`},
		{"cwmp: {auth: none, maxServing: 3}\n", `cwmp.maxServing: 3: expected 16 or more`},
		{least + "web: {oidc: {issuer: \"https://id.example.com\", clientId: itms}}\n", "web.oidc.roles: is empty"},
		{least + "web:\n  oidc:\n    issuer: https://id.example.com\n    roles: [noc=root]\n", `itms.yaml:5: web.oidc.roles: "noc=root": expected WORD=ROLE`},
		{least + "web: {oidc: {issuer: here}}\n", "web.oidc.issuer"},
		{least + "radius: {listen: [\"127.0.0.1:1812\"]}\n", "itms.yaml:2: radius.listen: there is no access server"},
		{least + "radius:\n  nas:\n    bras: {networks: [192.0.2.1]}\n", "itms.yaml:4: radius.nas.bras: expected one of secret and secretFile"},
		{least + "radius:\n  nas:\n    bras: {networks: [here], secret: sixteen-or-more}\n", `itms.yaml:4: radius.nas.bras.networks: "here"`},
		{least + "radius:\n  nas:\n    bras: {secret: sixteen-or-more, password: x}\n", "itms.yaml:4: unknown key radius.nas.bras.password"},
		{least + "radius: {portId: \"(\"}\n", "itms.yaml:2: radius.portId: "},
		{least + "radius: {portId: \"x\"}\n", "expected a group named port"},
		{least + "radius: {userTries: 0}\n", "radius.userTries: 0: expected 1 or more"},
		{least + "radius:\n  rules:\n    a:\n      vendor:\n        - {vendor: -1, type: 1}\n", "itms.yaml:6: radius.rules.a.vendor.0.vendor: -1"},
		{"cwmp: {auth: basic}\n", "basic needs cwmp.username"},
		{"cwmp: {auth: open}\n", `"open": expected digest, basic, none`},
	} {
		_, err := Parse("itms.yaml", []byte(c.yaml), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.yaml, err, c.want)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := Parse("f", []byte("x: 1\ny: 2\nlog: {level: loud}\n"), []string{"ITMS_NO_SUCH=1", "ITMS_BSS_LOCK=x"})
	for _, want := range []string{"unknown key x", "unknown key y", "ITMS_NO_SUCH", "ITMS_BSS_LOCK", "f:3: log.level", "cwmp.auth"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}

func TestNoneMustBeWrittenOut(t *testing.T) {
	if _, err := Parse("f", []byte("cwmp: {auth: none}\n"), nil); err != nil {
		t.Error(err)
	}
}

func TestKeyPath(t *testing.T) {
	c, err := Parse("/etc/itms/itms.yaml", []byte(least), nil)
	if err != nil || c.KeyPath() != "/etc/itms/itms.key" {
		t.Errorf("%v %v", c.KeyPath(), err)
	}
	if c.KeyFile = "/run/key"; c.KeyPath() != "/run/key" {
		t.Error(c.KeyPath())
	}
}

// A relative path means the same wherever a command was started.
func TestPathsAreRelativeToTheFile(t *testing.T) {
	c, err := Parse("/etc/itms/itms.yaml", []byte(least+"profiles: /opt/p\nweb: {tls: {cert: a.pem, key: ../b.pem}}\n"), []string{"ITMS_KEYFILE=k/itms.key"})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Data, c.KeyPath(), c.Profiles, c.Web.TLS.Cert, c.Web.TLS.Key, c.CWMP.TLS.ClientCA, c.Store}
	want := []string{"/etc/itms/itms-data", "/etc/itms/k/itms.key", "/opt/p", "/etc/itms/a.pem", "/etc/b.pem", "", "bolt"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The manual lists every key with its default.
func TestManualIsInStep(t *testing.T) {
	manual, err := os.ReadFile("../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(manual), Markdown()) {
		t.Errorf("docs/operations.md should contain this table:\n%s", Markdown())
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(least))
	f.Add([]byte("bss: {callbackAllow: [10.0.0.0/8], lock: 1m}\nlog:\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("f", data, nil)
		if (c == nil) == (err == nil) {
			if err == nil {
				t.Fatal("no configuration and no error")
			}
		}
	})
}
