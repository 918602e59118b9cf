package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"itms"
	"itms/internal/command"
)

// fakeDoor plays the local door of a running server: it notes what is called and
// answers what the test put.
type fakeDoor struct {
	dir    string
	calls  []string // "METHOD PATH TYPE BODY"
	status int
	answer []string // one after the other; the last one again and again
}

// newFakeDoor listens where commands look for a server.
func newFakeDoor(t *testing.T, answer ...string) *fakeDoor {
	t.Helper()
	dir, err := os.MkdirTemp("", "door") // short: a socket's path is
	if err != nil {
		t.Fatal(err)
	}
	d := &fakeDoor{dir: dir, status: http.StatusOK, answer: answer}
	if err := os.WriteFile(filepath.Join(dir, "itms.yaml"), []byte(defaultConfig+"data: .\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "itms.sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: d}}
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return d
}

// ServeHTTP notes and answers.
func (d *fakeDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what is missing shows in the note
	d.calls = append(d.calls, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), body)))
	w.WriteHeader(d.status)
	_, _ = io.WriteString(w, d.answer[0]) // the test sees a broken answer
	if len(d.answer) > 1 {
		d.answer = d.answer[1:]
	}
}

// run runs one command line; "CFG" in it is the configuration.
func (d *fakeDoor) run(t *testing.T, in string, args ...string) (code int, out, complaint string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	e := &env{ctx: t.Context(), in: strings.NewReader(in), out: &stdout, err: &stderr}
	args = append(args, "--config", filepath.Join(d.dir, "itms.yaml"))
	code = command.Program{Name: "itms", Grammar: &cli{}, Bind: []any{e}, Out: &stdout, Err: &stderr}.Run(args)
	return code, stdout.String(), stderr.String()
}

func TestCommandsMakeTheirCalls(t *testing.T) {
	const orders, devices, js = "/api/v1/work-orders/WO%201", "/api/v1/devices/00005E-HG%252D1-S1", "application/json "
	const id = "00005E-HG%2D1-S1"
	for line, want := range map[string]string{
		"order retry|WO 1":                                      "POST " + orders + "/retry",
		"order cancel|WO 1":                                     "POST " + orders + "/cancel " + js + `{}`,
		"order cancel|WO 1|--reason|r|--source|crm":             "POST " + orders + "/cancel?source=crm " + js + `{"reason":"r"}`,
		"order backfill|WO 1|--mac|00005E005301":                "POST " + orders + "/device " + js + `{"stbId":"","mac":"00005E005301","serial":"","model":""}`,
		"order code|WO 1":                                       "POST " + orders + "/code",
		"order activate|1234-5678-903":                          "POST /api/v1/activations " + js + `{"code":"1234-5678-903"}`,
		"order activate|12345678903|--stbid|S":                  "POST /api/v1/activations " + js + `{"code":"12345678903","stbId":"S"}`,
		"order force|WO 1|--reason|r":                           "POST " + orders + "/force " + js + `{"reason":"r"}`,
		"order reverse|WO 1|--as|WO 2":                          "POST " + orders + "/reverse " + js + `{"orderNo":"WO 2"}`,
		"device show|" + id + "|--what|tasks":                   "GET " + devices + "/tasks",
		"device unmatched|--limit|7":                            "GET /api/v1/unmatched?limit=7",
		"device bind|" + id + "|--order|WO 1|--source|crm":      "POST " + devices + "/bind " + js + `{"orderNo":"WO 1","source":"crm"}`,
		"device bind|" + id + "|--service|S|--force|--reason|r": "POST " + devices + "/bind " + js + `{"serviceId":"S","force":true,"reason":"r"}`,
		"device unbind|" + id + "|--reason|r":                   "POST " + devices + "/unbind " + js + `{"reason":"r"}`,
		"device unlock|" + id:                                   "POST " + devices + "/unlock",
		"stock add-range|--from|a|--to|b|--batch|c":             "POST /api/v1/stock " + js + `{"range":{"batch":"c","carton":"","from":"a","model":"","to":"b","vendor":""}}`,
		"stock list|--state|inUse|--query|q":                    "GET /api/v1/stock?limit=50&q=q&state=inUse",
		"stock check|00-00-5e-00-53-01":                         "GET /api/v1/stock/check?mac=00-00-5e-00-53-01",
		"stock check|00100199006000000000" + "00005E005301":     "GET /api/v1/stock/check?stbId=00100199006000000000" + "00005E005301",
		"stock set|00:00:5E:00:53:01|--state|returned":          "PUT /api/v1/stock/00:00:5E:00:53:01 " + js + `{"note":"","state":"returned"}`,
		"trace start|--device|" + id + "|--for|90s":             "POST /api/v1/traces " + js + `{"device":"` + id + `","minutes":2}`,
		"trace start|--network|192.0.2.0/24|--max-bytes|9":      "POST /api/v1/traces " + js + `{"maxBytes":9,"minutes":30,"network":"192.0.2.0/24"}`,
		"scope list":                         "GET /api/v1/dhcp/scopes",
		"class list":                         "GET /api/v1/dhcp/classes",
		"lease list|--modem|00005e005301":    "GET /api/v1/dhcp/leases?limit=50&modem=00005e005301",
		"lease list|--state|expired|--mac|m": "GET /api/v1/dhcp/leases?limit=50&mac=m&state=expired",
		"lease show|192.0.2.10":              "GET /api/v1/dhcp/leases/192.0.2.10",
		"lease release|192.0.2.10":           "POST /api/v1/dhcp/leases/192.0.2.10/release",
		"template list":                      "GET /api/v1/docsis/templates",
		"device cable|" + id:                 "GET " + devices + "/cable",
		"template preview|internet|--mac|m|--attribute|a=1": "POST /api/v1/docsis/templates/preview " + js +
			`{"attributes":{"a":"1"},"class":"","device":"","mac":"m","mta":false,"package":"","template":"internet"}`,
		"trace list":       "GET /api/v1/traces?limit=50",
		"trace stop|T":     "POST /api/v1/traces/T/stop",
		"trace drop|T":     "DELETE /api/v1/traces/T",
		"stats zero-touch": "GET /api/v1/stats/zero-touch",
		"stats zero-touch|--by|area|--from|2026-10-01|--to|2026": "GET /api/v1/stats/zero-touch?by=area&from=2026-10-01&to=2026",
	} {
		t.Run(line, func(t *testing.T) {
			d := newFakeDoor(t, `{"state":"fine"}`)
			words := strings.Split(line, "|")
			code, out, complaint := d.run(t, "", append(strings.Fields(words[0]), words[1:]...)...)
			if code != command.ExitOK || !strings.Contains(out, `"state": "fine"`) {
				t.Fatalf("exit %d, %s%s", code, out, complaint)
			}
			if len(d.calls) != 1 || d.calls[0] != want {
				t.Errorf("calls %q, want %q", d.calls, want)
			}
		})
	}
}

func TestCommandsCalledWrongly(t *testing.T) {
	d := newFakeDoor(t, `{}`)
	for _, line := range []string{"order backfill|WO-1", "order backfill|WO-1|--mac|a|--serial|b", "order force|WO-1", "order reverse|WO-1",
		"order activate", "order activate|1|--stbid|a|--mac|b", "device bind|ID", "device bind|ID|--order|a|--service|b", "device unbind|ID",
		"device recover|ID|--wait|soon", "trace start", "trace start|--device|a|--network|b", "trace get|T|--format|odd", "stock add-range|--from|a", "stock set|MAC|--state|odd", "lease list|--state|odd", "lease show", "template preview|a|--file|b", "template preview|--mac|a|--device|b", "stock import", "stats zero-touch|--by|odd"} {
		words := strings.Split(line, "|")
		if code, _, _ := d.run(t, "", append(strings.Fields(words[0]), words[1:]...)...); code != command.ExitUsage {
			t.Errorf("%s: exit %d", line, code)
		}
	}
	if len(d.calls) != 0 {
		t.Errorf("calls %q", d.calls)
	}
}

func TestCommandsHaveExamples(t *testing.T) {
	d := newFakeDoor(t, `{}`)
	for _, line := range []string{"order retry", "order cancel", "order backfill", "order code", "order activate", "order force", "order reverse",
		"device show", "device unmatched", "device bind", "device unbind", "device unlock", "device recover", "stock import", "stock add-range",
		"stock list", "stock check", "stock set", "stats zero-touch", "scope list", "class list", "lease list", "lease show", "lease release",
		"template list", "template show", "template check", "template preview", "device cable"} {
		if code, out, _ := d.run(t, "", append(strings.Fields(line), "--help")...); code != 0 || !strings.Contains(out, "Example: itms "+line+" --config") {
			t.Errorf("%s: exit %d, %s", line, code, out)
		}
	}
}

// task is the answer about a task in a state.
func task(state, reason string) string {
	return fmt.Sprintf(`{"id":"T1","device":"00005E-STB-S1","kind":"recover","final":%t,"state":"`, itms.TaskState(state).Final()) + state + `","reason":"` + reason + `","steps":[
 {"name":"reread","state":"done","text":"42 parameters read"},{"name":"verify","state":"queued"}]}`
}

func TestRecoverWaitsAndReports(t *testing.T) {
	d := newFakeDoor(t, task("queued", "the device is awaited"), task("waiting", "it reboots"), task("done", "nothing differs"))
	code, out, complaint := d.run(t, "", "device", "recover", "00005E-STB-S1", "--wait", "10m")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, complaint)
	}
	want := "reread   done    42 parameters read\nverify   queued  \ntask T1  done    nothing differs\n"
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
	if len(d.calls) != 3 || d.calls[0] != `POST /api/v1/devices/00005E-STB-S1/tasks application/json {"kind":"recover"}` ||
		d.calls[1] != "GET /api/v1/tasks/T1?wait=50s" {
		t.Errorf("calls %q", d.calls)
	}
}

func TestRecoverThatDoesNotEndWell(t *testing.T) {
	for state, want := range map[string]struct {
		code int
		text string
	}{"failed": {1, "the recovery of 00005E-STB-S1 failed: r"}, "queued": {1, "is queued after 1ms"}} {
		code, out, complaint := newFakeDoor(t, task(state, "r")).run(t, "", "device", "recover", "00005E-STB-S1", "--wait", "1ms")
		if code != want.code || !strings.Contains(complaint, want.text) || !strings.Contains(out, "task T1") {
			t.Errorf("%s: exit %d, %s%s", state, code, out, complaint)
		}
	}
	if code, out, _ := newFakeDoor(t, task("queued", "r")).run(t, "", "device", "recover", "00005E-STB-S1"); code != 0 || !strings.Contains(out, "queued") {
		t.Errorf("without --wait: exit %d, %s", code, out)
	}
}

func TestStockImportFromFileAndInput(t *testing.T) {
	d := newFakeDoor(t, `{"added":1}`)
	file := filepath.Join(d.dir, "boxes.csv")
	if err := os.WriteFile(file, []byte("mac\n00005E005301\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, "-"} {
		d.calls = nil
		code, out, complaint := d.run(t, "mac\n00005E005301\n", "stock", "import", name)
		if code != 0 || !strings.Contains(out, `"added": 1`) {
			t.Errorf("%s: exit %d, %s%s", name, code, out, complaint)
		}
		if d.calls[0] != "POST /api/v1/stock text/csv mac\n00005E005301" {
			t.Errorf("%s: %q", name, d.calls)
		}
	}
	if code, _, complaint := d.run(t, "", "stock", "import", filepath.Join(d.dir, "none.csv")); code != 1 || !strings.Contains(complaint, "none.csv") {
		t.Errorf("exit %d, %s", code, complaint)
	}
}

func TestStockImportNamesTheLines(t *testing.T) {
	d := newFakeDoor(t, `{"code":"INVALID","detail":"the body has 2 wrong field(s)","errors":[{"pointer":"/3/mac","detail":"no MAC"},{"pointer":"/7","detail":"is not CSV"}]}`)
	d.status = http.StatusUnprocessableEntity
	code, _, complaint := d.run(t, "x", "stock", "import", "-")
	want := "-:3: mac: no MAC\n-:7: is not CSV\nitms: the body has 2 wrong field(s) (INVALID)\n"
	if code != 1 || complaint != want {
		t.Errorf("exit %d, %s", code, complaint)
	}
}

func TestTemplateTexts(t *testing.T) {
	d := newFakeDoor(t, `{"text":"Main { }\n"}`)
	for _, line := range []string{"template|show|internet", "template|preview|internet|--text"} {
		if code, out, _ := d.run(t, "", strings.Split(line, "|")...); code != 0 || out != "Main { }\n" {
			t.Errorf("%s: exit %d, %q", line, code, out)
		}
	}
	if code, _, _ := d.run(t, "Main { MaxCPE 1; }", "template", "preview", "--file", "-"); code != 0 || !strings.Contains(d.calls[2], `"text":"Main { MaxCPE 1; }"`) {
		t.Errorf("exit %d, %q", code, d.calls)
	}
}

func TestTemplateCheckTellsEachMistake(t *testing.T) {
	for answer, want := range map[string]struct {
		code int
		out  string
	}{
		`{"items":[]}`: {0, ""},
		`{"items":[{"line":2,"column":3,"text":"a"},{"line":0,"column":0,"warning":true,"text":"b"}]}`: {1, "-:2:3: a\n-: warning: b\n"},
		`{"items":[{"line":4,"column":1,"warning":true,"text":"b"}]}`:                                  {0, "-:4:1: warning: b\n"},
	} {
		d := newFakeDoor(t, answer)
		code, out, complaint := d.run(t, "Main {", "template", "check", "-", "--attribute", "maxCpe=4", "--mta")
		if code != want.code || out != want.out || code != 0 && !strings.Contains(complaint, "- has 1 mistake(s)") {
			t.Errorf("%s: exit %d, %q%s", answer, code, out, complaint)
		}
		if c := `POST /api/v1/docsis/templates/check application/json {"attributes":{"maxCpe":"4"},"mta":true,"package":"","text":"Main {"}`; d.calls[0] != c {
			t.Errorf("%s", d.calls[0])
		}
	}
	if code, _, complaint := newFakeDoor(t, `{}`).run(t, "", "template", "check", "none.cfg"); code != 1 || !strings.Contains(complaint, "none.cfg") {
		t.Errorf("exit %d, %s", code, complaint)
	}
}
