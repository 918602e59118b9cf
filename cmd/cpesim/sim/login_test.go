package sim

import (
	"slices"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

const (
	authURL = "Device.X_CTC_IPTV.ServiceInfo.AuthURL"
	logins  = "Device.X_CTC_IPTV.ServiceStatistics.LoginSuccesses"
)

// counts wants a number of logins.
func (s *scene) counts(want string) {
	s.Helper()
	if got := value(s.T, s.cpe, logins); got != want {
		s.Errorf("%s logins, want %s", got, want)
	}
}

// boots lets the ACS reboot the box.
func (s *scene) boots() {
	s.Helper()
	one(s.T, s.cpe, s.acs, &cwmp.Reboot{})
}

func TestLogin(t *testing.T) {
	s := newScene(t, "ctc-stb")
	s.boots()
	s.writes(userID, "iptv1001", password, "pw")
	s.counts("0")
	s.writes(authURL, "http://auth.example.com/")
	s.counts("1")
	s.writes(enable, "0")
	s.counts("1")
	s.boots()
	s.counts("2")
	s.writes(password, "new")
	s.counts("3")
	s.writes(password, "")
	s.boots()
	s.counts("3")
}

func TestLoginIsAfterTheSession(t *testing.T) {
	read := &cwmp.GetParameterValues{Names: []string{logins}}
	acs := &acstest.ACS{Script: script(set(userID, "iptv1001", password, "pw", authURL, "http://auth.example.com/"), read, &cwmp.Reboot{})}
	cpe := box(t, acs, Config{})
	report := run(t, cpe)
	if got := report.RPCs[1].Response.(*cwmp.GetParameterValuesResponse).Parameters[0].Value; got != "0" {
		t.Errorf("%s logins within the session", got)
	}
	if got := value(t, cpe, logins); got != "1" {
		t.Errorf("%s logins after the reboot, want the one of the boot", got)
	}
	acs.Script = nil
	run(t, cpe, cwmp.Event{Code: cwmp.EventBoot})
	if got := value(t, cpe, logins); got != "2" {
		t.Errorf("%s logins after a boot by order", got)
	}
}

func TestLoginIsNotified(t *testing.T) {
	s := newScene(t, "ctc-stb")
	one(t, s.cpe, s.acs, &cwmp.SetParameterAttributes{Parameters: []cwmp.SetParameterAttribute{
		{Name: logins, NotificationChange: true, Notification: cwmp.NotificationActive}}})
	s.writes(userID, "iptv1001", password, "pw", authURL, "http://auth.example.com/")
	s.acs.Script = nil
	if report := run(t, s.cpe); !slices.Equal(report.Events, []string{"4 VALUE CHANGE"}) || heard(t, s.acs, logins) != "1" {
		t.Errorf("events %q", report.Events)
	}
}

func TestLoginFails(t *testing.T) {
	s := newScene(t, "ctc-stb", "login-fails")
	s.writes(userID, "iptv1001", password, "pw", authURL, "http://auth.example.com/")
	s.boots()
	s.counts("0")
}

func TestLoginWithTheOtherSpelling(t *testing.T) {
	s := newScene(t, "ctc-stb", "no-user-password")
	s.writes(userID, "iptv1001", "Device.X_CTC_IPTV.ServiceInfo.Password", "pw", authURL, "http://auth.example.com/")
	s.counts("1")
}

func TestNobodySetsTheCounter(t *testing.T) {
	s := newScene(t, "ctc-stb")
	fault, ok := one(t, s.cpe, s.acs, set(logins, "7")).(*cwmp.Fault)
	if !ok || fault.Parameters[0].Code != cwmp.FaultNotWritable {
		t.Errorf("fault %+v", fault)
	}
}

func TestAResetForgetsLogins(t *testing.T) {
	s := newScene(t, "ctc-stb")
	s.writes(userID, "iptv1001", password, "pw", authURL, "http://auth.example.com/")
	if err := s.cpe.FactoryReset(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.counts("0")
}
