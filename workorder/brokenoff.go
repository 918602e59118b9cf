package workorder

import "itms"

// unanswered names the RPC at which the device's last session broke off: it came back
// instead of answering, or did not in time. "" when it broke off at none.
func unanswered(d *itms.Device, c *itms.Contact) string {
	s := &d.LastSession
	if c.Left != "" || s.End == itms.SessionDone || s.End == itms.SessionFenced || len(s.RPCs) == 0 {
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

// maxAskDied is how many sessions in a row may break off at a question about dialect and
// identity: one may have been a power cut.
const maxAskDied = 2

// unansweredQuestion looks into a question at which the device broke off. It returns the
// target that the question was asked for: one that dies of it must not be asked for ever.
func (w *work) unansweredQuestion(d *itms.Device, tree *itms.ParamTree, c *itms.Contact) (target string, err error) {
	switch broke := brokeOff(d, c) != ""; {
	case !broke:
		d.AskDied = 0
		return "", nil
	case !d.Inquired:
		w.passOver(d, tree)
		return "", nil
	}
	course, err := w.course(d)
	if err != nil || course == nil {
		return "", err
	}
	return course.target, nil
}

// passOver asks for less, or no more at all, when the device dies of what it is asked
// about dialect and identity. These questions go before everything else.
func (w *work) passOver(d *itms.Device, tree *itms.ParamTree) {
	if d.AskDied++; d.AskDied < maxAskDied {
		return
	}
	d.AskDied = 0
	switch q := w.inquire(d, tree).(type) {
	case itms.GetNames:
		d.Asked = append(d.Asked, q.Path)
	case itms.GetValues:
		if q.Why == whyIdentify && len(q.Paths) > 1 {
			d.AskSingly = true
			return
		}
		d.Asked = append(d.Asked, q.Paths[len(q.Paths)-1])
	}
}
