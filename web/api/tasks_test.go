package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"itms"
)

// taskPath is the path of the nth task.
func taskPath(n int) string { return tasksPath + "/" + testID(n) }

// putTask stores the nth task of the device with a dash.
func (f *fixture) putTask(n int, change ...func(*itms.Task)) {
	f.t.Helper()
	task := queuedTask(n, dashID)
	for _, c := range change {
		c(task)
	}
	f.update(func(tx itms.Tx) error { return tx.Tasks().Insert(task) })
}

// endTask ends the nth task as the engine does: with an event.
func (f *fixture) endTask(n int) {
	f.t.Helper()
	f.update(func(tx itms.Tx) error {
		task, err := tx.Tasks().Get(itms.TaskID(testID(n)))
		if err != nil {
			return err
		}
		task.State = itms.TaskDone
		task.Steps = []itms.TaskStep{{Name: "reread", State: itms.TaskDone, Text: "2 differ", At: testTime}}
		if err := tx.Tasks().Put(task); err != nil {
			return err
		}
		return tx.Journal().Append(&itms.Event{At: testTime, Type: "task.done", Device: dashID, Text: "recovered"})
	})
}

func TestCreateTask(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	a := f.call(itms.RoleOperator, "POST", dashPath+"/tasks", `{"kind":"recover"}`).is(http.StatusAccepted)
	if got := a.header.Get("Location"); got != taskPath(1) {
		t.Errorf("Location %q", got)
	}
	golden(t, "task-queued.json", a.body)
	if v := into[taskView](f.get(a.header.Get("Location")).is(200)); v.Actor != "test-operator" || v.Final {
		t.Errorf("%+v", v)
	}
	f.call(itms.RoleOperator, "POST", devicesPath+"/00005E-X-Y/tasks", `{"kind":"recover"}`).problem(404, itms.CodeNotFound)
}

func TestCreateTaskRefuses(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	for body, pointer := range map[string]string{
		`{"kind":"odd"}`: "/kind", `{}`: "/kind", `{"kind":1}`: "/kind", `{"kind":"recover","x":1}`: "/x",
		`{"kind":"recover","Kind":"recover"}`: "/Kind", `{"kind":"set","values":"x"}`: "/values",
		`{"kind":"set","values":{"Device.X":[1]}}`: "/values/Device.X", `{"kind":"set","values":[{"name":"Device.X","value":{}}]}`: "/values/0/value",
		`{"kind":"set","values":[{"name":"Device.X","x":1}]}`: "/values/0/x", `{"kind":"get","names":"Device."}`: "/names",
		`{"kind":"reboot","retries":-1}`: "/retries", `{"kind":"reboot","after":""}`: "", `{"kind":"reboot","notBefore":"soon"}`: "/notBefore",
		`{"kind":"set","values":{"Device.X":"1","Device.X":"2"}}`: "/values/Device.X",
	} {
		if pointer == "" {
			f.call(itms.RoleOperator, "POST", dashPath+"/tasks", body).is(http.StatusAccepted)
			continue
		}
		if got := f.call(itms.RoleOperator, "POST", dashPath+"/tasks", body).problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%s: %s", body, got)
		}
	}
	f.call(itms.RoleOperator, "POST", dashPath+"/tasks", `{`).problem(400, codeMalformed)
}

// TestTaskRequests: each field of a request reaches the domain.
func TestTaskRequests(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	two, list := 2, []string{"Subscriber"}
	for body, want := range map[string]itms.TaskRequest{
		`{"kind":"get","names":["Device.X","Device.Y."],"priority":3,"after":"t1","retries":0,"notBefore":"2026-12-01T00:00:00Z","expiresAt":"2026-12-02T00:00:00Z"}`: {
			Kind: itms.TaskGet, Spec: itms.TaskSpec{Names: []itms.ParamPath{"Device.X", "Device.Y."}},
			TaskTerms: itms.TaskTerms{Priority: 3, After: "t1", NotBefore: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), ExpiresAt: time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)}},
		`{"kind":"set","values":{"Device.Y":30,"Device.X":true,"Device.A":"t"},"verify":false}`: {Kind: itms.TaskSet, TaskTerms: itms.TaskTerms{Retries: -1},
			Spec: itms.TaskSpec{NoVerify: true, Values: []itms.TaskValue{{Name: "Device.A", Value: "t"}, {Name: "Device.X", Value: "true"}, {Name: "Device.Y", Value: "30"}}}},
		`{"kind":"set","values":[{"name":"Device.X","value":"1","type":"xsd:int"}],"verify":true}`: {Kind: itms.TaskSet, TaskTerms: itms.TaskTerms{Retries: -1},
			Spec: itms.TaskSpec{Values: []itms.TaskValue{{Name: "Device.X", Value: "1", Type: itms.TypeInt}}}},
		`{"kind":"names","path":"Device.","nextLevel":true}`: {Kind: itms.TaskNames, TaskTerms: itms.TaskTerms{Retries: -1}, Spec: itms.TaskSpec{Path: "Device.", NextLevel: true}},
		`{"kind":"setAttributes","attributes":[{"name":"Device.X","notification":2,"accessList":["Subscriber"]}]}`: {Kind: itms.TaskSetAttributes, TaskTerms: itms.TaskTerms{Retries: -1},
			Spec: itms.TaskSpec{Attributes: []itms.AttributeChange{{Name: "Device.X", Notification: &two, AccessList: &list}}}},
		`{"kind":"download","fileType":"1 x","fileId":"f","url":"u","username":"n","password":"p","fileSize":9,"targetFileName":"t","successUrl":"s","failureUrl":"e","version":"2","delaySeconds":4}`: {
			Kind: itms.TaskDownload, TaskTerms: itms.TaskTerms{Retries: -1}, Spec: itms.TaskSpec{Delay: 4, Transfer: itms.TransferSpec{FileType: "1 x", File: "f", URL: "u",
				Username: "n", Password: itms.NewSecret("p"), Size: 9, Target: "t", Success: "s", Failure: "e", Version: "2"}}},
		`{"kind":"scheduleDownload","windows":[{"start":1,"end":2,"mode":"m","userMessage":"u"},{"start":3,"end":4,"mode":"m","maxRetries":2}]}`: {Kind: itms.TaskScheduleDownload,
			TaskTerms: itms.TaskTerms{Retries: -1}, Spec: itms.TaskSpec{Windows: []itms.TransferWindow{{Start: 1, End: 2, Mode: "m", Message: "u", Retries: -1}, {Start: 3, End: 4, Mode: "m", Retries: 2}}}},
		`{"kind":"setVouchers","vouchers":["AA=="],"option":"o","commandKey":"k"}`: {Kind: itms.TaskSetVouchers, TaskTerms: itms.TaskTerms{Retries: -1},
			Spec: itms.TaskSpec{Vouchers: []string{"AA=="}, Option: "o", CommandKey: "k"}},
		`{"kind":"diagnosePing","arguments":{"host":"a.example.com","repetitions":4}}`: {Kind: itms.TaskDiagnosePing, TaskTerms: itms.TaskTerms{Retries: -1},
			Spec: itms.TaskSpec{Arguments: map[string]string{"host": "a.example.com", "repetitions": "4"}}},
		`{"kind":"changeDUState","operations":[{"operation":"install","url":"u","uuid":"i","version":"1","username":"n","password":"p","executionEnvRef":"e"}]}`: {
			Kind: itms.TaskChangeDUState, TaskTerms: itms.TaskTerms{Retries: -1}, Spec: itms.TaskSpec{Units: []itms.UnitChange{{Operation: "install", URL: "u", UUID: "i",
				Version: "1", Username: "n", Password: itms.NewSecret("p"), Environment: "e"}}}},
	} {
		f.call(itms.RoleOperator, "POST", dashPath+"/tasks", body).is(http.StatusAccepted)
		if !reflect.DeepEqual(f.tasks.last, want) {
			t.Errorf("%s\n got %+v\nwant %+v", body, f.tasks.last, want)
		}
	}
}

// TestWrongValuesByName: what is wrong with a value is told where the caller wrote it.
func TestWrongValuesByName(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.tasks.fail = itms.Invalid("/values/1/value", "expected a whole number")
	if got := f.call(itms.RoleOperator, "POST", dashPath+"/tasks", `{"kind":"set","values":{"Device.X":"1","Device.Y/Z":"x"}}`).problem(422, itms.CodeInvalid).pointers(); got != "/values/Device.Y~1Z" {
		t.Error(got)
	}
	if got := f.call(itms.RoleOperator, "POST", dashPath+"/tasks", `{"kind":"set","values":[{"name":"a","value":1},{"name":"b","value":2}]}`).problem(422, itms.CodeInvalid).pointers(); got != "/values/1/value" {
		t.Error(got)
	}
}

func TestShowTask(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	status := 1
	f.putTask(9, func(task *itms.Task) {
		task.Kind, task.Batch, task.Priority, task.After = itms.TaskSet, "b1", 2, "t0"
		task.Spec = itms.TaskSpec{Path: "Device.", Names: []itms.ParamPath{"Device.N"}, Values: []itms.TaskValue{{Name: "Device.P", Sealed: itms.Sealed("sealed-text"), Hidden: true}},
			Attributes: []itms.AttributeChange{{Name: "Device.A"}}, Transfer: itms.TransferSpec{FileType: "1 x", File: "f1", URL: "http://files.example.com/", Version: "2", Username: "n", Sealed: itms.Sealed("sealed-text")}}
		task.Call = itms.CallReport{Result: itms.CallSilent, Text: "no answer", At: testTime}
		task.Run = itms.TaskRun{Tries: 2, Next: testTime, Done: 3, Total: 9}
		task.Fault = &itms.DeviceFault{Code: 9003, Text: "Invalid arguments", Params: []itms.ParamFault{{Name: "Device.P", Code: 9007, Text: "no"}}}
		task.Result = &itms.TaskResult{Values: []itms.TaskValue{{Name: "Device.N", Value: "v", Type: itms.TypeString, Writable: true}}, Names: []itms.ParamName{{Name: "Device.N"}},
			Attributes: []itms.ParamAttribute{{Name: "Device.A", Notification: 2, AccessList: []string{"Subscriber"}}}, Methods: []string{"Reboot"}, Instance: "3", Status: &status,
			Transfers: []itms.QueuedTransfer{{CommandKey: "k", State: 1, Download: true, FileType: "1 x", Size: 8, Target: "t"}}, Options: []itms.Option{{Name: "o"}},
			Units: []itms.UnitResult{{UUID: "u", State: "Installed"}}, File: "f2", Software: "2", Started: testTime, Completed: testTime, Count: 7, Unreadable: []itms.ParamPath{"Device.B"}}
	})
	a := f.get(taskPath(9)).is(200)
	if strings.Contains(a.body, "c2VhbGVk") || strings.Contains(a.body, "sealed-text") {
		t.Error("a sealed value is shown")
	}
	golden(t, "task-full.json", a.body)
}

// What a test found is shown with numbers as numbers; one that has found nothing yet shows
// nothing.
func TestShowDiagnostic(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.putTask(9, func(task *itms.Task) {
		task.Kind, task.Spec.Arguments = itms.TaskDiagnoseTraceroute, map[string]string{"host": "a.example.com"}
		task.Result = &itms.TaskResult{Diagnostic: &itms.DiagnosticResult{Object: "Device.IP.Diagnostics.TraceRoute."}}
	})
	if a := f.get(taskPath(9)).is(200); strings.Contains(a.body, "TraceRoute.") || !strings.Contains(a.body, `"arguments":{"host":"a.example.com"}`) {
		t.Error(a.body)
	}
	f.putTask(10, func(task *itms.Task) {
		task.Kind = itms.TaskDiagnoseTraceroute
		task.Result = &itms.TaskResult{Diagnostic: &itms.DiagnosticResult{Object: "Device.IP.Diagnostics.TraceRoute.", State: "Complete", Values: map[string]any{"responseTimeMs": 12.0},
			Tables: map[string][]map[string]any{"routeHops": {{"host": "gw", "rtTimesMs": []any{1.0, 2.5, "*"}}}}}}
	})
	want := `"diagnostic":{"object":"Device.IP.Diagnostics.TraceRoute.","state":"Complete","values":{"responseTimeMs":12},"tables":{"routeHops":[{"host":"gw","rtTimesMs":[1,2.5,"*"]}]}}`
	if a := f.get(taskPath(10)).is(200); !strings.Contains(a.body, want) {
		t.Error(a.body)
	}
}

func TestWaitIsBounded(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.putTask(9)
	for _, wait := range []string{"61s", "-1s", "x", "10", "1h"} {
		if got := f.get(taskPath(9)+"?wait="+wait).problem(422, itms.CodeInvalid).pointers(); got != "/query/wait" {
			t.Errorf("%s: %s", wait, got)
		}
		f.call(itms.RoleOperator, "POST", dashPath+"/tasks?wait="+wait, `{"kind":"recover"}`).problem(422, itms.CodeInvalid)
	}
	f.get(taskPath(9) + "?wait=0s").is(200)
}

func TestWaitingEndsWithTheTask(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	answers := make(chan *answer)
	go func() {
		answers <- f.call(itms.RoleOperator, "POST", dashPath+"/tasks?wait=60s", `{"kind":"recover"}`)
	}()
	f.until(func(tx itms.Tx) bool { _, err := tx.Tasks().Get(itms.TaskID(testID(1))); return err == nil })
	f.journal(itms.Event{Type: "device.seen", Text: "not the end"})
	f.endTask(1)
	a := (<-answers).is(http.StatusAccepted)
	if v := into[taskView](a); v.State != "done" || !v.Final || v.Steps[0].Text != "2 differ" {
		t.Errorf("%+v", v)
	}
	if v := into[taskView](f.get(taskPath(1) + "?wait=60s").is(200)); !v.Final {
		t.Errorf("%+v", v)
	}
}

// until looks into the store until it sees what it should.
func (f *fixture) until(seen func(itms.Tx) bool) {
	f.t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		found := false
		if err := f.store.View(f.t.Context(), func(tx itms.Tx) error { found = seen(tx); return nil }); err != nil {
			f.t.Fatal(err)
		}
		if found {
			return
		}
	}
	f.t.Fatal("it never came")
}

func TestWaitingEndsInTime(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.putTask(9)
	if v := into[taskView](f.get(taskPath(9) + "?wait=5ms").is(200)); v.State != "queued" {
		t.Errorf("%+v", v)
	}
}

func TestWaitingEndsWithTheServer(t *testing.T) {
	f := newFixture(t)
	f.putTask(9)
	answers := make(chan *answer)
	go func() { answers <- f.get(taskPath(9) + "?wait=60s") }()
	for f.waiters() == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := f.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := into[taskView]((<-answers).is(200)); v.State != "queued" {
		t.Errorf("%+v", v)
	}
	f.get(taskPath(9) + "?wait=60s").is(200) // nobody waits on a server that stops
}

// waiters counts the open places for those who wait.
func (f *fixture) waiters() int {
	f.server.streams.mu.Lock()
	defer f.server.streams.mu.Unlock()
	return f.server.streams.count
}

// TestWaitingOutlivesTheServersLimits waits over a real connection, for longer than
// the server leaves to any other call.
func TestWaitingOutlivesTheServersLimits(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	ts := httptest.NewUnstartedServer(nil)
	ts.Config = HTTPServer(f.server)
	ts.Config.ReadTimeout, ts.Config.WriteTimeout = 150*time.Millisecond, 150*time.Millisecond
	ts.Start()
	defer ts.Close()
	defer ts.Client().CloseIdleConnections()
	r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, ts.URL+dashPath+"/tasks?wait=60s", strings.NewReader(`{"kind":"recover"}`)))
	r.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleOperator])
	go func() {
		f.until(func(tx itms.Tx) bool { _, err := tx.Tasks().Get(itms.TaskID(testID(1))); return err == nil })
		time.Sleep(400 * time.Millisecond) // longer than the limits
		f.endTask(1)
	}()
	res, err := ts.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var v taskView
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil || v.State != "done" {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestPatientConnections(t *testing.T) {
	w := &deadlineWriter{ResponseRecorder: httptest.NewRecorder()}
	rec := &record{conn: http.NewResponseController(w)}
	before := time.Now()
	if err := rec.patient(maxWait); err != nil {
		t.Fatal(err)
	}
	if len(w.read) != 1 || !w.read[0].IsZero() || len(w.write) != 1 || w.write[0].Before(before.Add(maxWait+writeTimeout)) {
		t.Errorf("read %v, write %v", w.read, w.write)
	}
	w.refuse = errors.New("broken pipe")
	if err := rec.patient(0); err == nil {
		t.Error("a dead connection is waited for")
	}
}

func TestListTasks(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	if a := f.get(dashPath + "/tasks").is(200); strings.TrimSpace(a.body) != `{"items":[]}` {
		t.Error(a.body)
	}
	for n := range 3 {
		f.putTask(n)
	}
	f.endTask(1)
	var seen []string
	for next := ""; ; {
		page := into[pageOf[taskView]](f.get(dashPath + "/tasks?limit=2&cursor=" + next).is(200))
		for _, v := range page.Items {
			seen = append(seen, v.ID+"="+string(v.State))
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if got := strings.Join(seen, " "); got != testID(2)+"=queued "+testID(1)+"=done "+testID(0)+"=queued" {
		t.Error(got)
	}
	f.get(dashPath+"/tasks?cursor=x").problem(422, itms.CodeInvalid)
	f.get(devicesPath+"/00005E-X-Y/tasks").problem(404, itms.CodeNotFound)
}

func TestGetAndCancelTask(t *testing.T) {
	f := newFixture(t)
	f.putTask(9)
	if v := into[taskView](f.call(itms.RoleOperator, "DELETE", taskPath(9), "").is(200)); v.State != "cancelled" || !v.Final {
		t.Errorf("%+v", v)
	}
	f.call(itms.RoleOperator, "DELETE", taskPath(9), "").problem(409, itms.CodeTaskState)
	for _, method := range []string{"GET", "DELETE"} {
		f.call(itms.RoleOperator, method, taskPath(8), "").problem(404, itms.CodeNotFound)
		f.call(itms.RoleOperator, method, tasksPath+"/a%00b", "").problem(404, itms.CodeNotFound)
	}
	f.get(taskPath(9)).is(200)
	if got := f.lastLog()["device"]; got != dashID.String() {
		t.Errorf("the log names device %v", got)
	}
}
