package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

const cableText = `cwmp: {username: cpe, password: pw}
dhcp:
  listen: ["127.0.0.1:1067"]
  serverId: 127.0.0.1
  classes:
    cm-active:  {match: 'client.kind == "cm" && client.provisioned', options: {2: 3600}, bootFile: dynamic, template: silver, leaseTime: 24h}
    cm-unknown: {match: 'client.kind == "cm"', bootFile: dynamic, template: walled, leaseTime: 5m}
    all:        {dns: [192.0.2.53]}
  scopes:
    - {subnet: 127.8.0.0/16, relay: [127.8.0.1], routers: [127.8.0.1], pools: [{range: 127.8.1.1-127.8.1.250, classes: [cm-active]}, {range: 127.8.2.1-127.8.2.250}]}
  reservations:
    - {mac: "00:00:5E:00:53:01", address: 127.8.3.1}
docsis:
  cmts:
    - {relay: [127.8.0.1], sharedSecretFile: a.secret}
  packages: {silver: {downKbps: 100000, upKbps: 10000}}
`

// Classes keep the order of the file: the first that matches counts.
func TestCableSections(t *testing.T) {
	c, err := Parse("/etc/itms/itms.yaml", []byte(cableText), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, class := range c.DHCP.Classes {
		names = append(names, class.Name)
	}
	if got := strings.Join(names, " "); got != "cm-active cm-unknown all" {
		t.Errorf("classes in the order %s", got)
	}
	active := c.DHCP.Classes[0]
	if active.LeaseTime != 24*time.Hour || !reflect.DeepEqual(active.Options, Free{{"2", 3600}}) || active.Template != "silver" {
		t.Errorf("class %+v", active)
	}
	scope := c.DHCP.Scopes[0]
	if len(scope.Pools) != 2 || scope.Pools[0].Classes[0] != "cm-active" || scope.Pools[1].Range != "127.8.2.1-127.8.2.250" {
		t.Errorf("scope %+v", scope)
	}
	if got := c.DOCSIS.CMTS[0].SharedSecretFile; got != "/etc/itms/a.secret" {
		t.Errorf("secret file %s: expected below the configuration file", got)
	}
	if got := c.PackageValues()["silver"]["downKbps"]; got != 100000 {
		t.Errorf("package value %v", got)
	}
}

func TestCableMistakes(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"serverId: 127.0.0.1", "serverId: ::1", "itms.yaml:4: dhcp.serverId"},
		{"leaseTime: 5m", "leaseTime: -5m", "itms.yaml:7: dhcp.classes.cm-unknown.leaseTime"},
		{"template: walled", "templates: walled", "itms.yaml:7: unknown key dhcp.classes.cm-unknown.templates"},
		{"template: walled", "once: perhaps", "itms.yaml:7: dhcp.classes.cm-unknown.once"},
		{", template: walled", "", "dhcp.classes.cm-unknown.bootFile: a dynamic file needs a template"},
		{"all:        {", "cm-active:  {", "itms.yaml:8: key dhcp.classes.cm-active appears twice"},
		{"dns: [192.0.2.53]", "dns: [dns.example.com]", "itms.yaml:8: dhcp.classes.all.dns"},
		{"options: {2: 3600}", "options: [2, 3600]", "itms.yaml:6: dhcp.classes.cm-active.options: expected keys and values"},
		{"address: 127.8.3.1", "host: x", "itms.yaml:12: unknown key dhcp.reservations.0.host"},
		{"address: 127.8.3.1", "hostname: x", "dhcp.reservations.0.address"},
		{"silver: {downKbps: 100000, upKbps: 10000}", "silver: 3", "docsis.packages.silver"},
		{"    - {subnet", "    {subnet", "itms.yaml"},
		{"all:        {", "all:        {-: x, ", "itms.yaml:8: unknown key dhcp.classes.all.-"},
		{"all:        {", "all:        {[a]: x, ", "itms.yaml:8: unknown key"},
	} {
		text := strings.Replace(cableText, c.from, c.to, 1)
		if text == cableText {
			t.Fatalf("%q is not there", c.from)
		}
		if _, err := Parse("itms.yaml", []byte(text), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s -> %s: %v, want %q", c.from, c.to, err, c.want)
		}
	}
}

func TestEnvironmentOverridesNoThings(t *testing.T) {
	if _, err := Parse("itms.yaml", []byte(cableText), []string{"ITMS_DHCP_CLASSES_ALL_TEMPLATE=x"}); err == nil {
		t.Error("a class was overridden by the environment")
	}
	if _, err := Parse("itms.yaml", []byte(cableText), []string{"ITMS_DHCP_SERVERID=192.0.2.1"}); err != nil {
		t.Error(err)
	}
}
