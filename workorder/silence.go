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
	// silencesBelieved is how many sessions in a row must break off at a question about
	// dialect or identity before it is not asked again: one may have been the line's fault.
	silencesBelieved = 2
)

// unanswered names the RPC at which the device's last session broke off: it came back
// instead of answering, or did not in time. "" when it broke off at none, or began another
// session beside that one.
func unanswered(d *itms.Device, c *itms.Contact) string {
	s := &d.LastSession
	if c.Left != "" || s.End == itms.SessionDone || s.End == itms.SessionFenced && s.Duration < sideBySide || len(s.RPCs) == 0 {
		return c.Left
	}
	return s.RPCs[len(s.RPCs)-1]
}

// brokeOff is unanswered when that was a question.
func brokeOff(d *itms.Device, c *itms.Contact) string {
	last := unanswered(d, c)
	if last == (itms.GetValues{}).Method() || last == (itms.GetNames{}).Method() {
		return last
	}
	return ""
}

// inquiring reports whether dialect and identity are still asked about: such questions
// come before everything else.
func inquiring(d *itms.Device) bool { return !d.Inquired || d.Fetch }

// countSilence looks into a question at which the device broke off. Of those about dialect
// and identity, what was asked for together is asked for alone from now on, and what the
// device dies of is not asked for any more; of another the target that it was asked for is
// returned, so that it counts as a try. Device and tree must be as they were then.
func (w *work) countSilence(d *itms.Device, tree *itms.ParamTree, c *itms.Contact) (target string, err error) {
	switch {
	case brokeOff(d, c) == "":
		return "", nil
	case inquiring(d):
		if c.Left == "" && d.Silence.In == d.LastSession.ID || d.AskPause != "" && d.AskPause == d.LastSession.ID {
			return "", nil // counted before, or a task's question
		}
		d.Silence.In = d.LastSession.ID
		return "", w.passOver(d, tree)
	}
	course, err := w.course(d)
	if err != nil || course == nil {
		return "", err
	}
	return course.target, nil
}

// passOver asks for less, or no more at all, when the device dies of what it is asked
// about dialect and identity.
func (w *work) passOver(d *itms.Device, tree *itms.ParamTree) error {
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

// settledOn reports whether nothing is to be gained by asking for a name: it was asked
// for, or the device dies of it.
func settledOn(d *itms.Device, path itms.ParamPath) bool {
	return slices.Contains(d.Asked, path) || slices.Contains(d.Shunned, path)
}
