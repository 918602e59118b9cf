package acs

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"itms"
	"itms/cwmp"
)

// Inputs that tables and random sequences are made of.
var (
	singly     = itms.GetValues{Paths: []itms.ParamPath{"Device.A.", "Device.B", "Device.C"}, Singly: true, Key: "k", Why: "test"}
	someGet    = itms.GetValues{Paths: []itms.ParamPath{"Device.DeviceInfo."}, Why: "test"}
	someReboot = itms.Reboot{Key: "k1"}
)

func posted(m cwmp.Message) input {
	return input{kind: inPost, env: &cwmp.Envelope{ID: "7", Version: cwmp.Version11, Message: m}}
}

func informInput() input { return input{kind: inPost, env: informEnvelope("s1", "2 PERIODIC")} }

func failedInput(v verb, kind itms.Kind, rep reply) input {
	return input{kind: inFailed, verb: v, err: itms.Errorf(kind, "X", "x"), reply: rep}
}

var (
	emptyInput   = input{kind: inPost}
	emptyBody    = input{kind: inPost, env: &cwmp.Envelope{}}
	garbledInput = input{kind: inGarbled, env: &cwmp.Envelope{ID: "7"}, garbled: &cwmp.DecodeError{Kind: cwmp.KindMalformed, Reason: "cut"}}
	informedRep  = reply{status: http.StatusOK, message: informResponse, id: "1042"}
)

// verbsOf lists the effects.
func verbsOf(todo effects) (list []verb) {
	for _, e := range todo {
		if e.verb != doNothing {
			list = append(list, e.verb)
		}
	}
	return list
}

// TestStep is the transition table.
func TestStep(t *testing.T) {
	fresh := state{limit: 100}
	informed := state{phase: phaseInformed, limit: 100, version: cwmp.Version12, prefix: "p"}
	deciding, leaving, ended, awaiting := informed, informed, informed, informed
	deciding.phase, leaving.phase, ended.phase, awaiting.phase = phaseDeciding, phaseLeaving, phaseEnded, phaseAwaiting
	leaving.end = itms.SessionFenced
	ended.end = itms.SessionDone
	awaiting.command, awaiting.request = someGet, "7"
	answered := &cwmp.GetParameterValuesResponse{}
	notice := &cwmp.TransferComplete{CommandKey: "k"}
	noName := informEnvelope("", "1 BOOT")
	odd := informEnvelope("s1")
	odd.SupportedVersions = []string{"2.0"}
	modern := informEnvelope("s1")
	modern.SupportedVersions = []string{"1.0", "1.2"}
	version := input{kind: inGarbled, env: &cwmp.Envelope{}, garbled: &cwmp.DecodeError{Kind: cwmp.KindVersion}}

	for _, tc := range []struct {
		name    string
		from    state
		in      input
		phase   phase
		status  int
		message string // method, or "Fault <code>"
		verbs   []verb
		end     string
	}{
		{"an Inform opens", fresh, informInput(), phaseInformed, 200, "InformResponse", []verb{doContact}, ""},
		{"without identity", fresh, input{kind: inPost, env: noName}, phaseEnded, 200, "Fault 8003", []verb{doNote, doEnd}, "error"},
		{"no common version", fresh, input{kind: inPost, env: odd}, phaseEnded, 200, "Fault 8006", []verb{doNote, doEnd}, "error"},
		{"with version list", fresh, input{kind: inPost, env: modern}, phaseInformed, 200, "InformResponse", []verb{doContact}, ""},
		{"another RPC first", fresh, posted(notice), phaseEnded, 400, "Fault 8003", []verb{doNote, doEnd}, "error"},
		{"nothing first", fresh, emptyInput, phaseEnded, 400, "Fault 8003", []verb{doNote, doEnd}, "error"},
		{"garbage first", fresh, garbledInput, phaseEnded, 400, "Fault 8003", []verb{doNote, doEnd}, "error"},
		{"unknown namespace", fresh, version, phaseEnded, 200, "Fault 8006", []verb{doNote, doEnd}, "error"},

		{"contact blocked", informed, failedInput(doContact, itms.KindForbidden, informedRep), phaseLeaving, 200, "InformResponse", []verb{doNote}, "done"},
		{"contact fenced", informed, failedInput(doContact, itms.KindFenced, informedRep), phaseLeaving, 200, "InformResponse", nil, "fenced"},
		{"contact unavailable", informed, failedInput(doContact, itms.KindUnavailable, informedRep), phaseEnded, 503, "", []verb{doNote, doEnd}, "error"},
		{"contact limited", informed, failedInput(doContact, itms.KindLimit, informedRep), phaseEnded, 503, "", []verb{doNote, doEnd}, "error"},
		{"contact invalid", informed, failedInput(doContact, itms.KindInvalid, informedRep), phaseEnded, 200, "Fault 8003", []verb{doNote, doEnd}, "error"},
		{"contact broken", informed, failedInput(doContact, itms.KindInternal, informedRep), phaseEnded, 200, "Fault 8002", []verb{doNote, doEnd}, "error"},

		{"empty POST asks", informed, emptyInput, phaseDeciding, 0, "", []verb{doAsk}, ""},
		{"empty SOAP body asks", informed, emptyBody, phaseDeciding, 0, "", []verb{doAsk}, ""},
		{"an unasked response asks", informed, posted(answered), phaseDeciding, 0, "", []verb{doNote, doAsk}, ""},
		{"an unasked fault asks", informed, posted(cwmp.NewFault(9000, "")), phaseDeciding, 0, "", []verb{doNote, doAsk}, ""},
		{"a request is answered", informed, posted(notice), phaseInformed, 200, "TransferCompleteResponse", []verb{doNotice}, ""},
		{"methods are told", informed, posted(&cwmp.GetRPCMethods{}), phaseInformed, 200, "GetRPCMethodsResponse", nil, ""},
		{"unknown method", informed, posted(&cwmp.UnknownMethod{Name: "X_00005E_Do"}), phaseInformed, 200, "Fault 8000", []verb{doNote}, ""},
		{"a method of ours", informed, posted(&cwmp.Reboot{}), phaseInformed, 200, "Fault 8000", []verb{doNote}, ""},
		{"a second Inform", informed, informInput(), phaseEnded, 200, "Fault 8005", []verb{doNote, doEnd}, "error"},
		{"garbage", informed, garbledInput, phaseEnded, 400, "Fault 8003", []verb{doNote, doEnd}, "error"},
		{"cut off", informed, input{kind: inCut, end: "timeout"}, phaseEnded, 204, "", []verb{doEnd}, "timeout"},
		{"notice later", informed, failedInput(doNotice, itms.KindUnavailable, informedRep), phaseInformed, 200, "Fault 8005", []verb{doNote}, ""},
		{"notice broken", informed, failedInput(doNotice, itms.KindInternal, informedRep), phaseInformed, 200, "Fault 8002", []verb{doNote}, ""},
		{"notice fenced", informed, failedInput(doNotice, itms.KindFenced, informedRep), phaseEnded, 204, "", []verb{doEnd}, "fenced"},

		{"next command", deciding, input{kind: inNext, next: someGet}, phaseAwaiting, 200, "GetParameterValues", nil, ""},
		{"nothing left", deciding, input{kind: inNext}, phaseEnded, 204, "", []verb{doEnd}, "done"},
		{"unsendable command", deciding, input{kind: inNext, next: itms.Reboot{Key: "012345678901234567890123456789012"}}, phaseDeciding, 0, "", []verb{doAdvance}, ""},
		{"two POSTs at once", deciding, emptyInput, phaseDeciding, 503, "", nil, ""},
		{"ask fenced", deciding, failedInput(doAsk, itms.KindFenced, reply{}), phaseEnded, 204, "", []verb{doEnd}, "fenced"},
		{"ask blocked", deciding, failedInput(doAsk, itms.KindForbidden, reply{}), phaseEnded, 204, "", []verb{doEnd}, "done"},
		{"ask unavailable", deciding, failedInput(doAsk, itms.KindUnavailable, reply{}), phaseEnded, 204, "", []verb{doNote, doEnd}, "error"},
		{"settle broken", deciding, failedInput(doAdvance, itms.KindInternal, reply{}), phaseEnded, 204, "", []verb{doNote, doEnd}, "error"},
		{"a decision out of turn", informed, input{kind: inNext, next: someGet}, phaseEnded, 204, "", []verb{doNote, doEnd}, "error"},

		{"the answer", awaiting, posted(answered), phaseDeciding, 0, "", []verb{doAdvance}, ""},
		{"a fault", awaiting, posted(cwmp.NewFault(9005, "")), phaseDeciding, 0, "", []verb{doAdvance}, ""},
		{"another answer", awaiting, posted(&cwmp.RebootResponse{}), phaseDeciding, 0, "", []verb{doAdvance}, ""},
		{"no answer", awaiting, emptyInput, phaseDeciding, 0, "", []verb{doAdvance}, ""},
		{"a request between", awaiting, posted(notice), phaseAwaiting, 200, "TransferCompleteResponse", []verb{doNotice}, ""},
		{"garbage for an answer", awaiting, garbledInput, phaseEnded, 400, "Fault 8003", []verb{doNote, doEnd}, "error"},

		{"leaving", leaving, emptyInput, phaseEnded, 204, "", []verb{doEnd}, "fenced"},
		{"leaving with a request", leaving, posted(notice), phaseEnded, 204, "", []verb{doEnd}, "fenced"},
		{"after the end", ended, emptyInput, phaseEnded, 204, "", nil, "done"},
		{"response after the end", ended, posted(answered), phaseEnded, 204, "", nil, "done"},
		{"cut after the end", ended, input{kind: inCut, end: "timeout"}, phaseEnded, 204, "", nil, "done"},
		{"garbage after the end", ended, garbledInput, phaseEnded, 204, "", nil, "done"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, rep, todo := step(tc.from, tc.in)
			if s.phase != tc.phase || rep.status != tc.status || messageName(rep) != tc.message || s.end != tc.end {
				t.Errorf("got %v, %d %q, end %q; want %v, %d %q, end %q", s.phase, rep.status, messageName(rep), s.end,
					tc.phase, tc.status, tc.message, tc.end)
			}
			if got := verbsOf(todo); fmt.Sprint(got) != fmt.Sprint(tc.verbs) {
				t.Errorf("effects %v, want %v", got, tc.verbs)
			}
		})
	}
}

// messageName is the method of a reply, with the code of a fault.
func messageName(rep reply) string {
	if f, ok := rep.message.(*cwmp.Fault); ok {
		return fmt.Sprint("Fault ", f.Code)
	}
	if rep.message == nil {
		return ""
	}
	return rep.message.Method()
}

func TestStepEchoesIDAndVersion(t *testing.T) {
	env := informEnvelope("s1")
	env.Version, env.ID, env.SupportedVersions = cwmp.Version11, " 0x7 ", []string{"1.0", "1.4", "1.2"}
	s, rep, _ := step(state{limit: 9}, input{kind: inPost, env: env})
	if rep.id != " 0x7 " || s.version != cwmp.Version11 || rep.use != "1.4" {
		t.Errorf("id %q, version %v, use %q", rep.id, s.version, rep.use)
	}
}

func TestStepNumbersRequests(t *testing.T) {
	s := state{phase: phaseDeciding, limit: 99, prefix: "AB"}
	for _, want := range []string{"AB.1", "AB.2"} {
		var rep reply
		s, rep, _ = step(s, input{kind: inNext, next: someReboot})
		if rep.id != want || s.request != want {
			t.Errorf("id %q, want %q", rep.id, want)
		}
		s, _, _ = step(s, posted(&cwmp.RebootResponse{}))
	}
}

func TestStepRemarksOnForeignID(t *testing.T) {
	s := state{phase: phaseAwaiting, limit: 9, command: someReboot, request: "AB.1"}
	_, _, todo := step(s, posted(&cwmp.RebootResponse{}))
	if got := verbsOf(todo); len(got) != 2 || got[0] != doNote || todo[1].outcomes[0].Fault != nil {
		t.Errorf("effects %v", got)
	}
}

// TestAskedSingly: each name has a request of its own; the planner hears of all at once,
// or of those before the one that was refused and of that.
func TestAskedSingly(t *testing.T) {
	value := func(name string) input {
		return posted(&cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{{Name: name, Value: "1", Type: "string"}}})
	}
	for name, tt := range map[string]struct {
		answers []input
		paths   [][]itms.ParamPath
		fault   int
		values  int
	}{
		"all answered":         {[]input{value("Device.A.X"), value("Device.B"), value("Device.C")}, [][]itms.ParamPath{singly.Paths}, 0, 3},
		"the second refused":   {[]input{value("Device.A.X"), posted(cwmp.NewFault(9005, ""))}, [][]itms.ParamPath{singly.Paths[:1], singly.Paths[1:2]}, 9005, 1},
		"the first refused":    {[]input{posted(cwmp.NewFault(9005, ""))}, [][]itms.ParamPath{singly.Paths[:1]}, 9005, 0},
		"the third unanswered": {[]input{value("Device.A.X"), value("Device.B"), emptyInput}, [][]itms.ParamPath{singly.Paths[:2], singly.Paths[2:]}, 9002, 2},
	} {
		s, rep, todo := step(state{phase: phaseDeciding, limit: 99, prefix: "p"}, input{kind: inNext, next: singly})
		for i, in := range tt.answers {
			if got := rep.command.(itms.GetValues).Paths; len(got) != 1 || got[0] != singly.Paths[i] || rep.id != fmt.Sprintf("p.%d", i+1) {
				t.Errorf("%s: asked for %v by %q", name, got, rep.id)
			}
			s, rep, todo = step(s, in)
		}
		outs := todo[len(verbsOf(todo))-1].outcomes
		if len(outs) != len(tt.paths) || s.phase != phaseDeciding || s.answers != nil || s.asked != 0 {
			t.Fatalf("%s: %d outcomes, state %+v", name, len(outs), s)
		}
		values, fault := 0, 0
		for i, out := range outs {
			c := out.Command.(itms.GetValues)
			if values += len(out.Values); out.Fault != nil {
				fault = out.Fault.Code
			}
			if !slices.Equal(c.Paths, tt.paths[i]) || c.Key != "k" || c.Why != "test" || (out.Fault != nil) != (tt.fault != 0 && i == len(outs)-1) {
				t.Errorf("%s: outcome %d is %+v", name, i, out)
			}
		}
		if values != tt.values || fault != tt.fault {
			t.Errorf("%s: %d values, fault %d", name, values, fault)
		}
	}
}

func TestStepCountsMessages(t *testing.T) {
	s, _, _ := step(state{limit: 3}, informInput())
	for range 2 {
		s, _, _ = step(s, posted(&cwmp.GetRPCMethods{}))
	}
	if s.phase != phaseInformed {
		t.Fatal("ended too early")
	}
	if s, rep, _ := step(s, posted(&cwmp.GetRPCMethods{})); s.end != itms.SessionError || rep.status != 204 {
		t.Errorf("end %q, status %d", s.end, rep.status)
	}
}

func TestPhaseNames(t *testing.T) {
	for p := phaseFresh; p <= phaseEnded; p++ {
		if p.String() == "" {
			t.Error("phase without a name:", int(p))
		}
	}
}

// world drives the machine as the server does and checks what must always hold.
type world struct {
	fail func(format string, args ...any)
	s    state
}

// feed gives an input and checks the invariants of one step.
func (w *world) feed(in input) (reply, effects) {
	before := w.s
	s, rep, todo := step(before, in)
	again, rep2, todo2 := step(before, in)
	if !reflect.DeepEqual(again, s) || rep.status != rep2.status || rep.id != rep2.id || fmt.Sprint(verbsOf(todo)) != fmt.Sprint(verbsOf(todo2)) {
		w.fail("step is not a function of its arguments")
	}
	w.s = s
	w.check(before, in, rep, todo)
	return rep, todo
}

func (w *world) check(before state, in input, rep reply, todo effects) {
	verbs := verbsOf(todo)
	if before.phase == phaseEnded && (w.s.phase != phaseEnded || len(verbs) > 0 || w.s.end != before.end) {
		w.fail("an ended session came back: %v, %v", w.s.phase, verbs)
	}
	if rep.command != nil && (before.phase != phaseDeciding || in.kind != inNext) && (before.phase != phaseAwaiting || before.asked == w.s.asked) {
		w.fail("a request was sent in %v", before.phase)
	}
	if (w.s.phase == phaseAwaiting) != (w.s.command != nil) || (w.s.command != nil) != (w.s.request != "") {
		w.fail("%v with command %v, request %q", w.s.phase, w.s.command, w.s.request)
	}
	ends := false
	for _, v := range verbs {
		ends = ends || v == doEnd
	}
	if ends != (before.phase != phaseEnded && w.s.phase == phaseEnded) {
		w.fail("doEnd is %v from %v to %v", ends, before.phase, w.s.phase)
	}
	if (rep.status == 0) != (len(verbs) > 0 && verbs[len(verbs)-1] >= doAdvance && verbs[len(verbs)-1] <= doAsk) {
		w.fail("status %d with effects %v", rep.status, verbs)
	}
	if in.env != nil && classify(in.env) == classInform && before.phase == phaseFresh && rep.message == nil && rep.status != 503 {
		w.fail("an Inform got no answer")
	}
	if w.s.phase != phaseEnded && w.s.messages > w.s.limit {
		w.fail("%d messages", w.s.messages)
	}
}

// post gives one input and carries out what it asks for, failing the effects that
// fate says, until there is a reply.
func (w *world) post(in input, fate func(verb) error, next func() itms.Command) reply {
	for range w.s.limit + 2 { // each round but the first counts as a message
		rep, todo := w.feed(in)
		again := input{}
		found := false
		for _, e := range todo {
			if err := fate(e.verb); err != nil && e.verb >= doContact && e.verb <= doAsk {
				again, found = input{kind: inFailed, verb: e.verb, err: err, reply: rep}, true
			} else if e.verb == doAdvance || e.verb == doAsk {
				again, found = input{kind: inNext, next: next()}, true
			}
			if found {
				break
			}
		}
		if !found {
			return rep
		}
		in = again
	}
	w.fail("no reply within the limit of messages")
	return reply{}
}

// alphabet are the posts that can come.
func alphabet() []input {
	return []input{
		informInput(), emptyInput, emptyBody, garbledInput,
		posted(&cwmp.GetParameterValuesResponse{}), posted(&cwmp.RebootResponse{}), posted(cwmp.NewFault(9002, "x")),
		posted(&cwmp.TransferComplete{}), posted(&cwmp.GetRPCMethods{}), posted(&cwmp.UnknownMethod{Name: "Foo"}),
		posted(&cwmp.UnknownMethod{Name: "FooResponse"}), posted(&cwmp.Kicked{}), posted(&cwmp.Reboot{}),
		{kind: inCut, end: itms.SessionFenced},
		{kind: inGarbled, env: &cwmp.Envelope{}, garbled: &cwmp.DecodeError{Kind: cwmp.KindMustUnderstand}},
	}
}

var fates = []error{nil, nil, nil, itms.Errorf(itms.KindFenced, "", ""), itms.Errorf(itms.KindForbidden, "", ""),
	itms.Errorf(itms.KindUnavailable, "", ""), itms.Errorf(itms.KindInvalid, "", ""), errors.New("broken")}

var orders = []itms.Command{nil, someGet, singly, someReboot, itms.SetValues{Key: "k"}, itms.Reboot{Key: "a key that is longer than 32 characters"}}

func TestStepHoldsWhateverComes(t *testing.T) {
	letters := alphabet()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{fail: t.Fatalf, s: state{limit: rapid.IntRange(1, 30).Draw(t, "limit"), prefix: "p"}}
		fate := func(verb) error { return rapid.SampledFrom(fates).Draw(t, "fate") }
		next := func() itms.Command { return rapid.SampledFrom(orders).Draw(t, "next") }
		if rapid.Bool().Draw(t, "proper") {
			w.post(letters[0], func(verb) error { return nil }, next)
		}
		for range rapid.IntRange(1, 40).Draw(t, "posts") {
			rep := w.post(rapid.SampledFrom(letters).Draw(t, "post"), fate, next)
			if rep.status == 0 {
				t.Fatal("a POST without a reply")
			}
		}
	})
}

func FuzzStep(f *testing.F) {
	f.Add([]byte{0, 1, 4, 1})
	f.Add([]byte{0, 0x10, 0x21, 0x32, 0xf3, 0x77})
	letters := alphabet()
	f.Fuzz(func(t *testing.T, script []byte) {
		w := &world{fail: t.Fatalf, s: state{limit: 200, prefix: "p"}}
		at := 0
		draw := func(n int) int {
			at++
			return int(script[at%len(script)]>>4) % n
		}
		for i := range script {
			at = i
			w.post(letters[int(script[i]&0x0f)%len(letters)],
				func(verb) error { return fates[draw(len(fates))] },
				func() itms.Command { return orders[draw(len(orders))] })
		}
	})
}
