package acs

import (
	"net/http"
	"slices"
	"strconv"

	"itms"
	"itms/cwmp"
)

// phase says whose move a session waits for.
type phase uint8

const (
	phaseFresh    phase = iota // nobody spoke yet: only an Inform may come
	phaseInformed              // InformResponse given: the CPE sends requests, then an empty POST
	phaseDeciding              // the planner is being asked
	phaseAwaiting              // one request of ours is with the CPE
	phaseLeaving               // InformResponse given, but nothing more: the next POST gets 204
	phaseEnded
)

var phaseNames = [...]string{"fresh", "informed", "deciding", "awaiting", "leaving", "ended"}

// String returns the phase in one word.
func (p phase) String() string { return phaseNames[p] }

// state is where a session stands. It is a value: step returns a new one.
type state struct {
	phase    phase
	version  cwmp.Version // of the Inform; all our messages use it (TR-069 Amd 6 §3.4.1)
	command  itms.Command // what the CPE works on, in phaseAwaiting
	request  string       // the cwmp:ID of that request
	answers  []itms.Param // to those requests of a command that asks singly which were answered
	asked    int          // how many those are
	manner   itms.Manner  // in which the device is spoken to, once the planner told
	prefix   string       // starts the IDs of our requests
	sent     int          // our requests so far
	messages int          // POSTs and decisions so far
	limit    int          // of messages
	end      string       // how it ended, or in phaseLeaving how it will
}

// inputKind is what happened.
type inputKind uint8

const (
	inPost    inputKind = iota // a POST came; env is nil when it was empty
	inGarbled                  // a POST came that cannot be read
	inNext                     // the planner said what is next
	inFailed                   // an effect failed
	inCut                      // the session must end: fenced, timed out, over a limit
)

// input is one thing that happened to a session.
type input struct {
	kind    inputKind
	env     *cwmp.Envelope // inPost; of inGarbled what could be read
	garbled *cwmp.DecodeError
	next    itms.Command // inNext; nil when nothing is left
	verb    verb         // inFailed: which effect
	err     error        // inFailed
	reply   reply        // inFailed: what would have been the reply
	end     string       // inCut
	text    string       // inCut, in words
}

// reply is what goes back to the CPE; the zero value means that an effect must
// come first.
type reply struct {
	status  int
	message cwmp.Message // nil for no body
	id      string       // cwmp:ID
	use     string       // UseCWMPVersion
	command itms.Command // the message is a request made of it
	retry   int          // Retry-After in seconds
}

// verb is a kind of effect.
type verb uint8

const (
	doNothing verb = iota
	doContact      // Planner.Contact; may fail
	doNotice       // Planner.Notice; may fail
	doAdvance      // Planner.Advance; gives inNext, may fail
	doAsk          // Planner.Next; gives inNext, may fail
	doNote         // remember an oddity for the log
	doEnd          // the session is over
)

// effect is something to do in the world. When one fails, those after it are
// dropped and the failure becomes the next input.
type effect struct {
	verb     verb
	contact  *itms.Contact
	notice   *itms.Notice
	outcomes []itms.Outcome // doAdvance
	text     string         // doNote
}

// effects are done in order; an array, since there are never more than two and
// each POST makes one.
type effects [2]effect

// step moves a session. It has no side effect and no clock: the same arguments
// give the same results. What it holds to, whatever comes in: at most one request
// of ours is outstanding; an ended session stays ended; every Inform is answered
// by an InformResponse, a fault or 503.
func step(s state, in input) (state, reply, effects) {
	if in.kind == inPost || in.kind == inNext {
		s.messages++
	}
	switch {
	case s.phase == phaseEnded:
		return s, reply{status: http.StatusNoContent}, effects{}
	case in.kind == inCut:
		return s.stop(in.end, in.text)
	case in.kind == inGarbled:
		return s.garbled(in)
	case in.kind == inFailed:
		return s.failed(in)
	case s.messages > s.limit:
		return s.stop(itms.SessionError, "more messages than a session may have")
	case in.kind == inNext:
		return s.decided(in.next)
	}
	return s.post(in.env)
}

// messageClass is what the session cares about in a message.
type messageClass uint8

const (
	classNothing messageClass = iota // an empty POST or an empty SOAP body
	classInform
	classRequest // of the CPE
	classResponse
)

// post handles a POST by phase.
func (s state) post(env *cwmp.Envelope) (state, reply, effects) {
	class := classify(env)
	switch {
	case s.phase == phaseDeciding: // two POSTs of one session at once
		return s, reply{status: http.StatusServiceUnavailable, retry: busyAfter}, effects{}
	case s.phase == phaseLeaving:
		return s.stop(s.end, "")
	case s.phase == phaseFresh && class == classInform:
		return s.informed(env)
	case s.phase == phaseFresh:
		return s.refuse(http.StatusBadRequest, env, cwmp.FaultACSArguments, "the first message of a session must be Inform")
	case class == classInform: // the door gives each Inform a new session
		return s.refuse(http.StatusOK, env, cwmp.FaultACSRetry, "a session has one Inform")
	case class == classRequest:
		return s.requested(env)
	case s.phase == phaseAwaiting:
		return s.answered(env, class)
	}
	s.phase = phaseDeciding
	if class == classResponse {
		return s, reply{}, effects{{verb: doNote, text: "unasked " + env.Message.Method()}, {verb: doAsk}}
	}
	return s, reply{}, effects{{verb: doAsk}}
}

// informed answers the Inform once the planner has stored it.
func (s state) informed(env *cwmp.Envelope) (state, reply, effects) {
	contact, err := contactOf(env)
	if err != nil {
		return s.refuse(http.StatusOK, env, cwmp.FaultACSArguments, err.Error())
	}
	use, ok := chooseVersion(env.SupportedVersions)
	if !ok {
		return s.refuse(http.StatusOK, env, cwmp.FaultVersion, "no common CWMP version: 1.0 to 1.4 are spoken here")
	}
	s.phase, s.version = phaseInformed, env.Version
	rep := reply{status: http.StatusOK, message: informResponse, id: env.ID, use: use}
	return s, rep, effects{{verb: doContact, contact: contact}}
}

// informResponse is the same for every Inform: MaxEnvelopes is always 1.
var informResponse = &cwmp.InformResponse{MaxEnvelopes: 1}

// requested answers a request of the CPE; it does not change whose move it is
// (TR-069 Amd 6 §3.7.1.4).
func (s state) requested(env *cwmp.Envelope) (state, reply, effects) {
	response, notice := answer(env.Message)
	rep := reply{status: http.StatusOK, message: response, id: env.ID}
	if notice != nil {
		return s, rep, effects{{verb: doNotice, notice: notice}}
	}
	if _, isFault := response.(*cwmp.Fault); isFault {
		return s, rep, effects{{verb: doNote, text: "unknown method " + clip(env.Message.Method(), maxMethod)}}
	}
	return s, rep, effects{}
}

// answered settles the outstanding command, whatever came in its place, and looks
// for the next; or sends the next request of the command.
func (s state) answered(env *cwmp.Envelope, class messageClass) (state, reply, effects) {
	out := noAnswer(s.part())
	if class == classResponse {
		out = outcomeOf(s.part(), env.Message)
	}
	var note effect
	if class == classResponse && env.ID != s.request {
		// Many CPEs send no ID or one of their own, so it is only remarked on.
		note = effect{verb: doNote, text: "response with another ID"}
	}
	s, rep, todo := s.gathered(out)
	if note.verb == doNote {
		todo = effects{note, todo[0]}
	}
	return s, rep, todo
}

// part is the request of the command that is due: all of it, or one name of those that
// are asked for singly.
func (s state) part() itms.Command {
	if c, ok := s.singly(); ok {
		c.Paths = c.Paths[s.asked : s.asked+1]
		return c
	}
	return s.command
}

// singly is the command when it takes several requests.
func (s state) singly() (itms.GetValues, bool) {
	c, ok := s.command.(itms.GetValues)
	return c, ok && c.Singly && len(c.Paths) > 1
}

// gathered takes the answer to a part of the command. When parts are left and this one
// was not refused, the next is sent; else the command is settled.
func (s state) gathered(out itms.Outcome) (state, reply, effects) {
	c, singly := s.singly()
	if singly && out.Fault == nil {
		s.answers = append(slices.Clip(s.answers), out.Values...)
		if s.asked++; s.asked < len(c.Paths) {
			return s.send()
		}
	}
	outs := []itms.Outcome{out}
	if singly && s.asked > 0 {
		before := itms.Outcome{Command: itms.GetValues{Paths: c.Paths[:s.asked], Singly: true, Key: c.Key, Why: c.Why}, Values: s.answers}
		if outs = append([]itms.Outcome{before}, out); out.Fault == nil {
			outs = outs[:1]
		}
	}
	return s.settled(outs)
}

// settled has the planner told what became of the command.
func (s state) settled(outs []itms.Outcome) (state, reply, effects) {
	s.phase, s.command, s.request, s.answers, s.asked = phaseDeciding, nil, "", nil, 0
	return s, reply{}, effects{{verb: doAdvance, outcomes: outs}}
}

// decided sends the next command, or ends the session with 204.
func (s state) decided(next itms.Command) (state, reply, effects) {
	if s.phase != phaseDeciding {
		return s.stop(itms.SessionError, "decision out of turn")
	}
	if next == nil {
		return s.stop(itms.SessionDone, "")
	}
	s.command = next
	return s.send()
}

// send makes the request that is due.
func (s state) send() (state, reply, effects) {
	part := s.part()
	message, err := requestOf(part, s.manner)
	if err != nil {
		return s.gathered(itms.Outcome{Command: part, Fault: &itms.DeviceFault{Code: itms.FaultArguments, Text: err.Error()}})
	}
	s.sent++
	s.phase, s.request = phaseAwaiting, s.prefix+"."+strconv.Itoa(s.sent)
	return s, reply{status: http.StatusOK, message: message, id: s.request, command: part}, effects{}
}

// failed turns the failure of an effect into a reply.
func (s state) failed(in input) (state, reply, effects) {
	kind := itms.KindOf(in.err)
	switch {
	case in.verb == doContact:
		return s.contactFailed(in, kind)
	case kind == itms.KindFenced:
		return s.stop(itms.SessionFenced, "")
	case kind == itms.KindForbidden:
		return s.stop(itms.SessionDone, "")
	case in.verb == doNotice: // the CPE keeps what it reported and tries again
		in.reply.message = cwmp.NewFault(faultFor(kind), "")
		return s, in.reply, effects{{verb: doNote, text: "notice not stored: " + kind.String()}}
	}
	return s.stop(itms.SessionError, "planner: "+kind.String())
}

// contactFailed answers an Inform that the planner did not take. A blocked device
// and one with a newer session get their InformResponse: a fault would make them
// try again for ever.
func (s state) contactFailed(in input, kind itms.Kind) (state, reply, effects) {
	switch kind {
	case itms.KindForbidden:
		s.phase, s.end = phaseLeaving, itms.SessionDone
		return s, in.reply, effects{{verb: doNote, text: "blocked"}}
	case itms.KindFenced:
		s.phase, s.end = phaseLeaving, itms.SessionFenced
		return s, in.reply, effects{}
	case itms.KindUnauthenticated: // a fault, or an answer, would tell a liar that it was heard
		s, _, todo := s.stop(itms.SessionError, "refused: "+itms.CodeOf(in.err))
		return s, reply{status: http.StatusForbidden}, todo
	case itms.KindUnavailable, itms.KindLimit:
		s, _, todo := s.stop(itms.SessionError, "planner: "+kind.String())
		return s, reply{status: http.StatusServiceUnavailable, retry: waitOf(in.err)}, todo
	}
	s, _, todo := s.stop(itms.SessionError, "planner: "+kind.String())
	in.reply.message, in.reply.use = cwmp.NewFault(faultFor(kind), ""), ""
	return s, in.reply, todo
}

// faultFor is the CWMP fault of an error of ours (TR-069 Amd 6 A.5.2).
func faultFor(kind itms.Kind) int {
	switch kind {
	case itms.KindUnavailable, itms.KindLimit:
		return cwmp.FaultACSRetry
	case itms.KindInvalid:
		return cwmp.FaultACSArguments
	}
	return cwmp.FaultACSInternal
}

// garbled refuses a body that cannot be read; the session is lost with it
// (TR-069 Amd 6 §3.7.2.1). XML that we understand too well to obey is a fault in
// the usual 200, anything else 400.
func (s state) garbled(in input) (state, reply, effects) {
	status := http.StatusBadRequest
	if in.garbled.Kind == cwmp.KindVersion || in.garbled.Kind == cwmp.KindMustUnderstand {
		status = http.StatusOK
	}
	s, _, todo := s.stop(itms.SessionError, "unreadable body: "+in.garbled.Kind.String())
	return s, reply{status: status, message: in.garbled.Fault(), id: in.env.ID}, todo
}

// refuse ends the session with a fault.
func (s state) refuse(status int, env *cwmp.Envelope, code int, text string) (state, reply, effects) {
	rep := reply{status: status, message: cwmp.NewFault(code, text)}
	if env != nil {
		rep.id, s.version = env.ID, env.Version
	}
	s, _, todo := s.stop(itms.SessionError, text)
	return s, rep, todo
}

// stop ends the session with 204; text is remembered when it is not empty.
func (s state) stop(end, text string) (state, reply, effects) {
	s.phase, s.end, s.command, s.request, s.answers, s.asked = phaseEnded, end, nil, "", nil, 0
	todo := effects{{verb: doEnd}}
	if text != "" {
		todo = effects{{verb: doNote, text: text}, {verb: doEnd}}
	}
	return s, reply{status: http.StatusNoContent}, todo
}
