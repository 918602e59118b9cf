package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
	"itms/internal/command"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// locked is a buffer that a program may write while a test reads it.
type locked struct {
	mu     sync.Mutex
	buffer bytes.Buffer
	onLine func(line string)
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.onLine != nil {
		l.onLine(string(b))
	}
	return l.buffer.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

// cpesim runs a command line.
func cpesim(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr locked
	p := &program{ctx: t.Context(), out: &stdout, err: &stderr}
	return p.run(args), stdout.String(), stderr.String()
}

// must runs a command line that has to succeed and returns its output.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := cpesim(t, args...)
	if code != command.ExitOK {
		t.Fatalf("%q: exit %d, %s", args, code, errs)
	}
	return out
}

// serve starts an ACS.
func serve(t *testing.T, acs *acstest.ACS) string {
	t.Helper()
	server := httptest.NewServer(acs)
	t.Cleanup(server.Close)
	return server.URL
}

// lines decodes lines of JSON.
func lines(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(text) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, object)
	}
	return all
}

const (
	userID   = "Device.X_CTC_IPTV.ServiceInfo.UserID"
	password = "Device.X_CTC_IPTV.ServiceInfo.UserPassword"
)

// provision sets an account at the first contact.
func provision(m *cwmp.Inform) []cwmp.Message {
	if !m.HasEvent(cwmp.EventBootstrap) {
		return nil
	}
	return []cwmp.Message{&cwmp.SetParameterValues{ParameterKey: "k", Parameters: []cwmp.ParameterValue{
		{Name: userID, Value: "iptv1001"}, {Name: password, Value: "secret-9"}}}}
}

func TestSessionsWithState(t *testing.T) {
	acs := &acstest.ACS{Auth: acstest.MD5, Script: provision}
	url, state := serve(t, acs), filepath.Join(t.TempDir(), "box.json")
	common := []string{"session", "--acs", url, "--username", acstest.Username, "--password", acstest.Password, "--state", state}
	out := must(t, append(common, "--serial", "SN1", "--event", "0 BOOTSTRAP", "--event", "M Reboot=job")...)
	want := `{"serial":"SN1","events":["0 BOOTSTRAP","M Reboot"],"accepted":true,"rpcs":[{"method":"SetParameterValues",` +
		`"values":{"` + userID + `":"iptv1001","` + password + `":"(8 characters)"},"parameterKey":"k","answered":true}],` +
		`"status":"done","httpStatus":204,"posts":3,"connections":1}` + "\n"
	if out != want {
		t.Errorf("%s\nwant\n%s", out, want)
	}
	if events := acs.Sessions()[0].Inform.Events; events[1].CommandKey != "job" {
		t.Errorf("events %+v", events)
	}
	if out := must(t, append(common, "--sessions", "2")...); len(lines(t, out)) != 2 || strings.Contains(out, "SetParameterValues") {
		t.Errorf("later sessions: %s", out)
	}
	if got := must(t, "get", state, password); got != "secret-9\n" {
		t.Errorf("password %q", got)
	}
	must(t, "reset", "--state", state)
	if got := must(t, "get", state, userID); got != "\n" {
		t.Errorf("after the reset %q", got)
	}
	if out := must(t, common...); !strings.Contains(out, `"events":["0 BOOTSTRAP","1 BOOT"]`) {
		t.Errorf("after the reset: %s", out)
	}
}

func TestSetIsTold(t *testing.T) {
	acs := &acstest.ACS{}
	url, state := serve(t, acs), filepath.Join(t.TempDir(), "box.json")
	must(t, "session", "--acs", url, "--state", state)
	must(t, "set", state, "Device.DeviceInfo.ProvisioningCode", "pc")
	if out := must(t, "session", "--state", state); !strings.Contains(out, "4 VALUE CHANGE") {
		t.Errorf("session %s", out)
	}
	if out := must(t, "session", "--state", state, "--code", "12345678903"); !strings.Contains(out, "X CT-COM BIND") {
		t.Errorf("session %s", out)
	}
	if out := must(t, "get", state, "Device.DeviceInfo."); !strings.Contains(out, "Device.DeviceInfo.ProvisioningCode=pc\n") {
		t.Errorf("values %s", out)
	}
}

func TestPage(t *testing.T) {
	ask := func(m *cwmp.Inform) []cwmp.Message {
		for _, p := range m.Parameters {
			if p.Name == "InternetGatewayDevice.X_CU_UserInfo.UserName" && p.Value == "loid-1" {
				return []cwmp.Message{&cwmp.SetParameterValues{Parameters: []cwmp.ParameterValue{
					{Name: "InternetGatewayDevice.X_CU_UserInfo.Status", Value: "2"}}}}
			}
		}
		return nil
	}
	url, state := serve(t, &acstest.ACS{Script: ask}), filepath.Join(t.TempDir(), "gateway.json")
	must(t, "session", "--acs", url, "--state", state, "--model", "cu-gateway")
	if got := must(t, "page", state); got != "ask: Enter LOID and password.\n" {
		t.Errorf("page %s", got)
	}
	out := must(t, "session", "--acs", url, "--state", state, "--loid", "loid-1", "--loid-password", "secret-1")
	if !strings.Contains(out, "X CU BIND") || strings.Contains(out, "secret-1") {
		t.Errorf("session %s", out)
	}
	if got := must(t, "page", state, "--json"); !strings.HasPrefix(got, `{"state":"refused","text":"Refused: the LOID is unknown`) {
		t.Errorf("page %s", got)
	}
}

func TestHosts(t *testing.T) {
	url, state := serve(t, &acstest.ACS{}), filepath.Join(t.TempDir(), "gateway.json")
	must(t, "session", "--acs", url, "--state", state, "--model", "tr181-gateway")
	out := must(t, "session", "--acs", url, "--state", state, "--host", "00-00-5e-00-53-a1", "--host", "00:00:5E:00:53:A2")
	if !strings.Contains(out, `"events":["X CT-COM STBBIND"]`) {
		t.Errorf("session %s", out)
	}
	if got := must(t, "get", state, "Device.Hosts."); !strings.Contains(got, "PhysAddress=00:00:5E:00:53:A1\n") {
		t.Errorf("hosts %s", got)
	}
}

func TestMove(t *testing.T) {
	url, state := serve(t, &acstest.ACS{}), filepath.Join(t.TempDir(), "box.json")
	must(t, "session", "--acs", url, "--state", state)
	if out := must(t, "session", "--acs", url, "--state", state, "--move"); !strings.Contains(out, `"events":["1 BOOT"]`) {
		t.Errorf("session %s", out)
	}
	if got := must(t, "get", state, "Device.LAN.IPAddress"); got != "198.51.100.10\n" {
		t.Errorf("address %s", got)
	}
}

func TestExitCodes(t *testing.T) {
	acs := &acstest.ACS{Script: provision}
	url := serve(t, acs)
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		args []string
	}{
		{command.ExitUsage, nil},
		{command.ExitUsage, []string{"dance"}},
		{command.ExitUsage, []string{"session", "--acs", url, "--quirk", "nonsense"}},
		{command.ExitUsage, []string{"session", "--acs", "127.0.0.1:7547"}},
		{command.ExitUsage, []string{"session", "--acs", url, "--model", "fridge"}},
		{command.ExitUsage, []string{"session", "--acs", url, "--mac", "x"}},
		{command.ExitUsage, []string{"session", "--acs", url, "--model", "cu-gateway", "--host", "x"}},
		{command.ExitUsage, []string{"session", "--acs", url, "--sessions", "0"}},
		{command.ExitUsage, []string{"session", "--acs", url, "--ca", broken}},
		{command.ExitUsage, []string{"session", "--acs", url, "--code", "1", "--loid", "1"}},
		{command.ExitUsage, []string{"session", "--acs", url, "--loid-password", "1"}},
		{command.ExitUsage, []string{"load", "--acs", url, "--devices", "0"}},
		{command.ExitUsage, []string{"get", "only-one"}},
		{command.ExitUsage, []string{"reset"}},
		{command.ExitUsage, []string{"reset", "--state", broken, "--quirk", "nonsense"}},
		{command.ExitFailed, []string{"session"}},
		{command.ExitFailed, []string{"session", "--acs", "http://127.0.0.1:1/"}},
		{command.ExitFailed, []string{"session", "--acs", url, "--quirk", "drop-mid-session"}},
		{command.ExitFailed, []string{"session", "--acs", url, "--state", broken}},
		{command.ExitFailed, []string{"session", "--acs", url, "--model", "tr181-gateway", "--code", "1"}},
		{command.ExitFailed, []string{"session", "--acs", url, "--model", "ctc-stb", "--loid", "1"}},
		{command.ExitFailed, []string{"session", "--acs", url, "--host", "00:00:5E:00:53:A1"}},
		{command.ExitFailed, []string{"page", "missing"}},
		{command.ExitFailed, []string{"run", "--acs", url, "--state", broken}},
		{command.ExitFailed, []string{"run", "--acs", url, "--listen", "192.0.2.1:0", "--duration", "1ns"}},
		{command.ExitFailed, []string{"get", broken, "Device."}},
		{command.ExitFailed, []string{"get", "missing", "Device."}},
		{command.ExitFailed, []string{"set", "missing", "Device.A", "1"}},
		{command.ExitFailed, []string{"reset", "--state", "missing"}},
		{command.ExitFailed, []string{"load", "--acs", "http://127.0.0.1:1/", "--devices", "1"}},
	} {
		code, _, errs := cpesim(t, c.args...)
		if code != c.code || errs == "" {
			t.Errorf("%q: exit %d, want %d; %s", c.args, code, c.code, errs)
		}
	}
}

func TestDroppedSessionGoesOn(t *testing.T) {
	acs := &acstest.ACS{Script: func(*cwmp.Inform) []cwmp.Message { return []cwmp.Message{&cwmp.GetRPCMethods{}} }}
	code, out, _ := cpesim(t, "session", "--acs", serve(t, acs), "--quirk", "drop-mid-session=1:1", "--sessions", "2")
	all := lines(t, out)
	if code != command.ExitFailed || len(all) != 2 || all[0]["status"] != "dropped" || all[1]["status"] != "done" {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestPasswordSources(t *testing.T) {
	acs := &acstest.ACS{Auth: acstest.Basic}
	url := serve(t, acs)
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(acstest.Password+"\r\nmore\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "session", "--acs", url, "--username", acstest.Username, "--password-file", file)
	t.Setenv("CPESIM_ACS", url)
	t.Setenv("CPESIM_USERNAME", acstest.Username)
	t.Setenv("CPESIM_PASSWORD", acstest.Password)
	must(t, "session")
}

func TestTrust(t *testing.T) {
	server := httptest.NewTLSServer(&acstest.ACS{})
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "session", "--acs", server.URL, "--ca", file)
}

func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	out := &locked{onLine: func(string) {
		if n++; n == 3 {
			cancel()
		}
	}}
	p := &program{ctx: ctx, out: out, err: &locked{}}
	args := []string{"run", "--acs", serve(t, &acstest.ACS{}), "--count", "3", "--serial", "BOX1", "--mac", "00:00:5E:00:53:01", "-v"}
	if code := p.run(args); code != command.ExitOK {
		t.Errorf("exit %d", code)
	}
	all := lines(t, out.String())
	fleet, ok := all[len(all)-1]["fleet"].(map[string]any)
	if !ok || fleet["cpes"] != 3.0 || fleet["sessions"] != 3.0 || fleet["failed"] != 0.0 {
		t.Errorf("summary %v", all[len(all)-1])
	}
}

func TestRunDuration(t *testing.T) {
	if out := must(t, "run", "--acs", "http://127.0.0.1:1/", "--duration", "1ms"); !strings.Contains(out, `"fleet"`) {
		t.Errorf("output %s", out)
	}
}

func TestLoad(t *testing.T) {
	acs := &acstest.ACS{Auth: acstest.MD5}
	out := must(t, "load", "--acs", serve(t, acs), "--devices", "3", "--concurrency", "2", "--duration", "50ms", "--no-keepalive",
		"--username", acstest.Username, "--password", acstest.Password)
	if len(acs.Sessions()) < 3 {
		t.Errorf("%d sessions", len(acs.Sessions()))
	}
	all := strings.Split(strings.TrimSpace(out), "\n")
	result := lines(t, all[len(all)-1])[0]
	if result["devices"] != 3.0 || result["errors"] != 0.0 || !strings.Contains(out, "sessions/s") {
		t.Errorf("output %s", out)
	}
}

func TestHelpAndTables(t *testing.T) {
	for _, command := range []string{"run", "session", "load", "get", "set", "page", "reset", "models", "quirks"} {
		if out := must(t, command, "--help"); !strings.Contains(out, "Example: cpesim "+command) {
			t.Errorf("%s: %s", command, out)
		}
	}
	must(t, "--help")
	if out := must(t, "models"); !strings.Contains(out, "tr098-gateway") {
		t.Errorf("models %s", out)
	}
	if out := must(t, "quirks"); !strings.Contains(out, "refuse-spv=COUNT") || !strings.Contains(out, "\nno-cookies\n") {
		t.Errorf("quirks %s", out)
	}
}
