package acs

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"itms"
	"itms/cwmp"
	"itms/internal/digest"
)

func TestOneEventPerSession(t *testing.T) {
	var out bytes.Buffer
	secret := itms.SetValues{Key: "k", Values: []itms.SetValue{{Name: "Device.X.Password", Value: "s3cret-value"}}}
	p := newPlanner(secret, someGet)
	c := newCPE(t, serve(t, newServer(t, p, withAuth(AuthDigest), func(o *Options) { o.Logger = zerolog.New(&out) })))
	c.inform()
	a := c.respond(c.post(""), &cwmp.Fault{Code: 9007, String: "cannot take s3cret-value or device-value"})
	c.respond(a, &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{{Name: "Device.A", Value: "device-value"}}}).want(t, 204)
	s := p.waitEnd(t)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 1 {
		t.Fatalf("%d lines: %s", len(lines), out.String())
	}
	var event map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &event); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"level": "info", "session": s.ID, "device": testDevice.String(), "end": "done", "messages": 7.0, "cookie": true, "remote": "127.0.0.1"} {
		if event[name] != want {
			t.Errorf("%s is %v, want %v", name, event[name], want)
		}
	}
	for _, never := range []string{"s3cret", "device-value", testPassword.Reveal(), c.cookie[len("itms=n1."):]} {
		if strings.Contains(out.String(), never) {
			t.Errorf("%q is in the log: %s", never, out.String())
		}
	}
	if !strings.Contains(s.Faults[0], itms.Redacted) {
		t.Error(s.Faults)
	}
}

func TestIdleSessionsLogQuietly(t *testing.T) {
	var out bytes.Buffer
	p := newPlanner()
	c := newCPE(t, serve(t, newServer(t, p, func(o *Options) { o.Logger = zerolog.New(&out) })))
	c.inform()
	c.post("").want(t, 204)
	p.waitEnd(t)
	if !strings.Contains(out.String(), `"level":"debug"`) {
		t.Error(out.String())
	}
}

func TestPlannerFailuresAreLogged(t *testing.T) {
	var out bytes.Buffer
	p := newPlanner(someReboot)
	p.settle = func(itms.Outcome) error { return itms.Errorf(itms.KindInternal, "X", "disk on fire") }
	c := newCPE(t, serve(t, newServer(t, p, func(o *Options) { o.Logger = zerolog.New(&out) })))
	c.inform()
	c.respond(c.post(""), &cwmp.RebootResponse{}).want(t, 204)
	p.waitEnd(t)
	if !strings.Contains(out.String(), "disk on fire") || !strings.Contains(out.String(), `"call":"advance"`) {
		t.Error(out.String())
	}
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	p := newPlanner(someGet)
	srv := newServer(t, p, withAuth(AuthDigest), func(o *Options) { o.Registerer = registry })
	c := newCPE(t, serve(t, srv))
	c.inform()
	if got := srv.met.liveCount(); got != 1 {
		t.Errorf("%d live sessions", got)
	}
	c.respond(c.post(""), &cwmp.Fault{Code: 9005}).want(t, 204)
	c.post(informXML("s1")).want(t, 401)
	challenge, err := digest.ParseChallenge(c.post("x").Header["Www-Authenticate"])
	if err == nil {
		t.Error("a session that is over needs no credentials", challenge)
	}
	p.waitEnd(t)
	got := figures(registry)
	for name, want := range map[string]float64{
		"itms_cwmp_auth_failures_total missing":   2,
		"itms_cwmp_faults_total 9005":             1,
		"itms_cwmp_live_sessions":                 0,
		"itms_cwmp_rpcs_total GetParameterValues": 1,
		"itms_cwmp_sessions_total done":           1,
		"itms_cwmp_sessions_total error":          0,
		"itms_cwmp_sessions_total fenced":         0,
		"itms_cwmp_sessions_total timeout":        0,
		"itms_cwmp_session_seconds":               1,
	} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s is %v, want %v", name, value, want)
		}
	}
}

// figures reads metrics: name and label value to the number; a histogram counts.
func figures(source any) map[string]float64 {
	registry, ok := source.(*prometheus.Registry)
	if !ok {
		registry = prometheus.NewRegistry()
		registry.MustRegister(source.(prometheus.Collector))
	}
	families, err := registry.Gather()
	if err != nil {
		panic(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			all[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return all
}

func TestFaultLabelsAreBounded(t *testing.T) {
	m, err := newMetrics(nil)
	if err != nil {
		t.Fatal(err)
	}
	for code := range 30_000 {
		m.fault(code)
	}
	if got := len(figures(m.faults)); got != lastFault-firstFault+1 {
		t.Errorf("%d labels", got)
	}
}
