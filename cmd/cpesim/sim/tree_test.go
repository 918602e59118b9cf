package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"itms/cwmp"
)

func TestPattern(t *testing.T) {
	s := compile(tr098Gateway())
	for path, want := range map[string]string{
		"":                                  "",
		"InternetGatewayDevice.":            "InternetGatewayDevice.",
		"InternetGatewayDevice.DeviceInfo":  "InternetGatewayDevice.DeviceInfo",
		"InternetGatewayDevice.WANDevice.1": "InternetGatewayDevice.WANDevice.1",
		wanDevices:                          wanDevices,
		wanDevices + "7.":                   wanDevices + "{i}.",
		wanDevices + "7.WANPPPConnection.2.Username": wanDevices + "{i}.WANPPPConnection.{i}.Username",
		wanDevices + "7.WANPPPConnection.":           wanDevices + "{i}.WANPPPConnection.",
	} {
		if got := s.pattern(path); got != want {
			t.Errorf("pattern of %q = %q, want %q", path, got, want)
		}
	}
}

func TestIsObject(t *testing.T) {
	tr := grown(tr181Gateway())
	for path, want := range map[string]bool{
		"": true, "Device.": true, "Device": false, "Device.PPP.": true, "Device.PPP.Interface.": true,
		"Device.PPP.Interface.1.": true, "Device.PPP.Interface.2.": false, "Device.PPP.Interface.x.": false,
		"Device.NAT.PortMapping.": true, "Device.NAT.PortMapping.1.": false, ".": false, "Device..": false,
		"Device.PPP.Interface.1.Alias": false, "Device.PPP.Interface.1.Alias.": false,
	} {
		if got := tr.isObject(path); got != want {
			t.Errorf("isObject(%q) = %t", path, got)
		}
	}
}

// TestListingsAgree walks the tree level by level and wants to meet exactly what
// one full listing names, in every model.
func TestListingsAgree(t *testing.T) {
	for _, m := range Models() {
		tr := grown(m)
		var walked []string
		var walk func(path string)
		walk = func(path string) {
			for _, name := range tr.listing(path, true) {
				walked = append(walked, name)
				if strings.HasSuffix(name, ".") {
					walk(name)
				}
			}
		}
		walk("")
		slices.Sort(walked)
		if full := tr.listing("", false); !slices.Equal(walked, full) {
			t.Errorf("%s: walked %d names, listed %d", m.Name, len(walked), len(full))
		}
	}
}

// TestEveryParameterObeysItsSpec writes its own value back to every parameter
// of every model: the writable ones take it, the others say 9008.
func TestEveryParameterObeysItsSpec(t *testing.T) {
	for _, m := range Models() {
		tr := grown(m)
		for _, name := range tr.names() {
			spec, _ := tr.schema.spec(name)
			own, _ := tr.own(name)
			kept, fault := tr.checkWrite(cwmp.ParameterValue{Name: name, Value: own, Type: spec.Type}, true)
			switch {
			case spec.Access == ReadOnly && (fault == nil || fault.Code != cwmp.FaultNotWritable):
				t.Errorf("%s %s: fault %v, want 9008", m.Name, name, fault)
			case spec.Access != ReadOnly && (fault != nil || kept != own):
				t.Errorf("%s %s: kept %q of %q, fault %v", m.Name, name, kept, own, fault)
			}
			if read := tr.read(name); read.Type != spec.Type || spec.Access == WriteOnly && read.Value != "" {
				t.Errorf("%s %s: read %+v", m.Name, name, read)
			}
		}
	}
}

// plainTable is the simplest table there is, to compare with.
type plainTable struct {
	rows map[int]map[string]string
	last int
}

// TestTablesMatchAPlainModel adds, deletes and writes rows at random and wants
// the tree to hold what a map of maps would.
func TestTablesMatchAPlainModel(t *testing.T) {
	const table = "Device.NAT.PortMapping."
	rapid.Check(t, func(t *rapid.T) {
		tr := grown(tr181Gateway())
		s := &session{cpe: &CPE{state: &state{tree: tr}}}
		before := len(tr.names())
		model := plainTable{rows: make(map[int]map[string]string)}
		number := rapid.IntRange(1, 12)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				n := int(addObject(s, &cwmp.AddObject{ObjectName: table}).(*cwmp.AddObjectResponse).InstanceNumber)
				if n <= model.last {
					t.Fatalf("number %d after %d", n, model.last)
				}
				model.last = n
				model.rows[n] = map[string]string{"Protocol": "TCP", "InternalClient": ""}
			},
			"delete": func(t *rapid.T) {
				n := number.Draw(t, "row")
				fault := faultOf(deleteObject(s, &cwmp.DeleteObject{ObjectName: fmt.Sprint(table, n, ".")}))
				if (fault == 0) != (model.rows[n] != nil) {
					t.Fatalf("deleting row %d: fault %d", n, fault)
				}
				delete(model.rows, n)
			},
			"write": func(t *rapid.T) {
				n, v := number.Draw(t, "row"), rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2"}).Draw(t, "value")
				name := fmt.Sprint(table, n, ".InternalClient")
				values, faults := s.cpe.check([]cwmp.ParameterValue{{Name: name, Value: v}})
				if (len(faults) == 0) != (model.rows[n] != nil) {
					t.Fatalf("writing row %d: faults %+v", n, faults)
				}
				if model.rows[n] != nil {
					s.cpe.store(values)
					model.rows[n]["InternalClient"] = v
				}
			},
			"": func(t *rapid.T) { checkTable(t, tr, table, model, before) },
		})
	})
}

// checkTable compares a table with the plain model.
func checkTable(t *rapid.T, tr *tree, table string, model plainTable, before int) {
	if got := len(tr.names()); got != before+5*len(model.rows) {
		t.Fatalf("%d names with %d rows", got, len(model.rows))
	}
	if count, _ := tr.own("Device.NAT.PortMappingNumberOfEntries"); count != fmt.Sprint(len(model.rows)) {
		t.Fatalf("counted %s rows of %d", count, len(model.rows))
	}
	for n, row := range model.rows {
		for leaf, want := range row {
			if got := tr.read(fmt.Sprint(table, n, ".", leaf)).Value; got != want {
				t.Fatalf("row %d %s = %q, want %q", n, leaf, got, want)
			}
		}
	}
	listed := 0
	for _, name := range tr.listing(table, true) {
		if !tr.isRow(name) {
			t.Fatalf("%s is listed and no row", name)
		}
		listed++
	}
	if listed != len(model.rows) {
		t.Fatalf("listed %d rows of %d", listed, len(model.rows))
	}
}
