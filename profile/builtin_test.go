package profile

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"itms"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestBuiltinGolden shows, per built-in profile, what each sort of access writes.
func TestBuiltinGolden(t *testing.T) {
	for _, p := range builtins(t).All() {
		t.Run(p.Name, func(t *testing.T) {
			got := fmt.Sprintf("# %s, priority %d, serves %v\n", p.Title, p.Priority, p.Services)
			id := p.Identity()
			got += fmt.Sprintf("# STBID %v\n# MAC %v\n# model %v\n", id.STBID, id.MAC, id.Model)
			got += fmt.Sprintf("# hosts %v\n", p.Hosts())
			for _, access := range []itms.AccessType{itms.AccessPPPoE, itms.AccessIPoE, itms.AccessStatic} {
				got += section(t, p, string(access), full(p.Services[0], access))
			}
			bare := full(p.Services[0], itms.AccessDHCP)
			bare.Service.AuthURLBackup, bare.Service.Access.Account, bare.Line.VLAN = "", "", 0
			got += section(t, p, "dhcp without account, backup and VLAN", bare)
			bare.Service.Access.Type = itms.AccessPPPoE
			got += section(t, p, "pppoe without account and VLAN", bare)
			bare.Bound = false
			got += section(t, p, "not bound", bare)
			got += section(t, p, "withdrawn, rows not known", Input{Withdraw: true, Management: bare.Management})
			got += section(t, p, "withdrawn", Input{Withdraw: true, Known: connections()})
			got += section(t, p, "STUN server, nothing known", behindNAT(p, nil))
			got += section(t, p, "STUN server and a client", behindNAT(p, stunClient(p.Root)))
			got += pages(t, p)
			compareGolden(t, p.Name, got)
		})
	}
}

// behindNAT is an input with a STUN server.
func behindNAT(p *Profile, known *itms.ParamTree) Input {
	in := full(p.Services[0], itms.AccessStatic)
	in.Known, in.Management.STUN = known, STUN{Host: "stun.example.com", Port: 3478}
	return in
}

// stunClient shows the parameters of a device that has a STUN client.
func stunClient(root itms.ParamPath) *itms.ParamTree {
	m := root + "ManagementServer."
	return tree(m+"UDPConnectionRequestAddress", m+"NATDetected", m+"STUNEnable", m+"STUNServerAddress", m+"STUNServerPort", m+"STUNUsername", m+"STUNPassword")
}

// TestBuiltinSTUN checks what a device with a STUN client gets, in every profile.
func TestBuiltinSTUN(t *testing.T) {
	for _, p := range builtins(t).All() {
		for known, want := range map[*itms.ParamTree]map[string]string{
			stunClient(p.Root): {"STUNServerAddress": "stun.example.com", "STUNServerPort": "3478", "STUNUsername": "cr-user", "STUNPassword": "cr-secret", "STUNEnable": "1",
				"ConnectionRequestUsername": "cr-user", "ConnectionRequestPassword": "cr-secret"},
			tree(p.Root + "ManagementServer.STUNEnable"): {"STUNServerAddress": "", "STUNPassword": "", "STUNEnable": "1"},
			nil: {"STUNServerAddress": "", "STUNEnable": "", "ConnectionRequestPassword": "cr-secret"},
		} {
			w, err := p.Wanted(behindNAT(p, known))
			if err != nil {
				t.Fatal(err)
			}
			for leaf, value := range want {
				q := byLeaf(w, leaf)
				if q.Value != value || q.Hide != (value != "" && (strings.HasSuffix(leaf, "name") || strings.HasSuffix(leaf, "Password"))) || value != "" && !q.Optional {
					t.Errorf("%s: %s is %+v, want %q", p.Name, leaf, q, value)
				}
			}
			if !slices.Contains(w.Read, p.Root+"ManagementServer.") {
				t.Errorf("%s reads %v only", p.Name, w.Read)
			}
		}
		unbound := behindNAT(p, stunClient(p.Root))
		unbound.Bound = false
		if w, err := p.Wanted(unbound); err != nil || byLeaf(w, "STUNEnable").Value != "" {
			t.Errorf("%s: a device that serves nothing gets credentials: %+v, %v", p.Name, w, err)
		}
		if p.AllowsBasic() {
			t.Errorf("%s allows Basic", p.Name)
		}
	}
}

// TestConnectionRequestKey reads the key of that name.
func TestConnectionRequestKey(t *testing.T) {
	for keys, want := range map[string]bool{"": false, "connectionRequest: {}\n": false, "connectionRequest: {basic: false}\n": false, "connectionRequest: {basic: true}\n": true} {
		if got := parse(t, small(keys)).AllowsBasic(); got != want {
			t.Errorf("%q: %v", keys, got)
		}
	}
	checkProblems(t, map[string]string{"connectionRequest: {basic: maybe}\n": "basic", "connectionRequest: {digest: true}\n": "digest"})
	off := parse(t, small("management: {stunEnable: [], stunPassword: '{root}X.Secret'}\n"))
	if w, err := off.Wanted(behindNAT(off, stunClient(off.Root))); err != nil || byLeaf(w, "STUNEnable").Value != "" || !slices.Contains(off.Secrets(), "Device.X.Secret") {
		t.Errorf("%+v, %v, secrets %v", w, err, off.Secrets())
	}
}

// section explains one input.
func section(t *testing.T, p *Profile, title string, in Input) string {
	t.Helper()
	text, err := p.Explain(in)
	if err != nil {
		t.Fatalf("%s: %v", title, err)
	}
	return "\n== " + title + "\n" + text
}

// connections shows rows of both data models, some of them the service's.
func connections() *itms.ParamTree {
	return valued(map[itms.ParamPath]string{
		wan + "1.WANIPConnection.1.Name": "TR069", wan + "1.WANIPConnection.2.Name": "internet",
		wan + "2.WANPPPConnection.1.Name": "VOIP", wan + "2.WANPPPConnection.3.Name": "internet",
		"Device.PPP.Interface.1.Alias": "voip", "Device.PPP.Interface.2.Alias": "internet",
	})
}

// pageStates are those a profile may describe.
var pageStates = []itms.PageState{itms.PageAsk, itms.PageRefused, itms.PageLocked, itms.PagePushing, itms.PageDone, itms.PageFailed, itms.PageIdle}

// pages explains every state of the registration page.
func pages(t *testing.T, p *Profile) string {
	t.Helper()
	if !p.Asks() {
		return "\n== no registration\n"
	}
	g := p.Registration()
	got := fmt.Sprintf("\n== registration\ncode %v\nLOID %v\npassword %v\nSTBID %v\nevents %q\n", g.Code, g.LOID, g.Password, g.STBID, g.Events)
	for _, state := range pageStates {
		text, err := p.ExplainPage(PageInput{View: itms.PageView{State: state, Verdict: itms.VerdictMismatch, Times: 2}, Services: 4})
		if err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		got += fmt.Sprintf("page %s\n%s", state, text)
	}
	return got
}

// compareGolden compares with testdata/NAME.txt.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -run Golden -update ./profile to accept):\n%s", file, got)
	}
}

// TestBuiltinSecrets checks the clear values and marks that Explain hides.
func TestBuiltinSecrets(t *testing.T) {
	for name, leaf := range map[string]map[string]string{
		"ctc-iptv":      {"UserPassword": "service-secret", "PPPoEPassword": "access-secret"},
		"cu-iptv":       {"UserIDPassword": "service-secret", "PPPoEPassword": "access-secret"},
		"cmcc-iptv":     {"Password": "service-secret", "PPPoEPassword": "access-secret"},
		"tr181-stb":     {"Password": "access-secret"},
		"tr181-gateway": {"Password": "access-secret"},
		"tr098-gateway": {"Password": "access-secret"},
	} {
		p := get(t, name)
		w, err := p.Wanted(full(p.Services[0], itms.AccessPPPoE))
		if err != nil {
			t.Fatal(err)
		}
		for l, value := range leaf {
			q := byLeaf(w, l)
			if q.Value != value || !q.Hide || !q.WriteOnly || q.Optional {
				t.Errorf("%s: %s is %+v: expected the secret, hidden and write-only", name, l, q)
			}
		}
		if q := byLeaf(w, "ConnectionRequestPassword"); q.Value != "cr-secret" || !q.Hide || !q.WriteOnly || !q.Optional {
			t.Errorf("%s: connection request password is %+v", name, q)
		}
	}
}

// byLeaf finds a wanted parameter by the last segment of its first name.
func byLeaf(w itms.Wanted, leaf string) itms.WantedParam {
	for _, q := range w.Params {
		if q.Names[0].Leaf() == leaf {
			return q
		}
	}
	return itms.WantedParam{}
}

// TestGatewayAccountOfService takes the service's account for a line without one.
func TestGatewayAccountOfService(t *testing.T) {
	for _, name := range []string{"tr181-gateway", "tr098-gateway"} {
		in := full(itms.ServiceInternet, itms.AccessPPPoE)
		in.Service.Access.Account = ""
		w, err := get(t, name).Wanted(in)
		if err != nil {
			t.Fatal(err)
		}
		if user, pass := byLeaf(w, "Username"), byLeaf(w, "Password"); user.Value != "iptv1001" || pass.Value != "service-secret" {
			t.Errorf("%s: Username %q, right password %v", name, user.Value, pass.Value == "service-secret")
		}
	}
}

// TestCMCCAttributes lets an order name the platform.
func TestCMCCAttributes(t *testing.T) {
	in := full(itms.ServiceIPTV, itms.AccessDHCP)
	in.Attributes = map[string]string{"platformUrl": "http://p.example.com/"}
	w, err := get(t, "cmcc-iptv").Wanted(in)
	if err != nil {
		t.Fatal(err)
	}
	if got := byLeaf(w, "PlatformURL").Value; got != "http://p.example.com/" {
		t.Errorf("PlatformURL = %q", got)
	}
	if got := byLeaf(w, "PlatformBackupURL").Value; got != "http://backup.example.com/" {
		t.Errorf("PlatformBackupURL = %q", got)
	}
}

// TestIdentify reads who the device is in any spelling.
func TestIdentify(t *testing.T) {
	known := &itms.ParamTree{}
	known.Set(itms.Param{Name: "Device.X_CTC_IPTV.STBID", Value: " 00100399990000100000" + "00005E005301 "})
	known.Set(itms.Param{Name: "Device.LAN.MACAddress", Value: " "})
	known.Set(itms.Param{Name: "Device.Ethernet.Interface.1.MACAddress", Value: "00:00:5E:00:53:01"})
	known.Set(itms.Param{Name: "Device.DeviceInfo.ModelName", Value: "fingerprint", Hidden: true})
	p := get(t, "ctc-iptv")
	stbid, mac, model := p.Identify(known)
	if stbid != "0010039999000010000000005E005301" || mac != "00:00:5E:00:53:01" || model != "" {
		t.Errorf("got %q, %q, %q", stbid, mac, model)
	}
	if a, b, c := p.Identify(nil); a+b+c != "" {
		t.Error("nothing is known of a nil tree")
	}
}
