package workorder

import (
	"fmt"
	"strconv"
	"strings"

	"itms"
)

// turnPage says what a device's registration page should show from now on. A page
// that needs nothing written for it shows it at once.
func (w *work) turnPage(d *itms.Device, view itms.PageView) {
	if !w.models.Registration(d.Profile).Asks() {
		return
	}
	if d.Page.Want == view {
		return
	}
	d.Page.Want, d.Page.Sent = view, 0
	if params, err := w.pageParams(d); err != nil || len(params) == 0 {
		d.Page.Held = view
	}
}

// askAgain has the page written even if it shows the same already: the person in
// front of it waits for an answer.
func (w *work) askAgain(d *itms.Device, view itms.PageView) {
	d.Page.Want, d.Page.Held = itms.PageView{}, itms.PageView{}
	w.turnPage(d, view)
}

// pageParams computes what the page is written as.
func (w *work) pageParams(d *itms.Device) ([]itms.WantedParam, error) {
	return w.models.Page(d.Profile, PageInput{Device: d, View: d.Page.Want, Services: 1})
}

// nextPage returns the command that turns the page, nil when it shows what it should
// or does not answer.
func (w *work) nextPage(c *course) (itms.Command, error) {
	d := c.device
	if d.Page.Want == d.Page.Held || d.Page.Sent >= w.policy.PushTries {
		return nil, nil
	}
	params, err := w.pageParams(d)
	if err != nil || len(params) == 0 {
		return nil, err
	}
	tree, err := w.params(d.ID)
	if err != nil {
		return nil, err
	}
	key, err := w.parameterKey(c)
	if err != nil {
		return nil, err
	}
	p := &pass{tree: tree}
	cmd := itms.SetValues{Key: key, Why: whyPage + pageText(d.Page.Want)}
	for i := range params {
		name := p.choose(&params[i], nil)
		cmd.Values = append(cmd.Values, itms.SetValue{Name: name, Value: params[i].Value, Type: p.typeOf(name, &params[i])})
	}
	return cmd, nil
}

// pageText writes a view into the Why of a command, so that its answer tells which
// view is shown now.
func pageText(v itms.PageView) string {
	return fmt.Sprintf("%s/%d/%d", v.State, v.Verdict, v.Times)
}

// readPageText reads what pageText wrote.
func readPageText(s string) (v itms.PageView) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return v
	}
	verdict, _ := strconv.Atoi(parts[1]) // our own text
	times, _ := strconv.Atoi(parts[2])
	return itms.PageView{State: itms.PageState(parts[0]), Verdict: itms.Verdict(verdict), Times: times}
}

// pageTurned records the answer to a page command. A page that cannot be written is
// no reason to fail anything.
func (s *settlement) pageTurned(cmd itms.SetValues) error {
	d := s.device
	d.Page.Held, d.Page.Sent = readPageText(strings.TrimPrefix(cmd.Why, whyPage)), 0
	if s.out.Fault == nil {
		for _, v := range cmd.Values {
			s.dirty = s.tree.Set(s.shadow(v)) || s.dirty
		}
		return nil
	}
	return s.record("device.page", itms.Event{Device: d.ID,
		Text: fmt.Sprintf("the registration page of device %s could not be turned: %s", d.ID, s.faultText("SetParameterValues", ""))})
}
