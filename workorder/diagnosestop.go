package workorder

import (
	"strings"
	"time"

	"itms"
)

// stopTTL is how long a device is waited for to stop a test that nobody wants any more.
const stopTTL = time.Hour

// stopTest has a device stop a test that nobody wants any more, by a task of its own: a
// write to any argument ends it (TR-181 DiagnosticsState), where there is none the state
// itself says so.
func (w *work) stopTest(d *itms.Device, t *itms.Task) error {
	result := t.Result
	if result == nil || result.Diagnostic == nil || d.Blocked || d.Tasks >= maxTasks {
		return nil
	}
	object, stop := result.Diagnostic.Object, itms.TaskValue{}
	for _, a := range itms.LookupDiagnostic(t.Kind).Args {
		if value, given := t.Spec.Arguments[a.Name]; given {
			stop = itms.TaskValue{Name: object + itms.ParamPath(a.Leaf), Value: value}
			break
		}
	}
	if stop.Name == "" {
		stop = itms.TaskValue{Name: object + itms.LeafDiagnosticsState, Value: "Canceled"}
		if w.knowledge.Check(string(stop.Name), stop.Value, "") != nil {
			stop.Value = "None"
		}
	}
	_, err := w.queueTask(d, &itms.TaskRequest{Kind: itms.TaskSet, Spec: itms.TaskSpec{Values: []itms.TaskValue{stop}, NoVerify: true},
		TaskTerms: itms.TaskTerms{Priority: itms.MaxTaskPriority + 1, ExpiresAt: itms.Timestamp(w.now.Add(stopTTL))}}, System, "")
	return err
}

// pace is how long the test takes at most by its arguments, within bounds: sooner it need
// not be looked at.
func (r *taskRun) pace() time.Duration {
	took := time.Millisecond
	for _, name := range []string{"timeoutMs", "repetitions", "tries"} {
		took *= time.Duration(max(r.argument(name), 1))
	}
	took += time.Duration(r.argument("durationSeconds"))*time.Second + time.Duration(r.argument("intervalMs")*r.argument("repetitions"))*time.Millisecond
	return min(max(took, shortestTest), longestTest)
}

// argument is a number among the arguments, or its default.
func (r *taskRun) argument(name string) int64 {
	a := r.test().Arg(name)
	if a == nil {
		return 0
	}
	text, given := r.task.Spec.Arguments[name]
	if !given {
		text = a.Default
	}
	n, _ := parseWhole(text) // checked when it was given; nothing is 0
	return n
}

// clipReason bounds a sentence that has words of the device in it.
func clipReason(text string) string {
	const most = 500
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}
