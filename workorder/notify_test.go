package workorder_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"itms"
	"itms/workorder"
)

// reporter is a box that keeps attributes, or refuses them.
type reporter struct {
	*box
	levels map[itms.ParamPath]int
	access map[itms.ParamPath][]string
	faults map[itms.ParamPath]int // by name
	method string                 // the only one that faults are for; "" = both
	asked  []string               // what was asked and written, a line each
}

// newReporter makes a box of a profile that wants attributes, its order posted.
func newReporter(t *testing.T, wanted ...itms.WantedAttribute) (*world, *reporter) {
	w := newWorld(t)
	w.models.notify = wanted
	r := &reporter{box: newBox(w, 1), levels: map[itms.ParamPath]int{}, access: map[itms.ParamPath][]string{}, faults: map[itms.ParamPath]int{}}
	r.answer = r.attributes
	w.post(install("WO-1", "S1", mac1))
	return w, r
}

// attributes answers what a box fixture does not.
func (r *reporter) attributes(cmd itms.Command, out *itms.Outcome) {
	switch c := cmd.(type) {
	case itms.GetAttributes:
		r.asked = append(r.asked, "get "+texts(c.Paths))
		if out.Fault = r.fault(cmd, c.Paths); out.Fault != nil {
			return
		}
		for _, path := range c.Paths {
			for _, p := range r.names(path) {
				out.Attributes = append(out.Attributes, itms.ParamAttribute{Name: p.Name, Notification: r.levels[p.Name], AccessList: r.access[p.Name]})
			}
		}
	case itms.SetAttributes:
		r.set(c, out)
	}
}

// set takes attributes.
func (r *reporter) set(c itms.SetAttributes, out *itms.Outcome) {
	var names []itms.ParamPath
	line := "set"
	for _, change := range c.Changes {
		names = append(names, change.Name)
		line += " " + string(change.Name)
		if change.Notification != nil {
			line += fmt.Sprintf("=%d", *change.Notification)
		}
		if change.AccessList != nil {
			line += fmt.Sprint(*change.AccessList)
		}
	}
	r.asked = append(r.asked, line)
	if out.Fault = r.fault(c, names); out.Fault != nil {
		return
	}
	for _, change := range c.Changes {
		for _, p := range r.names(change.Name) {
			if change.Notification != nil {
				r.levels[p.Name] = *change.Notification
			}
			if change.AccessList != nil {
				r.access[p.Name] = *change.AccessList
			}
		}
	}
}

// fault is the refusal of a request for names.
func (r *reporter) fault(cmd itms.Command, names []itms.ParamPath) *itms.DeviceFault {
	for _, name := range names {
		code := r.faults[name]
		if r.method != "" && r.method != cmd.Method() {
			code = 0
		}
		if len(r.names(name)) == 0 {
			code = itms.FaultName
		}
		if code != 0 {
			return &itms.DeviceFault{Code: code, Text: "no " + string(name)}
		}
	}
	return nil
}

// texts joins names.
func texts(names []itms.ParamPath) string {
	var out []string
	for _, name := range names {
		out = append(out, string(name))
	}
	return strings.Join(out, " ")
}

// session is a contact; it returns what was done about attributes.
func (r *reporter) session(events ...string) []string {
	r.w.t.Helper()
	r.asked = nil
	r.contact(events...)
	return r.asked
}

// wants fails unless that was done about attributes in a session.
func (r *reporter) wants(what string, got []string, want ...string) {
	r.w.t.Helper()
	if !slices.Equal(got, want) {
		r.w.t.Fatalf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// active wants a parameter to be told at once.
func active(names ...itms.ParamPath) itms.WantedAttribute {
	return itms.WantedAttribute{Names: names, Notify: itms.NotificationLevel(2)}
}

// TestAttributesFollowTheOrder: attributes come once the order is done, in the same
// session; then nothing more is asked, sent or stored until something makes them differ.
func TestAttributesFollowTheOrder(t *testing.T) {
	w, r := newReporter(t, active(userPath), itms.WantedAttribute{Names: []itms.ParamPath{urlPath}, Access: itms.AccessSubscriber}, active(loginsPath))
	r.levels[loginsPath] = 2
	r.hear = func(cmd itms.Command) {
		if _, ok := cmd.(itms.GetAttributes); ok {
			w.wantOrder("WO-1", itms.OrderDone)
		}
	}
	r.wants("install", r.session(itms.EventBootstrap),
		"get Device.X_TEST.UserID Device.X_TEST.Logins Device.X_TEST.AuthURL",
		"set Device.X_TEST.UserID=2 Device.X_TEST.AuthURL[Subscriber]")
	if d := w.device(r.id); !d.Attributes.Done {
		t.Errorf("%+v", d.Attributes)
	}
	store := &updates{Store: w.store}
	w.engineOn(store)
	for range 3 {
		if got := r.session("2 PERIODIC"); len(got) > 0 || len(r.sent) > 0 || store.n.Load() > 0 {
			t.Fatalf("a steady Inform: %q, %v, %d writes", got, r.sent, store.n.Load())
		}
	}
	// Another profile: the difference only. What is taken out of it stays.
	w.models.digest, w.models.notify = "d2", []itms.WantedAttribute{active(userPath), {Names: []itms.ParamPath{urlPath}, Notify: itms.NotificationLevel(1)}}
	r.wants("another profile", r.session("2 PERIODIC"), "set Device.X_TEST.AuthURL=1")
	before := store.n.Load()
	r.wants("after that", r.session("2 PERIODIC"))
	if n := store.n.Load() - before; n > 0 {
		t.Errorf("%d writes after all was right", n)
	}
	// A factory reset forgets them.
	clear(r.levels)
	clear(r.access)
	r.wants("reset", r.session(itms.EventBootstrap), "get Device.X_TEST.UserID Device.X_TEST.AuthURL",
		"set Device.X_TEST.UserID=2 Device.X_TEST.AuthURL=1")
	// Other software may have lost them: it is asked.
	delete(r.levels, urlPath)
	r.params["Device.DeviceInfo.SoftwareVersion"] = "1.1"
	r.wants("upgrade", r.session(itms.EventBoot), "get Device.X_TEST.UserID Device.X_TEST.AuthURL", "set Device.X_TEST.AuthURL=1")
	// What a task finds to differ is put right; what a task writes stays until then.
	r.levels[userPath] = 0
	task := r.ask(itms.TaskRequest{Kind: itms.TaskGetAttributes, Spec: itms.TaskSpec{Names: []itms.ParamPath{userPath}}})
	r.wants("a task that reads", r.session("6 CONNECTION REQUEST"), "get Device.X_TEST.UserID", "set Device.X_TEST.UserID=2")
	w.wantTask(task.ID, itms.TaskDone, "")
	level := 4
	r.ask(itms.TaskRequest{Kind: itms.TaskSetAttributes, Spec: itms.TaskSpec{Attributes: []itms.AttributeChange{{Name: userPath, Notification: &level}}}})
	r.wants("a task that writes", r.session("6 CONNECTION REQUEST"), "set Device.X_TEST.UserID=4")
	r.wants("after it", r.session("2 PERIODIC"))
	// A recovery believes nothing that is known.
	r.ask(itms.TaskRequest{Kind: itms.TaskRecover})
	r.session("6 CONNECTION REQUEST")
	r.wants("a recovery", r.session(itms.EventBoot), "get Device.X_TEST.UserID Device.X_TEST.AuthURL", "set Device.X_TEST.UserID=2")
}

// TestAttributesOfUnbound: a device that serves nobody gets none.
func TestAttributesOfUnbound(t *testing.T) {
	w := newWorld(t)
	w.models.notify = []itms.WantedAttribute{active(userPath)}
	b := newBox(w, 1)
	for _, cmd := range b.contact(itms.EventBootstrap) {
		if cmd.Method() != "GetParameterValues" && cmd.Method() != "SetParameterValues" {
			t.Errorf("it was sent %s", cmd.Method())
		}
	}
}

// TestAttributesRefused: what a device refuses is found out name by name, remembered, and
// not sent again, not even after a factory reset, until the profile is another.
func TestAttributesRefused(t *testing.T) {
	const none = itms.ParamPath("Device.X_TEST.None")
	w, r := newReporter(t, active(userPath), active(urlPath, "Device.X_TEST.Elsewhere"), active(none, loginsPath), active(none))
	r.faults[urlPath], r.method = itms.FaultNotification, "SetParameterAttributes"
	r.wants("install", r.session(itms.EventBootstrap),
		"get Device.X_TEST.None Device.X_TEST.UserID Device.X_TEST.Logins Device.X_TEST.AuthURL",
		"get Device.X_TEST.UserID Device.X_TEST.Logins Device.X_TEST.AuthURL", "get Device.X_TEST.None",
		"set Device.X_TEST.UserID=2 Device.X_TEST.Logins=2 Device.X_TEST.AuthURL=2",
		"set Device.X_TEST.UserID=2", "set Device.X_TEST.Logins=2", "set Device.X_TEST.AuthURL=2")
	w.wantOrder("WO-1", itms.OrderDone)
	d := w.device(r.id)
	if s := d.Attributes; !s.Done || s.Refuses(none) != itms.FaultName || s.Refuses(urlPath) != itms.FaultNotification || s.Refuses(userPath) != 0 ||
		len(s.Refused) != 2 || s.Refused[1].Text != "no Device.X_TEST.AuthURL" {
		t.Errorf("%+v", s)
	}
	if d.Sync.Tries != 0 || d.Problem != "" {
		t.Errorf("the device suffers for it: %+v, %q", d.Sync, d.Problem)
	}
	r.wants("after it", r.session("2 PERIODIC"))
	clear(r.levels)
	r.wants("reset", r.session(itms.EventBootstrap), "get Device.X_TEST.UserID Device.X_TEST.Logins", "set Device.X_TEST.UserID=2 Device.X_TEST.Logins=2")
	w.models.digest = "d2"
	r.params[none], r.faults = "x", map[itms.ParamPath]int{}
	r.wants("another profile", r.session("2 PERIODIC"), "get Device.X_TEST.None Device.X_TEST.AuthURL", "set Device.X_TEST.None=2 Device.X_TEST.AuthURL=2")
	if s := w.device(r.id).Attributes; len(s.Refused) > 0 {
		t.Errorf("%+v", s)
	}
}

// TestAttributesNotOffered: a device without the method is left alone.
func TestAttributesNotOffered(t *testing.T) {
	w, r := newReporter(t, active(userPath), active(urlPath))
	r.faults[userPath], r.faults[urlPath] = itms.FaultMethod, itms.FaultMethod
	r.wants("install", r.session(itms.EventBootstrap), "get Device.X_TEST.UserID Device.X_TEST.AuthURL")
	if s := w.device(r.id).Attributes; s.Failed != "device refused GetParameterAttributes: 9000 no Device.X_TEST.UserID" {
		t.Errorf("%+v", s)
	}
	store := &updates{Store: w.store}
	w.engineOn(store)
	r.wants("after it", r.session("2 PERIODIC"))
	if store.n.Load() > 0 {
		t.Errorf("%d writes", store.n.Load())
	}
	w.wantOrder("WO-1", itms.OrderDone)

	w, r = newReporter(t)
	r.session(itms.EventBootstrap)
	r.methods = []string{"GetParameterValues", "SetParameterValues"}
	r.ask(itms.TaskRequest{Kind: itms.TaskRPCMethods})
	r.session("6 CONNECTION REQUEST")
	w.models.digest, w.models.notify = "d2", []itms.WantedAttribute{active(userPath)}
	r.wants("one that lists its methods without it", r.session("2 PERIODIC"))
}

// TestAttributesThatMayPass: a fault that may pass is tried in later sessions, a few
// times; so is a session that breaks off.
func TestAttributesThatMayPass(t *testing.T) {
	w, r := newReporter(t, active(userPath))
	r.faults[userPath] = itms.FaultResources
	for range workorder.DefaultPolicy().PushTries {
		r.wants("busy", r.session("2 PERIODIC"), "get Device.X_TEST.UserID")
	}
	r.wants("given up", r.session("2 PERIODIC"))
	w.wantOrder("WO-1", itms.OrderDone)
	if s := w.device(r.id).Attributes; !strings.Contains(s.Failed, "gave up after 3 tries") {
		t.Errorf("%+v", s)
	}
	r.faults = nil
	r.wants("reset", r.session(itms.EventBootstrap), "get Device.X_TEST.UserID", "set Device.X_TEST.UserID=2")
}

// TestAttributesThatKill: a device that dies of a command about attributes is not sent it
// for ever, and its order does not hear of it.
func TestAttributesThatKill(t *testing.T) {
	w, r := newReporter(t, active(userPath))
	tries := workorder.DefaultPolicy().PushTries
	for try := range tries + 1 {
		session, err := r.begin("2 PERIODIC")
		if err != nil {
			t.Fatal(err)
		}
		r.asked = nil
		if killed := r.dies(session); killed != (try < tries) {
			t.Fatalf("session %d died of attributes: %v", try, killed)
		}
	}
	w.wantOrder("WO-1", itms.OrderDone)
	if s := w.device(r.id).Attributes; s.Failed != "gave up after 3 tries: the device gave no answer to SetParameterAttributes" {
		t.Errorf("%+v", s)
	}
}

// dies obeys until the box is to write attributes, and breaks off.
func (r *reporter) dies(session string) bool {
	summary := itms.SessionSummary{ID: session, Device: r.id, Started: r.w.now(), End: itms.SessionDone}
	for {
		cmd, err := r.w.engine.Next(r.w.t.Context(), r.id, session)
		if err != nil {
			r.w.t.Fatal(err)
		}
		if cmd != nil {
			summary.RPCs = append(summary.RPCs, cmd.Method())
		}
		if _, dies := cmd.(itms.SetAttributes); dies {
			summary.End = itms.SessionTimeout
		}
		if cmd == nil || summary.End != itms.SessionDone {
			r.w.engine.Ended(summary)
			return cmd != nil
		}
		if err := r.w.engine.Settle(r.w.t.Context(), r.id, session, r.obey(cmd)); err != nil {
			r.w.t.Fatal(err)
		}
	}
}

// TestAttributesOfObjects: an object stands for all below it but what a longer name is
// about, and is written as one.
func TestAttributesOfObjects(t *testing.T) {
	passive := itms.WantedAttribute{Names: []itms.ParamPath{"Device.X_TEST."}, Notify: itms.NotificationLevel(1)}
	w, r := newReporter(t, active(userPath), passive, active("Device.X_TEST.Row."))
	r.params[rowTable+"1.Name"] = "x"
	r.wants("install", r.session(itms.EventBootstrap), "get Device.X_TEST.UserID", "get Device.X_TEST.", "set Device.X_TEST.=1 Device.X_TEST.Row.=2 Device.X_TEST.UserID=2")
	if want := map[itms.ParamPath]int{userPath: 2, urlPath: 1, rowTable + "1.Name": 2}; !maps.Equal(want, map[itms.ParamPath]int{userPath: r.levels[userPath], urlPath: r.levels[urlPath], rowTable + "1.Name": r.levels[rowTable+"1.Name"]}) {
		t.Errorf("%v", r.levels)
	}
	r.wants("after it", r.session("2 PERIODIC"))
	if p, _ := w.param(r.id, urlPath); p.Notify != itms.NotificationLevel(1) {
		t.Errorf("%+v", p)
	}
}

// TestOwnWriteComesBack: some devices report what was written to them as a change of their
// own (4 VALUE CHANGE). It is no news, and makes nothing happen.
func TestOwnWriteComesBack(t *testing.T) {
	w, r := newReporter(t, active(userPath), active(pwPath))
	r.session(itms.EventBootstrap)
	r.inform = append(r.inform, userPath, urlPath, pwPath)
	if got := r.session("4 VALUE CHANGE"); len(got) > 0 || len(r.sent) > 0 {
		t.Fatalf("%q, %v", got, r.sent)
	}
	store := &updates{Store: w.store}
	w.engineOn(store)
	r.session("4 VALUE CHANGE")
	if len(r.sent) > 0 || store.n.Load() > 0 {
		t.Errorf("%v, %d writes", r.sent, store.n.Load())
	}
	if history := r.history(); slices.ContainsFunc(history, func(line string) bool { return strings.HasPrefix(line, "inform") }) {
		t.Errorf("history %q", history)
	}
}
