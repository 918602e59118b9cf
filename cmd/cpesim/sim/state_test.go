package sim

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

func TestStateFileRoundTrip(t *testing.T) {
	acs := &acstest.ACS{}
	config := Config{ACS: []string{serve(t, acs)}, Model: "tr098-gateway", Serial: "GW-1", MAC: "00:00:5E:00:53:21", StatePath: stateFile(t)}
	first := box(t, acs, config, "spv-status-1")
	run(t, first)
	one(t, first, acs, &cwmp.AddObject{ObjectName: wanDevices})
	one(t, first, acs, set("InternetGatewayDevice.X_CT-COM_UserInfo.UserName", "loid"))
	one(t, first, acs, &cwmp.SetParameterAttributes{Parameters: []cwmp.SetParameterAttribute{
		{Name: "InternetGatewayDevice.Time.LocalTimeZone", NotificationChange: true, Notification: cwmp.NotificationPassive}}})

	second := box(t, acs, Config{StatePath: config.StatePath})
	if second.Identity() != first.Identity() || !slices.Equal(second.Names(), first.Names()) {
		t.Errorf("identity %+v", second.Identity())
	}
	one(t, second, acs, &cwmp.Reboot{CommandKey: "r"})
	if value(t, second, "InternetGatewayDevice.X_CT-COM_UserInfo.UserName") != "loid" {
		t.Error("the staged value was lost")
	}
	if err := second.Set("InternetGatewayDevice.Time.LocalTimeZone", "CST-8"); err != nil {
		t.Fatal(err)
	}

	third := box(t, acs, Config{StatePath: config.StatePath})
	acs.Script = nil
	if report := run(t, third); !slices.Equal(report.Events, []string{"1 BOOT", "M Reboot"}) {
		t.Errorf("events %q", report.Events)
	}
	sessions := acs.Sessions()
	told := sessions[len(sessions)-1].Inform.Parameters
	if last := told[len(told)-1]; last.Name != "InternetGatewayDevice.Time.LocalTimeZone" || last.Value != "CST-8" {
		t.Errorf("the change was not told: %+v", last)
	}
}

func TestStateFileIsPrivate(t *testing.T) {
	path := stateFile(t)
	run(t, box(t, &acstest.ACS{}, Config{StatePath: path}))
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".cpesim-*")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

func TestStateFileOfAnotherDevice(t *testing.T) {
	path := stateFile(t)
	acs := &acstest.ACS{}
	run(t, box(t, acs, Config{StatePath: path, Serial: "A"}))
	for _, config := range []Config{{Serial: "B"}, {MAC: "00:00:5E:00:53:99"}, {Model: "cu-stb"}, {Quirks: QuirkSet{quirkNoUserPassword: ""}}} {
		config.StatePath = path
		if _, err := New(config); !errors.Is(err, ErrOtherDevice) {
			t.Errorf("%+v: error %v", config, err)
		}
	}
	if _, err := New(Config{StatePath: path, Serial: "A", MAC: "00005e005301"}); err != nil {
		t.Errorf("the same device: %v", err)
	}
}

func TestLastingQuirksAreKept(t *testing.T) {
	path := stateFile(t)
	acs := &acstest.ACS{}
	run(t, box(t, acs, Config{StatePath: path}, "no-user-password", "no-cwmp-id"))
	again := box(t, acs, Config{StatePath: path})
	if !again.quirks.has(quirkNoUserPassword) || again.quirks.has(quirkNoID) {
		t.Errorf("quirks %q", again.quirks.Strings())
	}
}

func TestBrokenStateFile(t *testing.T) {
	path := stateFile(t)
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{StatePath: path}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if _, err := New(Config{StatePath: t.TempDir()}); err == nil {
		t.Error("a directory was read")
	}
	cpe := box(t, &acstest.ACS{}, Config{StatePath: filepath.Join(t.TempDir(), "no", "where")})
	if _, err := cpe.Session(t.Context()); err == nil {
		t.Error("the state was written nowhere")
	}
}

func TestWhatTheACSChangedStays(t *testing.T) {
	path := stateFile(t)
	acs := &acstest.ACS{}
	url := serve(t, acs)
	first := box(t, acs, Config{ACS: []string{url}, StatePath: path, Username: "old", Password: "old-pw"})
	one(t, first, acs, set("Device.ManagementServer.Username", "new", "Device.ManagementServer.Password", "new-pw"))
	same := box(t, acs, Config{ACS: []string{url}, StatePath: path, Username: "old", Password: "old-pw"})
	if value(t, same, "Device.ManagementServer.Password") != "new-pw" {
		t.Error("the password of the ACS was lost")
	}
	other := box(t, acs, Config{ACS: []string{url}, StatePath: path, Username: "other"})
	if value(t, other, "Device.ManagementServer.Username") != "other" {
		t.Error("a new setting was not taken")
	}
}

func TestAnotherURLByConfigIsNoFirstContact(t *testing.T) {
	path := stateFile(t)
	acs := &acstest.ACS{}
	run(t, box(t, acs, Config{StatePath: path}))
	report := run(t, box(t, acs, Config{StatePath: path})) // on another port
	if !slices.Equal(report.Events, []string{"2 PERIODIC"}) {
		t.Errorf("events %q", report.Events)
	}
}
