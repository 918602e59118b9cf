package profile

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

// one computes a single parameter and returns it, or the error.
func one(t *testing.T, keys string, change func(*Input)) (itms.WantedParam, bool, error) {
	t.Helper()
	p := parse(t, small("params:\n  - {name: Device.A.B, "+keys+"}\n"))
	in := full(itms.ServiceIPTV, itms.AccessPPPoE)
	in.Management = Management{}
	if change != nil {
		change(&in)
	}
	w, err := p.Wanted(in)
	if err != nil || len(w.Params) == 0 {
		return itms.WantedParam{}, false, err
	}
	return w.Params[0], true, nil
}

// TestValues converts by type.
func TestValues(t *testing.T) {
	for _, c := range []struct{ keys, value string }{
		{"value: service.account", "iptv1001"},
		{"value: device.macKey + device.mac", "00005E00530100:00:5E:00:53:01"},
		{"value: subscriber.id + line.port + service.access.type", "U10011/1pppoe"},
		{"value: 'attributes.region + attributes.none'", "west"},
		{"value: device.root", "Device."},
		{"value: true, type: boolean", "1"},
		{"value: line.vlan > 100, type: xsd:boolean", "0"},
		{"value: line.vlan, type: unsignedInt", "41"},
		{"value: line.area, type: unsignedInt", "510100"},
		{"value: -line.vlan, type: int", "-41"},
		{"value: line.vlan * 1000000000000, type: long", "41000000000000"},
		{"value: '\"18446744073709551615\"', type: unsignedLong", "18446744073709551615"},
		{"value: '\"2026-01-02T15:04:05Z\"', type: dateTime", "2026-01-02T15:04:05Z"},
		{"value: '\"AAA=\"', type: base64", "AAA="},
		{"value: '\"00ff\"', type: hexBinary", "00ff"},
	} {
		if q, ok, err := one(t, c.keys, nil); err != nil || !ok || q.Value != c.value {
			t.Errorf("%s: got %q, %v: expected %q", c.keys, q.Value, err, c.value)
		}
	}
}

// TestBadValues refuses what the type or the wire does not allow.
func TestBadValues(t *testing.T) {
	account := func(s string) func(*Input) { return func(in *Input) { in.Service.Account = s } }
	for _, c := range []struct {
		keys   string
		change func(*Input)
		want   string
	}{
		{"value: -line.vlan, type: unsignedInt", nil, "is no unsignedInt: expected a whole number from 0 to 4294967295"},
		{"value: line.vlan * 1000000000000, type: int", nil, "is no int: expected a whole number from -2147483648 to 2147483647"},
		{"value: service.account, type: int", nil, "is no int"},
		{"value: service.account, type: long", account("9223372036854775808"), "is no long"},
		{"value: service.account, type: unsignedLong", account("-1"), "is no unsignedLong"},
		{"value: service.account, type: dateTime", nil, "is no dateTime: expected a time such as"},
		{"value: service.account, type: base64", account("%"), "is no base64: expected base64"},
		{"value: service.account, type: hexBinary", account("abc"), "is no hexBinary: expected an even number"},
		{"value: service.account", account("a\nb"), "holds the control character U+000A"},
		{"value: service.account", account("a\u0085"), "holds the control character U+0085"},
		{"value: service.account", account("a\uFFFE"), "holds the control character U+FFFE"},
		{"value: service.account", account("a\xff"), "is not valid UTF-8"},
		{"value: service.account", account(strings.Repeat("a", maxValue+1)), "is longer than 8192 bytes"},
		{"value: service.account, empty: refuse", account(""), "service.account is empty, but Device.A.B must have a value"},
	} {
		_, _, err := one(t, c.keys, c.change)
		if !itms.IsKind(err, itms.KindInvalid) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "test.yaml:5:") {
			t.Errorf("%s: got %v: expected %q", c.keys, err, c.want)
		}
	}
}

// TestComputeErrors gives the cause only when no secret can be in it.
func TestComputeErrors(t *testing.T) {
	_, _, err := one(t, "value: int(service.account), type: int", nil)
	if err == nil || !strings.Contains(err.Error(), "cannot be computed for this service") || errors.Unwrap(err) == nil {
		t.Errorf("got %v: expected a cause", err)
	}
	_, _, err = one(t, "value: int(service.password), type: int, secret: true", nil)
	if err == nil || errors.Unwrap(err) != nil || strings.Contains(err.Error(), "service-secret") {
		t.Errorf("got %v: expected no cause", err)
	}
	_, _, err = one(t, "value: service.account, if: int(service.password) > 0", nil)
	if err == nil || strings.Contains(err.Error(), "service-secret") {
		t.Errorf("got %v: expected no secret", err)
	}
}

// TestEmpty follows the rule for empty values.
func TestEmpty(t *testing.T) {
	none := func(in *Input) { in.Service.AuthURLBackup = "" }
	for keys, want := range map[string]bool{
		"value: service.authUrlBackup":                                                   false,
		"value: service.authUrlBackup, empty: omit":                                      false,
		"value: service.authUrlBackup, empty: send":                                      true,
		"value: 'service.authUrlBackup == \"\" ? nil : \"a\"', empty: send":              false,
		"value: 'service.authUrlBackup == \"\" ? nil : \"a\"', empty: refuse":            false,
		"value: service.account, if: service.authUrlBackup != \"\"":                      false,
		"value: attributes.none, type: int":                                              false,
		"value: attributes.none, type: int, empty: send":                                 true,
		"value: service.account, if: 'service.authUrlBackup == \"\" and line.vlan < 99'": true,
	} {
		if _, ok, err := one(t, keys, none); ok != want || err != nil {
			t.Errorf("%s: wanted %v, %v: expected %v", keys, ok, err, want)
		}
	}
}

// TestMarks carries the marks of a parameter over.
func TestMarks(t *testing.T) {
	for keys, want := range map[string]itms.WantedParam{
		"value: line.area": {},
		"value: line.area, optional: true, reboot: true":   {Optional: true, Reboot: true},
		"value: line.area, writeOnly: true":                {WriteOnly: true},
		"value: line.area, secret: true":                   {Hide: true, WriteOnly: true},
		"value: line.area, secret: true, writeOnly: false": {Hide: true},
		"value: service.password, secret: true":            {Hide: true, WriteOnly: true},
	} {
		q, _, err := one(t, keys, nil)
		if err != nil || q.Optional != want.Optional || q.Reboot != want.Reboot || q.Hide != want.Hide || q.WriteOnly != want.WriteOnly {
			t.Errorf("%s: got %+v, %v", keys, q, err)
		}
	}
	p := parse(t, small("params:\n  - {names: [Device.A, Device.KeyPassphrase], value: line.area}\n"))
	if w, _ := p.Wanted(full(itms.ServiceIPTV, "")); !w.Params[0].Hide {
		t.Error("a name that says Passphrase must be hidden")
	}
}

// TestRows leaves out rows in rows that are not wanted, and their parameters.
func TestRows(t *testing.T) {
	p := parse(t, small(`
rows:
  - {alias: a, table: "{root}A.", match: {VLAN: line.vlan, On: true}, fixed: 'line.vlan > 40 ? 2 : 1', if: line.vlan > 0}
  - {alias: b, table: "{root}A.{a}.B.", match: {Alias: '"b"'}, fixed: line.area}
params:
  - {name: "{root}A.{a}.C", value: line.port}
  - {name: "{root}A.{a}.B.{b}.C", value: line.port}
  - {name: "{root}D", value: line.port}
`))
	in := full(itms.ServiceIPTV, "")
	in.Device.Root, in.Line.Area = rootGateway, ""
	w, err := p.Wanted(in)
	if err != nil || len(w.Rows) != 2 || len(w.Params) != 7 {
		t.Fatalf("got %+v, %v", w, err)
	}
	a, b := w.Rows[0], w.Rows[1]
	if a.Table != "InternetGatewayDevice.A." || a.Match["VLAN"] != "41" || a.Match["On"] != "1" || a.Fixed != "2" {
		t.Errorf("row a is %+v", a)
	}
	if b.Table != "InternetGatewayDevice.A.{a}.B." || b.Match["Alias"] != "b" || b.Fixed != "" {
		t.Errorf("row b is %+v", b)
	}
	if want := []itms.ParamPath{"InternetGatewayDevice.A.", "InternetGatewayDevice.D"}; !slices.Equal(w.Read[:2], want) {
		t.Errorf("read is %v, expected to begin with %v", w.Read, want)
	}
	in.Line.VLAN = 0
	if w, err = p.Wanted(in); err != nil || len(w.Rows) != 0 || len(w.Params) != 5 {
		t.Errorf("without VLAN: got %+v, %v", w, err)
	}
}

// TestRowErrors refuses row values that cannot be used.
func TestRowErrors(t *testing.T) {
	for keys, want := range map[string]string{
		"fixed: line.port":                 "is no instance number: expected a whole number from 1, or empty",
		"fixed: 0":                         "is no instance number",
		"fixed: int(line.port)":            "cannot be computed",
		"match: {A: service.account}":      "holds the control character U+0009",
		"match: {A: int(line.port)}":       "cannot be computed",
		"fixed: attributes.none":           "is empty: a row without match needs one",
		"fixed: 1, if: int(line.port) > 0": "cannot be computed",
	} {
		p := parse(t, small("rows:\n  - {alias: a, table: Device.A., "+keys+"}\n"))
		in := full(itms.ServiceIPTV, "")
		in.Service.Account = "a\tb"
		if _, err := p.Wanted(in); !itms.IsKind(err, itms.KindInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v: expected %q", keys, err, want)
		}
	}
}

// TestRead reads objects around parameters, each once, never the whole model.
func TestRead(t *testing.T) {
	p := parse(t, small(`
read: [Device.LAN., "{root}X.Y"]
params:
  - {name: Device.LAN.A, value: line.area}
  - {names: [Device.S.New, Device.Old.S], value: line.area}
  - {name: Device.Top, value: line.area}
`))
	in := full(itms.ServiceIPTV, "")
	in.Management = Management{}
	w, err := p.Wanted(in)
	want := []itms.ParamPath{"Device.LAN.", "Device.X.Y", "Device.S.", "Device.Old.", "Device.Top"}
	if err != nil || !slices.Equal(w.Read, want) {
		t.Errorf("got %v, %v: expected %v", w.Read, err, want)
	}
}

// TestReboot asks for one only when a value marked so is wanted.
func TestReboot(t *testing.T) {
	p := parse(t, small("rebootAfter: true\nparams:\n  - {name: Device.A, value: service.account, reboot: true}\n"))
	in := full(itms.ServiceIPTV, "")
	if w, _ := p.Wanted(in); !w.RebootAfter {
		t.Error("expected a reboot")
	}
	in.Service.Account = ""
	if w, _ := p.Wanted(in); w.RebootAfter {
		t.Error("expected no reboot")
	}
}

// TestUnsupported refuses a service of another type.
func TestUnsupported(t *testing.T) {
	p := get(t, "ctc-iptv")
	var e *itms.Error
	_, err := p.Wanted(full(itms.ServiceVoIP, ""))
	if !errors.As(err, &e) || e.Code != itms.CodeUnsupported {
		t.Errorf("got %v: expected %s", err, itms.CodeUnsupported)
	}
	if _, err := p.Explain(full(itms.ServiceVoIP, "")); err == nil {
		t.Error("Explain must fail like Wanted")
	}
	if _, err := p.Undelivered(full(itms.ServiceVoIP, "")); err == nil {
		t.Error("Undelivered must fail like Wanted")
	}
	if !p.Accepts(itms.ServiceIPTV) || p.Accepts("") {
		t.Error("ctc-iptv serves iptv only")
	}
}

// TestTwice refuses two values for one name that only this service brings up.
func TestTwice(t *testing.T) {
	p := parse(t, small("params:\n  - {name: Device.A, value: line.area}\n  - {name: Device.A, value: line.node, if: line.vlan > 0}\n"))
	in := full(itms.ServiceIPTV, "")
	if _, err := p.Wanted(in); err == nil || !strings.Contains(err.Error(), "gives Device.A two values") {
		t.Errorf("got %v", err)
	}
	in.Line.VLAN = 0
	if _, err := p.Wanted(in); err != nil {
		t.Error(err)
	}
}

// TestManagement follows the device's root, the profile's names and the bounds.
func TestManagement(t *testing.T) {
	in := full(itms.ServiceIPTV, "")
	in.Device = nil
	p := parse(t, small("root: InternetGatewayDevice.\nmanagement: {periodicEnable: [], periodicInterval: [\"{root}M.I\", Device.I]}\n"))
	for every, want := range map[time.Duration]string{
		time.Hour: "3600", time.Millisecond: "1", 1<<63 - 1: "4294967295",
	} {
		in.Management.PeriodicInterval = every
		w, err := p.Wanted(in)
		if err != nil || w.Params[0].Value != want || w.Params[0].Type != itms.TypeUnsignedInt {
			t.Errorf("%v: got %+v, %v", every, w.Params, err)
		}
		if names := w.Params[0].Names; !slices.Equal(names, []itms.ParamPath{"InternetGatewayDevice.M.I", "Device.I"}) {
			t.Errorf("names %v", names)
		}
	}
	in.Management = Management{ConnectionUsername: "u", ConnectionPassword: itms.NewSecret("a\x00")}
	if _, err := p.Wanted(in); err == nil || !strings.Contains(err.Error(), "connection request credentials") {
		t.Errorf("got %v: expected the credentials refused", err)
	}
	in.Management = Management{}
	if w, err := p.Wanted(in); err != nil || len(w.Params)+len(w.Read) != 0 {
		t.Errorf("got %+v, %v: expected nothing", w, err)
	}
}

// TestUndelivered names what a box has no place for.
func TestUndelivered(t *testing.T) {
	left, err := get(t, "tr181-stb").Undelivered(full(itms.ServiceIPTV, itms.AccessPPPoE))
	want := []string{"service.account", "service.authUrl", "service.authUrlBackup", "service.password"}
	if err != nil || !slices.Equal(left, want) {
		t.Errorf("got %v, %v: expected %v", left, err, want)
	}
	if left, _ = get(t, "ctc-iptv").Undelivered(full(itms.ServiceIPTV, itms.AccessPPPoE)); len(left) != 0 {
		t.Errorf("got %v: expected nothing", left)
	}
}
