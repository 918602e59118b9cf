package radius

import (
	"net/netip"
	"time"

	codec "layeh.com/radius"
)

// peer is where a datagram came from.
type peer = netip.AddrPort

// Bounds of the memory of answers. RFC 5080 §2.2.2 wants an answer repeated for 5 to 30
// seconds; access servers ask again after 2 to 5.
const (
	answerKept  = 10 * time.Second
	maxAnswered = 1 << 17 // in half of that memory: 13,000 a second
)

// requestKey tells a request from another: one that is sent again has the same (RFC 2865
// §3).
type requestKey struct {
	from          peer
	code          codec.Code
	id            byte
	authenticator [16]byte
}

// answered remembers the answers of the last seconds; an empty one is still being made.
type answered struct{ *recent[requestKey, []byte] }

func newAnswered() answered { return answered{newRecent[requestKey, []byte](maxAnswered, answerKept)} }

// begin reports whether a request is the first of its kind. Else it returns the answer, nil
// when that is still being made.
func (a answered) begin(key requestKey, now time.Time) (first bool, answer []byte) {
	a.change(key, now, func(have []byte, known bool) []byte {
		first, answer = !known, have
		return have
	})
	return first, answer
}
