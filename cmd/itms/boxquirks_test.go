package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/cmd/cpesim/sim"
	"itms/web/api"
)

// boxCase is what a box with quirks is, and what becomes of its order and of a task.
type boxCase struct {
	with    string // further quirks, which it takes to make the quirk show, by spaces
	model   string // ctc-stb unless given
	profile string // keys that its profile must have besides
	stuck   string // what the reason of an order must match that cannot be done; "": it is done
	task    string // what to do besides; a refresh unless given
	tells   string // what the reason of the task must match; "": none is ordered
}

// plainBoxes are the quirks of boxes whose order and refresh are done as those of any other.
const plainBoxes = `
	slow=20ms chunked http10 new-connection-per-post keep-socket wrong-content-length no-chunked query-appended
	no-cookies cookie-attributes cookie-comma cookie-needs-path stale-cookie
	auth-every-post empty-post-first basic-first double-empty reply-after-204 request-download unknown-method
	drop-after-inform-response=3 drop-mid-session=1:1 drop-mid-session=3:1 inform-loop
	content-type content-type=text/plain content-type=application/x-www-form-urlencoded
	no-cwmp-id cwmp-1-1 cwmp-1-2 cwmp-1-3 cwmp-1-4 bare-namespaces undeclared-prefixes encoded-envelope xml-latin1
	no-xml-declaration doctype cdata control-characters unescaped-ampersand trailing-nuls empty-body
	wrong-array-counts names-as-values fields-reordered no-value-element untyped-values empty-times
	bad-dates bad-dates=2026-01-02T03:04:05 bad-dates=0000-00-00T00:00:00 bad-dates=-0001-12-31T23:00:00Z
	empty-events event-case always-periodic no-bootstrap retry-count no-periodic inform-without-vendor-params two-roots
	parameter-key-lost own-value-change digits-only-booleans strict-types spv-twice read-only-accepted refuse-attributes refuse-attributes=9000
	autonomous-transfer diagnostics-silent
	empty-path-refused unknown-names-as-empty full-tree-crash full-tree-refused
	keep-credentials-over-reset other-mac cloned-stbid login-fails refuse-spv=1 refuse-spv=2:9007
	firmware-refused firmware-same-version no-transfer-complete download-http10 download-ranges download-basic-preemptive upload-post
	nat cr-no-qop cr-sha256 cr-folded cr-unquoted cr-close cr-session-first cr-silent cr-basic cr-url-per-boot lose-after-reboot`

// oddBoxes are the others: those that take something of the profile, show more than that
// they are served, or cannot be served.
var oddBoxes = map[string]boxCase{
	"": {tells: "listed"},

	"needs-xml-declaration": {profile: "quirks: {xmlDeclaration: true}", tells: "listed"},
	"needs-200":             {profile: "quirks: {empty200: true}", tells: "listed"},
	"parameter-key-refused": {profile: "quirks: {omitParameterKey: true}", tells: "listed"},
	"words-only-booleans":   {profile: "quirks: {booleans: words}", tells: "listed"},
	"spv-status-1":          {profile: rebootAfter, tells: "listed"},

	"no-user-password":     {tells: "listed"},
	"password-in-fault":    {with: "no-user-password", tells: "listed"},
	"fault-in-faultstring": {with: "no-user-password", tells: "listed"},
	"huge-faultstring":     {with: "no-user-password", tells: "listed"},

	"root-names-refused":    {tells: "1 not told by the device: Device.$"},
	"gpn-lists-unreadable":  {tells: "1 not told by the device: Device.DeviceInfo.X_00005E_Ghost"},
	"unknown-rpc-drops":     {task: "getOptions", tells: "does not offer GetOptions"},
	"gpv-partial-refused":   {model: "tr098-gateway", tells: "listed"},
	"gpv-partial-as-object": {model: "tr098-gateway", tells: "listed"},
	"empty-tables-refused":  {model: "tr098-gateway", tells: "listed"},
	"instances-renumber":    {model: "tr098-gateway", task: "reboot", tells: "has booted"},

	"diagnostics-same-session": {task: "diagnoseSelfTest", tells: "has carried out the test"},
	"diagnostics-error":        {task: "diagnoseSelfTest", tells: "could not carry out the test: Error_Internal"},

	"add-object-9005":            {model: "tr098-gateway", stuck: "AddObject"},
	"refuse-spv":                 {stuck: "device refused SetParameterValues: 9002"},
	"ignore-spv":                 {stuck: "UserID reads back as"},
	"drop-after-inform-response": {stuck: "waiting for the device"},
	"drop-mid-session":           {stuck: "gave no answer to GetParameterValues"},
}

// rebootAfter are the keys of a profile whose devices are booted when their account was
// written.
const rebootAfter = "rebootAfter: true"

// boxCases are all cases by their quirk.
func boxCases() map[string]boxCase {
	cases := maps.Clone(oddBoxes)
	for _, quirk := range strings.Fields(plainBoxes) {
		cases[quirk] = boxCase{tells: "listed"}
	}
	return cases
}

// TestBoxQuirks: whatever the quirk of a box, its order is done, or it is told why not, and
// nothing happens to the others.
func TestBoxQuirks(t *testing.T) {
	cases := boxCases()
	for _, q := range sim.Quirks() {
		if _, ok := cases[q.Name]; !ok && !hasVariant(cases, q.Name) {
			t.Errorf("the quirk %s has no case", q.Name)
		}
	}
	w := newBoxWorld(t, cases)
	for i, name := range slices.Sorted(maps.Keys(cases)) {
		t.Run("quirk="+name, func(t *testing.T) {
			t.Parallel()
			w.play(t, i, name, cases[name])
		})
	}
}

// hasVariant reports whether there is a case of the quirk with an argument.
func hasVariant(cases map[string]boxCase, name string) bool {
	for quirk := range cases {
		if strings.HasPrefix(quirk, name+"=") {
			return true
		}
	}
	return false
}

// newBoxWorld starts a server with the profiles that the cases need.
func newBoxWorld(t *testing.T, cases map[string]boxCase) *boxWorld {
	c := serverConfig(t, "digest")
	writeProfiles(t, c.Profiles, cases)
	s := &storm{TB: t, token: api.NewTokenText()}
	s.keepToken(c)
	addresses := startServer(t, c)
	s.api = "http://" + addresses["web"] + "/api/v1"
	return &boxWorld{storm: s, config: sim.Config{MAC: "02:00:5E:00:00:01", Serial: "QUIRK0001", Timeout: 10 * time.Second,
		ACS: []string{"http://" + addresses["cwmp"] + "/"}, Username: c.CWMP.Username, Password: c.CWMP.Password}}
}

// notLetters are what a product class of a test does without.
var notLetters = regexp.MustCompile(`[^a-z0-9]+`)

// classOf is the product class of boxes whose profile has such keys.
func classOf(keys string) string {
	return "q-" + strings.Trim(notLetters.ReplaceAllString(strings.ToLower(keys), "-"), "-")
}

// writeProfiles makes a profile of what is built in for ctc-stb for each that a case needs.
func writeProfiles(t *testing.T, dir string, cases map[string]boxCase) {
	text, err := os.ReadFile("../../profile/builtin/ctc-iptv.yaml")
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	match := regexp.MustCompile(`(?s)priority: 100\nmatch:.*?\nservices`)
	for _, c := range cases {
		if c.profile == "" {
			continue
		}
		name := classOf(c.profile)
		own := strings.Replace(string(text), "name: ctc-iptv", "name: "+name, 1)
		if c.profile == rebootAfter {
			own = strings.Replace(own, "value: service.account}", "value: service.account, reboot: true}", 1)
		}
		own = match.ReplaceAllString(own, fmt.Sprintf("priority: 900\nmatch: device.productClass == %q\n%s\nservices", name, c.profile))
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(own), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// boxWorld is a server and what its boxes have in common.
type boxWorld struct {
	*storm
	config sim.Config
}

// maxSessions is how often a box comes at most; three tries and what they need besides.
const maxSessions = 14

// play carries out the order of one box.
func (w *boxWorld) play(t *testing.T, number int, name string, c boxCase) {
	box := w.box(t, number, name, c)
	no := fmt.Sprintf("Q-%d", number)
	w.fulfil(t, box, boxOrder(no, c.model, box), c.stuck)
	if c.tells != "" {
		w.task(t, box, cmp.Or(c.task, "refresh"), c.tells)
	}
	if c.stuck != "" {
		return
	}
	if c.model != "" { // rows that were added must be found again, whatever their numbers
		w.fulfil(t, box, stormOrder{"orderNo": no + "-again", "source": "quirks", "kind": itms.KindModify, "mode": itms.ModeSelf, "service": stormOrder{"id": no,
			"access": stormOrder{"type": "pppoe", "account": "account-" + no, "password": "other-" + no}}}, "")
	}
	w.rests(t, box)
}

// fulfil posts an order and lets the box come until it is done or is stuck as it should be.
func (w *boxWorld) fulfil(t *testing.T, box *sim.CPE, order stormOrder, stuck string) {
	t.Helper()
	if status, body := w.call(http.DefaultClient, http.MethodPost, "/work-orders", order); status != http.StatusCreated {
		t.Fatalf("%d %s", status, body)
	}
	var told struct {
		State  itms.OrderState
		Reason string
	}
	said := w.until(t, box, fmt.Sprintf("/work-orders/%s", order["orderNo"]), func(body []byte) bool {
		return json.Unmarshal(body, &told) == nil && (told.State == itms.OrderDone || told.State == itms.OrderFailed)
	})
	if done := told.State == itms.OrderDone; done != (stuck == "") || !regexp.MustCompile(stuck).MatchString(told.Reason) {
		t.Fatalf("the order is %s: %s\nsessions:%s", told.State, told.Reason, said)
	}
}

// boxOrder is the install order of a box.
func boxOrder(no, model string, box *sim.CPE) stormOrder {
	order := stormOrder{"orderNo": no, "source": "quirks", "kind": itms.KindInstall, "mode": itms.ModeSelf,
		"subscriber": stormOrder{"id": "U-" + no}, "device": stormOrder{"serial": box.Identity().Serial},
		"service": stormOrder{"id": no, "type": "iptv", "account": "account-" + no, "password": "pw-" + no, "authUrl": "http://auth.example.com/?a=1&b=2"}}
	if strings.Contains(model, "gateway") {
		order["service"] = stormOrder{"id": no, "type": "internet", "access": stormOrder{"type": "pppoe", "account": "account-" + no, "password": "pw-" + no}}
		order["line"] = stormOrder{"vlan": 41}
	}
	return order
}

// box makes the box of a case.
func (w *boxWorld) box(t *testing.T, number int, name string, c boxCase) *sim.CPE {
	config, err := w.config.Numbered(number + 1)
	if err != nil {
		t.Fatal(err)
	}
	if config.Model = c.model; c.profile != "" {
		config.ProductClass = classOf(c.profile)
	}
	if config.Quirks, err = sim.ParseQuirks(strings.Fields(c.with + " " + name)...); err != nil {
		t.Fatal(err)
	}
	box, err := sim.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// until lets the box come until what the API tells is enough, or long enough. Sessions
// fail where that is the quirk.
func (w *boxWorld) until(t *testing.T, box *sim.CPE, path string, enough func([]byte) bool) (said string) {
	for range maxSessions {
		report, err := box.Session(t.Context())
		said += "\n" + strings.Join(report.Events, ", ") + ":"
		for _, r := range report.RPCs {
			said += " " + r.Method
		}
		if err != nil {
			said += " " + err.Error()
		}
		if _, body := w.call(http.DefaultClient, http.MethodGet, path, nil); enough(body) {
			break
		}
	}
	return said
}

// task has something done on the box.
func (w *boxWorld) task(t *testing.T, box *sim.CPE, kind, want string) {
	who := box.Identity()
	id, err := itms.NewDeviceID(who.OUI, who.ProductClass, who.Serial)
	if err != nil {
		t.Fatal(err)
	}
	status, body := w.call(http.DefaultClient, http.MethodPost, "/devices/"+id.String()+"/tasks", stormOrder{"kind": kind})
	var task struct {
		ID     string
		State  itms.TaskState
		Reason string
	}
	if err := json.Unmarshal(body, &task); err != nil || status != http.StatusAccepted {
		t.Fatalf("%d %s", status, body)
	}
	said := w.until(t, box, "/tasks/"+task.ID, func(body []byte) bool {
		return json.Unmarshal(body, &task) == nil && task.State.Final()
	})
	if !regexp.MustCompile(want).MatchString(task.Reason) {
		t.Errorf("the %s is %s: %s\nsessions:%s", kind, task.State, task.Reason, said)
	}
}

// rests checks that the box is left alone when everything is done, and that it holds the
// account in one place.
func (w *boxWorld) rests(t *testing.T, box *sim.CPE) {
	var last *sim.Report
	var err error
	for range 3 {
		if last, err = box.Session(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if len(last.RPCs) > 0 {
		t.Errorf("the box is still asked for %s", last.RPCs[0].Method)
	}
	held := slices.DeleteFunc(box.Names(), func(name string) bool {
		value, _ := box.Get(name)
		return !strings.HasPrefix(value, "account-Q-")
	})
	if len(held) != 1 {
		t.Errorf("the box holds the account in %q", held)
	}
}
