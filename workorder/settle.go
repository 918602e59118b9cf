package workorder

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"itms"
)

// Settle records what became of the command that Next or Advance returned, in as many
// outcomes as the door makes of it. An answer that belongs to an older target is journalled and changes nothing else (invariant I4).
// Errors: KindFenced when a newer session took over.
func (e *Engine) Settle(ctx context.Context, id itms.DeviceID, session string, outs ...itms.Outcome) error {
	return e.update(ctx, func(w *work) error { return w.settle(id, session, outs) })
}

// settlement is outcomes being recorded, one at a time.
type settlement struct {
	*work
	device  *itms.Device
	tree    *itms.ParamTree
	session string
	out     itms.Outcome
	dirty   bool // the tree changed
	typed   *input
}

// settle records the outcomes of one command, then what follows from them.
func (w *work) settle(id itms.DeviceID, session string, outs []itms.Outcome) error {
	w.tx.Foresee(itms.Foresight{Device: id, Params: true})
	d, err := w.device(id)
	if err != nil {
		return err
	}
	if err := takeFence(d, session); err != nil {
		return err
	}
	tree, err := w.params(id)
	if err != nil {
		return err
	}
	s := &settlement{work: w, device: d, tree: tree, session: session}
	for _, s.out = range outs {
		if err := s.dispatch(); err != nil {
			return err
		}
	}
	s.dirty = d.Profile != "" && w.hideSecrets(d.Profile, tree) || s.dirty
	w.hideTyped(d, tree)
	if s.dirty {
		if err := w.putParams(id, tree); err != nil {
			return err
		}
	}
	d.Inquired = w.inquire(d, tree) == nil
	if err := w.noteHosts(d, tree); err != nil {
		return err
	}
	return w.followVisit(d, visit{session: session, input: s.typed})
}

// follow records, in the transaction of its cause, what a new fact about a device
// makes possible: a claim, the end of a pass. It stores the device.
func (w *work) follow(d *itms.Device, session string) error {
	return w.followVisit(d, visit{session: session})
}

// followVisit is follow with what a person typed meanwhile.
func (w *work) followVisit(d *itms.Device, v visit) error {
	session := v.session
	if err := w.decide(d, v); err != nil {
		return err
	}
	if err := w.concludeIfDone(d, session); err != nil {
		return err
	}
	if err := w.concludeAttributes(d, session); err != nil {
		return err
	}
	if err := w.beginTasks(d, session); err != nil {
		return err
	}
	return w.putDevice(d)
}

// dispatch records by what was sent and why.
func (s *settlement) dispatch() error {
	if ofTask(s.out.Command) {
		return s.taskAnswered()
	}
	s.device.Silence = itms.Silence{}
	switch cmd := s.out.Command.(type) {
	case itms.GetNames:
		if s.askLater() {
			return nil
		}
		s.device.Asked = append(s.device.Asked, cmd.Path)
		s.absorbNames()
		return s.redescribe()
	case itms.GetValues:
		return s.gotValues(cmd)
	case itms.GetAttributes:
		return s.attributesTold(cmd)
	case itms.SetAttributes:
		return s.attributesTaken(cmd)
	case itms.AddObject:
		return s.onCourse(cmd.Key, func(c *course, _ *pass) error { return s.addedRow(c, cmd) })
	case itms.Download:
		return s.upgradeAnswered(cmd)
	case itms.SetValues:
		switch {
		case strings.HasPrefix(cmd.Why, whyPage):
			return s.pageTurned(cmd)
		case cmd.Why == whyLogin:
			return s.loginAnswered()
		}
		return s.onCourse(cmd.Key, func(c *course, p *pass) error { return s.pushed(c, p, cmd) })
	case itms.Reboot:
		return s.onCourse(cmd.Key, func(c *course, _ *pass) error { return s.rebooted(c) })
	}
	return nil
}

// askLater reports whether the device was too busy to answer a question; it is asked
// again in its next session.
func (s *settlement) askLater() bool {
	if s.out.Fault == nil || !s.out.Fault.Transient() {
		return false
	}
	s.device.AskPause = s.session
	return true
}

// onCourse runs fn unless the outcome belongs to an older target.
func (s *settlement) onCourse(key string, fn func(*course, *pass) error) error {
	c, err := s.course(s.device)
	if err != nil || c == nil {
		return err
	}
	current, err := s.parameterKey(c)
	if err != nil {
		return err
	}
	if key != "" {
		s.device.Sync.Sent, s.device.Sync.SentIn = "", ""
	}
	if s.device.Sync.Phase == itms.SyncFailed && s.device.Sync.Target == c.target {
		return nil // given up meanwhile: an operator's move
	}
	if key != "" && key != current {
		return s.record("device.stale", itms.Event{Device: s.device.ID,
			Text: fmt.Sprintf("device %s answered for %s, but %s is wanted now: not applied", s.device.ID, key, current)})
	}
	s.device.Sync = c.progress()
	p, err := s.pass(c, s.device.Sync)
	if err != nil {
		return err
	}
	p.tree = s.tree
	return fn(c, p)
}

// absorbNames notes listed names; objects are kept as names ending in a dot.
func (s *settlement) absorbNames() {
	for _, p := range s.out.Values {
		if old, ok := s.tree.Get(p.Name); ok {
			p.Value, p.Type, p.Hidden = old.Value, old.Type, old.Hidden
		}
		if s.tree.Len() < maxParams {
			s.dirty = s.tree.Set(p) || s.dirty
		}
	}
}

// absorbValues notes read values.
func (s *settlement) absorbValues() {
	for _, p := range s.out.Values {
		s.dirty = s.learn(s.tree, p, itms.ChangeRead) || s.dirty
	}
}

// gotValues records a read.
func (s *settlement) gotValues(cmd itms.GetValues) error {
	switch cmd.Why {
	case whyIdentify:
		return s.identified(cmd)
	case whyTyped:
		return s.fetched(cmd)
	case whyProof:
		return s.onCourse(cmd.Key, func(c *course, p *pass) error { return s.proved(c, p, cmd) })
	case whyRead:
		return s.onCourse(cmd.Key, func(c *course, p *pass) error { return s.read(c, p, cmd) })
	case whyVerify:
		return s.onCourse(cmd.Key, func(c *course, p *pass) error { return s.verified(c, p, cmd) })
	}
	s.absorbValues()
	return nil
}

// identified records an identity read. A device that refuses the combined request
// is asked one name at a time; none is asked twice.
func (s *settlement) identified(cmd itms.GetValues) error {
	if s.askLater() {
		return nil
	}
	if s.out.Fault != nil && len(cmd.Paths) > 1 {
		s.device.AskSingly = true
		return nil
	}
	s.device.Asked = append(s.device.Asked, cmd.Paths...)
	s.absorbValues()
	return s.redescribe()
}

// redescribe takes over what was learnt of the device.
func (s *settlement) redescribe() error {
	conflicted := s.device.Conflict
	s.describe(s.device, s.tree)
	return s.checkIdentity(s.device, conflicted)
}

// fetched records a read of what was typed at the device.
func (s *settlement) fetched(cmd itms.GetValues) error {
	if s.askLater() {
		return nil
	}
	if s.out.Fault != nil { // another firmware's spelling, most likely: what stands behind is left out first
		s.device.Asked = append(s.device.Asked, cmd.Paths[len(cmd.Paths)-1])
		return nil
	}
	s.device.Fetch = false
	s.typed = s.readInput(s.device, s.out.Values, true)
	s.device.Fetch = false
	s.absorbValues()
	return nil
}

// proved records a look at the platform's evidence. While it does not show that the
// service works, the device is looked at again in its next session, until the time
// for verification is over.
func (s *settlement) proved(c *course, p *pass, cmd itms.GetValues) error {
	sync := &s.device.Sync
	switch f := s.out.Fault; {
	case f != nil && len(cmd.Paths) > 1:
		sync.Singly = true
		return nil
	case f != nil && !f.Transient():
		sync.Missing = append(sync.Missing, cmd.Paths[0]) // this firmware proves nothing by it
		return nil
	case f != nil:
		sync.Pause = s.session
		return s.tx.Agenda().Set(wakeAlarm(s.device.ID), s.now.Add(wakeAfter))
	}
	s.absorbValues()
	unmet := p.unproven(s.out.Values)
	if len(unmet) == 0 {
		sync.Checked = append(sync.Checked, cmd.Paths...)
		return nil // follow looks whether anything is left
	}
	sync.Phase, sync.Pause = itms.SyncProof, s.session
	sync.Reason, sync.Trouble = "read back, but "+strings.Join(unmet, "; "), itms.TroubleLogin
	if err := s.giveReason(c.order, itms.TroubleLogin, fmt.Sprintf("device %s: %s", s.device.ID, sync.Reason)); err != nil {
		return err
	}
	return s.tx.Agenda().Set(wakeAlarm(s.device.ID), s.now.Add(wakeAfter))
}

// read records a read before comparing. What was known below the path and is not
// there any more is forgotten, but for fingerprints of what cannot be read.
func (s *settlement) read(c *course, p *pass, cmd itms.GetValues) error {
	sync := &s.device.Sync
	switch f := s.out.Fault; {
	case f != nil && len(cmd.Paths) > 1:
		sync.Singly = true
		return nil
	case f != nil && f.Transient():
		return s.failTry(c, s.session, s.faultText("GetParameterValues", cmd.Paths[0]), true)
	case f != nil && f.Code == itms.FaultName:
		// Written, it would be refused with everything beside it.
		unknown := &itms.DeviceFault{Code: f.Code, Params: []itms.ParamFault{{Name: cmd.Paths[0], Code: f.Code}}}
		sync.Missing = append(sync.Missing, p.concede([]itms.SetValue{{Name: cmd.Paths[0]}}, unknown)...)
	case f == nil:
		for _, path := range cmd.Paths {
			s.forget(path)
		}
		s.absorbValues()
	}
	sync.Read = append(sync.Read, cmd.Paths...)
	return nil
}

// forget drops what is known below a path that was read anew.
func (s *settlement) forget(path itms.ParamPath) {
	var keep []itms.Param
	for p := range s.tree.Under(path) {
		if p.Hidden {
			keep = append(keep, p)
		}
		s.forgets(s.tree, p)
	}
	if s.tree.Remove(path) == 0 {
		return
	}
	s.dirty = true
	for _, p := range keep {
		s.tree.Set(p)
	}
}

// addedRow records AddObject.
func (s *settlement) addedRow(c *course, cmd itms.AddObject) error {
	if s.out.Fault != nil {
		return s.failTry(c, s.session, s.faultText("AddObject", cmd.Table), s.out.Fault.Transient())
	}
	if s.out.Instance == "" || s.out.Instance == "0" {
		return s.failTry(c, s.session, fmt.Sprintf("the device added a row to %s and did not say which", cmd.Table), false)
	}
	// The row stands in the tree from now on, although nothing of it was read.
	s.dirty = s.tree.Set(itms.Param{Name: cmd.Table + itms.ParamPath(s.out.Instance) + "."}) || s.dirty
	s.device.Sync.Adding, s.device.Sync.Before = "", nil
	rows := maps.Clone(s.device.Sync.Rows)
	if rows == nil {
		rows = map[string]string{}
	}
	rows[strings.TrimPrefix(cmd.Why, whyRow)] = s.out.Instance
	s.device.Sync.Rows = rows
	return nil
}

// pushed records SetParameterValues.
func (s *settlement) pushed(c *course, p *pass, cmd itms.SetValues) error {
	if s.out.Fault != nil {
		return s.refused(c, p, cmd)
	}
	s.metrics.pushes.WithLabelValues("accepted").Inc()
	for _, v := range cmd.Values {
		s.set(s.tree, s.shadow(v), itms.ChangeSet)
	}
	s.dirty = true
	sync := &s.device.Sync
	sync.Later, sync.Phase = s.out.Status == 1, itms.SyncVerify
	if rows, missing := p.rows(); missing == nil && len(rows) > 0 {
		sync.Rows = rows // remembered, for tables that do not tell which row is which
	}
	if sync.Task != "" || p.rebootAfter(cmd.Values) {
		sync.Phase = itms.SyncReboot
	}
	sync.All = false
	if err := s.taskPushed(len(cmd.Values)); err != nil {
		return err
	}
	return s.orderPushed(c, len(cmd.Values))
}

// shadow is what is known of a value that was just written.
func (w *work) shadow(v itms.SetValue) itms.Param {
	p := itms.Param{Name: v.Name, Value: v.Value, Type: v.Type, Writable: true}
	if v.Hide || w.secret(v.Name) {
		p.Value, p.Hidden = w.fingerprint(v.Value), true
	}
	return p
}

// refused records a refusal. It counts as a try, unless it only tells that names are
// spelt differently.
func (s *settlement) refused(c *course, p *pass, cmd itms.SetValues) error {
	s.metrics.pushes.WithLabelValues("refused").Inc()
	avoid := p.concede(cmd.Values, s.out.Fault)
	s.device.Sync.Missing = append(s.device.Sync.Missing, avoid...)
	if p.rowGone(cmd.Values, s.out.Fault) {
		s.device.Sync.Rows, s.device.Sync.Read = nil, nil // look again
	}
	if onlyNames(s.out.Fault, avoid) {
		return nil
	}
	return s.failTry(c, s.session, s.scrub(s.faultText("SetParameterValues", ""), cmd.Values), s.out.Fault.Transient())
}

// scrub removes written credentials from a device's own words.
func (s *settlement) scrub(text string, values []itms.SetValue) string {
	for _, v := range values {
		if (v.Hide || s.secret(v.Name)) && v.Value != "" {
			text = strings.ReplaceAll(text, v.Value, itms.Redacted)
		}
	}
	return text
}

// rebooted records Reboot: the values are read back in the next session.
func (s *settlement) rebooted(c *course) error {
	if s.out.Fault != nil {
		return s.failTry(c, s.session, s.faultText("Reboot", ""), true)
	}
	s.device.Sync.Phase, s.device.Sync.Pause = itms.SyncVerify, s.session
	return nil
}

// verified records a read-back, or a part of one.
func (s *settlement) verified(c *course, p *pass, cmd itms.GetValues) error {
	sync := &s.device.Sync
	switch f := s.out.Fault; {
	case f != nil && len(cmd.Paths) > 1 && !f.Transient():
		sync.Singly = true
		return nil
	case f != nil:
		return s.failTry(c, s.session, s.faultText("GetParameterValues", ""), f.Transient())
	}
	wrong := p.mismatches(cmd.Paths, s.out.Values)
	s.absorbValues()
	if len(wrong) == 0 {
		sync.Checked = append(sync.Checked, cmd.Paths...)
		return nil // follow looks whether anything is left
	}
	sync.Checked = nil
	if sync.Later { // the device said that it applies them after the session
		sync.Later, sync.Pause = false, s.session
		return nil
	}
	return s.differs(c, cmd, wrong)
}

// differs starts over after a read-back that differed: nothing that was written is
// believed any more, credentials least of all.
func (s *settlement) differs(c *course, cmd itms.GetValues, wrong []string) error {
	for _, path := range cmd.Paths {
		if p, ok := s.tree.Get(path); ok && !p.Hidden && !s.told(path) {
			s.dirty = s.tree.Remove(path) > 0 || s.dirty
		}
	}
	s.dirty = s.forgetSecrets(s.device.Profile, s.tree) || s.dirty
	s.device.Sync.Phase, s.device.Sync.Read = itms.SyncRead, nil
	if err := s.orderDiffers(c); err != nil {
		return err
	}
	s.device.Sync.Trouble = itms.TroubleReadBack
	return s.failTry(c, s.session, strings.Join(wrong, "; "), false)
}

// told reports whether the device's answer has a value of the name.
func (s *settlement) told(name itms.ParamPath) bool {
	return slices.ContainsFunc(s.out.Values, func(p itms.Param) bool { return p.Name == name })
}

// faultText says in words what the device refused.
func (s *settlement) faultText(method string, path itms.ParamPath) string {
	f := s.out.Fault
	var b strings.Builder
	fmt.Fprintf(&b, "device refused %s", method)
	if path != "" {
		fmt.Fprintf(&b, " of %s", path)
	}
	fmt.Fprintf(&b, ": %d %s", f.Code, clipText(f.Text))
	const most = 4
	for _, p := range f.Params[:min(len(f.Params), most)] {
		fmt.Fprintf(&b, "; %s: %d %s", p.Name, p.Code, clipText(p.Text))
	}
	return b.String()
}
