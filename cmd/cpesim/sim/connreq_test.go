package sim

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
	"itms/internal/digest"
)

// ring sends a connection request, with credentials if asked and given.
func ring(t *testing.T, method, target, username, password string) int {
	t.Helper()
	request, err := http.NewRequest(method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized || username == "" {
		return response.StatusCode
	}
	challenge, err := digest.ParseChallenge(response.Header["Www-Authenticate"])
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", challenge.Authorize(method, request.URL.RequestURI(), username, password))
	if response, err = transport.RoundTrip(request); err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func TestConnectionRequests(t *testing.T) {
	acs := &acstest.ACS{}
	reports := make(chan *Report, 10)
	cpe := box(t, acs, Config{Listen: "127.0.0.1:0", OnSession: func(r *Report, _ error) { reports <- r }}, "no-periodic")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- cpe.Run(ctx) }()
	<-reports
	door := value(t, cpe, "Device.ManagementServer.ConnectionRequestURL")
	if !slices.ContainsFunc(acs.Sessions()[0].Inform.Parameters, func(p cwmp.ParameterValue) bool { return p.Value == door }) {
		t.Errorf("%s is not in the Inform", door)
	}
	if got := ring(t, "GET", door, "", ""); got != http.StatusOK {
		t.Errorf("open door: HTTP %d", got)
	}
	if r := <-reports; !slices.Equal(r.Events, []string{"6 CONNECTION REQUEST"}) {
		t.Errorf("events %q", r.Events)
	}
	for path, v := range map[string]string{"Username": "acs", "Password": "bell-password"} {
		if err := cpe.Set("Device.ManagementServer.ConnectionRequest"+path, v); err != nil {
			t.Fatal(err)
		}
	}
	other, err := url.JoinPath(door, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, url, username, password string
		want                            int
	}{
		{"GET", door, "", "", http.StatusUnauthorized},
		{"GET", door, "acs", "wrong", http.StatusUnauthorized},
		{"GET", door, "other", "bell-password", http.StatusUnauthorized},
		{"POST", door, "acs", "bell-password", http.StatusMethodNotAllowed},
		{"GET", other, "acs", "bell-password", http.StatusNotFound},
		{"GET", door, "acs", "bell-password", http.StatusOK},
	} {
		if got := ring(t, c.method, c.url, c.username, c.password); got != c.want {
			t.Errorf("%s %s as %s: HTTP %d, want %d", c.method, c.url, c.username, got, c.want)
		}
	}
	if r := <-reports; !slices.Equal(r.Events, []string{"6 CONNECTION REQUEST"}) {
		t.Errorf("events %q", r.Events)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(reports) != 0 {
		t.Errorf("%d more sessions", len(reports))
	}
	if value(t, cpe, "Device.ManagementServer.ConnectionRequestURL") != "" {
		t.Error("the door is announced although it is closed")
	}
}

func TestRunCannotListen(t *testing.T) {
	if err := box(t, &acstest.ACS{}, Config{Listen: "192.0.2.1:0"}).Run(t.Context()); err == nil {
		t.Error("no error")
	}
}
