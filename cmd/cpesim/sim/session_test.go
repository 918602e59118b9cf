package sim

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

const (
	userID   = "Device.X_CTC_IPTV.ServiceInfo.UserID"
	password = "Device.X_CTC_IPTV.ServiceInfo.UserPassword"
)

func TestFirstSessionBootstrapsOnce(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	first, second := run(t, cpe), run(t, cpe)
	if want := []string{"0 BOOTSTRAP", "1 BOOT"}; !slices.Equal(first.Events, want) {
		t.Errorf("first events = %q, want %q", first.Events, want)
	}
	if want := []string{"2 PERIODIC"}; !slices.Equal(second.Events, want) {
		t.Errorf("second events = %q, want %q", second.Events, want)
	}
	inform := acs.Sessions()[0].Inform
	if inform.DeviceID.SerialNumber != "SIM00005E005301" || inform.DeviceID.ProductClass != "STB" {
		t.Errorf("device = %+v", inform.DeviceID)
	}
	if !inform.CurrentTime.Time.Equal(fixed()) {
		t.Errorf("time = %v", inform.CurrentTime)
	}
}

func TestInformCarriesForcedAndVendorParameters(t *testing.T) {
	acs := &acstest.ACS{}
	run(t, box(t, acs, Config{MAC: "00-00-5e-00-53-0a"}))
	values := make(map[string]string)
	for _, p := range acs.Sessions()[0].Inform.Parameters {
		values[p.Name] = p.Value
	}
	if got := values["Device.X_CTC_IPTV.STBID"]; len(got) != 32 || !strings.HasSuffix(got, "00005E00530A") {
		t.Errorf("STBID = %q", got)
	}
	if got := values["Device.LAN.MACAddress"]; got != "00:00:5E:00:53:0A" {
		t.Errorf("MAC = %q", got)
	}
	if _, ok := values["Device.ManagementServer.ParameterKey"]; !ok {
		t.Error("no ParameterKey")
	}
}

func TestSetAndReport(t *testing.T) {
	acs := &acstest.ACS{Script: script(set(userID, "iptv1001", password, "secret-9"))}
	cpe := box(t, acs, Config{})
	report := run(t, cpe)
	if report.Count("SetParameterValues") != 1 || report.Values()[password] != "secret-9" {
		t.Errorf("report = %+v", report)
	}
	if value(t, cpe, password) != "secret-9" || value(t, cpe, "Device.ManagementServer.ParameterKey") != "key-1" {
		t.Error("the values were not kept")
	}
	line, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(line), "secret-9") || !strings.Contains(string(line), `(8 characters)`) {
		t.Errorf("report shows the password, or not its length: %s", line)
	}
}

func TestAuthentication(t *testing.T) {
	for _, auth := range []acstest.Auth{acstest.None, acstest.Basic, acstest.MD5, acstest.SHA256} {
		t.Run(string(auth), func(t *testing.T) {
			acs := &acstest.ACS{Auth: auth, Script: script(&cwmp.GetRPCMethods{}, &cwmp.GetRPCMethods{})}
			report := run(t, box(t, acs, Config{Username: acstest.Username, Password: acstest.Password}))
			if report.Posts != 4 {
				t.Errorf("%d posts, want 4", report.Posts)
			}
			if want := min(len(auth), 1); acs.Refused() != want {
				t.Errorf("%d challenges, want %d", acs.Refused(), want)
			}
		})
	}
}

func TestWrongCredentials(t *testing.T) {
	for _, auth := range []acstest.Auth{acstest.Basic, acstest.MD5} {
		acs := &acstest.ACS{Auth: auth}
		cpe := box(t, acs, Config{Username: acstest.Username, Password: "wrong"})
		report, err := cpe.Session(t.Context())
		if !errors.Is(err, ErrUnauthorized) || report.Status != Failed {
			t.Errorf("%s: status %s, error %v", auth, report.Status, err)
		}
		if acs.Refused() != maxChallenges {
			t.Errorf("%s: %d tries", auth, acs.Refused())
		}
	}
}

func TestNoCredentialsNoGuess(t *testing.T) {
	report, err := box(t, &acstest.ACS{Auth: acstest.MD5}, Config{}).Session(t.Context())
	if err == nil || report.HTTPStatus != http.StatusUnauthorized || report.Accepted {
		t.Errorf("report = %+v, error %v", report, err)
	}
}

func TestPostsAlternateBetweenURLs(t *testing.T) {
	acs := &acstest.ACS{Script: script(&cwmp.GetRPCMethods{}, &cwmp.GetRPCMethods{})}
	first, second := serve(t, acs), serve(t, acs)
	report := run(t, box(t, acs, Config{ACS: []string{first, second}}))
	if report.Posts != 4 || report.Connections != 2 {
		t.Errorf("%d posts on %d connections, want 4 on 2", report.Posts, report.Connections)
	}
	var hosts []string
	for _, r := range acs.Requests() {
		hosts = append(hosts, r.Host)
	}
	if hosts[0] == hosts[1] || hosts[0] != hosts[2] || hosts[1] != hosts[3] {
		t.Errorf("hosts = %q", hosts)
	}
}

func TestRedirectIsForOneSession(t *testing.T) {
	target := &acstest.ACS{}
	url := serve(t, target)
	door := &acstest.ACS{Override: func(w http.ResponseWriter, r *acstest.Request) bool {
		http.Redirect(w, r.Request, url, http.StatusTemporaryRedirect)
		return true
	}}
	cpe := box(t, door, Config{})
	run(t, cpe)
	run(t, cpe)
	if len(target.Sessions()) != 2 || len(door.Requests()) != 2 {
		t.Errorf("%d sessions after %d redirects, want 2 and 2", len(target.Sessions()), len(door.Requests()))
	}
}

func TestRedirectLoopEnds(t *testing.T) {
	door := &acstest.ACS{}
	door.Override = func(w http.ResponseWriter, r *acstest.Request) bool {
		http.Redirect(w, r.Request, "http://"+r.Host+"/again", http.StatusFound)
		return true
	}
	if _, err := box(t, door, Config{}).Session(t.Context()); err == nil {
		t.Error("no error")
	}
}

func TestFailuresAreReportedAndCounted(t *testing.T) {
	answers := map[string]func(http.ResponseWriter, *acstest.Request) bool{
		"status": func(w http.ResponseWriter, _ *acstest.Request) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		},
		"empty": func(w http.ResponseWriter, _ *acstest.Request) bool { w.WriteHeader(http.StatusNoContent); return true },
		"garbage": func(w http.ResponseWriter, _ *acstest.Request) bool {
			_, err := w.Write([]byte("<html>"))
			return err == nil
		},
		"fault": func(w http.ResponseWriter, _ *acstest.Request) bool {
			_, err := w.Write((&cwmp.Envelope{Message: cwmp.NewFault(cwmp.FaultACSRetry, "")}).Encode())
			return err == nil
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			acs := &acstest.ACS{Override: answer}
			cpe := box(t, acs, Config{})
			report, err := cpe.Session(t.Context())
			if err == nil || report.Status != Failed || report.Error == "" || report.Accepted {
				t.Errorf("report = %+v, error %v", report, err)
			}
			acs.Override = nil
			run(t, cpe)
			inform := acs.Sessions()[0].Inform
			if inform.RetryCount != 1 || !inform.HasEvent(cwmp.EventBootstrap) {
				t.Errorf("retry %d with %v", inform.RetryCount, inform.Events)
			}
		})
	}
}

func TestEndlessACS(t *testing.T) {
	endless := make([]cwmp.Message, maxRPCs+1)
	for i := range endless {
		endless[i] = &cwmp.GetRPCMethods{}
	}
	if _, err := box(t, &acstest.ACS{Script: script(endless...)}, Config{}).Session(t.Context()); err == nil {
		t.Error("no error")
	}
}

func TestContextEndsSession(t *testing.T) {
	report, err := box(t, &acstest.ACS{}, Config{}).Session(cancelled())
	if err == nil || report.Status != Failed {
		t.Errorf("report = %+v, error %v", report, err)
	}
}

func TestNoACS(t *testing.T) {
	cpe, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cpe.Session(t.Context()); !errors.Is(err, ErrNoACS) {
		t.Errorf("error = %v, want ErrNoACS", err)
	}
}
