package workorder_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

// forest gives a box a tree of tables and rows: count parameters in all.
func (b *box) forest(count int) {
	for i := range count {
		b.params[itms.ParamPath(fmt.Sprintf("Device.Table%d.%d.P%02d", i/100, i/10%10+1, i%10))] = fmt.Sprint(i)
	}
}

func refresh(path itms.ParamPath) itms.TaskRequest {
	return itms.TaskRequest{Kind: itms.TaskRefresh, Spec: itms.TaskSpec{Path: path}}
}

// known counts what is known below a path.
func (w *world) known(id itms.DeviceID, path itms.ParamPath) (values int) {
	w.t.Helper()
	w.view(func(tx itms.Tx) error {
		tree, err := tx.Devices().Params(id)
		if err == nil {
			for p := range tree.Under(path) {
				if !p.Name.IsObject() && p.Value != "" {
					values++
				}
			}
		}
		return err
	})
	return values
}

func TestRefresh(t *testing.T) {
	w, b := stranger(t)
	b.forest(1000)
	task := b.ask(refresh(""))
	sent := b.contact("6 CONNECTION REQUEST")
	if sent[0].(itms.GetNames).Path != "Device." { // some refuse to be asked for everything
		t.Errorf("first: %+v", sent[0])
	}
	if len(sent) != 1+11 { // 1000 and the box's own, a hundred at a time
		t.Errorf("%d requests", len(sent))
	}
	done := w.wantTask(task.ID, itms.TaskDone, "1009 parameters listed, 1009 read")
	if w.known(b.id, "Device.Table") == 0 && w.known(b.id, "Device.Table3.") != 100 {
		t.Errorf("%+v", done)
	}
	if p, _ := w.param(b.id, "Device.Table9.10.P09"); p.Value != "999" || !p.Writable {
		t.Errorf("%+v", p)
	}
	// What is gone is forgotten.
	for name := range b.params {
		if name.Under("Device.Table3.2.") {
			delete(b.params, name)
		}
	}
	again := b.ask(refresh("Device.Table3."))
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(again.ID, itms.TaskDone, "90 parameters listed, 90 read")
	if _, known := w.param(b.id, "Device.Table3.2.P01"); known || w.known(b.id, "Device.Table4.") != 100 {
		t.Error("a row that is gone is still known, or one that is there is not")
	}
}

// TestRefreshLevelByLevel: a device that cannot list everything is asked for each level;
// what is gone is forgotten all the same.
func TestRefreshLevelByLevel(t *testing.T) {
	w, b := stranger(t)
	b.forest(200)
	b.contact("2 PERIODIC")
	first := b.ask(refresh("Device."))
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(first.ID, itms.TaskDone, "")
	for name := range b.params {
		if name.Under("Device.Table1.4.") {
			delete(b.params, name)
		}
	}
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if c, ok := cmd.(itms.GetNames); ok && !c.NextLevel {
			*out = itms.Outcome{Command: cmd, Fault: &itms.DeviceFault{Code: itms.FaultInternal, Text: "Internal error"}}
		}
	}
	task := b.ask(refresh("Device."))
	sessions := 0
	for ; !w.task(task.ID).State.Final() && sessions < 5; sessions++ {
		b.most = 100
		b.contact("6 CONNECTION REQUEST")
	}
	w.wantTask(task.ID, itms.TaskDone, "199 parameters listed, 199 read")
	if _, known := w.param(b.id, "Device.Table1.4.P01"); known {
		t.Error("a row that is gone is still known")
	}
}

// TestRefreshWithoutTheRoot: a device that refuses its root is asked for what is known to
// be below it.
func TestRefreshWithoutTheRoot(t *testing.T) {
	w, b := stranger(t)
	b.params["Device.DeviceInfo.Log.Size"], b.params["Device.Unheard.P"] = "7", "8"
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if c, ok := cmd.(itms.GetNames); ok && c.Path == "Device." {
			*out = itms.Outcome{Command: cmd, Fault: &itms.DeviceFault{Code: itms.FaultName, Text: "Invalid parameter name"}}
		}
	}
	task := b.ask(refresh(""))
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(task.ID, itms.TaskDone, "1 not told by the device: Device.")
	if p, _ := w.param(b.id, "Device.DeviceInfo.Log.Size"); p.Value != "7" {
		t.Errorf("what is below a known object was not read: %+v", p)
	}
	if _, known := w.param(b.id, "Device.Unheard.P"); known {
		t.Error("read without being known")
	}
}

// TestRefreshFindsWhatCannotBeRead: names that are listed and refused are named, the
// others are read.
func TestRefreshFindsWhatCannotBeRead(t *testing.T) {
	w, b := stranger(t)
	b.forest(150)
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if c, ok := cmd.(itms.GetValues); ok && slices.Contains(c.Paths, "Device.Table0.3.P03") {
			*out = itms.Outcome{Command: cmd, Fault: &itms.DeviceFault{Code: itms.FaultName, Text: "Invalid parameter name"}}
		}
	}
	b.most = 100
	task := b.ask(refresh("Device.Table0."))
	b.contact("6 CONNECTION REQUEST")
	done := w.wantTask(task.ID, itms.TaskDone, "100 parameters listed, 99 read, 1 not told by the device: Device.Table0.3.P03")
	if !slices.Equal(done.Result.Unreadable, []itms.ParamPath{"Device.Table0.3.P03"}) {
		t.Errorf("%q", done.Result.Unreadable)
	}
}

// TestRefreshKeepsToTheProfile: requests that grow again after a refusal grow to what the
// profile's devices can take.
func TestRefreshKeepsToTheProfile(t *testing.T) {
	w, b := stranger(t)
	w.models.quirks.Batch = 20
	b.forest(100)
	most := 0
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		c, ok := cmd.(itms.GetValues)
		if most = max(most, len(c.Paths)); ok && slices.Contains(c.Paths, "Device.Table0.1.P03") {
			*out = itms.Outcome{Command: cmd, Fault: &itms.DeviceFault{Code: itms.FaultName, Text: "Invalid parameter name"}}
		}
	}
	b.most = 100
	task := b.ask(refresh("Device.Table0."))
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(task.ID, itms.TaskDone, "99 read")
	if most != 20 {
		t.Errorf("%d names in one request", most)
	}
}

// TestRefreshGoesOnAfterAnInterruption: nothing that was read is read again, and what a
// device dies of is asked for in smaller parts, then left out.
func TestRefreshGoesOnAfterAnInterruption(t *testing.T) {
	w, b := stranger(t)
	b.forest(400)
	task := b.ask(refresh("Device."))
	deadly := itms.ParamPath("Device.Table2.5.P05")
	asked := map[itms.ParamPath]int{}
	for sessions := 0; !w.task(task.ID).State.Final() && sessions < 60; sessions++ {
		w.pass(2 * time.Hour)
		b.dieAt("2 PERIODIC", func(cmd itms.Command) bool {
			c, _ := cmd.(itms.GetValues)
			if slices.Contains(c.Paths, deadly) {
				return true
			}
			for _, p := range c.Paths {
				asked[p]++
			}
			return false
		})
	}
	done := w.task(task.ID)
	if done.State != itms.TaskDone || !slices.Equal(done.Result.Unreadable, []itms.ParamPath{deadly}) {
		t.Fatalf("%s %s %+v", done.State, done.Reason, done.Result)
	}
	for name, n := range asked {
		if n != 1 {
			t.Fatalf("%s was read %d times", name, n)
		}
	}
	if len(asked) != 408 {
		t.Errorf("%d read", len(asked))
	}
}

// TestRefreshWithoutEnd: a device that answers with what lies elsewhere, or with the
// object itself, leads nowhere.
func TestRefreshWithoutEnd(t *testing.T) {
	w, b := stranger(t)
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		c, ok := cmd.(itms.GetNames)
		switch {
		case !ok:
		case !c.NextLevel:
			*out = itms.Outcome{Command: cmd, Fault: &itms.DeviceFault{Code: itms.FaultArguments, Text: "no"}}
		default:
			out.Values = append(out.Values, itms.Param{Name: c.Path}, itms.Param{Name: "Elsewhere."}, itms.Param{Name: "Device."})
		}
	}
	task := b.ask(refresh("Device.DeviceInfo."))
	b.contact("6 CONNECTION REQUEST")
	w.wantTask(task.ID, itms.TaskDone, "1 parameters listed, 1 read")
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		*out = itms.Outcome{Command: cmd, Fault: &itms.DeviceFault{Code: itms.FaultName, Text: "no"}}
	}
	nothing := b.ask(refresh("Device.Nothing."))
	b.contact("6 CONNECTION REQUEST")
	if done := w.wantTask(nothing.ID, itms.TaskDone, "0 parameters listed"); !strings.Contains(done.Reason, "not told by the device: Device.Nothing.") {
		t.Error(done.Reason)
	}
}
