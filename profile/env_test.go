package profile

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"itms"
)

// everything is an input in which each field has a value of its own.
func everything() Input {
	in := full(itms.ServiceIPTV, itms.AccessIPoE)
	in.Device = &itms.Device{
		ID:           itms.DeviceID{OUI: "00005E", ProductClass: "class", Serial: "serial"},
		Manufacturer: "maker", Model: "model", Hardware: "hardware", Software: "software",
		MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, 1}, STBID: "0010039999000010000000005E005301",
		IP: "192.0.2.7", Root: rootGateway,
	}
	in.Management.STUN = STUN{Host: "stun.example.com", Port: 3478}
	in.Service.Access.DownKbps, in.Service.Access.UpKbps = 100000, 20000
	return in
}

// names are the fields of expressions and what they give for everything().
var names = map[string]string{
	"device.oui":              "00005E",
	"device.productClass":     "class",
	"device.serial":           "serial",
	"device.manufacturer":     "maker",
	"device.model":            "model",
	"device.hardware":         "hardware",
	"device.software":         "software",
	"device.root":             "InternetGatewayDevice.",
	"device.mac":              "00:00:5E:00:53:01",
	"device.macKey":           "00005E005301",
	"device.stbid":            "0010039999000010000000005E005301",
	"device.ip":               "192.0.2.7",
	"service.id":              "U1001-1",
	"service.type":            "iptv",
	"service.package":         "IPTV-4K",
	"service.account":         "iptv1001",
	"service.password":        "service-secret",
	"service.authUrl":         "http://auth.example.com/",
	"service.authUrlBackup":   "http://backup.example.com/",
	"service.access.type":     "ipoe",
	"service.access.account":  "ppp1001@example.com",
	"service.access.password": "access-secret",
	"service.access.downKbps": "100000",
	"service.access.upKbps":   "20000",
	"subscriber.id":           "U1001",
	"subscriber.name":         "Test",
	"subscriber.phone":        "1",
	"subscriber.address":      "Street 1",
	"line.area":               "510100",
	"line.node":               "192.0.2.1",
	"line.port":               "1/1",
	"line.vlan":               "41",
	"attributes.region":       "west",
	"acs.stun.host":           "stun.example.com",
	"acs.stun.port":           "3478",
}

// TestNames gives each name of an expression its field.
func TestNames(t *testing.T) {
	for name, want := range names {
		typ := "string"
		if slices.Contains([]string{"line.vlan", "acs.stun.port", "service.access.downKbps", "service.access.upKbps"}, name) {
			typ = "unsignedInt"
		}
		p := parse(t, small(fmt.Sprintf("params: [{name: Device.A, value: %s, type: %s, secret: true}]\n", name, typ)))
		w, err := p.Wanted(everything())
		if err != nil || w.Params[0].Value != want {
			t.Errorf("%s: got %q, %v: expected %q", name, w.Params[0].Value, err, want)
		}
	}
}

// TestNamesAreComplete compares the table above with what expressions see, and
// with what the package documentation lists.
func TestNamesAreComplete(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for record, fields := range recordsOf(&valueEnv{}) {
		for _, f := range fields {
			name := record + "." + f
			if record == "" || name == "service.access" || name == "acs.stun" {
				continue
			}
			count++
			if _, ok := names[name]; !ok {
				t.Errorf("%s has no test", name)
			}
			line := regexp.MustCompile(`(?m)^//\t` + regexp.QuoteMeta(record) + `\.(.* )?` + f + `( |$)`)
			if !line.Match(doc) {
				t.Errorf("%s is not documented", name)
			}
		}
	}
	if count != len(names)-1 { // attributes.region is a key, not a field
		t.Errorf("%d fields, %d in the table", count, len(names)-1)
	}
}

// TestDeviceInMatch shows the same device to conditions.
func TestDeviceInMatch(t *testing.T) {
	d := everything().Device
	for name, value := range names {
		if !strings.HasPrefix(name, "device.") {
			continue
		}
		p := parse(t, fmt.Sprintf("name: a\nmatch: %s == %q\nservices: [iptv]\n", name, value))
		if _, ok := newSet([]*Profile{p}).Match(d, nil); !ok {
			t.Errorf("%s == %q does not hold", name, value)
		}
	}
}

// TestFunctions computes each function once.
func TestFunctions(t *testing.T) {
	for source, want := range map[string]string{
		`string(len(service.account))`:                   "8",
		`lower("ABC")`:                                   "abc",
		`upper(service.account)`:                         "IPTV1001",
		`trim("  a ")`:                                   "a",
		`trimPrefix(service.account, "iptv")`:            "1001",
		`trimSuffix(service.account, "1001")`:            "iptv",
		`string(int(line.area) + 1)`:                     "510101",
		`coalesce(attributes.none, "", line.area, "x")`:  "510100",
		`coalesce(attributes.none)`:                      "",
		`coalesce()`:                                     "",
		`service.account + "@" + "example.com"`:          "iptv1001@example.com",
		`service.account matches "^iptv" ? "y" : "n"`:    "y",
		`service.account startsWith "x" ? "y" : "n"`:     "n",
		`"region" == "region" && not false ? "y" : "n"`:  "y",
		`line.area in ["510100", "510200"] ? "y" : "n"`:  "y",
		`10 <= line.vlan and line.vlan < 42 ? "y" : "n"`: "y",
	} {
		p := parse(t, small(fmt.Sprintf("params: [{name: Device.A, value: %q, empty: send}]\n", source)))
		w, err := p.Wanted(everything())
		if err != nil || w.Params[0].Value != want {
			t.Errorf("%s: got %+v, %v: expected %q", source, w.Params, err, want)
		}
	}
}

// TestNilAttributes are as if none were given.
func TestNilAttributes(t *testing.T) {
	p := parse(t, small(`params: [{name: Device.A, value: 'attributes.a + attributes["b"] + "x"'}]`+"\n"))
	in := everything()
	in.Attributes = nil
	if w, err := p.Wanted(in); err != nil || w.Params[0].Value != "x" {
		t.Errorf("got %+v, %v", w.Params, err)
	}
}

// TestHas looks at names below an object, at the object and at whole names.
func TestHas(t *testing.T) {
	known := tree("Device.A.B", "Device.C.", "Device.D1")
	for prefix, want := range map[itms.ParamPath]bool{
		"": false, "Device.": true, "Device.A.": true, "Device.A.B": true, "Device.C.": true,
		"Device.A": false, "Device.A.B.": false, "Device.D": false, "InternetGatewayDevice.": false,
	} {
		if has(known, prefix) != want {
			t.Errorf("has(%q): expected %v", prefix, want)
		}
	}
	if has(nil, "Device.") {
		t.Error("nothing is known of a nil tree")
	}
}

// TestRootOf guesses the data model.
func TestRootOf(t *testing.T) {
	for name, want := range map[itms.ParamPath]itms.ParamPath{
		"Device.A": rootDevice, "InternetGatewayDevice.A": rootGateway, "Other.A": "",
	} {
		if got := rootOf(tree(name)); got != want {
			t.Errorf("%s: got %q, expected %q", name, got, want)
		}
	}
	if got := rootOf(tree("InternetGatewayDevice.A", "Device.A")); got != rootDevice {
		t.Errorf("both roots: got %q", got) // the newer model holds more
	}
}
