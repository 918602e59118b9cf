package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// withdrawn computes a withdrawal without management and returns what is written
// where, by the first spelling.
func withdrawn(t *testing.T, p *Profile, in Input) (map[itms.ParamPath]string, itms.Wanted) {
	t.Helper()
	in.Bound, in.Withdraw, in.Management = false, true, Management{}
	w, err := p.Wanted(in)
	if err != nil {
		t.Fatal(err)
	}
	out := map[itms.ParamPath]string{}
	for _, q := range w.Params {
		out[q.Names[0]] = q.Value
	}
	return out, w
}

// valued is a tree of parameters with values.
func valued(values map[itms.ParamPath]string) *itms.ParamTree {
	t := &itms.ParamTree{}
	for name, value := range values {
		t.Set(itms.Param{Name: name, Value: value})
	}
	return t
}

// TestWithdrawCandidates overwrites credentials whatever the conditions, by type,
// and other parameters where they say with what.
func TestWithdrawCandidates(t *testing.T) {
	p := parse(t, small(`
rebootAfter: true
params:
  - {name: Device.Account, value: service.account, if: line.vlan > 9000, reboot: true}
  - {name: Device.Access, value: 'coalesce(service.access.account, "x")'}
  - {name: Device.Key, value: service.password, secret: true, wipe: '"none"'}
  - {name: Device.Region, value: line.area}
  - {name: Device.Mark, value: line.area, secret: true, writeOnly: false}
  - {name: Device.SecretNumber, value: 7, type: unsignedInt}
  - {name: Device.Time, value: '"2026-01-02T15:04:05Z"', type: dateTime, secret: true}
  - {name: Device.Blob, value: '"AAA="', type: base64, secret: true}
  - {name: Device.Flag, value: true, type: boolean, secret: true}
  - {name: Device.Kept, value: service.account, wipe: keep}
  - {name: Device.Enable, value: true, type: boolean, wipe: false}
  - {name: Device.Name, value: line.area, wipe: device.serial}
  - {name: Device.Maybe, value: line.area, wipe: 'device.serial == "S1" ? nil : "x"'}
  - {name: Device.Number, value: service.account, type: int, wipe: device.model}
  - {names: [Device.B, Device.Account], value: service.account, if: line.vlan > 9000}
  - {names: [Device.Account, Device.B], value: service.account, if: line.vlan > 9000}
`))
	in := full(itms.ServiceIPTV, itms.AccessPPPoE)
	got, w := withdrawn(t, p, in)
	want := map[itms.ParamPath]string{
		"Device.Account": "", "Device.Access": "", "Device.Key": "none", "Device.Mark": "", "Device.SecretNumber": "0",
		"Device.Time": "0001-01-01T00:00:00Z", "Device.Blob": "", "Device.Flag": "0", "Device.Enable": "0", "Device.Name": "S1",
		"Device.Number": "0", "Device.B": "",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if !w.RebootAfter || len(w.Rows) > 0 {
		t.Errorf("reboot %v, rows %v", w.RebootAfter, w.Rows)
	}
	if q := byLeaf(w, "Key"); !q.Hide || !q.WriteOnly || !q.Optional {
		t.Errorf("marks of %+v", q)
	}
	if q := byLeaf(w, "Mark"); !q.Hide || q.WriteOnly {
		t.Errorf("marks of %+v", q)
	}
	if q := byLeaf(w, "Account"); !q.Reboot || !q.Optional {
		t.Errorf("marks of %+v", q)
	}
}

// TestWithdrawBound refuses what would cut off a subscriber.
func TestWithdrawBound(t *testing.T) {
	in := full(itms.ServiceIPTV, itms.AccessPPPoE)
	in.Withdraw = true
	if _, err := get(t, "ctc-iptv").Wanted(in); !itms.IsKind(err, itms.KindInternal) || err == nil {
		t.Errorf("got %v: expected a refusal", err)
	}
	in.Bound = false
	if left, err := get(t, "ctc-iptv").Undelivered(in); len(left) > 0 || err != nil {
		t.Errorf("got %v, %v: Undelivered is about a binding", left, err)
	}
}

// TestWithdrawRows finds the rows of the service and no others.
func TestWithdrawRows(t *testing.T) {
	const table = "Device.T."
	rows := map[itms.ParamPath]string{table + "1.Name": "other", table + "2.Name": "mine", table + "5.Name": "mine", table + "7.Name": ""}
	for keys, want := range map[string][]string{
		`match: {Name: '"mine"'}`:                                          {"2", "5"},
		`match: {Name: '"mine"'}, fixed: 1`:                                {"2", "5"},
		`match: {Name: '"none"'}, fixed: 1`:                                {"1"},
		`match: {Name: '"none"'}, fixed: 3`:                                nil,
		`match: {Name: '"none"'}`:                                          nil,
		`match: {Name: '"mine"'}, if: line.vlan > 9000`:                    {"2", "5"},
		`match: {Name: 'coalesce(attributes.name, "mine")'}`:               {"2", "5"},
		`match: {Name: attributes.name}`:                                   nil, // empty: not the row without a name
		`match: {Name: service.account}`:                                   nil,
		`match: {Name: service.account}, fixed: 5`:                         {"5"},
		`match: {Name: subscriber.id}`:                                     nil,
		`match: {Name: 'line.vlan > 0 ? "mine" : "other"'}`:                nil,
		`match: {Name: '"mine"', More: '"mine"'}`:                          nil,
		`match: {Name: 'service.type == "iptv" ? "mine" : "other"'}`:       {"2", "5"},
		`match: {Name: 'service["type"] + "x" == "x" ? "mine" : "other"'}`: {"1"},
		`match: {Name: 'string(int(attributes.name))'}, fixed: 2`:          {"2"},
		`fixed: 2`:                               {"2"},
		`fixed: 'line.vlan > 0 ? 1 : 2'`:         nil,
		`fixed: service.account`:                 nil,
		`fixed: int(attributes.name)`:            nil,
		`match: {Sub.1.Name: '"mine"'}`:          {"9"},
		`match: {Sub.7.Name: '"mine"'}`:          {"9"},
		`match: {Sub.1.Name: '"x"'}`:             nil,
		`match: {Hidden: '"mine"'}`:              nil,
		`match: {Flag: true}`:                    {"8"},
		`match: {Name: '"a\tb"'}, fixed: 7`:      {"7"},
		`match: {Name: device.macKey}, fixed: 7`: {"7"},
	} {
		p := parse(t, small("rows:\n  - {alias: r, table: Device.T., "+keys+"}\nparams:\n  - {name: 'Device.T.{r}.User', value: service.account}\n"))
		in := full(itms.ServiceIPTV, itms.AccessPPPoE)
		in.Attributes, in.Line = nil, itms.Line{}
		in.Known = valued(rows)
		in.Known.Set(itms.Param{Name: table + "9.Sub.4.Name", Value: "mine"})
		in.Known.Set(itms.Param{Name: table + "8.Flag", Value: "true", Type: itms.TypeBoolean})
		in.Known.Set(itms.Param{Name: table + "8.Hidden", Value: "mine", Hidden: true})
		got, w := withdrawn(t, p, in)
		var names []itms.ParamPath
		for _, i := range want {
			names = append(names, itms.ParamPath(table+i+".User"))
		}
		if have := slices.Sorted(maps.Keys(got)); !slices.Equal(have, names) {
			t.Errorf("%s: got %v, expected %v", keys, have, names)
		}
		if !slices.Equal(w.Read, []itms.ParamPath{table}) {
			t.Errorf("%s: reads %v", keys, w.Read)
		}
	}
}

// TestWithdrawKnownOrder takes attributes and line where they are still known.
func TestWithdrawKnownOrder(t *testing.T) {
	p := parse(t, small(`
rows: [{alias: r, table: Device.T., match: {VLAN: line.vlan, Name: 'coalesce(attributes.name, "mine")'}}]
params: [{name: 'Device.T.{r}.User', value: service.account}]
`))
	in := full(itms.ServiceIPTV, itms.AccessPPPoE)
	in.Attributes = map[string]string{"name": "hers"}
	in.Known = valued(map[itms.ParamPath]string{"Device.T.1.VLAN": "41", "Device.T.1.Name": "mine", "Device.T.2.VLAN": "041", "Device.T.2.Name": "hers"})
	in.Known.Set(itms.Param{Name: "Device.T.2.VLAN", Value: "041", Type: itms.TypeUnsignedInt})
	if got, _ := withdrawn(t, p, in); !maps.Equal(got, map[itms.ParamPath]string{"Device.T.2.User": ""}) {
		t.Errorf("got %v", got)
	}
}

// TestWithdrawNested goes through rows in rows, and looks for spellings in other
// rows on their own.
func TestWithdrawNested(t *testing.T) {
	p := parse(t, small(`
rows:
  - {alias: a, table: Device.A., match: {Name: '"in"'}}
  - {alias: b, table: 'Device.A.{a}.B.', match: {Name: '"in"'}}
  - {alias: c, table: Device.C., fixed: 1}
params:
  - {names: ['Device.A.{a}.B.{b}.New', 'Device.A.{a}.B.{b}.Old', 'Device.C.{c}.User'], value: service.account}
`))
	in := full(itms.ServiceIPTV, "")
	in.Known = valued(map[itms.ParamPath]string{
		"Device.A.1.Name": "in", "Device.A.1.B.1.Name": "in", "Device.A.1.B.2.Name": "out", "Device.A.1.B.3.Name": "in",
		"Device.A.2.Name": "out", "Device.A.2.B.1.Name": "in", "Device.A.3.Name": "in", "Device.C.1.Name": "any",
	})
	got, w := withdrawn(t, p, in)
	want := map[itms.ParamPath]string{"Device.A.1.B.1.New": "", "Device.A.1.B.3.New": "", "Device.C.1.User": ""}
	if !maps.Equal(got, want) || len(w.Params[0].Names) != 2 {
		t.Errorf("got %+v", w.Params)
	}
	if !slices.Equal(w.Read, []itms.ParamPath{"Device.A.", "Device.C."}) {
		t.Errorf("reads %v", w.Read)
	}
}

// TestWithdrawBounds keeps a device with countless rows from filling memory.
func TestWithdrawBounds(t *testing.T) {
	p := parse(t, small(`
rows: [{alias: a, table: Device.A., match: {N: '"x"'}}, {alias: b, table: Device.B., match: {N: '"x"'}}]
params: [{name: 'Device.C.{a}.{b}', value: service.account}]
`))
	in := full(itms.ServiceIPTV, "")
	in.Known = &itms.ParamTree{}
	for i := range 2 * maxPlaces {
		in.Known.Set(itms.Param{Name: itms.ParamPath(fmt.Sprintf("Device.A.%d.N", i)), Value: "x"})
		in.Known.Set(itms.Param{Name: itms.ParamPath(fmt.Sprintf("Device.B.%d.N", i)), Value: "x"})
	}
	if got, _ := withdrawn(t, p, in); len(got) != maxPlaces {
		t.Errorf("got %d parameters, expected %d", len(got), maxPlaces)
	}
}

// TestWithdrawAfterPush plays a service on and off a gateway: its credentials go, the
// connection of its management stays.
func TestWithdrawAfterPush(t *testing.T) {
	b := gateway98()
	b.next = 1
	p, in := get(t, "tr098-gateway"), full(itms.ServiceInternet, itms.AccessPPPoE)
	for _, name := range []itms.ParamPath{wan + "1.WANIPConnection.1.Enable", wan + "4.WANPPPConnection.1.Username", wan + "4.WANPPPConnection.1.Name"} {
		b.tree.Set(itms.Param{Name: name, Value: "TR069"})
	}
	in.Management = Management{}
	w, err := p.Wanted(in)
	if err != nil {
		t.Fatal(err)
	}
	b.apply(w)
	in.Known = b.tree
	_, w = withdrawn(t, p, in)
	b.apply(w)
	const ours = wan + "2.WANPPPConnection.3."
	b.expect(t, map[itms.ParamPath]string{
		ours + "Username": "", ours + "Password": "", ours + "Enable": "0", ours + "Name": "internet",
		wan + "2.X_CT-COM_WANEponLinkConfig.VLANIDMark": "41",
		wan + "1.WANIPConnection.1.Enable":              "TR069", wan + "4.WANPPPConnection.1.Username": "TR069",
	})
	if len(w.Params) != 3 {
		t.Errorf("expected three values, got %+v", w.Params)
	}
}

// TestWithdrawGateway98: whatever connections a gateway has, exactly those of the
// name are overwritten.
func TestWithdrawGateway98(t *testing.T) {
	p := get(t, "tr098-gateway")
	rapid.Check(t, func(t *rapid.T) {
		known, want := &itms.ParamTree{}, map[itms.ParamPath]bool{}
		for range rapid.IntRange(0, 8).Draw(t, "connections") {
			table := rapid.SampledFrom([]string{"WANPPPConnection", "WANIPConnection"}).Draw(t, "table")
			at := itms.ParamPath(fmt.Sprintf("%s%d.%s.%d.", wan, rapid.IntRange(1, 3).Draw(t, "device"), table, rapid.IntRange(1, 3).Draw(t, "row")))
			name := rapid.SampledFrom([]string{"internet", "TR069", ""}).Draw(t, "name")
			known.Set(itms.Param{Name: at + "Name", Value: name})
			for _, leaf := range []itms.ParamPath{"Enable", "Username", "Password"} {
				want[at+leaf] = name == "internet" && (leaf == "Enable" || table == "WANPPPConnection")
			}
		}
		w, err := p.Wanted(Input{Withdraw: true, Known: known})
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range w.Params {
			if !want[q.Names[0]] {
				t.Fatalf("%s is not ours", q.Names[0])
			}
			delete(want, q.Names[0])
		}
		for name, left := range want {
			if left {
				t.Fatalf("%s is left", name)
			}
		}
	})
}

// TestWithdrawalCarriesNothing: whatever the input, a withdrawal shows nothing of an
// order and forgets no credential.
func TestWithdrawalCarriesNothing(t *testing.T) {
	profiles := builtins(t).All()
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		in.Known = rapid.SampledFrom([]*itms.ParamTree{nil, connections()}).Draw(t, "known")
		checkWithdrawn(t, rapid.SampledFrom(profiles).Draw(t, "profile"), in)
	})
}

// checkWithdrawn computes a withdrawal and looks for anything of the input.
func checkWithdrawn(t fataler, p *Profile, in Input) {
	t.Helper()
	in.Bound, in.Withdraw = false, true
	w, err := p.Wanted(in)
	if err != nil {
		return // e.g. a wipe that cannot be computed
	}
	if len(w.Rows) > 0 || len(w.Proof) > 0 {
		t.Fatalf("a withdrawal adds %+v", w)
	}
	if text := fmt.Sprintf("%+v", w); strings.Contains(text, marker) {
		t.Fatalf("a value of the input is in %s", text)
	}
	listed := map[itms.ParamPath]bool{}
	for _, q := range w.Params {
		for _, name := range q.Names {
			if listed[name] || strings.Contains(string(name), "{") || !slices.ContainsFunc(w.Read, name.Under) {
				t.Fatalf("wrong %+v, read %v", q, w.Read)
			}
			listed[name] = true
		}
	}
	for _, q := range p.params {
		for _, name := range q.names {
			if full := name.under(p.rootFor(in.Device)); q.isCredential() && q.wipes && q.wipe == nil && len(name.aliases) == 0 && !listed[full] {
				t.Fatalf("%s is forgotten", full)
			}
		}
	}
}

// TestWithdrawErrors refuses wipes that look into an order or can never be written.
func TestWithdrawErrors(t *testing.T) {
	param := func(rest string) string {
		return "params:\n  - {name: Device.A, value: line.area, wipe: " + rest + "}\n"
	}
	checkProblems(t, map[string]string{
		param("service.password"):      "test.yaml:5:46: wipe: unknown name service",
		param("attributes.a"):          "wipe: unknown name attributes",
		param("none"):                  "wipe: gives func: expected string",
		param("''"):                    "test.yaml:5:46: wipe: expected an expression",
		param("device.sn"):             `wipe: device has no field "sn": expected one of oui, productClass`,
		param("1"):                     "wipe: gives int: expected string",
		param("7, type: boolean"):      "wipe: is no boolean: expected 0 or 1",
		param("[keep]"):                "wipe: expected a text",
		param(`'int("a")', type: int`): "wipe: cannot be computed",
		param("keep, wype: keep"):      `unknown key "wype"`,
	})
	p := parse(t, small("params: [{name: Device.A, value: line.area, wipe: int(device.serial), type: int}]\n"))
	_, err := p.Wanted(Input{Device: &itms.Device{ID: itms.DeviceID{Serial: "S"}}, Withdraw: true})
	if !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("got %v", err)
	}
}
