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
)

// pingObject is where the boxes of these tests have their ping.
const pingObject itms.ParamPath = "Device.LAN.IPPingDiagnostics."

// diagnosing is a stranger that can ping, and whose state of it starts as given.
func diagnosing(t *testing.T, state string) (*world, *box) {
	w, b := stranger(t)
	for leaf, value := range map[itms.ParamPath]string{"DiagnosticsState": state, "Host": "", "NumberOfRepetitions": "1", "Timeout": "1",
		"SuccessCount": "0", "FailureCount": "0", "AverageResponseTime": "0"} {
		b.params[pingObject+leaf] = value
	}
	return w, b
}

// diagnose is a request for a test.
func diagnose(kind itms.TaskKind, arguments ...string) itms.TaskRequest {
	spec := itms.TaskSpec{}
	for _, a := range arguments {
		name, value, _ := strings.Cut(a, "=")
		if spec.Arguments == nil {
			spec.Arguments = map[string]string{}
		}
		spec.Arguments[name] = value
	}
	return itms.TaskRequest{Kind: kind, Spec: spec}
}

// ping is a request for a ping.
func ping() itms.TaskRequest { return diagnose(itms.TaskDiagnosePing, "host=192.0.2.9") }

// pinged makes the box end its ping.
func (b *box) pinged(state string) {
	b.params[pingObject+"DiagnosticsState"] = state
	b.params[pingObject+"SuccessCount"], b.params[pingObject+"FailureCount"], b.params[pingObject+"AverageResponseTime"] = "3", "1", "7"
}

// wantSent compares the methods of a session.
func (b *box) wantSent(want ...string) {
	b.w.t.Helper()
	if got := methodsOf(b.sent); !slices.Equal(got, want) {
		b.w.t.Fatalf("sent %q, want %q", got, want)
	}
}

func TestDiagnosePing(t *testing.T) {
	w, b := diagnosing(t, "Complete")
	task := b.ask(ping())
	sent := b.contact("6 CONNECTION REQUEST")
	b.wantSent("GetParameterNames", "GetParameterNames", "SetParameterValues", "GetParameterValues")
	var names []string
	for _, v := range sent[2].(itms.SetValues).Values {
		names = append(names, v.Name.Leaf()+"="+v.Value+" "+v.Type)
	}
	want := []string{"Host=192.0.2.9 xsd:string", "NumberOfRepetitions=4 xsd:unsignedInt", "Timeout=5000 xsd:unsignedInt", "DiagnosticsState=Requested xsd:string"}
	if !slices.Equal(names, want) {
		t.Fatalf("wrote %q", names)
	}
	w.wantTask(task.ID, itms.TaskWaiting, "the device is testing: its DiagnosticsState is Requested")
	b.pinged("Complete")
	b.contact(itms.EventDiagnostics)
	b.wantSent("GetParameterValues")
	done := w.wantTask(task.ID, itms.TaskDone, "25 % lost")
	wantResult := &itms.DiagnosticResult{Object: pingObject, State: "Complete", Values: map[string]any{
		"successCount": 3.0, "failureCount": 1.0, "averageResponseTimeMs": 7.0, "lossPercent": 25.0}}
	if !reflect.DeepEqual(done.Result.Diagnostic, wantResult) || done.Result.Values != nil {
		t.Errorf("%+v", done.Result)
	}
	b.wantHistory() // arguments and results of tests are no configuration
	if again := b.contact(itms.EventDiagnostics); len(again) != 0 {
		t.Errorf("sent once more: %q", methodsOf(again))
	}
	b.ask(ping()) // the object is known now
	b.contact("6 CONNECTION REQUEST")
	b.wantSent("SetParameterValues", "GetParameterValues")
}

// A device that ends its tests within the session needs no second one.
func TestDiagnosticEndsWithinTheSession(t *testing.T) {
	w, b := diagnosing(t, "None")
	b.hear = func(cmd itms.Command) {
		if read, ok := cmd.(itms.GetValues); ok && len(read.Paths) == 1 && read.Paths[0].Leaf() == itms.LeafDiagnosticsState {
			b.pinged("Completed")
		}
	}
	task := b.ask(ping())
	b.contact("6 CONNECTION REQUEST")
	if d := w.wantTask(task.ID, itms.TaskDone, "lost").Result.Diagnostic; d.State != "Completed" || d.Values["successCount"] != 3.0 {
		t.Errorf("%+v", d)
	}
}

// A device that applies values later is not looked at in the same session.
func TestDiagnosticAppliedLater(t *testing.T) {
	w, b := diagnosing(t, "None")
	b.status = 1
	task := b.ask(ping())
	b.contact("6 CONNECTION REQUEST")
	b.wantSent("GetParameterNames", "GetParameterNames", "SetParameterValues")
	w.wantTask(task.ID, itms.TaskWaiting, "testing")
}

// A device that never says that it is through is asked for contact, and looked at.
func TestDiagnosticNeverTold(t *testing.T) {
	w, b := diagnosing(t, "None")
	task := b.ask(ping())
	b.contact("6 CONNECTION REQUEST")
	b.contact("2 PERIODIC")
	b.wantSent() // not before its time
	w.pass(time.Minute)
	b.contact("2 PERIODIC")
	b.wantSent("GetParameterValues")
	w.wantTask(task.ID, itms.TaskWaiting, "Requested")
	w.woken = nil
	w.pass(time.Minute)
	if err := w.engine.RingDue(context.Background()); err != nil || !slices.Contains(w.woken, b.id) {
		t.Errorf("it is not asked for contact: %v", err)
	}
	b.pinged("Complete")
	b.contact("6 CONNECTION REQUEST")
	b.wantSent("GetParameterValues", "GetParameterValues")
	w.wantTask(task.ID, itms.TaskDone, "25 % lost")
}

func TestDiagnosticError(t *testing.T) {
	for _, state := range []string{"Error_CannotResolveHostName", "Error", "error_Internal"} {
		w, b := diagnosing(t, "None")
		task := b.ask(ping())
		b.contact("6 CONNECTION REQUEST")
		b.pinged(state)
		b.contact(itms.EventDiagnostics)
		failed := w.wantTask(task.ID, itms.TaskFailed, "the device could not carry out the test: "+state)
		if d := failed.Result.Diagnostic; d.State != state || d.Values["successCount"] != 3.0 {
			t.Errorf("%s: %+v", state, d)
		}
	}
}

// A device that tests for ever is given up, by the number of looks or by the time that
// the task has, and told to stop.
func TestDiagnosticThatNeverEnds(t *testing.T) {
	w, b := diagnosing(t, "None")
	task := b.ask(ping())
	for range 20 {
		b.contact("2 PERIODIC")
		w.pass(11 * time.Minute)
	}
	w.wantTask(task.ID, itms.TaskFailed, "the device is still testing after")
	if got := w.device(b.id).Tasks; got != 0 {
		t.Errorf("%d tasks left", got)
	}

	w, b = diagnosing(t, "None")
	req := ping()
	req.ExpiresAt = w.now().Add(time.Hour)
	task = b.ask(req)
	b.contact("2 PERIODIC")
	w.pass(2 * time.Hour)
	w.until(w.engine.RunAgenda, func() bool { return w.task(task.ID).State.Final() })
	w.wantTask(task.ID, itms.TaskFailed, "its DiagnosticsState is Requested")
	if stop := b.contact("2 PERIODIC"); len(stop) != 1 || stop[0].(itms.SetValues).Values[0].Name != pingObject+"Host" {
		t.Errorf("sent %+v", stop)
	}
}

// One that never came into contact has expired.
func TestDiagnosticOfAnAbsentDevice(t *testing.T) {
	w, b := diagnosing(t, "None")
	task := b.ask(ping())
	w.pass(25 * time.Hour)
	w.until(w.engine.RunAgenda, func() bool { return w.task(task.ID).State.Final() })
	w.wantTask(task.ID, itms.TaskExpired, "waiting for the device")
}

// A cancelled test is stopped on the device before the next begins; that waits as long as
// there is one.
func TestDiagnosticCancelled(t *testing.T) {
	w, b := diagnosing(t, "None")
	first := b.ask(ping())
	b.contact("6 CONNECTION REQUEST")
	urgent := diagnose(itms.TaskDiagnosePing, "host=192.0.2.10")
	urgent.Priority = itms.MaxTaskPriority
	second := b.ask(urgent)
	other := b.ask(get(userPath))
	b.contact("2 PERIODIC")
	b.wantSent("GetParameterValues") // of the other
	w.wantTask(other.ID, itms.TaskDone, "")
	w.wantTask(second.ID, itms.TaskQueued, "")
	if _, err := w.engine.CancelTask(context.Background(), "ann", first.ID); err != nil {
		t.Fatal(err)
	}
	sent := b.contact("2 PERIODIC")
	b.wantSent("SetParameterValues", "SetParameterValues", "GetParameterValues")
	stop := sent[0].(itms.SetValues).Values
	if len(stop) != 1 || stop[0].Name != pingObject+"Host" || stop[0].Value != "192.0.2.9" {
		t.Errorf("stopped by %+v", stop)
	}
	b.pinged("Complete")
	b.contact(itms.EventDiagnostics)
	w.wantTask(second.ID, itms.TaskDone, "")
	w.wantTask(first.ID, itms.TaskCancelled, "ann")
}

// A test without arguments is stopped by its state.
func TestDiagnosticWithoutArgumentsCancelled(t *testing.T) {
	w, b := stranger(t)
	state := itms.ParamPath("Device.SelfTestDiagnostics.DiagnosticsState")
	b.params[state], b.params["Device.SelfTestDiagnostics.Results"] = "None", ""
	task := b.ask(diagnose(itms.TaskDiagnoseSelfTest))
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(task.ID, itms.TaskWaiting, "")
	if _, err := w.engine.CancelTask(context.Background(), "ann", task.ID); err != nil {
		t.Fatal(err)
	}
	b.contact("2 PERIODIC")
	if b.params[state] != "Canceled" {
		t.Errorf("the state is %q", b.params[state])
	}
}

// A device that restarts has lost its test: it is begun anew, a bounded number of times.
func TestDiagnosticOverARestart(t *testing.T) {
	w, b := diagnosing(t, "None")
	task := b.ask(ping())
	b.contact("6 CONNECTION REQUEST")
	b.params[pingObject+"DiagnosticsState"] = "None"
	b.contact(itms.EventBoot)
	b.wantSent("SetParameterValues", "GetParameterValues")
	b.contact(itms.EventBootstrap) // everything known is forgotten: it is looked for anew
	if got := methodsOf(b.sent); !slices.Equal(got[len(got)-4:], []string{"GetParameterNames", "GetParameterNames", "SetParameterValues", "GetParameterValues"}) {
		t.Fatalf("sent %q", got)
	}
	w.wantTask(task.ID, itms.TaskWaiting, "testing")
	b.contact(itms.EventBoot)
	w.wantTask(task.ID, itms.TaskFailed, "gave up after 3 tests: the device restarted")
}

// A device that lets its test fall without a restart is treated alike.
func TestDiagnosticDropped(t *testing.T) {
	w, b := diagnosing(t, "None")
	task := b.ask(ping())
	b.contact("6 CONNECTION REQUEST")
	for range 3 {
		w.pass(time.Hour)
		b.params[pingObject+"DiagnosticsState"] = "None"
		b.contact("2 PERIODIC")
	}
	w.wantTask(task.ID, itms.TaskFailed, "the device dropped its test")
}

// Whether a write without answer was carried out is read from the state. What that tells
// of an end may be of an older test.
func TestDiagnosticWithoutAnswer(t *testing.T) {
	for state, want := range map[string][]string{
		"Requested": {"GetParameterValues"},
		"None":      {"GetParameterValues", "SetParameterValues", "GetParameterValues"},
		"Complete":  {"GetParameterValues", "SetParameterValues", "GetParameterValues"},
	} {
		w, b := diagnosing(t, "None")
		task := b.ask(ping())
		b.breakAt("6 CONNECTION REQUEST", "SetParameterValues")
		b.params[pingObject+"DiagnosticsState"] = state
		b.contact("2 PERIODIC")
		b.wantSent(want...)
		w.wantTask(task.ID, itms.TaskWaiting, "testing")
	}
	w, b := diagnosing(t, "None")
	task := b.ask(ping())
	b.breakAt("6 CONNECTION REQUEST", "SetParameterValues")
	b.pinged("Complete")
	b.contact(itms.EventDiagnostics) // the device says which test it was
	b.wantSent("GetParameterValues")
	w.wantTask(task.ID, itms.TaskDone, "25 % lost")
}

// A device that dies of the write is not sent it for ever.
func TestDiagnosticThatKillsTheDevice(t *testing.T) {
	w, b := diagnosing(t, "None")
	task := b.ask(ping())
	writes := 0
	for range 12 {
		w.pass(2 * time.Hour)
		if b.dieAt("2 PERIODIC", whenSent[itms.SetValues]) {
			writes++
		}
	}
	w.wantTask(task.ID, itms.TaskFailed, "gave up after 3 tests")
	if writes != 3 {
		t.Errorf("written %d times", writes)
	}
}

func TestDiagnosticTheDeviceHasNot(t *testing.T) {
	w, b := stranger(t)
	task := b.ask(ping())
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(task.ID, itms.TaskFailed, "the device has no Device.IP.Diagnostics.IPPing., Device.LAN.IPPingDiagnostics.")
	refuses := w.task(b.ask(diagnose(itms.TaskDiagnoseWiFi)).ID)
	b.answer = func(_ itms.Command, out *itms.Outcome) {
		out.Fault = &itms.DeviceFault{Code: itms.FaultName, Text: "Invalid parameter name"}
	}
	b.contact("6 CONNECTION REQUEST")
	if f := w.wantTask(refuses.ID, itms.TaskFailed, "the device has no Device.WiFi.NeighboringWiFiDiagnostic.").Fault; f == nil || f.Code != itms.FaultName {
		t.Errorf("%+v", f)
	}

	w = newWorld(t)
	w.models.off = true
	b = newBox(w, 8)
	b.inform = []itms.ParamPath{"InternetGatewayDevice.DeviceInfo.SoftwareVersion"}
	b.params = map[itms.ParamPath]string{b.inform[0]: "1.0"}
	b.contact(itms.EventBootstrap)
	_, err := w.engine.CreateTask(context.Background(), "ann", b.id, diagnose(itms.TaskDiagnoseUDPEcho, "host=a.example.com"))
	if !itms.IsKind(err, itms.KindConflict) || !strings.Contains(err.Error(), "knows no diagnoseUDPEcho") {
		t.Errorf("%v", err)
	}
}

// What a device does not take of what was written unasked is left out; of what was asked
// for it fails the test.
func TestDiagnosticArgumentRefused(t *testing.T) {
	w, b := diagnosing(t, "None")
	refused := itms.ParamPath("Timeout")
	b.refuse = func(c itms.SetValues) *itms.DeviceFault {
		for _, v := range c.Values {
			if v.Name == pingObject+refused {
				return &itms.DeviceFault{Code: itms.FaultArguments, Params: []itms.ParamFault{{Name: v.Name, Code: itms.FaultName, Text: "no"}}}
			}
		}
		return nil
	}
	task := b.ask(ping())
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(task.ID, itms.TaskWaiting, "testing")
	b.pinged("Complete")
	b.contact(itms.EventDiagnostics)
	asked := b.ask(diagnose(itms.TaskDiagnosePing, "host=192.0.2.9", "timeoutMs=100"))
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(asked.ID, itms.TaskFailed, "the device has no "+string(pingObject)+"Timeout")
}

// A number whose type a device minds is sent as the other one, once.
func TestDiagnosticTypeRefused(t *testing.T) {
	for _, wants := range []string{itms.TypeUnsignedInt, itms.TypeUnsignedLong, itms.TypeString} {
		w, b := stranger(t)
		const object itms.ParamPath = "Device.UploadDiagnostics."
		b.params[object+"DiagnosticsState"], b.params[object+"UploadURL"], b.params[object+"TestFileLength"] = "None", "", ""
		b.refuse = func(c itms.SetValues) *itms.DeviceFault {
			for _, v := range c.Values {
				if v.Name == object+"TestFileLength" && v.Type != wants {
					return &itms.DeviceFault{Code: itms.FaultArguments, Params: []itms.ParamFault{{Name: v.Name, Code: itms.FaultType, Text: "no"}}}
				}
			}
			return nil
		}
		task := b.ask(diagnose(itms.TaskDiagnoseUpload, "url=http://files.example.com/up", "bytes=9"))
		b.contact("6 CONNECTION REQUEST")
		if wants == itms.TypeString {
			w.wantTask(task.ID, itms.TaskFailed, "9006")
			continue
		}
		w.wantTask(task.ID, itms.TaskWaiting, "testing")
	}
}

// A device that cannot tell an object as a whole is asked for its parameters.
func TestDiagnosticReadByNames(t *testing.T) {
	w, b := diagnosing(t, "None")
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if read, ok := cmd.(itms.GetValues); ok && read.Paths[0].IsObject() {
			out.Values, out.Fault = nil, &itms.DeviceFault{Code: itms.FaultArguments, Text: "no partial paths"}
		}
	}
	task := b.ask(ping())
	b.contact("6 CONNECTION REQUEST")
	b.pinged("Complete")
	b.contact(itms.EventDiagnostics)
	b.wantSent("GetParameterValues", "GetParameterNames", "GetParameterValues")
	if d := w.wantTask(task.ID, itms.TaskDone, "25 % lost").Result.Diagnostic; len(d.Values) != 4 {
		t.Errorf("%+v", d)
	}
}

func TestDiagnosticArguments(t *testing.T) {
	w, b := diagnosing(t, "None")
	for _, c := range []struct {
		req  itms.TaskRequest
		want string
	}{
		{diagnose(itms.TaskDiagnosePing), "/arguments/host"},
		{diagnose(itms.TaskDiagnosePing, "host="), "/arguments/host"},
		{diagnose(itms.TaskDiagnosePing, "host="+strings.Repeat("x", 257)), "/arguments/host"},
		{diagnose(itms.TaskDiagnosePing, "host=a", "port=1"), "/arguments/port"},
		{diagnose(itms.TaskDiagnosePing, "host=a", "a/b~=1"), "/arguments/a~1b~0"},
		{diagnose(itms.TaskDiagnosePing, "host=a", "repetitions=0"), "/arguments/repetitions"},
		{diagnose(itms.TaskDiagnosePing, "host=a", "dscp=64"), "/arguments/dscp"},
		{diagnose(itms.TaskDiagnosePing, "host=a", "size=many"), "/arguments/size"},
		{diagnose(itms.TaskDiagnosePing, "host=a", "protocolVersion=IPv5"), "/arguments/protocolVersion"},
		{diagnose(itms.TaskDiagnoseDownload, "url=files.example.com"), "/arguments/url"},
		{diagnose(itms.TaskDiagnoseDownload, "url=file:///etc/passwd"), "/arguments/url"},
		{diagnose(itms.TaskDiagnoseDownload, "url=http://u:p@files.example.com/"), "/arguments/url"},
		{diagnose(itms.TaskDiagnoseDownload, "url=http://files.example.com/", "perConnection=maybe"), "/arguments/perConnection"},
		{diagnose(itms.TaskDiagnoseWiFi, "host=a"), "/arguments"},
	} {
		_, err := w.engine.CreateTask(context.Background(), "ann", b.id, c.req)
		e, ok := err.(*itms.Error)
		if !ok || len(e.Fields) == 0 || e.Fields[0].Pointer != c.want || strings.Contains(fmt.Sprint(e.Fields), "u:p@") {
			t.Errorf("%+v: %v", c.req.Spec.Arguments, err)
		}
	}
}
