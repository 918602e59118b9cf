package workorder_test

import (
	"testing"
	"time"

	"itms"
)

// dies informs, hears the first command and says no more. left is what the door knows of
// the session before.
func (b *box) dies(left string) (heard itms.Command, session string) {
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
				cmd, session := b.dies(left)
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
			if combined != 2 || asked != 6 {
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
	b.dies("")
	b.dies("GetParameterValues")
	w.pass(time.Second)
	b.contact("2 PERIODIC")
	if d := w.device(b.id); !d.Inquired || d.MAC.IsZero() || d.AskDied != 0 {
		t.Errorf("%+v", d)
	}
}
