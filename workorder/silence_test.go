package workorder_test

import (
	"strings"
	"testing"
	"time"

	"itms"
)

// dies is a session of a box that dies of a question whose names include path, and comes
// back after a while: most before the server has given the session up.
func (b *box) dies(path itms.ParamPath, events ...string) (asked bool) {
	b.w.t.Helper()
	session, err := b.begin(events...)
	if err != nil {
		b.w.t.Fatal(err)
	}
	sum := itms.SessionSummary{ID: session, Device: b.id, Started: b.w.now(), End: itms.SessionDone}
	for {
		cmd, err := b.w.engine.Next(b.w.t.Context(), b.id, session)
		if err != nil {
			b.w.t.Fatal(err)
		}
		if cmd == nil {
			break
		}
		sum.RPCs = append(sum.RPCs, cmd.Method())
		if fatal(cmd, path) {
			sum.End, asked = itms.SessionFenced, true
			b.w.pass(restartTime)
			break
		}
		if err := b.w.engine.Settle(b.w.t.Context(), b.id, session, b.obey(cmd)); err != nil {
			b.w.t.Fatal(err)
		}
	}
	sum.Duration = b.w.now().Sub(sum.Started)
	b.w.engine.Ended(sum)
	return asked
}

// restartTime is how long a box is away that died.
const restartTime = 11 * time.Second

// fatal reports whether a command is the question that the box dies of.
func fatal(cmd itms.Command, path itms.ParamPath) bool {
	switch cmd := cmd.(type) {
	case itms.GetValues:
		for _, p := range cmd.Paths {
			if p == path {
				return true
			}
		}
	case itms.GetNames:
		return cmd.Path == path
	}
	return false
}

// A box that dies of a name which it is asked for at first contact is asked for the
// others alone, and in the end no more for that one: people's tasks are carried out.
func TestDeviceThatDiesOfBeingIdentified(t *testing.T) {
	for name, event := range map[string]string{"keeping what it has": itms.EventBoot, "reset each time": itms.EventBootstrap} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.models.model = true
			b := newBox(w, 1)
			deaths := 0
			if b.dies(modelPath, event) {
				deaths++
			}
			task := b.ask(itms.TaskRequest{Kind: itms.TaskGet, Spec: itms.TaskSpec{Names: []itms.ParamPath{macPath}}})
			for range 11 {
				if b.dies(modelPath, event) {
					deaths++
				}
			}
			if deaths == 0 || deaths > 4 {
				t.Errorf("died %d times", deaths)
			}
			w.wantTask(task.ID, itms.TaskDone, "1 values read")
			if d := w.device(b.id); !d.Inquired || d.MAC.IsZero() {
				t.Errorf("inquired %t, MAC %s", d.Inquired, d.MAC)
			}
		})
	}
}

// TestDeviceThatDiesOfAQuestion breaks sessions of a pass off. One that is cut short by
// the next at once is another matter: some boxes open several at a time.
func TestDeviceThatDiesOfAQuestion(t *testing.T) {
	for name, tc := range map[string]struct {
		end     string
		after   time.Duration
		forever bool
	}{
		"given up":               {end: itms.SessionTimeout, after: time.Minute},
		"back before the server": {end: itms.SessionFenced, after: restartTime},
		"back after 3 s":         {end: itms.SessionFenced, after: 3 * time.Second},
		"two sessions at a time": {end: itms.SessionFenced, after: 100 * time.Millisecond, forever: true},
	} {
		t.Run(name, func(t *testing.T) {
			w, b := installed(t)
			b.inform = append(b.inform, userPath)
			b.contact("2 PERIODIC")
			b.params[userPath] = "somebody"
			const often = 12
			asked := 0
			for range often {
				b.breakOff(whenSent[itms.GetValues])
				if len(b.sent) > 0 {
					asked++
					w.engine.Ended(itms.SessionSummary{ID: itms.NewID(w.now()), Device: b.id, Started: w.now(), Duration: tc.after, RPCs: []string{"GetParameterValues"}, End: tc.end})
				}
			}
			if (asked == often) != tc.forever {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

// Other software may know the name that the old one died of.
func TestShunnedNameIsTriedWithOtherSoftware(t *testing.T) {
	w := newWorld(t)
	w.models.model = true
	b := newBox(w, 1)
	for range 5 {
		b.dies(modelPath, itms.EventBoot)
	}
	if d := w.device(b.id); len(d.Shunned) != 1 || d.Shunned[0] != modelPath {
		t.Fatalf("shunned: %v", d.Shunned)
	}
	found := false
	w.view(func(tx itms.Tx) error {
		list, err := tx.Journal().OfDevice(b.id, 0, 50)
		for _, ev := range list {
			found = found || ev.Type == "device.silent" && strings.Contains(ev.Text, string(modelPath))
		}
		return err
	})
	if !found {
		t.Error("no event tells of it")
	}
	b.params["Device.DeviceInfo.SoftwareVersion"], b.params[modelPath] = "2.0", "STB-2"
	b.inform = append(b.inform, "Device.DeviceInfo.SoftwareVersion")
	b.contact(itms.EventBoot)
	if d := w.device(b.id); len(d.Shunned) != 0 || d.Model == "" {
		t.Errorf("shunned %v, model %q", d.Shunned, d.Model)
	}
}

// diesAtOnce informs, hears the first command and says no more. left is what the door knows of
// the session before.
func (b *box) diesAtOnce(left string) (heard itms.Command, session string) {
	b.w.t.Helper()
	b.w.pass(time.Second)
	at := b.w.now()
	c := &itms.Contact{Device: b.id, Events: []string{"2 PERIODIC"}, Remote: b.remote, Session: itms.NewID(at), At: at, Left: left}
	for _, name := range b.inform {
		c.Params = append(c.Params, itms.Param{Name: name, Value: b.params[name], Type: itms.TypeString})
	}
	if err := b.w.engine.Contact(b.w.t.Context(), c); err != nil {
		b.w.t.Fatal(err)
	}
	heard, err := b.w.engine.Next(b.w.t.Context(), b.id, c.Session)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return heard, c.Session
}

// TestDeviceThatDiesOfItsIdentity: whether it comes back at once or after its session has
// timed out, it is asked for less, then no more, and its order is told what happens.
func TestDeviceThatDiesOfItsIdentity(t *testing.T) {
	for name, atOnce := range map[string]bool{"at once": true, "later": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.models.model = true
			req := install("WO-1", "S1", "")
			b := newBox(w, 1)
			req.Device = itms.ClaimText{Serial: b.id.Serial}
			w.post(req)
			b.inform = []itms.ParamPath{"Device.DeviceInfo.SoftwareVersion", stbPath}
			left, asked, combined := "", 0, 0
			for range 20 {
				cmd, session := b.diesAtOnce(left)
				if cmd == nil {
					break
				}
				if get, ok := cmd.(itms.GetValues); ok && get.Why == "identify" {
					asked++
					combined = max(combined, len(get.Paths))
				}
				if left = cmd.Method(); !atOnce {
					left = ""
					w.engine.Ended(itms.SessionSummary{ID: session, Device: b.id, Started: w.now(), RPCs: []string{cmd.Method()}, End: itms.SessionTimeout})
				}
			}
			if combined != 2 || asked != 5 {
				t.Errorf("asked %d times, %d names at most", asked, combined)
			}

			w.explained("WO-1", itms.TroubleSilent)
		})
	}
}

// TestOneSessionThatBrokeOff costs the identity nothing.
func TestOneSessionThatBrokeOff(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.inform = []itms.ParamPath{"Device.DeviceInfo.SoftwareVersion", stbPath}
	b.diesAtOnce("")
	b.diesAtOnce("GetParameterValues")
	w.pass(time.Second)
	b.contact("2 PERIODIC")
	if d := w.device(b.id); !d.Inquired || d.MAC.IsZero() || d.Silence.Count != 0 {
		t.Errorf("%+v", d)
	}
}
