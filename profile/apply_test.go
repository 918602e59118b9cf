package profile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"itms"
)

// box is a device that holds parameters and creates rows, just enough to play a
// Wanted through.
type box struct {
	tree   *itms.ParamTree
	added  []string
	next   int                         // instance number of the next row
	create map[string][]itms.ParamPath // what a new row of a table holds, by its last segment
}

// row finds, takes or adds the row that is wanted, as WantedRow says.
func (b *box) row(w itms.WantedRow, table itms.ParamPath) string {
	instances := b.tree.Instances(table)
	for _, i := range instances {
		if len(w.Match) > 0 && b.matches(w, table, i) {
			return i
		}
	}
	if w.Fixed != "" && slices.Contains(instances, w.Fixed) {
		return w.Fixed
	}
	b.next++
	instance := fmt.Sprint(b.next)
	b.added = append(b.added, string(table)+instance)
	for _, leaf := range b.create[table.Leaf()] {
		b.tree.Set(itms.Param{Name: table + itms.ParamPath(instance) + "." + leaf})
	}
	return instance
}

// matches reports whether a row has all the values.
func (b *box) matches(w itms.WantedRow, table itms.ParamPath, instance string) bool {
	for name, value := range w.Match {
		have, ok := b.tree.Get(table + itms.ParamPath(instance+"."+name))
		if !ok || have.Value != value {
			return false
		}
	}
	return true
}

// apply plays a state and returns the names that were missing and not optional.
func (b *box) apply(w itms.Wanted) (missing []itms.ParamPath) {
	instance := map[string]string{}
	fill := func(p itms.ParamPath) itms.ParamPath {
		for alias, i := range instance {
			p = itms.ParamPath(strings.ReplaceAll(string(p), "{"+alias+"}", i))
		}
		return p
	}
	for _, row := range w.Rows {
		instance[row.Alias] = b.row(row, fill(row.Table))
	}
	for _, q := range w.Params {
		at := slices.IndexFunc(q.Names, func(n itms.ParamPath) bool { _, ok := b.tree.Get(fill(n)); return ok })
		if at >= 0 {
			b.tree.Set(itms.Param{Name: fill(q.Names[at]), Value: q.Value})
		} else if !q.Optional {
			missing = append(missing, fill(q.Names[0]))
		}
	}
	return missing
}

// value returns what the box holds.
func (b *box) value(name itms.ParamPath) string {
	have, _ := b.tree.Get(name)
	return have.Value
}

// expect compares values of the box.
func (b *box) expect(t *testing.T, want map[itms.ParamPath]string) {
	t.Helper()
	for name, value := range want {
		if got := b.value(name); got != value {
			t.Errorf("%s is %q, expected %q", name, got, value)
		}
	}
}

// play applies the state twice: the second time must add and miss nothing.
func (b *box) play(t *testing.T, p *Profile, in Input) {
	t.Helper()
	w, err := p.Wanted(in)
	if err != nil {
		t.Fatal(err)
	}
	if missing := b.apply(w); len(missing) > 0 {
		t.Errorf("missing %v", missing)
	}
	added := len(b.added)
	if missing := b.apply(w); len(missing) > 0 || len(b.added) != added {
		t.Errorf("the second pass added %v and missed %v", b.added[added:], missing)
	}
}

// wan is the WAN side of a TR-098 gateway.
const wan = "InternetGatewayDevice.WANDevice.1.WANConnectionDevice."

// gateway98 is a gateway whose first connection carries its management.
func gateway98() *box {
	connection := []itms.ParamPath{"Name", "ConnectionType", "X_CT-COM_ServiceList", "Username", "Password", "AddressingType", "Enable"}
	b := &box{tree: tree(wan+"1.WANIPConnection.1.Name", wan+"1.WANIPConnection.1.X_CT-COM_ServiceList",
		wan+"1.X_CT-COM_WANEponLinkConfig.VLANIDMark", wan+"1.WANPPPConnectionNumberOfEntries")}
	b.create = map[string][]itms.ParamPath{
		"WANConnectionDevice": {"WANPPPConnectionNumberOfEntries", "X_CT-COM_WANEponLinkConfig.Mode", "X_CT-COM_WANEponLinkConfig.VLANIDMark"},
		"WANPPPConnection":    connection, "WANIPConnection": connection,
	}
	return b
}

// TestGateway98WithVLAN leaves the management connection and its tag alone.
func TestGateway98WithVLAN(t *testing.T) {
	b := gateway98()
	b.next = 1
	p, in := get(t, "tr098-gateway"), full(itms.ServiceInternet, itms.AccessPPPoE)
	in.Management = Management{}
	w, err := p.Wanted(in)
	if err != nil {
		t.Fatal(err)
	}
	if missing := b.apply(w); len(missing) > 0 || !slices.Equal(b.added, []string{wan + "2", wan + "2.WANPPPConnection.3"}) {
		t.Fatalf("added %v, missing %v", b.added, missing)
	}
	b.expect(t, map[itms.ParamPath]string{
		wan + "1.X_CT-COM_WANEponLinkConfig.VLANIDMark":   "x",
		wan + "2.X_CT-COM_WANEponLinkConfig.VLANIDMark":   "41",
		wan + "2.X_CT-COM_WANEponLinkConfig.Mode":         "2",
		wan + "2.WANPPPConnection.3.Name":                 "internet",
		wan + "2.WANPPPConnection.3.ConnectionType":       "IP_Routed",
		wan + "2.WANPPPConnection.3.X_CT-COM_ServiceList": "INTERNET",
		wan + "2.WANPPPConnection.3.Username":             "ppp1001@example.com",
		wan + "2.WANPPPConnection.3.Password":             "access-secret",
		wan + "2.WANPPPConnection.3.Enable":               "1",
		wan + "1.WANIPConnection.1.X_CT-COM_ServiceList":  "x",
	})
}

// TestGateway98Again finds its connection in a numbered-from-1 WANConnectionDevice.
func TestGateway98Again(t *testing.T) {
	b := gateway98()
	for _, name := range []itms.ParamPath{"2.WANPPPConnection.1.Name", "2.WANPPPConnection.1.ConnectionType", "2.WANPPPConnection.1.Username",
		"2.WANPPPConnection.1.Password", "2.WANPPPConnection.1.Enable"} {
		b.tree.Set(itms.Param{Name: wan + name})
	}
	b.tree.Set(itms.Param{Name: wan + "2.WANPPPConnection.1.Name", Value: "internet"})
	in := full(itms.ServiceInternet, itms.AccessPPPoE)
	in.Management = Management{}
	b.play(t, get(t, "tr098-gateway"), in)
	if len(b.added) != 0 {
		t.Errorf("added %v", b.added)
	}
}

// TestGateway98WithoutVLAN uses the first WANConnectionDevice.
func TestGateway98WithoutVLAN(t *testing.T) {
	for access, table := range map[itms.AccessType]string{itms.AccessPPPoE: "WANPPPConnection", itms.AccessDHCP: "WANIPConnection"} {
		b := gateway98()
		b.next = 4
		in := full(itms.ServiceInternet, access)
		in.Line.VLAN, in.Management = 0, Management{}
		b.play(t, get(t, "tr098-gateway"), in)
		if want := []string{wan + "1." + table + ".5"}; !slices.Equal(b.added, want) {
			t.Errorf("%s: added %v, expected %v", access, b.added, want)
		}
	}
}

// TestGateway181 takes the row of the alias, else the first.
func TestGateway181(t *testing.T) {
	b := &box{tree: &itms.ParamTree{}}
	for i, alias := range []string{"voip", "internet"} {
		for _, leaf := range []string{"Alias", "Username", "Password", "Enable"} {
			b.tree.Set(itms.Param{Name: itms.ParamPath(fmt.Sprintf("Device.PPP.Interface.%d.%s", i+1, leaf)), Value: alias})
		}
	}
	b.tree.Set(itms.Param{Name: "Device.Ethernet.VLANTermination.1.VLANID"})
	in := full(itms.ServiceInternet, itms.AccessPPPoE)
	in.Management = Management{}
	b.play(t, get(t, "tr181-gateway"), in)
	b.expect(t, map[itms.ParamPath]string{
		"Device.PPP.Interface.2.Username": "ppp1001@example.com", "Device.PPP.Interface.1.Username": "voip",
		"Device.Ethernet.VLANTermination.1.VLANID": "41",
	})
	in.Attributes = map[string]string{"pppAlias": "none"}
	in.Service.Access.Account = "other"
	b.play(t, get(t, "tr181-gateway"), in)
	b.expect(t, map[itms.ParamPath]string{"Device.PPP.Interface.1.Username": "other"})
}

// TestBoxSpellings writes the spelling that the firmware has.
func TestBoxSpellings(t *testing.T) {
	const at = "Device.X_CTC_IPTV.ServiceInfo."
	for _, leaf := range []itms.ParamPath{"UserPassword", "Password"} {
		b := &box{tree: tree(at+"UserID", at+leaf, at+"AuthURL", at+"AuthURLBackup", at+"PPPoEID", at+"PPPoEPassword")}
		in := full(itms.ServiceIPTV, itms.AccessPPPoE)
		b.play(t, get(t, "ctc-iptv"), in)
		b.expect(t, map[itms.ParamPath]string{at + leaf: "service-secret", at + "UserID": "iptv1001"})
	}
}
