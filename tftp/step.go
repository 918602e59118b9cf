package tftp

import "time"

// phase is what a transfer waits for.
type phase uint8

const (
	opening  phase = iota // the source to open the content
	offering              // ACK 0 for our OACK
	sending               // ACKs for DATA
	over                  // nothing
)

// state is a transfer as step sees it. Blocks are counted from 1 without end; on the
// wire they are counted modulo 65536, so that 65535 is followed by 0. RFC 1350 does not
// say what follows; 0 is what clients expect.
type state struct {
	phase  phase
	final  uint64 // the last block, shorter than the others
	acked  uint64 // the last block acknowledged
	sent   uint64 // the last block sent
	window uint64 // blocks to send without an ACK
	asked  bool   // an OACK was the first packet
	tries  int    // how often what is waited for was sent
	resent int    // packets sent again
	wait   time.Duration
	agreed time.Duration // wait that the client asked for; 0: ours
}

// begin is the state of a transfer that is about to start.
func begin(size int64, t *terms) state {
	return state{phase: opening, final: uint64(size)/uint64(t.blockSize) + 1, window: uint64(t.window), agreed: t.wait}
}

// eventKind says what has happened.
type eventKind uint8

const (
	started  eventKind = iota // the content is open; offer says whether there is an OACK
	repeated                  // the client sent its request again
	acked                     // an ACK of block
	failed                    // an ERROR of the client
	timedOut                  // the wait is over
	broken                    // the content cannot be read
	replaced                  // the client began something else
	stopped                   // the server stops
)

// event is something that happens to a transfer.
type event struct {
	kind  eventKind
	offer bool
	block uint16
}

// action is what is to be done about it. The zero value is nothing.
type action struct {
	offer    bool          // send the OACK
	from, to uint64        // send these blocks; none when from is 0
	wait     time.Duration // and wake the transfer after this time; 0: as it was
	ended    bool          // it is over
	outcome  Outcome       // when ended
}

// ends are the events that end a transfer whatever it does.
var ends = map[eventKind]Outcome{failed: Aborted, broken: Broken, replaced: Replaced, stopped: Stopped}

// step moves a transfer. It is a pure function: what it returns tells all.
//
// DATA is sent when an ACK moves the window, and again only when the wait is over: never
// for an ACK that acknowledges nothing new, be it from the network's copying or the
// client's repeating (RFC 1123 §4.2.3.1, the Sorcerer's Apprentice). An ACK within the
// window moves it to the block after that (RFC 7440 §4). The request, sent again before
// the first ACK, gets its first answer again.
func step(s state, e event) (state, action) {
	if s.phase == over {
		return s, action{}
	}
	if outcome, ends := ends[e.kind]; ends {
		return s.end(outcome)
	}
	switch e.kind {
	case started:
		return s.start(e.offer)
	case acked:
		return s.ack(e.block)
	case timedOut:
		return s.again()
	case repeated:
		return s.first()
	}
	return s, action{}
}

// end is the end of the transfer.
func (s state) end(o Outcome) (state, action) {
	s.phase = over
	return s, action{ended: true, outcome: o}
}

// start sends the first packet.
func (s state) start(offer bool) (state, action) {
	if s.phase != opening {
		return s, action{}
	}
	if !offer {
		return s.send()
	}
	s.phase, s.asked, s.tries, s.wait = offering, true, 1, s.firstWait()
	return s, action{offer: true, wait: s.wait}
}

// firstWait is how long the first try of a packet waits for an ACK.
func (s state) firstWait() time.Duration {
	if s.agreed > 0 {
		return s.agreed
	}
	return firstWait
}

// send sends what the window lets through.
func (s state) send() (state, action) {
	s.phase, s.tries, s.wait = sending, 1, s.firstWait()
	s.resent += int(s.sent - s.acked) // a gap in the window: what came after it is sent again
	s.sent = min(s.acked+s.window, s.final)
	return s, action{from: s.acked + 1, to: s.sent, wait: s.wait}
}

// ack takes an ACK. It counts when it is for a block of the window, or for the OACK.
func (s state) ack(block uint16) (state, action) {
	switch s.phase {
	case offering:
		if block == 0 {
			return s.send()
		}
	case sending:
		ahead := uint64(block - uint16(s.acked)) // modulo 65536; the window is smaller than that
		if ahead == 0 || ahead > s.sent-s.acked {
			return s, action{}
		}
		if s.acked += ahead; s.acked == s.final {
			return s.end(Complete)
		}
		return s.send()
	}
	return s, action{}
}

// again sends what was not acknowledged in time, and gives up after maxTries.
func (s state) again() (state, action) {
	if s.phase == opening {
		return s, action{}
	}
	if s.tries >= maxTries {
		return s.end(Silent)
	}
	s.tries++
	if s.agreed == 0 {
		s.wait *= 2
	}
	return s.resend(s.wait)
}

// first sends the first packet again, for a request that was: its answer may have been
// lost. Once an ACK has come, the request is a late copy.
func (s state) first() (state, action) {
	if s.phase == opening || !s.unacknowledged() {
		return s, action{}
	}
	return s.resend(0)
}

// resend sends the OACK or the window once more.
func (s state) resend(wait time.Duration) (state, action) {
	if s.phase == offering {
		s.resent++
		return s, action{offer: true, wait: wait}
	}
	s.resent += int(s.sent - s.acked)
	return s, action{from: s.acked + 1, to: s.sent, wait: wait}
}

// unacknowledged reports whether nothing has come from the client but its request.
func (s *state) unacknowledged() bool {
	return s.phase == opening || s.phase == offering || s.phase == sending && s.acked == 0 && !s.asked
}
