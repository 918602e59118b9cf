package sim

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

const (
	enable  = "Device.X_CTC_IPTV.UserAccount.Enable"
	account = "Device.X_CTC_IPTV.UserAccount.AccountNumber"
)

// scene is a page that a test looks at after each step.
type scene struct {
	*testing.T
	cpe *CPE
	acs *acstest.ACS
}

// newScene is a box that has been in contact once.
func newScene(t *testing.T, model string, quirks ...string) *scene {
	t.Helper()
	s := &scene{T: t, acs: &acstest.ACS{}}
	s.cpe = box(t, s.acs, Config{Model: model}, quirks...)
	run(t, s.cpe)
	return s
}

// writes lets the ACS write.
func (s *scene) writes(pairs ...string) {
	s.Helper()
	if answer := one(s.T, s.cpe, s.acs, set(pairs...)); faultOf(answer) != 0 {
		s.Fatalf("%q: %v", pairs, answer)
	}
}

// types lets a person type and, when told, the ACS hear of it.
func (s *scene) types(told bool) {
	s.Helper()
	typed := Typed{Code: "12345678903"}
	if s.cpe.schema.model.Registration.Password != "" {
		typed = Typed{LOID: "loid-1", Password: "loid-pw"}
	}
	if err := s.cpe.Enter(typed); err != nil {
		s.Fatal(err)
	}
	s.acs.Script = nil
	if told {
		run(s.T, s.cpe)
	}
}

// shows wants a state, and text in it if there is any to want.
func (s *scene) shows(state PageState, text ...string) {
	s.Helper()
	page := s.cpe.Page()
	if page.State != state || page.Text == "" {
		s.Errorf("the page shows %q, want %s", page, state)
	}
	for _, want := range text {
		if !strings.Contains(page.Text, want) {
			s.Errorf("the page shows %q, want %q in it", page, want)
		}
	}
}

func TestPageOfCTC(t *testing.T) {
	s := newScene(t, "ctc-stb")
	s.shows(PageBlank)
	s.writes(enable, "1")
	s.shows(PageAsk, "activation code")
	s.writes(enable, "1")
	s.shows(PageAsk)
	s.types(true)
	s.shows(PageWait)
	s.writes(enable, "1")
	s.shows(PageRefused, "activation code")
	s.writes(enable, "1")
	s.shows(PageRefused)
	s.types(true)
	s.writes(userID, "iptv1001", password, "pw")
	s.shows(PageWait)
	s.writes(enable, "0")
	s.shows(PageService)
	s.writes(userID, "", password, "")
	s.shows(PageBlank)
}

func TestPageOfCodesTypedUnasked(t *testing.T) {
	s := newScene(t, "ctc-stb")
	s.types(true)
	s.shows(PageWait)
	s.writes(userID, "iptv1001")
	s.shows(PageService)
	s.types(true)
	s.writes(enable, "0")
	s.shows(PageService)
	s.types(true)
	s.writes(enable, "1")
	s.shows(PageRefused)
	s.writes(enable, "0")
	s.writes(enable, "1")
	s.shows(PageAsk)
}

// TestPageBeforeTheCodeIsTold: what the ACS writes before it knows of the code is
// no verdict.
func TestPageBeforeTheCodeIsTold(t *testing.T) {
	s := newScene(t, "ctc-stb")
	s.types(false)
	s.writes(enable, "1")
	s.shows(PageWait)
	run(t, s.cpe)
	s.writes(enable, "1")
	s.shows(PageRefused)
}

func TestPagesWithAWordForRefusal(t *testing.T) {
	for model, path := range map[string]string{
		"cu-stb":   "Device.X_CU_STB.AuthServiceInfo.Activate",
		"cmcc-stb": "Device.X_CMCC_OTV.STBInfo.ActivationStatus",
	} {
		s := newScene(t, model)
		s.shows(PageBlank)
		s.writes(path, "1")
		s.shows(PageAsk)
		s.types(true)
		s.shows(PageWait)
		s.writes(path, "3")
		s.shows(PageRefused)
		s.writes(path, "1")
		s.shows(PageAsk)
		s.types(true)
		s.shows(PageWait)
		s.writes(path, "2")
		s.shows(PageDone)
		s.writes(path, "0", s.cpe.path(s.cpe.schema.model.Account), "iptv1001")
		s.shows(PageService)
		if faultOf(one(t, s.cpe, s.acs, set(path, "4"))) != cwmp.FaultArguments {
			t.Errorf("%s: 4 was taken", model)
		}
	}
}

func TestPageOfGateways(t *testing.T) {
	for model, object := range gateways {
		s := newScene(t, model)
		s.shows(PageAsk, "LOID")
		s.types(true)
		s.shows(PageWait)
		s.writes(object+"Status", "2", object+"Times", "1")
		s.shows(PageRefused, "LOID is unknown", "1 of 10")
		s.types(true)
		s.shows(PageWait)
		s.writes(object+"ServiceNum", "2")
		s.shows(PageWait, "sent")
		s.writes(object+"Status", "0")
		s.shows(PageWait, "0 of 2")
		s.writes(object+"Result", "0")
		if progress := s.cpe.Page().Progress; progress != "0 of 2" {
			t.Errorf("%s: progress %q", model, progress)
		}
		s.writes(object+"Result", "2")
		s.shows(PageFailed)
		s.writes(object+"Result", "1")
		s.shows(PageDone)
	}
}

func TestVerdictsOfGateways(t *testing.T) {
	s := newScene(t, "tr098-gateway")
	object := gateways["tr098-gateway"]
	for status, want := range map[string]string{"1": "password", "2": "LOID", "3": "together", "4": "in time", "50": "status 50"} {
		s.writes(object+"Status", status)
		s.shows(PageRefused, want)
	}
	s.writes(object+"Status", "5")
	s.shows(PageDone)
	s.writes(object+"Status", "99")
	s.shows(PageAsk)
}

func TestLockedPage(t *testing.T) {
	s := newScene(t, "tr098-gateway")
	object := gateways["tr098-gateway"]
	s.writes(object+"Status", "3", object+"Times", "3", object+"Limit", "3")
	s.shows(PageLocked, "3 of 3")
	for _, err := range []error{s.cpe.EnterCode("12345678903"), s.cpe.EnterLOID("loid-1", "pw")} {
		if !errors.Is(err, ErrLocked) {
			t.Errorf("error %v", err)
		}
	}
	if len(s.cpe.Queue) != 0 || value(t, s.cpe, object+"UserName") != "" {
		t.Error("the page took input")
	}
	s.writes(object+"Times", "0")
	s.shows(PageRefused)
	s.types(true)
	s.shows(PageWait)
}

func TestPageOfModelsWithoutRegistration(t *testing.T) {
	for _, model := range []string{"tr181-stb", "tr181-gateway"} {
		s := newScene(t, model)
		s.shows(PageBlank)
		s.writes("Device.PPP.Interface.1.Username", "dial-1")
		s.shows(PageService)
	}
}

func TestAVerdictThatWaitsForAReboot(t *testing.T) {
	s := newScene(t, "ctc-stb", "spv-status-1")
	s.types(true)
	s.writes(enable, "1")
	s.shows(PageWait)
	one(t, s.cpe, s.acs, &cwmp.Reboot{})
	s.shows(PageRefused)
}

func TestAnIgnoredVerdict(t *testing.T) {
	s := newScene(t, "ctc-stb", "ignore-spv="+enable)
	s.types(true)
	s.writes(enable, "1")
	s.shows(PageWait)
}

func TestPageForgetsAtAReset(t *testing.T) {
	s := newScene(t, "ctc-stb")
	s.types(true)
	if err := s.cpe.FactoryReset(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.shows(PageBlank)
}

func TestPageJSON(t *testing.T) {
	for want, page := range map[string]Page{
		`{"state":"ask","text":"Type."}`:                      {State: PageAsk, Text: "Type."},
		`{"state":"wait","text":"Wait.","progress":"0 of 2"}`: {State: PageWait, Text: "Wait.", Progress: "0 of 2"},
	} {
		if got, err := json.Marshal(page); err != nil || string(got) != want {
			t.Errorf("%s, want %s, error %v", got, want, err)
		}
	}
}
