package workorder

import (
	"fmt"
	"slices"
	"time"

	"itms"
)

const (
	// sideBySide is within how long a device that opens several sessions at a time opens
	// them. After a session that failed it waits longer: 5 s (TR-069 Amd 6 §3.2.1.1), though
	// clients were seen that wait for 3.
	sideBySide = time.Second
	// silencesBelieved is how many sessions in a row must break off at a question before
	// it is not asked again: one may have been the line's fault.
	silencesBelieved = 2
)

// brokeOff reports whether a session ended without an answer to what the device was
// asked last. One that the device itself cut short, by the next, counts unless the two
// began side by side.
func brokeOff(s *itms.SessionSummary) bool {
	if len(s.RPCs) == 0 || s.End == itms.SessionDone || s.End == itms.SessionFenced && s.Duration < sideBySide {
		return false
	}
	last := s.RPCs[len(s.RPCs)-1]
	return last == itms.GetValues{}.Method() || last == itms.GetNames{}.Method()
}

// diedOfInquiry reports whether the device's last session broke off at a question about
// its dialect or identity, which come before everything else, and nobody took note yet.
func diedOfInquiry(d *itms.Device) bool {
	s := &d.LastSession
	return (!d.Inquired || d.Fetch) && d.AskPause != s.ID && !justCounted(d) && brokeOff(s)
}

// justCounted reports whether the silence of the device's last session was counted.
func justCounted(d *itms.Device) bool { return d.Silence.In != "" && d.Silence.In == d.LastSession.ID }

// countSilence draws the conclusion from a session that broke off at a question about
// dialect or identity: what was asked for together is asked for alone, and what the
// device dies of is not asked for any more. It needs device and tree as they were then.
func (w *work) countSilence(d *itms.Device, tree *itms.ParamTree) error {
	if !diedOfInquiry(d) {
		return nil
	}
	d.Silence.In = d.LastSession.ID
	var path itms.ParamPath
	switch cmd := w.inquire(d, tree).(type) {
	case itms.GetNames:
		path = cmd.Path
	case itms.GetValues:
		if len(cmd.Paths) > 1 && cmd.Why == whyIdentify {
			d.AskSingly = true
			return nil
		}
		path = cmd.Paths[len(cmd.Paths)-1]
	default:
		return nil
	}
	if d.Silence.Count++; d.Silence.Count < silencesBelieved {
		return nil
	}
	d.Silence.Count = 0
	d.Shunned = append(d.Shunned, path)
	return w.record("device.silent", itms.Event{Device: d.ID,
		Text: fmt.Sprintf("device %s broke off %d sessions when asked for %s: it is not asked again", d.ID, silencesBelieved, path)})
}

// done reports whether nothing is to be gained by asking for a name: it was asked for, or
// the device dies of it.
func done(d *itms.Device, path itms.ParamPath) bool {
	return slices.Contains(d.Asked, path) || slices.Contains(d.Shunned, path)
}
