package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
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
	for body, code := range map[string]string{
		`{"kind":"get","names":["Device."]}`: itms.CodeUnsupported, `{"kind":"reboot"}`: itms.CodeUnsupported,
		`{"kind":"diagnosePing","host":"192.0.2.1"}`: itms.CodeUnsupported, `{"kind":"odd"}`: itms.CodeInvalid,
		`{}`: itms.CodeInvalid, `{"kind":1}`: itms.CodeInvalid, `{"kind":"recover","x":1}`: itms.CodeInvalid,
		`{"kind":"recover","Kind":"recover"}`: itms.CodeInvalid,
	} {
		p := f.call(itms.RoleOperator, "POST", dashPath+"/tasks", body).problem(422, code)
		if want := map[bool]string{true: "/kind", false: p.pointers()}[code == itms.CodeUnsupported]; p.pointers() != want {
			t.Errorf("%s: %s", body, p.pointers())
		}
		if strings.Contains(body, "reboot") && !strings.Contains(p.Errors[0].Text, "reboot") {
			t.Errorf("%s: %+v", body, p)
		}
	}
	f.call(itms.RoleOperator, "POST", dashPath+"/tasks", `{`).problem(400, codeMalformed)
	for _, kind := range laterKinds {
		f.call(itms.RoleOperator, "POST", dashPath+"/tasks", `{"kind":"`+kind+`"}`).problem(422, itms.CodeUnsupported)
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
