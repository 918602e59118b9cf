package profile

import (
	"slices"
	"testing"

	"itms"
)

// TestMatch goes through what is known of a box at its first contacts.
func TestMatch(t *testing.T) {
	s := builtins(t)
	standard := []itms.ParamPath{"Device.DeviceInfo.SoftwareVersion", "Device.ManagementServer.ConnectionRequestURL"}
	for _, c := range []struct {
		name   string
		device *itms.Device
		known  []itms.ParamPath
		want   string
	}{
		{"nothing", nil, nil, ""},
		{"standard Inform", &itms.Device{Root: rootDevice}, standard, ""},
		{"CTC by Inform", &itms.Device{Root: rootDevice}, append(standard, "Device.X_CTC_IPTV.STBID"), "ctc-iptv"},
		{"CTC by object", nil, []itms.ParamPath{"Device.X_CTC_IPTV."}, "ctc-iptv"},
		{"CTC by product class", &itms.Device{ID: itms.DeviceID{ProductClass: "CTC_IPTV-4K"}}, nil, "ctc-iptv"},
		{"alike, not CTC", &itms.Device{Root: rootDevice}, []itms.ParamPath{"Device.X_CTC_IPTVX.A"}, ""},
		{"CU", nil, []itms.ParamPath{"Device.X_CU_STB.STBInfo.STBID"}, "cu-iptv"},
		{"CU on CTC firmware", nil, []itms.ParamPath{"Device.X_CTC_IPTV.", "Device.X_CU_STB."}, "cu-iptv"},
		{"CU by product class", &itms.Device{ID: itms.DeviceID{ProductClass: "CU-STB"}}, nil, "cu-iptv"},
		{"CMCC", nil, []itms.ParamPath{"Device.X_CMCC_OTV.ServiceInfo.UserID"}, "cmcc-iptv"},
		{"CMCC by product class", &itms.Device{ID: itms.DeviceID{ProductClass: "cmcc_otv"}}, nil, "cmcc-iptv"},
		{"STB by OUI", &itms.Device{Root: rootDevice, ID: itms.DeviceID{OUI: "990011"}}, standard, "tr181-stb"},
		{"STB by OUI after probe", &itms.Device{Root: rootDevice, ID: itms.DeviceID{OUI: "990011"}}, append(standard, "Device.X_CTC_IPTV."), "ctc-iptv"},
		{"STB by TR-135", nil, []itms.ParamPath{"Device.Services.STBService."}, "tr181-stb"},
		{"STB by product class", &itms.Device{Root: rootDevice, ID: itms.DeviceID{ProductClass: "HD-STB"}}, nil, "tr181-stb"},
		{"STB and gateway in one", nil, []itms.ParamPath{"Device.PPP.", "Device.Services.STBService."}, "tr181-stb"},
		{"gateway by object", nil, []itms.ParamPath{"Device.PPP."}, "tr181-gateway"},
		{"gateway by product class", &itms.Device{Root: rootDevice, ID: itms.DeviceID{ProductClass: "ONT"}}, nil, "tr181-gateway"},
		{"TR-098", &itms.Device{Root: rootGateway}, nil, "tr098-gateway"},
		{"TR-098 by tree", nil, []itms.ParamPath{"InternetGatewayDevice.DeviceInfo.SpecVersion"}, "tr098-gateway"},
	} {
		got := ""
		if p, ok := s.Match(c.device, tree(c.known...)); ok {
			got = p.Name
		}
		if got != c.want {
			t.Errorf("%s: got %q, expected %q", c.name, got, c.want)
		}
	}
	if _, ok := s.Match(nil, nil); ok {
		t.Error("nothing known must match nothing")
	}
}

// TestMatchFaultDoesNotHold passes over a condition that cannot be computed.
func TestMatchFaultDoesNotHold(t *testing.T) {
	broken := parse(t, "name: broken\npriority: 9\nmatch: int(device.oui) > 0\nservices: [iptv]\n")
	sound := parse(t, "name: sound\nmatch: true\nservices: [iptv]\n")
	p, ok := newSet([]*Profile{sound, broken}).Match(&itms.Device{ID: itms.DeviceID{OUI: "X"}}, nil)
	if !ok || p != sound {
		t.Errorf("got %v: expected the sound profile", p)
	}
}

// TestOrder is by priority, then name, and All is a copy.
func TestOrder(t *testing.T) {
	s := builtins(t)
	var names []string
	for _, p := range s.All() {
		names = append(names, p.Name)
		if !p.Builtin || p.Title == "" {
			t.Errorf("%s: builtin %v, title %q", p.Name, p.Builtin, p.Title)
		}
	}
	want := []string{"cmcc-iptv", "cu-iptv", "ctc-iptv", "tr181-stb", "tr098-gateway", "tr181-gateway"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v, expected %v", names, want)
	}
	s.All()[0] = nil
	if s.All()[0] == nil {
		t.Error("All must return a copy")
	}
	if _, ok := s.Get("none"); ok {
		t.Error("no profile of that name")
	}
}

// TestProbe plays the contacts of a box that sends standard parameters only.
func TestProbe(t *testing.T) {
	s := builtins(t)
	d := &itms.Device{Root: rootDevice}
	known := tree("Device.DeviceInfo.SoftwareVersion", "Device.ManagementServer.ParameterKey")
	expectProbe(t, s, d, known, "Device.")

	for _, name := range []itms.ParamPath{"Device.DeviceInfo.", "Device.ManagementServer.", "Device.Services.", "Device.PPP."} {
		known.Set(itms.Param{Name: name})
	}
	expectProbe(t, s, d, known, "Device.Services.") // a gateway, or a box with a gateway in it

	d.Asked = []itms.ParamPath{"Device.Services."}
	expectProbe(t, s, d, known) // answered without an object below

	d.Asked = nil
	known.Set(itms.Param{Name: "Device.Services.STBService."})
	expectProbe(t, s, d, known) // now it is a tr181-stb, and its root was listed

	known.Set(itms.Param{Name: "Device.X_CTC_IPTV."})
	expectProbe(t, s, d, known)
}

// TestProbeEdges: nothing known, a certain dialect, a root that was asked for.
func TestProbeEdges(t *testing.T) {
	s := builtins(t)
	expectProbe(t, s, nil, nil, rootDevice, rootGateway)
	expectProbe(t, s, &itms.Device{Asked: []itms.ParamPath{rootDevice}}, nil, rootGateway)
	expectProbe(t, s, &itms.Device{}, tree("Device.A.B"), "Device.")
	expectProbe(t, s, &itms.Device{Root: rootDevice}, nil, "Device.")
	expectProbe(t, s, &itms.Device{Root: rootDevice, ID: itms.DeviceID{OUI: "990011"}}, tree("Device.A.B"), "Device.")
	expectProbe(t, s, &itms.Device{Root: rootDevice, Asked: []itms.ParamPath{rootDevice}}, tree("Device.A.B"))
	expectProbe(t, s, &itms.Device{Root: rootDevice}, tree("Device.X_CTC_IPTV.STBID"))
	expectProbe(t, s, &itms.Device{Root: rootGateway}, tree("InternetGatewayDevice.A.B"))
}

// TestProbePage lists the page of a gateway once, whichever carrier's it is.
func TestProbePage(t *testing.T) {
	s := builtins(t)
	for _, object := range []itms.ParamPath{"InternetGatewayDevice.X_CT-COM_UserInfo.", "InternetGatewayDevice.X_CU_UserInfo.", "InternetGatewayDevice.X_CMCC_UserInfo."} {
		d, known := &itms.Device{Root: rootGateway}, tree("InternetGatewayDevice.DeviceInfo.SpecVersion", object+"UserName")
		expectProbe(t, s, d, known, object)
		known.Set(itms.Param{Name: object + "Status"})
		d.Asked = []itms.ParamPath{object}
		expectProbe(t, s, d, known)
	}
}

// expectProbe compares the paths of a probe.
func expectProbe(t *testing.T, s *Set, d *itms.Device, known *itms.ParamTree, want ...itms.ParamPath) {
	t.Helper()
	if got := s.Probe(d, known); !slices.Equal(got, want) {
		t.Errorf("got %v, expected %v", got, want)
	}
}
