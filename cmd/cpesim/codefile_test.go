package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cmd/cpesim/sim"
	"itms/cwmp"
	"itms/internal/command"
)

func TestParseTyped(t *testing.T) {
	for text, want := range map[string]sim.Typed{
		"1234-5678-903\n":           {Code: "1234-5678-903"},
		" 12345678903 \r\n\nmore":   {Code: "12345678903"},
		"loid-1\r\nloid-pw\r\nmore": {LOID: "loid-1", Password: "loid-pw"},
	} {
		if got, ok := parseTyped(text); got != want || !ok {
			t.Errorf("%q reads as %+v, %t", text, got, ok)
		}
	}
	for _, empty := range []string{"", "\n", " ", "\nloid-pw"} {
		if got, ok := parseTyped(empty); ok {
			t.Errorf("%q reads as %+v", empty, got)
		}
	}
}

func TestCodeFileIsTypedOnce(t *testing.T) {
	fleet, err := sim.NewFleet(sim.FleetConfig{Count: 2})
	if err != nil {
		t.Fatal(err)
	}
	path, boxes := filepath.Join(t.TempDir(), "code"), fleet.CPEs()
	var f codeFile
	f.assign(path, boxes)
	write := func(path, text string, at int64) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Unix(at, 0)); err != nil {
			t.Fatal(err)
		}
	}
	wants := func(cpe *sim.CPE, code string) {
		t.Helper()
		if typed, ok := f.typed(cpe, sim.Page{}); ok != (code != "") || ok && typed.Code != code {
			t.Errorf("typed %+v, %t, want %q", typed, ok, code)
		}
	}
	wants(boxes[0], "")
	write(path, "", 1)
	wants(boxes[0], "")
	write(path, "111\n", 1)
	wants(boxes[0], "111")
	wants(boxes[0], "")
	wants(boxes[1], "")
	write(path+".00005E005302", "222\n", 1)
	wants(boxes[1], "222")
	write(path, "111\n", 2)
	wants(boxes[0], "111")
	if err := os.Remove(path); err != nil || os.Mkdir(path, 0o700) != nil {
		t.Fatal(err)
	}
	wants(boxes[0], "")
}

// TestRunWithACode plays an installation: the page asks, a code is written into
// the file, the ACS refuses it, another one is written and taken.
func TestRunWithACode(t *testing.T) {
	const activate, code = "Device.X_CU_STB.AuthServiceInfo.Activate", "Device.X_CU_STB.AuthServiceInfo.ActivationCode"
	file := filepath.Join(t.TempDir(), "code")
	verdicts := map[string]string{"": "1", "111": "3", "222": "2"}
	acs := &acstest.ACS{Script: func(m *cwmp.Inform) []cwmp.Message {
		for _, p := range m.Parameters {
			if p.Name == code {
				return []cwmp.Message{&cwmp.SetParameterValues{Parameters: []cwmp.ParameterValue{{Name: activate, Value: verdicts[p.Value]}}}}
			}
		}
		return nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &locked{}
	out.onLine = func(line string) {
		for state, next := range map[string]string{"ask": "111", "refused": "222"} {
			if strings.Contains(line, `"page":{"state":"`+state+`"`) {
				_ = os.WriteFile(file, []byte(next+"\n"), 0o600)
			}
		}
		if strings.Contains(line, `"page":{"state":"done"`) {
			cancel()
		}
	}
	p := &program{ctx: ctx, out: out, err: &locked{}}
	if exit := p.run([]string{"run", "--acs", serve(t, acs), "--model", "cu-stb", "--code-file", file}); exit != command.ExitOK {
		t.Errorf("exit %d", exit)
	}
	var said []string
	for _, line := range lines(t, out.String()) {
		if page, ok := line["page"].(map[string]any); ok {
			said = append(said, page["state"].(string))
		}
		if events, ok := line["events"].([]any); ok {
			said = append(said, events[len(events)-1].(string))
		}
	}
	if got := strings.Join(said, ", "); got != "1 BOOT, ask, X CU BIND, refused, X CU BIND, done" {
		t.Errorf("run %s", got)
	}
}
