package tftp

import (
	"testing"
	"time"
)

// happening is an event and what is to come of it.
type happening struct {
	e    event
	want action
}

// ack, wake and again are events.
func ackOf(block uint16) event { return event{kind: acked, block: block} }

var (
	wake  = event{kind: timedOut}
	rrq   = event{kind: repeated}
	plain = event{kind: started}
	offer = event{kind: started, offer: true}
)

// blocks is the action of sending them.
func blocks(from, to uint64, wait time.Duration) action {
	return action{from: from, to: to, wait: wait}
}

// ending is the action of an end.
func ending(o Outcome) action { return action{ended: true, outcome: o} }

const second = time.Second

// TestStep moves transfers of files of so many octets through what can happen.
func TestStep(t *testing.T) {
	nothing := action{}
	for name, c := range map[string]struct {
		size int64
		t    terms
		is   []happening
	}{
		"one block": {100, terms{blockSize: 512, window: 1}, []happening{
			{plain, blocks(1, 1, second)}, {ackOf(1), ending(Complete)}, {ackOf(1), nothing}, {wake, nothing}}},
		"an empty file is one empty block": {0, terms{blockSize: 512, window: 1}, []happening{
			{plain, blocks(1, 1, second)}, {ackOf(1), ending(Complete)}}},
		"an exact multiple ends with an empty block": {1024, terms{blockSize: 512, window: 1}, []happening{
			{plain, blocks(1, 1, second)}, {ackOf(1), blocks(2, 2, second)}, {ackOf(2), blocks(3, 3, second)}, {ackOf(3), ending(Complete)}}},
		"options are offered first": {1000, terms{blockSize: 1448, window: 1}, []happening{
			{offer, action{offer: true, wait: second}}, {ackOf(1), nothing}, {ackOf(0), blocks(1, 1, second)}, {ackOf(0), nothing}, {ackOf(1), ending(Complete)}}},
		"a copied ACK sends nothing": {2000, terms{blockSize: 512, window: 1}, []happening{
			{plain, blocks(1, 1, second)}, {ackOf(1), blocks(2, 2, second)}, {ackOf(1), nothing}, {ackOf(1), nothing},
			{ackOf(2), blocks(3, 3, second)}, {ackOf(1), nothing}, {ackOf(2), nothing}, {ackOf(3), blocks(4, 4, second)}, {ackOf(4), ending(Complete)}}},
		"an ACK of what was not sent is nothing": {2000, terms{blockSize: 512, window: 1}, []happening{
			{plain, blocks(1, 1, second)}, {ackOf(2), nothing}, {ackOf(0), nothing}, {ackOf(65535), nothing}, {ackOf(1), blocks(2, 2, second)}}},
		"silence": {100, terms{blockSize: 512, window: 1}, []happening{
			{plain, blocks(1, 1, second)}, {wake, blocks(1, 1, 2*second)}, {wake, blocks(1, 1, 4*second)}, {wake, blocks(1, 1, 8*second)},
			{wake, blocks(1, 1, 16*second)}, {wake, ending(Silent)}}},
		"the wait begins anew with each block": {600, terms{blockSize: 512, window: 1}, []happening{
			{plain, blocks(1, 1, second)}, {wake, blocks(1, 1, 2*second)}, {ackOf(1), blocks(2, 2, second)}, {wake, blocks(2, 2, 2*second)}}},
		"the client's timeout is kept": {100, terms{blockSize: 512, window: 1, wait: 3 * second}, []happening{
			{offer, action{offer: true, wait: 3 * second}}, {wake, action{offer: true, wait: 3 * second}}, {ackOf(0), blocks(1, 1, 3*second)},
			{wake, blocks(1, 1, 3*second)}, {wake, blocks(1, 1, 3*second)}, {wake, blocks(1, 1, 3*second)}, {wake, blocks(1, 1, 3*second)}, {wake, ending(Silent)}}},
		"a repeated request gets the first block": {2000, terms{blockSize: 512, window: 1}, []happening{
			{rrq, nothing}, {plain, blocks(1, 1, second)}, {rrq, blocks(1, 1, 0)}, {ackOf(1), blocks(2, 2, second)}, {rrq, nothing}}},
		"a repeated request gets the OACK": {2000, terms{blockSize: 1448, window: 1}, []happening{
			{offer, action{offer: true, wait: second}}, {rrq, action{offer: true}}, {ackOf(0), blocks(1, 1, second)}, {rrq, nothing}}},
		"the client's ERROR": {2000, terms{blockSize: 512, window: 1}, []happening{
			{plain, blocks(1, 1, second)}, {event{kind: failed}, ending(Aborted)}, {ackOf(1), nothing}}},
		"a window": {512 * 9, terms{blockSize: 512, window: 4}, []happening{
			{offer, action{offer: true, wait: second}}, {ackOf(0), blocks(1, 4, second)}, {ackOf(4), blocks(5, 8, second)},
			{ackOf(8), blocks(9, 10, second)}, {ackOf(10), ending(Complete)}}},
		"a gap in the window": {512 * 9, terms{blockSize: 512, window: 4}, []happening{
			{offer, action{offer: true, wait: second}}, {ackOf(0), blocks(1, 4, second)}, {ackOf(2), blocks(3, 6, second)}, {ackOf(2), nothing},
			{ackOf(0), nothing}, {ackOf(7), nothing}, {wake, blocks(3, 6, 2*second)}, {ackOf(6), blocks(7, 10, second)}}},
	} {
		s := begin(c.size, &c.t)
		for i, h := range c.is {
			var got action
			if s, got = step(s, h.e); got != h.want {
				t.Errorf("%s: %d: %+v does %+v, want %+v", name, i, h.e, got, h.want)
			}
		}
	}
}

// TestEventsThatEnd: they do so in each phase, and once.
func TestEventsThatEnd(t *testing.T) {
	for kind, outcome := range ends {
		for _, before := range [][]event{nil, {plain}, {offer}, {offer, ackOf(0)}, {plain, ackOf(1)}} {
			s := begin(5000, &terms{blockSize: 512, window: 1})
			for _, e := range before {
				s, _ = step(s, e)
			}
			s, act := step(s, event{kind: kind})
			if act != ending(outcome) || s.phase != over {
				t.Errorf("after %d events, event %d does %+v", len(before), kind, act)
			}
			if _, act := step(s, event{kind: kind}); act != (action{}) {
				t.Errorf("event %d ends twice", kind)
			}
		}
	}
}

// TestBlockNumbersRollOver: 65535 is followed by 0.
func TestBlockNumbersRollOver(t *testing.T) {
	for _, window := range []int{1, 7, maxWindow} {
		s := begin(8*200_000, &terms{blockSize: 8, window: window})
		s, act := step(s, plain)
		for !act.ended {
			if s, act = step(s, ackOf(uint16(act.to))); !act.ended && act.from != s.acked+1 {
				t.Fatalf("window %d: after %d comes %d", window, s.acked, act.from)
			}
		}
		if s.acked != 200_001 || s.resent != 0 {
			t.Errorf("window %d: %d blocks, %d again", window, s.acked, s.resent)
		}
	}
}

// TestResentIsCounted: those of time-outs, of repeated requests and of gaps.
func TestResentIsCounted(t *testing.T) {
	s := begin(512*9, &terms{blockSize: 512, window: 4})
	for _, e := range []event{offer, rrq, wake, ackOf(0), wake, ackOf(1)} {
		s, _ = step(s, e)
	}
	if s.resent != 1+1+4+3 {
		t.Errorf("%d", s.resent)
	}
}

// FuzzTransfer drives a transfer by any events: it always ends, its window never moves
// back or beyond the file, and DATA goes out for no ACK but one that moves it.
func FuzzTransfer(f *testing.F) {
	f.Add(uint32(1000), uint16(512), uint16(1), uint8(0), []byte{0, 1, 0, 2, 0, 2})
	f.Add(uint32(100_000), uint16(8), uint16(64), uint8(1), []byte{0, 0, 1, 9, 200, 3, 0, 3, 77})
	f.Fuzz(func(t *testing.T, size uint32, blockSize, window uint16, agreed uint8, events []byte) {
		terms := terms{blockSize: max(int(blockSize), minBlockSize), window: max(int(window), 1), wait: time.Duration(agreed) * time.Second}
		s := begin(int64(size), &terms)
		s, act := step(s, event{kind: started, offer: agreed%2 == 1})
		for len(events) > 1 && !act.ended {
			before := s
			e := event{kind: eventKind(events[0] % 4), block: uint16(s.acked) + uint16(int8(events[1]))}
			events = events[2:]
			s, act = step(s, e)
			hold(t, before, s, e, act)
		}
		for n := 0; !act.ended; n++ { // the client is gone
			if n > maxTries || s.phase == over {
				t.Fatalf("no end: %+v", s)
			}
			s, act = step(s, wake)
		}
	})
}

// hold checks one step.
func hold(t *testing.T, before, after state, e event, act action) {
	t.Helper()
	switch {
	case after.acked < before.acked, after.acked > after.final, after.sent > after.final, after.sent-after.acked > after.window:
		t.Fatalf("%+v after %+v", after, e)
	case act.from > 0 && (act.from != after.acked+1 || act.to < act.from || act.to != after.sent):
		t.Fatalf("%+v sends %+v", after, act)
	case e.kind == acked && act != (action{}) && after.acked == before.acked && before.phase != offering:
		t.Fatalf("%+v sends %+v for an ACK that moves nothing", before, act)
	case act.ended != (after.phase == over):
		t.Fatalf("%+v: %+v", after, act)
	case (act.offer || act.from > 0) && act.wait == 0 && e.kind != repeated:
		t.Fatalf("%+v sends %+v and does not wait", after, act)
	}
}
