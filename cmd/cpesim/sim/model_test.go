package sim

import (
	"slices"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

func TestModelsAreConsistent(t *testing.T) {
	for _, m := range Models() {
		t.Run(m.Name, func(t *testing.T) {
			if m.Help == "" || m.OUI == "" || m.ProductClass == "" || m.Manufacturer == "" {
				t.Error("the model is not described")
			}
			s := compile(m)
			if len(s.specs) != len(m.Specs) {
				t.Errorf("%d patterns of %d parameters: one is named twice", len(s.specs), len(m.Specs))
			}
			tr := grown(m)
			checkFactoryValues(t, tr)
			for path := range m.Initial {
				if _, ok := s.spec(m.Root + path); !ok {
					t.Errorf("no parameter %s", path)
				}
			}
			if _, ok := tr.Values[m.Root+m.WAN]; !ok && m.WAN != "" {
				t.Errorf("no parameter %s", m.WAN)
			}
			for _, d := range m.Diagnostics {
				checkFinding(t, m, tr, d)
			}
			checkRegistration(t, m, tr)
			if m.Hosts.Table != "" && (tr.Tables[m.Root+m.Hosts.Table] == nil || m.Hosts.Event == "") {
				t.Errorf("the hosts %+v are not whole", m.Hosts)
			}
		})
	}
}

// checkFinding wants a test to have its parameters and, if it has one, its table.
func checkFinding(t *testing.T, m Model, tr *tree, d Diagnostic) {
	t.Helper()
	if _, ok := tr.Values[m.Root+d.State]; !ok || !strings.HasSuffix(d.State, ".DiagnosticsState") {
		t.Errorf("no parameter %s", d.State)
	}
	found := d.Find(t.Context(), Probe{Arg: func(string) string { return "http://host.example.com/" }})
	if found.State != "" {
		t.Errorf("%s ends in %s", d.State, found.State)
	}
	row := m.Root + d.object() + found.Table + "{i}."
	for _, values := range found.Rows {
		for leaf := range values {
			if _, ok := tr.schema.specs[row+leaf]; !ok {
				t.Errorf("no parameter %s%s", row, leaf)
			}
		}
	}
}

// checkRegistration wants every parameter of the page, the login and the place to exist, and the ACS to be
// told of a code.
func checkRegistration(t *testing.T, m Model, tr *tree) {
	t.Helper()
	r := m.Registration
	for _, path := range append([]string{r.Code, r.Password, r.Switch, m.Account, m.Login.Counter}, slices.Concat(m.Login.Needs, m.Places)...) {
		if _, ok := tr.Values[m.Root+path]; !ok && path != "" {
			t.Errorf("no parameter %s", path)
		}
	}
	if (r.Code == "") != (r.Event == "") || r.Code != "" && (r.Switch == "") == (r.UserInfo == "") {
		t.Errorf("the registration %+v is not whole", r)
	}
	if r.Switch != "" && tr.attribute(m.Root+r.Code).Notification != cwmp.NotificationActive {
		t.Errorf("nobody is told of %s", r.Code)
	}
}

// grown is the factory tree of a model.
func grown(m Model) *tree {
	tr := &tree{schema: compile(m), vars: strings.NewReplacer("{mac}", defaultMAC)}
	tr.reset()
	return tr
}

// checkFactoryValues wants every value in the form of its type, and every
// counting parameter to count a table.
func checkFactoryValues(t *testing.T, tr *tree) {
	t.Helper()
	for name := range tr.Values {
		spec, known := tr.schema.spec(name)
		if !known {
			t.Errorf("%s has no definition", name)
			continue
		}
		v, _ := tr.own(name)
		if kept, ok := normalise(spec.Type, v); !ok || kept != v {
			t.Errorf("%s = %q is no %s", name, v, spec.Type)
		}
		if !knownPlaceholders(v) {
			t.Errorf("%s = %q", name, v)
		}
		if table, counts := strings.CutSuffix(name, "NumberOfEntries"); counts && tr.Tables[table+"."] == nil {
			t.Errorf("%s counts nothing", name)
		}
	}
}

// knownPlaceholders tells whether nothing else in a value is in braces.
func knownPlaceholders(value string) bool {
	for _, p := range []string{"{maker}", "{oui}", "{class}", "{serial}", "{acs}", "{user}", "{password}", "{stbid}"} {
		value = strings.ReplaceAll(value, p, "")
	}
	return !strings.ContainsAny(value, "{}")
}

// TestProfilesFit names the parameters that the profiles of the server write.
func TestProfilesFit(t *testing.T) {
	wan := "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1."
	for model, paths := range map[string][]string{
		"ctc-stb": {"Device.X_CTC_IPTV.STBID", "Device.LAN.MACAddress", "Device.X_CTC_IPTV.ServiceInfo.UserID",
			"Device.X_CTC_IPTV.ServiceInfo.UserPassword", "Device.X_CTC_IPTV.ServiceInfo.AuthURLBackup", "Device.X_CTC_IPTV.ServiceInfo.DHCPPassword"},
		"cu-stb":    {"Device.X_CU_STB.STBInfo.STBID", "Device.X_CU_STB.AuthServiceInfo.UserIDPassword", "Device.X_CU_STB.STBInfo.BrowserURL2"},
		"cmcc-stb":  {"Device.X_CMCC_OTV.STBInfo.STBID", "Device.X_CMCC_OTV.ServiceInfo.PlatformBackupURL"},
		"tr181-stb": {"Device.PPP.Interface.1.Username", "Device.Services.STBServiceNumberOfEntries"},
		"tr181-gateway": {"Device.PPP.Interface.1.Alias", "Device.DHCPv4.Client.1.Enable", "Device.Ethernet.VLANTermination.1.VLANID",
			"Device.Hosts.Host.4.HostName", "Device.Ethernet.Interface.1.MACAddress"},
		"tr098-gateway": {wan + "WANIPConnection.1.Name", wan + "X_CT-COM_WANGponLinkConfig.VLANIDMark",
			"InternetGatewayDevice.WANDevice.1.WANEthernetInterfaceConfig.MACAddress"},
	} {
		cpe := box(t, &acstest.ACS{}, Config{Model: model})
		for _, path := range paths {
			if _, ok := cpe.Get(path); !ok {
				t.Errorf("%s has no %s", model, path)
			}
		}
	}
}

func TestEveryModelTalks(t *testing.T) {
	for _, m := range Models() {
		t.Run(m.Name, func(t *testing.T) {
			acs := &acstest.ACS{Script: script(&cwmp.GetParameterNames{}, &cwmp.GetParameterValues{Names: []string{""}})}
			cpe := box(t, acs, Config{Model: m.Name})
			report := run(t, cpe)
			names := report.RPCs[0].Response.(*cwmp.GetParameterNamesResponse).Parameters
			values := report.RPCs[1].Response.(*cwmp.GetParameterValuesResponse).Parameters
			leaves := 0
			for _, n := range names {
				if !strings.HasSuffix(n.Name, ".") {
					leaves++
				}
			}
			if leaves != len(values) || leaves != len(cpe.Names()) {
				t.Errorf("%d names, %d values, %d parameters", leaves, len(values), len(cpe.Names()))
			}
			for _, v := range values {
				if strings.Contains(v.Value, "{") || isSecret(v.Name) && v.Value != "" {
					t.Errorf("%s = %q", v.Name, v.Value)
				}
			}
		})
	}
}

func TestLookupModel(t *testing.T) {
	if _, ok := LookupModel("fridge"); ok {
		t.Error("found a fridge")
	}
	if _, err := New(Config{Model: "fridge"}); err == nil {
		t.Error("made a fridge")
	}
}
