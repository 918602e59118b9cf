package sim

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script asks the same in every session.
func script(messages ...cwmp.Message) func(*cwmp.Inform) []cwmp.Message {
	return func(*cwmp.Inform) []cwmp.Message { return messages }
}

// set is a SetParameterValues of strings.
func set(pairs ...string) *cwmp.SetParameterValues {
	m := &cwmp.SetParameterValues{ParameterKey: "key-1"}
	for i := 0; i < len(pairs); i += 2 {
		m.Parameters = append(m.Parameters, cwmp.ParameterValue{Name: pairs[i], Value: pairs[i+1], Type: cwmp.TypeString})
	}
	return m
}

// serve starts an ACS and returns its URL.
func serve(t *testing.T, acs *acstest.ACS) string {
	t.Helper()
	server := httptest.NewServer(acs)
	t.Cleanup(server.Close)
	return server.URL + "/cwmp"
}

// fixed is the clock of the tests.
func fixed() time.Time { return time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC) }

// box makes a CPE that talks to an ACS.
func box(t *testing.T, acs *acstest.ACS, config Config, quirks ...string) *CPE {
	t.Helper()
	if config.ACS == nil {
		config.ACS = []string{serve(t, acs)}
	}
	if config.Clock == nil {
		config.Clock = fixed
	}
	if quirks != nil {
		set, err := ParseQuirks(quirks...)
		if err != nil {
			t.Fatal(err)
		}
		config.Quirks = set
	}
	cpe, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return cpe
}

// run does one session that must succeed.
func run(t *testing.T, cpe *CPE, events ...cwmp.Event) *Report {
	t.Helper()
	report, err := cpe.Session(t.Context(), events...)
	if err != nil {
		t.Fatalf("session: %v", err)
	}
	return report
}

// one runs a session in which the ACS sends one request, and returns the answer.
func one(t *testing.T, cpe *CPE, acs *acstest.ACS, request cwmp.Message) cwmp.Message {
	t.Helper()
	acs.Script = script(request)
	report := run(t, cpe, cwmp.Event{Code: cwmp.EventPeriodic})
	if len(report.RPCs) != 1 {
		t.Fatalf("%d RPCs, want 1", len(report.RPCs))
	}
	return report.RPCs[0].Response
}

// value reads a parameter that must exist.
func value(t *testing.T, cpe *CPE, path string) string {
	t.Helper()
	v, ok := cpe.Get(path)
	if !ok {
		t.Fatalf("there is no %s", path)
	}
	return v
}

// stateFile is the path of a state file that does not exist yet.
func stateFile(t *testing.T) string { return filepath.Join(t.TempDir(), "state.json") }

// cancelled is a context that has ended.
func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
