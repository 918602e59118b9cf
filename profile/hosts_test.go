package profile

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// TestHosts reads MACs in any spelling, each once and in order.
func TestHosts(t *testing.T) {
	p := parse(t, small("hosts: ['{root}Hosts.Host.{i}.PhysAddress', 'Device.LAN.{i}.Host.{i}.MAC']\n"))
	if want := []itms.ParamPath{"Device.Hosts.Host.{i}.PhysAddress", "Device.LAN.{i}.Host.{i}.MAC"}; !slices.Equal(p.Hosts(), want) {
		t.Errorf("got %v, expected %v", p.Hosts(), want)
	}
	known := valued(map[itms.ParamPath]string{
		"Device.Hosts.Host.1.PhysAddress":                "00-00-5e-00-53-f2",
		"Device.Hosts.Host.12.PhysAddress":               "00:00:5E:00:53:F1",
		"Device.Hosts.Host.3.PhysAddress":                "00005E0053F1",
		"Device.Hosts.Host.4.PhysAddress":                "ff:ff:ff:ff:ff:ff",
		"Device.Hosts.Host.5.PhysAddress":                "",
		"Device.Hosts.Host.6.HostName":                   "00:00:5E:00:53:06",
		"Device.Hosts.Host.7.Sub.PhysAddress":            "00:00:5E:00:53:07",
		"Device.Hosts.Host.x.PhysAddress":                "00:00:5E:00:53:08",
		"Device.Hosts.Host..PhysAddress":                 "00:00:5E:00:53:09",
		"Device.LAN.2.Host.1.MAC":                        "00:00:5E:00:53:F0",
		"InternetGatewayDevice.Hosts.Host.1.PhysAddress": "00:00:5E:00:53:F3",
	})
	known.Set(itms.Param{Name: "Device.Hosts.Host.9.PhysAddress", Value: "00:00:5E:00:53:0A", Hidden: true})
	if got := fmt.Sprint(p.HostsIn(known)); got != "[00:00:5E:00:53:F0 00:00:5E:00:53:F1 00:00:5E:00:53:F2 00:00:5E:00:53:F3]" {
		t.Errorf("got %s", got)
	}
	if p.HostsIn(nil) != nil || len(parse(t, small("")).HostsIn(known)) > 0 {
		t.Error("nothing known or nothing named gives nothing")
	}
}

// TestHostsRead asks for the tables of a device that has a service, and of no other.
func TestHostsRead(t *testing.T) {
	in := full(itms.ServiceInternet, itms.AccessPPPoE)
	for name, table := range map[string]itms.ParamPath{
		"tr098-gateway": "InternetGatewayDevice.LANDevice.1.Hosts.Host.", "tr181-gateway": "Device.Hosts.Host.",
	} {
		for _, in := range []Input{in, {}, {Withdraw: true}} {
			w, err := get(t, name).Wanted(in)
			if err != nil || slices.Contains(w.Read, table) != in.Bound {
				t.Errorf("%s: bound %v reads %v, %v", name, in.Bound, w.Read, err)
			}
		}
	}
}

// TestHostsBound keeps at most itms.MaxHosts, whatever a gateway tells.
func TestHostsBound(t *testing.T) {
	p := get(t, "tr181-gateway")
	rapid.Check(t, func(t *rapid.T) {
		known := &itms.ParamTree{}
		for i := range rapid.IntRange(0, 3*itms.MaxHosts).Draw(t, "hosts") {
			value := rapid.OneOf(rapid.String(), rapid.StringMatching("00:00:5[Ee]:00:53:[0-9A-Fa-f]{2}")).Draw(t, "MAC")
			known.Set(itms.Param{Name: itms.ParamPath(fmt.Sprintf("Device.Hosts.Host.%d.PhysAddress", i)), Value: value})
		}
		checkHosts(t, p, known)
	})
}

// checkHosts looks at what HostsIn promises.
func checkHosts(t fataler, p *Profile, known *itms.ParamTree) {
	t.Helper()
	got := p.HostsIn(known)
	if len(got) > itms.MaxHosts {
		t.Fatalf("%d hosts", len(got))
	}
	for i, mac := range got {
		if mac.IsZero() || i > 0 && bytes.Compare(got[i-1][:], mac[:]) >= 0 {
			t.Fatalf("%v is out of order", mac)
		}
	}
}

// TestHostsErrors names place and expectation of each slip.
func TestHostsErrors(t *testing.T) {
	checkProblems(t, map[string]string{
		"hosts: [Device.Hosts.Host.1.MAC]\n":             `test.yaml:4:9: hosts: "Device.Hosts.Host.1.MAC": expected {i}, and no other alias`,
		"hosts: ['Device.Hosts.Host.{h}.MAC']\n":         "expected {i}, and no other alias",
		"hosts: ['Device.{i}.Host.{h}.MAC']\n":           "expected {i}, and no other alias",
		"hosts: ['Device.{i}.MAC']\n":                    "expected {i}, and no other alias, for the rows of a table",
		"hosts: ['{root}{i}.MAC']\n":                     "expected {i}, and no other alias, for the rows of a table",
		"hosts: ['InternetGatewayDevice.{i}.MAC']\n":     "expected {i}, and no other alias, for the rows of a table",
		"hosts: ['Device.Hosts.Host.{i}.']\n":            "expected a parameter, without a dot",
		"hosts: {table: Device.Hosts.Host., mac: MAC}\n": "hosts: expected a text",
	})
}
