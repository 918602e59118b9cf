package sim

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

// rpcs is a session with work: three requests.
func rpcs(*cwmp.Inform) []cwmp.Message {
	return []cwmp.Message{set(userID, "iptv1001", password, "secret-9"), &cwmp.GetRPCMethods{}, &cwmp.GetRPCMethods{}}
}

// played runs one session with a quirk and returns what the ACS heard.
func played(t *testing.T, quirks ...string) (*acstest.ACS, *CPE, *Report, error) {
	t.Helper()
	acs := &acstest.ACS{Script: rpcs}
	cpe := box(t, acs, Config{Username: acstest.Username, Password: acstest.Password}, quirks...)
	report, err := cpe.Session(t.Context())
	return acs, cpe, report, err
}

func TestParseQuirks(t *testing.T) {
	for _, q := range Quirks() {
		if _, err := ParseQuirks(q.Name); err != nil || q.Help == "" {
			t.Errorf("%s: %v", q.Name, err)
		}
	}
	good := []string{"refuse-spv=2:9007:Device.X_", "slow=1ms", "drop-mid-session=3:1", "other-mac=00:00:5E:00:53:77", "http10"}
	set, err := ParseQuirks(good...)
	slices.Sort(good)
	if err != nil || !slices.Equal(set.Strings(), good) {
		t.Errorf("read back %q, %v", set.Strings(), err)
	}
	for _, bad := range []string{"nonsense", "", "http10=1", "refuse-spv=x", "refuse-spv=1:y", "slow=fast", "other-mac=1",
		"drop-mid-session=-1", "drop-mid-session=1:x", "drop-after-inform-response=x", "firmware-refused=x"} {
		if _, err := ParseQuirks(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestRefuseSPV(t *testing.T) {
	for _, c := range []struct {
		quirk string
		codes []int // the outer fault and those of parameters, in each of two sessions
		kept  bool
	}{
		{"refuse-spv", []int{9002, 9002}, false},
		{"refuse-spv=forever:9001", []int{9001, 9001}, false},
		{"refuse-spv=1", []int{9002}, true},
		{"refuse-spv=1:9007", []int{9003, 9007, 9007}, true},
		{"refuse-spv=0:9005:" + password, []int{9003, 9005, 9003, 9005}, false},
		{"refuse-spv=0:9005:Device.Other", nil, true},
	} {
		t.Run(c.quirk, func(t *testing.T) {
			_, cpe, first, err := played(t, c.quirk)
			if err != nil {
				t.Fatal(err)
			}
			var codes []int
			for _, fault := range append(first.Faults(), run(t, cpe).Faults()...) {
				codes = append(codes, fault.Code)
				for _, p := range fault.Parameters {
					codes = append(codes, p.Code)
				}
			}
			if !slices.Equal(codes, c.codes) || (value(t, cpe, userID) != "") != c.kept {
				t.Errorf("faults %d, want %d; value %q", codes, c.codes, value(t, cpe, userID))
			}
		})
	}
}

func TestPasswordInFault(t *testing.T) {
	_, _, report, _ := played(t, "password-in-fault", "refuse-spv=0:9007:"+password)
	if got := report.Faults()[0].Parameters[0].String; !strings.HasSuffix(got, ": secret-9") {
		t.Errorf("fault string %q", got)
	}
	_, _, report, _ = played(t, "password-in-fault", "no-user-password")
	if got := report.Faults()[0].Parameters[0].String; !strings.HasSuffix(got, ": secret-9") {
		t.Errorf("fault string %q", got)
	}
}

func TestNoUserPassword(t *testing.T) {
	_, cpe, report, _ := played(t, "no-user-password")
	if p := report.Faults()[0].Parameters; len(p) != 1 || p[0].Name != password || p[0].Code != cwmp.FaultName {
		t.Errorf("faults %+v", p)
	}
	value(t, cpe, "Device.X_CTC_IPTV.ServiceInfo.Password")
	if value(t, cpe, userID) != "" {
		t.Error("the other value was set")
	}
}

func TestIgnoreSPV(t *testing.T) {
	_, cpe, report, _ := played(t, "ignore-spv="+userID)
	if len(report.Faults()) != 0 || value(t, cpe, userID) != "" || value(t, cpe, password) != "secret-9" {
		t.Errorf("faults %v, values %q %q", report.Faults(), value(t, cpe, userID), value(t, cpe, password))
	}
}

func TestStatusOneAndLoseAfterReboot(t *testing.T) {
	for quirk, want := range map[string][2]string{"spv-status-1": {"", "iptv1001"}, "lose-after-reboot": {"iptv1001", ""}} {
		acs, cpe, report, err := played(t, quirk)
		if err != nil {
			t.Fatal(err)
		}
		if status := report.RPCs[0].Response.(*cwmp.SetParameterValuesResponse).Status; (status == 1) != (quirk == "spv-status-1") {
			t.Errorf("%s: status %d", quirk, status)
		}
		before := value(t, cpe, userID)
		one(t, cpe, acs, &cwmp.Reboot{})
		if got := [2]string{before, value(t, cpe, userID)}; got != want {
			t.Errorf("%s: before and after the reboot %q, want %q", quirk, got, want)
		}
	}
}

func TestDrops(t *testing.T) {
	for _, c := range []struct {
		quirk    string
		rpcs     int
		answered int
	}{
		{"drop-after-inform-response=1", 0, 0},
		{"drop-mid-session=1:1", 1, 0},
		{"drop-mid-session=2:1", 2, 1},
	} {
		acs, cpe, report, err := played(t, c.quirk)
		if !errors.Is(err, ErrDropped) || report.Status != Dropped || !report.Accepted {
			t.Errorf("%s: status %s, error %v", c.quirk, report.Status, err)
		}
		if len(report.RPCs) != c.rpcs || len(acs.Sessions()[0].Responses) != c.answered {
			t.Errorf("%s: %d RPCs, %d answers", c.quirk, len(report.RPCs), len(acs.Sessions()[0].Responses))
		}
		if again := run(t, cpe); len(again.RPCs) != 3 {
			t.Errorf("%s: dropped again", c.quirk)
		}
	}
}

func TestCookies(t *testing.T) {
	for quirk, want := range map[string]string{
		"slow=1ns": "sid=s1", "no-cookies": "", "cookie-attributes": "sid=s1; Path=/; HttpOnly",
	} {
		acs, _, _, err := played(t, quirk)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range acs.Requests() {
			expected := want
			if i == 0 {
				expected = ""
			}
			if got := r.Header.Get("Cookie"); got != expected {
				t.Errorf("%s: POST %d has the cookie %q, want %q", quirk, i, got, expected)
			}
		}
	}
}

func TestStaleCookie(t *testing.T) {
	acs, cpe, _, _ := played(t, "stale-cookie")
	n := len(acs.Requests())
	run(t, cpe)
	if got := acs.Requests()[n].Header.Get("Cookie"); got != "sid=s1" {
		t.Errorf("second Inform has the cookie %q", got)
	}
}

func TestConnections(t *testing.T) {
	for quirk, want := range map[string]struct {
		connections int
		proto       string
		chunked     bool
	}{
		"slow=1ns":                {1, "HTTP/1.1", false},
		"new-connection-per-post": {5, "HTTP/1.1", false},
		"http10":                  {5, "HTTP/1.0", false},
		"chunked":                 {1, "HTTP/1.1", true},
	} {
		acs, _, report, err := played(t, quirk)
		if err != nil {
			t.Fatalf("%s: %v", quirk, err)
		}
		first := acs.Requests()[0]
		if report.Connections != want.connections || first.Proto != want.proto || (first.TransferEncoding != nil) != want.chunked {
			t.Errorf("%s: %d connections, %s, %q", quirk, report.Connections, first.Proto, first.TransferEncoding)
		}
	}
}

func TestEnvelopes(t *testing.T) {
	for quirk, want := range map[string]struct {
		version cwmp.Version
		id      bool
		text    string
	}{
		"slow=1ns":        {cwmp.Version10, true, `xmlns:soap-env=`},
		"no-cwmp-id":      {cwmp.Version10, false, `xmlns:soap-env=`},
		"bare-namespaces": {cwmp.VersionUnknown, true, `<soap-env:Envelope><`},
		"xml-latin1":      {cwmp.Version10, true, `encoding="ISO-8859-1"?>`},
		"cwmp-1-1":        {cwmp.Version11, true, "cwmp-1-1"},
		"cwmp-1-2":        {cwmp.Version12, true, "cwmp-1-2"},
		"cwmp-1-3":        {cwmp.Version13, true, "1.0,1.1,1.2,1.3<"},
		"cwmp-1-4":        {cwmp.Version14, true, "1.0,1.1,1.2,1.3,1.4<"},
	} {
		acs, _, _, err := played(t, quirk)
		if err != nil {
			t.Fatalf("%s: %v", quirk, err)
		}
		first := acs.Requests()[0]
		if first.Envelope.Version != want.version || (first.Envelope.ID != "") != want.id || !bytes.Contains(first.Body, []byte(want.text)) {
			t.Errorf("%s: version %s, id %q, body %.200s", quirk, first.Envelope.Version, first.Envelope.ID, first.Body)
		}
		answer := acs.Requests()[2].Envelope
		if (answer.ID != "") != want.id || answer.Version != want.version {
			t.Errorf("%s: answer with version %s, id %q", quirk, answer.Version, answer.ID)
		}
	}
}

func TestLatin1(t *testing.T) {
	if got := string(latin1([]byte("é€"))); !strings.HasSuffix(got, ">\xe9?") {
		t.Errorf("%q", got)
	}
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{}, "xml-latin1")
	if err := cpe.Set("Device.X_CTC_IPTV.UserAccount.AccountNumber", "numéro"); err != nil {
		t.Fatal(err)
	}
	run(t, cpe)
	for _, p := range acs.Sessions()[0].Inform.Parameters {
		if strings.HasSuffix(p.Name, "AccountNumber") && p.Value != "numéro" {
			t.Errorf("value %q", p.Value)
		}
	}
}

func TestInformQuirks(t *testing.T) {
	acs, _, report, _ := played(t, "empty-events")
	if len(acs.Sessions()[0].Inform.Events) != 0 || report.Events != nil {
		t.Errorf("events %v", acs.Sessions()[0].Inform.Events)
	}
	acs, _, _, _ = played(t, "inform-without-vendor-params")
	for _, p := range acs.Sessions()[0].Inform.Parameters {
		if strings.Contains(p.Name, "X_CTC") || strings.Contains(p.Name, "MAC") {
			t.Errorf("parameter %s", p.Name)
		}
	}
	_, cpe, _, _ := played(t, "other-mac")
	if mac := value(t, cpe, "Device.LAN.MACAddress"); mac != "02:00:5E:00:53:FF" || !strings.HasSuffix(value(t, cpe, "Device.X_CTC_IPTV.STBID"), "00005E005301") {
		t.Errorf("MAC %s", mac)
	}
}

func TestClonedSTBID(t *testing.T) {
	const clone = "00100100990000001001000000000001"
	acs := &acstest.ACS{}
	for model, path := range map[string]string{"ctc-stb": "Device.X_CTC_IPTV.STBID", "cu-stb": "Device.X_CU_STB.STBInfo.STBID", "cmcc-stb": "Device.X_CMCC_OTV.STBInfo.STBID"} {
		config := Config{Model: model, MAC: "00:00:5E:00:53:0A", StatePath: stateFile(t), ACS: []string{serve(t, acs)}}
		own := value(t, box(t, acs, config), path)
		run(t, box(t, acs, config))
		cloned := box(t, acs, config, "cloned-stbid="+clone)
		run(t, cloned)
		if heard(t, acs, path) != clone || cloned.Identity().STBID != own || value(t, cloned, "Device.LAN.MACAddress") != config.MAC {
			t.Errorf("%s: the STBID is %s, the identity %+v", model, heard(t, acs, path), cloned.Identity())
		}
		again := box(t, acs, config)
		if err := again.FactoryReset(t.Context()); err != nil || value(t, again, path) != clone {
			t.Errorf("%s: the STBID after a reset is %s, error %v", model, value(t, again, path), err)
		}
	}
	if _, cpe, _, _ := played(t, "cloned-stbid"); value(t, cpe, "Device.X_CTC_IPTV.STBID") != cpe.Identity().STBID {
		t.Error("the STBID of the first box is not its own")
	}
}

// TestClonesInAFleet: --stbid is for one box, the quirk for all.
func TestClonesInAFleet(t *testing.T) {
	quirks, err := ParseQuirks("cloned-stbid")
	if err != nil {
		t.Fatal(err)
	}
	fleet, err := NewFleet(FleetConfig{Config: Config{Quirks: quirks}, Count: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, cpe := range fleet.CPEs() {
		if got := value(t, cpe, "Device.X_CTC_IPTV.STBID"); got != fleet.CPEs()[0].Identity().STBID {
			t.Errorf("%s reports %s", cpe.Identity().MAC, got)
		}
	}
}

func TestKeepCredentialsOverReset(t *testing.T) {
	_, cpe, _, _ := played(t, "keep-credentials-over-reset")
	if err := cpe.Set("Device.LAN.IPAddress", "192.0.2.99"); err != nil {
		t.Fatal(err)
	}
	if err := cpe.FactoryReset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if value(t, cpe, userID) != "iptv1001" || value(t, cpe, password) != "secret-9" || value(t, cpe, "Device.LAN.IPAddress") != "192.0.2.10" {
		t.Error("the wrong values were kept")
	}
}

func TestKeepRegistrationOverReset(t *testing.T) {
	for model, kept := range map[string]map[string]string{
		"ctc-stb":       {enable: "1", account: "12345678903"},
		"cu-stb":        {"Device.X_CU_STB.AuthServiceInfo.Activate": "3", "Device.X_CU_STB.AuthServiceInfo.ActivationCode": "12345678903"},
		"cmcc-stb":      {"Device.X_CMCC_OTV.STBInfo.ActivationStatus": "2", "Device.X_CMCC_OTV.STBInfo.ActivationCode": "12345678903"},
		"tr098-gateway": registered("tr098-gateway"),
		"cu-gateway":    registered("cu-gateway"),
		"cmcc-gateway":  registered("cmcc-gateway"),
	} {
		for _, quirk := range []string{"keep-credentials-over-reset", "http10"} {
			s := newScene(t, model, quirk)
			s.types(true)
			for path, value := range kept {
				if s.cpe.path(s.cpe.schema.model.Registration.Code) != path {
					s.writes(path, value)
				}
			}
			before := s.cpe.Page()
			if err := s.cpe.FactoryReset(t.Context()); err != nil {
				t.Fatal(err)
			}
			keeps := quirk != "http10"
			for path, want := range kept {
				if got := value(t, s.cpe, path); (got == want) != keeps {
					t.Errorf("%s with %s: %s = %q", model, quirk, path, got)
				}
			}
			if keeps != (s.cpe.Page() == before) {
				t.Errorf("%s with %s: the page shows %s after %s", model, quirk, s.cpe.Page(), before)
			}
		}
	}
}

// registered are the values of a gateway that was registered.
func registered(model string) map[string]string {
	object := gateways[model]
	return map[string]string{object + "UserName": "loid-1", object + "UserId": "loid-pw", object + "Status": "0",
		object + "Result": "1", object + "Times": "2", object + "Limit": "5", object + "ServiceNum": "3"}
}

// TestKeepATypedCodeOverReset: the ACS hears of the code after the first contact.
func TestKeepATypedCodeOverReset(t *testing.T) {
	s := newScene(t, "ctc-stb", "keep-credentials-over-reset")
	s.types(false)
	if err := s.cpe.FactoryReset(t.Context()); err != nil {
		t.Fatal(err)
	}
	run(t, s.cpe)
	if report := run(t, s.cpe); !slices.Equal(report.Events, []string{"X CT-COM BIND"}) || heard(t, s.acs, account) != "12345678903" {
		t.Errorf("events %q", report.Events)
	}
}

func TestStrictTypes(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{}, "strict-types")
	m := set("Device.X_CTC_IPTV.UserAccount.Enable", "1")
	if faultOf(one(t, cpe, acs, m)) != cwmp.FaultArguments {
		t.Error("a string was taken for a boolean")
	}
	m.Parameters[0].Type = cwmp.TypeBoolean
	if faultOf(one(t, cpe, acs, m)) != 0 {
		t.Error("a boolean was refused")
	}
}

func TestAuthQuirks(t *testing.T) {
	for quirk, refused := range map[string]int{"auth-every-post": 5, "empty-post-first": 2} {
		acs := &acstest.ACS{Auth: acstest.MD5, Script: rpcs}
		run(t, box(t, acs, Config{Username: acstest.Username, Password: acstest.Password}, quirk))
		if acs.Refused() != refused {
			t.Errorf("%s: %d challenges, want %d", quirk, acs.Refused(), refused)
		}
	}
}

// TestRefuseAttributes: attributes are refused by a code, all or those below a path.
func TestRefuseAttributes(t *testing.T) {
	ask := func(name string) cwmp.Message {
		return &cwmp.SetParameterAttributes{Parameters: []cwmp.SetParameterAttribute{{Name: name, NotificationChange: true, Notification: cwmp.NotificationActive}}}
	}
	for quirk, want := range map[string][2]int{"refuse-attributes": {9009, 9009}, "refuse-attributes=9000": {9000, 9000}, "refuse-attributes=9002:Device.LAN.": {9002, 0}} {
		acs := &acstest.ACS{}
		cpe := box(t, acs, Config{}, quirk)
		got := [2]int{faultOf(one(t, cpe, acs, ask("Device.LAN.IPAddress"))), faultOf(one(t, cpe, acs, ask("Device.DeviceInfo.ModelName")))}
		if got != want {
			t.Errorf("%s: faults %v, want %v", quirk, got, want)
		}
	}
	if _, err := ParseQuirks("refuse-attributes=many"); err == nil {
		t.Error("a code that is no number was taken")
	}
}
