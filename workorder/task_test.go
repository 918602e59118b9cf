package workorder_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/workorder"
)

// ask gives the box a task.
func (b *box) ask(req itms.TaskRequest) *itms.Task {
	b.w.t.Helper()
	task, err := b.w.engine.CreateTask(context.Background(), "ann", b.id, req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return task
}

// task reads a task.
func (w *world) task(id itms.TaskID) (task *itms.Task) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) { task, err = tx.Tasks().Get(id); return err })
	return task
}

// wantTask fails unless the task is in the state, for a reason that has the words.
func (w *world) wantTask(id itms.TaskID, state itms.TaskState, words string) *itms.Task {
	w.t.Helper()
	task := w.task(id)
	if task.State != state || !strings.Contains(task.Reason, words) {
		w.t.Fatalf("the task is %s (%s), want %s (%s)", task.State, task.Reason, state, words)
	}
	return task
}

// methodsOf names what was sent.
func methodsOf(cmds []itms.Command) (names []string) {
	for _, c := range cmds {
		names = append(names, c.Method())
	}
	return names
}

// stranger is a box in contact that no order names and no profile fits: tasks are for
// every device.
func stranger(t *testing.T) (*world, *box) {
	w := newWorld(t)
	w.models.off = true
	b := newBox(w, 9)
	b.contact(itms.EventBootstrap)
	return w, b
}

func get(names ...itms.ParamPath) itms.TaskRequest {
	return itms.TaskRequest{Kind: itms.TaskGet, Spec: itms.TaskSpec{Names: names}}
}

func set(name itms.ParamPath, value string) itms.TaskRequest {
	return itms.TaskRequest{Kind: itms.TaskSet, Spec: itms.TaskSpec{Values: []itms.TaskValue{{Name: name, Value: value}}}}
}

// stored fails the test when the store has the text anywhere in the task.
func (w *world) notInTask(id itms.TaskID, secret string) {
	w.t.Helper()
	if text := fmt.Sprintf("%+v %+v", w.task(id), w.task(id).Result); strings.Contains(text, secret) {
		w.t.Errorf("the task tells %q", secret)
	}
}

func TestGetTask(t *testing.T) {
	w, b := stranger(t)
	b.params[pwPath] = servicePassword
	b.readsSecrets = true
	task := b.ask(get(userPath, pwPath, "Device.DeviceInfo."))
	if !slices.Contains(w.woken, b.id) || task.State != itms.TaskQueued || w.device(b.id).Tasks != 1 {
		t.Fatalf("%+v", task)
	}
	b.params[userPath] = "somebody"
	sent := b.contact("6 CONNECTION REQUEST")
	if got := methodsOf(sent); !slices.Equal(got, []string{"GetParameterValues", "GetParameterValues"}) {
		t.Fatalf("sent %q", got) // an object is asked for alone
	}
	done := w.wantTask(task.ID, itms.TaskDone, "3 values read")
	want := []itms.TaskValue{{Name: userPath, Value: "somebody", Type: itms.TypeString}, {Name: pwPath, Type: itms.TypeString, Hidden: true},
		{Name: "Device.DeviceInfo.SoftwareVersion", Value: "1.0", Type: itms.TypeString}}
	if !reflect.DeepEqual(done.Result.Values, want) || w.device(b.id).Tasks != 0 {
		t.Errorf("%+v", done.Result)
	}
	w.notInTask(task.ID, servicePassword)
	if again := b.contact("2 PERIODIC"); len(again) != 0 {
		t.Errorf("sent once more: %+v", again)
	}
}

// TestGetTellsWhichNameIsWrong: one unknown name among many costs nothing but its own
// value.
func TestGetTellsWhichNameIsWrong(t *testing.T) {
	w, b := stranger(t)
	task := b.ask(get(userPath, "Device.Nothing", urlPath, intervalPath, "Device.Nowhere."))
	b.contact("6 CONNECTION REQUEST")
	done := w.wantTask(task.ID, itms.TaskFailed, "refused 2 of the names: 9005")
	if f := done.Fault; f.Code != itms.FaultName || len(f.Params) != 2 || f.Params[0].Name != "Device.Nothing" || f.Params[1].Name != "Device.Nowhere." {
		t.Errorf("%+v", done.Fault)
	}
	if done.Result.Count != 3 {
		t.Errorf("%+v", done.Result)
	}
}

// TestGetAsksForLess: a device that cannot answer much at once is asked for half, and
// an object that is too large is listed first.
func TestGetAsksForLess(t *testing.T) {
	w, b := stranger(t)
	var names []itms.ParamPath
	for i := range 10 {
		name := itms.ParamPath(fmt.Sprintf("Device.Big.P%02d", i))
		names, b.params[name] = append(names, name), "v"
	}
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if len(out.Values) > 3 && cmd.Method() == "GetParameterValues" {
			*out = itms.Outcome{Command: cmd, Fault: &itms.DeviceFault{Code: itms.FaultResources, Text: "Resources exceeded"}}
		}
	}
	many, whole := b.ask(get(names...)), b.ask(get("Device.Big."))
	b.contact("6 CONNECTION REQUEST")
	for _, id := range []itms.TaskID{many.ID, whole.ID} {
		if done := w.wantTask(id, itms.TaskDone, "10 values read"); len(done.Result.Values) != 10 {
			t.Errorf("%+v", done.Result)
		}
	}
}

// numbers knows that the interval is a number, as data models do.
type numbers struct{ workorder.Knowledge }

func (numbers) Secret(string) bool   { return false }
func (numbers) Volatile(string) bool { return false }
func (numbers) TypeOf(path string) string {
	if path == string(intervalPath) {
		return itms.TypeUnsignedInt
	}
	return ""
}

func (numbers) Check(path, value, _ string) error {
	if path == string(intervalPath) && strings.Trim(value, "0123456789") != "" {
		return itms.Invalid("/", "expected a whole number")
	}
	return nil
}

func TestSetTask(t *testing.T) {
	w, b := stranger(t)
	w.knowledge = numbers{}
	w.restart()
	task := b.ask(itms.TaskRequest{Kind: itms.TaskSet, Spec: itms.TaskSpec{Values: []itms.TaskValue{
		{Name: userPath, Value: "somebody"}, {Name: pwPath, Value: servicePassword}, {Name: intervalPath, Value: "0600"}}}})
	sent := b.contact("6 CONNECTION REQUEST")
	if got := methodsOf(sent); !slices.Equal(got, []string{"SetParameterValues", "GetParameterValues"}) {
		t.Fatalf("sent %q", got)
	}
	push := sent[0].(itms.SetValues)
	if push.Values[1].Value != servicePassword || !push.Values[1].Hide || push.Key != string(task.ID) || push.Values[2].Type != itms.TypeUnsignedInt {
		t.Errorf("%+v", push)
	}
	done := w.wantTask(task.ID, itms.TaskDone, "3 values written and read back")
	if *done.Result.Status != 0 || done.Result.Count != 2 {
		t.Errorf("%+v", done.Result)
	}
	w.notInTask(task.ID, servicePassword)
	if p, ok := w.param(b.id, pwPath); !ok || !p.Hidden || p.Value == "" {
		t.Errorf("%+v", p)
	}
}

// TestSetIsReadBack: what a device takes and does not keep is no success.
func TestSetIsReadBack(t *testing.T) {
	w, b := stranger(t)
	b.forget = true
	lying, trusted := b.ask(set(userPath, "x")), b.ask(itms.TaskRequest{Kind: itms.TaskSet, Spec: itms.TaskSpec{NoVerify: true, Values: []itms.TaskValue{{Name: urlPath, Value: "y"}}}})
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(lying.ID, itms.TaskFailed, `reads back as ""`)
	w.wantTask(trusted.ID, itms.TaskDone, "took 1 values")
}

// TestSetAppliedLater: with status 1 the values are looked at in another session.
func TestSetAppliedLater(t *testing.T) {
	w, b := stranger(t)
	b.status, b.forget = 1, true
	task := b.ask(set(userPath, "x"))
	if sent := b.contact("6 CONNECTION REQUEST"); len(sent) != 1 {
		t.Fatalf("sent %q", methodsOf(sent))
	}
	w.wantTask(task.ID, itms.TaskWaiting, "applies them after this session")
	b.params[userPath] = "x"
	b.contact("2 PERIODIC")
	w.wantTask(task.ID, itms.TaskDone, "written and read back")
}

// TestSetKeepsTheWayToTheACSForLast: the call that may end the session comes alone.
func TestSetKeepsTheWayToTheACSForLast(t *testing.T) {
	w, b := stranger(t)
	b.params["Device.ManagementServer.URL"] = "http://old.example.com/"
	task := b.ask(itms.TaskRequest{Kind: itms.TaskSet, Spec: itms.TaskSpec{Values: []itms.TaskValue{
		{Name: "Device.ManagementServer.URL", Value: "http://new.example.com/"}, {Name: userPath, Value: "x"}}}})
	sent := pushes(b.contact("6 CONNECTION REQUEST"))
	if len(sent) != 2 || sent[0].Values[0].Name != userPath || sent[1].Values[0].Name != "Device.ManagementServer.URL" {
		t.Fatalf("%+v", sent)
	}
	w.wantTask(task.ID, itms.TaskDone, "2 values")
}

// TestSetWithoutAnswer: what became of a write whose answer got lost shows when it is
// read back.
func TestSetWithoutAnswer(t *testing.T) {
	for _, applied := range []bool{true, false} {
		w, b := stranger(t)
		task := b.ask(set(userPath, "x"))
		if b.breakAt("6 CONNECTION REQUEST", "SetParameterValues"); applied {
			b.params[userPath] = "x"
		}
		sent := methodsOf(b.contact("2 PERIODIC"))
		want := []string{"GetParameterValues"}
		if !applied {
			want = append(want, "SetParameterValues", "GetParameterValues")
		}
		if !slices.Equal(sent, want) {
			t.Errorf("applied %t: sent %q", applied, sent)
		}
		w.wantTask(task.ID, itms.TaskDone, "written and read back")
	}
}

// dieAt is a session of a box that is gone, without having obeyed it, when the command
// comes that deadly tells. It reports whether that came.
func (b *box) dieAt(event string, deadly func(itms.Command) bool) bool {
	b.w.t.Helper()
	ctx := context.Background()
	session, err := b.begin(event)
	for err == nil {
		var cmd itms.Command
		if cmd, err = b.w.engine.Next(ctx, b.id, session); err != nil || cmd == nil {
			break
		}
		if deadly(cmd) {
			return true
		}
		err = b.w.engine.Settle(ctx, b.id, session, b.carryOut(cmd)...)
	}
	if err != nil {
		b.w.t.Fatal(err)
	}
	return false
}

// breakAt is a session that ends when a command of the method is sent.
func (b *box) breakAt(event, method string) {
	b.w.t.Helper()
	if !b.dieAt(event, func(cmd itms.Command) bool { return cmd.Method() == method }) {
		b.w.t.Fatalf("%s was never sent", method)
	}
}

// TestTaskThatKillsTheDevice: a device that dies of a command is not sent it for ever.
func TestTaskThatKillsTheDevice(t *testing.T) {
	w, b := stranger(t)
	task := b.ask(itms.TaskRequest{Kind: itms.TaskGet, TaskTerms: itms.TaskTerms{Retries: 2}, Spec: itms.TaskSpec{Names: []itms.ParamPath{userPath}}})
	tries := 0
	for range 10 {
		w.pass(2 * time.Hour)
		session, err := b.begin("2 PERIODIC")
		if err != nil {
			t.Fatal(err)
		}
		cmd, err := w.engine.Next(t.Context(), b.id, session)
		if err != nil {
			t.Fatal(err)
		}
		if cmd != nil {
			tries++
		}
	}
	w.wantTask(task.ID, itms.TaskFailed, "gave up after 3 tries")
	if tries != 3 {
		t.Errorf("sent %d times", tries)
	}
}

// TestBusyDeviceIsTriedLater: a failure that may pass is tried again, each time later,
// and keeps those behind it waiting; others are failures at once.
func TestBusyDeviceIsTriedLater(t *testing.T) {
	w, b := stranger(t)
	fault := &itms.DeviceFault{Code: itms.FaultDenied, Text: "busy"}
	b.answer = func(cmd itms.Command, out *itms.Outcome) { out.Fault = fault }
	task := b.ask(itms.TaskRequest{Kind: itms.TaskNames, TaskTerms: itms.TaskTerms{Retries: 2}})
	behind := b.ask(itms.TaskRequest{Kind: itms.TaskReboot})
	if sent := b.contact("6 CONNECTION REQUEST"); len(sent) != 1 {
		t.Fatalf("sent %q", methodsOf(sent))
	}
	queued := w.wantTask(task.ID, itms.TaskQueued, "try 1 of 3 failed")
	if sent := b.contact("2 PERIODIC"); len(sent) != 0 {
		t.Errorf("sent %q before its time", methodsOf(sent))
	}
	if pause := queued.Run.Next.Sub(queued.UpdatedAt); pause != time.Minute {
		t.Errorf("the first pause is %s", pause)
	}
	w.pass(time.Minute)
	b.contact("2 PERIODIC")
	if q := w.wantTask(task.ID, itms.TaskQueued, "try 2 of 3 failed"); q.Run.Next.Sub(q.UpdatedAt) != 2*time.Minute {
		t.Errorf("%+v", q)
	}
	w.pass(2 * time.Minute)
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if cmd.Method() == "GetParameterNames" {
			out.Fault = fault
		}
	}
	b.contact("2 PERIODIC")
	w.wantTask(task.ID, itms.TaskFailed, "gave up after 3 tries")
	w.wantTask(behind.ID, itms.TaskWaiting, "rebooting")

	b.answer = func(_ itms.Command, out *itms.Outcome) {
		out.Fault = &itms.DeviceFault{Code: itms.FaultArguments, Text: "no"}
	}
	b.contact(itms.EventBoot, itms.EventMReboot)
	at := b.ask(itms.TaskRequest{Kind: itms.TaskReboot, TaskTerms: itms.TaskTerms{Retries: 3}})
	b.contact("2 PERIODIC")
	w.wantTask(at.ID, itms.TaskFailed, "9003")
}

// TestGetAfterABusyDevice: a refusal that passed is no failure of what was read after it.
func TestGetAfterABusyDevice(t *testing.T) {
	w, b := stranger(t)
	busy := true
	b.answer = func(_ itms.Command, out *itms.Outcome) {
		if busy {
			out.Values, out.Fault = nil, &itms.DeviceFault{Code: itms.FaultDenied, Text: "busy"}
		}
	}
	task := b.ask(itms.TaskRequest{Kind: itms.TaskGet, TaskTerms: itms.TaskTerms{Retries: 1}, Spec: itms.TaskSpec{Names: []itms.ParamPath{userPath}}})
	b.contact("6 CONNECTION REQUEST")
	if queued := w.wantTask(task.ID, itms.TaskQueued, "9001"); queued.Fault.Code != itms.FaultDenied {
		t.Errorf("%+v", queued.Fault)
	}
	busy = false
	w.pass(time.Hour)
	b.contact("2 PERIODIC")
	if done := w.wantTask(task.ID, itms.TaskDone, "1 values read"); done.Fault != nil {
		t.Errorf("%+v", done.Fault)
	}
}

// TestTasksInOrder: by priority, then as they came; one that comes after another waits
// for it and fails with it.
func TestTasksInOrder(t *testing.T) {
	w, b := stranger(t)
	first := b.ask(get(userPath))
	urgent := b.ask(itms.TaskRequest{Kind: itms.TaskNames, TaskTerms: itms.TaskTerms{Priority: 5}})
	bad := b.ask(itms.TaskRequest{Kind: itms.TaskDeleteObject, Spec: itms.TaskSpec{Path: "Device.Row.1."}})
	after := b.ask(itms.TaskRequest{Kind: itms.TaskReboot, TaskTerms: itms.TaskTerms{After: bad.ID, Priority: 9}})
	later := b.ask(itms.TaskRequest{Kind: itms.TaskNames, TaskTerms: itms.TaskTerms{NotBefore: w.now().Add(time.Hour)}})
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if cmd.Method() == "DeleteObject" {
			out.Fault = &itms.DeviceFault{Code: itms.FaultNotWritable, Text: "no"}
		}
	}
	if got := methodsOf(b.contact("6 CONNECTION REQUEST")); !slices.Equal(got, []string{"GetParameterNames", "GetParameterValues", "DeleteObject"}) {
		t.Errorf("sent %q", got)
	}
	w.wantTask(first.ID, itms.TaskDone, "")
	w.wantTask(urgent.ID, itms.TaskDone, "")
	w.wantTask(bad.ID, itms.TaskFailed, "9008")
	w.wantTask(after.ID, itms.TaskFailed, "which it was to come after, failed")
	w.wantTask(later.ID, itms.TaskQueued, "waiting for its time")
	w.pass(time.Hour)
	b.contact("2 PERIODIC")
	w.wantTask(later.ID, itms.TaskDone, "")
	if d := w.device(b.id); d.Tasks != 0 {
		t.Errorf("%d tasks open", d.Tasks)
	}
}

// TestMethodsAreAskedForFirst: what a device does not list is not sent.
func TestMethodsAreAskedForFirst(t *testing.T) {
	w, b := stranger(t)
	b.methods = []string{"Reboot", "GetParameterValues", "GetParameterNames", "GetRPCMethods"}
	task := b.ask(itms.TaskRequest{Kind: itms.TaskFactoryReset})
	if got := methodsOf(b.contact("6 CONNECTION REQUEST")); !slices.Equal(got, []string{"GetRPCMethods"}) {
		t.Fatalf("sent %q", got)
	}
	w.wantTask(task.ID, itms.TaskFailed, "does not offer FactoryReset")
	_, err := w.engine.CreateTask(t.Context(), "ann", b.id, itms.TaskRequest{Kind: itms.TaskFactoryReset})
	wantCode(t, err, itms.CodeUnsupported)

	b.methods = append(b.methods, "FactoryReset")
	methods := b.ask(itms.TaskRequest{Kind: itms.TaskRPCMethods})
	b.contact("6 CONNECTION REQUEST")
	if done := w.wantTask(methods.ID, itms.TaskDone, "5 methods"); !slices.IsSorted(done.Result.Methods) {
		t.Errorf("%+v", done.Result)
	}
	again := b.ask(itms.TaskRequest{Kind: itms.TaskFactoryReset})
	if got := methodsOf(b.contact("6 CONNECTION REQUEST")); !slices.Equal(got, []string{"FactoryReset"}) {
		t.Fatalf("sent %q", got)
	}
	w.wantTask(again.ID, itms.TaskWaiting, "being reset")
	b.contact(itms.EventBootstrap)
	w.wantTask(again.ID, itms.TaskDone, "as it left the factory")
	if d := w.device(b.id); d.Methods != nil {
		t.Errorf("a reset device is still taken to offer %q", d.Methods)
	}
}

// TestMethodsOfOddDevices: a device that does not answer the question, or breaks of it,
// is sent what it is to do.
func TestMethodsOfOddDevices(t *testing.T) {
	w, b := stranger(t)
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if cmd.Method() == "GetRPCMethods" {
			out.Fault = &itms.DeviceFault{Code: itms.FaultMethod, Text: "Method not supported"}
		}
	}
	refusing := b.ask(itms.TaskRequest{Kind: itms.TaskFactoryReset})
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(refusing.ID, itms.TaskWaiting, "")
	b.contact(itms.EventBootstrap)

	breaking := b.ask(itms.TaskRequest{Kind: itms.TaskFactoryReset})
	b.breakAt("6 CONNECTION REQUEST", "GetRPCMethods")
	b.contact("2 PERIODIC")
	w.wantTask(breaking.ID, itms.TaskWaiting, "being reset")
	b.contact(itms.EventBootstrap)

	w.models.quirks.NoMethods = true
	known := b.ask(itms.TaskRequest{Kind: itms.TaskFactoryReset})
	if got := methodsOf(b.contact("6 CONNECTION REQUEST")); !slices.Equal(got, []string{"FactoryReset"}) {
		t.Errorf("sent %q", got)
	}
	w.wantTask(known.ID, itms.TaskWaiting, "")
}

func TestRebootTask(t *testing.T) {
	w, b := stranger(t)
	task, behind := b.ask(itms.TaskRequest{Kind: itms.TaskReboot}), b.ask(get(userPath))
	sent := b.contact("6 CONNECTION REQUEST")
	if key := sent[len(sent)-1].(itms.Reboot).Key; key != string(task.ID) {
		t.Errorf("CommandKey %q", key)
	}
	w.wantTask(task.ID, itms.TaskWaiting, "rebooting")
	if sent := b.contact("2 PERIODIC"); len(sent) != 0 { // not gone yet
		t.Errorf("sent %q", methodsOf(sent))
	}
	b.contact(itms.EventBoot, itms.EventMReboot)
	w.wantTask(task.ID, itms.TaskDone, "has booted")
	w.wantTask(behind.ID, itms.TaskDone, "")

	// One that never says BOOT counts as back after a while.
	silent := b.ask(itms.TaskRequest{Kind: itms.TaskReboot})
	b.contact("6 CONNECTION REQUEST")
	w.pass(10 * time.Minute)
	b.contact("2 PERIODIC")
	w.wantTask(silent.ID, itms.TaskDone, "did not say that it booted")

	// An answer that got lost with the boot.
	lost := b.ask(itms.TaskRequest{Kind: itms.TaskReboot})
	b.breakAt("6 CONNECTION REQUEST", "Reboot")
	b.contact(itms.EventBoot)
	w.wantTask(lost.ID, itms.TaskDone, "has booted")
}

func TestScheduleInformTask(t *testing.T) {
	w, b := stranger(t)
	task := b.ask(itms.TaskRequest{Kind: itms.TaskScheduleInform, Spec: itms.TaskSpec{Delay: 600}})
	other := b.ask(get(userPath))
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(task.ID, itms.TaskWaiting, "600 seconds")
	w.wantTask(other.ID, itms.TaskDone, "")
	b.contact("2 PERIODIC")
	w.wantTask(task.ID, itms.TaskWaiting, "")
	b.contact(itms.EventScheduled)
	w.wantTask(task.ID, itms.TaskDone, "came as it was told")
}

func TestAddObjectTask(t *testing.T) {
	w, b := stranger(t)
	table := rowTable
	ask := func() *itms.Task {
		return b.ask(itms.TaskRequest{Kind: itms.TaskAddObject, Spec: itms.TaskSpec{Path: table, Values: []itms.TaskValue{{Name: "Name", Value: "n"}}}})
	}
	task := ask()
	if got := methodsOf(b.contact("6 CONNECTION REQUEST")); !slices.Equal(got, []string{"GetParameterNames", "AddObject", "SetParameterValues"}) {
		t.Fatalf("sent %q", got)
	}
	done := w.wantTask(task.ID, itms.TaskDone, "row 4 added, 1 values written")
	if done.Result.Instance != "4" || b.params[table+"4.Name"] != "n" {
		t.Errorf("%+v", done.Result)
	}
	// A row whose answer got lost is found, not added once more.
	again := ask()
	b.breakAt("6 CONNECTION REQUEST", "AddObject")
	b.execute(itms.AddObject{Table: table})
	b.contact("2 PERIODIC")
	w.wantTask(again.ID, itms.TaskDone, "row 5 added")
	if b.rows() != 2 {
		t.Errorf("%d rows", b.rows())
	}
	remove := b.ask(itms.TaskRequest{Kind: itms.TaskDeleteObject, Spec: itms.TaskSpec{Path: table + "4."}})
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(remove.ID, itms.TaskDone, "removed")
	if _, known := w.param(b.id, table+"4.Name"); known || b.rows() != 1 {
		t.Error("something is left of the row")
	}
}

func TestAttributeTasks(t *testing.T) {
	w, b := stranger(t)
	level := 2
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if c, ok := cmd.(itms.GetAttributes); ok {
			out.Attributes = []itms.ParamAttribute{{Name: c.Paths[0], Notification: level}}
		}
	}
	write := b.ask(itms.TaskRequest{Kind: itms.TaskSetAttributes, Spec: itms.TaskSpec{Attributes: []itms.AttributeChange{{Name: userPath, Notification: &level}}}})
	read := b.ask(itms.TaskRequest{Kind: itms.TaskGetAttributes, Spec: itms.TaskSpec{Names: []itms.ParamPath{userPath}}})
	sent := b.contact("6 CONNECTION REQUEST")
	if c := sent[len(sent)-2].(itms.SetAttributes); *c.Changes[0].Notification != 2 {
		t.Errorf("%+v", c)
	}
	w.wantTask(write.ID, itms.TaskDone, "1 names written")
	if done := w.wantTask(read.ID, itms.TaskDone, ""); done.Result.Attributes[0].Notification != 2 {
		t.Errorf("%+v", done.Result)
	}
}

// TestTasksOfBoundDevices: its service goes first, and keeps its ParameterKey.
func TestTasksOfBoundDevices(t *testing.T) {
	w, b := installed(t)
	task := b.ask(set(intervalPath, "777"))
	sent := pushes(b.contact("6 CONNECTION REQUEST"))
	if len(sent) == 0 || !strings.HasPrefix(sent[0].Key, "WO-1/") {
		t.Fatalf("%+v", sent)
	}
	w.wantTask(task.ID, itms.TaskDone, "")
	w.models.digest = "changed" // everything is to be looked at again
	other := b.ask(get(userPath))
	if first := b.contact("6 CONNECTION REQUEST"); first[0].Purpose() != "read" {
		t.Errorf("first: %+v", first[0])
	}
	w.wantTask(other.ID, itms.TaskDone, "")
}

func TestTasksOfBlockedDevices(t *testing.T) {
	w, b := stranger(t)
	task := b.ask(get(userPath))
	if _, err := w.engine.Block(t.Context(), "ann", b.id, true); err != nil {
		t.Fatal(err)
	}
	_, err := w.engine.CreateTask(t.Context(), "ann", b.id, get(userPath))
	wantCode(t, err, itms.CodeDeviceState)
	if _, err := w.engine.CancelTask(t.Context(), "bob", task.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Block(t.Context(), "ann", b.id, false); err != nil {
		t.Fatal(err)
	}
	if sent := b.contact("2 PERIODIC"); len(sent) != 0 {
		t.Errorf("a cancelled task sent %q", methodsOf(sent))
	}
	for range 64 {
		b.ask(get(userPath))
	}
	if _, err = w.engine.CreateTask(t.Context(), "ann", b.id, get(userPath)); !itms.IsKind(err, itms.KindLimit) {
		t.Error(err)
	}
}

func TestTaskRequestsAreChecked(t *testing.T) {
	w, b := stranger(t)
	w.knowledge = numbers{}
	w.restart()
	other := newBox(w, 8)
	other.contact(itms.EventBootstrap)
	foreign := other.ask(get(userPath))
	nine, empty := 9, itms.AttributeChange{Name: userPath}
	for name, c := range map[string]struct {
		req  itms.TaskRequest
		want string
	}{
		"kind":       {itms.TaskRequest{Kind: "odd"}, "/kind"},
		"no names":   {get(), "/names"},
		"bad name":   {get("Device..X"), "/names/0"},
		"field":      {itms.TaskRequest{Kind: itms.TaskReboot, Spec: itms.TaskSpec{Path: "Device."}}, "/path"},
		"object":     {set("Device.X.", "1"), "/values/0/name"},
		"twice":      {itms.TaskRequest{Kind: itms.TaskSet, Spec: itms.TaskSpec{Values: []itms.TaskValue{{Name: "Device.X"}, {Name: "Device.X"}}}}, "/values/1/name"},
		"type":       {itms.TaskRequest{Kind: itms.TaskSet, Spec: itms.TaskSpec{Values: []itms.TaskValue{{Name: "Device.X", Type: "int"}}}}, "/values/0/type"},
		"model":      {set(intervalPath, "often"), "/values/0/value"},
		"table":      {itms.TaskRequest{Kind: itms.TaskAddObject, Spec: itms.TaskSpec{Path: "Device.X"}}, "/path"},
		"level":      {itms.TaskRequest{Kind: itms.TaskSetAttributes, Spec: itms.TaskSpec{Attributes: []itms.AttributeChange{{Name: userPath, Notification: &nine}}}}, "/attributes/0/notification"},
		"nothing":    {itms.TaskRequest{Kind: itms.TaskSetAttributes, Spec: itms.TaskSpec{Attributes: []itms.AttributeChange{empty}}}, "/attributes/0"},
		"voucher":    {itms.TaskRequest{Kind: itms.TaskSetVouchers, Spec: itms.TaskSpec{Vouchers: []string{"?"}}}, "/vouchers/0"},
		"delay":      {itms.TaskRequest{Kind: itms.TaskScheduleInform, Spec: itms.TaskSpec{Delay: -1}}, "/delaySeconds"},
		"no file":    {itms.TaskRequest{Kind: itms.TaskDownload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{FileType: "1"}}}, "/fileId"},
		"no type":    {itms.TaskRequest{Kind: itms.TaskDownload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{URL: "http://files.example.com/x"}}}, "/fileType"},
		"address":    {itms.TaskRequest{Kind: itms.TaskUpload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{FileType: "2", URL: "x"}}}, "/url"},
		"in address": {itms.TaskRequest{Kind: itms.TaskUpload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{FileType: "2", URL: "http://a:b@files.example.com/"}}}, "/url"},
		"window":     {itms.TaskRequest{Kind: itms.TaskScheduleDownload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{FileType: "1", URL: "http://files.example.com/"}, Windows: []itms.TransferWindow{{Start: 5, End: 4}}}}, "/windows/0"},
		"mode":       {itms.TaskRequest{Kind: itms.TaskScheduleDownload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{FileType: "1", URL: "http://files.example.com/"}, Windows: []itms.TransferWindow{{End: 4, Mode: "now"}}}}, "/windows/0/mode"},
		"unit":       {itms.TaskRequest{Kind: itms.TaskChangeDUState, Spec: itms.TaskSpec{Units: []itms.UnitChange{{Operation: "burn"}}}}, "/operations/0/operation"},
		"priority":   {itms.TaskRequest{Kind: itms.TaskReboot, TaskTerms: itms.TaskTerms{Priority: 10}}, "/priority"},
		"retries":    {itms.TaskRequest{Kind: itms.TaskReboot, TaskTerms: itms.TaskTerms{Retries: 11}}, "/retries"},
		"expired":    {itms.TaskRequest{Kind: itms.TaskReboot, TaskTerms: itms.TaskTerms{ExpiresAt: w.now()}}, "/expiresAt"},
		"far":        {itms.TaskRequest{Kind: itms.TaskReboot, TaskTerms: itms.TaskTerms{NotBefore: w.now().AddDate(1, 0, 0)}}, "/notBefore"},
		"after":      {itms.TaskRequest{Kind: itms.TaskReboot, TaskTerms: itms.TaskTerms{After: "nothing"}}, "/after"},
		"foreign":    {itms.TaskRequest{Kind: itms.TaskReboot, TaskTerms: itms.TaskTerms{After: foreign.ID}}, "/after"},
	} {
		_, err := w.engine.CreateTask(t.Context(), "ann", b.id, c.req)
		e, ok := err.(*itms.Error)
		if !ok || e.Kind != itms.KindInvalid || len(e.Fields) != 1 || e.Fields[0].Pointer != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if d := w.device(b.id); d.Tasks != 0 {
		t.Errorf("%d tasks of refused requests", d.Tasks)
	}
}

// TestTasksTellWhyTheDeviceDoesNotCome: the result of a connection request is on the
// tasks that it was for.
func TestTasksTellWhyTheDeviceDoesNotCome(t *testing.T) {
	w, b := stranger(t)
	waits := b.ask(get(userPath))
	later := b.ask(itms.TaskRequest{Kind: itms.TaskNames, TaskTerms: itms.TaskTerms{NotBefore: w.now().Add(time.Hour)}})
	for range 2 {
		if err := w.engine.Called(t.Context(), b.id, itms.CallReport{Result: itms.CallSilent, Text: "no answer", At: w.now()}); err != nil {
			t.Fatal(err)
		}
		if task := w.wantTask(waits.ID, itms.TaskQueued, "when it was asked to: no answer"); task.Call.Result != itms.CallSilent {
			t.Errorf("%+v", task.Call)
		}
		waits = b.ask(get(urlPath)) // asked for after the first failure, which was the same
	}
	w.wantTask(later.ID, itms.TaskQueued, "waiting for its time")
}

func TestTaskExpires(t *testing.T) {
	w, b := stranger(t)
	task := b.ask(itms.TaskRequest{Kind: itms.TaskReboot, TaskTerms: itms.TaskTerms{ExpiresAt: w.now().Add(time.Minute)}})
	w.pass(time.Hour)
	w.until(w.engine.RunAgenda, func() bool { return w.task(task.ID).State.Final() })
	w.wantTask(task.ID, itms.TaskExpired, "not ended within 1m0s")
	if sent := b.contact("2 PERIODIC"); len(sent) != 0 || w.device(b.id).Tasks != 0 {
		t.Errorf("sent %q", methodsOf(sent))
	}
}

// param reads what is known of a parameter.
func (w *world) param(id itms.DeviceID, name itms.ParamPath) (p itms.Param, known bool) {
	w.t.Helper()
	w.view(func(tx itms.Tx) error {
		tree, err := tx.Devices().Params(id)
		if err == nil {
			p, known = tree.Get(name)
		}
		return err
	})
	return p, known
}
