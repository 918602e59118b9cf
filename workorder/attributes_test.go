package workorder_test

import (
	"slices"
	"testing"

	"itms"
)

// What is written and read of attributes is remembered with the parameters, and stays
// when their values are read anew.
func TestAttributesAreRemembered(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 9)
	b.contact(itms.EventBootstrap)
	const object = itms.ParamPath("Device.X_TEST.")
	ask := func(kind itms.TaskKind, spec itms.TaskSpec) {
		t.Helper()
		task := b.ask(itms.TaskRequest{Kind: kind, Spec: spec})
		b.contact("6 CONNECTION REQUEST")
		w.wantTask(task.ID, itms.TaskDone, "")
	}
	ask(itms.TaskRefresh, itms.TaskSpec{Path: object})
	level, nobody := 1, []string{}
	ask(itms.TaskSetAttributes, itms.TaskSpec{Attributes: []itms.AttributeChange{{Name: object, Notification: &level, AccessList: &nobody}}})
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if _, ok := cmd.(itms.GetAttributes); ok {
			out.Attributes = []itms.ParamAttribute{{Name: userPath, Notification: 2, AccessList: []string{"Subscriber"}}, {Name: "Device.X_TEST.None", Notification: 2}}
		}
	}
	ask(itms.TaskGetAttributes, itms.TaskSpec{Names: []itms.ParamPath{userPath}})
	b.params[userPath] = "other"
	ask(itms.TaskRefresh, itms.TaskSpec{Path: object})
	for name, want := range map[itms.ParamPath]itms.Param{
		userPath: {Value: "other", Notify: itms.NotificationLevel(2), Access: itms.AccessSubscriber},
		urlPath:  {Notify: itms.NotificationLevel(1), Access: itms.AccessACS},
	} {
		if p, _ := w.param(b.id, name); p.Value != want.Value || p.Notify != want.Notify || p.Access != want.Access {
			t.Errorf("%s: %+v, want %+v", name, p, want)
		}
	}
	b.params[userPath] = "another"
	w.post(install("WO-1", "S1", b.params[macPath])) // which begins with reading what is there
	b.contact("6 CONNECTION REQUEST")
	w.wantOrder("WO-1", itms.OrderDone)
	if p, _ := w.param(b.id, userPath); p.Value != "iptv-S1" || p.Notify != itms.NotificationLevel(2) || p.Access != itms.AccessSubscriber {
		t.Errorf("after an install: %+v", p)
	}
	if got := b.history(); !slices.Contains(got, "read UserID: other > another") || !slices.Contains(got, "set UserID: another > iptv-S1") {
		t.Errorf("history %q", got)
	}
	if _, known := w.param(b.id, "Device.X_TEST.None"); known {
		t.Error("a parameter of which only attributes are known was added")
	}
}
