package workorder

import (
	"cmp"
	"fmt"
	"slices"

	"itms"
)

// What a device shall report by itself follows once its values are right: after the order,
// within the same session. Attributes are compared once for each target of the course and
// whenever a device was reset or got other software; in between a contact costs nothing for
// them. Whatever becomes of them, no order hears of it.

// whyAttributes marks the commands that bring attributes to what the profile wants.
const whyAttributes = "attributes"

// setAttributesMethod is what a device must offer to be told what to report.
const setAttributesMethod = "SetParameterAttributes"

// attributes is where the device stands with its attributes on the way to the target: its
// stored progress, or a fresh start. What it refused is remembered as long as its profile
// is the same.
func (w *work) attributes(c *course) itms.AttributeSync {
	was, digest := c.device.Attributes, w.models.Digest(c.device.Profile)
	if was.Target == c.target {
		return was
	}
	fresh := itms.AttributeSync{Target: c.target, Profile: digest, Again: was.Again, Tries: was.Tries, Pause: was.Pause, Broken: was.Broken}
	if was.Profile == digest {
		fresh.Refused, fresh.Failed, fresh.Apart, fresh.Singly = was.Refused, was.Failed, was.Apart, was.Singly
	}
	return fresh
}

// attributesDue reports whether something may be left to do about attributes: the device
// serves, holds its values, and has a profile that wants any.
func (w *work) attributesDue(c *course) bool {
	d := c.device
	switch {
	case c.binding == nil || !c.binding.State.InForce() || c.withheld() || c.stopped:
		return false
	case d.Sync.Applied != c.target || d.Sync.Phase != itms.SyncIdle:
		return false
	case !w.models.Notifies(d.Profile) || !offers(d, setAttributesMethod):
		return false
	}
	s := w.attributes(c)
	return !s.Done && s.Failed == ""
}

// nextAttributes is the next step toward the wanted attributes: a command, or the need to
// record that nothing is left.
func (w *work) nextAttributes(c *course, session string) (nextStep, error) {
	if !w.attributesDue(c) {
		return nextStep{}, nil
	}
	s := w.attributes(c)
	if s.Pause == session {
		return nextStep{}, nil
	}
	a, err := w.attributing(c, s)
	if err != nil {
		if itms.IsKind(err, itms.KindConflict) { // the course tells it
			err = nil
		}
		return nextStep{}, err
	}
	cmd := a.next()
	return nextStep{command: cmd, write: cmd == nil}, nil
}

// concludeAttributes records that nothing is left to do about attributes.
func (w *work) concludeAttributes(d *itms.Device, session string) error {
	done := d.Attributes.Done && d.Attributes.Target == d.Sync.Target
	if done || d.Sync.Applied == "" || d.Sync.Applied != d.Sync.Target || !w.models.Notifies(d.Profile) {
		return nil
	}
	c, err := w.course(d)
	if err != nil || c == nil {
		return err
	}
	step, err := w.nextAttributes(c, session)
	if err != nil || !step.write {
		return err
	}
	s := w.attributes(c)
	d.Attributes = itms.AttributeSync{Target: s.Target, Done: true, Profile: s.Profile, Apart: s.Apart, Singly: s.Singly, Refused: s.Refused, Broken: s.Broken}
	return nil
}

// attributing prepares the computation of the next command.
func (w *work) attributing(c *course, s itms.AttributeSync) (*attributing, error) {
	p, err := w.pass(c, c.device.Sync)
	if err != nil {
		return nil, err
	}
	rows, _ := p.rows() // a row that is not there has nothing to report
	a := &attributing{tree: p.tree, sync: s, batch: cmp.Or(w.models.Quirks(c.device.Profile).Batch, readBatch)}
	for i := range p.want.Attributes {
		a.add(&p.want.Attributes[i], rows)
	}
	slices.SortStableFunc(a.wanted, func(x, y wantedAttribute) int { return cmp.Compare(len(x.name), len(y.name)) })
	return a, nil
}

// attributing computes what brings a device's attributes to what is wanted. It is pure.
type attributing struct {
	wanted []wantedAttribute // shorter names first: a longer one within an object overrides it
	tree   *itms.ParamTree
	sync   itms.AttributeSync
	batch  int // most names of one request
}

// wantedAttribute is what is wanted of one name.
type wantedAttribute struct {
	name   itms.ParamPath
	notify itms.Notification
	access itms.AccessList
}

// add takes a wish over under the spelling that the device has, or else may have. One that
// it refused for another reason than that it does not know the name, it has.
func (a *attributing) add(w *itms.WantedAttribute, rows map[string]string) {
	chosen := itms.ParamPath("")
	for _, name := range w.Names {
		name = expand(name, rows)
		code := a.sync.Refuses(name)
		switch {
		case code != 0 && code != itms.FaultName:
			return
		case code != 0 || hasAlias(name):
			continue
		case chosen == "" || a.seen(name) && !a.seen(chosen):
			chosen = name
		}
	}
	named := func(other wantedAttribute) bool { return other.name == chosen }
	if chosen != "" && !slices.ContainsFunc(a.wanted, named) {
		a.wanted = append(a.wanted, wantedAttribute{chosen, w.Notify, w.Access})
	}
}

// hasAlias reports whether a name lies in a row that nobody knows.
func hasAlias(name itms.ParamPath) bool {
	return slices.ContainsFunc([]byte(name), func(c byte) bool { return c == '{' })
}

// seen reports whether the device is known to have a parameter, or any below an object.
func (a *attributing) seen(name itms.ParamPath) bool {
	for range a.tree.Under(name) {
		return true
	}
	return false
}

// next returns the command that asks for what is not known, then the one that writes what
// differs; nil when nothing is left. Nothing is asked or written twice.
func (a *attributing) next() itms.Command {
	if ask := a.unknown(); len(ask) > 0 {
		return itms.GetAttributes{Paths: ask, Why: whyAttributes}
	}
	if changes := a.differing(); len(changes) > 0 {
		return itms.SetAttributes{Changes: changes, Why: whyAttributes}
	}
	return nil
}

// unknown lists the names to ask for at once. Objects go alone, since nobody knows their
// size. So do names that were never seen, once a request was refused: one that the device
// does not have spoils it for the others.
func (a *attributing) unknown() (ask []itms.ParamPath) {
	var alone itms.ParamPath
	for i, w := range a.wanted {
		switch {
		case slices.Contains(a.sync.Asked, w.name) || !a.sync.Again && a.known(i):
		case w.name.IsObject() || a.sync.Apart && !a.seen(w.name):
			alone = cmp.Or(alone, w.name)
		case len(ask) < a.most():
			ask = append(ask, w.name)
		}
	}
	if len(ask) == 0 && alone != "" {
		ask = []itms.ParamPath{alone}
	}
	return ask
}

// most is how many names one request may have.
func (a *attributing) most() int {
	if a.sync.Singly {
		return 1
	}
	return a.batch
}

// differing lists what to write at once.
func (a *attributing) differing() (changes []itms.AttributeChange) {
	for i, w := range a.wanted {
		if len(changes) < a.most() && !slices.Contains(a.sync.Written, w.name) && !a.holds(i) {
			changes = append(changes, w.change())
		}
	}
	return changes
}

// change is what is sent of a wish.
func (w wantedAttribute) change() itms.AttributeChange {
	out := itms.AttributeChange{Name: w.name}
	if level, known := w.notify.Level(); known {
		out.Notification = &level
	}
	if entities, known := w.access.Entities(); known {
		out.AccessList = &entities
	}
	return out
}

// known reports whether the attributes that a wish is about are known of everything that
// it is about, and that there is anything.
func (a *attributing) known(i int) bool {
	w, any := a.wanted[i], false
	for p := range a.about(i) {
		any = true
		if w.notify != itms.NotificationUnknown && p.Notify == itms.NotificationUnknown || w.access != itms.AccessUnknown && p.Access == itms.AccessUnknown {
			return false
		}
	}
	return any
}

// holds reports whether everything that a wish is about is as it should be. An object in
// which nothing is has nothing to report.
func (a *attributing) holds(i int) bool {
	w := a.wanted[i]
	any := w.name.IsObject()
	for p := range a.about(i) {
		any = true
		if w.notify != itms.NotificationUnknown && p.Notify != w.notify || w.access != itms.AccessUnknown && p.Access != w.access {
			return false
		}
	}
	return any
}

// about yields the parameters that a wish is about: those below its name that no longer
// name is about.
func (a *attributing) about(i int) func(yield func(itms.Param) bool) {
	name, longer := a.wanted[i].name, a.wanted[i+1:]
	return func(yield func(itms.Param) bool) {
		for p := range a.tree.Under(name) {
			within := func(w wantedAttribute) bool { return p.Name.Under(w.name) }
			if p.Name.IsObject() || name.IsObject() && slices.ContainsFunc(longer, within) {
				continue
			}
			if !yield(p) {
				return
			}
		}
	}
}

// attributesTold records the answer to a question for attributes.
func (s *settlement) attributesTold(cmd itms.GetAttributes) error {
	if s.out.Fault == nil {
		s.absorbAttributes()
	}
	return s.attributesAnswered(cmd, cmd.Paths, func(sync *itms.AttributeSync) { sync.Asked = append(sync.Asked, cmd.Paths...) })
}

// absorbAttributes notes what a device tells of parameters that the profile is about, also
// of those that were not known before.
func (s *settlement) absorbAttributes() {
	for _, a := range s.out.Attributes {
		p, known := s.tree.Get(a.Name)
		if !known && (a.Name.IsObject() || s.tree.Len() >= maxParams) {
			continue
		}
		p.Name, p.Notify, p.Access = a.Name, itms.NotificationLevel(a.Notification), itms.ReadAccessList(a.AccessList)
		s.dirty = s.tree.Set(p) || s.dirty
	}
}

// attributesTaken records the answer to a change of attributes.
func (s *settlement) attributesTaken(cmd itms.SetAttributes) error {
	var names []itms.ParamPath
	for _, c := range cmd.Changes {
		names = append(names, c.Name)
	}
	if s.out.Fault == nil {
		s.attributesWritten(cmd.Changes)
	}
	return s.attributesAnswered(cmd, names, func(sync *itms.AttributeSync) { sync.Written = append(sync.Written, names...) })
}

// attributesAnswered records how far the device is now. A refusal of one name is conceded,
// one of several is looked into name by name, and one that may pass is left to the device's
// next session.
func (s *settlement) attributesAnswered(cmd itms.Command, names []itms.ParamPath, taken func(*itms.AttributeSync)) error {
	c, err := s.course(s.device)
	if err != nil || c == nil || !s.attributesDue(c) {
		return err
	}
	sync := s.attributes(c)
	switch f := s.out.Fault; {
	case f == nil:
		sync.Tries = 0
		taken(&sync)
	case f.Code == itms.FaultMethod:
		sync.Failed = s.faultText(cmd.Method(), "")
	case len(names) > 1 && cmd.Method() != setAttributesMethod && !sync.Apart:
		sync.Apart = true
	case len(names) > 1:
		sync.Singly = true
	case f.Transient():
		sync.Pause = s.session
		s.attributesTry(&sync, s.faultText(cmd.Method(), names[0]))
	default:
		sync.Refused = append(sync.Refused, itms.AttributeRefusal{Name: names[0], Code: f.Code, Text: clipText(f.Text)})
		err = s.record("device.attributes", itms.Event{Device: s.device.ID,
			Text: fmt.Sprintf("device %s goes without: %s", s.device.ID, s.faultText(cmd.Method(), names[0]))})
	}
	s.device.Attributes = sync
	return err
}

// attributesTry counts a failure that may pass by itself.
func (w *work) attributesTry(s *itms.AttributeSync, reason string) {
	if s.Tries++; s.Tries >= w.policy.PushTries {
		s.Failed = fmt.Sprintf("gave up after %d tries: %s", s.Tries, reason)
	}
}

// brokeAtAttributes reports whether the device's last session broke off at a command about
// attributes, so that it must be counted: a device that dies of it must not be sent it for
// ever.
func (w *work) brokeAtAttributes(d *itms.Device, c *itms.Contact) bool {
	if d.LastSession.ID == d.Attributes.Broken || d.Tasks > 0 {
		return false
	}
	last := unanswered(d, c)
	return (last == itms.GetAttributes{}.Method() || last == setAttributesMethod) &&
		!d.Attributes.Done && d.Attributes.Failed == "" && w.models.Notifies(d.Profile)
}

// countBroken counts a session that broke off at a command about attributes.
func (w *work) countBroken(d *itms.Device, in *itms.Contact) error {
	if !w.brokeAtAttributes(d, in) {
		return nil
	}
	c, err := w.course(d)
	if err != nil || c == nil || !w.attributesDue(c) {
		return err
	}
	s := w.attributes(c)
	s.Broken = d.LastSession.ID
	w.attributesTry(&s, "the device gave no answer to "+unanswered(d, in))
	d.Attributes = s
	return nil
}

// forgetAttributes begins anew with a device that was reset to factory settings. What it
// refused before it would refuse again.
func forgetAttributes(d *itms.Device) {
	d.Attributes = itms.AttributeSync{Profile: d.Attributes.Profile, Refused: d.Attributes.Refused, Broken: d.Attributes.Broken}
}

// attributesMayDiffer has the attributes of a device asked for and compared once more:
// another image may have lost them, and may take what the one before refused.
func attributesMayDiffer(d *itms.Device) {
	d.Attributes = itms.AttributeSync{Again: true, Broken: d.Attributes.Broken}
}
