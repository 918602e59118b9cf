package workorder

import (
	"context"
	"errors"
	"slices"
	"strings"

	"itms"
)

// Next returns what to do next on a device within a session, nil when there is
// nothing. It is computed from the stored state alone, so it may be called again
// and again. Errors: KindFenced when a newer session took over, KindForbidden for a
// blocked device.
func (e *Engine) Next(ctx context.Context, id itms.DeviceID, session string) (itms.Command, error) {
	var step nextStep
	err := e.view(ctx, func(w *work) (err error) {
		step, err = w.next(id, session, false)
		return err
	})
	if err != nil || !step.write && !noted(step.command) {
		return step.command, err
	}
	err = e.update(ctx, func(w *work) (err error) {
		step.command, err = w.send(id, session)
		return err
	})
	return step.command, err
}

// Advance records what became of the command that Next or Advance returned last and
// returns what to do next: Settle and Next in one transaction. Errors are theirs; what
// became of the command is recorded also when what is next cannot be told.
func (e *Engine) Advance(ctx context.Context, id itms.DeviceID, session string, outs ...itms.Outcome) (itms.Command, error) {
	var cmd itms.Command
	err := e.update(ctx, func(w *work) (err error) {
		if err := w.settle(id, session, outs); err != nil {
			return err
		}
		cmd, err = w.send(id, session)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, e.Settle(ctx, id, session, outs...))
	}
	return cmd, nil
}

// send decides on the next command and records what must stand before it goes out.
func (w *work) send(id itms.DeviceID, session string) (itms.Command, error) {
	step, err := w.next(id, session, false)
	if err == nil && step.write {
		// A claim, the end of a pass: afterwards the state speaks for itself.
		if err := w.settleDown(id, session); err != nil {
			return nil, err
		}
		step, err = w.next(id, session, true)
	}
	if err != nil || !noted(step.command) {
		return step.command, err
	}
	return step.command, w.noteSent(id, session, step.command)
}

// noted reports whether it must be stored that a command is on its way. That a task
// was begun is stored already.
func noted(cmd itms.Command) bool { return cmd != nil && changesDevice(cmd) && !ofTask(cmd) }

// nextStep is a command, or the need to record something first.
type nextStep struct {
	command itms.Command
	write   bool
}

// ofTask reports whether a command is that of a task.
func ofTask(cmd itms.Command) bool { return strings.HasPrefix(cmd.Purpose(), whyTask) }

// next computes the next step without writing: the device's own business first, then
// what people want done on it.
func (w *work) next(id itms.DeviceID, session string, recorded bool) (nextStep, error) {
	w.tx.Foresee(itms.Foresight{Device: id})
	d, err := w.device(id)
	switch {
	case err != nil:
		return nextStep{}, err
	case d.Blocked:
		return nextStep{}, blocked(d)
	case d.Fence > session:
		return nextStep{}, takeFence(d, session)
	}
	if d.Unadmitted {
		b, _, err := w.preboundFor(d)
		return nextStep{write: err == nil && b != nil && !recorded}, err
	}
	step, err := w.ownBusiness(d, session, recorded)
	if err != nil || step.command != nil || step.write || d.Tasks == 0 {
		return step, err
	}
	return w.nextTask(d, session)
}

// ownBusiness is the next step that the device needs for itself: to be known, to have
// its firmware, its service, its page. Once what was pending was recorded, or could not
// be, it goes on without that.
func (w *work) ownBusiness(d *itms.Device, session string, recorded bool) (nextStep, error) {
	if inquiring(d) && d.AskPause != session {
		tree, err := w.params(d.ID)
		if err != nil {
			return nextStep{}, err
		}
		if cmd := w.inquire(d, tree); cmd != nil {
			return nextStep{command: cmd}, nil
		}
	}
	if step, err := w.nextUpgrade(d, session, recorded); err != nil || step.command != nil || step.write {
		return step, err
	}
	c, err := w.course(d)
	if err != nil || c == nil {
		return nextStep{}, err
	}
	if !recorded {
		if write, err := w.pending(c); err != nil || write {
			return nextStep{write: write}, err
		}
	}
	if cmd, err := w.nextPage(c); err != nil || cmd != nil {
		return nextStep{command: cmd}, err
	}
	for _, next := range []func(*course, string) (nextStep, error){w.nextOnCourse, w.nextAttributes, w.nextLogin} {
		if step, err := next(c, session); err != nil || step.command != nil || step.write && !recorded {
			return step, err
		}
	}
	return nextStep{}, nil
}

// pending reports whether something waits for this contact that must be recorded
// before the next command is known: an order that arrived after the device's Inform,
// perhaps within this very session.
func (w *work) pending(c *course) (bool, error) {
	d := c.device
	switch {
	case d.Upgrade.Active():
		return false, nil
	case c.binding == nil || c.wiping() && d.Sync.Phase == itms.SyncFailed:
		b, way, err := w.preboundFor(d)
		if err == nil && b == nil && c.binding == nil && w.policy.ClaimByLine { // rule D10, which D4 goes before
			b, err = w.slotOnLine(d)
			return err == nil && b != nil && w.serves(d, b) == nil, err
		}
		if err != nil || b == nil || w.serves(d, b) != nil {
			return false, err
		}
		return w.mayClaim(d, b, way)
	case c.wiping():
		return c.order != nil && c.order.State.Waiting(), nil
	}
	o, err := w.waitingChange(c.binding, c.service)
	return o != nil && w.mayBegin(o, d, visit{}), err
}

// mayClaim reports whether the rules would let a named device claim, or have it fetch
// firmware first.
func (w *work) mayClaim(d *itms.Device, b *itms.Binding, way itms.BindWay) (bool, error) {
	o, err := w.tx.Orders().Get(b.Order)
	if err != nil || !w.awaits(b, o, way) {
		return false, err
	}
	svc, err := w.tx.Services().Get(b.Service)
	if err != nil {
		return false, err
	}
	verdict, err := w.judge(d, svc.Line.Area)
	switch fw := verdict.Firmware; {
	case err != nil || b.Way == itms.ByHand:
		return err == nil, err
	case fw != nil && fw.Problem == "":
		return d.Upgrade.Version != fw.Version, nil
	}
	return verdict.Allowed && verdict.Firmware == nil || o.State != itms.OrderHeld, nil
}

// inquire returns the next question about a device's dialect and identity, nil when
// all were asked.
func (w *work) inquire(d *itms.Device, tree *itms.ParamTree) itms.Command {
	for _, path := range w.models.Probe(d, tree) {
		if !settledOn(d, path) {
			return itms.GetNames{Path: path, NextLevel: true, Why: whyProbe}
		}
	}
	if d.Profile == "" {
		return nil
	}
	if d.Fetch {
		if names := w.typedNames(d, tree); len(names) > 0 {
			return itms.GetValues{Paths: names, Why: whyTyped}
		}
	}
	var ask []itms.ParamPath
	for _, spellings := range w.models.Identity(d.Profile) {
		if slices.ContainsFunc(spellings, func(p itms.ParamPath) bool { have, _ := tree.Get(p); return have.Value != "" }) {
			continue
		}
		for _, path := range spellings {
			if !settledOn(d, path) {
				ask = append(ask, path)
			}
		}
	}
	if len(ask) == 0 {
		return nil
	}
	if d.AskSingly {
		ask = ask[:1]
	}
	return itms.GetValues{Paths: ask, Why: whyIdentify}
}

// nextOnCourse computes the next command toward the wanted state.
func (w *work) nextOnCourse(c *course, session string) (nextStep, error) {
	sync := c.progress()
	if c.arrived(sync) || sync.Pause == session || c.gated() {
		return nextStep{}, nil
	}
	cmd, err := w.command(c, sync)
	if err != nil && !itms.IsKind(err, itms.KindConflict) {
		return nextStep{}, err
	}
	return nextStep{command: cmd, write: cmd == nil}, nil
}

// command computes the next command on a course, nil at its end. A KindConflict error
// says why the wanted state cannot be reached.
func (w *work) command(c *course, sync itms.Sync) (itms.Command, error) {
	p, err := w.pass(c, sync)
	if err != nil {
		return nil, err
	}
	return p.next()
}

// pass prepares the computation of the next command.
func (w *work) pass(c *course, sync itms.Sync) (*pass, error) {
	want, err := w.wanted(c)
	if err != nil {
		return nil, err
	}
	tree, err := w.params(c.device.ID)
	if err != nil {
		return nil, err
	}
	key, err := w.parameterKey(c)
	if err != nil {
		return nil, err
	}
	return &pass{want: want, tree: tree, sync: sync, key: key, verify: w.policy.RequireVerification,
		prove: c.underWay() && !c.withheld(), patience: patience(c.device), fingerprint: w.fingerprint}, nil
}

// maxSingly is how many names are asked for singly before the answers are stored: what a
// session that breaks off loses.
const maxSingly = 16

// patience is how many names to ask a device for singly at a time: each answer of one
// whose last session broke off is stored at once, so that it gets on.
func patience(d *itms.Device) int {
	if end := d.LastSession.End; end != "" && end != itms.SessionDone {
		return 1
	}
	return maxSingly
}

// settleDown records what Next found: a device that an order names is claimed, a
// pass with nothing left to do ends.
func (w *work) settleDown(id itms.DeviceID, session string) error {
	d, err := w.device(id)
	if err != nil {
		return err
	}
	if err := takeFence(d, session); err != nil {
		return err
	}
	return w.follow(d, session)
}

// concludeIfDone ends the device's pass when nothing is left to send, or when what
// is left cannot be reached.
func (w *work) concludeIfDone(d *itms.Device, session string) error {
	c, err := w.course(d)
	if err != nil || c == nil {
		return err
	}
	sync := c.progress()
	if c.arrived(sync) || sync.Pause == session || c.gated() {
		return nil
	}
	cmd, err := w.command(c, sync)
	d.Sync = sync
	switch {
	case itms.IsKind(err, itms.KindConflict):
		return w.giveUp(c, err.Error())
	case err != nil:
		return err
	case cmd == nil:
		return w.arrive(c)
	}
	return nil
}
