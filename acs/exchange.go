package acs

import (
	"context"
	"time"

	"itms"
)

// exchange carries one POST through the step machine and does what it asks for.
// Its session is locked.
type exchange struct {
	srv      *Server
	s        *session
	conn     *conn         // of an Inform
	previous *session      // whose cookie came with an Inform
	hasty    bool          // one Inform too many on the connection
	said     itms.DeviceID // whom the Inform says it is from
	begun    bool          // the Inform was accepted
}

// run feeds the machine until it has a reply.
func (x *exchange) run(in input, content []byte) reply {
	s := x.s
	now := x.srv.clock()
	s.touch(now)
	if text := s.overLimit(now, len(content)); text != "" {
		in = input{kind: inCut, end: itms.SessionError, text: text}
	}
	s.sum.BytesIn += int64(len(content))
	s.sum.Messages++
	for {
		next, rep, todo := step(s.state, in)
		s.state = next
		again, more := x.do(&todo, rep)
		end := s.cut.Load() // nothing more goes to a device that left us
		switch {
		case end != nil && (rep.command != nil || more && again.kind == inNext):
			in = input{kind: inCut, end: *end}
		case more:
			in = again
		default:
			x.sent(rep)
			x.begun = next.phase == phaseInformed || next.phase == phaseLeaving
			return rep
		}
	}
}

// sent remembers a request of ours.
func (x *exchange) sent(rep reply) {
	if rep.command != nil {
		method := methodOf(rep.command)
		x.s.sum.RPCs = append(x.s.sum.RPCs, method)
		x.srv.met.rpc(method)
	}
}

// do carries out effects. It returns the next input when one is due: the planner's
// answer, or the first failure.
func (x *exchange) do(todo *effects, rep reply) (in input, more bool) {
	for i := range todo {
		e := &todo[i]
		var err error
		switch e.verb {
		case doContact:
			err = x.contact(e.contact)
		case doNotice:
			err = x.notice(e.notice)
		case doAdvance, doAsk:
			var next itms.Command
			if next, err = x.next(e.outcomes); err == nil {
				return input{kind: inNext, next: next}, true
			}
		case doNote:
			x.s.note(e.text)
		case doEnd:
			x.s.finish()
		}
		if err != nil {
			x.complain(e.verb, err)
			return input{kind: inFailed, verb: e.verb, err: err, reply: rep}, true
		}
	}
	return input{}, rep.status == 0
}

// verbNames are for the log.
var verbNames = [...]string{doContact: "contact", doNotice: "notice", doAdvance: "advance", doAsk: "next"}

// complain logs what failed here, not in the device: refusals are the planner's to
// explain.
func (x *exchange) complain(v verb, err error) {
	if kind := itms.KindOf(err); v == doContact && kind == itms.KindUnauthenticated {
		x.srv.refusedDevice(x.said, x.s.remote, err)
	} else if kind == itms.KindInternal {
		x.srv.opt.Logger.Error().Err(err).Str("session", x.s.sum.ID).Str("call", verbNames[v]).Msg("planner failed")
	}
}

// contact makes the session the one of its device and tells the planner.
func (x *exchange) contact(c *itms.Contact) error {
	s := x.s
	x.said = c.Device
	c.Proof = s.who.proof()
	if !s.who.fits(c.Device) {
		return itms.Errorf(itms.KindUnauthenticated, itms.CodeIdentity, "a device that proved to be %s says that it is %s", x.s.who.name(), c.Device)
	}
	if x.conn.informed(c.Device) {
		x.hasty = true
		return itms.Errorf(itms.KindLimit, itms.CodeRateLimited, "more than %d Informs in a row on one connection", informsWithoutProgress)
	}
	of, ok := x.srv.gate.admit(x.srv.ctx, c, x.srv.clock())
	x.srv.met.inform(of, ok)
	if !ok {
		return turnedAway(of)
	}
	if p := x.previous; p != nil && p.device != c.Device {
		p.cutOff(itms.SessionError) // the cookie's bearer now says it is another device
	}
	s.device = c.Device
	s.ctx, s.cancel = context.WithCancel(x.srv.ctx)
	old, ok := x.srv.sessions.enter(s, x.srv.opt.Limits.Sessions)
	if !ok {
		s.device = itms.DeviceID{}
		return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "no more sessions can be taken")
	}
	if old != nil {
		x.srv.takeover(s, old)
		c.Left = old.unanswered()
		old.cutOff(itms.SessionFenced)
	}
	x.begin(c)
	before := x.srv.clock()
	err := x.srv.opt.Planner.Contact(s.ctx, c)
	s.state.manner = c.Manner
	now := x.srv.clock()
	x.srv.gate.observe(now.Sub(before), now)
	return err
}

// begin fills in what is known once the session has its start.
func (x *exchange) begin(c *itms.Contact) {
	s := x.s
	s.sum.ID, s.sum.Device, s.sum.Started, s.sum.Events = itms.NewID(s.started), c.Device, s.started, c.Events
	s.sum.Retries, s.id = c.Retries, s.sum.ID
	s.state.prefix = s.sum.ID[len(s.sum.ID)-idTail:]
	c.Session, c.Remote, c.At = s.sum.ID, s.sum.Remote, s.started
	s.touch(s.started)
	x.srv.wheel.add(s, s.deadline.Load())
	x.srv.waker.arrived(c.Device, c.Events)
}

// idTail is how much of the session ID starts the IDs of our requests: enough to
// tell sessions apart in a trace, short enough for small CPEs.
const idTail = 8

// notice tells the planner what the device reported.
func (x *exchange) notice(n *itms.Notice) error {
	n.Device, n.Session, n.At = x.s.device, x.s.sum.ID, itms.Timestamp(x.srv.clock())
	return x.srv.opt.Planner.Notice(x.s.ctx, *n)
}

// next tells the planner what became of its command, if there was one, and asks it for
// work: once more when somebody wanted that meanwhile. What is wanted during the last
// look stays wanted: the end of the session sees to it.
func (x *exchange) next(outs []itms.Outcome) (next itms.Command, err error) {
	for looks := 1; ; looks++ {
		if outs != nil {
			next, err = x.advance(outs)
			outs = nil
		} else {
			next, err = x.srv.opt.Planner.Next(x.s.ctx, x.s.device, x.s.sum.ID)
		}
		if next != nil || err != nil || looks == maxLooks || !x.s.lookAgain() {
			return next, err
		}
	}
}

// advance tells the planner what became of its command.
func (x *exchange) advance(outs []itms.Outcome) (itms.Command, error) {
	for _, out := range outs {
		if out.Fault != nil {
			x.s.fault(out.Fault)
		}
	}
	return x.srv.opt.Planner.Advance(x.s.ctx, x.s.device, x.s.sum.ID, outs...)
}

// overLimit says which limit of a session a POST passes, "" for none.
func (s *session) overLimit(now time.Time, size int) string {
	limits := &s.srv.opt.Limits
	switch {
	case s.over:
		return ""
	case s.sum.BytesIn+int64(size) > limits.SessionBytes:
		return "more bytes than a session may send"
	case now.Sub(s.started) > limits.SessionTime:
		return "longer than a session may last"
	}
	return ""
}
